/// Error texts of optimizers.
module internal DeepFun.OptimizerErrors

let private fail code message : 'a = raise (DeepFunException(code, message, null))

let label (path: string) (label: string) (labels: string seq) : 'a =
    let known = labels |> Seq.map (fun l -> $"'{l}'") |> String.concat ", "

    fail
        "DF0930"
        $"partition: parameter '{path}' belongs to '{label}', for which there is no optimizer; there is one for {known}. \
          Add an optimizer for it (Transform.zero freezes its parameters), or change the label."

let noAverage () : 'a =
    fail
        "DF0931"
        "This optimizer's state holds no averaged parameters. Add Averaging.ema or Averaging.mean to the end of the chain, or use a \
          schedule-free optimizer."

let nothingToLearn (operation: string) : 'a =
    fail "DF0932" $"{operation}: none of the parameters is floating-point, so there is nothing to minimize over. Cast what is learned."

let noPlateau () : 'a = fail "DF0933" "This optimizer's state watches no loss. Add Plateau.scale to its chain before observing values."

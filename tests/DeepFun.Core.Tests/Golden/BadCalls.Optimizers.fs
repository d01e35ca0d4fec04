/// Bad calls of optimizers.
module internal DeepFun.Core.Tests.Golden.OptimizerBadCalls

open DeepFun
open DeepFun.FSharp

let private parameters = Params.Of(struct ("weight", Tensor.zeros [ 2 ]))

/// A name for the bad call, and the call.
let calls: (string * (unit -> unit)) list =
    [
        "partition without an optimizer for a path",
        (fun () -> (Wrapper.partition (fun _ -> "rest") [ "frozen", Transform.zero ]).Init parameters |> ignore)
        "averaged parameters of sgd", (fun () -> Averaging.parameters ((Optimizers.sgd 0.1).Init parameters) |> ignore)
        "lbfgs over integers", (fun () -> Minimizers.lbfgs().Init(Params.Of(struct ("n", Tensor.ofArray [ 1 ] [| 1 |]))) |> ignore)
        "a loss observed by sgd", (fun () -> Plateau.observe (Tensor.scalar 1.0) ((Optimizers.sgd 0.1).Init parameters) |> ignore)
    ]

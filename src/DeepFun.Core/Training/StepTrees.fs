namespace DeepFun

open System
open DeepFun.FSharp

/// The parts of a tree that knows its own.
[<RequireQualifiedAccess>]
module internal Part =

    let flatten (path: string) (name: string) (leaf: string -> Tensor -> unit) (part: 'T) : unit =
        (TreeShape.get typeof<'T>).Flatten(box part, (if path = "" then name else path + "/" + name), leaf)

    /// A part like this one, of the next tensors.
    let rebuild (next: unit -> Tensor) (part: 'T) : 'T = unbox<'T>((TreeShape.get typeof<'T>).Rebuild(box part, next))

/// What a step of training depends on. A tree that is gone through without reflection, which a compiled step does in every call.
[<NoComparison; NoEquality>]
type internal StepInput<'Input, 'Target> =
    {
        Params: Params
        ModelState: Params
        OptimizerState: Params
        /// The state's, and what makes it the step's.
        Key: Key
        Salt: Tensor
        Inputs: 'Input
        Targets: 'Target
    }

    /// The part that a step may use up.
    member x.State = struct (x.Params, x.ModelState, x.OptimizerState)

    interface IVisitedTree with
        member x.Visit visitor =
            Tree.visit visitor x.Params
            Tree.visit visitor x.ModelState
            Tree.visit visitor x.OptimizerState
            visitor.Leaf x.Key.Data
            visitor.Leaf x.Salt
            Tree.visit visitor x.Inputs
            Tree.visit visitor x.Targets

    interface ITree with
        member x.Flatten(path, leaf) =
            Part.flatten path "parameters" leaf x.Params
            Part.flatten path "state" leaf x.ModelState
            Part.flatten path "optimizer" leaf x.OptimizerState
            Part.flatten path "key" leaf x.Key
            Part.flatten path "step" leaf x.Salt
            Part.flatten path "inputs" leaf x.Inputs
            Part.flatten path "targets" leaf x.Targets

        member x.Rebuild next =
            let parameters = Part.rebuild next x.Params
            let modelState = Part.rebuild next x.ModelState
            let optimizerState = Part.rebuild next x.OptimizerState
            let key = Key(next ())
            let salt = next ()
            let inputs = Part.rebuild next x.Inputs

            {
                Params = parameters
                ModelState = modelState
                OptimizerState = optimizerState
                Key = key
                Salt = salt
                Inputs = inputs
                Targets = Part.rebuild next x.Targets
            }

        member x.Describe() =
            String.Join(
                ", ",
                [
                    "parameters: " + Tree.structure x.Params
                    "state: " + Tree.structure x.ModelState
                    "optimizer: " + Tree.structure x.OptimizerState
                    "inputs: " + Tree.structure x.Inputs
                    "targets: " + Tree.structure x.Targets
                ]
            )

/// What a step of training gives: the next state, the parts of the loss or the loss alone, the weights of those parts that have some, and the
/// metrics' states. A tree as its input is.
[<NoComparison; NoEquality>]
type internal StepResult =
    {
        Params: Params
        ModelState: Params
        OptimizerState: Params
        Values: Tensor list
        Weights: Tensor list
        States: Params list
    }

    interface IVisitedTree with
        member y.Visit visitor =
            Tree.visit visitor y.Params
            Tree.visit visitor y.ModelState
            Tree.visit visitor y.OptimizerState

            for t in y.Values do
                visitor.Leaf t

            for t in y.Weights do
                visitor.Leaf t

            for state in y.States do
                Tree.visit visitor state

    interface ITree with
        member y.Flatten(path, leaf) =
            Part.flatten path "parameters" leaf y.Params
            Part.flatten path "state" leaf y.ModelState
            Part.flatten path "optimizer" leaf y.OptimizerState
            Part.flatten path "values" leaf y.Values
            Part.flatten path "weights" leaf y.Weights
            Part.flatten path "metrics" leaf y.States

        member y.Rebuild next =
            let parameters = Part.rebuild next y.Params
            let modelState = Part.rebuild next y.ModelState
            let optimizerState = Part.rebuild next y.OptimizerState
            let values = [ for _ in y.Values -> next () ]
            let weights = [ for _ in y.Weights -> next () ]

            {
                Params = parameters
                ModelState = modelState
                OptimizerState = optimizerState
                Values = values
                Weights = weights
                States = [ for state in y.States -> Part.rebuild next state ]
            }

        member y.Describe() = $"the result of a step of {Tree.structure y.Params}"

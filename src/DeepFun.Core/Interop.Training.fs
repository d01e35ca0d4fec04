namespace DeepFun.FSharp

open System
open DeepFun

/// The delegate edge of training models over trees: what the C# façade calls. One line a member; no logic.
[<AbstractClass; Sealed>]
type internal TrainingInterop =
    static member Loss(name, loss: Loss, output: Func<'O, Tensor>, target: Func<'T, Tensor>) : NetworkLoss<'O, 'T> =
        NetworkLoss(name, loss, output.Invoke, target.Invoke)

    static member Metric(metric: Metric, output: Func<'O, Tensor>, target: Func<'T, Tensor>) : NetworkMetric<'O, 'T> =
        NetworkMetric(metric, output.Invoke, target.Invoke)

    static member Recipe
        (network: Network<'I, 'O>, loss, optimizer, metrics: NetworkMetric<'O, 'T> seq, penalty: Func<Params, Tensor>)
        : NetworkRecipe<'I, 'O, 'T> =
        NetworkRecipe(network, loss, optimizer, List.ofSeq metrics, (if isNull penalty then None else Some penalty.Invoke))

    static member Run
        (options, recipe: NetworkRecipe<'I, 'O, 'T>, validation: Examples<'I, 'T>, state, data, patience: int, checkpoint: string)
        : TrainingEvent seq =
        let events = NetworkTraining.run options recipe (Option.ofObj validation) state data
        let events = if patience > 0 then Loop.stopEarly patience events else events
        if isNull checkpoint then events else Checkpoint.every checkpoint events

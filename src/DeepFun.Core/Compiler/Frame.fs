namespace DeepFun

open System
open DeepFun.Backends

/// The memory of one run: the value of every variable, and room for the operands and results of every step. Kept for the next run.
[<Sealed; AllowNullLiteral>]
type internal Frame(plan: Plan) =
    member val Values: Storage[] = Array.zeroCreate plan.Graph.Types.Length
    /// Where results are to be written, by variable; null where the caller does not care.
    member val Targets: Storage[] = Array.zeroCreate plan.Graph.Types.Length
    /// Memory of results that are laid out for their readers, from the first of them on.
    member val Blocks: Storage[] = Array.zeroCreate plan.Layouts.Blocks.Length
    member val Operands: Storage[][] = plan.Steps |> Array.map (fun step -> Array.zeroCreate step.Inputs.Length)
    member val Results: Storage[][] = plan.Steps |> Array.map (fun step -> Array.zeroCreate step.Outputs.Length)

    member f.Clear() =
        Array.Clear f.Values
        Array.Clear f.Targets
        Array.Clear f.Blocks

        for xs in f.Operands do
            Array.Clear xs

        for ys in f.Results do
            Array.Clear ys

/// Room for one call: what goes in, what of that is given away, and what comes out. Kept for the next call.
[<Sealed; AllowNullLiteral>]
type internal CallRoom(evaluator: Eval, graph: Graph) =
    let outputs: Storage[] = Array.zeroCreate graph.Outputs.Length

    member val Inputs: Storage[] = Array.zeroCreate graph.Inputs.Length
    member val Given: bool[] = Array.zeroCreate graph.Inputs.Length
    member _.Outputs = outputs
    /// Result i as a tensor.
    member val Wrap: int -> Tensor = fun i -> evaluator.Wrap outputs[i]

    member r.Clear() =
        Array.Clear r.Inputs
        Array.Clear r.Given
        Array.Clear outputs

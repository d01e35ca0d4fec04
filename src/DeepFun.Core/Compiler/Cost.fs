namespace DeepFun

open System
open DeepFun.Backends
open DeepFun.FSharp

/// A function at an argument, as the compiler gets it.
[<NoComparison; ReferenceEquality>]
type internal Planned =
    {
        Plan: Plan
        Evaluator: Eval
        /// The argument's tensors, then those that the function closes over: the plan's inputs.
        Inputs: Tensor[]
    }

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal Planned =

    /// f traced at x, optimized and planned.
    let ofFunction (operation: string) (f: 'a -> 'b) (x: 'a) : Planned =
        let leaves = Tree.leaves x
        let root = rootOf operation x leaves
        let run (xs: Tensor[]) = Tree.leaves (f (Tree.rebuild x xs))
        let struct (g, closedOver) = Trace.graph root run (leaves |> Array.map _.Type)
        let evaluator = root :?> Eval

        {
            Plan = Optimize.graph g |> Plan.ofGraph evaluator.Backend
            Evaluator = evaluator
            Inputs = Array.append leaves closedOver
        }

/// <summary>What one run of a compiled function takes, from shapes and dtypes alone.</summary>
/// <remarks>
/// Of a while loop, whose length depends on values, one step counts; of a switch the branch that takes the most. Memory is that of the plan: what
/// allocators add is not in it, nor copies that an operation makes for itself.
/// </remarks>
[<Sealed>]
type CostEstimate internal (plan: Plan, arguments: TensorType[]) =
    let work = PlanWork.total plan
    let floating = arguments |> Array.filter (fun ty -> DTypes.IsFloating ty.DType)
    let parameters = floating |> Array.sumBy (fun ty -> int64 ty.Shape.Size)
    let argumentBytes = plan.Graph.InputTypes |> Array.sumBy Work.bytes
    let resultBytes = plan.Graph.OutputTypes |> Array.sumBy Work.bytes
    let peak = PlanMemory.ofPlan plan
    let equations = PlanWork.sumOver (fun p -> p.Graph.Equations.Length) plan
    let steps = PlanWork.sumOver (fun p -> p.Steps.Length) plan

    let isLoop (step: Step) =
        match step with
        | Step.Block(Block.While _, _, _, _) -> true
        | Step.Block _
        | Step.Call _
        | Step.Convolution _
        | Step.Rows _
        | Step.Loop _ -> false

    let loops = PlanWork.sumOver (fun p -> p.Steps |> Array.filter isLoop |> Array.length) plan

    /// <summary>
    /// Arithmetic operations (FLOPs, of whatever dtype): one for each element of an elementwise function, however costly, two for a multiply-add.
    /// </summary>
    member _.Operations: int64 = work.Operations
    /// <summary>Bytes that the steps read and write. What lies between the operations of a fused loop is not stored, so it does not count.</summary>
    member _.BytesMoved: int64 = work.Bytes
    /// <summary>Elements of the argument's floating-point tensors.</summary>
    member _.Parameters: int64 = parameters
    /// <summary>Bytes of the argument and of what the function closes over.</summary>
    member _.ArgumentBytes: int64 = argumentBytes
    /// <summary>Bytes of the results.</summary>
    member _.ResultBytes: int64 = resultBytes
    /// <summary>The most bytes that are alive at once, beside the argument: results and everything on the way to them.</summary>
    member _.PeakBytes: int64 = peak
    /// <summary>Equations of the optimized graph, those in the bodies of loops and branches included.</summary>
    member _.Equations: int = equations
    /// <summary>Steps of the plan, calls of kernels and fused loops, those in the bodies of loops and branches included.</summary>
    member _.Steps: int = steps
    /// <summary>While loops, of which one step counts.</summary>
    member _.WhileLoops: int = loops

    /// <summary>One line for each figure.</summary>
    override c.ToString() =
        let line (name: string) (value: string) = name.PadRight 14 + value

        String.Join(
            "\n",
            [
                line "operations" (Quantity.operations (float c.Operations))
                line "bytes moved" (Quantity.bytes (float c.BytesMoved))
                line "parameters" (c.Parameters.ToString("N0", Globalization.CultureInfo.InvariantCulture))
                line "arguments" (Quantity.bytes (float c.ArgumentBytes))
                line "results" (Quantity.bytes (float c.ResultBytes))
                line "peak memory" (Quantity.bytes (float c.PeakBytes))
                line "equations" (string c.Equations)
                line "steps" (string c.Steps)
                if c.WhileLoops > 0 then
                    line "while loops" $"{c.WhileLoops}, of which one step counts"
            ]
        )

namespace DeepFun.FSharp

open DeepFun

/// <summary>What a function takes, before it runs.</summary>
[<RequireQualifiedAccess>]
module Cost =

    /// <summary>
    /// Arithmetic, bytes, parameters and peak memory of f, compiled, at x, whose structure, shapes and dtypes count and whose values do not. f is traced,
    /// optimized and planned, and does not run.
    /// </summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0402 f reads a value of a tensor that depends on its argument.</exception>
    let estimate (f: 'a -> 'b) (x: 'a) : CostEstimate =
        let planned = Planned.ofFunction "Cost.estimate" f x
        CostEstimate(planned.Plan, Tree.leaves x |> Array.map _.Type)

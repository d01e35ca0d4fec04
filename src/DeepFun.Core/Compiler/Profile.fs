namespace DeepFun

open System
open System.Diagnostics
open DeepFun.Backends
open DeepFun.Backends.Cpu

/// <summary>Where the time of a compiled function goes; made by <c>Profile.run</c>. Shows as a table, in notebooks and pages as a flame chart.</summary>
[<Sealed; TypeFormatterSource(typeof<DisplayFormatterSource>)>]
type ProfileReport internal (p: Profiled) =
    /// <summary>The steps in the order in which they run.</summary>
    member _.Rows: ProfileRow[] = p.Rows
    /// <summary>How often the function ran while it was measured.</summary>
    member _.Runs: int = p.Runs
    /// <summary>Median milliseconds of a run.</summary>
    member _.MedianMilliseconds: float = 1e3 * p.Median
    /// <summary>Milliseconds of all runs together.</summary>
    member _.TotalMilliseconds: float = 1e3 * p.Total
    /// <summary>
    /// The most native memory in use at the end of a step, beside what was in use before. Tensors of up to 1 KiB do not count, and the pool's blocks
    /// are up to a quarter larger than what they hold.
    /// </summary>
    member _.PeakBytes: int64 = p.PeakBytes
    /// <summary>The machine's 10⁹ float32 operations a second, as multiply-adds on registers, measured in the same call with the threads in use.</summary>
    member _.PeakGigaflopsPerSecond: float = p.Limit.Operations / 1e9
    /// <summary>10⁹ bytes a second that a copy in memory reads and writes, measured in the same call with the threads in use.</summary>
    member _.CopyGigabytesPerSecond: float = p.Limit.MemoryBandwidth / 1e9
    /// <summary>What the function takes by its types alone.</summary>
    member _.Cost: CostEstimate = p.Cost
    /// <summary>A table, the longest step first.</summary>
    override _.ToString() = ProfileTable.write p
    /// <summary>A page of its own, without scripts or outside references: the steps as a flame chart, and the table. Light or dark, as the reader prefers.</summary>
    member _.ToHtml() : string = ProfilePage.write p

    interface IDisplayed with
        member _.Html() = ProfilePage.frame p

/// Makes rows of what a recorder saw.
[<RequireQualifiedAccess>]
module internal ProfileRows =

    let median (ticks: int64 seq) : float =
        let sorted = Seq.sort ticks |> Array.ofSeq

        if sorted.Length = 0 then
            0.0
        else
            float (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2.0 / float Stopwatch.Frequency

    /// Of products with what they multiply.
    let private operationNames (g: Graph) (equations: Equation[]) : string =
        let isArithmetic (e: Equation) =
            match e.Operation with
            | Operation.Prim prim -> not (Work.isView prim) && e.Inputs.Length > 0
            | Operation.Block _ -> true

        equations
        |> Array.filter isArithmetic
        |> Array.map (fun e ->
            let name = (fst (Graph.title e.Operation)).Split(' ')[0]

            match e.Operation with
            | Operation.Prim(Prim.Contract _) ->
                let operands = e.Inputs |> Array.map (fun v -> string g.Types[v].Shape) |> String.concat " "
                $"{name} {operands}"
            | Operation.Prim _
            | Operation.Block _ -> name)
        |> String.concat " "

    let private describe (plan: Plan) (equations: Equation[]) (step: Step) : string * StepKind =
        let types = step.Outputs |> Array.map (fun v -> string plan.Graph.Types[v]) |> String.concat ", "

        match step with
        | Step.Call(prim, inputs, _) ->
            let isProduct =
                match prim with
                | Prim.Contract _ -> true
                | Prim.Unary _
                | Prim.Binary _
                | Prim.Compare _
                | Prim.Select
                | Prim.Cast _
                | Prim.Reduce _
                | Prim.Along _
                | Prim.Move _
                | Prim.Index _
                | Prim.Linalg _
                | Prim.Window _
                | Prim.Generate _
                | Prim.Special _
                | Prim.Sample _
                | Prim.StopGradient -> false

            let operands = inputs |> Array.map (fun v -> string plan.Graph.Types[v].Shape) |> String.concat " "

            if isProduct then
                $"{(Graph.primName prim).Split(' ')[0]} {operands} → {types}", StepKind.Product
            else
                $"{Graph.primName prim} → {types}", StepKind.Other
        | Step.Convolution(_, c, _, _) ->
            (if c.Backward then "gradients of convolution" else "convolution, bias, relu") + $" → {types}", StepKind.Product
        | Step.Rows(_, pipeline, _, _) -> $"{pipeline.Parts} parts of {operationNames plan.Graph equations} → {types}", StepKind.Product
        | Step.Loop _ -> $"loop {operationNames plan.Graph equations} → {types}", StepKind.Loop
        | Step.Block(block, _, _, _) -> $"{fst (Graph.describe block)} → {types}", StepKind.Block

    /// Seconds that the machine needs at its best: for arithmetic as multiply-adds, of which it does half as many in float64, or for bytes.
    let private atBest (limit: MachineLimit) (dtype: DType) (work: PlanWork.Work) : float =
        let rate = if dtype = DType.Float64 then limit.Operations / 2.0 else limit.Operations
        max (float work.Operations / rate) (float work.Bytes / limit.CopyBandwidth(float work.Bytes))

    /// The rows of a plan's steps; seconds of the whole.
    let rec make (limit: MachineLimit) (whole: float) (r: Recorder) : ProfileRow[] =
        let works = PlanWork.steps r.Plan
        let equations = PlanWork.equations r.Plan

        r.Plan.Steps
        |> Array.mapi (fun i step ->
            let inner = r.Bodies[i] |> Array.collect (make limit whole)
            let times = r.Times[i]
            let title, kind = describe r.Plan equations[i] step
            let calls = times.Count

            let average (f: ProfileRow -> float) =
                if calls = 0 then 0.0 else (inner |> Array.sumBy (fun row -> float row.Calls * f row)) / float calls

            let (work: PlanWork.Work), (best: float) =
                match step with
                | Step.Call _
                | Step.Convolution _
                | Step.Rows _
                | Step.Loop _ -> works[i], atBest limit r.Plan.Graph.Types[step.Outputs[0]].DType works[i]
                // What ran, not what the types foretell: of a while loop they know one step.
                | Step.Block _ ->
                    {
                        PlanWork.Work.Operations = int64 (average (fun row -> float row.Work.Operations))
                        Bytes = int64 (average (fun row -> float row.Work.Bytes))
                    },
                    average _.Limit

            let total = float (Seq.sum times) / float Stopwatch.Frequency
            ProfileRow(title, kind, calls, median times, total, total / whole, work, best, inner))

namespace DeepFun.FSharp

open System
open System.Diagnostics
open DeepFun
open DeepFun.Backends
open DeepFun.Backends.Cpu

/// <summary>Where the time of a function goes.</summary>
[<RequireQualifiedAccess>]
module Profile =

    let private fewestRuns = 3

    /// <summary>As run, measured for so many seconds, after half as many to warm up.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">
    /// DF0402 f reads a value of a tensor that depends on its argument; DF0902 the seconds are not positive; DF0970 the argument has no values.
    /// </exception>
    let runFor (seconds: float) (f: 'a -> 'b) (x: 'a) : ProfileReport =
        if not (seconds > 0.0 && seconds <= 3600.0) then
            Errors.option "The seconds of Profile.run" "positive and at most 3600" $"{seconds}"

        if Tree.leaves x |> Array.exists (fun t -> not (t :? Data)) then
            ProfileErrors.noValues ()

        let planned = Planned.ofFunction "Profile.run" f x
        let recorder = Recorder planned.Plan
        let executable = Executable(planned.Evaluator, planned.Plan, recorder)
        let inputs = planned.Inputs |> Array.map planned.Evaluator.Storage
        let given: bool[] = Array.zeroCreate inputs.Length
        let results: Storage[] = Array.zeroCreate planned.Plan.Graph.Outputs.Length

        let time () =
            use _ = MemoryScope.Enter()
            let start = Stopwatch.GetTimestamp()
            executable.Run(inputs, given, results)
            Stopwatch.GetTimestamp() - start

        let repeat (seconds: float) : int64[] =
            let start = Stopwatch.GetTimestamp()

            [|
                while Stopwatch.GetElapsedTime(start).TotalSeconds < seconds do
                    time ()
                for _ in 1..fewestRuns do
                    time ()
            |]

        repeat (seconds / 2.0) |> ignore
        recorder.Clear()
        let before = MemoryStatistics.Now.LiveBytes
        let times = repeat seconds
        let limit = MachineLimit.Measure()
        let total = float (Array.sum times) / float Stopwatch.Frequency

        ProfileReport
            {
                Rows = ProfileRows.make limit total recorder
                Runs = times.Length
                Median = ProfileRows.median times
                Total = total
                PeakBytes = max 0L (recorder.Most - before)
                Limit = limit
                Cost = CostEstimate(planned.Plan, Tree.leaves x |> Array.map _.Type)
            }

    /// <summary>
    /// Compiles f, runs it at x for half a second, and gives the time of each step of its plan beside what this machine can do, which is measured in the
    /// same call: for arithmetic multiply-adds on registers, for memory copies of as many bytes.
    /// </summary>
    /// <remarks>
    /// The argument is not used up. What else the machine does meanwhile slows the steps and the measured limits; the threads are those in use.
    /// </remarks>
    /// <exception cref="T:DeepFun.DeepFunException">
    /// DF0402 f reads a value of a tensor that depends on its argument; DF0970 the argument has no values.
    /// </exception>
    let run (f: 'a -> 'b) (x: 'a) : ProfileReport = runFor 0.5 f x

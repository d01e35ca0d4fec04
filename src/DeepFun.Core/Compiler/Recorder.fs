namespace DeepFun

open System.Collections.Generic
open System.Diagnostics
open DeepFun.Backends

/// The times of a plan's steps, for Profile. Belongs to one thread.
[<Sealed; AllowNullLiteral>]
type internal Recorder(plan: Plan) =
    let bodies: Recorder[][] =
        plan.Steps
        |> Array.map (fun step ->
            match step with
            | Step.Block(_, plans, _, _) -> plans |> Array.map Recorder
            | Step.Call _
            | Step.Convolution _
            | Step.Rows _
            | Step.Loop _ -> [||])

    member _.Plan = plan
    /// The recorders of each step's plans.
    member _.Bodies = bodies
    /// Stopwatch ticks of every call of each step.
    member val Times: List<int64>[] = plan.Steps |> Array.map (fun _ -> List<int64>())
    /// The most native memory in use at the end of one of its own steps.
    member val LiveBytes = 0L with get, set

    /// A step that began then has ended.
    member r.Record(step: int, start: int64) =
        r.Times[step].Add(Stopwatch.GetTimestamp() - start)
        r.LiveBytes <- max r.LiveBytes MemoryStatistics.Now.LiveBytes

    /// The most native memory in use at the end of a step, of the blocks too.
    member r.Most: int64 = bodies |> Array.concat |> Array.fold (fun most (body: Recorder) -> max most body.Most) r.LiveBytes

    /// Forgets everything.
    member r.Clear() =
        for times in r.Times do
            times.Clear()

        r.LiveBytes <- 0L

        for body in Array.concat bodies do
            body.Clear()

namespace DeepFun.Core.Tests.Training

open System
open System.Diagnostics
open System.IO
open DeepFun
open DeepFun.Backends
open DeepFun.FSharp
open DeepFun.Core.Tests.Training.Runs
open Xunit

/// 10,000 steps: the memory of the process stays what it was after 100.
[<Collection("Alone")>]
type SoakTests(output: Abstractions.ITestOutputHelper) =

    let resident () : int64 =
        if OperatingSystem.IsLinux() then
            let line = File.ReadLines "/proc/self/status" |> Seq.find (fun l -> l.StartsWith "VmRSS:")
            1024L * int64 (line.Split([| ' '; '\t' |], StringSplitOptions.RemoveEmptyEntries)[1])
        else
            Environment.WorkingSet

    let settle () =
        GC.Collect()
        GC.WaitForPendingFinalizers()
        GC.Collect()

    /// Runs 10,000 steps and looks after some; native memory in use is counted after a collection, the rest as it is.
    let soak (name: string) (step: int -> unit) =
        let clock = Stopwatch.StartNew()

        let look n =
            let r = resident ()
            let held = (Memory.statistics ()).LiveBytes
            settle ()
            let live = (Memory.statistics ()).LiveBytes

            output.WriteLine
                $"{name}, step {n, 6}: resident {float r / 1048576.0:F1} MB, native {held / 1024L} KB, of them reachable {live / 1024L} KB, {clock.Elapsed.TotalSeconds:F1} s"

            r, live

        let mutable seen = []

        for n in 1..10_000 do
            step n

            if n = 100 || n = 1_000 || n = 10_000 then
                seen <- look n :: seen

        let (last, lastLive), (first, firstLive) = List.head seen, List.last seen
        let limit = first + first / 10L + (32L <<< 20)
        Assert.True(last < limit, $"resident memory went from {first} to {last} bytes")
        Assert.True(abs (lastLive - firstLive) < (64L <<< 10), $"native memory in use went from {firstLive} to {lastLive} bytes")

    let recipe = { recipe 1e-3 with Penalty = None }
    let data = images 96 8
    let batches = [| data.Slice(0, 16); data.Slice(16, 24); data.Slice(24, 48); data.Slice(48, 96) |]

    [<Fact>]
    member _.``10,000 steps of a fold``() =
        let mutable state = Training.init recipe data.InputShape (Key.ofSeed 0L)
        let mutable worst = 0.0

        soak "Training.step" (fun n ->
            let next, report = Training.step recipe state batches[n % batches.Length]
            state <- next
            worst <- max worst report.Loss)

        Assert.Equal(10_000L, state.Step)
        Assert.True(worst < 100.0)

    [<Fact>]
    member _.``10,000 steps of a loop``() =
        let start = Training.init recipe data.InputShape (Key.ofSeed 0L)
        // 20 and 16 examples a batch in turn: 96 = 4 · 20 + 16.
        let options = { FitOptions.Default with Epochs = 2_000; BatchSize = 20; SnapshotEvery = Some 7 }

        use events =
            (Loop.run options recipe start data
             |> Seq.filter (fun e ->
                 match e with
                 | StepDone _ -> true
                 | _ -> false))
                .GetEnumerator()

        soak "Loop.run" (fun _ -> Assert.True(events.MoveNext()))

    [<Fact>]
    member _.``10,000 gradients without any scope``() =
        let x = Random.normal [ 64; 64 ] (Key.ofSeed 1L)
        let y = Random.normal [ 64; 16 ] (Key.ofSeed 2L)
        let mutable w = Random.normal [ 64; 32 ] (Key.ofSeed 3L) * 0.1
        let mutable v = Random.normal [ 32; 16 ] (Key.ofSeed 4L) * 0.1
        let loss (w, v) = mean (square (matmul (tanh (matmul x w)) v - y))

        // Nobody returns these but the garbage collector, which the budget of native bytes calls.
        let budget = MemoryStatistics.Budget
        MemoryStatistics.Budget <- 32L <<< 20

        try
            soak "grad" (fun _ ->
                let dw, dv = grad loss (w, v)
                w <- w - 0.05 * dw
                v <- v - 0.05 * dv)
        finally
            MemoryStatistics.Budget <- budget

        Assert.True((loss (w, v)).ToDouble() < 0.5)

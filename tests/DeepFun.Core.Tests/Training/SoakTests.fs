namespace DeepFun.Core.Tests.Training

open System
open System.Diagnostics
open System.IO
open DeepFun
open DeepFun.Backends
open DeepFun.FSharp
open DeepFun.Core.Tests.IO.Fixtures
open DeepFun.Core.Tests.Training.Runs
open Xunit

/// A process of its own, whose memory no other test has touched, takes 10,000 steps and looks at itself now and then.
module SoakProcess =
    /// Tells the process what to do, and the file for what it has seen.
    let variable = "DEEPFUN_TEST_SOAK"

    let private resident () : int64 =
        if OperatingSystem.IsLinux() then
            let line = File.ReadLines "/proc/self/status" |> Seq.find _.StartsWith("VmRSS:")
            1024L * int64 (line.Split([| ' '; '\t' |], StringSplitOptions.RemoveEmptyEntries)[1])
        else
            Environment.WorkingSet

    /// Resident bytes as they are, then native bytes in use after a collection.
    let private look () =
        let bytes = resident ()
        GC.Collect()
        GC.WaitForPendingFinalizers()
        GC.Collect()
        bytes, (Memory.statistics ()).LiveBytes

    let private recipe = lazy { recipe 1e-3 with Penalty = None }

    /// A fold of steps, with batches of 16, 8, 24 and 48 examples in turn.
    let private fold () =
        let data = images 96 8
        let batches = [| data.Slice(0, 16); data.Slice(16, 24); data.Slice(24, 48); data.Slice(48, 96) |]
        let mutable state = Training.init recipe.Value data.InputShape (Key.ofSeed 0L)

        let step n =
            let next, report = Training.step recipe.Value state batches[n % batches.Length]
            state <- next

            if not (report.Loss < 100.0) then
                invalidOp $"the loss is {report.Loss}"

        step

    /// A loop with batches of 20 and, at the end of an epoch, 16 examples, and with snapshots.
    let private loop () =
        let data = images 96 8
        let start = Training.init recipe.Value data.InputShape (Key.ofSeed 0L)
        let options = { FitOptions.Default with Epochs = 2_000; BatchSize = 20; SnapshotEvery = Some 7 }
        let events = (Loop.run options recipe.Value start data |> Seq.filter _.IsStepDone).GetEnumerator()

        fun _ ->
            if not (events.MoveNext()) then
                invalidOp "the loop has ended"

    /// Gradients outside any scope: nobody returns their memory but the garbage collector.
    let private plain () =
        // The collector is called when this much is in use; the default would let a short run like this one just pile up.
        MemoryStatistics.Budget <- 32L <<< 20
        let x = Random.normal [ 64; 64 ] (Key.ofSeed 1L)
        let y = Random.normal [ 64; 16 ] (Key.ofSeed 2L)
        let mutable w = Random.normal [ 64; 32 ] (Key.ofSeed 3L) * 0.1
        let mutable v = Random.normal [ 32; 16 ] (Key.ofSeed 4L) * 0.1
        let loss (w, v) = mean (square (matmul (tanh (matmul x w)) v - y))

        let step _ =
            let dw, dv = grad loss (w, v)
            w <- w - 0.05 * dw
            v <- v - 0.05 * dv

        step

    let private kinds = Map [ "fold", fold; "loop", loop; "plain", plain ]

    let work (argument: string) =
        let kind, path = argument.Split '|' |> fun parts -> parts[0], parts[1]
        let step = kinds[kind]()
        let seen = ResizeArray<string>()

        for n in 1..10_000 do
            step n

            if n = 100 || n = 1_000 || n = 10_000 then
                let bytes, live = look ()
                seen.Add $"{n} {bytes} {live}"

        File.WriteAllLines(path, seen)
        exit 0

[<Collection("Alone")>]
type SoakTests(output: Abstractions.ITestOutputHelper) =

    [<Theory; InlineData("fold"); InlineData("loop"); InlineData("plain")>]
    member _.``the memory of the process after 10,000 steps is that after 100``(kind: string) =
        inFolder (fun folder ->
            let path = Path.Combine(folder, "seen.txt")
            let time = Stopwatch.StartNew()
            use child = Child.start SoakProcess.variable $"{kind}|{path}"
            child.WaitForExit()
            Assert.Equal(0, child.ExitCode)
            let seen = File.ReadAllLines path |> Array.map (fun line -> line.Split ' ' |> Array.map int64)

            for s in seen do
                output.WriteLine $"{kind}, step {s[0], 6}: resident {float s[1] / 1048576.0:F1} MB, native in use {s[2] / 1024L} KB"

            output.WriteLine $"{time.Elapsed.TotalSeconds:F1} s"
            Assert.Equal<int64[]>([| 100L; 1_000L; 10_000L |], seen |> Array.map (fun s -> s[0]))
            let first, last = seen[0], seen[2]
            Assert.True(last[1] < first[1] + first[1] / 10L + (32L <<< 20), $"resident memory went from {first[1]} to {last[1]} bytes")
            Assert.True(abs (last[2] - first[2]) < (16L <<< 10), $"native memory in use went from {first[2]} to {last[2]} bytes"))

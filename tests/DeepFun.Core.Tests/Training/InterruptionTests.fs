namespace DeepFun.Core.Tests.Training

open System
open System.Diagnostics
open System.IO
open System.Threading
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.IO.Fixtures
open DeepFun.Core.Tests.Training.Runs
open Xunit

/// A process that trains with checkpoints until it is killed or done.
module TrainingProcess =
    /// Tells the process where its checkpoint is.
    let variable = "DEEPFUN_TEST_TRAINING"

    let private data = lazy images 320 8
    let private recipe = lazy recipe 1e-3
    let start () = Training.init recipe.Value data.Value.InputShape (Key.ofSeed 21L)
    // 20 batches an epoch; snapshots fall within epochs and on their ends.
    let options = { FitOptions.Default with Epochs = 20; BatchSize = 16; SnapshotEvery = Some 3 }
    let run from = Loop.run options recipe.Value from data.Value

    let work (path: string) =
        Checkpoint.resume path (start ()) |> run |> Checkpoint.every path |> Seq.iter ignore
        exit 0

[<Collection("Alone")>]
type InterruptionTests(output: Abstractions.ITestOutputHelper) =

    [<Fact>]
    member _.``a training that is killed again and again ends with the bits of one that never was``() =
        inFolder (fun folder ->
            let path = Path.Combine(folder, "run.safetensors")
            let like = TrainingProcess.start ()
            let r = Random 4
            let steps = ResizeArray<int64>()
            let mutable seen = 0L
            let mutable within = 0

            let look () =
                let step = (Checkpoint.load path like).Step
                Assert.True(step >= seen, $"step {seen} was on the disk before, now it is {step}")
                seen <- step

            for _ in 1..10 do
                use child = Child.start TrainingProcess.variable path
                let patience = Stopwatch.StartNew()
                let target = seen + int64 (r.Next(1, 30))

                while not (
                    child.HasExited
                    || File.Exists path
                       && (look ()
                           seen >= target)
                ) do
                    Assert.True(patience.Elapsed < TimeSpan.FromSeconds 60.0, "the process has not trained")

                // Somewhere between two states, or within the writing of one.
                Thread.SpinWait(r.Next 200_000)
                child.Kill()
                child.WaitForExit()
                look ()
                steps.Add seen

                if (Checkpoint.load path like).Epoch < TrainingProcess.options.Epochs then
                    within <- within + 1

            output.WriteLine("killed after steps " + String.Join(", ", steps))
            Assert.True(within >= 5, $"only {within} of 10 processes were killed in the middle")
            use child = Child.start TrainingProcess.variable path
            child.WaitForExit()
            Assert.Equal(0, child.ExitCode)
            let expected = TrainingProcess.run like |> last like
            Assert.Equal(400L, expected.Step)
            sameState expected (Checkpoint.load path like)

            // What a killed process was writing beside the file may remain; the file's own name is never a part.
            for other in Directory.GetFiles folder do
                Assert.True(other = path || Path.GetFileName(other).StartsWith ".deepfun-", other))

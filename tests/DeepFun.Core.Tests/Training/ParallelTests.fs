namespace DeepFun.Core.Tests.Training

open System
open System.Collections.Concurrent
open System.Diagnostics
open System.IO
open System.Threading
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.IO.Fixtures
open DeepFun.Core.Tests.Training.Runs
open Xunit

/// Trainings on several threads at once: the bits of each are those of a training alone.
[<Collection("Alone")>]
type ParallelTests(output: Abstractions.ITestOutputHelper) =

    let data = images 64 8

    let options =
        { FitOptions.Default with
            Epochs = 2
            BatchSize = 16
            Validation = Some data
            SnapshotEvery = Some 3
        }

    /// Four different things to do, each with a result as bytes.
    let jobs: (unit -> (string * byte[])[])[] =
        let train rate seed () =
            let recipe = recipe rate
            let start = Training.init recipe data.InputShape (Key.ofSeed seed)
            Loop.run options recipe start data |> last start |> bits

        let gradient () =
            let recipe = recipe 1e-2
            let start = Training.init recipe data.InputShape (Key.ofSeed 7L)

            let loss p =
                let y, _ = recipe.Model.Apply (Mode.Training start.Key) p start.ModelState data.Inputs
                recipe.Loss.Value(y, data.Targets)

            Tree.paths (hvp loss start.Params (grad loss start.Params)) |> Array.map (fun (path, x) -> path, x.Bytes())

        // Batches large enough for the pool of workers, which one thread has at a time.
        let wide () =
            let data = images 64 16

            let recipe =
                { recipe 1e-2 with
                    Model = same 8 --> Layers.relu --> Layers.flatten --> Layers.dense 64 --> Layers.dense 10
                }

            let start = Training.init recipe data.InputShape (Key.ofSeed 9L)
            Loop.run { options with BatchSize = 64; Validation = None } recipe start data |> last start |> bits

        [| train 1e-2 1L; train 1e-3 2L; gradient; wide |]

    [<Fact>]
    member _.``four threads train, a fifth one saves and loads``() =
        inFolder (fun folder ->
            let expected = jobs |> Array.map (fun job -> job ())
            let time = Stopwatch.StartNew()

            let seconds =
                match Environment.GetEnvironmentVariable "DEEPFUN_TEST_STRESS_SECONDS" with
                | null
                | "" -> 4.0
                | s -> float s

            let running () = time.Elapsed.TotalSeconds < seconds
            let failures = ConcurrentQueue<exn>()
            let counts: int[] = Array.zeroCreate 5

            let thread i work =
                Thread(fun () ->
                    try
                        while running () && failures.IsEmpty do
                            work counts[i]
                            counts[i] <- counts[i] + 1
                    with e ->
                        failures.Enqueue e)

            // Each thread goes through all jobs, so that equal ones meet as well.
            let worker i = thread i (fun n -> let j = (i + n) % jobs.Length in sameBits expected[j] (jobs[j]()))

            let path = Path.Combine(folder, "state.safetensors")
            let recipe = recipe 1e-2
            let state = Training.init recipe data.InputShape (Key.ofSeed 1L)
            let written = bits state

            let files =
                thread 4 (fun n ->
                    Checkpoint.save path { state with Step = int64 n }
                    let back = Checkpoint.load path state
                    sameBits written (bits back)
                    Assert.Equal(int64 n, back.Step)

                    if n % 5 = 0 then
                        GC.Collect())

            let threads = [| yield! Array.init 4 worker; files |]
            threads |> Array.iter _.Start()
            threads |> Array.iter _.Join()
            output.WriteLine("rounds: " + String.Join(", ", counts))
            Assert.Empty failures
            Assert.All(counts, (fun n -> Assert.True(n > 0))))

    [<Fact>]
    member _.``threads that share one state fork it``() =
        let recipe = recipe 1e-2
        let start = Training.init recipe data.InputShape (Key.ofSeed 1L)
        let middle = Loop.run { options with Epochs = 1 } recipe start data |> last start
        let expected = Loop.run options recipe middle data |> last middle |> bits
        let results: (string * byte[])[][] = Array.zeroCreate 4

        let threads =
            Array.init 4 (fun i -> Thread(fun () -> results[i] <- Loop.run options recipe middle data |> last middle |> bits))

        threads |> Array.iter _.Start()
        threads |> Array.iter _.Join()
        results |> Array.iter (sameBits expected)

    [<Fact>]
    member _.``a stream that is read on another thread for every event``() =
        let recipe = recipe 1e-2
        let start = Training.init recipe data.InputShape (Key.ofSeed 1L)
        let expected = Loop.run options recipe start data |> last start
        use events = (Loop.run options recipe start data).GetEnumerator()
        let mutable final = start
        let more = ref true

        while more.Value do
            let thread = Thread(fun () -> more.Value <- events.MoveNext())
            thread.Start()
            thread.Join()

            if more.Value then
                match events.Current with
                | EpochDone r -> final <- r.State
                | _ -> ()

        sameState expected final

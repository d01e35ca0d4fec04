/// First programs, from a line through points to reading digits, as one would write them. Each checks what it has learned.
module DeepFun.Core.Tests.Training.TutorialTests

open System
open System.Globalization
open System.IO
open System.IO.Compression
open DeepFun
open DeepFun.FSharp
open Xunit

[<Fact>]
let ``a line through points, by hand`` () =
    // 200 points on y = 2x + 1, with noise.
    let inputs, noise = Key.split2 (Key.ofSeed 0L)
    let x = Random.uniform -1.0 1.0 [ 200 ] inputs
    let y = 2.0 * x + 1.0 + 0.1 * Random.normal [ 200 ] noise

    // What is learned is a record; the loss is a function of it.
    let loss (line: {| Slope: Tensor; Offset: Tensor |}) = mean (square (line.Slope * x + line.Offset - y))
    let mutable line = {| Slope = Tensor.scalar 0.0; Offset = Tensor.scalar 0.0 |}

    for _ in 1..200 do
        let d = grad loss line
        line <- {| Slope = line.Slope - 0.3 * d.Slope; Offset = line.Offset - 0.3 * d.Offset |}

    Assert.Equal(2.0, line.Slope.ToDouble(), 0.05)
    Assert.Equal(1.0, line.Offset.ToDouble(), 0.03)

    // Least squares in closed form, with plain numbers.
    let xs, ys = x.ToDoubles(), y.ToDoubles()
    let mx, my = Array.average xs, Array.average ys

    let slope =
        (Array.map2 (fun x y -> (x - mx) * (y - my)) xs ys |> Array.sum) / (xs |> Array.sumBy (fun x -> (x - mx) ** 2.0))

    Assert.Equal(slope, line.Slope.ToDouble(), 1e-4)
    Assert.Equal(my - slope * mx, line.Offset.ToDouble(), 1e-4)

[<Fact>]
let ``the same line as a layer and a training`` () =
    let inputs, noise = Key.split2 (Key.ofSeed 0L)
    let x = Random.uniform -1.0 1.0 [ 200; 1 ] inputs
    let y = 2.0 * x + 1.0 + 0.1 * Random.normal [ 200; 1 ] noise
    let data = Dataset(x, y)

    let recipe =
        {
            Model = Layers.dense 1
            Loss = Losses.meanSquaredError
            Optimizer = Optimizers.sgd 0.1
            Metrics = []
            Penalty = None
        }

    let start = Training.init recipe data.InputShape (Key.ofSeed 1L)
    let trained, history = Loop.run { FitOptions.Default with Epochs = 20 } recipe start data |> Loop.toEnd ignore start
    Assert.Equal(2.0, trained.Params["weight"].ToDouble(), 0.05)
    Assert.Equal(1.0, trained.Params["bias"].ToDouble(), 0.03)
    // What remains is the noise: variance 0.01.
    Assert.Equal(0.01, (List.last history).Training.Loss, 0.003)

    // At x = 0.5 the line is at 2.
    let prediction = Training.predict recipe.Model trained.Params trained.ModelState 32 (Tensor.matrix [ [ 0.5 ] ])
    Assert.Equal(2.0, prediction.ToDouble(), 0.05)

[<Fact>]
let ``two classes by logistic regression`` () =
    // Two clouds around (1, 1) and (-1, -1); the best border is x₁ + x₂ = 0.
    let a, b = Key.split2 (Key.ofSeed 0L)
    let points = concat 0 [ 1.0 + Random.normal [ 200; 2 ] a; Random.normal [ 200; 2 ] b - 1.0 ]
    let labels = concat 0 [ Tensor.ones [ 200; 1 ]; Tensor.zeros [ 200; 1 ] ]
    let struct (train, test) = Dataset(points, labels).Split(0.75, Key.ofSeed 1L)

    let recipe =
        {
            Model = Layers.dense 1
            Loss = Losses.binaryCrossEntropyFromLogits
            Optimizer = Optimizers.adam 0.05
            Metrics = [ Metrics.binaryAccuracyFromLogits ]
            Penalty = None
        }

    let start = Training.init recipe train.InputShape (Key.ofSeed 2L)
    let trained, _ = Loop.run { FitOptions.Default with Epochs = 20 } recipe start train |> Loop.toEnd ignore start
    let result = Training.evaluate recipe trained 256 test
    // The clouds overlap: the best that can be is Φ(√2) = 0.921.
    Assert.InRange(snd result.Metrics[0], 0.87, 0.98)
    // The log odds of two normal clouds 2 apart on each axis are 2 x₁ + 2 x₂.
    let w = trained.Params["weight"].ToDoubles()
    Assert.InRange(w[0], 1.2, 3.0)
    Assert.InRange(w[1], 1.2, 3.0)

/// 1,797 handwritten digits of 8×8 pixels: inputs [N, 1, 8, 8] in [0, 1], labels [N].
let private digits () : Dataset =
    use file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "digits.csv.gz"))
    use reader = new StreamReader(new GZipStream(file, CompressionMode.Decompress))

    let rows =
        reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
        |> Array.map (fun line -> line.Split ',' |> Array.map (fun cell -> Int32.Parse(cell, CultureInfo.InvariantCulture)))

    let pixels = rows |> Array.collect (fun row -> row[..63] |> Array.map (fun v -> float32 v / 16.0f))
    Dataset(Tensor.ofArray [ rows.Length; 1; 8; 8 ] pixels, Tensor.ofArray [ rows.Length ] (rows |> Array.map (fun row -> row[64])))

[<Fact>]
let ``a perceptron with a hidden layer reads digits`` () =
    let struct (train, test) = (digits ()).Split(0.8, Key.ofSeed 0L)

    let recipe =
        {
            Model = Layers.flatten --> Layers.denseWith Activation.Relu 64 --> Layers.dense 10
            Loss = Losses.sparseCategoricalCrossEntropyFromLogits
            Optimizer = Optimizers.adam 3e-3
            Metrics = [ Metrics.accuracy ]
            Penalty = None
        }

    let start = Training.init recipe train.InputShape (Key.ofSeed 1L)
    let options = { FitOptions.Default with Epochs = 15; Validation = Some test }
    let trained, history = Loop.run options recipe start train |> Loop.toEnd ignore start
    let accuracy = snd (Training.evaluate recipe trained 256 test).Metrics[0]
    Assert.True(accuracy >= 0.95, $"{accuracy:P1} of the test digits are read")
    Assert.Equal(15, history.Length)

    // Which digits are taken for which: a row for each true digit, a column for each answer.
    let logits = Training.predict recipe.Model trained.Params trained.ModelState 256 test.Inputs
    let confusion = Metrics.confusionMatrix 10 logits test.Targets
    Assert.Equal(test.Count, Seq.sum (Seq.cast<int> confusion))
    let right = Seq.sum [ for d in 0..9 -> confusion[d, d] ]
    Assert.Equal(accuracy, float right / float test.Count, 9)

[<Fact>]
let ``a training that is stopped early, interrupted and resumed`` () =
    let folder = Directory.CreateTempSubdirectory "deepfun-tutorial-"
    let path = Path.Combine(folder.FullName, "digits.safetensors")

    try
        let struct (train, test) = (digits ()).Split(0.8, Key.ofSeed 0L)

        let recipe =
            {
                Model = Layers.flatten --> Layers.denseWith Activation.Relu 32 --> Layers.dropout 0.1 --> Layers.dense 10
                Loss = Losses.sparseCategoricalCrossEntropyFromLogits
                Optimizer = Optimizers.adam 3e-3
                Metrics = [ Metrics.accuracy ]
                Penalty = None
            }

        let options = { FitOptions.Default with Epochs = 4; Validation = Some test; SnapshotEvery = Some 20 }

        // Run this program again after an interruption, and it goes on where it was.
        let program (events: TrainingEvent seq -> TrainingEvent seq) =
            let start = Training.init recipe train.InputShape (Key.ofSeed 1L) |> Checkpoint.resume path

            Loop.run options recipe start train |> Checkpoint.every path |> Loop.stopEarly 3 |> events |> Loop.toEnd ignore start

        // The power fails after 100 events.
        let interrupted, _ = program (Seq.truncate 100)
        Assert.InRange(interrupted.Epoch, 1, 3)
        let trained, history = program id
        Assert.Equal(4, trained.Epoch)
        Assert.Equal<int list>([ interrupted.Epoch + 1 .. 4 ], history |> List.map _.Epoch)

        let start = Training.init recipe train.InputShape (Key.ofSeed 1L)
        let never, _ = Loop.run options recipe start train |> Loop.toEnd ignore start

        Assert.Equal<float32[][]>(
            Tree.leaves never.Params |> Array.map _.ToArray<float32>(),
            Tree.leaves trained.Params |> Array.map _.ToArray<float32>()
        )
    finally
        folder.Delete true

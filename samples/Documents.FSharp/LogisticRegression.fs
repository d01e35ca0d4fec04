/// Finds a threshold behind noise, and how sure one can be on either side of it.
module Documents.LogisticRegression

open DeepFun
open DeepFun.FSharp

let private threshold = 0.5

let run (options: SampleOptions) : SampleResult =
    let n = options.Pick(quick = 500, full = 5000)
    let keys = Key.split 3 (Key.ofSeed 2L)
    let x = Random.uniform -3.0 3.0 [ n; 1 ] keys[0]
    let noisy = x + 0.5 * Random.normal [ n; 1 ] keys[1]
    let labels = greater noisy (fullLike threshold noisy) |> cast DType.Float32
    let struct (train, test) = Dataset(x, labels).Split(0.8, keys[2])

    let recipe =
        {
            Model = Layers.dense 1
            Loss = Losses.binaryCrossEntropyFromLogits
            Optimizer = Optimizers.adam 0.1
            Metrics = [ Metrics.binaryAccuracyFromLogits ]
            Penalty = None
        }

    let epochs = options.Pick(quick = 30, full = 10)

    let trained, history =
        Loop.fit { FitOptions.Default with Epochs = epochs; Validation = Some test } recipe (Key.ofSeed 0L) train

    let found = -trained.Params["bias"].ToDouble() / trained.Params["weight"].ToDouble()
    let accuracy = (Training.evaluate recipe trained 256 test)["binaryAccuracy"]

    let grid = Tensor.linspace -3.0 3.0 121
    let probability = Training.predict recipe.Model trained.Params trained.ModelState 256 (reshape [ 121; 1 ] grid) |> sigmoid
    let curve = struct ("P(1 | x)", grid.ToDoubles(), probability.ToDoubles())
    let dots = struct ("examples", (test.Inputs.ToDoubles())[..99], (test.Targets.ToDoubles())[..99])

    {
        Report =
            HtmlReport("Logistic regression", $"a noisy threshold at {threshold}; found at {found:F3}")
                .Heading("Fit")
                .Add(Figure.Scatter("The fitted curve", "x", "probability", [| dots |], [| curve |]))
                .Heading("Training")
                .Add(Plot.loss history)
                .Add(Plot.metric "binaryAccuracy" history)
        Achievements =
            [
                Sample.achieved "distance of the threshold" (abs (found - threshold)) (AtMost(options.Pick(quick = 0.15, full = 0.05)))
                // Even the true threshold is right in 1 − 2 · 0.5 / √(2π) / 6 = 93.4 % only: the noise puts the others on the wrong side.
                Sample.achieved "test accuracy" accuracy (AtLeast(options.Pick(quick = 0.88, full = 0.92)))
            ]
    }

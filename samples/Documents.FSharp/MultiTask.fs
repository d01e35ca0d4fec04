/// A shared trunk and two heads: how far a point is from the unit circle (regression), and whether it is outside (classification).
module Documents.MultiTask

open DeepFun
open DeepFun.FSharp

let private network =
    Network.define "two heads" (fun parts (x: Tensor) ->
        let trunk = Layers.denseWith Activation.Tanh 64 --> Layers.denseWith Activation.Tanh 64
        let shared = parts.Apply("trunk", trunk, x)
        parts.Apply("distance", Layers.dense 1, shared), parts.Apply("side", Layers.dense 2, shared))

let private points n seed =
    let x = Random.uniform -2.0 2.0 [ n; 2 ] (Key.ofSeed seed)
    let distance: Tensor = sqrt (sumOver [ 1 ] (square x)) - 1.0
    Examples(x, (expandDims 1 distance, cast DType.Int32 (greater distance (zerosLike distance))))

let private map title (values: Tensor) = Figure.Heatmap(title, (reshape [ 21; 21 ] values).ToMatrix(), showValues = false)

let run (options: SampleOptions) : SampleResult =
    let data, test = points (options.Pick(quick = 512, full = 4096)) 0L, points 2000 1L
    let distance = NetworkLoss("distance", Losses.meanSquaredError, fst, fst)
    let side = NetworkLoss("side", Losses.sparseCategoricalCrossEntropyFromLogits, snd, snd)
    let metrics = [ NetworkMetric(Metrics.accuracy, snd, snd) ]
    let recipe = NetworkRecipe(network, 10.0 * distance + side, Optimizers.adam 3e-3, metrics, None)

    let fit = { FitOptions.Default with Epochs = options.Pick(quick = 300, full = 1500); BatchSize = data.Count }
    let trained, history = NetworkTraining.fit fit recipe None (Key.ofSeed 0L) data
    let result = NetworkTraining.evaluate recipe trained 256 test
    let error, accuracy = sqrt result["distance"], result["accuracy"]

    let grid =
        Tensor.matrix (
            Seq.init 441 (fun i ->
                seq {
                    float (i % 21) / 5.0 - 2.0
                    2.0 - float (i / 21) / 5.0
                })
        )

    let learned, _ = NetworkTraining.predict network trained.Params trained.ModelState 256 grid

    {
        Report =
            HtmlReport("Two tasks, one trunk", $"sides {accuracy:P1} right, distances {error:F3} off")
                .Add(Plot.curve "Regression" "distance" (fun e -> e["distance"]) history)
                .Add(Plot.curve "Classification" "side" (fun e -> e["side"]) history)
                .Add(map "The distance, as it was learned" learned)
        Achievements =
            [
                Sample.achieved "accuracy of the side" accuracy (AtLeast(options.Pick(quick = 0.97, full = 0.99)))
                Sample.achieved "root mean squared error of the distance" error (AtMost(options.Pick(quick = 0.06, full = 0.03)))
            ]
    }

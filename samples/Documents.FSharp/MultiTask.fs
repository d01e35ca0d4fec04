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
    x, expandDims 1 distance, cast DType.Int32 (greater distance (zerosLike distance))

let private map title (values: Tensor) = Figure.Heatmap(title, (reshape [ 21; 21 ] values).ToMatrix(), showValues = false)

let run (options: SampleOptions) : SampleResult =
    let x, distance, side = points (options.Pick(quick = 512, full = 4096)) 0L
    let parameters, state = network.Init (Key.ofSeed 0L) x
    let predict parameters x = network.Apply Mode.Evaluation parameters state x |> fst
    let optimizer = Optimizers.adam 3e-3

    // One sum is differentiated; the two losses come along, to be drawn.
    let objective parameters =
        let foundDistance, foundSide = predict parameters x
        let squares = Losses.meanSquaredError.Value(foundDistance, distance)
        let crossEntropy = Losses.sparseCategoricalCrossEntropyFromLogits.Value(foundSide, side)
        10.0 * squares + crossEntropy, (squares, crossEntropy)

    let step =
        jitDonating (fun (parameters: Params, memory: Params) () ->
            let (_, both), gradient = valueAndGradAux objective parameters
            let updates, memory = optimizer.Update gradient memory parameters
            (Optimizer.apply updates parameters, memory), both)

    let advance learned _ =
        let learned, (squares: Tensor, crossEntropy: Tensor) = step learned ()
        (squares.ToDouble(), crossEntropy.ToDouble()), learned

    let history, (learned, _) =
        List.mapFold advance (parameters, optimizer.Init parameters) [ 1 .. options.Pick(quick = 300, full = 1500) ]

    let testX, testDistance, testSide = points 2000 1L
    let foundDistance, foundSide = predict learned testX
    let error = sqrt (Losses.meanSquaredError.Value(foundDistance, testDistance).ToDouble())
    let accuracy = (equal (argmax -1 foundSide) testSide |> cast DType.Float32 |> mean).ToDouble()

    let grid =
        Tensor.matrix (
            Seq.init 441 (fun i ->
                seq {
                    float (i % 21) / 5.0 - 2.0
                    2.0 - float (i / 21) / 5.0
                })
        )

    let curve title select =
        let steps = Array.init history.Length float
        Figure.Lines(title, "step", "loss", struct ("training", steps, history |> List.map select |> Array.ofList))

    {
        Report =
            HtmlReport("Two tasks, one trunk", $"sides {accuracy:P1} right, distances {error:F3} off")
                .Add(curve "Regression" fst)
                .Add(curve "Classification" snd)
                .Add(map "The distance, as it was learned" (fst (predict learned grid)))
        Achievements =
            [
                Sample.achieved "accuracy of the side" accuracy (AtLeast(options.Pick(quick = 0.97, full = 0.99)))
                Sample.achieved "root mean squared error of the distance" error (AtMost(options.Pick(quick = 0.06, full = 0.03)))
            ]
    }

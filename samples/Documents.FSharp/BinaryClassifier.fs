/// Decides with 10-64-32-1 and sigmoid which half of ten numbers is longer as a vector: no plane can.
module Documents.BinaryClassifier

open DeepFun
open DeepFun.FSharp

let run (options: SampleOptions) : SampleResult =
    let n = options.Pick(quick = 2000, full = 20000)
    let x = Random.normal [ n; 10 ] (Key.ofSeed 5L)
    let squares start stop = slice 1 start stop x |> square |> sumOver [ 1 ]
    let isFirstLonger = greater (squares 0 5) (squares 5 10) |> cast DType.Float32 |> reshape [ n; 1 ]
    let struct (train, test) = Dataset(x, isFirstLonger).Split(0.8, Key.ofSeed 6L)

    let learn model =
        let recipe =
            {
                Model = model
                // The output is a logit; the loss applies sigmoid to it, and so does whoever wants a probability.
                Loss = Losses.binaryCrossEntropyFromLogits
                Optimizer = Optimizers.adam 3e-3
                Metrics = [ Metrics.binaryAccuracyFromLogits; Metrics.binaryF1FromLogits ]
                Penalty = None
            }

        let fitOptions =
            { FitOptions.Default with
                Epochs = options.Pick(quick = 20, full = 15)
                BatchSize = options.Pick(quick = 32, full = 64)
                Validation = Some test
            }

        let trained, history = Loop.fit fitOptions recipe (Key.ofSeed 0L) train
        trained, history, Training.evaluate recipe trained 256 test

    let model = Layers.denseWith Activation.Relu 64 --> Layers.denseWith Activation.Relu 32 --> Layers.dense 1
    let trained, history, result = learn model
    let _, _, plane = learn (Layers.dense 1)
    let accuracy = result["binaryAccuracy"]

    let probability = (Training.predict model trained.Params trained.ModelState 256 test.Inputs |> sigmoid).ToDoubles()
    let examples = Array.zip probability (test.Targets.ToDoubles())

    let bars =
        [|
            for tenth in 0..9 do
                let inside = examples |> Array.filter (fun (p, _) -> int (p * 9.999) = tenth)
                let share = if inside.Length = 0 then nan else Array.averageBy snd inside
                struct ($"{float tenth / 10.0:F1}–{float (tenth + 1) / 10.0:F1}", share)
        |]

    {
        Report =
            HtmlReport("Binary classifier", $"10-64-32-1 and sigmoid: {accuracy:P1} of {test.Count:N0} test examples")
                .Heading("Model")
                .Preformatted(Layer.summary train.InputShape model)
                .Heading("Training")
                .Add(Plot.loss history)
                .Add(Plot.metric "binaryAccuracy" history)
                .Heading("Probabilities")
                .Add(Figure.Bars("How often the answer was yes, by the probability given to it", "share", bars))
        Achievements =
            [
                Sample.achieved "test accuracy" accuracy (AtLeast(options.Pick(quick = 0.85, full = 0.95)))
                Sample.achieved "F1" result["f1"] (AtLeast(options.Pick(quick = 0.85, full = 0.95)))
                Sample.achieved "test accuracy of a plane" plane["binaryAccuracy"] (AtMost 0.6)
            ]
    }

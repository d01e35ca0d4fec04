/// Reads handwritten digits with one hidden layer: 784-128-10 on MNIST, 64-128-10 on the embedded digits, and softmax.
module Documents.MultilayerPerceptron

open DeepFun
open DeepFun.FSharp

let run (options: SampleOptions) : SampleResult =
    let digits = DigitsData.Of options
    let name, isMnist, train, test = digits.Name, digits.IsMnist, digits.Train, digits.Test

    let recipe =
        {
            // The ten outputs are logits; the loss and whoever wants probabilities apply softmax to them.
            Model = Layers.flatten --> Layers.denseWith Activation.Relu 128 --> Layers.dense 10
            Loss = Losses.sparseCategoricalCrossEntropyFromLogits
            Optimizer = Optimizers.adam (if isMnist then 1e-3 else 3e-3)
            Metrics = [ Metrics.accuracy ]
            Penalty = None
        }

    let fitOptions =
        { FitOptions.Default with
            Epochs = if isMnist then 10 else options.Pick(quick = 8, full = 30)
            BatchSize = if isMnist then 128 else 32
            Validation = Some test
        }

    let trained, history = Loop.fit fitOptions recipe (Key.ofSeed 0L) train
    let logits = Training.predict recipe.Model trained.Params trained.ModelState 256 test.Inputs
    let reading = ClassificationReport(logits, test.Targets)

    let first = (softmax -1 (slice 0 0 1 logits)).ToDoubles() |> Array.mapi (fun digit p -> struct (string digit, p))
    let picture = struct (string (int (test.Targets.ToDoubles()[0])), (test.Inputs |> item 0 0 |> item 0 0).ToMatrix())
    let needed = if isMnist then 0.97 else options.Pick(quick = 0.93, full = 0.96)

    {
        Report =
            HtmlReport("Multilayer perceptron", $"{name}: {reading.Accuracy:P2} of {test.Count:N0} test digits read right")
                .Heading("Model")
                .Preformatted(Layer.summary train.InputShape recipe.Model)
                .Heading("Training")
                .Add(Plot.loss history)
                .Add(Plot.metric "accuracy" history)
                .Heading("Reading")
                .Add(reading.ConfusionFigure())
                .Heading("One digit")
                .Add(Figure.Images("The first test digit", [| picture |]))
                .Add(Figure.Bars("What it may be", "probability", first))
        Achievements = [ Sample.achieved $"test accuracy on {name}" reading.Accuracy (AtLeast needed) ]
    }

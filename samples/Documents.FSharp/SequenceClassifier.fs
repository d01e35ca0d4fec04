/// An LSTM reads a digit as a sequence, one row of pixels a step, and says which digit it was when the last row has come.
module Documents.SequenceClassifier

open DeepFun
open DeepFun.FSharp

let run (options: SampleOptions) : SampleResult =
    let digits = DigitsData.Of options
    let train, test = digits.Train, digits.Test
    let steps, features = train.InputShape[1], train.InputShape[2]
    let lstm = Layers.recurrentOf { RecurrentOptions.Of(RecurrentKind.Lstm, 128) with Sequences = false }

    let recipe =
        {
            Model = Layers.reshape [ steps; features ] --> lstm --> Layers.dense 10
            Loss = Losses.sparseCategoricalCrossEntropyFromLogits
            Optimizer = Optimizer.chain [ Clipping.byGlobalNorm 1.0; Optimizers.adam (digits.Pick(embedded = 3e-3, mnist = 1e-3)) ]
            Metrics = [ Metrics.accuracy ]
            Penalty = None
        }

    let fit =
        { FitOptions.Default with
            Epochs = digits.Pick(embedded = 12, mnist = 3)
            BatchSize = digits.Pick(embedded = 32, mnist = 64)
            Validation = Some test
        }

    let trained, history = Loop.fit fit recipe (Key.ofSeed 0L) train
    let accuracy = (Training.evaluate recipe trained 256 test)["accuracy"]

    let reading =
        ClassificationReport(Training.predict recipe.Model trained.Params trained.ModelState 256 test.Inputs, test.Targets)

    {
        Report =
            HtmlReport("LSTM", $"{digits.Name}: {accuracy:P2} of {test.Count:N0} sequences of {steps} steps classified right")
                .Heading("Model")
                .Preformatted(Layer.summary train.InputShape recipe.Model)
                .Heading("Training")
                .Add(Plot.loss history)
                .Add(Plot.metric "accuracy" history)
                .Heading("Reading")
                .Add(reading.ConfusionFigure())
        Achievements = [ Sample.achieved $"test accuracy on {digits.Name}" accuracy (AtLeast(digits.Pick(embedded = 0.93, mnist = 0.97))) ]
    }

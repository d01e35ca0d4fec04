/// An LSTM reads a digit as a sequence, one row of pixels a step, and says which digit it was when the last row has come.
module Documents.SequenceClassifier

open DeepFun
open DeepFun.FSharp

let run (options: SampleOptions) : SampleResult =
    let struct (train, test) = if options.IsQuick then Datasets.Digits() else Datasets.Mnist()
    let steps, features = train.InputShape[1], train.InputShape[2]
    let lstm = Layers.recurrentOf { RecurrentOptions.Of(RecurrentKind.Lstm, 128) with Sequences = false }

    let recipe =
        {
            Model = Layers.reshape [ steps; features ] --> lstm --> Layers.dense 10
            Loss = Losses.sparseCategoricalCrossEntropyFromLogits
            Optimizer = Optimizer.chain [ Clipping.byGlobalNorm 1.0; Optimizers.adam (options.Pick(quick = 3e-3, full = 1e-3)) ]
            Metrics = [ Metrics.accuracy ]
            Penalty = None
        }

    let fit =
        { FitOptions.Default with
            Epochs = options.Pick(quick = 12, full = 3)
            BatchSize = options.Pick(quick = 32, full = 64)
            Validation = Some test
        }

    let _, history = Sample.fit recipe fit train
    let accuracy = Sample.metric "accuracy" (List.last history).Validation.Value

    {
        Report =
            HtmlReport("LSTM", $"{accuracy:P2} of {test.Count:N0} sequences of {steps} steps classified right")
                .Heading("Model")
                .Preformatted(Layer.summary train.InputShape recipe.Model)
                .Heading("Training")
                .Add(Plot.loss history)
                .Add(Plot.metric "accuracy" history)
        Achievements = [ Sample.achieved "test accuracy" accuracy (AtLeast(options.Pick(quick = 0.93, full = 0.97))) ]
    }

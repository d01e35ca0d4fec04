/// The convolutional network 32-64-64 reads handwritten digits: MNIST, or the small ones that are embedded.
module Documents.ConvolutionalNetwork

open DeepFun
open DeepFun.FSharp

let run (options: SampleOptions) : SampleResult =
    let digits = DigitsData.Of options
    let train, test = digits.Train, digits.Test

    let convolution filters =
        Layers.convolutionOf
            { ConvolutionLayerOptions.Of(2, filters, [| 3 |]) with
                // Of 8×8 pixels nothing would be left without padding.
                Padding = digits.Pick(embedded = WindowPadding.Same, mnist = WindowPadding.Valid)
                Activation = Activation.Relu
            }

    let epochs, batchSize = digits.Pick(embedded = (10, 32), mnist = (3, 64))
    // At a constant rate the accuracy sways with the last examples that an epoch happens to show; a rate that falls to nothing calms it.
    let rate = Schedule.cosineDecay 1e-3 (epochs * Dataset.batches batchSize train) 0.0

    let recipe =
        {
            Model =
                convolution 32
                --> Layers.maxPool2d 2
                --> convolution 64
                --> Layers.maxPool2d 2
                --> convolution 64
                --> Layers.flatten
                --> Layers.denseWith Activation.Relu 64
                --> Layers.dense 10
            Loss = Losses.sparseCategoricalCrossEntropyFromLogits
            Optimizer = Optimizers.adam rate
            Metrics = [ Metrics.accuracy ]
            Penalty = None
        }

    let fit = { FitOptions.Default with Epochs = epochs; BatchSize = batchSize; Validation = Some test }

    let trained, history = Loop.fit fit recipe (Key.ofSeed 0L) train
    let accuracy = (Training.evaluate recipe trained 256 test)["accuracy"]

    let reading =
        ClassificationReport(Training.predict recipe.Model trained.Params trained.ModelState 256 test.Inputs, test.Targets)

    {
        Report =
            HtmlReport("Convolutional network", $"{digits.Name}: {accuracy:P2} of {test.Count:N0} test digits read right")
                .Heading("Model")
                .Preformatted(Layer.summary train.InputShape recipe.Model)
                .Heading("Training")
                .Add(Plot.loss history)
                .Add(Plot.metric "accuracy" history)
                .Heading("Reading")
                .Add(reading.ConfusionFigure())
        Achievements = [ Sample.achieved $"test accuracy on {digits.Name}" accuracy (AtLeast(digits.Pick(embedded = 0.95, mnist = 0.985))) ]
    }

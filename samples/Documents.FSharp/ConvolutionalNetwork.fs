/// The convolutional network 32-64-64 reads handwritten digits: MNIST, or the small ones that are embedded.
module Documents.ConvolutionalNetwork

open DeepFun
open DeepFun.FSharp

let run (options: SampleOptions) : SampleResult =
    let struct (train, test) = if options.IsQuick then Datasets.Digits() else Datasets.Mnist()

    let convolution filters =
        Layers.convolutionOf
            { ConvolutionLayerOptions.Of(2, filters, [| 3 |]) with
                // Of 8×8 pixels nothing would be left without padding.
                Padding = options.Pick(quick = WindowPadding.Same, full = WindowPadding.Valid)
                Activation = Activation.Relu
            }

    let epochs, batchSize = options.Pick(quick = (10, 32), full = (3, 64))
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

    let _, history = Sample.fit recipe fit train
    let accuracy = Sample.metric "accuracy" (List.last history).Validation.Value

    {
        Report =
            HtmlReport("Convolutional network", $"{accuracy:P2} of {test.Count:N0} test digits read right")
                .Heading("Model")
                .Preformatted(Layer.summary train.InputShape recipe.Model)
                .Heading("Training")
                .Add(Plot.loss history)
                .Add(Plot.metric "accuracy" history)
        Achievements = [ Sample.achieved "test accuracy" accuracy (AtLeast(options.Pick(quick = 0.95, full = 0.985))) ]
    }

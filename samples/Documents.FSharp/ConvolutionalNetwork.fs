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
            Optimizer = Optimizers.adam 1e-3
            Metrics = [ Metrics.accuracy ]
            Penalty = None
        }

    let fit =
        { FitOptions.Default with
            Epochs = options.Pick(quick = 10, full = 3)
            BatchSize = options.Pick(quick = 32, full = 64)
            Validation = Some test
        }

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

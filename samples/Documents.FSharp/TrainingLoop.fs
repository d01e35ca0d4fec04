/// Training without a recipe: the gradient of a loss, the optimizer's update, the next parameters, in one compiled function.
module Documents.TrainingLoop

open DeepFun
open DeepFun.FSharp

let private size = 32

let run (options: SampleOptions) : SampleResult =
    let struct (train, test) = Datasets.Digits()
    let model = Layers.flatten --> Layers.denseWith Activation.Relu 128 --> Layers.dense 10
    let loss = Losses.sparseCategoricalCrossEntropyFromLogits
    let optimizer = Optimizers.adam 1e-3
    let parameters, state = model.Init (Key.ofSeed 0L) train.InputShape
    let predict parameters x = model.Apply Mode.Evaluation parameters state x |> fst

    // Parameters and memory are used up by each step: what comes back takes their place.
    let step =
        jitDonating (fun (parameters: Params, memory: Params) (x: Tensor, y: Tensor) ->
            let value, gradient = valueAndGrad (fun p -> loss.Value(predict p x, y)) parameters
            let updates, memory = optimizer.Update gradient memory parameters
            (Optimizer.apply updates parameters, memory), value)

    let epoch learned number =
        let order = Random.permutation train.Count (Key.fold number (Key.ofSeed 1L))

        let batch learned i =
            let batch = Dataset.shuffledBatch size order train i
            let learned, (value: Tensor) = step learned (batch.Inputs, batch.Targets)
            value.ToDouble(), learned

        let losses, learned = List.mapFold batch learned [ 0 .. train.Count / size - 1 ]
        let right = equal (argmax -1 (predict (fst learned) test.Inputs)) test.Targets
        (List.average losses, (mean (cast DType.Float32 right)).ToDouble()), learned

    let history, _ =
        List.mapFold epoch (parameters, optimizer.Init parameters) [ 0L .. options.Pick(quick = 15L, full = 40L) - 1L ]

    let losses, accuracies = List.unzip history
    let epochs = Array.init history.Length (fun i -> float (i + 1))

    {
        Report =
            HtmlReport("A training loop of one's own", $"{List.last accuracies:P2} of {test.Count:N0} test digits read right")
                .Add(Figure.Lines("Loss", "epoch", "loss", struct ("training", epochs, Array.ofList losses)))
                .Add(Figure.Lines("Accuracy", "epoch", "accuracy", struct ("test", epochs, Array.ofList accuracies)))
        Achievements =
            [
                Sample.achieved "test accuracy" (List.last accuracies) (AtLeast(options.Pick(quick = 0.96, full = 0.97)))
                Sample.achieved "training loss" (List.last losses) (AtMost(options.Pick(quick = 0.2, full = 0.05)))
            ]
    }

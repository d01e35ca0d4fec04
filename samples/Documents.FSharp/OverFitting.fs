/// Few examples with wrong labels among them, many parameters: what L1, L2 and dropout do against over-fitting.
module Documents.OverFitting

open DeepFun
open DeepFun.FSharp

// Two of 20 features matter.
let private examples n seed =
    let xKey, wrongKey = Key.split2 (Key.ofSeed seed)
    let x = Random.normal [ n; 20 ] xKey
    let isWrong = Random.bernoulli 0.1 [ n ] wrongKey
    let isPositive = greater (item 1 0 x + item 1 1 x) (Tensor.scalar 0.0)
    Dataset(x, cast DType.Float32 (logicalXor isPositive isWrong))

let private perceptron rate =
    let block units = Layer.sequential [ Layers.dropout rate; Layers.denseWith Activation.Relu units ]
    Layer.sequential [ block 64; block 32; Layers.dropout rate; Layers.dense 1; Layers.reshape [] ]

let private remedies =
    [
        "nothing", perceptron 0.0, None
        "L1", perceptron 0.0, Some(Penalties.l1 5e-3 Penalties.weights)
        "L2", perceptron 0.0, Some(Penalties.l2 2e-2 Penalties.weights)
        "dropout", perceptron 0.4, None
    ]

let run (options: SampleOptions) : SampleResult =
    let train, validation = examples 100 1L, examples 1000 2L

    let fit =
        { FitOptions.Default with
            Epochs = options.Pick(quick = 60, full = 200)
            BatchSize = 25
            Validation = Some validation
        }

    let histories =
        [
            for name, model, penalty in remedies ->
                let recipe =
                    {
                        Model = model
                        Loss = Losses.binaryCrossEntropyFromLogits
                        Optimizer = Optimizers.adam (options.Pick(quick = 2e-3, full = 1e-3))
                        Metrics = []
                        Penalty = penalty
                    }

                name, snd (Loop.fit fit recipe (Key.ofSeed 0L) train)
        ]

    let validationLosses (history: EpochReport list) = history |> List.map _.Validation.Value.Loss
    let final = histories |> List.map (snd >> validationLosses >> List.last)

    let sideBySide title (losses: EpochReport list -> float list) =
        let curve (name, history) = struct (name, Array.init fit.Epochs (fun e -> float (e + 1)), Array.ofList (losses history))
        Figure.Lines(title, "epoch", "loss", histories |> List.map curve |> Array.ofList)

    let bars = List.map2 (fun (name, _) loss -> struct (name, loss)) histories final |> Array.ofList
    let lowest = validationLosses (snd histories.Head) |> List.min
    let against i = final[i] / final[0]

    let report =
        HtmlReport("Against over-fitting", $"{train.Count} examples to learn, every tenth label wrong")
            .Heading("Side by side")
            .Add(sideBySide "Training loss" (List.map _.Training.Loss))
            .Add(sideBySide "Validation loss" validationLosses)
            .Add(Figure.Bars("Validation loss at the end", "loss", bars))

    {
        Report = histories |> List.fold (fun (page: HtmlReport) (name, history) -> page.Heading(name).Add(Plot.loss history)) report
        Achievements =
            [
                // Without a remedy the loss turns upwards.
                Sample.achieved "loss at the end / best loss, nothing" (final[0] / lowest) (AtLeast 1.3)
                Sample.achieved "validation loss with L1 / with nothing" (against 1) (AtMost 0.8)
                Sample.achieved "validation loss with L2 / with nothing" (against 2) (AtMost 0.8)
                Sample.achieved "validation loss with dropout / with nothing" (against 3) (AtMost 0.8)
            ]
    }

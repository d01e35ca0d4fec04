/// The digits in F#: a model is a composition of functions, training a fold over events.
module DigitsFs

open System
open DeepFun
open DeepFun.FSharp

let struct (train, test) = Datasets.Digits()

let same filters =
    Layers.convolutionOf
        { ConvolutionLayerOptions.Of(2, filters, [| 3 |]) with
            Padding = WindowPadding.Same
            Activation = Activation.Relu
        }

let model =
    same 32
    --> Layers.maxPool2d 2
    --> same 64
    --> Layers.maxPool2d 2
    --> Layers.flatten
    --> Layers.denseWith Activation.Relu 64
    --> Layers.dense 10

let recipe =
    {
        Model = model
        Loss = Losses.sparseCategoricalCrossEntropyFromLogits
        Optimizer = Optimizers.adam 1e-3
        Metrics = [ Metrics.accuracy ]
        Penalty = None
    }

let show event =
    match event with
    | EpochDone e ->
        let validation = e.Validation |> Option.map string |> Option.defaultValue "-"
        printfn $"epoch {e.Epoch}/{e.Epochs}  {e.Training}  |  {validation}"
    | Stopped(reason, _) -> printfn $"{reason}"
    | StepDone _
    | Checkpointed _ -> ()

[<EntryPoint>]
let main _ =
    printfn $"{Layer.summary train.InputShape model}\n"
    let start = Training.init recipe train.InputShape (Key.ofSeed 0L)
    let options = { FitOptions.Default with Epochs = 30; Validation = Some test }
    let trained, _ = Loop.run options recipe start train |> Loop.toEnd show start
    printfn $"\nTest: {Training.evaluate recipe trained 256 test}"
    // How the loss curves along its own gradient: reverse mode for the gradient, forward mode twice along it.
    let loss (p: Params) =
        let predictions, _ = model.Apply Mode.Evaluation p trained.ModelState test.Inputs
        recipe.Loss.Value(predictions, test.Targets)

    let gradient = grad loss trained.Params
    let slope p = snd (jvp loss p gradient)
    let curvature = snd (jvp slope trained.Params gradient)
    printfn $"Second derivative along the gradient: {curvature.ToDouble():E3}"
    0

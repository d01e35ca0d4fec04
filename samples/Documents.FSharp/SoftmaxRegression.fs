/// Tells three species of iris apart by four measures (Fisher 1936; data/iris/SOURCE.md).
module Documents.SoftmaxRegression

open System.IO
open System.Reflection
open DeepFun
open DeepFun.FSharp

let private species = [| "setosa"; "versicolor"; "virginica" |]

let private flowers () =
    use reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream "iris.csv")
    let lines = reader.ReadToEnd().Split('\n') |> Array.skip 1 |> Array.filter (fun line -> line <> "")
    let rows = lines |> Array.map (fun line -> line.Split ',')

    Dataset(
        rows |> Array.collect (Array.truncate 4 >> Array.map float32) |> Tensor.ofArray [ rows.Length; 4 ],
        rows |> Array.map (Array.last >> int) |> Tensor.ofArray [ rows.Length ]
    )

let run (options: SampleOptions) : SampleResult =
    let struct (train, test) = flowers().Split(0.8, Key.ofSeed 0L)
    let mean, deviation = meanOver [ 0 ] train.Inputs, stdOver 1 [ 0 ] train.Inputs
    // The model takes centimetres: that it looks at them in units of their spread is its own affair.
    let standardize = Layers.lambda "Standardize" id (fun x -> (x - mean) / deviation)

    let recipe =
        {
            Model = standardize --> Layers.dense species.Length
            Loss = Losses.sparseCategoricalCrossEntropyFromLogits
            Optimizer = Optimizers.adam 0.05
            Metrics = [ Metrics.accuracy ]
            Penalty = None
        }

    let fitOptions =
        { FitOptions.Default with
            Epochs = options.Pick(quick = 30, full = 100)
            BatchSize = 16
            Validation = Some test
        }

    let trained, history = Loop.fit fitOptions recipe (Key.ofSeed 0L) train
    let logits = Training.predict recipe.Model trained.Params trained.ModelState 256 test.Inputs
    let reading = ClassificationReport(logits, test.Targets, species)

    let probabilities, labels = (softmax -1 logits).ToDoubles(), test.Targets.ToDoubles()

    let bars flower =
        let each = species |> Array.mapi (fun s name -> struct (name, probabilities[3 * flower + s]))
        Figure.Bars($"A flower that is {species[int labels[flower]]}", "probability", each)

    let report =
        HtmlReport("Softmax regression", $"three species of iris: {reading.Accuracy:P1} of {test.Count} test flowers")
            .Heading("Training")
            .Add(Plot.loss history)
            .Add(Plot.metric "accuracy" history)
            .Heading("Reading")
            .Add(reading.ConfusionFigure())
            .Heading("Probabilities of six test flowers")

    {
        Report = Seq.fold (fun (page: HtmlReport) flower -> page.Add(bars flower)) report [ 0..5 ]
        Achievements =
            [
                Sample.achieved "training accuracy" (Training.evaluate recipe trained 256 train).["accuracy"] (AtLeast 0.95)
                Sample.achieved "test accuracy" reading.Accuracy (AtLeast 0.93)
            ]
    }

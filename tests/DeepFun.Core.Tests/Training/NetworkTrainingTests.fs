/// Training models of several inputs and outputs, against steps and means written out; averaged parameters; training in one call.
module DeepFun.Core.Tests.Training.NetworkTrainingTests

open System.IO
open DeepFun
open DeepFun.FSharp
open Xunit

/// Two inputs, two outputs.
let private network =
    Network.define "two heads" (fun parts (place: Tensor, time: Tensor) ->
        let shared = parts.Apply("trunk", Layers.denseWith Activation.Tanh 6, concat 1 [ place; time ])
        parts.Apply("distance", Layers.dense 1, shared), parts.Apply("side", Layers.dense 3, shared))

let private data: Examples<Tensor * Tensor, Tensor * Tensor> =
    let place, time = Random.normal [ 50; 2 ] (Key.ofSeed 1L), Random.normal [ 50; 1 ] (Key.ofSeed 2L)
    let labels = Tensor.ofArray [ 50 ] [| for i in 0..49 -> if i % 7 = 3 then -1 else i * i % 3 |]
    Examples((place, time), (sumOver [ 1 ] place |> expandDims 1, labels))

// Every seventh example does not count in it.
let private crossEntropy =
    Losses.sparseCategoricalCrossEntropyWith { CrossEntropyOptions.Default with IgnoredLabel = Some -1 }

let private squares = Losses.meanSquaredError
let private loss = 10.0 * NetworkLoss("distance", squares, fst, fst) + NetworkLoss("side", crossEntropy, snd, snd)

let private metrics: NetworkMetric<Tensor * Tensor, Tensor * Tensor> list =
    [ NetworkMetric(Metrics.meanAbsoluteError, fst, fst); NetworkMetric(Metrics.confusion 3 (Some -1), snd, snd) ]

let private recipe = NetworkRecipe(network, loss, Optimizers.sgd 0.05, metrics, None)
let private start = NetworkTraining.init recipe data.Inputs (Key.ofSeed 3L)
let private numbers (p: Params) = p.Entries |> Seq.collect (fun e -> e.Value.ToDoubles()) |> Array.ofSeq

/// The two losses of parameters over all examples.
let private both (p: Params) =
    let distance, side = fst (network.Apply Mode.Evaluation p start.ModelState data.Inputs)
    squares.Value(distance, fst data.Targets), crossEntropy.Value(side, snd data.Targets)

[<Fact>]
let ``an evaluation is that of all examples, in batches of any size`` () =
    let distance, side = both start.Params
    let distance, side = distance.ToDouble(), side.ToDouble()

    for size in [ 1; 7; 16; 50 ] do
        let came = NetworkTraining.evaluate recipe start size data
        Assert.Equal(10.0 * distance + side, came.Loss, 5)
        Assert.Equal(distance, came["distance"], 6)
        Assert.Equal(side, came["side"], 6)

        Assert.Equal<string list>(
            [ "distance"; "side"; "meanAbsoluteError"; "confusion[0, 0]" ],
            came.Metrics |> List.map fst |> List.take 4
        )

        Assert.Equal(50, came.Examples)
        Assert.Equal(43.0, came.Metrics |> List.filter (fst >> _.StartsWith("confusion")) |> List.sumBy snd)
        Assert.True(System.Double.IsNaN came["nothing of that name"])

[<Theory; InlineData(true); InlineData(false)>]
let ``a step goes down the gradient of the sum`` (compiled: bool) =
    let gradient = grad (fun p -> let d, s = both p in 10.0 * d + s) start.Params
    let expected = Tree.map2 (fun (p: Tensor) g -> p - 0.05 * g) start.Params gradient
    let options = { FitOptions.Default with BatchSize = 50; Shuffle = false; Compile = compiled }
    let state, reports = NetworkTraining.run options recipe (Some data) start data |> Loop.toEnd ignore start
    Array.iter2 (fun (e: float) c -> Assert.Equal(e, c, 5)) (numbers expected) (numbers state.Params)
    let report = List.exactlyOne reports
    let distance, side = both start.Params
    Assert.Equal(10.0 * distance.ToDouble() + side.ToDouble(), report.Training.Loss, 5)
    Assert.Equal((fst (both state.Params)).ToDouble(), report.Validation.Value["distance"], 5)

[<Fact>]
let ``a layer is trained to the same bits as a network and as a model`` () =
    let layer = Layers.denseWith Activation.Relu 5 --> Layers.dropout 0.2 --> Layers.dense 1
    let x, y = fst data.Inputs, fst data.Targets
    let options = { FitOptions.Default with Epochs = 3; BatchSize = 16 }
    let key = Key.ofSeed 4L

    let model, history =
        Loop.fit
            options
            { Model = layer; Loss = squares; Optimizer = Optimizers.adam 1e-2; Metrics = []; Penalty = None }
            key
            (Dataset(x, y))

    let recipe = NetworkRecipe(Network.ofLayer layer, NetworkLoss("squares", squares, id, id), Optimizers.adam 1e-2)
    let network, same = NetworkTraining.fit options recipe None key (Examples(x, y))
    Assert.Equal<float[]>(numbers model.Params, numbers network.Params)
    Assert.Equal<float list>(history |> List.map _.Training.Loss, same |> List.map _.Training.Loss)

[<Fact>]
let ``training brings the loss down, stops, resumes, and predicts in batches`` () =
    let options = { FitOptions.Default with Epochs = 8; BatchSize = 16 }
    let trained, history = NetworkTraining.fit options recipe (Some data) (Key.ofSeed 3L) data
    Assert.True((List.last history).Training.Loss < 0.5 * history.Head.Training.Loss)
    let file = Path.GetTempFileName()
    let half = NetworkTraining.run { options with Epochs = 4 } recipe None start data |> Checkpoint.every file
    half |> Seq.iter ignore
    let resumed = Checkpoint.load file start
    File.Delete file
    let again, _ = NetworkTraining.run options recipe None resumed data |> Loop.toEnd ignore resumed
    Assert.Equal<float[]>(numbers trained.Params, numbers again.Params)
    let predict size = NetworkTraining.predict network trained.Params trained.ModelState size data.Inputs
    let (wholeDistance, wholeSide), (distance, side) = predict 50, predict 7
    Array.iter2 (fun (e: float) c -> Assert.Equal(e, c, 5)) (wholeDistance.ToDoubles()) (distance.ToDoubles())
    Array.iter2 (fun (e: float) c -> Assert.Equal(e, c, 5)) (wholeSide.ToDoubles()) (side.ToDoubles())

[<Fact>]
let ``a penalty is part of what is learned`` () =
    let strong = NetworkRecipe(network, loss, Optimizers.sgd 0.05, [], Some(Penalties.l2 1.0 (fun _ -> true)))
    let options = { FitOptions.Default with BatchSize = 50; Shuffle = false }
    let after recipe = NetworkTraining.run options recipe None start data |> Loop.toEnd ignore start |> fst |> _.Params
    let penalty = grad (Penalties.l2 1.0 (fun _ -> true)) start.Params
    let expected = Tree.map2 (fun (p: Tensor) g -> p - 0.05 * g) (after recipe) penalty
    Array.iter2 (fun (e: float) c -> Assert.Equal(e, c, 5)) (numbers expected) (numbers (after strong))

[<Theory; InlineData(1.0); InlineData(3.0)>]
let ``the training loss of one part holds the penalty, whatever its factor`` (factor: float) =
    let penalty = Penalties.l2 1.0 (fun _ -> true)

    let recipe =
        NetworkRecipe(network, factor * NetworkLoss("distance", squares, fst, fst), Optimizers.sgd 0.05, [], Some penalty)

    let options = { FitOptions.Default with BatchSize = 50; Shuffle = false }
    let _, reports = NetworkTraining.run options recipe None start data |> Loop.toEnd ignore start
    let distance, _ = both start.Params
    let expected = factor * distance.ToDouble() + (penalty start.Params).ToDouble()
    Assert.Equal(expected, (List.exactlyOne reports).Training.Loss, 4)

[<Fact>]
let ``examples without targets are measured all the same`` () =
    let x = fst data.Inputs
    let alone: Examples<Tensor, Tensor list> = Examples(x, [])
    let size = Loss("size", fun y _ -> sumOver [ 1 ] (square y))

    let recipe =
        NetworkRecipe(Network.lift "itself" id, NetworkLoss("size", size, id, (fun _ -> Tensor.zeros [ 1 ])), Optimizers.sgd 0.1)

    let state = NetworkTraining.init recipe x (Key.ofSeed 0L)
    let came = NetworkTraining.evaluate recipe state 16 alone
    Assert.Equal(50, came.Examples)
    Assert.Equal((sum (square x)).ToDouble() / 50.0, came.Loss, 5)

[<Fact>]
let ``batches of no examples are refused, and names that say two things`` () =
    let refuses (text: string) (f: unit -> obj) =
        let error = Assert.Throws<DeepFunException>(fun () -> f () |> ignore)
        Assert.Equal("DF0902", error.Code)
        Assert.Contains(text, error.Message)

    for size in [ 0; -1 ] do
        refuses "BatchSize" (fun () -> box (NetworkTraining.evaluate recipe start size data))
        refuses "BatchSize" (fun () -> box (NetworkTraining.predict network start.Params start.ModelState size data.Inputs))

    let measured (metrics: NetworkMetric<Tensor * Tensor, Tensor * Tensor> list) =
        NetworkRecipe(network, loss, Optimizers.sgd 0.1, metrics, None)

    let near, far =
        NetworkMetric(Metrics.meanAbsoluteError, fst, fst), NetworkMetric(Metrics.meanAbsoluteError, fst, (fst >> (~-)))

    refuses "'meanAbsoluteError', 2 times" (fun () -> box (NetworkTraining.init (measured [ near; far ]) data.Inputs (Key.ofSeed 0L)))
    let side = NetworkMetric(Metrics.meanAbsoluteError.Named "side", fst, fst)
    refuses "'side', 2 times" (fun () -> box (NetworkTraining.init (measured [ side ]) data.Inputs (Key.ofSeed 0L)))
    let opposite = NetworkMetric(Metrics.meanAbsoluteError.Named "opposite", fst, (fst >> (~-)))
    let came = NetworkTraining.evaluate (measured [ near; opposite ]) start 16 data
    let distance = fst (fst (network.Apply Mode.Evaluation start.Params start.ModelState data.Inputs))
    let error (t: Tensor) = (mean (abs (distance - t))).ToDouble()
    Assert.Equal(error (fst data.Targets), came["meanAbsoluteError"], 5)
    Assert.Equal(error (-(fst data.Targets)), came["opposite"], 5)

[<Fact>]
let ``examples are taken from every tensor, and must be as many`` () =
    let taken = data.Take(Tensor.ofArray [ 2 ] [| 4; 1 |])
    Assert.Equal<float[]>((take 0 (Tensor.ofArray [ 2 ] [| 4; 1 |]) (snd data.Inputs)).ToDoubles(), (snd taken.Inputs).ToDoubles())
    let struct (few, rest) = data.Split(0.3, Key.ofSeed 0L)
    Assert.Equal((15, 35), (few.Count, rest.Count))

    let error =
        Assert.Throws<DeepFunException>(fun () -> Examples((Tensor.zeros [ 3 ], Tensor.zeros [ 4 ]), Tensor.zeros [ 3 ]) |> ignore)

    Assert.Equal("DF0910", error.Code)
    let options = { FitOptions.Default with Validation = Some(Dataset(Tensor.zeros [ 1 ], Tensor.zeros [ 1 ])) }
    let error = Assert.Throws<DeepFunException>(fun () -> NetworkTraining.run options recipe None start data |> ignore)
    Assert.Equal("DF0902", error.Code)

[<Fact>]
let ``an evaluation with averaged parameters is that of their mean`` () =
    let x, y = fst data.Inputs, fst data.Targets
    let data = Dataset(x, y)

    let recipe: Recipe =
        {
            Model = Layers.dense 1
            Loss = squares
            Optimizer = Optimizer.chain [ Optimizers.sgd 0.1; Averaging.mean ]
            Metrics = [ Metrics.meanAbsoluteError ]
            Penalty = None
        }

    let start = Training.init recipe data.InputShape (Key.ofSeed 5L)
    let states = Seq.scan (fun s _ -> fst (Training.step recipe s data)) start (seq { 1..4 }) |> List.ofSeq
    let mean = states.Tail |> List.map _.Params |> List.reduce (Tree.map2 (+)) |> Tree.map (fun (p: Tensor) -> p / 4.0)
    let averaged = Training.averaged (List.last states)
    Array.iter2 (fun (e: float) c -> Assert.Equal(e, c, 6)) (numbers mean) (numbers averaged.Params)
    let expected = Training.evaluate recipe { List.last states with Params = mean } 16 data
    Assert.Equal(expected.Loss, (Training.evaluate recipe averaged 16 data).Loss, 6)
    Assert.NotEqual(expected.Loss, (Training.evaluate recipe (List.last states) 16 data).Loss)
    let plain = { recipe with Optimizer = Optimizers.sgd 0.1 }

    let error =
        Assert.Throws<DeepFunException>(fun () -> Training.averaged (Training.init plain data.InputShape (Key.ofSeed 5L)) |> ignore)

    Assert.Equal("DF0931", error.Code)

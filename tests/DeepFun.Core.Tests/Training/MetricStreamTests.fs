/// Metrics with states against naive computations, in any batches, compiled; and as part of evaluations and of training.
module DeepFun.Core.Tests.Training.MetricStreamTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Layers.Oracle
open Xunit

let private ints sizes (v: int list) = Tensor.ofArray sizes (Array.ofList v)

/// The result over batches of these sizes, by Measure and Merge.
let private streamed (m: Metric) (sizes: int list) (p: Tensor) (t: Tensor) : Tensor =
    let folder (state: Params, start) size = m.Update(state, slice 0 start (start + size) p, slice 0 start (start + size) t), start + size

    sizes |> List.fold folder (m.Start, 0) |> fst |> m.Result

/// The expected result in one batch, in many, merged as a tree, and compiled.
let private holds (expected: float list) (m: Metric) (p: Tensor) (t: Tensor) =
    let n = p.Shape[0]
    let check (came: Tensor) = Assert.All(List.zip expected (List.ofArray (came.ToDoubles())), (fun (e, c) -> Assert.Equal(e, c, 10)))
    check (m.Value(p, t))
    check (streamed m (List.replicate n 1) p t)

    for seed in 1..3 do
        let random = Random seed
        let cuts = List.init 4 (fun _ -> random.Next(1, n)) |> List.append [ 0; n ] |> List.distinct |> List.sort
        check (streamed m (List.pairwise cuts |> List.map (fun (a, b) -> b - a)) p t)

    let part a b = m.Measure(slice 0 a b p, slice 0 a b t)
    let third = max 1 (n / 3)
    check (m.Result(m.Merge(part 0 third, m.Merge(part third (2 * third), part (2 * third) n))))
    check (jit (fun (p, t) -> m.Value(p, t)) (p, t))
    let update = jit (fun (s: Params, p: Tensor, t: Tensor) -> m.Update(s, p, t))
    check (jit m.Result (update (update (m.Start, slice 0 0 third p, slice 0 0 third t), slice 0 third n p, slice 0 third n t)))

let private classes = 4
let private scores = numbers 11 [ 60; classes ]
let private read = (argmax -1 scores).ToDoubles() |> Array.map int
let private random = Random 12
// The last class never occurs.
let private labels = [ for i in 0..59 -> if random.NextDouble() < 0.5 then read[i] % 3 else random.Next 3 ]
let private labelTensor = ints [ 60 ] labels

let private count f = Seq.zip read labels |> Seq.filter f |> Seq.length |> float
let private right c = count (fun (r, l) -> r = c && l = c)
let private asC c = count (fun (r, _) -> r = c)
let private ofC c = count (fun (_, l) -> l = c)
let private ratio a b = if b = 0.0 then 0.0 else a / b
let private all = [ 0 .. classes - 1 ]

[<Fact>]
let ``precision, recall and F1 of classes, in every average`` () =
    let rows =
        [
            Metrics.precision, (fun c -> right c, asC c)
            Metrics.recall, (fun c -> right c, ofC c)
            Metrics.f1, (fun c -> 2.0 * right c, ofC c + asC c)
        ]

    for metric, parts in rows do
        let each = all |> List.map (parts >> fun (a, b) -> ratio a b)
        let holds expected averaging = holds expected (metric classes averaging None) scores labelTensor
        holds each Averaging.PerClass
        holds [ List.average each ] Averaging.Macro
        holds [ List.sumBy (parts >> fst) all / List.sumBy (parts >> snd) all ] Averaging.Micro
        holds [ List.sum (List.map2 (fun c v -> ofC c * v) all each) / 60.0 ] Averaging.Weighted

[<Fact>]
let ``intersection over union leaves out what is nowhere`` () =
    let union c = ofC c + asC c - right c
    let pixels = reshape [ 6; 10; classes ] scores
    let pixelLabels = reshape [ 6; 10 ] labelTensor
    let each = all |> List.map (fun c -> right c / union c)
    holds each (Metrics.intersectionOverUnion classes Averaging.PerClass None) pixels pixelLabels
    holds [ List.average each ] (Metrics.intersectionOverUnion classes Averaging.Macro None) pixels pixelLabels
    // A fifth class is neither read nor there.
    let absent = ints [ 6; 10 ] (List.ofArray read)
    holds [ List.average each ] (Metrics.intersectionOverUnion 5 Averaging.Macro None) absent pixelLabels

[<Fact>]
let ``the confusion matrix as a metric, with a label that does not count`` () =
    let expected =
        [
            for i in all do
                for j in all -> if i = 1 then 0.0 else count (fun (r, l) -> r = j && l = i)
        ]

    holds expected (Metrics.confusion classes (Some 1)) scores labelTensor
    let outside = where (equal labelTensor (onesLike labelTensor)) (fullLike -1.0 labelTensor) labelTensor
    holds expected (Metrics.confusion classes (Some -1)) scores outside
    holds expected (Metrics.confusion classes (Some 1)) (argmax -1 scores) labelTensor
    holds expected (Metrics.confusion classes (Some 1)) scores (oneHot classes labelTensor)

[<Fact>]
let ``binary metrics of the class true`` () =
    let z, t = numbers 13 [ 40 ], numbers 14 [ 40 ] |> fun x -> greater x (fullLike 0.3 x)
    let pairs = Array.zip (z.ToDoubles()) (t.ToDoubles())
    let count f = pairs |> Array.filter f |> Array.length |> float

    let right, read, real =
        count (fun (z, t) -> z > 0.0 && t = 1.0), count (fun (z, _) -> z > 0.0), count (fun (_, t) -> t = 1.0)

    holds [ right / read ] Metrics.binaryPrecisionFromLogits z t
    holds [ right / real ] Metrics.binaryRecallFromLogits z t
    holds [ 2.0 * right / (read + real) ] Metrics.binaryF1FromLogits z t
    holds [ 0.0 ] Metrics.binaryF1FromLogits (fullLike -1.0 z) (zerosLike z)

[<Fact>]
let ``the area under the curve is the share of ordered pairs`` () =
    // Rounded, so that many scores are equal.
    let s = round (2.0 * numbers 15 [ 50 ])
    let t = numbers 16 [ 50 ] + 0.5 * s |> fun x -> greater x (zerosLike x)
    let values, truths = s.ToDoubles(), t.ToDoubles()

    let positive, negative =
        [
            for i in 0..49 do
                if truths[i] = 1.0 then
                    values[i]
        ],
        [
            for i in 0..49 do
                if truths[i] = 0.0 then
                    values[i]
        ]

    let pairs =
        [
            for p in positive do
                for n in negative ->
                    if p > n then 1.0
                    elif p = n then 0.5
                    else 0.0
        ]

    holds [ List.average pairs ] Metrics.areaUnderCurve s t
    Assert.Equal(nan, Metrics.areaUnderCurve.Value(s, onesLike s).ToDouble())

[<Fact>]
let ``R² survives a mean that is large beside the spread`` () =
    for offset in [ 0.0; 1e7 ] do
        let t = numbers 17 [ 50; 3 ] + offset
        let p = t + 0.3 * numbers 18 [ 50; 3 ]
        let at, pAt = reader t, reader p

        let each =
            [
                for k in 0..2 do
                    let mean = List.averageBy (fun i -> at [ i; k ]) [ 0..49 ]
                    let sum f = List.sumBy (fun i -> f i ** 2.0) [ 0..49 ]
                    1.0 - sum (fun i -> at [ i; k ] - pAt [ i; k ]) / sum (fun i -> at [ i; k ] - mean)
            ]

        let came = streamed Metrics.rSquared [ 1; 9; 30; 10 ] p t
        Assert.Equal(List.average each, came.ToDouble(), 6)

        if offset = 0.0 then
            holds [ List.average each ] Metrics.rSquared p t

    let same = Tensor.ones [ 4 ]
    Assert.Equal(1.0, Metrics.rSquared.Value(same, same).ToDouble())
    Assert.Equal(0.0, Metrics.rSquared.Value(2.0 * same, same).ToDouble())

[<Fact>]
let ``the calibration error over bins of confidence`` () =
    let p = softmax -1 scores |> reader
    let confidence i = List.max [ for c in all -> p [ i; c ] ]
    let bin i = int (ceil (confidence i * 15.0)) - 1

    let expected =
        [ 0..59 ]
        |> List.groupBy bin
        |> List.sumBy (fun (_, members) -> abs (List.sumBy (fun i -> (if read[i] = labels[i] then 1.0 else 0.0) - confidence i) members))

    holds [ expected / 60.0 ] (Metrics.expectedCalibrationErrorFromLogits 15) scores labelTensor

[<Fact>]
let ``perplexity is exp of the mean over the labels that count`` () =
    let loss = Losses.sparseCategoricalCrossEntropyWith { CrossEntropyOptions.Default with IgnoredLabel = Some 2 }
    let logs = logSoftmax -1 scores |> reader

    let counted =
        [
            for i in 0..59 do
                if labels[i] <> 2 then
                    -(logs [ i; labels[i] ])
        ]

    holds [ exp (List.average counted) ] (Metrics.perplexity loss) scores labelTensor
    holds [ List.average counted ] (Metrics.ofLoss loss) scores labelTensor

/// Corpus BLEU by counting n-grams in dictionaries.
let private naiveBleu order (candidates: int list list) (references: int list list) =
    let grams n sentence = List.windowed n sentence |> List.countBy id

    let precision n =
        let pairs =
            List.zip candidates references
            |> List.map (fun (c, r) ->
                let inReference = Map.ofList (grams n r)
                let found = grams n c |> List.sumBy (fun (g, k) -> min k (Map.tryFind g inReference |> Option.defaultValue 0))
                found, List.sumBy snd (grams n c))

        float (List.sumBy fst pairs) / float (List.sumBy snd pairs)

    let length = List.sumBy List.length >> float
    let brevity = min 0.0 (1.0 - length references / length candidates)
    exp (List.averageBy (precision >> log) [ 1..order ] + brevity)

[<Fact>]
let ``BLEU counts clipped n-grams of the whole data`` () =
    let random = Random 19

    let pair () =
        let reference = List.init (random.Next(5, 10)) (fun _ -> random.Next 3)
        let kept = reference |> List.filter (fun _ -> random.NextDouble() < 0.8)
        (if kept.IsEmpty then [ 0 ] else kept), reference

    let candidates, references = List.init 8 (fun _ -> pair ()) |> List.unzip
    let padded width rows = rows |> List.collect (fun r -> r @ List.replicate (width - List.length r) -1) |> ints [ 8; width ]
    let c, r = padded 9 candidates, padded 10 references

    for order in [ 1; 2; 4 ] do
        holds [ naiveBleu order candidates references ] (Metrics.bleu order) c r

    let scores = oneHot 3 (maximum c (zerosLike c))
    let whole = [ for row in candidates -> row @ List.replicate (9 - row.Length) 0 ]
    holds [ naiveBleu 2 whole references ] (Metrics.bleu 2) scores r

[<Fact>]
let ``BLEU's own example, and sentences that are too short`` () =
    // Papineni et al. 2002, section 2.1: "the" seven times against "the cat is on the mat" has 2/7 of its words.
    let c, r = ints [ 1; 7 ] [ 0; 0; 0; 0; 0; 0; 0 ], ints [ 1; 6 ] [ 0; 1; 2; 3; 0; 4 ]
    Assert.Equal(2.0 / 7.0, (Metrics.bleu 1).Value(c, r).ToDouble(), 12)
    Assert.Equal(0.0, (Metrics.bleu 4).Value(c, r).ToDouble())
    Assert.Equal(0.0, (Metrics.bleu 4).Value(ints [ 1; 2 ] [ 0; 1 ], r).ToDouble())
    Assert.Equal(0.0, (Metrics.bleu 4).Value(c, ints [ 1; 2 ] [ 0; 1 ]).ToDouble())

[<Fact>]
let ``means of examples are states as well`` () =
    let mean =
        scores
        |> fun s -> (argmax -1 s).ToDoubles() |> Seq.map int |> Seq.zip labels |> Seq.averageBy (fun (l, r) -> if l = r then 1.0 else 0.0)

    holds [ mean ] Metrics.accuracy scores labelTensor
    Assert.True(Double.IsNaN(Metrics.accuracy.Result(Metrics.accuracy.Start).ToDouble()))

[<Fact>]
let ``metrics refuse what does not fit them`` () =
    refuses "DF0950" "auc" (fun () -> Metrics.areaUnderCurve.PerExample(scores, scores))
    refuses "DF0902" "classes" (fun () -> Metrics.f1 0 Averaging.Macro None)
    refuses "DF0902" "averaging" (fun () -> (Metrics.f1 classes (enum<Averaging> 9) None).Value(scores, labelTensor))
    refuses "DF0922" "scores" (fun () -> (Metrics.f1 3 Averaging.Macro None).Value(scores, labelTensor))
    refuses "DF0103" "" (fun () -> (Metrics.confusion classes None).Value(scores, labelTensor + 2.0))
    refuses "DF0103" "" (fun () -> (Metrics.confusion 3 None).Value(ints [ 2 ] [ 3; 0 ], ints [ 2 ] [ 0; 0 ]))
    refuses "DF0922" "auc" (fun () -> Metrics.areaUnderCurve.Value(scores, labelTensor))
    refuses "DF0902" "bins" (fun () -> Metrics.expectedCalibrationErrorFromLogits 0)
    refuses "DF0902" "order" (fun () -> Metrics.bleu 0)
    refuses "DF0922" "tokens" (fun () -> (Metrics.bleu 2).Value(labelTensor, labelTensor))

// Evaluations and training.

let private weighted =
    Losses.sparseCategoricalCrossEntropyWith
        { CrossEntropyOptions.Default with
            ClassWeights = Some(Tensor.vector [ 1.0; 4.0; 0.5 ])
            IgnoredLabel = Some -1
        }

let private recipe: Recipe =
    {
        Model = Layers.dense 3
        Loss = weighted
        Optimizer = Optimizers.sgd 0.05
        Metrics = [ Metrics.f1 3 Averaging.Macro (Some -1); Metrics.confusion 3 (Some -1); Metrics.perplexity weighted ]
        Penalty = None
    }

let private data =
    let x = Random.normal [ 50; 4 ] (Key.ofSeed 21L)
    Dataset(x, ints [ 50 ] [ for i in 0..49 -> if i % 7 = 3 then -1 else i * i % 3 ])

let private start = Training.init recipe data.InputShape (Key.ofSeed 22L)

let private sameMetrics (digits: int) (expected: (string * float) list) (came: (string * float) list) =
    Assert.Equal<string list>(List.map fst expected, List.map fst came)
    List.iter2 (fun (_, e: float) (_, c: float) -> Assert.Equal(e, c, digits)) expected came

[<Fact>]
let ``an evaluation is the same in any batches`` () =
    let z, _ = recipe.Model.Apply Mode.Evaluation start.Params start.ModelState data.Inputs
    let whole = Training.evaluate recipe start 50 data
    Assert.Equal(weighted.Value(z, data.Targets).ToDouble(), whole.Loss, 6)
    Assert.Equal(recipe.Metrics[0].Value(z, data.Targets).ToDouble(), snd whole.Metrics[0], 12)
    Assert.Equal(Math.Exp whole.Loss, snd (List.last whole.Metrics), 6)
    Assert.Equal<string list>([ "f1"; "confusion[0, 0]"; "confusion[0, 1]" ], whole.Metrics |> List.map fst |> List.take 3)
    Assert.Equal(11, whole.Metrics.Length)

    for size in [ 1; 7; 16; 49 ] do
        let parts = Training.evaluate recipe start size data
        Assert.Equal(whole.Loss, parts.Loss, 10)
        sameMetrics 10 whole.Metrics parts.Metrics

[<Theory; InlineData(1); InlineData(7); InlineData(1024); InlineData(3001)>]
let ``weights add up in float64, in batches of any size`` (size: int) =
    // 0.1 as float32, three orders of magnitude and 3001 examples: a float32 sum would be 1e-7 off.
    let weights = Array.init 3001 (fun i -> float32 (i % 97) * 0.1f + (if i % 5 = 0 then 123.4f else 0.0f))
    let values = Array.init 3001 (fun i -> float32 (i % 31) * 0.3f)
    let counted = Loss("counted", (fun p t -> squeezeAxis 1 p * t), Some(fun _ t -> t))
    let data = Dataset(Tensor.ofArray [ 3001; 1 ] values, Tensor.ofArray [ 3001 ] weights)
    let model = Layers.lambda "as it is" id id
    let recipe = { recipe with Model = model; Loss = counted; Metrics = [ Metrics.ofLoss counted ] }
    let came = Training.evaluate recipe (Training.init recipe data.InputShape (Key.ofSeed 1L)) size data
    let expected = Array.sum (Array.map2 (fun (v: float32) w -> float (v * w)) values weights) / Array.sumBy float weights
    Assert.Equal(1.0, came.Loss / expected, 13)
    Assert.Equal(1.0, snd came.Metrics.Head / expected, 13)

[<Theory; InlineData(false); InlineData(true)>]
let ``training reports what the batches say together`` (compiled: bool) =
    // A rate of 0: every batch is seen by the same model.
    let recipe = { recipe with Optimizer = Optimizers.sgd 0.0 }
    let start = Training.init recipe data.InputShape (Key.ofSeed 22L)
    let options = { FitOptions.Default with BatchSize = 8; Validation = Some data; Compile = compiled }
    let events = Loop.run options recipe start data |> List.ofSeq
    let expected = Training.evaluate recipe start 50 data
    let report = Loop.history events |> List.exactlyOne

    for came in [ report.Training; report.Validation.Value ] do
        Assert.Equal(expected.Loss, came.Loss, 5)
        Assert.Equal(50, came.Examples)
        sameMetrics 5 expected.Metrics came.Metrics

    let last =
        events
        |> List.choose (function
            | StepDone s -> Some s
            | _ -> None)
        |> List.last

    Assert.Equal(report.Training, last.Running)
    Assert.Equal(2, last.Values.Examples)

[<Fact>]
let ``training reports the exact area under the curve and R²`` () =
    let x = Random.normal [ 90; 2 ] (Key.ofSeed 23L)
    let truth = greater (sumOver [ 1 ] x) (fullLike 0.2 (sumOver [ 1 ] x)) |> expandDims 1

    let recipe =
        { recipe with
            Model = Layers.dense 1
            Loss = Losses.binaryCrossEntropyFromLogits
            Metrics = [ Metrics.areaUnderCurve; Metrics.rSquared ]
        }

    let data = Dataset(x, cast DType.Float32 truth)
    let start = Training.init recipe data.InputShape (Key.ofSeed 24L)
    let options = { FitOptions.Default with BatchSize = 16; Epochs = 3; Validation = Some data; Compile = true }
    let state, reports = Loop.run options recipe start data |> Loop.toEnd ignore start
    let z, _ = recipe.Model.Apply Mode.Evaluation state.Params state.ModelState x
    let validation = (List.last reports).Validation.Value
    let expected = recipe.Metrics |> List.map (fun m -> m.Name, m.Value(z, data.Targets).ToDouble())
    sameMetrics 6 expected validation.Metrics
    Assert.InRange(snd validation.Metrics[0], 0.5, 1.0)

[<Fact>]
let ``a batch in which nothing counts changes no loss`` () =
    let nothing = Dataset(data.Inputs, fullLike -1.0 data.Targets)
    Assert.Equal(0.0, (Training.evaluate recipe start 16 nothing).Loss)
    let _, e = Training.step recipe start nothing
    Assert.Equal(0.0, e.Loss)
    Assert.Equal(e, snd (Training.step recipe start nothing))

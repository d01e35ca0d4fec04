/// Losses where they could go wrong: huge and infinite numbers, nothing that counts, equal vectors, and input that does not fit.
module DeepFun.Core.Tests.Layers.LossOptionTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Layers.Oracle
open Xunit

let private options = CrossEntropyOptions.Default
let private ints sizes (v: int list) = Tensor.ofArray sizes (Array.ofList v)
let private finite (t: Tensor) = Assert.All(t.ToDoubles(), fun v -> Assert.True(Double.IsFinite v, string v))
let private notNaN (t: Tensor) = Assert.All(t.ToDoubles(), fun v -> Assert.False(Double.IsNaN v))

let private ignoring = Losses.sparseCategoricalCrossEntropyWith { options with IgnoredLabel = Some -100 }

[<Fact>]
let ``ignored labels leave the mean, and what stands there is not looked at`` () =
    let z = numbers 1 [ 4; 3 ]
    let labels = ints [ 4 ] [ 2; -100; 0; -100 ]
    let kept = take 0 (ints [ 2 ] [ 0; 2 ])
    let plain = Losses.sparseCategoricalCrossEntropyFromLogits
    close 1e-12 (plain.Value(kept z, kept labels)) (ignoring.Value(z, labels))
    let spoiled = where (expandDims 1 (equal labels (fullLike -100.0 labels))) (fullLike nan z) z
    close 1e-12 (plain.Value(kept z, kept labels)) (ignoring.Value(spoiled, labels))
    finite (grad (fun z -> ignoring.Value(z, labels)) spoiled)

[<Fact>]
let ``where nothing counts the loss is 0 and so is its derivative`` () =
    let z, labels = numbers 2 [ 3; 4 ], ints [ 3 ] [ -100; -100; -100 ]
    Assert.Equal(0.0, ignoring.Value(z, labels).ToDouble())
    close 0.0 (zerosLike z) (grad (fun z -> ignoring.Value(z, labels)) z)

[<Fact>]
let ``elements of a binary cross-entropy are ignored`` () =
    let loss = Losses.binaryCrossEntropyWith { options with IgnoredLabel = Some -1 }
    let z, t = Tensor.vector [ 0.3; 1e30; -0.7 ], Tensor.vector [ 1.0; -1.0; 0.0 ]
    let kept = take 0 (ints [ 2 ] [ 0; 2 ])
    close 1e-6 (Losses.binaryCrossEntropyFromLogits.Value(kept z, kept t)) (loss.Value(z, t))

[<Fact>]
let ``weights of one half are no weights`` () =
    // A common factor leaves a weighted mean: only ratios of weights count.
    let z, labels = numbers 3 [ 5; 3 ], ints [ 5 ] [ 0; 1; 2; 2; 0 ]
    let half = Losses.sparseCategoricalCrossEntropyWith { options with ClassWeights = Some(Tensor.full [ 3 ] 0.5) }
    close 1e-7 (Losses.sparseCategoricalCrossEntropyFromLogits.Value(z, labels)) (half.Value(z, labels))

[<Fact>]
let ``huge logits give no NaN, in values and derivatives`` () =
    let z = Tensor.matrix [ [ 1e30; -1e30; 0.0 ]; [ -1e30; 1e30; 5.0 ] ]
    let labels, bits = ints [ 2 ] [ 1; 1 ], Tensor.matrix [ [ 0.0; 1.0; 1.0 ]; [ 1.0; 0.0; 0.0 ] ]

    let rows: (Loss * Tensor) list =
        [
            Losses.sparseCategoricalCrossEntropyWith { options with LabelSmoothing = 0.1 }, labels
            Losses.categoricalCrossEntropyWith { options with LabelSmoothing = 0.1 }, bits
            Losses.binaryCrossEntropyWith { options with LabelSmoothing = 0.1 }, bits
            Losses.focalFromLogits 2.0, labels
            Losses.focalFromLogits 0.5, labels
            Losses.binaryFocalFromLogits 2.0 (Some 0.25), bits
            Losses.binaryFocalFromLogits 0.5 None, bits
            Losses.kullbackLeiblerFromLogits, 0.5 * bits
            Losses.multiClassHinge 1.0 false, labels
            Losses.hinge 1.0 false, bits
            Losses.diceFromLogits 1.0, bits
            Losses.logCosh, bits
            Losses.smoothL1 1.0, bits
            Losses.cosine, bits
        ]

    for loss, t in rows do
        let value, slope = valueAndGrad (fun z -> loss.Value(z, t)) z
        notNaN value
        notNaN slope

[<Fact>]
let ``probabilities of 0 and 1 give finite values and derivatives`` () =
    let p = Tensor.matrix [ [ 0.0; 1.0 ]; [ 1.0; 0.0 ] ]
    let ofProbabilities = { options with FromLogits = false }
    let labels, oneHots = ints [ 2 ] [ 0; 0 ], Tensor.matrix [ [ 1.0; 0.0 ]; [ 1.0; 0.0 ] ]

    let rows: (Loss * Tensor) list =
        [
            Losses.sparseCategoricalCrossEntropyWith ofProbabilities, labels
            Losses.categoricalCrossEntropyWith ofProbabilities, oneHots
            Losses.binaryCrossEntropyWith ofProbabilities, oneHots
            Losses.kullbackLeibler, oneHots
            Losses.poisson, oneHots
            Losses.dice 0.0, oneHots
        ]

    for dtype in [ DType.Float32; DType.Float64 ] do
        for loss, t in rows do
            let value, slope = valueAndGrad (fun p -> loss.Value(p, t)) (cast dtype p)
            finite value
            finite slope

[<Fact>]
let ``a mask of nothing, predicted, is right`` () =
    Assert.Equal(0.0, (Losses.dice 0.0).Value(Tensor.zeros [ 1; 4 ], Tensor.zeros [ 1; 4 ]).ToDouble())

[<Fact>]
let ``equal and empty vectors have finite derivatives`` () =
    let x = Tensor.zeros [ 2; 3 ]
    finite (grad (fun x -> Losses.cosine.Value(x, onesLike x)) x)
    finite (grad (fun x -> mean (Losses.triplet 1.0 x x x)) x)
    finite (grad (fun x -> (Losses.contrastive 0.5).Value(x, onesLike x)) x)
    finite (grad (fun x -> (Losses.batchHardTriplet 1.0).Value(x, ints [ 2 ] [ 0; 0 ])) x)

[<Fact>]
let ``the hardest triplets of a batch`` () =
    let x = numbers 4 [ 7; 3 ]
    let labels = [ 0; 1; 0; 2; 1; 0; 3 ]
    let at = reader x
    let distance i j = sqrt (List.sumBy (fun k -> (at [ i; k ] - at [ j; k ]) ** 2.0) [ 0..2 ])

    let terms =
        [
            for i in 0..6 do
                let positives =
                    [
                        for j in 0..6 do
                            if j <> i && labels[j] = labels[i] then
                                distance i j
                    ]

                let negatives =
                    [
                        for j in 0..6 do
                            if labels[j] <> labels[i] then
                                distance i j
                    ]

                if not positives.IsEmpty then
                    max 0.0 (List.max positives - List.min negatives + 0.4)
        ]

    let loss = Losses.batchHardTriplet 0.4
    let t = ints [ 7 ] labels
    Assert.Equal(List.average terms, loss.Value(x, t).ToDouble(), 10)
    checkGradient (fun x -> loss.Value(x, t)) x
    close 1e-12 (loss.Value(x, t)) (jit (fun x -> loss.Value(x, t)) x)

[<Fact>]
let ``targets of a hinge may be bool, 0 and 1, or signs`` () =
    let z = Tensor.vector [ 2.0; 0.5; -3.0 ]
    let expected = [| 0.0; 1.5; 0.0 |]

    for t in [ Tensor.ofArray [ 3 ] [| true; false; false |]; Tensor.vector [ 1.0; 0.0; 0.0 ]; Tensor.vector [ 1.0; -1.0; -1.0 ] ] do
        Assert.Equal<float[]>(expected, (Losses.hinge 1.0 false).PerExample(z, t).ToDoubles())

    Assert.Equal<float[]>([| 0.0; 2.25; 0.0 |], (Losses.hinge 1.0 true).PerExample(z, Tensor.vector [ 1.0; 0.0; 0.0 ]).ToDoubles())

[<Fact>]
let ``the elastic penalty is the sum of both`` () =
    let p = Params.Of(struct ("weight", Tensor.vector64 [ 1.0; -2.0 ]), struct ("bias", Tensor.vector64 [ 9.0 ]))
    Assert.Equal(0.1 * 3.0 + 0.2 * 5.0, (Penalties.elastic 0.1 0.2 Penalties.weights p).ToDouble(), 12)
    close 1e-12 (Tensor.vector64 [ 0.5; -0.9 ]) (grad (Penalties.elastic 0.1 0.2 Penalties.weights) p).["weight"]

[<Fact>]
let ``options and shapes that do not fit are refused`` () =
    let z, labels = Tensor.zeros [ 2; 3 ], ints [ 2 ] [ 0; 1 ]
    refuses "DF0902" "LabelSmoothing" (fun () -> Losses.binaryCrossEntropyWith { options with LabelSmoothing = 1.0 })
    refuses "DF0902" "IgnoredLabel" (fun () -> Losses.categoricalCrossEntropyWith { options with IgnoredLabel = Some 0 })
    let two = { options with ClassWeights = Some(Tensor.ones [ 2 ]) }
    refuses "DF0951" "[3]" (fun () -> (Losses.sparseCategoricalCrossEntropyWith two).Value(z, labels))
    refuses "DF0902" "gamma" (fun () -> Losses.focalFromLogits -1.0)
    refuses "DF0902" "alpha" (fun () -> Losses.binaryFocalFromLogits 2.0 (Some 2.0))
    refuses "DF0902" "beta" (fun () -> Losses.smoothL1 0.0)
    refuses "DF0902" "temperature" (fun () -> Losses.contrastive 0.0)
    refuses "DF0902" "margin" (fun () -> Losses.triplet 0.0 z z z)
    refuses "DF0902" "smooth" (fun () -> Losses.dice -1.0)
    refuses "DF0953" "triplet" (fun () -> Losses.triplet 1.0 z z (Tensor.zeros [ 3; 3 ]))
    refuses "DF0922" "gaussian" (fun () -> Losses.gaussianNegativeLogLikelihood.Value(z, z))
    refuses "DF0922" "cosine" (fun () -> Losses.cosine.Value(Tensor.zeros [ 2 ], Tensor.zeros [ 2 ]))
    refuses "DF0922" "ctc" (fun () -> (Losses.ctc CtcOptions.Default).Value(z, labels))
    let cube = Tensor.zeros [ 2; 4; 3 ]
    let one = ints [ 2; 1 ] [ 1; 1 ]
    refuses "DF0952" "ctc" (fun () -> Losses.ctcWith CtcOptions.Default cube (ints [ 1 ] [ 4 ]) one labels)
    refuses "DF0902" "Blank" (fun () -> Losses.ctcWith { CtcOptions.Default with Blank = 3 } cube labels one labels)
    refuses "DF0923" "labels" (fun () -> Losses.ctcWith CtcOptions.Default cube labels (Tensor.zeros [ 2; 1 ]) labels)

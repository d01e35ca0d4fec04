/// Losses and penalties against their formulas, at the edges of the number range, and with input that does not fit.
module DeepFun.Core.Tests.Layers.LossTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Layers.Oracle
open Xunit

let private perExample (loss: Loss) p t = loss.PerExample(p, t).ToDoubles()
let private inside = numbers 1 [ 3; 2; 4 ], numbers 2 [ 3; 2; 4 ]

/// The mean over all of an example of f p t.
let private naive f (p: Tensor) (t: Tensor) =
    let pAt, tAt = reader p, reader t
    let rest = places (List.ofArray(sizes p)[1..])
    build [ p.Shape[0] ] (fun n -> rest |> List.averageBy (fun r -> f (pAt (n @ r)) (tAt (n @ r))))

let private elementwise: (Loss * (float -> float -> float)) list =
    [
        Losses.meanSquaredError, (fun p t -> (p - t) * (p - t))
        Losses.meanAbsoluteError, (fun p t -> abs (p - t))
        Losses.huber 0.8, (fun p t -> if abs (p - t) <= 0.8 then (p - t) ** 2.0 / 2.0 else 0.8 * (abs (p - t) - 0.4))
        Losses.binaryCrossEntropyFromLogits,
        (fun z t ->
            let s = 1.0 / (1.0 + exp -z)
            -t * log s - (1.0 - t) * log (1.0 - s))
    ]

[<Fact>]
let ``elementwise losses are means of their formulas`` () =
    for loss, f in elementwise do
        let p, t = inside
        let t = if loss.Name.StartsWith "binary" then sigmoid t else t
        close 1e-12 (naive f p t) (loss.PerExample(p, t))
        close 1e-12 (mean (naive f p t)) (loss.Value(p, t))
        checkGradient (fun p -> loss.Value(p, t)) p

[<Fact>]
let ``elementwise losses take batches of single numbers`` () =
    for loss, f in elementwise do
        let p, t = numbers 3 [ 5 ], sigmoid (numbers 4 [ 5 ])
        let expected = build [ 5 ] (fun n -> f (reader p n) (reader t n))
        close 1e-12 expected (loss.PerExample(p, t))

/// −log of a probability, by the definition of softmax.
let private minusLog (logits: float list) label = -log(exp logits[label] / List.sumBy exp logits)

[<Fact>]
let ``cross-entropies agree with the definition of softmax`` () =
    let z = numbers 5 [ 6; 4 ]
    let labels = [ 0; 3; 1; 1; 2; 0 ]
    let at = reader z
    let logits n = [ for c in 0..3 -> at [ n; c ] ]
    let expected = build [ 6 ] (fun n -> minusLog (logits n[0]) labels[n[0]])
    let sparse = Losses.sparseCategoricalCrossEntropyFromLogits
    let categorical = Losses.categoricalCrossEntropyFromLogits
    let targets = Tensor.ofArray [ 6 ] (Array.ofList labels)

    for dtype in [ DType.Int32; DType.Int64; DType.UInt8 ] do
        close 1e-12 expected (sparse.PerExample(z, cast dtype targets))

    close 1e-12 expected (categorical.PerExample(z, oneHot 4 targets))
    checkGradient (fun z -> sparse.Value(z, targets)) z
    checkGradient (fun z -> categorical.Value(z, oneHot 4 targets)) z

    // Soft targets, and their gradient: −log softmax.
    let soft = softmax -1 (numbers 6 [ 6; 4 ])
    let softAt = reader soft
    let mixed = build [ 6 ] (fun n -> List.sum [ for c in 0..3 -> softAt [ n[0]; c ] * minusLog (logits n[0]) c ])
    close 1e-12 mixed (categorical.PerExample(z, soft))
    checkGradient (fun (z, t) -> categorical.Value(z, t)) (z, soft)

[<Fact>]
let ``cross-entropies of sequences are means over their places`` () =
    let z = numbers 7 [ 2; 3; 4 ]
    let labels = [ [ 0; 3; 1 ]; [ 1; 2; 0 ] ]
    let at = reader z

    let expected =
        build [ 2 ] (fun place ->
            let n = place[0]
            List.average [ for t in 0..2 -> minusLog [ for c in 0..3 -> at [ n; t; c ] ] (labels[n][t]) ])

    let targets = Tensor.ofArray [ 2; 3 ] (Array.ofList (List.concat labels))
    close 1e-12 expected (Losses.sparseCategoricalCrossEntropyFromLogits.PerExample(z, targets))
    close 1e-12 expected (Losses.categoricalCrossEntropyFromLogits.PerExample(z, oneHot 4 targets))

[<Fact>]
let ``huge logits give finite losses and gradients`` () =
    let z = Tensor.matrix [ [ 1e30; -1e30; 0.0 ]; [ 1e30; -1e30; 0.0 ]; [ -5000.0; -5001.0; -5002.0 ] ]
    let labels = Tensor.ofArray [ 3 ] [| 0; 1; 0 |]
    let tail = log (1.0 + exp -1.0 + exp -2.0)
    let expected = Tensor.vector [ 0.0; 2e30; tail ]
    let sparse, categorical = Losses.sparseCategoricalCrossEntropyFromLogits, Losses.categoricalCrossEntropyFromLogits
    close 1e-6 expected (sparse.PerExample(z, labels))
    close 1e-6 expected (categorical.PerExample(z, oneHot 3 labels))
    let third = 1.0 / 3.0

    let softmaxLess =
        let e = List.map (fun v -> exp -v / (1.0 + exp -1.0 + exp -2.0)) [ 0.0; 1.0; 2.0 ]
        Tensor.matrix [ [ 0.0; 0.0; 0.0 ]; [ third; -third; 0.0 ]; [ (e[0] - 1.0) * third; e[1] * third; e[2] * third ] ]

    close 1e-6 softmaxLess (grad (fun z -> sparse.Value(z, labels)) z)
    close 1e-6 softmaxLess (grad (fun z -> categorical.Value(z, oneHot 3 labels)) z)

[<Fact>]
let ``binary cross-entropy is exact on both sides, also far out`` () =
    let z = Tensor.vector [ 30.0; -30.0; 1e30; -1e30; 1e30; -1e30 ]
    let t = Tensor.vector [ 1.0; 0.0; 1.0; 0.0; 0.0; 1.0 ]
    let came = perExample Losses.binaryCrossEntropyFromLogits z t
    let tiny = Math.Exp -30.0
    // Relative, not absolute: a cancelled difference would give 0 or 2e-6 here.
    Assert.InRange(came[0], tiny * 0.99999, tiny * 1.00001)
    Assert.InRange(came[1], tiny * 0.99999, tiny * 1.00001)
    Assert.Equal<float[]>([| 0.0; 0.0; float 1e30f; float 1e30f |], came[2..])
    let slopes = grad (fun z -> sum (Losses.binaryCrossEntropyFromLogits.PerExample(z, t))) z
    Assert.Equal<float[]>([| 0.0; 0.0; 1.0; -1.0 |], slopes.ToDoubles()[2..])

[<Fact>]
let ``excluded classes cost nothing`` () =
    let z = Tensor.matrix [ [ 1.0; Double.NegativeInfinity; 0.0 ] ]
    let expected = log (1.0 + exp -1.0)
    let label = Tensor.ofArray [ 1 ] [| 0 |]
    Assert.Equal(expected, (perExample Losses.sparseCategoricalCrossEntropyFromLogits z label)[0], 6)
    Assert.Equal(expected, (perExample Losses.categoricalCrossEntropyFromLogits z (oneHot 3 label))[0], 6)

    for slope in (grad (fun z -> Losses.categoricalCrossEntropyFromLogits.Value(z, oneHot 3 label)) z).ToDoubles() do
        Assert.True(Double.IsFinite slope)

[<Fact>]
let ``vmap over predictions is a loop`` () =
    let z, labels = numbers 8 [ 3; 4; 5 ], Tensor.ofArray [ 3; 4 ] [| 0; 1; 2; 3; 4; 0; 1; 2; 3; 4; 0; 1 |]
    let f (z, t) = Losses.sparseCategoricalCrossEntropyFromLogits.Value(z, t)
    close 1e-12 (stack 0 [ for i in 0..2 -> f (item 0 i z, item 0 i labels) ]) (vmap f (z, labels))

[<Fact>]
let ``shapes and dtypes that do not fit are refused`` () =
    let refused code text (loss: Loss) p t = refuses code text (fun () -> loss.PerExample(p, t))
    let z = Tensor.zeros [ 4; 3 ]
    let sparse, categorical = Losses.sparseCategoricalCrossEntropyFromLogits, Losses.categoricalCrossEntropyFromLogits
    let labels n = Tensor.ofArray [ n ] (Array.zeroCreate<int> n)

    for loss in
        [
            Losses.meanSquaredError
            Losses.meanAbsoluteError
            Losses.huber 1.0
            Losses.binaryCrossEntropyFromLogits
            categorical
        ] do
        // [4, 3] against [4] would broadcast to a wrong number.
        refused "DF0922" loss.Name loss z (Tensor.zeros [ 4 ])
        refused "DF0922" loss.Name loss (Tensor.zeros [ 4; 1 ]) (Tensor.zeros [ 4 ])
        refused "DF0922" loss.Name loss (Tensor.scalar 1.0) (Tensor.scalar 1.0)
        refused "DF0923" "a floating dtype" loss (cast DType.Int32 z) z

    refused "DF0922" "labels [N, …]" sparse z (labels 5)
    refused "DF0922" "labels [N, …]" sparse z z
    refused "DF0923" "integers" sparse z (Tensor.zeros [ 4 ])
    refused "DF0103" "" sparse z (Tensor.ofArray [ 4 ] [| 0; 1; 2; 3 |])
    refused "DF0922" "classes" categorical (Tensor.zeros [ 4 ]) (Tensor.zeros [ 4 ])
    refuses "DF0902" "delta" (fun () -> Losses.huber 0.0)

[<Fact>]
let ``penalties count the chosen parameters`` () =
    let model = Layers.dense 2 --> Layers.batchNorm --> Layers.dense 1
    let p = fst (model.Init (Key.ofSeed 0L) (shapeOf [ 3 ])) |> double
    let weights = [ "0/weight"; "2/weight" ] |> List.collect (fun n -> List.ofArray (p[n].ToDoubles()))
    let close (expected: float) (came: Tensor) = Assert.Equal(expected, came.ToDouble(), 12)
    close (0.1 * List.sumBy abs weights) (Penalties.l1 0.1 Penalties.weights p)
    close (0.1 * List.sumBy (fun w -> w * w) weights) (Penalties.l2 0.1 Penalties.weights p)

    close
        (0.5
         * List.sum
             [
                 for e in p.Entries do
                     yield! e.Value.ToDoubles() |> Array.map abs
             ])
        (Penalties.l1 0.5 (fun _ -> true) p)

    close 0.0 (Penalties.l2 0.1 (fun _ -> false) p)
    let slopes = grad (Penalties.l2 0.1 Penalties.weights) p
    Oracle.close 1e-12 (0.2 * p["0/weight"]) slopes["0/weight"]
    Oracle.close 0.0 (zerosLike p["0/bias"]) slopes["0/bias"]
    Assert.True(Penalties.weights "weight" && not (Penalties.weights "0/overweight"))

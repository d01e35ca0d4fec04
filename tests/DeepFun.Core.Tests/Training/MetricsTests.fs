module DeepFun.Core.Tests.Training.MetricsTests

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Layers.Oracle
open Xunit

let private values (m: Metric) p t = m.PerExample(p, t).ToDoubles()
let private ints (v: int list) = Tensor.ofArray [ v.Length ] (Array.ofList v)

let private scores =
    Tensor.matrix [ [ 0.1; 0.9; 0.0 ]; [ 2.0; 1.0; 0.5 ]; [ 0.3; 0.3; 0.1 ]; [ -3.0; -2.0; -1.0 ]; [ nan; 5.0; 4.0 ] ]

[<Fact>]
let ``accuracy compares the largest score with labels or one-hot targets`` () =
    let labels = ints [ 1; 2; 0; 2; 1 ]
    // Of equal scores the first wins; NaN wins and is wrong here.
    let expected = [| 1.0; 0.0; 1.0; 1.0; 0.0 |]
    Assert.Equal<float[]>(expected, values Metrics.accuracy scores labels)
    Assert.Equal<float[]>(expected, values Metrics.accuracy scores (cast DType.Int64 labels))
    Assert.Equal<float[]>(expected, values Metrics.accuracy scores (cast DType.UInt8 labels))
    Assert.Equal<float[]>(expected, values Metrics.accuracy scores (oneHot 3 labels))
    Assert.Equal(0.6, Metrics.accuracy.Value(scores, labels).ToDouble(), 6)

[<Fact>]
let ``accuracy of sequences is the share of places`` () =
    let p = oneHot 3 (Tensor.ofArray [ 2; 4 ] [| 0; 1; 2; 0; 1; 1; 1; 1 |])
    let t = Tensor.ofArray [ 2; 4 ] [| 0; 1; 2; 1; 2; 2; 2; 1 |]
    Assert.Equal<float[]>([| 0.75; 0.25 |], values Metrics.accuracy p t)

[<Fact>]
let ``binary accuracy looks at the sign of logits`` () =
    let z = Tensor.vector [ 0.1; -0.1; 3.0; -3.0; 0.0 ]
    let expected = [| 1.0; 1.0; 0.0; 0.0; 1.0 |]
    Assert.Equal<float[]>(expected, values Metrics.binaryAccuracyFromLogits z (Tensor.vector [ 1.0; 0.0; 0.0; 1.0; 0.0 ]))
    Assert.Equal<float[]>(expected, values Metrics.binaryAccuracyFromLogits z (Tensor.ofArray [ 5 ] [| true; false; false; true; false |]))
    Assert.Equal<float[]>(expected, values Metrics.binaryAccuracyFromLogits z (ints [ 1; 0; 0; 1; 0 ]))

[<Fact>]
let ``top k looks among the k largest`` () =
    let p = Tensor.matrix [ [ 0.4; 0.3; 0.2; 0.1 ]; [ 0.4; 0.3; 0.2; 0.1 ]; [ 0.4; 0.3; 0.2; 0.1 ]; [ 1.0; nan; 1.0; 1.0 ] ]
    Assert.Equal<float[]>([| 1.0; 0.0; 0.0; 0.0 |], values (Metrics.topK 1) p (ints [ 0; 1; 3; 1 ]))
    Assert.Equal<float[]>([| 1.0; 1.0; 0.0; 0.0 |], values (Metrics.topK 2) p (ints [ 0; 1; 3; 1 ]))
    Assert.Equal<float[]>([| 1.0; 1.0; 1.0; 0.0 |], values (Metrics.topK 4) p (ints [ 0; 1; 3; 1 ]))
    Assert.Equal("top5", (Metrics.topK 5).Name)

[<Fact>]
let ``top 1 is accuracy where scores differ`` () =
    let p = numbers 1 [ 200; 7 ]
    let labels = ints [ for i in 0..199 -> i % 7 ]
    Assert.Equal<float[]>(values Metrics.accuracy p labels, values (Metrics.topK 1) p labels)

[<Fact>]
let ``errors are means of an example`` () =
    let p, t = Tensor.matrix [ [ 1.0; 2.0 ]; [ 0.0; -4.0 ] ], Tensor.matrix [ [ 0.0; 4.0 ]; [ 0.0; 0.0 ] ]
    Assert.Equal<float[]>([| 2.5; 8.0 |], values Metrics.meanSquaredError p t)
    Assert.Equal<float[]>([| 1.5; 2.0 |], values Metrics.meanAbsoluteError p t)
    Assert.Equal<float[]>([| 1.5; 2.0 |], values Metrics.meanAbsoluteError (cast DType.Int32 p) (cast DType.Int32 t))

[<Fact>]
let ``binary accuracy of probabilities looks at the side of a half`` () =
    let p = Tensor.vector [ 0.9; 0.1; 0.51; 0.5; 0.2 ]
    let expected = [| 1.0; 1.0; 0.0; 1.0; 0.0 |]
    Assert.Equal<float[]>(expected, values Metrics.binaryAccuracyFromProbabilities p (Tensor.vector [ 1.0; 0.0; 0.0; 0.0; 1.0 ]))
    refuses "DF0922" "binaryAccuracy" (fun () -> Metrics.binaryAccuracyFromProbabilities.PerExample(scores, Tensor.zeros [ 5 ]))

[<Fact>]
let ``metrics are float32, one number an example, whatever the batches`` () =
    let p, labels = numbers 2 [ 30; 5 ], ints [ for i in 0..29 -> i * 7 % 5 ]

    let rows: (Metric * Tensor * Tensor) list =
        [
            Metrics.accuracy, p, labels
            Metrics.topK 2, p, labels
            Metrics.binaryAccuracyFromLogits, p, oneHot 5 labels
            Metrics.meanSquaredError, p, numbers 3 [ 30; 5 ]
            Metrics.meanAbsoluteError, p, numbers 3 [ 30; 5 ]
        ]

    for m, p, t in rows do
        let whole = m.PerExample(p, t)
        Assert.Equal(DType.Float32, whole.DType)
        Assert.Equal<int[]>([| 30 |], sizes whole)
        let part a b = m.PerExample(slice 0 a b p, slice 0 a b t)
        close 0.0 whole (concat 0 [ part 0 7; part 7 8; part 8 30 ])

[<Fact>]
let ``the confusion matrix counts labels by predictions`` () =
    let actual = [ 0; 0; 1; 2; 2; 2 ]
    let predicted = [ 0; 1; 1; 2; 0; 0 ]
    let expected = array2D [ [ 1; 1; 0 ]; [ 0; 1; 0 ]; [ 2; 0; 1 ] ]
    Assert.Equal<int[,]>(expected, Metrics.confusionMatrix 3 (ints predicted) (ints actual))
    Assert.Equal<int[,]>(expected, Metrics.confusionMatrix 3 (oneHot 3 (ints predicted)) (cast DType.UInt8 (ints actual)))

[<Fact>]
let ``metrics refuse what does not fit`` () =
    refuses "DF0922" "accuracy" (fun () -> Metrics.accuracy.PerExample(scores, ints [ 1 ]))
    refuses "DF0923" "accuracy" (fun () -> Metrics.accuracy.PerExample(scores, Tensor.zeros [ 5 ]))
    refuses "DF0922" "binaryAccuracy" (fun () -> Metrics.binaryAccuracyFromLogits.PerExample(scores, Tensor.zeros [ 5 ]))
    refuses "DF0902" "k of topK" (fun () -> Metrics.topK 0)
    refuses "DF0922" "[N, 2]" (fun () -> Metrics.confusionMatrix 2 scores (ints [ 0; 0; 0; 0; 0 ]))
    refuses "DF0922" "labels" (fun () -> Metrics.confusionMatrix 3 scores (ints [ 0; 0 ]))
    refuses "DF0923" "targets" (fun () -> Metrics.confusionMatrix 3 scores (Tensor.zeros [ 5 ]))
    refuses "DF0902" "between 0 and 2" (fun () -> Metrics.confusionMatrix 3 (ints [ 0; 3 ]) (ints [ 0; 0 ]))

/// Batch and layer normalization and dropout against their formulas.
module DeepFun.Core.Tests.Layers.NormalizationTests

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Layers.Oracle
open Xunit

let private training () = Mode.Training(Key.ofSeed 3L)

/// The values of one channel of [N, C, L].
let private channel (x: Tensor) c =
    let at = reader x

    [
        for n in 0 .. x.Shape[0] - 1 do
            for l in 0 .. x.Shape[2] - 1 -> at [ n; c; l ]
    ]

let private spread (values: float list) =
    let mean = List.average values
    mean, values |> List.sumBy (fun v -> (v - mean) * (v - mean))

[<Fact>]
let ``batch norm learns with the batch's statistics and keeps running ones`` () =
    let momentum, epsilon = 0.3, 0.01
    let layer = Layers.batchNormOf { BatchNormOptions.Default with Momentum = momentum; Epsilon = epsilon }
    let x = 3.0 * numbers 1 [ 4; 2; 3 ] + 2.0
    let p = Params.Of(struct ("scale", Tensor.vector64 [ 2.0; -1.0 ]), struct ("bias", Tensor.vector64 [ 0.5; 3.0 ]))
    let s = Params.Of(struct ("mean", Tensor.vector64 [ 1.0; -4.0 ]), struct ("variance", Tensor.vector64 [ 0.5; 7.0 ]))
    let y, state = layer.Apply (training ()) p s x
    let xAt = reader x
    let scale, bias = [ 2.0; -1.0 ], [ 0.5; 3.0 ]

    let expected =
        build [ 4; 2; 3 ] (fun place ->
            let c = place[1]
            let mean, squares = spread (channel x c)
            (xAt place - mean) / sqrt (squares / 12.0 + epsilon) * scale[c] + bias[c])

    close 1e-12 expected y

    for c, oldMean, oldVariance in [ 0, 1.0, 0.5; 1, -4.0, 7.0 ] do
        let mean, squares = spread (channel x c)
        Assert.Equal((1.0 - momentum) * oldMean + momentum * mean, state["mean"].ToDoubles()[c], 12)
        Assert.Equal((1.0 - momentum) * oldVariance + momentum * squares / 11.0, state["variance"].ToDoubles()[c], 12)

[<Fact>]
let ``batch norm without running statistics predicts as it learns, and keeps nothing`` () =
    let x = numbers 20 [ 4; 2; 3 ]

    for affine in [ true; false ] do
        let layer = Layers.batchNormOf { BatchNormOptions.Default with Affine = affine; RunningStatistics = false }
        let p, s = layer.Init (Key.ofSeed 1L) (shapeOf [ 2; 3 ])
        Assert.Empty s.Entries
        Assert.Equal((if affine then 4L else 0L), p.Count)
        let learned, after = layer.Apply (training ()) (double p) s x
        let predicted, _ = layer.Apply Mode.Evaluation (double p) s x
        Assert.Empty after.Entries
        close 0.0 learned predicted
        let kept = Layers.batchNorm
        let q, t = kept.Init (Key.ofSeed 1L) (shapeOf [ 2; 3 ])
        close 1e-15 (fst (kept.Apply (training ()) (double q) (double t) x)) learned

    let layer = Layers.batchNormOf { BatchNormOptions.Default with RunningStatistics = false }
    let p, s = layer.Init (Key.ofSeed 1L) (shapeOf [ 2 ])
    // Here predicting needs a larger batch, too: no word of a mode that would do.
    refuses "DF0921" "to normalize by" (fun () -> layer.Apply Mode.Evaluation p s (Tensor.zeros [ 1; 2 ]))
    refuses "DF0921" "BatchNorm" (fun () -> layer.Apply Mode.Evaluation p s (Tensor.zeros [ 1; 2 ]))

[<Fact>]
let ``norms that learn nothing keep the dtype of 16-bit floats`` () =
    let batch = Layers.batchNormOf { BatchNormOptions.Default with Affine = false }
    let instance = Layers.instanceNormOf { InstanceNormOptions.Default with RunningStatistics = true }

    for layer in [ batch; instance ] do
        let p, s = layer.Init (Key.ofSeed 1L) (shapeOf [ 2; 3 ])

        for mode in [ training (); Mode.Evaluation ] do
            for dtype in [ DType.Float16; DType.BFloat16 ] do
                let y, after = layer.Apply mode p s (cast dtype (numbers 21 [ 4; 2; 3 ]))
                Assert.Equal(dtype, y.DType)
                Assert.All(after.Entries, (fun e -> Assert.Equal(DType.Float32, e.Value.DType)))

[<Fact>]
let ``batch norm predicts with the running statistics`` () =
    let x = numbers 2 [ 4; 2; 3 ]
    let p = Params.Of(struct ("scale", Tensor.vector64 [ 2.0; -1.0 ]), struct ("bias", Tensor.vector64 [ 0.5; 3.0 ]))
    let s = Params.Of(struct ("mean", Tensor.vector64 [ 1.0; -4.0 ]), struct ("variance", Tensor.vector64 [ 0.5; 7.0 ]))
    let y, _ = Layers.batchNorm.Apply Mode.Evaluation p s x
    let at = reader x
    let mean, variance, scale, bias = [ 1.0; -4.0 ], [ 0.5; 7.0 ], [ 2.0; -1.0 ], [ 0.5; 3.0 ]

    close
        1e-12
        (build [ 4; 2; 3 ] (fun place ->
            let c = place[1]
            (at place - mean[c]) / sqrt (variance[c] + 1e-5) * scale[c] + bias[c]))
        y

[<Fact>]
let ``many batches bring the running statistics to the data's`` () =
    let _, start = Layers.batchNorm.Init (Key.ofSeed 0L) (shapeOf [ 1 ])
    let p, _ = Layers.batchNorm.Init (Key.ofSeed 0L) (shapeOf [ 1 ])

    let state =
        (start, [ 1..200 ])
        ||> List.fold (fun s i -> snd (Layers.batchNorm.Apply (training ()) p s (cast DType.Float32 (2.0 * numbers i [ 256; 1 ] + 5.0))))

    // Running averages over about 10 to 20 batches of 256: standard errors 0.03 and 0.13.
    Assert.InRange(state["mean"].ToDouble(), 4.85, 5.15)
    Assert.InRange(state["variance"].ToDouble(), 3.4, 4.6)

[<Fact>]
let ``running statistics take no gradient`` () =
    let x = numbers 4 [ 5; 2 ]
    let p, s = Layers.batchNorm.Init (Key.ofSeed 0L) (shapeOf [ 2 ])

    let ofState (x: Tensor) =
        let _, state = Layers.batchNorm.Apply (training ()) (double p) (double s) x
        sum (state["mean"] + state["variance"])

    close 0.0 (zerosLike x) (grad ofState x)

[<Fact>]
let ``batch norm refuses to learn from a single value`` () =
    let p, s = Layers.batchNorm.Init (Key.ofSeed 0L) (shapeOf [ 3 ])
    refuses "DF0921" "at least 2 values" (fun () -> Layers.batchNorm.Apply (training ()) p s (Tensor.ones [ 1; 3 ]))
    // One image has many values of each channel.
    Layers.batchNorm.Apply (training ()) p s (Tensor.ones [ 1; 3; 2 ]) |> ignore

[<Fact>]
let ``layer norm normalizes each example`` () =
    let x = numbers 5 [ 3; 2; 4 ]
    let at = reader x
    let scale, bias = numbers 6 [ 4 ], numbers 7 [ 4 ]
    let p = Params.Of(struct ("scale", scale), struct ("bias", bias))
    let y, _ = Layers.layerNorm.Apply Mode.Evaluation p Params.Empty x

    close
        1e-12
        (build [ 3; 2; 4 ] (fun place ->
            let mean, squares = spread [ for i in 0..3 -> at [ place[0]; place[1]; i ] ]
            (at place - mean) / sqrt (squares / 4.0 + 1e-5) * (reader scale) [ place[2] ] + (reader bias) [ place[2] ]))
        y

[<Fact>]
let ``options of normalization are checked`` () =
    refuses "DF0902" "momentum" (fun () -> Layers.instanceNormOf { InstanceNormOptions.Default with Momentum = nan })
    refuses "DF0902" "momentum" (fun () -> Layers.batchNormOf { BatchNormOptions.Default with Momentum = 1.5 })
    refuses "DF0902" "epsilon" (fun () -> Layers.batchNormOf { BatchNormOptions.Default with Epsilon = 0.0 })
    refuses "DF0902" "axes" (fun () -> Layers.layerNormOf { LayerNormOptions.Default with Axes = 0 })
    let images = Layers.layerNormOf { LayerNormOptions.Default with Axes = 2 }
    refuses "DF0901" "at least 2 axes" (fun () -> images.OutputShape(shapeOf [ 3 ]))

[<Theory>]
[<InlineData 0.1>]
[<InlineData 0.5>]
[<InlineData 0.9>]
let ``dropout keeps the share and the mean`` (rate: float) =
    let n = 200000

    let apply seed =
        fst ((Layers.dropout rate).Apply (Mode.Training(Key.ofSeed seed)) Params.Empty Params.Empty (Tensor.ones [ n / 10; 10 ]))

    let values = (apply 1L).ToDoubles()
    let scaled = float32 (1.0 / (1.0 - rate)) |> float
    Assert.All(values, (fun v -> Assert.True(v = 0.0 || abs (v - scaled) < 1e-5 * scaled)))
    let kept = values |> Array.filter ((<>) 0.0) |> Array.length |> float
    let error = sqrt (float n * rate * (1.0 - rate))
    Assert.InRange(kept, float n * (1.0 - rate) - 5.0 * error, float n * (1.0 - rate) + 5.0 * error)
    Assert.NotEqual<float[]>(values, (apply 2L).ToDoubles())

[<Fact>]
let ``dropout changes nothing when predicting, or at rate 0`` () =
    let x = numbers 8 [ 4; 5 ]
    let apply rate mode = fst ((Layers.dropout rate).Apply mode Params.Empty Params.Empty x)
    Assert.Same(x, apply 0.5 Mode.Evaluation)
    Assert.Same(x, apply 0.0 (training ()))

[<Fact>]
let ``dropout's gradient is its mask`` () =
    let x = numbers 9 [ 6; 7 ]
    let apply x = fst ((Layers.dropout 0.3).Apply (training ()) Params.Empty Params.Empty x)
    let mask = apply (onesLike x)
    close 0.0 mask (grad (fun x -> sum (apply x)) x)
    close 1e-15 (x * mask) (apply x)

[<Fact>]
let ``two dropouts in a chain draw different masks`` () =
    let model = Layer.sequential [ Layers.dropout 0.5; Layers.dropout 0.5 ]
    let p, s = model.Init (Key.ofSeed 0L) (shapeOf [ 1000 ])
    let y, _ = model.Apply (training ()) p s (Tensor.ones [ 10; 1000 ])
    // With equal masks half would stay.
    let kept = y.ToDoubles() |> Array.filter ((<>) 0.0) |> Array.length
    Assert.InRange(kept, 2250, 2750)

[<Fact>]
let ``rates outside 0 to 1 are refused`` () =
    for rate in [ -0.1; 1.0; nan ] do
        refuses "DF0902" "Dropout" (fun () -> Layers.dropout rate)

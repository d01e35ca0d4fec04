/// What the rows of LayerTable cannot say: distributions of random layers, first values, options that are refused.
module DeepFun.Core.Tests.Layers.StructuredLayerTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Layers.Oracle
open Xunit

let private learn (layer: Layer) (x: Tensor) =
    let p, s = layer.Init (Key.ofSeed 1L) (shapeOf (List.tail (List.ofSeq x.Shape)))
    fst (layer.Apply (Mode.Training(Key.ofSeed 7L)) p s x)

let private predict (layer: Layer) (x: Tensor) =
    let p, s = layer.Init (Key.ofSeed 1L) (shapeOf (List.tail (List.ofSeq x.Shape)))
    fst (layer.Apply Mode.Evaluation p s x)

/// The share of zeros within five standard errors.
let private share (rate: float) (n: int) (zeros: int) =
    let error = 5.0 * sqrt (rate * (1.0 - rate) / float n)
    Assert.InRange(float zeros / float n, rate - error, rate + error)

let private zerosIn (t: Tensor) = t.ToDoubles() |> Array.filter ((=) 0.0) |> Array.length

[<Fact>]
let ``dropout of channels takes whole channels, of paths whole examples`` () =
    let whole (layer: Layer) (shape: int list) (axes: int) (rate: float) =
        let y = learn layer (Tensor.ones shape)
        let groups = List.fold (*) 1 (List.take axes shape)
        let each = y.Size / groups
        let values = y.ToDoubles() |> Array.chunkBySize each

        for g in values do
            Assert.Single(Array.distinct g) |> ignore
            Assert.True(g[0] = 0.0 || abs (g[0] - 1.0 / (1.0 - rate)) < 1e-6)

        share rate groups (values |> Array.filter (fun g -> g[0] = 0.0) |> Array.length)

    whole (Layers.dropout1d 0.3) [ 40; 50; 3 ] 2 0.3
    whole (Layers.dropout2d 0.3) [ 40; 50; 2; 2 ] 2 0.3
    whole (Layers.dropout3d 0.3) [ 40; 50; 2; 1; 2 ] 2 0.3
    whole (Layers.dropPath 0.2) [ 2000; 2; 2 ] 1 0.2

[<Fact>]
let ``alpha dropout keeps mean 0 and variance 1`` () =
    for layer, shape, n in [ Layers.alphaDropout 0.3, [ 300; 400 ], 120000; Layers.featureAlphaDropout 0.3, [ 300; 400; 2 ], 120000 ] do
        let y = (learn layer (numbers 4 shape)).ToDoubles()
        let mean = Array.average y
        let variance = y |> Array.averageBy (fun v -> (v - mean) * (v - mean))
        Assert.InRange(mean, -5.0 / sqrt (float n), 5.0 / sqrt (float n))
        Assert.InRange(variance, 0.97, 1.03)
        // Dropped ones are all the same value, selu's at -∞ scaled and shifted.
        let dropped = -1.7580993408473766
        let a = 1.0 / sqrt ((0.3 * dropped * dropped + 1.0) * 0.7)
        let value = dropped * a - a * dropped * 0.3
        share 0.3 n (y |> Array.filter (fun v -> abs (v - value) < 1e-6) |> Array.length |> fun c -> c / (y.Length / n))

[<Fact>]
let ``Gaussian dropout and noise have their moments`` () =
    let spread (layer: Layer) =
        let y = (learn layer (Tensor.ones [ 300; 400 ])).ToDoubles()
        let mean = Array.average y
        mean, y |> Array.averageBy (fun v -> (v - mean) * (v - mean))

    for layer in [ Layers.gaussianDropout 0.2; Layers.gaussianNoise 0.5 ] do
        let mean, variance = spread layer
        Assert.InRange(mean, 1.0 - 0.0073, 1.0 + 0.0073)
        Assert.InRange(variance, 0.245, 0.255)

[<Fact>]
let ``rrelu draws slopes between its bounds`` () =
    let y = (learn (Layers.rrelu 0.1 0.3) (Tensor.full [ 100; 200 ] -1.0)).ToDoubles()
    Assert.InRange(Array.min y, -0.3, -0.299)
    Assert.InRange(Array.max y, -0.101, -0.0999)
    Assert.InRange(Array.average y, -0.203, -0.197)

[<Fact>]
let ``a rate of 0 changes nothing, also while learning`` () =
    let x = numbers 3 [ 4; 3; 5 ]

    for layer in
        [
            Layers.dropout1d 0.0
            Layers.alphaDropout 0.0
            Layers.featureAlphaDropout 0.0
            Layers.dropPath 0.0
            Layers.gaussianDropout 0.0
            Layers.gaussianNoise 0.0
        ] do
        close 0.0 x (learn layer x)

[<Fact>]
let ``power pooling is the norm of each window, also for odd powers`` () =
    let x = numbers 5 [ 2; 1; 2; 4 ]
    let at = reader x

    let expected =
        build [ 2; 1; 1; 2 ] (fun p ->
            List.sum
                [
                    for i in 0..1 do
                        for j in 0..1 -> Math.Pow(abs (at [ p[0]; 0; i; 2 * p[3] + j ]), 3.0)
                ]
            |> fun s -> Math.Pow(s, 1.0 / 3.0))

    close 1e-12 expected (predict (Layers.lpPool2d 3.0 2) x)

[<Fact>]
let ``zeroPad2d surrounds with zeros`` () =
    let y = predict (Layers.zeroPad2d 1) (Tensor.ones [ 1; 1; 2; 2 ])
    Assert.Equal<int[]>([| 1; 1; 4; 4 |], sizes y)
    Assert.Equal(12, zerosIn y)
    Assert.Equal(4.0, (sum y).ToDouble())

[<Fact>]
let ``pixel shuffle and unshuffle are each other's reverse`` () =
    let x = numbers 6 [ 2; 8; 3; 2 ]
    close 0.0 x (predict (Layers.pixelShuffle 2 --> Layers.pixelUnshuffle 2) x)

[<Fact>]
let ``a layer under weight norm begins as the layer itself`` () =
    let x = cast DType.Float32 (numbers 8 [ 3; 4 ])
    let inner = Layers.dense 5 --> Layers.tanh --> Layers.dense 2
    close 1e-6 (predict inner x) (predict (Layers.weightNorm inner) x)
    let p, _ = (Layers.weightNormOf "2/*ght" inner).Init (Key.ofSeed 0L) (shapeOf [ 4 ])
    Assert.Equal<string list>([ "0/weight"; "0/bias"; "2/weight/direction"; "2/weight/length"; "2/bias" ], [ for e in p.Entries -> e.Key ])

[<Fact>]
let ``spectral norm makes the largest singular value 1`` () =
    let layer = Layers.spectralNormOf 100 "weight" (Layers.denseOf { DenseOptions.Of 4 with Bias = false })
    let p, s = layer.Init (Key.ofSeed 3L) (shapeOf [ 6 ])
    // The layer of the identity is its weight.
    let w, s = layer.Apply (Mode.Training(Key.ofSeed 1L)) p s (Tensor.eye 6)
    Assert.Equal(1.0, (spectralNorm w).ToDouble(), 5)
    let again, _ = layer.Apply Mode.Evaluation p s (Tensor.eye 6)
    close 1e-6 w again

[<Fact>]
let ``patterns that have inner nodes, too, find the weights below them`` () =
    let x = cast DType.Float32 (numbers 9 [ 3; 4 ])
    let dense units = Layers.denseOf { DenseOptions.Of units with Bias = false }
    let inner = dense 5 --> Layers.tanh --> dense 2

    let same (one: Layer) (other: Layer) =
        let run (layer: Layer) =
            let p, s = layer.Init (Key.ofSeed 1L) (shapeOf [ 4 ])
            let y, after = layer.Apply (Mode.Training(Key.ofSeed 2L)) p s x
            [ for e in p.Entries -> e.Key ], y, after

        let names, y, after = run one
        let otherNames, otherY, otherAfter = run other
        Assert.Equal<string list>(names, otherNames)
        close 0.0 y otherY
        Array.iter2 (close 0.0) (Tree.leaves after) (Tree.leaves otherAfter)

    for pattern in [ "**"; "*/**"; "**/*" ] do
        same (Layers.weightNormOf "**/weight" inner) (Layers.weightNormOf pattern inner)
        same (Layers.spectralNormOf 2 "**/weight" inner) (Layers.spectralNormOf 2 pattern inner)

        refuses "DF0902" "the weight 0/bias" (fun () ->
            (Layers.weightNormOf pattern (Layers.dense 5 --> inner)).Init (Key.ofSeed 1L) (shapeOf [ 4 ]))

    // A layer that is one weight has the empty path.
    let one =
        Layer("one", id, (fun key _ -> Params.Leaf(Random.normal [ 4; 4 ] key), Params.Empty), (fun _ p s x -> matmul x p.Value, s), [])

    close 1e-6 (predict one x) (predict (Layers.weightNormOf "**" one) x)
    let p, s = (Layers.spectralNormOf 100 "**" one).Init (Key.ofSeed 1L) (shapeOf [ 4 ])
    let w, _ = (Layers.spectralNormOf 100 "**" one).Apply (Mode.Training(Key.ofSeed 2L)) p s (Tensor.eye 4)
    Assert.Equal(1.0, (spectralNorm w).ToDouble(), 5)

[<Fact>]
let ``batches of too few axes are refused, not taken for others`` () =
    let refused (text: string) (layer: Layer) sizes =
        refuses "DF0125" text (fun () -> layer.Apply Mode.Evaluation Params.Empty Params.Empty (Tensor.zeros sizes))

    refused "Upsample(2x2, nearest) takes" (Layers.upsample Interpolation.Nearest [ 2; 2 ]) [ 3; 4 ]
    refused "Upsample(2x2, cubic) takes" (Layers.upsample Interpolation.Cubic [ 2; 2 ]) [ 4 ]
    refused "Resize(5, linear) takes" (Layers.resize Interpolation.Linear [ 5 ]) [ 3 ]
    refused "ZeroPad(1, 1) takes" (Layers.zeroPad2d 1) [ 4; 4 ]
    refused "ReflectPad(1, 1) takes" (Layers.pad Border.Reflect [ 1, 1; 1, 1 ]) [ 4 ]
    refused "Crop(1, 1) takes" (Layers.crop [ 1, 1; 1, 1 ]) [ 4; 4 ]
    refused "Crop(1, 1) takes" (Layers.crop [ 1, 1; 1, 1 ]) [ 4 ]
    refused "AdaptiveMaxPool2D(2x2) takes" (Layers.adaptiveMaxPool [ 2; 2 ]) [ 3; 4; 4 ]
    refused "LpPool2D(2, 2) takes" (Layers.lpPool2d 2.0 2) [ 3; 4; 4 ]
    refused "GlobalAveragePool takes" Layers.globalAveragePool [ 3; 4 ]

[<Fact>]
let ``shapes that do not fit are refused before anything runs`` () =
    let shape (layer: Layer) sizes = fun () -> layer.OutputShape(shapeOf sizes)
    refuses "DF0901" "Bilinear(3, 2) takes" (shape (Layers.bilinear 3 2) [ 3 ])
    refuses "DF0901" "DepthwiseConv2D(3x3) takes" (shape (Layers.depthwiseConv2d 3) [ 4; 4 ])
    refuses "DF0901" "as large as the window" (shape (Layers.depthwiseConv2d 3) [ 2; 2; 4 ])
    refuses "DF0901" "layer depthwise: " (shape (Layers.separableConv2d 1 3) [ 1; 2; 2 ])
    refuses "DF0901" "ConvTranspose1D(2, 3, stride 2) takes" (shape (Layers.convTranspose1d 2 3 2) [ 4 ])
    refuses "DF0901" "AdaptiveMaxPool2D(2x2) takes" (shape (Layers.adaptiveMaxPool [ 2; 2 ]) [ 3; 4 ])
    refuses "DF0901" "LpPool1D(2, 3) takes" (shape (Layers.lpPool1d 2.0 3) [ 1; 2 ])
    refuses "DF0901" "ReflectPad(3) takes" (shape (Layers.pad Border.Reflect [ 3, 3 ]) [ 3 ])
    refuses "DF0901" "Crop(2) takes" (shape (Layers.crop [ 2, 2 ]) [ 3 ])
    refuses "DF0901" "Upsample(2x2, nearest) takes" (shape (Layers.upsample Interpolation.Nearest [ 2; 2 ]) [ 3 ])
    refuses "DF0901" "PixelShuffle(2) takes" (shape (Layers.pixelShuffle 2) [ 3; 2; 2 ])
    refuses "DF0901" "PixelUnshuffle(2) takes" (shape (Layers.pixelUnshuffle 2) [ 3; 3; 2 ])
    refuses "DF0901" "ChannelShuffle(2) takes" (shape (Layers.channelShuffle 2) [ 3 ])
    refuses "DF0901" "Permute(1, 0) takes" (shape (Layers.permute [ 1; 0 ]) [ 3 ])
    refuses "DF0901" "GroupNorm(2) takes" (shape (Layers.groupNorm 2) [ 3; 4 ])
    refuses "DF0901" "InstanceNorm takes" (shape Layers.instanceNorm [ 3; 1 ])
    refuses "DF0901" "RmsNorm(2 axes) takes" (shape (Layers.rmsNormOf { RmsNormOptions.Default with Axes = 2 }) [ 3 ])
    refuses "DF0901" "Dropout2D(0.5) takes" (shape (Layers.dropout2d 0.5) [ 3; 4 ])
    refuses "DF0901" "Glu takes" (shape Layers.glu [ 3 ])
    refuses "DF0901" "orthogonal takes" (fun () -> Initializers.orthogonal(1.0).Draw(Key.ofSeed 0L, { In = 1; Out = 1 }, shapeOf [ 3 ]))

[<Fact>]
let ``options that make no sense are refused`` () =
    let refused text (f: unit -> 'a) = refuses "DF0902" text f
    refused "units of a bilinear layer" (fun () -> Layers.bilinear 3 0)
    refused "the multiplier" (fun () -> Layers.depthwiseConvolutionOf { DepthwiseOptions.Of(2, [| 3 |]) with Multiplier = 0 })
    refused "the number of spatial axes" (fun () -> Layers.depthwiseConvolutionOf (DepthwiseOptions.Of(4, [| 3 |])))
    let transposed = TransposedConvolutionOptions.Of(1, 2, [| 3 |])
    refused "below the stride (1)" (fun () -> Layers.transposedConvolutionOf { transposed with OutputPadding = [| 1 |] })
    refused "a multiple of groups" (fun () -> Layers.transposedConvolutionOf { transposed with Groups = 3 })

    refused "with padding Same" (fun () ->
        Layers.transposedConvolutionOf { transposed with Strides = [| 2 |]; OutputPadding = [| 1 |]; Padding = WindowPadding.Same })

    refused "the number of sizes" (fun () -> Layers.adaptiveMaxPool [])
    refused "the power" (fun () -> Layers.lpPool1d 0.0 2)
    refused "the padding of LpPool2D" (fun () -> Layers.lpPoolOf 2.0 { PoolingOptions.Of(2, [| 2 |]) with Padding = WindowPadding.Same })
    refused "the widths" (fun () -> Layers.pad Border.Circular [ -1, 0 ])
    refused "the numbers of Upsample" (fun () -> Layers.upsample Interpolation.Cubic [ 0 ])
    refused "the axes of Permute" (fun () -> Layers.permute [ 0; 2 ])
    refused "the factor" (fun () -> Layers.pixelShuffle 0)
    refused "epsilon of GroupNorm" (fun () -> Layers.groupNormOf { GroupNormOptions.Of 2 with Epsilon = 0.0 })
    refused "iterations" (fun () -> Layers.spectralNormOf 0 "weight" (Layers.dense 2))
    refused "k and α" (fun () -> Layers.localResponseNormOf { LocalResponseNormOptions.Of 2 with K = 0.0 })
    refused "the rate of DropPath" (fun () -> Layers.dropPath 1.0)
    refused "the rate of Dropout2D" (fun () -> Layers.dropout2d -0.1)
    refused "the deviation" (fun () -> Layers.gaussianNoise -1.0)
    refused "the slopes" (fun () -> Layers.rrelu 0.3 0.1)
    refused "the axis of Glu" (fun () -> Layers.gluOver 0)
    refused "the scale" (fun () -> Initializers.varianceScaling 0.0 FanMode.In DrawnFrom.Normal)
    refused "the weight bias" (fun () -> (Layers.weightNormOf "bias" (Layers.dense 2)).Init (Key.ofSeed 0L) (shapeOf [ 3 ]))

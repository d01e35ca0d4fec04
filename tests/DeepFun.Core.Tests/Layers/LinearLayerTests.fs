/// Dense, convolution, pooling and shape layers against their definitions.
module DeepFun.Core.Tests.Layers.LinearLayerTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Layers.Oracle
open Xunit
open FsCheck
open FsCheck.FSharp

let private weightAndBias (w: Tensor) (b: Tensor) = Params.Of(struct ("weight", w), struct ("bias", b))
let private apply (layer: Layer) p x = fst (layer.Apply Mode.Evaluation p Params.Empty x)

[<Theory>]
[<InlineData(1)>]
[<InlineData(4)>]
let ``dense is a sum of products over the last axis`` (rows: int) =
    let x, w, b = numbers 1 [ 3; rows; 5 ], numbers 2 [ 5; 2 ], numbers 3 [ 2 ]
    let xAt, wAt, bAt = reader x, reader w, reader b

    let expected =
        build [ 3; rows; 2 ] (function
            | [ n; r; o ] -> Math.Tanh(List.sum [ for i in 0..4 -> xAt [ n; r; i ] * wAt [ i; o ] ] + bAt [ o ])
            | _ -> nan)

    close 1e-12 expected (apply (Layers.denseWith Activation.Tanh 2) (weightAndBias w b) x)

[<Fact>]
let ``parameters have their names, shapes and count`` () =
    let paths (layer: Layer) sizes =
        [ for e in (fst (layer.Init (Key.ofSeed 0L) (shapeOf sizes))).Entries -> e.Key, List.ofSeq e.Value.Shape ]

    Assert.Equal<(string * int list) list>([ "weight", [ 4; 3 ]; "bias", [ 3 ] ], paths (Layers.dense 3) [ 4 ])
    Assert.Equal<(string * int list) list>([ "weight", [ 6; 2; 5; 5 ]; "bias", [ 6 ] ], paths (Layers.conv2d 6 5) [ 2; 9; 9 ])

    let grouped = Layers.convolutionOf { ConvolutionLayerOptions.Of(1, 6, [| 3 |]) with Groups = 2; Bias = false }
    Assert.Equal<(string * int list) list>([ "weight", [ 6; 2; 3 ] ], paths grouped [ 4; 9 ])

/// A random convolution of one to three axes.
type Geometry =
    {
        Axes: int
        Kernel: int list
        Strides: int list
        Dilations: int list
        Padding: int list
        Same: bool
        Groups: int
        Input: int list
    }

type Geometries =
    static member Geometry() : Arbitrary<Geometry> =
        gen {
            let! axes = Gen.choose (1, 3)
            let list low high = Gen.listOfLength axes (Gen.choose (low, high))
            let! kernel = list 1 3
            let! strides = list 1 3
            let! dilations = list 1 2
            let! padding = list 0 2
            let! same = Gen.elements [ true; false ]
            let! groups = Gen.choose (1, 3)
            let! more = list 0 3
            // At least as large as the kernel without padding.
            let input = List.map3 (fun k d m -> d * (k - 1) + 1 + m) kernel dilations more

            return
                {
                    Axes = axes
                    Kernel = kernel
                    Strides = strides
                    Dilations = dilations
                    Padding = padding
                    Same = same
                    Groups = groups
                    Input = input
                }
        }
        |> Arb.fromGen

/// Padding before, and output sizes, by the documented formulas.
let private expectedGeometry (g: Geometry) (window: int list) (dilations: int list) =
    let axis a =
        let reach = dilations[a] * (window[a] - 1) + 1
        let n, s = g.Input[a], g.Strides[a]

        if g.Same then
            let outputs = int (Math.Ceiling(float n / float s))
            (max 0 ((outputs - 1) * s + reach - n)) / 2, outputs
        else
            g.Padding[a], (n + 2 * g.Padding[a] - reach) / s + 1

    List.init g.Axes axis |> List.unzip

let private paddingOf (g: Geometry) = if g.Same then WindowPadding.Same else WindowPadding.Explicit(Array.ofList g.Padding)

[<FsCheck.Xunit.Property(Arbitrary = [| typeof<Geometries> |], MaxTest = 150)>]
let ``convolution agrees with its definition`` (g: Geometry) =
    let channels, filters = 2 * g.Groups, 2 * g.Groups
    let x = numbers 5 (2 :: channels :: g.Input)
    let w, b = numbers 6 (filters :: 2 :: g.Kernel), numbers 7 [ filters ]

    let layer =
        Layers.convolutionOf
            { ConvolutionLayerOptions.Of(g.Axes, filters, Array.ofList g.Kernel) with
                Strides = Array.ofList g.Strides
                Dilations = Array.ofList g.Dilations
                Padding = paddingOf g
                Groups = g.Groups
            }

    let low, outputs = expectedGeometry g g.Kernel g.Dilations
    let bias = reshape (1 :: filters :: List.replicate g.Axes 1) b
    let expected = convolve g.Strides low outputs g.Dilations g.Groups x w + bias
    Assert.Equal<int list>(filters :: outputs, List.ofSeq (layer.OutputShape(shapeOf (channels :: g.Input))))
    close 1e-10 expected (apply layer (weightAndBias w b) x)

[<FsCheck.Xunit.Property(Arbitrary = [| typeof<Geometries> |], MaxTest = 150)>]
let ``pooling agrees with its definition`` (g: Geometry) =
    // Padding of pooling is at most half the window.
    let g = { g with Padding = List.map2 (fun p w -> min p (w / 2)) g.Padding g.Kernel }
    let g = { g with Input = List.map2 max g.Input g.Kernel }
    let x = numbers 8 (2 :: 3 :: g.Input)

    let options =
        { PoolingOptions.Of(g.Axes, Array.ofList g.Kernel) with
            Strides = Array.ofList g.Strides
            Padding = paddingOf g
            Dilations = Array.ofList g.Dilations
        }

    let low, outputs = expectedGeometry g g.Kernel g.Dilations
    let volume = float (List.fold (*) 1 g.Kernel)
    let pool reduce = pool reduce g.Kernel g.Strides low outputs g.Dilations x
    close 1e-12 (pool List.max) (apply (Layers.maxPoolOf options) Params.Empty x)
    close 1e-12 (pool (fun v -> List.sum v / volume)) (apply (Layers.averagePoolOf options) Params.Empty x)
    close 1e-12 (pool List.average) (apply (Layers.averagePoolOf { options with CountPadding = false }) Params.Empty x)

[<Fact>]
let ``windows that are rounded up see what the others leave`` () =
    let row (values: float list) = build [ 1; 1; values.Length ] (fun p -> values[List.last p])
    let x = row [ 1.0; 5.0; 2.0; 3.0; 8.0; 4.0 ]
    let over size o = { PoolingOptions.Of(1, [| size |]) with Ceiling = true; Strides = [| 4 |] } |> o

    let check expected (layer: Layer) =
        Assert.Equal<int list>([ 1; List.length expected ], List.ofSeq (layer.OutputShape(shapeOf [ 1; 6 ])))
        close 1e-12 (row expected) (apply layer Params.Empty x)

    // The second window has 8 and 4 of its three places.
    check [ 5.0; 8.0 ] (Layers.maxPoolOf (over 3 id))
    check [ 8.0 / 3.0; 6.0 ] (Layers.averagePoolOf (over 3 id))
    // Every second place: 1 and 2, then 8 alone.
    check [ 1.5; 8.0 ] (Layers.averagePoolOf (over 2 (fun o -> { o with Dilations = [| 2 |] })))
    // One window more would start behind the input.
    check [ 5.0; 8.0 ] (Layers.maxPoolOf (over 2 (fun o -> { o with Strides = [| 3 |] })))
    // Padding counts, what is beyond it does not: 0 1 5 2, then 3 8 4 0 / 4; and with another stride 4 0 / 2.
    let padded = over 4 (fun o -> { o with Padding = WindowPadding.Explicit [| 1 |] })
    check [ 2.0; 15.0 / 4.0 ] (Layers.averagePoolOf padded)
    check [ 2.0; 17.0 / 4.0; 2.0 ] (Layers.averagePoolOf { padded with Strides = [| 3 |] })
    // Same rounds up by itself.
    let same = over 3 (fun o -> { o with Padding = WindowPadding.Same })

    for pool in [ Layers.maxPoolOf; Layers.averagePoolOf ] do
        close 0.0 (apply (pool { same with Ceiling = false }) Params.Empty x) (apply (pool same) Params.Empty x)

    Assert.Equal("MaxPool1D(3, stride 4, ceiling)", (Layers.maxPoolOf (over 3 id)).Name)
    refuses "DF0902" "the ceiling of LpPool1D" (fun () -> Layers.lpPoolOf 2.0 (over 3 id))
    let indices = fst ((Network.maxPoolWithIndicesOf (over 3 id)).Apply Mode.Evaluation Params.Empty Params.Empty x)
    close 0.0 (row [ 1.0; 4.0 ]) (cast DType.Float64 indices.Indices)

[<Fact>]
let ``means of float16 hold where sums do not`` () =
    let x = cast DType.Float16 (Tensor.ofArray [ 1; 1; 4 ] [| 40960.0; 57344.0; 49152.0; 49152.0 |])
    let options = PoolingOptions.Of(1, [| 2 |])

    for o in [ options; { options with CountPadding = false }; { options with Ceiling = true } ] do
        let y = apply (Layers.averagePoolOf o) Params.Empty x
        Assert.Equal(DType.Float16, y.DType)
        Assert.Equal<float[]>([| 49152.0; 49152.0 |], y.ToDoubles())

[<Fact>]
let ``a window that sees nothing but padding is refused`` () =
    // The places of the one window are -1 and 1, beside the input's 0.
    let beside = { PoolingOptions.Of(1, [| 2 |]) with Dilations = [| 2 |]; Padding = WindowPadding.Explicit [| 1 |] }
    refuses "DF0901" "every window" (fun () -> (Layers.maxPoolOf beside).OutputShape(shapeOf [ 1; 1 ]))

    refuses "DF0901" "every window" (fun () ->
        (Layers.averagePoolOf { beside with Padding = WindowPadding.Same }).OutputShape(shapeOf [ 1; 1 ]))

    Assert.Equal<int list>([ 1; 1 ], List.ofSeq ((Layers.maxPoolOf beside).OutputShape(shapeOf [ 1; 2 ])))
    refuses "DF0902" "dilations" (fun () -> Layers.maxPoolOf { beside with Dilations = [| 0 |] })
    refuses "DF0902" "dilations" (fun () -> Layers.lpPoolOf 2.0 { beside with Padding = WindowPadding.Valid })

[<Fact>]
let ``same padding keeps the size, or divides it by the stride`` () =
    let same strides = { ConvolutionLayerOptions.Of(2, 4, [| 3 |]) with Padding = WindowPadding.Same; Strides = strides }
    let out strides = List.ofSeq ((Layers.convolutionOf (same strides)).OutputShape(shapeOf [ 1; 28; 27 ]))
    Assert.Equal<int list>([ 4; 28; 27 ], out [| 1 |])
    Assert.Equal<int list>([ 4; 14; 14 ], out [| 2 |])

[<Fact>]
let ``global pooling reduces all but channels`` () =
    let x = numbers 9 [ 2; 3; 4; 5 ]
    let at = reader x

    let all n c =
        [
            for h in 0..3 do
                for w in 0..4 -> at [ n; c; h; w ]
        ]

    let expected f = build [ 2; 3 ] (fun p -> f (all p[0] p[1]))
    close 1e-12 (expected List.average) (apply Layers.globalAveragePool Params.Empty x)
    close 0.0 (expected List.max) (apply Layers.globalMaxPool Params.Empty x)

[<Fact>]
let ``flatten and reshape keep the order`` () =
    let x = numbers 10 [ 2; 3; 4 ]
    let flat = apply Layers.flatten Params.Empty x
    Assert.Equal<int[]>([| 2; 12 |], sizes flat)
    Assert.Equal<float[]>(x.ToDoubles(), flat.ToDoubles())
    let back = apply (Layers.reshape [ -1; 4 ]) Params.Empty flat
    close 0.0 x back
    Assert.Equal<int list>([ 3; 4 ], List.ofSeq ((Layers.reshape [ -1; 4 ]).OutputShape(shapeOf [ 12 ])))

[<Fact>]
let ``integers as input are taken as numbers`` () =
    let bytes = Tensor.ofArray [ 1; 1; 2; 2 ] [| 1uy; 2uy; 3uy; 250uy |]
    let w, b = Tensor.ofArray [ 1; 1; 2; 2 ] [| 1f; 1f; 1f; 1f |], Tensor.ofArray [ 1 ] [| 0.5f |]
    close 0.0 (Tensor.ofArray [ 1; 1; 1; 1 ] [| 256.5f |]) (apply (Layers.conv2d 1 2) (weightAndBias w b) bytes)
    close 0.0 (Tensor.ofArray [ 1; 1; 1; 1 ] [| 64f |]) (apply (Layers.averagePool2d 2) Params.Empty bytes)
    let dense = Tensor.ofArray [ 1; 2 ] [| 3; 4 |]
    close 0.0 (Tensor.ofArray [ 1; 1 ] [| 7.5f |]) (apply (Layers.dense 1) (weightAndBias (Tensor.ones [ 2; 1 ]) b) dense)

[<Fact>]
let ``inputs that do not fit are refused before anything runs`` () =
    let shape (layer: Layer) sizes () = layer.OutputShape(shapeOf sizes)
    let grouped = Layers.convolutionOf { ConvolutionLayerOptions.Of(1, 4, [| 1 |]) with Groups = 2 }
    refuses "DF0901" "Dense(3) takes" (shape (Layers.dense 3) [])
    refuses "DF0901" "Conv2D(3, 5x5) takes examples [channels, sizes] with 2 spatial axes" (shape (Layers.conv2d 3 5) [ 28; 28 ])
    refuses "DF0901" "at least as large as the window" (shape (Layers.conv2d 3 5) [ 1; 4; 9 ])
    refuses "DF0901" "2 groups" (shape grouped [ 3; 5 ])
    refuses "DF0901" "MaxPool2D(2) takes" (shape (Layers.maxPool2d 2) [ 4; 4 ])
    refuses "DF0901" "at least as large as the window" (shape (Layers.maxPool2d 3) [ 1; 2; 4 ])
    refuses "DF0901" "GlobalAveragePool" (shape Layers.globalAveragePool [ 4 ])
    refuses "DF0901" "Reshape(5, -1) takes" (shape (Layers.reshape [ 5; -1 ]) [ 4; 4 ])

[<Fact>]
let ``errors name the layer's path, also when it runs or starts`` () =
    let inner = Layer.named [ "head", Layers.conv2d 8 5; "pool", Layers.maxPool2d 9 ]
    let model = Layer.named [ "body", inner; "out", Layers.dense 10 ]
    refuses "DF0901" "layer body/pool: MaxPool2D(9)" (fun () -> model.OutputShape(shapeOf [ 1; 8; 8 ]))
    refuses "DF0901" "layer body/pool: MaxPool2D(9)" (fun () -> model.Init (Key.ofSeed 0L) (shapeOf [ 1; 8; 8 ]))
    let dense = Layer.sequential [ Layers.relu; Layers.dense 2 ]
    let p, s = dense.Init (Key.ofSeed 0L) (shapeOf [ 4 ])
    refuses "DF0119" "layer 1: matmul" (fun () -> dense.Apply Mode.Evaluation p s (Tensor.zeros [ 2; 5 ]))
    let convolution = Layer.sequential [ Layers.conv2d 2 1 ]
    let p, s = convolution.Init (Key.ofSeed 0L) (shapeOf [ 3; 4; 4 ])
    refuses "DF0121" "layer 0: convolution" (fun () -> convolution.Apply Mode.Evaluation p s (Tensor.zeros [ 2; 2; 4; 4 ]))
    refuses "DF0125" "layer 0: Conv2D(2, 1x1)" (fun () -> convolution.Apply Mode.Evaluation p s (Tensor.zeros [ 3; 4; 4 ]))

[<Fact>]
let ``options out of range are refused when the layer is made`` () =
    let convolution = ConvolutionLayerOptions.Of(2, 4, [| 3 |])
    let refused text (f: unit -> Layer) = refuses "DF0902" text f
    refused "units" (fun () -> Layers.dense 0)
    refused "filters of Conv2D" (fun () -> Layers.conv2d 0 3)
    refused "window's sizes of Conv2D" (fun () -> Layers.conv2d 3 0)
    refused "strides of Conv2D" (fun () -> Layers.convolutionOf { convolution with Strides = [| 0 |] })
    refused "dilations of Conv2D" (fun () -> Layers.convolutionOf { convolution with Dilations = [| 0 |] })
    refused "padding of Conv2D" (fun () -> Layers.convolutionOf { convolution with Padding = WindowPadding.Explicit [| -1 |] })
    refused "1 number or 2" (fun () -> Layers.convolutionOf { convolution with Strides = [| 1; 1; 1 |] })
    refused "a multiple of groups" (fun () -> Layers.convolutionOf { convolution with Groups = 3 })
    refused "1, 2 or 3" (fun () -> Layers.convolutionOf { convolution with Axes = 4 })
    refused "half the window" (fun () -> Layers.maxPoolOf { PoolingOptions.Of(1, [| 2 |]) with Padding = WindowPadding.Explicit [| 2 |] })
    refused "at most one of them -1" (fun () -> Layers.reshape [ -1; -1 ])

/// Bounds and moments of first values, over enough numbers that a wrong formula shows.
module DeepFun.Core.Tests.Layers.InitializerTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Layers.Oracle
open Xunit

let private fans = { In = 300; Out = 100 }
let private draw (i: Initializer) = i.Draw(Key.ofSeed 42L, fans, shapeOf [ 300; 400 ]).ToDoubles()

/// Mean 0 and this variance, within five standard errors of 120,000 numbers (a uniform's are smaller than a normal's).
let private moments (variance: float) (values: float[]) =
    let n = float values.Length
    let mean = Array.average values
    Assert.InRange(mean, -5.0 * sqrt (variance / n), 5.0 * sqrt (variance / n))
    let came = values |> Array.averageBy (fun v -> (v - mean) * (v - mean))
    Assert.InRange(came, variance * (1.0 - 5.0 * sqrt (2.0 / n)), variance * (1.0 + 5.0 * sqrt (2.0 / n)))

let private uniform (bound: float) (i: Initializer) =
    let values = draw i
    moments (bound * bound / 3.0) values
    // The edges are nearly reached and not passed.
    Assert.InRange(values |> Array.map abs |> Array.max, bound * 0.999, bound * 1.000001)

let private normal (variance: float) (i: Initializer) =
    let values = draw i
    moments variance values
    // Shape: a normal has 4.55 % outside two deviations.
    let outside = values |> Array.filter (fun v -> abs v > 2.0 * sqrt variance) |> Array.length
    Assert.InRange(float outside / float values.Length, 0.0425, 0.0485)

[<Fact>]
let ``uniform initializers have their bounds and variances`` () =
    uniform (sqrt (6.0 / 400.0)) Initializers.glorotUniform
    uniform (sqrt (6.0 / 300.0)) Initializers.heUniform
    uniform (1.0 / sqrt 300.0) Initializers.pytorch

[<Fact>]
let ``normal initializers have their variances`` () =
    normal (2.0 / 400.0) Initializers.glorotNormal
    normal (2.0 / 300.0) Initializers.heNormal
    normal (1.0 / 300.0) Initializers.lecunNormal

[<Fact>]
let ``mean and spread can be given`` () =
    draw (Initializers.normal 3.0 0.5) |> Array.map (fun v -> v - 3.0) |> moments 0.25
    let values = draw (Initializers.uniform 1.0 3.0)
    values |> Array.map (fun v -> v - 2.0) |> moments (4.0 / 12.0)
    Assert.InRange(Array.min values, 1.0, 1.001)
    Assert.InRange(Array.max values, 2.999, 3.000001)

[<Fact>]
let ``constants`` () =
    Assert.All(draw Initializers.zeros, (fun v -> Assert.Equal(0.0, v)))
    Assert.All(draw Initializers.ones, (fun v -> Assert.Equal(1.0, v)))
    Assert.All(draw (Initializers.constant 0.25), (fun v -> Assert.Equal(0.25, v)))

[<Fact>]
let ``fans of dense and convolution weights`` () =
    Assert.Equal({ In = 7; Out = 5 }, Fans.OfDense(shapeOf [ 7; 5 ]))
    // 8 filters over 6 channels in 2 groups, kernel 3 x 5
    Assert.Equal({ In = 3 * 15; Out = 8 * 15 }, Fans.OfConvolution(shapeOf [ 8; 3; 3; 5 ]))

[<Fact>]
let ``the first bias follows the weight's inputs`` () =
    let largest (p: Params) name = p[name].ToDoubles() |> Array.map abs |> Array.max
    let dense, _ = (Layers.dense 5000).Init (Key.ofSeed 1L) (shapeOf [ 16 ])
    Assert.InRange(largest dense "weight", 0.249, 0.2500001)
    Assert.InRange(largest dense "bias", 0.249, 0.2500001)
    // 4 channels · 2 · 2 taps = 16 inputs
    let convolution, _ = (Layers.conv2d 5000 2).Init (Key.ofSeed 1L) (shapeOf [ 4; 3; 3 ])
    Assert.InRange(largest convolution "weight", 0.249, 0.2500001)
    Assert.InRange(largest convolution "bias", 0.249, 0.2500001)

[<Fact>]
let ``equal keys give equal values, weight and bias differ`` () =
    let initial (seed: int64) =
        let p, _ = (Layers.dense 3).Init (Key.ofSeed seed) (shapeOf [ 3 ])
        p["weight"], p["bias"]

    let weight, bias = initial 4L
    let again, _ = initial 4L
    let other, _ = initial 5L
    close 0.0 weight again
    Assert.NotEqual<float[]>(weight.ToDoubles(), other.ToDoubles())
    let firstRow = item 0 0 weight
    Assert.NotEqual<float[]>(firstRow.ToDoubles(), bias.ToDoubles())

[<Fact>]
let ``options choose the initializers`` () =
    let options =
        { DenseOptions.Of 3 with
            WeightInitializer = Initializers.ones
            BiasInitializer = Initializers.constant 2.0
        }

    let p, _ = (Layers.denseOf options).Init (Key.ofSeed 0L) (shapeOf [ 2 ])
    Assert.Equal<float[]>(Array.replicate 6 1.0, p["weight"].ToDoubles())
    Assert.Equal<float[]>(Array.replicate 3 2.0, p["bias"].ToDoubles())

/// The draws of a scaled initializer: mean 0, and this variance within two percent.
let private scaled (variance: float) (i: Initializer) =
    let values = draw i
    let came = values |> Array.averageBy (fun v -> v * v)
    Assert.InRange(came, variance * 0.98, variance * 1.02)
    Assert.InRange(Array.average values, -5.0 * sqrt (variance / 120000.0), 5.0 * sqrt (variance / 120000.0))
    values

[<Fact>]
let ``variance scaling divides by the inputs, the outputs or their mean, in every distribution`` () =
    for mode, n in [ FanMode.In, 300.0; FanMode.Out, 100.0; FanMode.Average, 200.0 ] do
        for distribution in [ DrawnFrom.Normal; DrawnFrom.TruncatedNormal; DrawnFrom.Uniform ] do
            scaled (2.0 / n) (Initializers.varianceScaling 2.0 mode distribution) |> ignore

    uniform (sqrt (3.0 / 300.0)) Initializers.lecunUniform

[<Fact>]
let ``truncated normals end at two deviations`` () =
    let deviation = 0.87962566103423978
    let values = scaled (deviation * deviation * 0.25) (Initializers.truncatedNormal 0.0 0.5)
    Assert.InRange(values |> Array.map abs |> Array.max, 0.99, 1.0)
    let cut = scaled (1.0 / 300.0) (Initializers.varianceScaling 1.0 FanMode.In DrawnFrom.TruncatedNormal)
    Assert.InRange(cut |> Array.map abs |> Array.max, 1.98 / deviation / sqrt 300.0, 2.0 / deviation / sqrt 300.0 + 1e-7)

let private weight (i: Initializer) (shape: int list) = i.Draw(Key.ofSeed 9L, fans, shapeOf shape)

[<Fact>]
let ``orthogonal rows or columns have the length of the gain`` () =
    for shape, rows in [ [ 5; 3 ], false; [ 3; 5 ], true; [ 4; 4 ], true; [ 6; 2; 3; 3 ], true; [ 8; 1; 2 ], false ] do
        let w = reshape [ List.head shape; List.fold (*) 1 (List.tail shape) ] (weight (Initializers.orthogonal 2.0) shape)
        Assert.Equal(DType.Float32, w.DType)
        let product = if rows then matmul w (transpose w) else matmul (transpose w) w
        close 1e-5 (4.0 * Tensor.eye product.Shape[0]) product

[<Fact>]
let ``sparse weights have so many zeros for each input, in other places`` () =
    for sparsity, outputs, zeros in [ 0.1, 10, 1; 0.25, 10, 3; 0.9, 50, 45; 0.0, 7, 0; 1.0, 7, 7 ] do
        let w = weight (Initializers.sparse sparsity 2.0) [ 400; outputs ]
        let rows = w.ToDoubles() |> Array.chunkBySize outputs
        Assert.All(rows, (fun row -> Assert.Equal(zeros, row |> Array.filter ((=) 0.0) |> Array.length)))

        if zeros > 0 && zeros < outputs then
            // Each output has its share, within five deviations.
            let share = float zeros / float outputs
            let error = 5.0 * sqrt (400.0 * share * (1.0 - share))

            for o in 0 .. outputs - 1 do
                let came = rows |> Array.filter (fun row -> row[o] = 0.0) |> Array.length |> float
                Assert.InRange(came, 400.0 * share - error, 400.0 * share + error)

        let others = w.ToDoubles() |> Array.filter ((<>) 0.0)

        if others.Length > 1000 then
            Assert.InRange(others |> Array.averageBy (fun v -> v * v) |> sqrt, 1.85, 2.15)

    refuses "DF0902" "the sparsity" (fun () -> Initializers.sparse 1.1 0.01)
    refuses "DF0901" "sparse takes" (fun () -> weight (Initializers.sparse 0.1 0.01) [ 3 ])

[<Fact>]
let ``identity and dirac pass their input on`` () =
    close 0.0 (3.0 * Tensor.eye 4) (weight (Initializers.identity 3.0) [ 4; 4 ])
    let wide = weight (Initializers.identity 1.0) [ 2; 3 ]
    Assert.Equal<float[]>([| 1.0; 0.0; 0.0; 0.0; 1.0; 0.0 |], wide.ToDoubles())
    let x = cast DType.Float32 (numbers 3 [ 2; 4; 5; 5 ])

    for groups in [ 1; 2 ] do
        let layer =
            Layers.convolutionOf
                { ConvolutionLayerOptions.Of(2, 4, [| 3 |]) with
                    Padding = WindowPadding.Same
                    Groups = groups
                    Bias = false
                    WeightInitializer = Initializers.dirac groups
                }

        let p, s = layer.Init (Key.ofSeed 0L) (shapeOf [ 4; 5; 5 ])
        close 1e-6 x (fst (layer.Apply Mode.Evaluation p s x))

/// Statistics against numbers of NumPy 1.24 (numpy.cov, numpy.corrcoef, numpy.linalg.norm) and differences.
module DeepFun.Core.Tests.Primitives.StatisticsTests

open System
open DeepFun
open DeepFun.FSharp
open Xunit

let private x = Tensor.ofArray [ 3; 4 ] [| 1.0; 2.0; 4.0; 8.0; 3.0; 1.0; 0.0; 5.0; -1.0; 0.5; 2.0; 2.0 |]

let private frequencies = Tensor.ofArray [ 4 ] [| 1; 3; 1; 2 |]
let private weights = Tensor.ofArray [ 4 ] [| 0.5; 0.25; 1.0; 0.75 |]

let private near (shape: int list) (expected: float list) (actual: Tensor) =
    Assert.Equal<int>(shape, actual.Shape)

    for e, a in Seq.zip expected (actual.ToDoubles()) do
        Assert.Equal(e, a, 1e-12)

[<Fact>]
let ``covariance is NumPy's`` () =
    cov 1 x |> near [ 3; 3 ] [ 9.583333333333332; 3.75; 3.625; 3.75; 4.916666666666666; -0.125; 3.625; -0.125; 2.0625 ]

    cov 0 x |> near [ 3; 3 ] [ 7.1875; 2.8125; 2.71875; 2.8125; 3.6875; -0.09375; 2.71875; -0.09375; 1.546875 ]

    covWeighted 1 (Some frequencies) (Some weights) x
    |> near
        [ 3; 3 ]
        [
            9.48913043478261
            5.282608695652174
            2.885869565217391
            5.282608695652174
            5.673913043478262
            0.391304347826087
            2.885869565217391
            0.391304347826087
            1.418478260869565
        ]

    covWeighted 0 (Some frequencies) None x
    |> near
        [ 3; 3 ]
        [
            7.551020408163263
            3.897959183673469
            2.418367346938775
            3.897959183673469
            3.632653061224489
            0.520408163265306
            2.418367346938775
            0.520408163265306
            1.102040816326531
        ]

    cov 1 (item 0 0 x) |> near [] [ 9.583333333333332 ]
    Assert.Equal("DF0125", Assert.Throws<DeepFunException>(fun () -> cov 1 (expandDims 0 x) |> ignore).Code)

[<Fact>]
let ``correlation is NumPy's`` () =
    corrcoef x
    |> near
        [ 3; 3 ]
        [
            1.0
            0.546308034611348
            0.815366257817523
            0.546308034611348
            1.0
            -0.039253433598943
            0.815366257817523
            -0.039253433598943
            1.0
        ]

    corrcoef (item 0 0 x) |> near [] [ 1.0 ]

[<Fact>]
let ``standard scores are zero where nothing varies`` () =
    standardize (item 0 0 x) |> near [ 4 ] [ for v in [ 1.0; 2.0; 4.0; 8.0 ] -> (v - 3.75) / sqrt 9.583333333333332 ]

    standardize (Tensor.fullOf DType.Float64 [ 3 ] 7.0) |> near [ 3 ] [ 0.0; 0.0; 0.0 ]
    standardize (Tensor.scalar64 7.0) |> near [] [ 0.0 ]

    grad (fun (x: Tensor) -> sum (standardize x)) (Tensor.fullOf DType.Float64 [ 3 ] 7.0) |> near [ 3 ] [ 0.0; 0.0; 0.0 ]

[<Fact>]
let ``norms are NumPy's`` () =
    for p, expected in
        [
            0.0, [ 4.0; 3.0; 4.0 ]
            0.5, [ 52.45584412271572; 24.682204262552162; 20.571067811865476 ]
            1.0, [ 15.0; 9.0; 5.5 ]
            2.0, [ 9.219544457292887; 5.916079783099616; 3.04138126514911 ]
            3.0, [ 8.363446607369193; 5.348481241239362; 2.577568367737886 ]
            infinity, [ 8.0; 5.0; 2.0 ]
            -infinity, [ 1.0; 0.0; 0.5 ]
        ] do
        normOver p [ 1 ] x |> near [ 3 ] expected

[<Fact>]
let ``derivatives are the limits of differences`` () =
    let direction = Tensor.ofArray [ 3; 4 ] [| for i in 0..11 -> Math.Sin(float i) |]

    for f in [ cov 1; covWeighted 1 (Some frequencies) (Some weights); corrcoef; standardize; normOver 3.0 [ 0 ]; clamp 0.25 4.5 ] do
        let h = 1e-5
        let difference: Tensor = (f (x + direction * h) - f (x - direction * h)) / (2.0 * h)
        let _, tangent = jvp f x direction

        for e, a in Seq.zip (difference.ToDoubles()) (tangent.ToDoubles()) do
            Assert.Equal(e, a, 1e-7)

[<Fact>]
let ``clamp passes the whole derivative on at its bounds, and NaN`` () =
    let x = Tensor.vector [ -2.0; -1.0; 0.0; 1.0; 2.0; nan ]
    Assert.Equal<float>([| -1.0; -1.0; 0.0; 1.0; 1.0; nan |], (clamp -1.0 1.0 x).ToDoubles())
    Assert.Equal<float>([| 0.0; 1.0; 1.0; 1.0; 0.0; 1.0 |], (grad (fun x -> sum (clamp -1.0 1.0 x)) x).ToDoubles())

[<Fact>]
let ``integers are neither NaN nor infinite`` () =
    for dtype in [ DType.Int32; DType.Int64; DType.UInt8; DType.Bool ] do
        let x = cast dtype (Tensor.arange 3)
        Assert.Equal<bool>([| false; false; false |], (isNaN x).ToArray<bool>())
        Assert.Equal<bool>([| false; false; false |], (isInfinite x).ToArray<bool>())

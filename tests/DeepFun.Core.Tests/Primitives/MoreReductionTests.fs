/// Norms, quantiles by method, running extrema with places: definitions, published numbers, and derivatives where they are conventions.
module DeepFun.Core.Tests.Primitives.MoreReductionTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests
open DeepFun.Core.Tests.Numbers
open Xunit

let private inf = Double.PositiveInfinity

[<Fact>]
let ``norms have derivative 0 at 0`` () =
    let zeros = Tensor.fullOf DType.Float64 [ 2; 3 ] 0.0

    for p in [ 0.0; 0.5; 1.0; 2.0; 3.0; inf; -inf ] do
        let f (x: Tensor) = sum (normOver p [ 1 ] x)
        closeValues $"p = {p}" 0.0 (Array.zeroCreate 6) ((grad f zeros).ToDoubles())
        closeValues $"p = {p}, batched" 0.0 (Array.zeroCreate 6) ((vmap (grad (fun x -> normOver p [ 0 ] x)) zeros).ToDoubles())

    closeValues "norm" 0.0 (Array.zeroCreate 6) ((grad norm zeros).ToDoubles())
    closeValues "std" 0.0 [| 0.0; 0.0; 0.0 |] ((grad std (vector [ 2.0; 2.0; 2.0 ])).ToDoubles())
    closeValues "stdOver" 0.0 (Array.zeroCreate 6) ((grad (fun x -> sum (stdOver 0 [ 0 ] x)) zeros).ToDoubles())
    // One row of zeros beside another: that of Frobenius' norm, x / |x|, is not touched by it.
    closeValues
        "beside"
        1e-15
        [| 0.0; 0.0; 0.6; 0.8 |]
        ((grad (fun x -> sum (normOver 2.0 [ 1 ] x)) (f64 [ 2; 2 ] [ 0.0; 0.0; 3.0; 4.0 ])).ToDoubles())

    let x = uniform (seeded "norms") [ 3; 4 ]

    for p in [ 0.5; 1.0; 2.0; 3.0; inf; -inf; -2.0 ] do
        Checks.all $"norm {p}" (normOver p [ 1 ]) x

    Assert.Equal(DType.Float32, (normOver 2.0 [ 0 ] (Tensor.arange 3)).DType)
    number 0.0 nan (varianceOver 1 [ 0 ] (vector [ 3.0 ]))
    number 0.0 infinity (varianceOver 3 [ 0 ] (vector [ 3.0; 4.0 ]))

[<Fact>]
let ``norms of matrices are NumPy's`` () =
    // numpy.linalg.norm, the example of its page: b = arange(9) - 4 as 3 × 3.
    let b = cast DType.Float64 (Tensor.arange 9) - 4.0 |> reshape [ 3; 3 ]
    number 1e-15 7.0 (matrixNorm 1.0 b)
    number 1e-15 6.0 (matrixNorm -1.0 b)
    number 1e-15 9.0 (matrixNorm inf b)
    number 1e-15 2.0 (matrixNorm -inf b)
    number 1e-15 7.745966692414834 (normOver 2.0 [ -2; -1 ] b)
    Checks.all "matrixNorm" (matrixNorm 1.0) (uniform (seeded "matrix") [ 2; 3; 4 ])
    throws "DF0126" (fun () -> matrixNorm 2.0 b)
    throws "DF0125" (fun () -> matrixNorm 1.0 (vector [ 1.0 ]))

[<Fact>]
let ``sums and means without NaN`` () =
    let x = f64 [ 2; 3 ] [ 1.0; nan; 3.0; nan; nan; nan ]
    closeValues "nanSum" 0.0 [| 4.0; 0.0 |] ((nanSumOver [ 1 ] x).ToDoubles())
    closeValues "nanMean" 0.0 [| 2.0; nan |] ((nanMeanOver [ 1 ] x).ToDoubles())
    closeValues "its derivative" 0.0 [| 0.5; 0.0; 0.5 |] ((grad (fun x -> nanMeanOver [ 0 ] x) (vector [ 1.0; nan; 3.0 ])).ToDoubles())

[<Fact>]
let ``quantiles are those of Hyndman and Fan`` () =
    // Their definition 2: Q(p) = (1 − γ) x[j] + γ x[j + 1], j = ⌊n p + m⌋, m = α + p (1 − α − β), x[1] … x[n] sorted.
    let types =
        [
            QuantileMethod.Hazen, 0.5, 0.5
            QuantileMethod.Weibull, 0.0, 0.0
            QuantileMethod.Linear, 1.0, 1.0
            QuantileMethod.MedianUnbiased, 1.0 / 3.0, 1.0 / 3.0
            QuantileMethod.NormalUnbiased, 3.0 / 8.0, 3.0 / 8.0
        ]

    for n in [ 1; 2; 5; 8 ] do
        let x = uniform (seeded $"quantile {n}") [ n; 2 ]
        let sorted = [| for c in 0..1 -> Array.init n (fun i -> (x.ToDoubles())[2 * i + c]) |> Array.sort |]

        for q in [ 0.0; 0.1; 0.25; 0.5; 0.77; 1.0 ] do
            for kind, alpha, beta in types do
                let expected (s: float[]) =
                    let place = float n * q + alpha + q * (1.0 - alpha - beta)
                    let j = Math.Floor(place + 1e-12)
                    let at k = s[Math.Clamp(int k - 1, 0, n - 1)]
                    (1.0 - (place - j)) * at j + (place - j) * at (j + 1.0)

                closeValues $"{kind} {q} of {n}" 1e-9 (sorted |> Array.map expected) ((quantileBy kind q 0 x).ToDoubles())

    // numpy.quantile of [[10, 7, 4], [3, 2, 1]] at 0.5 along axis 0 is [6.5, 4.5, 2.5]; the places between are taken by method.
    let a = f64 [ 2; 3 ] [ 10.0; 7.0; 4.0; 3.0; 2.0; 1.0 ]
    let by kind = (quantileBy kind 0.5 0 a).ToDoubles()
    Assert.Equal<float[]>([| 6.5; 4.5; 2.5 |], by QuantileMethod.Linear)
    Assert.Equal<float[]>([| 3.0; 2.0; 1.0 |], by QuantileMethod.Lower)
    Assert.Equal<float[]>([| 10.0; 7.0; 4.0 |], by QuantileMethod.Higher)
    Assert.Equal<float[]>([| 6.5; 4.5; 2.5 |], by QuantileMethod.Midpoint)
    Assert.Equal<float[]>([| 3.0; 2.0; 1.0 |], by QuantileMethod.Nearest)
    number 0.0 nan (quantileBy QuantileMethod.Lower 0.0 0 (vector [ 1.0; nan ]))
    number 0.0 inf (quantileBy QuantileMethod.Hazen 0.6 0 (vector [ inf; inf; 1.0 ]))
    Checks.all "quantileBy" (quantileBy QuantileMethod.Weibull 0.3 1) (uniform (seeded "q") [ 2; 5 ])

[<Fact>]
let ``running extrema and their places are PyTorch's`` () =
    // Of ties the latest, from a NaN on that NaN, as torch.cummax.
    let x = vector [ 2.0; 1.0; 2.0; 5.0; 3.0; nan; 9.0 ]
    let values, places = cummaxWithIndices 0 x
    closeValues "cummax" 0.0 [| 2.0; 2.0; 2.0; 5.0; 5.0; nan; nan |] (values.ToDoubles())
    Assert.Equal<int[]>([| 0; 0; 2; 3; 3; 5; 5 |], places.ToArray<int>())
    let low, at = cumminWithIndices -1 (f64 [ 2; 3 ] [ 3.0; 1.0; 2.0; 1.0; 1.0; 0.0 ])
    closeValues "cummin" 0.0 [| 3.0; 1.0; 1.0; 1.0; 1.0; 0.0 |] (low.ToDoubles())
    Assert.Equal<int[]>([| 0; 1; 1; 0; 1; 2 |], at.ToArray<int>())
    let stacked = vmap (fun (x: Tensor) -> snd (cummaxWithIndices 0 x)) (f64 [ 2; 2 ] [ 1.0; 2.0; 2.0; 1.0 ])
    Assert.Equal<int[]>([| 0; 1; 0; 0 |], stacked.ToArray<int>())

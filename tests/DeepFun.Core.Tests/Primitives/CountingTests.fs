/// Masks, different elements, histograms and segments: published examples, loops, and the error where values are not known.
module DeepFun.Core.Tests.Primitives.CountingTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests
open DeepFun.Core.Tests.Numbers
open Xunit

let private ints (values: int list) : Tensor = Tensor.ofArray [ values.Length ] (Array.ofList values)
let private whole (x: Tensor) = x.ToArray<int>()

[<Fact>]
let ``masks take what is true`` () =
    let x = uniform (seeded "x") [ 2; 3; 2 ]
    let mask = Tensor.ofArray [ 2; 3 ] [| true; false; true; false; false; true |]
    let rows = reshape [ 6; 2 ] x
    close "rows" 0.0 (take 0 (ints [ 0; 2; 5 ]) rows) (maskSelect mask x)
    let positive (x: Tensor) = greater x (zerosLike x)
    let kept = x.ToDoubles() |> Array.filter (fun v -> v > 0.0)
    closeValues "elements" 0.0 kept ((maskSelect (positive x) x).ToDoubles())

    closeValues
        "derivative"
        1e-15
        (x.ToDoubles() |> Array.map (fun v -> if v > 0.0 then 2.0 * v else 0.0))
        ((grad (fun x -> sum (square (maskSelect (positive x) x))) x).ToDoubles())

    Assert.Equal<int>([ 0; 2 ], (maskSelect (Tensor.fullOf DType.Bool [ 2; 3 ] 0.0) x).Shape)
    close "compress" 0.0 (take 1 (ints [ 0; 2 ]) x) (compress 1 (Tensor.ofArray [ 3 ] [| true; false; true |]) x)
    // numpy.argwhere(x > 1) of [[0, 1, 2], [3, 4, 5]], the example of its page.
    let a = reshape [ 2; 3 ] (Tensor.arange 6)
    let places = nonZero (greater a (onesLike a))
    Assert.Equal<int>([ 4; 2 ], places.Shape)
    Assert.Equal<int[]>([| 0; 2; 1; 0; 1; 1; 1; 2 |], whole places)
    Assert.Equal<int[]>([| 1; 2 |], whole (nonZero (vector [ 0.0; nan; -1.0; -0.0 ])))
    Assert.Equal<int>([ 1; 0 ], (nonZero (scalar 3.0)).Shape)
    Assert.Equal<int>([ 0; 2 ], (nonZero (Tensor.zeros [ 0; 3 ])).Shape)

[<Fact>]
let ``what has as many elements as values say needs values`` () =
    let x = Tensor.ones [ 2; 3 ]
    let mask (x: Tensor) = greater x (zerosLike x)
    throws "DF0151" (fun () -> vmap (fun (x: Tensor) -> maskSelect (mask x) x) x)
    throws "DF0151" (fun () -> vmap (fun (x: Tensor) -> compress 0 (mask x) x) x)
    throws "DF0151" (fun () -> vmap (fun (x: Tensor) -> nonZero x) x)
    throws "DF0151" (fun () -> vmap (fun (x: Tensor) -> unique x) x)
    // Inside grad inside vmap, too.
    throws "DF0151" (fun () -> vmap (grad (fun (x: Tensor) -> sum (maskSelect (mask x) x))) x)
    let _, message = errorOf (fun () -> vmap (fun (x: Tensor) -> maskSelect (mask x) x) x)
    Assert.Contains("where condition", message)
    throws "DF0154" (fun () -> maskSelect (Tensor.fullOf DType.Bool [ 3 ] 1.0) x)
    throws "DF0154" (fun () -> compress 0 (Tensor.fullOf DType.Bool [ 3 ] 1.0) x)
    throws "DF0203" (fun () -> maskSelect x x)

[<Fact>]
let ``different elements, their numbers and counts`` () =
    // numpy.unique with return_inverse and return_counts, the examples of its page.
    let values, inverse, counts = uniqueWithCounts (ints [ 1; 2; 6; 4; 2; 3; 2 ])
    Assert.Equal<int[]>([| 1; 2; 3; 4; 6 |], whole values)
    Assert.Equal<int[]>([| 0; 1; 4; 3; 1; 2; 1 |], whole inverse)
    Assert.Equal<int[]>([| 1; 3; 1; 1; 1 |], whole counts)
    let values, inverse, counts = uniqueWithCounts (f64 [ 2; 3 ] [ nan; 1.0; -0.0; 0.0; nan; 1.0 ])
    closeValues "NaN once, last" 0.0 [| 0.0; 1.0; nan |] (values.ToDoubles())
    Assert.Equal<int>([ 2; 3 ], inverse.Shape)
    Assert.Equal<int[]>([| 2; 1; 0; 0; 2; 1 |], whole inverse)
    Assert.Equal<int[]>([| 2; 2; 2 |], whole counts)
    Assert.Equal<int>([ 0 ], (unique (vector [])).Shape)
    closeValues "one" 0.0 [| 5.0 |] ((unique (scalar 5.0)).ToDoubles())
    closeValues "derivative" 0.0 [| 1.0; 1.0; 0.0 |] ((grad (fun x -> sum (unique x)) (vector [ 2.0; 1.0; 2.0 ])).ToDoubles())
    Assert.Equal<bool[]>([| false; true |], (unique (Tensor.ofArray [ 3 ] [| true; false; true |])).ToArray<bool>())

[<Fact>]
let ``histograms between edges`` () =
    // numpy.histogram, the examples of its page.
    Assert.Equal<int[]>([| 0; 2; 1 |], whole (histogramWith (ints [ 0; 1; 2; 3 ]) None false (ints [ 1; 2; 1 ])))
    let density = histogramWith (Tensor.arange 5) None true (Tensor.arange 4)
    closeValues "density" 1e-7 [| 0.25; 0.25; 0.25; 0.25 |] (density.ToDoubles())
    // Uneven bins, the upper edge, what is outside, and NaN.
    let edges = vector [ 0.0; 1.0; 5.0; 6.0 ]
    let x = vector [ -1.0; 0.0; 0.5; 1.0; 4.9; 5.0; 6.0; 6.1; nan ]
    Assert.Equal<int[]>([| 2; 2; 2 |], whole (histogramWith edges None false x))
    let weights = vector [ 9.0; 1.0; 2.0; 3.0; 4.0; 5.0; 6.0; 9.0; 9.0 ]
    closeValues "weights" 0.0 [| 3.0; 7.0; 11.0 |] ((histogramWith edges (Some weights) false x).ToDoubles())
    let normed = histogramWith edges (Some weights) true x
    closeValues "integral" 1e-15 [| 3.0 / 21.0; 7.0 / 84.0; 11.0 / 21.0 |] (normed.ToDoubles())
    Checks.derivatives "weights" (fun w -> histogramWith edges (Some w) true x) weights
    throws "DF0154" (fun () -> histogramWith (vector [ 1.0 ]) None false x)
    throws "DF0154" (fun () -> histogramWith edges (Some(vector [ 1.0 ])) false x)
    // numpy.bincount, the example of its page.
    Assert.Equal<int[]>([| 1; 3; 1; 1; 0; 0; 0; 1 |], whole (binCount 8 (ints [ 0; 1; 1; 3; 2; 1; 7 ])))
    throws "DF0103" (fun () -> binCount 2 (ints [ 2 ]))

[<Fact>]
let ``segments`` () =
    let numbers = ints [ 2; 0; 2; 2 ]
    let x = f64 [ 4; 2 ] [ 1.0; -2.0; 3.0; 4.0; 5.0; -6.0; -7.0; 8.0 ]
    let inf = Double.PositiveInfinity
    closeValues "max" 0.0 [| 3.0; 4.0; -inf; -inf; 5.0; 8.0 |] ((segmentMax 3 numbers x).ToDoubles())
    closeValues "min" 0.0 [| 3.0; 4.0; inf; inf; -7.0; -6.0 |] ((segmentMin 3 numbers x).ToDoubles())
    closeValues "mean" 1e-15 [| 3.0; 4.0; nan; nan; -1.0 / 3.0; 0.0 |] ((segmentMean 3 numbers x).ToDoubles())
    let small = cast DType.Int32 x
    Assert.Equal<int[]>([| 3; 4; Int32.MinValue; Int32.MinValue; 5; 8 |], whole (segmentMax 3 numbers small))
    Assert.Equal<int[]>([| 3; 4; Int32.MaxValue; Int32.MaxValue; -7; -6 |], whole (segmentMin 3 numbers small))
    Assert.Equal(Int64.MaxValue, (segmentMin 1 (ints []) (Tensor.ofArray [ 0 ] ([||]: int64[]))).ToArray<int64>()[0])
    // Of segments that have elements: differences of infinities are NaN.
    let some = take 0 (ints [ 0; 2 ])
    Checks.all "segmentMax" (segmentMax 3 numbers >> some) x
    Checks.all "segmentMin" (segmentMin 3 numbers >> some) x
    Checks.all "segmentMean" (segmentMean 3 numbers >> some) x
    throws "DF0125" (fun () -> segmentMax 3 (ints [ 0 ]) x)
    throws "DF0126" (fun () -> segmentMin -1 numbers x)

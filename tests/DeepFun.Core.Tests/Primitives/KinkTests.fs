/// Derivatives where there is none, or more than one to choose from: ties of order, origins, NaN in a branch that is not taken, nothing to reduce.
module DeepFun.Core.Tests.Primitives.KinkTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

[<Fact>]
let ``an angle has no derivative at the origin, and says so`` () =
    let origin: Tensor = vector [ 0.0; 0.0; 3.0 ]
    let g: Tensor * Tensor = grad (fun (y, x) -> sum (arctan2 y x)) (vector [ 0.0; 2.0; 4.0 ], origin)
    closeValues "in y" 1e-15 [| nan; 0.0; 0.12 |] ((fst g).ToDoubles())
    closeValues "in x" 1e-15 [| nan; -0.5; -0.16 |] ((snd g).ToDoubles())
    // Its quadrants and the signs of zeros are those of Math.Atan2.
    let ys, xs = [ 0.0; -0.0; 1.0; -1.0; 0.0; -0.0 ], [ -1.0; -1.0; 0.0; -0.0; 0.0; -0.0 ]
    closeValues "values" 0.0 [| for y, x in List.zip ys xs -> Math.Atan2(y, x) |] ((arctan2 (vector ys) (vector xs)).ToDoubles())

[<Fact>]
let ``order chooses among ties by place, and its derivative follows`` () =
    // Stable: each element keeps its own derivative, however equal they are.
    let weights = vector [ 1.0; 10.0; 100.0; 1000.0 ]
    closeValues "sort" 0.0 [| 10.0; 1.0; 100.0; 1000.0 |] (slopes (fun x -> sort 0 x * weights) [ 2.0; 1.0; 2.0; nan ])
    closeValues "descending" 0.0 [| 1.0; 100.0; 10.0; 1000.0 |] (slopes (fun x -> sortDescending 0 x * weights) [ 2.0; 1.0; 2.0; nan ])
    closeValues "median" 0.0 [| 0.0; 1.0; 0.0 |] (slopes median [ 2.0; 2.0; 2.0 ])
    // A running extremum belongs to its latest renewal.
    closeValues "cummax" 0.0 [| 1.0; 0.0; 1.0; 2.0 |] (slopes (fun x -> cummax 0 x * vector [ 1.0; 0.0; 1.0; 2.0 ]) [ 2.0; 1.0; 2.0; 2.0 ])
    // NaN in a line makes its quantile NaN, and takes the derivative.
    closeValues "quantile" 0.0 [| 0.0; 1.0; 0.0 |] (slopes (quantile 0.25) [ 1.0; nan; 2.0 ])

[<Fact>]
let ``what is not chosen leaves no trace in the gradient`` () =
    let guarded (x: Tensor) = where (greater x (zerosLike x)) (log (where (greater x (zerosLike x)) x (onesLike x))) (zerosLike x)
    closeValues "guarded twice" 0.0 [| 0.0; 0.0; 0.5 |] (slopes guarded [ 0.0; -1.0; 2.0 ])
    // The value is right with one guard; the derivative is 0 · ∞: that is why the functions of this library guard twice.
    let once (x: Tensor) = where (greater x (zerosLike x)) (log x) (zerosLike x)
    closeValues "guarded once" 0.0 [| nan; 0.0; 0.5 |] (slopes once [ 0.0; -1.0; 2.0 ])
    closeValues "select" 0.0 [| 1.0; 0.0 |] (slopes (fun x -> where (isNaN x) (zerosLike x) x) [ 3.0; nan ])

[<Fact>]
let ``roots and powers at 0 to second order`` () =
    let second f at = (grad (grad f) (scalar at)).ToDouble()
    Assert.Equal(2.0, second square 0.0)
    Assert.Equal(0.0, second abs 0.0)
    Assert.Equal(0.0, second relu 0.0)
    Assert.Equal(0.0, second safeSqrt 0.0)
    // |(x, 0)| has curvature 0 along x, and 1/r across.
    closeValues
        "hypot"
        1e-15
        [| 0.0; 0.0; 0.0; 0.5 |]
        ((hessian (fun p -> hypot (item 0 0 p) (item 0 1 p)) (vector [ 2.0; 0.0 ])).ToDoubles())

    closeValues "norm" 1e-15 [| 0.0; 0.0; 0.0; 0.5 |] ((hessian norm (vector [ 2.0; 0.0 ])).ToDoubles())

[<Fact>]
let ``reductions of nothing`` () =
    let none: Tensor = f64 [ 0; 3 ] []
    closeValues "sum" 0.0 [| 0.0; 0.0; 0.0 |] ((sumOver [ 0 ] none).ToDoubles())
    closeValues "norm" 0.0 [| 0.0; 0.0; 0.0 |] ((normOver 2.0 [ 0 ] none).ToDoubles())
    closeValues "logSumExp of one" 0.0 [| 5.0 |] ((logSumExp [ 0 ] (vector [ 5.0 ])).ToDoubles())
    closeValues "variance" 0.0 [| nan; nan; nan |] ((varianceOver 1 [ 0 ] none).ToDoubles())
    throws "DF0105" (fun () -> normOver infinity [ 0 ] none)
    throws "DF0105" (fun () -> quantileOver 0.5 0 none)
    Assert.Equal<int>([ 0; 3 ], (fst (topK 0 0 none)).Shape)
    Assert.Equal<int>([ 0; 3 ], (sort 0 none).Shape)
    Assert.Equal<int>([ 0; 3 ], (cumsum 0 none).Shape)

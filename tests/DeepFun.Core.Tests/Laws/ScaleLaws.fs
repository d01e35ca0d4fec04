/// What must hold to the last digits however great or small a matrix is.
module DeepFun.Core.Tests.Laws.ScaleLaws

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

[<Fact>]
let ``the derivative of the determinant of a singular matrix is its cofactors`` () =
    let x = f64 [ 3; 3 ] [ 1; 2; 3; 4; 5; 6; 7; 8; 9 ]
    let cofactors = f64 [ 3; 3 ] [ -3; 6; -3; 6; -12; 6; -3; 6; -3 ]

    for scale in [ 1e-100; 1e-10; 1.0; 1e10; 1e100 ] do
        close $"{scale}" 1e-12 cofactors (grad det (scale * x) / (scale * scale))

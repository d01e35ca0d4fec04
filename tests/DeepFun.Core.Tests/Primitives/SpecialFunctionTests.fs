/// Incomplete gamma and beta functions as users meet them: dtypes, broadcasting, closed forms, derivatives.
module DeepFun.Core.Tests.Primitives.SpecialFunctionTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

[<Fact>]
let ``whole and half parameters have closed forms`` () =
    let x = f64 [ 5 ] [ 0.0; 0.125; 0.75; 2.0; 9.5 ]
    // NIST Digital Library of Mathematical Functions 8.4.1, 8.4.4, 8.4.7, 8.17.7, and 8.17.2 with a = b = ½ (the arcsine law).
    close "P(½, x) = erf √x" 1e-14 (erf (sqrt x)) (gammainc (scalar 0.5) x)
    close "P(1, x)" 1e-14 (1.0 - exp -x) (gammainc (scalar 1.0) x)
    close "Q(3, x)" 1e-14 ((1.0 + x + square x / 2.0) * exp -x) (gammaincc (scalar 3.0) x)
    let p = f64 [ 4 ] [ 0.0; 0.125; 0.75; 1.0 ]
    close "I(a, 1) = xᵃ" 1e-14 (pow p (scalar 2.5)) (betainc (scalar 2.5) (scalar 1.0) p)
    close "I(½, ½)" 1e-14 (2.0 / Math.PI * asin (sqrt p)) (betainc (scalar 0.5) (scalar 0.5) p)
    close "B(½, ½) = π" 1e-14 (scalar (log Math.PI)) (logBeta (scalar 0.5) (scalar 0.5))
    close "erfc of erfcInv" 1e-14 (f64 [ 3 ] [ 1e-200; 0.3; 1.9 ]) (erfc (erfcInv (f64 [ 3 ] [ 1e-200; 0.3; 1.9 ])))

[<Fact>]
let ``operands broadcast and integers are taken as float32`` () =
    let a = Tensor.ofArray [ 3; 1 ] [| 1; 2; 3 |]
    let x = Tensor.ofArray [ 2 ] [| 1L; 2L |]
    let y = gammainc a x
    Assert.Equal("float32[3, 2]", string y.Type)
    number 1e-6 (1.0 - 3.0 * exp -2.0) y[1, 1]
    Assert.Equal(DType.Float64, (betainc a (scalar 2.0) (Tensor.scalar 0.5)).DType)
    Assert.Equal(DType.Float32, (logBeta a x).DType)
    throws "DF0110" (fun () -> gammainc (Tensor.zeros [ 2 ]) (Tensor.zeros [ 3 ]))

[<Fact>]
let ``slopes in x are densities, also at the edge`` () =
    let slope a x = grad (fun x -> gammainc (scalar a) x) (scalar x)
    number 1e-14 0.0 (slope 2.0 0.0)
    number 1e-14 1.0 (slope 1.0 0.0)
    number 1e-14 infinity (slope 0.5 0.0)
    number 1e-14 (1.5 * exp -1.5) (slope 2.0 1.5)
    number 1e-14 -(1.5 * exp -1.5) (grad (fun x -> gammaincc (scalar 2.0) x) (scalar 1.5))
    number 1e-13 (6.0 * 0.25 * 0.75) (grad (fun x -> betainc (scalar 2.0) (scalar 2.0) x) (scalar 0.25))

[<Fact>]
let ``third derivatives in mixed parameters agree in every order of modes`` () =
    let f (p: Tensor) = betainc p[0] p[1] (sigmoid p[2])
    let p = f64 [ 3 ] [ 1.3; 2.1; 0.2 ]
    let third = jacobianForward (hessian f) p
    let reverse = jacobianReverse (jacobianReverse (grad f)) p
    close "forward and reverse" 1e-9 reverse third
    // Symmetric in all axes, which different rules compute.
    close "symmetric" 1e-10 third (permute [ 2; 1; 0 ] third)
    close "symmetric" 1e-10 third (permute [ 0; 2; 1 ] third)
    let h = 1e-5
    let moved d = hessian f (p + f64 [ 3 ] [ d; 0.0; 0.0 ])
    close "differences" 1e-6 ((moved h - moved -h) / (2.0 * h)) (item 2 0 third)

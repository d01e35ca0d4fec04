/// Derivatives of published functions against their closed forms, and the identities of vector calculus.
module DeepFun.Core.Tests.Transformations.VectorCalculusTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

/// Rosenbrock 1960: 100 (y − x²)² + (1 − x)².
let private rosenbrock (p: Tensor) : Tensor =
    let x, y = item 0 0 p, item 0 1 p
    100.0 * square (y - x * x) + square (1.0 - x)

/// Its usual starting point, with value, gradient and Hessian (Moré, Garbow and Hillstrom 1981, problem 1, with f = f₁² + f₂²).
let private start = f64 [ 2 ] [ -1.2; 1.0 ]

let private gradient = f64 [ 2 ] [ -215.6; -88.0 ]
let private curvature = f64 [ 2; 2 ] [ 1330.0; 480.0; 480.0; 200.0 ]

[<Fact>]
let ``Rosenbrock's function has its published gradient and Hessian, by every door`` () =
    let v = f64 [ 2 ] [ 0.5; -2.0 ]
    let product = f64 [ 2 ] [ 1330.0 * 0.5 - 960.0; 240.0 - 400.0 ]
    let value what y = close what 1e-14 (scalar 24.2) y
    let slope what g = close what 1e-13 gradient g
    let matrix what h = close what 1e-13 curvature h
    let along what h = close what 1e-13 product h

    slope "grad" (grad rosenbrock start)
    matrix "hessian" (hessian rosenbrock start)
    let y, h = valueAndHessian rosenbrock start
    value "valueAndHessian" y
    matrix "valueAndHessian" h
    let g, h = gradHessian rosenbrock start
    slope "gradHessian" g
    matrix "gradHessian" h
    let y, g, h = valueGradHessian rosenbrock start
    value "valueGradHessian" y
    slope "valueGradHessian" g
    matrix "valueGradHessian" h
    along "hvp" (hvp rosenbrock start v)
    along "vhp" (vhp rosenbrock start v)
    let y, h = valueAndHvp rosenbrock start v
    value "valueAndHvp" y
    along "valueAndHvp" h
    let y, h = valueAndVhp rosenbrock start v
    value "valueAndVhp" y
    along "valueAndVhp" h
    let g, h = gradHvp rosenbrock start v
    slope "gradHvp" g
    along "gradHvp" h
    let y, g, h = valueGradHvp rosenbrock start v
    value "valueGradHvp" y
    slope "valueGradHvp" g
    along "valueGradHvp" h
    number 1e-12 (-215.6 * 0.5 + 176.0) (directional rosenbrock start v)
    number 1e-14 24.2 (fst (valueAndDirectional rosenbrock start v))
    number 1e-12 1530.0 (laplacian rosenbrock start)
    value "valueAndLaplacian" (fst (valueAndLaplacian rosenbrock start))

[<Fact>]
let ``the Laplacian of harmonic functions is zero`` () =
    let at i (p: Tensor) : Tensor = item 0 i p

    let harmonic: (string * (Tensor -> Tensor)) list =
        [
            "x³ − 3 x y²", (fun p -> at 0 p * (square (at 0 p) - 3.0 * square (at 1 p)))
            "exp x sin y", (fun p -> exp (at 0 p) * sin (at 1 p))
            "log (x² + y²)", (fun p -> log (square (at 0 p) + square (at 1 p)))
            "atan2", (fun p -> arctan2 (at 1 p) (at 0 p))
            // The potential of a point charge, in three dimensions only.
            "1/r", (fun p -> rsqrt (sum (square p)))
        ]

    for name, f in harmonic do
        let p = if name = "1/r" then f64 [ 3 ] [ 0.7; -0.4; 1.1 ] else f64 [ 2 ] [ 0.7; -0.4 ]
        close name 1e-13 (scalar 0.0) (laplacian f p)

[<Fact>]
let ``the Laplacian of r² is twice the dimension, over trees and for fields`` () =
    let r2 (x: Tensor) = sum (square x)

    for sizes in [ []; [ 1 ]; [ 5 ]; [ 2; 3 ] ] do
        let x = uniform (seeded "r2") sizes
        number 1e-14 (2.0 * float x.Size) (laplacian r2 x)

    number 0.0 0.0 (laplacian r2 (f64 [ 0 ] []))
    let f (a: Tensor, b: Tensor list) : Tensor = r2 a + (b |> List.map r2 |> List.reduce (+)) + sum a * sum b[0]
    let x = uniform (seeded "a") [ 3 ], [ uniform (seeded "b") [ 2; 2 ]; scalar 0.5 ]
    let y, l = valueAndLaplacian f x
    close "value" 0.0 (f x) y
    number 1e-13 (2.0 * (3.0 + 4.0 + 1.0)) l
    // Component by component: ∇²[x₀³, x₀ x₁, 1] = [6 x₀, 0, 0]; and a tree of results.
    let field (x: Tensor) = stack 0 [ item 0 0 x ** 3.0; item 0 0 x * item 0 1 x; scalar 1.0 ], r2 x
    let l, n = laplacian field (f64 [ 2 ] [ 0.5; 2.0 ])
    close "field" 1e-14 (f64 [ 3 ] [ 3.0; 0.0; 0.0 ]) l
    number 1e-14 4.0 n

/// A field without symmetry: (x y z, exp x cos z, y² sin x).
let private field (p: Tensor) : Tensor =
    let x, y, z = item 0 0 p, item 0 1 p, item 0 2 p
    stack 0 [ x * y * z; exp x * cos z; square y * sin x ]

let private point = f64 [ 3 ] [ 0.3; -0.8; 1.2 ]

[<Fact>]
let ``divergence and curl have their closed forms`` () =
    let x, y, z = 0.3, -0.8, 1.2
    let divergent = y * z
    let turning = [ 2.0 * y * sin x + exp x * sin z; x * y - y * y * cos x; exp x * cos z - x * z ]
    number 1e-14 divergent (divergence field point)
    close "curl" 1e-14 (f64 [ 3 ] turning) (curl field point)
    let c, d = curlDivergence field point
    close "curl" 1e-14 (f64 [ 3 ] turning) c
    number 1e-14 divergent d
    let v, c, d = valueCurlDivergence field point
    close "value" 0.0 (field point) v
    close "curl" 1e-14 (f64 [ 3 ] turning) c
    number 1e-14 divergent d
    close "value" 0.0 (field point) (fst (valueAndCurl field point))
    close "value" 0.0 (field point) (fst (valueAndDivergence field point))
    // A field over a matrix: Σ ∂fᵢⱼ/∂xᵢⱼ.
    let m = f64 [ 2; 2 ] [ 1.0; 2.0; 3.0; 4.0 ]
    number 1e-14 20.0 (divergence (fun (m: Tensor) -> m * m) m)
    // d(tr-like) of M ↦ M M: Σᵢⱼ ∂(MM)ᵢⱼ/∂Mᵢⱼ = 2 n tr M
    number 1e-14 20.0 (divergence (fun (m: Tensor) -> matmul m m) m)
    number 0.0 0.0 (divergence (fun (x: Tensor) -> stopGradient x) m)

type Point = { X: Tensor; Y: Tensor; Z: Tensor }

[<Fact>]
let ``divergence and curl take records and tuples`` () =
    let p = { X = scalar 1.0; Y = scalar 2.0; Z = scalar 3.0 }
    // A rigid rotation about z: (−y, x, 0), whose curl is (0, 0, 2).
    let rotation p = { X = -p.Y; Y = p.X; Z = zerosLike p.Z }
    let c = curl rotation p
    number 0.0 0.0 c.X
    number 0.0 0.0 c.Y
    number 0.0 2.0 c.Z
    number 0.0 0.0 (divergence rotation p)
    // The same with the plane in one vector and the axis in another.
    let plane, axis =
        curl (fun (p: Tensor, z: Tensor) -> stack 0 [ -(item 0 1 p); item 0 0 p ], z) (f64 [ 2 ] [ 1.0; 2.0 ], scalar 3.0)

    close "plane" 0.0 (f64 [ 2 ] [ 0.0; 0.0 ]) plane
    close "axis" 0.0 (scalar 2.0) axis

[<Fact>]
let ``the curl has no divergence, a gradient has no curl, and curl curl is grad div minus the Laplacian`` () =
    let potential (p: Tensor) = sum (field p * sin p) + prod p
    number 1e-13 0.0 (divergence (curl field) point)
    close "curl grad" 1e-13 (f64 [ 3 ] [ 0.0; 0.0; 0.0 ]) (curl (grad potential) point)
    close "curl curl" 1e-13 (grad (divergence field) point - laplacian field point) (curl (curl field) point)
    close "div grad" 1e-13 (laplacian potential point) (divergence (grad potential) point)
    close "trace of the Hessian" 1e-13 (laplacian potential point) (trace (hessian potential point))

[<Fact>]
let ``derivatives by one number, of any order and any result`` () =
    let x = scalar 0.6
    number 1e-14 (Math.Exp 0.6) (diff exp x)
    number 1e-13 (32.0 * Math.Exp 1.2) (diffN 5 (fun (x: Tensor) -> exp (2.0 * x)) x)
    number 0.0 (Math.Exp 0.6) (diffN 0 exp x)
    number 0.0 120.0 (diffN 5 (fun (x: Tensor) -> x * x * x * x * x) x)
    number 0.0 0.0 (diffN 6 (fun (x: Tensor) -> x * x * x * x * x) x)
    // sin, cos, −sin, −cos, sin
    let all = diffs 4 sin x
    closeValues "diffs" 1e-14 [| sin 0.6; cos 0.6; -(sin 0.6); -(cos 0.6); sin 0.6 |] (all |> List.map _.ToDouble() |> Array.ofList)
    let y, d = valueAndDiff sin x
    number 0.0 (sin 0.6) y
    number 1e-15 (cos 0.6) d
    let y, d = valueAndDiffN 2 sin x
    number 0.0 (sin 0.6) y
    number 1e-15 (-(sin 0.6)) d
    // A curve: position, and a tree of results; what does not move has derivative zero.
    let curve (t: Tensor) = [ stack 0 [ cos t; sin t; t ]; scalar 1.0 ], square t
    let position, energy = diff curve x
    close "velocity" 1e-15 (f64 [ 3 ] [ -(sin 0.6); cos 0.6; 1.0 ]) position[0]
    number 0.0 0.0 position[1]
    number 1e-15 1.2 energy
    let acceleration, _ = diffN 2 curve x
    close "acceleration" 1e-15 (f64 [ 3 ] [ -(cos 0.6); -(sin 0.6); 0.0 ]) acceleration[0]
    // One number in any shape.
    Assert.Equal("[1, 1]", string (diff square (f64 [ 1; 1 ] [ 3.0 ])).Shape)

[<Fact>]
let ``wrong arguments are named`` () =
    throws "DF0430" (fun () -> diff sin point)
    throws "DF0404" (fun () -> diff square (Tensor.ofArray [] [| 1 |]))
    throws "DF0431" (fun () -> diffN -1 sin (scalar 1.0))
    throws "DF0432" (fun () -> divergence sum point)
    throws "DF0432" (fun () -> divergence (fun l -> l @ l) [ point ])
    throws "DF0433" (fun () -> curl sin (f64 [ 2 ] [ 1.0; 2.0 ]))
    throws "DF0432" (fun () -> curl sum point)
    throws "DF0404" (fun () -> laplacian sum (Tensor.ofArray [ 1 ] [| 1 |]))
    throws "DF0403" (fun () -> hessian sin point)

/// Nested transformations against closed forms: no confusion of perturbations, in any order, to any depth.
module DeepFun.Core.Tests.Transformations.NestingTests

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private mapped (f: Tensor -> Tensor) (x: Tensor) : Tensor = item 0 0 (vmap (grad f) (expandDims 0 x))

/// The derivative of a function of one number, by each mode.
let private modes: (string * ((Tensor -> Tensor) -> Tensor -> Tensor)) list =
    [
        "forward", forward
        "reverse", grad
        "reverse under vmap", mapped
        "reverse by vjp", (fun f x -> snd (vjp f x) (onesLike x))
    ]

let private pairs = List.allPairs modes modes

let private each
    (check: (Tensor -> Tensor) -> (((Tensor -> Tensor) -> Tensor -> Tensor) * ((Tensor -> Tensor) -> Tensor -> Tensor)) -> unit)
    =
    for (_, outer), (_, inner) in pairs do
        check id (outer, inner)

[<Fact>]
let ``the inner derivative of x + y in y is 1, whatever x is`` () =
    // Siskind and Pearlmutter 2005: d/dx (x · d/dy (x + y)) = 1, not 2.
    each (fun _ (outer, inner) -> outer (fun x -> x * inner (fun y -> x + y) (scalar 2.0)) (scalar 3.0) |> number 1e-14 1.0)

[<Fact>]
let ``a product across levels keeps its perturbations apart`` () =
    // d/dx (x · d/dy (x y²)) at y = 2 : x · 2 x y = 4x² → 8x
    each (fun _ (outer, inner) ->
        outer (fun (x: Tensor) -> x * inner (fun (y: Tensor) -> x * y * y) (scalar 2.0)) (scalar 3.0) |> number 1e-13 24.0)

[<Fact>]
let ``the inner point may depend on the outer variable`` () =
    // d/dx [d/dy (x y³) at y = x] = d/dx 3x³ = 9x²
    each (fun _ (outer, inner) ->
        outer (fun (x: Tensor) -> inner (fun (y: Tensor) -> x * y * y * y) x) (scalar 1.5) |> number 1e-13 (9.0 * 2.25))

[<Fact>]
let ``a function that comes back from a derivative keeps the outer perturbation`` () =
    // Manzyuk, Pearlmutter, Radul, Rush and Siskind 2019, section 4: s u f x = f (x + u), whose derivative operator
    // applied twice must give f''.
    let shift (u: Tensor) (f: Tensor -> Tensor) (x: Tensor) = f (x + u)

    for (_, outer), (_, inner) in pairs do
        // D (λu. s u) at 0 as an operator on functions, by hand at the point where it is used.
        let derivative d (f: Tensor -> Tensor) (x: Tensor) = d (fun (u: Tensor) -> shift u f x) (scalar 0.0)
        derivative outer (derivative inner exp) (scalar 1.0) |> number 1e-13 (System.Math.Exp 1.0)
        derivative outer (derivative inner sin) (scalar 1.0) |> number 1e-13 (-(System.Math.Sin 1.0))

[<Fact>]
let ``closures may be made at one level and used at another`` () =
    each (fun _ (outer, inner) ->
        // g closes over x; its derivative is taken inside and outside of the outer one.
        let program (x: Tensor) =
            let g (y: Tensor) : Tensor = x * x * sin y
            let k = scalar 0.7
            inner g k + g k

        let expected = 2.0 * 3.0 * (cos 0.7 + sin 0.7)
        outer program (scalar 3.0) |> number 1e-13 expected)

[<Fact>]
let ``triples of modes give the third derivative`` () =
    // f = x⁴ sin x
    let f (x: Tensor) : Tensor = x * x * x * x * sin x
    let x = 0.8

    let expected = 24.0 * x * sin x + 36.0 * x ** 2.0 * cos x - 12.0 * x ** 3.0 * sin x - x ** 4.0 * cos x

    for (a, first), (b, second) in pairs do
        for c, third in modes do
            let value = first (second (third f)) (scalar x)
            closeValues $"{a} of {b} of {c}" 1e-12 [| expected |] (value.ToDoubles())

[<Fact>]
let ``six levels of forward and reverse`` () =
    let rec nest n (f: Tensor -> Tensor) : Tensor -> Tensor =
        if n = 0 then f
        elif n % 2 = 0 then nest (n - 1) (grad f)
        else nest (n - 1) (forward f)

    // The sixth derivative of exp(2x)
    nest 6 (fun (x: Tensor) -> exp (2.0 * x)) (scalar 0.3) |> number 1e-12 (64.0 * exp 0.6)

[<Fact>]
let ``jvp of jvp gives each mixed second derivative its place`` () =
    // f(x, y) = x² y : f_xy = 2x
    let f (x: Tensor, y: Tensor) = x * x * y
    let one, zero = scalar 1.0, scalar 0.0
    let inX p = snd (jvp f p (one, zero))
    snd (jvp inX (scalar 3.0, scalar 5.0) (zero, one)) |> number 0.0 6.0
    snd (jvp inX (scalar 3.0, scalar 5.0) (one, zero)) |> number 0.0 10.0

[<Fact>]
let ``stopGradient stops one level and all others`` () =
    let f (x: Tensor) : Tensor = x * stopGradient (x * x)

    for (_, outer), (_, inner) in pairs do
        inner f (scalar 3.0) |> number 0.0 9.0
        outer (inner f) (scalar 3.0) |> number 0.0 0.0

[<Fact>]
let ``a pullback may be called again, later, and inside another derivative`` () =
    let y, back = vjp (fun (x: Tensor) -> sin x) (scalar 0.4)
    y |> number 1e-15 (sin 0.4)
    back (scalar 1.0) |> number 1e-15 (cos 0.4)
    back (scalar 2.0) |> number 1e-15 (2.0 * cos 0.4)
    grad (fun ct -> square (back ct)) (scalar 3.0) |> number 1e-14 (6.0 * cos 0.4 ** 2.0)
    closeValues "mapped" 1e-15 [| cos 0.4; 3.0 * cos 0.4 |] ((vmap back (f64 [ 2 ] [ 1.0; 3.0 ])).ToDoubles())

[<Fact>]
let ``values can be read under grad and jvp and steer the program`` () =
    let rec power (x: Tensor) (n: int) : Tensor = if n = 0 then onesLike x else x * power x (n - 1)
    let f (x: Tensor) = if x.ToDouble() > 2.0 then power x 3 else -x
    grad f (scalar 3.0) |> number 1e-14 27.0
    grad f (scalar 1.0) |> number 0.0 -1.0
    grad (grad f) (scalar 3.0) |> number 1e-14 18.0

[<Fact>]
let ``an inner minimum by gradient steps is differentiated through`` () =
    // argmin_y (y − a)² by steps of 1/4: y ← y − (y − a)/2, y₀ = 0, three steps: 7/8 a.
    let minimum (a: Tensor) =
        let loss (y: Tensor) = square (y - a)
        let step (y: Tensor) _ : Tensor = y - 0.25 * grad loss y
        List.fold step (scalar 0.0) [ 1..3 ]

    forward minimum (scalar 2.0) |> number 1e-15 0.875
    grad minimum (scalar 2.0) |> number 1e-15 0.875

[<Fact>]
let ``jacobian and hessian agree with closed forms`` () =
    // f(x) = [x₀ x₁, sin x₀, x₁²]
    let f (x: Tensor) : Tensor =
        let a, b = item 0 0 x, item 0 1 x
        stack 0 [ a * b; sin a; square b ]

    let x = f64 [ 2 ] [ 0.5; 1.5 ]
    let expected = f64 [ 3; 2 ] [ 1.5; 0.5; cos 0.5; 0.0; 0.0; 3.0 ]
    close "forward" 1e-15 expected (jacobianForward f x)
    close "reverse" 1e-15 expected (jacobianReverse f x)
    close "jacobian" 1e-15 expected (jacobian f x)
    let g (x: Tensor) : Tensor = item 0 0 x * item 0 0 x * item 0 1 x
    close "hessian" 1e-15 (f64 [ 2; 2 ] [ 3.0; 1.0; 1.0; 0.0 ]) (hessian g x)
    close "jacobian of a gradient" 1e-15 (hessian g x) (jacobianReverse (grad g) x)
    // Matrices in, matrices out: [out…, in…].
    let m = f64 [ 2; 2 ] [ 1.0; 2.0; 3.0; 4.0 ]
    Assert.Equal("[2, 2, 2, 2]", string (jacobian (fun (m: Tensor) -> matmul m m) m).Shape)

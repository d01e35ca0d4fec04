/// Solutions of equations and their derivatives, against closed forms.
module DeepFun.Core.Tests.Solvers.ImplicitTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private heron a = fixedPoint (fun (a: Tensor) x -> (x + a / x) / 2.0) a (scalar 1.0)
let private newton a = root (fun (a: Tensor) x -> x * x - a) a (scalar 1.0)
// x³/3 − a x has its minimum where x² = a.
let private least a = argMin (fun (a: Tensor) (x: Tensor) -> x * x * x / 3.0 - a * x) a (scalar 1.0)
let private solvers = [ "fixedPoint", heron; "root", newton; "argMin", least ]
let names = solvers |> List.map (fun (name, _) -> [| box name |])

[<Theory; MemberData(nameof names)>]
let ``the square root of 2 and its derivatives of three orders in both modes`` (name: string) =
    let f = solvers |> List.find (fst >> (=) name) |> snd
    let a = scalar 2.0
    let d0, d1 = sqrt 2.0, 0.5 / sqrt 2.0
    let d2, d3 = -0.25 * 2.0 ** -1.5, 0.375 * 2.0 ** -2.5
    number 1e-14 d0 (f a)
    number 1e-13 d1 (grad f a)
    number 1e-13 d1 (forward f a)
    number 1e-12 d2 (grad (grad f) a)
    number 1e-12 d2 (forward (grad f) a)
    number 1e-12 d2 (grad (forward f) a)
    number 1e-12 d2 (forward (forward f) a)
    number 1e-11 d3 (grad (grad (grad f)) a)
    number 1e-11 d3 (forward (forward (forward f)) a)

[<Theory; MemberData(nameof names)>]
let ``a solver is mapped, and traced`` (name: string) =
    let f = solvers |> List.find (fst >> (=) name) |> snd
    let a = f64 [ 3 ] [ 2.0; 3.0; 0.5 ]
    close "vmap" 1e-13 (sqrt a) (vmap f a)
    close "vmap of grad" 1e-12 (0.5 / sqrt a) (vmap (grad f) a)
    close "vmap of the third derivative" 1e-10 (0.375 * a ** -2.5) (vmap (grad (grad (grad f))) a)
    number 1e-13 (sqrt 3.0) (jit f (scalar 3.0))
    number 1e-12 (0.5 / sqrt 3.0) (jit (grad f) (scalar 3.0))

[<Theory; MemberData(nameof names)>]
let ``the fourth derivative is right where values are not known`` (name: string) =
    let f = solvers |> List.find (fst >> (=) name) |> snd
    let fourth = grad (grad (grad (grad f)))
    let expected (a: Tensor) : Tensor = -15.0 / 16.0 * a ** -3.5
    let a = f64 [ 3 ] [ 2.0; 3.0; 0.5 ]
    close "vmap" 1e-9 (expected a) (vmap fourth a)
    close "vmap of the forward mode" 1e-9 (expected a) (vmap (forward (forward (forward (forward f)))) a)
    close "jit" 1e-9 (expected (scalar 2.0)) (jit fourth (scalar 2.0))

[<Fact>]
let ``Kepler's equation and the derivatives by eccentricity and mean anomaly`` () =
    // E − e sin E = M; ∂E/∂M = 1 / (1 − e cos E), ∂E/∂e = sin E / (1 − e cos E)
    let anomaly (e: Tensor, m: Tensor) = root (fun (e: Tensor, m: Tensor) x -> x - e * sin x - m) (e, m) m
    let eccentric, e = 1.2, 0.3
    let m = eccentric - e * Math.Sin eccentric
    number 1e-14 eccentric (anomaly (scalar e, scalar m))
    let de, dm = grad anomaly (scalar e, scalar m)
    let denominator = 1.0 - e * Math.Cos eccentric
    number 1e-13 (Math.Sin eccentric / denominator) de
    number 1e-13 (1.0 / denominator) dm
    // The same by iteration
    let repeated = fixedPoint (fun (e: Tensor, m: Tensor) x -> m + e * sin x) (scalar e, scalar m) (scalar m)
    number 1e-13 eccentric repeated

[<Fact>]
let ``ridge regression is its closed form, also in the gradient by data and penalty`` () =
    let random = seeded "ridge"
    let a, b = uniform random [ 6; 3 ], uniform random [ 6 ]
    let target = uniform random [ 3 ]

    let objective (a: Tensor, b: Tensor, penalty: Tensor) (x: Tensor) =
        let r = matmul a x - b
        sum (r * r) + exp penalty * sum (x * x)

    let found p = argMin objective p (Tensor.fullOf DType.Float64 [ 3 ] 0.0)

    let closed (a: Tensor, b: Tensor, penalty: Tensor) =
        solve (matmul (transpose a) a + exp penalty * Tensor.eyeOf DType.Float64 3) (matmul (transpose a) b)

    let loss f p = let r = f p - target in sum (r * r)
    let p = a, b, scalar -0.4
    close "minimum" 1e-13 (closed p) (found p)
    closeAll "hypergradient" 1e-12 (Tree.leaves (grad (loss closed) p)) (Tree.leaves (grad (loss found) p))
    let second f = hvp (loss f) p p |> Tree.leaves
    closeAll "second derivative" 1e-11 (second closed) (second found)

[<Fact>]
let ``a minimum is found from where the Hessian is negative`` () =
    // (x² − a)² has a maximum at 0 and minima at ±√a.
    let f = argMin (fun (a: Tensor) (x: Tensor) -> (x * x - a) * (x * x - a)) (scalar 2.0) (scalar 0.1)
    number 1e-13 (sqrt 2.0) f

[<Fact>]
let ``a system of two equations in float32`` () =
    // x + y = a, x y = b, of which 1 and 2 solve a = 3, b = 2: by a the derivative is (x, −y) / (x − y)
    let f (p: Tensor) (x: Tensor) = stack 0 [ sum x - item 0 0 p; item 0 0 x * item 0 1 x - item 0 1 p ]
    let solved p = root f p (Tensor.vector [ 0.0; 3.0 ])
    let p = Tensor.vector [ 3.0; 2.0 ]
    close "root" 1e-6 (Tensor.vector [ 1.0; 2.0 ]) (solved p)
    close "Jacobian" 1e-5 (Tensor.matrix [ [ -1.0; 1.0 ]; [ 2.0; -1.0 ] ]) (jacobian solved p)

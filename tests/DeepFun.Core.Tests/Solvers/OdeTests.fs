/// Differential equations: closed forms, invariants, and derivatives through the steps and by the adjoint.
module DeepFun.Core.Tests.Solvers.OdeTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private exact = { OdeOptions.Default with RelativeTolerance = 1e-11; AbsoluteTolerance = 1e-12 }
let private decay (k: Tensor) (_: Tensor) (y: Tensor) = -k * y

let private ways: (string * ((Tensor -> Tensor -> Tensor -> Tensor) -> Tensor -> Tensor -> float list -> Tensor)) list =
    [
        "steps", (fun f p y0 times -> odeintWith exact (f p) y0 times)
        "adjoint", (fun f p y0 times -> odeintAdjointWith exact f p y0 times)
    ]

let names = ways |> List.map (fun (name, _) -> [| box name |])
let private way name = ways |> List.find (fst >> (=) name) |> snd

[<Theory; MemberData(nameof names)>]
let ``exponential decay, and its derivatives by rate and start`` (name: string) =
    let at (k: Tensor, y0: Tensor) = way name decay k y0 [ 0.0; 0.5; 2.0 ]
    let k, y0 = 0.7, 3.0
    let p = scalar k, scalar y0
    let times = [| 0.0; 0.5; 2.0 |]
    closeValues "values" 1e-10 (times |> Array.map (fun t -> y0 * exp (-k * t))) ((at p).ToDoubles())
    // Of the sum over the times, so that every cotangent counts
    let dk, dy0 = grad (at >> sum) p
    number 1e-9 (times |> Array.sumBy (fun t -> -t * y0 * exp (-k * t))) dk
    number 1e-9 (times |> Array.sumBy (fun t -> exp (-k * t))) dy0
    let _, forward = jvp at p (scalar 1.0, scalar 0.0)
    closeValues "forward" 1e-9 (times |> Array.map (fun t -> -t * y0 * exp (-k * t))) (forward.ToDoubles())
    let second = grad (fun k -> fst (grad (at >> sum) (k, scalar y0))) (scalar k)
    number 1e-8 (times |> Array.sumBy (fun t -> t * t * y0 * exp (-k * t))) second

[<Fact>]
let ``the harmonic oscillator over a tree, and a field of time`` () =
    let times = [ 0.0; 1.0; 2.0 * Math.PI ]
    let x, v = odeintWith exact (fun _ (x: Tensor, v: Tensor) -> v, -x) (scalar 1.0, scalar 0.0) times
    closeValues "x" 1e-9 (times |> List.map cos |> Array.ofList) (x.ToDoubles())
    closeValues "v" 1e-9 (times |> List.map (fun t -> -sin t) |> Array.ofList) (v.ToDoubles())
    let y = odeintWith exact (fun t (_: Tensor) -> 3.0 * t * t) (scalar -8.0) [ -2.0; 0.0; 3.0 ]
    closeValues "t³" 1e-11 [| -8.0; 0.0; 27.0 |] (y.ToDoubles())

[<Fact>]
let ``the error falls with the tolerance`` () =
    let error tolerance =
        let o = { OdeOptions.Default with RelativeTolerance = tolerance; AbsoluteTolerance = tolerance }
        let y = odeintWith o (fun _ (x: Tensor, v: Tensor) -> v, -x) (scalar 1.0, scalar 0.0) [ 0.0; 10.0 ] |> fst
        abs ((item 0 1 y).ToDouble() - cos 10.0)

    let coarse, fine = error 1e-4, error 1e-8
    Assert.True(coarse < 1e-2 && fine < 1e-6 && fine < coarse / 100.0, $"{coarse:R} {fine:R}")

/// y = (prey, predators), p = (α, β, γ, δ)
let private lotkaVolterra (p: Tensor) (_: Tensor) (y: Tensor) =
    let a, b, c, d = item 0 0 p, item 0 1 p, item 0 2 p, item 0 3 p
    let prey, predators = item 0 0 y, item 0 1 y
    stack 0 [ a * prey - b * prey * predators; d * prey * predators - c * predators ]

let private rates = f64 [ 4 ] [ 1.1; 0.4; 0.4; 0.1 ]
let private animals = f64 [ 2 ] [ 10.0; 5.0 ]

[<Fact>]
let ``predators and prey keep Lotka and Volterra's invariant`` () =
    let y = odeintWith exact (lotkaVolterra rates) animals [ 0.0; 3.0; 7.0; 20.0 ]
    // V = δx − γ log x + βy − α log y
    let x, z = item 1 0 y, item 1 1 y
    let v = (0.1 * x - 0.4 * log x + 0.4 * z - 1.1 * log z).ToDoubles()
    closeValues "V" 1e-9 (Array.replicate 4 v[0]) v

[<Fact>]
let ``the adjoint is the derivative through the steps, which is that of finite differences`` () =
    let loss (way: string) (p, y0) =
        let y = ways |> List.find (fst >> (=) way) |> snd |> (fun solve -> solve lotkaVolterra p y0 [ 0.0; 1.0; 3.0 ])
        sum (y * y) / 10.0

    let p = rates, animals
    let steps, adjoint = grad (loss "steps") p |> Tree.leaves, grad (loss "adjoint") p |> Tree.leaves
    closeAll "adjoint" 1e-7 steps adjoint
    closeAll "finite differences" 1e-5 (Numeric.grad None (loss "steps") p |> Tree.leaves) steps

[<Fact>]
let ``the adjoint runs over trees of parameters and states`` () =
    let f (w: Tensor, b: Tensor) (_: Tensor) (x: Tensor, y: Tensor) = w * y + b, -(w * x)
    let start = scalar 0.5, scalar -1.0
    let loss solve p = let x, y = solve p in sum (x * y)
    let steps = grad (loss (fun p -> odeintWith exact (f p) start [ 0.0; 0.4; 1.0 ])) (scalar 1.3, scalar 0.2)
    let adjoint = grad (loss (fun p -> odeintAdjointWith exact f p start [ 0.0; 0.4; 1.0 ])) (scalar 1.3, scalar 0.2)
    closeAll "gradient" 1e-9 (Tree.leaves steps) (Tree.leaves adjoint)

[<Fact>]
let ``without options both ways keep the default tolerances`` () =
    let at solve = solve decay (scalar 0.7) (scalar 3.0) [ 0.0; 2.0 ]
    let last solve : Tensor = item 0 1 (at solve)
    let expected = 3.0 * exp -1.4
    number 1e-5 expected (last (fun f p y0 times -> odeint (f p) y0 times))
    number 1e-5 expected (last odeintAdjoint)
    let slope = grad (fun k -> item 0 1 (odeintAdjoint decay k (scalar 3.0) [ 0.0; 2.0 ])) (scalar 0.7)
    number 1e-5 (-2.0 * expected) slope

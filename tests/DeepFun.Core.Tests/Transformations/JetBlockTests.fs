/// Taylor mode through loops and branches: against nested forward mode and against the same written out.
module DeepFun.Core.Tests.Transformations.JetBlockTests

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

/// A graph of a function of one number, and its result at a number.
let private traced (f: Tensor -> Tensor[]) (x: float) : Graph * Tensor[] =
    let struct (g, closedOver) = Trace.graph Eval.Cpu (fun xs -> f xs[0]) [| (scalar x).Type |]
    g, Graph.run Eval.Cpu (Check.graph g) (Array.append [| scalar x |] closedOver)

let private inputs (x: Tensor) = stack 0 [ x; exp x; scalar 0.5 ]

/// cᵢ₊₁ = sin(cᵢ tᵢ) + x, from x²; and Σ cᵢ₊₁ cᵢ.
let private looped reverse (x: Tensor) : Tensor =
    let step (c: Tensor) (t: Tensor) = (let d = sin (c * t) + x in d, d * c)
    let c, ys = scanWith { Length = None; Reverse = reverse } step (x * x) (inputs x)
    c + sum ys

let private writtenOut reverse (x: Tensor) : Tensor =
    let steps = List.init 3 (fun i -> item 0 (if reverse then 2 - i else i) (inputs x))
    let step (c: Tensor, total: Tensor) (t: Tensor) = (let d = sin (c * t) + x in d, total + d * c)
    let c, total = List.fold step (x * x, scalar 0.0) steps
    c + total

[<Fact>]
let ``a scan has the series of the loop written out`` () =
    for reverse in [ false; true ] do
        closeValues "written out" 1e-11 (derivatives (writtenOut reverse) 0.7 6) (derivatives (looped reverse) 0.7 6)
        closeValues "nested" 1e-9 (values (nested (looped reverse) (scalar 0.7) 4)) (derivatives (looped reverse) 0.7 4)

[<Fact>]
let ``a scan stays one operation in a trace of its series`` () =
    let long (x: Tensor) : Tensor =
        scanWith { Length = Some 1000; Reverse = false } (fun (c: Tensor) () -> c + 0.001 * sin (c * x), ()) x () |> fst

    let g, ys = traced (fun x -> jet long x 3) 0.4
    Assert.True(g.Equations.Length < 20, Graph.show g)
    closeValues "traced" 1e-12 (derivatives long 0.4 3) (values ys)

/// Two branches that meet in value and slope at 1, not in curvature.
let private branches (x: Tensor) : Tensor = cond (greater x (scalar 1.0)) (fun x -> square x) (fun x -> 2.0 * x - 1.0) x

[<Fact>]
let ``a branch that is not known yet has the series of the one that is taken`` () =
    let xs = f64 [ 3 ] [ 0.5; 1.5; 2.0 ]
    let expected = Array.init 4 (fun k -> xs.ToDoubles() |> Array.map (fun x -> (derivatives branches x 3)[k]))
    let inside = vmap (fun x -> jet branches x 3) xs
    let outside = jet (vmap branches) xs 3

    for k in 0..3 do
        closeValues "vmap of jet" 1e-14 expected[k] (inside[k].ToDoubles())
        closeValues "jet of vmap" 1e-14 expected[k] (outside[k].ToDoubles())

    for x in [ 0.5; 1.5 ] do
        closeValues "traced" 1e-14 (derivatives branches x 3) (values (snd (traced (fun x -> jet branches x 3) x)))

[<Fact>]
let ``a loop whose length is not known yet has the series of its steps`` () =
    let grow (x: Tensor) : Tensor = whileLoop (fun (c: Tensor) -> less c (scalar 20.0)) (fun c -> c * c + x) (x + 1.0)
    let direct = derivatives grow 0.8 4
    closeValues "nested" 1e-9 (values (nested grow (scalar 0.8) 4)) direct
    closeValues "traced" 1e-13 direct (values (snd (traced (fun x -> jet grow x 4) 0.8)))
    let xs = f64 [ 2 ] [ 0.8; 2.5 ]
    let mapped = vmap (fun x -> jet grow x 4) xs
    let expected = xs.ToDoubles() |> Array.map (fun x -> derivatives grow x 4)

    for k in 0..4 do
        closeValues "mapped" 1e-13 (expected |> Array.map (fun e -> e[k])) (mapped[k].ToDoubles())

[<Fact>]
let ``checkpoints have the series of their functions, rules of one's own that of the rule`` () =
    closeValues "checkpoint" 1e-13 (derivatives (fun x -> exp (sin x)) 0.3 5) (derivatives (checkpoint (fun x -> exp (sin x))) 0.3 5)
    // The rule says something else than the function: the slope is 2 everywhere.
    let wrong = customJvp (fun (x: Tensor) -> exp x) (fun x dx -> exp x, 2.0 * dx)
    let expected = [| exp 0.3; 2.0; 0.0; 0.0 |]
    closeValues "rule" 1e-13 expected (derivatives wrong 0.3 3)
    closeValues "traced rule" 1e-13 expected (values (snd (traced (fun x -> jet wrong x 3) 0.3)))

[<Fact>]
let ``gradients go through the series of a loop`` () =
    let second (x: Tensor) = (jet (looped false) x 2)[2]
    closeValues "gradient" 1e-9 [| (derivatives (writtenOut false) 0.7 3)[3] |] [| (grad second (scalar 0.7)).ToDouble() |]

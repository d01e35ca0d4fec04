/// Tutorial: a physics-informed network (Raissi, Perdikaris and Karniadakis 2019) that solves u″ = −π² sin(πx), u(0) = u(1) = 0. The loss holds
/// second derivatives in x and is differentiated once more, in the weights. The solution is sin(πx).
module DeepFun.Core.Tests.Tutorials.PhysicsInformedTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private start =
    let normal seed : Tensor = Random.normal64 [ 16 ] (Key.ofSeed seed)
    Params.Of(struct ("w1", 2.0 * normal 0L), struct ("b1", normal 1L), struct ("w2", 0.25 * normal 2L))

/// u at one place. The factor x (1 − x) keeps the boundary (Lagaris, Likas and Fotiadis 1998).
let private u (p: Params) (x: Tensor) : Tensor = x * (1.0 - x) * dot p["w2"] (tanh (p["w1"] * x + p["b1"]))

let private source (x: Tensor) : Tensor = -(Math.PI ** 2.0) * sin (Math.PI * x)
let private places = Tensor.vector64 [ for i in 0..24 -> float i / 24.0 ]

/// How far the equation is from holding, squared, averaged over the places.
let private residual (p: Params) : Tensor = mean (square (vmap (fun x -> diffN 2 (u p) x - source x) places))

[<Fact>]
let ``second derivatives of the network are the finite differences`` () =
    for x in [ 0.1; 0.5; 0.8 ] do
        let at (x: float) = (u start (Tensor.scalar64 x)).ToDouble()
        let h = 1e-4
        number 1e-5 ((at (x + h) - 2.0 * at x + at (x - h)) / (h * h)) (diffN 2 (u start) (Tensor.scalar64 x))

[<Fact>]
let ``the residual falls and the solution is found, between the places too`` () =
    let optimizer = Optimizers.adam (Tensor.scalar64 0.02)

    let step (p, state) _ =
        let updates, state = optimizer.Update (grad residual p) state p
        Optimizer.apply updates p, state

    let solved = Seq.fold step (start, optimizer.Init start) [ 1..200 ] |> fst
    let before, after = (residual start).ToDouble(), (residual solved).ToDouble()
    Assert.True(after < before / 100.0, $"residual {before}, then {after}")

    let between = [ for i in 0..99 -> (float i + 0.5) / 100.0 ]
    let found = (vmap (u solved) (Tensor.vector64 between)).ToDoubles()
    let worst = Seq.map2 (fun x (u: float) -> abs (u - sin (Math.PI * x))) between found |> Seq.max
    Assert.True(worst < 0.01, $"off by {worst}")

/// Tutorial: a neural differential equation (Chen, Rubanova, Bettencourt and Duvenaud 2018). A network is the field of x′ = f(x) and learns a
/// spiral from points on it. The gradient in the weights comes from the adjoint equation.
module DeepFun.Core.Tests.Tutorials.NeuralOdeTests

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private times = [ 0.0..0.5..3.0 ]
let private start = Tensor.vector64 [ 1.0; 0.0 ]

/// e⁻⁰·¹ᵗ (cos t, sin t)
let private spiral: Tensor = stack 0 [ for t in times -> exp (-0.1 * t) * Tensor.vector64 [ cos t; sin t ] ]

let private network =
    let normal sizes seed : Tensor = Random.normal64 sizes (Key.ofSeed seed)
    Params.Of(struct ("w1", 0.5 * normal [ 8; 2 ] 0L), struct ("b1", 0.1 * normal [ 8 ] 1L), struct ("w2", 0.3 * normal [ 2; 8 ] 2L))

let private field (p: Params) (_: Tensor) (x: Tensor) : Tensor = matmul p["w2"] (tanh (matmul p["w1"] x + p["b1"]))
let private distance (path: Tensor) : Tensor = mean (square (path - spiral))

[<Fact>]
let ``the adjoint gives the gradient through the steps, which is the finite difference`` () =
    let exact = { OdeOptions.Default with RelativeTolerance = 1e-10; AbsoluteTolerance = 1e-10 }
    let throughSteps p = distance (odeintWith exact (field p) start times)
    let steps = grad throughSteps network
    let adjoint = grad (fun p -> distance (odeintAdjointWith exact field p start times)) network
    closeAll "adjoint" 1e-7 (Tree.leaves steps) (Tree.leaves adjoint)
    closeAll "finite differences" 1e-6 (Numeric.grad None throughSteps network |> Tree.leaves) (Tree.leaves steps)

[<Fact>]
let ``the network learns the spiral`` () =
    // Training needs no more digits than these.
    let rough = { OdeOptions.Default with RelativeTolerance = 1e-4; AbsoluteTolerance = 1e-4 }
    let loss p = distance (odeintAdjointWith rough field p start times)
    let optimizer = Optimizers.adam (Tensor.scalar64 0.05)

    let step (p, state) _ =
        let updates, state = optimizer.Update (grad loss p) state p
        Optimizer.apply updates p, state

    let trained = Seq.fold step (network, optimizer.Init network) [ 1..60 ] |> fst
    let before, after = (loss network).ToDouble(), (loss trained).ToDouble()
    Assert.True(after < before / 10.0, $"distance {before}, then {after}")

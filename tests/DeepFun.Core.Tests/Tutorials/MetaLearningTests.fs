/// Tutorial: model-agnostic meta-learning (Finn, Abbeel and Levine 2017, arXiv:1703.03400) on sinusoids: parameters from which one step of
/// gradient descent on ten points fits a new curve. The derivative goes through that step.
module DeepFun.Core.Tests.Tutorials.MetaLearningTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private predict (p: Params) (x: Tensor) : Tensor =
    let hidden: Tensor = tanh (matmul x p["w1"] + p["b1"])
    let hidden: Tensor = tanh (matmul hidden p["w2"] + p["b2"])
    matmul hidden p["w3"] + p["b3"]

let private start =
    let normal seed rows columns : Tensor = Random.normal64 [ rows; columns ] (Key.ofSeed seed) / sqrt (float rows)
    let zeros n = Tensor.fullOf DType.Float64 [ n ] 0.0

    Params.Of(
        struct ("w1", normal 0L 1 20),
        struct ("b1", zeros 20),
        struct ("w2", normal 1L 20 20),
        struct ("b2", zeros 20),
        struct ("w3", normal 2L 20 1),
        struct ("b3", zeros 1)
    )

/// A task is a curve a sin(x + φ), with ten points to adapt to and ten others to be judged by.
type Task = { Amplitude: Tensor; Phase: Tensor; Support: Tensor; Query: Tensor }

let private tasks (n: int) (seed: int64) : Task =
    let keys = Key.split 4 (Key.ofSeed seed)
    let uniform (low: float) (high: float) sizes key : Tensor = low + (high - low) * Random.uniform64 sizes key

    {
        Amplitude = uniform 0.5 2.0 [ n ] keys[0]
        Phase = uniform 0.0 Math.PI [ n ] keys[1]
        Support = uniform -3.0 3.0 [ n; 10; 1 ] keys[2]
        Query = uniform -3.0 3.0 [ n; 10; 1 ] keys[3]
    }

let private error (task: Task) (x: Tensor) (p: Params) : Tensor = mean (square (predict p x - task.Amplitude * sin (x + task.Phase)))

let private adapt (task: Task) (p: Params) : Params = Tree.map2 (fun (w: Tensor) g -> w - 0.1 * g) p (grad (error task task.Support) p)

/// The error on new points after one step on the others, averaged over tasks that run side by side.
let private metaLoss (batch: Task) (p: Params) : Tensor = mean (vmap (fun task -> error task task.Query (adapt task p)) batch)

[<Fact>]
let ``the meta-gradient is the finite difference`` () =
    let loss = metaLoss (tasks 3 10L)
    let direction = start |> Tree.map (fun w -> cos (3.0 * w))
    let along = Tree.map2 (fun (g: Tensor) d -> sum (g * d)) (grad loss start) direction |> Tree.leaves |> Array.reduce (+)
    let moved (h: float) = (loss (Tree.map2 (fun (w: Tensor) d -> w + h * d) start direction)).ToDouble()
    number 1e-7 ((moved 1e-5 - moved -1e-5) / 2e-5) along

[<Fact>]
let ``after meta-training one step fits a new sinusoid`` () =
    let optimizer = Optimizers.adam (Tensor.scalar64 0.01)

    let step (p, state) i =
        let updates, state = optimizer.Update (grad (metaLoss (tasks 8 (int64 i))) p) state p
        Optimizer.apply updates p, state

    let trained = Seq.fold step (start, optimizer.Init start) [ 100..159 ] |> fst
    let fresh = tasks 50 1L
    let unadapted = (mean (vmap (fun task -> error task task.Query trained) fresh)).ToDouble()
    let before, after = (metaLoss fresh start).ToDouble(), (metaLoss fresh trained).ToDouble()
    Assert.True(after < before / 5.0, $"before {before}, after {after}")
    Assert.True(after < unadapted / 2.0, $"one step takes {unadapted} to {after}")

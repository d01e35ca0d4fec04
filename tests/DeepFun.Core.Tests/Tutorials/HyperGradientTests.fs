/// Tutorial: hypergradients. Training is a function of the learning rate and the L2 strength, so the loss on validation data has a gradient in them.
module DeepFun.Core.Tests.Tutorials.HyperGradientTests

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

/// Logarithms, so that both stay positive.
type Hyper = { LogRate: Tensor; LogL2: Tensor }

/// Few noisy points of a linear function.
let private truth = Random.normal64 [ 8 ] (Key.ofSeed 0L)

let private data (n: int) (seed: int64) : Tensor * Tensor =
    let inputs, noise = Key.split2 (Key.ofSeed seed)
    let x = Random.normal64 [ n; 8 ] inputs
    x, matmul x truth + 0.5 * Random.normal64 [ n ] noise

let private training = data 10 1L
let private validation = data 40 2L
let private error (x: Tensor, y: Tensor) (w: Tensor) : Tensor = mean (square (matmul x w - y))

/// 25 steps of gradient descent from zero, then the error on data that training has not seen.
let private validationLoss (hyper: Hyper) : Tensor =
    let rate, l2 = exp hyper.LogRate, exp hyper.LogL2
    let objective (w: Tensor) : Tensor = error training w + l2 * sum (square w)
    let step (w: Tensor) _ : Tensor = w - rate * grad objective w
    Seq.fold step (Tensor.fullOf DType.Float64 [ 8 ] 0.0) [ 1..25 ] |> error validation

let private start = { LogRate = Tensor.scalar64 (log 0.02); LogL2 = Tensor.scalar64 (log 1.0) }

[<Fact>]
let ``the gradient in learning rate and L2 is the finite difference`` () =
    let g = grad validationLoss start
    let at rate l2 = (validationLoss { LogRate = start.LogRate + rate; LogL2 = start.LogL2 + l2 }).ToDouble()
    let h = 1e-5
    number 1e-7 ((at h 0.0 - at -h 0.0) / (2.0 * h)) g.LogRate
    number 1e-7 ((at 0.0 h - at 0.0 -h) / (2.0 * h)) g.LogL2
    // Both matter here; a gradient of zero would pass otherwise.
    Assert.True(abs (g.LogRate.ToDouble()) > 0.1 && abs (g.LogL2.ToDouble()) > 0.1)

[<Fact>]
let ``descent on the hyperparameters lowers the validation loss at every step`` () =
    let step hyper _ = Tree.map2 (fun (h: Tensor) g -> h - 0.2 * g) hyper (grad validationLoss hyper)
    let losses = Seq.scan step start [ 1..20 ] |> Seq.map (fun h -> (validationLoss h).ToDouble()) |> Array.ofSeq

    for before, after in Array.pairwise losses do
        Assert.True(after < before, $"%A{losses}")

    Assert.True(Array.last losses < 0.6 * losses[0], $"%A{losses}")

/// Tutorial: the gradient of every example of a batch, from one call.
module DeepFun.Core.Tests.Tutorials.PerExampleGradientTests

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

type Network = { Hidden: Tensor; Bias: Tensor; Output: Tensor }

/// Cross-entropy of one example, or the mean over a batch: the same function.
let private loss (network: Network) (x: Tensor, label: Tensor) : Tensor =
    let hidden: Tensor = tanh (matmul x network.Hidden + network.Bias)
    -(mean (sumOver [ -1 ] (label * logSoftmax -1 (matmul hidden network.Output))))

let private network =
    {
        Hidden = Random.normal64 [ 4; 8 ] (Key.ofSeed 0L)
        Bias = Random.normal64 [ 8 ] (Key.ofSeed 1L)
        Output = Random.normal64 [ 8; 3 ] (Key.ofSeed 2L)
    }

let private inputs = Random.normal64 [ 6; 4 ] (Key.ofSeed 3L)
let private labels = oneHot 3 (Tensor.ofArray [ 6 ] [| 0; 2; 1; 1; 0; 2 |]) |> cast DType.Float64

[<Fact>]
let ``gradients of examples are those of a loop, and average to the gradient of the batch`` () =
    // The network is the same for all examples; axis 0 of inputs and labels is mapped.
    let perExample =
        vmapAxes
            (Axes.Each(Axes.Unmapped, Axes.At 0))
            (Axes.At 0)
            (fun (network, example) -> grad (fun n -> loss n example) network)
            (network, (inputs, labels))

    Assert.Equal<int[]>([| 6; 4; 8 |], perExample.Hidden.Shape.ToArray())

    let looped = [ for i in 0..5 -> grad (fun n -> loss n (item 0 i inputs, item 0 i labels)) network ]

    for i, expected in List.indexed looped do
        closeAll $"example {i}" 1e-14 (Tree.leaves expected) (Tree.leaves (Tree.map (item 0 i) perExample))

    let ofBatch = grad (fun n -> loss n (inputs, labels)) network
    closeAll "batch" 1e-14 (Tree.leaves ofBatch) (Tree.leaves (Tree.map (meanOver [ 0 ]) perExample))

    // What they are for: how strongly each example pulls, as for clipping in private training.
    let norm (t: Network) = t |> Tree.leaves |> Array.map (fun g -> sum (square g)) |> Array.reduce (+) |> sqrt
    let norms = vmap norm perExample
    closeValues "norms" 1e-14 [| for g in looped -> (norm g).ToDouble() |] (norms.ToDoubles())

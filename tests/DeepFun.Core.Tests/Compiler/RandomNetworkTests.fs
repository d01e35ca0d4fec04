/// Networks drawn at random take compiled steps of training that are those of the operations one by one.
module DeepFun.Core.Tests.Compiler.RandomNetworkTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private pick (random: Random) (xs: 'a list) = xs[random.Next xs.Length]

/// What may follow where one example has so many axes.
let private layers (random: Random) (rank: int) : Layer list =
    let size most = random.Next(1, most)

    match rank with
    | 3 ->
        [
            Layers.conv2d (size 20) (size 4)
            Layers.maxPool2d 2
            Layers.averagePool2d 2
            Layers.batchNorm
            Layers.relu
            Layers.dropout 0.3
            Layer.residual (Layers.activation Activation.Silu)
            Layers.flatten
        ]
    | 2 ->
        [
            Layers.dense (size 20)
            Layers.layerNorm
            Layers.lstm (size 9)
            Layers.gru (size 9)
            Layers.rnn (size 9)
            Layers.multiHeadAttention 1
            Layers.activation Activation.Tanh
            Layers.flatten
        ]
    | _ ->
        [
            Layers.denseWith Activation.Gelu (size 40)
            Layers.denseWith Activation.Softplus (size 40)
            Layers.batchNorm
            Layers.layerNorm
            Layers.dropout 0.5
            Layer.residual (Layers.activation Activation.Tanh)
        ]

/// Layers that fit each other, and the shape that they give.
let rec private draw (random: Random) (shape: Shape) (depth: int) : Layer list * Shape =
    if depth = 0 then
        [], shape
    else
        let layer = pick random (layers random shape.Rank)

        match
            (try
                Some(layer.OutputShape shape)
             with :? DeepFunException ->
                 None)
        with
        | Some next when next.Size > 0 && next.Size < 2000 ->
            let rest, last = draw random next (depth - 1)
            layer :: rest, last
        | Some _
        | None -> draw random shape (depth - 1)

[<Theory>]
[<InlineData(1)>]
[<InlineData(2)>]
[<InlineData(3)>]
[<InlineData(4)>]
let ``random networks learn the same compiled`` (seed: int) =
    let random = Random seed

    for i in 1..40 do
        let shape =
            pick
                random
                [
                    [| random.Next(1, 4); random.Next(4, 13); random.Next(4, 13) |]
                    [| random.Next(1, 7); random.Next(1, 9) |]
                    [| random.Next(1, 30) |]
                ]
            |> Shape.Create

        let parts, last = draw random shape (random.Next(1, 7))
        let ending = if last.Rank > 1 then [ Layers.flatten; Layers.dense 5 ] else [ Layers.dense 5 ]
        let n = random.Next(2, 9)

        let data =
            Dataset(
                cast DType.Float32 (Random.normal (Seq.append [ n ] shape) (Key.ofSeed (int64 i))),
                Tensor.ofArray [ n ] (Array.init n (fun _ -> random.Next 5))
            )

        // Optimizers that divide by what they have seen would make steps of rounding errors where a gradient is 0.
        let recipe =
            {
                Model = Layer.sequential (parts @ ending)
                Loss = Losses.sparseCategoricalCrossEntropyFromLogits
                Optimizer = pick random [ Optimizers.sgd 0.1; Optimizer.chain [ Clipping.byGlobalNorm 1.0; Optimizers.momentum 0.05 ] ]
                Metrics = [ Metrics.accuracy ]
                Penalty = pick random [ None; Some(Penalties.l2 1e-2 Penalties.weights) ]
            }

        let mutable state = Training.init recipe shape (Key.ofSeed 3L)

        for _ in 1..3 do
            let plain, one = Training.step recipe state data
            let compiled, other = Training.compiledStep recipe state data
            let name = string recipe.Model.Name
            closeAll name 1e-4 (Tree.leaves plain.Params) (Tree.leaves compiled.Params)
            closeAll name 1e-4 (Tree.leaves plain.ModelState) (Tree.leaves compiled.ModelState)
            Assert.Equal(one.Loss, other.Loss, 1e-4 * (1.0 + abs one.Loss))
            state <- compiled

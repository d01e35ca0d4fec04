/// Recurrent layers and embeddings: what does not depend on what, state in and out, and traces that do not grow.
module DeepFun.Core.Tests.Layers.RecurrentTests

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Layers.Oracle
open Xunit

let private kinds = [ RecurrentKind.Simple Activation.Tanh; RecurrentKind.Lstm; RecurrentKind.Gru ]

let private double p = Tree.map (cast DType.Float64) p

let private integers (sizes: int list) (values: int list) = Tensor.ofArray sizes (Array.ofList values)

let private equations (f: Tensor -> Tensor) (x: Tensor) =
    let struct (g, _) = Trace.graph Eval.Cpu (fun xs -> [| f xs[0] |]) [| x.Type |]
    g.Equations.Length

[<Fact>]
let ``a longer sequence is no larger graph`` () =
    for kind in kinds do
        let layer = Layers.recurrentOf { RecurrentOptions.Of(kind, 3) with Bidirectional = true }
        let p, s = layer.Init (Key.ofSeed 1L) (shapeOf [ 2; 2 ])
        let size steps = equations (fun x -> fst (layer.Apply Mode.Evaluation p s x)) (numbers 1 [ 1; steps; 2 ])
        let backwards steps = equations (grad (fun x -> sum (fst (layer.Apply Mode.Evaluation p s x)))) (numbers 1 [ 1; steps; 2 ])
        Assert.Equal(size 2, size 300)
        Assert.Equal(backwards 2, backwards 300)

[<Fact>]
let ``a sequence in two parts is the sequence`` () =
    for kind in kinds do
        let o = { RecurrentOptions.Of(kind, 3) with Layers = 2 }
        let whole, kept = Layers.recurrentOf o, Layers.recurrentOf { o with Stateful = true }
        let p, s = kept.Init (Key.ofSeed 2L) (shapeOf [ 5; 2 ])
        let p = double p
        let x = numbers 3 [ 2; 5; 2 ]
        let expected, _ = whole.Apply Mode.Evaluation p s x
        let first, s = kept.Apply Mode.Evaluation p s (slice 1 0 2 x)
        let second, _ = kept.Apply Mode.Evaluation p s (slice 1 2 5 x)
        close 1e-12 expected (concat 1 [ first; second ])

[<Fact>]
let ``what stands behind a sequence's end changes nothing and learns nothing`` () =
    for kind in kinds do
        for sequences in [ true; false ] do
            let network = Network.recurrentOf { RecurrentOptions.Of(kind, 3) with Bidirectional = true; Sequences = sequences }
            let lengths = integers [ 2 ] [ 2; 4 ]
            let input x : RecurrentInput = { RecurrentInput.Of x with Lengths = lengths }
            let x = numbers 4 [ 2; 4; 2 ]
            let p, s = network.Init (Key.ofSeed 3L) (input x)
            let p = double p
            let run x = (fst (network.Apply Mode.Evaluation p s (input x))).Outputs
            let garbage = where (expandDims -1 (Attention.lengthMask 4 lengths)) x (fullLike 1e3 x)
            close 0.0 (run x) (run garbage)
            let weighted x = sum (run x * numbers 5 (List.ofSeq (run x).Shape))
            let g = grad weighted x
            close 0.0 (zerosLike (slice 1 2 4 (item 0 0 x |> expandDims 0))) (item 0 0 g |> expandDims 0 |> slice 1 2 4)
            checkGradient weighted x

            // The first sequence is what it is alone.
            let alone = (fst (network.Apply Mode.Evaluation p s (RecurrentInput.Of(slice 0 0 1 x |> slice 1 0 2)))).Outputs
            let first = slice 0 0 1 (run x)
            close 1e-12 alone (if sequences then slice 1 0 2 first else first)

[<Fact>]
let ``without sequences the last state is given`` () =
    let o = { RecurrentOptions.Of(RecurrentKind.Gru, 3) with Bidirectional = true }
    let all, last = Layers.recurrentOf o, Layers.recurrentOf { o with Sequences = false }
    let p, s = all.Init (Key.ofSeed 4L) (shapeOf [ 4; 2 ])
    let x = numbers 6 [ 2; 4; 2 ]
    let y, _ = all.Apply Mode.Evaluation p s x
    // Forwards the last place is the last state, backwards the first place.
    let expected = concat -1 [ item 1 3 y |> slice -1 0 3; item 1 0 y |> slice -1 3 6 ]
    close 0.0 expected (fst (last.Apply Mode.Evaluation p s x))

[<Fact>]
let ``dropout stands between layers, while learning`` () =
    let layer rate layers = Layers.recurrentOf { RecurrentOptions.Of(RecurrentKind.Lstm, 8) with Layers = layers; Dropout = rate }
    let x = numbers 7 [ 2; 3; 4 ]

    for layers, same in [ 1, true; 2, false ] do
        let p, s = (layer 0.5 layers).Init (Key.ofSeed 5L) (shapeOf [ 3; 4 ])
        let learning rate = fst ((layer rate layers).Apply (Mode.Training(Key.ofSeed 6L)) p s x)
        let difference = amax (abs (learning 0.5 - learning 0.0))
        Assert.Equal(same, (difference.ToDouble() = 0.0))

[<Fact>]
let ``an embedding's gradient counts its indices`` () =
    let layer = Layers.embeddingOf { EmbeddingOptions.Of(5, 2) with Padding = Some 0 }
    let p, s = layer.Init (Key.ofSeed 7L) (shapeOf [ 3 ])
    let x = integers [ 2; 3 ] [ 4; 0; 4; 1; 0; 4 ]
    let y, _ = layer.Apply Mode.Evaluation p s x
    Assert.Equal<int[]>([| 2; 3; 2 |], sizes y)
    Assert.Equal<int[]>([| 3; 2 |], (layer.OutputShape(shapeOf [ 3 ])).ToArray())
    close 0.0 (Tensor.zeros [ 2; 2 ]) (item 1 1 (stack 0 [ item 0 0 y; item 0 1 y ]))
    close 0.0 (item 0 4 p["weight"]) (item 0 2 (item 0 1 y))
    let g = grad (fun p -> sum (fst (layer.Apply Mode.Evaluation p s x))) p
    close 0.0 (Tensor.ofArray [ 5; 2 ] [| 0.0; 0.0; 1.0; 1.0; 0.0; 0.0; 0.0; 0.0; 3.0; 3.0 |]) g["weight"]
    // Under vmap over tables and over batches, and from bytes.
    let tables = p |> Tree.map (fun t -> stack 0 [ t; t * 2.0 ])
    let run p x = fst (layer.Apply Mode.Evaluation p s x)
    close 0.0 (stack 0 [ y; y * 2.0 ]) (vmap (fun p -> run p x) tables)
    close 0.0 (stack 0 [ y; y ]) (vmap (run p) (stack 0 [ x; x ]))
    close 0.0 y (run p (cast DType.UInt8 x))
    close 0.0 y ((compile (fun (p, x) -> run p x)).Invoke(p, x))

[<Fact>]
let ``padding is left out of bags`` () =
    let bag reduction = Layers.embeddingBagOf reduction { EmbeddingOptions.Of(4, 2) with Padding = Some 0 }
    let p = Params.Of(struct ("weight", Tensor.ofArray [ 4; 2 ] [| 9.0; 9.0; 1.0; -2.0; 3.0; -4.0; 5.0; 6.0 |]))
    let x = integers [ 3; 3 ] [ 1; 0; 2; 0; 0; 0; 3; 3; 1 ]
    let run reduction = fst ((bag reduction).Apply Mode.Evaluation p Params.Empty x)
    close 1e-15 (Tensor.ofArray [ 3; 2 ] [| 4.0; -6.0; 0.0; 0.0; 11.0; 10.0 |]) (run BagReduction.Sum)
    close 1e-15 (Tensor.ofArray [ 3; 2 ] [| 2.0; -3.0; 0.0; 0.0; 11.0 / 3.0; 10.0 / 3.0 |]) (run BagReduction.Mean)
    close 0.0 (Tensor.ofArray [ 3; 2 ] [| 3.0; -2.0; 0.0; 0.0; 5.0; 6.0 |]) (run BagReduction.Max)

[<Fact>]
let ``refusals`` () =
    refuses "DF0902" "units of LSTM" (fun () -> Layers.lstm 0)
    refuses "DF0902" "dropout of GRU" (fun () -> Layers.recurrentOf { RecurrentOptions.Of(RecurrentKind.Gru, 1) with Dropout = 1.0 })
    refuses "DF0901" "sequences" (fun () -> (Layers.gru 2).OutputShape(shapeOf [ 3 ]))

    refuses "DF0125" "a batch of sequences" (fun () ->
        (Layers.gru 2).Apply Mode.Evaluation Params.Empty Params.Empty (Tensor.zeros [ 2; 2 ]))

    refuses "DF0902" "padding of an embedding" (fun () -> Layers.embeddingOf { EmbeddingOptions.Of(3, 2) with Padding = Some 3 })
    let layer = Layers.embedding 3 2
    let p, s = layer.Init (Key.ofSeed 1L) (shapeOf [ 2 ])
    refuses "DF0941" "float32" (fun () -> layer.Apply Mode.Evaluation p s (Tensor.zeros [ 1; 2 ]))
    refuses "DF0103" "3" (fun () -> layer.Apply Mode.Evaluation p s (integers [ 1; 1 ] [ 3 ]))

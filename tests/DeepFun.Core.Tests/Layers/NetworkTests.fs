/// Models over several tensors: two heads, several inputs, shared weights, masks as inputs.
module DeepFun.Core.Tests.Layers.NetworkTests

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Layers.Oracle
open Xunit

let private paths (p: Params) = p.Entries |> Seq.map _.Key |> List.ofSeq
let private double p = Tree.map (cast DType.Float64) p

let private twoHeads =
    Network.define "two heads" (fun parts x ->
        let trunk = parts.Apply("trunk", Layers.denseWith Activation.Tanh 5, x)
        parts.Apply("price", Layers.dense 1, trunk), parts.Apply("kind", Layers.dense 3, trunk))

[<Fact>]
let ``two heads on one trunk`` () =
    let x = numbers 1 [ 4; 2 ]
    let p, s = twoHeads.Init (Key.ofSeed 1L) x
    Assert.Equal<string list>([ "trunk/weight"; "trunk/bias"; "price/weight"; "price/bias"; "kind/weight"; "kind/bias" ], paths p)
    let shapes = Network.outputShapes x twoHeads |> List.map (fun (_, s) -> List.ofSeq s)
    Assert.Equal<int list list>([ [ 4; 1 ]; [ 4; 3 ] ], shapes)
    let p = double p
    let run p x = fst (twoHeads.Apply Mode.Evaluation p s x)
    let price, kind = run p x
    let dense (path: string) (x: Tensor) : Tensor = matmul x p[path + "/weight"] + p[path + "/bias"]
    let trunk = tanh (dense "trunk" x)
    close 1e-12 (dense "price" trunk) price
    close 1e-12 (dense "kind" trunk) kind

    // One loss of both heads reaches the trunk.
    let loss (p, x) =
        let price, kind = run p x
        sum (square price) + sum (kind * numbers 2 [ 4; 3 ])

    checkGradient loss (p, x)
    let compiledPrice, compiledKind = (compile (fun (p, x) -> run p x)).Invoke(p, x)
    close 1e-12 price compiledPrice
    close 1e-12 kind compiledKind
    let batchedPrice, _ = vmap (fun x -> run p x) (stack 0 [ x; x + 1.0 ])
    close 1e-12 (stack 0 [ price; fst (run p (x + 1.0)) ]) batchedPrice

[<Fact>]
let ``shapes of outputs are found without drawing a parameter`` () =
    let drawn = System.Collections.Generic.List<Tensor>()

    let watched (of': Initializer) =
        Initializer(
            "watched",
            (fun key fans shape ->
                let t = of'.Draw(key, fans, shape)
                drawn.Add t
                t)
        )

    for first in [ Initializers.pytorch; Initializers.orthogonal 1.0; Initializers.truncatedNormal 0.0 1.0 ] do
        let layer =
            Layers.denseOf
                { DenseOptions.Of 3 with
                    WeightInitializer = watched first
                    BiasInitializer = watched Initializers.pytorch
                }

        let layer = Layers.denseOf { DenseOptions.Of 3 with WeightInitializer = watched first; Bias = false } --> layer
        drawn.Clear()
        let network = Network.define "two" (fun parts x -> parts.Apply("a", layer, x), parts.Apply("b", Layers.dense 5, x))
        let shapes = Network.outputShapes (numbers 1 [ 4; 2 ]) network |> List.map (fun (_, s) -> List.ofSeq s)
        Assert.Equal<int list list>([ [ 4; 3 ]; [ 4; 5 ] ], shapes)
        Assert.NotEmpty drawn
        Assert.All(drawn, (fun t -> Assert.NotSame(Eval.Cpu, t.Interpreter)))

[<Fact>]
let ``shapes of every layer's outputs are the announced ones`` () =
    for row in LayerTable.rows do
        let announced = (row.Layer.OutputShape(shapeOf row.Shape)).ToArray() |> List.ofArray
        let sample = cast DType.Float32 (numbers 3 (2 :: row.Shape))
        let shapes = Network.outputShapes sample (Network.ofLayer row.Layer) |> List.map (fun (_, s) -> List.ofSeq s)
        Assert.Equal<int list list>([ 2 :: announced ], shapes)

[<Fact>]
let ``a name that is used twice shares its parameters`` () =
    let twin =
        Network.define "twin" (fun parts (a, b) ->
            let encode x = parts.Apply("encoder", Layers.dense 3 --> Layers.tanh, x)
            sumOver [ -1 ] (encode a * encode b))

    let a, b = numbers 3 [ 4; 2 ], numbers 4 [ 4; 2 ]
    let p, s = twin.Init (Key.ofSeed 2L) (a, b)
    let p = double p
    Assert.Equal<string list>([ "encoder/0/weight"; "encoder/0/bias" ], paths p)
    let run p ab = fst (twin.Apply Mode.Evaluation p s ab)
    close 1e-12 (run p (a, b)) (run p (b, a))
    checkGradient (fun p -> sum (run p (a, b))) p

[<Fact>]
let ``an embedding is the output's weight too`` () =
    let model =
        Layer.define "tied" (fun parts x ->
            let h = parts.Apply("embedding", Layers.embedding 6 4, x)
            let h = parts.Apply("mix", Layers.lstm 4, h)

            matmul h (transpose ((parts.Parameters "embedding")["weight"]))
            + parts.Parameter("bias", shapeOf [ 6 ], Initializers.zeros))

    Assert.Equal<int[]>([| 5; 6 |], (model.OutputShape(shapeOf [ 5 ])).ToArray())
    let p, s = model.Init (Key.ofSeed 3L) (shapeOf [ 5 ])
    Assert.Equal(6 * 4 + 4 * 16 + 4 * 16 + 16 + 6, int p.Count)
    let x = Tensor.ofArray [ 1; 2 ] [| 1; 5 |]
    let p = double p
    checkGradient (fun p -> sum (fst (model.Apply Mode.Evaluation p s x) * numbers 5 [ 1; 2; 6 ])) p

[<Fact>]
let ``state and random numbers go through the parts`` () =
    let model =
        Layer.define "noisy" (fun parts x ->
            let y = parts.Apply("norm", Layers.batchNorm, x)
            let drop y = parts.Apply("drop", Layers.dropout 0.5, y)
            concat -1 [ drop y; drop y ])

    let p, s = model.Init (Key.ofSeed 4L) (shapeOf [ 30 ])
    let x = numbers 6 [ 8; 30 ] |> cast DType.Float32
    let y, after = model.Apply (Mode.Training(Key.ofSeed 5L)) p s x
    Assert.NotEqual<float>(0.0, (amax (abs (after["norm/mean"] - s["norm/mean"]))).ToDouble())
    // Each use draws anew.
    Assert.NotEqual<float[]>((slice -1 0 30 y).ToDoubles(), (slice -1 30 60 y).ToDoubles())
    let again, unchanged = model.Apply Mode.Evaluation p s x
    close 0.0 s["norm/mean"] unchanged["norm/mean"]
    close 0.0 (slice -1 0 30 again) (slice -1 30 60 again)

[<Fact>]
let ``a translator reads one sequence and writes another`` () =
    let model =
        Network.define "translator" (fun parts (source: MaskedSequence, target: Tensor) ->
            let encoder = Network.transformerEncoderBlockOf (TransformerOptions.Of(2, 3))
            let memory = parts.Apply("encoder", encoder, source)

            parts.Apply("decoder", Network.transformerDecoderBlock 2 3, { DecoderInput.Of(target, memory) with MemoryMask = source.Mask }))

    let mask = Attention.lengthMask 3 (Tensor.ofArray [ 2 ] [| 1; 3 |])
    let source, target = numbers 7 [ 2; 3; 4 ], numbers 8 [ 2; 2; 4 ]
    let input source : MaskedSequence * Tensor = { Sequence = source; Mask = mask }, target
    let p, s = model.Init (Key.ofSeed 6L) (input source)
    let p = double p
    let run source = fst (model.Apply Mode.Evaluation p s (input source))
    Assert.Equal<int[]>([| 2; 2; 4 |], sizes (run source))
    // What is hidden in the source is not read.
    let spoiled = where (expandDims -1 mask) source (fullLike 7.0 source)
    close 0.0 (run source) (run spoiled)
    checkGradient (fun x -> sum (run x * numbers 9 [ 2; 2; 4 ])) source
    close 1e-12 (run source) ((compile (fun (p, x) -> fst (model.Apply Mode.Evaluation p s x))).Invoke(p, input source))

[<Fact>]
let ``repeated blocks with masks are the blocks one after another`` () =
    let o = TransformerOptions.Of(2, 3)
    let mask = Attention.lengthMask 3 (Tensor.ofArray [ 2 ] [| 2; 3 |])
    let x, memory = numbers 11 [ 2; 3; 4 ], numbers 12 [ 2; 5; 4 ]

    let check (one: Network<'I, Tensor>) (several: Network<'I, Tensor>) (input: Tensor -> 'I) =
        let p, s = several.Init (Key.ofSeed 8L) (input x)
        let p = double p
        let block p x = fst (one.Apply Mode.Evaluation p s (input x))
        let expected = (x, [ 0..2 ]) ||> List.fold (fun x i -> block (p |> Tree.map (item 0 i)) x)
        close 1e-12 expected (fst (several.Apply Mode.Evaluation p s (input x)))

    check (Network.transformerEncoderBlockOf o) (Network.transformerEncoderOf 3 o) (fun x ->
        ({ Sequence = x; Mask = mask }: MaskedSequence))

    check (Network.transformerDecoderBlockOf o) (Network.transformerDecoderOf 3 o) (fun x -> DecoderInput.Of(x, memory))

[<Fact>]
let ``maxima go back where they stood`` () =
    let options =
        { PoolingOptions.Of(2, [| 3; 2 |]) with
            Strides = [| 3; 2 |]
            Padding = WindowPadding.Explicit [| 1; 0 |]
        }

    let pool, unpool = Network.maxPoolWithIndicesOf options, Network.maxUnpool [ 5; 6 ]
    let x = numbers 30 [ 2; 3; 5; 6 ]
    Assert.Equal<int list list>([ [ 2; 3; 2; 3 ]; [ 2; 3; 2; 3 ] ], Network.outputShapes x pool |> List.map (fun (_, s) -> List.ofSeq s))
    let pooled x = fst (pool.Apply Mode.Evaluation Params.Empty Params.Empty x)
    let back m = fst (unpool.Apply Mode.Evaluation Params.Empty Params.Empty m)
    let maxima = pooled x
    close 0.0 (fst ((Layers.maxPoolOf options).Apply Mode.Evaluation Params.Empty Params.Empty x)) maxima.Values
    Assert.Equal(DType.Int32, maxima.Indices.DType)
    // Windows that do not overlap: what comes back is x where it is a window's largest, by its definition.
    let at, largest = reader x, reader maxima.Values
    let row h = (h + 1) / 3

    let expected =
        build [ 2; 3; 5; 6 ] (fun p ->
            let v = at p
            if v = largest [ p[0]; p[1]; row p[2]; p[3] / 2 ] then v else 0.0)

    close 0.0 expected (back maxima)
    checkGradient (fun x -> sum (back (pooled x) * numbers 31 [ 2; 3; 5; 6 ])) x
    close 0.0 expected ((compile (fun x -> back (pooled x))).Invoke x)
    close 0.0 (stack 0 [ expected; expected ]) (vmap (fun x -> back (pooled x)) (stack 0 [ x; x ]))
    refuses "DF0902" "the sizes of MaxUnpool1D" (fun () -> Network.maxUnpool [ 0 ])
    refuses "DF0902" "the number of sizes" (fun () -> Network.maxUnpool [])
    refuses "DF0125" "MaxUnpool1D(9) takes" (fun () -> (Network.maxUnpool [ 9 ]).Apply Mode.Evaluation Params.Empty Params.Empty maxima)
    refuses "DF0901" "MaxPoolWithIndices2D" (fun () -> pool.Init (Key.ofSeed 1L) (numbers 1 [ 2; 3 ]))

[<Fact>]
let ``layers and functions are networks`` () =
    let layer = Layers.dense 2
    let network = Network.ofLayer layer
    let x = numbers 10 [ 3; 4 ]
    let p, s = network.Init (Key.ofSeed 7L) x
    close 0.0 (fst (layer.Apply Mode.Evaluation p s x)) (fst (network.Apply Mode.Evaluation p s x))
    let sum = Network.lift "sum" (fun (a: Tensor, b: Tensor) -> a + b)
    close 0.0 (x + x) (fst (sum.Apply Mode.Evaluation Params.Empty Params.Empty (x, x)))

[<Fact>]
let ``refusals name the part`` () =
    let inside = Layer.define "outer" (fun parts x -> parts.Apply("inner", Layers.conv2d 1 3, x))
    refuses "DF0901" "layer inner" (fun () -> inside.OutputShape(shapeOf [ 4 ]))
    let early = Layer.define "early" (fun parts x -> x * (parts.Parameters "later")["weight"])
    refuses "DF0942" "'later'" (fun () -> early.Init (Key.ofSeed 1L) (shapeOf [ 4 ]))
    let p, s = twoHeads.Init (Key.ofSeed 1L) (numbers 1 [ 4; 2 ])
    let other = Network.define "other" (fun parts x -> parts.Apply("trunk2", Layers.dense 5, x))
    refuses "DF0304" "trunk2" (fun () -> other.Apply Mode.Evaluation p s (numbers 1 [ 4; 2 ]))

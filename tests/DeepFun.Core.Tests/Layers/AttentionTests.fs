/// Attention: nothing depends on the future, a cache gives what the whole gives, positions, masks, and repeated blocks.
module DeepFun.Core.Tests.Layers.AttentionTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Layers.Oracle
open Xunit

let private double p = Tree.map (cast DType.Float64) p
let private evaluate (layer: Layer) p s x = fst (layer.Apply Mode.Evaluation p s x)

let private equations (f: Tensor -> Tensor) (x: Tensor) =
    let struct (g, _) = Trace.graph Eval.Cpu (fun xs -> [| f xs[0] |]) [| x.Type |]
    g.Equations.Length

let private causal heads = { AttentionOptions.Of heads with Causal = true }

[<Fact>]
let ``a causal layer's derivative in what comes later is exactly zero`` () =
    let block = TransformerOptions.Of(2, 3)

    let layers =
        [
            Layers.multiHeadAttentionOf { causal 2 with Rotary = true }
            Layers.multiHeadAttentionOf { causal 4 with KeyValueHeads = 2 }
            Layers.transformerEncoderBlockOf { block with Attention = causal 2 }
            Layers.transformerEncoderOf 2 { block with Attention = causal 2 }
        ]

    for layer in layers do
        let p, s = layer.Init (Key.ofSeed 1L) (shapeOf [ 4; 8 ])
        let p = double p
        let x = numbers 2 [ 1; 4; 8 ]

        for place in 0..3 do
            let g = grad (fun x -> sum (item 1 place (evaluate layer p s x) * numbers 3 [ 1; 8 ])) x
            Assert.All((slice 1 (place + 1) 4 g).ToDoubles(), (fun v -> Assert.Equal(0.0, v)))
            Assert.All((slice 1 0 (place + 1) g).ToDoubles(), (fun v -> Assert.NotEqual(0.0, v)))

/// A small generator: tokens to logits; with room for a cache it continues.
let private generator (cache: int) : Layer =
    let attention = { causal 4 with KeyValueHeads = 2; Rotary = true; Cache = cache }

    Layers.embedding 7 8
    --> Layers.positionEmbeddingOf (cache > 0) 6
    --> Layers.sinusoidalPositionsOf (cache > 0)
    --> Layers.transformerEncoderOf 2 { TransformerOptions.Of(4, 5) with Attention = attention }
    --> Layers.transformerEncoderBlockOf { TransformerOptions.Of(4, 5) with Attention = { attention with Rotary = false } }
    --> Layers.layerNorm
    --> Layers.dense 7

[<Fact>]
let ``a cache gives, token by token, what the whole sequence gives`` () =
    let whole, continued = generator 0, generator 6
    let p, s = continued.Init (Key.ofSeed 2L) (shapeOf [ 6 ])
    let p = double p
    let tokens = Tensor.ofArray [ 2; 6 ] [| 0; 3; 6; 1; 1; 2; 5; 5; 4; 0; 2; 6 |]
    let expected = evaluate whole p (snd (whole.Init (Key.ofSeed 2L) (shapeOf [ 6 ]))) tokens
    let step = compile (fun (p: Params, s: Params, x: Tensor) -> continued.Apply Mode.Evaluation p s x)

    for run in [ (fun p s x -> continued.Apply Mode.Evaluation p s x); (fun p s x -> step.Invoke(p, s, x)) ] do
        let prompt, s = run p s (slice 1 0 3 tokens)

        let rest, _ =
            (s, [ 3..5 ])
            ||> List.mapFold (fun s i ->
                let y, s = run p s (slice 1 i (i + 1) tokens)
                y, s)

        close 1e-12 expected (concat 1 (prompt :: rest))

    // One program for the prompt, one for every token after it.
    Assert.Equal(2, step.Compilations.Length)

[<Fact>]
let ``a full cache is refused`` () =
    let layer = Layers.multiHeadAttentionOf { AttentionOptions.Of 2 with Cache = 2 }
    let p, s = layer.Init (Key.ofSeed 3L) (shapeOf [ 2; 4 ])
    let _, s = layer.Apply Mode.Evaluation p s (numbers 4 [ 1; 2; 4 ])
    refuses "DF0103" "2" (fun () -> layer.Apply Mode.Evaluation p s (numbers 5 [ 1; 1; 4 ]))

[<Fact>]
let ``what may not be seen changes nothing, and who sees nothing gets zeros`` () =
    let q, k, v = numbers 6 [ 2; 3; 4 ], numbers 7 [ 2; 5; 4 ], numbers 8 [ 2; 5; 3 ]
    let mask = Attention.lengthMask 5 (Tensor.ofArray [ 2 ] [| 3; 0 |]) |> expandDims 1
    let run k v = Attention.scaledDotProductOf { AttentionScores.Default with Mask = mask } q k v
    let hidden = logicalNot (expandDims -1 (squeezeAxis 1 mask))
    let spoil (x: Tensor) = where hidden (fullLike 1e6 x) x
    close 0.0 (run k v) (run (spoil k) (spoil v))
    close 0.0 (Tensor.zeros [ 3; 3 ] |> cast DType.Float64) (item 0 1 (run k v))

    close
        1e-12
        (Attention.scaledDotProduct (slice 0 0 1 q) (slice 0 0 1 k |> slice 1 0 3) (slice 0 0 1 v |> slice 1 0 3))
        (slice 0 0 1 (run k v))

    checkGradient (fun (k, v) -> sum (run k v * numbers 9 [ 2; 3; 3 ])) (k, v)

[<Fact>]
let ``weights times values are the result`` () =
    let q, k, v = numbers 19 [ 2; 4; 3; 4 ], numbers 20 [ 2; 2; 3; 4 ], numbers 21 [ 2; 2; 3; 5 ]
    let scores = { AttentionScores.Default with Causal = true; Scale = Some 0.3 }
    let weights = Attention.weights scores q k
    close 1e-12 (Tensor.fullOf DType.Float64 [ 2; 4; 3 ] 1.0) (sumOver [ -1 ] weights)
    close 1e-12 (Attention.scaledDotProductOf scores q k v) (matmul weights (stack 2 [ v; v ] |> reshape [ 2; 4; 3; 5 ]))

[<Fact>]
let ``a mask does not open the future`` () =
    // The first place is hidden and the second is later: place 0 sees nothing.
    let q, v = numbers 10 [ 1; 2; 4 ], numbers 11 [ 1; 2; 4 ]
    let mask = Tensor.ofArray [ 1; 1; 2 ] [| false; true |]
    let y = Attention.scaledDotProductOf { AttentionScores.Default with Causal = true; Mask = mask } q q v
    close 0.0 (zerosLike (item 1 0 v)) (item 1 0 y)
    close 1e-15 (item 1 1 v) (item 1 1 y)

[<Fact>]
let ``grouped queries are repeated keys`` () =
    let q, k, v = numbers 12 [ 2; 6; 3; 4 ], numbers 13 [ 2; 2; 5; 4 ], numbers 14 [ 2; 2; 5; 3 ]
    let each x = x |> item 1 0 |> fun first -> stack 1 [ first; first; first; item 1 1 x; item 1 1 x; item 1 1 x ]
    close 1e-12 (Attention.scaledDotProduct q (each k) (each v)) (Attention.scaledDotProduct q k v)

[<Fact>]
let ``rotary products depend on differences of places, and keep lengths`` () =
    let places (first: int) = Tensor.ofArray [ 3 ] [| first; first + 1; first + 2 |]
    let q, k = numbers 15 [ 3; 6 ], numbers 16 [ 3; 6 ]
    let products first = matmul (Attention.rotary 10000.0 (places first) q) (transpose (Attention.rotary 10000.0 (places first) k))
    close 1e-9 (products 0) (products 70)
    close 1e-12 (sumOver [ 1 ] (square q)) (sumOver [ 1 ] (square (Attention.rotary 10000.0 (places 5) q)))
    // By its definition: features 1 and 4 of place 2, with wave 10000^(-2/6).
    let angle = 2.0 * Math.Pow(10000.0, -2.0 / 6.0)
    let turned = Attention.rotary 10000.0 (places 0) q
    let at = reader q
    close 1e-12 (build [] (fun _ -> at [ 2; 1 ] * cos angle - at [ 2; 4 ] * sin angle)) (item 0 1 (item 0 2 turned))
    close 1e-12 (build [] (fun _ -> at [ 2; 4 ] * cos angle + at [ 2; 1 ] * sin angle)) (item 0 4 (item 0 2 turned))

[<Fact>]
let ``sinusoidal positions are those of the paper`` () =
    let came = Attention.sinusoidal 6 (Tensor.ofArray [ 4 ] [| 0; 1; 2; 9 |])

    let expected =
        build [ 4; 6 ] (fun place ->
            let position = [| 0.0; 1.0; 2.0; 9.0 |][place[0]]
            let angle = position / Math.Pow(10000.0, float (place[1] / 2 * 2) / 6.0)
            if place[1] % 2 = 0 then sin angle else cos angle)

    close 1e-6 expected came

[<Fact>]
let ``a repeated block is the blocks one after another`` () =
    let block = Layers.transformerEncoderBlockOf { TransformerOptions.Of(2, 3) with Dropout = 0.0 }
    let repeated = Layer.repeat 3 block
    let p, s = repeated.Init (Key.ofSeed 4L) (shapeOf [ 3; 4 ])
    let p = double p
    let x = numbers 17 [ 2; 3; 4 ]
    let expected = (x, [ 0..2 ]) ||> List.fold (fun x i -> evaluate block (p |> Tree.map (item 0 i)) Params.Empty x)
    close 1e-12 expected (evaluate repeated p s x)
    close 1e-12 expected (evaluate repeated p s (cast DType.Float64 x))
    Assert.Equal(3L * (fst (block.Init (Key.ofSeed 4L) (shapeOf [ 3; 4 ]))).Count, p.Count)

    let size n =
        let repeated = Layer.repeat n block
        let p, s = repeated.Init (Key.ofSeed 4L) (shapeOf [ 3; 4 ])
        equations (grad (fun x -> sum (evaluate repeated p s x))) x

    Assert.Equal(size 2, size 12)

[<Fact>]
let ``each repetition drops anew, and a repeated batch norm keeps its state`` () =
    // Two dropouts of one half that drop the same would keep half of the numbers, and a quarter otherwise.
    let repeated = Layer.repeat 2 (Layers.dropout 0.5)
    let y, _ = repeated.Apply (Mode.Training(Key.ofSeed 5L)) Params.Empty Params.Empty (Tensor.ones [ 100; 100 ])
    let kept = (mean (cast DType.Float64 (greater y (zerosLike y)))).ToDouble()
    Assert.InRange(kept, 0.25 - 5.0 * 0.0044, 0.25 + 5.0 * 0.0044)
    let norms = Layer.repeat 2 Layers.batchNorm
    let p, s = norms.Init (Key.ofSeed 6L) (shapeOf [ 3 ])
    let _, after = norms.Apply (Mode.Training(Key.ofSeed 7L)) p s (cast DType.Float32 (numbers 18 [ 5; 3 ] + 2.0))
    Assert.Equal<int[]>([| 2; 3 |], sizes after["mean"])
    // The second norm sees what the first has centred.
    close 1e-6 (Tensor.zeros [ 3 ]) (item 0 1 after["mean"])

[<Fact>]
let ``causal queries that stand before the first key give zeros, and have no derivative`` () =
    // Queries and keys end together: of 5 queries on 3 keys the first two stand before them.
    let q, k, v = numbers 22 [ 2; 2; 5; 4 ], numbers 23 [ 2; 1; 3; 4 ], numbers 24 [ 2; 1; 3; 2 ]
    let scores = { AttentionScores.Default with Causal = true }
    let run (q, k, v) = Attention.scaledDotProductOf scores q k v
    let y, weights = run (q, k, v), Attention.weights scores q k
    close 0.0 (Tensor.fullOf DType.Float64 [ 2; 2; 2; 2 ] 0.0) (slice -2 0 2 y)
    close 0.0 (Tensor.fullOf DType.Float64 [ 2; 2; 2; 3 ] 0.0) (slice -2 0 2 weights)
    close 1e-12 (Tensor.fullOf DType.Float64 [ 2; 2; 3 ] 1.0) (sumOver [ -1 ] (slice -2 2 5 weights))
    // The others are a square's.
    close 1e-15 (run (slice -2 2 5 q, k, v)) (slice -2 2 5 y)
    let loss at = sum (run at * numbers 25 [ 2; 2; 5; 2 ])
    checkGradient loss (q, k, v)
    let dq, _, _ = grad loss (q, k, v)
    close 0.0 (Tensor.fullOf DType.Float64 [ 2; 2; 2; 4 ] 0.0) (slice -2 0 2 dq)

    for dtype in [ DType.Float16; DType.BFloat16 ] do
        let y = run (cast dtype q, cast dtype k, cast dtype v)
        Assert.Equal(dtype, y.DType)
        close 0.0 (zerosLike (slice -2 0 2 y)) (slice -2 0 2 y)

[<Fact>]
let ``the last queries alone give what they give among all`` () =
    let x = numbers 26 [ 2; 5; 8 ]

    for rotary in [ false; true ] do
        let o = { causal 4 with KeyValueHeads = 2; Rotary = rotary }
        let whole = Layers.multiHeadAttentionOf o
        let p, s = whole.Init (Key.ofSeed 9L) (shapeOf [ 5; 8 ])
        let p = double p
        let expected = evaluate whole p s x
        let input first last memory = { Queries = slice 1 first last x; Memory = memory; Mask = null }
        let apply o s input = (Network.multiHeadAttentionOf o).Apply Mode.Evaluation p s input
        close 1e-12 (slice 1 3 5 expected) (fst (apply o Params.Empty (input 3 5 x)))
        // With a cache, too, whose memory comes in two parts.
        let cached = { o with Cache = 6 }
        let first, s = apply cached Params.Empty (input 2 3 (slice 1 0 3 x))
        let rest, _ = apply cached s (input 2 5 (slice 1 3 5 x))
        close 1e-12 (slice 1 2 3 expected) first
        close 1e-12 (slice 1 2 5 expected) rest

[<Fact>]
let ``a mask of a cache has a place for each of the cache's`` () =
    let x = numbers 27 [ 2; 3; 4 ]
    let network = Network.multiHeadAttentionOf { AttentionOptions.Of 2 with Cache = 5 }
    let p, s = network.Init (Key.ofSeed 10L) { Queries = x; Memory = x; Mask = null }

    let run places =
        fst (
            network.Apply
                Mode.Evaluation
                (double p)
                s
                { Queries = x; Memory = x; Mask = Attention.lengthMask places (Tensor.ofArray [ 2 ] [| 1; 5 |]) }
        )

    let y = run 5
    close 1e-12 (item 1 0 y |> slice 0 0 1) (item 1 0 (slice 0 0 1 y))
    refuses "DF0125" "cache of 5 places" (fun () -> run 3)

[<Fact>]
let ``sinusoidal positions keep the dtype, and are as exact as it is`` () =
    let layer = Layers.sinusoidalPositions

    for dtype in [ DType.Float16; DType.BFloat16; DType.Float32; DType.Float64 ] do
        let x = Tensor.fullOf dtype [ 1; 9; 6 ] 0.0
        Assert.Equal(dtype, (evaluate layer Params.Empty Params.Empty x).DType)

    let came = evaluate layer Params.Empty Params.Empty (Tensor.fullOf DType.Float64 [ 1; 900; 6 ] 0.0)

    let expected =
        build [ 1; 900; 6 ] (fun place ->
            let angle = float place[1] / Math.Pow(10000.0, float (place[2] / 2 * 2) / 6.0)
            if place[2] % 2 = 0 then sin angle else cos angle)

    close 1e-11 expected came

[<Fact>]
let ``refusals`` () =
    refuses "DF0902" "heads of attention" (fun () -> Layers.multiHeadAttention 0)
    refuses "DF0902" "a divisor of its 4 heads" (fun () -> Layers.multiHeadAttentionOf { AttentionOptions.Of 4 with KeyValueHeads = 3 })
    refuses "DF0901" "multiple of its 3 heads" (fun () -> (Layers.multiHeadAttention 3).OutputShape(shapeOf [ 5; 4 ]))
    refuses "DF0940" "[2, 3]" (fun () -> Attention.scaledDotProduct (Tensor.zeros [ 2; 3 ]) (Tensor.zeros [ 2; 4 ]) (Tensor.zeros [ 2; 4 ]))
    refuses "DF0902" "features of rotary" (fun () -> Attention.rotary 10000.0 (Tensor.ofArray [ 1 ] [| 0 |]) (Tensor.zeros [ 1; 3 ]))
    refuses "DF0902" "repetitions" (fun () -> Layer.repeat 0 Layers.relu)
    refuses "DF0901" "a block that keeps the shape" (fun () -> (Layer.repeat 2 (Layers.dense 3)).OutputShape(shapeOf [ 4 ]))
    refuses "DF0901" "at most 2 steps" (fun () -> (Layers.positionEmbedding 2).OutputShape(shapeOf [ 3; 4 ]))
    refuses "DF0901" "even number" (fun () -> Layers.sinusoidalPositions.OutputShape(shapeOf [ 3; 5 ]))
    let block = TransformerOptions.Of(2, 3)

    for rate in [ -0.1; 1.0; nan ] do
        refuses "DF0902" "dropout of a transformer block" (fun () -> Layers.transformerEncoderBlockOf { block with Dropout = rate })
        refuses "DF0902" "dropout of a transformer block" (fun () -> Network.transformerDecoderBlockOf { block with Dropout = rate })

    for epsilon in [ 0.0; -1e-5; nan ] do
        refuses "DF0902" "epsilon of a transformer block" (fun () -> Layers.transformerEncoderBlockOf { block with Epsilon = epsilon })

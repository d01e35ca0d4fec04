/// Laws that hold for every layer: one row a layer, all laws over all rows.
module DeepFun.Core.Tests.Layers.LayerLawTests

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Layers.Oracle
open Xunit

/// A layer, the shape of one example, and its name.
let private rows: (Layer * int list * string) list =
    let convolution axes filters kernel = ConvolutionLayerOptions.Of(axes, filters, kernel)
    let pooling axes window = PoolingOptions.Of(axes, window)
    let dense = DenseOptions.Of

    [
        Layers.dense 3, [ 4 ], "Dense(3)"
        Layers.dense 3, [ 2; 4 ], "Dense(3)"
        Layers.denseWith Activation.Tanh 3, [ 4 ], "Dense(3, tanh)"
        Layers.denseOf { dense 3 with Activation = Activation.Relu; Bias = false }, [ 4 ], "Dense(3, relu, no bias)"
        Layers.conv1d 2 3, [ 3; 7 ], "Conv1D(2, 3)"
        Layers.conv2d 3 2, [ 2; 4; 5 ], "Conv2D(3, 2x2)"
        Layers.conv2dWith Activation.Relu 3 2, [ 2; 4; 5 ], "Conv2D(3, 2x2, relu)"
        Layers.conv3d 2 2, [ 1; 3; 4; 3 ], "Conv3D(2, 2x2x2)"
        Layers.convolutionOf { convolution 2 2 [| 3 |] with Strides = [| 2 |]; Padding = WindowPadding.Same },
        [ 2; 5; 4 ],
        "Conv2D(2, 3x3, stride 2, same)"
        Layers.convolutionOf
            { convolution 2 4 [| 3; 2 |] with
                Strides = [| 1; 2 |]
                Padding = WindowPadding.Explicit [| 1 |]
                Dilations = [| 2; 1 |]
                Groups = 2
                Bias = false
            },
        [ 2; 5; 4 ],
        "Conv2D(4, 3x2, stride 1x2, padding 1, dilation 2x1, groups 2, no bias)"
        Layers.maxPool1d 2, [ 2; 5 ], "MaxPool1D(2)"
        Layers.maxPool2d 2, [ 2; 4; 5 ], "MaxPool2D(2)"
        Layers.maxPool3d 2, [ 1; 4; 2; 3 ], "MaxPool3D(2)"
        Layers.maxPoolOf { pooling 2 [| 3; 2 |] with Strides = [| 2 |]; Padding = WindowPadding.Explicit [| 1 |] },
        [ 2; 5; 4 ],
        "MaxPool2D(3x2, stride 2, padding 1)"
        Layers.averagePool1d 2, [ 2; 5 ], "AveragePool1D(2)"
        Layers.averagePool2d 2, [ 2; 4; 5 ], "AveragePool2D(2)"
        Layers.averagePool3d 2, [ 1; 4; 2; 3 ], "AveragePool3D(2)"
        Layers.averagePoolOf { pooling 2 [| 3 |] with Strides = [| 1 |]; Padding = WindowPadding.Same },
        [ 2; 4; 5 ],
        "AveragePool2D(3, stride 1, same)"
        Layers.globalAveragePool, [ 2; 3; 4 ], "GlobalAveragePool"
        Layers.globalMaxPool, [ 2; 5 ], "GlobalMaxPool"
        Layers.flatten, [ 2; 3; 2 ], "Flatten"
        Layers.reshape [ 3; -1 ], [ 2; 6 ], "Reshape(3, -1)"
        Layers.lambda "twice" id (fun x -> x + x), [ 2; 3 ], "twice"
        Layers.activation Activation.Gelu, [ 5 ], "gelu"
        Layers.batchNorm, [ 3 ], "BatchNorm"
        Layers.batchNorm, [ 2; 2; 3 ], "BatchNorm"
        Layers.layerNorm, [ 2; 4 ], "LayerNorm"
        Layers.layerNormOf { LayerNormOptions.Default with Axes = 2 }, [ 2; 4 ], "LayerNorm(2 axes)"
        Layers.layerNormOf { LayerNormOptions.Default with Affine = false }, [ 4 ], "LayerNorm"
        Layers.dropout 0.4, [ 3; 4 ], "Dropout(0.4)"
        Layers.rnn 3, [ 4; 2 ], "RNN(3)"
        Layers.lstm 2, [ 3; 2 ], "LSTM(2)"
        Layers.gru 2, [ 3; 2 ], "GRU(2)"
        Layers.recurrentOf
            { RecurrentOptions.Of(RecurrentKind.Lstm, 2) with
                Layers = 2
                Bidirectional = true
                Sequences = false
                Bias = false
                Dropout = 0.25
            },
        [ 3; 2 ],
        "LSTM(2, 2 layers, bidirectional, last, no bias, dropout 0.25)"
        Layers.multiHeadAttention 2, [ 3; 4 ], "MultiHeadAttention(2)"
        Layers.multiHeadAttentionOf
            { AttentionOptions.Of 4 with
                KeyValueHeads = 2
                Causal = true
                Rotary = true
                Dropout = 0.25
                Bias = false
            },
        [ 3; 8 ],
        "MultiHeadAttention(4, 2 key-value heads, causal, rotary, dropout 0.25, no bias)"
        Layers.transformerEncoderBlock 2 3, [ 3; 4 ], "TransformerEncoderBlock(2, 3)"
        Layers.transformerEncoderOf 2 { TransformerOptions.Of(2, 3) with NormFirst = false; Dropout = 0.25; Activation = Activation.Gelu },
        [ 2; 4 ],
        "Repeat(2, TransformerEncoderBlock(2, 3, gelu, dropout 0.25, norm last))"
        Layers.sinusoidalPositions, [ 3; 4 ], "SinusoidalPositions"
        Layers.positionEmbedding 3, [ 2; 4 ], "PositionEmbedding(3)"
        Layer.define "twice" (fun parts x -> parts.Apply("a", Layers.dense 2, x) * parts.Apply("b", Layers.dense 2, x)), [ 3 ], "twice"
        Layers.conv2d 2 2 --> Layers.batchNorm --> Layers.relu --> Layers.flatten --> Layers.dropout 0.3 --> Layers.dense 2,
        [ 1; 3; 3 ],
        "Conv2D(2, 2x2) → BatchNorm → relu → Flatten → Dropout(0.3) → Dense(2)"
    ]

let all: TheoryData<int, string> =
    let data = TheoryData<int, string>()
    rows |> List.iteri (fun i (_, _, name) -> data.Add(i, name))
    data

/// The modes; a training key is made anew each time, since a key is used once.
let private modes = [ (fun () -> Mode.Training(Key.ofSeed 5L)); (fun () -> Mode.Evaluation) ]

/// Parameters and state in float64, away from their special first values (ones and zeros).
let private made (layer: Layer) (shape: int list) : Params * Params =
    let p, s = layer.Init (Key.ofSeed 11L) (shapeOf shape)
    let moved seed = Tree.map (fun (t: Tensor) -> cast DType.Float64 t + 0.3 * abs (numbers (seed + t.Size) (List.ofSeq t.Shape)))
    moved 1 p, moved 2 s

[<Theory; MemberData(nameof all)>]
let ``names show the options`` (row: int) (name: string) =
    let layer, _, _ = rows[row]
    Assert.Equal(name, layer.Name)

[<Theory; MemberData(nameof all)>]
let ``the output has the announced shape, and dtype float32`` (row: int) (_: string) =
    let layer, shape, _ = rows[row]
    let p, s = layer.Init (Key.ofSeed 1L) (shapeOf shape)
    let announced = layer.OutputShape(shapeOf shape).ToArray()

    for mode in modes do
        for n in [ 2; 5 ] do
            let y, _ = layer.Apply (mode ()) p s (cast DType.Float32 (numbers 3 (n :: shape)))
            Assert.Equal<int[]>(Array.append [| n |] announced, sizes y)
            Assert.Equal(DType.Float32, y.DType)

[<Theory; MemberData(nameof all)>]
let ``float64 parameters give float64, and agree with float32`` (row: int) (_: string) =
    let layer, shape, _ = rows[row]
    let p, s = made layer shape
    let x = numbers 4 (3 :: shape)
    let single t = Tree.map (cast DType.Float32) t

    for mode in modes do
        let y, state = layer.Apply (mode ()) p s x
        let z, _ = layer.Apply (mode ()) (single p) (single s) (single x)
        Assert.Equal(DType.Float64, y.DType)
        Assert.All(Tree.leaves state, (fun t -> Assert.Equal(DType.Float64, t.DType)))
        close 1e-4 y z

[<Theory; MemberData(nameof all)>]
let ``gradients in parameters and input agree with central differences`` (row: int) (_: string) =
    let layer, shape, _ = rows[row]
    let p, s = made layer shape
    let x = numbers 6 (3 :: shape)

    for mode in modes do
        let weighted (p, x) =
            let (y: Tensor), _ = layer.Apply (mode ()) p s x
            sum (y * numbers 7 (List.ofSeq y.Shape))

        checkGradient weighted (p, x)

[<Theory; MemberData(nameof all)>]
let ``vmap over batches is a loop over batches`` (row: int) (_: string) =
    let layer, shape, _ = rows[row]
    let p, s = made layer shape
    let batches = numbers 8 (4 :: 3 :: shape)

    for mode in modes do
        let apply x = layer.Apply (mode ()) p s x
        let (y: Tensor), (_: Params) = vmap (fun x -> fst (apply x), snd (apply x)) batches
        close 1e-12 (stack 0 (List.init 4 (fun i -> fst (apply (item 0 i batches))))) y

[<Theory; MemberData(nameof all)>]
let ``vmap over parameters is a loop over models`` (row: int) (_: string) =
    let layer, shape, _ = rows[row]
    let p, s = made layer shape
    let x = numbers 9 (3 :: shape)
    let models = p |> Tree.map (fun (t: Tensor) -> stack 0 [ t; t * 0.5; t + 1.0 ])

    if p.Count > 0L then
        for mode in modes do
            let apply p = fst (layer.Apply (mode ()) p s x)
            let model i = models |> Tree.map (item 0 i)
            close 1e-12 (stack 0 (List.init 3 (fun i -> apply (model i)))) (vmap apply models)

[<Theory; MemberData(nameof all)>]
let ``compiled, the output, the state and the gradient are the same`` (row: int) (_: string) =
    let layer, shape, _ = rows[row]
    let p, s = made layer shape
    let x = numbers 13 (3 :: shape)

    for learns in [ true; false ] do
        let run (p: Params, s: Params, x: Tensor, key: Key) =
            let objective (p, x) =
                let (y: Tensor), state = layer.Apply (if learns then Mode.Training key else Mode.Evaluation) p s x
                sum (y * numbers 14 (List.ofSeq y.Shape)), (y, state)

            valueAndGradAux objective (p, x)

        // A key is used once, so each has its own.
        let arguments () = p, s, x, Key.ofSeed 15L
        Array.iter2 (close 1e-12) (Tree.leaves (run (arguments ()))) (Tree.leaves ((compile run).Invoke(arguments ())))

[<Theory; MemberData(nameof all)>]
let ``examples do not see each other when predicting`` (row: int) (_: string) =
    let layer, shape, _ = rows[row]
    let p, s = made layer shape
    let x = numbers 10 (3 :: shape)
    let apply x = fst (layer.Apply Mode.Evaluation p s x)
    close 1e-12 (slice 0 1 2 (apply x)) (apply (slice 0 1 2 x))

[<Theory; MemberData(nameof all)>]
let ``predicting changes no state, and equal keys give equal results`` (row: int) (_: string) =
    let layer, shape, _ = rows[row]
    let p, s = made layer shape
    let x = numbers 12 (3 :: shape)
    let _, state = layer.Apply Mode.Evaluation p s x
    Array.iter2 (close 0.0) (Tree.leaves s) (Tree.leaves state)
    let training () = fst (layer.Apply (Mode.Training(Key.ofSeed 2L)) p s x)
    close 0.0 (training ()) (training ())

[<Fact>]
let ``an empty batch gives an empty batch`` () =
    for layer, shape, _ in rows do
        let p, s = layer.Init (Key.ofSeed 1L) (shapeOf shape)
        let y, _ = layer.Apply Mode.Evaluation p s (Tensor.zeros (0 :: shape))
        Assert.Equal(0, y.Shape[0])

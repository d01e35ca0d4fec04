namespace DeepFun

open DeepFun.FSharp

/// <summary>What a transformer's block is made of.</summary>
[<NoComparison; ReferenceEquality>]
type TransformerOptions =
    {
        /// Attention of the sequence to itself (and, in a decoder, to the memory).
        Attention: AttentionOptions
        /// Size of the hidden layer that is applied to each place.
        FeedForward: int
        /// What follows the hidden layer. Default: relu.
        Activation: Activation
        /// Dropout's rate behind attention, in and behind the hidden layer, while learning. Default: 0.
        Dropout: float
        /// Whether each part normalizes its input, or what it was added to. Default: true.
        NormFirst: bool
        /// Added to the variance. Default: 1e-5.
        Epsilon: float
    }

    /// <summary>The defaults: PyTorch's, but normalized first and without dropout.</summary>
    static member Of(heads: int, feedForward: int) =
        {
            Attention = AttentionOptions.Of heads
            FeedForward = feedForward
            Activation = Activation.Relu
            Dropout = 0.0
            NormFirst = true
            Epsilon = 1e-5
        }

/// The blocks of transformers: attention and a hidden layer for each place, each added to its input and normalized.
module internal Transformer =

    let private name kind (o: TransformerOptions) =
        let a = o.Attention

        LayerOptions.title
            kind
            [
                string a.Heads
                string o.FeedForward
                (if a.KeyValueHeads = a.Heads then "" else $"{a.KeyValueHeads} key-value heads")
                (if a.Causal then "causal" else "")
                (if a.Rotary then "rotary" else "")
                (if o.Activation.Name = "relu" then "" else o.Activation.Name)
                (if o.Dropout = 0.0 then "" else $"dropout {LayerOptions.number o.Dropout}")
                (if o.NormFirst then "" else "norm last")
                (if a.Cache = 0 then "" else $"cache {a.Cache}")
            ]

    let check (o: TransformerOptions) =
        MultiHeadAttention.check o.Attention
        LayerOptions.atLeast 1 "feed-forward size of a transformer block" o.FeedForward
        LayerOptions.rate "dropout of a transformer block" o.Dropout
        LayerOptions.epsilon "a transformer block" o.Epsilon

    let private norm (o: TransformerOptions) = Normalization.layerNorm { LayerNormOptions.Default with Epsilon = o.Epsilon }

    let private hidden (o: TransformerOptions) = Dense.layer { DenseOptions.Of o.FeedForward with Activation = o.Activation }

    let private initFeedForward (o: TransformerOptions) (key: Key) (s: Shape) : Params =
        let hiddenKey, outputKey = Key.split2 key
        let hidden, output = hidden o, Dense.layer (DenseOptions.Of s[1])

        Params.Named [ "hidden", fst (hidden.Init hiddenKey s); "output", fst (output.Init outputKey (hidden.OutputShape s)) ]

    /// Dropout, as one of a block's uses of random numbers.
    let private drop (o: TransformerOptions) (use': int64) (mode: Mode) (x: Tensor) =
        if o.Dropout = 0.0 then x else StructuredDropout.drop o.Dropout (mode.Fold use') x

    /// x and what a part makes of it, added, with the normalization of that name at its place.
    let private added (o: TransformerOptions) (p: Params) (normName: string) (part: Tensor -> Tensor) (x: Tensor) : Tensor =
        let normalize x = fst ((norm o).Apply Mode.Evaluation (p.Part normName) Params.Empty x)
        if o.NormFirst then x + part (normalize x) else normalize (x + part x)

    let private initNorm o (shape: Shape) = (norm o).Init (Key.ofSeed 0L) shape |> fst

    let private fed (o: TransformerOptions) mode (p: Params) (x: Tensor) =
        let output = Dense.layer (DenseOptions.Of x.Shape[2])
        let apply (layer: Layer) (path: string) x = fst (layer.Apply mode (p.Part path) Params.Empty x)

        x
        |> added o p "feedForwardNorm" (fun x ->
            apply (hidden o) "feedForward/hidden" x |> drop o 3L mode |> apply output "feedForward/output" |> drop o 4L mode)

    /// x and its attention to itself, and the attention's new state.
    let private attended (o: TransformerOptions) (mode: Mode) (p: Params) (state: Params) (mask: Tensor) (x: Tensor) : Tensor * Params =
        let after = ref state

        let y =
            x
            |> added o p "attentionNorm" (fun x ->
                let y, next = MultiHeadAttention.apply o.Attention (mode.Fold 1L) (p.Part "attention") state mask x x
                after.Value <- next
                drop o 2L mode y)

        y, after.Value

    /// The block over [N, T, features]; the mask is what broadcasts to [N, heads, T, T], or null.
    let applyEncoder (o: TransformerOptions) mode (p: Params) (state: Params) (mask: Tensor) (x: Tensor) : Tensor * Params =
        let y, next = attended o mode p state mask x
        fed o mode p y, next

    let initEncoder (o: TransformerOptions) (key: Key) (s: Shape) : Params =
        let attention, forward = Key.split2 key

        Params.Named
            [
                "attentionNorm", initNorm o s
                "attention", MultiHeadAttention.init o.Attention attention s[1] s[1]
                "feedForwardNorm", initNorm o s
                "feedForward", initFeedForward o forward s
            ]

    let encoderName (o: TransformerOptions) = name "TransformerEncoderBlock" o

    let encoder (o: TransformerOptions) : Layer =
        check o
        let name = encoderName o
        let outputShape = MultiHeadAttention.shape name o.Attention
        let init key s = initEncoder o key (outputShape s), Params.Empty
        Layer(name, outputShape, init, (fun mode p state x -> applyEncoder o mode p state null x), [])

    // The memory's attention sees all of the memory, has no places and nothing to continue.
    let private memoryAttention (o: TransformerOptions) = { o.Attention with Causal = false; Rotary = false; Cache = 0 }

    /// The block over [N, T, features] and a memory [N, S, features]; masks are what broadcasts to [N, heads, T, …], or null.
    let applyDecoder
        (o: TransformerOptions)
        (mode: Mode)
        (p: Params)
        (state: Params)
        mask
        memoryMask
        (x: Tensor)
        (memory: Tensor)
        : Tensor * Params =
        let attended, next = attended o mode p state mask x

        let seen =
            attended
            |> added o p "memoryNorm" (fun x ->
                MultiHeadAttention.apply (memoryAttention o) (mode.Fold 5L) (p.Part "memoryAttention") Params.Empty memoryMask x memory
                |> fst
                |> drop o 6L mode)

        fed o mode p seen, next

    let initDecoder (o: TransformerOptions) (key: Key) (s: Shape) (memory: int) : Params =
        let keys = Key.split 3 key

        Params.Named
            [
                "attentionNorm", initNorm o s
                "attention", MultiHeadAttention.init o.Attention keys[0] s[1] s[1]
                "memoryNorm", initNorm o s
                "memoryAttention", MultiHeadAttention.init (memoryAttention o) keys[1] s[1] memory
                "feedForwardNorm", initNorm o s
                "feedForward", initFeedForward o keys[2] s
            ]

    let decoderName (o: TransformerOptions) = name "TransformerDecoderBlock" o

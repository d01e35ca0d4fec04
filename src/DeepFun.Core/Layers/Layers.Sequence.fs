namespace DeepFun.FSharp

open DeepFun

/// <summary>Layers over sequences: the module <c>Layers</c>, continued. A batch is [N, T, features], one example [T, features].</summary>
[<AutoOpen>]
module SequenceLayers =

    /// <summary>Layers over sequences.</summary>
    [<RequireQualifiedAccess>]
    module Layers =

        // Recurrent layers

        /// <summary>A recurrent layer with all options.</summary>
        /// <remarks>
        /// Arguments: kind (simple, LSTM, GRU), units, layers, bidirectional, sequences, bias, dropout, stateful, initializers.
        /// Input: [T, features]. Output: [T, units · directions]; without sequences [units · directions], the last state of the last layer.
        /// Parameters: for each layer and direction (<c>"0/forward/input/weight"</c>) input/weight [features, gates · units],
        /// input/bias [gates · units], state/weight [units, gates · units]; of GRU also state/bias [units], for the candidate.
        /// Gates: 1 of a simple layer, 4 of LSTM (input, forget, cell, output), 3 of GRU (reset, update, candidate): PyTorch's order.
        /// State: none; if stateful, hidden (and cell) [N, units] of each layer and direction, which the first batch makes.
        /// The inputs of all steps are projected by one product, and the steps are one scan, whose trace does not grow with T.
        /// Errors: DF0902 options; DF0901, DF0125 inputs that are no sequences.
        /// Source: the kinds' papers; numbers as torch.nn.RNN, LSTM and GRU. Deviation: weights are [in, out], and the two biases that PyTorch
        /// adds are one, input/bias = bias_ih + bias_hh (but for GRU's candidate, whose second one is state/bias).
        /// </remarks>
        let recurrentOf (options: RecurrentOptions) : Layer = Recurrent.layer options

        /// <summary>A simple recurrent layer: h ← tanh(x W + b + h U), every step's output: [T, features] → [T, units].</summary>
        let rnn (units: int) : Layer = recurrentOf (RecurrentOptions.Of(RecurrentKind.Simple Activation.Tanh, units))

        /// <summary>Long short-term memory, every step's output: [T, features] → [T, units]. As <c>recurrentOf</c>.</summary>
        let lstm (units: int) : Layer = recurrentOf (RecurrentOptions.Of(RecurrentKind.Lstm, units))

        /// <summary>A gated recurrent unit, every step's output: [T, features] → [T, units]. As <c>recurrentOf</c>.</summary>
        let gru (units: int) : Layer = recurrentOf (RecurrentOptions.Of(RecurrentKind.Gru, units))

        // Attention

        /// <summary>Attention of a sequence to itself, in several heads, with all options.</summary>
        /// <remarks>
        /// Arguments: heads, key–value heads (grouped queries), causal, rotary positions, dropout of weights, bias, cache, initializers.
        /// Input and output: [T, features], the heads divide features.
        /// Parameters: query, key, value and output, each weight [features, …] and bias.
        /// State: none; with a cache key and value [N, heads, cache, features / heads] and position, which the first application makes: later
        /// ones continue the sequence, at most cache places in all.
        /// Errors: DF0902 options; DF0901, DF0125 inputs that do not fit; DF0103 a full cache.
        /// Source: Vaswani et al. 2017, arXiv:1706.03762; numbers as torch.nn.MultiheadAttention, with weights [in, out].
        /// </remarks>
        let multiHeadAttentionOf (options: AttentionOptions) : Layer = MultiHeadAttention.layer options

        /// <summary>Attention of a sequence to itself, in so many heads: [T, features] → [T, features].</summary>
        let multiHeadAttention (heads: int) : Layer = multiHeadAttentionOf (AttentionOptions.Of heads)

        /// <summary>One block of a transformer's encoder (or, causal, of a decoder-only transformer), with all options.</summary>
        /// <remarks>
        /// Arguments: attention, feed-forward size, activation, dropout, whether norms come first, epsilon.
        /// Input and output: [T, features].
        /// Equation: y = x + attention(norm x); y + feedForward(norm y). Norms last: norm(x + …).
        /// Parameters: attentionNorm, attention (as <c>multiHeadAttentionOf</c>), feedForwardNorm, feedForward/hidden, feedForward/output.
        /// State: none, or the attention's cache. Errors: DF0902 options; DF0901, DF0125 inputs that do not fit.
        /// Source: Vaswani et al. 2017, arXiv:1706.03762; norms first: Xiong et al. 2020, arXiv:2002.04745; numbers as
        /// torch.nn.TransformerEncoderLayer.
        /// </remarks>
        let transformerEncoderBlockOf (options: TransformerOptions) : Layer = Transformer.encoder options

        /// <summary>An encoder's block, norms first, relu, no dropout: [T, features] → [T, features].</summary>
        let transformerEncoderBlock (heads: int) (feedForward: int) : Layer =
            transformerEncoderBlockOf (TransformerOptions.Of(heads, feedForward))

        /// <summary>So many encoder blocks, one after another: one block, or <c>Layer.repeat</c> of it.</summary>
        /// <remarks>Arguments: number of blocks; the block's options. Everything else as <c>transformerEncoderBlockOf</c>; several blocks' tensors are stacked along a new axis 0.</remarks>
        let transformerEncoderOf (blocks: int) (options: TransformerOptions) : Layer =
            let block = transformerEncoderBlockOf options
            if blocks = 1 then block else Layer.repeat blocks block

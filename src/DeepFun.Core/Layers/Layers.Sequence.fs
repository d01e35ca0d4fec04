namespace DeepFun.FSharp

open DeepFun

/// <summary>Layers over sequences: the module <c>Layers</c>, continued. A batch is [N, T, features], one example [T, features].</summary>
[<AutoOpen>]
module SequenceLayers =

    /// <summary>Layers over sequences.</summary>
    [<RequireQualifiedAccess>]
    module Layers =

        // Embeddings and positions

        /// <summary>A row of numbers for each index, with all options.</summary>
        /// <remarks>
        /// Arguments: count, features, padding, initializer. Input: integers of any shape […], 0 … count − 1. Output: […, features].
        /// Parameters: weight [count, features]. State: none.
        /// Errors: DF0902 options; DF0941 indices that are not integers; DF0103 an index that is none of count.
        /// Source: Bengio et al., A neural probabilistic language model, 2003; numbers as torch.nn.Embedding.
        /// </remarks>
        let embeddingOf (options: EmbeddingOptions) : Layer = Embedding.layer options

        /// <summary>A row of numbers for each index: integers […] → […, features]. Parameters: weight [count, features].</summary>
        let embedding (count: int) (features: int) : Layer = embeddingOf (EmbeddingOptions.Of(count, features))

        /// <summary>One row for a bag of indices: their sum, mean or maximum.</summary>
        /// <remarks>
        /// Arguments: reduction; count, features, padding (which is left out of sums, means and maxima), initializer.
        /// Input: integers [… , size]. Output: [… , features]; zeros for a bag of nothing but padding.
        /// Parameters: weight [count, features]. State: none. Errors: as <c>embeddingOf</c>.
        /// Source: Joulin et al. 2016, arXiv:1607.01759; numbers as torch.nn.EmbeddingBag.
        /// </remarks>
        let embeddingBagOf (reduction: BagReduction) (options: EmbeddingOptions) : Layer = Embedding.bag reduction options

        /// <summary>The mean row of a bag of indices: integers [… , size] → [… , features]. Parameters: weight [count, features].</summary>
        let embeddingBag (count: int) (features: int) : Layer = embeddingBagOf BagReduction.Mean (EmbeddingOptions.Of(count, features))

        /// <summary>Adds sines and cosines of the place.</summary>
        /// <remarks>
        /// Arguments: whether each application goes on where the last one ended, as attention with a cache does.
        /// Input and output: [T, features], features even. Parameters: none. State: none; if continued, position.
        /// Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.5.
        /// </remarks>
        let sinusoidalPositionsOf (continued: bool) : Layer = Positions.sinusoidal continued

        /// <summary>Adds sines and cosines of the place: [T, features] → [T, features].</summary>
        let sinusoidalPositions: Layer = sinusoidalPositionsOf false

        /// <summary>Adds a learned row for each place.</summary>
        /// <remarks>
        /// Arguments: whether each application goes on where the last one ended; capacity, how many places there are.
        /// Input and output: [T, features], T at most capacity. Parameters: weight [capacity, features], normal with deviation 0.02 first.
        /// State: none; if continued, position. Errors: DF0902 options; DF0901 a longer sequence; DF0103 a place behind the last.
        /// Source: Gehring et al. 2017, arXiv:1705.03122; first values: Radford et al. 2019 (GPT-2).
        /// </remarks>
        let positionEmbeddingOf (continued: bool) (capacity: int) : Layer = Positions.learned continued capacity

        /// <summary>Adds a learned row for each of so many places: [T, features] → [T, features]. Parameters: weight [capacity, features].</summary>
        let positionEmbedding (capacity: int) : Layer = positionEmbeddingOf false capacity

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
        /// <remarks>
        /// Arguments: number of blocks; the block's options. Input, output, parameters, state, source: as <c>transformerEncoderBlockOf</c>; the tensors of
        /// several blocks are stacked along a new axis 0.
        /// </remarks>
        let transformerEncoderOf (blocks: int) (options: TransformerOptions) : Layer =
            let block = transformerEncoderBlockOf options
            if blocks = 1 then block else Layer.repeat blocks block

namespace DeepFun

open DeepFun.FSharp

/// <summary>Sequences of different lengths, and where they begin.</summary>
[<NoComparison; ReferenceEquality>]
type RecurrentInput =
    {
        /// The batch, [N, T, features].
        Sequences: Tensor
        /// How many steps of each sequence count, [N], integers; null: all.
        Lengths: Tensor
        /// The state to begin with, as <c>RecurrentOutput.State</c>; empty: zeros.
        Start: Params
    }

    /// <summary>All steps, from zeros.</summary>
    static member Of(sequences: Tensor) = { Sequences = sequences; Lengths = null; Start = Params.Empty }

/// <summary>What a recurrent network gives.</summary>
[<NoComparison; ReferenceEquality>]
type RecurrentOutput =
    {
        /// Every step's output, [N, T, units · directions], zeros behind a sequence's end; or the last one, [N, units · directions].
        Outputs: Tensor
        /// The state after each sequence's last step: hidden (and cell) [N, units] of each layer and direction.
        State: Params
    }

/// <summary>A sequence that asks, one that answers, and what may be seen.</summary>
[<NoComparison; ReferenceEquality>]
type AttentionInput =
    {
        /// What asks, [N, L, features].
        Queries: Tensor
        /// What is asked, [N, S, features].
        Memory: Tensor
        /// Bool: which places of the memory may be seen, [N, S]; or by which query, [N, L, S]; null: all.
        Mask: Tensor
    }

/// <summary>A sequence, and which of its places may be seen.</summary>
[<NoComparison; ReferenceEquality>]
type MaskedSequence =
    {
        /// The batch, [N, T, features].
        Sequence: Tensor
        /// Bool: which places may be seen, [N, T]; or from which place, [N, T, T]; null: all.
        Mask: Tensor
    }

/// <summary>What a decoder's block reads.</summary>
[<NoComparison; ReferenceEquality>]
type DecoderInput =
    {
        /// The sequence that is written, [N, T, features].
        Sequence: Tensor
        /// What the encoder made, [N, S, features].
        Memory: Tensor
        /// Bool: which places of the sequence may be seen, [N, T] or [N, T, T]; null: all up to a place's own.
        Mask: Tensor
        /// Bool: which places of the memory may be seen, [N, S] or [N, T, S]; null: all.
        MemoryMask: Tensor
    }

    /// <summary>Without masks.</summary>
    static member Of(sequence: Tensor, memory: Tensor) : DecoderInput =
        { Sequence = sequence; Memory = memory; Mask = null; MemoryMask = null }

namespace DeepFun.FSharp

open DeepFun

/// <summary>Networks over sequences: the module <c>Network</c>, continued.</summary>
[<AutoOpen>]
module SequenceNetworks =

    /// <summary>
    /// Parts of models that read several tensors: masks, lengths, states, memories. The layers of <c>Layers</c> with the same options have the same
    /// parameters.
    /// </summary>
    [<RequireQualifiedAccess>]
    module Network =

        /// A mask [N, S] or [N, L, S] for all heads.
        let private forHeads (name: string) (mask: Tensor) : Tensor =
            if isNull mask then
                null
            else
                match mask.Rank with
                | 2 -> expandDims 1 (expandDims 1 mask)
                | 3 -> expandDims 1 mask
                | _ -> Errors.rank name "masks [N, S] or [N, L, S]" mask.Shape

        /// The same kind of block n times; what it reads beside the sequence is the same each time.
        let private repeated n (sequence: 'I -> Tensor) (replace: 'I -> Tensor -> 'I) (block: Network<'I, Tensor>) : Network<'I, Tensor> =
            LayerOptions.atLeast 1 "blocks of a transformer" n

            if n = 1 then
                block
            else
                let init key input =
                    let made = Key.split n key |> Array.map (fun key -> block.Init key input)
                    stacked (Array.map fst made), stacked (Array.map snd made)

                let apply mode p state input =
                    scanned n (fun mode p s x -> block.Apply mode p s (replace input x)) mode p state (sequence input)

                Network($"Repeat({n}, {block.Name})", init, apply)

        let private batched (name: string) (x: Tensor) =
            if x.Rank <> 3 then
                Errors.rank name "a batch of sequences [N, T, features]" x.Shape

        /// <summary>A recurrent layer with lengths and with its state in and out.</summary>
        /// <remarks>
        /// Arguments: as <c>Layers.recurrentOf</c>; stateful does nothing, since the state is an input and an output.
        /// Input: sequences, lengths, start. Output: outputs, state. Parameters: as <c>Layers.recurrentOf</c>. State: none.
        /// A step behind a sequence's end changes no state and gives zeros; backwards, a sequence begins at its own end.
        /// Source: as torch.nn.LSTM on packed sequences.
        /// </remarks>
        let recurrentOf (options: RecurrentOptions) : Network<RecurrentInput, RecurrentOutput> =
            Recurrent.check options
            let name = Recurrent.name options

            let init key (input: RecurrentInput) =
                batched name input.Sequences
                Recurrent.init options key input.Sequences.Shape[2], Params.Empty

            let apply mode p state (input: RecurrentInput) =
                let y, last = Recurrent.run options mode p input.Start input.Lengths input.Sequences
                { Outputs = y; State = last }, state

            Network(name, init, apply)

        /// <summary>Attention of one sequence to another (or itself), with a mask.</summary>
        /// <remarks>
        /// Arguments: as <c>Layers.multiHeadAttentionOf</c>. Input: queries [N, L, features], memory [N, S, memory's features], mask.
        /// Output: [N, L, features]; a query that may see nothing gives the output's bias.
        /// Causal, or with a cache: queries and memory end at the same place. A cache takes each memory as what comes after the ones before; a mask then
        /// has all its places: [N, cache] or [N, L, cache].
        /// Parameters and state: as <c>Layers.multiHeadAttentionOf</c>. Source: Vaswani et al. 2017, arXiv:1706.03762.
        /// </remarks>
        let multiHeadAttentionOf (options: AttentionOptions) : Network<AttentionInput, Tensor> =
            MultiHeadAttention.check options
            let name = MultiHeadAttention.name options

            let init key (input: AttentionInput) =
                batched name input.Queries
                batched name input.Memory
                let s = MultiHeadAttention.shape name options (LayerOptions.example name input.Queries)
                MultiHeadAttention.init options key s[1] input.Memory.Shape[2], Params.Empty

            let apply mode p state (input: AttentionInput) =
                MultiHeadAttention.apply options mode p state (forHeads name input.Mask) input.Queries input.Memory

            Network(name, init, apply)

        /// <summary>An encoder's block with a mask; everything else as <c>Layers.transformerEncoderBlockOf</c>.</summary>
        let transformerEncoderBlockOf (options: TransformerOptions) : Network<MaskedSequence, Tensor> =
            let layer = Transformer.encoder options

            Network(
                layer.Name,
                (fun key (input: MaskedSequence) ->
                    batched layer.Name input.Sequence
                    layer.Init key (LayerOptions.example layer.Name input.Sequence)),
                (fun mode p state input -> Transformer.applyEncoder options mode p state (forHeads layer.Name input.Mask) input.Sequence)
            )

        /// <summary>So many encoder blocks with one mask: one block, or one scan over stacked parameters, as <c>Layers.transformerEncoderOf</c>.</summary>
        let transformerEncoderOf (blocks: int) (options: TransformerOptions) : Network<MaskedSequence, Tensor> =
            transformerEncoderBlockOf options |> repeated blocks _.Sequence (fun input x -> { input with Sequence = x })

        /// <summary>A decoder's block: attention to what is written so far, to the memory, and a hidden layer for each place.</summary>
        /// <remarks>
        /// Arguments: as <c>Layers.transformerEncoderBlockOf</c>; the sequence's attention is always causal, rotary positions are its own.
        /// Input: sequence [N, T, features], memory [N, S, features], masks of both. Output: [N, T, features].
        /// Parameters: attentionNorm, attention, memoryNorm, memoryAttention, feedForwardNorm, feedForward/hidden, feedForward/output.
        /// State: none, or the cache of the sequence's attention. Source: Vaswani et al. 2017; numbers as torch.nn.TransformerDecoderLayer.
        /// </remarks>
        let transformerDecoderBlockOf (options: TransformerOptions) : Network<DecoderInput, Tensor> =
            let options = { options with Attention = { options.Attention with Causal = true } }
            let name = Transformer.decoderName options
            Transformer.check options

            let init key (input: DecoderInput) =
                batched name input.Sequence
                batched name input.Memory
                let s = MultiHeadAttention.shape name options.Attention (LayerOptions.example name input.Sequence)
                Transformer.initDecoder options key s input.Memory.Shape[2], Params.Empty

            let apply mode p state (input: DecoderInput) =
                Transformer.applyDecoder
                    options
                    mode
                    p
                    state
                    (forHeads name input.Mask)
                    (forHeads name input.MemoryMask)
                    input.Sequence
                    input.Memory

            Network(name, init, apply)

        /// <summary>A decoder's block, norms first, relu, no dropout.</summary>
        let transformerDecoderBlock (heads: int) (feedForward: int) : Network<DecoderInput, Tensor> =
            transformerDecoderBlockOf (TransformerOptions.Of(heads, feedForward))

        /// <summary>So many decoder blocks on one memory: one block, or one scan over stacked parameters.</summary>
        let transformerDecoderOf (blocks: int) (options: TransformerOptions) : Network<DecoderInput, Tensor> =
            transformerDecoderBlockOf options |> repeated blocks _.Sequence (fun input x -> { input with Sequence = x })

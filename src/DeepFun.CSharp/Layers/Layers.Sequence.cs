using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Layers over sequences. An example is [T, features], a batch [N, T, features].</summary>
public static partial class Layers
{
    /// <summary>Long short-term memory: [T, features] → [T, units].</summary>
    /// <param name="units">Size of the output of one direction.</param>
    /// <param name="layers">Layers on top of each other.</param>
    /// <param name="bidirectional">Whether each layer also reads from the end: [T, 2 · units].</param>
    /// <param name="sequences">Whether every step's output is given, or only the last state of the last layer: [units].</param>
    /// <param name="bias">Whether biases are learned.</param>
    /// <param name="dropout">Dropout's rate between layers, while learning.</param>
    /// <param name="stateful">Whether a batch begins with the last state of the one before, which the layer's state keeps.</param>
    /// <param name="initializer">Of the weights, while biases begin at 0; default: PyTorch's, U(±1/√units) for both.</param>
    /// <param name="biasInitializer">Of the biases; default: zeros beside an initializer of the weights, else PyTorch's.</param>
    /// <exception cref="DeepFunException">DF0902 a bad option.</exception>
    /// <example><code>
    /// var model = Model.Sequential(Layers.Lstm(128, sequences: false), Layers.Dense(2));
    /// var (parameters, state) = model.Initialize(Key.FromSeed(0), 20, 8);
    /// Console.WriteLine(model.Forward(parameters, state, Tensor.Zeros(32, 20, 8)).Shape); // [32, 2]
    /// </code></example>
    public static Layer Lstm(
        int units,
        int layers = 1,
        bool bidirectional = false,
        bool sequences = true,
        bool bias = true,
        double dropout = 0,
        bool stateful = false,
        Initializer? initializer = null,
        Initializer? biasInitializer = null
    ) => Recurrent(RecurrentKind.Lstm, units, layers, bidirectional, sequences, bias, dropout, stateful, initializer, biasInitializer);

    /// <summary>A gated recurrent unit: [T, features] → [T, units].</summary>
    /// <inheritdoc cref="Lstm"/>
    public static Layer Gru(
        int units,
        int layers = 1,
        bool bidirectional = false,
        bool sequences = true,
        bool bias = true,
        double dropout = 0,
        bool stateful = false,
        Initializer? initializer = null,
        Initializer? biasInitializer = null
    ) => Recurrent(RecurrentKind.Gru, units, layers, bidirectional, sequences, bias, dropout, stateful, initializer, biasInitializer);

    /// <summary>A simple recurrent layer, h ← f(x W + b + h U): [T, features] → [T, units].</summary>
    /// <param name="units">Size of the output of one direction.</param>
    /// <param name="activation">f; default: tanh.</param>
    /// <param name="layers">Layers on top of each other.</param>
    /// <param name="bidirectional">Whether each layer also reads from the end: [T, 2 · units].</param>
    /// <param name="sequences">Whether every step's output is given, or only the last state of the last layer: [units].</param>
    /// <param name="bias">Whether biases are learned.</param>
    /// <param name="dropout">Dropout's rate between layers, while learning.</param>
    /// <param name="stateful">Whether a batch begins with the last state of the one before, which the layer's state keeps.</param>
    /// <param name="initializer">Of the weights, while biases begin at 0; default: PyTorch's, U(±1/√units) for both.</param>
    /// <param name="biasInitializer">Of the biases; default: zeros beside an initializer of the weights, else PyTorch's.</param>
    /// <exception cref="DeepFunException">DF0902 a bad option.</exception>
    public static Layer Rnn(
        int units,
        Activation? activation = null,
        int layers = 1,
        bool bidirectional = false,
        bool sequences = true,
        bool bias = true,
        double dropout = 0,
        bool stateful = false,
        Initializer? initializer = null,
        Initializer? biasInitializer = null
    ) =>
        Recurrent(
            RecurrentKind.NewSimple(activation ?? Activation.Tanh),
            units,
            layers,
            bidirectional,
            sequences,
            bias,
            dropout,
            stateful,
            initializer,
            biasInitializer
        );

    private static Layer Recurrent(
        RecurrentKind kind,
        int units,
        int layers,
        bool bidirectional,
        bool sequences,
        bool bias,
        double dropout,
        bool stateful,
        Initializer? initializer,
        Initializer? biasInitializer
    ) =>
        SequenceLayers.Layers.recurrentOf(
            Options(kind, units, layers, bidirectional, sequences, bias, dropout, stateful, initializer, biasInitializer)
        );

    internal static RecurrentOptions Options(
        RecurrentKind kind,
        int units,
        int layers,
        bool bidirectional,
        bool sequences,
        bool bias,
        double dropout,
        bool stateful,
        Initializer? initializer,
        Initializer? biasInitializer
    )
    {
        var standard = RecurrentOptions.Of(kind, units);
        return new RecurrentOptions(
            kind,
            units,
            layers,
            bidirectional,
            sequences,
            bias,
            dropout,
            stateful,
            initializer ?? standard.InputInitializer,
            initializer ?? standard.StateInitializer,
            OfBias(biasInitializer, initializer, standard.BiasInitializer)
        );
    }

    /// <summary>Attention of a sequence to itself in several heads: [T, features] → [T, features].</summary>
    /// <param name="heads">Heads; they divide the features.</param>
    /// <param name="keyValueHeads">Heads of keys and values, each of which serves as many query heads; default: heads.</param>
    /// <param name="causal">Whether a place sees what stands before it only.</param>
    /// <param name="rotary">Whether queries and keys are turned by their places.</param>
    /// <param name="dropout">Dropout's rate on the weights, while learning.</param>
    /// <param name="bias">Whether biases are learned.</param>
    /// <param name="cache">
    /// Places for which the layer's state keeps keys and values, so that each application continues the sequence; 0: none.
    /// </param>
    /// <param name="initializer">Of the weights; default: PyTorch's, Glorot's uniform, and U(±1/√features) of the output's.</param>
    /// <param name="biasInitializer">Of the biases; default: zeros.</param>
    /// <exception cref="DeepFunException">DF0902 a bad option; DF0901 features that the heads do not divide.</exception>
    /// <example><code>
    /// var attention = Layers.MultiHeadAttention(heads: 4, causal: true);
    /// var (parameters, state) = attention.Initialize(Key.FromSeed(0), 10, 32);
    /// Console.WriteLine(attention.Forward(parameters, state, Tensor.Ones(2, 10, 32)).Shape); // [2, 10, 32]
    /// </code></example>
    public static Layer MultiHeadAttention(
        int heads,
        int? keyValueHeads = null,
        bool causal = false,
        bool rotary = false,
        double dropout = 0,
        bool bias = true,
        int cache = 0,
        Initializer? initializer = null,
        Initializer? biasInitializer = null
    ) =>
        SequenceLayers.Layers.multiHeadAttentionOf(
            Attention(heads, keyValueHeads, causal, rotary, dropout, bias, cache, initializer, biasInitializer)
        );

    internal static AttentionOptions Attention(
        int heads,
        int? keyValueHeads,
        bool causal,
        bool rotary,
        double dropout,
        bool bias,
        int cache,
        Initializer? initializer = null,
        Initializer? biasInitializer = null
    )
    {
        var standard = AttentionOptions.Of(heads);
        return new AttentionOptions(
            heads,
            keyValueHeads ?? heads,
            causal,
            rotary,
            dropout,
            bias,
            cache,
            initializer ?? standard.WeightInitializer,
            initializer ?? standard.OutputInitializer,
            biasInitializer ?? standard.BiasInitializer
        );
    }

    /// <summary>Blocks of a transformer's encoder (or, causal, of a decoder-only transformer): [T, features] → [T, features].</summary>
    /// <param name="heads">Heads of attention; they divide the features.</param>
    /// <param name="feedForward">Size of the hidden layer that is applied to each place.</param>
    /// <param name="layers">How many blocks; more than one are scanned, so that the trace does not grow.</param>
    /// <param name="activation">What follows the hidden layer; default: relu.</param>
    /// <param name="dropout">Dropout's rate in attention and behind each part, while learning.</param>
    /// <param name="normFirst">Whether each part normalizes its input, or what it was added to.</param>
    /// <param name="causal">Whether a place sees what stands before it only.</param>
    /// <param name="keyValueHeads">Heads of keys and values; default: heads.</param>
    /// <param name="rotary">Whether queries and keys are turned by their places.</param>
    /// <param name="cache">Places for which the layer's state keeps keys and values; 0: none.</param>
    /// <param name="epsilon">Added to the variance when normalizing.</param>
    /// <exception cref="DeepFunException">DF0902 a bad option; DF0901 features that the heads do not divide.</exception>
    /// <example><code>
    /// var encoder = Layers.TransformerEncoder(heads: 4, feedForward: 512);
    /// var (parameters, state) = encoder.Initialize(Key.FromSeed(0), 10, 128);
    /// Console.WriteLine(encoder.Forward(parameters, state, Tensor.Ones(2, 10, 128)).Shape); // [2, 10, 128]
    /// Console.WriteLine(parameters["attention/query/weight"].Shape); // [128, 128]
    /// </code></example>
    public static Layer TransformerEncoder(
        int heads,
        int feedForward,
        int layers = 1,
        Activation? activation = null,
        double dropout = 0,
        bool normFirst = true,
        bool causal = false,
        int? keyValueHeads = null,
        bool rotary = false,
        int cache = 0,
        double epsilon = 1e-5
    ) =>
        SequenceLayers.Layers.transformerEncoderOf(
            layers,
            Block(heads, feedForward, activation, dropout, normFirst, causal, keyValueHeads, rotary, cache, epsilon)
        );

    internal static TransformerOptions Block(
        int heads,
        int feedForward,
        Activation? activation,
        double dropout,
        bool normFirst,
        bool causal,
        int? keyValueHeads,
        bool rotary,
        int cache,
        double epsilon
    ) =>
        new(
            Attention(heads, keyValueHeads, causal, rotary, dropout, bias: true, cache),
            feedForward,
            activation ?? Activation.Relu,
            dropout,
            normFirst,
            epsilon
        );
}

using System;
using System.Collections.Generic;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Models over trees: several tensors in, several out (tuples, records, arrays of tensors with the batch axis in front).</summary>
public static class Network
{
    /// <summary>A model from a function that applies layers and networks by name; they get their parameters at the first use.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="function">Of the parts and the inputs; a name used again shares its parameters.</param>
    /// <example><code>
    /// var model = Network.Define("two heads", (Parts parts, Tensor x) =>
    /// {
    ///     var trunk = parts.Apply("trunk", Layers.Dense(16, Activation.Relu), x);
    ///     return (Price: parts.Apply("price", Layers.Dense(1), trunk), Kind: parts.Apply("kind", Layers.Dense(3), trunk));
    /// });
    /// var (parameters, state) = model.Initialize(Key.FromSeed(0), Tensor.Zeros(1, 4));
    /// var (price, kind) = model.Forward(parameters, state, Tensor.Ones(5, 4));
    /// Console.WriteLine($"{price.Shape} {kind.Shape}"); // [5, 1] [5, 3]
    /// </code></example>
    public static Network<TInput, TOutput> Define<TInput, TOutput>(string name, Func<Parts, TInput, TOutput> function) =>
        SequenceInterop.Define(name, function);

    /// <summary>A network of one's own, without state.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="init">Fresh parameters for inputs like these.</param>
    /// <param name="function">Of parameters and inputs.</param>
    public static Network<TInput, TOutput> Custom<TInput, TOutput>(
        string name,
        Func<Key, TInput, Params> init,
        Func<Params, TInput, TOutput> function
    ) => SequenceInterop.Custom<TInput, TOutput>(name, (key, x) => (init(key, x), Params.Empty), function);

    /// <summary>A layer as a network.</summary>
    public static Network<Tensor, Tensor> Of(Layer layer) => FSharp.Network.ofLayer(layer);

    /// <summary>A recurrent layer with lengths, and its state in and out; its parameters are those of Layers.Lstm and its kind.</summary>
    /// <param name="kind">RecurrentKind.Lstm, Gru, or NewSimple(activation).</param>
    /// <param name="units">Size of the output of one direction.</param>
    /// <param name="layers">Layers on top of each other.</param>
    /// <param name="bidirectional">Whether each layer also reads from the end.</param>
    /// <param name="sequences">Whether every step's output is given, or only the last state of the last layer.</param>
    /// <param name="bias">Whether biases are learned.</param>
    /// <param name="dropout">Dropout's rate between layers, while learning.</param>
    /// <param name="initializer">Of the weights, while biases begin at 0; default: PyTorch's, U(±1/√units) for both.</param>
    /// <param name="biasInitializer">Of the biases; default: zeros beside an initializer of the weights, else PyTorch's.</param>
    /// <exception cref="DeepFunException">DF0902 a bad option.</exception>
    /// <example><code>
    /// var lstm = Network.Recurrent(RecurrentKind.Lstm, units: 5);
    /// var input = new RecurrentInput(Tensor.Ones(2, 3, 4), Tensor.From([1, 3], 2), Params.Empty);
    /// var (parameters, state) = lstm.Initialize(Key.FromSeed(0), input);
    /// var output = lstm.Forward(parameters, state, input);
    /// Console.WriteLine($"{output.Outputs.Shape} {output.State["0/forward/cell"].Shape}"); // [2, 3, 5] [2, 5]
    /// </code></example>
    public static Network<RecurrentInput, RecurrentOutput> Recurrent(
        RecurrentKind kind,
        int units,
        int layers = 1,
        bool bidirectional = false,
        bool sequences = true,
        bool bias = true,
        double dropout = 0,
        Initializer? initializer = null,
        Initializer? biasInitializer = null
    ) =>
        FSharp.SequenceNetworks.Network.recurrentOf(
            Layers.Options(kind, units, layers, bidirectional, sequences, bias, dropout, stateful: false, initializer, biasInitializer)
        );

    /// <summary>Attention of one sequence to another, with a mask.</summary>
    /// <param name="heads">Heads; they divide the features.</param>
    /// <param name="keyValueHeads">Heads of keys and values; default: heads.</param>
    /// <param name="causal">Whether a place sees what stands before it only.</param>
    /// <param name="dropout">Dropout's rate on the weights, while learning.</param>
    /// <param name="bias">Whether biases are learned.</param>
    /// <param name="initializer">Of the weights; default: PyTorch's, Glorot's uniform, and U(±1/√features) of the output's.</param>
    /// <param name="biasInitializer">Of the biases; default: zeros.</param>
    public static Network<AttentionInput, Tensor> MultiHeadAttention(
        int heads,
        int? keyValueHeads = null,
        bool causal = false,
        double dropout = 0,
        bool bias = true,
        Initializer? initializer = null,
        Initializer? biasInitializer = null
    ) =>
        FSharp.SequenceNetworks.Network.multiHeadAttentionOf(
            Layers.Attention(heads, keyValueHeads, causal, rotary: false, dropout, bias, cache: 0, initializer, biasInitializer)
        );

    /// <summary>An encoder's block with a mask; its parameters are those of Layers.TransformerEncoder.</summary>
    /// <param name="heads">Heads of attention; they divide the features.</param>
    /// <param name="feedForward">Size of the hidden layer that is applied to each place.</param>
    /// <param name="layers">How many blocks; more than one are scanned, so that the trace does not grow.</param>
    /// <param name="activation">What follows the hidden layer; default: relu.</param>
    /// <param name="dropout">Dropout's rate in attention and behind each part, while learning.</param>
    /// <param name="normFirst">Whether each part normalizes its input, or what it was added to.</param>
    /// <param name="causal">Whether a place sees what stands before it only.</param>
    public static Network<MaskedSequence, Tensor> TransformerEncoder(
        int heads,
        int feedForward,
        int layers = 1,
        Activation? activation = null,
        double dropout = 0,
        bool normFirst = true,
        bool causal = false
    ) => FSharp.SequenceNetworks.Network.transformerEncoderOf(layers, Block(heads, feedForward, activation, dropout, normFirst, causal));

    /// <summary>A decoder's block: attention to what is written so far, to a memory, and a hidden layer for each place.</summary>
    /// <param name="heads">Heads of attention; they divide the features.</param>
    /// <param name="feedForward">Size of the hidden layer that is applied to each place.</param>
    /// <param name="layers">How many blocks; more than one are scanned, so that the trace does not grow.</param>
    /// <param name="activation">What follows the hidden layer; default: relu.</param>
    /// <param name="dropout">Dropout's rate in attention and behind each part, while learning.</param>
    /// <param name="normFirst">Whether each part normalizes its input, or what it was added to.</param>
    /// <example><code>
    /// var decoder = Network.TransformerDecoder(heads: 2, feedForward: 16);
    /// var input = DecoderInput.Of(Tensor.Ones(1, 3, 8), Tensor.Ones(1, 5, 8));
    /// var (parameters, state) = decoder.Initialize(Key.FromSeed(0), input);
    /// Console.WriteLine(decoder.Forward(parameters, state, input).Shape); // [1, 3, 8]
    /// </code></example>
    public static Network<DecoderInput, Tensor> TransformerDecoder(
        int heads,
        int feedForward,
        int layers = 1,
        Activation? activation = null,
        double dropout = 0,
        bool normFirst = true
    ) =>
        FSharp.SequenceNetworks.Network.transformerDecoderOf(
            layers,
            Block(heads, feedForward, activation, dropout, normFirst, causal: true)
        );

    private static TransformerOptions Block(
        int heads,
        int feedForward,
        Activation? activation,
        double dropout,
        bool normFirst,
        bool causal
    ) => Layers.Block(heads, feedForward, activation, dropout, normFirst, causal, null, rotary: false, cache: 0, epsilon: 1e-5);

    /// <summary>The maximum of each window and where it stood: [N, C, …] → values and indices.</summary>
    /// <param name="axes">Number of spatial axes, 1 to 3.</param>
    /// <param name="window">Size of the window.</param>
    /// <param name="stride">Step between windows; default: the window's size.</param>
    /// <param name="padding">Default: none.</param>
    /// <param name="dilation">Step between a window's places.</param>
    /// <param name="ceiling">Whether the number of windows is rounded up, as <see cref="Layers.MaxPool2D"/> says.</param>
    /// <exception cref="DeepFunException">DF0902 a bad option.</exception>
    /// <example><code>
    /// var pool = Network.MaxPoolWithIndices(axes: 1, window: 2);
    /// var pooled = pool.Forward(Params.Empty, Params.Empty, Tensor.Vector(1, 3, 7, 5).Reshape(1, 1, 4));
    /// Console.WriteLine(pooled.Indices); // tensor([[[1, 2]]], int32, shape [1, 1, 2])
    /// var back = Network.MaxUnpool(4).Forward(Params.Empty, Params.Empty, pooled);
    /// Console.WriteLine(back); // tensor([[[0., 3., 7., 0.]]], float32, shape [1, 1, 4])
    /// </code></example>
    public static Network<Tensor, PooledMaxima> MaxPoolWithIndices(
        int axes,
        int window,
        int? stride = null,
        WindowPadding? padding = null,
        int dilation = 1,
        bool ceiling = false
    ) => FSharp.PoolingNetworks.Network.maxPoolWithIndicesOf(Layers.Pool(axes, window, stride, padding, dilation, ceiling: ceiling));

    /// <summary>Maxima put back where they stood, zeros elsewhere: values and indices → [N, C, sizes…].</summary>
    /// <param name="sizes">The spatial sizes of what was pooled.</param>
    /// <exception cref="DeepFunException">DF0902 bad sizes; DF0103 an index outside.</exception>
    public static Network<PooledMaxima, Tensor> MaxUnpool(params int[] sizes) => FSharp.PoolingNetworks.Network.maxUnpool(sizes);

    /// <summary>Fresh parameters and state for inputs like these; only their shapes and dtypes matter.</summary>
    public static (Params Parameters, Params State) Initialize<TInput, TOutput>(
        this Network<TInput, TOutput> network,
        Key key,
        TInput sample
    ) => SequenceInterop.Init(network, key, sample);

    /// <summary>Parameters and state from a file that <see cref="NetworkRun{TInput, TOutput, TTarget}.Save"/> wrote, for the same network.</summary>
    /// <param name="network">The network that was saved.</param>
    /// <param name="path">The file.</param>
    /// <param name="sample">Inputs like those that it learned from; only their shapes and dtypes matter.</param>
    /// <exception cref="DeepFunException">DF05… the file is missing, damaged, or belongs to a network of other parameters.</exception>
    /// <example><code>
    /// var network = Network.Define("line", (Parts parts, Tensor x) => parts.Apply("line", Layers.Dense(1), x));
    /// var x = Tensor.Linspace(-1, 1, 64).Reshape(64, 1);
    /// var loss = Losses.On("line", Losses.MeanSquaredError(), (Tensor y) => y, (Tensor t) => t);
    /// var run = Trainer.For(network, loss, Optimizers.Sgd(0.1)).Fit(Examples.Of(x, x * 3));
    /// var path = System.IO.Path.Combine(System.IO.Directory.CreateTempSubdirectory().FullName, "line.safetensors");
    /// run.Save(path);
    /// var (parameters, state) = network.Load(path, x);
    /// Console.WriteLine((network.Forward(parameters, state, x) - run.Predict(x)).Abs().Max().ToDouble()); // 0
    /// </code></example>
    public static (Params Parameters, Params State) Load<TInput, TOutput>(this Network<TInput, TOutput> network, string path, TInput sample)
    {
        var file = SafeTensors.load(path);
        if (!file.Metadata.ContainsKey(ModelFile.NetworkEntry))
            DataErrors.NoModel(path, ModelFile.NetworkEntry, "NetworkRun.Save");
        return ModelFile.Read(path, file, SequenceInterop.Init(network, FSharp.Key.ofSeed(0), sample));
    }

    /// <summary>The outputs, in evaluation mode.</summary>
    public static TOutput Forward<TInput, TOutput>(this Network<TInput, TOutput> network, Params parameters, Params state, TInput inputs) =>
        SequenceInterop.Apply(network, parameters, state, inputs).Item1;

    /// <summary>The outputs and the new state, in training mode.</summary>
    public static (TOutput Output, Params State) ForwardTraining<TInput, TOutput>(
        this Network<TInput, TOutput> network,
        Key key,
        Params parameters,
        Params state,
        TInput inputs
    ) => SequenceInterop.ApplyTraining(network, key, parameters, state, inputs);

    /// <summary>Paths and shapes of the outputs for inputs like these; neither parameters nor outputs are computed.</summary>
    public static IReadOnlyList<KeyValuePair<string, Shape>> OutputShapes<TInput, TOutput>(
        this Network<TInput, TOutput> network,
        TInput sample
    ) => SequenceInterop.OutputShapes(network, sample);
}

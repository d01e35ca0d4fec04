using System;
using System.Collections.Generic;
using System.Linq;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Models from layers. A model is itself a layer.</summary>
public static partial class Model
{
    /// <summary>Layers one after another, named 0, 1, ….</summary>
    /// <example><code>
    /// var model = Model.Sequential(Layers.Dense(16, Activation.Relu), Layers.Dense(3));
    /// Console.WriteLine(model.Summary(4));
    /// // layer  kind             output  parameters  FLOPs
    /// // ─────────────────────────────────────────────────
    /// // 0      Dense(16, relu)  [16]            80    160
    /// // 1      Dense(3)         [3]             51     99
    /// // ─────────────────────────────────────────────────
    /// // 131 parameters, 259 FLOPs an example, input [4]
    /// </code></example>
    public static Layer Sequential(params Layer[] layers) => Interop.Sequential(layers);

    /// <summary>Named layers one after another: the names are those of the parameters.</summary>
    /// <example><code>
    /// var model = Model.Sequential(("hidden", Layers.Dense(16, Activation.Tanh)), ("output", Layers.Dense(1)));
    /// var (parameters, _) = model.Initialize(Key.FromSeed(0), 4);
    /// Console.WriteLine(parameters["output/weight"].Shape); // [16, 1]
    /// </code></example>
    public static Layer Sequential(params (string Name, Layer Layer)[] layers) =>
        Interop.Named(layers.Select(l => KeyValuePair.Create(l.Name, l.Layer)));

    /// <summary>x + f(x); the layer must keep the shape.</summary>
    /// <example><code>
    /// var block = Model.Residual(Model.Sequential(Layers.Dense(32, Activation.Relu), Layers.Dense(8)));
    /// var (parameters, state) = block.Initialize(Key.FromSeed(0), 8);
    /// Console.WriteLine(block.Forward(parameters, state, Tensor.Ones(5, 8)).Shape); // [5, 8]
    /// </code></example>
    public static Layer Residual(Layer layer) => FSharp.Layer.residual(layer);

    /// <summary>Layers on one input, their outputs joined along the last axis.</summary>
    public static Layer Branch(params Layer[] layers) => Interop.Branch(layers);

    /// <summary>A layer of one's own without parameters.</summary>
    /// <param name="name">For summaries.</param>
    /// <param name="function">On inputs with the batch axis in front.</param>
    /// <param name="outputShape">Of one example, from the input's; default: unchanged.</param>
    /// <example><code>
    /// var difference = Model.Function("Difference", x => x.Slice(1, 4, axis: 1) - x.Slice(0, 3, axis: 1), shape => [shape[0] - 1]);
    /// var (parameters, state) = difference.Initialize(Key.FromSeed(0), 4);
    /// var outputs = difference.Forward(parameters, state, Tensor.Vector(1, 4, 9, 16).Reshape(1, 4));
    /// Console.WriteLine(outputs); // tensor([[3., 5., 7.]], float32, shape [1, 3])
    /// </code></example>
    public static Layer Function(string name, Func<Tensor, Tensor> function, Func<Shape, Shape>? outputShape = null) =>
        Interop.FunctionLayer(name, outputShape ?? (shape => shape), function);

    /// <summary>A layer of one's own with parameters.</summary>
    /// <param name="name">For summaries.</param>
    /// <param name="init">Fresh parameters for inputs of a shape (one example).</param>
    /// <param name="function">On inputs with the batch axis in front.</param>
    /// <param name="outputShape">Of one example, from the input's; default: unchanged.</param>
    /// <example><code>
    /// var scale = Model.Custom("Scale", (key, shape) => Params.Of(("factor", Tensor.Ones(shape[^1]))), (p, x) => x * p["factor"]);
    /// var model = Model.Sequential(Layers.Dense(8), scale);
    /// var (parameters, _) = model.Initialize(Key.FromSeed(0), 4);
    /// Console.WriteLine(parameters["1/factor"].Shape); // [8]
    /// </code></example>
    public static Layer Custom(
        string name,
        Func<Key, Shape, Params> init,
        Func<Params, Tensor, Tensor> function,
        Func<Shape, Shape>? outputShape = null
    ) => Interop.CustomLayer(name, outputShape ?? (shape => shape), init, function);

    /// <summary>
    /// The model as a table: layer, kind, output shape, parameters, and arithmetic operations (FLOPs) of one example in evaluation mode, for inputs of a
    /// shape (one example).
    /// </summary>
    /// <exception cref="DeepFunException">DF0901 a layer does not fit, with its path.</exception>
    public static string Summary(this Layer layer, params int[] inputShape) => FSharp.Layer.summary(inputShape, layer);

    /// <summary>Fresh parameters and state for inputs of a shape (one example).</summary>
    public static (Params Parameters, Params State) Initialize(this Layer layer, Key key, params int[] inputShape) =>
        Interop.Init(layer, key, inputShape);

    /// <summary>The layer's output for inputs [N, …], in evaluation mode.</summary>
    public static Tensor Forward(this Layer layer, Params parameters, Params state, Tensor inputs) =>
        Interop.Apply(layer, parameters, state, inputs);

    /// <summary>The layer's output and new state for inputs [N, …], in training mode: dropout drops, batch norm uses the batch.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="key">For this step's random numbers; another one each step, for example <c>key.Fold(step)</c>.</param>
    /// <param name="parameters">What it learns.</param>
    /// <param name="state">What it remembers beside.</param>
    /// <param name="inputs">The batch.</param>
    public static (Tensor Output, Params State) ForwardTraining(
        this Layer layer,
        Key key,
        Params parameters,
        Params state,
        Tensor inputs
    ) => Interop.ApplyTraining(layer, key, parameters, state, inputs);
}

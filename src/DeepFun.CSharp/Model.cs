using System;
using System.Collections.Generic;
using System.Linq;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Models from layers. A model is itself a layer.</summary>
public static class Model
{
    /// <summary>Layers one after another, named 0, 1, ….</summary>
    public static Layer Sequential(params Layer[] layers) => Interop.Sequential(layers);

    /// <summary>Named layers one after another: the names are those of the parameters.</summary>
    public static Layer Sequential(params (string Name, Layer Layer)[] layers) =>
        Interop.Named(layers.Select(l => KeyValuePair.Create(l.Name, l.Layer)));

    /// <summary>x + f(x).</summary>
    public static Layer Residual(Layer layer) => FSharp.Layer.residual(layer);

    /// <summary>Layers on one input, their outputs joined along the last axis.</summary>
    public static Layer Branch(params Layer[] layers) => Interop.Branch(layers);

    /// <summary>A layer of one's own without parameters.</summary>
    /// <param name="name">For summaries.</param>
    /// <param name="function">On inputs with the batch axis in front.</param>
    /// <param name="outputShape">Of one example, from the input's; default: unchanged.</param>
    public static Layer Function(string name, Func<Tensor, Tensor> function, Func<Shape, Shape>? outputShape = null) =>
        Interop.FunctionLayer(name, outputShape ?? (shape => shape), function);

    /// <summary>A layer of one's own with parameters.</summary>
    /// <param name="name">For summaries.</param>
    /// <param name="init">Fresh parameters for inputs of a shape (one example).</param>
    /// <param name="function">On inputs with the batch axis in front.</param>
    /// <param name="outputShape">Of one example, from the input's; default: unchanged.</param>
    public static Layer Custom(
        string name,
        Func<Key, Shape, Params> init,
        Func<Params, Tensor, Tensor> function,
        Func<Shape, Shape>? outputShape = null
    ) => Interop.CustomLayer(name, outputShape ?? (shape => shape), init, function);

    /// <summary>The model as a table: layer, kind, output shape and parameters, for inputs of a shape (one example).</summary>
    /// <exception cref="DeepFunException">DF0901 a layer does not fit, with its path.</exception>
    public static string Summary(this Layer layer, params int[] inputShape) => FSharp.Layer.summary(inputShape, layer);

    /// <summary>Fresh parameters and state for inputs of a shape (one example).</summary>
    public static (Params Parameters, Params State) Initialize(this Layer layer, Key key, params int[] inputShape) =>
        Interop.Init(layer, key, inputShape);

    /// <summary>The layer's output for inputs [N, …], in evaluation mode.</summary>
    public static Tensor Forward(this Layer layer, Params parameters, Params state, Tensor inputs) =>
        Interop.Apply(layer, parameters, state, inputs);
}

using System;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Models from a function of their parts, from repeated blocks, and continued step by step.</summary>
public static partial class Model
{
    /// <summary>A layer from a function that applies other layers by name; a name used again shares its parameters.</summary>
    /// <param name="name">For summaries.</param>
    /// <param name="function">Of the parts and the batch.</param>
    /// <example><code>
    /// // The same layer twice, and a gate of one's own.
    /// var model = Model.Define("Gated", (parts, x) =>
    /// {
    ///     var once = parts.Apply("step", Layers.Dense(4, Activation.Tanh), x);
    ///     var twice = parts.Apply("step", Layers.Dense(4, Activation.Tanh), once);
    ///     return twice * parts.Parameter("gate", [4], Initializers.Constant(0.5));
    /// });
    /// var (parameters, state) = model.Initialize(Key.FromSeed(0), 4);
    /// Console.WriteLine(parameters.Count); // 24
    /// </code></example>
    public static Layer Define(string name, Func<Parts, Tensor, Tensor> function) => SequenceInterop.DefineLayer(name, function);

    /// <summary>The same kind of block n times, each with parameters of its own, stacked along a new axis 0; traced once and scanned.</summary>
    /// <param name="n">How often.</param>
    /// <param name="block">What keeps the shape.</param>
    /// <exception cref="DeepFunException">DF0902 n below 1; DF0901 a block that changes the shape.</exception>
    public static Layer Repeat(int n, Layer block) => SequenceInterop.Repeat(n, block);

    /// <summary>
    /// The output and the new state, in evaluation mode: for layers that continue a sequence (a cache, stateful recurrent layers). Begin with
    /// the state of <c>Initialize</c>.
    /// </summary>
    /// <example><code>
    /// var attention = Layers.MultiHeadAttention(heads: 2, cache: 16);
    /// var (parameters, state) = attention.Initialize(Key.FromSeed(0), 1, 4);
    /// (_, state) = attention.Continue(parameters, state, Tensor.Ones(1, 3, 4)); // a prompt of three
    /// (var next, state) = attention.Continue(parameters, state, Tensor.Ones(1, 1, 4)); // and what follows
    /// Console.WriteLine($"{next.Shape} {state["position"].ToDouble()}"); // [1, 1, 4] 4
    /// </code></example>
    public static (Tensor Output, Params State) Continue(this Layer layer, Params parameters, Params state, Tensor inputs) =>
        SequenceInterop.Continue(layer, parameters, state, inputs);
}

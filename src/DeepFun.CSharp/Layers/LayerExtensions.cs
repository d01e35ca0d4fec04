namespace DeepFun;

/// <summary>Parameters of a layer by path, and its summary as HTML.</summary>
public static class LayerExtensions
{
    /// <summary>The layer with the parameters whose paths have a pattern kept from learning: they become a part of its state, under "frozen".</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="pattern">As for <c>Params.Matching</c>: * in a name, ** for any number of names.</param>
    /// <exception cref="DeepFunException">DF0960 no path has the pattern (at Initialize).</exception>
    /// <example><code>
    /// var model = Model.Sequential(("encoder", Layers.Dense(8)), ("head", Layers.Dense(2))).Freeze("encoder/**");
    /// var (parameters, state) = model.Initialize(Key.FromSeed(0), 4);
    /// Console.WriteLine(parameters.Count); // 18
    /// Console.WriteLine(state["frozen/encoder/weight"].Shape); // [4, 8]
    /// </code></example>
    public static Layer Freeze(this Layer layer, string pattern) => FSharp.LayerParameters.Layer.freeze(pattern, layer);

    /// <summary>The layer with one parameter taken from another place of it: both are one tensor.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="source">Path of the tensor that is learned.</param>
    /// <param name="target">Path of the tensor that it replaces.</param>
    /// <exception cref="DeepFunException">DF0304 no such path; DF0961 another shape (at Initialize).</exception>
    public static Layer Tie(this Layer layer, string source, string target) => FSharp.LayerParameters.Layer.tie(source, target, layer);

    /// <summary>Shape of one example's output, for inputs of a shape (one example).</summary>
    /// <exception cref="DeepFunException">DF0901 a layer does not fit, with its path.</exception>
    public static Shape ShapeAfter(this Layer layer, params int[] inputShape) => FSharp.Interop.OutputShape(layer, inputShape);

    /// <summary>The model as a table of HTML: layer, kind, output shape, parameters and their share, for inputs of a shape (one example).</summary>
    /// <exception cref="DeepFunException">DF0901 a layer does not fit, with its path.</exception>
    /// <example><code>
    /// var html = Model.Sequential(Layers.Dense(16), Layers.Dense(3)).SummaryHtml(4);
    /// Console.WriteLine(html.Contains("131 parameters, input [4]")); // True
    /// </code></example>
    public static string SummaryHtml(this Layer layer, params int[] inputShape) => FSharp.LayerPages.Layer.summaryHtml(inputShape, layer);
}

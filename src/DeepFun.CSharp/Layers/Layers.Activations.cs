namespace DeepFun;

/// <summary>Activations that learn, draw random numbers, or give another shape. The others: <c>Layers.Activate(Activation.…)</c>.</summary>
public static partial class Layers
{
    /// <summary>x where x &gt; 0, elsewhere slope · x with a slope that is learned and begins at 0.25.</summary>
    /// <param name="perChannel">Whether each channel of [C, …] has its own.</param>
    public static Layer PRelu(bool perChannel = false) =>
        perChannel ? FSharp.ActivationLayers.Layers.preluPerChannel : FSharp.ActivationLayers.Layers.prelu;

    /// <summary>x where x &gt; 0, elsewhere slope · x; each element's slope is drawn while training, and the mean of the bounds otherwise.</summary>
    /// <param name="low">Least slope.</param>
    /// <param name="high">Largest slope.</param>
    public static Layer RRelu(double low = 1.0 / 8, double high = 1.0 / 3) => FSharp.ActivationLayers.Layers.rrelu(low, high);

    /// <summary>The first half of an axis times the sigmoid of the second: [… , 2 n] → [… , n].</summary>
    /// <param name="axis">Counted from the end; −1 is the last.</param>
    public static Layer Glu(int axis = -1) => FSharp.ActivationLayers.Layers.gluOver(axis);
}

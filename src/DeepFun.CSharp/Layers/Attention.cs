namespace DeepFun;

/// <summary>Attention as functions of tensors, and where things stand in a sequence.</summary>
public static class Attention
{
    /// <summary>softmax(Q Kᵀ · scale) V.</summary>
    /// <param name="queries">[… , heads, L, d]</param>
    /// <param name="keys">[… , heads / g, S, d]: each head serves g query heads.</param>
    /// <param name="values">[… , heads / g, S, e]</param>
    /// <param name="causal">Whether a query sees the keys up to its own place only.</param>
    /// <param name="mask">Bool, what broadcasts to [… , heads, L, S]: where a query may see a key; default: everywhere.</param>
    /// <param name="scale">Default: 1/√d.</param>
    /// <returns>[… , heads, L, e]; zeros where a query may see nothing.</returns>
    /// <exception cref="DeepFunException">DF0940 shapes that do not fit.</exception>
    public static Tensor ScaledDotProduct(
        Tensor queries,
        Tensor keys,
        Tensor values,
        bool causal = false,
        Tensor? mask = null,
        double? scale = null
    ) => FSharp.Attention.scaledDotProductOf(FSharp.SequenceInterop.Scores(causal, mask, scale), queries, keys, values);

    /// <summary>How much each query takes of each key's value, to look at: softmax(Q Kᵀ · scale), [… , heads, L, S].</summary>
    /// <inheritdoc cref="ScaledDotProduct"/>
    public static Tensor Weights(Tensor queries, Tensor keys, bool causal = false, Tensor? mask = null, double? scale = null) =>
        FSharp.Attention.weights(FSharp.SequenceInterop.Scores(causal, mask, scale), queries, keys);

    /// <summary>True at the places before a sequence's end: lengths [N] → bool [N, longest].</summary>
    public static Tensor LengthMask(Tensor lengths, int longest) => FSharp.Attention.lengthMask(longest, lengths);

    /// <summary>sin(place · 10000^(−2i/features)) at 2i, its cosine at 2i + 1: places [L] → [L, features].</summary>
    public static Tensor Sinusoidal(Tensor places, int features) => FSharp.Attention.sinusoidal(features, places);

    /// <summary>The pairs of features i and i + d/2 turned by place · wave^(−2i/d): x [… , L, d], places [L].</summary>
    public static Tensor Rotary(Tensor x, Tensor places, double wave = 10000) => FSharp.Attention.rotary(wave, places, x);
}

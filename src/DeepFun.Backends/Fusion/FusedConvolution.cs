namespace DeepFun.Backends;

/// <summary>
/// A convolution with what follows it in a network, y = pool(relu(convolve(x, w) + bias)), or the gradients of it. Made ready by
/// <see cref="IBackend.Compile(FusedConvolution)"/>. What lies between convolution and pooled result is never stored.
/// </summary>
/// <remarks>
/// Forward: inputs x, w and, with <paramref name="Bias"/>, bias [O]. Results: y; with <paramref name="Pool"/> the maxima of the windows, and
/// which place of its window each was (UInt8, in an order of the backend's: for the backward kernel alone). Ties and NaN as
/// <see cref="PoolOp.ArgMax"/>.
/// Backward: inputs x, w, dy (the gradient of the first result); then with <paramref name="Pool"/> the second result, else with
/// <paramref name="Relu"/> the first. Results: dw; with <paramref name="Bias"/> db [O]; with <paramref name="InputGradient"/> dx.
/// Below windows, what has no gradient is left out: an infinity or NaN there meets no zero.
/// The derivative of relu is 1 above zero, and 0 elsewhere. Batch sizes may differ from call to call.
/// </remarks>
/// <param name="Backward">The gradients, not the function.</param>
/// <param name="DType">Of all operands but the places.</param>
/// <param name="InChannels">Channels of x.</param>
/// <param name="OutChannels">Channels of y.</param>
/// <param name="Spec">The convolution.</param>
/// <param name="Bias">Whether a bias is added to each channel.</param>
/// <param name="Relu">Whether negative values become zero.</param>
/// <param name="Pool">Windows over the convolution's output whose maxima are the result.</param>
/// <param name="InputGradient">Whether dx is wanted.</param>
public sealed record FusedConvolution(
    bool Backward,
    DType DType,
    int InChannels,
    int OutChannels,
    ConvolutionSpec Spec,
    bool Bias,
    bool Relu,
    WindowSpec? Pool,
    bool InputGradient
);

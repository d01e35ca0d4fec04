using DeepFun.FSharp;
using static DeepFun.TensorReductions;

namespace DeepFun;

/// <summary>
/// Discrete Fourier transforms of any length, as methods: Z[k] = Σⱼ exp(−2πi jk/n) z[j]. Negative axes count from the end; without axes,
/// all of them. Derivatives are transforms again.
/// </summary>
public static class TensorFourier
{
    extension(Tensor)
    {
        /// <summary>The frequencies of the elements of a transform of n samples with a spacing: 0, 1, …, −2, −1 over n · spacing.</summary>
        /// <exception cref="DeepFunException">DF0126 n below 1, or a spacing of 0.</exception>
        public static Tensor FftFreq(int n, double spacing = 1) => Fourier.fftFreq(n, spacing);

        /// <summary>The frequencies of the elements of a half transform: 0, 1, …, ⌊n/2⌋ over n · spacing.</summary>
        /// <exception cref="DeepFunException">DF0126 n below 1, or a spacing of 0.</exception>
        public static Tensor RfftFreq(int n, double spacing = 1) => Fourier.rfftFreq(n, spacing);
    }

    /// <summary>The transform along an axis.</summary>
    /// <param name="z">What is transformed.</param>
    /// <param name="axis">Along which axis.</param>
    /// <param name="norm">Which direction is divided by n.</param>
    /// <param name="n">The length to which z is first cropped or filled up with zeros, at its end; as it is unless given.</param>
    /// <exception cref="DeepFunException">DF0112 no such axis; DF0126 a length below 1.</exception>
    /// <example><code>
    /// var spectrum = Tensor.Vector(0, 1, 0, -1).Fft();
    /// Console.WriteLine(spectrum.Im); // tensor([ 0., -2.,  0.,  2.], float32, shape [4])
    /// Console.WriteLine(spectrum.Ifft().Re); // tensor([ 0.,  1.,  0., -1.], float32, shape [4])
    /// Console.WriteLine(Tensor.Vector(1, 2, 3).Fft(n: 2).Re); // tensor([ 3., -1.], float32, shape [2])
    /// </code></example>
    public static Complex Fft(this Complex z, int axis = -1, FourierNorm norm = FourierNorm.Backward, int? n = null) =>
        n is { } length ? Fourier.fftSized(norm, [length], [axis], z) : Fourier.fftWith(norm, [axis], z);

    /// <summary>The whole transform of real values along an axis; <see cref="Rfft"/> gives the half that says all.</summary>
    public static Complex Fft(this Tensor x, int axis = -1, FourierNorm norm = FourierNorm.Backward, int? n = null) =>
        ComplexModule.ofReal(x).Fft(axis, norm, n);

    /// <summary>The inverse transform along an axis, of z cropped or filled up to n elements if that is given.</summary>
    /// <exception cref="DeepFunException">DF0112 no such axis; DF0126 a length below 1.</exception>
    public static Complex Ifft(this Complex z, int axis = -1, FourierNorm norm = FourierNorm.Backward, int? n = null) =>
        n is { } length ? Fourier.ifftSized(norm, [length], [axis], z) : Fourier.ifftWith(norm, [axis], z);

    /// <summary>The transform along several axes, of z cropped or filled up to a length for each of them if they are given.</summary>
    /// <exception cref="DeepFunException">DF0112, DF0113 axes; DF0126 a length below 1, or not one for each axis.</exception>
    public static Complex FftN(this Complex z, int[]? axes = null, FourierNorm norm = FourierNorm.Backward, int[]? lengths = null) =>
        lengths is null ? Fourier.fftWith(norm, Axes(z.Rank, axes), z) : Fourier.fftSized(norm, lengths, Axes(z.Rank, axes), z);

    /// <summary>The inverse transform along several axes, of z cropped or filled up to a length for each of them if they are given.</summary>
    /// <exception cref="DeepFunException">DF0112, DF0113 axes; DF0126 a length below 1, or not one for each axis.</exception>
    public static Complex IfftN(this Complex z, int[]? axes = null, FourierNorm norm = FourierNorm.Backward, int[]? lengths = null) =>
        lengths is null ? Fourier.ifftWith(norm, Axes(z.Rank, axes), z) : Fourier.ifftSized(norm, lengths, Axes(z.Rank, axes), z);

    /// <summary>
    /// The elements 0 … n/2 of the transform of real values along an axis; the others are their conjugates. x is first cropped or filled up to n elements
    /// if that is given.
    /// </summary>
    /// <exception cref="DeepFunException">DF0126 a length below 1; DF0150 an empty axis.</exception>
    public static Complex Rfft(this Tensor x, int axis = -1, FourierNorm norm = FourierNorm.Backward, int? n = null) =>
        n is { } length ? Fourier.rfftSized(norm, [length], [axis], x) : Fourier.rfftWith(norm, [axis], x);

    /// <summary>Real values, so many along an axis, from the elements 0 … length/2 of their transform, cropped or filled up to them.</summary>
    /// <exception cref="DeepFunException">DF0126 a length below 1.</exception>
    public static Tensor Irfft(this Complex z, int length, int axis = -1, FourierNorm norm = FourierNorm.Backward) =>
        Fourier.irfftWith(norm, length, [axis], z);

    /// <summary>
    /// The transform of real values along several axes, of which the last keeps the elements 0 … n/2; of x cropped or filled up to a length for each of them
    /// if they are given.
    /// </summary>
    /// <exception cref="DeepFunException">DF0112, DF0113 axes; DF0126 a length below 1, or not one for each axis; DF0150 an empty axis.</exception>
    public static Complex RfftN(this Tensor x, int[]? axes = null, FourierNorm norm = FourierNorm.Backward, int[]? lengths = null) =>
        lengths is null ? Fourier.rfftWith(norm, Axes(x.Rank, axes), x) : Fourier.rfftSized(norm, lengths, Axes(x.Rank, axes), x);

    /// <summary>Real values from their half transform along several axes; so many along the last of them.</summary>
    public static Tensor IrfftN(this Complex z, int length, int[]? axes = null, FourierNorm norm = FourierNorm.Backward) =>
        Fourier.irfftWith(norm, length, Axes(z.Rank, axes), z);

    /// <summary>Real values from their half transform along several axes, with a length for each of them.</summary>
    /// <exception cref="DeepFunException">DF0112, DF0113 axes; DF0126 a length below 1, or not one for each axis.</exception>
    public static Tensor IrfftN(this Complex z, int[] lengths, int[]? axes = null, FourierNorm norm = FourierNorm.Backward) =>
        Fourier.irfftSized(norm, lengths, Axes(z.Rank, axes), z);

    /// <summary>Element 0 moved to the middle of axes; without axes, of all.</summary>
    public static Tensor FftShift(this Tensor x, params int[] axes) => Fourier.fftShift(axes.Length == 0 ? Axes(x.Rank, null) : axes, x);

    /// <summary>The inverse of <see cref="FftShift"/>.</summary>
    public static Tensor IfftShift(this Tensor x, params int[] axes) => Fourier.ifftShift(axes.Length == 0 ? Axes(x.Rank, null) : axes, x);

    /// <summary>The convolution of mathematics, Σⱼ x[j] y[k − j], along axes, by transforms; the other axes broadcast.</summary>
    /// <exception cref="DeepFunException">DF0125 another number of axes; DF0150 an empty axis.</exception>
    public static Tensor FftConvolve(this Tensor x, Tensor y, int[]? axes = null, ConvolutionPart part = ConvolutionPart.Full) =>
        Fourier.fftConvolve(part, Axes(x.Rank, axes), x, y);
}

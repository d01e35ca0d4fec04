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
    /// <exception cref="DeepFunException">DF0112 no such axis.</exception>
    /// <example><code>
    /// var spectrum = Tensor.Vector(0, 1, 0, -1).Fft();
    /// Console.WriteLine(spectrum.Im); // tensor([ 0., -2.,  0.,  2.], float32, shape [4])
    /// Console.WriteLine(spectrum.Ifft().Re); // tensor([ 0.,  1.,  0., -1.], float32, shape [4])
    /// </code></example>
    public static Complex Fft(this Complex z, int axis = -1, FourierNorm norm = FourierNorm.Backward) => Fourier.fftWith(norm, [axis], z);

    /// <summary>The whole transform of real values along an axis; <see cref="Rfft"/> gives the half that says all.</summary>
    public static Complex Fft(this Tensor x, int axis = -1, FourierNorm norm = FourierNorm.Backward) =>
        Fourier.fftWith(norm, [axis], ComplexModule.ofReal(x));

    /// <summary>The inverse transform along an axis.</summary>
    public static Complex Ifft(this Complex z, int axis = -1, FourierNorm norm = FourierNorm.Backward) => Fourier.ifftWith(norm, [axis], z);

    /// <summary>The transform along several axes.</summary>
    public static Complex FftN(this Complex z, int[]? axes = null, FourierNorm norm = FourierNorm.Backward) =>
        Fourier.fftWith(norm, Axes(z.Rank, axes), z);

    /// <summary>The inverse transform along several axes.</summary>
    public static Complex IfftN(this Complex z, int[]? axes = null, FourierNorm norm = FourierNorm.Backward) =>
        Fourier.ifftWith(norm, Axes(z.Rank, axes), z);

    /// <summary>The elements 0 … n/2 of the transform of real values along an axis; the others are their conjugates.</summary>
    /// <exception cref="DeepFunException">DF0150 an empty axis.</exception>
    public static Complex Rfft(this Tensor x, int axis = -1, FourierNorm norm = FourierNorm.Backward) => Fourier.rfftWith(norm, [axis], x);

    /// <summary>Real values, so many along an axis, from the elements 0 … length/2 of their transform.</summary>
    /// <exception cref="DeepFunException">DF0126 a length below 1.</exception>
    public static Tensor Irfft(this Complex z, int length, int axis = -1, FourierNorm norm = FourierNorm.Backward) =>
        Fourier.irfftWith(norm, length, [axis], z);

    /// <summary>The transform of real values along several axes, of which the last keeps the elements 0 … n/2.</summary>
    public static Complex RfftN(this Tensor x, int[]? axes = null, FourierNorm norm = FourierNorm.Backward) =>
        Fourier.rfftWith(norm, Axes(x.Rank, axes), x);

    /// <summary>Real values from their half transform along several axes; so many along the last of them.</summary>
    public static Tensor IrfftN(this Complex z, int length, int[]? axes = null, FourierNorm norm = FourierNorm.Backward) =>
        Fourier.irfftWith(norm, length, Axes(z.Rank, axes), z);

    /// <summary>Element 0 moved to the middle of axes; without axes, of all.</summary>
    public static Tensor FftShift(this Tensor x, params int[] axes) => Fourier.fftShift(axes.Length == 0 ? Axes(x.Rank, null) : axes, x);

    /// <summary>The inverse of <see cref="FftShift"/>.</summary>
    public static Tensor IfftShift(this Tensor x, params int[] axes) => Fourier.ifftShift(axes.Length == 0 ? Axes(x.Rank, null) : axes, x);

    /// <summary>The convolution of mathematics, Σⱼ x[j] y[k − j], along axes, by transforms; the other axes broadcast.</summary>
    /// <exception cref="DeepFunException">DF0125 another number of axes; DF0150 an empty axis.</exception>
    public static Tensor FftConvolve(this Tensor x, Tensor y, int[]? axes = null, ConvolutionPart part = ConvolutionPart.Full) =>
        Fourier.fftConvolve(part, Axes(x.Rank, axes), x, y);
}

using System;
using System.Linq;
using Xunit;
using C = System.Numerics.Complex;

namespace DeepFun.CSharp.Tests;

/// <summary>Complex numbers and Fourier transforms from C#: each door once, against .NET's numbers or by hand.</summary>
public sealed class ComplexTests
{
    private static readonly C[] Points = [new(1, 2), new(-0.5, 1), new(2, -3)];

    private static Complex Z => Complex.From(Points);

    private static void Near(C[] expected, Complex actual)
    {
        Assert.Equal(expected.Length, actual.ToArray().Length);
        foreach (var (e, a) in expected.Zip(actual.ToArray()))
            Assert.True((e - a).Magnitude <= 1e-6 * (1 + e.Magnitude), $"expected {e}, came {a}");
    }

    [Fact]
    public void Functions_are_those_of_dotnet()
    {
        Near([.. Points.Select(p => C.Exp(p))], Z.Exp());
        Near([.. Points.Select(p => C.Log(p))], Z.Log());
        Near([.. Points.Select(p => C.Sqrt(p))], Z.Sqrt());
        Near([.. Points.Select(p => C.Sin(p))], Z.Sin());
        Near([.. Points.Select(p => C.Cos(p))], Z.Cos());
        Near([.. Points.Select(p => C.Sinh(p))], Z.Sinh());
        Near([.. Points.Select(p => C.Cosh(p))], Z.Cosh());
        Near([.. Points.Select(p => C.Tanh(p))], Z.Tanh());
        Near([.. Points.Select(p => C.Pow(p, 2))], Z.Pow(2));
        Near([.. Points.Select(p => C.Pow(p, p))], Z.Pow(Z));
        Near([.. Points.Select(p => C.Conjugate(p))], Z.Conj());
        Near([.. Points.Select(p => (p * p - 1) / (2 - p))], (Z * Z - 1) / (2 - Z));
        Close.Assert(Z.Abs(), [3], [.. Points.Select(p => p.Magnitude)]);
        Close.Assert(Z.SquaredAbs(), [3], [5, 1.25, 13]);
        Close.Assert(Z.Angle(), [3], [.. Points.Select(p => p.Phase)]);
        Near(Points, Complex.Polar(Z.Abs(), Z.Angle()));
        Near([.. Points.Select(p => p / p.Magnitude)], Complex.Cis(Z.Angle()));
    }

    [Fact]
    public void Parts_and_products()
    {
        Near(Points, Complex.Create(Z.Re, Z.Im));
        Near(Points, Complex.FromPairs(Z.ToPairs()));
        Near([1, 2], Complex.FromReal(Tensor.Vector(1, 2)));
        Near([Points[0] + Points[1] + Points[2]], Z.Map(part => part.Sum()));
        Near([Points[0], 0, Points[2]], Tensor.From([true, false, true]).Where(Z, Z - Z));
        Near([18 + 1.25 - 0], Complex.FromReal(Z.Dot(Z).Re));
        Near([.. Points.SelectMany(p => Points.Select(q => p * q))], Z.Outer(Z));
        var m = Complex.From([1, C.ImaginaryOne, 0, 2], 2, 2);
        Near([1, 3 * C.ImaginaryOne, 0, 4], m.MatMul(m));
        Near([1, 0, -C.ImaginaryOne, 2], m.Adjoint());
        Assert.Equal([2, 2], m.Shape.ToArray());
        Near([.. Points, .. Points], Complex.Stack([Z, Z]));
        Assert.Equal([3, 2], Complex.Stack([Z, Z], axis: 1).Shape.ToArray());
        Near([.. Points, .. Points], Complex.Concat([Z, Z]));
        Close.Fails("DF0125", () => Complex.FromPairs(Tensor.Zeros(3)));
    }

    [Fact]
    public void Transforms_are_worked_out_by_hand()
    {
        var x = Tensor.Vector(0, 1, 0, 0);
        Near([1, -C.ImaginaryOne, -1, C.ImaginaryOne], x.Fft());
        Near([1, -C.ImaginaryOne, -1], x.Rfft());
        Near([0.5, -C.ImaginaryOne / 2, -0.5], x.Rfft(norm: FourierNorm.Ortho));
        Close.Assert(x.Rfft().Irfft(4), [4], [0, 1, 0, 0]);
        Near([0, 1, 0, 0], x.Fft().Fft().Ifft().Ifft());
        var plane = Tensor.From(
            new float[,]
            {
                { 1, 2 },
                { 3, 4 },
            }
        );
        Near([10, -2, -4, 0], Complex.FromReal(plane).FftN());
        Near([2.5, -0.5, -1, 0], Complex.FromReal(plane).FftN(norm: FourierNorm.Forward));
        Near([4, 6, -2, -2], Complex.FromReal(plane).FftN([0]));
        Near([1, 2, 3, 4], plane.RfftN().IfftN());
        Close.Assert(plane.RfftN().IrfftN(2), [2, 2], [1, 2, 3, 4]);
        // numpy.fft with n and s.
        var line = Tensor.Vector(1, -2, 3, 0.5);
        Near([-1, 3], line.Fft(n: 2));
        Near([-0.5, 1.5], Complex.FromReal(line).Ifft(n: 2));
        Near([-1, 3], line.Rfft(n: 2));
        Near([4, -2], Complex.FromReal(plane).FftN(lengths: [2, 1]));
        Near([1.5, -0.5], Complex.FromReal(plane).IfftN(lengths: [1, 2]));
        Near([6, -2 - 2 * C.ImaginaryOne, 2], Tensor.Vector(1, 2, 3).Reshape(1, 3).RfftN(lengths: [1, 4]));
        Close.Assert(Complex.FromReal(Tensor.Vector(1, -2).Reshape(1, 2)).IrfftN([1, 3]), [1, 3], [-1, 1, 1]);
        Close.Assert(Tensor.FftFreq(4), [4], [0, 0.25, -0.5, -0.25]);
        Close.Assert(Tensor.RfftFreq(4, 0.5), [3], [0, 0.5, 1]);
        Close.Assert(Tensor.Vector(0, 1, 2, 3, 4).FftShift(), [5], [3, 4, 0, 1, 2]);
        Close.Assert(Tensor.Vector(0, 1, 2, 3, 4).FftShift().IfftShift(), [5], [0, 1, 2, 3, 4]);
        Close.Assert(Tensor.Vector(1, 2).FftConvolve(Tensor.Vector(1, 1, 1)), [4], [1, 3, 3, 2]);
        Close.Assert(Tensor.Vector(1, 2, 3).FftConvolve(Tensor.Vector(1, 1), part: ConvolutionPart.Valid), [2], [3, 5]);
        Close.Fails("DF0150", () => Tensor.Zeros(0).Rfft());
    }

    [Fact]
    public void A_gradient_of_complex_numbers_is_complex()
    {
        var gradient = Differentiate.Grad((Complex z) => z.Fft().SquaredAbs().Sum())(Z);
        Near([.. Points.Select(p => 6 * p)], gradient);
    }
}

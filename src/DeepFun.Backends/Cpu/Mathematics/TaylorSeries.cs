using System;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// Arithmetic of Taylor series in two variables, ε and δ, cut off behind εᵐ δⁿ: the derivatives of a computation in two of its parameters
/// come out of the computation itself. The coefficient of εⁱ δʲ stands at i (n + 1) + j; with m = n = 0 these are plain numbers.
/// Source: Griewank and Walther, "Evaluating Derivatives", 2nd edition, chapter 13.
/// </summary>
internal readonly struct TaylorSeries(int first, int second)
{
    private readonly int width = second + 1;

    /// <summary>Coefficients of a series.</summary>
    public int Length => (first + 1) * width;

    /// <summary>value + ε firstSlope + δ secondSlope</summary>
    public void Line(double value, double firstSlope, double secondSlope, Span<double> z)
    {
        z.Clear();
        z[0] = value;
        if (first > 0)
            z[width] = firstSlope;
        if (second > 0)
            z[1] = secondSlope;
    }

    /// <summary>z = x y; z is another span.</summary>
    public void Multiply(ReadOnlySpan<double> x, ReadOnlySpan<double> y, Span<double> z)
    {
        for (var i = 0; i <= first; i++)
        for (var j = 0; j <= second; j++)
        {
            var sum = 0.0;
            for (var k = 0; k <= i; k++)
            for (var l = 0; l <= j; l++)
                sum += x[k * width + l] * y[(i - k) * width + j - l];
            z[i * width + j] = sum;
        }
    }

    /// <summary>z = x / y; z may be x.</summary>
    public void Divide(ReadOnlySpan<double> x, ReadOnlySpan<double> y, Span<double> z)
    {
        for (var i = 0; i <= first; i++)
        for (var j = 0; j <= second; j++)
        {
            var rest = x[i * width + j];
            for (var k = 0; k <= i; k++)
            for (var l = k == 0 ? 1 : 0; l <= j; l++)
                rest -= y[k * width + l] * z[(i - k) * width + j - l];
            z[i * width + j] = rest / y[0];
        }
    }

    /// <summary>z = exp(x), where the caller knows exp of x's first coefficient; z is another span.</summary>
    public void Exponential(ReadOnlySpan<double> x, double value, Span<double> z)
    {
        z[0] = value;
        for (var i = 0; i <= first; i++)
        for (var j = i == 0 ? 1 : 0; j <= second; j++)
        {
            // From z' = x' z in the variable that has a power here.
            var sum = 0.0;
            for (var k = 0; k <= i; k++)
            for (var l = 0; l <= j; l++)
                sum += (i > 0 ? k : l) * x[k * width + l] * z[(i - k) * width + j - l];
            z[i * width + j] = sum / (i > 0 ? i : j);
        }
    }

    /// <summary>Whether a step from x to y changed nothing that double precision shows.</summary>
    public bool Settled(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        for (var i = 0; i < Length; i++)
        {
            // Not > with the sides exchanged: NaN settles.
            if (Math.Abs(y[i] - x[i]) > 2e-16 * Math.Abs(y[i]) + 1e-300)
                return false;
        }
        return true;
    }

    /// <summary>The derivative of the highest order: m! n! times the last coefficient.</summary>
    public double Derivative(ReadOnlySpan<double> x)
    {
        var value = x[Length - 1];
        for (var i = 2; i <= first; i++)
            value *= i;
        for (var j = 2; j <= second; j++)
            value *= j;
        return value;
    }
}

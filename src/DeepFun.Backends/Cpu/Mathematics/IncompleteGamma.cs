using System;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// The regularized incomplete gamma functions P(a, x) and Q = 1 − P, and the derivatives of P in a, whose series and continued fraction are
/// computed with Taylor series in a. Equations are those of NIST's Digital Library of Mathematical Functions, chapter 8.
/// a from 0 to 1e10; NaN beyond, and for negative operands. An instance has room for one thread.
/// </summary>
internal sealed class IncompleteGamma
{
    private const double Largest = 1e10;
    private readonly int order;
    private readonly TaylorSeries series;
    private readonly double[] sum,
        term,
        factor,
        divisor,
        ratio,
        reciprocal,
        result;

    /// <param name="order">How often P is differentiated in a.</param>
    public IncompleteGamma(int order)
    {
        this.order = order;
        series = new TaylorSeries(order, 0);
        double[] Room() => new double[series.Length];
        (sum, term, factor, divisor, ratio, reciprocal, result) = (Room(), Room(), Room(), Room(), Room(), Room(), Room());
    }

    /// <summary>The derivative of this order of P in a.</summary>
    public double Lower(double a, double x) => Value(a, x, upper: false);

    /// <summary>Q, for order 0.</summary>
    public double Upper(double a, double x) => Value(a, x, upper: true);

    private double Value(double a, double x, bool upper)
    {
        if (!(a >= 0 && x >= 0 && a <= Largest) || (a == 0 && x == 0))
            return double.NaN;
        if (x == 0 || double.IsInfinity(x))
            return order > 0 ? 0
                : upper == (x == 0) ? 1
                : 0;
        if (x < a + 1)
        {
            ConfluentSeries(a, x);
            var lower = series.Derivative(result);
            return upper ? 1 - lower : lower;
        }
        Fraction(a, x);
        var value = series.Derivative(result);
        return upper ? value
            : order == 0 ? 1 - value
            : -value;
    }

    /// <summary>P = xᵃ e⁻ˣ / Γ(a + 1) · Σ xᵏ / ((a + 1) … (a + k))   (8.7.1)</summary>
    private void ConfluentSeries(double a, double x)
    {
        series.Line(1, 0, 0, term);
        series.Line(1, 0, 0, sum);
        for (var k = 1; ; k++)
        {
            // term ← x term / (a + k + ε)
            var before = 0.0;
            var small = true;
            for (var i = 0; i <= order; i++)
            {
                before = (x * term[i] - before) / (a + k);
                term[i] = before;
                sum[i] += before;
                small &= !(Math.Abs(before) > 1e-17 * Math.Abs(sum[i]));
            }
            if (small)
                break;
        }
        Factor(a, x);
        series.Multiply(factor, sum, result);
    }

    /// <summary>Q = xᵃ e⁻ˣ / Γ(a) · 1/(x + 1 − a − 1(1 − a)/(x + 3 − a − 2(2 − a)/(x + 5 − a − …)))   (8.9.2), by Lentz's method</summary>
    private void Fraction(double a, double x)
    {
        var b = x + 1 - a;
        series.Line(b, -1, 0, divisor);
        series.Line(1, 0, 0, sum);
        // sum: the fraction; reciprocal: 1 / its last denominator; ratio: the quotient of neighbouring numerators, at first infinite.
        series.Divide(sum, divisor, reciprocal);
        reciprocal.CopyTo(sum, 0);
        for (var k = 1; ; k++)
        {
            b += 2;
            // numerator: −k (k − a − ε)
            series.Line(-k * (k - a), k, 0, term);
            if (k == 1)
                series.Line(b, -1, 0, ratio);
            else
            {
                series.Divide(term, ratio, divisor);
                divisor.CopyTo(ratio, 0);
                Add(ratio, b);
            }
            series.Multiply(term, reciprocal, divisor);
            Add(divisor, b);
            series.Line(1, 0, 0, reciprocal);
            series.Divide(reciprocal, divisor, reciprocal);
            series.Multiply(ratio, reciprocal, term);
            series.Multiply(sum, term, result);
            var settled = series.Settled(sum, result);
            result.CopyTo(sum, 0);
            if (settled)
                break;
        }
        Factor(a, x);
        series.Line(a, 1, 0, term);
        series.Multiply(factor, term, divisor);
        series.Multiply(divisor, sum, result);
    }

    private void Add(double[] z, double value)
    {
        z[0] += value;
        if (order > 0)
            z[1] -= 1;
    }

    /// <summary>xᵃ e⁻ˣ / Γ(a + 1)</summary>
    private void Factor(double a, double x)
    {
        var value =
            a < 10 || x < 0.1 * a
                ? Math.Exp(a * Math.Log(x) - x - GammaMath.LogGamma(a + 1))
                : Math.Exp(a * SaddlePoint.LogMinusLinear((x - a) / a) - SaddlePoint.StirlingError(a)) / Math.Sqrt(Math.Tau * a);
        term[0] = 0;
        var factorial = 1.0;
        for (var i = 1; i <= order; i++)
        {
            factorial *= i;
            term[i] = (i == 1 ? Math.Log(x) - GammaMath.Digamma(a + 1) : -GammaMath.Polygamma(i - 1, a + 1)) / factorial;
        }
        series.Exponential(term, value, factor);
    }
}

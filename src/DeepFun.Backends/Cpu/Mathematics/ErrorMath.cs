using System;
using MathNet.Numerics;

namespace DeepFun.Backends.Cpu;

/// <summary>The complement and the inverse of the error function in double precision; errors are stated where users meet them.</summary>
internal static class ErrorMath
{
    private const double TwoOverRootPi = 1.1283791670955126;

    /// <summary>1 − erf x without cancellation.</summary>
    public static double Erfc(double x)
    {
        if (double.IsNaN(x))
            return x;
        if (x < 1)
            return 1 - SpecialFunctions.Erf(x);
        if (x > 27.3)
            return 0; // below half of the least denormal number
        // The rounding of x² inside exp(−x²) costs x² ulp; its error is known exactly, and so made good here.
        var rounded = x * x;
        return SpecialFunctions.Erfc(x) * (1 - Math.FusedMultiplyAdd(x, x, -rounded));
    }

    /// <summary>The y with erf y = x; ±∞ at ±1, NaN beyond.</summary>
    public static double ErfInv(double x)
    {
        var magnitude = Math.Abs(x);
        if (!(magnitude < 1))
            return magnitude == 1 ? x * double.PositiveInfinity : double.NaN;
        if (magnitude < 1e-10)
            return x / TwoOverRootPi; // the next term is π x³ / 12 of it
        var y = SpecialFunctions.ErfInv(magnitude);
        // One step of Newton's: near 1 by the complement, which has all the digits that 1 − |x| has.
        var slope = TwoOverRootPi * Math.Exp(-y * y);
        var difference = magnitude > 0.5 ? 1 - magnitude - Erfc(y) : SpecialFunctions.Erf(y) - magnitude;
        return Math.CopySign(y - difference / slope, x);
    }

    /// <summary>The y with erfc y = x; ±∞ at 0 and 2, NaN outside.</summary>
    public static double ErfcInv(double x)
    {
        if (!(x > 0 && x < 2))
            return x == 0 ? double.PositiveInfinity
                : x == 2 ? double.NegativeInfinity
                : double.NaN;
        if (x >= 0.5)
            return ErfInv(1 - x); // exact up to 2, and beyond 1 all that x has
        var y = SpecialFunctions.ErfcInv(x);
        // One step of Newton's on the logarithm, whose slope does not vanish with x.
        if (x < 1e-290)
            return y + (LogErfcOfLarge(y) - Math.Log(x)) / (2 * y);
        var value = Erfc(y);
        return y + value * Math.Log(value / x) / (TwoOverRootPi * Math.Exp(-y * y));
    }

    /// <summary>log erfc y for y ≥ 25, where erfc itself has lost digits or all of them: the asymptotic series (7.1.23) of Abramowitz and Stegun.</summary>
    private static double LogErfcOfLarge(double y)
    {
        var sum = 1.0;
        for (var k = 8; k >= 1; k--)
            sum = 1 - (2 * k - 1) / (2 * y * y) * sum;
        return -y * y + Math.Log(sum * TwoOverRootPi / (2 * y));
    }
}

using System;

namespace DeepFun.Backends.Cpu;

/// <summary>log₂ x; Float32 by way of double precision, so rounded once.</summary>
internal readonly struct Log2 : IScalarUnary<float, float>, IScalarUnary<double, double>
{
    public static float Invoke(float x) => (float)Math.Log2(x);

    public static double Invoke(double x) => Math.Log2(x);
}

/// <summary>log₁₀ x; Float32 by way of double precision, so rounded once.</summary>
internal readonly struct Log10 : IScalarUnary<float, float>, IScalarUnary<double, double>
{
    public static float Invoke(float x) => (float)Math.Log10(x);

    public static double Invoke(double x) => Math.Log10(x);
}

/// <summary>∛x; Float32 by way of double precision, so rounded once.</summary>
internal readonly struct Cbrt : IScalarUnary<float, float>, IScalarUnary<double, double>
{
    public static float Invoke(float x) => (float)Math.Cbrt(x);

    public static double Invoke(double x) => Math.Cbrt(x);
}

/// <summary>arsinh x; Float32 by way of double precision, so rounded once.</summary>
internal readonly struct Asinh : IScalarUnary<float, float>, IScalarUnary<double, double>
{
    public static float Invoke(float x) => (float)Math.Asinh(x);

    public static double Invoke(double x) => Math.Asinh(x);
}

/// <summary>arcosh x; Float32 by way of double precision, so rounded once.</summary>
internal readonly struct Acosh : IScalarUnary<float, float>, IScalarUnary<double, double>
{
    public static float Invoke(float x) => (float)Math.Acosh(x);

    public static double Invoke(double x) => Math.Acosh(x);
}

/// <summary>artanh x; Float32 by way of double precision, so rounded once.</summary>
internal readonly struct Atanh : IScalarUnary<float, float>, IScalarUnary<double, double>
{
    public static float Invoke(float x) => (float)Math.Atanh(x);

    public static double Invoke(double x) => Math.Atanh(x);
}

/// <summary>1 − erf x; Float32 by way of double precision, so rounded once.</summary>
internal readonly struct Erfc : IScalarUnary<float, float>, IScalarUnary<double, double>
{
    public static float Invoke(float x) => (float)ErrorMath.Erfc(x);

    public static double Invoke(double x) => ErrorMath.Erfc(x);
}

/// <summary>The inverse of the error function; Float32 by way of double precision, so rounded once.</summary>
internal readonly struct ErfInv : IScalarUnary<float, float>, IScalarUnary<double, double>
{
    public static float Invoke(float x) => (float)ErrorMath.ErfInv(x);

    public static double Invoke(double x) => ErrorMath.ErfInv(x);
}

/// <summary>The inverse of the complement of the error function; Float32 by way of double precision, so rounded once.</summary>
internal readonly struct ErfcInv : IScalarUnary<float, float>, IScalarUnary<double, double>
{
    public static float Invoke(float x) => (float)ErrorMath.ErfcInv(x);

    public static double Invoke(double x) => ErrorMath.ErfcInv(x);
}

/// <summary>log |Γ(x)|; Float32 by way of double precision, so rounded once.</summary>
internal readonly struct LogGamma : IScalarUnary<float, float>, IScalarUnary<double, double>
{
    public static float Invoke(float x) => (float)GammaMath.LogGamma(x);

    public static double Invoke(double x) => GammaMath.LogGamma(x);
}

/// <summary>ψ(x); Float32 by way of double precision, so rounded once.</summary>
internal readonly struct Digamma : IScalarUnary<float, float>, IScalarUnary<double, double>
{
    public static float Invoke(float x) => (float)GammaMath.Digamma(x);

    public static double Invoke(double x) => GammaMath.Digamma(x);
}

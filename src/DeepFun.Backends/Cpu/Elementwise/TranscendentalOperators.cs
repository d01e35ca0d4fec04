using System;

namespace DeepFun.Backends.Cpu;

/// <summary>eˣ</summary>
internal readonly struct Exp : IVectorUnary<float>, IScalarUnary<double, double>
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, float> => SingleMath.Exp(x);

    public static double Invoke(double x) => Math.Exp(x);
}

/// <summary>eˣ − 1</summary>
internal readonly struct Expm1 : IVectorUnary<float>, IScalarUnary<double, double>
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, float> => SingleMath.Expm1(x);

    public static double Invoke(double x) => ScalarMath.Expm1(x);
}

/// <summary>ln x</summary>
internal readonly struct Log : IVectorUnary<float>, IScalarUnary<double, double>
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, float> => SingleMath.Log(x);

    public static double Invoke(double x) => Math.Log(x);
}

/// <summary>ln(1 + x)</summary>
internal readonly struct Log1p : IVectorUnary<float>, IScalarUnary<double, double>
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, float> => SingleMath.Log1p(x);

    public static double Invoke(double x) => ScalarMath.Log1p(x);
}

/// <summary>tanh x</summary>
internal readonly struct Tanh : IVectorUnary<float>, IScalarUnary<double, double>
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, float> => SingleTables.Tanh(x);

    public static double Invoke(double x) => Math.Tanh(x);
}

/// <summary>1 / (1 + e⁻ˣ)</summary>
internal readonly struct Sigmoid : IVectorUnary<float>, IScalarUnary<double, double>
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, float> => SingleMath.Sigmoid(x);

    public static double Invoke(double x) => ScalarMath.Sigmoid(x);
}

/// <summary>ln(1 + eˣ)</summary>
internal readonly struct Softplus : IVectorUnary<float>, IScalarUnary<double, double>
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, float> => SingleMath.Softplus(x);

    public static double Invoke(double x) => ScalarMath.Softplus(x);
}

/// <summary>The error function.</summary>
internal readonly struct Erf : IVectorUnary<float>, IScalarUnary<double, double>
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, float> => SingleTables.Erf(x);

    public static double Invoke(double x) => x == 0 ? x : MathNet.Numerics.SpecialFunctions.Erf(x); // −0 stays
}

/// <summary>sin x</summary>
internal readonly struct Sin : IVectorUnary<float>, IScalarUnary<double, double>
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, float> => SingleTrigonometry.Sin(x);

    public static double Invoke(double x) => Math.Sin(x);
}

/// <summary>cos x</summary>
internal readonly struct Cos : IVectorUnary<float>, IScalarUnary<double, double>
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, float> => SingleTrigonometry.Cos(x);

    public static double Invoke(double x) => Math.Cos(x);
}

/// <summary>tan x; Float32 by way of double precision, so rounded once.</summary>
internal readonly struct Tan : IScalarUnary<float, float>, IScalarUnary<double, double>
{
    public static float Invoke(float x) => (float)Math.Tan(x);

    public static double Invoke(double x) => Math.Tan(x);
}

/// <summary>arcsin x; Float32 by way of double precision, so rounded once.</summary>
internal readonly struct Asin : IScalarUnary<float, float>, IScalarUnary<double, double>
{
    public static float Invoke(float x) => (float)Math.Asin(x);

    public static double Invoke(double x) => Math.Asin(x);
}

/// <summary>arccos x; Float32 by way of double precision, so rounded once.</summary>
internal readonly struct Acos : IScalarUnary<float, float>, IScalarUnary<double, double>
{
    public static float Invoke(float x) => (float)Math.Acos(x);

    public static double Invoke(double x) => Math.Acos(x);
}

/// <summary>arctan x; Float32 by way of double precision, so rounded once.</summary>
internal readonly struct Atan : IScalarUnary<float, float>, IScalarUnary<double, double>
{
    public static float Invoke(float x) => (float)Math.Atan(x);

    public static double Invoke(double x) => Math.Atan(x);
}

/// <summary>sinh x; Float32 by way of double precision, so rounded once.</summary>
internal readonly struct Sinh : IScalarUnary<float, float>, IScalarUnary<double, double>
{
    public static float Invoke(float x) => (float)Math.Sinh(x);

    public static double Invoke(double x) => Math.Sinh(x);
}

/// <summary>cosh x; Float32 by way of double precision, so rounded once.</summary>
internal readonly struct Cosh : IScalarUnary<float, float>, IScalarUnary<double, double>
{
    public static float Invoke(float x) => (float)Math.Cosh(x);

    public static double Invoke(double x) => Math.Cosh(x);
}

using System;

namespace DeepFun.Backends.Cpu;

/// <summary>eˣ</summary>
internal readonly struct ExpOperator : IUnaryOperator<float, float>, IUnaryOperator<double, double>
{
    public static float Invoke(float x) => (float)Math.Exp(x);

    public static double Invoke(double x) => Math.Exp(x);
}

/// <summary>eˣ − 1</summary>
internal readonly struct Expm1Operator : IUnaryOperator<float, float>, IUnaryOperator<double, double>
{
    public static float Invoke(float x) => (float)ScalarMath.Expm1(x);

    public static double Invoke(double x) => ScalarMath.Expm1(x);
}

/// <summary>ln x</summary>
internal readonly struct LogOperator : IUnaryOperator<float, float>, IUnaryOperator<double, double>
{
    public static float Invoke(float x) => (float)Math.Log(x);

    public static double Invoke(double x) => Math.Log(x);
}

/// <summary>ln(1 + x)</summary>
internal readonly struct Log1pOperator : IUnaryOperator<float, float>, IUnaryOperator<double, double>
{
    public static float Invoke(float x) => (float)ScalarMath.Log1p(x);

    public static double Invoke(double x) => ScalarMath.Log1p(x);
}

/// <summary>sin x</summary>
internal readonly struct SinOperator : IUnaryOperator<float, float>, IUnaryOperator<double, double>
{
    public static float Invoke(float x) => (float)Math.Sin(x);

    public static double Invoke(double x) => Math.Sin(x);
}

/// <summary>cos x</summary>
internal readonly struct CosOperator : IUnaryOperator<float, float>, IUnaryOperator<double, double>
{
    public static float Invoke(float x) => (float)Math.Cos(x);

    public static double Invoke(double x) => Math.Cos(x);
}

/// <summary>tan x</summary>
internal readonly struct TanOperator : IUnaryOperator<float, float>, IUnaryOperator<double, double>
{
    public static float Invoke(float x) => (float)Math.Tan(x);

    public static double Invoke(double x) => Math.Tan(x);
}

/// <summary>arcsin x</summary>
internal readonly struct AsinOperator : IUnaryOperator<float, float>, IUnaryOperator<double, double>
{
    public static float Invoke(float x) => (float)Math.Asin(x);

    public static double Invoke(double x) => Math.Asin(x);
}

/// <summary>arccos x</summary>
internal readonly struct AcosOperator : IUnaryOperator<float, float>, IUnaryOperator<double, double>
{
    public static float Invoke(float x) => (float)Math.Acos(x);

    public static double Invoke(double x) => Math.Acos(x);
}

/// <summary>arctan x</summary>
internal readonly struct AtanOperator : IUnaryOperator<float, float>, IUnaryOperator<double, double>
{
    public static float Invoke(float x) => (float)Math.Atan(x);

    public static double Invoke(double x) => Math.Atan(x);
}

/// <summary>sinh x</summary>
internal readonly struct SinhOperator : IUnaryOperator<float, float>, IUnaryOperator<double, double>
{
    public static float Invoke(float x) => (float)Math.Sinh(x);

    public static double Invoke(double x) => Math.Sinh(x);
}

/// <summary>cosh x</summary>
internal readonly struct CoshOperator : IUnaryOperator<float, float>, IUnaryOperator<double, double>
{
    public static float Invoke(float x) => (float)Math.Cosh(x);

    public static double Invoke(double x) => Math.Cosh(x);
}

/// <summary>tanh x</summary>
internal readonly struct TanhOperator : IUnaryOperator<float, float>, IUnaryOperator<double, double>
{
    public static float Invoke(float x) => (float)Math.Tanh(x);

    public static double Invoke(double x) => Math.Tanh(x);
}

/// <summary>1 / (1 + e⁻ˣ)</summary>
internal readonly struct SigmoidOperator : IUnaryOperator<float, float>, IUnaryOperator<double, double>
{
    public static float Invoke(float x) => (float)ScalarMath.Sigmoid(x);

    public static double Invoke(double x) => ScalarMath.Sigmoid(x);
}

/// <summary>ln(1 + eˣ)</summary>
internal readonly struct SoftplusOperator : IUnaryOperator<float, float>, IUnaryOperator<double, double>
{
    public static float Invoke(float x) => (float)ScalarMath.Softplus(x);

    public static double Invoke(double x) => ScalarMath.Softplus(x);
}

/// <summary>The error function.</summary>
internal readonly struct ErfOperator : IUnaryOperator<float, float>, IUnaryOperator<double, double>
{
    public static float Invoke(float x) => (float)MathNet.Numerics.SpecialFunctions.Erf(x);

    public static double Invoke(double x) => MathNet.Numerics.SpecialFunctions.Erf(x);
}

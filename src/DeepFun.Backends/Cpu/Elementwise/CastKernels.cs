using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu;

/// <summary>Bool or UInt8 to Float32, eight at a time.</summary>
internal readonly unsafe struct ByteToSingle : IUnaryKernel<byte, float>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(byte* x, float* z, nint count)
    {
        nint i = 0;
        for (; i <= count - 8; i += 8)
        {
            var wide = Vector128.WidenLower(Vector128.CreateScalar(*(ulong*)(x + i)).AsByte());
            Vector256.ConvertToSingle(Vector256.WidenLower(wide.ToVector256()).AsInt32()).Store(z + i);
        }
        for (; i < count; i++)
            z[i] = x[i];
    }
}

/// <summary>Int32 to Float32: the nearest.</summary>
internal readonly unsafe struct Int32ToSingle : IUnaryKernel<int, float>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(int* x, float* z, nint count)
    {
        nint i = 0;
        for (; i <= count - 8; i += 8)
            Vector256.ConvertToSingle(Vector256.Load(x + i)).Store(z + i);
        for (; i < count; i++)
            z[i] = x[i];
    }
}

/// <summary>Float32 to Int32: toward zero, saturating, NaN gives 0.</summary>
internal readonly unsafe struct SingleToInt32 : IUnaryKernel<float, int>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* x, int* z, nint count)
    {
        nint i = 0;
        for (; i <= count - 8; i += 8)
            Vector256.ConvertToInt32(Vector256.Load(x + i)).Store(z + i);
        for (; i < count; i++)
            z[i] = int.CreateSaturating(x[i]);
    }
}

/// <summary>Float32 to Float64, exact.</summary>
internal readonly unsafe struct SingleToDouble : IUnaryKernel<float, double>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* x, double* z, nint count)
    {
        nint i = 0;
        for (; i <= count - 8; i += 8)
        {
            var (low, high) = Vector256.Widen(Vector256.Load(x + i));
            low.Store(z + i);
            high.Store(z + i + 4);
        }
        for (; i < count; i++)
            z[i] = x[i];
    }
}

/// <summary>Float64 to Float32: the nearest.</summary>
internal readonly unsafe struct DoubleToSingle : IUnaryKernel<double, float>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(double* x, float* z, nint count)
    {
        nint i = 0;
        for (; i <= count - 8; i += 8)
            Vector256.Narrow(Vector256.Load(x + i), Vector256.Load(x + i + 4)).Store(z + i);
        for (; i < count; i++)
            z[i] = (float)x[i];
    }
}

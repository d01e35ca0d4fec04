using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DeepFun.Backends.Cpu.Window;

/// <summary>The taps of one row of windows that lie on the input along depth and height.</summary>
internal readonly struct WindowRow
{
    public readonly int FirstDepth;
    public readonly int EndDepth;
    public readonly int FirstHeight;
    public readonly int EndHeight;
    private readonly long origin;
    private readonly long depthStep;
    private readonly long heightStep;

    public WindowRow(in WindowGeometry g, int depth, int height)
    {
        (FirstDepth, EndDepth) = (g.Depth.FirstTap(depth), g.Depth.EndTap(depth));
        (FirstHeight, EndHeight) = (g.Height.FirstTap(height), g.Height.EndTap(height));
        origin = (g.Depth.Start(depth) * g.Height.Input + g.Height.Start(height)) * g.Width.Input;
        depthStep = (long)g.Depth.Dilation * g.Height.Input * g.Width.Input;
        heightStep = (long)g.Height.Dilation * g.Width.Input;
    }

    /// <summary>Where the input's row under a tap begins, from the plane's first element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Line(int depthTap, int heightTap) => origin + depthTap * depthStep + heightTap * heightStep;

    /// <summary>Whether <see cref="Every"/> has vectors for this stride; others go one by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HasVectors<T>(int stride) => typeof(T) == typeof(float) && Avx2.IsSupported && stride <= 2;

    /// <summary>Eight elements, every <paramref name="stride"/>-th (1 or 2). Reads up to 4 bytes past the last one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector256<float> Every(float* p, int stride)
    {
        if (stride == 1)
            return Vector256.Load(p);
        var even = Avx.Shuffle(Vector256.Load(p), Vector256.Load(p + 8), 0x88);
        return Avx2.Permute4x64(even.AsDouble(), 0xD8).AsSingle();
    }
}

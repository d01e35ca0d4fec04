using System;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// The embedded backend: managed code, no native package. Views where strides allow, SIMD kernels elsewhere.
/// Stateless and safe to share between threads.
/// </summary>
public sealed partial class CpuBackend : IBackend
{
    /// <summary>The one instance.</summary>
    public static readonly CpuBackend Instance = new();

    private CpuBackend() { }

    /// <inheritdoc/>
    public string Name => "cpu";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static CpuStorage Own(Storage storage) =>
        storage is CpuStorage own ? own : ThrowHelper.ForeignStorage<CpuStorage>("cpu", storage.GetType().Name);

    /// <summary>The same values in row-major order without gaps; itself when it is so already.</summary>
    internal static CpuStorage Contiguous(Storage storage)
    {
        var own = Own(storage);
        return own.IsContiguous ? own : StridedCopy.ToContiguous(own);
    }
}

using System.Runtime.InteropServices;

namespace DeepFun.Benchmarks;

/// <summary>Debian's OpenBLAS, when it is installed; it is a peer to measure against, no dependency.</summary>
internal sealed unsafe class OpenBlas
{
    private const int RowMajor = 101;
    private const int NoTranspose = 111;
    private const int Transpose = 112;

    private readonly delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void> sgemm;
    private readonly delegate* unmanaged<int, void> setThreads;

    private OpenBlas(nint library)
    {
        sgemm = (delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void>)
            NativeLibrary.GetExport(library, "cblas_sgemm");
        setThreads = (delegate* unmanaged<int, void>)NativeLibrary.GetExport(library, "openblas_set_num_threads");
        var coreName = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "openblas_get_corename");
        var configuration = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "openblas_get_config");
        Description = $"{Marshal.PtrToStringUTF8(configuration())}; kernels: {Marshal.PtrToStringUTF8(coreName())}";
    }

    /// <summary>Version and the processor whose kernels it runs.</summary>
    public string Description { get; }

    public int Threads
    {
        set => setThreads(value);
    }

    /// <summary>The library, or null when this machine has none.</summary>
    public static OpenBlas? Load() => NativeLibrary.TryLoad("libopenblas.so.0", out var library) ? new OpenBlas(library) : null;

    /// <summary>C = A B, all stored row-major; a transposed operand is stored as its transpose.</summary>
    public void Multiply(int m, int n, int k, float* a, bool transposeA, float* b, bool transposeB, float* c) =>
        sgemm(
            RowMajor,
            transposeA ? Transpose : NoTranspose,
            transposeB ? Transpose : NoTranspose,
            m,
            n,
            k,
            1,
            a,
            transposeA ? m : k,
            b,
            transposeB ? k : n,
            0,
            c,
            n
        );
}

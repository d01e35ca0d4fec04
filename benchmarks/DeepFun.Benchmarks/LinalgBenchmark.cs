using System;
using System.Linq;
using System.Numerics;
using System.Runtime.InteropServices;
using DeepFun.Backends;
using DeepFun.Backends.Cpu;
using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace DeepFun.Benchmarks;

/// <summary>
/// Decompositions by the kernels of the CPU backend beside those of MathNet.Numerics, in one thread: time, and the largest error of the
/// product of the factors.
/// </summary>
internal static class LinalgBenchmark
{
    private static readonly CpuBackend Backend = CpuBackend.Instance;

    public static void Run(double secondsPerRound)
    {
        WorkerPool.Threads = 1;
        MathNet.Numerics.Control.UseManaged();
        MathNet.Numerics.Control.UseSingleThread();
        Console.WriteLine("Microseconds a batch (largest error of the product of the factors), fastest of 5 rounds, 1 thread");
        Console.WriteLine($"{"", -10} {"dtype", -8} {"matrices", -12} {"DeepFun", 22} {"MathNet", 22} {"ratio", 7}");
        foreach (var (count, n) in ((int, int)[])[(1, 4), (1, 32), (1, 256), (1000, 8)])
        {
            foreach (var name in (string[])["Cholesky", "LU", "QR", "eigh", "SVD"])
            {
                Compare<double>(name, count, n, secondsPerRound);
                Compare<float>(name, count, n, secondsPerRound);
            }
        }
    }

    private static void Compare<T>(string name, int count, int n, double secondsPerRound)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var random = new System.Random(n);
        var matrices = Enumerable
            .Range(0, count)
            .Select(_ => Matrix<T>.Build.Dense(n, n, (_, _) => T.CreateChecked(2 * random.NextDouble() - 1)))
            .ToArray();
        if (name is "Cholesky" or "eigh")
            matrices = matrices.Select(m => Symmetric(m, name == "Cholesky" ? n : 0)).ToArray();
        // Row-major, as tensors are.
        var values = matrices.SelectMany(m => m.Transpose().ToColumnMajorArray()).ToArray();
        var dtype = typeof(T) == typeof(double) ? DType.Float64 : DType.Float32;
        var x = Backend.FromHost(MemoryMarshal.AsBytes<T>(values), dtype, [count, n, n]);
        var op = name switch
        {
            "Cholesky" => LinalgOp.Cholesky,
            "LU" => LinalgOp.Lu,
            "QR" => LinalgOp.Qr,
            "eigh" => LinalgOp.SymmetricEigen,
            _ => LinalgOp.SingularValues,
        };
        Storage Ours() => Backend.Linalg(op, [x], LinalgFlags.None, 0);
        void Theirs()
        {
            foreach (var matrix in matrices)
                Factors(name, matrix);
        }
        var times = Timing.Fastest(5, secondsPerRound, () => Ours(), Theirs);
        var packed = new T[Ours().Shape.Size];
        Backend.ToHost(Ours(), MemoryMarshal.AsBytes(packed.AsSpan()));
        var (ours, theirs) = (Error(matrices[0], Unpacked(name, packed, n)), Error(matrices[0], Factors(name, matrices[0])()));
        Console.WriteLine(
            $"{name, -10} {DTypes.Name(dtype), -8} {$"{count} × {n}×{n}", -12} {times[0] * 1e6, 12:F1} ({ours:0.0e+0}) {times[1] * 1e6, 12:F1} ({theirs:0.0e+0}) {times[1] / times[0], 7:F1}"
        );
    }

    private static Matrix<T> Symmetric<T>(Matrix<T> m, int more)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        (m + m.Transpose()) + Matrix<T>.Build.DenseDiagonal(m.RowCount, T.CreateChecked(2 * more));

    /// <summary>Does the decomposition; what is returned gives the product of its factors.</summary>
    private static Func<Matrix<T>> Factors<T>(string name, Matrix<T> m)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        switch (name)
        {
            case "Cholesky":
                var cholesky = m.Cholesky().Factor;
                return () => cholesky * cholesky.Transpose();
            case "LU":
                var lu = m.LU();
                return () => Permuted(lu.L * lu.U, lu.P.Inverse());
            case "QR":
                var qr = m.QR(MathNet.Numerics.LinearAlgebra.Factorization.QRMethod.Thin);
                return () => qr.Q * qr.R;
            case "eigh":
                var evd = m.Evd(Symmetricity.Symmetric);
                return () => evd.EigenVectors * evd.D * evd.EigenVectors.Transpose();
            default:
                var svd = m.Svd();
                return () => svd.U * svd.W * svd.VT;
        }
    }

    private static Matrix<T> Permuted<T>(Matrix<T> m, Permutation p)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        m.PermuteRows(p);
        return m;
    }

    private static Matrix<T> Unpacked<T>(string name, T[] packed, int n)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Matrix<T> Part(int first, int rows, int stride, Func<int, int, bool> keep) =>
            Matrix<T>.Build.Dense(rows, n, (i, j) => keep(i, j) ? packed[(first + i) * stride + j] : T.Zero);
        bool All(int i, int j) => true;
        switch (name)
        {
            case "Cholesky":
                var l = Part(0, n, n, All);
                return l * l.Transpose();
            case "LU":
                var lower = Part(0, n, n + 1, (i, j) => i > j) + Matrix<T>.Build.DenseIdentity(n);
                var product = lower * Part(0, n, n + 1, (i, j) => i <= j);
                var places = Enumerable.Range(0, n).Select(i => int.CreateChecked(packed[i * (n + 1) + n])).ToArray();
                return Matrix<T>.Build.Dense(n, n, (i, j) => product[Array.IndexOf(places, i), j]);
            case "QR":
                return Part(0, n, n, All) * Part(n, n, n, All).Transpose();
            case "eigh":
                var vectors = Part(1, n, n, All);
                return vectors * Matrix<T>.Build.DenseDiagonal(n, n, i => packed[i]) * vectors.Transpose();
            default:
                return Part(0, n, n, All)
                    * Matrix<T>.Build.DenseDiagonal(n, n, i => packed[n * n + i])
                    * Part(n + 1, n, n, All).Transpose();
        }
    }

    private static double Error<T>(Matrix<T> expected, Matrix<T> actual)
        where T : unmanaged, IFloatingPointIeee754<T> => (expected - actual).Enumerate().Max(v => Math.Abs(double.CreateChecked(v)));
}

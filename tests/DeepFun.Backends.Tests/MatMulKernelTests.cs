using System;
using System.Numerics;
using System.Runtime.InteropServices;
using DeepFun.Backends.Cpu;
using Xunit;

namespace DeepFun.Backends.Tests;

/// <summary>
/// The float kernels against the definition, in small integers, so that every answer is exact. Operands lie in a sea of NaN and the
/// result in a sea of a sentinel: what is read or written outside shows. Each vector width is tested on every machine.
/// </summary>
public sealed unsafe class MatMulKernelTests
{
    private const int Margin = 3;
    private const float Sentinel = 12345;

    public static TheoryData<int> Widths => [512, 256, 128];

    /// <summary>One problem: operands with room around them, stored by rows or by columns.</summary>
    private sealed class Problem<T> : IDisposable
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public readonly int M,
            N,
            K,
            Ldc;
        public readonly MatrixView<T> A,
            B;
        public readonly T* C;
        private readonly nint[] blocks = new nint[3];

        public Problem(int m, int n, int k, int transposes, Random random)
        {
            (M, N, K) = (m, n, k);
            A = Matrix(0, m, k, (transposes & 1) != 0, random);
            B = Matrix(1, k, n, (transposes & 2) != 0, random);
            Ldc = n + 2 * Margin;
            var length = (m + 2) * Ldc;
            C = Allocate(2, length) + Ldc + Margin;
            new Span<T>((T*)blocks[2], length).Fill(T.CreateChecked(Sentinel));
        }

        public T Left(int i, int p) => A.Data[i * A.RowStride + p * A.ColumnStride];

        public T Right(int p, int j) => B.Data[p * B.RowStride + j * B.ColumnStride];

        public void Set(MatrixView<T> matrix, int i, int j, T value) => matrix.Data[i * matrix.RowStride + j * matrix.ColumnStride] = value;

        public void Run(int width) => MatMulFloating.Multiply(KernelSets.Of<T>(width), M, N, K, A, B, C, Ldc);

        public void RunPacked(int width) => MatMulPacked.Multiply(KernelSets.Of<T>(width), M, N, K, A, B, C, Ldc);

        /// <summary>Compares every element with the definition, and the surroundings with the sentinel.</summary>
        public void CheckAll()
        {
            for (var i = -1; i <= M; i++)
            for (var j = -Margin; j < N + Margin; j++)
            {
                var expected = T.CreateChecked(Sentinel);
                if (i >= 0 && i < M && j >= 0 && j < N)
                {
                    expected = T.Zero;
                    for (var p = 0; p < K; p++)
                        expected += Left(i, p) * Right(p, j);
                }
                var actual = C[i * Ldc + j];
                if (actual != expected && !(T.IsNaN(actual) && T.IsNaN(expected)))
                    Assert.Fail($"{M}x{N}x{K}: element ({i}, {j}) is {actual}, not {expected}");
            }
        }

        /// <summary>C r = A (B r) for a vector r without zeros (Freivalds): exact, and quadratic where the definition is cubic.</summary>
        public void CheckProducts(Random random)
        {
            var r = new long[N];
            for (var j = 0; j < N; j++)
                r[j] = random.Next(1, 1000) * (random.Next(2) * 2 - 1);
            var br = new long[K];
            for (var p = 0; p < K; p++)
            for (var j = 0; j < N; j++)
                br[p] += long.CreateChecked(Right(p, j)) * r[j];
            for (var i = 0; i < M; i++)
            {
                long expected = 0;
                long actual = 0;
                for (var p = 0; p < K; p++)
                    expected += long.CreateChecked(Left(i, p)) * br[p];
                for (var j = 0; j < N; j++)
                    actual += long.CreateChecked(C[i * Ldc + j]) * r[j];
                if (actual != expected)
                    Assert.Fail($"{M}x{N}x{K}: row {i} is wrong");
                Assert.Equal(T.CreateChecked(Sentinel), C[i * Ldc + N]);
                Assert.Equal(T.CreateChecked(Sentinel), C[i * Ldc - 1]);
            }
        }

        public void Dispose()
        {
            foreach (var block in blocks)
                NativeMemory.Free((void*)block);
        }

        private MatrixView<T> Matrix(int block, int rows, int columns, bool transposed, Random random)
        {
            var (outer, inner) = transposed ? (columns, rows) : (rows, columns);
            var stride = inner + Margin;
            var data = Allocate(block, outer * stride + 64);
            new Span<T>(data, outer * stride + 64).Fill(T.NaN);
            for (var i = 0; i < outer; i++)
            for (var j = 0; j < inner; j++)
                data[i * stride + j] = T.CreateChecked(random.Next(-4, 5));
            return transposed ? new MatrixView<T>(data, 1, stride) : new MatrixView<T>(data, stride, 1);
        }

        private T* Allocate(int block, int length)
        {
            blocks[block] = (nint)NativeMemory.Alloc((nuint)(length * sizeof(T)));
            return (T*)blocks[block];
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void EverySizeUpTo20(int width)
    {
        var random = new Random(width);
        for (var m = 1; m <= 20; m++)
        for (var n = 1; n <= 20; n++)
        for (var k = 1; k <= 20; k++)
        {
            using var problem = new Problem<float>(m, n, k, random.Next(4), random);
            problem.Run(width);
            problem.CheckAll();
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void DoubleUpTo20(int width)
    {
        var random = new Random(width + 1);
        for (var round = 0; round < 2000; round++)
        {
            using var problem = new Problem<double>(random.Next(1, 21), random.Next(1, 21), random.Next(1, 21), round % 4, random);
            problem.Run(width);
            problem.CheckAll();
        }
    }

    [Theory]
    [InlineData(512, 1200)]
    [InlineData(256, 500)]
    [InlineData(128, 300)]
    public void RandomSizesUpTo300(int width, int rounds)
    {
        var random = new Random(width + 2);
        for (var round = 0; round < rounds; round++)
        {
            using var problem = new Problem<float>(random.Next(1, 301), random.Next(1, 301), random.Next(1, 301), round % 4, random);
            problem.Run(width);
            problem.CheckProducts(random);
        }
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(13, 33, 17)]
    [InlineData(301, 310, 331)] // rests everywhere
    [InlineData(2113, 70, 190)] // many strips of rows
    [InlineData(66, 4130, 101)] // more columns than are packed at a time
    [InlineData(65, 97, 4500)] // more depth
    public void Packed(int m, int n, int k)
    {
        var random = new Random(m);
        foreach (var width in new[] { 512, 256, 128 })
        {
            using var single = new Problem<float>(m, n, k, random.Next(4), random);
            single.RunPacked(width);
            single.CheckProducts(random);
            using var twice = new Problem<double>(m, n, k, random.Next(4), random);
            twice.RunPacked(width);
            twice.CheckProducts(random);
        }
    }

    [Theory]
    [InlineData(301, 310, 331)]
    [InlineData(1201, 100, 97)] // cut by rows
    [InlineData(65, 97, 4500)] // by rows for its long sums
    [InlineData(11, 13, 9001)] // cut along the sum
    [InlineData(1, 1, 500_001)]
    [InlineData(1, 70_000, 20)]
    [InlineData(1, 1003, 950)] // one row, by blocks of its sum and by columns
    [InlineData(1, 130, 3500)] // one row, by blocks alone
    [InlineData(1, 2100, 390)] // one row, by columns alone
    [InlineData(90, 1100, 1000)] // the next panel of a large right operand is asked for ahead
    [InlineData(70_000, 3, 5)]
    public void SizesThatTakeAnotherPath(int m, int n, int k)
    {
        var random = new Random(m);
        foreach (var width in new[] { 512, 256, 128 })
        {
            using var single = new Problem<float>(m, n, k, random.Next(4), random);
            single.Run(width);
            single.CheckProducts(random);
            using var twice = new Problem<double>(m, n, k, random.Next(4), random);
            twice.Run(width);
            twice.CheckProducts(random);
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void NotFiniteValuesGoWhereTheDefinitionSendsThem(int width)
    {
        float[] special = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0, 0];
        var random = new Random(width + 3);
        for (var round = 0; round < 400; round++)
        {
            using var problem = new Problem<float>(random.Next(1, 60), random.Next(1, 60), random.Next(1, 60), round % 4, random);
            for (var i = random.Next(6); i > 0; i--)
                problem.Set(problem.A, random.Next(problem.M), random.Next(problem.K), special[random.Next(5)]);
            for (var i = random.Next(6); i > 0; i--)
                problem.Set(problem.B, random.Next(problem.K), random.Next(problem.N), special[random.Next(5)]);
            problem.Run(width);
            problem.CheckAll();
        }
    }

    [Fact]
    public void NoTermsGiveZero()
    {
        using var problem = new Problem<float>(7, 9, 0, 0, new Random(1));
        problem.Run(512);
        problem.CheckAll();
    }

    [Fact]
    public void TheNumberOfThreadsDoesNotChangeABit()
    {
        var random = new Random(5);
        var before = WorkerPool.Threads;
        (int M, int N, int K)[] sizes = [(64, 128, 784), (333, 400, 350), (10, 10, 20_000), (700, 30, 100), (1, 1003, 950), (1, 130, 3500)];
        foreach (var (m, n, k) in sizes)
        foreach (var transposes in new[] { 0, 2 })
        {
            using var problem = new Problem<float>(m, n, k, transposes, random);
            for (var p = 0; p < k; p++)
            for (var j = 0; j < n; j++)
                problem.Set(problem.B, p, j, random.NextSingle());
            WorkerPool.Threads = 1;
            problem.Run(256);
            var one = new ReadOnlySpan<float>(problem.C, problem.Ldc * (m - 1) + n).ToArray();
            WorkerPool.Threads = 3;
            problem.Run(256);
            Assert.True(new ReadOnlySpan<float>(problem.C, one.Length).SequenceEqual(one), $"{m}x{n}x{k}");
        }
        WorkerPool.Threads = before;
    }
}

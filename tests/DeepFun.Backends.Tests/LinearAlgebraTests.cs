using System;
using System.Linq;
using DeepFun.Backends.Cpu;
using Xunit;

namespace DeepFun.Backends.Tests;

/// <summary>Kernels of linear algebra against definitions in plain loops, up to sizes that run in blocks and on many threads.</summary>
public class LinearAlgebraTests
{
    private static readonly CpuBackend Backend = CpuBackend.Instance;

    private static Dense Random(string seed, params int[] dims)
    {
        var random = new System.Random(seed.Aggregate(17, (hash, c) => hash * 31 + c));
        return Dense.Build(dims, _ => 2 * random.NextDouble() - 1);
    }

    private static Dense Run(LinalgOp op, DType dtype, LinalgFlags flags, params Dense[] xs)
    {
        var result = Backend.Linalg(op, xs.Select(x => (Storage)HostTensors.Store(x, dtype)).ToArray(), flags, 1e-6);
        Assert.Equal(dtype, result.DType);
        return new Dense(result.Shape.ToArray(), HostTensors.Read(result));
    }

    private static Dense Rows(Dense x, int first, int count) => Dense.Build([count, x.Dims[1]], at => x[at[0] + first, at[1]]);

    private static Dense Transposed(Dense x) => Dense.Build([x.Dims[1], x.Dims[0]], at => x[at[1], at[0]]);

    private static Dense Product(Dense x, Dense y) =>
        Dense.Build([x.Dims[0], y.Dims[1]], at => Enumerable.Range(0, x.Dims[1]).Sum(k => x[at[0], k] * y[k, at[1]]));

    private static void Near(Dense expected, Dense actual, double tolerance)
    {
        Assert.Equal(expected.Dims, actual.Dims);
        var worst = expected.Values.Zip(actual.Values, (e, a) => Math.Abs(e - a)).DefaultIfEmpty(0).Max();
        Assert.True(worst <= tolerance, $"off by {worst}");
    }

    private static Dense Identity(int n) => Dense.Build([n, n], at => at[0] == at[1] ? 1 : 0);

    /// <summary>Sizes around the width of vectors, and one that is far above.</summary>
    public static TheoryData<int, DType> Sizes()
    {
        var data = new TheoryData<int, DType>();
        foreach (var n in (int[])[1, 2, 3, 4, 5, 8, 9, 17, 65])
        {
            data.Add(n, DType.Float64);
            data.Add(n, DType.Float32);
        }
        return data;
    }

    private static double Tolerance(DType dtype, int n) => (dtype == DType.Float64 ? 1e-14 : 5e-6) * 10 * n;

    [Theory, MemberData(nameof(Sizes))]
    public void Elimination_finds_factors_that_solve_both_systems(int n, DType dtype)
    {
        var a = Random("a", n, n);
        for (var i = 0; i < n; i++)
            a[i, (i + 1) % n] += 4;
        var b = Random("b", n, 3);
        var factors = Run(LinalgOp.Lu, dtype, LinalgFlags.None, a);
        var places = Enumerable.Range(0, n).Select(i => (int)factors[i, n]).ToArray();
        Assert.Equal(Enumerable.Range(0, n), places.Order());
        var lower = Dense.Build(
            [n, n],
            at =>
                at[0] == at[1] ? 1
                : at[0] > at[1] ? factors[at]
                : 0
        );
        var upper = Dense.Build([n, n], at => at[0] <= at[1] ? factors[at] : 0);
        Near(Dense.Build([n, n], at => a[places[at[0]], at[1]]), Product(lower, upper), Tolerance(dtype, n));
        var x = Run(LinalgOp.LuSolve, dtype, LinalgFlags.None, a, factors, b);
        Near(b, Product(a, x), Tolerance(dtype, n));
        var y = Run(LinalgOp.LuSolve, dtype, LinalgFlags.Transpose, a, factors, b);
        Near(b, Product(Transposed(a), y), Tolerance(dtype, n));
        // One column runs another loop.
        var one = Dense.Build([n, 1], at => b[at]);
        Near(one, Product(a, Run(LinalgOp.LuSolve, dtype, LinalgFlags.None, a, factors, one)), Tolerance(dtype, n));
        Near(one, Product(Transposed(a), Run(LinalgOp.LuSolve, dtype, LinalgFlags.Transpose, a, factors, one)), Tolerance(dtype, n));
    }

    [Theory, MemberData(nameof(Sizes))]
    public void Cholesky_takes_the_symmetric_part(int n, DType dtype)
    {
        var a = Random("a", n, n);
        for (var i = 0; i < n; i++)
            a[i, i] += 2 * n;
        var factor = Run(LinalgOp.Cholesky, dtype, LinalgFlags.None, a);
        Near(Dense.Build([n, n], at => (a[at] + a[at[1], at[0]]) / 2), Product(factor, Transposed(factor)), n * Tolerance(dtype, n));
    }

    [Theory, MemberData(nameof(Sizes))]
    public void Reflections_make_orthonormal_columns(int n, DType dtype)
    {
        var a = Random("a", n + 3, n);
        var packed = Run(LinalgOp.Qr, dtype, LinalgFlags.None, a);
        var (q, r) = (Rows(packed, 0, n + 3), Transposed(Rows(packed, n + 3, n)));
        Near(a, Product(q, r), Tolerance(dtype, n));
        Near(Identity(n), Product(Transposed(q), q), Tolerance(dtype, n));
        Assert.All(Dense.Indices([n, n]), at => Assert.True(at[0] < at[1] || (at[0] == at[1] ? r[at] >= 0 : r[at] == 0)));
    }

    [Theory, MemberData(nameof(Sizes))]
    public void Symmetric_eigenvectors_and_values_make_the_matrix(int n, DType dtype)
    {
        var a = Random("a", n, n);
        var packed = Run(LinalgOp.SymmetricEigen, dtype, LinalgFlags.None, a);
        var vectors = Rows(packed, 1, n);
        Near(Identity(n), Product(Transposed(vectors), vectors), Tolerance(dtype, n));
        var scaled = Dense.Build([n, n], at => vectors[at] * packed[0, at[1]]);
        Near(Dense.Build([n, n], at => (a[at] + a[at[1], at[0]]) / 2), Product(scaled, Transposed(vectors)), Tolerance(dtype, n));
        Assert.Equal(packed.Values.Take(n).Order(), packed.Values.Take(n));
    }

    /// <summary>Matrices many of whose columns are orthogonal already, in every order of their lengths: no pair may be left out.</summary>
    [Fact]
    public void Singular_vectors_of_sparse_matrices()
    {
        // [1 0 x; 0 2 0; 0 0 3] has σ² = (10 + x² ± √((10 + x²)² − 36)) / 2, and 2.
        var x = 0.1962;
        var known = Run(LinalgOp.SingularValues, DType.Float64, LinalgFlags.None, new Dense([3, 3], [1, 0, x, 0, 2, 0, 0, 0, 3]));
        var trace = 10 + x * x;
        Assert.Equal(Math.Sqrt((trace + Math.Sqrt(trace * trace - 36)) / 2), known[3, 0], 14);
        Assert.Equal(2, known[3, 1], 14);
        Assert.Equal(Math.Sqrt((trace - Math.Sqrt(trace * trace - 36)) / 2), known[3, 2], 14);

        var random = new System.Random(3);
        for (var round = 0; round < 500; round++)
        {
            var n = random.Next(2, 7);
            var a = Dense.Build(
                [n, n],
                at =>
                    at[0] == at[1] ? random.Next(1, 9)
                    : random.Next(4) == 0 ? random.NextDouble()
                    : 0
            );
            var packed = Run(LinalgOp.SingularValues, DType.Float64, LinalgFlags.None, a);
            var (u, v) = (Rows(packed, 0, n), Rows(packed, n + 1, n));
            Near(Identity(n), Product(Transposed(u), u), 1e-12);
            Near(a, Product(Dense.Build([n, n], at => u[at[0], at[1]] * packed[n, at[1]]), Transposed(v)), 1e-12);
        }
    }

    [Theory, MemberData(nameof(Sizes))]
    public void Singular_vectors_and_values_make_the_matrix(int n, DType dtype)
    {
        foreach (var m in (int[])[n, n + 5])
        {
            var a = Random("a", m, n);
            var packed = Run(LinalgOp.SingularValues, dtype, LinalgFlags.None, a);
            var (u, s, v) = (Rows(packed, 0, m), Rows(packed, m, 1), Rows(packed, m + 1, n));
            Near(Identity(n), Product(Transposed(u), u), Tolerance(dtype, n));
            Near(Identity(n), Product(Transposed(v), v), Tolerance(dtype, n));
            Near(a, Product(Dense.Build([m, n], at => u[at] * s[0, at[1]]), Transposed(v)), Tolerance(dtype, n));
            Assert.Equal(s.Values.OrderDescending(), s.Values);
        }
    }

    [Theory, MemberData(nameof(Sizes))]
    public void Eigenvectors_are_mapped_to_their_multiples(int n, DType dtype)
    {
        var a = Random("a", n, n);
        var packed = Run(LinalgOp.Eigen, dtype, LinalgFlags.None, a);
        var (re, im) = (Rows(packed, 2, n), Rows(packed, 2 + n, n));
        // A (re + i im) = λ (re + i im)
        Near(Dense.Build([n, n], at => packed[0, at[1]] * re[at] - packed[1, at[1]] * im[at]), Product(a, re), Tolerance(dtype, n));
        Near(Dense.Build([n, n], at => packed[0, at[1]] * im[at] + packed[1, at[1]] * re[at]), Product(a, im), Tolerance(dtype, n));
        for (var j = 0; j < n; j++)
        {
            var sizes = Enumerable.Range(0, n).Select(i => Math.Sqrt(re[i, j] * re[i, j] + im[i, j] * im[i, j])).ToArray();
            Assert.Equal(1, sizes.Max(), 1e-6);
            Assert.Contains(Enumerable.Range(0, n), i => re[i, j] == 1 && im[i, j] == 0);
        }
    }

    [Theory]
    [InlineData(4, 4)]
    [InlineData(6, 3)]
    [InlineData(3, 6)]
    public void The_pseudo_inverse_of_full_rank_is_an_inverse_on_one_side(int m, int n)
    {
        var a = Random("a", m, n);
        var inverse = Run(LinalgOp.PseudoInverse, DType.Float64, LinalgFlags.None, a);
        Assert.Equal([n, m], inverse.Dims);
        Near(Identity(Math.Min(m, n)), m < n ? Product(a, inverse) : Product(inverse, a), 1e-12);
    }

    [Fact]
    public void A_batch_on_many_threads_is_its_matrices_one_by_one()
    {
        var a = Random("batch", 3000, 8, 8);
        var single = Dense.Build([1, 8, 8], at => a[1234, at[1], at[2]]);
        foreach (
            var op in (LinalgOp[])
                [LinalgOp.Lu, LinalgOp.Qr, LinalgOp.SymmetricEigen, LinalgOp.SingularValues, LinalgOp.Eigen, LinalgOp.PseudoInverse]
        )
        {
            var one = Run(op, DType.Float64, LinalgFlags.None, single);
            var all = Run(op, DType.Float64, LinalgFlags.None, a);
            var size = one.Values.Length;
            Assert.Equal(one.Values, all.Values.Skip(1234 * size).Take(size));
        }
        var factors = Run(LinalgOp.Lu, DType.Float64, LinalgFlags.None, a);
        var determinants = Run(LinalgOp.Determinant, DType.Float64, LinalgFlags.None, a);
        Assert.Equal([3000], determinants.Dims);
        var product = Enumerable.Range(0, 8).Aggregate(1.0, (p, i) => p * factors[1234, i, i]);
        Assert.Equal(Math.Abs(product), Math.Abs(determinants[1234]), 1e-12);
    }

    /// <summary>All eigenvalues equal, zero, or spread over hundreds of orders: what iterates ends.</summary>
    [Theory]
    [InlineData(LinalgOp.SymmetricEigen)]
    [InlineData(LinalgOp.SingularValues)]
    [InlineData(LinalgOp.Eigen)]
    public void Iterations_end_on_matrices_of_every_kind(LinalgOp op)
    {
        Func<int, int, double>[] kinds =
        [
            (_, _) => 0,
            (_, _) => 1,
            (i, j) => i == j ? 1 : 0,
            (i, j) => j == i + 1 ? 1 : 0,
            (i, j) => j == (i + 1) % 24 ? 1 : 0,
            (i, j) => i == j ? Math.Pow(10, -12 * i) : 0,
            (i, j) => Math.Pow(10, -6 * (i + j)),
            (i, j) => 1.0 / (i + j + 1),
            (i, j) => Math.Min(i, j) + 1,
            (i, j) => i + j == 23 ? 1 : 0,
            (i, j) => double.Epsilon * (i + j),
            (i, j) => 1e308 / 24 * ((i * j % 3) - 1),
        ];
        foreach (var (index, kind) in kinds.Index())
        {
            var result = Run(op, DType.Float64, LinalgFlags.None, Dense.Build([24, 24], at => kind(at[0], at[1])));
            Assert.True(result.Values.All(double.IsFinite), $"kind {index}");
        }
    }

    [Fact]
    public void Other_types_are_refused()
    {
        var x = HostTensors.Store(Random("x", 2, 2), DType.Int32);
        var error = Assert.Throws<DeepFunException>(() => Backend.Linalg(LinalgOp.Lu, [x], LinalgFlags.None, 0));
        Assert.Equal("DF0201", error.Code);
    }
}

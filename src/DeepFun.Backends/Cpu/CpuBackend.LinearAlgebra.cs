using System;
using System.Numerics;
using DeepFun.Backends.Cpu.LinearAlgebra;

namespace DeepFun.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public Storage Linalg(LinalgOp op, Storage[] xs, LinalgFlags flags, double tolerance) =>
        xs[0].DType switch
        {
            DType.Float32 => Linalg<float>(op, xs, flags, tolerance),
            DType.Float64 => Linalg<double>(op, xs, flags, tolerance),
            _ => ThrowHelper.Unsupported<Storage>(op.ToString(), xs[0].DType, DTypeNames.WideFloats),
        };

    private static CpuStorage Linalg<T>(LinalgOp op, Storage[] xs, LinalgFlags flags, double tolerance)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var a = Contiguous(xs[0]);
        var b = xs.Length > 1 ? Contiguous(xs[1]) : a;
        var c = xs.Length > 2 ? Contiguous(xs[2]) : a;
        var (m, n) = (a.Shape[^2], a.Shape[^1]);
        var right = xs.Length > 1 ? xs[^1].Shape[^1] : 0;
        int[] matrix = op switch
        {
            LinalgOp.Cholesky => [n, n],
            LinalgOp.TriangularSolve or LinalgOp.LuSolve => [n, right],
            LinalgOp.Lu => [m, n + 1],
            LinalgOp.Determinant => [],
            LinalgOp.Qr => [m + n, n],
            LinalgOp.SymmetricEigen => [1 + n, n],
            LinalgOp.Eigen => [2 + 2 * n, n],
            LinalgOp.SingularValues => [m + 1 + n, n],
            _ => [n, m],
        };
        Shape lead = [.. a.Shape.Dims.AsSpan(0, a.Shape.Rank - 2)];
        Shape one = [.. matrix];
        var result = CpuStorage.Allocate(a.DType, [.. lead.Dims, .. matrix]);
        fixed (
            byte* pa = a,
                pb = b,
                pc = c,
                pr = result
        )
        {
            var first = new MatrixArguments<T>
            {
                A = (T*)pa,
                B = (T*)pb,
                C = (T*)pc,
                Result = (T*)pr,
                Rows = m,
                Columns = n,
                Right = right,
                Flags = flags,
                Tolerance = T.CreateChecked(tolerance),
            };
            Linalg(op, first, lead.Size, (Matrix(b), Matrix(c), one.Size));
        }
        GC.KeepAlive(result);
        a.Leave(xs[0]);
        if (xs.Length > 1)
            b.Leave(xs[1]);
        if (xs.Length > 2)
            c.Leave(xs[2]);
        return result;
    }

    private static nint Matrix(CpuStorage x) => (nint)x.Shape[^2] * x.Shape[^1];

    private static void Linalg<T>(LinalgOp op, MatrixArguments<T> first, nint count, (nint B, nint C, nint Result) sizes)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        switch (op)
        {
            case LinalgOp.Cholesky:
                MatrixBatch<CholeskyKernel<T>, T>.Run(first, count, sizes);
                break;
            case LinalgOp.TriangularSolve:
                MatrixBatch<TriangularKernel<T>, T>.Run(first, count, sizes);
                break;
            case LinalgOp.Lu:
                MatrixBatch<LuKernel<T>, T>.Run(first, count, sizes);
                break;
            case LinalgOp.LuSolve:
                MatrixBatch<LuSolveKernel<T>, T>.Run(first, count, sizes);
                break;
            case LinalgOp.Determinant:
                MatrixBatch<DeterminantKernel<T>, T>.Run(first, count, sizes);
                break;
            case LinalgOp.Qr:
                MatrixBatch<QrKernel<T>, T>.Run(first, count, sizes);
                break;
            case LinalgOp.SymmetricEigen:
                MatrixBatch<SymmetricEigenKernel<T>, T>.Run(first, count, sizes);
                break;
            case LinalgOp.Eigen:
                MatrixBatch<EigenKernel<T>, T>.Run(first, count, sizes);
                break;
            case LinalgOp.SingularValues:
                MatrixBatch<SingularValueKernel<T>, T>.Run(first, count, sizes);
                break;
            case LinalgOp.PseudoInverse:
                MatrixBatch<PseudoInverseKernel<T>, T>.Run(first, count, sizes);
                break;
        }
    }
}

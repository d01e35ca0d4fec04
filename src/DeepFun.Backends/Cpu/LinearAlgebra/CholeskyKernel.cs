using System;
using System.Numerics;

namespace DeepFun.Backends.Cpu.LinearAlgebra;

/// <summary>Cholesky's factor of the symmetric part, row by row: each element is one dot product of rows that are finished.</summary>
internal readonly unsafe struct CholeskyKernel<T> : IMatrixKernel<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static bool NeedsFinite => true;

    public static bool Run(in MatrixArguments<T> matrix)
    {
        var n = matrix.Columns;
        var half = T.CreateChecked(0.5);
        for (nint i = 0; i < n; i++)
        {
            var row = matrix.Result + i * n;
            for (nint j = 0; j <= i; j++)
            {
                var other = matrix.Result + j * n;
                // Halved before they are added, which could overflow.
                var rest = half * matrix.A[i * n + j] + half * matrix.A[j * n + i] - Rows<T>.Dot(row, other, j);
                if (j < i)
                    row[j] = rest / other[j];
                else if (rest > T.Zero)
                    row[i] = T.Sqrt(rest);
                else
                    return false;
            }
            new Span<T>(row + i + 1, (int)(n - i - 1)).Clear();
        }
        return true;
    }
}

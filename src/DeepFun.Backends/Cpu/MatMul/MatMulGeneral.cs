using System;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>The matrix product as its definition says it, for element types that have no kernel of their own. Integers wrap around.</summary>
internal static unsafe class MatMulGeneral
{
    /// <summary>C [m, n] = A [m, k] B [k, n], C row-major with <paramref name="ldc"/> elements between rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<T>(int m, int n, int k, MatrixView<T> a, MatrixView<T> b, T* c, nint ldc)
        where T : unmanaged, INumberBase<T>
    {
        for (var i = 0; i < m; i++)
        {
            // Row by row of B, so that the inner loop runs along C's row.
            var row = c + i * ldc;
            new Span<T>(row, n).Clear();
            for (var p = 0; p < k; p++)
            {
                var x = a.Data[i * a.RowStride + p * a.ColumnStride];
                var y = b.Data + p * b.RowStride;
                for (nint j = 0; j < n; j++)
                    row[j] += x * y[j * b.ColumnStride];
            }
        }
    }
}

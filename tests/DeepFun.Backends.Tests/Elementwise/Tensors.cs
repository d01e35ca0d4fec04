using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using DeepFun.Backends.Cpu;

namespace DeepFun.Backends.Tests;

/// <summary>Tensors for the tests of kernels, in every layout that views can produce.</summary>
internal static class Tensors
{
    public static readonly IBackend Backend = CpuBackend.Instance;

    public static DType TypeOf<T>() =>
        default(T) switch
        {
            float => DType.Float32,
            double => DType.Float64,
            Half => DType.Float16,
            BFloat16 => DType.BFloat16,
            sbyte => DType.Int8,
            short => DType.Int16,
            int => DType.Int32,
            long => DType.Int64,
            byte => DType.UInt8,
            bool => DType.Bool,
            _ => throw new ArgumentException(typeof(T).Name),
        };

    public static CpuStorage Of<T>(Shape shape, params T[] values)
        where T : unmanaged => (CpuStorage)Backend.FromHost(MemoryMarshal.AsBytes(values.AsSpan()), TypeOf<T>(), shape);

    /// <summary>A vector.</summary>
    public static CpuStorage Vector<T>(params T[] values)
        where T : unmanaged => Of([values.Length], values);

    /// <summary>The values in row-major order, read element by element along the strides: nothing of the kernels is used.</summary>
    public static unsafe T[] Values<T>(Storage storage)
        where T : unmanaged
    {
        var own = (CpuStorage)storage;
        var dims = own.Shape.ToArray();
        var strides = own.StridesOrRowMajor();
        var result = new T[own.Shape.Size];
        fixed (byte* start = own)
        {
            for (var i = 0; i < result.Length; i++)
            {
                nint offset = 0;
                var rest = i;
                for (var axis = dims.Length - 1; axis >= 0; axis--)
                {
                    offset += (nint)(rest % dims[axis]) * strides[axis];
                    rest /= dims[axis];
                }
                result[i] = ((T*)start)[offset];
            }
        }
        GC.KeepAlive(own);
        return result;
    }

    /// <summary>Views of random data with this shape: as it lies, transposed, every second element, backwards, broadcast along each axis.</summary>
    public static IEnumerable<CpuStorage> Layouts<T>(int[] dims, Func<int, T> value)
        where T : unmanaged
    {
        CpuStorage Make(int[] shape) => Of(shape, Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(value).ToArray());

        yield return Make(dims);
        if (dims.Length == 0)
            yield break;
        var reversed = Make(dims.Reverse().ToArray());
        yield return reversed.View(dims, CpuStorage.RowMajor(reversed.Shape.Dims).Reverse().ToArray(), 0);
        var doubled = dims.ToArray();
        doubled[^1] *= 2;
        var even = CpuStorage.RowMajor(doubled);
        even[^1] = 2;
        yield return Make(doubled).View(dims, even, 1);
        var backwards = CpuStorage.RowMajor(dims);
        var last = 0;
        for (var axis = 0; axis < dims.Length; axis++)
        {
            last += backwards[axis] * (dims[axis] - 1);
            backwards[axis] = -backwards[axis];
        }
        yield return Make(dims).View(dims, backwards, last);
        for (var axis = 0; axis < dims.Length; axis++)
        {
            var small = dims.ToArray();
            small[axis] = 1;
            var strides = CpuStorage.RowMajor(small);
            strides[axis] = 0;
            yield return Make(small).View(dims, strides, 0);
        }
    }

    /// <summary>Shapes around the widths of registers, tiles and chunks.</summary>
    public static readonly int[][] Shapes =
    [
        [],
        [1],
        [2],
        [3],
        [7],
        [8],
        [15],
        [16],
        [17],
        [63],
        [65],
        [3, 5],
        [2, 70],
        [70, 2],
        [1, 9, 1],
        [4, 3, 66],
        [70, 66],
        [3, 2, 2, 5],
        [1029],
        [5, 1100],
        [40000],
        [9, 1025],
        [3, 4, 2780],
    ];

    public static float Float(int i)
    {
        var bits = (uint)i * 2654435761u;
        return (bits % 20011 - 10000f) / 613f;
    }
}

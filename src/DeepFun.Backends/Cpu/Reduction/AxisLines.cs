using System;
using System.Runtime.InteropServices;

namespace DeepFun.Backends.Cpu;

/// <summary>What happens to one line of elements along an axis.</summary>
internal unsafe interface ILineOperator<T, TResult>
    where T : unmanaged
    where TResult : unmanaged
{
    /// <summary>From a line to a line of equal length; <paramref name="scratch"/> has room for as many 64-bit words.</summary>
    static abstract void Invoke(T* x, TResult* z, int length, bool reverse, ulong* scratch);
}

/// <summary>Takes a tensor apart into lines along one axis, and puts the results together.</summary>
internal static unsafe class AxisLines<TOperator, T, TResult>
    where TOperator : struct, ILineOperator<T, TResult>
    where T : unmanaged
    where TResult : unmanaged
{
    /// <summary>Runs the operator over every line.</summary>
    public static CpuStorage Run(CpuStorage x, int axis, bool reverse, DType resultType)
    {
        var result = CpuStorage.Allocate(resultType, x.Shape);
        if (x.Shape.Size == 0)
            return result;
        var length = x.Shape.Dims[axis];
        nint inner = 1;
        for (var i = axis + 1; i < x.Shape.Rank; i++)
            inner *= x.Shape.Dims[i];
        var table = stackalloc nint[ReductionLayout.TableSize(x.Shape.Rank)];
        var index = stackalloc nint[x.Shape.Rank + 1];
        var scratch = (ulong*)NativeMemory.Alloc((nuint)length, 3 * sizeof(ulong));
        try
        {
            fixed (
                byte* from = x,
                    to = result
            )
            {
                var line = (T*)(scratch + length);
                var lineResult = (TResult*)(scratch + 2 * (nint)length);
                var layout = ReductionLayout.Create(x, from, [axis], table);
                var stride = layout.Reduced.Strides[0];
                var kept = new StridedCursor<T>(layout.Kept, index, 0);
                var lines = x.Shape.Size / length;
                for (nint i = 0; i < lines; i++)
                {
                    var source = kept.Current;
                    var target = (TResult*)to + i / inner * inner * length + i % inner;
                    if (stride == 1 && inner == 1)
                        TOperator.Invoke(source, target, length, reverse, scratch);
                    else
                    {
                        for (nint j = 0; j < length; j++)
                            line[j] = source[j * stride];
                        TOperator.Invoke(line, lineResult, length, reverse, scratch);
                        for (nint j = 0; j < length; j++)
                            target[j * inner] = lineResult[j];
                    }
                    kept.Advance(1);
                }
            }
        }
        finally
        {
            NativeMemory.Free(scratch);
        }
        GC.KeepAlive(x);
        GC.KeepAlive(result);
        return result;
    }
}

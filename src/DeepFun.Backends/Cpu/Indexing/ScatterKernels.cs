using System;
using System.Numerics;

namespace DeepFun.Backends.Cpu.Indexing;

/// <summary>The loops of Scatter.</summary>
internal static unsafe class ScatterKernels
{
    public static void Run(ScatterOp op, DType dtype, byte* to, byte* places, DType placeType, byte* changes, IndexLayout layout)
    {
        switch (dtype)
        {
            case DType.Float32:
                Run(op, (float*)to, places, placeType, (float*)changes, layout);
                break;
            case DType.Float64:
                Run(op, (double*)to, places, placeType, (double*)changes, layout);
                break;
            case DType.Int32:
                Run(op, (int*)to, places, placeType, (int*)changes, layout);
                break;
            case DType.Int64:
                Run(op, (long*)to, places, placeType, (long*)changes, layout);
                break;
            case DType.Bool when op == ScatterOp.Add:
                Run(ScatterOp.Max, to, places, placeType, changes, layout); // true + true = true
                break;
            default:
                Run(op, to, places, placeType, changes, layout);
                break;
        }
    }

    private static void Run<T>(ScatterOp op, T* to, byte* places, DType placeType, T* changes, IndexLayout layout)
        where T : unmanaged, INumber<T>
    {
        for (long b = 0; b < layout.Batch; b++)
        for (long i = 0; i < layout.Count; i++)
        {
            var at = b * layout.Count + i;
            var index = placeType == DType.Int32 ? ((int*)places)[at] : ((long*)places)[at];
            var target = to + (b * layout.Size + index) * layout.Row;
            var change = changes + at * layout.Row;
            for (long p = 0; p < layout.Row; p++)
                target[p] = op switch
                {
                    ScatterOp.Add => target[p] + change[p],
                    ScatterOp.Max => T.Max(target[p], change[p]),
                    ScatterOp.Min => T.Min(target[p], change[p]),
                    _ => change[p],
                };
        }
    }
}

using System;

namespace DeepFun.Backends.Cpu.Indexing;

/// <summary>Reports the first index outside its axis, before anything is written.</summary>
internal static unsafe class IndexCheck
{
    public static void Run(string operation, CpuStorage indices, int size)
    {
        fixed (byte* p = indices)
        {
            var count = indices.Shape.Size;
            if (indices.DType == DType.Int32)
            {
                for (var i = 0; i < count; i++)
                    if ((uint)((int*)p)[i] >= (uint)size)
                        ThrowHelper.IndexOutOfRange(operation, ((int*)p)[i], size);
            }
            else
            {
                for (var i = 0; i < count; i++)
                    if ((ulong)((long*)p)[i] >= (ulong)size)
                        ThrowHelper.IndexOutOfRange(operation, ((long*)p)[i], size);
            }
        }
        GC.KeepAlive(indices);
    }
}

using System;

namespace DeepFun.Backends.Cpu.Indexing;

/// <summary>The loops of Gather.</summary>
internal static unsafe class GatherKernels
{
    public static void Run(byte* from, byte* places, DType placeType, byte* to, IndexLayout layout, long rowBytes)
    {
        for (long b = 0; b < layout.Batch; b++)
        for (long i = 0; i < layout.Count; i++)
        {
            var at = b * layout.Count + i;
            var index = placeType == DType.Int32 ? ((int*)places)[at] : ((long*)places)[at];
            Buffer.MemoryCopy(from + (b * layout.Size + index) * rowBytes, to + at * rowBytes, rowBytes, rowBytes);
        }
    }
}

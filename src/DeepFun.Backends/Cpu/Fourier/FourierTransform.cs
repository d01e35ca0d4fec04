using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DeepFun.Backends.Cpu.Fourier;

/// <summary>
/// Discrete Fourier transforms along one axis of pairs (real, imaginary). Several lines at a time are the columns of planes, so that all passes but
/// the first few of a lone line fill registers. Without a chirp float32 is computed in float32, with one in float64: a chirp loses digits.
/// </summary>
internal static unsafe class FourierTransform
{
    // Planes of a block of lines stay within the second cache.
    private const long BlockBytes = 512 << 10;
    private const int MostColumns = 64;

    // From here on, one line fills the caches alone.
    private const int LongLine = 1 << 16;

    private struct Work<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public FourierPlan<T> Plan;
        public byte* From;
        public byte* To;
        public long Lines;
        public long Inner;
        public int Columns;
        public bool Inverse;
    }

    /// <summary>The transform along an axis, unnormalized in both directions.</summary>
    public static CpuStorage Run(CpuStorage x, int axis, bool inverse)
    {
        if (x.Shape.Size == 0)
            return CpuStorage.Allocate(x.DType, x.Shape);
        return x.DType switch
        {
            DType.Float64 => Run<double, double>(x, axis, inverse),
            DType.Float32 when FourierPlan<float>.IsSmooth(x.Shape.Dims[axis]) => Run<float, float>(x, axis, inverse),
            DType.Float32 => Run<float, double>(x, axis, inverse),
            _ => ThrowHelper.Unsupported<CpuStorage>("Fourier", x.DType, DTypeNames.Floats),
        };
    }

    private static CpuStorage Run<TElement, T>(CpuStorage x, int axis, bool inverse)
        where TElement : unmanaged, INumber<TElement>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var result = CpuStorage.Allocate(x.DType, x.Shape);
        var dims = x.Shape.Dims;
        long inner = 1;
        for (var i = axis + 1; i < dims.Length - 1; i++)
            inner *= dims[i];
        var plan = FourierPlan<T>.Of(dims[axis]);
        var source = CpuBackend.Contiguous(x);
        fixed (
            byte* from = source,
                to = result
        )
        {
            var lines = x.Shape.Size / 2 / dims[axis];
            var work = new Work<T>
            {
                Plan = plan,
                From = from,
                To = to,
                Lines = lines,
                Inner = inner,
                Columns = (int)Math.Min(lines, ColumnsFor<T>(plan.Rows)),
                Inverse = inverse,
            };
            var chunks = (lines + work.Columns - 1) / work.Columns;
            WorkerPool.Run((int)chunks, &RunChunk<TElement, T>, Unsafe.AsPointer(ref work));
        }
        GC.KeepAlive(result);
        source.Leave(x);
        return result;
    }

    private static long ColumnsFor<T>(int rows)
        where T : unmanaged
    {
        if (rows >= LongLine)
            return 1;
        var fitting = BlockBytes / (4L * sizeof(T) * rows);
        return Math.Clamp(fitting / Vector<T>.Count * Vector<T>.Count, Vector<T>.Count, MostColumns);
    }

    private static void RunChunk<TElement, T>(void* context, int chunk)
        where TElement : unmanaged, INumber<TElement>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref var work = ref Unsafe.AsRef<Work<T>>(context);
        var plan = work.Plan;
        var first = chunk * (long)work.Columns;
        var columns = (int)Math.Min(work.Columns, work.Lines - first);
        var plane = (nint)plan.Rows * columns;
        var memory = (T*)NativeMemory.Alloc((nuint)plane * 4, (nuint)sizeof(T));
        try
        {
            var planes = new Planes<T>
            {
                Re = memory,
                Im = memory + plane,
                OtherRe = memory + 2 * plane,
                OtherIm = memory + 3 * plane,
            };
            var starts = stackalloc long[columns];
            for (var c = 0; c < columns; c++)
            {
                var (outer, within) = Math.DivRem(first + c, work.Inner);
                starts[c] = outer * plan.Length * work.Inner + within;
            }
            // The inverse transform is the forward one of exchanged parts.
            if (work.Inverse)
                planes.Exchange();
            Read((TElement*)work.From, planes, starts, plan.Length, work.Inner, columns);
            if (work.Inverse)
                planes.Exchange();
            plan.Run(ref planes, columns);
            if (work.Inverse)
                planes.Exchange();
            Write(planes, (TElement*)work.To, starts, plan.Length, work.Inner, columns);
        }
        finally
        {
            NativeMemory.Free(memory);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Read<TElement, T>(TElement* from, Planes<T> to, long* starts, int length, long step, int columns)
        where TElement : unmanaged, INumber<TElement>
        where T : unmanaged, INumber<T>
    {
        for (nint k = 0; k < length; k++)
        {
            for (var c = 0; c < columns; c++)
            {
                var place = from + 2 * (starts[c] + k * step);
                to.Re[k * columns + c] = T.CreateTruncating(place[0]);
                to.Im[k * columns + c] = T.CreateTruncating(place[1]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Write<TElement, T>(Planes<T> from, TElement* to, long* starts, int length, long step, int columns)
        where TElement : unmanaged, INumber<TElement>
        where T : unmanaged, INumber<T>
    {
        for (nint k = 0; k < length; k++)
        {
            for (var c = 0; c < columns; c++)
            {
                var place = to + 2 * (starts[c] + k * step);
                place[0] = TElement.CreateTruncating(from.Re[k * columns + c]);
                place[1] = TElement.CreateTruncating(from.Im[k * columns + c]);
            }
        }
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// Reduces leading axes: neighbouring results come from neighbouring elements, so that registers hold results and walk down the
/// rows. Rows meet in blocks, blocks in a pairwise tree.
/// </summary>
internal static unsafe class ColumnFold<TOperator, T>
    where TOperator : struct, IReductionOperator<T>
    where T : unmanaged
{
    private const int Rows = 16; // of a block
    private const int Levels = 32;

    private struct Job
    {
        public StridedOperand Outer; // the kept axes but the innermost
        public StridedOperand Reduced;
        public T* Results;
        public nint Length;
        public nint Columns;
        public nint Panels; // registers' worths of columns
        public nint Tasks;
        public nint Group; // panels a chunk
    }

    /// <summary>Whether kept elements are neighbours, and reduced ones are not.</summary>
    public static bool Suits(in ReductionLayout layout) =>
        layout.Kept.Strides[layout.Kept.Rank - 1] == 1
        && layout.Kept.Dims[layout.Kept.Rank - 1] >= 4
        && layout.Reduced.Strides[layout.Reduced.Rank - 1] != 1;

    /// <summary>Writes every result; <paramref name="size"/> is the number of elements that come in.</summary>
    public static void Run(in ReductionLayout layout, T* results, nint size)
    {
        var kept = layout.Kept;
        nint outer = 1;
        for (var axis = 0; axis < kept.Rank - 1; axis++)
            outer *= kept.Dims[axis];
        var columns = kept.Dims[kept.Rank - 1];
        var width = PanelWidth;
        // The innermost axis becomes one step of one element: the cursor walks the outer axes.
        kept.Dims[kept.Rank - 1] = 1;
        var job = new Job
        {
            Outer = kept,
            Reduced = layout.Reduced,
            Results = results,
            Length = layout.Length,
            Columns = columns,
            Panels = (columns + width - 1) / width,
        };
        job.Tasks = outer * job.Panels;
        job.Group = nint.Max(1, Chunks.Length / (layout.Length * nint.Min(width, columns)));
        if (size < Chunks.Threshold)
        {
            job.Group = job.Tasks;
            Chunk(&job, 0);
        }
        else
            WorkerPool.Run((int)((job.Tasks + job.Group - 1) / job.Group), &Chunk, &job);
    }

    private static int PanelWidth =>
        4
        * (
            Vector512.IsHardwareAccelerated ? Vector512<T>.Count
            : Vector256.IsHardwareAccelerated ? Vector256<T>.Count
            : Vector128<T>.Count
        );

    [SkipLocalsInit]
    private static void Chunk(void* context, int chunk)
    {
        var job = (Job*)context;
        var index = stackalloc nint[job->Outer.Rank + job->Reduced.Rank];
        var start = chunk * job->Group;
        var end = nint.Min(start + job->Group, job->Tasks);
        for (var task = start; task < end; task++)
        {
            var outer = task / job->Panels;
            var first = task % job->Panels * PanelWidth;
            var from = new StridedCursor<T>(job->Outer, index, outer).Current + first;
            var to = job->Results + outer * job->Columns + first;
            var columns = nint.Min(PanelWidth, job->Columns - first);
            var reduced = job->Reduced;
            reduced.Start = (byte*)from;
            if (Vector512.IsHardwareAccelerated)
                Panel<Lanes512<T>>(reduced, index + job->Outer.Rank, job->Length, to, columns);
            else if (Vector256.IsHardwareAccelerated)
                Panel<Lanes256<T>>(reduced, index + job->Outer.Rank, job->Length, to, columns);
            else
                Panel<Lanes128<T>>(reduced, index + job->Outer.Rank, job->Length, to, columns);
        }
    }

    private static void Panel<V>(StridedOperand reduced, nint* index, nint length, T* to, nint columns)
        where V : unmanaged, ILanes<V, T>
    {
        if (columns == 4 * V.Count)
        {
            Wide<V>(new StridedCursor<T>(reduced, index, 0), length, to);
            return;
        }
        for (nint done = 0; done < columns; done += V.Count)
        {
            Narrow<V>(new StridedCursor<T>(reduced, index, 0), length, to + done, nint.Min(V.Count, columns - done));
            reduced.Start += V.Count * sizeof(T);
        }
    }

    // Four registers of columns.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private static void Wide<V>(StridedCursor<T> cursor, nint length, T* to)
        where V : unmanaged, ILanes<V, T>
    {
        var levels = stackalloc V[4 * Levels];
        var top = 0;
        var stride = cursor.Stride;
        uint blocks = 0;
        for (nint row = 0; row < length; row += Rows, blocks++)
        {
            var left = nint.Min(Rows, length - row);
            var a = V.Create(TOperator.Neutral);
            var b = a;
            var c = a;
            var d = a;
            while (left > 0)
            {
                var run = nint.Min(left, cursor.Remaining);
                var from = cursor.Current;
                for (nint i = 0; i < run; i++, from += stride)
                {
                    a = TOperator.Combine(a, V.Load(from));
                    b = TOperator.Combine(b, V.Load(from + V.Count));
                    c = TOperator.Combine(c, V.Load(from + 2 * V.Count));
                    d = TOperator.Combine(d, V.Load(from + 3 * V.Count));
                }
                cursor.Advance(run);
                left -= run;
            }
            for (var carry = blocks; (carry & 1) != 0; carry >>= 1)
            {
                top -= 4;
                a = TOperator.Combine(levels[top], a);
                b = TOperator.Combine(levels[top + 1], b);
                c = TOperator.Combine(levels[top + 2], c);
                d = TOperator.Combine(levels[top + 3], d);
            }
            levels[top] = a;
            levels[top + 1] = b;
            levels[top + 2] = c;
            levels[top + 3] = d;
            top += 4;
        }
        for (var part = 0; part < 4; part++)
        {
            var value = levels[top - 4 + part];
            for (var level = top - 8; level >= 0; level -= 4)
                value = TOperator.Combine(levels[level + part], value);
            V.Store(value, to + part * V.Count);
        }
    }

    // One register of columns, perhaps not full.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private static void Narrow<V>(StridedCursor<T> cursor, nint length, T* to, nint columns)
        where V : unmanaged, ILanes<V, T>
    {
        var levels = stackalloc V[Levels];
        var top = 0;
        var stride = cursor.Stride;
        uint blocks = 0;
        for (nint row = 0; row < length; row += Rows, blocks++)
        {
            var left = nint.Min(Rows, length - row);
            var sum = V.Create(TOperator.Neutral);
            while (left > 0)
            {
                var run = nint.Min(left, cursor.Remaining);
                var from = cursor.Current;
                for (nint i = 0; i < run; i++, from += stride)
                    sum = TOperator.Combine(sum, V.Load(from));
                cursor.Advance(run);
                left -= run;
            }
            for (var carry = blocks; (carry & 1) != 0; carry >>= 1)
                sum = TOperator.Combine(levels[--top], sum);
            levels[top++] = sum;
        }
        var value = levels[--top];
        while (top > 0)
            value = TOperator.Combine(levels[--top], value);
        V.StorePart(value, to, columns);
    }
}

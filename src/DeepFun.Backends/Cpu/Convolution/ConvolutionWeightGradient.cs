using System;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// The gradient of the weight with channels innermost: terms of a patch are the rows of a tile, output channels its columns, and the sum goes
/// over output places, with the patches read where they lie in the image. Each chunk of images has a sum of its own.
/// </summary>
internal static unsafe class ConvolutionWeightGradient
{
    // Output places that are summed at a time: their gradients stay in the first-level cache while all terms pass.
    private const int MostPlaces = 192;
    private const int MostImages = 32;

    // Channels of the result that a thread stores at a time.
    private const int StoredChannels = 16;

    private struct Work<T>
        where T : unmanaged, INumberBase<T>
    {
        public ConvolutionRows<T> Rows;
        public T* Parts; // [chunk, group, term, output channel]
        public nint PartSize; // of a group
        public bool ByChannel; // [output channel, term] instead
    }

    /// <summary>The job's weight, which is the result, from its input and output.</summary>
    public static void Run<T>(ref ConvolutionRows<T> rows)
        where T : unmanaged, INumberBase<T>
    {
        ref var s = ref rows.Job.Shape;
        var size = s.Terms * rows.PaddedOut;
        var parts = (T*)NativePool.Rent(rows.Job.Chunks * s.Groups * size * sizeof(T), out var sizeClass);
        var work = new Work<T>
        {
            Rows = rows,
            Parts = parts,
            PartSize = size,
        };
        WorkerPool.Run(rows.Job.Chunks, &Chunk<T>, &work);
        ConvolutionJob<T>.SumParts(parts, rows.Job.Chunks, s.Groups * size);
        Store(rows, parts, size, byChannel: false);
        NativePool.Return((nint)parts, sizeClass);
    }

    /// <summary>
    /// The weight from sums [group, term of a patch, output channel] of <paramref name="size"/> elements a group;
    /// <paramref name="byChannel"/>: [group, output channel, term of a patch].
    /// </summary>
    public static void Store<T>(in ConvolutionRows<T> rows, T* sums, nint size, bool byChannel)
        where T : unmanaged, INumberBase<T>
    {
        var work = new Work<T>
        {
            Rows = rows,
            Parts = sums,
            PartSize = size,
            ByChannel = byChannel,
        };
        WorkerPool.Run(
            rows.Job.Shape.Groups * ((rows.Job.Shape.OutChannels + StoredChannels - 1) / StoredChannels),
            &StoreChannels<T>,
            &work
        );
    }

    // From (tap, input channel) × output channel to output channel × (input channel, tap).
    private static void StoreChannels<T>(void* context, int chunk)
        where T : unmanaged, INumberBase<T>
    {
        ref var work = ref *(Work<T>*)context;
        ref var s = ref work.Rows.Job.Shape;
        var (group, block) = Math.DivRem(chunk, (s.OutChannels + StoredChannels - 1) / StoredChannels);
        var first = block * StoredChannels;
        var count = Math.Min(StoredChannels, s.OutChannels - first);
        var sums = work.Parts + group * work.PartSize;
        var patches = sums + first * (nint)s.Terms;
        if (!work.ByChannel)
        {
            patches = Scratch.Rent<T>(Scratch.Use.Rows, (nint)count * s.Terms);
            Packing.Panel(sums + first, work.Rows.PaddedOut, 1, s.Terms, count, patches, s.Terms, false);
        }
        for (nint o = 0; o < count; o++)
        {
            var to = work.Rows.Job.Weight + ((nint)group * s.OutChannels + first + o) * s.Terms;
            Packing.Panel(patches + o * s.Terms, s.InChannels, 1, s.Taps, s.InChannels, to, s.Taps, false);
        }
    }

    private static void Chunk<T>(void* context, int chunk)
        where T : unmanaged, INumberBase<T>
    {
        ref var work = ref *(Work<T>*)context;
        ref var rows = ref work.Rows;
        ref var s = ref rows.Job.Shape;
        var (first, end) = rows.Job.Images(chunk);
        var together = Together(s, end - first);
        var plane = s.OutPlane * rows.PaddedOut;
        var image = Scratch.Rent<T>(Scratch.Use.Image, together * rows.ImageSize);
        var gradient = Scratch.Rent<T>(Scratch.Use.Output, together * plane);
        for (var n = first; n < end; n += together)
        for (var g = 0; g < s.Groups; g++)
        {
            var count = Math.Min(together, end - n);
            for (var i = 0; i < count; i++)
            {
                ChannelsLast.FromChannels(s, rows.Job.InputOf(n + i, g), image + i * rows.ImageSize);
                rows.OutputRows(n + i, g, gradient + i * plane);
            }
            var part = work.Parts + ((nint)chunk * s.Groups + g) * work.PartSize;
            AddImages(rows, count, image, gradient, part, n > first);
        }
    }

    /// <summary>Images whose places are summed together.</summary>
    public static int Together(in ConvolutionShape s, int images) => Math.Clamp(MostPlaces / s.OutPlane, 1, Math.Min(MostImages, images));

    /// <summary>
    /// part [term, output channel] = (accumulate: +=) Σ over the images and places of image[place + term] · gradient[place, output channel].
    /// </summary>
    public static void AddImages<T>(in ConvolutionRows<T> rows, int count, T* image, T* gradient, T* part, bool accumulate)
        where T : unmanaged, INumberBase<T>
    {
        ref readonly var s = ref rows.Job.Shape;
        var most = Math.Max(1, MostPlaces / s.OutWidth);
        var runs = stackalloc TileRun[most];
        var total = count * rows.OutRows;
        for (var row = 0; row < total; )
        {
            var rowsNow = (int)MatMulBlock.Share(total - row, most);
            for (var r = 0; r < rowsNow; r++)
            {
                var (i, line) = Math.DivRem(row + r, rows.OutRows);
                runs[r] = new TileRun
                {
                    Left = i * rows.ImageSize + rows.PatchOf(line),
                    Right = (nint)(row + r) * s.OutWidth * rows.PaddedOut,
                    Length = s.OutWidth,
                };
            }
            AddRows(rows, image, gradient, part, runs, rowsNow, accumulate || row > 0);
            row += rowsNow;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRows<T>(in ConvolutionRows<T> rows, T* image, T* gradient, T* part, TileRun* runs, nint count, bool accumulate)
        where T : unmanaged, INumberBase<T>
    {
        ref readonly var s = ref rows.Job.Shape;
        var (step, out_) = ((nint)s.StrideWidth * s.InChannels, rows.PaddedOut);
        // Runs of three terms, one below the other: a tile takes several.
        var threes = rows.RunLength == 3 && rows.Runs == s.KernelHeight;
        var gap = threes && rows.Runs > 1 ? rows.Offsets[1] - rows.Offsets[0] : 3;
        var (lines, length) = threes ? (1, (nint)3 * rows.Runs) : (rows.Runs, rows.RunLength);
        for (nint column = 0; column < out_; column += rows.Tiles.Columns)
        {
            var vectors = rows.VectorsAt(column, out_);
            var to = part + column;
            for (var r = 0; r < lines; r++)
            for (nint term = 0; term < length; )
            {
                var tile = threes
                    ? 3 * MatMulBlock.Share((length - term) / 3, rows.Tiles.Rows / 3)
                    : MatMulBlock.Share(length - term, rows.Tiles.Rows);
                var left = image + rows.Offsets[r] + (threes ? term / 3 * gap : term);
                rows.Tiles.Sum(tile, vectors, left, 1, gap, step, gradient + column, out_, to, out_, runs, count, accumulate);
                to += tile * out_;
                term += tile;
            }
        }
    }
}

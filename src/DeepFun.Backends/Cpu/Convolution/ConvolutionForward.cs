using System;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>The forward map with channels innermost: each output place is the product of its patch and the panels of the weight.</summary>
internal static unsafe class ConvolutionForward
{
    // Terms that a tile sums at a time: that part of a panel stays in the first-level cache while all places pass.
    private const int MostTerms = 192;

    // Below so many images, the rows of an image are shared out too, if each share has so many multiply-adds.
    private const int FewImages = 8;
    private const long ShareWork = 300_000;

    private struct Work<T>
        where T : unmanaged, INumberBase<T>
    {
        public ConvolutionRows<T> Rows;
        public T* Panels;
        public TileRun* Runs;
        public int* Blocks; // which runs a tile sums together: those before this one
        public int BlockCount;
        public int Shares; // of an image's rows
        public ConvolutionEpilogue Epilogue;
    }

    /// <summary>The job's output from its input and weight.</summary>
    public static void Run<T>(ref ConvolutionRows<T> rows, in ConvolutionEpilogue epilogue)
        where T : unmanaged, INumberBase<T>
    {
        ref var s = ref rows.Job.Shape;
        var pieces = (int)((rows.RunLength + MostTerms - 1) / MostTerms);
        var runs = Scratch.Rent<TileRun>(Scratch.Use.Runs, 2 * rows.Runs * pieces);
        var blocks = (int*)(runs + rows.Runs * pieces);
        var size = ConvolutionPanels.Size(rows, s.OutChannels, s.Terms);
        var panels = (T*)NativePool.Rent(s.Groups * size * sizeof(T), out var sizeClass);
        ConvolutionPanels.OfOutputs(rows, panels);
        var work = new Work<T>
        {
            Rows = rows,
            Panels = panels,
            Runs = runs,
            Blocks = blocks,
            BlockCount = Cut(rows, runs, blocks),
            Shares = 1,
            Epilogue = epilogue,
        };
        if (s.Batch < FewImages)
        {
            work.Rows.Job.Step = 1;
            var shares = (long)s.OutChannels * s.Terms * s.OutPlane / ShareWork;
            work.Shares = (int)Math.Clamp(shares, 1, Math.Min(epilogue.Pools ? epilogue.Height.Output : rows.OutRows, FewImages / s.Batch));
        }
        WorkerPool.Run(work.Rows.Job.Chunks * work.Shares, &Chunk<T>, &work);
        NativePool.Return((nint)panels, sizeClass);
    }

    // The runs of a patch, cut into pieces, and which of them follow each other in one call of a tile.
    private static int Cut<T>(in ConvolutionRows<T> rows, TileRun* runs, int* blocks)
        where T : unmanaged, INumberBase<T>
    {
        var (count, terms, block) = (0, (nint)0, 0);
        nint term = 0;
        for (var r = 0; r < rows.Runs; r++)
        for (nint first = 0; first < rows.RunLength; )
        {
            var length = MatMulBlock.Share(rows.RunLength - first, MostTerms);
            if (terms > 0 && terms + length > MostTerms)
            {
                blocks[block++] = count;
                terms = 0;
            }
            runs[count++] = new TileRun
            {
                Left = rows.Offsets[r] + first,
                Right = term * rows.Tiles.Columns,
                Length = length,
            };
            first += length;
            terms += length;
            term += length;
        }
        blocks[block++] = count;
        return block;
    }

    private static void Chunk<T>(void* context, int chunk)
        where T : unmanaged, INumberBase<T>
    {
        ref var work = ref *(Work<T>*)context;
        ref var rows = ref work.Rows;
        ref var s = ref rows.Job.Shape;
        var (images, share) = Math.DivRem(chunk, work.Shares);
        var (first, end) = rows.Job.Images(images);
        ref var epilogue = ref work.Epilogue;
        // Shares of what is stored in the end: rows of the output, or of windows.
        var height = epilogue.Pools ? epilogue.Height.Output : rows.OutRows;
        var (upper, lower) = (share * height / work.Shares, (share + 1) * height / work.Shares);
        var (top, bottom) = epilogue.Pools ? epilogue.RowsOf(upper, lower) : (upper, lower);
        var stacked = (int)MatMulBlock.Share(end - first, rows.Stacked);
        var image = Scratch.Rent<T>(Scratch.Use.Image, stacked * rows.ImageSize);
        var sums = Scratch.Rent<T>(Scratch.Use.Sum, stacked * (nint)s.OutPlane * rows.PaddedOut);
        for (var n = first; n < end; n += stacked)
        for (var g = 0; g < s.Groups; g++)
        {
            var count = Math.Min(stacked, end - n);
            for (var i = 0; i < count; i++)
                ChannelsLast.FromChannels(s, rows.Job.InputOf(n + i, g), image + i * rows.ImageSize);
            Multiply(ref work, g, count, top, bottom, image, sums);
            for (var i = 0; i < count; i++)
            {
                var from = sums + i * (nint)s.OutPlane * rows.PaddedOut;
                if (epilogue.Pools)
                {
                    epilogue.Pool((float*)from, rows.PaddedOut, s.OutWidth, upper, lower, s.OutChannels, n + i);
                    continue;
                }
                var place = (nint)top * s.OutWidth;
                var places = (nint)(bottom - top) * s.OutWidth;
                from += place * rows.PaddedOut;
                if (epilogue.IsActive)
                    epilogue.Activate((float*)from, rows.PaddedOut, places);
                Packing.Panel(from, rows.PaddedOut, 1, places, s.OutChannels, rows.Job.OutputOf(n + i, g) + place, s.OutPlane, false);
            }
        }
    }

    // sums [image, place, output channel], for the output rows [top, bottom).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply<T>(ref Work<T> work, int group, int count, int top, int bottom, T* image, T* sums)
        where T : unmanaged, INumberBase<T>
    {
        ref var rows = ref work.Rows;
        ref var s = ref rows.Job.Shape;
        var panel = work.Panels + group * ConvolutionPanels.Size(rows, s.OutChannels, s.Terms);
        var (width, out_, columns) = ((nint)s.OutWidth, rows.PaddedOut, (nint)rows.Tiles.Columns);
        var step = (nint)s.StrideWidth * s.InChannels;
        var (plane, size) = (s.OutPlane * out_, rows.ImageSize);
        var stacked = rows.AreStacked(count);
        for (nint column = 0; column < out_; column += columns, panel += columns * s.Terms)
        {
            var vectors = rows.VectorsAt(column, out_);
            var run = 0;
            for (var block = 0; block < work.BlockCount; block++)
            {
                var runs = work.Blocks[block] - run;
                for (var row = top; row < bottom; row++)
                {
                    var from = image + rows.PatchOf(row);
                    var to = sums + row * width * out_ + column;
                    if (stacked)
                    {
                        for (nint ow = 0; ow < width; ow++, from += step, to += out_)
                        {
                            for (nint i = 0; i < count; )
                            {
                                var tile = MatMulBlock.Share(count - i, rows.Tiles.Rows);
                                var left = from + i * size;
                                rows.Tiles.Sum(
                                    tile,
                                    vectors,
                                    left,
                                    size,
                                    3 * size,
                                    1,
                                    panel,
                                    columns,
                                    to + i * plane,
                                    plane,
                                    work.Runs + run,
                                    runs,
                                    run > 0
                                );
                                i += tile;
                            }
                        }
                        continue;
                    }
                    for (nint i = 0; i < count; i++)
                    for (nint ow = 0; ow < width; )
                    {
                        var tile = MatMulBlock.Share(width - ow, rows.Tiles.Rows);
                        var left = from + i * size + ow * step;
                        rows.Tiles.Sum(
                            tile,
                            vectors,
                            left,
                            step,
                            3 * step,
                            1,
                            panel,
                            columns,
                            to + i * plane + ow * out_,
                            out_,
                            work.Runs + run,
                            runs,
                            run > 0
                        );
                        ow += tile;
                    }
                }
                run += runs;
            }
        }
    }
}

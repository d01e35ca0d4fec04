using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// Convolutions whose groups have one input channel, over one or two axes: planes are convolved one by one, with the places of a row in the
/// lanes of a vector. Chunks are planes, or for the weight's gradient channels; their sizes depend on the shape alone.
/// </summary>
internal static unsafe class ConvolutionDepthwise
{
    // With more output channels to a group these fill the lanes.
    private const int MostOutChannels = 7;

    // The input's gradient multiplies the zeros between the places of the output too.
    private const long MostSpread = 16;

    /// <summary>Whether a convolution is of that kind, and this map of it is better done so.</summary>
    public static bool Suits(ConvolutionOp op, in ConvolutionShape s) =>
        s is { InChannels: 1, Groups: > 1, OutChannels: <= MostOutChannels, KernelDepth: 1, InDepth: 1, OutDepth: 1, PadDepth: 0 }
        && (op != ConvolutionOp.InputGradient || (long)s.StrideHeight * s.StrideWidth <= MostSpread);

    /// <summary>One of the three maps.</summary>
    public static void Run<T>(ConvolutionOp op, in ConvolutionShape s, T* input, T* weight, T* output)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
            Run(op, in s, (float*)input, (float*)weight, (float*)output);
        else
            Run(op, in s, (double*)input, (double*)weight, (double*)output);
    }

    private static void Run(ConvolutionOp op, in ConvolutionShape s, float* input, float* weight, float* output)
    {
        if (KernelSets.BestBits == 512)
            Depthwise<Single512, Vector512<float>, float>.Run(op, in s, input, weight, output);
        else if (KernelSets.BestBits == 256)
            Depthwise<Single256, Vector256<float>, float>.Run(op, in s, input, weight, output);
        else
            Depthwise<Single128, Vector128<float>, float>.Run(op, in s, input, weight, output);
    }

    private static void Run(ConvolutionOp op, in ConvolutionShape s, double* input, double* weight, double* output)
    {
        if (KernelSets.BestBits == 512)
            Depthwise<Double512, Vector512<double>, double>.Run(op, in s, input, weight, output);
        else if (KernelSets.BestBits == 256)
            Depthwise<Double256, Vector256<double>, double>.Run(op, in s, input, weight, output);
        else
            Depthwise<Double128, Vector128<double>, double>.Run(op, in s, input, weight, output);
    }
}

/// <summary>The maps of <see cref="ConvolutionDepthwise"/> for one width of vectors.</summary>
internal static unsafe class Depthwise<S, V, T>
    where S : struct, ISimd<T, V>
    where V : struct
    where T : unmanaged
{
    // Multiply-adds that make a chunk.
    private const long ChunkWork = 200_000;

    private struct Job
    {
        public ConvolutionShape Shape;
        public T* Input,
            Weight,
            Output;
        public int Step, // planes, or channels, of a chunk
            Count;
    }

    public static void Run(ConvolutionOp op, in ConvolutionShape s, T* input, T* weight, T* output)
    {
        var byChannel = op == ConvolutionOp.WeightGradient;
        var count = byChannel ? s.Groups : s.Groups * s.Batch;
        var work = (long)s.OutChannels * s.OutPlane * s.Taps * (byChannel ? s.Batch : 1);
        var job = new Job
        {
            Shape = s,
            Input = input,
            Weight = weight,
            Output = output,
            Step = (int)Math.Clamp(ChunkWork / Math.Max(1, work), 1, count),
            Count = count,
        };
        var chunks = (count + job.Step - 1) / job.Step;
        if (op == ConvolutionOp.Forward)
            WorkerPool.Run(chunks, &Forward, &job);
        else if (op == ConvolutionOp.InputGradient)
            WorkerPool.Run(chunks, &InputGradient, &job);
        else
            WorkerPool.Run(chunks, &WeightGradient, &job);
    }

    private static void Forward(void* context, int chunk)
    {
        ref var job = ref *(Job*)context;
        ref var s = ref job.Shape;
        var plane = DepthwisePlane<T>.OfInput(in s, S.Count);
        var offsets = Offsets(in s, in plane, turned: false);
        var place = Cleared(in plane);
        var end = Math.Min(job.Count, (chunk + 1) * job.Step);
        for (var i = chunk * job.Step; i < end; i++)
        {
            plane.Fill(job.Input + (nint)i * s.InPlane, place);
            for (var o = 0; o < s.OutChannels; o++)
            {
                var weight = job.Weight + ((nint)(i % s.Groups) * s.OutChannels + o) * s.Taps;
                var to = job.Output + ((nint)i * s.OutChannels + o) * s.OutPlane;
                Convolve(place, s.StrideHeight * plane.RowStride, offsets, weight, s.Taps, to, s.OutHeight, s.OutWidth, false);
            }
        }
    }

    private static void InputGradient(void* context, int chunk)
    {
        ref var job = ref *(Job*)context;
        ref var s = ref job.Shape;
        var plane = DepthwisePlane<T>.OfOutput(in s, S.Count);
        var offsets = Offsets(in s, in plane, turned: true);
        var place = Cleared(in plane);
        var end = Math.Min(job.Count, (chunk + 1) * job.Step);
        for (var i = chunk * job.Step; i < end; i++)
        {
            for (var o = 0; o < s.OutChannels; o++)
            {
                plane.Fill(job.Output + ((nint)i * s.OutChannels + o) * s.OutPlane, place);
                var weight = job.Weight + ((nint)(i % s.Groups) * s.OutChannels + o) * s.Taps;
                var to = job.Input + (nint)i * s.InPlane;
                Convolve(place, plane.RowStride, offsets, weight, s.Taps, to, s.InHeight, s.InWidth, o > 0);
            }
        }
    }

    private static void WeightGradient(void* context, int chunk)
    {
        ref var job = ref *(Job*)context;
        ref var s = ref job.Shape;
        var plane = DepthwisePlane<T>.OfInput(in s, S.Count);
        var offsets = Offsets(in s, in plane, turned: false);
        var place = Cleared(in plane);
        // A vector of sums for each output channel and tap, until all images have added theirs.
        var sums = Scratch.Rent<T>(Scratch.Use.Sum, (nint)s.OutChannels * s.Taps * S.Count);
        var end = Math.Min(job.Count, (chunk + 1) * job.Step);
        for (var group = chunk * job.Step; group < end; group++)
        {
            new Span<T>(sums, s.OutChannels * s.Taps * S.Count).Clear();
            for (var image = 0; image < s.Batch; image++)
            {
                var i = (nint)image * s.Groups + group;
                plane.Fill(job.Input + i * s.InPlane, place);
                for (var o = 0; o < s.OutChannels; o++)
                {
                    var from = job.Output + (i * s.OutChannels + o) * s.OutPlane;
                    var to = sums + (nint)o * s.Taps * S.Count;
                    Correlate(place, s.StrideHeight * plane.RowStride, offsets, s.Taps, from, s.OutHeight, s.OutWidth, to);
                }
            }
            var weight = job.Weight + (nint)group * s.OutChannels * s.Taps;
            for (nint t = 0; t < s.OutChannels * s.Taps; t++)
                weight[t] = Total(sums + t * S.Count);
        }
    }

    private static T* Cleared(in DepthwisePlane<T> plane)
    {
        var place = Scratch.Rent<T>(Scratch.Use.Image, plane.Size);
        new Span<T>(place, checked((int)plane.Size)).Clear();
        return place;
    }

    // Where each tap reads, from the place of the first.
    private static nint* Offsets(in ConvolutionShape s, in DepthwisePlane<T> plane, bool turned)
    {
        var offsets = Scratch.Rent<nint>(Scratch.Use.Runs, s.Taps);
        for (var h = 0; h < s.KernelHeight; h++)
        for (var w = 0; w < s.KernelWidth; w++)
        {
            var (row, column) = turned ? (s.KernelHeight - 1 - h, s.KernelWidth - 1 - w) : (h, w);
            offsets[h * s.KernelWidth + w] = plane.Offset(row * s.DilationHeight, column * s.DilationWidth);
        }
        return offsets;
    }

    // to [height, width] = (accumulate: +=) Σ over taps of weight · the plane, shifted; four rows at a time.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Convolve(
        T* plane,
        nint rowStride,
        nint* offsets,
        T* weight,
        nint taps,
        T* to,
        nint height,
        nint width,
        bool accumulate
    )
    {
        nint row = 0;
        for (; row + 4 <= height; row += 4, plane += 4 * rowStride, to += 4 * width)
        {
            for (nint j = 0; j < width; j += S.Count)
            {
                var (y0, y1, y2, y3) = (default(V), default(V), default(V), default(V));
                for (nint t = 0; t < taps; t++)
                {
                    var w = S.Broadcast(weight + t);
                    var x = plane + j + offsets[t];
                    y0 = S.MultiplyAdd(w, S.Load(x), y0);
                    y1 = S.MultiplyAdd(w, S.Load(x + rowStride), y1);
                    y2 = S.MultiplyAdd(w, S.Load(x + 2 * rowStride), y2);
                    y3 = S.MultiplyAdd(w, S.Load(x + 3 * rowStride), y3);
                }
                MicroKernel.WriteFirst<S, V, T>(y0, to + j, width - j, accumulate);
                MicroKernel.WriteFirst<S, V, T>(y1, to + width + j, width - j, accumulate);
                MicroKernel.WriteFirst<S, V, T>(y2, to + 2 * width + j, width - j, accumulate);
                MicroKernel.WriteFirst<S, V, T>(y3, to + 3 * width + j, width - j, accumulate);
            }
        }
        for (; row < height; row++, plane += rowStride, to += width)
        {
            for (nint j = 0; j < width; j += S.Count)
            {
                var y = default(V);
                for (nint t = 0; t < taps; t++)
                    y = S.MultiplyAdd(S.Broadcast(weight + t), S.Load(plane + j + offsets[t]), y);
                MicroKernel.WriteFirst<S, V, T>(y, to + j, width - j, accumulate);
            }
        }
    }

    // sums [taps, lanes] += Σ over places of from · the plane, shifted by each tap; three taps at a time.
    private static void Correlate(T* plane, nint rowStride, nint* offsets, nint taps, T* from, nint height, nint width, T* sums)
    {
        nint t = 0;
        for (; t + 3 <= taps; t += 3)
            Three(plane, rowStride, offsets + t, from, height, width, sums + t * S.Count);
        for (; t < taps; t++)
            One(plane + offsets[t], rowStride, from, height, width, sums + t * S.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Three(T* plane, nint rowStride, nint* offsets, T* from, nint height, nint width, T* sums)
    {
        var (s0, s1, s2) = (S.Load(sums), S.Load(sums + S.Count), S.Load(sums + 2 * S.Count));
        var x0 = plane + offsets[0];
        var x1 = plane + offsets[1];
        var x2 = plane + offsets[2];
        for (nint row = 0; row < height; row++, from += width, x0 += rowStride, x1 += rowStride, x2 += rowStride)
        {
            nint j = 0;
            for (; j + S.Count <= width; j += S.Count)
            {
                var y = S.Load(from + j);
                s0 = S.MultiplyAdd(y, S.Load(x0 + j), s0);
                s1 = S.MultiplyAdd(y, S.Load(x1 + j), s1);
                s2 = S.MultiplyAdd(y, S.Load(x2 + j), s2);
            }
            if (j < width)
            {
                var y = S.LoadPart(from + j, width - j);
                s0 = S.MultiplyAdd(y, S.LoadPart(x0 + j, width - j), s0);
                s1 = S.MultiplyAdd(y, S.LoadPart(x1 + j, width - j), s1);
                s2 = S.MultiplyAdd(y, S.LoadPart(x2 + j, width - j), s2);
            }
        }
        S.Store(s0, sums);
        S.Store(s1, sums + S.Count);
        S.Store(s2, sums + 2 * S.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(T* x, nint rowStride, T* from, nint height, nint width, T* sums)
    {
        var sum = S.Load(sums);
        for (nint row = 0; row < height; row++, from += width, x += rowStride)
        {
            nint j = 0;
            for (; j + S.Count <= width; j += S.Count)
                sum = S.MultiplyAdd(S.Load(from + j), S.Load(x + j), sum);
            if (j < width)
                sum = S.MultiplyAdd(S.LoadPart(from + j, width - j), S.LoadPart(x + j, width - j), sum);
        }
        S.Store(sum, sums);
    }

    private static T Total(T* lanes)
    {
        for (nint half = S.Count / 2; half > 0; half /= 2)
        for (nint i = 0; i < half; i++)
        {
            if (typeof(T) == typeof(float))
                ((float*)lanes)[i] += ((float*)lanes)[i + half];
            else
                ((double*)lanes)[i] += ((double*)lanes)[i + half];
        }
        return lanes[0];
    }
}

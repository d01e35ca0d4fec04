using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu.Random;

/// <summary>
/// Random values from blocks of Philox. 32-bit element i of a key is word i mod 4 of block i / 4; 64-bit element i has words 2 (i mod 2),
/// low, and 2 (i mod 2) + 1, high, of block i / 2. Uniform: the upper 24 or 53 bits over 2²⁴ or 2⁵³. Normal: each pair of elements
/// comes from the pair of uniform values at its place, the first of them one step larger, so that it is never 0.
/// </summary>
internal static unsafe class RandomFill
{
    // Blocks whose words stay in the first cache, and those of one chunk of work.
    private const int Batch = 64;
    private const int BlockBytes = 16;
    private const long ChunkBlocks = 4 << 10;

    private const double Step24 = 1.0 / (1 << 24);
    private const double Step53 = 1.0 / (1L << 53);

    private struct Work
    {
        public RandomOp Op;
        public bool Wide;
        public ulong* Keys;
        public byte* To;
        public long KeyBytes;
        public long Segments;
        public long Units;
        public long UnitsPerChunk;
    }

    public static void Run(RandomOp op, DType dtype, ulong* keys, long keyCount, byte* to, long count)
    {
        var keyBytes = count * DTypes.Size(dtype);
        var blocks = (keyBytes + BlockBytes - 1) / BlockBytes;
        var segments = (blocks + ChunkBlocks - 1) / ChunkBlocks;
        var work = new Work
        {
            Op = op,
            Wide = DTypes.Size(dtype) == sizeof(ulong),
            Keys = keys,
            To = to,
            KeyBytes = keyBytes,
            Segments = segments,
            Units = keyCount * segments,
            UnitsPerChunk = Math.Max(1, ChunkBlocks / Math.Max(1, blocks)),
        };
        var chunks = (int)((work.Units + work.UnitsPerChunk - 1) / work.UnitsPerChunk);
        if (chunks == 1)
            RunChunk(&work, 0);
        else
            WorkerPool.Run(chunks, &RunChunk, &work);
    }

    private static void RunChunk(void* context, int chunk)
    {
        var work = (Work*)context;
        var end = Math.Min(work->Units, (chunk + 1) * work->UnitsPerChunk);
        for (var unit = chunk * work->UnitsPerChunk; unit < end; unit++)
        {
            var (key, segment) = Math.DivRem(unit, work->Segments);
            var start = segment * ChunkBlocks * BlockBytes;
            var bytes = Math.Min(ChunkBlocks * BlockBytes, work->KeyBytes - start);
            Segment(work, work->Keys[key], (ulong)(segment * ChunkBlocks), work->To + key * work->KeyBytes + start, bytes);
        }
    }

    // A block of words becomes as many bytes of values, whatever the type: words are made where the values will stand, except for the
    // last batch, whose end may be missing.
    [SkipLocalsInit]
    private static void Segment(Work* work, ulong key, ulong block, byte* to, long bytes)
    {
        var room = stackalloc uint[Batch * Philox.Words];
        for (; bytes > 0; bytes -= Batch * BlockBytes)
        {
            var whole = bytes >= Batch * BlockBytes;
            var blocks = whole ? Batch : (int)((bytes + BlockBytes - 1) / BlockBytes);
            var words = whole ? (uint*)to : room;
            Philox.Fill(words, key, block, blocks);
            Convert(work->Op, work->Wide, words, blocks);
            if (!whole)
                Buffer.MemoryCopy(room, to, bytes, bytes);
            to += Batch * BlockBytes;
            block += Batch;
        }
    }

    // In place: every vector is read before it is written.
    private static void Convert(RandomOp op, bool wide, uint* words, int blocks)
    {
        switch (op)
        {
            case RandomOp.Uniform when wide:
                UniformDouble((ulong*)words, 2 * blocks);
                break;
            case RandomOp.Uniform:
                UniformSingle(words, Philox.Words * blocks);
                break;
            case RandomOp.Normal when wide:
                NormalDouble((ulong*)words, blocks);
                break;
            case RandomOp.Normal:
                NormalSingle(words, blocks);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UniformSingle(uint* x, int count)
    {
        var i = 0;
        for (; i + 8 <= count; i += 8)
        {
            var whole = Vector256.ConvertToSingle((Vector256.Load(x + i) >>> 8).AsInt32());
            (whole * (float)Step24).Store((float*)x + i);
        }
        for (; i < count; i++)
            ((float*)x)[i] = (x[i] >> 8) * (float)Step24;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UniformDouble(ulong* x, int count)
    {
        var i = 0;
        for (; i + 4 <= count; i += 4)
            (Whole(Vector256.Load(x + i) >>> 11) * Step53).Store((double*)x + i);
        for (; i < count; i++)
            ((double*)x)[i] = (x[i] >> 11) * Step53;
    }

    // Two blocks give four pairs, which is a vector of each partner. A block left over has a second one that is not kept.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void NormalSingle(uint* x, int blocks)
    {
        var i = 0;
        for (; i + 2 <= blocks; i += 2)
            FourPairs(x + 4 * i).Store((float*)x + 4 * i);
        if (i < blocks)
        {
            var room = stackalloc uint[8];
            for (var j = 0; j < 8; j++)
                room[j] = x[4 * i + j % 4];
            FourPairs(room).GetLower().Store((float*)x + 4 * i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> FourPairs(uint* words)
    {
        // Each 64-bit lane is a pair: u₁ from its low half, u₂ from its high half.
        var pairs = Vector256.Load((ulong*)words);
        var u1 = (Whole((pairs & Vector256.Create(0xFFFFFFFFul)) >>> 8) + Vector256<double>.One) * Step24;
        var u2 = Whole(pairs >>> 40) * Step24;
        var (cosine, sine) = BoxMuller.Pairs(u1, u2);
        var even = Vector256.Narrow(cosine, Vector256<double>.Zero).AsUInt32();
        var odd = Vector256.Narrow(sine, Vector256<double>.Zero).AsUInt32();
        // The lower halves hold four values each: they meet as the halves of 64-bit lanes.
        var joined = Vector256.WidenLower(even) | (Vector256.WidenLower(odd) << 32);
        return joined.AsSingle();
    }

    // Four blocks give four pairs.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void NormalDouble(ulong* x, int blocks)
    {
        var i = 0;
        for (; i + 4 <= blocks; i += 4)
            FourPairs(x + 2 * i);
        if (i == blocks)
            return;
        var room = stackalloc ulong[8];
        for (var j = 0; j < 8; j++)
            room[j] = x[2 * i + j % (2 * (blocks - i))];
        FourPairs(room);
        for (var j = 0; j < 2 * (blocks - i); j++)
            x[2 * i + j] = room[j];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourPairs(ulong* x)
    {
        var u1 = (Whole(Vector256.Create(x[0], x[2], x[4], x[6]) >>> 11) + Vector256<double>.One) * Step53;
        var u2 = Whole(Vector256.Create(x[1], x[3], x[5], x[7]) >>> 11) * Step53;
        var (cosine, sine) = BoxMuller.Pairs(u1, u2);
        var to = (double*)x;
        for (var j = 0; j < 4; j++)
        {
            to[2 * j] = cosine[j];
            to[2 * j + 1] = sine[j];
        }
    }

    // Exact: no value has more than 53 bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Whole(Vector256<ulong> x) => Vector256.ConvertToDouble(x.AsInt64());
}

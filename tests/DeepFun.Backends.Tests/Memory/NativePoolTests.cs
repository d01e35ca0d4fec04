using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using DeepFun.Backends.Cpu;
using Xunit;
using static DeepFun.Backends.Tests.Tensors;

namespace DeepFun.Backends.Tests.Memory;

[Collection(MemoryCollection.Name)]
public unsafe class NativePoolTests
{
    public NativePoolTests() => MemoryCollection.Settle();

    [Fact]
    public void ClassesHoldWhatTheyAreAskedFor()
    {
        for (var bytes = 1L; bytes < 1L << 34; bytes += Math.Max(1, bytes / 37))
        {
            var size = NativePool.SizeOf(NativePool.ClassOf(bytes));
            Assert.True(size >= bytes);
            Assert.True(size <= Math.Max(256, bytes + bytes / 4 + 1), $"{bytes} -> {size}");
            Assert.Equal(0, size % 64);
        }
        Assert.Equal(4L << 20, NativePool.SizeOf(NativePool.ClassOf(4L << 20)));
    }

    [Fact]
    public void BlocksAreAlignedAndReadableBeyondTheEnd()
    {
        foreach (var bytes in new long[] { 1025, 4096, 65536, 1 << 20 })
        {
            var pointer = NativePool.Rent(bytes, out var sizeClass);
            Assert.Equal(0, pointer % 64);
            new Span<byte>((void*)pointer, (int)bytes + 64).Fill(1);
            NativePool.Return(pointer, sizeClass);
        }
    }

    /// <summary>No block is in two hands: each thread marks what it rents and finds its mark again before it returns it.</summary>
    [Fact]
    public void ManyThreadsRentReturnAndTrim()
    {
        var failures = 0;
        var live = NativePool.LiveBytes;
        var threads = Enumerable
            .Range(1, 4)
            .Select(mark => new Thread(() =>
            {
                var random = new Random(mark);
                var held = new Queue<(nint Pointer, int Class)>();
                for (var i = 0; i < 20000; i++)
                {
                    var pointer = NativePool.Rent(random.Next(1, 5) * 3000, out var sizeClass);
                    *(long*)pointer = mark;
                    held.Enqueue((pointer, sizeClass));
                    if (held.Count > 5)
                    {
                        var (oldest, itsClass) = held.Dequeue();
                        if (*(long*)oldest != mark)
                            Interlocked.Increment(ref failures);
                        *(long*)oldest = -1;
                        NativePool.Return(oldest, itsClass);
                    }
                    if (i % 1000 == 0)
                        NativePool.Trim();
                }
                foreach (var (pointer, sizeClass) in held)
                    NativePool.Return(pointer, sizeClass);
            }))
            .ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        Assert.Equal(0, failures);
        Assert.Equal(live, NativePool.LiveBytes);
        NativePool.Trim();
        Assert.Equal(0, NativePool.CachedBytes);
    }

    /// <summary>10,000 results of 4 MB that nobody refers to, without a scope: 40 GB pass, the budget holds.</summary>
    [Fact]
    public void TheBudgetBoundsALoopWithoutScopes()
    {
        var budget = MemoryStatistics.Budget;
        try
        {
            MemoryStatistics.Budget = 100L << 20;
            MemoryStatistics.Trim();
            var most = 0L;
            for (var i = 0; i < 10000; i++)
            {
                CpuStorage.Allocate(DeepFun.DType.Float32, [1 << 20]);
                var now = MemoryStatistics.Now;
                most = Math.Max(most, now.LiveBytes + now.CachedBytes);
            }
            Assert.True(most <= 150L << 20, $"{most >> 20} MiB");
        }
        finally
        {
            MemoryStatistics.Budget = budget;
        }
    }

    [Fact]
    public void ALowerBudgetTakesEffectAtOnce()
    {
        var budget = MemoryStatistics.Budget;
        try
        {
            MemoryStatistics.Trim();
            using (MemoryScope.Enter())
                CpuStorage.Allocate(DeepFun.DType.Float32, [1 << 20]);
            Assert.True(MemoryStatistics.Now.CachedBytes >= 4 << 20);
            MemoryStatistics.Budget = 1 << 20;
            Assert.Equal(0, MemoryStatistics.Now.CachedBytes);
            using (MemoryScope.Enter())
                CpuStorage.Allocate(DeepFun.DType.Float32, [1 << 20]);
            Assert.Equal(0, MemoryStatistics.Now.CachedBytes);
        }
        finally
        {
            MemoryStatistics.Budget = budget;
        }
        Assert.Equal("DF0604", Assert.Throws<DeepFunException>(() => MemoryStatistics.Budget = 0).Code);
    }

    [Fact]
    public void ABlockIsReturnedOnce()
    {
        var live = NativePool.LiveBytes;
        var block = new NativeBlock(5000);
        block.Release();
        block.Release();
        Assert.Equal(live, NativePool.LiveBytes);
        Assert.Equal("DF0601", Assert.Throws<DeepFunException>(() => (nint)block.At(block.Generation)).Code);
    }
}

using System;
using System.Linq;
using System.Threading;
using DeepFun.Backends.Cpu;
using Xunit;

namespace DeepFun.Backends.Tests;

/// <summary>Every chunk runs exactly once, whoever calls, from wherever, and whatever a body throws.</summary>
public sealed unsafe class WorkerPoolTests
{
    private struct Counters
    {
        public int* Hits;
        public int Inner;
        public int FailAt;
    }

    private static void Count(void* context, int chunk) => Interlocked.Increment(ref ((Counters*)context)->Hits[chunk]);

    private static void CountNested(void* context, int chunk)
    {
        var outer = (Counters*)context;
        var inner = *outer;
        inner.Hits += chunk * outer->Inner;
        WorkerPool.Run(outer->Inner, &Count, &inner);
    }

    private static void CountThenFail(void* context, int chunk)
    {
        Count(context, chunk);
        if (chunk == ((Counters*)context)->FailAt)
            throw new InvalidOperationException($"chunk {chunk}");
    }

    private static void RunCounted(int chunks, int rounds)
    {
        var hits = new int[chunks];
        fixed (int* p = hits)
        {
            var counters = new Counters { Hits = p };
            for (var round = 0; round < rounds; round++)
                WorkerPool.Run(chunks, &Count, &counters);
        }
        Assert.All(hits, hit => Assert.Equal(rounds, hit));
    }

    private static void WithThreads(int threads, Action action)
    {
        var before = WorkerPool.Threads;
        WorkerPool.Threads = threads;
        try
        {
            action();
        }
        finally
        {
            WorkerPool.Threads = before;
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(1000)]
    public void EachChunkRunsOnce(int chunks) => WithThreads(3, () => RunCounted(chunks, 200));

    [Fact]
    public void MoreChunksThanTheSharedWordCounts() => WithThreads(2, () => RunCounted((1 << 20) + 7, 1));

    [Fact]
    public void WorkersThatWentToSleepComeBack() =>
        WithThreads(
            4,
            () =>
            {
                for (var i = 0; i < 20; i++)
                {
                    RunCounted(64, 3);
                    Thread.Sleep(2); // longer than a worker stays awake
                }
            }
        );

    [Fact]
    public void TheNumberOfThreadsMayChange()
    {
        foreach (var threads in new[] { 1, 4, 2, 6, 1, 3 })
            WithThreads(threads, () => RunCounted(97, 50));
    }

    [Fact]
    public void ManyCallersAtOnce() =>
        WithThreads(
            3,
            () =>
            {
                Exception? failure = null;
                var callers = Enumerable
                    .Range(0, 6)
                    .Select(i => new Thread(() =>
                    {
                        try
                        {
                            RunCounted(5 + i * 13, 2000);
                        }
                        catch (Exception exception)
                        {
                            failure = exception;
                        }
                    }))
                    .ToArray();
                foreach (var caller in callers)
                    caller.Start();
                foreach (var caller in callers)
                    caller.Join();
                Assert.Null(failure);
            }
        );

    [Fact]
    public void NestedCallsRunInside() =>
        WithThreads(
            3,
            () =>
            {
                const int outer = 11;
                const int inner = 7;
                var hits = new int[outer * inner];
                fixed (int* p = hits)
                {
                    var counters = new Counters { Hits = p, Inner = inner };
                    for (var round = 0; round < 300; round++)
                        WorkerPool.Run(outer, &CountNested, &counters);
                }
                Assert.All(hits, hit => Assert.Equal(300, hit));
            }
        );

    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    [InlineData(39)]
    public void WhatABodyThrowsReachesTheCaller(int failAt) =>
        WithThreads(
            3,
            () =>
            {
                var hits = new int[40];
                for (var round = 0; round < 50; round++)
                {
                    var thrown = Assert.Throws<InvalidOperationException>(() =>
                    {
                        fixed (int* p = hits)
                        {
                            var counters = new Counters { Hits = p, FailAt = failAt };
                            WorkerPool.Run(hits.Length, &CountThenFail, &counters);
                        }
                    });
                    Assert.Equal($"chunk {failAt}", thrown.Message);
                }
                Assert.Equal(50, hits[failAt]);
                RunCounted(100, 20); // the pool goes on, and forgets the failure
            }
        );

    [Fact]
    public void AJobAllocatesNothing() =>
        WithThreads(
            2,
            () =>
            {
                RunCounted(8, 10);
                var hits = new int[8];
                fixed (int* p = hits)
                {
                    var counters = new Counters { Hits = p };
                    var before = GC.GetAllocatedBytesForCurrentThread();
                    for (var round = 0; round < 1000; round++)
                        WorkerPool.Run(8, &Count, &counters);
                    Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
                }
            }
        );
}

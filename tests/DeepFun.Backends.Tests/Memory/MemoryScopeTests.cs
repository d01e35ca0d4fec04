using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using DeepFun.Backends.Cpu;
using Xunit;
using static DeepFun.Backends.Tests.Tensors;

namespace DeepFun.Backends.Tests.Memory;

[Collection(MemoryCollection.Name)]
public class MemoryScopeTests
{
    public MemoryScopeTests() => MemoryCollection.Settle();

    private static CpuStorage Large(float value = 1)
    {
        var values = new float[5000];
        Array.Fill(values, value);
        return Vector(values);
    }

    private static void AssertReleased(CpuStorage storage)
    {
        Assert.Equal("DF0601", Assert.Throws<DeepFunException>(() => Values<float>(storage)).Code);
        Assert.Equal("DF0601", Assert.Throws<DeepFunException>(() => Backend.Unary(UnaryOp.Exp, storage)).Code);
    }

    private static void AssertAlive(Storage storage, float value) => Assert.All(Values<float>(storage), x => Assert.Equal(value, x));

    [Fact]
    public void WhatIsNotKeptIsReleased()
    {
        CpuStorage lost,
            kept;
        using (var scope = MemoryScope.Enter())
        {
            lost = Large(1);
            kept = Large(2);
            scope.Keep(kept);
            scope.Keep(kept);
        }
        AssertReleased(lost);
        AssertAlive(kept, 2);
        // The memory of the lost one goes to the next taker; the kept one must not change.
        var next = Large(3);
        AssertAlive(kept, 2);
        AssertAlive(next, 3);
    }

    [Fact]
    public void ReleasedMemoryIsTakenAtOnce()
    {
        MemoryStatistics.Trim();
        using (MemoryScope.Enter())
            Large();
        var cached = MemoryStatistics.Now.CachedBytes;
        Assert.True(cached >= 20000);
        for (var i = 0; i < 100; i++)
        {
            using (MemoryScope.Enter())
                Large();
            Assert.Equal(cached, MemoryStatistics.Now.CachedBytes);
        }
    }

    [Fact]
    public void KeptByTheInnerScopeBelongsToTheOuter()
    {
        CpuStorage x;
        using (MemoryScope.Enter())
        {
            using (var inner = MemoryScope.Enter())
            {
                x = Large(4);
                inner.Keep(x);
            }
            AssertAlive(x, 4);
        }
        AssertReleased(x);
    }

    [Fact]
    public void KeptByTheOuterScopeOutlivesTheInner()
    {
        CpuStorage x,
            y;
        using (MemoryScope.Enter())
        {
            using (var outer = MemoryScope.Enter())
            {
                using (MemoryScope.Enter())
                {
                    x = Large(5);
                    y = Large(6);
                    outer.Keep(x);
                }
                AssertAlive(x, 5);
                AssertReleased(y);
            }
            AssertAlive(x, 5);
        }
        // Not forgotten on the way: the outermost scope releases it.
        AssertReleased(x);
    }

    [Fact]
    public void DetachedBelongsToNobody()
    {
        CpuStorage x;
        using (MemoryScope.Enter())
        {
            using (MemoryScope.Enter())
            {
                x = Large(7);
                MemoryScope.Detach(x);
            }
        }
        AssertAlive(x, 7);
    }

    [Fact]
    public void ViewsShareOneFate()
    {
        CpuStorage x,
            view,
            lostView;
        using (var scope = MemoryScope.Enter())
        {
            x = Large(8);
            view = x.View([10], [2], 3);
            scope.Keep(view);
            lostView = Large(9).View([10], null, 0);
        }
        AssertAlive(x, 8);
        AssertAlive(view, 8);
        AssertReleased(lostView);
    }

    [Fact]
    public void ExceptionsEndScopes()
    {
        CpuStorage? x = null;
        void Fail()
        {
            using var scope = MemoryScope.Enter();
            x = Large();
            throw new InvalidOperationException();
        }

        Assert.Throws<InvalidOperationException>(Fail);
        AssertReleased(x!);
        // No scope is left open: what is made now stays.
        AssertAlive(Large(1), 1);
    }

    [Fact]
    public void AnOuterScopeEndsThoseLeftOpenInside()
    {
        var outer = MemoryScope.Enter();
        var inner = MemoryScope.Enter();
        var x = Large();
        outer.Dispose();
        AssertReleased(x);
        var y = Large(2);
        inner.Dispose();
        outer.Dispose();
        AssertAlive(y, 2);
    }

    [Fact]
    public void AnotherThreadMustNotEndAScope()
    {
        using var scope = MemoryScope.Enter();
        string? code = null;
        var thread = new Thread(() => code = Assert.Throws<DeepFunException>(scope.Dispose).Code);
        thread.Start();
        thread.Join();
        Assert.Equal("DF0602", code);
    }

    [Fact]
    public void ScopesOfThreadsAreApart()
    {
        CpuStorage? other = null;
        using (MemoryScope.Enter())
        {
            var thread = new Thread(() => other = Large(3));
            thread.Start();
            thread.Join();
        }
        AssertAlive(other!, 3);
    }

    [Fact]
    public void SmallTensorsAreTheCollectors()
    {
        CpuStorage x;
        using (MemoryScope.Enter())
            x = Vector(1f, 2f);
        Assert.Equal([1f, 2f], Values<float>(x));
    }

    /// <summary>A scope that nobody disposes, on a thread that ended, loses no memory.</summary>
    [Fact]
    public void AForgottenScopeIsCollected()
    {
        MemoryCollection.Settle();
        var before = MemoryStatistics.Now.LiveBytes;
        Forget();
        MemoryCollection.Settle();
        Assert.Equal(before, MemoryStatistics.Now.LiveBytes);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Forget()
        {
            var thread = new Thread(() =>
            {
                MemoryScope.Enter();
                Large();
                Assert.True(MemoryStatistics.Now.LiveBytes > 0);
            });
            thread.Start();
            thread.Join();
        }
    }

    [Fact]
    public void OwnsWhatWasTakenInsideOnly()
    {
        var before = Large();
        using var outer = MemoryScope.Enter();
        var mine = Large();
        using (var inner = MemoryScope.Enter())
        {
            var its = Large();
            Assert.True(inner.Owns(its.Block!));
            Assert.True(outer.Owns(its.Block!));
            Assert.False(inner.Owns(mine.Block!));
        }
        Assert.True(outer.Owns(mine.Block!));
        Assert.False(outer.Owns(before.Block!));
        MemoryScope.Detach(mine);
        Assert.False(outer.Owns(mine.Block!));
    }

    [Fact]
    public void EarlyReleaseSparesWhatWasDetached()
    {
        using (MemoryScope.Enter())
        {
            var mine = Large(1);
            var detached = Large(2);
            MemoryScope.Detach(detached);
            MemoryScope.Release(mine.Block!);
            MemoryScope.Release(detached.Block!);
            AssertReleased(mine);
            AssertAlive(detached, 2);
        }
    }

    [Fact]
    public void ALongScopeForgetsWhatInnerOnesReleased()
    {
        using var outer = MemoryScope.Enter();
        var kept = Large(7);
        var blocks = new List<WeakReference>();
        for (var i = 0; i < 20_000; i++)
            Step(blocks);
        GC.Collect();
        Assert.True(blocks.Count(b => b.IsAlive) < 3_000, $"{blocks.Count(b => b.IsAlive)} blocks are remembered");
        AssertAlive(kept, 7);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Step(List<WeakReference> blocks)
        {
            MemoryBlock block;
            using (var inner = MemoryScope.Enter())
            {
                var result = Large();
                inner.Keep(result);
                block = result.Block!;
            }
            MemoryScope.Release(block);
            blocks.Add(new WeakReference(block));
        }
    }
}

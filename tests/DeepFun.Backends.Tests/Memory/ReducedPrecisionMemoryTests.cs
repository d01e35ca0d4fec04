using System;
using System.Linq;
using DeepFun.Backends.Cpu;
using Xunit;
using static DeepFun.Backends.Tests.Tensors;

namespace DeepFun.Backends.Tests.Memory;

/// <summary>What 16-bit floats take while they are computed in Float32.</summary>
[Collection(MemoryCollection.Name)]
public class ReducedPrecisionMemoryTests
{
    public ReducedPrecisionMemoryTests() => MemoryCollection.Settle();

    /// <summary>What an operation widens on its way goes back when it ends, without a scope or a collection.</summary>
    [Fact]
    public void NothingWidenedIsKept()
    {
        var x = Halves();
        using var scope = MemoryScope.Enter();
        var before = NativePool.LiveBytes;
        var results = new[]
        {
            Backend.Unary(UnaryOp.Exp, x),
            Backend.Binary(BinaryOp.Add, x, x),
            Backend.AlongAxis(AxisOp.CumulativeSum, x, 0, false),
            Backend.Reduce(ReduceOp.Max, x, [0]),
        };
        Assert.InRange(NativePool.LiveBytes - before, 3 * 800_000, 3 * 800_000 * 5 / 4);
        GC.KeepAlive(results);
    }

    /// <summary>Conversions leave their results alone, and the tensors that they read.</summary>
    [Fact]
    public void NothingIsKeptOfAConversion()
    {
        var x = Halves();
        var single = Backend.Cast(x, DType.Float32);
        var whole = Backend.Cast(x, DType.Int16);
        using var scope = MemoryScope.Enter();
        var before = NativePool.LiveBytes;
        var results = new[]
        {
            Backend.Cast(x, DType.Float32), // 4 bytes an element
            Backend.Cast(x, DType.BFloat16), // 2
            Backend.Cast(x, DType.Int8), // 1
            Backend.Cast(single, DType.Float16), // 2
            Backend.Cast(whole, DType.Float16), // 2
        };
        Assert.InRange(NativePool.LiveBytes - before, 11 * 400_000, 11 * 400_000 * 5 / 4);
        Assert.Equal(Values<float>(single), Values<float>(results[0]));
        Assert.Equal(Values<ushort>(x), Values<ushort>(results[3]));
        Assert.Equal(Values<short>(whole).Select(v => (Half)v), Values<Half>(results[4]));
    }

    /// <summary>Random numbers with and without parameters; whole numbers are no floats, and stay.</summary>
    [Fact]
    public void NothingWidenedIsKeptOfRandomNumbers()
    {
        var rates = Backend.Unary(UnaryOp.Abs, Backend.View(ViewOp.Reshape, Halves(), [1, 400_000], [], []));
        var expected = Values<ushort>(rates);
        var key = Vector(7L);
        using var scope = MemoryScope.Enter();
        var before = NativePool.LiveBytes;
        var results = new[]
        {
            Backend.Random(RandomOp.Uniform, key, DType.Float16, [400_000]),
            Backend.Random(RandomOp.Normal, key, DType.BFloat16, [400_000]),
            Backend.Sample(SampleOp.LogGamma, key, rates),
            Backend.Sample(SampleOp.Poisson, key, rates), // Int64
        };
        Assert.InRange(NativePool.LiveBytes - before, 14 * 400_000, 14 * 400_000 * 5 / 4);
        Assert.Equal(expected, Values<ushort>(rates));
        GC.KeepAlive(results);
    }

    /// <summary>Special functions of two and of three tensors, also of the same one twice.</summary>
    [Fact]
    public void NothingWidenedIsKeptOfSpecialFunctions()
    {
        var x = Backend.Unary(UnaryOp.Sigmoid, Halves());
        var expected = Values<ushort>(x);
        using var scope = MemoryScope.Enter();
        var before = NativePool.LiveBytes;
        var results = new[] { Backend.Special(SpecialOp.GammaP, [x, x], 0, 0), Backend.Special(SpecialOp.BetaI, [x, x, x], 0, 0) };
        Assert.InRange(NativePool.LiveBytes - before, 4 * 400_000, 4 * 400_000 * 5 / 4);
        Assert.Equal(expected, Values<ushort>(x));
        GC.KeepAlive(results);
    }

    private static CpuStorage Halves() =>
        (CpuStorage)Backend.Cast(Of([400_000], Enumerable.Range(0, 400_000).Select(Float).ToArray()), DType.Float16);
}

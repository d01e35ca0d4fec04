using System;
using System.Linq;
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
        var x = Backend.Cast(Of([400_000], Enumerable.Range(0, 400_000).Select(Float).ToArray()), DType.Float16);
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
}

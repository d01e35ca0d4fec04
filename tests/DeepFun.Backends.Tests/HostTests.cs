using System;
using System.Linq;
using Xunit;
using static DeepFun.Backends.Tests.HostTensors;

namespace DeepFun.Backends.Tests;

/// <summary>Values in and out, and tensors from nothing.</summary>
public class HostTests
{
    [Fact]
    public void ValuesComeBackAsTheyWent()
    {
        var random = new System.Random(1);
        foreach (var dtype in HostTensors.DTypes)
        foreach (var dims in new int[][] { [], [0], [1], [3, 0, 2], [2, 3, 4], [401, 7] })
        {
            var x = Whole(random, dtype, dims);
            AssertSame(x, Store(x, dtype));
        }
    }

    [Fact]
    public void WrongLengthIsReported()
    {
        AssertError("DF0104", ["FromHost", "24", "20"], () => Backend.FromHost(new byte[20], DType.Float32, [2, 3]));
        var x = Backend.Generate(GenerateOp.Fill, DType.Float32, [2, 3], 1, 0);
        AssertError("DF0104", ["ToHost", "24", "28"], () => Backend.ToHost(x, new byte[28]));
    }

    [Fact]
    public void FillRepeatsOneElement()
    {
        foreach (var dtype in HostTensors.DTypes)
        foreach (var dims in new int[][] { [], [0], [1, 1], [2, 3], [1, 5, 1, 2], [300, 300], [1, 2, 1, 2, 1, 2, 1, 2] })
        {
            var x = Backend.Generate(GenerateOp.Fill, dtype, dims, 1, 0);
            AssertSame(Dense.Build(dims, _ => 1), x);
        }
    }

    [Theory]
    [InlineData(DType.Float32, 0.1, 0.1f)]
    [InlineData(DType.Float64, 0.1, 0.1)]
    [InlineData(DType.Int32, -2.9, -2)]
    [InlineData(DType.Int32, 1e30, int.MaxValue)]
    [InlineData(DType.Int64, double.NaN, 0)]
    [InlineData(DType.Int64, -1e15, -1e15)]
    [InlineData(DType.UInt8, 300, 255)]
    [InlineData(DType.UInt8, -1, 0)]
    [InlineData(DType.Bool, 0.5, 1)]
    [InlineData(DType.Bool, 0, 0)]
    public void FillConvertsAsCastDoes(DType dtype, double value, double expected)
    {
        Assert.Equal([expected, expected], Read(Backend.Generate(GenerateOp.Fill, dtype, [2], value, 0)));
    }

    [Fact]
    public void IotaCountsAlongItsAxis()
    {
        foreach (var dtype in HostTensors.DTypes)
        foreach (var dims in new int[][] { [0], [1], [7], [2, 3], [3, 1, 4], [1, 6, 1], [2, 0, 3] })
            for (var axis = 0; axis < dims.Length; axis++)
            {
                var at = axis;
                var expected = Dense.Build(dims, index => dtype == DType.Bool ? Math.Min(1, index[at]) : index[at]);
                AssertSame(expected, Backend.Generate(GenerateOp.Iota, dtype, dims, 0, axis));
            }
    }

    [Fact]
    public void BroadcastReadsBackThroughToHost()
    {
        var x = Backend.View(ViewOp.Broadcast, Store(new Dense([3], [1, 2, 3]), DType.Int64), [2, 3], [1], []);
        Assert.Equal([1L, 2L, 3L, 1L, 2L, 3L], ReadAs<long>(x).ToArray());
    }
}

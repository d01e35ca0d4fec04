using System;
using System.Linq;
using Xunit;

namespace DeepFun.Backends.Tests;

public class DTypeTests
{
    private static readonly DType[] All = Enum.GetValues<DType>();

    [Fact]
    public void SizesAreThoseOfTheElements()
    {
        Assert.Equal(sizeof(float), DTypes.Size(DType.Float32));
        Assert.Equal(sizeof(double), DTypes.Size(DType.Float64));
        Assert.Equal(sizeof(int), DTypes.Size(DType.Int32));
        Assert.Equal(sizeof(long), DTypes.Size(DType.Int64));
        Assert.Equal(1, DTypes.Size(DType.UInt8));
        Assert.Equal(1, DTypes.Size(DType.Bool));
    }

    [Fact]
    public void EveryTypeIsOneKind()
    {
        foreach (var dtype in All)
            Assert.Equal(1, new[] { DTypes.IsFloating(dtype), DTypes.IsInteger(dtype), dtype == DType.Bool }.Count(kind => kind));
    }

    /// <summary>Promotion is a least upper bound: idempotent, commutative, associative.</summary>
    [Fact]
    public void PromotionIsALattice()
    {
        foreach (var x in All)
        {
            Assert.Equal(x, DTypes.Promote(x, x));
            foreach (var y in All)
            {
                Assert.Equal(DTypes.Promote(x, y), DTypes.Promote(y, x));
                foreach (var z in All)
                    Assert.Equal(DTypes.Promote(DTypes.Promote(x, y), z), DTypes.Promote(x, DTypes.Promote(y, z)));
            }
        }
    }

    [Theory]
    [InlineData(DType.Int64, DType.Float32, DType.Float32)]
    [InlineData(DType.Float32, DType.Float64, DType.Float64)]
    [InlineData(DType.Bool, DType.UInt8, DType.UInt8)]
    [InlineData(DType.UInt8, DType.Int32, DType.Int32)]
    [InlineData(DType.Int32, DType.Int64, DType.Int64)]
    public void PromotionAsInPyTorch(DType x, DType y, DType expected) => Assert.Equal(expected, DTypes.Promote(x, y));

    [Fact]
    public void Names() => Assert.Equal(["float32", "float64", "int32", "int64", "uint8", "bool"], All.Select(DTypes.Name));
}

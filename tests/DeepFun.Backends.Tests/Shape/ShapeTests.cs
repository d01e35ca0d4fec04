using System.Linq;
using Xunit;

namespace DeepFun.Backends.Tests;

public class ShapeTests
{
    [Fact]
    public void SizeIsTheProduct()
    {
        Shape shape = [2, 3, 4];
        Assert.Equal(24, shape.Size);
        Assert.Equal(3, shape.Rank);
        Assert.Equal(4, shape[^1]);
        Assert.Equal(1, Shape.Scalar.Size);
        Assert.Equal(0, Shape.Of(3, 0, 5).Size);
        Assert.Equal("[2, 3, 4]", shape.ToString());
        Assert.Equal([2, 3, 4], shape.ToList());
    }

    [Fact]
    public void EqualityIsByValue()
    {
        Shape x = [2, 3];
        Shape y = [2, 3];
        Shape z = [3, 2];
        Assert.True(x == y && x.Equals(y) && x.GetHashCode() == y.GetHashCode());
        Assert.True(x != z && !x.Equals(null) && x != null);
        Assert.Same(Shape.Scalar, Shape.Of());
    }

    [Fact]
    public void TheArrayOfTheCallerIsCopied()
    {
        int[] sizes = [2, 3];
        Shape shape = sizes;
        sizes[0] = 9;
        Assert.Equal(2, shape[0]);
        shape.ToArray()[0] = 9;
        Assert.Equal(2, shape[0]);
    }

    [Fact]
    public void ImpossibleSizesAreNamed()
    {
        Assert.Equal("DF0101", Assert.Throws<DeepFunException>(() => Shape.Of(2, -1)).Code);
        var error = Assert.Throws<DeepFunException>(() => Shape.Of(65536, 65536));
        Assert.Equal("DF0102", error.Code);
        Assert.Contains("[65536, 65536]", error.Message);
        Assert.Equal(int.MaxValue, Shape.Of(int.MaxValue).Size);
    }

    /// <summary>The product may pass 2⁶³ on the way: each step is checked.</summary>
    [Fact]
    public void OverflowIsSeen()
    {
        Assert.Equal(0, Shape.Of(0, 65536, 65536).Size);
        Assert.Throws<DeepFunException>(() => Shape.Of(int.MaxValue, int.MaxValue, int.MaxValue, 4));
    }
}

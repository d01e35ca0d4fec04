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
        Assert.Equal(2, DTypes.Size(DType.Float16));
        Assert.Equal(2, DTypes.Size(DType.BFloat16));
        Assert.Equal(sizeof(sbyte), DTypes.Size(DType.Int8));
        Assert.Equal(sizeof(short), DTypes.Size(DType.Int16));
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

    // torch.promote_types of PyTorch 2 for these types, written out.
    private const string Published = """
                 float32  float64 float16  bfloat16 int8     int16    int32    int64    uint8    bool
        float32  float32  float64 float32  float32  float32  float32  float32  float32  float32  float32
        float64  float64  float64 float64  float64  float64  float64  float64  float64  float64  float64
        float16  float32  float64 float16  float32  float16  float16  float16  float16  float16  float16
        bfloat16 float32  float64 float32  bfloat16 bfloat16 bfloat16 bfloat16 bfloat16 bfloat16 bfloat16
        int8     float32  float64 float16  bfloat16 int8     int16    int32    int64    int16    int8
        int16    float32  float64 float16  bfloat16 int16    int16    int32    int64    int16    int16
        int32    float32  float64 float16  bfloat16 int32    int32    int32    int64    int32    int32
        int64    float32  float64 float16  bfloat16 int64    int64    int64    int64    int64    int64
        uint8    float32  float64 float16  bfloat16 int16    int16    int32    int64    uint8    uint8
        bool     float32  float64 float16  bfloat16 int8     int16    int32    int64    uint8    bool
        """;

    [Fact]
    public void PromotionAsInPyTorch()
    {
        var rows = Published
            .Split('\n')
            .Select(row => row.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .ToArray();
        Assert.Equal(All.Select(DTypes.Name), rows[0]);
        foreach (var row in rows.Skip(1))
        {
            var x = All.Single(dtype => DTypes.Name(dtype) == row[0]);
            Assert.Equal(row.Skip(1), All.Select(y => DTypes.Name(DTypes.Promote(x, y))));
        }
    }

    [Fact]
    public void Names() =>
        Assert.Equal(
            ["float32", "float64", "float16", "bfloat16", "int8", "int16", "int32", "int64", "uint8", "bool"],
            All.Select(DTypes.Name)
        );

    [Fact]
    public void MaxValues()
    {
        Assert.Equal((double)Half.MaxValue, DTypes.MaxValue(DType.Float16));
        Assert.Equal((double)BFloat16.FromBits(0x7f7f), DTypes.MaxValue(DType.BFloat16));
        Assert.Equal([127, 32767, 255, 1], new[] { DType.Int8, DType.Int16, DType.UInt8, DType.Bool }.Select(DTypes.MaxValue));
    }
}

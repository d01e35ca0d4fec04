using System;
using System.Linq;
using Xunit;
using static DeepFun.Backends.Tests.Tensors;

namespace DeepFun.Backends.Tests.Elementwise;

public class SelectAndCastTests
{
    [Fact]
    public void SelectTakesEveryLayoutAndSize()
    {
        Check<float>(Float, i => Float(i + 9));
        Check<long>(i => i, i => -i);
        Check<byte>(i => (byte)i, i => (byte)(i * 3));

        static void Check<T>(Func<int, T> xs, Func<int, T> ys)
            where T : unmanaged
        {
            foreach (var shape in Shapes)
            {
                var y = Layouts(shape, ys).Last();
                var right = Values<T>(y);
                foreach (var x in Layouts(shape, xs))
                foreach (var condition in Layouts(shape, i => i * 2654435761L % 3 == 0).Take(x.Shape.Size > 2000 ? 1 : 9))
                {
                    var left = Values<T>(x);
                    var choice = Values<bool>(condition);
                    var expected = choice.Select((c, i) => c ? left[i] : right[i]).ToArray();
                    Assert.Equal(expected, Values<T>(Backend.Select(condition, x, y)));
                }
            }
        }
    }

    [Fact]
    public void SelectIgnoresTheOtherValue() =>
        Assert.Equal([1f, 2f], Values<float>(Backend.Select(Vector(true, false), Vector(1f, float.NaN), Vector(float.NaN, 2f))));

    private static void CheckCast<T, TResult>(Func<T, TResult> expected, Func<int, T> xs)
        where T : unmanaged
        where TResult : unmanaged
    {
        foreach (var shape in Shapes)
        {
            foreach (var x in Layouts(shape, xs))
                Assert.Equal(Values<T>(x).Select(expected).ToArray(), Values<TResult>(Backend.Cast(x, TypeOf<TResult>())));
        }
    }

    private static double Wild(int i) =>
        (i % 9) switch
        {
            0 => double.NaN,
            1 => double.PositiveInfinity,
            2 => -1e300,
            3 => 3e9,
            4 => -0.9,
            5 => 254.99,
            6 => -3.5,
            7 => 9.3e18,
            _ => Float(i),
        };

    [Fact]
    public void FloatsToIntegersTruncateAndSaturate()
    {
        CheckCast<float, int>(x => (int)Saturate(x, int.MinValue, int.MaxValue), i => (float)Wild(i));
        CheckCast<double, int>(x => (int)Saturate(x, int.MinValue, int.MaxValue), Wild);
        CheckCast<float, byte>(x => (byte)Saturate(x, 0, 255), i => (float)Wild(i));
        CheckCast<double, long>(
            x =>
                x >= 9.2233720368547758e18 ? long.MaxValue
                : x <= -9.2233720368547758e18 ? long.MinValue
                : (long)Saturate(x, -1e18, 1e18),
            i => i % 9 == 7 ? 9.3e18 : Wild(i)
        );

        static double Saturate(double x, double low, double high) => double.IsNaN(x) ? 0 : Math.Truncate(Math.Min(Math.Max(x, low), high));
    }

    [Fact]
    public void OtherPairs()
    {
        CheckCast<float, double>(x => x, i => (float)Wild(i));
        CheckCast<double, float>(x => (float)x, Wild);
        CheckCast<int, float>(x => x, i => i * 76543217);
        CheckCast<long, double>(x => x, i => i * 7654321712345L);
        CheckCast<byte, float>(x => x, i => (byte)i);
        CheckCast<bool, float>(x => x ? 1 : 0, i => i % 3 == 0);
        CheckCast<bool, long>(x => x ? 1 : 0, i => i % 3 == 0);
        CheckCast<long, int>(x => unchecked((int)x), i => i * 7654321712345L);
        CheckCast<int, byte>(x => unchecked((byte)x), i => i * 765);
        CheckCast<int, long>(x => x, i => -i);
        CheckCast<float, bool>(x => x != 0, i => i % 2 == 0 ? -0f : (float)Wild(i));
        CheckCast<int, bool>(x => x != 0, i => i % 4);
    }

    [Fact]
    public void SameTypeIsTheSameStorage()
    {
        var x = Vector(1f, 2f);
        Assert.Same(x, Backend.Cast(x, DType.Float32));
    }
}

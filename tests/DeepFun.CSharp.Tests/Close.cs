using System;
using System.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>Values that were worked out by hand against tensors.</summary>
internal static class Close
{
    public static void Assert(Tensor actual, int[] shape, double[] values, double tolerance = 1e-6)
    {
        Xunit.Assert.Equal(shape, actual.Shape.ToArray());
        var came = actual.ToDoubles();
        Xunit.Assert.Equal(values.Length, came.Length);
        for (var i = 0; i < values.Length; i++)
            Xunit.Assert.True(
                Math.Abs(values[i] - came[i]) <= tolerance * Math.Max(1, Math.Abs(values[i])),
                $"element {i}: expected {string.Join(", ", values)}; came {string.Join(", ", came)}"
            );
    }

    public static void Assert(double expected, Tensor actual, double tolerance = 1e-6) => Assert(actual, [], [expected], tolerance);

    public static void Assert(double expected, double actual, double tolerance = 1e-6) => Xunit.Assert.Equal(expected, actual, tolerance);

    public static DeepFunException Fails(string code, Action action)
    {
        var error = Xunit.Assert.ThrowsAny<DeepFunException>(action);
        Xunit.Assert.Equal(code, error.Code);
        return error;
    }

    public static bool SameBits(Tensor a, Tensor b) =>
        a.Shape == b.Shape
        && a.DType == b.DType
        && a.ToDoubles().Select(BitConverter.DoubleToInt64Bits).SequenceEqual(b.ToDoubles().Select(BitConverter.DoubleToInt64Bits));

    public static bool SameBits(Params a, Params b) =>
        a.Entries.Select(e => e.Key).SequenceEqual(b.Entries.Select(e => e.Key))
        && a.Entries.Zip(b.Entries).All(pair => SameBits(pair.First.Value, pair.Second.Value));
}

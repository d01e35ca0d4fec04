using System;
using System.Linq;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>Values in and out: spans, arrays of several axes, System.Numerics.Tensors; with a copy only where the layout asks for one.</summary>
public class InterchangeTests
{
    private static void BothWays<T>(DType dtype, params T[] values)
        where T : unmanaged
    {
        var x = Tensor.FromSpan<T>(values, 2, values.Length / 2);
        Assert.Equal(dtype, x.DType);
        Assert.Equal([2, values.Length / 2], x.Shape.ToArray());
        Assert.Equal(values, x.ToArray<T>());
        Assert.Equal(values, x.AsReadOnlySpan<T>().ToArray());
        var copy = new T[values.Length];
        x.CopyTo<T>(copy);
        Assert.Equal(values, copy);
        var matrix = (T[,])x.ToMultidimensionalArray<T>();
        Assert.Equal(values, matrix.Cast<T>());
        Assert.Equal(x.ToString(), Tensor.From(matrix).ToString());
        Assert.Equal(x.ToString(), Tensor.From(x.ToJaggedArray<T>()).ToString());
        Assert.Equal(x.ToString(), Tensor.From(x.ToNumericsTensor<T>()).ToString());
        Assert.Equal(x.ToString(), Tensor.From(x.AsReadOnlyTensorSpan<T>()).ToString());
        GC.KeepAlive(x);
    }

    [Fact]
    public void Every_element_type_goes_both_ways()
    {
        BothWays(DType.Float32, 1f, -2.5f, float.NaN, 0f);
        BothWays(DType.Float64, 1, -2.5, double.MaxValue, 0);
        BothWays(DType.Float16, (Half)1, Half.MaxValue, Half.Epsilon, (Half)(-0.1));
        BothWays(DType.BFloat16, (BFloat16)1f, (BFloat16)(-3e38f), BFloat16.FromBits(1), (BFloat16)0.1);
        BothWays<sbyte>(DType.Int8, -128, 127, 0, -1);
        BothWays<short>(DType.Int16, -32768, 32767, 0, -1);
        BothWays(DType.Int32, int.MinValue, int.MaxValue, 0, -1);
        BothWays(DType.Int64, long.MinValue, long.MaxValue, 0, -1);
        BothWays<byte>(DType.UInt8, 0, 255, 1, 128);
        BothWays(DType.Bool, true, false, false, true);
    }

    private static unsafe nint Address<T>(ReadOnlySpan<T> span)
        where T : unmanaged => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(span));

    /// <summary>100,000 elements lie in native memory, which stays where it is: two looks see the same place.</summary>
    [Fact]
    public void Contiguous_values_are_read_where_they_lie()
    {
        var x = Tensor.Zeros(1000, 100) + 1;
        Assert.True(x.IsContiguous());
        Assert.True(x.TryGetSpan<float>(out var there));
        Assert.Equal(Address(there), Address(x.AsReadOnlySpan<float>()));
        var second = x.Reshape(10, 10_000)[1];
        Assert.True(second.IsContiguous());
        Assert.Equal(Address(there) + 10_000 * sizeof(float), Address(second.AsReadOnlySpan<float>()));
        var same = x.AsReadOnlyTensorSpan<float>();
        Assert.Equal([1000, 100], same.Lengths.ToArray());
        Assert.Equal(Address(there), Address(MemoryMarshal.CreateReadOnlySpan(in same.GetPinnableReference(), 1)));
        GC.KeepAlive(x);
        GC.KeepAlive(second);
    }

    [Fact]
    public void Other_layouts_are_copied_in_row_major_order()
    {
        var x = Tensor.From(
            new int[,]
            {
                { 1, 2, 3 },
                { 4, 5, 6 },
            }
        );
        foreach (
            var (view, expected) in new (Tensor, int[])[]
            {
                (x.Transpose(), [1, 4, 2, 5, 3, 6]),
                (x[.., ..2], [1, 2, 4, 5]),
                (x[0].BroadcastTo(2, 3), [1, 2, 3, 1, 2, 3]),
                (x.Flip(1), [3, 2, 1, 6, 5, 4]),
            }
        )
        {
            Assert.False(view.IsContiguous());
            Assert.False(view.TryGetSpan<int>(out var none));
            Assert.True(none.IsEmpty);
            Assert.Equal(expected, view.AsReadOnlySpan<int>().ToArray());
            var copy = new int[expected.Length];
            view.CopyTo<int>(copy);
            Assert.Equal(expected, copy);
            Assert.Equal(expected, ((int[,])view.ToMultidimensionalArray<int>()).Cast<int>());
        }
        // The copy keeps no tie to the tensor.
        Assert.Equal([1, 2, 3, 4, 5, 6], x.ToArray<int>());
    }

    [Fact]
    public void What_goes_in_is_copied()
    {
        float[] values = [1, 2];
        var x = Tensor.FromSpan<float>(values);
        var y = Tensor.From(values);
        values[0] = 9;
        Assert.Equal([1f, 2f], x.ToArray<float>());
        Assert.Equal([1f, 2f], y.ToArray<float>());
    }

    [Fact]
    public void Arrays_of_three_and_four_axes()
    {
        var cube = new short[2, 1, 3];
        cube[1, 0, 2] = -7;
        var x = Tensor.From(cube);
        Assert.Equal([2, 1, 3], x.Shape.ToArray());
        Assert.Equal(-7, x[1, 0, 2].ToDouble());
        Assert.Equal(cube, (short[,,])x.ToMultidimensionalArray<short>());
        Assert.Equal([1, 2, 1, 1], Tensor.From(new bool[1, 2, 1, 1]).Shape.ToArray());
        Assert.Equal([5.0], (double[])Tensor.From([5.0]).Reshape([]).ToMultidimensionalArray<double>());
        Assert.Equal([0, 3], Tensor.From(new double[0, 3]).Shape.ToArray());
        Assert.Equal([2, 0], Tensor.From(new double[2][] { [], [] }).Shape.ToArray());
    }

    [Fact]
    public void Tensors_of_the_framework_of_every_layout()
    {
        var numbers = System.Numerics.Tensors.Tensor.Create(Enumerable.Range(0, 24).ToArray(), [2, 3, 4]);
        Assert.Equal(Tensor.Arange(24).Reshape(2, 3, 4).ToString(), Tensor.From(numbers).ToString());
        // Every other plane's corner: a view with strides.
        var corner = numbers.AsReadOnlyTensorSpan().Slice([0..2, 1..3, 2..4]);
        Assert.Equal([6, 7, 10, 11, 18, 19, 22, 23], Tensor.From(corner).ToArray<int>());
        var back = Tensor.From(numbers).Permute(2, 0, 1).ToNumericsTensor<int>();
        Assert.Equal([4, 2, 3], back.Lengths.ToArray());
        Assert.Equal(13, back[1, 1, 0]);
        Assert.Equal([1], Tensor.Scalar(2).AsReadOnlyTensorSpan<float>().Lengths.ToArray());
        // The framework's functions read the tensor's memory.
        var x = Tensor.From([3f, 4f]);
        Assert.Equal(5f, TensorPrimitives.Norm(x.AsReadOnlySpan<float>()));
        GC.KeepAlive(x);
    }

    private static void Error(string code, Action action) => Assert.Equal(code, Assert.Throws<DeepFunException>(action).Code);

    [Fact]
    public void Errors()
    {
        var x = Tensor.From([1f, 2f]);
        Error("DF0207", () => x.AsReadOnlySpan<double>());
        Error("DF0207", () => x.CopyTo<int>(new int[2]));
        Error("DF0207", () => x.ToMultidimensionalArray<Half>());
        Error("DF0207", () => x.ToNumericsTensor<BFloat16>());
        Error("DF0212", () => x.CopyTo<float>(new float[3]));
        Error("DF0128", () => Tensor.FromSpan<float>([1, 2, 3], 2, 2));
        Error("DF0204", () => Tensor.From(new uint[2, 2]));
        Error("DF0204", () => Tensor.FromSpan<char>("ab"));
        Error("DF0126", () => Tensor.From(new int[][] { [1], [2, 3] }));
        Error("DF0125", () => x.ToJaggedArray<float>());
        Error(
            "DF0402",
            () =>
                Differentiate.Vmap(
                    (Tensor row) =>
                    {
                        row.AsReadOnlySpan<float>();
                        return row;
                    }
                )(Tensor.Ones(2, 2))
        );
        Tensor? leaked = null;
        Memory.Scope(() =>
        {
            leaked = Tensor.Ones(1000) + 1;
            return Tensor.Zeros(1);
        });
        Error("DF0601", () => leaked!.AsReadOnlySpan<float>());
    }

    [Fact]
    public void One_number()
    {
        Assert.Equal(9007199254740993, (long)Tensor.From([9007199254740993]));
        Assert.Equal(-2, (long)Tensor.From([-2.9]));
        Assert.True((bool)Tensor.From([true]));
        Assert.False((bool)Tensor.Scalar(0));
        Assert.Equal(0.1f, (float)Tensor.From([0.1f]));
        Error("DF0127", () => _ = (long)Tensor.Zeros(2));
    }
}

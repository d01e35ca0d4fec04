using System;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// Float16 and BFloat16 are types of storage: an operation widens its operands to Float32, exactly, computes and accumulates there with the
/// kernels of Float32, and rounds once when it stores. So no kernel is written, compiled or tuned a second time.
/// </summary>
internal static unsafe class ReducedPrecision
{
    // Elements that are widened at a time: a few megabytes, so that they stay in a cache, and enough for handing work to threads to pay.
    private const int Slice = 1 << 18;

    /// <summary>An elementwise function of one tensor.</summary>
    public static CpuStorage Elementwise(CpuStorage x, Func<CpuStorage, CpuStorage> f)
    {
        if (x.Shape.Size <= Slice)
            return Through(x, f);
        var source = Prepared(x);
        CpuStorage? result = null;
        for (var start = 0; start < x.Shape.Size; start += Slice)
        {
            var count = Math.Min(Slice, x.Shape.Size - start);
            var wide = Widened(source, start, count);
            Store(f(wide), ref result, x, start, count);
            Drop(wide, result);
        }
        return result!;
    }

    /// <summary>An elementwise function of two tensors of equal shape and type.</summary>
    public static CpuStorage Elementwise(CpuStorage x, CpuStorage y, Func<CpuStorage, CpuStorage, CpuStorage> f)
    {
        if (x.Shape.Size <= Slice)
            return Through(x, y, f);
        var (left, right) = (Prepared(x), Prepared(y));
        CpuStorage? result = null;
        for (var start = 0; start < x.Shape.Size; start += Slice)
        {
            var count = Math.Min(Slice, x.Shape.Size - start);
            var (wideLeft, wideRight) = (Widened(left, start, count), Widened(right, start, count));
            Store(f(wideLeft, wideRight), ref result, x, start, count);
            Drop(wideLeft, result);
            Drop(wideRight, result);
        }
        return result!;
    }

    /// <summary>Any function of one tensor; results that are no Float32 (Bool, Int32) stay as they are.</summary>
    public static CpuStorage Through(CpuStorage x, Func<CpuStorage, CpuStorage> f)
    {
        var wide = Widen(x);
        var y = f(wide);
        var result = Narrow(y, x.DType);
        Drop(wide, result);
        Drop(y, result);
        return result;
    }

    /// <summary>Any function of two tensors of equal type.</summary>
    public static CpuStorage Through(CpuStorage x, CpuStorage y, Func<CpuStorage, CpuStorage, CpuStorage> f)
    {
        var (left, right) = (Widen(x), Widen(y));
        var z = f(left, right);
        var result = Narrow(z, x.DType);
        Drop(left, result);
        Drop(right, result);
        Drop(z, result);
        return result;
    }

    /// <summary>Any function of some tensors of equal type.</summary>
    public static CpuStorage Through(CpuStorage[] xs, Func<CpuStorage[], CpuStorage> f)
    {
        var wide = Array.ConvertAll(xs, Widen);
        var y = f(wide);
        var result = Narrow(y, xs[0].DType);
        foreach (var x in wide)
            Drop(x, result);
        Drop(y, result);
        return result;
    }

    /// <summary>What an operation made in Float32 on its way to this type, rounded; its memory goes back.</summary>
    public static CpuStorage Round(CpuStorage temporary, DType dtype)
    {
        var result = Narrow(temporary, dtype);
        Drop(temporary, result);
        return result;
    }

    /// <summary>The same numbers in Float32; other types as they are.</summary>
    public static CpuStorage Widen(CpuStorage x) =>
        x.DType switch
        {
            DType.Float16 => Widen<Binary16>(x),
            DType.BFloat16 => Widen<BrainFloat>(x),
            _ => x,
        };

    /// <summary>A Float32 result in the operands' type; other results as they are.</summary>
    public static CpuStorage Narrow(CpuStorage y, DType dtype) =>
        y.DType != DType.Float32 ? y
        : dtype == DType.Float16 ? UnaryLoop<SingleToReduced<Binary16>, float, ushort>.Run(y, dtype)
        : UnaryLoop<SingleToReduced<BrainFloat>, float, ushort>.Run(y, dtype);

    private static CpuStorage Widen<TFormat>(CpuStorage x)
        where TFormat : struct, IReducedFormat =>
        // A constant stays one element that repeats.
        IsConstant(x)
            ? Widen<TFormat>(x.View(Shape.Scalar, null, 0)).View(x.Shape, x.Strides, 0)
            : UnaryLoop<ReducedToSingle<TFormat>, ushort, float>.Run(x, DType.Float32);

    private static bool IsConstant(CpuStorage x) =>
        x.Shape.Size > 1 && x.Strides is { } strides && strides.AsSpan().IndexOfAnyExcept(0) < 0;

    // What slices can be cut from.
    private static CpuStorage Prepared(CpuStorage x) => x.IsContiguous || IsConstant(x) ? x : StridedCopy.ToContiguous(x);

    private static CpuStorage Widened(CpuStorage x, int start, int count) =>
        Widen(x.IsContiguous ? x.View(Shape.Of(count), null, start) : x.View(Shape.Of(count), count == 1 ? null : [0], 0));

    // Rounds a slice of the result to its place.
    private static void Store(CpuStorage slice, ref CpuStorage? result, CpuStorage like, int start, int count)
    {
        var wide = slice.DType == DType.Float32;
        result ??= CpuStorage.Allocate(wide ? like.DType : slice.DType, like.Shape);
        var size = DTypes.Size(result.DType);
        var narrow = Narrow(slice, like.DType);
        fixed (
            byte* from = narrow,
                to = result
        )
            Buffer.MemoryCopy(from, to + (nint)start * size, (nint)count * size, (nint)count * size);
        GC.KeepAlive(narrow);
        Drop(slice, result);
        Drop(narrow, result);
    }

    // Nobody but the operation has seen a storage that it made on its way: its memory goes back at once.
    private static void Drop(CpuStorage temporary, CpuStorage? result)
    {
        if (temporary.Block is { } block && !ReferenceEquals(block, result?.Block))
            MemoryScope.Release(block);
    }
}

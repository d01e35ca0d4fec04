using System;

namespace DeepFun.Backends.Cpu.Indexing;

/// <summary>The sizes of an indexed access: x [Batch, Size, Row], indices [Batch, Count].</summary>
internal readonly record struct IndexLayout(long Batch, int Size, long Count, long Row)
{
    /// <summary>Reads the sizes off the shapes.</summary>
    public static IndexLayout Of(Shape x, Shape indices, int batch) =>
        new(Product(x.Dims.AsSpan(0, batch)), x[batch], Product(indices.Dims.AsSpan(batch)), Product(x.Dims.AsSpan(batch + 1)));

    /// <summary>[B…, I…, post…]</summary>
    public Shape GatherShape(Shape x, Shape indices, int batch) => Shape.Create([.. indices.Dims, .. x.Dims.AsSpan(batch + 1)]);

    private static long Product(ReadOnlySpan<int> sizes)
    {
        long product = 1;
        foreach (var size in sizes)
            product *= size;
        return product;
    }
}

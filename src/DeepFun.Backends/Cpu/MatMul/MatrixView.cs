namespace DeepFun.Backends.Cpu;

/// <summary>One matrix in memory: element (i, j) stands at Data[i RowStride + j ColumnStride]. Strides may be 0 or negative.</summary>
internal readonly unsafe struct MatrixView<T>(T* data, nint rowStride, nint columnStride)
    where T : unmanaged
{
    public readonly T* Data = data;
    public readonly nint RowStride = rowStride;
    public readonly nint ColumnStride = columnStride;

    /// <summary>The matrix that starts at that element.</summary>
    public MatrixView<T> Offset(nint row, nint column) => new(Data + row * RowStride + column * ColumnStride, RowStride, ColumnStride);
}

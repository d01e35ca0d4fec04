using System;
using DeepFun.Backends.Cpu.Indexing;

namespace DeepFun.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public Storage Gather(Storage x, Storage indices, int batch)
    {
        var layout = IndexLayout.Of(x.Shape, indices.Shape, batch);
        var places = Contiguous(indices);
        IndexCheck.Run("Gather", places, layout.Size);
        var source = Contiguous(x);
        var result = CpuStorage.Allocate(x.DType, layout.GatherShape(x.Shape, indices.Shape, batch));
        var rowBytes = layout.Row * DTypes.Size(x.DType);
        fixed (byte* from = source)
        fixed (byte* place = places)
        fixed (byte* to = result)
            GatherKernels.Run(from, place, places.DType, to, layout, rowBytes);
        source.Leave(x);
        places.Leave(indices);
        GC.KeepAlive(result);
        return result;
    }

    private CpuStorage ReducedScatter(ScatterOp op, CpuStorage x, Storage indices, CpuStorage updates, int batch) =>
        ReducedPrecision.Through(x, updates, (to, changes) => Own(Scatter(op, to, indices, changes, batch)));

    /// <inheritdoc/>
    public Storage Scatter(ScatterOp op, Storage x, Storage indices, Storage updates, int batch)
    {
        if (DTypes.IsReducedPrecision(x.DType))
            return ReducedScatter(op, Own(x), indices, Own(updates), batch);
        var layout = IndexLayout.Of(x.Shape, indices.Shape, batch);
        var places = Contiguous(indices);
        IndexCheck.Run("Scatter", places, layout.Size);
        var changes = Contiguous(updates);
        var result = StridedCopy.ToContiguous(Own(x));
        fixed (byte* place = places)
        fixed (byte* change = changes)
        fixed (byte* to = result)
            ScatterKernels.Run(op, x.DType, to, place, places.DType, change, layout);
        places.Leave(indices);
        changes.Leave(updates);
        GC.KeepAlive(result);
        return result;
    }
}

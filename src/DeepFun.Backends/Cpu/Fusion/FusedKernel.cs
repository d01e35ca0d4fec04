using System;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// A fused loop for any layout of its inputs. Code is written once for each set of inputs that repeat along the row; threads share the
/// rows, or the row when there is one. How the work is cut depends on the sizes alone, so that results do not depend on threads.
/// </summary>
[RequiresDynamicCode("Loops are compiled at run time.")]
internal sealed unsafe class FusedKernel<T> : IFusedKernel
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // The code of all kernels. A program that compiles ever new functions shall not keep all of it.
    private static readonly ConcurrentDictionary<FusedCodeKey, FusedCodeBlock> Shared = new();
    private const int MostShared = 512;

    private readonly FusedLoop loop;
    private readonly bool hasRows;
    private readonly ConcurrentDictionary<ulong, FusedCodeBlock> blocks = new();

    public FusedKernel(FusedLoop loop)
    {
        this.loop = loop;
        hasRows = loop.Outputs.Any(o => o.Place != FusedPlace.Element) || loop.Body.Any(x => x.Code == FusedCode.Reduce);
    }

    private int RowAxes => hasRows ? loop.RowAxes : loop.Space.Rank;

    /// <inheritdoc/>
    public int Results => loop.Outputs.Length;

    /// <inheritdoc/>
    [SkipLocalsInit]
    public void Run(Span<Storage> inputs, Span<Storage?> results)
    {
        var operands = inputs.Length + results.Length;
        var memory = stackalloc nint[FusedLayout.TableSize(loop.Space.Rank, operands)];
        var layout = FusedLayout.Of(loop, memory);
        ulong copied = 0; // a bit an input: see FusedLoop.MostInputs
        for (var i = 0; i < inputs.Length; i++)
        {
            var placed = Place(ref layout, i, (CpuStorage)inputs[i]);
            copied |= (ReferenceEquals(placed, inputs[i]) ? 0UL : 1) << i;
            inputs[i] = placed;
        }
        for (var o = 0; o < results.Length; o++)
        {
            var place = loop.Outputs[o].Place;
            results[o] ??= CpuStorage.Allocate(loop.IsTruth(loop.Outputs[o].Value) ? DType.Bool : loop.DType, loop.Outputs[o].Shape);
            var border = loop.Space.Rank - loop.RowAxes;
            layout.SetOutput(
                inputs.Length + o,
                place == FusedPlace.Column ? border : 0,
                place == FusedPlace.Row ? border : loop.Space.Rank
            );
        }
        layout.Merge(RowAxes);

        ulong repeated = 0;
        for (var i = 0; i < inputs.Length; i++)
            repeated |= (layout.Stride(i, layout.Rank - 1) == 0 ? 1UL : 0) << i;
        if (!blocks.TryGetValue(repeated, out var block))
            block = blocks.GetOrAdd(repeated, Compile);

        // Small tensors are managed arrays, which may move: they are worked on as copies. A frame has no room for those of a wide loop.
        var small = Scratch.Rent<byte>(Scratch.Use.Small, operands * (CpuStorage.ManagedLimit + 128));
        var pointers = stackalloc byte*[operands];
        for (var i = 0; i < inputs.Length; i++)
            pointers[i] = In((CpuStorage)inputs[i], ref small);
        for (var o = 0; o < results.Length; o++)
            pointers[inputs.Length + o] = In((CpuStorage)results[o]!, ref small, copy: false);

        var job = new FusedJob<T>(loop, block, layout, pointers);
        job.Run();

        for (var o = 0; o < results.Length; o++)
            Out((CpuStorage)results[o]!, pointers[inputs.Length + o]);
        for (var i = 0; i < inputs.Length; i++)
            ((CpuStorage)inputs[i]).Leave((copied >> i & 1) == 0 ? inputs[i] : null);
    }

    // An input whose neighbours along the row lie apart is copied first: emitted code reads whole registers.
    private CpuStorage Place(ref FusedLayout layout, int operand, CpuStorage input)
    {
        var axes = loop.Inputs[operand].Axes;
        if (input.Block is null && !input.IsContiguous)
            input = StridedCopy.ToContiguous(input);
        layout.SetInput(operand, input, axes);
        if (IsRow(layout, operand))
            return input;
        if (!IsRepeatedView(layout, operand))
        {
            input = StridedCopy.ToContiguous(input);
            layout.SetInput(operand, input, axes);
            if (IsRow(layout, operand))
                return input;
        }
        var strides = new int[layout.Rank];
        for (var axis = 0; axis < strides.Length; axis++)
            strides[axis] = (int)layout.Stride(operand, axis);
        input = StridedCopy.ToContiguous(input.View(loop.Space, strides, 0));
        layout.SetInput(operand, input, null);
        return input;
    }

    private bool IsRow(in FusedLayout layout, int operand) =>
        hasRows ? layout.IsRow(operand, loop.RowAxes) : layout.LastStride(operand) is 0 or 1;

    // Whether a copy without gaps would still not make a row, since some of its axes repeat.
    private bool IsRepeatedView(in FusedLayout layout, int operand)
    {
        for (var axis = layout.Rank - RowAxes; axis < layout.Rank; axis++)
        {
            if (layout.Dims[axis] != 1 && layout.Stride(operand, axis) == 0)
                return true;
        }
        return false;
    }

    private static byte* In(CpuStorage storage, ref byte* small, bool copy = true)
    {
        if (storage.Block is not null)
            return (byte*)Unsafe.AsPointer(ref storage.GetPinnableReference());
        var place = (byte*)(((nint)small + 63) & ~63);
        var bytes = storage.Shape.Size * DTypes.Size(storage.DType);
        if (copy)
            Unsafe.CopyBlockUnaligned(ref *place, ref storage.GetPinnableReference(), (uint)bytes);
        small = place + bytes + 64;
        return place;
    }

    private static void Out(CpuStorage storage, byte* from)
    {
        if (storage.Block is null)
        {
            var bytes = storage.Shape.Size * DTypes.Size(storage.DType);
            Unsafe.CopyBlockUnaligned(ref storage.GetPinnableReference(), ref *from, (uint)bytes);
        }
    }

    private FusedCodeBlock Compile(ulong repeated)
    {
        var key = new FusedCodeKey(loop, repeated);
        if (Shared.TryGetValue(key, out var known))
            return known;
        if (Shared.Count >= MostShared)
            Shared.Clear();
        return Shared[key] = Emit(repeated);
    }

    private FusedCodeBlock Emit(ulong repeated) =>
        Vector512.IsHardwareAccelerated ? FusedEmitter<Lanes512<T>, T>.Emit(loop, repeated)
        : Vector256.IsHardwareAccelerated ? FusedEmitter<Lanes256<T>, T>.Emit(loop, repeated)
        : FusedEmitter<Lanes128<T>, T>.Emit(loop, repeated);
}

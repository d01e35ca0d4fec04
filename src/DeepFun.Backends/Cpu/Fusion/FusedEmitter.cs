using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// Writes the machine code (as IL) of a fused loop for one width of registers: for each row, one walk for each stage, register by
/// register, the last one in part. Pointers are those of the inputs, then of the outputs, then of what one walk keeps for a later one.
/// </summary>
[RequiresDynamicCode("Loops are compiled at run time.")]
internal sealed partial class FusedEmitter<V, T>
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int ExpensiveEnoughToKeep = 8;
    private const int RegistersOfBlock = 256;

    private readonly FusedLoop loop;
    private readonly FusedStages stages;
    private readonly ILGenerator il;
    private readonly LocalBuilder[] pointers;
    private readonly LocalBuilder[] values;
    private readonly Dictionary<int, (int Pointer, int Walk)> kept = []; // where a value is kept, and the walk that writes it
    private readonly LocalBuilder index;
    private readonly LocalBuilder limit;

    private FusedEmitter(FusedLoop loop, FusedStages stages, ILGenerator il)
    {
        this.loop = loop;
        this.stages = stages;
        this.il = il;
        index = il.DeclareLocal(typeof(nint));
        limit = il.DeclareLocal(typeof(nint));
        values = Locals(loop.Body.Length, typeof(V));
        Keep();
        var own = 0;
        foreach (var place in kept.Values)
            own += IsOwnMemory(place.Pointer) ? 1 : 0;
        pointers = Locals(loop.Inputs.Length + loop.Outputs.Length + own, typeof(nint));
    }

    private LocalBuilder[] Locals(int count, Type type)
    {
        var locals = new LocalBuilder[count];
        for (var i = 0; i < count; i++)
            locals[i] = il.DeclareLocal(type);
        return locals;
    }

    /// <summary>The code, and how many rows' worth of memory it wants to keep values from walk to walk.</summary>
    public static FusedCodeBlock Emit(FusedLoop loop, ulong repeated)
    {
        // (pointers, steps of the pointers from row to row in bytes, rows, elements of a row)
        var method = new DynamicMethod(
            "fused",
            typeof(void),
            [typeof(nint), typeof(nint), typeof(nint), typeof(nint)],
            typeof(FusedEmitter<V, T>).Module,
            skipVisibility: true
        );
        var emitter = new FusedEmitter<V, T>(loop, new FusedStages(loop, repeated), method.GetILGenerator());
        emitter.Method();
        return new FusedCodeBlock(
            method,
            emitter.pointers.Length - loop.Inputs.Length - loop.Outputs.Length,
            emitter.Cost(),
            emitter.CutsRow()
        );
    }

    // A value that a later walk needs again is kept when computing it again costs more than reading it.
    private void Keep()
    {
        var first = new Dictionary<int, int>();
        for (var walk = 0; walk < stages.Count; walk++)
        {
            var before = -1;
            while (before != kept.Count)
            {
                before = kept.Count;
                foreach (var value in stages.WideIn(walk, v => IsReadBack(v, walk)))
                {
                    if (first.TryAdd(value, walk) || first[value] == walk || kept.ContainsKey(value) || loop.IsTruth(value))
                        continue;
                    var output = OutputOf(value);
                    if (output >= 0 || CostOf(value) >= ExpensiveEnoughToKeep)
                        kept[value] = (output, first[value]);
                }
            }
        }
        // Outputs are read back from where they were written; the rest gets memory of its own.
        var next = loop.Inputs.Length + loop.Outputs.Length;
        for (var value = 0; value < loop.Body.Length; value++)
        {
            if (kept.TryGetValue(value, out var place))
                kept[value] = (place.Pointer >= 0 ? loop.Inputs.Length + place.Pointer : next++, place.Walk);
        }
    }

    private bool IsReadBack(int value, int walk) => kept.TryGetValue(value, out var place) && place.Walk < walk;

    private bool IsOwnMemory(int pointer) => pointer >= loop.Inputs.Length + loop.Outputs.Length;

    private int OutputOf(int value)
    {
        for (var o = 0; o < loop.Outputs.Length; o++)
        {
            if (loop.Outputs[o].Value == value && loop.Outputs[o].Place == FusedPlace.Element)
                return o;
        }
        return -1;
    }

    private int CostOf(int value)
    {
        var x = loop.Body[value];
        return x.Code switch
        {
            FusedCode.Unary => FusedOperators<V, T>.Cost(FusedOperators<V, T>.Unary((UnaryOp)x.Operation)),
            FusedCode.Binary => FusedOperators<V, T>.Cost(FusedOperators<V, T>.Binary((BinaryOp)x.Operation)),
            _ => 1,
        };
    }

    // Of one element, in units of an addition.
    private int Cost()
    {
        var cost = loop.Inputs.Length + loop.Outputs.Length;
        for (var value = 0; value < loop.Body.Length; value++)
            cost += stages.IsNarrow(value) ? 0 : CostOf(value);
        return cost;
    }

    // Each part of a row then has its own reductions, to be put together, but anything else for the row once a part.
    private bool CutsRow()
    {
        for (var value = 0; value < loop.Body.Length; value++)
        {
            if (stages.Of(value) != (IsReduction(value) ? 1 : 0))
                return false;
        }
        foreach (var output in loop.Outputs)
        {
            if (output.Place == FusedPlace.Row && !IsReduction(output.Value))
                return false;
        }
        return true;
    }

    private bool IsReduction(int value) => loop.Body[value].Code == FusedCode.Reduce;

    private void Method()
    {
        for (var p = 0; p < pointers.Length; p++)
        {
            il.Emit(OpCodes.Ldarg_0);
            Add(p * sizeof(long));
            il.Emit(OpCodes.Ldind_I);
            il.Emit(OpCodes.Stloc, pointers[p]);
        }
        for (var value = 0; value < values.Length; value++)
        {
            if (loop.Body[value].Code == FusedCode.Constant)
                Constant(loop.Body[value].Value, values[value]);
        }

        Label row = il.DefineLabel(),
            test = il.DefineLabel();
        il.Emit(OpCodes.Br, test);
        il.MarkLabel(row);
        for (var walk = 0; walk < stages.Count; walk++)
        {
            foreach (var value in stages.NarrowBefore(walk))
                Compute(value, part: false);
            Walk(walk);
        }
        for (var o = 0; o < loop.Outputs.Length; o++)
        {
            if (loop.Outputs[o].Place == FusedPlace.Row)
                StoreRow(o);
        }
        for (var p = 0; p < pointers.Length; p++)
            Step(p);
        il.Emit(OpCodes.Ldarg_2);
        il.Emit(OpCodes.Ldc_I4_1);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Sub);
        il.Emit(OpCodes.Starg_S, (byte)2);
        il.MarkLabel(test);
        il.Emit(OpCodes.Ldarg_2);
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Bgt, row);
        il.Emit(OpCodes.Ret);
    }

    private void Walk(int walk)
    {
        var reductions = stages.ReductionsIn(walk);
        var wide = stages.WideIn(walk, v => IsReadBack(v, walk));
        var writes = stages.StoresIn(walk);
        if (reductions.Count == 0 && writes.Count == 0)
            return;
        var totals = new LocalBuilder[loop.Body.Length];
        foreach (var r in reductions)
        {
            totals[r] = il.DeclareLocal(typeof(V));
            SetNeutral(r, totals[r]);
        }

        Label block = il.DefineLabel(),
            body = il.DefineLabel(),
            test = il.DefineLabel(),
            last = il.DefineLabel(),
            done = il.DefineLabel();
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Stloc, index);
        il.Emit(OpCodes.Ldc_I4, V.Count);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Ldarg_3);
        il.Emit(OpCodes.Bgt, last);

        il.MarkLabel(block);
        SetLimit();
        foreach (var r in reductions)
            SetNeutral(r, values[r]);
        il.Emit(OpCodes.Br, test);
        il.MarkLabel(body);
        Registers(walk, wide, reductions, writes, part: false);
        il.Emit(OpCodes.Ldloc, index);
        Add(V.Count);
        il.Emit(OpCodes.Stloc, index);
        il.MarkLabel(test);
        il.Emit(OpCodes.Ldloc, index);
        Add(V.Count);
        il.Emit(OpCodes.Ldloc, limit);
        il.Emit(OpCodes.Ble, body);
        foreach (var r in reductions)
        {
            il.Emit(OpCodes.Ldloc, totals[r]);
            il.Emit(OpCodes.Ldloc, values[r]);
            il.Emit(OpCodes.Call, FusedOperators<V, T>.Lane(nameof(FusedLanes<V, T>.Combine), ReductionOf(r)));
            il.Emit(OpCodes.Stloc, totals[r]);
        }
        il.Emit(OpCodes.Ldloc, index);
        Add(V.Count);
        il.Emit(OpCodes.Ldarg_3);
        il.Emit(OpCodes.Ble, block);

        il.MarkLabel(last);
        foreach (var r in reductions)
        {
            il.Emit(OpCodes.Ldloc, totals[r]);
            il.Emit(OpCodes.Stloc, values[r]);
        }
        il.Emit(OpCodes.Ldloc, index);
        il.Emit(OpCodes.Ldarg_3);
        il.Emit(OpCodes.Bge, done);
        Registers(walk, wide, reductions, writes, part: true);
        il.MarkLabel(done);

        foreach (var r in reductions)
        {
            il.Emit(OpCodes.Ldloc, values[r]);
            il.Emit(OpCodes.Call, FusedOperators<V, T>.Lane(nameof(FusedLanes<V, T>.Across), ReductionOf(r)));
            il.Emit(OpCodes.Stloc, values[r]);
        }
    }

    private void SetNeutral(int reduction, LocalBuilder into)
    {
        il.Emit(OpCodes.Call, FusedOperators<V, T>.Lane(nameof(FusedLanes<V, T>.Neutral), ReductionOf(reduction)));
        il.Emit(OpCodes.Stloc, into);
    }

    // Long rows are summed in blocks, and the blocks' sums after that: one running sum would lose a digit every few thousand elements.
    private void SetLimit()
    {
        il.Emit(OpCodes.Ldloc, index);
        Add(RegistersOfBlock * V.Count);
        il.Emit(OpCodes.Ldarg_3);
        il.Emit(OpCodes.Call, typeof(nint).GetMethod(nameof(nint.Min), [typeof(nint), typeof(nint)])!);
        il.Emit(OpCodes.Stloc, limit);
    }

    // One register's worth of a walk: values, then reductions and writes.
    private void Registers(int walk, List<int> wide, List<int> reductions, List<int> writes, bool part)
    {
        foreach (var value in wide)
        {
            if (IsReadBack(value, walk))
            {
                Address(kept[value].Pointer, Unsafe.SizeOf<T>());
                il.Emit(OpCodes.Call, FusedOperators<V, T>.Register(nameof(ILanes<V, T>.Load)));
                il.Emit(OpCodes.Stloc, values[value]);
                continue;
            }
            Compute(value, part);
            if (kept.TryGetValue(value, out var place) && IsOwnMemory(place.Pointer))
                Store(value, place.Pointer, part);
        }
        foreach (var r in reductions)
        {
            il.Emit(OpCodes.Ldloc, values[r]);
            il.Emit(OpCodes.Ldloc, values[loop.Body[r].A]);
            if (part)
            {
                Left();
                il.Emit(OpCodes.Call, FusedOperators<V, T>.Lane(nameof(FusedLanes<V, T>.Neutral), ReductionOf(r)));
                il.Emit(OpCodes.Call, FusedOperators<V, T>.Lane(nameof(FusedLanes<V, T>.KeepPart)));
            }
            il.Emit(OpCodes.Call, FusedOperators<V, T>.Lane(nameof(FusedLanes<V, T>.Combine), ReductionOf(r)));
            il.Emit(OpCodes.Stloc, values[r]);
        }
        foreach (var o in writes)
        {
            var value = loop.Outputs[o].Value;
            if (loop.Outputs[o].Place == FusedPlace.Element)
                Store(value, loop.Inputs.Length + o, part);
            else
                Accumulate(value, loop.Inputs.Length + o, part);
        }
    }

    private void Compute(int value, bool part)
    {
        var x = loop.Body[value];
        switch (x.Code)
        {
            case FusedCode.Constant:
                return;
            case FusedCode.Input:
                Load(x.A, stages.IsNarrow(value));
                break;
            case FusedCode.Unary:
                il.Emit(OpCodes.Ldloc, values[x.A]);
                il.Emit(OpCodes.Call, FusedOperators<V, T>.Unary((UnaryOp)x.Operation));
                break;
            case FusedCode.Binary:
                var swap = (BinaryOp)x.Operation is BinaryOp.Greater or BinaryOp.GreaterOrEqual;
                il.Emit(OpCodes.Ldloc, values[swap ? x.B : x.A]);
                il.Emit(OpCodes.Ldloc, values[swap ? x.A : x.B]);
                il.Emit(OpCodes.Call, FusedOperators<V, T>.Binary((BinaryOp)x.Operation));
                break;
            case FusedCode.Select:
                il.Emit(OpCodes.Ldloc, values[x.A]);
                il.Emit(OpCodes.Ldloc, values[x.B]);
                il.Emit(OpCodes.Ldloc, values[x.C]);
                il.Emit(OpCodes.Call, FusedOperators<V, T>.Lane(nameof(FusedLanes<V, T>.Select)));
                break;
            case FusedCode.FromTruth:
            case FusedCode.ToTruth:
                il.Emit(OpCodes.Ldloc, values[x.A]);
                il.Emit(
                    OpCodes.Call,
                    FusedOperators<V, T>.Lane(
                        x.Code == FusedCode.FromTruth ? nameof(FusedLanes<V, T>.FromTruth) : nameof(FusedLanes<V, T>.ToTruth)
                    )
                );
                break;
            case FusedCode.Reduce:
            default:
                throw new InvalidOperationException(x.Code.ToString());
        }
        il.Emit(OpCodes.Stloc, values[value]);
    }
}

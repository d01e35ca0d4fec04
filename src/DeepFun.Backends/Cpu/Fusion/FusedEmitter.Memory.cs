using System;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>Between memory and registers: loads, stores, running sums, addresses.</summary>
internal sealed partial class FusedEmitter<V, T>
{
    private void Load(int input, bool narrow)
    {
        var truth = loop.Inputs[input].DType == DType.Bool;
        if (narrow)
        {
            il.Emit(OpCodes.Ldloc, pointers[input]);
            il.Emit(
                OpCodes.Call,
                FusedOperators<V, T>.Lane(truth ? nameof(FusedLanes<V, T>.RepeatTruth) : nameof(FusedLanes<V, T>.Repeat))
            );
            return;
        }
        Address(input, truth ? 1 : Unsafe.SizeOf<T>());
        il.Emit(
            OpCodes.Call,
            truth ? FusedOperators<V, T>.Lane(nameof(FusedLanes<V, T>.LoadTruth)) : FusedOperators<V, T>.Register(nameof(ILanes<V, T>.Load))
        );
    }

    private void Store(int value, int pointer, bool part)
    {
        var truth = loop.IsTruth(value);
        il.Emit(OpCodes.Ldloc, values[value]);
        Address(pointer, truth ? 1 : Unsafe.SizeOf<T>());
        if (part)
            Left();
        il.Emit(
            OpCodes.Call,
            (truth, part) switch
            {
                (true, false) => FusedOperators<V, T>.Lane(nameof(FusedLanes<V, T>.StoreTruth)),
                (true, true) => FusedOperators<V, T>.Lane(nameof(FusedLanes<V, T>.StoreTruthPart)),
                (false, false) => FusedOperators<V, T>.Register(nameof(ILanes<V, T>.Store)),
                (false, true) => FusedOperators<V, T>.Register(nameof(ILanes<V, T>.StorePart)),
            }
        );
    }

    private void StoreRow(int output)
    {
        var value = loop.Outputs[output].Value;
        var truth = loop.IsTruth(value);
        il.Emit(OpCodes.Ldloc, values[value]);
        il.Emit(OpCodes.Ldloc, pointers[loop.Inputs.Length + output]);
        il.Emit(OpCodes.Ldc_I4_1);
        il.Emit(OpCodes.Conv_I);
        il.Emit(
            OpCodes.Call,
            truth
                ? FusedOperators<V, T>.Lane(nameof(FusedLanes<V, T>.StoreTruthPart))
                : FusedOperators<V, T>.Register(nameof(ILanes<V, T>.StorePart))
        );
    }

    // A column's running sum. Lanes beyond the row are not written back.
    private void Accumulate(int value, int pointer, bool part)
    {
        Address(pointer, Unsafe.SizeOf<T>());
        il.Emit(OpCodes.Call, FusedOperators<V, T>.Register(nameof(ILanes<V, T>.Load)));
        il.Emit(OpCodes.Ldloc, values[value]);
        il.Emit(OpCodes.Call, FusedOperators<V, T>.Binary(BinaryOp.Add));
        Address(pointer, Unsafe.SizeOf<T>());
        if (part)
            Left();
        il.Emit(OpCodes.Call, FusedOperators<V, T>.Register(part ? nameof(ILanes<V, T>.StorePart) : nameof(ILanes<V, T>.Store)));
    }

    private Type ReductionOf(int value) => FusedOperators<V, T>.Reduction((ReduceOp)loop.Body[value].Operation);

    private void Constant(double value, LocalBuilder into)
    {
        if (typeof(T) == typeof(float))
            il.Emit(OpCodes.Ldc_R4, (float)value);
        else
            il.Emit(OpCodes.Ldc_R8, value);
        il.Emit(OpCodes.Call, FusedOperators<V, T>.Register(nameof(ILanes<V, T>.Create)));
        il.Emit(OpCodes.Stloc, into);
    }

    private void Address(int pointer, int size)
    {
        il.Emit(OpCodes.Ldloc, pointers[pointer]);
        il.Emit(OpCodes.Ldloc, index);
        if (size > 1)
        {
            il.Emit(OpCodes.Ldc_I4, size);
            il.Emit(OpCodes.Conv_I);
            il.Emit(OpCodes.Mul);
        }
        il.Emit(OpCodes.Add);
    }

    // Elements of the row that are left.
    private void Left()
    {
        il.Emit(OpCodes.Ldarg_3);
        il.Emit(OpCodes.Ldloc, index);
        il.Emit(OpCodes.Sub);
    }

    private void Step(int pointer)
    {
        il.Emit(OpCodes.Ldloc, pointers[pointer]);
        il.Emit(OpCodes.Ldarg_1);
        Add(pointer * sizeof(long));
        il.Emit(OpCodes.Ldind_I);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Stloc, pointers[pointer]);
    }

    private void Add(int bytes)
    {
        il.Emit(OpCodes.Ldc_I4, bytes);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Add);
    }
}

using System;
using System.Collections.Generic;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// In which walk along the row each value of a fused loop is computed. A value that depends on a reduction comes in the walk after it;
/// narrow values, the same all along the row, are computed between the walks.
/// </summary>
internal sealed class FusedStages
{
    private readonly FusedLoop loop;
    private readonly bool[] narrow;
    private readonly int[] stage;

    /// <summary>Stages for a loop, some of whose inputs (one bit each) repeat along the row.</summary>
    public FusedStages(FusedLoop loop, ulong repeated)
    {
        this.loop = loop;
        narrow = new bool[loop.Body.Length];
        stage = new int[loop.Body.Length];
        for (var i = 0; i < loop.Body.Length; i++)
        {
            var x = loop.Body[i];
            narrow[i] = x.Code != FusedCode.Input || (repeated >> x.A & 1) != 0;
            foreach (var operand in Operands(x))
            {
                stage[i] = Math.Max(stage[i], stage[operand]);
                narrow[i] &= narrow[operand] || x.Code == FusedCode.Reduce;
            }
            if (x.Code == FusedCode.Reduce)
                stage[i]++;
            Count = Math.Max(Count, 1 + stage[i]);
        }
    }

    /// <summary>Walks along the row.</summary>
    public int Count { get; } = 1;

    /// <summary>Whether a value is the same all along the row.</summary>
    public bool IsNarrow(int value) => narrow[value];

    /// <summary>The walk in which, or before which, a value is known.</summary>
    public int Of(int value) => stage[value];

    /// <summary>The reductions whose operand is complete in a walk.</summary>
    public List<int> ReductionsIn(int walk)
    {
        var found = new List<int>();
        for (var i = 0; i < stage.Length; i++)
        {
            if (loop.Body[i].Code == FusedCode.Reduce && stage[i] == walk + 1)
                found.Add(i);
        }
        return found;
    }

    /// <summary>Narrow values, except reductions, that become known before a walk.</summary>
    public List<int> NarrowBefore(int walk)
    {
        var found = new List<int>();
        for (var i = 0; i < stage.Length; i++)
        {
            if (narrow[i] && stage[i] == walk && loop.Body[i].Code != FusedCode.Reduce)
                found.Add(i);
        }
        return found;
    }

    /// <summary>The outputs written element by element in a walk.</summary>
    public List<int> StoresIn(int walk)
    {
        var found = new List<int>();
        for (var o = 0; o < loop.Outputs.Length; o++)
        {
            if (loop.Outputs[o].Place != FusedPlace.Row && stage[loop.Outputs[o].Value] == walk)
                found.Add(o);
        }
        return found;
    }

    /// <summary>The wide values that a walk computes, operands first; those of <paramref name="readBack"/> need no operands.</summary>
    public List<int> WideIn(int walk, Func<int, bool> readBack)
    {
        var needed = new bool[stage.Length];
        void Need(int value)
        {
            if (narrow[value] || needed[value])
                return;
            needed[value] = true;
            if (readBack(value))
                return;
            foreach (var operand in Operands(loop.Body[value]))
                Need(operand);
        }
        foreach (var r in ReductionsIn(walk))
            Need(loop.Body[r].A);
        foreach (var o in StoresIn(walk))
            Need(loop.Outputs[o].Value);
        var found = new List<int>();
        for (var i = 0; i < needed.Length; i++)
        {
            if (needed[i])
                found.Add(i);
        }
        return found;
    }

    /// <summary>The places of an instruction's operands.</summary>
    public static ReadOnlySpan<int> Operands(in FusedInstruction x)
    {
        if (x.Code is FusedCode.Input or FusedCode.Constant)
            return [];
        int[] places = [x.A, x.B, x.C];
        return places.AsSpan(
            0,
            x.B < 0 ? 1
                : x.C < 0 ? 2
                : 3
        );
    }
}

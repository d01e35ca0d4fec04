using System;
using System.Collections.Generic;
using System.Linq;

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
            var operands = Operands(x).ToArray();
            stage[i] = operands.Length == 0 ? 0 : operands.Max(a => stage[a]);
            narrow[i] = x.Code switch
            {
                FusedCode.Input => (repeated >> x.A & 1) != 0,
                FusedCode.Constant or FusedCode.Reduce => true,
                _ => operands.All(a => narrow[a]),
            };
            if (x.Code == FusedCode.Reduce)
                stage[i]++;
        }
        Count = 1 + (stage.Length == 0 ? 0 : stage.Max());
    }

    /// <summary>Walks along the row.</summary>
    public int Count { get; }

    /// <summary>Whether a value is the same all along the row.</summary>
    public bool IsNarrow(int value) => narrow[value];

    /// <summary>The walk in which, or before which, a value is known.</summary>
    public int Of(int value) => stage[value];

    /// <summary>The reductions whose operand is complete in a walk.</summary>
    public IEnumerable<int> ReductionsIn(int walk) =>
        Enumerable.Range(0, stage.Length).Where(i => loop.Body[i].Code == FusedCode.Reduce && stage[i] == walk + 1);

    /// <summary>Narrow values, except reductions, that become known before a walk.</summary>
    public IEnumerable<int> NarrowBefore(int walk) =>
        Enumerable.Range(0, stage.Length).Where(i => narrow[i] && stage[i] == walk && loop.Body[i].Code != FusedCode.Reduce);

    /// <summary>The outputs written element by element in a walk.</summary>
    public IEnumerable<int> StoresIn(int walk) =>
        Enumerable
            .Range(0, loop.Outputs.Length)
            .Where(o => loop.Outputs[o].Place != FusedPlace.Row && stage[loop.Outputs[o].Value] == walk);

    /// <summary>The wide values that a walk computes, operands first; those of <paramref name="readBack"/> need no operands.</summary>
    public List<int> WideIn(int walk, Func<int, bool> readBack)
    {
        var needed = new SortedSet<int>();
        void Need(int value)
        {
            if (narrow[value] || !needed.Add(value) || readBack(value))
                return;
            foreach (var operand in Operands(loop.Body[value]))
                Need(operand);
        }
        foreach (var r in ReductionsIn(walk))
            Need(loop.Body[r].A);
        foreach (var o in StoresIn(walk))
            Need(loop.Outputs[o].Value);
        return [.. needed];
    }

    /// <summary>The places of an instruction's operands.</summary>
    public static IEnumerable<int> Operands(FusedInstruction x)
    {
        if (x.Code is FusedCode.Input or FusedCode.Constant)
            yield break;
        yield return x.A;
        if (x.B >= 0)
            yield return x.B;
        if (x.C >= 0)
            yield return x.C;
    }
}

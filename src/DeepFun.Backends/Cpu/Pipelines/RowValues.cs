using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>Where the values of a row pipeline lie: the results in memory of their own, what lies between in that of the thread that computes the part.</summary>
internal sealed class RowValues
{
    private const int Slack = 64;

    /// <summary>The values of a pipeline whose elements have <paramref name="size"/> bytes, cut into as many chunks.</summary>
    public RowValues(RowPipeline pipeline, int size, int chunks)
    {
        var most = (pipeline.Parts + chunks - 1) / chunks;
        var results = new HashSet<int>(pipeline.Results);
        var bytes = new List<nint>(new nint[pipeline.Inputs]);
        var places = new List<nint>(new nint[pipeline.Inputs]);
        foreach (var stage in pipeline.Stages)
        {
            foreach (var (count, isTruth) in Given(stage))
            {
                var part = (nint)count / pipeline.Parts * (isTruth ? 1 : size);
                places.Add(results.Contains(bytes.Count) ? -1 : Scratch);
                if (!results.Contains(bytes.Count))
                    Scratch += ((part * most) + Slack + 63) & ~(nint)63;
                bytes.Add(part);
            }
        }
        PartBytes = [.. bytes];
        Places = [.. places];
    }

    /// <summary>Bytes that a part has of each value; of inputs 0.</summary>
    public nint[] PartBytes { get; }

    /// <summary>Where a value begins in the memory of a chunk; −1 for a result.</summary>
    public nint[] Places { get; }

    /// <summary>The memory of a chunk, in bytes.</summary>
    public nint Scratch { get; }

    /// <summary>Elements of each value that a stage gives, and whether they are truth values.</summary>
    public static (int Count, bool IsTruth)[] Given(RowStage stage)
    {
        if (stage is RowProduct product)
            return [(product.Shape.Size, false)];
        var loop = ((RowLoop)stage).Loop;
        var given = new (int, bool)[loop.Outputs.Length];
        for (var o = 0; o < given.Length; o++)
            given[o] = (loop.Outputs[o].Shape.Size, loop.IsTruth(loop.Outputs[o].Value));
        return given;
    }
}

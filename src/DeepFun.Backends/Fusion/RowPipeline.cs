using System.Collections.Immutable;

namespace DeepFun.Backends;

/// <summary>
/// What a stage of a <see cref="RowPipeline"/> reads: a value seen in a shape, with strides and an offset in elements (null: row-major without
/// gaps). The pipeline's inputs are read as they come, in their own shape.
/// </summary>
public readonly record struct RowOperand(int Value, Shape Shape, int[]? Strides, int Offset);

/// <summary>A part of a <see cref="RowPipeline"/>, and what it reads.</summary>
public abstract record RowStage(ImmutableArray<RowOperand> Inputs);

/// <summary>A fused loop. Sums down columns are complete when the pipeline is: no other stage reads them.</summary>
public sealed record RowLoop(FusedLoop Loop, ImmutableArray<RowOperand> Inputs) : RowStage(Inputs);

/// <summary>
/// [B…, m, k] × [B…, k, n] → [B…, m, n], the result's <paramref name="Shape"/>. Where there is no B, the right operand is an input of the pipeline.
/// </summary>
public sealed record RowProduct(Shape Shape, ImmutableArray<RowOperand> Inputs) : RowStage(Inputs);

/// <summary>
/// Matrix products, and the loops before, between and after them, of which a number of parts can be computed independently, each from its first stage to
/// its last: the rows of a layer's input, the examples of a batch, the rows of a weight. A thread takes some of the parts through all stages, so
/// that threads wait for each other once, and what lies between the stages stays in near caches.
/// </summary>
/// <remarks>
/// Values are numbered: the inputs, then the results of each stage in order. Every value that a stage gives has leading axes whose sizes multiply to
/// <paramref name="Parts"/>; a part has an equal share of it in one piece, and a stage that reads it reads its own part's share alone.
/// </remarks>
/// <param name="DType">Of all numbers.</param>
/// <param name="Parts">How many parts there are.</param>
/// <param name="Inputs">How many values come from outside.</param>
/// <param name="Stages">The stages in order.</param>
/// <param name="Results">The values that are given; the others are never stored.</param>
public sealed record RowPipeline(DType DType, int Parts, int Inputs, ImmutableArray<RowStage> Stages, ImmutableArray<int> Results)
{
    /// <summary>
    /// Whether a result may be written over an input: one loop alone reads the input, and gives the result, of which each element is then written after the
    /// input's has been read.
    /// </summary>
    public bool MayReplace(int input, int result)
    {
        var value = Inputs;
        var may = false;
        foreach (var stage in Stages)
        {
            var output = Results[result] - value;
            value += stage is RowLoop { Loop: var l } ? l.Outputs.Length : 1;
            var readers = 0;
            var place = -1;
            for (var i = 0; i < stage.Inputs.Length; i++)
            {
                if (stage.Inputs[i].Value == input)
                    (readers, place) = (readers + 1, i);
            }
            if (readers == 0)
                continue;
            if (readers > 1 || may || stage is not RowLoop { Loop: var loop } || output < 0 || output >= loop.Outputs.Length)
                return false;
            may = loop.MayReplace(place, output);
        }
        return may;
    }
}

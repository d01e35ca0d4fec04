using System;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// What the code of a fused loop depends on: what is computed, which inputs repeat along the row, not how large the space is nor where operands
/// lie. The updates of all parameters are one code, and so is a loop for other batches.
/// </summary>
internal sealed class FusedCodeKey(FusedLoop loop, ulong repeated) : IEquatable<FusedCodeKey>
{
    private readonly FusedLoop loop = loop;
    private readonly ulong repeated = repeated;

    public bool Equals(FusedCodeKey? other)
    {
        if (
            other is null
            || repeated != other.repeated
            || loop.Body.Length != other.loop.Body.Length
            || loop.Inputs.Length != other.loop.Inputs.Length
            || loop.Outputs.Length != other.loop.Outputs.Length
        )
            return false;
        for (var i = 0; i < loop.Body.Length; i++)
        {
            var (x, y) = (loop.Body[i], other.loop.Body[i]);
            // −0 is another constant than 0.
            if (x != y || BitConverter.DoubleToInt64Bits(x.Value) != BitConverter.DoubleToInt64Bits(y.Value))
                return false;
        }
        for (var i = 0; i < loop.Inputs.Length; i++)
        {
            if (loop.Inputs[i].DType != other.loop.Inputs[i].DType)
                return false;
        }
        for (var o = 0; o < loop.Outputs.Length; o++)
        {
            var (x, y) = (loop.Outputs[o], other.loop.Outputs[o]);
            if (x.Value != y.Value || x.Place != y.Place)
                return false;
        }
        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as FusedCodeKey);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(repeated);
        foreach (var x in loop.Body)
        {
            hash.Add((int)x.Code);
            hash.Add(x.Operation);
            hash.Add(x.A);
            hash.Add(x.Value);
        }
        return hash.ToHashCode();
    }
}

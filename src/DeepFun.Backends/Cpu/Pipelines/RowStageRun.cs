using System;

namespace DeepFun.Backends.Cpu;

/// <summary>A stage of a row pipeline with the operands of one run.</summary>
internal abstract unsafe class RowStageRun
{
    /// <summary>Most operands that come from outside: each may need a copy, if it is small.</summary>
    public abstract int Operands { get; }

    /// <summary>Takes the pipeline's inputs for the run.</summary>
    public abstract void Prepare(ReadOnlySpan<Storage> inputs, ref SmallOperands small);

    /// <summary>Computes the parts from <paramref name="first"/> to before <paramref name="end"/>, of values that begin at <paramref name="values"/>.</summary>
    public abstract void Run(nint first, nint end, byte** values);

    /// <summary>Lets go of the inputs, and gives back the copies that were made of them.</summary>
    public abstract void Clear(ReadOnlySpan<Storage> inputs);
}

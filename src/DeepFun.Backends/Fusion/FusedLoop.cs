using System;
using System.Collections.Immutable;

namespace DeepFun.Backends;

/// <summary>
/// An input of a fused loop: axis i of the operand is axis <paramref name="Axes"/>[i] of the loop's space (ascending; null: all, in order);
/// size 1 and the axes that are not named repeat. DType is the loop's or Bool.
/// </summary>
public readonly record struct FusedInput(DType DType, int[]? Axes);

/// <summary>Where a result of a fused loop goes.</summary>
public enum FusedPlace
{
    /// <summary>One value an element: the shape of the space.</summary>
    Element,

    /// <summary>One value a row: the space without its row axes. The value must be the same along the row.</summary>
    Row,

    /// <summary>The sum over all rows: the row axes alone.</summary>
    Column,
}

/// <summary>
/// A result: a value by its place in the body, and where it goes. Its shape is that of its place, or another that differs in axes of size one.
/// </summary>
public readonly record struct FusedOutput(int Value, FusedPlace Place, Shape Shape);

/// <summary>
/// Elementwise operations, reductions along rows and sums down columns, computed in one walk over a space of elements without storing what
/// lies between. The last <see cref="RowAxes"/> axes of the space are a row.
/// </summary>
public sealed class FusedLoop
{
    /// <summary>
    /// The inputs that a loop may have. Each is a stream of its own: with more, they would push each other out of the caches.
    /// </summary>
    public const int MostInputs = 64;

    private readonly bool[] truths;

    /// <summary>A loop. Body and outputs refer to values by their place in the body; operands stand before their users.</summary>
    public FusedLoop(
        DType dtype,
        Shape space,
        int rowAxes,
        ImmutableArray<FusedInput> inputs,
        ImmutableArray<FusedInstruction> body,
        ImmutableArray<FusedOutput> outputs
    )
    {
        DType = dtype;
        Space = space;
        RowAxes = rowAxes;
        Inputs = inputs;
        Body = body;
        Outputs = outputs;
        truths = new bool[body.Length];
        for (var i = 0; i < truths.Length; i++)
        {
            truths[i] = GivesTruth(body[i]);
            HasRows |= body[i].Code == FusedCode.Reduce;
        }
        foreach (var output in outputs)
            HasRows |= output.Place != FusedPlace.Element;
    }

    /// <summary>The dtype of all numbers.</summary>
    public DType DType { get; }

    /// <summary>The elements that are walked over, in row-major order.</summary>
    public Shape Space { get; }

    /// <summary>How many trailing axes of the space make a row.</summary>
    public int RowAxes { get; }

    /// <summary>What is read.</summary>
    public ImmutableArray<FusedInput> Inputs { get; }

    /// <summary>The values.</summary>
    public ImmutableArray<FusedInstruction> Body { get; }

    /// <summary>What is written.</summary>
    public ImmutableArray<FusedOutput> Outputs { get; }

    /// <summary>Whether something is given or reduced for each row, so that rows must stay what they are.</summary>
    public bool HasRows { get; }

    /// <summary>Whether a value is a truth value.</summary>
    public bool IsTruth(int value) => truths[value];

    /// <summary>Whether a result may be written over an input: each element of the input is then read before it is written, and never again.</summary>
    public bool MayReplace(int input, int output)
    {
        if (Outputs[output].Place != FusedPlace.Element || Inputs[input].DType != (IsTruth(Outputs[output].Value) ? DType.Bool : DType))
            return false;
        if (Inputs[input].Axes is { } axes)
        {
            for (var i = 0; i < axes.Length; i++)
            {
                if (axes[i] != i)
                    return false;
            }
            if (axes.Length != Space.Rank)
                return false;
        }
        // What depends on a reduction is computed in another walk over the row.
        foreach (var instruction in Body)
        {
            if (instruction.Code is FusedCode.Input or FusedCode.Constant)
                continue;
            if (IsReduction(instruction.A) || IsReduction(instruction.B) || IsReduction(instruction.C))
                return false;
        }
        return true;
    }

    private bool IsReduction(int value) => value >= 0 && Body[value].Code == FusedCode.Reduce;

    private bool GivesTruth(FusedInstruction instruction) =>
        instruction.Code switch
        {
            FusedCode.Input => Inputs[instruction.A].DType == DType.Bool,
            FusedCode.ToTruth => true,
            FusedCode.Unary => (UnaryOp)instruction.Operation is UnaryOp.IsNaN or UnaryOp.IsInfinite or UnaryOp.Not,
            FusedCode.Binary => (BinaryOp)instruction.Operation >= BinaryOp.Equal || truths[instruction.A],
            FusedCode.Select => truths[instruction.B],
            _ => false,
        };
}

/// <summary>A fused loop made ready to run; may be used by many threads at once.</summary>
public interface IFusedKernel
{
    /// <summary>How many results there are.</summary>
    int Results { get; }

    /// <summary>
    /// Computes the results, in the loop's order, each without gaps. Where <paramref name="results"/> holds a storage, that is what is written:
    /// memory without gaps of the result's shape and dtype, that nobody else reads. It may be an input's, if <see cref="FusedLoop.MayReplace"/>.
    /// </summary>
    /// <param name="inputs">What is read; where an input must lie otherwise, its copy takes its place.</param>
    /// <param name="results">What is written.</param>
    void Run(Span<Storage> inputs, Span<Storage?> results);
}

using System.Reflection.Emit;

namespace DeepFun.Backends.Cpu;

/// <summary>The machine code of a fused loop.</summary>
internal sealed unsafe class FusedCodeBlock
{
    private delegate void Code(nint pointers, nint steps, nint rows, nint count);

    private readonly Code code;

    /// <summary>
    /// A compiled loop that keeps <paramref name="kept"/> values of a row from one walk to the next and costs as much as
    /// <paramref name="cost"/> additions an element.
    /// </summary>
    public FusedCodeBlock(DynamicMethod method, int kept, int cost, bool cutsRow)
    {
        CutsRow = cutsRow;
        code = method.CreateDelegate<Code>();
        Kept = kept;
        Cost = cost;
    }

    /// <summary>Values of a row that are kept from one walk to the next; each has a pointer after those of the outputs.</summary>
    public int Kept { get; }

    /// <summary>The work for one element in units of an addition.</summary>
    public int Cost { get; }

    /// <summary>Whether a row may be cut: one walk, and what is given for a row is its reductions alone.</summary>
    public bool CutsRow { get; }

    /// <summary>Computes rows of <paramref name="count"/> elements; steps are the bytes from one row to the next.</summary>
    public void Run(byte** pointers, nint* steps, nint rows, nint count) => code((nint)pointers, (nint)steps, rows, count);
}

namespace DeepFun.Backends;

/// <summary>What one instruction of a <see cref="FusedLoop"/> does.</summary>
public enum FusedCode
{
    /// <summary>The element of an input.</summary>
    Input,

    /// <summary>The same number for every element.</summary>
    Constant,

    /// <summary>A function of one value; <see cref="FusedInstruction.Operation"/> is a <see cref="UnaryOp"/>.</summary>
    Unary,

    /// <summary>A function of two values; <see cref="FusedInstruction.Operation"/> is a <see cref="BinaryOp"/>.</summary>
    Binary,

    /// <summary>Where A is true B, elsewhere C.</summary>
    Select,

    /// <summary>1 where A is true, 0 elsewhere.</summary>
    FromTruth,

    /// <summary>Whether A is not zero.</summary>
    ToTruth,

    /// <summary>A reduced over the row, for every element of the row; <see cref="FusedInstruction.Operation"/> is a <see cref="ReduceOp"/>.</summary>
    Reduce,
}

/// <summary>
/// One value of a fused loop in terms of values before it (A, B and C are their places). Truth values come from comparisons and Bool
/// inputs; all others are numbers of the loop's dtype.
/// </summary>
public readonly record struct FusedInstruction(FusedCode Code, int Operation, int A, int B, int C, double Value)
{
    /// <summary>The element of the input with this number.</summary>
    public static FusedInstruction Input(int number) => new(FusedCode.Input, 0, number, -1, -1, 0);

    /// <summary>A number.</summary>
    public static FusedInstruction Constant(double value) => new(FusedCode.Constant, 0, -1, -1, -1, value);

    /// <summary>A function of one value.</summary>
    public static FusedInstruction Unary(UnaryOp op, int a) => new(FusedCode.Unary, (int)op, a, -1, -1, 0);

    /// <summary>A function of two values.</summary>
    public static FusedInstruction Binary(BinaryOp op, int a, int b) => new(FusedCode.Binary, (int)op, a, b, -1, 0);

    /// <summary>Where the condition is true x, elsewhere y.</summary>
    public static FusedInstruction Select(int condition, int x, int y) => new(FusedCode.Select, 0, condition, x, y, 0);

    /// <summary>Truth as 1 and 0.</summary>
    public static FusedInstruction FromTruth(int a) => new(FusedCode.FromTruth, 0, a, -1, -1, 0);

    /// <summary>Whether a is not zero.</summary>
    public static FusedInstruction ToTruth(int a) => new(FusedCode.ToTruth, 0, a, -1, -1, 0);

    /// <summary>A reduced over the row: Sum, Max, Min or Product.</summary>
    public static FusedInstruction Reduce(ReduceOp op, int a) => new(FusedCode.Reduce, (int)op, a, -1, -1, 0);
}

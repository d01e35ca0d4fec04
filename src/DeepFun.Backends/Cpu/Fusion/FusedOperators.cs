using System;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Numerics;
using System.Reflection;

namespace DeepFun.Backends.Cpu;

/// <summary>The method on registers that computes an operation, for emitted code: the same operators that the eager loops use.</summary>
[RequiresDynamicCode("Operators are instantiated for registers at run time.")]
internal static class FusedOperators<V, T>
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A function of one register.</summary>
    public static MethodInfo Unary(UnaryOp op) =>
        op switch
        {
            UnaryOp.Negate => Method(typeof(Negate<T>)),
            UnaryOp.Abs => Method(typeof(Abs<T>)),
            UnaryOp.Sign => Method(typeof(Sign<T>)),
            UnaryOp.Square => Method(typeof(Square<T>)),
            UnaryOp.Relu => Method(typeof(Relu<T>)),
            UnaryOp.Reciprocal => Method(typeof(Reciprocal<T>)),
            UnaryOp.Sqrt => Method(typeof(Sqrt<T>)),
            UnaryOp.Rsqrt => Method(typeof(Rsqrt<T>)),
            UnaryOp.Floor => Method(typeof(Floor<T>)),
            UnaryOp.Ceiling => Method(typeof(Ceiling<T>)),
            UnaryOp.Round => Method(typeof(Round<T>)),
            UnaryOp.Truncate => Method(typeof(Truncate<T>)),
            UnaryOp.IsNaN => Method(typeof(IsNaN<T>)),
            UnaryOp.IsInfinite => Method(typeof(IsInfinite<T>)),
            UnaryOp.Not => Lane(nameof(FusedLanes<V, T>.Not)),
            UnaryOp.Exp => Method(typeof(Exp)),
            UnaryOp.Expm1 => Method(typeof(Expm1)),
            UnaryOp.Log => Method(typeof(Log)),
            UnaryOp.Log1p => Method(typeof(Log1p)),
            UnaryOp.Log2 => Method(typeof(Log2)),
            UnaryOp.Log10 => Method(typeof(Log10)),
            UnaryOp.Cbrt => Method(typeof(Cbrt)),
            UnaryOp.Sin => Method(typeof(Sin)),
            UnaryOp.Cos => Method(typeof(Cos)),
            UnaryOp.Tan => Method(typeof(Tan)),
            UnaryOp.Asin => Method(typeof(Asin)),
            UnaryOp.Acos => Method(typeof(Acos)),
            UnaryOp.Atan => Method(typeof(Atan)),
            UnaryOp.Sinh => Method(typeof(Sinh)),
            UnaryOp.Cosh => Method(typeof(Cosh)),
            UnaryOp.Tanh => Method(typeof(Tanh)),
            UnaryOp.Asinh => Method(typeof(Asinh)),
            UnaryOp.Acosh => Method(typeof(Acosh)),
            UnaryOp.Atanh => Method(typeof(Atanh)),
            UnaryOp.Sigmoid => Method(typeof(Sigmoid)),
            UnaryOp.Softplus => Method(typeof(Softplus)),
            UnaryOp.Erf => Method(typeof(Erf)),
            UnaryOp.Erfc => Method(typeof(Erfc)),
            UnaryOp.ErfInv => Method(typeof(ErfInv)),
            UnaryOp.ErfcInv => Method(typeof(ErfcInv)),
            UnaryOp.LogGamma => Method(typeof(LogGamma)),
            UnaryOp.Digamma => Method(typeof(Digamma)),
            _ => throw new ArgumentOutOfRangeException(nameof(op), op, null),
        };

    /// <summary>A function of two registers; Greater and GreaterOrEqual are Less and LessOrEqual with their operands exchanged.</summary>
    public static MethodInfo Binary(BinaryOp op) =>
        op switch
        {
            BinaryOp.Add => Method(typeof(Add<T>)),
            BinaryOp.Subtract => Method(typeof(Subtract<T>)),
            BinaryOp.Multiply => Method(typeof(Multiply<T>)),
            BinaryOp.Divide => Method(typeof(Divide<T>)),
            BinaryOp.Power => Method(typeof(Power<T>)),
            BinaryOp.Maximum => Method(typeof(Maximum<T>)),
            BinaryOp.Minimum => Method(typeof(Minimum<T>)),
            BinaryOp.Remainder => Method(typeof(Remainder<T>)),
            BinaryOp.Atan2 => Method(typeof(Atan2<T>)),
            BinaryOp.Polygamma => Method(typeof(Polygamma<T>)),
            BinaryOp.And => Method(typeof(And<T>)),
            BinaryOp.Or => Method(typeof(Or<T>)),
            BinaryOp.Xor => Method(typeof(Xor<T>)),
            BinaryOp.Equal => Method(typeof(Equal<T>)),
            BinaryOp.NotEqual => Method(typeof(NotEqual<T>)),
            BinaryOp.Less or BinaryOp.Greater => Method(typeof(Less<T>)),
            BinaryOp.LessOrEqual or BinaryOp.GreaterOrEqual => Method(typeof(LessOrEqual<T>)),
            _ => throw new ArgumentOutOfRangeException(nameof(op), op, null),
        };

    /// <summary>The operator of a reduction.</summary>
    public static Type Reduction(ReduceOp op) =>
        op switch
        {
            ReduceOp.Sum => typeof(SumReduction<T>),
            ReduceOp.Product => typeof(ProductReduction<T>),
            ReduceOp.Max => typeof(MaxReduction<T>),
            ReduceOp.Min => typeof(MinReduction<T>),
            _ => throw new ArgumentOutOfRangeException(nameof(op), op, null),
        };

    /// <summary>A method of <see cref="FusedLanes{V, T}"/>.</summary>
    public static MethodInfo Lane(string name) => typeof(FusedLanes<V, T>).GetMethod(name)!;

    /// <summary>A method of <see cref="FusedLanes{V, T}"/> for one operator.</summary>
    public static MethodInfo Lane(string name, Type operation) => Lane(name).MakeGenericMethod(operation);

    /// <summary>A static member of the register's interface, as the register implements it.</summary>
    public static MethodInfo Register(string name) => typeof(V).GetMethod(name, BindingFlags.Public | BindingFlags.Static)!;

    /// <summary>The work of an operation in units of an addition.</summary>
    public static int Cost(MethodInfo method) =>
        method.Name.StartsWith(nameof(FusedLanes<V, T>.EachLane), StringComparison.Ordinal) ? 16 * V.Count
        : method.DeclaringType is { IsGenericType: false } ? 12
        : 1;

    // The SIMD form where there is one for this type of element.
    private static MethodInfo Method(Type operation)
    {
        var interfaces = operation.GetInterfaces();
        if (interfaces.Contains(typeof(IVectorUnary<T>)) || interfaces.Contains(typeof(IVectorBinary<T>)))
            return operation
                .GetMethods()
                .Single(m => m is { Name: "Invoke", IsGenericMethodDefinition: true })
                .MakeGenericMethod(typeof(V));
        return interfaces.Contains(typeof(IScalarUnary<T, T>))
            ? Lane(nameof(FusedLanes<V, T>.EachLane), operation)
            : Lane(nameof(FusedLanes<V, T>.EachLane2), operation);
    }
}

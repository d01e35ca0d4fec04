using System;
using System.Diagnostics.CodeAnalysis;

namespace DeepFun.Backends;

/// <summary>Every error text of the backends. Codes: DF01 shapes, DF02 dtypes, DF06 memory, DF07 random, DF08 backends.</summary>
internal static class ThrowHelper
{
    private static string Show(int[] dims) => $"[{string.Join(", ", dims)}]";

    [DoesNotReturn]
    public static void NegativeAxis(int[] dims) =>
        throw new DeepFunException("DF0101", $"Shape {Show(dims)}: a size must not be negative. Check the expression that computed it.");

    [DoesNotReturn]
    public static void TooManyElements(int[] dims) =>
        throw new DeepFunException(
            "DF0102",
            $"Shape {Show(dims)}: a tensor holds at most 2147483647 elements. Split it along an axis, or work in batches."
        );

    [DoesNotReturn]
    public static void Released() =>
        throw new DeepFunException(
            "DF0601",
            "This tensor was computed inside a memory scope (a training step, a prediction, Memory.Scope) that has ended. "
                + "Return it from the function, or call Memory.Keep on it inside."
        );

    [DoesNotReturn]
    public static T Unsupported<T>(string operation, DType dtype, string supported) =>
        throw new DeepFunException(
            "DF0201",
            $"{operation} is not defined for {DTypes.Name(dtype)}; it takes {supported}. Cast the tensor first."
        );

    [DoesNotReturn]
    public static void IndexOutOfRange(string operation, long index, int size) =>
        throw new DeepFunException(
            "DF0103",
            $"{operation}: index {index} is outside an axis of size {size}; valid are 0 to {size - 1}. Check the index tensor."
        );

    [DoesNotReturn]
    public static T ForeignStorage<T>(string expected, string actual) =>
        throw new DeepFunException(
            "DF0801",
            $"A tensor of backend '{actual}' met backend '{expected}'. Move both operands to the same backend first."
        );

    [DoesNotReturn]
    public static void HostLength(string operation, int expectedBytes, int actualBytes) =>
        throw new DeepFunException(
            "DF0104",
            $"{operation}: the shape needs {expectedBytes} bytes, {actualBytes} came. Pass exactly as many values as the shape has elements."
        );

    [DoesNotReturn]
    public static void WindowInPadding(int axis, int position, int inputSize, int padLow, int padHigh) =>
        throw new DeepFunException(
            "DF0106",
            $"Max pooling: window {position} along spatial axis {axis} covers padding only (axis of size {inputSize}, padded by {padLow} before "
                + $"and {padHigh} after), so it has no maximum. Use less padding, or a window that is larger than the padding."
        );

    [DoesNotReturn]
    public static void IntegerDivisionByZero(string operation) =>
        throw new DeepFunException(
            "DF0205",
            $"{operation}: an integer divisor is zero, and integers have no infinity. Mask the zeros first, or cast to float32."
        );

    [DoesNotReturn]
    public static void NegativeIntegerPower() =>
        throw new DeepFunException(
            "DF0206",
            "Power: an integer exponent is negative, and the result would be a fraction. Cast to float32 first."
        );

    [DoesNotReturn]
    public static void EmptyReduction(string operation, int[] dims, int axis) =>
        throw new DeepFunException(
            "DF0105",
            $"{operation} over axis {axis} of shape {Show(dims)}: there is no element to choose from. Pad the axis, or test for size 0 first."
        );

    [DoesNotReturn]
    public static void ScopeOnOtherThread() =>
        throw new DeepFunException(
            "DF0602",
            "A memory scope was disposed on another thread than the one that opened it, as happens when an await stands inside. "
                + "End the scope before the await, or open one on each side of it."
        );

    [DoesNotReturn]
    public static T OutOfMemory<T>(long bytes, long live, Exception inner) =>
        throw new DeepFunException(
            "DF0603",
            $"No memory for {bytes} bytes; tensors hold {live} bytes. Use smaller batches, or end scopes and drop tensors earlier.",
            inner
        );

    [DoesNotReturn]
    public static void BudgetNotPositive(long budget) =>
        throw new DeepFunException("DF0604", $"MemoryStatistics.Budget: {budget} bytes came; pass a positive number of bytes.");

    [DoesNotReturn]
    public static void PoissonRate(double rate) =>
        throw new DeepFunException(
            "DF0702",
            $"Random.poisson: the rate {rate.ToString(System.Globalization.CultureInfo.InvariantCulture)} came; "
                + "a rate is a number from 0 to 1e18. Check the expression that computed it."
        );
}

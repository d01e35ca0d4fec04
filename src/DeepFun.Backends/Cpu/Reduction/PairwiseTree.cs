using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// Combines a stream of partial results in pairs, pairs of pairs, and so on, with one slot a level: slot k is full when bit k of
/// the number of results so far is set.
/// </summary>
internal struct PairwiseTree<TOperator, T>
    where TOperator : struct, IReductionOperator<T>
    where T : unmanaged
{
    [InlineArray(32)]
    private struct Slots
    {
        private T first;
    }

    private Slots slots;
    private uint count;
    private int top;

    /// <summary>Takes the next partial result.</summary>
    public void Add(T value)
    {
        for (var carry = count; (carry & 1) != 0; carry >>= 1)
            value = TOperator.Combine(slots[--top], value);
        slots[top++] = value;
        count++;
    }

    /// <summary>Everything combined; neutral when nothing came.</summary>
    public T Result()
    {
        if (top == 0)
            return TOperator.Neutral;
        var value = slots[--top];
        while (top > 0)
            value = TOperator.Combine(slots[--top], value);
        return value;
    }
}

namespace DeepFun.Backends.Cpu;

/// <summary>Partial results from the start of a line, or from its end.</summary>
internal readonly unsafe struct CumulativeOperator<TOperator, T> : ILineOperator<T, T>
    where TOperator : struct, IReductionOperator<T>
    where T : unmanaged
{
    public static void Invoke(T* x, T* z, int length, bool reverse, ulong* scratch)
    {
        var first = reverse ? length - 1 : 0;
        var step = reverse ? -1 : 1;
        var total = x[first];
        z[first] = total;
        for (var i = 1; i < length; i++)
        {
            var place = first + i * step;
            total = TOperator.Combine(total, x[place]);
            z[place] = total;
        }
    }
}

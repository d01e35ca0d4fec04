namespace DeepFun.Backends.Cpu;

/// <summary>A function of one element. The loop that applies it is written once, in <see cref="UnaryLoop{TOperator, T, TResult}"/>.</summary>
internal interface IUnaryOperator<T, TResult>
    where T : unmanaged
    where TResult : unmanaged
{
    /// <summary>One element.</summary>
    static abstract TResult Invoke(T x);
}

/// <summary>A function of two elements; see <see cref="BinaryLoop{TOperator, T, TResult}"/>.</summary>
internal interface IBinaryOperator<T, TResult>
    where T : unmanaged
    where TResult : unmanaged
{
    /// <summary>One pair of elements.</summary>
    static abstract TResult Invoke(T x, T y);
}

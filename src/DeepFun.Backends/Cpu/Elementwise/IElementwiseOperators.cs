namespace DeepFun.Backends.Cpu;

/// <summary>A function of one element.</summary>
internal interface IScalarUnary<T, TResult>
    where T : unmanaged
    where TResult : unmanaged
{
    static abstract TResult Invoke(T x);
}

/// <summary>A function of one register; a mask where the result is Bool.</summary>
internal interface IVectorUnary<T>
    where T : unmanaged
{
    static abstract V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, T>;
}

/// <summary>A function of two elements.</summary>
internal interface IScalarBinary<T>
    where T : unmanaged
{
    static abstract T Invoke(T x, T y);
}

/// <summary>A function of two registers; a mask where the result is Bool.</summary>
internal interface IVectorBinary<T>
    where T : unmanaged
{
    static abstract V Invoke<V>(V x, V y)
        where V : unmanaged, ILanes<V, T>;
}

/// <summary>
/// The loop over elements without gaps. At least 64 bytes may be read past the last input, none written past the last result.
/// The result of an element must not depend on its place.
/// </summary>
internal unsafe interface IUnaryKernel<T, TResult>
    where T : unmanaged
    where TResult : unmanaged
{
    static abstract void Run(T* x, TResult* z, nint count);
}

/// <summary>As <see cref="IUnaryKernel{T, TResult}"/>, for two inputs.</summary>
internal unsafe interface IBinaryKernel<T, TResult>
    where T : unmanaged
    where TResult : unmanaged
{
    static abstract void Run(T* x, T* y, TResult* z, nint count);
}

namespace DeepFun.Backends;

/// <summary>What the library holds outside the managed heap, in bytes.</summary>
/// <param name="LiveBytes">In use by tensors.</param>
/// <param name="CachedBytes">Kept warm for the next tensors.</param>
public readonly record struct MemoryStatistics(long LiveBytes, long CachedBytes)
{
    /// <summary>The default of <see cref="Budget"/>: 512 MiB.</summary>
    public const long DefaultBudget = 512L << 20;

    /// <summary>The figures of this moment.</summary>
    public static MemoryStatistics Now => new(NativePool.LiveBytes, NativePool.CachedBytes);

    /// <summary>Live bytes from which the garbage collector is called, and the most that is kept warm. Default: 512 MiB. Error: DF0604 unless positive.</summary>
    public static long Budget
    {
        get => NativePool.Budget;
        set => NativePool.Budget = value;
    }

    /// <summary>Gives cached memory back to the operating system.</summary>
    public static void Trim() => NativePool.Trim();
}

namespace DeepFun.Backends.Cpu;

/// <summary>
/// A SIMD register of any width, so that every operator is written once for 128, 256 and 512 bits. The base class library's
/// own interface for this is internal. Comparisons give masks: all bits of a lane set or none.
/// </summary>
internal unsafe interface ILanes<TSelf, T>
    where TSelf : unmanaged, ILanes<TSelf, T>
    where T : unmanaged
{
    static abstract int Count { get; }
    static abstract TSelf Create(T value);
    static abstract TSelf Load(T* from);

    /// <summary>The first elements, the other lanes filled. A whole register is read.</summary>
    static abstract TSelf LoadPart(T* from, nint count, T fill);

    static abstract void Store(TSelf x, T* to);

    /// <summary>Writes the first lanes only.</summary>
    static abstract void StorePart(TSelf x, T* to, nint count);

    static abstract TSelf operator +(TSelf x, TSelf y);

    static abstract TSelf operator -(TSelf x, TSelf y);

    static abstract TSelf operator *(TSelf x, TSelf y);

    static abstract TSelf operator /(TSelf x, TSelf y);

    static abstract TSelf operator -(TSelf x);

    static abstract TSelf operator &(TSelf x, TSelf y);

    static abstract TSelf operator |(TSelf x, TSelf y);

    static abstract TSelf operator ^(TSelf x, TSelf y);

    static abstract TSelf operator ~(TSelf x);

    static abstract TSelf operator ==(TSelf x, TSelf y);

    static abstract TSelf operator !=(TSelf x, TSelf y);

    static abstract TSelf operator <(TSelf x, TSelf y);

    static abstract TSelf operator <=(TSelf x, TSelf y);

    static abstract TSelf operator >(TSelf x, TSelf y);

    static abstract TSelf operator >=(TSelf x, TSelf y);

    /// <summary>Where the mask is set x, elsewhere y.</summary>
    static abstract TSelf Select(TSelf mask, TSelf x, TSelf y);

    /// <summary>One bit a lane.</summary>
    static abstract ulong Bits(TSelf mask);

    /// <summary>The greater, as IEEE 754 maximum: NaN wins, +0 above −0.</summary>
    static abstract TSelf Max(TSelf x, TSelf y);

    /// <summary>The less, as IEEE 754 minimum.</summary>
    static abstract TSelf Min(TSelf x, TSelf y);

    /// <summary>Into a range; NaN stays.</summary>
    static abstract TSelf Clamp(TSelf x, T low, T high);

    /// <summary>The less of both; NaN stays.</summary>
    static abstract TSelf AtMost(TSelf x, T high);

    /// <summary>All lanes combined in pairs.</summary>
    static abstract T Fold<TOperator>(TSelf x)
        where TOperator : struct, IReductionOperator<T>;

    static abstract TSelf Abs(TSelf x);
    static abstract TSelf Sqrt(TSelf x);

    /// <summary>x · y + z, rounded once. Float32 and Float64 only, like all that follow.</summary>
    static abstract TSelf MultiplyAdd(TSelf x, TSelf y, TSelf z);
    static abstract TSelf Floor(TSelf x);
    static abstract TSelf Ceiling(TSelf x);
    static abstract TSelf Round(TSelf x);
    static abstract TSelf Truncate(TSelf x);

    /// <summary>x · 2ⁿ rounded once, for whole n in [−252, 254]. Float32 only, like all that follow.</summary>
    static abstract TSelf Scale(TSelf x, TSelf n);

    /// <summary>Lanes that hold 32-bit integers instead of numbers.</summary>
    static abstract TSelf ToInteger(TSelf x);
    static abstract TSelf FromInteger(TSelf x);
    static abstract TSelf CreateInteger(int value);
    static abstract TSelf AddInteger(TSelf x, TSelf y);
    static abstract TSelf ShiftLeft(TSelf x, int count);
    static abstract TSelf ShiftRight(TSelf x, int count);

    /// <summary>For each lane the element of a table of eight that its integer names, modulo eight. The table is there twice in a row.</summary>
    static abstract TSelf Lookup(ref readonly float table, TSelf index);
}

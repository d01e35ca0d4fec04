using System.Numerics;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu.Indexing;

/// <summary>How an update meets what stands at its place: <see cref="ScatterOp"/> as a type, so that each gets its own loop.</summary>
internal interface IMeeting
{
    static abstract T Meet<T>(T old, T update)
        where T : unmanaged, INumber<T>;

    static abstract Vector<T> Meet<T>(Vector<T> old, Vector<T> update)
        where T : unmanaged, INumber<T>;
}

internal readonly struct AddMeeting : IMeeting
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Meet<T>(T old, T update)
        where T : unmanaged, INumber<T> => old + update;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Meet<T>(Vector<T> old, Vector<T> update)
        where T : unmanaged, INumber<T> => old + update;
}

// Max and Min are IEEE's maximum and minimum: NaN wins.
internal readonly struct MaxMeeting : IMeeting
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Meet<T>(T old, T update)
        where T : unmanaged, INumber<T> => T.Max(old, update);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Meet<T>(Vector<T> old, Vector<T> update)
        where T : unmanaged, INumber<T> => Vector.Max(old, update);
}

internal readonly struct MinMeeting : IMeeting
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Meet<T>(T old, T update)
        where T : unmanaged, INumber<T> => T.Min(old, update);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Meet<T>(Vector<T> old, Vector<T> update)
        where T : unmanaged, INumber<T> => Vector.Min(old, update);
}

internal readonly struct SetMeeting : IMeeting
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Meet<T>(T old, T update)
        where T : unmanaged, INumber<T> => update;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Meet<T>(Vector<T> old, Vector<T> update)
        where T : unmanaged, INumber<T> => update;
}

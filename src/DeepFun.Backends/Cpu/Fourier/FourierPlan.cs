using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DeepFun.Backends.Cpu.Fourier;

/// <summary>
/// What a transform of one length needs: the radices of its passes and its roots of unity. A length with a prime factor above
/// <see cref="LargestRadix"/> is a convolution with a chirp, whose length is smooth (Bluestein 1970).
/// </summary>
internal sealed unsafe class FourierPlan<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Above it, a prime factor's quadratic cost exceeds that of three longer transforms.</summary>
    public const int LargestRadix = 31;

    // Tables are small beside the tensors that they transform; a program that meets more lengths than this starts over.
    private const int MostPlans = 64;

    private static readonly ConcurrentDictionary<int, FourierPlan<T>> Plans = new();

    private readonly int[] radices;
    private readonly T[] cos;
    private readonly T[] sin;
    private readonly FourierPlan<T>? chirped;
    private readonly T[] filterRe = [];
    private readonly T[] filterIm = [];

    private FourierPlan(int length)
    {
        Length = length;
        var smooth = TryFactor(length, out radices);
        // A smooth length has all roots of its order, another one the chirp exp(−πi k²/n).
        (cos, sin) = (Table(length), Table(length));
        for (long k = 0; k < length; k++)
        {
            var (c, s) = smooth ? Root(k, length) : Root(k * k % (2L * length), 2L * length);
            (cos[k], sin[k]) = (T.CreateTruncating(c), T.CreateTruncating(-s));
        }
        if (smooth)
            return;
        chirped = Of(NextSmooth(2 * length - 1));
        (filterRe, filterIm) = Filter(chirped);
    }

    /// <summary>The number of elements of a line.</summary>
    public int Length { get; }

    /// <summary>Rows that the planes need.</summary>
    public int Rows => chirped?.Length ?? Length;

    /// <summary>Whether a length needs no chirp.</summary>
    public static bool IsSmooth(int length) => TryFactor(length, out _);

    /// <summary>The plan of a length.</summary>
    public static FourierPlan<T> Of(int length)
    {
        if (Plans.TryGetValue(length, out var plan))
            return plan;
        if (Plans.Count >= MostPlans)
            Plans.Clear();
        return Plans.GetOrAdd(length, new FourierPlan<T>(length));
    }

    /// <summary>Transforms the first <see cref="Length"/> rows of the first planes, in which the result lies afterwards.</summary>
    public void Run(ref Planes<T> planes, int columns)
    {
        if (chirped is null)
        {
            Passes(ref planes, columns);
            return;
        }
        var (used, all) = ((nint)Length * columns, (nint)Rows * columns);
        Multiply(planes, Pointer(cos), Pointer(sin), Length, columns);
        new Span<T>(planes.Re + used, (int)(all - used)).Clear();
        new Span<T>(planes.Im + used, (int)(all - used)).Clear();
        chirped.Passes(ref planes, columns);
        Multiply(planes, Pointer(filterRe), Pointer(filterIm), Rows, columns);
        planes.Exchange();
        chirped.Passes(ref planes, columns);
        planes.Exchange();
        Multiply(planes, Pointer(cos), Pointer(sin), Length, columns);
    }

    private void Passes(ref Planes<T> planes, int columns)
    {
        nint stride = columns;
        nint left = Length;
        foreach (var radix in radices)
        {
            var pass = new FourierPass<T>
            {
                Radix = radix,
                Blocks = left / radix,
                Stride = stride,
                Cos = Pointer(cos),
                Sin = Pointer(sin),
                Length = Length,
                FromRe = planes.Re,
                FromIm = planes.Im,
                ToRe = planes.OtherRe,
                ToIm = planes.OtherIm,
            };
            pass.Run();
            planes.Turn();
            left /= radix;
            stride *= radix;
        }
    }

    /// <summary>The transform of the conjugate chirp, wrapped around and divided by its length.</summary>
    private (T[] Re, T[] Im) Filter(FourierPlan<T> wide)
    {
        var rows = wide.Length;
        var memory = (T*)NativeMemory.AllocZeroed((nuint)rows * 4, (nuint)sizeof(T));
        try
        {
            var filter = new Planes<T>
            {
                Re = memory,
                Im = memory + rows,
                OtherRe = memory + 2 * (nint)rows,
                OtherIm = memory + 3 * (nint)rows,
            };
            for (var k = 0; k < Length; k++)
            {
                var mirrored = k == 0 ? 0 : rows - k;
                filter.Re[k] = filter.Re[mirrored] = cos[k] / T.CreateTruncating(rows);
                filter.Im[k] = filter.Im[mirrored] = -sin[k] / T.CreateTruncating(rows);
            }
            wide.Passes(ref filter, 1);
            var (re, im) = (Table(rows), Table(rows));
            new ReadOnlySpan<T>(filter.Re, rows).CopyTo(re);
            new ReadOnlySpan<T>(filter.Im, rows).CopyTo(im);
            return (re, im);
        }
        finally
        {
            NativeMemory.Free(memory);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(Planes<T> planes, T* re, T* im, int rows, int columns)
    {
        for (nint k = 0; k < rows; k++)
        {
            var (c, s) = (re[k], im[k]);
            for (var i = k * columns; i < (k + 1) * columns; i++)
                (planes.Re[i], planes.Im[i]) = (planes.Re[i] * c - planes.Im[i] * s, planes.Re[i] * s + planes.Im[i] * c);
        }
    }

    // Pinned for good, so that passes on many threads read them without pinning.
    private static T[] Table(int length) => GC.AllocateUninitializedArray<T>(length, pinned: true);

    private static T* Pointer(T[] table) => (T*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(table));

    /// <summary>The radices: fours first, which cost least; false where a prime factor is too large.</summary>
    private static bool TryFactor(int length, out int[] radices)
    {
        var found = new List<int>();
        var rest = length;
        foreach (var radix in (ReadOnlySpan<int>)[4, 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, LargestRadix])
        {
            while (rest % radix == 0)
            {
                found.Add(radix);
                rest /= radix;
            }
        }
        radices = rest == 1 ? [.. found] : [];
        return rest == 1;
    }

    /// <summary>The least number from this one that has no prime factor above 5.</summary>
    private static int NextSmooth(int least)
    {
        for (var n = least; ; n++)
        {
            var rest = n;
            foreach (var prime in (ReadOnlySpan<int>)[2, 3, 5])
            {
                while (rest % prime == 0)
                    rest /= prime;
            }
            if (rest == 1)
                return n;
        }
    }

    /// <summary>cos and sin of 2π k / n; the angle is brought to at most 45° in whole numbers first, so that both are right to the last bit or two.</summary>
    private static (double Cos, double Sin) Root(long k, long n)
    {
        var below = 2 * k > n;
        if (below)
            k = n - k;
        var left = 4 * k > n;
        var half = left ? n - 2 * k : 2 * k; // half / n of 180°, at most 90°
        var steep = 4 * half > n;
        var (sin, cos) = steep ? double.SinCosPi((n - 2.0 * half) / (2.0 * n)) : double.SinCosPi((double)half / n);
        if (steep)
            (cos, sin) = (sin, cos);
        return (left ? -cos : cos, below ? -sin : sin);
    }
}

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DeepFun.Backends.Cpu.Fourier;

/// <summary>
/// What a transform of one length needs: the radices of its passes and its roots of unity. A length with another prime factor than those
/// of the radices is a convolution with a chirp, whose length is smooth (Bluestein 1970).
/// </summary>
internal sealed unsafe class FourierPlan<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Of those that have passes of their own; by the others an element costs as many multiplications as the radix.
    private const int CheapRadices = 4;

    // Tables are small beside the tensors that they transform; a program that meets more lengths than this starts over.
    private const int MostPlans = 64;

    private static readonly ConcurrentDictionary<int, FourierPlan<T>> Plans = new();

    private readonly int[] radices = [];
    private readonly T[] cos;
    private readonly T[] sin;
    private readonly FourierPlan<T>? chirped;
    private readonly T[] filterRe = [];
    private readonly T[] filterIm = [];

    private FourierPlan(int length)
    {
        Length = length;
        var factors = new List<int>();
        var smooth = Divide(length, Radices, factors) == 1;
        // A smooth length has all roots of its order, another one the chirp exp(−πi k²/n).
        (cos, sin) = (Table(length), Table(length));
        for (long k = 0; k < length; k++)
        {
            var (c, s) = smooth ? Root(k, length) : Root(k * k % (2L * length), 2L * length);
            (cos[k], sin[k]) = (T.CreateTruncating(c), T.CreateTruncating(-s));
        }
        if (smooth)
        {
            radices = [.. factors];
            return;
        }
        chirped = Of(NextSmooth(2 * length - 1));
        (filterRe, filterIm) = Filter(chirped);
    }

    // Fours first, which cost least. A larger prime's quadratic cost exceeds that of the chirp's two longer transforms.
    private static ReadOnlySpan<int> Radices => [4, 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31];

    /// <summary>The number of elements of a line.</summary>
    public int Length { get; }

    /// <summary>Rows that the planes need.</summary>
    public int Rows => chirped?.Length ?? Length;

    /// <summary>Whether a length needs no chirp.</summary>
    public static bool IsSmooth(int length) => Divide(length, Radices) == 1;

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
                Step = Length / left,
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

    /// <summary>What is left of a number that is divided by these factors as often as that goes; the factors used, each time, are added to found.</summary>
    private static int Divide(int number, ReadOnlySpan<int> factors, List<int>? found = null)
    {
        foreach (var factor in factors)
        {
            while (number % factor == 0)
            {
                found?.Add(factor);
                number /= factor;
            }
        }
        return number;
    }

    /// <summary>The least number from this one that the cheap radices make.</summary>
    private static int NextSmooth(int least)
    {
        while (Divide(least, Radices[..CheapRadices]) != 1)
            least++;
        return least;
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

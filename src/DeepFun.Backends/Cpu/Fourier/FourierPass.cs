using System.Numerics;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu.Fourier;

/// <summary>
/// One pass of Stockham's transform, which needs no reordering: radix · blocks elements, each a row of <c>stride</c> numbers that are treated
/// alike. For all p and k: to[radix p + k] = w^(p k) Σⱼ from[p + j blocks] exp(−2πi jk / radix), where w is a root of unity of order radix · blocks.
/// Source: Van Loan, Computational Frameworks for the Fast Fourier Transform, 1.7 (Stockham autosort).
/// </summary>
internal unsafe ref struct FourierPass<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public int Radix;
    public nint Blocks;
    public nint Stride;

    /// <summary>exp(−2πi k / n) for all k below n, the whole transform's length.</summary>
    public T* Cos;
    public T* Sin;

    /// <summary>Places in the tables from one root of this pass to the next.</summary>
    public nint Step;

    public T* FromRe;
    public T* FromIm;
    public T* ToRe;
    public T* ToIm;

    public void Run()
    {
        if (Stride >= Vector<T>.Count)
            Run<VectorLane<T>>();
        else
            Run<ScalarLane<T>>();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run<TLane>()
        where TLane : unmanaged, ILane<TLane, T>
    {
        switch (Radix)
        {
            case 2:
                for (nint p = 0; p < Blocks; p++)
                    Two<TLane>(p);
                break;
            case 3:
                for (nint p = 0; p < Blocks; p++)
                    Three<TLane>(p);
                break;
            case 4:
                for (nint p = 0; p < Blocks; p++)
                    Four<TLane>(p);
                break;
            case 5:
                for (nint p = 0; p < Blocks; p++)
                    Five<TLane>(p);
                break;
            default:
                for (nint p = 0; p < Blocks; p++)
                    Other<TLane>(p);
                break;
        }
    }

    // The last register of a row overlaps the one before: a pass writes elsewhere than it reads, so that twice is no harm.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint Next<TLane>(nint q, nint stride)
        where TLane : unmanaged, ILane<TLane, T>
    {
        var next = q + TLane.Count;
        return next < stride && next > stride - TLane.Count ? stride - TLane.Count : next;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly TLane Twiddle<TLane>(T* table, nint p, int k)
        where TLane : unmanaged, ILane<TLane, T> => TLane.Create(table[k * p * Step]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLane>(T* toRe, T* toIm, TLane re, TLane im, TLane cos, TLane sin)
        where TLane : unmanaged, ILane<TLane, T>
    {
        TLane.Store(toRe, re * cos - im * sin);
        TLane.Store(toIm, re * sin + im * cos);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Two<TLane>(nint p)
        where TLane : unmanaged, ILane<TLane, T>
    {
        var (s, far) = (Stride, Stride * Blocks);
        var (c1, s1) = (Twiddle<TLane>(Cos, p, 1), Twiddle<TLane>(Sin, p, 1));
        var re = FromRe + s * p;
        var im = FromIm + s * p;
        var toRe = ToRe + 2 * s * p;
        var toIm = ToIm + 2 * s * p;
        for (nint q = 0; q < s; q = Next<TLane>(q, s))
        {
            var (r0, i0) = (TLane.Load(re + q), TLane.Load(im + q));
            var (r1, i1) = (TLane.Load(re + far + q), TLane.Load(im + far + q));
            TLane.Store(toRe + q, r0 + r1);
            TLane.Store(toIm + q, i0 + i1);
            Store(toRe + s + q, toIm + s + q, r0 - r1, i0 - i1, c1, s1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Three<TLane>(nint p)
        where TLane : unmanaged, ILane<TLane, T>
    {
        var (s, far) = (Stride, Stride * Blocks);
        var (c1, s1) = (Twiddle<TLane>(Cos, p, 1), Twiddle<TLane>(Sin, p, 1));
        var (c2, s2) = (Twiddle<TLane>(Cos, p, 2), Twiddle<TLane>(Sin, p, 2));
        var half = TLane.Create(T.CreateTruncating(0.5));
        var height = TLane.Create(T.CreateTruncating(0.86602540378443864676)); // sin 60°
        var re = FromRe + s * p;
        var im = FromIm + s * p;
        var toRe = ToRe + 3 * s * p;
        var toIm = ToIm + 3 * s * p;
        for (nint q = 0; q < s; q = Next<TLane>(q, s))
        {
            var (r0, i0) = (TLane.Load(re + q), TLane.Load(im + q));
            var (r1, i1) = (TLane.Load(re + far + q), TLane.Load(im + far + q));
            var (r2, i2) = (TLane.Load(re + 2 * far + q), TLane.Load(im + 2 * far + q));
            var (sumR, sumI) = (r1 + r2, i1 + i2);
            var (differenceR, differenceI) = ((r1 - r2) * height, (i1 - i2) * height);
            var (midR, midI) = (r0 - sumR * half, i0 - sumI * half);
            TLane.Store(toRe + q, r0 + sumR);
            TLane.Store(toIm + q, i0 + sumI);
            Store(toRe + s + q, toIm + s + q, midR + differenceI, midI - differenceR, c1, s1);
            Store(toRe + 2 * s + q, toIm + 2 * s + q, midR - differenceI, midI + differenceR, c2, s2);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Four<TLane>(nint p)
        where TLane : unmanaged, ILane<TLane, T>
    {
        var (s, far) = (Stride, Stride * Blocks);
        var (c1, s1) = (Twiddle<TLane>(Cos, p, 1), Twiddle<TLane>(Sin, p, 1));
        var (c2, s2) = (Twiddle<TLane>(Cos, p, 2), Twiddle<TLane>(Sin, p, 2));
        var (c3, s3) = (Twiddle<TLane>(Cos, p, 3), Twiddle<TLane>(Sin, p, 3));
        var re = FromRe + s * p;
        var im = FromIm + s * p;
        var toRe = ToRe + 4 * s * p;
        var toIm = ToIm + 4 * s * p;
        for (nint q = 0; q < s; q = Next<TLane>(q, s))
        {
            var (r0, i0) = (TLane.Load(re + q), TLane.Load(im + q));
            var (r1, i1) = (TLane.Load(re + far + q), TLane.Load(im + far + q));
            var (r2, i2) = (TLane.Load(re + 2 * far + q), TLane.Load(im + 2 * far + q));
            var (r3, i3) = (TLane.Load(re + 3 * far + q), TLane.Load(im + 3 * far + q));
            var (evenSumR, evenSumI) = (r0 + r2, i0 + i2);
            var (evenR, evenI) = (r0 - r2, i0 - i2);
            var (oddSumR, oddSumI) = (r1 + r3, i1 + i3);
            var (oddR, oddI) = (r1 - r3, i1 - i3);
            TLane.Store(toRe + q, evenSumR + oddSumR);
            TLane.Store(toIm + q, evenSumI + oddSumI);
            Store(toRe + s + q, toIm + s + q, evenR + oddI, evenI - oddR, c1, s1);
            Store(toRe + 2 * s + q, toIm + 2 * s + q, evenSumR - oddSumR, evenSumI - oddSumI, c2, s2);
            Store(toRe + 3 * s + q, toIm + 3 * s + q, evenR - oddI, evenI + oddR, c3, s3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Five<TLane>(nint p)
        where TLane : unmanaged, ILane<TLane, T>
    {
        var (s, far) = (Stride, Stride * Blocks);
        var (c1, s1) = (Twiddle<TLane>(Cos, p, 1), Twiddle<TLane>(Sin, p, 1));
        var (c2, s2) = (Twiddle<TLane>(Cos, p, 2), Twiddle<TLane>(Sin, p, 2));
        var (c3, s3) = (Twiddle<TLane>(Cos, p, 3), Twiddle<TLane>(Sin, p, 3));
        var (c4, s4) = (Twiddle<TLane>(Cos, p, 4), Twiddle<TLane>(Sin, p, 4));
        var cos1 = TLane.Create(T.CreateTruncating(0.30901699437494742410)); // cos 72°
        var cos2 = TLane.Create(T.CreateTruncating(-0.80901699437494742410)); // cos 144°
        var sin1 = TLane.Create(T.CreateTruncating(0.95105651629515357212));
        var sin2 = TLane.Create(T.CreateTruncating(0.58778525229247312917));
        var re = FromRe + s * p;
        var im = FromIm + s * p;
        var toRe = ToRe + 5 * s * p;
        var toIm = ToIm + 5 * s * p;
        for (nint q = 0; q < s; q = Next<TLane>(q, s))
        {
            var (r0, i0) = (TLane.Load(re + q), TLane.Load(im + q));
            var (r1, i1) = (TLane.Load(re + far + q), TLane.Load(im + far + q));
            var (r2, i2) = (TLane.Load(re + 2 * far + q), TLane.Load(im + 2 * far + q));
            var (r3, i3) = (TLane.Load(re + 3 * far + q), TLane.Load(im + 3 * far + q));
            var (r4, i4) = (TLane.Load(re + 4 * far + q), TLane.Load(im + 4 * far + q));
            var (outerR, outerI, innerR, innerI) = (r1 + r4, i1 + i4, r2 + r3, i2 + i3);
            var (outR, outI, inR, inI) = (r1 - r4, i1 - i4, r2 - r3, i2 - i3);
            var (evenR1, evenI1) = (r0 + outerR * cos1 + innerR * cos2, i0 + outerI * cos1 + innerI * cos2);
            var (evenR2, evenI2) = (r0 + outerR * cos2 + innerR * cos1, i0 + outerI * cos2 + innerI * cos1);
            var (oddR1, oddI1) = (outR * sin1 + inR * sin2, outI * sin1 + inI * sin2);
            var (oddR2, oddI2) = (outR * sin2 - inR * sin1, outI * sin2 - inI * sin1);
            TLane.Store(toRe + q, r0 + outerR + innerR);
            TLane.Store(toIm + q, i0 + outerI + innerI);
            Store(toRe + s + q, toIm + s + q, evenR1 + oddI1, evenI1 - oddR1, c1, s1);
            Store(toRe + 2 * s + q, toIm + 2 * s + q, evenR2 + oddI2, evenI2 - oddR2, c2, s2);
            Store(toRe + 3 * s + q, toIm + 3 * s + q, evenR2 - oddI2, evenI2 + oddR2, c3, s3);
            Store(toRe + 4 * s + q, toIm + 4 * s + q, evenR1 - oddI1, evenI1 + oddR1, c4, s4);
        }
    }

    /// <summary>By definition, for the few larger primes.</summary>
    private readonly void Other<TLane>(nint p)
        where TLane : unmanaged, ILane<TLane, T>
    {
        var (s, far) = (Stride, Stride * Blocks);
        var root = Step * Blocks;
        for (var k = 0; k < Radix; k++)
        {
            var (ck, sk) = (Twiddle<TLane>(Cos, p, k), Twiddle<TLane>(Sin, p, k));
            var re = FromRe + s * p;
            var im = FromIm + s * p;
            var toRe = ToRe + (Radix * p + k) * s;
            var toIm = ToIm + (Radix * p + k) * s;
            for (nint q = 0; q < s; q = Next<TLane>(q, s))
            {
                var (sumR, sumI) = (TLane.Load(re + q), TLane.Load(im + q));
                for (var j = 1; j < Radix; j++)
                {
                    var place = j * k % Radix * root;
                    var (c, d) = (TLane.Create(Cos[place]), TLane.Create(Sin[place]));
                    var (r, i) = (TLane.Load(re + j * far + q), TLane.Load(im + j * far + q));
                    sumR = sumR + r * c - i * d;
                    sumI = sumI + r * d + i * c;
                }
                Store(toRe + q, toIm + q, sumR, sumI, ck, sk);
            }
        }
    }
}

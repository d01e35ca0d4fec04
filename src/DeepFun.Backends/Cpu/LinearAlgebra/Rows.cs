using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu.LinearAlgebra;

/// <summary>Operations on rows, elements side by side in memory, of which every decomposition is made.</summary>
internal static unsafe class Rows<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Σ xᵢ yᵢ</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T Dot(T* x, T* y, nint n)
    {
        nint i = 0;
        var sum = T.Zero;
        if (n >= Vector256<T>.Count)
        {
            var (a, b) = (Vector256<T>.Zero, Vector256<T>.Zero);
            for (; i + 2 * Vector256<T>.Count <= n; i += 2 * Vector256<T>.Count)
            {
                a += Vector256.Load(x + i) * Vector256.Load(y + i);
                b += Vector256.Load(x + i + Vector256<T>.Count) * Vector256.Load(y + i + Vector256<T>.Count);
            }
            sum = Vector256.Sum(a + b);
        }
        for (; i < n; i++)
            sum += x[i] * y[i];
        return sum;
    }

    /// <summary>y ← y + a x</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled(T a, T* x, T* y, nint n)
    {
        nint i = 0;
        if (n >= Vector256<T>.Count)
        {
            var factor = Vector256.Create(a);
            for (; i + Vector256<T>.Count <= n; i += Vector256<T>.Count)
                (Vector256.Load(y + i) + factor * Vector256.Load(x + i)).Store(y + i);
        }
        for (; i < n; i++)
            y[i] += a * x[i];
    }

    /// <summary>x ← a x</summary>
    public static void Scale(T a, T* x, nint n)
    {
        for (nint i = 0; i < n; i++)
            x[i] *= a;
    }

    /// <summary>(x, y) ← (c x − s y, s x + c y)</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rotate(T c, T s, T* x, T* y, nint n)
    {
        nint i = 0;
        if (n >= Vector256<T>.Count)
        {
            var (cosine, sine) = (Vector256.Create(c), Vector256.Create(s));
            for (; i + Vector256<T>.Count <= n; i += Vector256<T>.Count)
            {
                var (p, q) = (Vector256.Load(x + i), Vector256.Load(y + i));
                (cosine * p - sine * q).Store(x + i);
                (sine * p + cosine * q).Store(y + i);
            }
        }
        for (; i < n; i++)
            (x[i], y[i]) = (c * x[i] - s * y[i], s * x[i] + c * y[i]);
    }

    /// <summary>(x, y) ← (y, x)</summary>
    public static void Exchange(T* x, T* y, nint n)
    {
        for (nint i = 0; i < n; i++)
            (x[i], y[i]) = (y[i], x[i]);
    }

    /// <summary>to ← the transpose of the [rows, columns] matrix from; they do not overlap.</summary>
    public static void Transpose(T* from, T* to, nint rows, nint columns)
    {
        for (nint i = 0; i < rows; i++)
        {
            for (nint j = 0; j < columns; j++)
                to[j * rows + i] = from[i * columns + j];
        }
    }

    /// <summary>The largest absolute value; NaN if there is one, 0 of nothing.</summary>
    public static T Largest(T* x, nint n)
    {
        var largest = T.Zero;
        for (nint i = 0; i < n; i++)
            largest = T.Max(largest, T.Abs(x[i]));
        return largest;
    }

    /// <summary>
    /// The power of two by which a matrix is divided so that its largest element is between 1 and 2, and squares neither overflow nor vanish.
    /// </summary>
    public static T Magnitude(T* x, nint n)
    {
        var largest = Largest(x, n);
        // The reciprocal of the smallest numbers overflows.
        return largest == T.Zero ? T.One : T.ScaleB(T.One, int.Max(T.ILogB(largest), sizeof(T) == sizeof(float) ? -120 : -1000));
    }

    /// <summary>x ← the identity</summary>
    public static void Identity(T* x, nint n)
    {
        new System.Span<T>(x, (int)(n * n)).Clear();
        for (nint i = 0; i < n; i++)
            x[i * n + i] = T.One;
    }
}

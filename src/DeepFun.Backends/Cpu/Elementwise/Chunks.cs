namespace DeepFun.Backends.Cpu;

/// <summary>How work is cut: chunks for threads, tiles for strided inputs. Cuts depend on the size alone, never on the number of threads.</summary>
internal static class Chunks
{
    /// <summary>Elements from which threads share the work; below, handing it over costs more than it saves.</summary>
    public const int Threshold = 2 * Length;

    /// <summary>Elements of a strided input that are brought together at a time; they stay in the first-level cache.</summary>
    public const int Tile = 1024;

    /// <summary>Elements beyond a tile that a kernel may read.</summary>
    public const int Overread = 64;

    /// <summary>Elements of a chunk.</summary>
    public const int Length = 16384;

    /// <summary>Chunks of so many elements.</summary>
    public static int Of(nint count) => (int)((count + Length - 1) / Length);

    /// <summary>The elements of one chunk.</summary>
    public static void Range(int chunk, nint count, out nint start, out nint end)
    {
        start = (nint)chunk * Length;
        end = nint.Min(start + Length, count);
    }
}

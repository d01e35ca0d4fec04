using System;
using System.Linq;
using System.Runtime.InteropServices;
using DeepFun.Backends;
using DeepFun.Backends.Cpu;
using MathNet.Numerics.IntegralTransforms;
using ComplexNumber = System.Numerics.Complex;

namespace DeepFun.Benchmarks;

/// <summary>Fourier transforms of float64 and float32 beside MathNet.Numerics, in one thread: time, and the error of both.</summary>
internal static class FourierBenchmark
{
    private const int Rounds = 12;

    private static readonly (int Lines, int Length)[] Workloads =
    [
        (1, 256),
        (1, 1000),
        (1, 1021), // a prime
        (1, 1024),
        (1, 65_536),
        (1, 1_048_576),
        (128, 512),
        (128, 500),
    ];

    public static void Run(double secondsPerRound)
    {
        WorkerPool.Threads = 1;
        MathNet.Numerics.Control.UseManaged();
        MathNet.Numerics.Control.UseSingleThread();
        Console.WriteLine(
            $"Microseconds of a forward transform, fastest of {Rounds} rounds, 1 thread; error: largest over the largest element"
        );
        Console.WriteLine(
            $"{"lines x length", -18}{"f64", 9}{"MathNet", 9}{"ratio", 7}{"f32", 9}{"MathNet", 9}{"ratio", 7}{"err f64", 10}{"MathNet", 10}{"err f32", 10}{"MathNet", 10}"
        );
        foreach (var (lines, length) in Workloads)
        {
            var random = new Random(1);
            var values = Enumerable
                .Range(0, lines * length)
                .Select(_ => new ComplexNumber(random.NextDouble() - 0.5, random.NextDouble() - 0.5))
                .ToArray();
            var singles = values.Select(v => new MathNet.Numerics.Complex32((float)v.Real, (float)v.Imaginary)).ToArray();
            var wide = CpuBackend.Instance.FromHost(MemoryMarshal.AsBytes(values.AsSpan()), DType.Float64, [lines, length, 2]);
            var narrow = CpuBackend.Instance.FromHost(MemoryMarshal.AsBytes(singles.AsSpan()), DType.Float32, [lines, length, 2]);
            var line = new ComplexNumber[length];
            var singleLine = new MathNet.Numerics.Complex32[length];
            var seconds = Timing.Fastest(
                Rounds,
                secondsPerRound,
                () => CpuBackend.Instance.AlongAxis(AxisOp.Fourier, wide, 1, false),
                () => Each(values, line, l => Fourier.Forward(l, FourierOptions.NoScaling)),
                () => CpuBackend.Instance.AlongAxis(AxisOp.Fourier, narrow, 1, false),
                () => Each(singles, singleLine, l => Fourier.Forward(l, FourierOptions.NoScaling))
            );
            var micro = seconds.Select(s => s * 1e6).ToArray();
            Console.Write($"{lines + " x " + length, -18}{micro[0], 9:F1}{micro[1], 9:F1}{micro[1] / micro[0], 7:F1}");
            Console.Write($"{micro[2], 9:F1}{micro[3], 9:F1}{micro[3] / micro[2], 7:F1}");
            Console.WriteLine(length > 4096 ? "" : Errors(values[..length], wide, narrow));
        }
    }

    private static void Each<T>(T[] values, T[] line, Action<T[]> transform)
    {
        for (var start = 0; start < values.Length; start += line.Length)
        {
            Array.Copy(values, start, line, 0, line.Length);
            transform(line);
        }
    }

    private static string Errors(ComplexNumber[] values, Storage wide, Storage narrow)
    {
        var n = values.Length;
        var roots = Enumerable.Range(0, n).Select(k => ComplexNumber.FromPolarCoordinates(1, -2 * Math.PI * k / n)).ToArray();
        var exact = Enumerable
            .Range(0, n)
            .Select(k => Enumerable.Range(0, n).Aggregate(ComplexNumber.Zero, (sum, j) => sum + values[j] * roots[(int)((long)j * k % n)]))
            .ToArray();
        var largest = exact.Max(v => v.Magnitude);
        string Error(ComplexNumber[] found) => $"{exact.Zip(found, (e, f) => (e - f).Magnitude).Max() / largest, 10:E1}";

        var theirs = values.ToArray();
        Fourier.Forward(theirs, FourierOptions.NoScaling);
        var theirSingles = values.Select(v => new MathNet.Numerics.Complex32((float)v.Real, (float)v.Imaginary)).ToArray();
        Fourier.Forward(theirSingles, FourierOptions.NoScaling);
        var ours = new ComplexNumber[wide.Shape.Size / 2];
        CpuBackend.Instance.ToHost(CpuBackend.Instance.AlongAxis(AxisOp.Fourier, wide, 1, false), MemoryMarshal.AsBytes(ours.AsSpan()));
        var ourSingles = new MathNet.Numerics.Complex32[narrow.Shape.Size / 2];
        CpuBackend.Instance.ToHost(
            CpuBackend.Instance.AlongAxis(AxisOp.Fourier, narrow, 1, false),
            MemoryMarshal.AsBytes(ourSingles.AsSpan())
        );
        return Error(ours[..n])
            + Error(theirs)
            + Error([.. ourSingles[..n].Select(v => v.ToComplex())])
            + Error([.. theirSingles.Select(v => v.ToComplex())]);
    }
}

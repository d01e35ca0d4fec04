using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepFun.Benchmarks;

/// <summary>All derivatives up to an order: Taylor mode beside nested forward mode, which doubles with every order.</summary>
internal static class JetBenchmark
{
    private const int Orders = 8;

    public static void Run()
    {
        var small = Tensor.Vector([.. Enumerable.Range(1, 10).Select(i => i / 20.0)]);
        var large = Tensor.Vector([.. Enumerable.Range(1, 10_000).Select(i => i / 20_000.0)]);
        Console.WriteLine("Microseconds for f, f′, …, f⁽ⁿ⁾ of f(x) = tanh(exp(sin x) · x), elementwise, float32; fastest of 5 rounds");
        Console.WriteLine($"{"", 6}{"10 numbers", 30}{"10,000 numbers", 30}");
        Console.WriteLine($"{"order", 6}{"jet", 10}{"nested", 12}{"ratio", 8}{"jet", 10}{"nested", 12}{"ratio", 8}");
        for (var order = 1; order <= Orders; order++)
            Console.WriteLine($"{order, 6}{Row(small, order)}{Row(large, order)}");
    }

    private static string Row(Tensor x, int order)
    {
        var nested = Nested(order, Tensor.Vector([.. Enumerable.Repeat(1.0, x.Size)]));
        var times = Timing.Fastest(5, 0.02, () => Differentiate.Jet((Tensor y) => F(y), x, order), () => nested(x));
        return $"{times[0] * 1e6, 10:F0}{times[1] * 1e6, 12:F0}{times[1] / times[0], 8:F1}";
    }

    private static Tensor F(Tensor x) => (x.Sin().Exp() * x).Tanh();

    /// <summary>Each level gives its value along, so that one call of the last gives every derivative, as jet does.</summary>
    private static Func<Tensor, IReadOnlyList<Tensor>> Nested(int order, Tensor ones)
    {
        if (order == 0)
            return x => [F(x)];
        var inner = Nested(order - 1, ones);
        return x =>
        {
            var (values, tangents) = Differentiate.Jvp((Tensor y) => inner(y).ToArray(), x, ones);
            return [.. values, tangents[^1]];
        };
    }
}

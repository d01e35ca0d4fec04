using System;
using System.Linq;

namespace DeepFun.Benchmarks;

/// <summary>Jacobians and Hessians: operation by operation, as they compile by themselves (every call traced), and in a jit of one's own.</summary>
internal static class JacobianBenchmark
{
    private const string Switch = "DeepFun.Jit.Off";

    // So many calls that what is worth compiling is compiled.
    private const int Before = 3000;

    private static readonly int[] Sizes = [2, 10, 30, 100, 128];

    public static void Run()
    {
        Console.WriteLine("Microseconds a call, float32; fastest of 80 interleaved rounds");
        Console.WriteLine($"{"", -26}{"n", 5}{"eager", 10}{"by itself", 12}{"jit", 10}{"eager / by itself", 20}");
        foreach (var n in Sizes)
        {
            var x = Tensor.Normal(Key.FromSeed(1), n);
            var w = Tensor.Normal(Key.FromSeed(2), n, n);
            Row("jacobian, x² + sin x", x, Differentiate.Jacobian(v => v * v + v.Sin()));
            Row("jacobian, tanh(w x + ½)", x, Differentiate.Jacobian(v => (w.MatMul(v) + 0.5).Tanh()));
            Row("hessian, Σ sin x · exp −x²", x, Differentiate.Hessian(v => (v.Sin() * (-v * v).Exp()).Sum()));
            Row("hessian, |w tanh(w x)|²", x, Differentiate.Hessian(v => w.MatMul(w.MatMul(v).Tanh()).Square().Sum()));
        }
    }

    private static void Row(string name, Tensor x, Func<Tensor, Tensor> derivative)
    {
        var compiled = Compile.Jit(derivative);
        for (var i = 0; i < Before; i++)
            derivative(x);
        compiled(x);
        var times = Timing
            .Fastest(80, 0.001, () => Eager(derivative, x), () => derivative(x), () => compiled(x))
            .Select(s => s * 1e6)
            .ToArray();
        Console.WriteLine($"{name, -26}{x.Size, 5}{times[0], 10:F1}{times[1], 12:F1}{times[2], 10:F1}{times[0] / times[1], 20:F2}");
    }

    private static void Eager(Func<Tensor, Tensor> derivative, Tensor x)
    {
        AppContext.SetSwitch(Switch, true);
        derivative(x);
        AppContext.SetSwitch(Switch, false);
    }
}

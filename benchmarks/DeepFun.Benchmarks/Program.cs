using System;
using DeepFun.Benchmarks;

var seconds = args.Length > 1 ? double.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 0.003;
switch (args.Length > 0 ? args[0] : "")
{
    case "matmul":
        MatMulBenchmark.Run(seconds);
        return 0;
    case "conv":
        ConvolutionBenchmark.Run(seconds);
        return 0;
    default:
        Console.Error.WriteLine("Usage: DeepFun.Benchmarks matmul|conv [seconds per round, default 0.003]");
        return 1;
}

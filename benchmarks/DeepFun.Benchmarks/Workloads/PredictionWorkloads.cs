using System;

namespace DeepFun.Benchmarks.Workloads;

/// <summary>The time from one example to its prediction.</summary>
internal static class PredictionWorkloads
{
    public static Workload[] All { get; } =
    [
        new("predict_mlp", () => Predict(Networks.Perceptron(), 784), 8, ["predict_mlp", "predict_mlp/jit_frozen"]),
        new("predict_cnn", () => Predict(Networks.Convolutional(), 1, 28, 28), 1.5, ["predict_cnn", "predict_cnn/jit_frozen"]),
    ];

    private static Action Predict(Layer model, params int[] shape)
    {
        var (parameters, state) = model.Initialize(Key.FromSeed(0), shape);
        var x = Workload.Normal(1, [1, .. shape]);
        var predict = Compile.Jit((Tensor x) => model.Forward(parameters, state, x));
        return () => predict(x);
    }
}

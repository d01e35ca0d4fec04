using System;

namespace DeepFun.Benchmarks.Workloads;

/// <summary>One step of training: gradient of the mean cross entropy, and Adam.</summary>
internal static class TrainingWorkloads
{
    public static Workload[] All { get; } =
    [
        new("mlp_step", () => Step(Networks.Perceptron(), [784], 64), 4, ["mlp_step", "mlp_step/adam_foreach", "mlp_step/jit_trace"]),
        new(
            "cnn_step",
            () => Step(Networks.Convolutional(), [1, 28, 28], 64),
            3,
            ["cnn_step", "cnn_step/jit_trace", "cnn_step/channels_last"]
        ),
        new("lstm_step", () => Step(Networks.Recurrent(), [64, 32], 32), 3.5, ["lstm_step", "lstm_step/jit_trace"]),
        new("attention_step", () => Step(Networks.Encoder(), [64, 128], 16), 2, ["attention_step", "attention_step/jit_trace"]),
    ];

    internal static Action Step(Layer model, int[] shape, int batch)
    {
        var inputs = Workload.Normal(1, [batch, .. shape]);
        var targets = Workload.Labels(batch);
        var (loss, optimizer) = (Losses.SparseCategoricalCrossEntropy(), Optimizers.Adam(1e-3));
        var (parameters, state) = model.Initialize(Key.FromSeed(0), shape);
        var memory = optimizer.Start(parameters);
        var step = Compile.Jit(
            (Params p, Params m, Tensor x, Tensor y) =>
            {
                var gradient = Differentiate.Grad((Params q) => loss.Value(model.Forward(q, state, x), y))(p);
                return optimizer.Step(p, gradient, m);
            },
            donate: 2
        );
        return () => (parameters, memory) = step(parameters, memory, inputs, targets);
    }
}

namespace DeepFun.Benchmarks.Workloads;

/// <summary>The networks of the yardstick, in their plainest form.</summary>
internal static class Networks
{
    /// <summary>784-128-10 with relu.</summary>
    public static Layer Perceptron() => Model.Sequential(Layers.Dense(128, Activation.Relu), Layers.Dense(10));

    /// <summary>Three convolutions of 32, 64 and 64 maps, two poolings, two dense layers: 93,322 parameters.</summary>
    public static Layer Convolutional() =>
        Model.Sequential(
            Layers.Conv2D(32, kernel: 3, activation: Activation.Relu),
            Layers.MaxPool2D(2),
            Layers.Conv2D(64, kernel: 3, activation: Activation.Relu),
            Layers.MaxPool2D(2),
            Layers.Conv2D(64, kernel: 3, activation: Activation.Relu),
            Layers.Flatten(),
            Layers.Dense(64, Activation.Relu),
            Layers.Dense(10)
        );

    /// <summary>An LSTM of 128 units over [steps, 32], its last output through a dense layer of 10.</summary>
    public static Layer Recurrent() =>
        Model.Sequential(("rnn", Model.Custom("Lstm(128)", LstmInit, Lstm, _ => [128])), ("out", Layers.Dense(10)));

    private static Params LstmInit(Key key, Shape shape) =>
        Params.Of(
            ("input", Tensor.Normal(key.Fold(0), shape[^1], 512) * 0.05),
            ("hidden", Tensor.Normal(key.Fold(1), 128, 512) * 0.05),
            ("bias", Tensor.Zeros(512))
        );

    // The products with the inputs of all steps are one.
    private static Tensor Lstm(Params p, Tensor x)
    {
        var (batch, steps) = (x.Shape[0], x.Shape[1]);
        var inputs = (x.Permute(1, 0, 2).Reshape(steps * batch, x.Shape[2]).MatMul(p["input"]) + p["bias"]).Reshape(steps, batch, 512);
        var zero = Tensor.Zeros(batch, 128);
        var (_, last) = Control.Fold(
            ((Tensor Cell, Tensor Output) carry, Tensor gates) =>
            {
                var z = gates + carry.Output.MatMul(p["hidden"]);
                var (input, forget) = (z.Slice(0, 128, axis: 1).Sigmoid(), z.Slice(128, 256, axis: 1).Sigmoid());
                var (candidate, output) = (z.Slice(256, 384, axis: 1).Tanh(), z.Slice(384, 512, axis: 1).Sigmoid());
                var cell = forget * carry.Cell + input * candidate;
                return (cell, output * cell.Tanh());
            },
            (zero, zero),
            inputs
        );
        return last;
    }

    /// <summary>A transformer's encoder block (d 128, 4 heads, 512 inside, norms first), the mean over the tokens, a dense layer of 10.</summary>
    public static Layer Encoder() =>
        Model.Sequential(
            Model.Residual(
                Model.Sequential(
                    Layers.LayerNorm(),
                    Layers.Dense(3 * 128),
                    Model.Function("Attention", Attend, _ => [64, 128]),
                    Layers.Dense(128)
                )
            ),
            Model.Residual(Model.Sequential(Layers.LayerNorm(), Layers.Dense(512, Activation.Relu), Layers.Dense(128))),
            Model.Function("Mean", x => x.Mean(1), s => [s[^1]]),
            Layers.Dense(10)
        );

    private static Tensor Attend(Tensor x)
    {
        var (batch, tokens, heads, depth) = (x.Shape[0], x.Shape[1], 4, 32);
        var parts = x.Reshape(batch, tokens, 3, heads, depth).Permute(2, 0, 3, 1, 4);
        var (q, k, v) = (parts.Item(0), parts.Item(1), parts.Item(2));
        var weights = (q.MatMul(k.Permute(0, 1, 3, 2)) * (1 / System.Math.Sqrt(depth))).Softmax();
        return weights.MatMul(v).Permute(0, 2, 1, 3).Reshape(batch, tokens, heads * depth);
    }
}

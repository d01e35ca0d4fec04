using DeepFun;

namespace Digits;

/// <summary>The networks that the program can train.</summary>
internal static class Networks
{
    public static Layer Digits() =>
        Model.Sequential(
            Layers.Conv2D(32, kernel: 3, padding: WindowPadding.Same, activation: Activation.Relu),
            Layers.MaxPool2D(2),
            Layers.Conv2D(64, kernel: 3, padding: WindowPadding.Same, activation: Activation.Relu),
            Layers.MaxPool2D(2),
            Layers.Flatten(),
            Layers.Dense(64, Activation.Relu),
            Layers.Dense(10)
        );

    public static Layer Mnist() =>
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

    public static Layer Perceptron() => Model.Sequential(Layers.Flatten(), Layers.Dense(128, Activation.Relu), Layers.Dense(10));
}

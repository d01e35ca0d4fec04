using System;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>A model together with its parameters and state. Immutable; safe to share between threads.</summary>
public sealed class FittedModel
{
    private const string ShapeEntry = "deepfun.input_shape";

    internal FittedModel(Layer layer, Params parameters, Params state, Shape inputShape)
    {
        Layer = layer;
        Parameters = parameters;
        State = state;
        InputShape = inputShape;
    }

    /// <summary>The layers.</summary>
    public Layer Layer { get; }

    /// <summary>What it learned.</summary>
    public Params Parameters { get; }

    /// <summary>What it remembers beside, for example running means.</summary>
    public Params State { get; }

    /// <summary>Shape of one input.</summary>
    public Shape InputShape { get; }

    /// <summary>Outputs for inputs [N, …], in evaluation mode.</summary>
    /// <param name="inputs">The inputs, one along axis 0 each.</param>
    /// <param name="batchSize">Inputs computed at a time.</param>
    /// <exception cref="DeepFunException">DF0901 the inputs do not fit, with the layer's path.</exception>
    /// <example><code>
    /// var (train, test) = Datasets.Digits();
    /// var model = Model.Sequential(Layers.Flatten(), Layers.Dense(10));
    /// var fitted = Trainer.For(model, Losses.SparseCategoricalCrossEntropy(), Optimizers.Adam(1e-2)).Fit(train).Model;
    /// Console.WriteLine(fitted.Predict(test.Inputs).ArgMax().Shape); // [359]
    /// </code></example>
    public Tensor Predict(Tensor inputs, int batchSize = 256)
    {
        if (inputs.Rank == 0)
            Errors.rank<int>("Predict", "inputs [N, …], the examples along axis 0", inputs.Shape);
        return Checked(Shape.Of(inputs.Shape.AsSpan()[1..]), () => FSharp.Training.predict(Layer, Parameters, State, batchSize, inputs));
    }

    /// <summary>Mean loss and metrics over a dataset.</summary>
    /// <exception cref="DeepFunException">DF0901 the examples do not fit, with the layer's path.</exception>
    public EvaluationResult Evaluate(Dataset data, Loss loss, params Metric[] metrics)
    {
        var recipe = Interop.Recipe(Layer, loss, Optimizers.Sgd(0), metrics, null!);
        var state = Interop.StateOf(Parameters, State);
        return Checked(data.InputShape, () => TrainingLog.ToResult(FSharp.Training.evaluate(recipe, state, 256, data)));
    }

    /// <summary>
    /// Writes parameters and state as a safetensors file. A file that stood there is replaced only when the new one is complete.
    /// </summary>
    /// <param name="path">The file, by custom with the extension <c>.safetensors</c>; its folder is created.</param>
    /// <exception cref="DeepFunException">DF0502 or DF0543 the file or its folder cannot be written.</exception>
    /// <example><code>
    /// var (train, test) = Datasets.Digits();
    /// var model = Model.Sequential(Layers.Flatten(), Layers.Dense(10));
    /// var fitted = Trainer.For(model, Losses.SparseCategoricalCrossEntropy(), Optimizers.Adam(1e-2)).Fit(train).Model;
    /// var path = System.IO.Path.Combine(System.IO.Directory.CreateTempSubdirectory().FullName, "digits.safetensors");
    /// fitted.Save(path);
    /// var loaded = FittedModel.Load(model, path);
    /// Console.WriteLine((loaded.Predict(test.Inputs) - fitted.Predict(test.Inputs)).Abs().Max().ToDouble()); // 0
    /// </code></example>
    public void Save(string path) =>
        ModelFile.Write(path, [new(ShapeEntry, string.Join(',', InputShape)), new("deepfun.layer", Layer.Name)], Parameters, State);

    /// <summary>Reads a file that <see cref="Save"/> wrote, for the same layers.</summary>
    /// <param name="layer">The layers that were saved.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="DeepFunException">DF05… the file is missing, damaged, or belongs to a model of another shape.</exception>
    public static FittedModel Load(Layer layer, string path)
    {
        var file = SafeTensors.load(path);
        if (!file.Metadata.TryGetValue(ShapeEntry, out var text))
            DataErrors.NoModel(path, ShapeEntry, "FittedModel.Save");
        Shape inputShape = ModelFile.ParseShape(path, text!);
        var (parameters, state) = ModelFile.Read(path, file, ModelFile.Initialize(path, layer, inputShape));
        return new FittedModel(layer, parameters, state, inputShape);
    }

    // Some models take inputs of several shapes (those with convolutions and global pooling): only a failure says that these are wrong.
    private T Checked<T>(Shape came, Func<T> compute)
    {
        try
        {
            Interop.OutputShape(Layer, came);
            return compute();
        }
        catch (DeepFunException e) when (came != InputShape)
        {
            throw new DeepFunException(
                "DF0901",
                $"The model learned from inputs of shape {InputShape}; inputs of shape {came} came and do not fit. Give it inputs like those that it learned from. ({e.Message})",
                e
            );
        }
    }
}

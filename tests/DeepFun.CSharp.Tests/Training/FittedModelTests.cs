using System;
using System.IO;
using System.Linq;
using System.Text;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>Models as files: what was saved comes back to the bit, and what is no such file is refused in one clear line.</summary>
public sealed class FittedModelTests : IDisposable
{
    private static readonly Dataset Data = Datasets.Digits().Train.Slice(0, 200);

    private static readonly FittedModel Fitted = Trainer
        .For(Network(), Losses.SparseCategoricalCrossEntropy(), Optimizers.Adam(0.01))
        .Fit(Data, 2)
        .Model;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static Layer Network(int hidden = 12) =>
        Model.Sequential(
            Layers.Conv2D(4, 3),
            Layers.BatchNorm(),
            Layers.Flatten(),
            Layers.Dense(hidden, Activation.Relu),
            Layers.Dense(10)
        );

    private string Saved()
    {
        var path = folder.File("model.safetensors");
        Fitted.Save(path);
        return path;
    }

    [Fact]
    public void What_was_saved_predicts_the_same_bits()
    {
        var loaded = FittedModel.Load(Network(), Saved());
        Assert.True(Close.SameBits(Fitted.Parameters, loaded.Parameters));
        Assert.True(Close.SameBits(Fitted.State, loaded.State));
        Assert.Equal(Fitted.InputShape, loaded.InputShape);
        Assert.True(Close.SameBits(Fitted.Predict(Data.Inputs), loaded.Predict(Data.Inputs)));
        // Batch norm's statistics were learned, so that forgetting them would be seen.
        Assert.NotEqual(0, loaded.State.Entries.First(e => e.Key.EndsWith("mean", StringComparison.Ordinal)).Value.Abs().Max().ToDouble());
    }

    [Fact]
    public void Predictions_do_not_depend_on_the_batches()
    {
        var all = Fitted.Predict(Data.Inputs);
        Close.Assert(Fitted.Predict(Data.Inputs, 7), [200, 10], all.ToDoubles(), 1e-4);
        Assert.Equal([0, 10], Fitted.Predict(Data.Inputs.Slice(0, 0)).Shape.ToArray());
    }

    [Fact]
    public void Saving_creates_folders_and_replaces_files()
    {
        var path = folder.File("a", "b", "model.safetensors");
        Fitted.Save(path);
        var first = File.ReadAllBytes(path);
        File.WriteAllText(path, "older");
        Fitted.Save(path);
        Assert.Equal(first, File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void A_save_that_fails_leaves_the_good_file_alone()
    {
        var path = Saved();
        var good = File.ReadAllBytes(path);
        // The parameters are unusable, so that writing fails in its midst.
        Tensor? gone = null;
        Memory.Scope(() =>
        {
            gone = Tensor.Normal(Key.FromSeed(0), 1000);
            return 0;
        });
        var broken = new FittedModel(
            Fitted.Layer,
            Params.Of(("first", Tensor.Ones(1000)), ("second", gone!)),
            Params.Empty,
            Fitted.InputShape
        );
        Assert.ThrowsAny<DeepFunException>(() => broken.Save(path));
        Assert.Equal(good, File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Files_of_other_models_are_refused()
    {
        var path = Saved();
        Names(
            Close.Fails("DF0551", () => FittedModel.Load(Model.Sequential(Layers.Flatten(), Layers.Dense(10)), path)),
            path,
            "params/1/weight"
        );
        Names(Close.Fails("DF0551", () => FittedModel.Load(Network(hidden: 13), path)), path, "params/3/weight", "[144, 12]", "[144, 13]");
        Names(Close.Fails("DF0551", () => FittedModel.Load(Model.Sequential(Network(), Layers.Dense(10)), path)), path, "lacks");
        // Layers that take no inputs of the file's shape.
        Names(Close.Fails("DF0551", () => FittedModel.Load(Layers.Conv2D(1, 9), path)), path, "[1, 8, 8]");
    }

    [Fact]
    public void Missing_damaged_and_foreign_files_are_refused()
    {
        var path = Saved();
        Names(Close.Fails("DF0501", () => FittedModel.Load(Network(), folder.File("none.safetensors"))), "none.safetensors");
        var bytes = File.ReadAllBytes(path);
        Refused(bytes[..^1]);
        Refused(bytes[..100]);
        Refused(bytes[..4]);
        Refused([]);
        Refused([.. bytes, 0]);
        Refused([.. bytes[..8], (byte)'?', .. bytes[9..]]);
        Refused([255, 255, 255, 255, .. bytes[4..]]);
        Refused(Replaced(bytes, "\"F32\"", "\"F99\""));
        Refused(Replaced(bytes, "deepfun.input_shape", "deepfun.output_shap"));
        Refused(Replaced(bytes, "\"1,8,8\"", "\"1,8,x\""));

        void Refused(byte[] content)
        {
            var damaged = folder.File("damaged.safetensors");
            File.WriteAllBytes(damaged, content);
            var error = Assert.ThrowsAny<DeepFunException>(() => FittedModel.Load(Network(), damaged));
            Names(error, "damaged.safetensors");
            Assert.StartsWith("DF05", error.Code, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_named()
    {
        File.WriteAllText(folder.File("file"), "in the way");
        var path = folder.File("file", "model.safetensors");
        Names(Close.Fails("DF0543", () => Fitted.Save(path)), path);
        Names(Close.Fails("DF0543", () => new HtmlReport("t").Save(path)), path);
    }

    [Fact]
    public void Inputs_of_another_shape_are_refused_with_both_shapes()
    {
        Names(Close.Fails("DF0901", () => Fitted.Predict(Tensor.Zeros(2, 1, 9, 9))), "[1, 8, 8]", "[1, 9, 9]", "layer 3");
        var other = new Dataset(Tensor.Zeros(2, 1, 9, 9), Tensor.From([0, 1]));
        Names(Close.Fails("DF0901", () => Fitted.Evaluate(other, Losses.SparseCategoricalCrossEntropy())), "[1, 8, 8]", "[1, 9, 9]");
        Close.Fails("DF0125", () => Fitted.Predict(Tensor.Scalar(1)));
    }

    private static byte[] Replaced(byte[] bytes, string old, string with)
    {
        var text = Encoding.Latin1.GetString(bytes);
        var at = text.IndexOf(old, StringComparison.Ordinal);
        Assert.True(at >= 0, $"no {old}");
        return Encoding.Latin1.GetBytes(text.Remove(at, old.Length).Insert(at, with));
    }

    private static void Names(DeepFunException error, params string[] mentions)
    {
        Assert.DoesNotContain('\n', error.Message);
        foreach (var mention in mentions)
            Assert.Contains(mention, error.Message, StringComparison.Ordinal);
    }
}

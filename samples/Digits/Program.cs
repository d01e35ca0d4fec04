using System;
using System.CommandLine;
using System.Diagnostics;
using System.Linq;
using DeepFun;
using Digits;

// The introductory convolutional network on real handwritten digits: train, look at the result, save, load.
var data = new Option<string>("--data") { Description = "digits (embedded) or mnist", DefaultValueFactory = _ => "digits" };
var folder = new Option<string?>("--data-dir") { Description = "folder of the four MNIST files" };
var network = new Option<string>("--model") { Description = "cnn or mlp", DefaultValueFactory = _ => "cnn" };
var epochs = new Option<int>("--epochs") { Description = "times that every example is seen (default: 30 digits, 1 mnist)" };
var batch = new Option<int>("--batch") { Description = "examples a step (default: 32 digits, 128 mnist)" };
var seed = new Option<long>("--seed") { Description = "of initialization, order and split" };
var load = new Option<string?>("--load") { Description = "predict with a saved model instead of training" };
var output = new Option<string>("--output") { Description = "where results go", DefaultValueFactory = _ => "artifacts/demo" };
data.AcceptOnlyFromAmong("digits", "mnist");
network.AcceptOnlyFromAmong("cnn", "mlp");

var command = new RootCommand("Learns to read handwritten digits.") { data, folder, network, epochs, batch, seed, load, output };
command.SetAction(Run);
var options = command.Parse(args);
if (options.Errors.Count > 0)
{
    var words = options.Errors[0].Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
    Console.Error.WriteLine($"{string.Join(' ', words)} Try --help.");
    return 2;
}
try
{
    return options.Invoke(new() { EnableDefaultExceptionHandler = false });
}
catch (DeepFunException error)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}

int Run(ParseResult o)
{
    var mnist = o.GetValue(data) == "mnist";
    var (train, test) = mnist ? Datasets.Mnist(o.GetValue(folder)) : Datasets.Digits(o.GetValue(seed));
    var model =
        o.GetValue(network) == "mlp" ? Networks.Perceptron()
        : mnist ? Networks.Mnist()
        : Networks.Digits();

    if (o.GetValue(load) is { } path)
    {
        var loaded = FittedModel.Load(model, path);
        var evaluation = loaded.Evaluate(test, Losses.SparseCategoricalCrossEntropy(), Metrics.Accuracy);
        Console.WriteLine($"Test accuracy of {path}: {evaluation["accuracy"]:P2} ({evaluation})");
        return 0;
    }

    Console.WriteLine($"{train.Count:N0} digits to learn, {test.Count:N0} to test\n");
    Console.WriteLine(model.Summary([.. train.InputShape]) + "\n");
    var clock = Stopwatch.StartNew();
    var run = Trainer
        .For(model, Losses.SparseCategoricalCrossEntropy(), Optimizers.Adam(1e-3), Metrics.Accuracy)
        .Fit(
            train,
            epochs: o.GetResult(epochs) is null ? (mnist ? 1 : 30) : o.GetValue(epochs),
            batchSize: o.GetResult(batch) is null ? (mnist ? 128 : 32) : o.GetValue(batch),
            validation: test,
            progress: ConsoleProgress.Live,
            seed: o.GetValue(seed)
        );
    var seconds = clock.Elapsed.TotalSeconds;
    var result = run.Evaluate(test);
    Console.WriteLine($"\nTest accuracy: {result["accuracy"]:P2} after {seconds:F1} s of training ({result})\n");

    var reading = ClassificationReport.Of(run.Model, test);
    var misread = reading
        .Mistakes.Select(m => ($"{m.Label} read as {m.Prediction}", test.Inputs.Item(m.Index).Item(0).ToMatrix()))
        .ToArray();
    Console.WriteLine($"{reading}\n\nMisread digits:\n{ConsolePicture.Draw(misread[..Math.Min(4, misread.Length)])}\n");

    var results = o.GetValue(output)!;
    var title = $"{(mnist ? "MNIST" : "UCI digits")}: {result["accuracy"]:P2} of {test.Count:N0} test digits read right";
    run.Model.Save($"{results}/model.safetensors");
    new HtmlReport(title, "DeepFun")
        .Heading("Model")
        .Preformatted(model.Summary([.. train.InputShape]))
        .Heading("Training")
        .Add(run.Plot())
        .Add(run.Plot("accuracy"))
        .Heading("Reading")
        .Add(reading.ConfusionFigure())
        .Table(ClassificationReport.Columns, reading.Rows)
        .Add(Figure.Images("Misread digits", misread[..Math.Min(24, misread.Length)]))
        .Save($"{results}/report.html");
    Console.WriteLine($"Wrote {results}/report.html and {results}/model.safetensors");
    return 0;
}

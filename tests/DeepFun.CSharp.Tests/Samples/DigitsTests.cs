using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Xunit;

namespace DeepFun.CSharp.Tests.Samples;

/// <summary>The default run of the digits sample: trained once, looked at by all tests.</summary>
public sealed class TrainedDigits : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();

    internal SampleProgram Run { get; private set; } = null!;

    public string Results => folder.File("results");

    public string Model => Path.Combine(Results, "model.safetensors");

    public async Task InitializeAsync() => Run = await SampleProgram.RunAsync("Digits", "--output", Results);

    public Task DisposeAsync()
    {
        folder.Dispose();
        return Task.CompletedTask;
    }
}

/// <summary>samples/Digits does what its readers are promised, and says in one line what is wrong.</summary>
public class DigitsTests(TrainedDigits trained) : IClassFixture<TrainedDigits>
{
    [Fact]
    public void The_default_run_reads_98_of_100_digits()
    {
        Assert.Equal("", trained.Run.Errors);
        Assert.Equal(0, trained.Run.ExitCode);
        var percent = double.Parse(
            Regex.Match(trained.Run.Output, @"Test accuracy: ([\d.]+) %").Groups[1].Value,
            CultureInfo.InvariantCulture
        );
        Assert.InRange(percent, 98, 100);
        Assert.Contains("1,438 digits to learn, 359 to test", trained.Run.Output, StringComparison.Ordinal);
        Assert.Matches(@"0 +Conv2D\(32", trained.Run.Output);
        Assert.Contains("epoch 30/30", trained.Run.Output, StringComparison.Ordinal);
        Assert.Contains("recall", trained.Run.Output, StringComparison.Ordinal);
        Assert.Contains(" read as ", trained.Run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void It_writes_a_report_that_needs_nothing_else()
    {
        var html = File.ReadAllText(Path.Combine(trained.Results, "report.html"));
        Assert.Equal(2, Directory.GetFiles(trained.Results).Length);
        foreach (var part in new[] { "Loss", "Accuracy", "Confusion matrix", "Misread digits", "Dense(10)" })
            Assert.Contains(part, html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("src=\"http", html, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_loaded_model_has_the_same_accuracy_to_the_last_digit()
    {
        var loaded = await SampleProgram.RunAsync("Digits", "--load", trained.Model);
        Assert.Equal(0, loaded.ExitCode);
        Assert.Equal(Results(trained.Run.Output), Results(loaded.Output));

        static string Results(string output)
        {
            var match = Regex.Match(output, @"Test accuracy.*: ([\d.]+ %).*(\(loss .*, accuracy .*\))");
            Assert.True(match.Success, output);
            return match.Groups[1].Value + match.Groups[2].Value;
        }
    }

    [Fact]
    public async Task An_unknown_option_is_named() => await Fails(["--bogus"], "'--bogus'", "--help");

    [Fact]
    public async Task An_unknown_value_is_named_with_the_known_ones() =>
        await Fails(["--data", "letters"], "'letters'", "'digits' 'mnist'", "--help");

    [Fact]
    public async Task A_number_that_is_none_is_named() => await Fails(["--epochs", "many"], "'many'", "'--epochs'", "--help");

    [Fact]
    public async Task Missing_MNIST_files_are_named_with_the_way_to_get_them() =>
        await Fails(["--data", "mnist", "--data-dir", "no-such-folder"], "no-such-folder", "train-images-idx3-ubyte", "./build.sh mnist");

    [Fact]
    public async Task A_truncated_MNIST_file_is_named()
    {
        using var folder = new TemporaryFolder();
        // 3 images of 28×28 are promised, 100 bytes come.
        File.WriteAllBytes(folder.File("train-images-idx3-ubyte"), [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 28, 0, 0, 0, 28, .. new byte[100]]);
        await Fails(["--data", "mnist", "--data-dir", folder.Path], "train-images-idx3-ubyte", "2352", "holds 100", "bring it again");
    }

    [Fact]
    public async Task A_model_of_another_network_is_refused() =>
        await Fails(["--model", "mlp", "--load", trained.Model], "model.safetensors", "belongs to another model", "train anew");

    [Fact]
    public async Task A_damaged_model_is_refused()
    {
        using var folder = new TemporaryFolder();
        var bytes = File.ReadAllBytes(trained.Model);
        var text = Encoding.Latin1.GetString(bytes, 8, 400);
        bytes[8 + text.IndexOf("\"dtype\"", StringComparison.Ordinal) + 1] = (byte)'x';
        File.WriteAllBytes(folder.File("damaged.safetensors"), bytes);
        await Fails(["--load", folder.File("damaged.safetensors")], "damaged.safetensors", "header", "make it again");
    }

    [Fact]
    public async Task A_missing_model_is_named() => await Fails(["--load", "no-such.safetensors"], "no-such.safetensors", "Check the path");

    [Fact]
    public async Task An_output_that_cannot_be_written_is_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("file"), "in the way");
        await Fails(["--model", "mlp", "--epochs", "1", "--output", folder.File("file")], "cannot be written", "Check the path");
    }

    [Fact]
    public async Task The_same_in_FSharp_learns_too()
    {
        var run = await SampleProgram.RunAsync("DigitsFs");
        Assert.Equal("", run.Errors);
        Assert.Equal(0, run.ExitCode);
        var accuracy = Regex.Match(run.Output, @"Test: loss [\d.]+, accuracy ([\d.]+)").Groups[1].Value;
        Assert.InRange(double.Parse(accuracy, CultureInfo.InvariantCulture), 0.98, 1);
        Assert.Matches(@"Second derivative along the gradient: \d", run.Output);
    }

    [Theory]
    [InlineData("Digits", "*.cs", 150)]
    [InlineData("DigitsFs", "*.fs", 60)]
    public void The_samples_stay_short_enough_to_be_read(string sample, string pattern, int most)
    {
        var lines = Directory.GetFiles(Repository.PathOf("samples", sample), pattern).Sum(file => File.ReadAllLines(file).Length);
        Assert.InRange(lines, 1, most);
    }

    private static async Task Fails(string[] arguments, params string[] mentions)
    {
        var run = await SampleProgram.RunAsync("Digits", arguments);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Single(run.Errors.TrimEnd('\n').Split('\n'));
        foreach (var mention in mentions)
            Assert.Contains(mention, run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Output + run.Errors, StringComparison.Ordinal);
    }
}

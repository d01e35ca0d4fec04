using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace DeepFun.CSharp.Tests.Samples;

/// <summary>All samples of both languages, run once on small data; every test looks at the result.</summary>
public sealed class QuickDocuments : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();

    public string Folder(string program) => folder.File(program);

    internal SampleProgram Of(string program) => program == "Documents" ? csharp : fsharp;

    private SampleProgram csharp = null!;
    private SampleProgram fsharp = null!;

    public async Task InitializeAsync()
    {
        csharp = await SampleProgram.RunAsync("Documents", "all", "--quick", "--output", Folder("Documents"));
        fsharp = await SampleProgram.RunAsync("Documents.FSharp", "all", "--quick", "--output", Folder("Documents.FSharp"));
    }

    public Task DisposeAsync()
    {
        folder.Dispose();
        return Task.CompletedTask;
    }
}

/// <summary>The documents' examples reach in C# and in F# what they have to, and leave a page that needs nothing else.</summary>
public class DocumentsTests(QuickDocuments quick) : IClassFixture<QuickDocuments>
{
    private static readonly string[] Programs = ["Documents", "Documents.FSharp"];

    private static readonly string[] Names =
    [
        // Regression and classification
        "linear-regression",
        "logistic-regression",
        "softmax-regression",
        "multilayer-perceptron",
        "binary-classifier",
        "parabola",
        // Networks and training loops
        "convolutional-network",
        "sequence-classifier",
        "training-loop",
        "multi-task",
        "character-transformer",
        "over-fitting",
    ];

    public static TheoryData<string, string> All
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var program in Programs)
            foreach (var name in Names)
                all.Add(program, name);
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Reaches_what_it_has_to(string program, string name)
    {
        Assert.Equal("", quick.Of(program).Errors);
        var lines = quick.Of(program).Output.Split('\n').Where(line => line.StartsWith(name + " ", StringComparison.Ordinal)).ToArray();
        Assert.DoesNotContain(lines, line => line.StartsWith($"{name} MISSED", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith($"{name} reached: ", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Leaves_a_page_with_curves_that_needs_nothing_else(string program, string name)
    {
        var html = File.ReadAllText(Path.Combine(quick.Folder(program), $"{name}.html"));
        Assert.Contains("<svg", html, StringComparison.Ordinal);
        Assert.Contains("Achieved", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("src=\"http", html, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("Documents")]
    [InlineData("Documents.FSharp")]
    public void No_sample_is_left_out(string program)
    {
        Assert.Equal(0, quick.Of(program).ExitCode);
        Assert.Equal(
            Names.Order(StringComparer.Ordinal),
            Directory.GetFiles(quick.Folder(program)).Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)
        );
    }

    public static TheoryData<string> Each => [.. Names];

    [Theory]
    [MemberData(nameof(Each))]
    public void Both_languages_reach_the_same_and_leave_the_same_page(string name)
    {
        Assert.Equal(Figures("Documents"), Figures("Documents.FSharp"));
        Assert.Equal(Page("Documents"), Page("Documents.FSharp"));

        string[] Figures(string program) =>
            [.. quick.Of(program).Output.Split('\n').Where(line => line.StartsWith($"{name} reached: ", StringComparison.Ordinal))];

        string Page(string program) => File.ReadAllText(Path.Combine(quick.Folder(program), $"{name}.html"));
    }

    [Theory]
    [InlineData("Documents")]
    [InlineData("Documents.FSharp")]
    public async Task A_sample_that_fails_does_not_stop_the_others(string program)
    {
        using var folder = new TemporaryFolder();
        // Where its page should go there is a folder.
        Directory.CreateDirectory(folder.File("parabola.html"));
        var run = await SampleProgram.RunAsync(program, "parabola", "linear-regression", "--quick", "--output", folder.Path);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("linear-regression wrote", run.Output, StringComparison.Ordinal);
        Assert.Contains("parabola FAILED", run.Errors, StringComparison.Ordinal);
        Assert.EndsWith("Failed: parabola", run.Errors.TrimEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Documents")]
    [InlineData("Documents.FSharp")]
    public async Task Without_MNIST_the_networks_read_the_embedded_digits_and_say_so(string program)
    {
        using var folder = new TemporaryFolder();
        var run = await SampleProgram.RunInAsync(
            folder.Path,
            program,
            "convolutional-network",
            "sequence-classifier",
            "--output",
            folder.File("pages")
        );
        Assert.Equal("", run.Errors);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("MNIST is not here", run.Output, StringComparison.Ordinal);
        foreach (var name in new[] { "convolutional-network", "sequence-classifier" })
            Assert.Contains($"{name} reached: test accuracy on UCI digits", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Documents")]
    [InlineData("Documents.FSharp")]
    public async Task An_unknown_name_is_answered_with_the_known_ones(string program)
    {
        var run = await SampleProgram.RunAsync(program, "no-such-sample");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("'no-such-sample'", run.Errors, StringComparison.Ordinal);
        foreach (var name in Names)
            Assert.Contains(name, run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Documents", "*.cs")]
    [InlineData("Documents.FSharp", "*.fs")]
    public void Each_is_short_enough_to_be_read(string program, string pattern)
    {
        // What the samples share stands apart.
        string[] shared = ["Sample", "Samples", "Program"];
        var files = Directory
            .GetFiles(Repository.PathOf("samples", program), pattern)
            .Where(file => !shared.Contains(Path.GetFileNameWithoutExtension(file)))
            .ToArray();
        Assert.Equal(Names.Length, files.Length);
        Assert.Empty(files.Where(file => File.ReadAllLines(file).Length > 80).Select(Path.GetFileName));
    }
}

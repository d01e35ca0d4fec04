using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using System.Xml.Linq;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;
using Xunit;

namespace DeepFun.CSharp.Tests.Examples;

/// <summary>
/// Every example of the documentation runs and prints what it says: the text behind // on a line with Console.WriteLine, and on the
/// lines of comments right below it.
/// </summary>
public class ExampleTests
{
    private const string Print = "Console.WriteLine(";

    private static readonly IReadOnlyDictionary<string, string> Examples = Read();

    private static readonly ScriptOptions Options = ScriptOptions
        .Default.AddReferences(typeof(Trainer).Assembly, typeof(Tensor).Assembly, typeof(Shape).Assembly)
        .AddReferences(typeof(Tensor).Assembly.GetReferencedAssemblies().Select(System.Reflection.Assembly.Load))
        .AddImports("System", "System.Collections.Generic", "System.Linq", "DeepFun");

    public static TheoryData<string> Names => [.. Examples.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Prints_what_it_says(string name)
    {
        var code = Examples[name];
        var expected = Expected(code);
        Assert.True(expected.Length > 0, $"The example of {name} prints nothing.");
        // A variable of that name hides the type, so that examples may run side by side.
        var script = CSharpScript.Create("var Console = Output;\n" + code, Options, typeof(Host));
        var output = new StringWriter(System.Globalization.CultureInfo.InvariantCulture) { NewLine = "\n" };
        await script.RunAsync(new Host(output));
        Assert.Equal(string.Join('\n', expected), output.ToString().TrimEnd('\n'));
    }

    [Fact]
    public void The_main_entry_points_have_examples()
    {
        string[] wanted =
        [
            "Differentiate.Grad",
            "Differentiate.ValueAndGrad",
            "Differentiate.Jvp",
            "Differentiate.Vjp",
            "Differentiate.Vmap",
            "Differentiate.Jacobian",
            "Differentiate.Hessian",
            "Differentiate.Hvp",
            "Model.Sequential",
            "Model.Residual",
            "Model.Function",
            "Model.Custom",
            "Layers.Dense",
            "Layers.Conv2D",
            "Losses",
            "Metrics.ConfusionMatrix",
            "Optimizers",
            "Schedules",
            "Trainer.For",
            "Trainer.Fit",
            "TrainingRun.Continue",
            "FittedModel.Save",
            "FittedModel.Predict",
            "Memory.Scope",
            "Datasets.Digits",
            "Figure",
            "HtmlReport",
        ];
        var have = Examples.Keys.Select(Plain).ToHashSet();
        Assert.Equal("", string.Join(", ", wanted.Where(entry => !have.Contains(entry))));
    }

    /// <summary>What an example sees beside the library.</summary>
    public sealed record Host(TextWriter Output);

    private static string[] Expected(string code)
    {
        var lines = new List<string>();
        var below = false;
        foreach (var line in code.Split('\n'))
        {
            if (line.Contains(Print, StringComparison.Ordinal))
            {
                var at = line.LastIndexOf("); // ", StringComparison.Ordinal);
                if (at >= 0)
                    lines.Add(line[(at + 6)..]);
                below = true;
            }
            else if (below && line.StartsWith("// ", StringComparison.Ordinal))
                lines.Add(line[3..]);
            else
                below = false;
        }
        return [.. lines];
    }

    // M:DeepFun.Model.Custom(…) → Model.Custom
    private static string Plain(string name) =>
        name.Split(':')[1].Split('(')[0].Split('`')[0].Replace("DeepFun.", "", StringComparison.Ordinal);

    private static Dictionary<string, string> Read()
    {
        var found = new Dictionary<string, string>();
        foreach (var member in XDocument.Load(Path.Combine(AppContext.BaseDirectory, "DeepFun.CSharp.xml")).Descendants("member"))
        foreach (var (example, i) in member.Elements("example").Select((e, i) => (e, i)))
        {
            var code = Unindent(example.Element("code")!.Value);
            // The compiler writes a member of an extension block twice.
            if (!found.ContainsValue(code))
                found.Add(member.Attribute("name")!.Value + (i > 0 ? $" ({i + 1})" : ""), code);
        }
        return found;
    }

    private static string Unindent(string text)
    {
        var lines = text.Split('\n').Select(line => line.TrimEnd()).ToArray();
        var indent = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length > indent ? line[indent..] : "")).Trim('\n');
    }
}

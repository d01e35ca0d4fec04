using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests.PublicApi;

/// <summary>
/// docs/operations.md: every public operation with its name in F# and in C#, from the assemblies and their documentation. DEEPFUN_UPDATE_GOLDEN=1
/// writes it anew. A module of F# that no family names becomes a family of its own name, without functions of functions.
/// </summary>
public sealed class OperationTableTests
{
    private static readonly (string Title, string[] Modules)[] Families =
    [
        ("Creation", ["TensorModule"]),
        ("Elementwise", ["Tensor", "Elementwise", "DerivedElementwise", "MoreElementwise"]),
        ("Reductions and running reductions", ["Reduction", "MoreReductions", "Statistics", "Summaries"]),
        ("Activations, triangles and other compositions", ["Derived"]),
        ("Movement", ["Movement", "Rearrangement", "MoreRearrangement"]),
        ("Indexing, order and counting", ["Indexing", "Selection", "Counting"]),
        ("Contraction and convolution", ["Contraction", "Products"]),
        ("Pooling", ["Windows", "MorePooling"]),
        ("Complex numbers", ["ComplexModule"]),
        ("Fourier transforms", ["Fourier"]),
        ("Linear algebra", ["LinearAlgebra", "Eigenvalues", "MatrixExponential"]),
        ("Special functions", ["SpecialFunctions"]),
        ("Random tensors", ["Random"]),
        ("Distributions", ["DistributionModule"]),
    ];

    // Derivatives, trees, layers, training and files have pages of their own.
    private static readonly HashSet<string> Others =
    [
        .. "Adaptive Checkpoint Clipping Dataset Differentiation TaylorMode Initializers Key Layer LayerOperators Layers Loop Losses".Split(
            ' '
        ),
        .. "AdamFamily Averaging Matrices Minimizer Minimizers Plateau Prodigy SecondOrder Signs TrustRatio Wrapper".Split(' '),
        .. "Memory Metrics Momentum Npy Npz Optimizer Optimizers Penalties SafeTensors ScheduleModule Training Transform Tree Slicing".Split(
            ' '
        ),
    ];

    // C# has one name with optional arguments, or an older one, where F# has several.
    private static readonly Dictionary<string, string> Renamed = new()
    {
        ["allOver"] = "All",
        ["amax"] = "Max",
        ["amaxOver"] = "Max",
        ["amin"] = "Min",
        ["aminOver"] = "Min",
        ["anyOver"] = "Any",
        ["arctan2"] = "Atan2",
        ["averagePoolCeiling"] = "AveragePool",
        ["averagePoolInside"] = "AveragePool",
        ["bernoulliWith"] = "Bernoulli",
        ["clampBetween"] = "Clamp",
        ["covWeighted"] = "Cov",
        ["countNonZeroOver"] = "CountNonZero",
        ["create"] = "Create",
        ["deg2rad"] = "DegreesToRadians",
        ["equal"] = "EqualTo",
        ["fftSized"] = "FftN",
        ["fftWith"] = "FftN",
        ["flattenAxes"] = "Flatten",
        ["fullOf"] = "Full",
        ["geluTanh"] = "Gelu",
        ["histogramWith"] = "Histogram",
        ["ifftSized"] = "IfftN",
        ["ifftWith"] = "IfftN",
        ["inv"] = "Inverse",
        ["irfftSized"] = "IrfftN",
        ["irfftWith"] = "IrfftN",
        ["logicalAnd"] = "And",
        ["logicalOr"] = "Or",
        ["logicalXor"] = "Xor",
        ["matrix"] = "From",
        ["maxPoolCeiling"] = "MaxPoolWithIndices",
        ["maxPoolDilated"] = "MaxPoolWithIndices",
        ["meanOver"] = "Mean",
        ["medianOver"] = "Median",
        ["nanMeanOver"] = "NanMean",
        ["nanSumOver"] = "NanSum",
        ["normal64"] = "Normal",
        ["normalWith"] = "Normal",
        ["normOver"] = "Norm",
        ["notEqual"] = "NotEqualTo",
        ["ofArray"] = "From",
        ["ofJagged"] = "From",
        ["ofMultidimensional"] = "From",
        ["ofPairs"] = "FromPairs",
        ["ofReal"] = "FromReal",
        ["ofSpan"] = "FromSpan",
        ["ofTensorSpan"] = "From",
        ["pinvWith"] = "Pinv",
        ["prodOver"] = "Prod",
        ["quantileBy"] = "Quantile",
        ["quantileOver"] = "Quantile",
        ["rad2deg"] = "RadiansToDegrees",
        ["rfftSized"] = "RfftN",
        ["rfftWith"] = "RfftN",
        ["scalar64"] = "From",
        ["searchSortedRight"] = "SearchSorted",
        ["signum"] = "Sign",
        ["sliceStep"] = "Slice",
        ["squeezeAxis"] = "Squeeze",
        ["stdOver"] = "Std",
        ["sumOver"] = "Sum",
        ["uniform64"] = "Uniform",
        ["uniformBetween"] = "Uniform",
        ["variance"] = "Variance",
        ["varianceOver"] = "Variance",
        ["vector64"] = "From",
        ["xlog1py"] = "XLog1pY",
    };

    private static readonly Assembly Core = typeof(Tensor).Assembly;
    private static readonly Assembly Facade = typeof(TensorExtensions).Assembly;

    private static bool IsOperand(Type type) => type == typeof(Tensor) || type == typeof(Complex);

    private static bool Mentions(Type type) =>
        IsOperand(type) || type.GetElementType() is { } element && Mentions(element) || type.GetGenericArguments().Any(Mentions);

    private static IEnumerable<MethodInfo> Functions(Type module) =>
        module
            .GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Where(method => !method.IsSpecialName && (Mentions(method.ReturnType) || method.ReturnType == typeof(bool)))
            .Where(method => IsNamed(module) || !method.GetParameters().Any(parameter => IsFunction(parameter.ParameterType)));

    private static bool IsNamed(Type module) => Families.Any(family => family.Modules.Contains(module.Name));

    private static bool IsFunction(Type type) => type.Name.StartsWith("FSharpFunc", StringComparison.Ordinal);

    private static IEnumerable<Type> Modules =>
        Core.GetExportedTypes()
            .Where(type => type.Namespace == "DeepFun.FSharp" && type is { IsAbstract: true, IsSealed: true, IsNested: false })
            .Where(type => !Others.Contains(type.Name) && Functions(type).Any());

    /// <summary>The first sentence of each documented member, by name without parameters.</summary>
    private static Dictionary<string, string> Summaries(string file)
    {
        var found = new Dictionary<string, string>();
        foreach (var member in XDocument.Load(Path.Combine(AppContext.BaseDirectory, file)).Descendants("member"))
        {
            var name = Regex.Replace(member.Attribute("name")!.Value, @"[(`].*$", "");
            if (member.Element("summary") is not { } summary)
                continue;
            foreach (var reference in summary.Descendants().Where(e => e.Attribute("cref") is not null).ToList())
                reference.ReplaceWith(Regex.Match(reference.Attribute("cref")!.Value, @"(\w+)(\(|$)").Groups[1].Value);
            var text = Regex.Replace(summary.Value, @"\s+", " ").Trim();
            found.TryAdd(name, Regex.Match(text, @"^.*?[.](?= [A-Z∞]|$)|^.*$").Value.TrimEnd('.').Replace("|", "\\|"));
        }
        return found;
    }

    private static Dictionary<string, string> Doors() =>
        Facade
            .GetExportedTypes()
            .Where(type => type is { IsAbstract: true, IsSealed: true })
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(method => Mentions(method.ReturnType) || method.GetParameters().Any(p => Mentions(p.ParameterType)))
            .GroupBy(method => method.Name, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => group.Key, StringComparer.OrdinalIgnoreCase);

    // What a distribution can do are its own members.
    private static string? Door(Dictionary<string, string> doors, Type module, string name) =>
        module.Name == "DistributionModule" && typeof(Distribution).GetMember(Capitalized(name)).Length > 0
            ? Capitalized(name)
            : doors.GetValueOrDefault(Renamed.GetValueOrDefault(name, name));

    private static string Capitalized(string name) => char.ToUpperInvariant(name[0]) + name[1..];

    // F#'s own functions and operators reach Tensor's static members of the same name, in capitals.
    private static string InFSharp(Type module, string name) =>
        module == typeof(Tensor) ? char.ToLowerInvariant(name[0]) + name[1..]
        : module.Name == "TensorModule" ? "Tensor." + name
        : module.Name == "ComplexModule" ? "Complex." + name
        : module.Name == "DistributionModule" ? "Distribution." + name
        : module.Name == "Random" ? "Random." + name
        : name;

    private static IEnumerable<(string Module, string Row, bool HasDoor)> Rows()
    {
        var summaries = Summaries("DeepFun.Core.xml");
        var doors = Doors();
        foreach (var module in Modules.Append(typeof(Tensor)))
        foreach (var name in Functions(module).Select(f => f.Name).Distinct().Order(StringComparer.OrdinalIgnoreCase))
        {
            if (module == typeof(Tensor) && name.StartsWith("op_", StringComparison.Ordinal))
                continue;
            var door = Door(doors, module, name);
            var line = summaries.GetValueOrDefault($"M:{module.FullName}.{name}", "");
            yield return (module.Name, $"| `{InFSharp(module, name)}` | {(door is null ? "" : $"`{door}`")} | {line} |", door is not null);
        }
    }

    private static string Page()
    {
        var rows = Rows().ToLookup(row => row.Module);
        var named = Families.SelectMany(family => family.Modules).ToHashSet();
        var families = Families.Concat(
            rows.Select(group => group.Key).Where(module => !named.Contains(module)).Order().Select(module => (module, new[] { module }))
        );
        var page = new StringBuilder();
        page.Append(
            "# Operations\n\nEvery public operation on tensors: its name in F# (`open DeepFun.FSharp`), the method of C# that does it, and what it does. "
        );
        page.Append(
            "Where C# has one method with\noptional arguments for several functions, it stands beside each. Shapes, dtypes, derivatives at edges, errors and sources are in the\n"
        );
        page.Append("documentation of each function. Operators (`+ - * / %`), slices (`t[1..3, 0]`) and comparisons broadcast. ");
        page.Append("This page is generated by the\ntests from the assemblies (`DEEPFUN_UPDATE_GOLDEN=1`).\n");
        foreach (var (title, modules) in families)
        {
            page.Append($"\n## {title}\n\n| F# | C# | |\n|---|---|---|\n");
            foreach (var row in modules.SelectMany(module => rows[module]))
                page.Append(row.Row).Append('\n');
        }
        return page.ToString();
    }

    [Fact]
    public void The_page_says_what_the_assemblies_have()
    {
        var path = Repository.PathOf("docs", "operations.md");
        var page = Page();
        if (Environment.GetEnvironmentVariable("DEEPFUN_UPDATE_GOLDEN") == "1")
            File.WriteAllText(path, page);
        var written = File.Exists(path) ? File.ReadAllText(path) : "";
        var difference = page.Split('\n').Except(written.Split('\n')).Select(line => "+ " + line);
        Assert.True(
            written == page,
            $"docs/operations.md is out of date: DEEPFUN_UPDATE_GOLDEN=1 writes it.\n{string.Join('\n', difference)}"
        );
    }

    [Fact]
    public void Every_operation_of_the_families_has_a_line_and_a_door()
    {
        var named = Families.SelectMany(family => family.Modules).ToHashSet();
        var rows = Rows().Where(row => named.Contains(row.Module)).ToList();
        Assert.True(rows.Count > 250, $"{rows.Count} operations were found");
        Assert.Equal([], rows.Where(row => row.Row.EndsWith("|  |", StringComparison.Ordinal)).Select(row => row.Row));
        // C# has an argument keepDims, and Stack and Concat for parts of many.
        HashSet<string> without = ["keepDims", "Complex.mapMany"];
        Assert.Equal(
            [],
            rows.Where(row => !row.HasDoor && !without.Any(name => row.Row.StartsWith($"| `{name}`", StringComparison.Ordinal)))
                .Select(row => row.Row)
        );
    }
}

using System;
using System.IO;
using System.Linq;
using System.Reflection;
using Xunit;

namespace DeepFun.CSharp.Tests.PublicApi;

/// <summary>What the library promises by its public names.</summary>
public class PublicApiTests
{
    private static readonly Assembly Facade = typeof(Trainer).Assembly;
    private static readonly Assembly Backends = typeof(Shape).Assembly;

    [Fact]
    public void No_signature_of_the_facade_mentions_a_type_of_FSharp()
    {
        var found = PublicSurface
            .Mentions(Facade)
            .Where(mention => PublicSurface.Parts(mention.Type).Any(IsFSharp))
            .Select(mention => mention.Where);
        Assert.Empty(found);
    }

    [Fact]
    public void The_search_for_types_of_FSharp_finds_them_where_they_are()
    {
        // The same search over the core, which is full of them: a search that finds nothing would prove nothing.
        var found = PublicSurface.Mentions(typeof(Tensor).Assembly).SelectMany(m => PublicSurface.Parts(m.Type)).Where(IsFSharp).ToArray();
        Assert.Contains(found, type => type.Name.StartsWith("FSharpFunc", StringComparison.Ordinal));
        Assert.Contains(found, type => type.Name.StartsWith("FSharpList", StringComparison.Ordinal));
    }

    [Fact]
    public void The_facade_and_the_backends_have_the_members_of_PublicApi_txt()
    {
        string[] now =
        [
            "# Every public member. Written by DEEPFUN_UPDATE_GOLDEN=1 and the tests; a change here is a change for users.",
            "",
            "## DeepFun.CSharp",
            .. PublicSurface.Lines(Facade),
            "",
            "## DeepFun.Backends",
            .. PublicSurface.Lines(Backends),
        ];
        var path = Repository.PathOf("tests", "DeepFun.CSharp.Tests", "PublicApi.txt");
        if (Environment.GetEnvironmentVariable("DEEPFUN_UPDATE_GOLDEN") == "1")
            File.WriteAllText(path, string.Join('\n', now) + "\n");
        var written = File.ReadAllLines(path);
        var added = now.Except(written).Select(line => "+ " + line);
        var removed = written.Except(now).Select(line => "- " + line);
        var difference = string.Join('\n', removed.Concat(added));
        Assert.True(
            difference.Length == 0,
            $"The public API differs from PublicApi.txt. If that is meant, run the tests with DEEPFUN_UPDATE_GOLDEN=1.\n{difference}"
        );
        Assert.Equal(now, written);
    }

    private static bool IsFSharp(Type type) => type.FullName?.StartsWith("Microsoft.FSharp.", StringComparison.Ordinal) == true;
}

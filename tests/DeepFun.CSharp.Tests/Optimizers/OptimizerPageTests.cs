using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>docs/optimizers.md names what there is, all of it and nothing else.</summary>
public class OptimizerPageTests
{
    private static readonly string Page = File.ReadAllText(Repository.PathOf("docs", "optimizers.md"));

    /// <summary>The first two columns of every table: the names in F# and in C#.</summary>
    private static readonly (string FSharp, string CSharp)[] Rows =
    [
        .. Regex
            .Matches(Page, @"^\| `(\w+\.\w+)` \| `(\w+\.\w+)` \|", RegexOptions.Multiline)
            .Select(m => (m.Groups[1].Value, m.Groups[2].Value)),
    ];

    private static readonly Type[] Doors = [typeof(Optimizers), typeof(Minimizers), typeof(Schedules)];

    private static IEnumerable<string> Members(Type type) =>
        type.GetMembers(BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(m => m is PropertyInfo || m is MethodInfo { IsSpecialName: false })
            .Select(m => m.Name)
            .Distinct();

    [Fact]
    public void Every_member_of_the_doors_is_on_the_page_and_the_other_way_round()
    {
        var members = Doors.SelectMany(t => Members(t).Select(m => $"{t.Name}.{m}")).Order();
        Assert.Equal(members, Rows.Select(r => r.CSharp).Distinct().Order());
    }

    [Fact]
    public void Every_name_in_FSharp_exists()
    {
        var types = typeof(Tensor).Assembly.GetTypes().Where(t => t.IsPublic || t.IsNestedPublic).ToArray();

        // A module beside a type of the same name ends with Module; an extension's method has the type's name in front.
        bool Exists(string type, string member) =>
            types.Where(t => t.Name == type || t.Name == type + "Module").Any(t => Members(t).Contains(member))
            || types.Any(t => Members(t).Any(m => m == $"{type}.{member}" || m == $"{type}.{member}.Static"));

        Assert.All(Rows, row => Assert.True(Exists(row.FSharp.Split('.')[0], row.FSharp.Split('.')[1]), row.FSharp));
        Assert.True(Rows.Length > 60);
    }

    [Fact]
    public void Every_optimizer_has_a_source_and_says_how_it_was_checked()
    {
        var rows = Regex.Matches(Page, @"^\| `(Optimizers|Minimizers)\.(?<name>\w+)` \|(?<rest>.*)\|\s*$", RegexOptions.Multiline);
        Assert.Equal(31, rows.Count);
        Assert.All(rows, row => Assert.DoesNotContain(row.Groups["rest"].Value.Split('|').Skip(1), string.IsNullOrWhiteSpace));
    }
}

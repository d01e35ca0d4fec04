using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Linq.Expressions;
using System.Net;
using System.Text.RegularExpressions;
using Xunit;

namespace DeepFun.CSharp.Tests.Display;

/// <summary>The steps by which a .NET Interactive kernel finds formatters by name alone, done here the same way.</summary>
public sealed class NotebookFormatterTests
{
    [Fact]
    public void A_kernel_shows_a_tensor_by_its_html()
    {
        var tensor = Tensor.Arange(3) * 2.0;
        Assert.Equal(tensor.ToHtml(), Formatted(tensor)["text/html"]);
        Assert.Equal(tensor.ToString(), Formatted(tensor)["text/plain"]);
    }

    [Fact]
    public void A_kernel_shows_a_figure_by_its_html()
    {
        var figure = Figure.Bars("t", "y", ("a", 1));
        Assert.Equal(figure.ToHtml(), Formatted(figure)["text/html"]);
    }

    [Fact]
    public void A_kernel_shows_a_report_in_a_frame()
    {
        var report = new HtmlReport("1 < 2 \"quoted\"").Paragraph("text");
        var html = Formatted(report)["text/html"];
        var page = Regex.Match(html, "^<iframe [^<>]*srcdoc=\"([^\"<>]*)\"></iframe>$").Groups[1].Value;
        Assert.Equal(report.ToHtml(), WebUtility.HtmlDecode(page));
    }

    [Fact]
    public void A_kernel_shows_a_profile_in_a_frame()
    {
        var profile = Profile.Run((Tensor x) => (x * 2).Tanh(), Tensor.Ones(1000), seconds: 0.01);
        var html = Formatted(profile)["text/html"];
        var page = Regex.Match(html, "^<iframe [^<>]*srcdoc=\"([^\"<>]*)\"></iframe>$").Groups[1].Value;
        Assert.Equal(profile.ToHtml(), WebUtility.HtmlDecode(page));
        Assert.Equal(profile.ToString(), Formatted(profile)["text/plain"]);
    }

    private static Dictionary<string, string> Formatted(object value)
    {
        var attribute = value.GetType().GetCustomAttributes(true).Single(a => a.GetType().Name == "TypeFormatterSourceAttribute");
        Assert.Equal(new[] { "text/html" }, Property<string[]>(attribute, "PreferredMimeTypes"));
        var source = Activator.CreateInstance(Property<Type>(attribute, "FormatterSourceType"))!;
        var formatters = (IEnumerable)source.GetType().GetMethod("CreateTypeFormatters")!.Invoke(source, null)!;
        return formatters.Cast<object>().ToDictionary(f => Property<string>(f, "MimeType"), f => Format(f, value));
    }

    private static T Property<T>(object from, string name) => (T)from.GetType().GetProperty(name)!.GetGetMethod()!.Invoke(from, null)!;

    /// <summary>Through an expression, as kernels do: it says whether the method can be called with just these types.</summary>
    private static string Format(object formatter, object value)
    {
        var instance = Expression.Parameter(typeof(object));
        var writer = Expression.Parameter(typeof(TextWriter));
        var call = Expression.Call(Expression.Constant(formatter), formatter.GetType().GetMethod("Format")!, instance, writer);
        using var text = new StringWriter();
        Assert.True(Expression.Lambda<Func<object, TextWriter, bool>>(call, instance, writer).Compile()(value, text));
        return text.ToString();
    }
}

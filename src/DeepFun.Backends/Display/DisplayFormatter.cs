using System;
using System.Collections.Generic;
using System.IO;

namespace DeepFun;

/// <summary>One form of a value. No member Type: so the formatter serves whatever type the attribute was found on, also a subclass.</summary>
internal sealed class DisplayFormatter(string mimeType, Func<object, string?> text)
{
    public const string Html = "text/html";

    public string MimeType { get; } = mimeType;

    /// <summary>Writes the value; false leaves it to another formatter.</summary>
    public bool Format(object value, TextWriter writer)
    {
        if (text(value) is not { } shown)
            return false;
        writer.Write(shown);
        return true;
    }
}

/// <summary>The forms of every type of ours: HTML, and text where a reader asks for it.</summary>
internal sealed class DisplayFormatterSource
{
    public IEnumerable<object> CreateTypeFormatters() =>
        [
            new DisplayFormatter(DisplayFormatter.Html, value => (value as IDisplayed)?.Html()),
            new DisplayFormatter("text/plain", value => value.ToString()),
        ];
}

using System;
using System.Globalization;
using System.Text;

namespace DeepFun;

/// <summary>Texts and numbers as figures, reports and consoles show them.</summary>
internal static class FigureText
{
    /// <summary>Text for XML and HTML, content or attribute: escaped, and without the characters that XML 1.0 has no way to write.</summary>
    public static string Escape(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return "";
        var result = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
            switch (rune.Value)
            {
                case '&':
                    result.Append("&amp;");
                    break;
                case '<':
                    result.Append("&lt;");
                    break;
                case '>':
                    result.Append("&gt;");
                    break;
                case '"':
                    result.Append("&quot;");
                    break;
                case '\'':
                    result.Append("&#39;");
                    break;
                case '\t' or '\n' or '\r':
                    result.Append((char)rune.Value);
                    break;
                case < 0x20 or (>= 0x7F and < 0xA0) or 0xFFFE or 0xFFFF:
                    result.Append('\uFFFD');
                    break;
                default:
                    // A lone surrogate came out of EnumerateRunes as U+FFFD already.
                    result.Append(rune);
                    break;
            }

        return result.ToString();
    }

    /// <summary>Text on one line, without control characters: an escape sequence in a name must not reach a terminal.</summary>
    public static string OneLine(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return "";
        return string.Create(
            text.Length,
            text,
            static (target, source) =>
            {
                for (var i = 0; i < target.Length; i++)
                    target[i] = char.IsControl(source[i]) || source[i] is '\u2028' or '\u2029' ? ' ' : source[i];
            }
        );
    }

    /// <summary>At most so many characters, the last an ellipsis where some were left out.</summary>
    public static string Shorten(string? text, int length)
    {
        var line = OneLine(text);
        if (line.Length <= length)
            return line;
        var kept = Math.Max(0, length - 1);
        if (kept > 0 && char.IsHighSurrogate(line[kept - 1]))
            kept--;
        return line[..kept] + "…";
    }

    /// <summary>The width of text in units of the font size, by classes of characters: nothing here can measure a font.</summary>
    public static double Width(string text)
    {
        var width = 0.0;
        foreach (var rune in text.EnumerateRunes())
            width += rune.Value switch
            {
                'i' or 'j' or 'l' or '.' or ',' or ':' or ';' or '\'' or '|' or '!' or 'I' or ' ' => 0.3,
                'm' or 'w' or 'M' or 'W' or '%' or '@' => 0.88,
                >= 'A' and <= 'Z' => 0.68,
                < 0x1100 => 0.56,
                _ => 1.0,
            };
        return width;
    }

    /// <summary>The longest beginning of the text that fits into a width in units of the font size.</summary>
    public static string Fit(string? text, double width)
    {
        var line = OneLine(text);
        if (Width(line) <= width)
            return line;
        var length = line.Length;
        string shorter;
        do shorter = Shorten(line, --length);
        while (length > 1 && Width(shorter) > width);
        return shorter;
    }

    /// <summary>A number in about four digits, for labels and tables: <c>12</c>, <c>0.9833</c>, <c>1.5e-7</c>.</summary>
    public static string Number(double value)
    {
        if (!double.IsFinite(value))
            return double.IsNaN(value) ? "NaN"
                : value > 0 ? "∞"
                : "-∞";
        var size = Math.Abs(value);
        if (value == Math.Truncate(value) && size < 1e7)
            return (value + 0.0).ToString("0", CultureInfo.InvariantCulture);
        var format =
            size is >= 1e6 or < 1e-3 ? "0.###e0"
            : size >= 1000 ? "0.#"
            : size >= 1 ? "0.###"
            : "0.####";
        return value.ToString(format, CultureInfo.InvariantCulture);
    }

    /// <summary>A number with steady digits, for lines that are read below each other: <c>0.0521</c>, <c>3.200e-7</c>.</summary>
    public static string Steady(double value)
    {
        var size = Math.Abs(value);
        var format = double.IsFinite(value) && (size >= 1e5 || (size < 1e-3 && size > 0)) ? "0.000e0" : "F4";
        return value.ToString(format, CultureInfo.InvariantCulture);
    }
}

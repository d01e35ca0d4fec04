using System;
using System.Collections.Generic;
using System.Globalization;

namespace DeepFun;

/// <summary>The names of columns below a plot: upright where they fit, slanted where not, some left out where even that is too dense.</summary>
internal static class SvgLabels
{
    private const double Size = 11;

    /// <summary>The most a slanted name may take, in units of the font size.</summary>
    private const double LongestSlanted = 14;

    private const double Short = 3;

    /// <summary>How many places lie between two names, so that names of the font's height do not touch.</summary>
    public static int Stride(double slot) => Math.Max(1, (int)Math.Ceiling((Size + 2) / Math.Max(slot, 0.01)));

    /// <summary>Draws the names; returns the height that they take.</summary>
    /// <param name="svg">Where to.</param>
    /// <param name="names">One name a column.</param>
    /// <param name="middle">The horizontal middle of a column.</param>
    /// <param name="top">The upper edge of the names.</param>
    /// <param name="slot">The width of a column.</param>
    /// <param name="left">The space left of the first column, into which a slanted name may reach.</param>
    public static double Draw(SvgWriter svg, IReadOnlyList<string> names, Func<int, double> middle, double top, double slot, double left)
    {
        var widest = 0.0;
        foreach (var name in names)
            widest = Math.Max(widest, FigureText.Width(name ?? ""));
        var upright = widest * Size <= slot - 4;
        // Short names of narrow columns are indices, which stay readable where some are left out.
        if (upright || (widest <= Short && Stride(slot) > 1))
        {
            var every = upright ? 1 : (int)Math.Ceiling(((widest * Size) + 8) / slot);
            for (var i = 0; i < names.Count; i += every)
                svg.Text(middle(i), top + Size, names[i] ?? "", SvgAnchor.Middle, Size);
            return Size + 4;
        }

        // The first name ends below its column and begins left of it, as far as 0.7 of its length.
        var longest = Math.Min(LongestSlanted, (left + (slot / 2) - 4) / (0.71 * Size));
        var stride = Stride(slot);
        for (var i = 0; i < names.Count; i += stride)
        {
            var (x, y) = (middle(i) + 3, top + 8);
            var turned = string.Create(CultureInfo.InvariantCulture, $" transform=\"rotate(-45 {x:0.##} {y:0.##})\"");
            svg.Text(x, y, FigureText.Fit(names[i], longest), SvgAnchor.End, Size, turned, names[i]);
        }

        return (Math.Min(widest, longest) * Size * 0.71) + Size + 2;
    }
}

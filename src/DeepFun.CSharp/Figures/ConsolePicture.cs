using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace DeepFun;

/// <summary>Grayscale images as text, in five shades; a pixel is two characters wide, so that it looks square.</summary>
public static class ConsolePicture
{
    /// <summary>From dark to bright as a terminal with a dark background shows them.</summary>
    private const string Shades = " ░▒▓█";

    private const int Gap = 2;

    /// <summary>One image, a line a row of pixels.</summary>
    /// <param name="pixels">The pixels (row, column). A pixel that is not finite is shown as <c>??</c>.</param>
    /// <param name="range">The values of black and white; null for the smallest and the largest pixel.</param>
    /// <param name="darkOnLight">True for consoles with a light background: small values get the full blocks.</param>
    /// <remarks>Errors: DF1005 if the range has no length or is not finite.</remarks>
    public static string Draw(double[,] pixels, (double Black, double White)? range = null, bool darkOnLight = false) =>
        string.Join('\n', Rows(pixels, range, darkOnLight));

    /// <summary>Several images side by side with captions below, in as many bands as the width asks for.</summary>
    /// <param name="images">Caption and pixels (row, column) of each. Sizes may differ.</param>
    /// <param name="width">Characters of a line. An image that is wider stands alone and is not cut.</param>
    /// <param name="range">The values of black and white for all images; null gives each image its own.</param>
    /// <param name="darkOnLight">True for consoles with a light background.</param>
    /// <remarks>Errors: DF1005 if the range has no length or is not finite; DF1006 if the width is not positive.</remarks>
    public static string Draw(
        IReadOnlyList<(string Caption, double[,] Pixels)> images,
        int width = 120,
        (double Black, double White)? range = null,
        bool darkOnLight = false
    )
    {
        ArgumentNullException.ThrowIfNull(images);
        if (width <= 0)
            FigureThrowHelper.PictureWidth(width);
        var bands = new List<string>();
        var band = new List<(string Caption, string[] Rows, int Width)>();
        var used = 0;
        foreach (var (caption, pixels) in images)
        {
            var rows = Rows(pixels, range, darkOnLight);
            var pictureWidth = pixels.GetLength(1) * 2;
            if (band.Count > 0 && used + Gap + pictureWidth > width)
            {
                bands.Add(Join(band));
                band.Clear();
                used = 0;
            }

            used += (band.Count > 0 ? Gap : 0) + pictureWidth;
            band.Add((caption, rows, pictureWidth));
        }

        if (band.Count > 0)
            bands.Add(Join(band));
        return string.Join("\n\n", bands);
    }

    private static string[] Rows(double[,] pixels, (double Black, double White)? range, bool darkOnLight)
    {
        var gray = GrayRange.Of("ConsolePicture", pixels, range);
        var rows = new string[pixels.GetLength(0)];
        var line = new StringBuilder();
        for (var row = 0; row < rows.Length; row++)
        {
            line.Clear();
            for (var column = 0; column < pixels.GetLength(1); column++)
                line.Append(Shade(gray.Brightness(pixels[row, column]), darkOnLight), 2);
            rows[row] = line.ToString();
        }

        return rows;
    }

    private static char Shade(double brightness, bool darkOnLight)
    {
        if (double.IsNaN(brightness))
            return '?';
        var shown = darkOnLight ? 1 - brightness : brightness;
        return Shades[Math.Min(Shades.Length - 1, (int)(shown * Shades.Length))];
    }

    private static string Join(List<(string Caption, string[] Rows, int Width)> band)
    {
        var height = band.Max(picture => picture.Rows.Length);
        var captioned = band.Any(picture => !string.IsNullOrWhiteSpace(picture.Caption));
        var lines = new string[height + (captioned ? 1 : 0)];
        for (var line = 0; line < lines.Length; line++)
        {
            var parts = band.Select(picture =>
                line == height ? Centre(picture.Caption, picture.Width)
                : line < picture.Rows.Length ? picture.Rows[line]
                : new string(' ', picture.Width)
            );
            lines[line] = string.Join(new string(' ', Gap), parts);
        }

        return string.Join('\n', lines);
    }

    private static string Centre(string? caption, int width)
    {
        var text = FigureText.Shorten(caption, width);
        if (text.Length > width)
            return new string(' ', width);
        return text.PadLeft(text.Length + ((width - text.Length) / 2)).PadRight(width);
    }
}

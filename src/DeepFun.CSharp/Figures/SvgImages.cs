using System;
using System.Collections.Generic;

namespace DeepFun;

/// <summary>Draws grayscale images side by side.</summary>
internal static class SvgImages
{
    private const double Width = 640;
    private const double Gap = 12;

    /// <summary>Small images grow by a whole factor up to this side; larger ones keep their size up to <see cref="Largest"/>.</summary>
    private const int Comfortable = 88;

    private const int Largest = 192;

    public static string Draw(string title, IReadOnlyList<(string Caption, double[,] Pixels)> images, (double Black, double White)? range)
    {
        ArgumentNullException.ThrowIfNull(title);
        ArgumentNullException.ThrowIfNull(images);
        var svg = new SvgWriter();
        svg.Heading(title, Width);
        if (images.Count == 0)
        {
            svg.Text(16, 62, "no images", size: 13, attributes: " fill-opacity=\"0.6\"");
            return svg.Finish(title, Width, 80);
        }

        var (widest, highest, captioned) = (1, 1, false);
        foreach (var (caption, pixels) in images)
        {
            ArgumentNullException.ThrowIfNull(pixels, nameof(images));
            widest = Math.Max(widest, pixels.GetLength(1));
            highest = Math.Max(highest, pixels.GetLength(0));
            captioned |= !string.IsNullOrWhiteSpace(caption);
        }

        // One factor for all: sizes can be compared, and every pixel is a whole number of screen pixels where images are small.
        var side = Math.Max(widest, highest);
        var factor = side <= Comfortable ? Comfortable / side : Math.Min(1.0, (double)Largest / side);
        var (cellWidth, cellHeight) = (Math.Max(widest * factor, 36), (highest * factor) + (captioned ? 18 : 0));
        var columns = Math.Clamp((int)((Width - 32 + Gap) / (cellWidth + Gap)), 1, images.Count);
        for (var i = 0; i < images.Count; i++)
        {
            var (x, y) = (16 + (i % columns * (cellWidth + Gap)), 44 + (i / columns * (cellHeight + Gap)));
            DrawImage(svg, images[i], range, x + (cellWidth / 2), y, factor);
            if (!string.IsNullOrWhiteSpace(images[i].Caption))
                svg.Text(
                    x + (cellWidth / 2),
                    y + cellHeight - 4,
                    FigureText.Fit(images[i].Caption, (cellWidth + Gap - 2) / 11),
                    SvgAnchor.Middle,
                    tooltip: images[i].Caption
                );
        }

        var rows = (images.Count + columns - 1) / columns;
        return svg.Finish(title, Width, 44 + (rows * (cellHeight + Gap)) + 2);
    }

    private static void DrawImage(
        SvgWriter svg,
        (string Caption, double[,] Pixels) image,
        (double Black, double White)? range,
        double middle,
        double top,
        double factor
    )
    {
        var (height, width) = (image.Pixels.GetLength(0), image.Pixels.GetLength(1));
        var gray = GrayRange.Of("Figure.Images", image.Pixels, range);
        var (shownWidth, shownHeight) = (width * factor, height * factor);
        var left = middle - (shownWidth / 2);
        if (width > 0 && height > 0)
            svg.Add(
                $"<image x=\"{left:0.##}\" y=\"{top:0.##}\" width=\"{shownWidth:0.##}\" height=\"{shownHeight:0.##}\" preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" href=\"{PngImage.ToDataAddress(width, height, PngImage.Gray, Bytes(image.Pixels, gray))}\"><title>{FigureText.Escape(image.Caption)}</title></image>"
            );
        // Without an edge a black image has no shape on a dark page, a white one none on a light page.
        svg.Add(
            $"<rect x=\"{left:0.##}\" y=\"{top:0.##}\" width=\"{shownWidth:0.##}\" height=\"{shownHeight:0.##}\" fill=\"none\" stroke=\"currentColor\" stroke-opacity=\"0.25\"/>"
        );
    }

    private static byte[] Bytes(double[,] pixels, GrayRange range)
    {
        var bytes = new byte[pixels.Length * PngImage.Gray];
        var next = 0;
        foreach (var pixel in pixels)
        {
            var brightness = range.Brightness(pixel);
            if (double.IsFinite(brightness))
            {
                bytes[next] = (byte)Math.Round(brightness * 255);
                bytes[next + 1] = 255;
            }

            next += PngImage.Gray;
        }

        return bytes;
    }
}

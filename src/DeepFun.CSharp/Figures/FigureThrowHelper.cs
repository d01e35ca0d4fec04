using System;
using System.Diagnostics.CodeAnalysis;

namespace DeepFun;

/// <summary>Every error text of figures and reports. Codes: DF10.</summary>
internal static class FigureThrowHelper
{
    [DoesNotReturn]
    public static void SeriesLength(string operation, string series, int x, int y) =>
        throw new DeepFunException(
            "DF1001",
            $"{operation}: series '{series}' has {x} x values and {y} y values. Pass one y for each x; NaN makes a gap."
        );

    [DoesNotReturn]
    public static void LabelCount(string operation, string axis, int labels, int size) =>
        throw new DeepFunException(
            "DF1002",
            $"{operation}: {labels} {axis} labels came for {size} {axis}s. Pass one label for each {axis}, or null for indices."
        );

    [DoesNotReturn]
    public static void ColumnCount(int row, int cells, int columns) =>
        throw new DeepFunException(
            "DF1003",
            $"HtmlReport.Table: row {row} has {cells} cells, the table has {columns} columns. Pass one text for each column; empty texts are fine."
        );

    [DoesNotReturn]
    public static void HeadingLevel(int level) =>
        throw new DeepFunException("DF1004", $"HtmlReport.Heading: level {level} came; valid are 2 to 4 (1 is the report's title).");

    [DoesNotReturn]
    public static void Range(string operation, double black, double white) =>
        throw new DeepFunException(
            "DF1005",
            FormattableString.Invariant(
                $"{operation}: the range from {black} to {white} has no length or is not finite. Pass a black that is below white, or neither."
            )
        );

    [DoesNotReturn]
    public static void PictureWidth(int width) =>
        throw new DeepFunException("DF1006", $"ConsolePicture: a width of {width} characters came; it must be positive.");
}

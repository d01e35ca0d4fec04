using System;
using System.Linq;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>More shapes, orders, borders and diagonals as methods. Negative axes count from the end.</summary>
public static class TensorMovement
{
    extension(Tensor)
    {
        /// <summary>Tensors in the shape to which all of them broadcast.</summary>
        /// <exception cref="DeepFunException">DF0110 shapes that do not broadcast.</exception>
        public static Tensor[] BroadcastAll(params Tensor[] tensors) => [.. MoreRearrangement.broadcastAll(tensors)];
    }

    /// <summary>Exchanges two axes.</summary>
    public static Tensor SwapAxes(this Tensor x, int a, int b) => Movement.swapAxes(a, b, x);

    /// <summary>Moves one axis to another place.</summary>
    public static Tensor MoveAxis(this Tensor x, int source, int target) => Movement.moveAxis(source, target, x);

    /// <summary>Without this axis, which must have size 1.</summary>
    /// <exception cref="DeepFunException">DF0125 another size.</exception>
    public static Tensor Squeeze(this Tensor x, int axis) => Movement.squeezeAxis(axis, x);

    /// <summary>Neighbouring axes from first to last as one.</summary>
    public static Tensor Flatten(this Tensor x, int first, int last = -1) => MoreRearrangement.flattenAxes(first, last, x);

    /// <summary>One axis as several of these sizes, of which one may be −1.</summary>
    public static Tensor Unflatten(this Tensor x, int axis, params int[] sizes) => MoreRearrangement.unflatten(axis, sizes, x);

    /// <summary>Surrounds x with a value: (before, after) for each axis; negative widths crop.</summary>
    public static Tensor Pad(this Tensor x, double value, params (int Before, int After)[] widths) =>
        Movement.pad(value, widths.Select(w => w.ToTuple()), x);

    /// <summary>Surrounds x with its mirror image, in which the outermost elements come again.</summary>
    public static Tensor PadSymmetric(this Tensor x, params (int Before, int After)[] widths) =>
        MoreRearrangement.padSymmetric(widths.Select(w => w.ToTuple()), x);

    /// <summary>Equal parts of an axis.</summary>
    /// <exception cref="DeepFunException">DF0126 a number of parts that does not divide the axis.</exception>
    public static Tensor[] Split(this Tensor x, int parts, int axis = 0) => [.. Movement.split(parts, axis, x)];

    /// <summary>Parts of an axis of these sizes.</summary>
    /// <exception cref="DeepFunException">DF0126 sizes that do not add up to the axis.</exception>
    public static Tensor[] SplitSizes(this Tensor x, int[] sizes, int axis = 0) => [.. Movement.splitSizes(sizes, axis, x)];

    /// <summary>The parts along an axis, which disappears.</summary>
    public static Tensor[] Unstack(this Tensor x, int axis = 0) => [.. Movement.unstack(axis, x)];

    /// <summary>Each element n times along an axis, neighbours together.</summary>
    public static Tensor Repeat(this Tensor x, int n, int axis = -1) => Movement.repeat(n, axis, x);

    /// <summary>Each element of an axis as often as its count says.</summary>
    public static Tensor RepeatEach(this Tensor x, int[] counts, int axis = -1) => MoreRearrangement.repeatEach(counts, axis, x);

    /// <summary>The whole of x, as often along each axis as the counts say.</summary>
    public static Tensor Tile(this Tensor x, params int[] counts) => Movement.tile(counts, x);

    /// <summary>step − 1 zeros between neighbours of each axis.</summary>
    public static Tensor Dilate(this Tensor x, params int[] steps) => Movement.dilate(steps, x);

    /// <summary>The diagonals of matrices in two axes, which become the last axis.</summary>
    public static Tensor Diagonal(this Tensor x, int offset = 0, int axis1 = -2, int axis2 = -1) =>
        Derived.diagonal(offset, axis1, axis2, x);

    /// <summary>The sum of the main diagonal of matrices in the last two axes.</summary>
    public static Tensor Trace(this Tensor x) => Derived.trace(x);

    /// <summary>The lower triangle of matrices: zeros above a diagonal.</summary>
    public static Tensor Tril(this Tensor x, int diagonal = 0) => Derived.tril(diagonal, x);

    /// <summary>The upper triangle of matrices: zeros below a diagonal.</summary>
    public static Tensor Triu(this Tensor x, int diagonal = 0) => Derived.triu(diagonal, x);

    /// <summary>Windows of an axis, in a new last axis, added up to a line: the reverse of Unfold.</summary>
    /// <exception cref="DeepFunException">DF0112 no such axis; DF0126 the last axis, a step below 1, or too short a length.</exception>
    public static Tensor Fold(this Tensor x, int length, int step = 1, int axis = -2) => MoreRearrangement.fold(axis, step, length, x);

    /// <summary>Windows over the trailing axes: those axes count the windows, as many new last axes hold their elements.</summary>
    public static Tensor UnfoldWindows(
        this Tensor x,
        int[] window,
        int[]? strides = null,
        int[]? padding = null,
        int[]? dilations = null
    ) => MoreRearrangement.unfoldWindows(window, strides ?? [1], padding ?? [0], dilations ?? [1], x);

    /// <summary>Adds windows up to a tensor of these trailing sizes: the reverse of <see cref="UnfoldWindows"/>.</summary>
    public static Tensor FoldWindows(this Tensor x, int[] sizes, int[]? strides = null, int[]? padding = null, int[]? dilations = null) =>
        MoreRearrangement.foldWindows(sizes, strides ?? [1], padding ?? [0], dilations ?? [1], x);

    /// <summary>x with a part of an axis, from start on, replaced.</summary>
    /// <exception cref="DeepFunException">DF0117 a part that leaves the axis; DF0118 other sizes.</exception>
    public static Tensor ReplaceSlice(this Tensor x, Tensor part, int start, int axis = 0) =>
        MoreRearrangement.replaceSlice(axis, start, part, x);
}

using System;
using System.Linq;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Other shapes, orders and borders of tensors, as methods. Negative axes count from the end.</summary>
public static class TensorRearrangement
{
    extension(Tensor)
    {
        /// <summary>Coordinates of the grid that vectors span: result i varies along axis i.</summary>
        public static Tensor[] MeshGrid(params Tensor[] vectors) => [.. Rearrangement.meshgrid(vectors)];
    }

    /// <summary>Elements moved on by shift places along an axis; those that leave at the end come back at the front.</summary>
    public static Tensor Roll(this Tensor x, int shift, int axis = -1) => Rearrangement.roll(shift, axis, x);

    /// <summary>Surrounds x with its mirror image, without the outermost elements: (before, after) for each axis.</summary>
    public static Tensor PadReflect(this Tensor x, params (int Before, int After)[] widths) =>
        Rearrangement.padReflect(widths.Select(w => w.ToTuple()), x);

    /// <summary>Surrounds x with its outermost elements: (before, after) for each axis.</summary>
    public static Tensor PadReplicate(this Tensor x, params (int Before, int After)[] widths) =>
        Rearrangement.padReplicate(widths.Select(w => w.ToTuple()), x);

    /// <summary>Surrounds x with itself, as on a ring: (before, after) for each axis.</summary>
    public static Tensor PadCircular(this Tensor x, params (int Before, int After)[] widths) =>
        Rearrangement.padCircular(widths.Select(w => w.ToTuple()), x);

    /// <summary>At most so many parts of an axis, equally long but for the last, which may be shorter.</summary>
    public static Tensor[] Chunk(this Tensor x, int parts, int axis = 0) => [.. Rearrangement.chunk(parts, axis, x)];

    /// <summary>Windows of an axis: the axis counts them, a new last axis holds their elements.</summary>
    public static Tensor Unfold(this Tensor x, int size, int step = 1, int axis = -1) => Rearrangement.unfold(axis, size, step, x);

    /// <summary>Square matrices with the last axis of x on a diagonal, zeros elsewhere.</summary>
    public static Tensor DiagEmbed(this Tensor x, int offset = 0) => Rearrangement.diagEmbed(offset, x);

    /// <summary>A square matrix with all elements of x on a diagonal, zeros elsewhere.</summary>
    public static Tensor DiagFlat(this Tensor x, int offset = 0) => Rearrangement.diagflat(offset, x);

    /// <summary>x repeated to another tensor's shape.</summary>
    public static Tensor ExpandAs(this Tensor x, Tensor target) => Rearrangement.expandAs(target, x);

    /// <summary>Turned by 90°, so many times, in the plane of two axes, from the first toward the second.</summary>
    public static Tensor Rot90(this Tensor x, int times = 1, int axis1 = 0, int axis2 = 1) => Rearrangement.rot90(times, axis1, axis2, x);
}

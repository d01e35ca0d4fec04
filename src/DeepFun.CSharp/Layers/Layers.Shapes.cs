using System;
using System.Collections.Generic;
using System.Linq;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Borders, other sizes, and elements in another order.</summary>
public static partial class Layers
{
    private static IEnumerable<Tuple<int, int>> Pairs((int Before, int After)[] widths) =>
        widths.Select(w => Tuple.Create(w.Before, w.After));

    /// <summary>A border around the last axes.</summary>
    /// <param name="border">What it is filled with: <c>Border.NewConstant(0)</c>, <c>Border.Reflect</c>, ….</param>
    /// <param name="widths">Elements before and after, for each of the last axes.</param>
    /// <exception cref="DeepFunException">DF0901 axes that are too short to be mirrored.</exception>
    /// <example><code>
    /// var pad = Layers.Pad(Border.Reflect, (1, 2));
    /// var (parameters, state) = pad.Initialize(Key.FromSeed(0), 3);
    /// Console.WriteLine(pad.Forward(parameters, state, Tensor.Vector(1, 2, 3).Reshape(1, 3))); // tensor([[2., 1., 2., 3., 2., 1.]], float32, shape [1, 6])
    /// </code></example>
    public static Layer Pad(Border border, params (int Before, int After)[] widths) =>
        FSharp.SpatialLayers.Layers.pad(border, Pairs(widths));

    /// <summary>Zeros around the last axes, as many on each side.</summary>
    /// <param name="width">Elements before and after.</param>
    /// <param name="axes">How many of the last axes; 2: images.</param>
    public static Layer ZeroPad(int width, int axes = 2) => Pad(Border.NewConstant(0), [.. Enumerable.Repeat((width, width), axes)]);

    /// <summary>The last axes without what is cut off them.</summary>
    /// <param name="widths">Elements before and after, for each of the last axes.</param>
    public static Layer Crop(params (int Before, int After)[] widths) => FSharp.SpatialLayers.Layers.crop(Pairs(widths));

    /// <summary>The last axes made longer by a factor: […, n…] → […, n · factor…].</summary>
    /// <param name="factor">For each of the axes.</param>
    /// <param name="interpolation">Default: nearest.</param>
    /// <param name="axes">How many of the last axes, 1 to 3; 2: images.</param>
    public static Layer Upsample(int factor, Interpolation? interpolation = null, int axes = 2) =>
        FSharp.SpatialLayers.Layers.upsample(interpolation ?? Interpolation.Nearest, Each(factor, axes));

    /// <summary>The last axes brought to these sizes: […, n…] → […, sizes…].</summary>
    /// <param name="interpolation">How values between places are found.</param>
    /// <param name="sizes">One for each of the last axes, 1 to 3.</param>
    /// <example><code>
    /// var resize = Layers.Resize(Interpolation.LinearAligned, 5);
    /// var (parameters, state) = resize.Initialize(Key.FromSeed(0), 3);
    /// Console.WriteLine(resize.Forward(parameters, state, Tensor.Vector(0, 2, 4).Reshape(1, 3))); // tensor([[0., 1., 2., 3., 4.]], float32, shape [1, 5])
    /// </code></example>
    public static Layer Resize(Interpolation interpolation, params int[] sizes) => FSharp.SpatialLayers.Layers.resize(interpolation, sizes);

    /// <summary>Channels turned into places: [C · factor², H, W] → [C, H · factor, W · factor].</summary>
    public static Layer PixelShuffle(int factor) => FSharp.SpatialLayers.Layers.pixelShuffle(factor);

    /// <summary>Places turned into channels: [C, H · factor, W · factor] → [C · factor², H, W].</summary>
    public static Layer PixelUnshuffle(int factor) => FSharp.SpatialLayers.Layers.pixelUnshuffle(factor);

    /// <summary>The channels of groups dealt out in turn: [C, …] → [C, …].</summary>
    public static Layer ChannelShuffle(int groups) => FSharp.SpatialLayers.Layers.channelShuffle(groups);

    /// <summary>The axes of an example in another order: axis i of the output is axis axes[i] of the input.</summary>
    public static Layer Permute(params int[] axes) => FSharp.SpatialLayers.Layers.permute(axes);

    /// <summary>The input itself.</summary>
    public static Layer Identity() => FSharp.SpatialLayers.Layers.identity;
}

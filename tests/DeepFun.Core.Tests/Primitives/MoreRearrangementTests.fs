/// Windows over axes and back, borders and replaced slices: definitions, published examples, and transposes by inner products.
module DeepFun.Core.Tests.Primitives.MoreRearrangementTests

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests
open DeepFun.Core.Tests.Numbers
open Xunit

module N = DeepFun.Core.Tests.Naive

let private naive = Steps.naive
let private near = Steps.near 1e-12

[<Fact>]
let ``fold is the transpose of unfold`` () =
    for sizes, axis, size, step in [ [ 7 ], 0, 3, 2; [ 2; 6; 3 ], 1, 2, 1; [ 2; 6 ], 1, 6, 1; [ 5; 2 ], 0, 2, 3 ] do
        let x = uniform (seeded $"x %A{sizes}") sizes
        let windows = unfold axis size step x
        let y = uniform (seeded $"y %A{sizes}") windows.Shape
        let back = fold axis step sizes[axis] y
        Assert.Equal<int>(sizes, back.Shape)
        closeValues "inner products" 1e-12 [| inner windows y |] [| inner x back |]
        Checks.all "fold" (fold axis step sizes[axis]) y

    // Overlapping windows of ones count how many cover each place.
    closeValues "cover" 0.0 [| 1.0; 2.0; 3.0; 2.0; 1.0; 0.0 |] ((fold 0 1 6 (Tensor.ones [ 3; 3 ])).ToDoubles())
    Assert.Equal<int>([ 4 ], (fold 0 1 4 (Tensor.zeros [ 0; 2 ])).Shape)
    // Axes count from the end of what is folded, whose last axis holds the elements.
    let y = uniform (seeded "y") [ 2; 3; 2 ]
    close "from the end" 0.0 (fold 1 1 4 y) (fold -2 1 4 y)
    close "from the end" 0.0 (fold 0 1 3 y) (fold -3 1 3 y)
    throws "DF0112" (fun () -> fold -4 1 4 y)
    throws "DF0112" (fun () -> fold 3 1 4 y)
    throws "DF0126" (fun () -> fold 2 1 4 y)
    throws "DF0126" (fun () -> fold -1 1 4 y)

/// The windows by definition.
let private unfolded (axes: N.Sliding list) (x: N.Naive) : N.Naive =
    let lead = N.rank x - axes.Length
    let spatial = List.skip lead x.Sizes
    let counts = List.map2 N.slidden spatial axes

    N.make (List.take lead x.Sizes @ counts @ (axes |> List.map _.Window)) (fun i ->
        let windows, taps = List.skip lead i |> List.splitAt axes.Length
        let at = List.map3 (fun (s: N.Sliding) w t -> w * s.Stride - s.Pad + t * s.Dilation) axes windows taps

        if List.forall2 (fun n p -> p >= 0 && p < n) spatial at then
            N.get x (List.take lead i @ at)
        else
            0.0)

[<Fact>]
let ``windows over several axes, and back`` () =
    let axis window stride pad dilation : N.Sliding = { Window = window; Stride = stride; Pad = pad; Dilation = dilation }

    for sizes, axes in
        [
            [ 5 ], [ axis 2 1 0 1 ]
            [ 2; 6 ], [ axis 3 2 1 1 ]
            [ 2; 5; 4 ], [ axis 2 1 0 2; axis 3 1 1 1 ]
            [ 3; 4; 3 ], [ axis 1 1 0 1; axis 2 2 0 1; axis 3 1 2 1 ]
            [ 0; 4 ], [ axis 2 1 0 1 ]
        ] do
        let x = uniform (seeded $"%A{sizes}") sizes
        let every f = axes |> List.map f |> Array.ofList
        let window, strides, padding, dilations = every _.Window, every _.Stride, every _.Pad, every _.Dilation
        let f = unfoldWindows window strides padding dilations
        near "unfoldWindows" (unfolded axes (naive x)) (f x)
        let y = uniform (seeded "y") (f x).Shape
        let spatial = Array.ofList (List.skip (sizes.Length - axes.Length) sizes)
        let back = foldWindows spatial strides padding dilations y
        Assert.Equal<int>(sizes, back.Shape)
        closeValues "inner products" 1e-12 [| inner (f x) y |] [| inner x back |]

        if x.Size > 0 then
            Checks.all "unfoldWindows" f x
            Checks.all "foldWindows" (foldWindows spatial strides padding dilations) y

    // A convolution is a product of windows and kernels.
    let x, w = uniform (seeded "image") [ 2; 3; 6; 5 ], uniform (seeded "weight") [ 4; 3; 3; 2 ]
    let options = { ConvolutionOptions.Default with Strides = [| 2; 1 |]; Padding = [| 1; 0 |] }
    let windows = unfoldWindows [| 3; 2 |] [| 2; 1 |] [| 1; 0 |] [| 1 |] x
    close "im2col" 1e-12 (convolution options x w) (einsum "ncijkl,ockl->noij" [ windows; w ])

[<Fact>]
let ``borders, axes and parts`` () =
    // numpy.pad(a, (2, 3), "symmetric"), the example of its page.
    let padded = padSymmetric [ 2, 3 ] (vector [ 1.0; 2.0; 3.0; 4.0; 5.0 ])
    closeValues "padSymmetric" 0.0 [| 2.0; 1.0; 1.0; 2.0; 3.0; 4.0; 5.0; 5.0; 4.0; 3.0 |] (padded.ToDoubles())
    let x = uniform (seeded "x") [ 2; 3; 4 ]
    Checks.all "padSymmetric" (padSymmetric [ 0, 0; 3, 1; 2, 4 ]) x
    Assert.Equal<int>([ 2; 12 ], (flattenAxes 1 -1 x).Shape)
    Assert.Equal<int>([ 6; 4 ], (flattenAxes 0 1 x).Shape)
    Assert.Equal<int>([ 2; 3; 4 ], (flattenAxes 1 1 x).Shape)
    Assert.Equal<int>([ 2; 3; 2; 2 ], (unflatten -1 [ 2; -1 ] x).Shape)
    Assert.Equal<int>([ 1; 2; 3; 4 ], (unflatten 0 [ 1; 2 ] x).Shape)
    close "unflatten" 0.0 x (flattenAxes 2 3 (unflatten 2 [ 2; 2 ] x))
    let part = uniform (seeded "part") [ 2; 2; 4 ]
    let replaced = replaceSlice 1 -2 part x
    close "replaced" 0.0 part (slice 1 1 3 replaced)
    close "kept" 0.0 (slice 1 0 1 x) (slice 1 0 1 replaced)
    Checks.all "replaceSlice" (replaceSlice 1 0 part) x
    Checks.all "the part of replaceSlice" (fun part -> replaceSlice 1 1 part x) part
    // numpy.repeat([[1, 2], [3, 4]], [1, 2], axis=0), the example of its page.
    let repeated = repeatEach [ 1; 2 ] 0 (f64 [ 2; 2 ] [ 1.0; 2.0; 3.0; 4.0 ])
    close "repeatEach" 0.0 (f64 [ 3; 2 ] [ 1.0; 2.0; 3.0; 4.0; 3.0; 4.0 ]) repeated
    closeValues "with none" 0.0 [| 2.0; 2.0 |] ((repeatEach [ 0; 2; 0 ] 0 (vector [ 1.0; 2.0; 3.0 ])).ToDoubles())
    Checks.all "repeatEach" (repeatEach [ 2; 0; 1 ] 1) x
    // As many operations however many elements there are.
    let many (n: int) =
        let struct (g, _) =
            Trace.graph Eval.Cpu (fun xs -> [| repeatEach (Array.replicate n 2) 0 xs[0] |]) [| (Tensor.zeros [ n ]).Type |]

        g.Equations.Length

    Assert.Equal(many 1, many 50)
    let all = broadcastAll [ vector [ 1.0; 2.0 ]; f64 [ 3; 1 ] [ 1.0; 2.0; 3.0 ] ]
    Assert.All(all, (fun t -> Assert.Equal<int>([ 3; 2 ], t.Shape)))
    Assert.Empty(broadcastAll [])

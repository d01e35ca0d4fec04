/// Windows over trailing axes by definition, with published examples and derivatives.
module DeepFun.Core.Tests.Primitives.MorePoolingTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests
open DeepFun.Core.Tests.Numbers
open Xunit

module N = DeepFun.Core.Tests.Naive

let private naive = Steps.naive
let private near = Steps.near 1e-12

let private axis window stride pad dilation : N.Sliding = { Window = window; Stride = stride; Pad = pad; Dilation = dilation }

[<Fact>]
let ``pools are f of each window`` () =
    for sizes, axes in
        [
            [ 7 ], [ axis 3 2 1 1 ]
            [ 2; 5; 4 ], [ axis 2 1 1 1; axis 3 2 0 1 ]
            [ 2; 3; 4; 3 ], [ axis 2 1 0 1; axis 2 2 1 1; axis 1 1 0 1 ]
        ] do
        let x = uniform (seeded $"%A{sizes}") sizes
        let every f = axes |> List.map f |> Array.ofList
        let window, strides, padding = every _.Window, every _.Stride, every _.Pad
        near "averagePoolInside" (N.pool axes List.average (naive x)) (averagePoolInside window strides padding x)
        Checks.all "averagePoolInside" (averagePoolInside window strides padding) x
        let bare = axes |> List.map (fun a -> { a with Pad = 0 })

        for p in [ 1.0; 2.0; 3.0; 0.5 ] do
            let power (vs: float list) = (vs |> List.sumBy (fun v -> abs v ** p)) ** (1.0 / p)
            near $"lpPool {p}" (N.pool bare power (naive x)) (lpPool p window strides x)
            // Away from 0, where powers below 1 are steep.
            Checks.all $"lpPool {p}" (lpPool p window strides) (x + 2.0)

        let spread = axes |> List.map (fun a -> { a with Dilation = 2; Window = min a.Window 2; Pad = 0 })
        let dilations = Array.replicate axes.Length 2
        let values, places = maxPoolDilated (spread |> List.map _.Window |> Array.ofList) strides [| 0 |] dilations x
        near "maxPoolDilated" (N.pool spread List.max (naive x)) values
        Assert.Equal<int>(values.Shape, places.Shape)

    closeValues "zeros" 0.0 [| 0.0; 0.0; 0.0; 0.0 |] ((grad (fun x -> sum (lpPool 2.0 [| 2 |] [| 2 |] x)) (Tensor.zeros [ 4 ])).ToDoubles())
    throws "DF0126" (fun () -> lpPool 0.0 [| 1 |] [| 1 |] (Tensor.zeros [ 2 ]))

[<Fact>]
let ``maxima go back where they came from`` () =
    // torch.nn.MaxUnpool2d, the example of its page.
    let x = cast DType.Float64 (Tensor.arange 16) + 1.0 |> reshape [ 1; 1; 4; 4 ]
    let values, places = maxPoolWithIndices [| 2; 2 |] [| 2; 2 |] [| 0; 0 |] x
    let back = maxUnpool [| 4; 4 |] places values
    let expected = x.ToDoubles() |> Array.map (fun v -> if List.contains v [ 6.0; 8.0; 14.0; 16.0 ] then v else 0.0)
    closeValues "unpooled" 0.0 expected (back.ToDoubles())
    Assert.Equal<int>([ 1; 1; 4; 4 ], back.Shape)
    Checks.all "maxUnpool" (maxUnpool [| 4; 4 |] places) values
    throws "DF0154" (fun () -> maxUnpool [| 4; 4 |] places (Tensor.zeros [ 2 ]))

/// torch 1.13: max_pool1d to 3d and avg_pool1d to 3d with ceil_mode=True.
[<Fact>]
let ``the number of windows is rounded up as PyTorch does`` () =
    let x = vector [ 3.0; -1.0; 4.0; 1.0; -5.0; 9.0; 2.0; -6.0 ]
    let third = 1.0 / 3.0

    for (window, stride, padding), maxima, places, counted, inside in
        [
            (3, 2, 0), [ 4.0; 4.0; 9.0; 2.0 ], [ 2; 2; 5; 6 ], [ 2.0; 0.0; 2.0; -2.0 ], [ 2.0; 0.0; 2.0; -2.0 ]
            (3, 3, 1), [ 3.0; 4.0; 9.0 ], [ 0; 2; 5 ], [ 2.0 * third; 0.0; 5.0 * third ], [ 1.0; 0.0; 5.0 * third ]
            (2, 3, 0), [ 3.0; 1.0; 2.0 ], [ 0; 3; 6 ], [ 1.0; -2.0; -2.0 ], [ 1.0; -2.0; -2.0 ]
            (4, 3, 2), [ 3.0; 4.0; 9.0; -6.0 ], [ 0; 2; 5; 7 ], [ 0.5; -0.25; 0.0; -2.0 ], [ 1.0; -0.25; 0.0; -6.0 ]
            (3, 4, 1), [ 3.0; 9.0; -6.0 ], [ 0; 5; 7 ], [ 2.0 * third; 5.0 * third; -3.0 ], [ 1.0; 5.0 * third; -6.0 ]
        ] do
        let name = $"{window}, {stride}, {padding}"
        let values, found = maxPoolCeiling [| window |] [| stride |] [| padding |] [| 1 |] x
        closeValues $"maxima of {name}" 0.0 (Array.ofList maxima) (values.ToDoubles())
        Assert.Equal<int>(places, found.ToArray<int>())
        let mean counting = averagePoolCeiling counting [| window |] [| stride |] [| padding |]
        closeValues $"means of {name}" 1e-15 (Array.ofList counted) ((mean true x).ToDoubles())
        closeValues $"means inside of {name}" 1e-15 (Array.ofList inside) ((mean false x).ToDoubles())
        Checks.all $"maximum {name}" (fun x -> fst (maxPoolCeiling [| window |] [| stride |] [| padding |] [| 1 |] x)) x
        Checks.all $"mean {name}" (mean true) x
        Checks.all $"mean inside {name}" (mean false) x

    let cyclic (step: int) (modulus: int) (sizes: int list) = f64 sizes [ for i in 0 .. sizeOf sizes - 1 -> float (i * step % modulus) ]

    let y = cyclic 7 11 [ 1; 1; 5; 7 ]
    let window, strides, padding = [| 3; 2 |], [| 2; 3 |], [| 1; 0 |]
    let values, places = maxPoolCeiling window strides padding [| 1; 1 |] y
    Assert.Equal<int>([ 1; 1; 3; 3 ], values.Shape)
    closeValues "plane" 0.0 [| 7.0; 10.0; 9.0; 10.0; 10.0; 8.0; 9.0; 10.0; 7.0 |] (values.ToDoubles())
    Assert.Equal<int>([ 1; 3; 6; 14; 25; 20; 28; 25; 34 ], places.ToArray<int>())
    let spread = fst (maxPoolCeiling [| 2; 2 |] [| 2; 2 |] [| 0; 0 |] [| 2; 2 |] y)
    closeValues "dilated" 0.0 [| 10.0; 6.0; 9.0; 10.0; 5.0; 8.0 |] (spread.ToDoubles())

    closeValues
        "means"
        1e-14
        [| 13.0 / 6.0; 10.0 / 3.0; 4.0; 13.0 / 3.0; 31.0 / 6.0; 13.0 / 3.0; 3.0; 25.0 / 6.0; 3.0 |]
        ((averagePoolCeiling true window strides padding y).ToDoubles())

    closeValues
        "means inside"
        1e-14
        [| 3.25; 5.0; 6.0; 13.0 / 3.0; 31.0 / 6.0; 13.0 / 3.0; 4.5; 6.25; 4.5 |]
        ((averagePoolCeiling false window strides padding y).ToDoubles())

    let z = cyclic 7 13 [ 1; 1; 3; 4; 5 ]
    let two, three, one = Array.replicate 3 2, Array.replicate 3 3, Array.replicate 3 1
    let space = fst (maxPoolCeiling two two [| 0 |] one z)
    Assert.Equal<int>([ 1; 1; 2; 2; 3 ], space.Shape)
    closeValues "space" 0.0 [| 10.0; 11.0; 12.0; 12.0; 12.0; 7.0; 10.0; 11.0; 9.0; 12.0; 9.0; 10.0 |] (space.ToDoubles())

    closeValues
        "means in space"
        1e-14
        [| 4.875; 5.875; 8.25; 6.625; 6.0; 3.5; 5.25; 6.25; 7.0; 7.0; 4.75; 5.5 |]
        ((averagePoolCeiling true two two [| 0 |] z).ToDoubles())

    // Sums of whole numbers over the numbers of elements that count: 27, 18 and 12.
    closeValues
        "means in padded space"
        1e-14
        [| 39.0 / 27.0; 61.0 / 27.0; 51.0 / 27.0; 71.0 / 27.0; 107.0 / 27.0; 63.0 / 27.0; 25.0 / 18.0; 42.0 / 18.0; 1.0 |]
        ((averagePoolCeiling true three two one z).ToDoubles()[..8])

    closeValues
        "means inside padded space"
        1e-14
        [| 4.875; 61.0 / 12.0; 6.375; 71.0 / 12.0; 107.0 / 18.0; 5.25; 6.25; 7.0; 4.5 |]
        ((averagePoolCeiling false three two one z).ToDoubles()[..8])

    // A window larger than the input has one place, as there; one that leaves out more is no window.
    closeValues "larger" 0.0 [| 2.0 |] ((fst (maxPoolCeiling [| 3 |] [| 2 |] [| 0 |] [| 1 |] (vector [ 1.0; 2.0 ]))).ToDoubles())
    throws "DF0122" (fun () -> maxPoolCeiling [| 5 |] [| 2 |] [| 0 |] [| 1 |] (vector [ 1.0 ]))
    Assert.Equal(DType.Float32, (averagePoolCeiling true [| 2 |] [| 2 |] [| 0 |] (Tensor.arange 3)).DType)

/// By PyTorch's windows: from ⌊i n / size⌋ up to ⌈(i + 1) n / size⌉.
let private adaptive (sizes: int list) (f: float list -> float) (x: N.Naive) : N.Naive =
    let lead = N.rank x - sizes.Length
    let spatial = List.skip lead x.Sizes

    N.make (List.take lead x.Sizes @ sizes) (fun i ->
        let ranges =
            List.map3
                (fun n size k -> [ k * n / size .. int (Math.Ceiling(float ((k + 1) * n) / float size)) - 1 ])
                spatial
                sizes
                (List.skip lead i)

        let rec places (ranges: int list list) =
            match ranges with
            | [] -> [ [] ]
            | first :: rest ->
                [
                    for p in first do
                        for tail in places rest -> p :: tail
                ]

        places ranges |> List.map (fun p -> N.get x (List.take lead i @ p)) |> f)

[<Fact>]
let ``adaptive windows cover the input`` () =
    for sizes, output in [ [ 7 ], [ 3 ]; [ 3 ], [ 7 ]; [ 2; 5; 4 ], [ 2; 3 ]; [ 2; 3; 4; 5 ], [ 1; 4; 2 ]; [ 0; 5 ], [ 2 ] ] do
        let x = uniform (seeded $"%A{sizes}") sizes
        let target = Array.ofList output
        near "adaptiveAveragePool" (adaptive output List.average (naive x)) (adaptiveAveragePool target x)
        near "adaptiveMaxPool" (adaptive output List.max (naive x)) (adaptiveMaxPool target x)

        if x.Size > 0 then
            Checks.all "adaptiveAveragePool" (adaptiveAveragePool target) x
            Checks.all "adaptiveMaxPool" (adaptiveMaxPool target) x

    throws "DF0126" (fun () -> adaptiveMaxPool [| 0 |] (Tensor.zeros [ 2 ]))
    throws "DF0122" (fun () -> adaptiveAveragePool [| 1; 1 |] (Tensor.zeros [ 2 ]))

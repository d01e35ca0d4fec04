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

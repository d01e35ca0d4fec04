namespace DeepFun

open System
open DeepFun.Backends
open DeepFun.FSharp

/// Pooling to sizes that are given, and of powers.
module internal ShapedPooling =

    let adaptive (kind: string) (pool: int[] -> Tensor -> Tensor) (sizes: int[]) : Layer =
        let kind = $"{kind}{sizes.Length}D"

        if sizes.Length < 1 || sizes.Length > 3 then
            Errors.option $"the number of sizes of {kind}" "1, 2 or 3" (string sizes.Length)

        LayerOptions.allAtLeast 1 $"the sizes of {kind}" sizes
        let name = $"{kind}({LayerOptions.sizes sizes})"

        let outputShape (s: Shape) =
            if WindowGeometry.spatial name sizes.Length s |> Array.contains 0 then
                Errors.layerInput name "examples with elements" s

            Shape.Adopt(Array.append [| s[0] |] sizes)

        Layer.Function(
            name,
            outputShape,
            (fun _ x ->
                WindowGeometry.batch name sizes.Length x
                pool sizes x)
        )

    let power (p: float) (o: PoolingOptions) : Layer =
        let kind = $"LpPool{o.Axes}D"
        let window = LayerOptions.perAxis $"window of {kind}" o.Axes o.Window
        let strides = LayerOptions.perAxis $"strides of {kind}" o.Axes o.Strides
        WindowGeometry.check kind o.Axes window strides o.Padding

        match o.Padding with
        | WindowPadding.Valid -> ()
        | WindowPadding.Same
        | WindowPadding.Explicit _ -> Errors.option $"the padding of {kind}" "Valid" (WindowGeometry.paddingTitle o.Padding)

        if Array.exists ((<>) 1) o.Dilations then
            Errors.option $"the dilations of {kind}" "1" (LayerOptions.sizes o.Dilations)

        if o.Ceiling then
            Errors.option $"the ceiling of {kind}" "false" "true"

        if not (p > 0.0) then
            Errors.option $"the power of {kind}" "above 0" (LayerOptions.number p)

        let name =
            LayerOptions.title
                kind
                [
                    LayerOptions.number p
                    LayerOptions.brief window
                    (if strides = window then "" else $"stride {LayerOptions.brief strides}")
                ]

        let none, ones = Array.zeroCreate o.Axes, Array.replicate o.Axes 1

        let outputShape (s: Shape) =
            let input = WindowGeometry.spatial name o.Axes s
            let spec = WindowSpec(input, window, strides, none, none, ones)
            Shape.Adopt(Array.append [| s[0] |] (WindowGeometry.fits name s (spec.OutputSize())))

        Layer.Function(
            name,
            outputShape,
            (fun _ x ->
                WindowGeometry.batch name o.Axes x
                lpPool p window strides x)
        )

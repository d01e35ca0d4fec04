/// DiffSharp's convolutions and poolings by their names, in DeepFun's.
module DeepFun.Core.Tests.Conformance.Windows

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Conformance.Cases

/// One number for all spatial axes, one each, or the default.
let private spatial (value: int[]) (one: Argument) (each: Argument) =
    match one, each with
    | _, Numbers ns -> Array.ofList ns
    | Number n, _ -> [| int n |]
    | _ -> value

let private convolve (stride, strides) (padding, paddings) (dilation, dilations) =
    { ConvolutionOptions.Default with
        Strides = spatial [| 1 |] stride strides
        Padding = spatial [| 0 |] padding paddings
        Dilations = spatial [| 1 |] dilation dilations
    }

let private window (axes: int) (size, sizes) (stride, strides) (padding, paddings) =
    let all (values: int[]) = if values.Length = 1 then Array.replicate axes values[0] else values
    let size = all (spatial [||] size sizes)
    size, all (spatial size stride strides), all (spatial [| 0 |] padding paddings)

/// Maxima back where they came from; DiffSharp's output size is the whole shape.
let private unpool (output: Argument) (indices: Tensor) (axes: int) (size, strides: int[], padding: int[]) (x: Tensor) =
    let lead = x.Rank - axes

    let sizes =
        match output with
        | Numbers shape -> Array.ofSeq (Seq.skip lead shape)
        | _ -> Array.init axes (fun i -> (x.Shape[lead + i] - 1) * strides[i] - 2 * padding[i] + Array.item i size)

    maxUnpool sizes indices x

/// The results of a case that is a convolution or a pooling.
let run (case: Case) (args: Argument list) : Tensor list =
    let operation = case.Operation

    let axes =
        if operation.Contains "1d" then 1
        elif operation.Contains "2d" then 2
        else 3

    let average (size, strides, padding) = averagePool size strides padding

    match operation, args with
    | "conv1d", [ Tensor x; Tensor w; stride; padding; dilation ] ->
        [ convolution (convolve (stride, Missing) (padding, Missing) (dilation, Missing)) x w ]
    | "conv2d", [ Tensor x; Tensor w; stride; strides; padding; paddings; dilation; dilations ] when case.Api = "dsharp.conv2d" ->
        [ convolution (convolve (stride, strides) (padding, paddings) (dilation, dilations)) x w ]
    // Tensor.conv2d has them in another order.
    | ("conv2d" | "conv3d"), [ Tensor x; Tensor w; stride; padding; dilation; strides; paddings; dilations ] ->
        [ convolution (convolve (stride, strides) (padding, paddings) (dilation, dilations)) x w ]
    | "convTranspose1d", [ Tensor x; Tensor w; stride; padding; dilation; extra ] ->
        let options = convolve (stride, Missing) (padding, Missing) (dilation, Missing)
        [ convolutionTranspose options (spatial [| 0 |] extra Missing) x w ]
    | _, [ Tensor x; Tensor w; stride; padding; dilation; extra; strides; paddings; dilations; extras ] ->
        let options = convolve (stride, strides) (padding, paddings) (dilation, dilations)
        [ convolutionTranspose options (spatial [| 0 |] extra extras) x w ]
    | ("avgpool1d" | "avgpool2d" | "avgpool3d"), Tensor x :: size :: stride :: padding :: more ->
        let sizes, strides, paddings =
            (match more with
             | [ a; b; c ] -> a, b, c
             | _ -> Missing, Missing, Missing)

        [ average (window axes (size, sizes) (stride, strides) (padding, paddings)) x ]
    | _, Tensor x :: Tensor original :: size :: stride :: padding :: _ when operation.StartsWith "avgpoolReverse" ->
        [ snd (vjp (average (window axes (size, Missing) (stride, Missing) (padding, Missing))) original) x ]
    | _, Tensor x :: Tensor indices :: size :: stride :: padding :: more when operation.StartsWith "maxunpool" ->
        let sizes, strides, paddings, output =
            (match more with
             | [ a; b; c; d ] -> a, b, c, d
             | _ -> Missing, Missing, Missing, List.last more)

        [ unpool output indices axes (window axes (size, sizes) (stride, strides) (padding, paddings)) x ]
    | _, Tensor x :: size :: stride :: padding :: more when operation.StartsWith "maxpool" ->
        let sizes, strides, paddings =
            (match more with
             | [ a; b; c ] -> a, b, c
             | _ -> Missing, Missing, Missing)

        let size, strides, padding = window axes (size, sizes) (stride, strides) (padding, paddings)

        if operation.EndsWith 'i' then
            let values, indices = maxPoolWithIndices size strides padding x
            [ values; indices ]
        else
            [ maxPool size strides padding x ]
    | _ -> raise (LeftOut "no such operation here")

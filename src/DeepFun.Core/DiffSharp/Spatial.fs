namespace DeepFun.DiffSharp

open DeepFun
open DeepFun.FSharp

/// Convolutions and poolings of so many spatial axes, whose options are one number for all axes or one for each, as DiffSharp takes them.
[<RequireQualifiedAccess>]
module internal Spatial =

    /// One number for each spatial axis: the list, the single one repeated, or the default.
    let private each axes (value: int) (one: int option) (many: int seq option) : int[] =
        match many, one with
        | Some many, _ -> Array.ofSeq many
        | None, Some n -> Array.replicate axes n
        | None, None -> Array.replicate axes value

    /// Window, strides (by default the window) and padding.
    let private window axes (size, sizes, stride, strides, padding, paddings) : int[] * int[] * int[] =
        let size = each axes 1 size sizes
        size, (if Option.isNone stride && Option.isNone strides then size else each axes 1 stride strides), each axes 0 padding paddings

    let private options axes (stride, strides, padding, paddings, dilation, dilations) : ConvolutionOptions =
        { ConvolutionOptions.Default with
            Strides = each axes 1 stride strides
            Padding = each axes 0 padding paddings
            Dilations = each axes 1 dilation dilations
        }

    /// A pooling, given its window, strides and padding.
    let pool (f: int[] -> int[] -> int[] -> Tensor -> 'a) axes spelled (x: Tensor) : 'a =
        let size, strides, padding = window axes spelled in f size strides padding x

    /// Maxima back where they came from; DiffSharp's outputSize is the whole shape.
    let maxUnpool axes spelled (outputSize: int seq option) (indices: Tensor) (x: Tensor) : Tensor =
        let size, strides, padding = window axes spelled
        let lead = x.Rank - axes

        let sizes =
            match outputSize with
            | Some shape -> Array.ofSeq (Seq.skip lead shape)
            | None -> Array.init axes (fun i -> (x.Shape[lead + i] - 1) * strides[i] - 2 * padding[i] + size[i])

        maxUnpool sizes indices x

    let conv axes spelled (b: Tensor) (x: Tensor) : Tensor = convolution (options axes spelled) x b

    let convTranspose axes spelled (extra, extras) (b: Tensor) (x: Tensor) : Tensor =
        convolutionTranspose (options axes spelled) (each axes 0 extra extras) x b

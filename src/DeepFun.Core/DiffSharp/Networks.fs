namespace DeepFun.DiffSharp

open DeepFun
open DeepFun.FSharp

/// <summary>Convolutions, poolings and losses by DiffSharp's names.</summary>
[<AutoOpen>]
module Networks =

    /// One number for each spatial axis: the list, the single one repeated, or the default.
    let private each axes (value: int) (one: int option) (many: int seq option) : int[] =
        match many, one with
        | Some many, _ -> Array.ofSeq many
        | None, Some n -> Array.replicate axes n
        | None, None -> Array.replicate axes value

    /// Window, strides (by default the window) and padding.
    let private window axes kernelSize kernelSizes stride strides padding paddings =
        let size = each axes 1 kernelSize kernelSizes
        size, (if Option.isNone stride && Option.isNone strides then size else each axes 1 stride strides), each axes 0 padding paddings

    let private options axes stride strides padding paddings dilation dilations =
        { ConvolutionOptions.Default with
            Strides = each axes 1 stride strides
            Padding = each axes 0 padding paddings
            Dilations = each axes 1 dilation dilations
        }

    /// Maxima back where they came from; DiffSharp's outputSize is the whole shape.
    let private unpool
        axes
        (size: int[], strides: int[], padding: int[])
        (outputSize: int seq option)
        (indices: Tensor)
        (x: Tensor)
        : Tensor =
        let lead = x.Rank - axes

        let sizes =
            match outputSize with
            | Some shape -> Array.ofSeq (Seq.skip lead shape)
            | None -> Array.init axes (fun i -> (x.Shape[lead + i] - 1) * strides[i] - 2 * padding[i] + size[i])

        maxUnpool sizes indices x

    /// The losses of the elements, their mean or their sum; the mean weighs them.
    let private reduced (reduction: string option) (weights: Tensor) (losses: Tensor) : Tensor =
        match defaultArg reduction "mean" with
        | "none" -> losses
        | "sum" -> sum losses
        | "mean" -> sum losses / sum weights
        | other -> DerivativeErrors.reduction other

    let private labelled (input: Tensor) (target: Tensor) (weight: Tensor option) reduction : Tensor =
        let labels = cast DType.Int32 target

        let weights =
            match weight with
            | Some w -> take 0 labels w
            | None -> onesLike (cast input.DType target)

        let chosen = takeAlong 1 (expandDims 1 labels) input |> squeezeAxis 1
        reduced reduction weights (-(weights * chosen))

    type dsharp with
        static member maxpool1d(input: Tensor, kernelSize: int, ?stride: int, ?padding: int) : Tensor =
            let size, strides, padding = window 1 (Some kernelSize) None stride None padding None in maxPool size strides padding input

        static member maxpool1di(input: Tensor, kernelSize: int, ?stride: int, ?padding: int) : Tensor * Tensor =
            let size, strides, padding = window 1 (Some kernelSize) None stride None padding None in
            maxPoolWithIndices size strides padding input

        static member avgpool1d(input: Tensor, kernelSize: int, ?stride: int, ?padding: int) : Tensor =
            let size, strides, padding = window 1 (Some kernelSize) None stride None padding None in averagePool size strides padding input

        static member maxunpool1d
            (input: Tensor, indices: Tensor, kernelSize: int, ?stride: int, ?padding: int, ?outputSize: int seq)
            : Tensor =
            unpool 1 (window 1 (Some kernelSize) None stride None padding None) outputSize indices input

        static member conv1d(input: Tensor, b: Tensor, ?stride: int, ?padding: int, ?dilation: int) : Tensor =
            convolution (options 1 stride None padding None dilation None) input b

        static member convTranspose1d(input: Tensor, b: Tensor, ?stride: int, ?padding: int, ?dilation: int, ?outputPadding: int) : Tensor =
            convolutionTranspose (options 1 stride None padding None dilation None) (each 1 0 outputPadding None) input b

        static member maxpool2d
            (input: Tensor, ?kernelSize: int, ?stride: int, ?padding: int, ?kernelSizes: int seq, ?strides: int seq, ?paddings: int seq)
            : Tensor =
            let size, strides, padding = window 2 kernelSize kernelSizes stride strides padding paddings in
            maxPool size strides padding input

        static member maxpool2di
            (input: Tensor, ?kernelSize: int, ?stride: int, ?padding: int, ?kernelSizes: int seq, ?strides: int seq, ?paddings: int seq)
            : Tensor * Tensor =
            let size, strides, padding = window 2 kernelSize kernelSizes stride strides padding paddings in
            maxPoolWithIndices size strides padding input

        static member avgpool2d
            (input: Tensor, ?kernelSize: int, ?stride: int, ?padding: int, ?kernelSizes: int seq, ?strides: int seq, ?paddings: int seq)
            : Tensor =
            let size, strides, padding = window 2 kernelSize kernelSizes stride strides padding paddings in
            averagePool size strides padding input

        static member maxunpool2d
            (
                input: Tensor,
                indices: Tensor,
                ?kernelSize: int,
                ?stride: int,
                ?padding: int,
                ?kernelSizes: int seq,
                ?strides: int seq,
                ?paddings: int seq,
                ?outputSize: int seq
            ) : Tensor =
            unpool 2 (window 2 kernelSize kernelSizes stride strides padding paddings) outputSize indices input

        static member conv2d
            (
                input: Tensor,
                b: Tensor,
                ?stride: int,
                ?strides: int seq,
                ?padding: int,
                ?paddings: int seq,
                ?dilation: int,
                ?dilations: int seq
            ) : Tensor =
            convolution (options 2 stride strides padding paddings dilation dilations) input b

        static member convTranspose2d
            (
                input: Tensor,
                b: Tensor,
                ?stride: int,
                ?padding: int,
                ?dilation: int,
                ?outputPadding: int,
                ?strides: int seq,
                ?paddings: int seq,
                ?dilations: int seq,
                ?outputPaddings: int seq
            ) : Tensor =
            convolutionTranspose
                (options 2 stride strides padding paddings dilation dilations)
                (each 2 0 outputPadding outputPaddings)
                input
                b

        static member maxpool3d
            (input: Tensor, ?kernelSize: int, ?stride: int, ?padding: int, ?kernelSizes: int seq, ?strides: int seq, ?paddings: int seq)
            : Tensor =
            let size, strides, padding = window 3 kernelSize kernelSizes stride strides padding paddings in
            maxPool size strides padding input

        static member maxpool3di
            (input: Tensor, ?kernelSize: int, ?stride: int, ?padding: int, ?kernelSizes: int seq, ?strides: int seq, ?paddings: int seq)
            : Tensor * Tensor =
            let size, strides, padding = window 3 kernelSize kernelSizes stride strides padding paddings in
            maxPoolWithIndices size strides padding input

        static member avgpool3d
            (input: Tensor, ?kernelSize: int, ?stride: int, ?padding: int, ?kernelSizes: int seq, ?strides: int seq, ?paddings: int seq)
            : Tensor =
            let size, strides, padding = window 3 kernelSize kernelSizes stride strides padding paddings in
            averagePool size strides padding input

        static member maxunpool3d
            (
                input: Tensor,
                indices: Tensor,
                ?kernelSize: int,
                ?stride: int,
                ?padding: int,
                ?kernelSizes: int seq,
                ?strides: int seq,
                ?paddings: int seq,
                ?outputSize: int seq
            ) : Tensor =
            unpool 3 (window 3 kernelSize kernelSizes stride strides padding paddings) outputSize indices input

        static member conv3d
            (
                input: Tensor,
                b: Tensor,
                ?stride: int,
                ?strides: int seq,
                ?padding: int,
                ?paddings: int seq,
                ?dilation: int,
                ?dilations: int seq
            ) : Tensor =
            convolution (options 3 stride strides padding paddings dilation dilations) input b

        static member convTranspose3d
            (
                input: Tensor,
                b: Tensor,
                ?stride: int,
                ?padding: int,
                ?dilation: int,
                ?outputPadding: int,
                ?strides: int seq,
                ?paddings: int seq,
                ?dilations: int seq,
                ?outputPaddings: int seq
            ) : Tensor =
            convolutionTranspose
                (options 3 stride strides padding paddings dilation dilations)
                (each 3 0 outputPadding outputPaddings)
                input
                b

        static member mseLoss(input: Tensor, target: Tensor, ?reduction: string) : Tensor =
            let losses = square (input - target) in reduced reduction (onesLike losses) losses

        /// <summary>The weights belong to the examples.</summary>
        static member bceLoss(input: Tensor, target: Tensor, ?weight: Tensor, ?reduction: string) : Tensor =
            let losses = -(target * dsharp.safelog input + (1.0 - target) * dsharp.safelog (1.0 - input))

            let weighted =
                match weight with
                | Some w -> reshape (w.Size :: List.replicate (input.Rank - 1) 1) w * losses
                | None -> losses

            reduced reduction (onesLike losses) weighted

        /// <summary>Targets are class numbers; the weights belong to the classes.</summary>
        static member nllLoss(input: Tensor, target: Tensor, ?weight: Tensor, ?reduction: string) : Tensor =
            labelled input target weight reduction

        /// <summary>nllLoss of the logarithm of softmax.</summary>
        static member crossEntropyLoss(input: Tensor, target: Tensor, ?weight: Tensor, ?reduction: string) : Tensor =
            labelled (logSoftmax 1 input) target weight reduction

namespace DeepFun.DiffSharp

open DeepFun
open DeepFun.FSharp

/// <summary>Convolutions, poolings and losses by DiffSharp's names.</summary>
[<AutoOpen>]
module Networks =

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
            Spatial.pool maxPool 1 (Some kernelSize, None, stride, None, padding, None) input

        static member maxpool1di(input: Tensor, kernelSize: int, ?stride: int, ?padding: int) : Tensor * Tensor =
            Spatial.pool maxPoolWithIndices 1 (Some kernelSize, None, stride, None, padding, None) input

        static member avgpool1d(input: Tensor, kernelSize: int, ?stride: int, ?padding: int) : Tensor =
            Spatial.pool averagePool 1 (Some kernelSize, None, stride, None, padding, None) input

        static member maxunpool1d
            (input: Tensor, indices: Tensor, kernelSize: int, ?stride: int, ?padding: int, ?outputSize: int seq)
            : Tensor =
            Spatial.maxUnpool 1 (Some kernelSize, None, stride, None, padding, None) outputSize indices input

        static member conv1d(input: Tensor, b: Tensor, ?stride: int, ?padding: int, ?dilation: int) : Tensor =
            Spatial.conv 1 (stride, None, padding, None, dilation, None) b input

        static member convTranspose1d(input: Tensor, b: Tensor, ?stride: int, ?padding: int, ?dilation: int, ?outputPadding: int) : Tensor =
            Spatial.convTranspose 1 (stride, None, padding, None, dilation, None) (outputPadding, None) b input

        static member maxpool2d
            (input: Tensor, ?kernelSize: int, ?stride: int, ?padding: int, ?kernelSizes: int seq, ?strides: int seq, ?paddings: int seq)
            : Tensor =
            Spatial.pool maxPool 2 (kernelSize, kernelSizes, stride, strides, padding, paddings) input

        static member maxpool2di
            (input: Tensor, ?kernelSize: int, ?stride: int, ?padding: int, ?kernelSizes: int seq, ?strides: int seq, ?paddings: int seq)
            : Tensor * Tensor =
            Spatial.pool maxPoolWithIndices 2 (kernelSize, kernelSizes, stride, strides, padding, paddings) input

        static member avgpool2d
            (input: Tensor, ?kernelSize: int, ?stride: int, ?padding: int, ?kernelSizes: int seq, ?strides: int seq, ?paddings: int seq)
            : Tensor =
            Spatial.pool averagePool 2 (kernelSize, kernelSizes, stride, strides, padding, paddings) input

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
            Spatial.maxUnpool 2 (kernelSize, kernelSizes, stride, strides, padding, paddings) outputSize indices input

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
            Spatial.conv 2 (stride, strides, padding, paddings, dilation, dilations) b input

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
            Spatial.convTranspose 2 (stride, strides, padding, paddings, dilation, dilations) (outputPadding, outputPaddings) b input

        static member maxpool3d
            (input: Tensor, ?kernelSize: int, ?stride: int, ?padding: int, ?kernelSizes: int seq, ?strides: int seq, ?paddings: int seq)
            : Tensor =
            Spatial.pool maxPool 3 (kernelSize, kernelSizes, stride, strides, padding, paddings) input

        static member maxpool3di
            (input: Tensor, ?kernelSize: int, ?stride: int, ?padding: int, ?kernelSizes: int seq, ?strides: int seq, ?paddings: int seq)
            : Tensor * Tensor =
            Spatial.pool maxPoolWithIndices 3 (kernelSize, kernelSizes, stride, strides, padding, paddings) input

        static member avgpool3d
            (input: Tensor, ?kernelSize: int, ?stride: int, ?padding: int, ?kernelSizes: int seq, ?strides: int seq, ?paddings: int seq)
            : Tensor =
            Spatial.pool averagePool 3 (kernelSize, kernelSizes, stride, strides, padding, paddings) input

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
            Spatial.maxUnpool 3 (kernelSize, kernelSizes, stride, strides, padding, paddings) outputSize indices input

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
            Spatial.conv 3 (stride, strides, padding, paddings, dilation, dilations) b input

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
            Spatial.convTranspose 3 (stride, strides, padding, paddings, dilation, dilations) (outputPadding, outputPaddings) b input

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

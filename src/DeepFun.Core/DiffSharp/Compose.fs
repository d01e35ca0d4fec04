namespace DeepFun.DiffSharp

open DeepFun
open DeepFun.FSharp

/// <summary>
/// The operations without their first operand, which comes last: <c>dsharp.sub b</c> is the function a ↦ a − b, so that programs read
/// <c>x --> dsharp.conv2d w --> dsharp.relu --> dsharp.flatten 1</c>.
/// </summary>
[<AutoOpen>]
module Compose =

    /// <summary>The function applied to the value on its left: <c>x --> f --> g</c> is g (f x).</summary>
    let inline (-->) (x: 'a) (f: 'a -> 'b) : 'b = f x

    type dsharp with
        static member add(b: Tensor) = fun (input: Tensor) -> dsharp.add (input, b)
        static member sub(b: Tensor) = fun (input: Tensor) -> dsharp.sub (input, b)
        static member mul(b: Tensor) = fun (input: Tensor) -> dsharp.mul (input, b)
        static member div(b: Tensor) = fun (input: Tensor) -> dsharp.div (input, b)
        static member pow(b: Tensor) = fun (input: Tensor) -> dsharp.pow (input, b)
        static member matmul(b: Tensor) = fun (input: Tensor) -> dsharp.matmul (input, b)
        static member dot(b: Tensor) = fun (input: Tensor) -> dsharp.dot (input, b)
        static member lt(b: Tensor) = fun (input: Tensor) -> dsharp.lt (input, b)
        static member gt(b: Tensor) = fun (input: Tensor) -> dsharp.gt (input, b)
        static member le(b: Tensor) = fun (input: Tensor) -> dsharp.le (input, b)
        static member ge(b: Tensor) = fun (input: Tensor) -> dsharp.ge (input, b)
        static member eq(b: Tensor) = fun (input: Tensor) -> dsharp.eq (input, b)
        static member ne(b: Tensor) = fun (input: Tensor) -> dsharp.ne (input, b)
        static member clamp(?low: float, ?high: float) = fun (input: Tensor) -> dsharp.clamp (input, ?low = low, ?high = high)
        static member leakyRelu(negativeSlope: float) = fun (input: Tensor) -> dsharp.leakyRelu (input, negativeSlope)
        static member sum(dim: int, ?keepDim: bool) = fun (input: Tensor) -> dsharp.sum (input, dim, ?keepDim = keepDim)
        static member mean(dim: int, ?keepDim: bool) = fun (input: Tensor) -> dsharp.mean (input, dim, ?keepDim = keepDim)

        static member var(dim: int, ?keepDim: bool, ?unbiased: bool) =
            fun (input: Tensor) -> dsharp.var (input, dim, ?keepDim = keepDim, ?unbiased = unbiased)

        static member std(dim: int, ?keepDim: bool, ?unbiased: bool) =
            fun (input: Tensor) -> dsharp.std (input, dim, ?keepDim = keepDim, ?unbiased = unbiased)

        static member softmax(dim: int) = fun (input: Tensor) -> dsharp.softmax (input, dim)
        static member logsoftmax(dim: int) = fun (input: Tensor) -> dsharp.logsoftmax (input, dim)
        static member logsumexp(dim: int, ?keepDim: bool) = fun (input: Tensor) -> dsharp.logsumexp (input, dim, ?keepDim = keepDim)
        static member gather(dim: int, indices: Tensor) = fun (input: Tensor) -> dsharp.gather (input, dim, indices)

        static member scatter(dim: int, indices: Tensor, destinationShape: int seq) =
            fun (input: Tensor) -> dsharp.scatter (input, dim, indices, destinationShape)

        static member diagonal(offset: int, ?dim1: int, ?dim2: int) =
            fun (input: Tensor) -> dsharp.diagonal (input, offset, ?dim1 = dim1, ?dim2 = dim2)

        static member expand(shape: int seq) = fun (input: Tensor) -> dsharp.expand (input, shape)
        static member expandAs(other: Tensor) = fun (input: Tensor) -> dsharp.expandAs (input, other)
        static member transpose(dim0: int, dim1: int) = fun (input: Tensor) -> dsharp.transpose (input, dim0, dim1)
        static member permute(permutation: int seq) = fun (input: Tensor) -> dsharp.permute (input, permutation)
        static member squeeze(dim: int) = fun (input: Tensor) -> dsharp.squeeze (input, dim)
        static member unsqueeze(dim: int) = fun (input: Tensor) -> dsharp.unsqueeze (input, dim)
        static member unsqueezeAs(other: Tensor) = fun (input: Tensor) -> dsharp.unsqueezeAs (input, other)
        static member flip(dims: int seq) = fun (input: Tensor) -> dsharp.flip (input, dims)
        static member dilate(dilations: int seq) = fun (input: Tensor) -> dsharp.dilate (input, dilations)
        static member undilate(dilations: int seq) = fun (input: Tensor) -> dsharp.undilate (input, dilations)
        static member repeat(dim: int, times: int) = fun (input: Tensor) -> dsharp.repeat (input, dim, times)
        static member slice(index: int seq) = fun (input: Tensor) -> dsharp.slice (input, index)
        static member view(shape: int seq) = fun (input: Tensor) -> dsharp.view (input, shape)
        static member view(shape: int) = fun (input: Tensor) -> dsharp.view (input, shape)
        static member viewAs(other: Tensor) = fun (input: Tensor) -> dsharp.viewAs (input, other)
        static member flatten(startDim: int, ?endDim: int) = fun (input: Tensor) -> dsharp.flatten (input, startDim, ?endDim = endDim)

        static member unflatten(dim: int, unflattenedShape: int seq) =
            fun (input: Tensor) -> dsharp.unflatten (input, dim, unflattenedShape)

        static member unstack(dim: int) = fun (input: Tensor) -> dsharp.unstack (input, dim)
        static member split(sizes: int seq, ?dim: int) = fun (input: Tensor) -> dsharp.split (input, sizes, ?dim = dim)
        static member pad(paddings: int seq) = fun (input: Tensor) -> dsharp.pad (input, paddings)
        static member zerosLike(shape: int seq, ?dtype: Dtype) = fun (input: Tensor) -> dsharp.zerosLike (input, shape, ?dtype = dtype)
        static member onesLike(shape: int seq, ?dtype: Dtype) = fun (input: Tensor) -> dsharp.onesLike (input, shape, ?dtype = dtype)

        static member fullLike(value: float, ?shape: int seq, ?dtype: Dtype) =
            fun (input: Tensor) -> dsharp.fullLike (input, value, ?shape = shape, ?dtype = dtype)

        static member arangeLike(endVal: float, ?startVal: float, ?step: float, ?dtype: Dtype) =
            fun (input: Tensor) -> dsharp.arangeLike (input, endVal, ?startVal = startVal, ?step = step, ?dtype = dtype)

        static member arangeLike(endVal: int, ?startVal: int, ?step: int, ?dtype: Dtype) =
            fun (input: Tensor) -> dsharp.arangeLike (input, endVal, ?startVal = startVal, ?step = step, ?dtype = dtype)

        static member linspaceLike(startVal: float, endVal: float, steps: int, ?dtype: Dtype) =
            fun (input: Tensor) -> dsharp.linspaceLike (input, startVal, endVal, steps, ?dtype = dtype)

        static member logspaceLike(startVal: float, endVal: float, steps: int, ?baseVal: float, ?dtype: Dtype) =
            fun (input: Tensor) -> dsharp.logspaceLike (input, startVal, endVal, steps, ?baseVal = baseVal, ?dtype = dtype)

        static member onehotLike(length: int, hot: int, ?dtype: Dtype) =
            fun (input: Tensor) -> dsharp.onehotLike (input, length, hot, ?dtype = dtype)

        static member like(value: obj, ?dtype: Dtype) = fun (input: Tensor) -> dsharp.like (input, value, ?dtype = dtype)
        static member cast(dtype: Dtype) = fun (input: Tensor) -> dsharp.cast (input, dtype)
        static member move(dtype: Dtype) = fun (input: Tensor) -> dsharp.move (input, dtype)
        static member mseLoss(target: Tensor) = fun (input: Tensor) -> dsharp.mseLoss (input, target)
        static member bceLoss(target: Tensor) = fun (input: Tensor) -> dsharp.bceLoss (input, target)
        static member nllLoss(target: Tensor) = fun (input: Tensor) -> dsharp.nllLoss (input, target)
        static member crossEntropyLoss(target: Tensor) = fun (input: Tensor) -> dsharp.crossEntropyLoss (input, target)

        static member maxpool1d(kernelSize: int, ?stride: int, ?padding: int) : Tensor -> Tensor =
            Spatial.pool maxPool 1 (Some kernelSize, None, stride, None, padding, None)

        static member maxpool2d
            (?kernelSize: int, ?stride: int, ?padding: int, ?kernelSizes: int seq, ?strides: int seq, ?paddings: int seq)
            : Tensor -> Tensor =
            Spatial.pool maxPool 2 (kernelSize, kernelSizes, stride, strides, padding, paddings)

        static member maxpool3d
            (?kernelSize: int, ?stride: int, ?padding: int, ?kernelSizes: int seq, ?strides: int seq, ?paddings: int seq)
            : Tensor -> Tensor =
            Spatial.pool maxPool 3 (kernelSize, kernelSizes, stride, strides, padding, paddings)

        static member avgpool1d(kernelSize: int, ?stride: int, ?padding: int) : Tensor -> Tensor =
            Spatial.pool averagePool 1 (Some kernelSize, None, stride, None, padding, None)

        static member avgpool2d
            (?kernelSize: int, ?stride: int, ?padding: int, ?kernelSizes: int seq, ?strides: int seq, ?paddings: int seq)
            : Tensor -> Tensor =
            Spatial.pool averagePool 2 (kernelSize, kernelSizes, stride, strides, padding, paddings)

        static member avgpool3d
            (?kernelSize: int, ?stride: int, ?padding: int, ?kernelSizes: int seq, ?strides: int seq, ?paddings: int seq)
            : Tensor -> Tensor =
            Spatial.pool averagePool 3 (kernelSize, kernelSizes, stride, strides, padding, paddings)

        static member maxunpool1d(indices: Tensor, kernelSize: int, ?stride: int, ?padding: int, ?outputSize: int seq) : Tensor -> Tensor =
            Spatial.maxUnpool 1 (Some kernelSize, None, stride, None, padding, None) outputSize indices

        static member maxunpool2d
            (
                indices: Tensor,
                ?kernelSize: int,
                ?stride: int,
                ?padding: int,
                ?kernelSizes: int seq,
                ?strides: int seq,
                ?paddings: int seq,
                ?outputSize: int seq
            ) : Tensor -> Tensor =
            Spatial.maxUnpool 2 (kernelSize, kernelSizes, stride, strides, padding, paddings) outputSize indices

        static member maxunpool3d
            (
                indices: Tensor,
                ?kernelSize: int,
                ?stride: int,
                ?padding: int,
                ?kernelSizes: int seq,
                ?strides: int seq,
                ?paddings: int seq,
                ?outputSize: int seq
            ) : Tensor -> Tensor =
            Spatial.maxUnpool 3 (kernelSize, kernelSizes, stride, strides, padding, paddings) outputSize indices

        static member conv1d(b: Tensor, ?stride: int, ?padding: int, ?dilation: int) : Tensor -> Tensor =
            Spatial.conv 1 (stride, None, padding, None, dilation, None) b

        static member conv2d
            (b: Tensor, ?stride: int, ?strides: int seq, ?padding: int, ?paddings: int seq, ?dilation: int, ?dilations: int seq)
            : Tensor -> Tensor =
            Spatial.conv 2 (stride, strides, padding, paddings, dilation, dilations) b

        static member conv3d
            (b: Tensor, ?stride: int, ?strides: int seq, ?padding: int, ?paddings: int seq, ?dilation: int, ?dilations: int seq)
            : Tensor -> Tensor =
            Spatial.conv 3 (stride, strides, padding, paddings, dilation, dilations) b

        static member convTranspose1d(b: Tensor, ?stride: int, ?padding: int, ?dilation: int, ?outputPadding: int) : Tensor -> Tensor =
            Spatial.convTranspose 1 (stride, None, padding, None, dilation, None) (outputPadding, None) b

        static member convTranspose2d
            (
                b: Tensor,
                ?stride: int,
                ?padding: int,
                ?dilation: int,
                ?outputPadding: int,
                ?strides: int seq,
                ?paddings: int seq,
                ?dilations: int seq,
                ?outputPaddings: int seq
            ) : Tensor -> Tensor =
            Spatial.convTranspose 2 (stride, strides, padding, paddings, dilation, dilations) (outputPadding, outputPaddings) b

        static member convTranspose3d
            (
                b: Tensor,
                ?stride: int,
                ?padding: int,
                ?dilation: int,
                ?outputPadding: int,
                ?strides: int seq,
                ?paddings: int seq,
                ?dilations: int seq,
                ?outputPaddings: int seq
            ) : Tensor -> Tensor =
            Spatial.convTranspose 3 (stride, strides, padding, paddings, dilation, dilations) (outputPadding, outputPaddings) b

        static member stack(dim: int) = fun (tensors: Tensor seq) -> dsharp.stack (tensors, dim)
        static member cat(dim: int) = fun (tensors: Tensor seq) -> dsharp.cat (tensors, dim)

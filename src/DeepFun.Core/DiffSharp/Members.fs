namespace DeepFun.DiffSharp

open DeepFun
open DeepFun.FSharp

/// <summary>A tensor's properties and methods by DiffSharp's names: <c>x.sum(1)</c> is <c>dsharp.sum (x, 1)</c>.</summary>
[<AutoOpen>]
module Members =

    type DeepFun.Tensor with
        /// <summary>The sizes of the axes.</summary>
        member t.shape: int[] = t.Shape.ToArray()
        /// <summary>The number of axes.</summary>
        member t.dim: int = t.Rank
        /// <summary>The number of elements.</summary>
        member t.nelement: int = t.Size
        /// <summary>The element type.</summary>
        member t.dtype: Dtype = t.DType
        /// <summary>The value of a tensor with one element.</summary>
        member t.toDouble() : float = t.ToDouble()

        member t.float32() : Tensor = dsharp.cast (t, Dtype.Float32)
        member t.float64() : Tensor = dsharp.cast (t, Dtype.Float64)
        member t.float() : Tensor = dsharp.cast (t, Dtype.Float64)
        member t.double() : Tensor = dsharp.cast (t, Dtype.Float64)
        member t.int32() : Tensor = dsharp.cast (t, Dtype.Int32)
        member t.int() : Tensor = dsharp.cast (t, Dtype.Int32)
        member t.int64() : Tensor = dsharp.cast (t, Dtype.Int64)
        member t.int16() : Tensor = dsharp.cast (t, Dtype.Int16)
        member t.int8() : Tensor = dsharp.cast (t, Dtype.Int8)
        member t.byte() : Tensor = dsharp.cast (t, Dtype.UInt8)
        member t.bool() : Tensor = dsharp.cast (t, Dtype.Bool)

        member t.neg() = dsharp.neg t
        member t.abs() = dsharp.abs t
        member t.sign() = dsharp.sign t
        member t.floor() = dsharp.floor t
        member t.ceil() = dsharp.ceil t
        member t.round() = dsharp.round t
        member t.exp() = dsharp.exp t
        member t.log() = dsharp.log t
        member t.log10() = dsharp.log10 t
        member t.sqrt() = dsharp.sqrt t
        member t.sin() = dsharp.sin t
        member t.cos() = dsharp.cos t
        member t.tan() = dsharp.tan t
        member t.sinh() = dsharp.sinh t
        member t.cosh() = dsharp.cosh t
        member t.tanh() = dsharp.tanh t
        member t.asin() = dsharp.asin t
        member t.acos() = dsharp.acos t
        member t.atan() = dsharp.atan t
        member t.relu() = dsharp.relu t
        member t.sigmoid() = dsharp.sigmoid t
        member t.softplus() = dsharp.softplus t
        member t.isnan() = dsharp.isnan t
        member t.isinf() = dsharp.isinf t
        member t.hasnan() = dsharp.hasnan t
        member t.hasinf() = dsharp.hasinf t
        member t.sum() = dsharp.sum t
        member t.mean() = dsharp.mean t
        member t.max() = dsharp.max t
        member t.min() = dsharp.min t
        member t.argmax() = dsharp.argmax t
        member t.argmin() = dsharp.argmin t
        member t.normalize() = dsharp.normalize t
        member t.standardize() = dsharp.standardize t
        member t.corrcoef() = dsharp.corrcoef t
        member t.trace() = dsharp.trace t
        member t.transpose() = dsharp.transpose t
        member t.squeeze() = dsharp.squeeze t
        member t.clone() = dsharp.clone t
        member t.unstack() = dsharp.unstack t
        member t.safelog(?epsilon: float) = dsharp.safelog (t, ?epsilon = epsilon)
        member t.leakyRelu(?negativeSlope: float) = dsharp.leakyRelu (t, ?negativeSlope = negativeSlope)
        member t.var(?unbiased: bool) = dsharp.var (t, ?unbiased = unbiased)
        member t.std(?unbiased: bool) = dsharp.std (t, ?unbiased = unbiased)
        member t.norm(?order: float, ?dim: int, ?keepDim: bool) = dsharp.norm (t, ?order = order, ?dim = dim, ?keepDim = keepDim)
        member t.flatten(?startDim: int, ?endDim: int) = dsharp.flatten (t, ?startDim = startDim, ?endDim = endDim)
        member t.max(b: Tensor) = dsharp.max (t, b)
        member t.min(b: Tensor) = dsharp.min (t, b)
        member t.outer(b: Tensor) = dsharp.outer (t, b)
        member t.bmm(b: Tensor) = dsharp.bmm (t, b)
        member t.zeroLike(?dtype: Dtype) = dsharp.zeroLike (t, ?dtype = dtype)
        member t.oneLike(?dtype: Dtype) = dsharp.oneLike (t, ?dtype = dtype)
        member t.addSlice(location: int seq, b: Tensor) = dsharp.addSlice (t, location, b)

        member t.add(b: Tensor) = dsharp.add (t, b)
        member t.sub(b: Tensor) = dsharp.sub (t, b)
        member t.mul(b: Tensor) = dsharp.mul (t, b)
        member t.div(b: Tensor) = dsharp.div (t, b)
        member t.pow(b: Tensor) = dsharp.pow (t, b)
        member t.matmul(b: Tensor) = dsharp.matmul (t, b)
        member t.det() = dsharp.det t
        member t.inv() = dsharp.inv t
        member t.solve(b: Tensor) = dsharp.solve (t, b)
        member t.dot(b: Tensor) = dsharp.dot (t, b)
        member t.lt(b: Tensor) = dsharp.lt (t, b)
        member t.gt(b: Tensor) = dsharp.gt (t, b)
        member t.le(b: Tensor) = dsharp.le (t, b)
        member t.ge(b: Tensor) = dsharp.ge (t, b)
        member t.eq(b: Tensor) = dsharp.eq (t, b)
        member t.ne(b: Tensor) = dsharp.ne (t, b)
        member t.clamp(?low: float, ?high: float) = dsharp.clamp (t, ?low = low, ?high = high)
        member t.sum(dim: int, ?keepDim: bool) = dsharp.sum (t, dim, ?keepDim = keepDim)
        member t.mean(dim: int, ?keepDim: bool) = dsharp.mean (t, dim, ?keepDim = keepDim)
        member t.var(dim: int, ?keepDim: bool, ?unbiased: bool) = dsharp.var (t, dim, ?keepDim = keepDim, ?unbiased = unbiased)
        member t.std(dim: int, ?keepDim: bool, ?unbiased: bool) = dsharp.std (t, dim, ?keepDim = keepDim, ?unbiased = unbiased)
        member t.softmax(dim: int) = dsharp.softmax (t, dim)
        member t.logsoftmax(dim: int) = dsharp.logsoftmax (t, dim)
        member t.logsumexp(dim: int, ?keepDim: bool) = dsharp.logsumexp (t, dim, ?keepDim = keepDim)
        member t.gather(dim: int, indices: Tensor) = dsharp.gather (t, dim, indices)
        member t.scatter(dim: int, indices: Tensor, destinationShape: int seq) = dsharp.scatter (t, dim, indices, destinationShape)
        member t.diagonal(?offset: int, ?dim1: int, ?dim2: int) = dsharp.diagonal (t, ?offset = offset, ?dim1 = dim1, ?dim2 = dim2)
        member t.expand(shape: int seq) = dsharp.expand (t, shape)
        member t.expandAs(other: Tensor) = dsharp.expandAs (t, other)
        member t.transpose(dim0: int, dim1: int) = dsharp.transpose (t, dim0, dim1)
        member t.permute(permutation: int seq) = dsharp.permute (t, permutation)
        member t.squeeze(dim: int) = dsharp.squeeze (t, dim)
        member t.unsqueeze(dim: int) = dsharp.unsqueeze (t, dim)
        member t.unsqueezeAs(other: Tensor) = dsharp.unsqueezeAs (t, other)
        member t.flip(dims: int seq) = dsharp.flip (t, dims)
        member t.dilate(dilations: int seq) = dsharp.dilate (t, dilations)
        member t.undilate(dilations: int seq) = dsharp.undilate (t, dilations)
        member t.repeat(dim: int, times: int) = dsharp.repeat (t, dim, times)
        member t.slice(index: int seq) = dsharp.slice (t, index)
        member t.view(shape: int seq) = dsharp.view (t, shape)
        member t.view(shape: int) = dsharp.view (t, shape)
        member t.viewAs(other: Tensor) = dsharp.viewAs (t, other)
        member t.unflatten(dim: int, unflattenedShape: int seq) = dsharp.unflatten (t, dim, unflattenedShape)
        member t.unstack(dim: int) = dsharp.unstack (t, dim)
        member t.split(sizes: int seq, ?dim: int) = dsharp.split (t, sizes, ?dim = dim)
        member t.pad(paddings: int seq) = dsharp.pad (t, paddings)
        member t.zerosLike(?shape: int seq, ?dtype: Dtype) = dsharp.zerosLike (t, ?shape = shape, ?dtype = dtype)
        member t.onesLike(?shape: int seq, ?dtype: Dtype) = dsharp.onesLike (t, ?shape = shape, ?dtype = dtype)
        member t.fullLike(value: float, ?shape: int seq, ?dtype: Dtype) = dsharp.fullLike (t, value, ?shape = shape, ?dtype = dtype)

        member t.arangeLike(endVal: float, ?startVal: float, ?step: float, ?dtype: Dtype) =
            dsharp.arangeLike (t, endVal, ?startVal = startVal, ?step = step, ?dtype = dtype)

        member t.arangeLike(endVal: int, ?startVal: int, ?step: int, ?dtype: Dtype) =
            dsharp.arangeLike (t, endVal, ?startVal = startVal, ?step = step, ?dtype = dtype)

        member t.linspaceLike(startVal: float, endVal: float, steps: int, ?dtype: Dtype) =
            dsharp.linspaceLike (t, startVal, endVal, steps, ?dtype = dtype)

        member t.logspaceLike(startVal: float, endVal: float, steps: int, ?baseVal: float, ?dtype: Dtype) =
            dsharp.logspaceLike (t, startVal, endVal, steps, ?baseVal = baseVal, ?dtype = dtype)

        member t.onehotLike(length: int, hot: int, ?dtype: Dtype) = dsharp.onehotLike (t, length, hot, ?dtype = dtype)
        member t.like(value: obj, ?dtype: Dtype) = dsharp.like (t, value, ?dtype = dtype)
        member t.cast(dtype: Dtype) = dsharp.cast (t, dtype)
        member t.move(?dtype: Dtype) = dsharp.move (t, ?dtype = dtype)
        member t.mseLoss(target: Tensor, ?reduction: string) = dsharp.mseLoss (t, target, ?reduction = reduction)

        member t.bceLoss(target: Tensor, ?weight: Tensor, ?reduction: string) =
            dsharp.bceLoss (t, target, ?weight = weight, ?reduction = reduction)

        member t.nllLoss(target: Tensor, ?weight: Tensor, ?reduction: string) =
            dsharp.nllLoss (t, target, ?weight = weight, ?reduction = reduction)

        member t.crossEntropyLoss(target: Tensor, ?weight: Tensor, ?reduction: string) =
            dsharp.crossEntropyLoss (t, target, ?weight = weight, ?reduction = reduction)

        member t.maxpool1d(kernelSize: int, ?stride: int, ?padding: int) : Tensor =
            Spatial.pool maxPool 1 (Some kernelSize, None, stride, None, padding, None) t

        member t.maxpool2d
            (?kernelSize: int, ?stride: int, ?padding: int, ?kernelSizes: int seq, ?strides: int seq, ?paddings: int seq)
            : Tensor =
            Spatial.pool maxPool 2 (kernelSize, kernelSizes, stride, strides, padding, paddings) t

        member t.maxpool3d
            (?kernelSize: int, ?stride: int, ?padding: int, ?kernelSizes: int seq, ?strides: int seq, ?paddings: int seq)
            : Tensor =
            Spatial.pool maxPool 3 (kernelSize, kernelSizes, stride, strides, padding, paddings) t

        member t.avgpool1d(kernelSize: int, ?stride: int, ?padding: int) : Tensor =
            Spatial.pool averagePool 1 (Some kernelSize, None, stride, None, padding, None) t

        member t.avgpool2d
            (?kernelSize: int, ?stride: int, ?padding: int, ?kernelSizes: int seq, ?strides: int seq, ?paddings: int seq)
            : Tensor =
            Spatial.pool averagePool 2 (kernelSize, kernelSizes, stride, strides, padding, paddings) t

        member t.avgpool3d
            (?kernelSize: int, ?stride: int, ?padding: int, ?kernelSizes: int seq, ?strides: int seq, ?paddings: int seq)
            : Tensor =
            Spatial.pool averagePool 3 (kernelSize, kernelSizes, stride, strides, padding, paddings) t

        member t.maxunpool1d(indices: Tensor, kernelSize: int, ?stride: int, ?padding: int, ?outputSize: int seq) : Tensor =
            Spatial.maxUnpool 1 (Some kernelSize, None, stride, None, padding, None) outputSize indices t

        member t.maxunpool2d
            (
                indices: Tensor,
                ?kernelSize: int,
                ?stride: int,
                ?padding: int,
                ?kernelSizes: int seq,
                ?strides: int seq,
                ?paddings: int seq,
                ?outputSize: int seq
            ) : Tensor =
            Spatial.maxUnpool 2 (kernelSize, kernelSizes, stride, strides, padding, paddings) outputSize indices t

        member t.maxunpool3d
            (
                indices: Tensor,
                ?kernelSize: int,
                ?stride: int,
                ?padding: int,
                ?kernelSizes: int seq,
                ?strides: int seq,
                ?paddings: int seq,
                ?outputSize: int seq
            ) : Tensor =
            Spatial.maxUnpool 3 (kernelSize, kernelSizes, stride, strides, padding, paddings) outputSize indices t

        member t.conv1d(b: Tensor, ?stride: int, ?padding: int, ?dilation: int) : Tensor =
            Spatial.conv 1 (stride, None, padding, None, dilation, None) b t

        member t.conv2d
            (b: Tensor, ?stride: int, ?padding: int, ?dilation: int, ?strides: int seq, ?paddings: int seq, ?dilations: int seq)
            : Tensor =
            Spatial.conv 2 (stride, strides, padding, paddings, dilation, dilations) b t

        member t.conv3d
            (b: Tensor, ?stride: int, ?padding: int, ?dilation: int, ?strides: int seq, ?paddings: int seq, ?dilations: int seq)
            : Tensor =
            Spatial.conv 3 (stride, strides, padding, paddings, dilation, dilations) b t

        member t.convTranspose1d(b: Tensor, ?stride: int, ?padding: int, ?dilation: int, ?outputPadding: int) : Tensor =
            Spatial.convTranspose 1 (stride, None, padding, None, dilation, None) (outputPadding, None) b t

        member t.convTranspose2d
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
            ) : Tensor =
            Spatial.convTranspose 2 (stride, strides, padding, paddings, dilation, dilations) (outputPadding, outputPaddings) b t

        member t.convTranspose3d
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
            ) : Tensor =
            Spatial.convTranspose 3 (stride, strides, padding, paddings, dilation, dilations) (outputPadding, outputPaddings) b t

        member t.max(dim: int, ?keepDim: bool) = dsharp.max (t, dim, ?keepDim = keepDim)
        member t.min(dim: int, ?keepDim: bool) = dsharp.min (t, dim, ?keepDim = keepDim)
        member t.argmax(dim: int, ?keepDim: bool) = dsharp.argmax (t, dim, ?keepDim = keepDim)
        member t.argmin(dim: int, ?keepDim: bool) = dsharp.argmin (t, dim, ?keepDim = keepDim)

        member t.maxpool1di(kernelSize: int, ?stride: int, ?padding: int) : Tensor * Tensor =
            Spatial.pool maxPoolWithIndices 1 (Some kernelSize, None, stride, None, padding, None) t

        member t.maxpool2di
            (?kernelSize: int, ?stride: int, ?padding: int, ?kernelSizes: int seq, ?strides: int seq, ?paddings: int seq)
            : Tensor * Tensor =
            Spatial.pool maxPoolWithIndices 2 (kernelSize, kernelSizes, stride, strides, padding, paddings) t

        member t.maxpool3di
            (?kernelSize: int, ?stride: int, ?padding: int, ?kernelSizes: int seq, ?strides: int seq, ?paddings: int seq)
            : Tensor * Tensor =
            Spatial.pool maxPoolWithIndices 3 (kernelSize, kernelSizes, stride, strides, padding, paddings) t

        member t.cov(?correction: int64, ?fweights: Tensor, ?aweights: Tensor) =
            dsharp.cov (t, ?correction = correction, ?fweights = fweights, ?aweights = aweights)

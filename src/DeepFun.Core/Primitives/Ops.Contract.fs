namespace DeepFun.FSharp

open System
open DeepFun
open DeepFun.Backends

/// <summary>Products that sum over an index: matrix products and convolutions.</summary>
[<AutoOpen>]
module Contraction =

    let internal bindMatMul (x: Tensor) (y: Tensor) = Tensor.Bind(Prim.Contract Contract.MatMul, [| x; y |])

    let internal bindConvolution op spec (x: Tensor) (y: Tensor) = Tensor.Bind(Prim.Contract(Contract.Convolution(op, spec)), [| x; y |])

    /// <summary>
    /// Matrix product [B…, m, k] × [B…, k, n] → [B…, m, n]; leading axes broadcast. A vector on the left is a row, on the right a
    /// column, and the axis of size 1 disappears again: vector times vector is the dot product.
    /// </summary>
    let rec matmul (x: Tensor) (y: Tensor) : Tensor =
        if x.Rank = 0 || y.Rank = 0 then
            Errors.matmul x.Shape y.Shape
        elif x.Rank = 1 && y.Rank = 1 then
            matmul (expandDims 0 x) (expandDims 1 y) |> reshapeTo Shape.Scalar
        elif x.Rank = 1 then
            matmul (expandDims 0 x) y |> squeezeAxis -2
        elif y.Rank = 1 then
            matmul x (expandDims 1 y) |> squeezeAxis -1
        else
            let dtype = DTypes.Promote(x.DType, y.DType)
            let x, y = cast dtype x, cast dtype y

            if x.Rank = 2 && y.Rank = 2 then
                bindMatMul x y
            else
                let lead (t: Tensor) = Shape.Adopt(t.Shape.ToArray()[.. t.Rank - 3])
                let common = Tensor.Common("matmul", lead x, lead y).ToArray()
                let full (t: Tensor) = broadcastTo (Array.append common (t.Shape.ToArray()[t.Rank - 2 ..])) t
                bindMatMul (full x) (full y)

    /// <summary>Σ xᵢ yᵢ of two vectors of equal length.</summary>
    let dot (x: Tensor) (y: Tensor) =
        if x.Rank <> 1 || y.Rank <> 1 then
            Errors.rank "dot" "two vectors" (if x.Rank <> 1 then x.Shape else y.Shape)

        matmul x y

    /// <summary>xᵢ yⱼ of two vectors, also in batches: [B…, m] and [B…, n] give [B…, m, n].</summary>
    let outer (x: Tensor) (y: Tensor) : Tensor = expandDims -1 x * expandDims -2 y

    /// <summary>Sums products over pairs of axes: x's and y's axes in these lists meet, in order; the others stay, x's first.</summary>
    let tensordot (xAxes: int seq) (yAxes: int seq) (x: Tensor) (y: Tensor) =
        let norm (t: Tensor) axes = axes |> Seq.map (fun a -> axisOf "tensordot" t.Rank a t.Shape) |> Array.ofSeq
        let xa, ya = norm x xAxes, norm y yAxes
        let free (t: Tensor) axes = [| 0 .. t.Rank - 1 |] |> Array.except axes
        let xf, yf = free x xa, free y ya
        let sizes (t: Tensor) = Array.map (fun a -> t.Shape[a])

        if sizes x xa <> sizes y ya then
            Errors.tensordot x.Shape y.Shape

        let product = Array.fold (*) 1

        let left = permute (Array.append xf xa) x |> reshape [ product (sizes x xf); product (sizes x xa) ]
        let right = permute (Array.append ya yf) y |> reshape [ product (sizes y ya); product (sizes y yf) ]
        matmul left right |> reshape (Array.append (sizes x xf) (sizes y yf))

    /// One number for every spatial axis, or one number each.
    let internal perAxis operation rank (values: int[]) =
        match values.Length with
        | 1 -> Array.replicate rank values[0]
        | n when n = rank -> values
        | n -> Errors.count operation $"1 or {rank} numbers for stride, padding and dilation" n

    /// <summary>Geometry of a convolution; each array has one number, or one for each spatial axis.</summary>
    type ConvolutionOptions =
        {
            /// Step between windows. Default 1.
            Strides: int[]
            /// Zeros on both sides. Default 0.
            Padding: int[]
            /// Step between the kernel's taps. Default 1.
            Dilations: int[]
            /// Channel groups. Default 1.
            Groups: int
        }

        /// <summary>Stride 1, no padding, no dilation, one group.</summary>
        static member Default = { Strides = [| 1 |]; Padding = [| 0 |]; Dilations = [| 1 |]; Groups = 1 }

    let private spatial (t: Tensor) = t.Shape.ToArray()[2..]

    let private checkRanks operation (x: Tensor) (w: Tensor) =
        if x.Rank < 3 || x.Rank > 5 || w.Rank <> x.Rank then
            Errors.rank
                operation
                "input [batch, channels, sizes] and weight [outputs, channels / groups, kernel] with 1 to 3 spatial axes"
                (if x.Rank < 3 || x.Rank > 5 then x.Shape else w.Shape)

    let internal convolutionSpec (o: ConvolutionOptions) (input: int[]) (kernel: int[]) =
        let n = input.Length
        let all = perAxis "convolution" n
        let padding = all o.Padding

        for v in Array.concat [ [| o.Groups |]; all o.Strides; all o.Dilations ] do
            if v < 1 then
                Errors.count "convolution" "strides, dilations and groups of at least 1" v

        ConvolutionSpec(input, kernel, all o.Strides, padding, padding, all o.Dilations, o.Groups)

    /// <summary>
    /// Convolution over 1 to 3 spatial axes, in deep learning's sense (the kernel is not flipped):
    /// x [N, C, in…], w [O, C / groups, kernel…] → [N, O, out…], out = ⌊(in + 2 padding − dilation (kernel − 1) − 1) / stride⌋ + 1.
    /// Any dtype but bool; integers wrap. Errors: DF0121 channels that do not fit, DF0125 ranks.
    /// </summary>
    let convolution (o: ConvolutionOptions) (x: Tensor) (w: Tensor) =
        checkRanks "convolution" x w
        let struct (x, w) = (let d = DTypes.Promote(x.DType, w.DType) in struct (cast d x, cast d w))
        bindConvolution ConvolutionOp.Forward (convolutionSpec o (spatial x) (spatial w)) x w

    /// <summary>
    /// The transpose of a convolution in its input, also called deconvolution: x [N, O, in…], w [O, C / groups, kernel…] → [N, C, out…],
    /// 0 ≤ outputPadding &lt; stride, out = (in − 1) stride − 2 padding + dilation (kernel − 1) + 1 + outputPadding.
    /// </summary>
    let convolutionTranspose (o: ConvolutionOptions) (outputPadding: int[]) (x: Tensor) (w: Tensor) =
        checkRanks "convolutionTranspose" x w
        let n = x.Rank - 2
        let all = perAxis "convolutionTranspose" n
        let stride, padding, dilation, extra = all o.Strides, all o.Padding, all o.Dilations, all outputPadding
        let size, kernel = spatial x, spatial w

        if o.Groups < 1 || x.Shape[1] <> w.Shape[0] || x.Shape[1] % o.Groups <> 0 then
            Errors.convolutionTransposeChannels x.Shape w.Shape o.Groups

        for i in 0 .. n - 1 do
            if stride[i] < 1 || dilation[i] < 1 then
                Errors.count "convolutionTranspose" "strides and dilations of at least 1" (min stride[i] dilation[i])

            if extra[i] < 0 || extra[i] >= stride[i] then
                Errors.count "convolutionTranspose" $"an output padding from 0 to its stride - 1, here {stride[i] - 1}" extra[i]

        let output =
            Array.init n (fun i -> (size[i] - 1) * stride[i] - 2 * padding[i] + dilation[i] * (kernel[i] - 1) + 1 + extra[i])

        let spec = ConvolutionSpec(output, kernel, stride, padding, padding, dilation, o.Groups)
        let d = DTypes.Promote(x.DType, w.DType)
        bindConvolution ConvolutionOp.InputGradient spec (cast d x) (cast d w)

/// <summary>Windows that slide over the trailing axes; all leading axes are batch.</summary>
[<AutoOpen>]
module Windows =

    let internal bindWindow op (x: Tensor) = Tensor.Bind(Prim.Window op, [| x |])

    /// The padding after an axis with which windows are rounded up: as much as the last one needs that starts in the input or the padding before it.
    let internal paddingRoundedUp (input: int) (padding: int) (stride: int) (span: int) : int =
        let before = input + padding
        let room = before + padding - span + stride - 1
        let last = min (room / stride) ((before - 1) / stride)
        if room < 0 then padding else padding + max 0 (last * stride + span - before - padding)

    /// With ceiling, the number of windows is rounded up.
    let internal windowSpecOf (ceiling: bool) operation (size: int[]) (strides: int[]) (padding: int[]) (dilations: int[]) (x: Tensor) =
        let n = size.Length

        if n < 1 || n > 3 || x.Rank < n then
            Errors.window operation "a window has 1 to 3 axes, no more than the input" x.Shape

        let all = perAxis operation n
        let strides, padding, dilations = all strides, all padding, all dilations

        for i in 0 .. n - 1 do
            if size[i] < 1 || strides[i] < 1 || dilations[i] < 1 || padding[i] < 0 || 2 * padding[i] > size[i] then
                Errors.window operation "sizes, strides and dilations are at least 1, padding between 0 and half the window" x.Shape

        let input = x.Shape.ToArray()[x.Rank - n ..]

        let after i = paddingRoundedUp input[i] padding[i] strides[i] (dilations[i] * (size[i] - 1) + 1)
        let high = if ceiling then Array.init n after else padding
        let spec = WindowSpec(input, size, strides, padding, high, dilations)

        if spec.OutputSize() |> Array.exists (fun s -> s = 0) then
            Errors.window operation $"the window [{String.Join(',', size)}] is larger than the padded input" x.Shape

        spec

    let internal windowSpec operation size strides padding dilations x = windowSpecOf false operation size strides padding dilations x

    /// x seen as [B, spatial].
    let internal flattenSpatial (sizes: int[]) (x: Tensor) = reshape [ x.Size / max 1 (Array.fold (*) 1 sizes); Array.fold (*) 1 sizes ] x

    let internal takeWindows (spec: WindowSpec) (x: Tensor) (places: Tensor) =
        let out = spec.OutputSize()

        gatherBatch 1 (flattenSpatial spec.InputSize x) (flattenSpatial out places) |> reshapeTo places.Shape

    /// <summary>
    /// The maximum of each window over the trailing axes; window, strides, padding: one number an axis. NaN wins, padding never.
    /// The derivative goes to the first of equal maxima.
    /// </summary>
    let maxPool (window: int[]) (strides: int[]) (padding: int[]) (x: Tensor) =
        let spec = windowSpec "maxPool" window strides padding [| 1 |] x
        takeWindows spec x (bindWindow (Window.ArgMax spec) x)

    /// <summary>As <c>maxPool</c>, with the flat spatial index (int32) of each maximum.</summary>
    let maxPoolWithIndices (window: int[]) (strides: int[]) (padding: int[]) (x: Tensor) =
        let spec = windowSpec "maxPool" window strides padding [| 1 |] x
        let places = bindWindow (Window.ArgMax spec) x
        takeWindows spec x places, places

    /// <summary>The sum of each window over the trailing axes; padding counts 0.</summary>
    let sumPool (window: int[]) (strides: int[]) (padding: int[]) (x: Tensor) =
        bindWindow (Window.Sum(windowSpec "sumPool" window strides padding [| 1 |] x)) x

    /// <summary>The mean of each window over the trailing axes; padding counts as zeros, as in PyTorch.</summary>
    let averagePool (window: int[]) (strides: int[]) (padding: int[]) (x: Tensor) : Tensor =
        let spec = windowSpec "averagePool" window strides padding [| 1 |] x
        x |> inSingle (fun x -> bindWindow (Window.Sum spec) x / float (Array.fold (*) 1 window))

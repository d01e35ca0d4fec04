namespace DeepFun.FSharp

open System
open DeepFun
open DeepFun.Backends

/// <summary>More windows over the trailing axes: averages without padding, powers, sizes that are given, and maxima put back. Leading axes are batch.</summary>
[<AutoOpen>]
module MorePooling =

    /// <summary>The mean of each window over the trailing axes, of what is inside the input only.</summary>
    /// <remarks>
    /// Shape, defaults and errors: as <c>averagePool</c>, where padding counts as zeros. Source: torch.nn.functional.avg_pool2d with
    /// count_include_pad=False.
    /// </remarks>
    let averagePoolInside (window: int[]) (strides: int[]) (padding: int[]) (x: Tensor) : Tensor =
        floats x
        |> inSingle (fun x ->
            let one = Tensor.Constant(1.0, { Shape = Shape.Adopt(x.Shape.ToArray()[x.Rank - window.Length ..]); DType = x.DType }, x)
            sumPool window strides padding x / sumPool window strides padding one)

    /// <summary>The maximum of each window with steps between its places, and the flat spatial index (int32) of each.</summary>
    /// <remarks>Shape and errors: as <c>maxPoolWithIndices</c>; dilations have one number, or one an axis. Source: torch.nn.functional.max_pool2d.</remarks>
    let maxPoolDilated (window: int[]) (strides: int[]) (padding: int[]) (dilations: int[]) (x: Tensor) : Tensor * Tensor =
        let spec = windowSpec "maxPool" window strides padding dilations x
        let places = bindWindow (Window.ArgMax spec) x
        takeWindows spec x places, places

    /// <summary>As <c>maxPoolDilated</c>, with the number of windows rounded up: one more where the last would leave elements that no window sees.</summary>
    /// <remarks>
    /// Shape: [B…, n…] → [B…, windows…], windows = ⌈(n + 2 padding − dilation (window − 1) − 1) / stride⌉ + 1, less one if the last would start in the padding
    /// after the input. What a window has beyond the padding wins no maximum. Errors: DF0122 a window that does not fit.
    /// Source: torch.nn.functional.max_pool2d with ceil_mode=True.
    /// </remarks>
    let maxPoolCeiling (window: int[]) (strides: int[]) (padding: int[]) (dilations: int[]) (x: Tensor) : Tensor * Tensor =
        let spec = windowSpecOf true "maxPool" window strides padding dilations x
        let places = bindWindow (Window.ArgMax spec) x
        takeWindows spec x places, places

    /// The mean of each window of a padding that is equal on both sides, but for what rounding up has put behind it, which never counts.
    let internal meanRoundedUp (countPadding: bool) (spec: WindowSpec) (x: Tensor) : Tensor =
        let n = spec.Rank

        // How many elements count: the sum of a window over ones, the padding among them or not.
        let counted =
            if countPadding then
                let wide = Array.init n (fun i -> spec.InputSize[i] + 2 * spec.PadLow[i])
                let beyond = Array.init n (fun i -> spec.PadHigh[i] - spec.PadLow[i])
                WindowSpec(wide, spec.WindowSize, spec.Strides, Array.zeroCreate n, beyond, spec.Dilations)
            else
                spec

        let ones = Tensor.Constant(1.0, { Shape = Shape.Adopt counted.InputSize; DType = x.DType }, x)
        bindWindow (Window.Sum spec) x / bindWindow (Window.Sum counted) ones

    /// <summary>The mean of each window, with the number of windows rounded up as in <c>maxPoolCeiling</c>.</summary>
    /// <remarks>
    /// Shape and errors: as <c>maxPoolCeiling</c>. Dtype: x's; integers give float32. Padding counts as zeros, or not at all; what a window has beyond
    /// the padding never counts. Source: torch.nn.functional.avg_pool2d with ceil_mode=True and count_include_pad.
    /// </remarks>
    let averagePoolCeiling (countPadding: bool) (window: int[]) (strides: int[]) (padding: int[]) (x: Tensor) : Tensor =
        floats x
        |> inSingle (fun x -> meanRoundedUp countPadding (windowSpecOf true "averagePool" window strides padding [| 1 |] x) x)

    /// <summary>Maxima put back where they came from, zeros elsewhere: the partial inverse of <c>maxPoolWithIndices</c>.</summary>
    /// <remarks>
    /// Shape: x and indices (flat, over the spatial axes) [B…, out…] → [B…, sizes…]. Of windows with the same maximum the last wins; all have its value.
    /// Errors: DF0103 an index outside; DF0154 shapes that do not fit. Source: torch.nn.functional.max_unpool2d.
    /// </remarks>
    let maxUnpool (sizes: int[]) (indices: Tensor) (x: Tensor) : Tensor =
        if not (Shape.Same(x.Shape, indices.Shape)) || sizes.Length > x.Rank then
            OperationErrors.tables "maxUnpool" $"indices of the values' shape {x.Shape}, and at most as many sizes" indices.Shape

        let lead = x.Shape.ToArray()[.. x.Rank - sizes.Length - 1]
        let places = Array.fold (*) 1 sizes
        let flat (t: Tensor) = reshape (Array.append lead [| Array.fold (*) 1 (t.Shape.ToArray()[lead.Length ..]) |]) t
        let none = Tensor.Constant(0.0, { Shape = Shape.Adopt(Array.append lead [| places |]); DType = x.DType }, x)
        scatterSetAlong -1 (flat indices) (flat x) none |> reshape (Array.append lead sizes)

    /// <summary>The p-norm of each window: (Σ |x|ᵖ)^(1/p), p &gt; 0.</summary>
    /// <remarks>
    /// Shape and errors: as <c>sumPool</c>; DF0126 p of 0 or below. Dtype: x's; integers give float32. Where a window holds zeros alone its
    /// derivatives are 0. Source: torch.nn.functional.lp_pool2d. Deviation: |x|, so that odd p have a norm, too.
    /// </remarks>
    let lpPool (p: float) (window: int[]) (strides: int[]) (x: Tensor) : Tensor =
        if not (p > 0.0) then
            Errors.number "lpPool" "a power above 0" p

        floats x |> inSingle (powerOfSize p >> sumPool window strides [| 0 |] >> powerRoot p)

    /// First element and number of elements of each of so many windows that cover an axis.
    let private adaptive operation (n: int) (count: int) : (int * int)[] =
        if count < 1 || n < 1 then
            Errors.count operation $"sizes of at least 1, and an input with elements; for an axis of {n}" count

        let start i = int (int64 i * int64 n / int64 count)
        let stop i = int ((int64 (i + 1) * int64 n + int64 count - 1L) / int64 count)
        Array.init count (fun i -> start i, stop i - start i)

    let private trailing operation (sizes: int[]) (x: Tensor) =
        if sizes.Length < 1 || sizes.Length > x.Rank then
            Errors.window operation "a size for one or more of the trailing axes" x.Shape

        [ for i in 0 .. sizes.Length - 1 -> x.Rank - sizes.Length + i, sizes[i] ]

    /// <summary>Means of windows chosen so that the trailing axes get these sizes.</summary>
    /// <remarks>
    /// Shape: [B…, n…] → [B…, sizes…]. Equation: window i of an axis runs from ⌊i n / size⌋ up to ⌈(i + 1) n / size⌉. Dtype: x's; integers give float32.
    /// Errors: DF0122, DF0126 sizes. Source: torch.nn.functional.adaptive_avg_pool2d.
    /// </remarks>
    let adaptiveAveragePool (sizes: int[]) (x: Tensor) : Tensor =
        let along (y: Tensor) (a, size) =
            let n = x.Shape[a]
            let weights: float[] = Array.zeroCreate (size * n)

            for i, (start, count) in Array.indexed (adaptive "adaptiveAveragePool" n size) do
                Array.fill weights (i * n + start) count (1.0 / float count)

            let table = Tensor.ofArray [ size; n ] weights |> cast y.DType
            tensordot [ 1 ] [ a ] table y |> moveAxis 0 a

        floats x |> inSingle (fun x -> List.fold along x (trailing "adaptiveAveragePool" sizes x))

    /// <summary>Maxima of windows chosen so that the trailing axes get these sizes; NaN wins, ties share the derivative.</summary>
    /// <remarks>Shape and errors: as <c>adaptiveAveragePool</c>. Dtype: x's. Source: torch.nn.functional.adaptive_max_pool2d.</remarks>
    let adaptiveMaxPool (sizes: int[]) (x: Tensor) : Tensor =
        (x, trailing "adaptiveMaxPool" sizes x)
        ||> List.fold (fun y (a, size) ->
            let windows = adaptive "adaptiveMaxPool" x.Shape[a] size
            let widest = windows |> Array.map snd |> Array.max
            // A shorter window repeats its last place, which changes no maximum.
            let places =
                [|
                    for start, count in windows do
                        for k in 0 .. widest - 1 -> start + min k (count - 1)
                |]

            take a (Tensor.ofArray [ size; widest ] places) y |> amaxOver [ a + 1 ])

namespace DeepFun

/// <summary>Where a transform of n elements is divided.</summary>
type FourierNorm =
    /// <summary>The inverse transform by n. The usual choice.</summary>
    | Backward = 0
    /// <summary>Both by √n: the transform keeps lengths.</summary>
    | Ortho = 1
    /// <summary>The forward transform by n: its element 0 is the mean.</summary>
    | Forward = 2

/// <summary>Which part of a convolution is kept.</summary>
type ConvolutionPart =
    /// <summary>All n + m − 1 elements.</summary>
    | Full = 0
    /// <summary>As many as the first operand has, from the middle.</summary>
    | Same = 1
    /// <summary>Only those that see both operands wholly: |n − m| + 1.</summary>
    | Valid = 2

namespace DeepFun.FSharp

open System
open DeepFun

/// <summary>
/// Discrete Fourier transforms along axes, of any length: Z[k] = Σⱼ exp(−2πi jk/n) z[j]; inverse exp(+2πi jk/n), divided by n. Float32 and float64.
/// </summary>
/// <remarks>
/// They are linear over the real numbers, so derivatives of every order are transforms again. Cost: O(n log n) for any n, least for products of
/// small primes. Source: the definitions and the norms of numpy.fft.
/// </remarks>
[<AutoOpen>]
module Fourier =

    let private factor (inverse: bool) (norm: FourierNorm) (n: int) : float =
        match norm, inverse with
        | FourierNorm.Ortho, _ -> 1.0 / sqrt (float n)
        | FourierNorm.Forward, false
        | FourierNorm.Backward, true -> 1.0 / float n
        | _ -> 1.0

    /// Pairs in the last axis, transformed along axes of the shape without it.
    let private transform inverse norm (axes: int[]) (pairs: Tensor) : Tensor =
        let n = axes |> Array.fold (fun n a -> n * pairs.Shape[a]) 1
        let y = axes |> Array.fold (fun x a -> bindAlong (Along.Fourier(a, inverse)) x) pairs
        let scale = factor inverse norm (max 1 n)
        if scale = 1.0 then y else y * scale

    let private ordered operation (axes: int seq) (shape: Shape) : int[] =
        axesOf operation axes shape |> ignore
        axes |> Seq.map (fun a -> axisOf operation shape.Rank a shape) |> Array.ofSeq

    /// Cropped or filled up with zeros at the end of an axis.
    let private resize (axis: int) (n: int) (x: Tensor) : Tensor =
        if x.Shape[axis] = n then
            x
        else
            pad 0.0 [ for a in 0 .. x.Rank - 1 -> 0, (if a = axis then n - x.Shape[a] else 0) ] x

    /// Cropped or filled up to a length for each of the axes.
    let private resizeAll operation (lengths: int[]) (axes: int[]) (x: Tensor) : Tensor =
        if lengths.Length <> axes.Length then
            Errors.count operation $"one length for each of the {axes.Length} axes" lengths.Length

        for n in lengths do
            if n < 1 then
                Errors.count operation "lengths of at least 1" n

        Array.fold2 (fun x a n -> resize a n x) x axes lengths

    /// <summary>The transform along several axes.</summary>
    /// <remarks>Shape: z's. Dtype: z's. Errors: DF0112, DF0113 axes that do not exist or come twice. Source: numpy.fft.fftn.</remarks>
    let fftWith (norm: FourierNorm) (axes: int seq) (z: Complex) : Complex =
        Complex.toPairs z |> transform false norm (ordered "fft" axes z.Shape) |> Complex.ofPairs

    /// <summary>The inverse of <c>fftWith</c> with the same norm.</summary>
    /// <remarks>Shape, dtype and errors: as <c>fftWith</c>. Source: numpy.fft.ifftn.</remarks>
    let ifftWith (norm: FourierNorm) (axes: int seq) (z: Complex) : Complex =
        Complex.toPairs z |> transform true norm (ordered "ifft" axes z.Shape) |> Complex.ofPairs

    /// <summary>The transform along several axes of z cropped or filled up with zeros, at the end, to a length for each of them.</summary>
    /// <remarks>
    /// Shape: z's with the lengths in the axes. Dtype: z's. Norms divide by the lengths given.
    /// Errors: DF0112, DF0113 axes; DF0126 a length below 1, or not one for each axis. Source: numpy.fft.fftn with s (numpy.fft.fft with n).
    /// </remarks>
    let fftSized (norm: FourierNorm) (lengths: int seq) (axes: int seq) (z: Complex) : Complex =
        let axes = ordered "fft" axes z.Shape
        Complex.toPairs z |> resizeAll "fft" (Array.ofSeq lengths) axes |> transform false norm axes |> Complex.ofPairs

    /// <summary>The inverse of <c>fftSized</c> with the same norm, of z cropped or filled up with zeros in the same way.</summary>
    /// <remarks>Shape, dtype and errors: as <c>fftSized</c>. Source: numpy.fft.ifftn with s (numpy.fft.ifft with n).</remarks>
    let ifftSized (norm: FourierNorm) (lengths: int seq) (axes: int seq) (z: Complex) : Complex =
        let axes = ordered "ifft" axes z.Shape
        Complex.toPairs z |> resizeAll "ifft" (Array.ofSeq lengths) axes |> transform true norm axes |> Complex.ofPairs

    /// <summary>The transform along an axis.</summary>
    let fft (axis: int) (z: Complex) : Complex = fftWith FourierNorm.Backward [ axis ] z

    /// <summary>The inverse transform along an axis, divided by n.</summary>
    let ifft (axis: int) (z: Complex) : Complex = ifftWith FourierNorm.Backward [ axis ] z

    /// <summary>The transform along all axes.</summary>
    let fftn (z: Complex) : Complex = fftWith FourierNorm.Backward [ 0 .. z.Rank - 1 ] z

    /// <summary>The inverse transform along all axes, divided by the number of elements.</summary>
    let ifftn (z: Complex) : Complex = ifftWith FourierNorm.Backward [ 0 .. z.Rank - 1 ] z

    /// The axes but the last, and the last.
    let private halved operation (axes: int[]) (shape: Shape) =
        if axes.Length = 0 then
            Errors.rank operation "at least one axis to transform" shape

        axes[.. axes.Length - 2], axes[axes.Length - 1]

    /// <summary>The transform of real values; along the last of the axes only the elements 0 … n/2, for the others are their conjugates.</summary>
    /// <remarks>
    /// Shape: x's with ⌊n/2⌋ + 1 in the last of the axes. Dtype: x's; integers give float32.
    /// Errors: DF0112, DF0113 axes; DF0125 no axis; DF0150 an empty last axis. Source: numpy.fft.rfftn.
    /// </remarks>
    let rfftWith (norm: FourierNorm) (axes: int seq) (x: Tensor) : Complex =
        let x = floats x
        let axes = ordered "rfft" axes x.Shape
        let rest, last = halved "rfft" axes x.Shape
        let n = x.Shape[last]

        if n = 0 then
            OperationErrors.emptyTransform "rfft" x.Shape

        let pairs = Complex.toPairs (Complex.ofReal x)
        let half = transform false norm [| last |] pairs |> slice last 0 (n / 2 + 1)
        transform false norm rest half |> Complex.ofPairs

    /// <summary><c>rfftWith</c> of x cropped or filled up with zeros, at the end, to a length for each of the axes.</summary>
    /// <remarks>
    /// Shape: x's with the lengths in the axes, ⌊length/2⌋ + 1 in the last of them. Dtype: x's; integers give float32.
    /// Errors: DF0112, DF0113 axes; DF0125 no axis; DF0126 a length below 1, or not one for each axis. Source: numpy.fft.rfftn with s (numpy.fft.rfft with n).
    /// </remarks>
    let rfftSized (norm: FourierNorm) (lengths: int seq) (axes: int seq) (x: Tensor) : Complex =
        let places = ordered "rfft" axes x.Shape
        floats x |> resizeAll "rfft" (Array.ofSeq lengths) places |> rfftWith norm places

    /// <summary>The inverse of <c>rfftWith</c>: real values, so many along the last of the axes, from their half of a transform.</summary>
    /// <remarks>
    /// Shape: z's with the length in the last of the axes; z is cropped or filled up with zeros there to ⌊length/2⌋ + 1. What of a half transform
    /// would give imaginary parts (that of element 0, and of length/2) is ignored. Dtype: z's.
    /// Errors: DF0112, DF0113 axes; DF0125 no axis; DF0126 a length below 1. Source: numpy.fft.irfftn.
    /// </remarks>
    let irfftWith (norm: FourierNorm) (length: int) (axes: int seq) (z: Complex) : Tensor =
        if length < 1 then
            Errors.count "irfft" "a length of at least 1" length

        let axes = ordered "irfft" axes z.Shape
        let rest, last = halved "irfft" axes z.Shape
        let half = Complex.toPairs z |> resize last (length / 2 + 1) |> transform true norm rest |> Complex.ofPairs
        // The second half is the conjugate of the first, backwards; neither element 0 nor, if there is one, the middle comes again.
        let mirrored = Complex.map (fun t -> flip [ last ] (slice last 1 (length - length / 2) t)) half |> Complex.conj
        let full = Complex.mapMany (concat last) [ half; mirrored ]
        let y = Complex.toPairs full |> transform true norm [| last |]
        item -1 0 y

    /// <summary><c>irfftWith</c> with a length for each of the axes: z is cropped or filled up with zeros to them, and the last is that of the values.</summary>
    /// <remarks>
    /// Shape: z's with the lengths in the axes. Dtype: z's. Errors: as <c>irfftWith</c>; DF0126 not one length for each axis.
    /// Source: numpy.fft.irfftn with s.
    /// </remarks>
    let irfftSized (norm: FourierNorm) (lengths: int seq) (axes: int seq) (z: Complex) : Tensor =
        let places, lengths = ordered "irfft" axes z.Shape, Array.ofSeq lengths
        halved "irfft" places z.Shape |> ignore
        let last = places.Length - 1

        if lengths.Length <> places.Length then
            Errors.count "irfft" $"one length for each of the {places.Length} axes" lengths.Length

        Complex.toPairs z
        |> resizeAll "irfft" lengths[.. last - 1] places[.. last - 1]
        |> Complex.ofPairs
        |> irfftWith norm lengths[last] places

    /// <summary>The transform of real values along an axis: its first half.</summary>
    let rfft (axis: int) (x: Tensor) : Complex = rfftWith FourierNorm.Backward [ axis ] x

    /// <summary>Real values, so many along an axis, from the first half of their transform.</summary>
    let irfft (length: int) (axis: int) (z: Complex) : Tensor = irfftWith FourierNorm.Backward length [ axis ] z

    /// <summary>Element 0 moved to the middle of these axes, place ⌊n/2⌋.</summary>
    /// <remarks>Of complex numbers: <c>Complex.map (fftShift axes)</c>. Source: numpy.fft.fftshift.</remarks>
    let fftShift (axes: int seq) (x: Tensor) : Tensor =
        axesOf "fftShift" axes x.Shape |> Array.fold (fun x a -> roll (x.Shape[a] / 2) a x) x

    /// <summary>The inverse of <c>fftShift</c>.</summary>
    let ifftShift (axes: int seq) (x: Tensor) : Tensor =
        axesOf "ifftShift" axes x.Shape |> Array.fold (fun x a -> roll -(x.Shape[a] / 2) a x) x

    let private resolution operation (n: int) (d: float) =
        if n < 1 then
            Errors.count operation "a length of at least 1" n

        if not (Double.IsFinite d) || d = 0.0 then
            Errors.number operation "a finite spacing different from 0" d

        1.0 / (float n * d)

    /// <summary>The frequencies of the elements of a transform of n samples with a spacing, in cycles per unit: 0, 1, …, −2, −1 over n · spacing.</summary>
    /// <remarks>Shape: [n]. Dtype: float32. Errors: DF0126 n below 1, a spacing of 0. Source: numpy.fft.fftfreq.</remarks>
    let fftFreq (n: int) (spacing: float) : Tensor =
        let unit = resolution "fftFreq" n spacing
        Tensor.vector [ for k in 0 .. n - 1 -> unit * float (if 2 * k < n then k else k - n) ]

    /// <summary>The frequencies of the elements of <c>rfft</c>: 0, 1, …, ⌊n/2⌋ over n · spacing.</summary>
    /// <remarks>Shape: [⌊n/2⌋ + 1]. Dtype: float32. Errors: DF0126 n below 1, a spacing of 0. Source: numpy.fft.rfftfreq.</remarks>
    let rfftFreq (n: int) (spacing: float) : Tensor =
        let unit = resolution "rfftFreq" n spacing
        Tensor.vector [ for k in 0 .. n / 2 -> unit * float k ]

    /// The least number from this one with no prime factor above 5: a fast length.
    let rec private fastLength (n: int) : int =
        let rec without p m = if m % p = 0 then without p (m / p) else m
        if (without 5 (without 3 (without 2 n))) = 1 then n else fastLength (n + 1)

    /// <summary>The convolution Σⱼ x[j] y[k − j] along axes, by transforms; the other axes broadcast.</summary>
    /// <remarks>
    /// Shape: of n and m elements along an axis, n + m − 1 (Full), n (Same), |n − m| + 1 (Valid). Dtype: the promoted one.
    /// The kernel is flipped, as in mathematics; <c>convolution</c> does not flip it. Cost: O((n + m) log(n + m)) instead of O(n m); the error is
    /// relative to the largest element, not to each. Errors: DF0112, DF0113 axes; DF0125 no axis; DF0150 an empty axis. Source: scipy.signal.fftconvolve.
    /// </remarks>
    let fftConvolve (part: ConvolutionPart) (axes: int seq) (x: Tensor) (y: Tensor) : Tensor =
        let struct (x, y) = (let d = DTypes.Promote(x.DType, y.DType) in struct (floats (cast d x), floats (cast d y)))

        if x.Rank <> y.Rank then
            Errors.rank "fftConvolve" $"two tensors with as many axes; the first is {x.Shape}" y.Shape

        let axes = ordered "fftConvolve" axes x.Shape
        halved "fftConvolve" axes x.Shape |> ignore

        for t in [ x; y ] do
            if axes |> Array.exists (fun a -> t.Shape[a] = 0) then
                OperationErrors.emptyTransform "fftConvolve" t.Shape

        let full = axes |> Array.map (fun a -> x.Shape[a] + y.Shape[a] - 1)
        let fast = full |> Array.map fastLength
        let wide t = Array.fold2 (fun t a n -> resize a n t) t axes fast
        let product = rfftWith FourierNorm.Backward axes (wide x) * rfftWith FourierNorm.Backward axes (wide y)
        let z = irfftWith FourierNorm.Backward fast[fast.Length - 1] axes product

        let kept a n =
            let small, large = min x.Shape[a] y.Shape[a], max x.Shape[a] y.Shape[a]

            match part with
            | ConvolutionPart.Same -> (n - x.Shape[a]) / 2, x.Shape[a]
            | ConvolutionPart.Valid -> small - 1, large - small + 1
            | _ -> 0, n

        Array.fold2 (fun z a n -> let start, count = kept a n in slice a start (start + count) z) z axes full

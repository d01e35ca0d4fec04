/// Fourier transforms against their definition, published values and laws; their derivatives against differences.
module DeepFun.Core.Tests.Primitives.FourierTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests
open DeepFun.Core.Tests.Numbers
open Xunit

type private C = System.Numerics.Complex

/// By definition; the roots from exact residues, so that the oracle is right to a few ulp.
let private dft (sign: float) (z: C[]) : C[] =
    let n = z.Length
    let roots = Array.init n (fun k -> C.FromPolarCoordinates(1.0, sign * 2.0 * Math.PI * float k / float n))
    Array.init n (fun k -> Seq.fold (fun s j -> s + z[j] * roots[int (int64 j * int64 k % int64 n)]) C.Zero (seq { 0 .. n - 1 }))

let private random (text: string) (sizes: int list) : Complex = let r = seeded text in Complex.create (uniform r sizes) (uniform r sizes)

[<Fact>]
let ``every length to 70, and large ones with every kind of factor, is its definition`` () =
    for n in [ 1..70 ] @ [ 97; 128; 243; 341; 486; 625; 961; 1000; 1021; 1024; 2047 ] do
        let z = random $"length {n}" [ n ]
        Checks.complex $"fft of {n}" (1e-15 * float n + 2e-14) (dft -1.0 (z.ToArray())) (fft 0 z)
        Checks.complex $"ifft of {n}" 1e-14 (dft 1.0 (z.ToArray()) |> Array.map (fun v -> v / float n)) (ifft 0 z)
        let single = Complex.map (cast DType.Float32) z
        let same = Complex.map (cast DType.Float64) single
        let y = fft 0 single
        Assert.Equal(DType.Float32, y.DType)
        // Of the largest element: that is what rounding is relative to.
        let expected = dft -1.0 (same.ToArray())
        let scale = expected |> Array.map _.Magnitude |> Array.max
        Checks.complex $"float32 fft of {n}" 1e-6 (expected |> Array.map (fun v -> v / scale)) (Complex.map (cast DType.Float64) y / scale)

[<Fact>]
let ``an axis in the middle, many lines, and views`` () =
    for sizes, axis in [ [ 3; 8; 5 ], 1; [ 200; 48 ], 1; [ 48; 200 ], 0; [ 2; 37; 3 ], 1; [ 70; 6 ], -1; [ 1; 4; 1 ], 1 ] do
        let z = random $"%A{sizes}" sizes
        let a = if axis < 0 then axis + sizes.Length else axis
        let y = fft axis z
        // Every line by itself.
        let lines (z: Complex) = Complex.map (fun t -> moveAxis a -1 t |> reshape [ -1; sizes[a] ]) z
        let from, came = lines z, lines y

        for i in 0 .. from.Shape[0] - 1 do
            Checks.complex $"%A{sizes}, line {i}" 1e-13 (dft -1.0 ((Complex.map (item 0 i) from).ToArray())) (Complex.map (item 0 i) came)

        Checks.anyLayout $"%A{sizes}" (Checks.paired (fft axis)) (Complex.toPairs z)

    // Parts that are broadcast.
    let wide =
        Complex.create (broadcastTo [ 3; 4 ] (f64 [ 4 ] [ 1.0; 2.0; 3.0; 4.0 ])) (Tensor.fullOf DType.Float64 [ 3; 4 ] 0.5)

    let y = fft 1 wide
    Checks.complex "broadcast" 1e-14 (dft -1.0 [| for k in 1.0 .. 4.0 -> C(k, 0.5) |]) (Complex.map (item 0 2) y)
    Assert.Equal<int>([ 0; 3 ], (fft 1 (random "no lines" [ 0; 3 ])).Shape)
    Assert.Equal<int>([ 3; 0 ], (fft 1 (random "no elements" [ 3; 0 ])).Shape)

[<Fact>]
let ``a long line comes back`` () =
    for n in [ 1 <<< 17; 100003 ] do
        let z = random $"long {n}" [ n ]
        Checks.complex $"{n}" 1e-12 (z.ToArray()) (ifft 0 (fft 0 z))
        // Its energy, by Parseval.
        let energy (z: Complex) : float = (sum (Complex.squaredAbs z)).ToDouble()
        Assert.Equal(1.0, energy (fftWith FourierNorm.Ortho [ 0 ] z) / energy z, 1e-12)

[<Fact>]
let ``published values`` () =
    // numpy.fft.fft, rfft, irfft, fftfreq and fftshift, the examples of their pages.
    let wave = Complex.cis (Tensor.vector64 [ for k in 0..7 -> 2.0 * Math.PI * float k / 8.0 ])
    Checks.complex "fft of a wave" 1e-14 [| for k in 0..7 -> if k = 1 then C(8.0, 0.0) else C.Zero |] (fft 0 wave)
    Checks.complex "rfft" 0.0 [| C.One; -C.ImaginaryOne; -C.One |] (rfft 0 (Tensor.vector64 [ 0.0; 1.0; 0.0; 0.0 ]))
    let half = Complex.ofArray [ 3 ] [| C.One; -C.ImaginaryOne; -C.One |]
    closeValues "irfft" 0.0 [| 0.0; 1.0; 0.0; 0.0 |] ((irfft 4 0 half).ToDoubles())
    closeValues "fftfreq" 1e-7 [| 0.0; 1.25; 2.5; 3.75; -5.0; -3.75; -2.5; -1.25 |] ((fftFreq 8 0.1).ToDoubles())
    closeValues "fftshift" 1e-6 [| for k in -5.0 .. 4.0 -> k |] ((fftShift [ 0 ] (fftFreq 10 0.1)).ToDoubles())
    closeValues "rfftfreq" 1e-6 [| 0.0; 10.0; 20.0; 30.0; 40.0; 50.0 |] ((rfftFreq 10 0.01).ToDoubles())
    closeValues "odd fftfreq" 1e-7 [| 0.0; 0.2; 0.4; -0.4; -0.2 |] ((fftFreq 5 1.0).ToDoubles())

[<Fact>]
let ``norms divide where they say`` () =
    let z = random "norms" [ 6; 5 ]
    let plain = (fftn z).ToArray()
    let by (d: float) = plain |> Array.map (fun v -> v / d)
    Checks.complex "ortho" 1e-14 (by (sqrt 30.0)) (fftWith FourierNorm.Ortho [ 0; 1 ] z)
    Checks.complex "forward" 1e-14 (by 30.0) (fftWith FourierNorm.Forward [ 0; 1 ] z)

    for norm in [ FourierNorm.Backward; FourierNorm.Ortho; FourierNorm.Forward ] do
        Checks.complex $"{norm}" 1e-14 (z.ToArray()) (ifftWith norm [ 1; 0 ] (fftWith norm [ 0; 1 ] z))

        for n in [ 1; 2; 3; 8; 9 ] do
            let x = uniform (seeded $"real {n}") [ 4; n; 3 ]
            let y = irfftWith norm n [ 2; 0; 1 ] (rfftWith norm [ 2; 0; 1 ] x)
            close $"rfft {n}, {norm}" 1e-14 x y

    Checks.complex "axes one by one" 1e-13 ((fft 1 (fft 0 z)).ToArray()) (fftn z)
    Checks.complex "ifftn" 1e-14 ((ifft 0 (ifft 1 z)).ToArray()) (ifftn z)

[<Fact>]
let ``half transforms are halves, and other lengths crop or fill up`` () =
    for n in 1..9 do
        let x = uniform (seeded $"half {n}") [ n ]
        let full = (fft 0 (Complex.ofReal x)).ToArray()
        Checks.complex $"rfft {n}" 1e-14 full[.. n / 2] (rfft 0 x)

        for length in 1..9 do
            // By definition: z cropped or filled up, the rest its mirror image, the real part of the inverse.
            let z = random $"irfft {n} {length}" [ n ]
            let given = z.ToArray()
            let at k = if k < given.Length then given[k] else C.Zero
            let spread = Array.init length (fun k -> if k <= length / 2 then at k else C.Conjugate(at (length - k)))
            let expected = dft 1.0 spread |> Array.map (fun v -> v.Real / float length)
            closeValues $"irfft {n} to {length}" 1e-14 expected ((irfft length 0 z).ToDoubles())

    Assert.Equal(DType.Float32, (rfft 0 (Tensor.arange 4)).DType)
    close "shifts" 0.0 (f64 [ 5 ] [ 1.0; 2.0; 3.0; 4.0; 5.0 ]) (ifftShift [ 0 ] (fftShift [ 0 ] (f64 [ 5 ] [ 1.0; 2.0; 3.0; 4.0; 5.0 ])))

/// numpy 1.24: numpy.fft with n and s.
[<Fact>]
let ``lengths crop and fill up before the transform`` () =
    let real (values: float list) = Complex.ofReal (vector values)
    let x, h = real [ 1.0; -2.0; 3.0; 0.5 ], sqrt 0.75
    let norm = FourierNorm.Backward
    let six = [| C(2.5, 0.0); C(-2.0, -h); C(1.0, 5.0 * h); C(5.5, 0.0); C(1.0, -5.0 * h); C(-2.0, h) |]
    Checks.complex "fft to 6" 1e-14 six (fftSized norm [ 6 ] [ 0 ] x)
    Checks.complex "fft to 3" 1e-14 [| C(2.0, 0.0); C(0.5, 5.0 * h); C(0.5, -5.0 * h) |] (fftSized norm [ 3 ] [ -1 ] x)
    Checks.complex "ifft to 6" 1e-14 (six |> Array.map (fun v -> C.Conjugate v / 6.0)) (ifftSized norm [ 6 ] [ 0 ] x)
    Checks.complex "ortho" 1e-14 (six |> Array.map (fun v -> v / sqrt 6.0)) (fftSized FourierNorm.Ortho [ 6 ] [ 0 ] x)

    Checks.complex "rfft to 5" 1e-8 [| C(2.5, 0.0); C(-2.44959347, 0.4326499); C(3.69959347, 3.5532118) |] (rfftSized norm [ 5 ] [ 0 ] x.Re)

    Checks.complex "rfft to 2" 1e-14 [| C(-1.0, 0.0); C(3.0, 0.0) |] (rfftSized norm [ 2 ] [ 0 ] x.Re)
    let b = Complex.ofReal (f64 [ 2; 3 ] [ 1.0; 2.0; 3.0; 4.0; -5.0; 6.0 ])

    Checks.complex
        "fft2 to 3, 2"
        1e-14
        [| C(2.0, 0.0); C(8.0, 0.0); C(3.5, h); C(-5.5, -9.0 * h); C(3.5, -h); C(-5.5, 9.0 * h) |]
        (fftSized norm [ 3; 2 ] [ 0; 1 ] b)

    Checks.complex "rfft2 to 1, 4" 1e-14 [| C(6.0, 0.0); C(-2.0, -2.0); C(2.0, 0.0) |] (rfftSized norm [ 1; 4 ] [ 0; 1 ] b.Re)

    closeValues
        "irfft2 to 3, 5"
        1e-8
        [|
            1.13333333
            -0.76109386
            1.02776052
            1.02776052
            -0.76109386
            0.53333333
            0.2606067
            0.44619239
            -1.55034612
            -0.02311964
            0.53333333
            -0.02311964
            -1.55034612
            0.44619239
            0.2606067
        |]
        ((irfftSized norm [ 3; 5 ] [ 0; 1 ] b).ToDoubles())

    close "irfft with its length" 0.0 (irfft 5 0 x) (irfftSized norm [ 5 ] [ 0 ] x)

    for n in [ 2; 5 ] do
        let pairs = uniform (seeded $"sized {n}") [ 2; 4; 2 ]
        let bent (f: Complex -> Complex) = fun p -> Checks.paired (fun z -> let w = f z in w * w) p
        Checks.all $"fft to {n}" (bent (fftSized norm [ n; 3 ] [ 1; 0 ])) pairs
        Checks.all $"ifft to {n}" (bent (ifftSized norm [ n ] [ 1 ])) pairs
        Checks.all $"rfft to {n}" (fun x -> Complex.squaredAbs (rfftSized norm [ n ] [ 1 ] x)) (item -1 0 pairs)
        Checks.all $"irfft to {n}" (fun p -> square (irfftSized norm [ 3; n ] [ 0; 1 ] (Complex.ofPairs p))) pairs

    throws "DF0126" (fun () -> fftSized norm [ 0 ] [ 0 ] x)
    throws "DF0126" (fun () -> ifftSized norm [ 1; 2 ] [ 0 ] x)
    throws "DF0126" (fun () -> rfftSized norm [] [ 0 ] x.Re)
    throws "DF0126" (fun () -> irfftSized norm [ 1; 2 ] [ 0 ] x)

[<Fact>]
let ``derivatives and batches`` () =
    for n in [ 1; 6; 7; 37 ] do
        let pairs = uniform (seeded $"pairs {n}") [ 2; n; 2 ]
        let bent (f: Complex -> Complex) = fun p -> Checks.paired (fun z -> let w = f z in w * w) p
        Checks.all $"fft {n}" (bent (fft 1)) pairs
        Checks.all $"ifft {n}" (bent (ifft 1)) pairs
        let x = uniform (seeded $"x {n}") [ 2; n ]
        Checks.all $"rfft {n}" (fun x -> Complex.squaredAbs (rfft 1 x)) x
        Checks.all $"irfft {n}" (fun p -> square (irfft (n + 3) 1 (Complex.ofPairs p))) pairs

    // Σ |fft x|² = n Σ x², whose gradient is 2 n x.
    let x = uniform (seeded "energy") [ 12 ]
    close "gradient of the energy" 1e-13 (24.0 * x) (grad (fun x -> sum (Complex.squaredAbs (fft 0 (Complex.ofReal x)))) x)

/// Σⱼ x[j] y[k − j], all of it.
let private convolve (x: float[]) (y: float[]) =
    Array.init (x.Length + y.Length - 1) (fun k ->
        Seq.sum (seq { for j in max 0 (k - y.Length + 1) .. min k (x.Length - 1) -> x[j] * y[k - j] }))

[<Fact>]
let ``convolutions by transforms are their definition`` () =
    for n, m in [ 1, 1; 5, 3; 3, 5; 8, 8; 16, 1; 31, 7; 4, 6 ] do
        let x, y = uniform (seeded $"x {n}") [ n ], uniform (seeded $"y {m}") [ m ]
        let full = convolve (x.ToDoubles()) (y.ToDoubles())
        let check part (expected: float[]) = closeValues $"{part} {n} {m}" 1e-14 expected ((fftConvolve part [ 0 ] x y).ToDoubles())
        check ConvolutionPart.Full full
        // scipy.signal: as long as the first, centred; and where both lie over each other.
        let start = (full.Length - n) / 2
        check ConvolutionPart.Same full[start .. start + n - 1]
        check ConvolutionPart.Valid full[min n m - 1 .. max n m - 1]

    // Binomial coefficients, and two axes with broadcasting.
    let row = Tensor.vector64 [ 1.0; 3.0; 3.0; 1.0 ]
    closeValues "Pascal" 1e-14 [| 1.0; 6.0; 15.0; 20.0; 15.0; 6.0; 1.0 |] ((fftConvolve ConvolutionPart.Full [ 0 ] row row).ToDoubles())
    let image, kernel = uniform (seeded "image") [ 2; 6; 5 ], uniform (seeded "kernel") [ 1; 3; 2 ]
    let w = flip [ 1; 2 ] kernel |> reshape [ 1; 1; 3; 2 ]
    let direct = convolution ConvolutionOptions.Default (expandDims 1 image) w |> squeezeAxis 1
    close "plane" 1e-14 direct (fftConvolve ConvolutionPart.Valid [ 1; 2 ] image kernel)
    let y = uniform (seeded "other") [ 4 ]
    Checks.all "fftConvolve" (fun x -> square (fftConvolve ConvolutionPart.Full [ 0 ] x y)) (uniform (seeded "one") [ 6 ])

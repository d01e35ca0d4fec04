/// Complex numbers and Fourier transforms. A complex operand is a pair of tensors of one shape; the result is one part.
module DeepFun.Differential.Fourier

open DeepFun
open DeepFun.FSharp
open DeepFun.Differential.Operation

let private complex (xs: Tensor[]) : Complex = { Re = xs[0]; Im = xs[1] }

/// A value and a second one of its shape.
let private partner (pool: Pool) (x: Value) =
    match pool.Float(fun v -> v.DType = x.DType && v.Shape = x.Shape) with
    | Some y -> y
    | None -> pool.New(x.DType, x.Shape, (fun () -> pool.Number(-1.5, 1.5)))

let private pair name source (likes: Value -> Value -> bool) (ints: Pool -> Value -> int list) f =
    make name source (fun s xs -> f s.Ints (complex xs)) (fun name pool ->
        pool.Float(fun v -> v.Rank > 0 && v.Size > 0)
        |> Option.bind (fun x ->
            let y = partner pool x
            if likes x y then Some(step name [ x; y ] (ints pool x) []) else None))

let private anything (_: Value) (_: Value) = true
let private none (_: Pool) (_: Value) : int list = []
let private axis (pool: Pool) (x: Value) = [ pool.Axis x ]
let private z = "{ Re = {0}; Im = {1} }"

/// Far from 0 and from the cut along the negative real numbers.
let private offTheCut (x: Value) (y: Value) = Array.forall2 (fun a b -> a > 0.1 || abs b > 0.1) x.Numbers y.Numbers

let private transforms =
    [
        pair "fftReal" ("(fft {i0} " + z + ").Re") anything axis (fun i z -> (fft i[0] z).Re)
        pair "fftImaginary" ("(fft {i0} " + z + ").Im") anything axis (fun i z -> (fft i[0] z).Im)
        pair "ifftReal" ("(ifft {i0} " + z + ").Re") anything axis (fun i z -> (ifft i[0] z).Re)
        pair "fftnImaginary" ("(fftn " + z + ").Im") anything none (fun _ z -> (fftn z).Im)
        pair
            "irfft"
            ("irfft {i1} {i0} " + z)
            anything
            (fun pool x ->
                let a = pool.Axis x
                let n = x.Shape[(a + x.Rank) % x.Rank]
                [ a; max 1 (2 * (n - 1) + pool.Int(0, 1)) ])
            (fun i z -> irfft i[1] i[0] z)
        alongAxis "rfftReal" "(rfft {i0} {0}).Re" (fun _ v -> v.Size > 0) (fun a x -> (rfft a x).Re)
        alongAxis "rfftImaginary" "(rfft {i0} {0}).Im" (fun _ v -> v.Size > 0) (fun a x -> (rfft a x).Im)
        overAxes "fftShift" "fftShift {i} {0}" (fun _ v -> v.Size > 0) (fun a x -> fftShift a x)
        overAxes "ifftShift" "ifftShift {i} {0}" (fun _ v -> v.Size > 0) (fun a x -> ifftShift a x)
    ]

let private functions =
    let function' name f = pair name (name + " " + z) offTheCut none (fun _ z -> f z)

    [
        function' "complexAbs" Complex.abs
        function' "complexAngle" Complex.angle
        pair "complexExp" ("(exp " + z + ").Im") (fun x _ -> x.Within(-5.0, 3.0)) none (fun _ z -> (exp z).Im)
        pair "complexLog" ("(log " + z + ").Re") offTheCut none (fun _ z -> (log z).Re)
        pair "complexSqrt" ("(sqrt " + z + ").Im") offTheCut none (fun _ z -> (sqrt z).Im)
        pair "complexSin" ("(sin " + z + ").Re") (fun _ y -> y.Within(-3.0, 3.0)) none (fun _ z -> (sin z).Re)
        pair "complexSquare" ("let z = " + z + " in (z * z).Re") anything none (fun _ z -> (z * z).Re)
        pair
            "complexReciprocal"
            ("(1.0 / " + z + ").Im")
            (fun x y -> Array.forall2 (fun a b -> a * a + b * b > 0.1) x.Numbers y.Numbers)
            none
            (fun _ z -> (1.0 / z).Im)
    ]

let rows: Operation list = transforms @ functions

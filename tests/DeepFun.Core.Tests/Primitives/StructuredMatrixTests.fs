/// Decompositions of matrices as they come up in life: sparse, permuted, with equal rows, of low rank, badly scaled. Their factors make the matrix.
module DeepFun.Core.Tests.Primitives.StructuredMatrixTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

/// Draws a matrix: most elements zero or small whole numbers, some rows equal or exchanged, some scaled far apart.
let private draw (random: Random) (m: int) (n: int) : Tensor =
    let element _ =
        match random.Next 6 with
        | 0 -> random.NextDouble() - 0.5
        | 1
        | 2 -> float (random.Next(-3, 4))
        | _ -> 0.0

    let rows = Array.init m (fun _ -> Array.init n element)

    for i in 0 .. m - 1 do
        match random.Next 8 with
        | 0 -> rows[i] <- Array.copy rows[random.Next m]
        | 1 -> rows[i] <- rows[i] |> Array.map (fun v -> v * 10.0 ** float (random.Next(-6, 7)))
        | 2 when i < n -> rows[i][i] <- float (i + 1)
        | _ -> ()

    f64 [ m; n ] (rows |> Array.concat |> List.ofArray)

let private size (x: Tensor) = max 1e-300 ((amax (abs x)).ToDouble())

/// Close relative to the largest element of the matrix.
let private makes what (x: Tensor) (y: Tensor) = close what 1e-12 (x / size x) (y / size x)

let private orthonormal what (q: Tensor) = close what 1e-12 (Tensor.eye q.Shape[1] |> cast DType.Float64) (matmul (transpose q) q)

let private each (seed: int) (check: Tensor -> unit) =
    let random = Random seed

    for _ in 1..400 do
        let n = random.Next(1, 8)
        check (draw random (n + random.Next 3) n)

let private square (x: Tensor) = slice 0 0 x.Shape[1] x

[<Fact>]
let ``singular values and vectors`` () =
    each 1 (fun x ->
        for x in [ x; transpose x ] do
            let u, s, v = svd x
            orthonormal "U" u
            makes "U S V" x (matmul (u * expandDims 0 s) (if v.Shape[0] = s.Size then v else transpose v)))

[<Fact>]
let ``symmetric matrices`` () =
    each 2 (fun x ->
        let x = square x
        let x = 0.5 * (x + transpose x)
        let w, v = eigh x
        orthonormal "V" v
        makes "V W Vᵀ" x (matmul (v * expandDims 0 w) (transpose v)))

[<Fact>]
let ``eigenvectors of real matrices`` () =
    each 3 (fun x ->
        let x = square x
        let w, v = eig x
        let near what (a: Tensor) (b: Tensor) = close what 1e-12 (a / size x) (b / size x)
        near "real part" (matmul x v.Re) (v.Re * expandDims 0 w.Re - v.Im * expandDims 0 w.Im)
        near "imaginary part" (matmul x v.Im) (v.Re * expandDims 0 w.Im + v.Im * expandDims 0 w.Re))

[<Fact>]
let ``orthogonal and triangular factors`` () =
    each 4 (fun x ->
        let q, r = qr x
        orthonormal "Q" q
        makes "Q R" x (matmul q r)
        Assert.Equal(0.0, (sum (abs (tril -1 r))).ToDouble()))

[<Fact>]
let ``factors of elimination`` () =
    each 5 (fun x ->
        let p, l, u = lu x
        makes "P L U" x (matmul p (matmul l u)))

[<Fact>]
let ``pseudo-inverses`` () =
    each 6 (fun x ->
        // Rows that are scaled far apart have no rank that rounding would leave alone.
        let x = clamp -3.0 3.0 x
        let y = pinvWith 1e-6 x
        let _, s, _ = svd x
        let s = s.ToDoubles()

        if s |> Array.forall (fun v -> v > 1e-3 * s[0] || v < 1e-9 * s[0]) then
            makes "X X⁺ X" x (matmul x (matmul y x)))

[<Fact>]
let ``determinants are products of eigenvalues`` () =
    each 7 (fun x ->
        let x = clamp -3.0 3.0 (square x)
        let w = eigvals x
        let re, im = w.Re.ToDoubles(), w.Im.ToDoubles()
        let product = Array.fold2 (fun p a b -> p * Numerics.Complex(a, b)) Numerics.Complex.One re im
        let scale = Math.Pow(size x, float re.Length)
        Assert.Equal(product.Real / scale, (det x).ToDouble() / scale, 1e-9))

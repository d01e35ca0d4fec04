/// Linear algebra: factors that multiply to the matrix, published values, and what singular and non-finite matrices give.
module DeepFun.Core.Tests.Primitives.LinearAlgebraTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Matrices
open DeepFun.Core.Tests.Numbers
open Xunit

let private square n (f: int -> int -> float) : Tensor = Tensor.ofArray [ n; n ] (Array.init (n * n) (fun k -> f (k / n) (k % n)))

/// Σ over all, at most.
let private small what tolerance (x: Tensor) =
    let largest = if x.Size = 0 then 0.0 else (amax (abs x)).ToDouble()
    Assert.True(largest <= tolerance, $"{what}: {largest} > {tolerance}")

let private precisions = [ DType.Float64, 1e-12; DType.Float32, 1e-5 ]

/// Every size and batch, in both precisions; f gets a random matrix and the tolerance for its size.
let private everywhere (sizes: (int list * int * int) list) (f: Tensor -> float -> unit) =
    for dtype, tolerance in precisions do
        for lead, m, n in sizes do
            let x = random (lead @ [ m; n ]) $"matrix {lead} {m} {n}" |> cast dtype
            f x (tolerance * float (max 1 (max m n)))

let private squares = [ [], 1, 1; [], 2, 2; [], 5, 5; [], 40, 40; [ 3 ], 4, 4; [ 2; 2 ], 3, 3; [], 0, 0; [ 0 ], 2, 2 ]

let private rectangles =
    squares @ [ [], 7, 3; [], 3, 7; [ 2 ], 5, 1; [ 2 ], 1, 5; [], 60, 20; [], 20, 60; [], 3, 0; [], 0, 3 ]

let private orthonormal what tolerance (q: Tensor) = small what tolerance (transpose q *@ q - Packed.identityLike (transpose q *@ q))

[<Fact>]
let ``Cholesky's factor times its transpose is the matrix`` () =
    everywhere squares (fun x tolerance ->
        let a = x *@ transpose x + Packed.identityLike x
        let l = cholesky a
        small "residual" tolerance (l *@ transpose l - a)
        close "upper triangle" 0.0 (tril 0 l) l)

[<Fact>]
let ``permuted factors of LU are the matrix`` () =
    everywhere rectangles (fun x tolerance ->
        let p, l, u = lu x
        small "residual" tolerance (p *@ l *@ u - x)
        close "upper" 0.0 (triu 0 u) u
        close "lower" 0.0 (tril 0 l) l
        // Partial pivoting leaves no factor above 1.
        small "factors" 1.0 l
        close "permutation" 0.0 (Packed.identityLike p) (p *@ transpose p))

[<Fact>]
let ``Q is orthonormal, R upper triangular, and their product the matrix`` () =
    everywhere rectangles (fun x tolerance ->
        let q, r = qr x
        small "residual" tolerance (q *@ r - x)
        orthonormal "columns" tolerance q
        close "triangle" 0.0 (triu 0 r) r
        Assert.True((all (greaterOrEqual (diagonal 0 -2 -1 r) (zerosLike (diagonal 0 -2 -1 r)))).ToDouble() = 1.0))

let private descending (s: Tensor) =
    let n = s.Shape[s.Rank - 1]

    if n > 1 then
        Assert.True((all (greaterOrEqual (slice -1 0 (n - 1) s) (slice -1 1 n s))).ToDouble() = 1.0)

[<Fact>]
let ``singular vectors and values make the matrix`` () =
    everywhere rectangles (fun x tolerance ->
        let u, s, v = svd x
        small "residual" tolerance ((u * expandDims -2 s) *@ v - x)
        orthonormal "left vectors" tolerance u
        orthonormal "right vectors" tolerance (transpose v)
        descending s)

[<Fact>]
let ``singular vectors are orthonormal whatever the rank`` () =
    for x in
        [
            Tensor.fullOf DType.Float64 [ 5; 3 ] 1.0
            Tensor.fullOf DType.Float64 [ 4; 4 ] 0.0
            f64 [ 2; 2 ] [ 1.0; 2.0; 2.0; 4.0 ]
            random [ 6; 2 ] "left" *@ random [ 2; 6 ] "right"
            square 6 (fun i j -> if i = j then Math.Pow(1e-3, float i) else 0.0)
        ] do
        let u, s, v = svd x
        small "residual" 1e-14 ((u * expandDims -2 s) *@ v - x)
        orthonormal "left vectors" 1e-13 u
        orthonormal "right vectors" 1e-13 (transpose v)
        descending s

[<Fact>]
let ``eigenvectors diagonalize the symmetric part`` () =
    everywhere squares (fun x tolerance ->
        let w, v = eigh x
        small "residual" tolerance ((v * expandDims -2 w) *@ transpose v - 0.5 * (x + transpose x))
        orthonormal "vectors" tolerance v
        descending -w)

[<Fact>]
let ``eigenvalues of a matrix without symmetry satisfy its traces`` () =
    everywhere squares (fun x tolerance ->
        let { Re = re; Im = im } = eigvals x
        // Σ λ = tr x, Σ λ² = tr x², and conjugate pairs cancel.
        small "sum" (4.0 * tolerance) (sumOver [ -1 ] re - trace x)
        small "imaginary sum" tolerance (sumOver [ -1 ] im)
        small "squares" (40.0 * tolerance) (sumOver [ -1 ] (re * re - im * im) - trace (x *@ x)))

[<Fact>]
let ``complex eigenvectors are mapped to their multiples and have length 1`` () =
    everywhere squares (fun x tolerance ->
        let w, v = eig x
        let wr, wi = expandDims -2 w.Re, expandDims -2 w.Im
        small "real" (4.0 * tolerance) (x *@ v.Re - (wr * v.Re - wi * v.Im))
        small "imaginary" (4.0 * tolerance) (x *@ v.Im - (wr * v.Im + wi * v.Re))
        let lengths = sumOver [ -2 ] (v.Re * v.Re + v.Im * v.Im)
        small "length" tolerance (lengths - onesLike lengths)
        close "values" 0.0 (eigvals x).Im w.Im)

[<Fact>]
let ``a solution fits its system, for every kind of right-hand side`` () =
    for dtype, tolerance in precisions do
        let r sizes text = random sizes text |> cast dtype
        let dominant sizes = let x = r sizes "a" in x + 3.0 * Packed.identityLike x
        let a = dominant [ 4; 4 ]
        small "vector" tolerance (a *@ solve a (r [ 4 ] "b") - r [ 4 ] "b")
        small "matrix" tolerance (a *@ solve a (r [ 4; 2 ] "b") - r [ 4; 2 ] "b")
        // One matrix, many right-hand sides.
        let many = r [ 3; 2; 4; 2 ] "b"
        small "batch" tolerance (a *@ solve a many - many)
        let b = dominant [ 3; 4; 4 ]
        small "matrices" tolerance (b *@ solve b (r [ 4; 2 ] "b") - r [ 4; 2 ] "b")
        let vectors = r [ 3; 4 ] "b"
        small "vectors" tolerance (squeezeAxis -1 (b *@ expandDims -1 (solve b vectors)) - vectors)
        small "inverse" tolerance (b *@ inv b - Packed.identityLike b)

        for lower in [ true; false ] do
            for transposed in [ true; false ] do
                for unit in [ true; false ] do
                    // The other triangle is not read, nor is a diagonal of ones.
                    let read = if lower then tril (if unit then -1 else 0) b else triu (if unit then 1 else 0) b
                    let read = if unit then read + Packed.identityLike b else read
                    let x = triangularSolve lower transposed unit b vectors
                    let product = (if transposed then transpose read else read) *@ expandDims -1 x
                    small "triangular" (10.0 * tolerance) (squeezeAxis -1 product - vectors)

        let l = cholesky (b *@ transpose b)
        small "by Cholesky" (10.0 * tolerance) (b *@ transpose b *@ choleskySolve l (r [ 3; 4; 2 ] "c") - r [ 3; 4; 2 ] "c")

/// Laplace's expansion along the first row.
let rec private laplace (m: float[][]) : float =
    if m.Length = 0 then
        1.0
    else
        m[0]
        |> Array.mapi (fun j v -> (if j % 2 = 0 then v else -v) * laplace (m[1..] |> Array.map (Array.removeAt j)))
        |> Array.sum

let private rowsOf (x: Tensor) = x.ToDoubles() |> Array.chunkBySize (max 1 x.Shape[1])

[<Fact>]
let ``the determinant is Laplace's, and its logarithm that of the determinant`` () =
    for n in 0..5 do
        let x = random [ n; n ] $"det {n}"
        let expected = laplace (rowsOf x)
        number 1e-13 expected (det x)
        let sign, log = slogdet x
        number 1e-13 expected (sign * exp log)

    let batch = random [ 2; 3; 4; 4 ] "batch"
    let signs, logs = slogdet batch
    close "batch" 1e-13 (det batch) (signs * exp logs)
    close "one of it" 1e-15 (det batch[1, 2]) (let all = det batch in all[1, 2])

[<Fact>]
let ``Hilbert's matrices have the published determinants and inverse`` () =
    let hilbert n = square n (fun i j -> 1.0 / float (i + j + 1))
    // OEIS A005249
    for n, reciprocal in [ 1, 1.0; 2, 12.0; 3, 2160.0; 4, 6048000.0; 5, 266716800000.0 ] do
        number 1e-10 1.0 (det (hilbert n) * reciprocal)

    // Choi 1983, Tricks or treats with the Hilbert matrix
    let expected =
        f64 [ 4; 4 ] [ 16; -120; 240; -140; -120; 1200; -2700; 1680; 240; -2700; 6480; -4200; -140; 1680; -4200; 2800 ]

    close "inverse" 1e-11 expected (inv (hilbert 4))
    // Its 2-norm condition number, MATLAB's documentation of hilb
    number 1e-9 1.551373873893259e4 (conditionNumber (hilbert 4))

[<Fact>]
let ``second differences have the known eigenvalues`` () =
    for n in [ 1; 2; 7; 30 ] do
        let x =
            square n (fun i j ->
                if i = j then 2.0
                elif abs (i - j) = 1 then -1.0
                else 0.0)
        // 2 − 2 cos(k π / (n + 1))
        let expected = Tensor.vector64 [ for k in 1..n -> 2.0 - 2.0 * cos (float k * Math.PI / float (n + 1)) ]
        close "symmetric" 1e-14 expected (eigvalsh x)
        close "singular" 1e-14 (flip [ 0 ] expected) (svdvals x)
        close "general" 1e-13 expected (eigvals x).Re
        number 1e-14 (float (n + 1)) (det x)

[<Fact>]
let ``eigenvalues are the roots of the polynomial and the roots of unity`` () =
    // (x − 1)(x − 2)(x − 3) = x³ − 6x² + 11x − 6
    let { Re = re; Im = im } = eigvals (f64 [ 3; 3 ] [ 6; -11; 6; 1; 0; 0; 0; 1; 0 ])
    close "roots" 1e-13 (Tensor.vector64 [ 1; 2; 3 ]) re
    close "real" 0.0 (Tensor.vector64 [ 0; 0; 0 ]) im
    let { Re = re; Im = im } = eigvals (square 4 (fun i j -> if j = (i + 1) % 4 then 1.0 else 0.0))
    close "real parts" 1e-15 (Tensor.vector64 [ -1; 0; 0; 1 ]) re
    close "imaginary parts" 1e-15 (Tensor.vector64 [ 0; -1; 1; 0 ]) im

[<Fact>]
let ``pseudo-inverses and least squares have the known values`` () =
    let a = f64 [ 3; 2 ] [ 1; 2; 3; 4; 5; 6 ]
    let expected = f64 [ 2; 3 ] [ -4.0 / 3.0; -1.0 / 3.0; 2.0 / 3.0; 13.0 / 12.0; 1.0 / 3.0; -5.0 / 12.0 ]
    close "tall" 1e-14 expected (pinv a)
    close "wide" 1e-14 (transpose expected) (pinv (transpose a))
    close "rank 1" 1e-15 (Tensor.fullOf DType.Float64 [ 3; 2 ] (1.0 / 6.0)) (pinv (Tensor.fullOf DType.Float64 [ 2; 3 ] 1.0))
    close "zero" 0.0 (Tensor.fullOf DType.Float64 [ 3; 2 ] 0.0) (pinv (Tensor.fullOf DType.Float64 [ 2; 3 ] 0.0))
    // A line through (0, 6), (1, 0), (2, 0): 5 − 3 t (Strang, Introduction to Linear Algebra, 4.3)
    close "line" 1e-14 (Tensor.vector64 [ 5; -3 ]) (lstsq (f64 [ 3; 2 ] [ 1; 0; 1; 1; 1; 2 ]) (Tensor.vector64 [ 6; 0; 0 ]))
    // The shortest of many solutions
    close "shortest" 1e-14 (Tensor.vector64 [ 1; 1 ]) (lstsq (f64 [ 1; 2 ] [ 1; 1 ]) (Tensor.vector64 [ 2 ]))

[<Fact>]
let ``Penrose's four equations hold at every rank`` () =
    everywhere rectangles (fun x tolerance ->
        let y = pinv x
        let xy, yx = x *@ y, y *@ x
        let scale = 1.0 + (if y.Size = 0 then 0.0 else (amax (abs y)).ToDouble())
        small "x y x" (scale * scale * tolerance) (xy *@ x - x)
        small "y x y" (scale * scale * scale * tolerance) (yx *@ y - y)
        small "x y" (scale * tolerance) (xy - transpose xy)
        small "y x" (scale * tolerance) (yx - transpose yx))

    let low = random [ 6; 2 ] "left" *@ random [ 2; 5 ] "right"
    small "rank 2" 1e-13 (low *@ pinv low *@ low - low)
    number 0.0 2.0 (matrixRank low)

[<Fact>]
let ``norms, rank and condition number follow from the singular values`` () =
    // Singular values 3√5 and √5 (Strang, Linear Algebra and Learning from Data, I.8)
    let x = f64 [ 2; 2 ] [ 3; 0; 4; 5 ]
    number 1e-14 (3.0 * sqrt 5.0) (spectralNorm x)
    number 1e-14 (4.0 * sqrt 5.0) (nuclearNorm x)
    number 1e-14 (sqrt 50.0) (frobeniusNorm x)
    number 1e-14 3.0 (conditionNumber x)
    number 0.0 2.0 (matrixRank x)
    number 0.0 1.0 (matrixRank (f64 [ 2; 2 ] [ 1; 2; 2; 4 ]))
    number 0.0 0.0 (matrixRank (Tensor.fullOf DType.Float64 [ 3; 2 ] 0.0))
    close "no columns" 0.0 (Tensor.ofArray [ 2 ] [| 0; 0 |]) (matrixRank (Tensor.zeros [ 2; 3; 0 ]))

[<Fact>]
let ``the exponential has the known values`` () =
    let angle = 7.5
    let turn = f64 [ 2; 2 ] [ cos angle; -(sin angle); sin angle; cos angle ]
    close "rotation" 1e-14 turn (matrixExp (f64 [ 2; 2 ] [ 0.0; -angle; angle; 0.0 ]))
    close "nilpotent" 1e-15 (f64 [ 3; 3 ] [ 1; 1; 0.5; 0; 1; 1; 0; 0; 1 ]) (matrixExp (f64 [ 3; 3 ] [ 0; 1; 0; 0; 0; 1; 0; 0; 0 ]))
    // Moler and Van Loan 2003, example 1
    let stiff = matrixExp (f64 [ 2; 2 ] [ -49; 24; -64; 31 ])
    close "Moler and Van Loan" 1e-6 (f64 [ 2; 2 ] [ -0.735759; 0.551819; -1.471518; 1.103638 ]) stiff

    for dtype, tolerance in precisions do
        let x = random [ 2; 4; 4 ] "exponent" |> cast dtype
        small "inverse" (20.0 * tolerance) (matrixExp x *@ matrixExp -x - Packed.identityLike x)
        // Different numbers of squarings in one batch
        let mixed = stack 0 [ x[0]; 30.0 * x[1] ]
        let single = matrixExp (30.0 * x[1])
        let largest = (amax (abs single)).ToDouble()
        small "alone" (tolerance * 1e-2) ((matrixExp mixed)[1] / largest - single / largest)
        small "beside" (tolerance * 1e-2) ((matrixExp mixed)[0] - matrixExp x[0])
        // Where values are unknown the squarings are masked.
        small "vmap" (tolerance * 1e-2) (vmap matrixExp mixed / largest - matrixExp mixed / largest)

    close "empty" 0.0 (Tensor.zeros [ 0; 0 ]) (matrixExp (Tensor.zeros [ 0; 0 ]))

[<Fact>]
let ``integers give float32`` () =
    let x = Tensor.ofArray [ 2; 2 ] [| 2; 0; 0; 4 |]
    Assert.Equal(DType.Float32, (det x).DType)
    number 0.0 8.0 (det x)
    close "inverse" 0.0 (Tensor.ofArray [ 2; 2 ] [| 0.5f; 0.0f; 0.0f; 0.25f |]) (inv x)
    Assert.Equal(DType.Float64, (solve x (f64 [ 2 ] [ 1; 1 ])).DType)

// Singular matrices, and what is not finite.

let private isAllNaN (x: Tensor) = (all (isNaN x)).ToDouble() = 1.0
let private isFinite (x: Tensor) = x.ToDoubles() |> Array.forall Double.IsFinite

[<Fact>]
let ``a singular matrix has determinant 0, rank and pseudo-inverse, and no solution`` () =
    let x = f64 [ 2; 2 ] [ 1; 2; 2; 4 ]
    number 0.0 0.0 (det x)
    let sign, log = slogdet x
    number 0.0 0.0 sign
    number 0.0 -infinity log
    Assert.False(isFinite (solve x (Tensor.vector64 [ 1; 1 ])))
    Assert.False(isFinite (inv x))
    Assert.True((conditionNumber x).ToDouble() > 1e15)
    // Factors exist.
    let p, l, u = lu x
    close "factors" 0.0 x (p *@ l *@ u)

[<Fact>]
let ``what is not positive definite has no Cholesky factor, and does not touch its neighbours`` () =
    let x = stack 0 [ eye 2; f64 [ 2; 2 ] [ 1; 2; 2; 1 ]; 4.0 * eye 2; Tensor.fullOf DType.Float64 [ 2; 2 ] 0.0 ]
    let l = cholesky x
    close "first" 0.0 (eye 2) l[0]
    Assert.True(isAllNaN l[1])
    close "third" 0.0 (2.0 * eye 2) l[2]
    Assert.True(isAllNaN l[3])

[<Fact>]
let ``what is not finite gives NaN, and does not touch its neighbours`` () =
    let parts: (string * (Tensor -> Tensor list)) list =
        [
            "cholesky", (fun x -> [ cholesky x ])
            "lu", (fun x -> let _, l, u = lu x in [ l + u ])
            "det", (fun x -> [ det x ])
            "slogdet", (fun x -> let sign, log = slogdet x in [ sign; log ])
            "solve", (fun x -> [ solve x (onesLike x) ])
            "inv", (fun x -> [ inv x ])
            "qr", (fun x -> let q, r = qr x in [ q; diagonal 0 -2 -1 r ])
            "svd", (fun x -> let u, s, v = svd x in [ u; s; v ])
            "eigh", (fun x -> let w, v = eigh x in [ w; v ])
            "eigvals", (fun x -> let { Re = re; Im = im } = eigvals x in [ re; im ])
            "eig", (fun x -> let _, v = eig x in [ v.Re; v.Im ])
            "pinv", (fun x -> [ pinv x ])
            "lstsq", (fun x -> [ lstsq x (onesLike x) ])
            "matrixExp", (fun x -> [ matrixExp x ])
        ]

    for bad in [ nan; infinity; -infinity ] do
        for dtype in [ DType.Float64; DType.Float32 ] do
            let good = 2.0 * eye 3 |> cast dtype
            let spoilt = good + pad 0.0 [ 1, 1; 2, 0 ] (Tensor.fullOf dtype [ 1; 1 ] bad)

            for name, f in parts do
                for y, single in List.zip (f (stack 0 [ good; spoilt; good ])) (f good) do
                    close $"{name} before" 1e-6 single y[0]
                    Assert.True(isAllNaN y[1], $"{name} of {bad}: {y[1]}")
                    close $"{name} behind" 1e-6 single y[2]

[<Fact>]
let ``an exponential out of reach is NaN, and does not touch its neighbours`` () =
    for dtype in [ DType.Float64; DType.Float32 ] do
        let one (v: float) = Tensor.fullOf dtype [ 1; 1 ] v
        // The last norm within reach is 5.37 · 2¹⁶.
        number 0.0 0.0 (matrixExp (one -3.5e5))

        for far in [ -1e6; 4e5; -1e30 ] do
            Assert.True(isAllNaN (matrixExp (one far)), $"{far}")

            for f in [ matrixExp; vmap matrixExp ] do
                let y: Tensor = f (stack 0 [ one 1.5; one far; one -30.0 ])
                closeValues "neighbours" 1e-5 [| exp 1.5; nan; exp -30.0 |] (y.ToDoubles())

[<Fact>]
let ``the smallest and largest numbers neither vanish nor overflow`` () =
    for scale in [ 1e-300; 1e-160; 1e160; 1e300 ] do
        let x = random [ 4; 4 ] "scaled"
        let u, s, v = svd (scale * x)
        small "svd" 1e-14 ((u * expandDims -2 (s / scale)) *@ v - x)
        let w, q = eigh (scale * x)
        small "eigh" 1e-14 ((q * expandDims -2 (w / scale)) *@ transpose q - 0.5 * (x + transpose x))
        let o, r = qr (scale * x)
        small "qr" 1e-14 (o *@ (r / scale) - x)
        let re = (eigvals (scale * x)).Re
        close "eigvals" 1e-13 (eigvals x).Re (re / scale)
        small "pinv" 1e-11 (scale * pinv (scale * x) - pinv x)

[<Fact>]
let ``views are read like their copies`` () =
    let x = random [ 4; 3; 3 ] "view"
    let strided = permute [ 2; 0; 1 ] (permute [ 1; 2; 0 ] x)
    close "permuted" 0.0 (inv x) (inv strided)
    close "transposed" 1e-13 (transpose (inv x)) (inv (transpose x))
    close "broadcast" 0.0 (stack 0 [ det x[0]; det x[0] ]) (det (broadcastTo [ 2; 3; 3 ] x[0]))

/// Derivatives of linear algebra: against differences, both orders and modes, and where a matrix is singular or has equal values.
module DeepFun.Core.Tests.Primitives.LinearAlgebraDerivativeTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests
open DeepFun.Core.Tests.Matrices
open DeepFun.Core.Tests.Numbers
open Xunit

let private diag (values: float list) : Tensor = eye values.Length * Tensor.vector64 values
let private dominant n text : Tensor = random [ n; n ] text + 3.0 * eye n

let private b = random [ 3; 2 ] "b"

/// Signs of the vectors do not matter to these.
let private functions: (string * (Tensor -> Tensor)) list =
    [
        "solve in a", (fun a -> solve a b)
        "solve of a vector", (fun a -> solve a b[*, 0])
        "solve of batches", (fun a -> solve a (stack 0 [ b; 2.0 * b ]))
        "solve in both", (fun a -> solve a (a *@ a))
        "inv", inv
        "det", det
        "slogdet", (fun a -> let sign, log = slogdet a in sign + log)
        "lu", (fun a -> let p, l, u = lu a in concat 0 [ p; l; u ])
        "lu, tall", (fun a -> let _, l, u = lu (concat 0 [ a; b *@ transpose b ]) in concat 0 [ l; u ])
        "lu, wide", (fun a -> let _, l, u = lu (concat 1 [ a; b ]) in concat 1 [ l; u ])
        "qr", (fun a -> let q, r = qr a in concat 0 [ q; r ])
        "qr, tall", (fun a -> let q, r = qr (a[*, 0..1]) in concat 0 [ q; r ])
        "qr, wide", (fun a -> let q, r = qr (concat 1 [ a; b ]) in concat 1 [ q; r ])
        "cholesky", (fun a -> cholesky (a + 2.0 * eye 3))
        "choleskySolve", (fun a -> choleskySolve (cholesky (a + 2.0 * eye 3)) b)
        "triangularSolve", (fun a -> triangularSolve false true false a b)
        "eigvalsh", eigvalsh
        "eigh", (fun a -> let w, v = eigh a in (v * expandDims -2 (exp w)) *@ transpose v)
        "svdvals", svdvals
        "svd", (fun a -> let u, s, v = svd a in (u * expandDims -2 (square s)) *@ v)
        "svd, tall", (fun a -> let u, s, v = svd a[*, 0..1] in (u * expandDims -2 (square s)) *@ v)
        "svd, wide", (fun a -> let u, s, v = svd a[0..1, *] in (u * expandDims -2 (square s)) *@ v)
        "eigvals", (fun a -> let { Re = re; Im = im } = eigvals a in re * re + 2.0 * im * im)
        "eig", (fun a -> let _, v = eig a in v.Re + 2.0 * v.Im)
        "pinv, tall", (fun a -> pinv a[*, 0..1])
        "pinv, wide", (fun a -> pinv a[0..1, *])
        "lstsq", (fun a -> lstsq a[*, 0..1] b)
        "matrixExp", matrixExp
        "spectralNorm", spectralNorm
        "nuclearNorm", nuclearNorm
        "frobeniusNorm", frobeniusNorm
        "conditionNumber", conditionNumber
    ]

/// For MemberData.
let names = functions |> List.map (fun (name, _) -> [| box name |])

[<Theory; MemberData(nameof names)>]
let ``derivatives are the limits of differences`` (name: string) =
    let f = functions |> List.find (fun (n, _) -> n = name) |> snd
    // Different values, none complex but those that a part without symmetry makes.
    let x = diag [ 1.0; 2.5; 4.0 ] + 0.4 * random [ 3; 3 ] "x" + 0.8 * f64 [ 3; 3 ] [ 0; -1; 0; 1; 0; 0; 0; 0; 0 ]
    Checks.all name f x

[<Fact>]
let ``complex eigenvalues have derivatives`` () =
    let f (a: Tensor) : Tensor = let { Re = re; Im = im } = eigvals a in re + 3.0 * im
    let vectors a = let _, v = eig a in concat 0 [ v.Re; v.Im ]
    Checks.all "complex vectors" vectors (f64 [ 3; 3 ] [ 0.5; -2.0; 0.1; 0.8; 0.5; 0.2; 0.3; -0.1; 3.0 ])
    Checks.all "complex" f (f64 [ 3; 3 ] [ 0.5; -2.0; 0.1; 0.8; 0.5; 0.2; 0.3; -0.1; 3.0 ])

[<Fact>]
let ``known formulas hold`` () =
    let a, e = dominant 4 "a", random [ 4; 4 ] "e"
    let inverse = inv a
    let log x = snd (slogdet x)
    close "grad log |det|" 1e-13 (transpose inverse) (grad log a)
    close "hvp of log |det|" 1e-12 (-(transpose (inverse *@ e *@ inverse))) (hvp log a e)
    close "d inv" 1e-13 (-(inverse *@ e *@ inverse)) (snd (jvp inv a e))
    close "grad tr exp" 1e-11 (transpose (matrixExp (0.3 * a)) * 0.3) (grad (fun a -> trace (matrixExp (0.3 * a))) a)

    close
        "grad tr a³ by eigenvalues"
        1e-10
        (3.0 * transpose (a *@ a))
        (grad (fun a -> let { Re = re; Im = im } = eigvals a in sum (re * re * re - 3.0 * re * im * im)) a)

    let s = 0.5 * (a + transpose a)
    close "grad Σ λ²" 1e-12 (2.0 * s) (grad (fun a -> sum (square (eigvalsh a))) a)

[<Fact>]
let ``the third derivative of log det is that of its formula`` () =
    let a, e = dominant 3 "a", random [ 3; 3 ] "e"
    let log x = snd (slogdet x)
    let third = snd (jvp (fun x -> snd (jvp (fun x -> snd (jvp log x e)) x e)) a e)
    // tr log: 2 tr (a⁻¹ e)³
    let m = inv a *@ e
    number 1e-11 (2.0 * (trace (m *@ m *@ m)).ToDouble()) third

/// Determinants of what is left without a row and a column, with signs: the transpose of the adjugate.
let private cofactors (x: Tensor) : Tensor =
    let n = x.Shape[0]

    let minor i j =
        let keep k =
            [|
                for l in 0 .. n - 1 do
                    if l <> k then
                        l
            |]

        let rows, columns = Tensor.ofArray [ n - 1 ] (keep i), Tensor.ofArray [ n - 1 ] (keep j)
        (det (take 1 columns (take 0 rows x))).ToDouble() * (if (i + j) % 2 = 0 then 1.0 else -1.0)

    Tensor.ofArray [ n; n ] (Array.init (n * n) (fun k -> minor (k / n) (k % n)))

[<Fact>]
let ``the derivative of the determinant is the adjugate at every rank`` () =
    let low k n : Tensor = random [ n; k ] "left" *@ random [ k; n ] "right"

    let cases =
        [
            "regular", dominant 3 "regular"
            "identity", eye 3
            "rank 2 of 3", low 2 3
            "rank 1 of 2", f64 [ 2; 2 ] [ 1; 2; 2; 4 ]
            "rank 1 of 3", low 1 3
            "rank 2 of 4", low 2 4
            "0", Tensor.fullOf DType.Float64 [ 3; 3 ] 0.0
            "0 of size 1", f64 [ 1; 1 ] [ 0 ]
            "nilpotent", f64 [ 3; 3 ] [ 0; 1; 0; 0; 0; 1; 0; 0; 0 ]
            "a row of zeros", f64 [ 3; 3 ] [ 1; 2; 3; 0; 0; 0; 4; 5; 7 ]
            "rounded to nearly singular", f64 [ 3; 3 ] [ 0.1; 0.2; 0.3; 0.4; 0.5; 0.6; 0.7; 0.8; 0.9 ]
            "tiny", 1e-100 * low 2 3
        ]

    for name, x in cases do
        let scale = (amax (abs x)).ToDouble() |> fun s -> if s = 0.0 then 1.0 else s
        let n = float x.Shape[0]
        let unit = Math.Pow(scale, n - 1.0)
        close name 1e-12 (cofactors x / unit) (grad det x / unit)
        // The second derivative is the difference of cofactors, which are polynomials.
        let d = random (List.ofSeq x.Shape) "direction" * scale
        let h = 1e-4
        let difference: Tensor = (cofactors (x + h * d) - cofactors (x - h * d)) / (2.0 * h)
        close $"{name}: second" 1e-7 (difference / unit) (hvp det x d / unit)

    // Of all kinds at once, batched
    let batch = stack 0 [ eye 3; low 2 3; low 1 3; dominant 3 "regular" ]
    close "vmap of grad" 1e-12 (stack 0 [ for i in 0..3 -> cofactors batch[i] ]) (vmap (grad det) batch)
    close "grad of the batch" 1e-12 (stack 0 [ for i in 0..3 -> cofactors batch[i] ]) (grad (fun x -> sum (det x)) batch)

[<Fact>]
let ``third derivatives of the determinant hold at every rank`` () =
    for k in 0..3 do
        let x, d = random [ 3; k ] "left" *@ random [ k; 3 ] "right", random [ 3; 3 ] "d"
        let third = snd (jvp (fun x -> snd (jvp (fun x -> snd (jvp det x d)) x d)) x d)
        // det(x + t d) is a cubic in t, whose t³ has det d.
        number 1e-11 (6.0 * (det d).ToDouble()) third

[<Fact>]
let ``a singular matrix has no derivative of log det, solve and inverse`` () =
    let x = f64 [ 2; 2 ] [ 1; 2; 2; 4 ]
    let isFinite (t: Tensor) = t.ToDoubles() |> Array.forall Double.IsFinite
    Assert.False(isFinite (grad (slogdet >> snd) x))
    Assert.False(isFinite (grad (inv >> sum) x))
    Assert.False(isFinite (grad (fun x -> sum (solve x (Tensor.vector64 [ 1; 0 ]))) x))

// Equal values.

[<Fact>]
let ``equal eigenvalues: their sums have both derivatives, and nothing is infinite`` () =
    let x = diag [ 2; 2; 5 ]
    let e = random [ 3; 3 ] "e"
    let e = e + transpose e
    let pair x = sum (slice 0 0 2 (eigvalsh x))
    close "projection" 1e-14 (diag [ 1; 1; 0 ]) (grad pair x)
    // Σ over the pair and what is outside it: 2 e²ᵢⱼ / (λᵢ − λⱼ)
    let coupling = 2.0 * (e[0, 2] * e[0, 2] + e[1, 2] * e[1, 2]).ToDouble() / (2.0 - 5.0)
    number 1e-13 coupling (sum (hvp pair x e * e))
    close "trace" 1e-13 (eye 3) (grad (fun x -> sum (eigvalsh x)) (eye 3))
    let vectors = grad (fun x -> let _, v = eigh x in sum (v * random [ 3; 3 ] "weights")) x
    Assert.True(vectors.ToDoubles() |> Array.forall Double.IsFinite)
    // The same after a rotation, where equal values differ by rounding.
    let q, _ = qr (random [ 3; 3 ] "q")
    let turned = q *@ x *@ transpose q
    close "turned" 1e-13 (q *@ diag [ 1; 1; 0 ] *@ transpose q) (grad pair turned)
    number 1e-9 coupling (let d = q *@ e *@ transpose q in sum (hvp pair turned d * d))
    let vectors = grad (fun x -> let _, v = eigh x in sum (v * random [ 3; 3 ] "weights")) turned
    Assert.True(vectors.ToDoubles() |> Array.forall (fun v -> abs v < 1e3))

[<Fact>]
let ``equal and zero singular values: sums have derivatives, and nothing is infinite`` () =
    close "nuclear norm of the identity" 1e-14 (eye 3) (grad nuclearNorm (eye 3))
    let x = f64 [ 3; 2 ] [ 2; 0; 0; 2; 0; 0 ]
    close "of equal values" 1e-14 (x / 2.0) (grad nuclearNorm x)
    let low = random [ 4; 2 ] "left" *@ random [ 2; 3 ] "right"

    for f in
        [
            (fun x -> let u, _, v = svd x in sum u + sum v)
            (fun x -> sum (svdvals x))
            (fun x -> let _, s, _ = svd x in sum (square s))
        ] do
        for x in [ low; x; eye 3; Tensor.fullOf DType.Float64 [ 3; 2 ] 0.0 ] do
            Assert.True((grad f x).ToDoubles() |> Array.forall Double.IsFinite)

    // Σ s² = Σ x²
    close "squares at low rank" 1e-12 (2.0 * low) (grad (fun x -> sum (square (svdvals x))) low)

[<Fact>]
let ``equal eigenvalues without symmetry: their sums have derivatives if there are enough vectors`` () =
    close "trace" 1e-14 (eye 3) (grad (fun x -> sum (eigvals x).Re) (eye 3))
    // Single ones of a Jordan block move like a square root.
    let defective = grad (fun x -> item 0 1 (eigvals x).Re) (f64 [ 2; 2 ] [ 1; 1; 0; 1 ])
    Assert.False(defective.ToDoubles() |> Array.forall (fun v -> abs v < 1e6))

[<Fact>]
let ``the pseudo-inverse has a derivative among matrices of its rank`` () =
    // Equal singular values do not matter.
    let e = random [ 3; 3 ] "e"
    close "identity" 1e-14 -e (snd (jvp pinv (eye 3) e))
    // A curve of rank 2
    let left, right = random [ 4; 2 ] "left", random [ 2; 3 ] "right"
    let dLeft, dRight = random [ 4; 2 ] "dLeft", random [ 2; 3 ] "dRight"
    let at (t: float) : Tensor = (left + t * dLeft) *@ (right + t * dRight)
    let tangent: Tensor = dLeft *@ right + left *@ dRight
    let h = 1e-5
    let difference: Tensor = (pinv (at h) - pinv (at -h)) / (2.0 * h)
    close "rank 2" 1e-7 difference (snd (jvp pinv (at 0.0) tangent))

    let curve (t: Tensor) : Tensor = pinv ((left + t * dLeft) *@ (right + t * dRight))
    let first t = snd (jvp curve t (scalar 1.0))
    close "second" 1e-6 ((first (scalar h) - first (scalar -h)) / (2.0 * h)) (snd (jvp first (scalar 0.0) (scalar 1.0)))

[<Fact>]
let ``the Hessian of a likelihood is that of its closed form`` () =
    // −log of a normal density with covariance l lᵀ, up to a constant, written in three ways.
    let x = random [ 5; 2 ] "data"

    let factor (p: Tensor) : Tensor = reshape [ 2; 2 ] (concat 0 [ exp p[0..0]; zerosLike p[0..0]; p[1..1]; exp p[2..2] ])

    let loss (p: Tensor) : Tensor =
        let l = factor p
        let z = triangularSolve true false false l (transpose x)
        0.5 * sum (square z) + 5.0 * (p[0] + p[2])

    let byInverse (p: Tensor) : Tensor =
        let l = factor p
        let c = l *@ transpose l
        0.5 * trace (x *@ inv c *@ transpose x) + 2.5 * snd (slogdet c)

    let byCholesky (p: Tensor) : Tensor =
        let l = factor p
        let c = l *@ transpose l
        0.5 * sum (transpose x * choleskySolve (cholesky c) (transpose x)) + 2.5 * log (det c)

    let p = Tensor.vector64 [ 0.2; -0.4; 0.1 ]
    number 1e-13 ((loss p).ToDouble()) (byInverse p)
    close "by the inverse" 1e-11 (hessian loss p) (hessian byInverse p)
    close "by Cholesky" 1e-11 (hessian loss p) (hessian byCholesky p)
    let third f = grad (fun p -> sum (hessian f p)) p
    close "grad of the Hessian" 1e-10 (third loss) (third byCholesky)

[<Fact>]
let ``float32 has its own precision`` () =
    let a = dominant 4 "a"
    let single = cast DType.Float32 a

    for f in [ det; inv >> sum; slogdet >> snd; nuclearNorm; eigvalsh >> square >> sum; (fun a -> sum (lstsq a[*, 0..2] a[*, 3])) ] do
        let wide = grad f (cast DType.Float64 single)
        closeValues "gradient" 2e-5 (wide.ToDoubles()) ((grad f single).ToDoubles())

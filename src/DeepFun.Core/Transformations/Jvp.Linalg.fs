namespace DeepFun

open DeepFun.FSharp

/// The forward derivatives of linear algebra; letters as in Jvp.fs. What a rule divides by is stated in Derived.Linalg.fs.
/// Sources: Giles 2008, Collected matrix derivative results; Seeger et al. 2017, arXiv:1710.08717; and those named there.
[<RequireQualifiedAccess>]
module internal JvpLinalg =

    let private bind = Packed.bind
    let private rows = Packed.rows
    let private columns = Packed.columns
    let private t = transpose
    let private symmetric (d: Tensor) : Tensor = 0.5 * (d + t d)
    let private diag (x: Tensor) = diagonal 0 -2 -1 x
    let private acrossRows (x: Tensor) = expandDims -2 x
    let private downColumns (x: Tensor) = expandDims -1 x

    /// The solution of triangular systems with matrices on their left.
    let private lowerSolve l b = bind (Linalg.TriangularSolve(true, false, false)) [| l; b |]

    /// Up to what difference numbers of this vector [B…, n] count as equal: n ε ‖x‖, [B…, 1, 1].
    let private closeness (x: Tensor) : Tensor =
        let x = stopGradient x
        let length: Tensor = sqrt (sumOver [ -1 ] (square x))
        expandDims -1 (expandDims -1 (float x.Shape[x.Rank - 1] * DTypes.Epsilon x.DType * length))

    /// x / by, and 0 where the bool says so.
    let private dividedUnless (zero: Tensor) (by: Tensor) (x: Tensor) : Tensor = guarded zero 1.0 0.0 (fun by -> x / by) by

    /// dL = L Φ(L⁻¹ dA L⁻ᵀ), Φ: the lower triangle with half of the diagonal
    let private cholesky (l: Tensor) (d: Tensor) =
        let inner: Tensor = lowerSolve l (t (lowerSolve l (symmetric d)))
        bindMatMul l (0.5 * (tril 0 inner + tril -1 inner))

    /// op(A) X of a triangular A, of which one triangle is read; a diagonal of ones does not change and counts as 0.
    let triangularProduct lower transposed unit (a: Tensor) (x: Tensor) : Tensor =
        let inset = if unit then 1 else 0
        let read = if lower then tril -inset a else triu inset a
        bindMatMul (if transposed then t read else read) x

    /// With F = L⁻¹ P dA U⁻¹: dL = L tril₋₁(F), dU = triu(F) U, where L and U are made square by parts of the identity.
    let private lu (x: Tensor) (y: Tensor) (d: Tensor) =
        let m, n = rows x, columns x
        let k = min m n
        let packed = slice -1 0 n y
        let places = cast DType.Int32 (item -1 n y)

        let grown size (part: Tensor) =
            let by v =
                Array.init part.Rank (fun i ->
                    if i = part.Rank - 1 then size - columns part
                    elif i = part.Rank - 2 then size - rows part
                    else v)

            padAll
                {
                    Low = Array.zeroCreate part.Rank
                    High = by 0
                    Interior = Array.zeroCreate part.Rank
                    Value = 0.0
                }
                part

        let l = grown m (tril -1 (slice -1 0 k packed))
        let l: Tensor = l + Packed.identityLike l
        let u = grown n (triu 0 (slice -2 0 k packed))
        let i = indices n u

        let missing =
            logicalAnd (equal (expandDims 0 i) (expandDims 1 i)) (greaterOrEqual (expandDims 0 i) (fullLike (float k) (expandDims 0 i)))

        let u: Tensor = u + cast u.DType missing
        let f = bind (Linalg.TriangularSolve(true, false, true)) [| l; gatherBatch (x.Rank - 2) d places |]
        let f = t (bind (Linalg.TriangularSolve(false, true, false)) [| u; t f |])
        let change: Tensor = bindMatMul l (tril -1 f) + bindMatMul (triu 0 f) u
        concat -1 [ change; zerosLike (slice -1 0 1 y) ]

    /// det A = det B · e with B = A + C of full rank, C = U Z Vᵀ on the null space of A, and e = det (1 − Zᵀ Vᵀ B⁻¹ U Z): exact near A for
    /// constant C. So a derivative divides by nothing that is 0, at any rank.
    [<NoComparison; NoEquality>]
    type Bordered =
        {
            B: Tensor
            /// Factors of B
            Factors: Tensor
            /// B⁻¹ U Z
            Inner: Tensor
            /// (V Z)ᵀ
            Outer: Tensor
            /// The matrix whose determinant is e, 0 outside the null space.
            W: Tensor
            /// The dimension of the null space.
            Nullity: Tensor
        }

    let border (x: Tensor) : Bordered =
        let u, s, vt = svd (stopGradient x)
        let largest = slice -1 0 1 s
        let z = cast x.DType (lessOrEqual s (Packed.rankTolerance x * largest))
        // What is added has the size of the matrix.
        let size = downColumns (where (test Compare.Equal largest 0.0) (onesLike largest) largest)
        let added: Tensor = u * acrossRows z * size
        let outer: Tensor = vt * downColumns z
        let b: Tensor = x + bindMatMul added outer
        let factors = Packed.factors b
        let inner = Packed.solveBy b factors added

        {
            B = b
            Factors = factors
            Inner = inner
            Outer = outer
            W = Packed.identityLike x * downColumns z - bindMatMul outer inner
            Nullity = sumOver [ -1 ] z
        }

    let traceOf (m: Tensor) = sumOver [ -1 ] (diag m)

    /// The value where the null space has so many dimensions, elsewhere 0.
    let private at (dimensions: float) (s: Bordered) (value: Tensor) = mask (test Compare.Equal s.Nullity dimensions) value

    /// e by Newton's identities: 1, t₁, (t₁² − t₂) / 2 or (t₁³ − 3 t₁ t₂ + 2 t₃) / 6 with tₖ = tr Wᵏ. W is 0 here, so that from dimension 4 on
    /// nothing of it is left to third order.
    let borderFactor (s: Bordered) : Tensor =
        let square = bindMatMul s.W s.W
        let t1, t2, t3 = traceOf s.W, traceOf square, traceOf (bindMatMul square s.W)

        at 0.0 s (onesLike t1)
        + at 1.0 s t1
        + at 2.0 s (0.5 * (t1 * t1 - t2))
        + at 3.0 s (1.0 / 6.0 * (t1 * (t1 * t1 - 3.0 * t2) + 2.0 * t3))

    /// d det B, given det B
    let private borderedDerivative (s: Bordered) (whole: Tensor) (d: Tensor) : Tensor = whole * traceOf (Packed.solveBy s.B s.Factors d)

    let private determinant (x: Tensor) (d: Tensor) : Tensor =
        let s = border x
        let whole = Packed.bind Linalg.Determinant [| s.B |]
        let dw = bindMatMul s.Outer (bindMatMul (Packed.solveBy s.B s.Factors d) s.Inner)
        let square = bindMatMul s.W s.W
        let t1, t2, dt1, half = traceOf s.W, traceOf square, traceOf dw, traceOf (bindMatMul s.W dw)

        let de: Tensor =
            at 1.0 s dt1
            + at 2.0 s (t1 * dt1 - half)
            + at 3.0 s (0.5 * (t1 * t1 - t2) * dt1 - t1 * half + traceOf (bindMatMul square dw))

        borderedDerivative s whole d * borderFactor s + whole * de

    /// With F = Qᵀ dA R⁻¹ and X = tril₋₁(F) − tril₋₁(F)ᵀ: dQ = dA R⁻¹ − Q F + Q X, dR = (F − X) R
    let private qr (x: Tensor) (y: Tensor) (d: Tensor) =
        let m, n = rows x, columns x
        let q, rt = slice -2 0 m y, slice -2 m (m + n) y
        let c: Tensor = t (lowerSolve rt (t d))
        let f: Tensor = bindMatMul (t q) c
        let below = tril -1 f
        let upper: Tensor = f - (below - t below)
        concat -2 [ c - bindMatMul q upper; bindMatMul rt (t upper) ]

    /// With M = Vᵀ dA V: dλ = diag M, dV = V (M / (λⱼ − λᵢ) off the diagonal)
    let private symmetricEigen (y: Tensor) (d: Tensor) =
        let w, v = item -2 0 y, slice -2 1 (rows y) y
        let m = bindMatMul (t v) (bindMatMul (symmetric d) v)
        let gap: Tensor = acrossRows w - downColumns w
        let equal = lessOrEqual (abs gap) (closeness w)
        concat -2 [ acrossRows (diag m); bindMatMul v (dividedUnless equal gap m) ]

    /// As for symmetric ones, in complex arithmetic, with M = V⁻¹ dA V; then each vector is scaled so that its largest component stays 1.
    let private eigen (n: int) (y: Tensor) (d: Tensor) =
        let wr, wi = item -2 0 y, item -2 1 y
        let vr, vi = slice -2 2 (2 + n) y, slice -2 (2 + n) (2 + 2 * n) y
        // The real form of V M = dA V
        let v = concat -2 [ concat -1 [ vr; -vi ]; concat -1 [ vi; vr ] ]
        let m = Packed.solveBy v (Packed.factors v) (concat -2 [ bindMatMul d vr; bindMatMul d vi ])
        let mr, mi = slice -2 0 n m, slice -2 n (2 * n) m
        let gr: Tensor = acrossRows wr - downColumns wr
        let gi: Tensor = acrossRows wi - downColumns wi
        let size: Tensor = gr * gr + gi * gi
        let limit: Tensor = closeness (concat -1 [ wr; wi ])
        let equal = lessOrEqual size (limit * limit)
        let fr = dividedUnless equal size (mr * gr + mi * gi)
        let fi = dividedUnless equal size (mi * gr - mr * gi)

        let times (ar: Tensor) (ai: Tensor) (br: Tensor) (bi: Tensor) =
            bindMatMul ar br - bindMatMul ai bi, bindMatMul ar bi + bindMatMul ai br

        let dr, di = times vr vi fr fi
        let isUnit = logicalAnd (test Compare.Equal vr 1.0) (test Compare.Equal vi 0.0)
        let place = keepDims [ -2 ] (argmax -2 (cast DType.Int32 isUnit))
        let cr, ci = takeAlong -2 place dr, takeAlong -2 place di
        concat -2 [ acrossRows (diag mr); acrossRows (diag mi); dr - (vr * cr - vi * ci); di - (vr * ci + vi * cr) ]

    /// With P = Uᵀ dA V and F = 1 / (sⱼ² − sᵢ²): ds = diag P, dU = U (F ∘ (P S + S Pᵀ)) + (1 − U Uᵀ) dA V S⁻¹, dV = V (F ∘ (S P + Pᵀ S))
    let private singularValues (x: Tensor) (y: Tensor) (d: Tensor) =
        let m, n = rows x, columns x
        let u, s, v = slice -2 0 m y, item -2 m y, slice -2 (m + 1) (m + 1 + n) y
        let dv = bindMatMul d v
        let p = bindMatMul (t u) dv
        let sj, si = acrossRows s, downColumns s
        let gap: Tensor = sj - si
        let limit = closeness s
        let equal = lessOrEqual (abs gap) limit
        let over (k: Tensor) = dividedUnless equal (gap * (sj + si)) k
        let inU = bindMatMul u (over (p * sj + si * t p))
        let inV = bindMatMul v (over (si * p + t p * sj))

        let inU: Tensor =
            if m = n then
                inU
            else
                let outside: Tensor = dv - bindMatMul u p
                let zero = Tensor.BroadcastTo(outside.Shape, lessOrEqual sj limit)
                inU + dividedUnless zero (Tensor.BroadcastTo(outside.Shape, sj)) outside

        concat -2 [ inU; acrossRows (diag p); inV ]

    /// dA⁺ = −A⁺ dA A⁺ + A⁺ A⁺ᵀ dAᵀ (1 − A A⁺) + (1 − A⁺ A) dAᵀ A⁺ᵀ A⁺
    let private pseudoInverse (x: Tensor) (y: Tensor) (d: Tensor) : Tensor =
        let dt = t d
        let left: Tensor = dt - bindMatMul (bindMatMul dt x) y
        let right: Tensor = dt - bindMatMul y (bindMatMul x dt)

        bindMatMul y (bindMatMul (t y) left) + bindMatMul (bindMatMul right (t y)) y - bindMatMul y (bindMatMul d y)

    /// The tangent of the result that operand i's tangent d contributes.
    let operand (op: Linalg) (xs: Tensor[]) (y: Tensor) (i: int) (d: Tensor) : Tensor =
        let x = xs[0]

        match op with
        | Linalg.Cholesky -> cholesky y d
        | Linalg.TriangularSolve(lower, transposed, unit) ->
            // dX = −op(A)⁻¹ op(dA) X
            if i = 0 then
                -(bind op [| x; triangularProduct lower transposed unit d y |])
            else
                bind op [| x; d |]
        | Linalg.Lu -> lu x y d
        | Linalg.LuSolve transposed ->
            match i with
            | 0 -> -(bind op [| x; xs[1]; bindMatMul (if transposed then t d else d) y |])
            | 1 -> null
            | _ -> bind op [| x; xs[1]; d |]
        | Linalg.Determinant -> if columns x = 0 then null else determinant x d
        | Linalg.Qr -> qr x y d
        | Linalg.SymmetricEigen -> symmetricEigen y d
        | Linalg.Eigen -> if columns x = 0 then null else eigen (columns x) y d
        | Linalg.SingularValues -> singularValues x y d
        | Linalg.PseudoInverse _ -> pseudoInverse x y d

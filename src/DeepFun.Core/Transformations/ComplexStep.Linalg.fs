namespace DeepFun

open DeepFun.FSharp

/// Decompositions of matrices near the real ones, by elimination in complex arithmetic: the textbook's algorithms, a column at a time. Transposed,
/// never conjugated, so that they are analytic. For checks, whose matrices are small. All give the imaginary part.
[<RequireQualifiedAccess>]
module internal ComplexLinalg =

    let private height (z: Complex) = Packed.rows z.Re
    let private width (z: Complex) = Packed.columns z.Re
    let private join axis (zs: Complex list) : Complex = Complex.mapMany (concat axis) zs
    let private turned (z: Complex) : Complex = Complex.map transpose z

    /// Rows r to height and columns c to width.
    let private from r c (z: Complex) : Complex = Complex.map (slice -2 r (height z) >> slice -1 c (width z)) z

    let private firstColumn (z: Complex) : Complex = Complex.map (slice -1 0 1) z
    let private firstRow (z: Complex) : Complex = Complex.map (slice -2 0 1) z

    /// With so many rows of zeros on top.
    let private lowered rows (z: Complex) : Complex =
        Complex.map (fun (t: Tensor) -> pad 0.0 (List.init t.Rank (fun i -> if i = t.Rank - 2 then (rows, 0) else (0, 0))) t) z

    /// L of a symmetric matrix: its first column, and that of what is left without it.
    let rec private lower (a: Complex) : Complex =
        if height a = 0 then
            a
        else
            let column: Complex = firstColumn a / sqrt (firstColumn (firstRow a))
            let below = from 1 0 column
            join -1 [ column; lowered 1 (lower (from 1 1 a - below * turned below)) ]

    let cholesky (a: Complex) : Tensor = (lower ((a + turned a) * 0.5)).Im

    /// L below the diagonal and U from there, of a matrix whose rows are in the order of their pivots.
    let rec private eliminated (a: Complex) : Complex =
        if height a = 0 || width a = 0 then
            a
        else
            let top = firstRow a
            let factors: Complex = from 1 0 (firstColumn a) / firstColumn top
            let rest = from 1 1 a - factors * from 0 1 top
            join -2 [ top; join -1 [ factors; eliminated rest ] ]

    /// The permutation that puts rows in the order that the last column of a packed factorization names.
    let private order (packed: Tensor) (a: Complex) : Tensor =
        let places = cast DType.Int32 (slice -1 (width a) (width a + 1) packed)
        cast a.DType (equal places (expandDims 0 (indices (height a) a.Re)))

    let private ordered (order: Tensor) (a: Complex) : Complex = Complex.map (bindMatMul order) a

    let lu (a: Complex) (packed: Tensor) : Tensor =
        concat -1 [ (eliminated (ordered (order packed a) a)).Im; zerosLike (slice -1 0 1 packed) ]

    /// The product of the pivots, with the sign of the permutation. NaN where a pivot is 0 and stays so along the step.
    let determinant (a: Complex) (value: Tensor) : Tensor =
        let rows = order (Packed.bind Linalg.Lu [| a.Re |]) a
        let pivots = eliminated (ordered rows a) |> Complex.map (diagonal 0 -2 -1)
        let one: Complex = { Re = onesLike value; Im = zerosLike value }
        let product = Seq.fold (fun (p: Complex) i -> p * Complex.map (item -1 i) pivots) one (seq { 0 .. height a - 1 })
        product.Im * Packed.bind Linalg.Determinant [| rows |]

    /// Q over Rᵀ by Gram and Schmidt's modified process; m: the height, k: the columns before.
    let rec private orthogonal m k (a: Complex) : Complex =
        let first = firstColumn a
        let norm = sqrt (Complex.map (sumOver [ -2 ] >> expandDims -2) (first * first))
        let q: Complex = first / norm
        let others = from 0 1 a
        let shares = Complex.matmul (turned q) others
        let column = join -2 [ q; lowered k norm; turned shares ]
        if width others = 0 then column else join -1 [ column; orthogonal m (k + 1) (others - q * shares) ]

    let qr (a: Complex) (packed: Tensor) : Tensor = if packed.Size = 0 then zerosLike packed else (orthogonal (height a) 0 a).Im

    /// x with op(a) x = b, by one step of xₙ₊₁ = Re(op a)⁻¹ (b − i Im(op a) xₙ) from the real solution: what is left is of the step's square.
    let system (inverse: Tensor -> Tensor) (times: Tensor -> Tensor -> Tensor) (a: Complex) (b: Complex) (x: Tensor) : Tensor =
        inverse (b.Im - times a.Im x)

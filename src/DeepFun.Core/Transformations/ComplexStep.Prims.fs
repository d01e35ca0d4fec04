namespace DeepFun

open DeepFun.FSharp

/// What a primitive makes of small imaginary parts.
[<Struct; RequireQualifiedAccess; NoComparison; NoEquality>]
type internal Imaginary =
    /// The imaginary part of the result; null: it is real.
    | Part of part: Tensor
    /// Nobody has written the primitive for complex numbers, because of this.
    | Missing of why: string

/// The meaning of a primitive on complex numbers near the real axis, without a derivative: the functions themselves, in complex arithmetic. What
/// chooses (comparisons, extrema, |x|, rounding, sorting) goes by the real parts, as is usual for complex steps; among equals the mean counts,
/// as it does for central differences. Source: Squire and Trapp 1998; Martins, Sturdza and Alonso 2003, section 3.
[<RequireQualifiedAccess>]
module internal ComplexPrims =

    let private unary (op: Unary) (z: Complex) (y: Tensor) : Tensor =
        match op with
        | Unary.Neg -> -z.Im
        | Unary.Abs -> z.Im * signum z.Re
        | Unary.Exp
        | Unary.Expm1 -> (exp z).Im
        | Unary.Log -> (log z).Im
        | Unary.Log1p -> (log (1.0 + z)).Im
        | Unary.Log2 -> (log z).Im / System.Math.Log 2.0
        | Unary.Log10 -> (log z).Im / System.Math.Log 10.0
        | Unary.Sqrt -> (sqrt z).Im
        | Unary.Rsqrt -> (1.0 / sqrt z).Im
        | Unary.Cbrt -> ComplexFunctions.cbrt z
        | Unary.Reciprocal -> (1.0 / z).Im
        | Unary.Square -> (z * z).Im
        | Unary.Sin -> (sin z).Im
        | Unary.Cos -> (cos z).Im
        | Unary.Tan -> (sin z / cos z).Im
        | Unary.Asin -> ComplexFunctions.arcsin z
        | Unary.Acos -> -(ComplexFunctions.arcsin z)
        | Unary.Atan -> ComplexFunctions.arctan z
        | Unary.Sinh -> (sinh z).Im
        | Unary.Cosh -> (cosh z).Im
        | Unary.Tanh -> (tanh z).Im
        | Unary.Asinh -> ComplexFunctions.arcsinh z
        | Unary.Acosh -> ComplexFunctions.arccosh z
        | Unary.Atanh -> ComplexFunctions.arctanh z
        // (1 + tanh(z/2)) / 2
        | Unary.Sigmoid -> 0.5 * (tanh (z * 0.5)).Im
        | Unary.Softplus -> ComplexFunctions.softplus z
        | Unary.Erf -> ComplexFunctions.erf z
        | Unary.Erfc -> -(ComplexFunctions.erf z)
        | Unary.ErfInv -> ComplexFunctions.erfInv z.Im y
        | Unary.ErfcInv -> -(ComplexFunctions.erfInv z.Im y)
        | Unary.LogGamma -> ComplexFunctions.logGamma z
        | Unary.Digamma -> ComplexFunctions.digamma z
        | Unary.Relu -> mask (test Compare.Greater z.Re 0.0) z.Im
        // Constant between their jumps, or truth values
        | Unary.Sign
        | Unary.Floor
        | Unary.Ceiling
        | Unary.Round
        | Unary.Truncate
        | Unary.IsNaN
        | Unary.IsInfinite
        | Unary.Not -> null

    /// The imaginary part of the operand that the value comes from, of equal ones the mean.
    let private chosen (value: Tensor) (a: Complex) (b: Complex) : Tensor =
        let first, second = equal a.Re value, equal b.Re value
        where first (where second (0.5 * (a.Im + b.Im)) a.Im) b.Im

    let private binary (op: Binary) (a: Complex) (b: Complex) (y: Tensor) : Imaginary =
        match op with
        | Binary.Add -> Imaginary.Part(a.Im + b.Im)
        | Binary.Sub -> Imaginary.Part(a.Im - b.Im)
        | Binary.Mul -> Imaginary.Part (a * b).Im
        | Binary.Div -> Imaginary.Part (a / b).Im
        | Binary.Pow -> Imaginary.Part(ComplexFunctions.power a b y)
        | Binary.Max
        | Binary.Min -> Imaginary.Part(chosen y a b)
        // a − ⌊a/b⌋ b
        | Binary.Remainder -> Imaginary.Part(a.Im - floor (a.Re / b.Re) * b.Im)
        | Binary.Atan2 -> Imaginary.Part(ComplexFunctions.angle a b)
        | Binary.Polygamma -> Imaginary.Missing "polygamma is not written for complex numbers"
        | Binary.And
        | Binary.Or
        | Binary.Xor -> Imaginary.Part null

    /// The axes joined to one, the last.
    let private joined (axes: int[]) (z: Complex) : Complex =
        let kept = [| 0 .. z.Rank - 1 |] |> Array.except axes
        let sizes = Array.map (fun a -> z.Shape[a])
        let count = Array.fold (*) 1 (sizes axes)
        Complex.map (permute (Array.append kept axes) >> reshape (Array.append (sizes kept) [| count |])) z

    /// The slices along an axis, from its end in reverse.
    let private slices axis reverse (z: Complex) : Complex list =
        let all = List.init z.Shape[axis] (fun i -> Complex.map (item axis i) z)
        if reverse then List.rev all else all

    /// The imaginary parts of what a step makes of the slices from the first to each.
    let private running axis reverse (step: Complex -> Complex -> Complex) (z: Complex) : Tensor =
        match slices axis reverse z with
        | [] -> null
        | first :: rest ->
            let all = List.scan step first rest |> List.map _.Im
            stack axis (if reverse then List.rev all else all)

    let private reduce (op: Reduce) (z: Complex) (y: Tensor) : Tensor =
        match op with
        | Reduce.Sum axes -> sumAxes axes z.Im
        | Reduce.Product axes ->
            match slices (z.Rank - axes.Length) false (joined axes z) with
            | [] -> null
            | all -> (List.reduce (fun (a: Complex) b -> a * b) all).Im
        | Reduce.Max axes
        | Reduce.Min axes ->
            let hit = equal z.Re (Tensor.BroadcastTo(z.Shape, keepDims axes y))
            sumAxes axes (mask hit z.Im) / sumAxes axes (cast z.DType hit)
        | Reduce.Any _
        | Reduce.All _
        | Reduce.ArgMax _
        | Reduce.ArgMin _ -> null

    let private along (op: Along) (z: Complex) : Tensor =
        let renewed (by: Tensor -> Tensor -> Tensor) (before: Complex) (next: Complex) : Complex =
            Complex.where (by next.Re before.Re) next before

        match op with
        // Linear over the real numbers
        | Along.CumulativeSum _
        | Along.Fourier _ -> bindAlong op z.Im
        | Along.CumulativeProduct(axis, reverse) -> running axis reverse (fun a b -> a * b) z
        | Along.CumulativeMax(axis, reverse) -> running axis reverse (renewed greaterOrEqual) z
        | Along.CumulativeMin(axis, reverse) -> running axis reverse (renewed lessOrEqual) z
        | Along.ArgSort _ -> null

    let private linalg (op: Linalg) (zs: Complex[]) (y: Tensor) : Imaginary =
        let a = zs[0]
        let bind (xs: Tensor[]) = Packed.bind op xs
        let iterative name = Imaginary.Missing $"{name} is iterative, and not written for complex numbers"

        match op with
        | Linalg.Cholesky -> Imaginary.Part(ComplexLinalg.cholesky a)
        | Linalg.TriangularSolve(lower, transposed, unit) ->
            let times = JvpLinalg.triangularProduct lower transposed unit
            Imaginary.Part(ComplexLinalg.system (fun b -> bind [| a.Re; b |]) times a zs[1] y)
        | Linalg.Lu -> Imaginary.Part(ComplexLinalg.lu a y)
        | Linalg.LuSolve transposed ->
            let times (m: Tensor) x = bindMatMul (if transposed then transpose m else m) x
            Imaginary.Part(ComplexLinalg.system (fun b -> bind [| a.Re; zs[1].Re; b |]) times a zs[2] y)
        | Linalg.Determinant -> Imaginary.Part(ComplexLinalg.determinant a y)
        | Linalg.Qr -> Imaginary.Part(ComplexLinalg.qr a y)
        | Linalg.SymmetricEigen -> iterative "eigh"
        | Linalg.Eigen -> iterative "eig"
        | Linalg.SingularValues -> iterative "svd"
        | Linalg.PseudoInverse _ -> iterative "pinv"

    /// Operands by real and imaginary part, of which null is zero but not all are; y is the result of the real parts.
    let apply (prim: Prim) (res: Tensor[]) (ims: Tensor[]) (y: Tensor) : Imaginary =
        let whole i = if isNull ims[i] then zerosLike res[i] else ims[i]
        let complex i : Complex = { Re = res[i]; Im = whole i }
        let bind (xs: Tensor[]) = Imaginary.Part(Tensor.Bind(prim, xs))

        match prim with
        | Prim.Unary op -> Imaginary.Part(unary op (complex 0) y)
        | Prim.Binary op -> binary op (complex 0) (complex 1) y
        | Prim.Compare _ -> Imaginary.Part null
        | Prim.Select -> bind [| res[0]; whole 1; whole 2 |]
        | Prim.Cast dtype ->
            if not (DTypes.IsFloating dtype) then Imaginary.Part null
            elif dtype = DType.Float64 then bind [| ims[0] |]
            else Imaginary.Missing $"a cast to {DTypes.Name dtype} has too few digits"
        | Prim.Reduce op -> Imaginary.Part(reduce op (complex 0) y)
        | Prim.Along op -> Imaginary.Part(along op (complex 0))
        | Prim.Move(Move.Pad p) -> Imaginary.Part(padAll { p with Value = 0.0 } ims[0])
        | Prim.Move(Move.Reshape _ | Move.Permute _ | Move.Broadcast _ | Move.Slice _ | Move.Concat _) ->
            bind (Array.mapi (fun i _ -> whole i) res)
        | Prim.Index(Indexed.Gather _) -> bind [| ims[0]; res[1] |]
        | Prim.Index(Indexed.ScatterAdd _) -> bind [| whole 0; res[1]; whole 2 |]
        | Prim.Index(Indexed.ScatterMax _) -> Imaginary.Missing "scatterMax is not written for complex numbers"
        | Prim.Contract(Contract.MatMul | Contract.Convolution _) ->
            let product (a: Tensor) (b: Tensor) : Tensor = if isNull a || isNull b then null else Tensor.Bind(prim, [| a; b |])
            Imaginary.Part(Jvp.plus (product res[0] ims[1]) (product ims[0] res[1]))
        | Prim.Linalg op -> linalg op (Array.mapi (fun i _ -> complex i) res) y
        | Prim.Window(Window.ArgMax _) -> Imaginary.Part null
        | Prim.Window(Window.Sum _ | Window.SumTranspose _) -> bind [| ims[0] |]
        | Prim.Generate _ -> Imaginary.Part null
        | Prim.Special _ -> Imaginary.Missing "the incomplete gamma and beta functions are not written for complex numbers"
        | Prim.Sample _ -> Imaginary.Missing "samples are not drawn for complex parameters"
        // The identity: that its derivative is taken as 0 is what a check must find.
        | Prim.StopGradient -> Imaginary.Part ims[0]

namespace DeepFun

open DeepFun.Backends
open DeepFun.FSharp

/// The forward derivative of every primitive: THE derivative rules. One operand at a time and linear in its tangent d; zero tangents
/// are null and never come here. x and y are operands, the result is passed in (as y, or z), so that exp is y * d.
[<RequireQualifiedAccess>]
module internal Jvp =

    let private bind1 prim (d: Tensor) = Tensor.Bind(prim, [| d |])

    let unary (op: Unary) (x: Tensor) (y: Tensor) (d: Tensor) : Tensor =
        match op with
        | Unary.Neg -> -d
        | Unary.Abs -> d * signum x
        | Unary.Exp -> d * y
        | Unary.Expm1 -> d * (y + 1.0)
        | Unary.Log -> d / x
        | Unary.Log1p -> d / (x + 1.0)
        | Unary.Log2 -> d / (x * System.Math.Log 2.0)
        | Unary.Log10 -> d / (x * System.Math.Log 10.0)
        | Unary.Sqrt -> d * (0.5 / y)
        | Unary.Rsqrt -> d * (-0.5 * y / x)
        | Unary.Cbrt -> d / (3.0 * square y)
        | Unary.Reciprocal -> -(d * square y)
        | Unary.Square -> d * (2.0 * x)
        | Unary.Sin -> d * cos x
        | Unary.Cos -> d * -(sin x)
        | Unary.Tan -> d * (1.0 + square y)
        | Unary.Asin -> d * rsqrt (1.0 - square x)
        | Unary.Acos -> d * -(rsqrt (1.0 - square x))
        | Unary.Atan -> d / (1.0 + square x)
        | Unary.Sinh -> d * cosh x
        | Unary.Cosh -> d * sinh x
        | Unary.Tanh -> d * (1.0 - square y)
        | Unary.Asinh -> d * rsqrt (1.0 + square x)
        // Two roots, so that nothing cancels near 1 and all below 1 is NaN.
        | Unary.Acosh -> d / (sqrt (x - 1.0) * sqrt (x + 1.0))
        | Unary.Atanh -> d / ((1.0 - x) * (1.0 + x))
        | Unary.Sigmoid -> d * (y * (1.0 - y))
        | Unary.Softplus -> d * sigmoid x
        | Unary.Erf -> d * (2.0 / sqrt System.Math.PI * exp (-(square x)))
        | Unary.Erfc -> d * (-2.0 / sqrt System.Math.PI * exp (-(square x)))
        | Unary.ErfInv -> d * (0.5 * sqrt System.Math.PI * exp (square y))
        | Unary.ErfcInv -> d * (-0.5 * sqrt System.Math.PI * exp (square y))
        | Unary.LogGamma -> d * Tensor.Bind1(Unary.Digamma, x)
        | Unary.Digamma -> d * Tensor.Bind2(Binary.Polygamma, onesLike x, x)
        | Unary.Relu -> mask (test Compare.Greater x 0.0) d
        // Constant between their jumps
        | Unary.Sign
        | Unary.Floor
        | Unary.Ceiling
        | Unary.Round
        | Unary.Truncate -> null
        // bool
        | Unary.IsNaN
        | Unary.IsInfinite
        | Unary.Not -> null

    /// Half of d at a tie of x and z: the mean of the one-sided derivatives.
    let private chosen (x: Tensor) (y: Tensor) (z: Tensor) (d: Tensor) : Tensor =
        let share = where (equal x y) (constantLike 0.5 x) (constantLike 1.0 x)
        mask (equal x z) (d * share)

    let left (op: Binary) (x: Tensor) (y: Tensor) (z: Tensor) (d: Tensor) : Tensor =
        match op with
        | Binary.Add
        | Binary.Sub -> d
        | Binary.Mul -> d * y
        | Binary.Div -> d / y
        // y x^(y−1). Where both are 0 the exponent is taken as 1: 0 instead of 0 · ∞, also in the derivatives of this one.
        | Binary.Pow ->
            let nothing = logicalAnd (test Compare.Equal y 0.0) (test Compare.Equal x 0.0)
            d * (y * pow x (where nothing (onesLike y) y - 1.0))
        | Binary.Max
        | Binary.Min -> chosen x y z d
        | Binary.Remainder -> d
        | Binary.Atan2 -> d * (y / (square x + square y))
        // The order is a whole number: constant between its jumps.
        | Binary.Polygamma -> null
        | Binary.And
        | Binary.Or
        | Binary.Xor -> null

    let right (op: Binary) (x: Tensor) (y: Tensor) (z: Tensor) (d: Tensor) : Tensor =
        match op with
        | Binary.Add -> d
        | Binary.Sub -> -d
        | Binary.Mul -> d * x
        | Binary.Div -> d * -(z / y)
        // x^y log x, which at x = 0 is taken as 0; the branch not taken sees 1
        | Binary.Pow ->
            let positive = test Compare.Greater x 0.0
            let safe = where positive x (onesLike x)
            let negative = test Compare.Less x 0.0
            d * where positive (z * log safe) (where negative (constantLike nan x) (zerosLike x))
        | Binary.Max
        | Binary.Min -> chosen y x z d
        | Binary.Remainder -> d * -(floor (x / y))
        | Binary.Atan2 -> d * -(x / (square x + square y))
        | Binary.Polygamma -> d * Tensor.Bind2(Binary.Polygamma, x + 1.0, y)
        | Binary.And
        | Binary.Or
        | Binary.Xor -> null

    /// d where x equals the extremum that its line was reduced to, shared equally among ties.
    let private extremum (axes: int[]) (x: Tensor) (y: Tensor) (d: Tensor) : Tensor =
        let wide (t: Tensor) = Tensor.BroadcastTo(x.Shape, keepDims axes t)
        let hit = equal x (wide y)
        let ties = sumAxes axes (cast x.DType hit)
        sumAxes axes (mask hit d) / ties

    /// Σᵢ dᵢ Πⱼ≠ᵢ xⱼ without dividing: exclusive products from both sides, so that zeros do no harm.
    let private productRule (axes: int[]) (x: Tensor) (d: Tensor) : Tensor =
        let kept = [| 0 .. x.Rank - 1 |] |> Array.except axes
        let sizes ax = ax |> Array.map (fun a -> x.Shape[a])
        let count = Array.fold (*) 1 (sizes axes)
        let flat t = permute (Array.append kept axes) t |> reshape (Array.append (sizes kept) [| count |])
        let x, d = flat x, flat d

        let exclusive reverse =
            let all = bindAlong (Along.CumulativeProduct(kept.Length, reverse)) x
            let edge = slice -1 0 (min 1 count) (onesLike all)

            if count = 0 then all
            elif reverse then concat -1 [ slice -1 1 count all; edge ]
            else concat -1 [ edge; slice -1 0 (count - 1) all ]

        sumAxes [| kept.Length |] (d * (exclusive false * exclusive true))

    /// Running products of the dual numbers x + ε d; their ε parts. By doubling: after the step of width w each place holds the product
    /// of its last 2w elements. Nothing is divided, so zeros do no harm.
    let private runningProduct (axis: int) (reverse: bool) (x: Tensor) (d: Tensor) : Tensor =
        /// The value w places before (behind, in reverse); outside, the neutral element.
        let shifted w neutral (t: Tensor) =
            let at v = Array.init t.Rank (fun i -> if i = axis then v else 0)
            let low, high = if reverse then -w, w else w, -w
            padAll { Low = at low; High = at high; Interior = at 0; Value = neutral } t

        let rec widen w (p: Tensor) (s: Tensor) =
            if w >= x.Shape[axis] then
                s
            else
                let before = shifted w 1.0 p
                widen (2 * w) (p * before) (s * before + shifted w 0.0 s * p)

        widen 1 x d

    /// Running extremum: d taken at the place that the running extremum came from.
    let private running (axis: int) (reverse: bool) (x: Tensor) (y: Tensor) (d: Tensor) : Tensor =
        // A place renews the extremum where x = y; the last renewal before each place is a running maximum of indices.
        let place = x.Interpreter.Root.Apply(Prim.Generate(Generate.Iota(axis, { x.Type with DType = DType.Int32 })), [||])

        let renewed =
            where (equal x y) place (if reverse then constantLike (float x.Shape[axis]) place else constantLike -1.0 place)

        let last =
            if reverse then
                bindAlong (Along.CumulativeMin(axis, true)) renewed
            else
                bindAlong (Along.CumulativeMax(axis, false)) renewed

        takeAlong axis (maximum (minimum last (constantLike (float (x.Shape[axis] - 1)) last)) (zerosLike last)) d

    let private reduce (op: Reduce) x y (d: Tensor) : Tensor =
        match op with
        | Reduce.Sum _ -> bind1 (Prim.Reduce op) d
        | Reduce.Product axes -> productRule axes x d
        | Reduce.Max axes
        | Reduce.Min axes -> extremum axes x y d
        | Reduce.Any _
        | Reduce.All _
        | Reduce.ArgMax _
        | Reduce.ArgMin _ -> null

    let private along (op: Along) (x: Tensor) (y: Tensor) (d: Tensor) : Tensor =
        match op with
        | Along.CumulativeSum _
        | Along.Fourier _ -> bind1 (Prim.Along op) d
        | Along.CumulativeProduct(axis, reverse) -> runningProduct axis reverse x d
        | Along.CumulativeMax(axis, reverse)
        | Along.CumulativeMin(axis, reverse) -> running axis reverse x y d
        | Along.ArgSort _ -> null

    /// d where the operand (x: i = 0, or updates) equals the maximum that it met, shared equally among ties.
    let private scatterMax batch (xs: Tensor[]) (y: Tensor) i (d: Tensor) : Tensor =
        let x, places, updates = xs[0], xs[1], xs[2]
        let added t = scatterAddBatch batch (zerosLike x) places t
        let stays, renews = equal x y, equal updates (gatherBatch batch y places)
        let ties = cast x.DType stays + added (cast x.DType renews)

        match i with
        | 0 -> mask stays d / ties
        | 1 -> null
        | _ -> added (mask renews d) / ties

    /// The tangent of the result that operand i's tangent, the i-th of ds, contributes.
    let private operand (prim: Prim) (xs: Tensor[]) (y: Tensor) (ds: Tensor[]) (i: int) : Tensor =
        let d = ds[i]

        match prim with
        | Prim.Unary op -> unary op xs[0] y d
        | Prim.Binary op -> if i = 0 then left op xs[0] xs[1] y d else right op xs[0] xs[1] y d
        | Prim.Compare _ -> null
        | Prim.Select ->
            match i with
            | 0 -> null
            | 1 -> Tensor.Bind(Prim.Select, [| xs[0]; d; zerosLike d |])
            | _ -> Tensor.Bind(Prim.Select, [| xs[0]; zerosLike d; d |])
        | Prim.Cast dtype -> if DTypes.IsFloating dtype then bind1 prim d else null
        | Prim.Reduce op -> reduce op xs[0] y d
        | Prim.Along op -> along op xs[0] y d
        | Prim.Move(Move.Pad p) -> bind1 (Prim.Move(Move.Pad { p with Value = 0.0 })) d
        | Prim.Move(Move.Reshape _ | Move.Permute _ | Move.Broadcast _ | Move.Slice _) -> bind1 prim d
        // The first one joins all tangents in one step.
        | Prim.Move(Move.Concat _) ->
            if i = Array.findIndex (isNull >> not) ds then
                Tensor.Bind(prim, Array.map2 (fun x d -> if isNull d then zerosLike x else d) xs ds)
            else
                null
        | Prim.Index(Indexed.Gather _) -> if i = 0 then Tensor.Bind(prim, [| d; xs[1] |]) else null
        | Prim.Index(Indexed.ScatterAdd _) ->
            match i with
            | 0 -> d
            | 1 -> null
            | _ -> Tensor.Bind(prim, [| zerosLike xs[0]; xs[1]; d |])
        | Prim.Index(Indexed.ScatterMax batch) -> scatterMax batch xs y i d
        | Prim.Contract(Contract.MatMul | Contract.Convolution _) -> Tensor.Bind(prim, (if i = 0 then [| d; xs[1] |] else [| xs[0]; d |]))
        | Prim.Linalg op -> JvpLinalg.operand op xs y i d
        | Prim.Window(Window.ArgMax _) -> null
        | Prim.Window(Window.Sum _ | Window.SumTranspose _) -> bind1 prim d
        | Prim.Generate _ -> null
        | Prim.Special op -> d * SpecialSlopes.special op xs i
        | Prim.Sample op -> SpecialSlopes.sample op xs y i d
        | Prim.StopGradient -> null

    let plus (a: Tensor) (b: Tensor) : Tensor =
        if isNull a then b
        elif isNull b then a
        else a + b

    /// The tangent of the result from those of the operands, null where there is none.
    let all (prim: Prim) (xs: Tensor[]) (y: Tensor) (ds: Tensor[]) : Tensor =
        let mutable d: Tensor = null

        for i in 0 .. xs.Length - 1 do
            if not (isNull ds[i]) then
                d <- plus d (operand prim xs y ds i)

        d

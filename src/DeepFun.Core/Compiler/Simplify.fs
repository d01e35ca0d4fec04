namespace DeepFun

open System
open System.Collections.Generic
open DeepFun.Backends

/// Algebra on graphs, one law at a time.
[<RequireQualifiedAccess>]
module internal Simplify =

    let private law strength text apply = { Law = text; Strength = strength; Apply = apply }
    let private exact text apply = law Strength.Exact text apply
    let private algebraic text apply = law Strength.Algebraic text apply

    let private operand strength text (condition: Definitions -> int[] -> bool) i =
        law strength text (fun d xs _ -> if condition d xs then Rewritten.Variable xs[i] else Rewritten.Nothing)

    /// Folds numbers, in double precision and then rounded: for these four operations that is the rounded result.
    let private folded text (f: float -> float -> float) =
        exact text (fun d xs ty ->
            match d.Number xs[0], d.Number xs[1] with
            | ValueSome a, ValueSome b when Arithmetic.isNative ty.DType -> Rewritten.Number(f a b)
            | _ -> Rewritten.Nothing)

    let private negated (d: Definitions) v =
        match d.OperandsOf(Prim.Unary Unary.Neg, v) with
        | ValueSome xs -> ValueSome xs[0]
        | ValueNone -> ValueNone

    let private unary (op: Unary) : Rewrite list =
        match op with
        | Unary.Neg ->
            [
                exact "−(−x) = x" (fun d xs _ ->
                    match negated d xs[0] with
                    | ValueSome x -> Rewritten.Variable x
                    | ValueNone -> Rewritten.Nothing)
                exact "−c is a number" (fun d xs ty ->
                    match d.Number xs[0] with
                    | ValueSome c when Arithmetic.isNative ty.DType -> Rewritten.Number -c
                    | _ -> Rewritten.Nothing)
            ]
        | Unary.Abs
        | Unary.Sign
        | Unary.Exp
        | Unary.Expm1
        | Unary.Log
        | Unary.Log1p
        | Unary.Log2
        | Unary.Log10
        | Unary.Sqrt
        | Unary.Rsqrt
        | Unary.Cbrt
        | Unary.Reciprocal
        | Unary.Square
        | Unary.Sin
        | Unary.Cos
        | Unary.Tan
        | Unary.Asin
        | Unary.Acos
        | Unary.Atan
        | Unary.Sinh
        | Unary.Cosh
        | Unary.Tanh
        | Unary.Asinh
        | Unary.Acosh
        | Unary.Atanh
        | Unary.Sigmoid
        | Unary.Softplus
        | Unary.Erf
        | Unary.Erfc
        | Unary.ErfInv
        | Unary.ErfcInv
        | Unary.LogGamma
        | Unary.Digamma
        | Unary.Relu
        | Unary.Floor
        | Unary.Ceiling
        | Unary.Round
        | Unary.Truncate
        | Unary.IsNaN
        | Unary.IsInfinite
        | Unary.Not -> []

    let private negate v = Rewritten.Equation(Prim.Unary Unary.Neg, [| v |])

    /// a · (b · x) = x where a b = 1, whatever the order of the factors.
    let private joined (d: Definitions) (xs: int[]) (ty: TensorType) =
        let inside (number: int) (product: int) =
            match d.Number number, d.OperandsOf(Prim.Binary Binary.Mul, product) with
            | ValueSome a, ValueSome factors when Arithmetic.isNative ty.DType ->
                match d.Number factors[0], d.Number factors[1] with
                | ValueSome b, _ when a * b = 1.0 -> Rewritten.Variable factors[1]
                | _, ValueSome b when a * b = 1.0 -> Rewritten.Variable factors[0]
                | _ -> Rewritten.Nothing
            | _ -> Rewritten.Nothing

        match inside xs[0] xs[1] with
        | Rewritten.Nothing -> inside xs[1] xs[0]
        | found -> found

    let private binary (op: Binary) : Rewrite list =
        match op with
        | Binary.Add ->
            [
                folded "a + b is a number" (+)
                operand Strength.Exact "x + (−0) = x" (fun d xs -> d.Is(-0.0, xs[1])) 0
                operand Strength.Algebraic "x + 0 = x" (fun d xs -> d.Is(0.0, xs[1])) 0
                operand Strength.Algebraic "0 + x = x" (fun d xs -> d.Is(0.0, xs[0])) 1
                exact "x + (−y) = x − y" (fun d xs _ ->
                    match negated d xs[1] with
                    | ValueSome y -> Rewritten.Equation(Prim.Binary Binary.Sub, [| xs[0]; y |])
                    | ValueNone -> Rewritten.Nothing)
            ]
        | Binary.Sub ->
            [
                folded "a − b is a number" (-)
                operand Strength.Exact "x − 0 = x" (fun d xs -> d.Is(0.0, xs[1])) 0
                exact "x − (−y) = x + y" (fun d xs _ ->
                    match negated d xs[1] with
                    | ValueSome y -> Rewritten.Equation(Prim.Binary Binary.Add, [| xs[0]; y |])
                    | ValueNone -> Rewritten.Nothing)
                algebraic "0 − x = −x" (fun d xs _ -> if d.Is(0.0, xs[0]) then negate xs[1] else Rewritten.Nothing)
            ]
        | Binary.Mul ->
            [
                folded "a · b is a number" (*)
                operand Strength.Exact "x · 1 = x" (fun d xs -> d.Is(1.0, xs[1])) 0
                operand Strength.Exact "1 · x = x" (fun d xs -> d.Is(1.0, xs[0])) 1
                exact "x · (−1) = −x" (fun d xs _ -> if d.Is(-1.0, xs[1]) then negate xs[0] else Rewritten.Nothing)
                exact "(−1) · x = −x" (fun d xs _ -> if d.Is(-1.0, xs[0]) then negate xs[1] else Rewritten.Nothing)
                algebraic "0 · x = 0" (fun d xs _ ->
                    if d.Is(0.0, xs[0]) || d.Is(0.0, xs[1]) then Rewritten.Number 0.0 else Rewritten.Nothing)
                algebraic "a · (a⁻¹ · x) = x" joined
            ]
        | Binary.Div -> [ folded "a / b is a number" (/); operand Strength.Exact "x / 1 = x" (fun d xs -> d.Is(1.0, xs[1])) 0 ]
        | Binary.Pow -> [ operand Strength.Algebraic "x¹ = x" (fun d xs -> d.Is(1.0, xs[1])) 0 ]
        | Binary.Max
        | Binary.Min
        | Binary.Remainder
        | Binary.Atan2
        | Binary.Polygamma
        | Binary.And
        | Binary.Or
        | Binary.Xor -> []

    /// A movement that repeats or orders the elements leaves a number a number.
    let private movedNumber =
        exact "a moved number is the number" (fun d xs _ ->
            match d.Number xs[0] with
            | ValueSome c -> Rewritten.Number c
            | ValueNone -> Rewritten.Nothing)

    let private unmoved text (condition: Definitions -> int -> TensorType -> bool) =
        exact text (fun d xs ty -> if condition d xs[0] ty then Rewritten.Variable xs[0] else Rewritten.Nothing)

    let private sameShape (d: Definitions) v (ty: TensorType) = Shape.Same((d.Type v).Shape, ty.Shape)

    /// Two movements of one kind in one, given the inner one and its operand.
    let private merged text (both: Move -> TensorType -> Move voption) =
        exact text (fun d xs ty ->
            match d.Move xs[0] with
            | ValueSome(struct (inner, operands)) ->
                match both inner ty with
                | ValueSome move -> Rewritten.Equation(Prim.Move move, operands)
                | ValueNone -> Rewritten.Nothing
            | ValueNone -> Rewritten.Nothing)

    let private move (op: Move) : Rewrite list =
        match op with
        | Move.Reshape _ ->
            [
                unmoved "reshape to the same shape = x" sameShape
                movedNumber
                merged "reshape of reshape = reshape" (fun inner ty ->
                    match inner with
                    | Move.Reshape _ -> ValueSome(Move.Reshape ty.Shape)
                    | Move.Permute _
                    | Move.Broadcast _
                    | Move.Slice _
                    | Move.Pad _
                    | Move.Concat _ -> ValueNone)
            ]
        | Move.Permute axes ->
            [
                unmoved "permute in order = x" (fun _ _ _ -> axes = [| 0 .. axes.Length - 1 |])
                movedNumber
                merged "permute of permute = permute" (fun inner _ ->
                    match inner with
                    | Move.Permute first -> ValueSome(Move.Permute(axes |> Array.map (fun a -> first[a])))
                    | Move.Reshape _
                    | Move.Broadcast _
                    | Move.Slice _
                    | Move.Pad _
                    | Move.Concat _ -> ValueNone)
            ]
        | Move.Broadcast(_, axes) ->
            [
                unmoved "broadcast to the same shape = x" sameShape
                movedNumber
                merged "broadcast of broadcast = broadcast" (fun inner ty ->
                    match inner with
                    | Move.Broadcast(_, first) -> ValueSome(Move.Broadcast(ty.Shape, first |> Array.map (fun a -> axes[a])))
                    | Move.Reshape _
                    | Move.Permute _
                    | Move.Slice _
                    | Move.Pad _
                    | Move.Concat _ -> ValueNone)
            ]
        | Move.Slice(_, _, steps) ->
            [
                unmoved "the whole slice = x" (fun d v ty -> sameShape d v ty && steps |> Array.forall (fun s -> s = 1))
                movedNumber
            ]
        | Move.Pad p ->
            let nothing = Array.forall (fun w -> w = 0)
            [ unmoved "pad by nothing = x" (fun _ _ _ -> nothing p.Low && nothing p.High && nothing p.Interior) ]
        | Move.Concat _ ->
            [ exact "concat of one = x" (fun _ xs _ -> if xs.Length = 1 then Rewritten.Variable xs[0] else Rewritten.Nothing) ]

    /// The laws for a primitive.
    let rewrites (prim: Prim) : Rewrite list =
        match prim with
        | Prim.Unary op -> unary op
        | Prim.Binary op -> binary op
        | Prim.Cast dtype ->
            [
                unmoved "cast to the same dtype = x" (fun d v _ -> (d.Type v).DType = dtype)
                exact "a cast number is a number" (fun d xs _ ->
                    match d.Number xs[0] with
                    | ValueSome c when Arithmetic.isNative dtype && Arithmetic.isNative (d.Type xs[0]).DType -> Rewritten.Number c
                    | _ -> Rewritten.Nothing)
            ]
        | Prim.Move op -> move op
        | Prim.Reduce(Reduce.Sum axes | Reduce.Product axes | Reduce.Max axes | Reduce.Min axes) ->
            [
                exact "a reduction of one element = the element" (fun d xs ty ->
                    if axes |> Array.forall (fun a -> (d.Type xs[0]).Shape[a] = 1) then
                        Rewritten.Equation(Prim.Move(Move.Reshape ty.Shape), xs)
                    else
                        Rewritten.Nothing)
            ]
        | Prim.Reduce(Reduce.Any _ | Reduce.All _ | Reduce.ArgMax _ | Reduce.ArgMin _)
        | Prim.Compare _
        | Prim.Select
        | Prim.Along _
        | Prim.Index _
        | Prim.Contract _
        | Prim.Linalg _
        | Prim.Window _
        | Prim.Generate _
        | Prim.Special _
        | Prim.Sample _
        | Prim.StopGradient -> []

    /// The graph after all laws of this strength, without what is then dead. One pass suffices: operands come before what reads them.
    let rec graph (strength: Strength) (g: Graph) : Graph =
        let same = Array.init g.Types.Length id
        let defined: Equation[] = Array.zeroCreate g.Types.Length
        let definitions = Definitions(g.Types, defined)
        let equations = List<Equation>()

        let rec settle (prim: Prim) (inputs: int[]) (output: int) =
            let ty = g.Types[output]

            let found =
                rewrites prim
                |> Seq.filter (fun r -> r.Strength = Strength.Exact || strength = Strength.Algebraic)
                |> Seq.map (fun r -> r.Apply definitions inputs ty)
                |> Seq.tryFind (fun r ->
                    match r with
                    | Rewritten.Nothing -> false
                    | Rewritten.Variable v -> g.Types[v].Same ty
                    | Rewritten.Number _
                    | Rewritten.Equation _ -> true)

            match found with
            | Some(Rewritten.Variable v) -> same[output] <- v
            | Some(Rewritten.Number c) -> settle (Prim.Generate(Generate.Fill(c, ty))) [||] output
            | Some(Rewritten.Equation(prim, inputs)) -> settle prim inputs output
            | Some Rewritten.Nothing
            | None ->
                let e = Equation(prim, inputs, output)
                defined[output] <- e
                equations.Add e

        for e in g.Equations do
            let inputs = e.Inputs |> Array.map (fun v -> same[v])

            match e.Operation with
            | Operation.Prim prim -> settle prim inputs e.Outputs[0]
            | Operation.Block block -> equations.Add(Equation(Operation.Block(inside strength block), inputs, e.Outputs))

        Check.debug { g with Equations = equations.ToArray(); Outputs = g.Outputs |> Array.map (fun v -> same[v]) }
        |> Graph.prune

    /// A block with simple graphs.
    and private inside (strength: Strength) (block: Block) : Block =
        let simple = graph strength

        match block with
        | Block.Switch branches -> Block.Switch(Array.map simple branches)
        | Block.Scan s -> Block.Scan { s with Body = simple s.Body }
        | Block.While w -> Block.While { w with Condition = simple w.Condition; Body = simple w.Body }
        | Block.Checkpoint g -> Block.Checkpoint(simple g)
        | Block.Custom c ->
            let pullback (v: CustomPullback) = { Forward = simple v.Forward; Backward = simple v.Backward }

            Block.Custom { c with Body = simple c.Body; Jvp = Option.map simple c.Jvp; Vjp = Option.map pullback c.Vjp }

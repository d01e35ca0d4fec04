namespace DeepFun

open DeepFun.FSharp

/// A value near the real axis, by both parts.
[<Sealed; AllowNullLiteral>]
type internal ComplexTensor(interpreter: Interpreter, re: Tensor, im: Tensor) =
    inherit Tensor(interpreter, re.Type)
    member _.Re = re
    member _.Im = im

/// The meaning of a primitive on complex numbers near the real axis; blocks and functions with rules run line by line, without their rules.
/// Control flow goes by the real parts.
[<Sealed>]
type internal ComplexInterpreter(level: int64, root: Interpreter) =
    inherit Interpreter(level, root)
    let mutable missing = ""

    /// Why the imaginary parts are not known; empty when they are.
    member _.Missing = missing

    member this.Re(x: Tensor) : Tensor =
        match x with
        | :? ComplexTensor as z when obj.ReferenceEquals(z.Interpreter, this) -> z.Re
        | _ -> x

    /// null where it is zero.
    member this.Im(x: Tensor) : Tensor =
        match x with
        | :? ComplexTensor as z when obj.ReferenceEquals(z.Interpreter, this) -> z.Im
        | _ -> null

    member this.Make(re: Tensor, im: Tensor) : Tensor = if isNull im then re else ComplexTensor(this, re, im)

    override _.Name = "a complex number"

    override this.Storage x =
        let re = this.Re x
        re.Interpreter.Storage re

    override this.Constant(v, ty, like) =
        let re = this.Re like
        re.Interpreter.Constant(v, ty, re)

    override this.Unary(op, x) = this.Apply(Prim.Unary op, [| x |])
    override this.Binary(op, x, y) = this.Apply(Prim.Binary op, [| x; y |])

    override this.Apply(prim, xs) =
        let res, ims = Array.map this.Re xs, Array.map this.Im xs
        let y = Tensor.Bind(prim, res)

        if Array.forall isNull ims || not (DTypes.IsFloating y.DType) then
            y
        else
            match ComplexPrims.apply prim res ims y with
            | Imaginary.Part im -> this.Make(y, im)
            | Imaginary.Missing why ->
                missing <- why
                y

    override this.IsKnown x = Graph.isKnown (this.Re x)

    override this.ApplyMany(block, xs) =
        match block with
        | Block.Scan s -> EvalBlock.unrolled this.Root s xs
        | Block.Checkpoint g -> Graph.run this.Root g xs
        | Block.Custom c -> Graph.run this.Root c.Body xs
        | Block.Switch _
        | Block.While _ -> Errors.abstractValue "a complex step follows the branch that is taken"

    override this.Call(f, xs) =
        if f.IsSought && xs |> Array.exists (this.Im >> isNull >> not) then
            missing <- "a solver ends when the real parts are near enough"

        f.Run xs

/// <summary>Derivatives by complex steps: f′(x) v = Im f(x + i h v) / h, without a difference that could cancel, exact to rounding.</summary>
[<RequireQualifiedAccess>]
module internal ComplexStep =

    /// So small that its square is nothing beside 1; float64 reaches down to 1e-308.
    let private step = 1e-20

    /// The change of f at x along ds (null: zero), null where there is none; or why it cannot be had so. x holds float64 alone.
    let along (f: 'a -> Tensor[]) (x: 'a) (ds: Tensor[]) : Result<Tensor[], string> =
        let xs = Tree.leaves x
        let level = ComplexInterpreter(Interpreter.NextLevel(), rootOf "checkGrad" x xs)

        try
            let moved = Array.map2 (fun x (d: Tensor) -> level.Make(x, (if isNull d then null else d * step))) xs ds
            let ys = f (Tree.rebuild x moved)

            let slope (y: Tensor) =
                match level.Im y with
                | null -> null
                | im -> im / step

            if level.Missing = "" then Ok(Array.map slope ys) else Error level.Missing
        finally
            level.Closed <- true

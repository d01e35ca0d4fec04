namespace DeepFun

open System
open System.Diagnostics
open System.Globalization
open DeepFun.FSharp

/// A value of a watched computation, with what is known of its elements.
[<Sealed; AllowNullLiteral>]
type internal Watched(interpreter: Interpreter, value: Tensor, hasNaN: bool, hasInfinity: bool) =
    inherit Tensor(interpreter, value.Type)
    member _.Value = value
    member _.HasNaN = hasNaN
    member _.HasInfinity = hasInfinity

/// What can be said about the elements of a tensor.
[<RequireQualifiedAccess>]
module internal Elements =

    /// The concrete values under a tensor: those of all entries under vmap. null where there are none yet.
    let rec data (t: Tensor) : Tensor =
        match t with
        | :? Data -> t
        | :? Dual as d -> data d.Primal
        | :? JetTensor as j -> data j.Coefficients[0]
        | :? Batched as b -> data b.Value
        | :? Watched as w -> data w.Value
        | :? Promised as p -> data ((p.Interpreter :?> Deferred).Force p)
        | :? ComplexTensor as z -> data z.Re
        | _ -> null

    let hasNaN (t: Tensor) = DTypes.IsFloating t.DType && t.Size > 0 && (any (isNaN t)).ToDouble() <> 0.0
    let hasInfinity (t: Tensor) = DTypes.IsFloating t.DType && t.Size > 0 && (any (isInfinite t)).ToDouble() <> 0.0

    let private number (v: float) = v.ToString("G6", CultureInfo.InvariantCulture)

    /// `float32[2, 3] in [-1, 2.5]`
    let range (t: Tensor) : string =
        match data t with
        | null -> string t.Type
        | known ->
            let values = known.ToDoubles()
            let finite = values |> Array.filter Double.IsFinite
            let broken = values.Length - finite.Length
            let span = if finite.Length = 0 then "" else $" in [{number (Array.min finite)}, {number (Array.max finite)}]"
            let also = if broken = 0 then "" else $", {broken} not finite"
            $"{known.Type}{span}{also}"

    /// `float32[2, 3], 2 of 6 not finite, the first at [0, 1]`
    let broken (t: Tensor) : string =
        let known = data t
        let values = known.ToDoubles()
        let first = values |> Array.findIndex (Double.IsFinite >> not)
        let count = values |> Array.filter (Double.IsFinite >> not) |> Array.length
        let at = "[" + String.Join(", ", Format.place known.Shape first) + "]"
        $"{known.Type}, {count} of {values.Length} not finite, the first at {at}"

/// Looks at every result that depends on the argument, and keeps the first that is not finite although its operands were.
[<Sealed>]
type internal WatchInterpreter(level: int64, root: Interpreter, pass: ComputationPass) =
    inherit Interpreter(level, root)
    let gate = obj ()
    let mutable count = 0
    let mutable current = pass
    let mutable found: NonFinite = null

    static let own =
        set [ "DeepFun.Core"; "DeepFun.CSharp"; "DeepFun.Backends"; "DeepFun.Torch"; "FSharp.Core"; "System.Private.CoreLib" ]

    /// The first caller outside of the library. Read only when something was found.
    static let caller () : string =
        let outside (frame: StackFrame) =
            match frame.GetMethod() with
            | null -> None
            | m when isNull m.DeclaringType || own.Contains(m.DeclaringType.Assembly.GetName().Name) -> None
            | m ->
                let line =
                    match frame.GetFileName() with
                    | null -> ""
                    | file -> $" ({IO.Path.GetFileName file}:{frame.GetFileLineNumber()})"

                Some $"{m.DeclaringType.Name}.{m.Name}{line}"

        StackTrace(true).GetFrames() |> Seq.tryPick outside |> Option.defaultValue ""

    let keep (finding: unit -> NonFinite) =
        lock gate (fun () ->
            if isNull found then
                found <- finding ())

    member _.Found = found

    /// Counts and names anew from here.
    member _.Begin(next: ComputationPass) =
        current <- next
        count <- 0

    member this.Make(value: Tensor, hasNaN, hasInfinity) : Tensor = Watched(this, value, hasNaN, hasInfinity)

    member this.Find(x: Tensor) : Watched =
        match x with
        | :? Watched as w when obj.ReferenceEquals(w.Interpreter, this) -> w
        | _ -> null

    member private this.Value(x: Tensor) =
        match this.Find x with
        | null -> x
        | w -> w.Value

    /// What an operand holds; one from outside is looked at here.
    member private this.Known(x: Tensor) : struct (bool * bool) =
        match this.Find x with
        | null ->
            match Elements.data x with
            | null -> struct (false, false)
            | known -> struct (Elements.hasNaN known, Elements.hasInfinity known)
        | w -> struct (w.HasNaN, w.HasInfinity)

    member private this.Watch(prim: Prim, xs: Tensor[], y: Tensor) : Tensor =
        let number = Threading.Interlocked.Increment &count

        match Elements.data y with
        | null -> this.Make(y, false, false)
        | known when isNull found ->
            let hasNaN, hasInfinity = Elements.hasNaN known, Elements.hasInfinity known

            if hasNaN || hasInfinity then
                let operands = xs |> Array.map this.Known
                let anyNaN = operands |> Array.exists (fun struct (n, _) -> n)
                let anyInfinity = operands |> Array.exists (fun struct (_, i) -> i)
                let shown = xs |> Array.map (fun x -> Elements.range (this.Value x))

                let report operation isNaN =
                    keep (fun () -> NonFinite(current, operation, isNaN, number, shown, Elements.broken y, caller ()))

                // An operand that was not watched came with its NaN: nobody has reported it.
                let brought = xs |> Array.tryFindIndex (fun x -> isNull (this.Find x) && (let struct (n, _) = this.Known x in n))

                match brought with
                | Some i when hasNaN -> report $"operand {i + 1} of {Graph.primName prim}, which was captured and already held NaN," true
                | _ when hasNaN && not anyNaN -> report (Graph.primName prim) true
                | _ when hasInfinity && not (anyNaN || anyInfinity) -> report (Graph.primName prim) false
                | _ -> ()

            this.Make(y, hasNaN, hasInfinity)
        | _ -> this.Make(y, false, false)

    override _.Name = "watched"

    override this.Storage x =
        let value = this.Value x
        value.Interpreter.Storage value

    override this.Constant(v, ty, like) =
        let value = this.Value like
        value.Interpreter.Constant(v, ty, value)

    override this.Unary(op, x) = this.Watch(Prim.Unary op, [| x |], Tensor.Bind1(op, this.Value x))
    override this.Binary(op, x, y) = this.Watch(Prim.Binary op, [| x; y |], Tensor.Bind2(op, this.Value x, this.Value y))
    override this.Apply(prim, xs) = this.Watch(prim, xs, Tensor.Bind(prim, Array.map this.Value xs))

    override this.IsKnown x = Graph.isKnown (this.Value x)

    /// Line by line, so that what happens inside of a loop or a rule is seen.
    override this.ApplyMany(block, xs) =
        match block with
        | Block.Scan s -> EvalBlock.unrolled this.Root s xs
        | Block.Checkpoint g -> Graph.run this.Root g xs
        | Block.Custom c -> Graph.run this.Root c.Body xs
        | Block.Switch _
        | Block.While _ -> Errors.abstractValue "a watched computation follows the branch that is taken"

    override _.Call(f, xs) = f.Run xs

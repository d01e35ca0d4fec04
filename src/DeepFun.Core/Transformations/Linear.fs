namespace DeepFun

/// How an operation with many results goes backwards: from the cotangents of its linear results, null where there is none, to those of
/// its operands, null where there is none.
[<Sealed; AllowNullLiteral>]
type internal Pullback(results: int, back: Tensor[] -> Tensor[]) =
    /// How many linear results there are.
    member _.Results = results
    member _.Back(cotangents: Tensor[]) : Tensor[] = back cotangents

/// A tangent that is not known yet: one linear equation and its result, in one object. Four kinds: an input of the tape (nothing set),
/// a primitive (Prim), an operation with many results (Pullback, operands in Many), and one of its results (A is the operation).
[<Sealed; AllowNullLiteral>]
type internal Linear
    (
        tape: Interpreter,
        ty: TensorType,
        id: int,
        index: int,
        prim: Prim,
        a: Linear,
        b: Linear,
        known: Tensor,
        many: Tensor[],
        pullback: Pullback
    ) =
    inherit Tensor(tape, ty)

    new(tape, ty, id, prim, a, b, known, many) = Linear(tape, ty, id, 0, prim, a, b, known, many, null)

    /// Greater than the ids of its operands, on whatever thread.
    member _.Id = id
    /// Which result of an operation with many.
    member _.Index = index
    /// null: not a primitive.
    member _.Prim = prim
    /// The linear operand, or the first of two.
    member _.A = a
    /// The second linear operand (add, sub, select, scatter).
    member _.B = b
    /// The operand that is a value: factor, condition or indices.
    member _.Known = known
    /// The operands of concat and of operations with many results; those that are not linear are zero or values.
    member _.Many = many
    /// The way back of an operation with many results.
    member _.Pullback = pullback

/// Arrays beside flags: the compact form has an entry for each flag that is set, the spread form an entry for each flag.
[<RequireQualifiedAccess>]
module internal Flags =
    let pick (flags: bool[]) (values: 'T[]) : 'T[] =
        [|
            for i in 0 .. flags.Length - 1 do
                if flags[i] then
                    values[i]
        |]

    /// From compact to spread, null where no flag is set.
    let spread (flags: bool[]) (compact: Tensor[]) : Tensor[] =
        let spread: Tensor[] = Array.zeroCreate flags.Length
        let mutable next = 0

        for i in 0 .. flags.Length - 1 do
            if flags[i] then
                spread[i] <- compact[next]
                next <- next + 1

        spread

    let count (flags: bool[]) : int = flags |> Array.sumBy (fun f -> if f then 1 else 0)
    let present (values: Tensor[]) : bool[] = values |> Array.map (isNull >> not)
    let either (a: bool[]) (b: bool[]) : bool[] = Array.map2 (||) a b

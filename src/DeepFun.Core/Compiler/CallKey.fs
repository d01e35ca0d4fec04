namespace DeepFun

open System
open System.Collections.Generic
open DeepFun.FSharp

/// What a compiled graph depends on besides the values of tensors: the marks of the argument (its structure and its values that are no tensors),
/// shapes and dtypes of its leaves, and the backend.
[<Sealed>]
type internal CallKey(marks: obj[], types: TensorType[], root: Interpreter) =
    let hash =
        let mutable h = HashCode()

        for ty in types do
            h.Add(ty.Shape.GetHashCode())
            h.Add(int ty.DType)

        for m in marks do
            h.Add m

        h.ToHashCode()

    /// Whether these, as many, are equal to the key's.
    let hasMarks (others: IReadOnlyList<obj>) =
        let mutable i = 0

        while i < marks.Length && Object.Equals(marks[i], others[i]) do
            i <- i + 1

        i = marks.Length

    /// The structure as text, for messages: set where the function is compiled.
    member val Structure = "" with get, set
    member _.Marks = marks
    member _.Types = types
    member _.Root = root

    /// Whether a call with what a visitor saw, on this backend, has this key.
    member _.Describes(seen: TreeVisitor, on: Interpreter) : bool =
        let mutable same = obj.ReferenceEquals(on, root) && seen.Leaves.Count = types.Length && seen.Marks.Count = marks.Length

        let mutable i = 0

        while same && i < types.Length do
            same <- types[i].Same seen.Leaves[i].Type
            i <- i + 1

        same && hasMarks seen.Marks

    override _.GetHashCode() = hash

    override _.Equals other =
        match other with
        | :? CallKey as o ->
            let mutable same =
                o.GetHashCode() = hash
                && obj.ReferenceEquals(o.Root, root)
                && o.Types.Length = types.Length
                && o.Marks.Length = marks.Length

            let mutable i = 0

            while same && i < types.Length do
                same <- types[i].Same o.Types[i]
                i <- i + 1

            same && hasMarks o.Marks
        | _ -> false

    /// In what another call differs from this one, for messages.
    member k.Difference(x: string[], other: CallKey) : string =
        if other.Structure <> k.Structure then
            $"the structure was {k.Structure} and is {other.Structure}"
        else
            let differing =
                Seq.zip3 x types other.Types
                |> Seq.tryPick (fun (path, a, b) -> if a.Same b then None else Some $"{path} was {a} and is {b}")

            defaultArg differing "a value that is no tensor changed, or the backend"

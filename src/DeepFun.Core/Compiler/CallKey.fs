namespace DeepFun

open System
open DeepFun.FSharp

/// What a compiled graph depends on besides the values of tensors: the structure of the argument, shapes and dtypes of its leaves, its
/// values that are no tensors, and the backend.
[<Sealed>]
type internal CallKey(structure: string, types: TensorType[], constants: obj[], root: Interpreter) =
    let hash =
        let mutable h = HashCode()
        h.Add structure

        for ty in types do
            h.Add(ty.Shape.GetHashCode())
            h.Add ty.DType

        for s in constants do
            h.Add s

        h.ToHashCode()

    member _.Structure = structure
    member _.Types = types
    member _.Constants = constants
    member _.Root = root

    /// The key of a call with this argument, whose leaves are given.
    static member Of(x: 'a, leaves: Tensor[], root: Interpreter) : CallKey =
        let types = leaves |> Array.map _.Type

        match box x with
        | :? Tensor -> CallKey("tensor", types, [||], root)
        | _ -> CallKey(Tree.structure x, types, Tree.constants x, root)

    override _.GetHashCode() = hash

    override _.Equals other =
        match other with
        | :? CallKey as o ->
            o.GetHashCode() = hash
            && obj.ReferenceEquals(o.Root, root)
            && o.Types.Length = types.Length
            && Array.forall2 (fun (a: TensorType) b -> a.Same b) types o.Types
            && o.Structure = structure
            && o.Constants.Length = constants.Length
            && Array.forall2 (fun (a: obj) b -> Object.Equals(a, b)) constants o.Constants
        | _ -> false

    /// In what another call differs from this one, for messages.
    member _.Difference(x: string[], other: CallKey) : string =
        if other.Structure <> structure then
            $"the structure was {structure} and is {other.Structure}"
        else
            let differing =
                Seq.zip3 x types other.Types
                |> Seq.tryPick (fun (path, a, b) -> if a.Same b then None else Some $"{path} was {a} and is {b}")

            defaultArg differing "a value that is no tensor changed, or the backend"

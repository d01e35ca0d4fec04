namespace DeepFun

open System.Collections.Generic

/// Sees the tensors of a tree in order, and between them, as marks, whatever else makes it that tree: names, counts, values that hold no
/// tensors. Trees of one type with equal marks have equal structures.
[<Sealed>]
type internal TreeVisitor() =
    static let nothing = obj ()
    static let tensor = obj ()
    let leaves = List<Tensor>()
    let marks = List<obj>()


    /// Marked too: of two tensors the one that is missing matters.
    member _.Leaf(t: Tensor) =
        if isNull t then
            marks.Add nothing
        else
            marks.Add tensor
            leaves.Add t

    member _.Mark(value: obj) = marks.Add(if isNull value then nothing else value)
    member _.Leaves = leaves.ToArray()
    member _.Marks = marks.ToArray()

/// <summary>A value whose tensors have names: what layers use for parameters and state. Library types implement it; users see <c>Params</c>.</summary>
[<AllowNullLiteral>]
type internal ITree =
    abstract Flatten: path: string * leaf: (string -> Tensor -> unit) -> unit
    abstract Rebuild: next: (unit -> Tensor) -> obj
    abstract Describe: unit -> string

/// A named tree that can be gone through without making up paths.
[<AllowNullLiteral>]
type internal IVisitedTree =
    abstract Visit: visitor: TreeVisitor -> unit

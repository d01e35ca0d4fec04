namespace DeepFun

open System
open System.Collections.Generic

/// Sees the tensors of a tree in order, and between them, as marks, whatever else makes it that tree: names, counts, values that hold no
/// tensors. Trees of one type with equal marks have equal structures.
[<Sealed; AllowNullLiteral>]
type internal TreeVisitor() =
    [<ThreadStatic; DefaultValue>]
    static val mutable private spare: TreeVisitor

    static let nothing = obj ()
    static let tensor = obj ()
    static let next = obj ()
    static let last = obj ()
    static let counts = Array.init 64 box
    let leaves = List<Tensor>()
    let marks = List<obj>()

    /// One that this thread has used before, or a new one; a call of a compiled function shall not leave lists behind.
    static member Rent() : TreeVisitor =
        match TreeVisitor.spare with
        | null -> TreeVisitor()
        | visitor ->
            TreeVisitor.spare <- null
            visitor

    /// Gives it back, empty.
    member this.Return() =
        leaves.Clear()
        marks.Clear()
        TreeVisitor.spare <- this

    /// Marked too: of two tensors the one that is missing matters.
    member _.Leaf(t: Tensor) =
        if isNull t then
            marks.Add nothing
        else
            marks.Add tensor
            leaves.Add t

    member _.Mark(value: obj) = marks.Add(if isNull value then nothing else value)
    member _.Count(n: int) = marks.Add(if n < counts.Length then counts[n] else box n)
    /// Another item of a list whose length is not known yet.
    member _.Next() = marks.Add next
    /// After its last item.
    member _.End() = marks.Add last
    member _.Leaves: IReadOnlyList<Tensor> = leaves
    member _.Marks: IReadOnlyList<obj> = marks

    /// Whether what was seen after so many marks and tensors has the structure of what was seen before.
    member _.IsTwice(firstMarks: int, firstLeaves: int) : bool =
        let mutable same = marks.Count = 2 * firstMarks && leaves.Count = 2 * firstLeaves
        let mutable i = 0

        while same && i < firstMarks do
            same <- Object.Equals(marks[i], marks[firstMarks + i])
            i <- i + 1

        same

    member _.LeafArray = leaves.ToArray()
    member _.MarkArray = marks.ToArray()

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

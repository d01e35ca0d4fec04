namespace DeepFun

open System

/// <summary>
/// What is taken along one axis: one element, whose axis then disappears, or a range. Made from an int, an Index or a Range, so that in C#
/// <c>t[1..^1]</c>, <c>t[^1]</c> and <c>t[0, 2..3]</c> are slices.
/// </summary>
/// <remarks>An int counts from the end where it is negative. A Range's stop is excluded, as everywhere in C#.</remarks>
[<Struct; NoComparison>]
type Slice internal (start: Index, stop: Index, step: int, single: bool) =

    member internal _.Start = start
    member internal _.Stop = stop
    member internal _.Step = step
    member internal _.Single = single

    /// An int that may count from the end.
    static member internal Place(i: int) = if i < 0 then Index(-i, true) else Index i

    static member internal One(i: Index) = Slice(i, i, 1, true)

    /// F#'s bounds, both included; a missing one is the end of the axis.
    static member internal Between(first: int option, last: int option) =
        let start = first |> Option.map Slice.Place |> Option.defaultValue Index.Start

        let stop =
            match last with
            | None -> Index.End
            | Some i when i < 0 -> Index(-i - 1, true)
            | Some i -> Index(i + 1)

        Slice(start, stop, 1, false)

    /// <summary>The whole axis.</summary>
    static member All = Slice(Index.Start, Index.End, 1, false)

    /// <summary>Every step-th element of this range; a negative step begins at the range's last element and goes down.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0126 a step of 0.</exception>
    static member Every(step: int, range: Range) =
        if step = 0 then
            Errors.count "slice" "a step different from 0" step

        Slice(range.Start, range.End, step, false)

    /// <summary>One element; negative from the end. Its axis disappears.</summary>
    static member op_Implicit(index: int) : Slice = Slice.One(Slice.Place index)

    /// <summary>One element. Its axis disappears.</summary>
    static member op_Implicit(index: Index) : Slice = Slice.One index

    /// <summary>The elements of a range, without its stop.</summary>
    static member op_Implicit(range: Range) : Slice = Slice(range.Start, range.End, 1, false)

/// Slices of a tensor as one primitive slice, and the shape that is left.
module internal Slices =

    /// Start, number and step of the elements along an axis.
    let private along (axis: int) (shape: Shape) (s: Slice) =
        let n = shape[axis]
        let first, last = s.Start.GetOffset n, s.Stop.GetOffset n

        if s.Single then
            if first < 0 || first >= n then
                Errors.item (if s.Start.IsFromEnd then -s.Start.Value else first) axis shape

            struct (first, 1, 1)
        else
            if first < 0 || last > n || first > last then
                Errors.range first last axis shape

            let count = last - first

            if s.Step > 0 then struct (first, (count + s.Step - 1) / s.Step, s.Step)
            elif count = 0 then struct (first, 0, 1)
            else struct (last - 1, (count - s.Step - 1) / -s.Step, s.Step)

    /// The move for these slices of the leading axes, and the shape without the axes of single elements.
    let plan (at: Slice[]) (shape: Shape) : struct (Move * Shape) =
        if at.Length > shape.Rank then
            Errors.count "index" $"at most {shape.Rank} places for shape {shape}" at.Length

        let parts = Array.init shape.Rank (fun a -> along a shape (if a < at.Length then at[a] else Slice.All))
        let sizes = parts |> Array.map (fun struct (_, n, _) -> n)

        let kept = sizes |> Array.indexed |> Array.filter (fun (a, _) -> a >= at.Length || not at[a].Single) |> Array.map snd

        let starts = parts |> Array.map (fun struct (s, _, _) -> s)
        let steps = parts |> Array.map (fun struct (_, _, s) -> s)
        struct (Move.Slice(starts, Shape.Adopt sizes, steps), Shape.Adopt kept)

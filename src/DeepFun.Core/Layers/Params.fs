namespace DeepFun

open System
open System.Collections.Generic
open DeepFun.FSharp

/// <summary>
/// A tree of named tensors: a model's parameters, its state, an optimizer's state. Immutable. A leaf is a tensor; a node has named
/// children in order. A path joins names by slashes: <c>"0/weight"</c>.
/// </summary>
[<Sealed; AllowNullLiteral>]
type Params private (leaf: Tensor, names: string[], children: Params[]) =
    static let empty = Params(null, [||], [||])

    /// <summary>The tree without tensors.</summary>
    static member Empty = empty

    /// <summary>One tensor.</summary>
    static member Leaf(value: Tensor) = Params(value, [||], [||])

    /// <summary>Named children, in this order. Names must differ and hold no slash.</summary>
    static member Node(children: IEnumerable<KeyValuePair<string, Params>>) =
        let all = Array.ofSeq children
        let names = all |> Array.map _.Key

        if (Array.distinct names).Length <> names.Length || names |> Array.exists (fun n -> n.Contains '/') then
            Errors.parameterNames names

        Params(null, names, all |> Array.map _.Value)

    /// <summary>Named tensors, in this order.</summary>
    static member Of([<ParamArray>] tensors: struct (string * Tensor)[]) =
        Params.Node(tensors |> Seq.map (fun struct (n, t) -> KeyValuePair(n, Params.Leaf t)))

    /// Named parts, in this order.
    static member internal Named(parts: (string * Params) seq) = Params.Node(parts |> Seq.map KeyValuePair)

    /// <summary>Whether this is one tensor.</summary>
    member _.IsLeaf = not (isNull leaf)

    /// <summary>The tensor of a leaf; null in a node.</summary>
    member _.Value = leaf

    /// <summary>Names of the children.</summary>
    member _.Names: IReadOnlyList<string> = names

    /// <summary>The children, in order.</summary>
    member _.Children: IReadOnlyList<Params> = children

    member private this.Find(path: string) : Params =
        let step (p: Params) (name: string) =
            if isNull p then
                null
            else
                match Array.IndexOf(p.NamesArray, name) with
                | -1 -> null
                | i -> p.Children[i]

        if path = "" then this else path.Split '/' |> Array.fold step this

    member private _.NamesArray = names

    /// <summary>The part of the tree at a path.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0304 there is none.</exception>
    member this.Part(path: string) : Params =
        match this.Find path with
        | null -> Errors.path path (this.Entries |> Seq.map _.Key)
        | p -> p

    /// <summary>The tensor at a path.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0304 there is none.</exception>
    member this.Item
        with get (path: string): Tensor =
            match this.Find path with
            | null -> Errors.path path (this.Entries |> Seq.map _.Key)
            | p when p.IsLeaf -> p.Value
            | _ -> Errors.path path (this.Entries |> Seq.map _.Key)

    /// <summary>Every tensor with its path, in order.</summary>
    member this.Entries: IReadOnlyList<KeyValuePair<string, Tensor>> =
        let found = List<KeyValuePair<string, Tensor>>()
        (this :> ITree).Flatten("", (fun path t -> found.Add(KeyValuePair(path, t))))
        found

    /// <summary>Number of numbers in all tensors.</summary>
    member this.Count: int64 = this.Entries |> Seq.sumBy (fun e -> int64 e.Value.Size)

    /// <summary>The same tree with another tensor at a path.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0304 there is no such path.</exception>
    member this.With(path: string, value: Tensor) : Params =
        this[path] |> ignore
        this.Map(fun p t -> if p = path then value else t)

    /// <summary>The same tree with f path tensor for each tensor.</summary>
    member this.Map(f: string -> Tensor -> Tensor) : Params =
        let rec go path (p: Params) =
            if p.IsLeaf then
                Params.Leaf(f path p.Value)
            else
                let join n = if path = "" then n else path + "/" + n
                p.With(p.ChildrenArray |> Array.mapi (fun i c -> go (join p.Names[i]) c))

        go "" this

    /// <summary>The tensors whose paths have a pattern, with their paths, in order.</summary>
    /// <param name="pattern">
    /// Names between slashes: * stands for any characters of one name, ? for one, ** for any number of names:
    /// <c>"encoder/*/weight"</c>, <c>"**/bias"</c>, <c>"encoder/**"</c>.
    /// </param>
    /// <exception cref="T:DeepFun.DeepFunException">DF0960 no path has it.</exception>
    member this.Matching(pattern: string) : IReadOnlyList<KeyValuePair<string, Tensor>> =
        let like = PathPattern.matches pattern

        let found =
            [|
                for e in this.Entries do
                    if like e.Key then
                        e
            |]

        if found.Length = 0 then
            LayerErrors.pattern "Params.Matching" pattern (this.Entries |> Seq.map _.Key)

        found

    /// <summary>Number of numbers in the tensors whose paths have a pattern.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0960 no path has it.</exception>
    member this.CountOf(pattern: string) : int64 = this.Matching pattern |> Seq.sumBy (fun e -> int64 e.Value.Size)

    /// <summary>The same tree with f path tensor for each tensor whose path has a pattern.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0960 no path has it.</exception>
    member this.MapMatching(pattern: string, f: string -> Tensor -> Tensor) : Params =
        this.Matching pattern |> ignore
        let like = PathPattern.matches pattern
        this.Map(fun path t -> if like path then f path t else t)

    /// <summary>The same tree with another part at a path: pretrained parameters, or those of another place, which are then shared.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0304 there is no such path; DF0961 other names or shapes.</exception>
    member this.Replace(path: string, part: Params) : Params =
        let old = this.Part path
        let described (p: Params) = if p.Entries.Count = 0 then "nothing" else p.ToString().Replace("\n", ", ")

        let same =
            old.IsLeaf = part.IsLeaf
            && old.Entries.Count = part.Entries.Count
            && Seq.forall2
                (fun (a: KeyValuePair<string, Tensor>) (b: KeyValuePair<string, Tensor>) ->
                    a.Key = b.Key && Shape.Same(a.Value.Shape, b.Value.Shape))
                old.Entries
                part.Entries

        if not same then
            LayerErrors.replacement "Params.Replace" (if path = "" then "the root" else path) (described old) (described part)

        let rec go (names: string list) (p: Params) =
            match names with
            | [] -> part
            | name :: rest -> p.With(Array.map2 (fun n c -> if n = name then go rest c else c) p.NamesArray p.ChildrenArray)

        go (if path = "" then [] else List.ofArray (path.Split '/')) this

    /// <summary>
    /// The tensors whose paths have a pattern, and the others, each in a tree of the whole's nodes where empty nodes stand for what is in the
    /// other. <c>Merge</c> puts them together again.
    /// </summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0960 no path has it.</exception>
    member this.Partition(pattern: string) : struct (Params * Params) =
        this.Matching pattern |> ignore
        let like = PathPattern.matches pattern

        let rec go wanted path (p: Params) : Params =
            if p.IsLeaf then
                if like path = wanted then p else Params.Empty
            else
                p.With(Array.map2 (fun n c -> go wanted (if path = "" then n else path + "/" + n) c) p.NamesArray p.ChildrenArray)

        struct (go true "" this, go false "" this)

    /// <summary>Both parts of a partition as one tree.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0961 trees of other nodes; DF0962 a tensor in both.</exception>
    member this.Merge(other: Params) : Params =
        let rec go path (a: Params) (b: Params) : Params =
            let isNothing (p: Params) = not p.IsLeaf && p.Children.Count = 0

            if isNothing a then
                b
            elif isNothing b then
                a
            elif a.IsLeaf && b.IsLeaf then
                LayerErrors.merged path
            elif a.NamesArray <> b.NamesArray then
                LayerErrors.replacement "Params.Merge" (if path = "" then "the root" else path) (a.Describe()) (b.Describe())
            else
                a.With(
                    Array.map3 (fun n c d -> go (if path = "" then n else path + "/" + n) c d) a.NamesArray a.ChildrenArray b.ChildrenArray
                )

        go "" this other

    member private this.Describe() = (this :> ITree).Describe()
    member private _.ChildrenArray = children
    member private _.With(newChildren: Params[]) = Params(null, names, newChildren)

    /// <summary>Paths and types, one a line.</summary>
    override this.ToString() = String.Join("\n", this.Entries |> Seq.map (fun e -> $"{e.Key}: {e.Value.Type}"))

    interface IVisitedTree with
        member _.Visit visitor =
            if isNull leaf then
                visitor.Count children.Length

                for i in 0 .. children.Length - 1 do
                    visitor.Mark names[i]
                    (children[i] :> IVisitedTree).Visit visitor
            else
                visitor.Leaf leaf

    interface ITree with
        member _.Flatten(path, f) =
            if isNull leaf then
                for i in 0 .. children.Length - 1 do
                    let name = if path = "" then names[i] else path + "/" + names[i]
                    (children[i] :> ITree).Flatten(name, f)
            else
                f path leaf

        member this.Rebuild next =
            if isNull leaf then
                // A compiled function does so in every call: no closure, and a part without tensors is its own copy.
                let mutable made: Params[] = null

                for i in 0 .. children.Length - 1 do
                    let child = (children[i] :> ITree).Rebuild next :?> Params

                    if isNull made && not (obj.ReferenceEquals(child, children[i])) then
                        made <- Array.copy children

                    if not (isNull made) then
                        made[i] <- child

                if isNull made then this else this.With made
            else
                Params.Leaf(next ())

        member _.Describe() =
            if isNull leaf then
                "{" + String.Join(", ", Array.map2 (fun n (c: Params) -> n + ": " + (c :> ITree).Describe()) names children) + "}"
            else
                "tensor"

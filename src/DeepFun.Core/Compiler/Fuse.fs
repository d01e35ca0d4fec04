namespace DeepFun

open System
open System.Collections.Generic
open DeepFun.Backends

/// How a value of a group lies in the group's space.
[<RequireQualifiedAccess; Struct>]
type internal Extent =
    /// One value an element.
    | Element
    /// One value a row.
    | Row
    /// A reduction of one row so long that it is cut among threads: complete only when the group is.
    | Cut
    /// The sum over all rows: complete only when the group is.
    | Column

/// A variable that a group reads, and where its axes stand in the group's space.
[<Sealed>]
type internal Read(variable: int, axes: int[]) =
    member _.Variable = variable
    member _.Axes = axes
    override _.GetHashCode() = 31 * variable + axes.Length

    override _.Equals(other: obj) =
        match other with
        | :? Read as o -> o.Variable = variable && axes.AsSpan().SequenceEqual(ReadOnlySpan o.Axes)
        | _ -> false

/// Equations that are computed in one walk over a space of elements; the trailing RowAxes axes are a row (0: no reduction so far).
[<Sealed; AllowNullLiteral>]
type internal Group(dtype: DType, space: Shape) =
    member _.DType = dtype
    member _.Space = space
    member val RowAxes = 0 with get, set
    /// Numbers of equations, ascending.
    member val Members = List<int>() with get
    /// The extent of each result, by variable.
    member val Extents = Dictionary<int, Extent>() with get
    /// What is read from outside, each once for every way of reading it.
    member val Reads = HashSet<Read>() with get
    /// The first member.
    member val First = Int32.MaxValue with get, set
    /// The last member.
    member val Last = -1 with get, set

    member g.Add(i: int) =
        g.Members.Add i
        g.First <- min g.First i
        g.Last <- max g.Last i

/// Joins elementwise equations, the reductions among them and the broadcasts between them into groups, so that what lies between is never
/// stored. A group is computed as one, so an equation may join only if nothing else that it needs needs the group. Covered equations are computed otherwise.
[<Sealed>]
type internal Fusion private (g: Graph, enabled: bool, covered: HashSet<int>, careful: bool) =
    /// Rows from which a reduction is cut among threads.
    static let large = 32768
    static let mostMembers = 96
    let sources = Sources g
    let number = Dictionary<Equation, int>(HashIdentity.Reference)
    let groups: Group[] = Array.zeroCreate g.Equations.Length
    let all = List<Group>()
    // Equations that the search of this number has met.
    let met: int[] = Array.zeroCreate g.Equations.Length
    let open' = Stack<int>()
    let mutable searches = 0

    let groupOf v : Group =
        match sources.Definition v with
        | null -> null
        | e -> groups[number[e]]

    let isFloat (v: int) = Arithmetic.isNative g.Types[v].DType
    let isBool (v: int) = g.Types[v].DType = DType.Bool
    let isNumberOrTruth (dtype: DType) v = g.Types[v].DType = dtype || isBool v

    /// The dtype of the numbers that an equation works on, if a walk can compute it; Bool where it only knows truth.
    let walks (e: Equation) : DType voption =
        let x = if e.Inputs.Length > 0 then e.Inputs[0] else -1
        let ofFirst () = if isFloat x then ValueSome g.Types[x].DType else ValueNone

        match e.Operation with
        | Operation.Block _ -> ValueNone
        | Operation.Prim prim ->
            match prim with
            | Prim.Unary Unary.Not -> ValueSome DType.Bool
            | Prim.Unary _
            | Prim.Compare _ -> ofFirst ()
            | Prim.Binary(Binary.And | Binary.Or | Binary.Xor) -> if isBool x then ValueSome DType.Bool else ValueNone
            | Prim.Binary _ -> ofFirst ()
            | Prim.Select -> if isFloat e.Inputs[1] then ValueSome g.Types[e.Inputs[1]].DType else ValueNone
            | Prim.Cast dtype ->
                if isBool x && Arithmetic.isNative dtype then ValueSome dtype
                elif isFloat x && dtype = DType.Bool then ofFirst ()
                else ValueNone
            | Prim.Reduce(Reduce.Sum _ | Reduce.Product _ | Reduce.Max _ | Reduce.Min _) -> ofFirst ()
            | Prim.Reduce(Reduce.Any _ | Reduce.All _ | Reduce.ArgMax _ | Reduce.ArgMin _)
            | Prim.Along _
            | Prim.Move _
            | Prim.Index _
            | Prim.Contract _
            | Prim.Window _
            | Prim.Generate _
            | Prim.Linalg _
            | Prim.Special _
            | Prim.Sample _
            | Prim.StopGradient -> ValueNone

    let isReduction (e: Equation) =
        match e.Operation with
        | Operation.Prim(Prim.Reduce _) -> true
        | Operation.Prim _
        | Operation.Block _ -> false

    /// The first equation that may need a group: those before are computed before it begins, and with none that comes later.
    let horizon (target: Group) : int =
        let mutable first = target.First
        let mutable moved = true

        while moved do
            moved <- false

            for h in all do
                if h.First < first && h.Last >= first then
                    first <- h.First
                    moved <- true

        first

    /// Whether computing a variable needs a group.
    let needs (target: Group) (start: int seq) : bool =
        let first = if careful then horizon target else Int32.MaxValue
        searches <- searches + 1
        open'.Clear()
        start |> Seq.iter open'.Push

        let meet (i: int) =
            if met[i] <> searches then
                met[i] <- searches
                g.Equations[i].Inputs |> Array.iter open'.Push

        let mutable found = false

        while not found && open'.Count > 0 do
            match sources.Definition(open'.Pop()) with
            | null -> ()
            | e when number[e] < first || met[number[e]] = searches -> ()
            | e ->
                match groups[number[e]] with
                | null -> meet number[e]
                | h when obj.ReferenceEquals(h, target) -> found <- true
                | h -> h.Members.ForEach meet

        found

    /// Where the axes of a shape of this extent stand in the space; −1 for axes of size one.
    let home (space: Shape) (rowAxes: int) (shape: Shape) (extent: Extent) : int[] =
        match extent with
        | Extent.Row -> Sources.Ones(shape, Shape.Create(space.ToArray()[.. space.Rank - rowAxes - 1]))
        | Extent.Element
        | Extent.Cut
        | Extent.Column -> [| 0 .. shape.Rank - 1 |]

    /// What e, with a result of this extent, sees of its operand v; axes are those of the space.
    let seen (space: Shape) (rowAxes: int) (e: Equation) (extent: Extent) (v: int) : Source =
        match sources.Of v with
        | Source.Literal _ as literal -> literal
        | Source.Variable(w, axes) ->
            // A reduction reads elements, whatever it gives.
            let places = home space rowAxes g.Types[v].Shape (if isReduction e then Extent.Element else extent)
            Source.Variable(w, axes |> Array.map (fun a -> if a < 0 then -1 else places[a]))

    /// Whether a value of the group can be read, where its axes go to these axes of the space, by a reader of this extent.
    let readable (group: Group) (rowAxes: int) (v: int) (axes: int[]) (reader: Extent) : bool =
        let shape = g.Types[v].Shape
        let own = home group.Space rowAxes shape group.Extents[v]
        let inPlace () = axes |> Array.indexed |> Array.forall (fun (i, a) -> shape[i] = 1 || a = own[i])

        match group.Extents[v], reader with
        | Extent.Element, Extent.Element -> inPlace ()
        | Extent.Row, (Extent.Element | Extent.Row) -> inPlace ()
        | Extent.Element, (Extent.Row | Extent.Cut | Extent.Column)
        | Extent.Row, (Extent.Cut | Extent.Column)
        | (Extent.Cut | Extent.Column), _ -> false

    /// The extent that an equation's result would have in a group of this space and these row axes; with the row axes it then has.
    let extent (space: Shape) (rowAxes: int) (e: Equation) : struct (Extent * int) voption =
        let result = g.Types[e.Outputs[0]].Shape

        match e.Operation with
        | Operation.Prim(Prim.Reduce(Reduce.Sum axes | Reduce.Product axes | Reduce.Max axes | Reduce.Min axes as op)) ->
            let rank = space.Rank
            let count = axes.Length

            if count = 0 || not (Shape.Same(g.Types[e.Inputs[0]].Shape, space)) then
                ValueNone
            elif axes[0] = rank - count && (rowAxes = 0 || rowAxes = count) then
                let mutable rows = 1

                for axis in 0 .. rank - count - 1 do
                    rows <- rows * space[axis]

                ValueSome(struct ((if rows = 1 && space.Size >= large then Extent.Cut else Extent.Row), count))
            elif op.IsSum && axes[count - 1] = count - 1 && count < rank && (rowAxes = 0 || rowAxes = rank - count) then
                ValueSome(struct (Extent.Column, rank - count))
            else
                ValueNone
        | Operation.Prim _
        | Operation.Block _ ->
            if Shape.Same(result, space) then
                ValueSome(struct (Extent.Element, rowAxes))
            elif rowAxes > 0 && not (isNull (home space rowAxes result Extent.Row)) then
                ValueSome(struct (Extent.Row, rowAxes))
            else
                ValueNone

    /// Whether a loop may read as much.
    let isNarrow (reads: HashSet<Read>) = reads.Count <= FusedLoop.MostInputs

    /// What e, with a result of this extent, reads from outside of the group.
    let outside (group: Group) (rowAxes: int) (e: Equation) (extent: Extent) : Read[] =
        e.Inputs
        |> Array.choose (fun v ->
            match seen group.Space rowAxes e extent v with
            | Source.Variable(w, axes) when not (group.Extents.ContainsKey w) -> Some(Read(w, axes))
            | Source.Variable _
            | Source.Literal _ -> None)

    /// Whether e's operands can be read in the group, and nothing else that e needs needs the group.
    let fits (group: Group) (rowAxes: int) (e: Equation) (extent: Extent) : bool =
        let reader = if isReduction e then Extent.Element else extent
        let outside = outside group rowAxes e extent

        let readable v =
            match seen group.Space rowAxes e extent v with
            | Source.Variable(w, axes) when group.Extents.ContainsKey w -> readable group rowAxes w axes reader
            | Source.Variable(w, _) -> isNumberOrTruth group.DType w
            | Source.Literal _ -> true

        e.Inputs |> Array.forall readable
        && (let reads = HashSet<Read> group.Reads
            reads.UnionWith outside
            isNarrow reads)
        && not (needs group (outside |> Array.map _.Variable))

    /// Whether two groups may become one.
    let merges (a: Group) (b: Group) : bool =
        a.DType = b.DType
        && Shape.Same(a.Space, b.Space)
        && (a.RowAxes = b.RowAxes || a.RowAxes = 0 || b.RowAxes = 0)
        && a.Members.Count + b.Members.Count <= mostMembers
        && (let reads = HashSet<Read> a.Reads
            reads.UnionWith b.Reads
            reads.RemoveWhere(fun read -> a.Extents.ContainsKey read.Variable || b.Extents.ContainsKey read.Variable) |> ignore
            isNarrow reads)
        && (let outside (x: Group) (y: Group) =
                let isOutside v = let h = groupOf v in not (obj.ReferenceEquals(h, x) || obj.ReferenceEquals(h, y))
                x.Members.ToArray() |> Array.collect (fun m -> g.Equations[m].Inputs) |> Array.filter isOutside
            // Values of one that the other reads must be readable there.
            let crossing (x: Group) (y: Group) =
                let rowAxes = max x.RowAxes y.RowAxes

                x.Members.TrueForAll(fun m ->
                    let e = g.Equations[m]
                    let extent = x.Extents[e.Outputs[0]]
                    let reader = if isReduction e then Extent.Element else extent

                    e.Inputs
                    |> Array.forall (fun v ->
                        match seen x.Space rowAxes e extent v with
                        | Source.Variable(w, axes) when obj.ReferenceEquals(groupOf w, y) -> readable y rowAxes w axes reader
                        | Source.Variable _
                        | Source.Literal _ -> true))

            crossing a b && crossing b a && not (needs b (outside a b)) && not (needs a (outside b a)))

    let absorb (into: Group) (other: Group) =
        into.RowAxes <- max into.RowAxes other.RowAxes

        for m in other.Members do
            into.Add m
            groups[m] <- into

        into.Members.Sort()

        for entry in other.Extents do
            into.Extents[entry.Key] <- entry.Value

        into.Reads.UnionWith other.Reads
        into.Reads.RemoveWhere(fun read -> into.Extents.ContainsKey read.Variable) |> ignore

    let join (group: Group) (i: int) (extent: Extent) (rowAxes: int) =
        group.Add i
        group.Reads.UnionWith(outside group rowAxes g.Equations[i] extent)
        group.Extents[g.Equations[i].Outputs[0]] <- extent
        group.RowAxes <- rowAxes
        groups[i] <- group

    let place (i: int) (e: Equation) (dtype: DType) =
        let candidates =
            e.Inputs
            |> Array.choose (fun v ->
                match sources.Of v with
                | Source.Variable(w, _) -> Option.ofObj (groupOf w)
                | Source.Literal _ -> None)
            |> Array.distinct
            |> Array.sortByDescending _.First

        let tryJoin (group: Group) =
            if (dtype = DType.Bool || dtype = group.DType) && group.Members.Count < mostMembers then
                match extent group.Space group.RowAxes e with
                | ValueSome(struct (ext, rowAxes)) when fits group rowAxes e ext ->
                    join group i ext rowAxes
                    true
                | _ -> false
            else
                false

        // First those whose values e reads are made one, as far as they can be.
        for a in candidates do
            for b in candidates do
                if
                    not (obj.ReferenceEquals(a, b))
                    && a.Members.Count > 0
                    && b.Members.Count > 0
                    && obj.ReferenceEquals(groups[a.First], a)
                    && obj.ReferenceEquals(groups[b.First], b)
                    && merges a b
                then
                    absorb a b
                    b.Members.Clear()
                    all.Remove b |> ignore

        let joined = candidates |> Array.filter (fun c -> c.Members.Count > 0) |> Array.exists tryJoin

        if not joined && dtype <> DType.Bool then
            let space =
                match e.Operation with
                | Operation.Prim(Prim.Reduce _) -> g.Types[e.Inputs[0]].Shape
                | Operation.Prim _
                | Operation.Block _ -> g.Types[e.Outputs[0]].Shape

            match extent space 0 e with
            | ValueSome(struct (ext, rowAxes)) ->
                let group = Group(dtype, space)

                if e.Inputs |> Array.forall (isNumberOrTruth dtype) then
                    all.Add group
                    join group i ext rowAxes
            | ValueNone -> ()

    do
        g.Equations |> Array.iteri (fun i e -> number[e] <- i)

        for i in 0 .. (if enabled then g.Equations.Length - 1 else -1) do
            match walks g.Equations[i] with
            | ValueSome _ when covered.Contains i -> ()
            | ValueSome dtype -> place i g.Equations[i] dtype
            | ValueNone -> ()

    new(g, enabled, covered) = Fusion(g, enabled, covered, true)

    /// Without asking whether a group then needs itself: to see what becomes of those.
    static member Careless(g: Graph, covered: HashSet<int>) : Fusion = Fusion(g, true, covered, false)

    /// The group of an equation; null where there is none.
    member _.Group(e: Equation) : Group = groups[number[e]]

    /// The number of the first equation that is computed together with e.
    member this.First(e: Equation) : int =
        match this.Group e with
        | null -> number[e]
        | group -> group.First

    member _.Sources = sources

    /// Whether there are no groups.
    member _.IsEmpty = all.Count = 0

    /// What a member of a group sees of its operand v; axes are those of the group's space.
    member _.Seen(group: Group, e: Equation, v: int) : Source = seen group.Space group.RowAxes e group.Extents[e.Outputs[0]] v

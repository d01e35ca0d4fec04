namespace DeepFun

open System
open System.Collections.Generic
open DeepFun.Backends
open DeepFun.Backends.Cpu
open DeepFun.Backends.Cpu.Movement

/// Where a result is written that is laid out for its readers: a part of a block, by strides in elements.
[<Sealed; AllowNullLiteral>]
type internal Place(block: int, strides: int[], offset: int, copied: int[]) =
    /// The number of the block.
    member _.Block = block
    member _.Strides = strides
    member _.Offset = offset
    /// Of a concatenation the operands that do not lie where they belong, and so are copied there.
    member _.Copied = copied

/// Memory that results are written into, and where; null for those that lie as the backend likes it.
[<NoComparison; ReferenceEquality>]
type internal Layouts = { Blocks: TensorType[]; Places: Place[] }

/// What the choice of layouts knows of a step: the primitive that it is by itself, or the loop, which is null where it is none.
[<NoComparison; ReferenceEquality>]
type internal LaidStep = { Prim: Prim voption; Loop: FusedLoop; Inputs: int[]; Outputs: int[] }

/// Gives results of matrix products and concatenations the order in memory in which they are read, so that a reshape of a permuted value is a
/// view, and what is joined is made where it belongs. A layout is taken if all readers together copy less. Strides null are those of row-major order.
[<Sealed>]
type internal LayoutChoice(g: Graph, steps: LaidStep[]) =
    static let bytesOf (ty: TensorType) : int64 = int64 ty.Shape.Size * int64 (DTypes.Size ty.DType)

    static let isView (prim: Prim) =
        match prim with
        | Prim.Move(Move.Reshape _ | Move.Permute _ | Move.Broadcast _ | Move.Slice _)
        | Prim.StopGradient -> true
        | _ -> false

    /// Elements along which a loop can run as along a whole row.
    static let longRun = 32
    let maker: int[] = Array.create g.Types.Length -1
    let readers: List<int>[] = Array.zeroCreate g.Types.Length
    let results = HashSet<int> g.Outputs
    let strides: int[][] = Array.zeroCreate g.Types.Length
    let places: Place[] = Array.zeroCreate g.Types.Length
    let blocks = List<TensorType>()

    let dims (v: int) : int[] = g.Types[v].Shape.Dims
    let bytes (v: int) : int64 = bytesOf g.Types[v]
    let explicit (v: int) (s: int[]) : int[] = if isNull s then CpuStorage.RowMajor(dims v) else s

    /// The strides of a view of x, laid out so, if that is what a primitive gives.
    let viewed (prim: Prim) (x: int) (s: int[]) (y: int) : int[] voption =
        match prim with
        | Prim.Move move -> View.strides move g.Types[x].Shape (explicit x s)
        | Prim.StopGradient -> ValueSome(explicit x s)
        | _ -> ValueNone
        |> ValueOption.map (fun found -> ViewStrides.Normalize(dims y, found))

    let isReshape (prim: Prim) =
        match prim with
        | Prim.Move(Move.Reshape _) -> true
        | _ -> false

    /// What a loop copies, or loses by short runs, reading an operand that lies so.
    let loopCopies (loop: FusedLoop) (k: int) (v: int) (s: int[]) : int64 =
        let space = loop.Space.Dims
        let along: int[] = Array.zeroCreate space.Length
        let axes = loop.Inputs[k].Axes
        let own = explicit v s

        dims v
        |> Array.iteri (fun i n ->
            if n <> 1 then
                along[if isNull axes then i else axes[i]] <- own[i])

        let wide = [| 0 .. space.Length - 1 |] |> Array.filter (fun axis -> space[axis] <> 1)
        let row = wide |> Array.filter (fun axis -> axis >= space.Length - loop.RowAxes)

        /// How many elements of the last axes follow each other.
        let run (axes: int[]) =
            let mutable length = 1

            for axis in Array.rev axes do
                if along[axis] = length then
                    length <- length * space[axis]

            length

        if isNull s || wide.Length = 0 then 0L
        elif row |> Array.forall (fun axis -> along[axis] = 0) && along[wide[wide.Length - 1]] = 0 then 0L
        elif row.Length > 0 && run row <> Array.fold (fun n axis -> n * space[axis]) 1 row then bytes v
        else bytes v * int64 longRun / int64 (max longRun (run wide))

    /// Bytes that a step copies to read what lies so.
    let copies (lies: int -> int[]) (place: int -> Place) (i: int) : int64 =
        let step = steps[i]
        let other () = step.Inputs |> Array.sumBy (fun v -> if isNull (lies v) then 0L else bytes v)

        match step.Prim with
        | ValueNone when isNull step.Loop -> other ()
        | ValueNone -> step.Inputs |> Array.mapi (fun k v -> loopCopies step.Loop k v (lies v)) |> Array.sum
        | ValueSome prim ->
            let y = step.Outputs[0]

            match prim with
            | Prim.Move(Move.Concat _) ->
                match place y with
                | null -> step.Inputs |> Array.sumBy bytes
                | place -> place.Copied |> Array.sumBy (fun k -> bytes step.Inputs[k])
            | Prim.Contract Contract.MatMul ->
                step.Inputs
                |> Array.sumBy (fun v ->
                    match lies v with
                    | null -> 0L
                    | s ->
                        let last = s.Length - 1
                        let isDense axis = s[axis] = 1 || (dims v)[axis] = 1
                        if isDense last || isDense (last - 1) then 0L else bytes v)
            | _ when isReshape prim -> if (viewed prim step.Inputs[0] (lies step.Inputs[0]) y).IsNone then bytes y else 0L
            | _ when isView prim -> 0L
            | _ -> other ()

    /// Whether a result may leave as it then lies: the whole of a block, in row-major order.
    let mayLeave (v: int) (block: int) (s: int[]) = isNull s && bytes v = bytesOf blocks[block]

    /// Finds a place for v, and for what it is a view of or joined from, in a block. False where it cannot be made there.
    let rec put (trial: Dictionary<int, Place>) (block: int) (v: int) (s: int[]) (offset: int) : bool =
        let i = maker[v]

        if
            i < 0
            || not (isNull places[v])
            || trial.ContainsKey v
            || (results.Contains v && not (mayLeave v block (ViewStrides.Normalize(dims v, s))))
        then
            false
        else
            let x = if steps[i].Inputs.Length > 0 then steps[i].Inputs[0] else -1

            match steps[i].Prim with
            | ValueSome(Prim.Move(Move.Permute axes)) ->
                let back: int[] = Array.zeroCreate axes.Length
                axes |> Array.iteri (fun axis from -> back[from] <- s[axis])
                put trial block x back offset
            | ValueSome(Prim.Move(Move.Reshape _)) ->
                match View.strides (Move.Reshape g.Types[x].Shape) g.Types[v].Shape s with
                | ValueNone -> false
                | ValueSome back -> put trial block x back offset
            | ValueSome Prim.StopGradient -> put trial block x s offset
            | ValueSome(Prim.Move(Move.Concat axis)) ->
                let mutable at = offset

                let copied =
                    steps[i].Inputs
                    |> Array.mapi (fun k part ->
                        let isMade = put trial block part s at
                        at <- at + (dims part)[axis] * s[axis]
                        struct (k, isMade))
                    |> Array.filter (fun (struct (_, isMade)) -> not isMade)
                    |> Array.map (fun (struct (k, _)) -> k)

                trial[v] <- Place(block, s, offset, copied)
                true
            | ValueSome(Prim.Contract Contract.MatMul) when s[s.Length - 1] = 1 || s[s.Length - 2] = 1 ->
                trial[v] <- Place(block, s, offset, [||])
                true
            | ValueSome _
            | ValueNone -> false

    /// How the values lie that are placed, and all views of them.
    let after (trial: Dictionary<int, Place>) (block: int) : Dictionary<int, int[]> voption =
        let lies = Dictionary<int, int[]>()
        let waiting = SortedSet<int>()
        let mutable mayBe = true

        let lay v s =
            lies[v] <- s
            mayBe <- mayBe && (not (results.Contains v) || mayLeave v block s)

            for i in readers[v] do
                match steps[i].Prim with
                | ValueSome prim when isView prim -> waiting.Add i |> ignore
                | _ -> ()

        for entry in trial do
            lay entry.Key (ViewStrides.Normalize(dims entry.Key, entry.Value.Strides))

        while mayBe && waiting.Count > 0 do
            let i = waiting.Min
            waiting.Remove i |> ignore
            let x, y = steps[i].Inputs[0], steps[i].Outputs[0]

            match viewed steps[i].Prim.Value x lies[x] y with
            | ValueSome s -> lay y s
            // A copy is row-major, as it was before if it was one.
            | ValueNone ->
                if not (isNull strides[y]) then
                    lay y null

        if mayBe then ValueSome lies else ValueNone

    /// Takes the layout in which v lies in row-major order, if less is copied then.
    let tryLay (v: int) =
        let trial = Dictionary<int, Place>()
        let block = blocks.Count
        blocks.Add g.Types[v]

        let isBetter =
            put trial block v (CpuStorage.RowMajor(dims v)) 0
            && (match after trial block with
                | ValueNone -> false
                | ValueSome lies ->
                    let place u =
                        match trial.TryGetValue u with
                        | true, place -> place
                        | _ -> places[u]

                    let lain u =
                        match lies.TryGetValue u with
                        | true, s -> s
                        | _ -> strides[u]

                    let touched = HashSet<int>()

                    for entry in lies do
                        touched.UnionWith readers[entry.Key]

                    let saved = touched |> Seq.sumBy (fun i -> copies (fun u -> strides[u]) (fun u -> places[u]) i - copies lain place i)

                    if saved > 0L then
                        for entry in trial do
                            places[entry.Key] <- entry.Value

                        for entry in lies do
                            strides[entry.Key] <- entry.Value

                    saved > 0L)

        if not isBetter then
            blocks.RemoveAt block

    do
        for v in 0 .. readers.Length - 1 do
            readers[v] <- List<int>()

        steps
        |> Array.iteri (fun i step ->
            for v in step.Outputs do
                maker[v] <- i

            for v in Array.distinct step.Inputs do
                readers[v].Add i

            match step.Prim with
            | ValueSome prim when isView prim && g.Types[step.Outputs[0]].Shape.Size > 0 ->
                match viewed prim step.Inputs[0] strides[step.Inputs[0]] step.Outputs[0] with
                | ValueSome s -> strides[step.Outputs[0]] <- s
                | ValueNone -> ()
            | _ -> ())

        for i in 0 .. steps.Length - 1 do
            match steps[i].Prim with
            | ValueSome prim when isReshape prim && copies (fun v -> strides[v]) (fun v -> places[v]) i > 0L -> tryLay steps[i].Inputs[0]
            | _ -> ()

        for i in 0 .. steps.Length - 1 do
            match steps[i].Prim with
            | ValueSome(Prim.Move(Move.Concat _)) when isNull places[steps[i].Outputs[0]] && bytes steps[i].Outputs[0] > 0L ->
                tryLay steps[i].Outputs[0]
            | _ -> ()

    /// What was chosen.
    member _.Layouts: Layouts = { Blocks = blocks.ToArray(); Places = places }

/// Layouts of a plan's results.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal Layouts =

    let none (g: Graph) : Layouts = { Blocks = [||]; Places = Array.zeroCreate g.Types.Length }

    let choose (g: Graph) (steps: LaidStep[]) : Layouts =
        if
            steps
            |> Array.exists (fun step ->
                match step.Prim with
                | ValueSome(Prim.Move(Move.Reshape _ | Move.Concat _)) -> true
                | _ -> false)
        then
            LayoutChoice(g, steps).Layouts
        else
            none g

    /// How a placed result lies: the order of its axes in memory, if it is not row-major, and of which block it is a part.
    let describe (layouts: Layouts) (g: Graph) (v: int) : string =
        match layouts.Places[v] with
        | null -> ""
        | place ->
            let shape = g.Types[v].Shape
            let order = [| 0 .. shape.Rank - 1 |] |> Array.sortBy (fun axis -> struct (-place.Strides[axis], axis))
            let text = String.Join(", ", order)
            let isPart = shape.Size < layouts.Blocks[place.Block].Shape.Size

            (if order = [| 0 .. shape.Rank - 1 |] then "" else $" laid out by axes [{text}]")
            + (if isPart then $" in block {place.Block}" else "")

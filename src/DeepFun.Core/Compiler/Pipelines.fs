namespace DeepFun

open System.Collections.Generic
open System.Collections.Immutable
open DeepFun.Backends

/// A step that is to be a stage, and what it reads: values of the pipeline by their number, others by −1 − theirs.
[<NoComparison; ReferenceEquality>]
type private GrowingStage = { Step: Step; Operands: RowOperand[] }

/// A row pipeline as it grows: the stages so far, and what each variable that it gives is.
[<Sealed>]
type private Growing(g: Graph, isApart: int -> bool, parts: int, dtype: DType) =
    static let mostStages = 24
    // Multiply-adds of all products. Beyond, threads wait for each other seldom enough, and the order of the steps decides what caches hold.
    static let mostWork = 16_000_000L
    // A product of few rows, or of a right operand that is larger than a near cache, is shared out by columns; a long sum along itself.
    static let leastRows = 64
    static let nearRight = 262_144
    static let smallWork = 400_000L
    static let longDepth = 4096
    let views = Dictionary<int, View>()
    let stages = List<GrowingStage>()
    let inputs = List<int>()
    let given = List<int>()
    let mutable work = 0L

    let shape v = g.Types[v].Shape

    let operand (v: int) : RowOperand =
        match views.TryGetValue v with
        | true, view -> RowOperand(given.IndexOf view.Root, view.Shape, view.Strides, view.Offset)
        | _ ->
            if not (inputs.Contains v) then
                inputs.Add v

            RowOperand(-1 - inputs.IndexOf v, shape v, null, 0)

    let add (step: Step) =
        stages.Add { Step = step; Operands = step.Inputs |> Array.map operand }

        for v in step.Outputs do
            given.Add v

    /// A loop's operand: its own share for each part, and whole rows.
    let fits (loop: FusedLoop) (leading: int) (axes: int[]) (view: View) =
        let rank = loop.Space.Rank
        let axes = if isNull axes then [| 0 .. rank - 1 |] else axes
        let strides: int[] = Array.zeroCreate rank

        for i in 0 .. view.Shape.Rank - 1 do
            if view.Shape[i] <> 1 then
                strides[axes[i]] <- view.Strides[i]

        let long = [| 0 .. rank - 1 |] |> Array.filter (fun a -> loop.Space[a] <> 1)

        let row =
            if loop.HasRows then
                long |> Array.filter (fun a -> a >= rank - loop.RowAxes)
            else
                Array.skip (max 0 (long.Length - 1)) long

        let isRepeated = row |> Array.forall (fun a -> strides[a] = 0)

        let isDense =
            let mutable step = 1

            row
            |> Array.rev
            |> Array.forall (fun a ->
                let same = strides[a] = step
                step <- step * loop.Space[a]
                same)

        View.isByPart parts loop.Space leading axes view && (isRepeated || isDense)

    let addsLoop (step: Step) (loop: FusedLoop) (stepInputs: int[]) (outputs: int[]) =
        let leading = View.leading parts loop.Space

        if
            loop.DType = dtype
            && loop.Space.Size > 0
            && leading >= 0
            && leading <= loop.Space.Rank - (if loop.HasRows then loop.RowAxes else 1)
            && (stepInputs, [| 0 .. stepInputs.Length - 1 |])
               ||> Array.forall2 (fun v i ->
                   match views.TryGetValue v with
                   | true, view -> fits loop leading loop.Inputs[i].Axes view
                   | _ -> true)
        then
            add step

            for o in 0 .. outputs.Length - 1 do
                if loop.Outputs[o].Place <> FusedPlace.Column then
                    views[outputs[o]] <- View.root outputs[o] (shape outputs[o])

            true
        else
            false

    let addsProduct (step: Step) (x: int) (y: int) (output: int) =
        let result = shape output
        let rank = result.Rank
        let m, n, k = result[rank - 2], result[rank - 1], (shape x)[rank - 1]
        let total = int64 result.Size * int64 k
        let leading = View.leading parts result

        let isByPart v =
            match views.TryGetValue v with
            | true, view -> View.isByPart parts view.Shape leading [| 0 .. rank - 1 |] view
            | _ -> true

        let suits =
            if rank = 2 then
                leading = 1
                && not (views.ContainsKey y)
                && isByPart x
                && (total < smallWork || (m >= leastRows && k * n <= nearRight && k < longDepth))
            else
                leading >= 0 && leading <= rank - 2 && isByPart x && isByPart y

        if g.Types[output].DType = dtype && not (isApart output) && total > 0L && work + total <= mostWork && suits then
            add step
            work <- work + total
            views[output] <- View.root output result
            true
        else
            false

    /// Whether a variable is given by part.
    member _.Knows(v: int) = views.ContainsKey v

    member _.Reads(step: Step) = step.Inputs |> Array.exists views.ContainsKey

    /// Takes a step as the next stage, if it can be one.
    member _.Adds(step: Step) : bool =
        stages.Count < mostStages
        && (match step with
            | Step.Call(Prim.Contract Contract.MatMul, inputs, output) -> addsProduct step inputs[0] inputs[1] output
            | Step.Loop(_, loop, inputs, outputs) -> addsLoop step loop inputs outputs
            | Step.Call _
            | Step.Rows _
            | Step.Convolution _
            | Step.Block _ -> false)

    /// Sees through a step that gives a view of what the pipeline gives.
    member _.Sees(step: Step) : bool =
        match step with
        | Step.Call(Prim.Move move, [| x |], output) when views.ContainsKey x ->
            match View.move move views[x] with
            | ValueSome view ->
                views[output] <- view
                true
            | ValueNone -> false
        | Step.Call _
        | Step.Loop _
        | Step.Rows _
        | Step.Convolution _
        | Step.Block _ -> false

    /// Whether it is worth a step of its own: a product, and something before or after it.
    member _.IsWorthIt =
        stages.Count > 1
        && stages.Exists(fun stage ->
            match stage.Step with
            | Step.Call _ -> true
            | Step.Loop _
            | Step.Rows _
            | Step.Convolution _
            | Step.Block _ -> false)

    member _.Stages: Step[] = stages.ToArray() |> Array.map _.Step

    /// The step, which gives those variables of its own that are needed; null where the backend has nothing better than the stages.
    member _.Step(backend: IBackend, isNeeded: int -> bool) : Step voption =
        let place (o: RowOperand) = RowOperand((if o.Value < 0 then -1 - o.Value else inputs.Count + o.Value), o.Shape, o.Strides, o.Offset)

        let stage (s: GrowingStage) : RowStage =
            let operands = s.Operands |> Array.map place |> ImmutableArray.CreateRange

            match s.Step with
            | Step.Loop(_, loop, _, _) -> RowLoop(loop, operands)
            | Step.Call _
            | Step.Rows _
            | Step.Convolution _
            | Step.Block _ -> RowProduct(shape s.Step.Outputs[0], operands)

        let results = [| 0 .. given.Count - 1 |] |> Array.filter (fun i -> isNeeded given[i])

        let pipeline =
            RowPipeline(
                dtype,
                parts,
                inputs.Count,
                stages.ToArray() |> Array.map stage |> ImmutableArray.CreateRange,
                results |> Array.map (fun i -> inputs.Count + i) |> ImmutableArray.CreateRange
            )

        match backend.Compile pipeline with
        | null -> ValueNone
        | kernel -> ValueSome(Step.Rows(kernel, pipeline, inputs.ToArray(), results |> Array.map (fun i -> given[i])))

/// Joins matrix products with the loops and products around them that can be computed part by part, a layer's input row by row or a batch example by
/// example, into steps of their own.
[<RequireQualifiedAccess>]
module internal Pipelines =

    // Steps that the search for stages looks at, and those in which a loop's product must be found.
    let private window = 96
    let private near = 12
    let private leastParts = 4

    let private isProduct (step: Step) =
        match step with
        | Step.Call(Prim.Contract Contract.MatMul, _, _) -> true
        | Step.Call _
        | Step.Loop _
        | Step.Rows _
        | Step.Convolution _
        | Step.Block _ -> false

    /// Parts of a product: its rows, or the matrices of a batch.
    let private partsOf (g: Graph) (step: Step) =
        let shape = g.Types[step.Outputs[0]].Shape

        if shape.Size = 0 then 0
        elif shape.Rank = 2 then shape[0]
        else shape.Size / (shape[shape.Rank - 1] * shape[shape.Rank - 2])

    /// The product that a loop's results reach next, through views.
    let private productAfter (loop: Step) (rest: Step list) : Step option =
        let reached = HashSet<int> loop.Outputs

        let rec find count (rest: Step list) =
            match rest with
            | step :: next when count < near ->
                match step with
                | Step.Call(Prim.Move _, [| x |], output) ->
                    if reached.Contains x then
                        reached.Add output |> ignore

                    find (count + 1) next
                | _ when isProduct step && reached.Contains step.Inputs[0] -> Some step
                | _ -> find (count + 1) next
            | _ -> None

        find 0 rest

    /// The product of which a step begins a pipeline.
    let private leader (step: Step) (rest: Step list) : Step option =
        match step with
        | Step.Loop _ -> productAfter step rest
        | Step.Call _
        | Step.Rows _
        | Step.Convolution _
        | Step.Block _ -> if isProduct step then Some step else None

    /// What a pipeline that has begun leaves of the steps after it: those that come before it, those that come after it, and those out of sight.
    let private grow (growing: Growing) (first: Step) (rest: Step list) : Step list * Step list * Step list =
        let early = List<Step>()
        let late = List<Step>()
        let after = HashSet<int>()

        let put (step: Step) =
            late.Add step
            after.UnionWith step.Outputs

        // Sums down columns are there when the pipeline is done.
        let joined (step: Step) = step.Outputs |> Array.filter (fun v -> not (growing.Knows v)) |> after.UnionWith

        let rec go count (rest: Step list) =
            match rest with
            | step :: next when count < window ->
                if step.Inputs |> Array.exists after.Contains then put step
                elif not (growing.Reads step) then early.Add step
                elif growing.Sees step then late.Add step
                elif growing.Adds step then joined step
                else put step

                go (count + 1) next
            | _ -> rest

        joined first
        let rest = go 0 rest
        List.ofSeq early, List.ofSeq late, rest

    /// What a pipeline would change in how many steps read each variable: its stages do not any more, nor the views that only they read.
    let private changes (readers: int[]) (stages: Step[]) (late: Step list) : Dictionary<int, int> * Step list =
        let change = Dictionary<int, int>()

        let without (step: Step) =
            for v in Array.distinct step.Inputs do
                change[v] <- change.GetValueOrDefault v - 1

        stages |> Array.iter without

        let kept =
            List.foldBack
                (fun (step: Step) kept ->
                    match step with
                    | Step.Call(Prim.Move _, _, output) when readers[output] + change.GetValueOrDefault output = 0 ->
                        without step
                        kept
                    | _ -> step :: kept)
                late
                []

        change, kept

    // A product of fewer rows or columns is one of a matrix and a few vectors, which the whole batch does better.
    let private leastSide = 4

    /// The products that stay by themselves: those that are placed for their readers, and batches that share a matrix, which are one product.
    let private apart (g: Graph) (isPlaced: int -> bool) (steps: Step[]) : HashSet<int> =
        let repeated = HashSet<int>()
        let found = HashSet<int>()

        for step in steps do
            match step with
            | Step.Call(Prim.Move(Move.Broadcast _), _, output) -> repeated.Add output |> ignore
            | Step.Call(Prim.Move _, inputs, output) ->
                if Array.exists repeated.Contains inputs then
                    repeated.Add output |> ignore
            | Step.Call(Prim.Contract Contract.MatMul, inputs, output) ->
                let shape = g.Types[output].Shape
                let isFew = min shape[shape.Rank - 1] shape[shape.Rank - 2] < leastSide

                if isPlaced output || (shape.Rank > 2 && (isFew || Array.exists repeated.Contains inputs)) then
                    found.Add output |> ignore
            | Step.Call _
            | Step.Loop _
            | Step.Rows _
            | Step.Convolution _
            | Step.Block _ -> ()

        found

    /// The steps of a graph, some of them joined. What is placed for its readers stays by itself.
    let run (backend: IBackend) (g: Graph) (isPlaced: int -> bool) (steps: Step[]) : Step[] =
        let made = List<Step>()
        let apart = apart g isPlaced steps
        let readers: int[] = Array.zeroCreate g.Types.Length
        let count (by: int) (v: int) = readers[v] <- readers[v] + by

        for step in steps do
            step.Inputs |> Array.distinct |> Array.iter (count 1)

        g.Outputs |> Array.iter (count 1)

        let start (step: Step) (rest: Step list) : struct (Step list * Step * Step list) voption =
            match leader step rest with
            | Some product when DTypes.IsFloating g.Types[product.Outputs[0]].DType && partsOf g product >= leastParts ->
                let growing = Growing(g, apart.Contains, partsOf g product, g.Types[product.Outputs[0]].DType)

                if not (growing.Adds step) then
                    ValueNone
                else
                    let early, late, rest = grow growing step rest

                    if not growing.IsWorthIt then
                        ValueNone
                    else
                        let change, late = changes readers growing.Stages late

                        match growing.Step(backend, (fun v -> readers[v] + change.GetValueOrDefault v > 0)) with
                        | ValueSome joined ->
                            for entry in change do
                                count entry.Value entry.Key

                            joined.Inputs |> Array.iter (count 1)
                            ValueSome(struct (early, joined, List.append late rest))
                        | ValueNone -> ValueNone
            | Some _
            | None -> ValueNone

        let rec go (steps: Step list) =
            match steps with
            | [] -> ()
            | step :: rest ->
                match start step rest with
                | ValueSome(struct (early, joined, late)) ->
                    go early
                    made.Add joined
                    go late
                | ValueNone ->
                    made.Add step
                    go rest

        go (List.ofArray steps)
        made.ToArray()

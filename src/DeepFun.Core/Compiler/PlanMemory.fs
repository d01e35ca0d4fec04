/// The most memory that a run of a plan holds at once, by the lifetimes in the plan: what Executable does, with sizes in place of memory.
module internal DeepFun.PlanMemory

open System.Collections.Generic

/// Memory that the run took, and how many variables hold it. The caller's memory is null.
[<Sealed; AllowNullLiteral>]
type private Held(bytes: int64) =
    member _.Bytes = bytes
    member val Holders = 0 with get, set

/// Bytes beside the inputs, results included. Of the inputs that are given away the memory is the run's and counts; results that are placed are
/// written into memory of the caller's by a loop that makes them.
let rec peak (plan: Plan) (given: bool[]) (placed: bool[]) : int64 =
    let g = plan.Graph
    let values: Held[] = Array.zeroCreate g.Types.Length
    let blocks: Held[] = Array.zeroCreate plan.Layouts.Blocks.Length
    let isPlaced: bool[] = Array.zeroCreate g.Types.Length
    let mutable live = 0L
    let mutable most = 0L

    let put v (held: Held) =
        values[v] <- held

        if not (isNull held) then
            held.Holders <- held.Holders + 1

    let take v bytes =
        live <- live + bytes
        put v (Held bytes)

    let drop v =
        let held = values[v]

        if not (isNull held) then
            values[v] <- null
            held.Holders <- held.Holders - 1

            if held.Holders = 0 then
                live <- live - held.Bytes

    let whole v = Work.bytes g.Types[v]
    let see bytes = most <- max most bytes

    g.Inputs
    |> Array.iteri (fun i v ->
        if given[i] then
            take v (whole v))

    g.Outputs |> Array.iteri (fun k v -> isPlaced[v] <- isPlaced[v] || placed[k])
    see live
    plan.Dead[plan.Steps.Length] |> Array.iter drop

    plan.Steps
    |> Array.iteri (fun i step ->
        match step with
        | Step.Call(_, _, output) when not (isNull plan.Layouts.Places[output]) ->
            let block = plan.Layouts.Places[output].Block

            if isNull blocks[block] then
                let held = Held(Work.bytes plan.Layouts.Blocks[block])
                live <- live + held.Bytes
                blocks[block] <- held

            put output blocks[block]
        | Step.Call(prim, inputs, output) ->
            if Work.isView prim then
                put output values[inputs[0]]
            else
                take output (Work.memory prim g.Types[output])
        | Step.Convolution(_, _, _, outputs) ->
            for v in outputs do
                if not isPlaced[v] then
                    take v (whole v)
        | Step.Rows(_, _, inputs, outputs)
        | Step.Loop(_, _, inputs, outputs) ->
            let taken = HashSet<int>()

            outputs
            |> Array.iteri (fun o v ->
                let isFree k = not (isNull values[inputs[k]]) && values[inputs[k]].Holders = 1 && not (taken.Contains k)

                if not isPlaced[v] then
                    match plan.Reuse[i][o] |> Array.tryFind isFree with
                    | Some k ->
                        taken.Add k |> ignore
                        put v values[inputs[k]]
                    | None -> take v (whole v))
        | Step.Block(block, plans, inputs, outputs) ->
            let copies =
                match block with
                | Block.Scan s -> Factors.copies plan s plans[0] inputs
                | Block.While _
                | Block.Switch _
                | Block.Checkpoint _
                | Block.Custom _ -> 0L

            see (live + copies + inside block plans)
            outputs |> Array.iter (fun v -> take v (whole v))

        see live
        Array.iter drop plan.Dead[i])

    most

/// Bytes that a block holds at most while it runs, its results included.
and private inside (block: Block) (plans: Plan[]) : int64 =
    let alone (plan: Plan) = peak plan (plan.Graph.Inputs |> Array.map (fun _ -> false)) (plan.Graph.Outputs |> Array.map (fun _ -> false))

    match block with
    | Block.Checkpoint _
    | Block.Custom _
    | Block.Switch _ -> plans |> Array.fold (fun most plan -> max most (alone plan)) 0L
    | Block.Scan s ->
        let g = plans[0].Graph
        let stacks = g.OutputTypes[s.Carries ..] |> Array.sumBy Work.bytes
        // From the second step on a step owns what the one before it gave.
        let given = g.Inputs |> Array.mapi (fun i _ -> s.Length > 1 && i >= s.Constants && i < s.Constants + s.Carries)
        let placed = g.Outputs |> Array.mapi (fun k _ -> k >= s.Carries)
        if s.Length = 0 then 0L else int64 s.Length * stacks + peak plans[0] given placed
    | Block.While w ->
        let g = plans[1].Graph
        let carries = g.OutputTypes |> Array.sumBy Work.bytes
        let given = g.Inputs |> Array.mapi (fun i _ -> i >= w.Constants)
        max (carries + alone plans[0]) (peak plans[1] given (g.Outputs |> Array.map (fun _ -> false)))

/// The peak of a whole function, whose arguments stay its caller's.
let ofPlan (plan: Plan) : int64 =
    peak plan (plan.Graph.Inputs |> Array.map (fun _ -> false)) (plan.Graph.Outputs |> Array.map (fun _ -> false))

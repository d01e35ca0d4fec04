namespace DeepFun

open System.Collections.Generic
open DeepFun.Backends

/// One step of a compiled graph.
[<RequireQualifiedAccess; NoComparison; ReferenceEquality>]
type internal Step =
    /// A primitive by itself: one call of the backend.
    | Call of Prim * inputs: int[] * output: int
    /// An operation that carries graphs.
    | Block of Block * inputs: int[] * outputs: int[]
    /// A fused loop.
    | Loop of IFusedKernel * FusedLoop * inputs: int[] * outputs: int[]
    /// A fused convolution.
    | Convolution of IFusedKernel * FusedConvolution * inputs: int[] * outputs: int[]

/// The steps of a graph in order, and which variables are of no use after each.
[<NoComparison; ReferenceEquality>]
type internal Plan =
    {
        Graph: Graph
        Steps: Step[]
        /// After step i, the variables that no later step reads and that are not results.
        Dead: int[][]
    }

/// Orders the equations and groups that the results need, and finds out how long each value lives.
[<RequireQualifiedAccess>]
module internal Plan =

    /// What is computed together: a group, or an equation by itself.
    [<NoComparison; ReferenceEquality>]
    type private Unit =
        {
            Group: Group
            /// Null unless it is a fused convolution.
            Convolution: ConvolutionStep
            Equation: Equation
            /// The last equation: units are computed in this order as far as their operands allow.
            Last: int
            Reads: int[]
            /// Variables that other units or the results need.
            Given: HashSet<int>
        }

    /// The number of the unit that computes a variable: its first equation's.
    let private maker (convolutions: Convolutions) (fusion: Fusion) (v: int) : int voption =
        match convolutions.Maker v, fusion.Sources.Definition v with
        | step, _ when not (isNull (box step)) -> ValueSome step.Covered[0]
        | _, null -> ValueNone
        | _, e ->
            let group = fusion.Groups[fusion.Number e]
            ValueSome(if isNull group then fusion.Number e else group.First)

    /// The units that the results need, with what each must give.
    let private units (g: Graph) (convolutions: Convolutions) (fusion: Fusion) (loops: Loops) : Dictionary<int, Unit> =
        // By the number of the first equation
        let units = Dictionary<int, Unit>()
        let open' = Stack<int>(g.Outputs)

        while open'.Count > 0 do
            let v = open'.Pop()

            match maker convolutions fusion v with
            | ValueNone -> ()
            | ValueSome first ->
                let unit =
                    match units.TryGetValue first with
                    | true, unit -> unit
                    | _ ->
                        let e = g.Equations[first]
                        let convolution = convolutions.Maker v
                        let group = if isNull (box convolution) then fusion.Groups[first] else null

                        let unit =
                            {
                                Group = group
                                Convolution = convolution
                                Equation = e
                                Last =
                                    (if not (isNull (box convolution)) then Array.max convolution.Covered
                                     elif isNull group then first
                                     else group.Members.Max)
                                Reads =
                                    (if not (isNull (box convolution)) then Array.distinct convolution.Inputs
                                     elif isNull group then Array.distinct e.Inputs
                                     else loops.Inputs group)
                                Given = HashSet<int>()
                            }

                        units[first] <- unit
                        unit.Reads |> Array.iter open'.Push
                        unit

                unit.Given.Add v |> ignore

        units

    /// Kahn's algorithm; of the units that can be computed, the one that comes first in the program.
    let private order (maker: int -> int voption) (units: Dictionary<int, Unit>) : Unit list =
        let readers = Dictionary<int, List<int>>()
        let waiting = Dictionary<int, int>()
        let ready = PriorityQueue<int, int>()

        for entry in units do
            let makers =
                entry.Value.Reads
                |> Array.choose (fun v ->
                    match maker v with
                    | ValueSome m -> Some m
                    | ValueNone -> None)
                |> Array.distinct

            waiting[entry.Key] <- makers.Length

            if makers.Length = 0 then
                ready.Enqueue(entry.Key, entry.Value.Last)

            for m in makers do
                match readers.TryGetValue m with
                | true, list -> list.Add entry.Key
                | _ -> readers[m] <- List [ entry.Key ]

        let ordered = List<Unit>()

        while ready.Count > 0 do
            let first = ready.Dequeue()
            ordered.Add units[first]

            match readers.TryGetValue first with
            | true, list ->
                for r in list do
                    waiting[r] <- waiting[r] - 1

                    if waiting[r] = 0 then
                        ready.Enqueue(r, units[r].Last)
            | _ -> ()

        if ordered.Count <> units.Count then
            Errors.graph "fused groups need each other in a circle"

        List.ofSeq ordered

    /// Whether a group is worth a loop: more than one equation, or one that reads through a movement, which is then never stored.
    let private isLoop (g: Graph) (fusion: Fusion) (group: Group) =
        not (isNull group)
        && (group.Members.Count > 1
            || g.Equations[group.First].Inputs
               |> Array.exists (fun v ->
                   match fusion.Sources.Of v with
                   | Source.Literal _ -> true
                   | Source.Variable(w, _) -> w <> v))

    /// The plan of a checked graph for a backend. A group that the backend cannot fuse leaves the whole plan without groups.
    let rec private make (backend: IBackend) (fuse: bool) (g: Graph) : Plan =
        let convolutions = Convolutions(backend, g)
        let fusion = Fusion(g, fuse, convolutions.Covered)
        let loops = Loops(g, fusion)
        let units = order (maker convolutions fusion) (units g convolutions fusion loops)

        let step (unit: Unit) : Step voption =
            if not (isNull (box unit.Convolution)) then
                let c = unit.Convolution
                ValueSome(Step.Convolution(c.Kernel, c.Convolution, c.Inputs, c.Outputs))
            elif isLoop g fusion unit.Group then
                let made = loops.Of(unit.Group, Array.ofSeq unit.Given)

                match backend.Compile made.Loop with
                | null -> ValueNone
                | kernel -> ValueSome(Step.Loop(kernel, made.Loop, made.Inputs, made.Outputs))
            else
                let e = unit.Equation

                match e.Operation with
                | Operation.Prim prim -> ValueSome(Step.Call(prim, e.Inputs, e.Outputs[0]))
                | Operation.Block block -> ValueSome(Step.Block(block, e.Inputs, e.Outputs))

        let steps = units |> List.map step

        if steps |> List.exists _.IsNone then
            make backend false g
        else
            let steps = steps |> List.map _.Value |> Array.ofList
            { Graph = g; Steps = steps; Dead = dead g steps }

    and private dead (g: Graph) (steps: Step[]) : int[][] =
        let last = Dictionary<int, int>()

        steps
        |> Array.iteri (fun i step ->
            let inputs, outputs =
                match step with
                | Step.Call(_, inputs, output) -> inputs, [| output |]
                | Step.Block(_, inputs, outputs)
                | Step.Convolution(_, _, inputs, outputs)
                | Step.Loop(_, _, inputs, outputs) -> inputs, outputs

            for v in Seq.append inputs outputs do
                last[v] <- i)

        let kept = HashSet<int>(Seq.append g.Inputs g.Outputs)
        let dead = steps |> Array.map (fun _ -> List<int>())

        for entry in last do
            if not (kept.Contains entry.Key) then
                dead[entry.Value].Add entry.Key

        dead |> Array.map _.ToArray()

    /// The plan of a checked graph for a backend.
    let ofGraph (backend: IBackend) (g: Graph) : Plan = make backend true g

    /// One line a step: what it computes, from what, and what is of no use after it.
    let show (plan: Plan) : string =
        let names = Array.map (fun v -> $"v{v}") >> String.concat " "

        let line i step =
            let text =
                match step with
                | Step.Convolution(_, c, inputs, outputs) ->
                    let what = if c.Backward then "gradients of convolution" else "convolution"
                    let pool = if isNull c.Pool then "" else ", pooled"
                    $"{names outputs} = {what}, bias, relu{pool} {names inputs}"
                | Step.Call(prim, inputs, output) -> $"v{output} = {Graph.primName prim} {names inputs}"
                | Step.Block(block, inputs, outputs) -> $"{names outputs} = {fst (Graph.describe block)} {names inputs}"
                | Step.Loop(_, loop, inputs, outputs) ->
                    $"{names outputs} = loop over {loop.Space} of {loop.Body.Length} values {names inputs}"

            if plan.Dead[i].Length = 0 then text else $"{text}   (last use of {names plan.Dead[i]})"

        plan.Steps |> Array.mapi line |> String.concat "\n"

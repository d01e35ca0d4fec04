namespace DeepFun

open System.Collections.Generic
open DeepFun.Backends

/// Orders the equations and groups that the results need, and finds out how long each value lives.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
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
        | null, null -> ValueNone
        | null, e -> ValueSome(fusion.First e)
        | step, _ -> ValueSome step.Covered[0]

    /// The units that the results need, with what each must give.
    let private units (g: Graph) (convolutions: Convolutions) (fusion: Fusion) (loops: Loops) : Dictionary<int, Unit> =
        // By the number of the first equation
        let units = Dictionary<int, Unit>()
        let open' = Stack<int>(g.Outputs)

        let made (v: int) (first: int) : Unit =
            let e = g.Equations[first]

            match convolutions.Maker v with
            | null ->
                let group = fusion.Group e

                {
                    Group = group
                    Convolution = null
                    Equation = e
                    Last = if isNull group then first else group.Last
                    Reads = if isNull group then Array.distinct e.Inputs else loops.Inputs group
                    Given = HashSet<int>()
                }
            | convolution ->
                {
                    Group = null
                    Convolution = convolution
                    Equation = e
                    Last = Array.max convolution.Covered
                    Reads = Array.distinct convolution.Inputs
                    Given = HashSet<int>()
                }

        while open'.Count > 0 do
            let v = open'.Pop()

            match maker convolutions fusion v with
            | ValueNone -> ()
            | ValueSome first ->
                let unit =
                    match units.TryGetValue first with
                    | true, unit -> unit
                    | _ ->
                        let unit = made v first
                        units[first] <- unit
                        unit.Reads |> Array.iter open'.Push
                        unit

                unit.Given.Add v |> ignore

        units

    /// Kahn's algorithm; of the units that can be computed, the one that comes first in the program. Nothing if units need each other in a circle.
    let private order (maker: int -> int voption) (units: Dictionary<int, Unit>) : Unit list voption =
        let readers = Dictionary<int, List<int>>()
        let waiting = Dictionary<int, int>()
        let ready = PriorityQueue<int, int>()

        for entry in units do
            let makers =
                entry.Value.Reads
                |> Array.choose (fun v ->
                    match maker v with
                    | ValueSome first -> Some first
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

        if ordered.Count = units.Count then ValueSome(List.ofSeq ordered) else ValueNone

    let private isProduct (e: Equation) =
        not (isNull e)
        && (match e.Operation with
            | Operation.Prim(Prim.Contract Contract.MatMul) -> true
            | Operation.Prim _
            | Operation.Block _ -> false)

    /// Whether a group is worth a loop: more than one equation, or one that reads through a movement, which is then never stored, or a product, whose
    /// pipeline it may join.
    let private isLoop (g: Graph) (fusion: Fusion) (group: Group) =
        not (isNull group)
        && (group.Members.Count > 1
            || g.Equations[group.First].Inputs
               |> Array.exists (fun v ->
                   match fusion.Sources.Of v with
                   | Source.Literal _ -> true
                   | Source.Variable(w, _) -> w <> v || isProduct (fusion.Sources.Definition w)))

    let private layouts (g: Graph) (steps: Step[]) : Layouts =
        let laid (step: Step) : LaidStep =
            match step with
            | Step.Call(prim, inputs, output) -> { Prim = ValueSome prim; Loop = null; Inputs = inputs; Outputs = [| output |] }
            | Step.Loop(_, loop, inputs, outputs) -> { Prim = ValueNone; Loop = loop; Inputs = inputs; Outputs = outputs }
            | Step.Convolution _
            | Step.Rows _
            | Step.Block _ -> { Prim = ValueNone; Loop = null; Inputs = step.Inputs; Outputs = step.Outputs }

        if Optimize.uses CompilerPass.Layouts then
            Layouts.choose g (Array.map laid steps)
        else
            Layouts.none g

    /// The plan of a checked graph for a backend. A group that the backend cannot fuse, or that needs what needs it, leaves the whole plan without
    /// groups; convolutions among such leave it without fused convolutions, too.
    let rec private make (backend: IBackend) (fuse: Graph -> HashSet<int> -> Fusion) (convolve: bool) (g: Graph) : Plan =
        let convolutions = Convolutions(backend, g, convolve)
        let fusion = fuse g convolutions.Covered
        let loops = Loops(g, fusion)

        match order (maker convolutions fusion) (units g convolutions fusion loops) with
        | ValueSome units -> ofUnits backend fuse convolve g fusion loops units
        | ValueNone when fusion.IsEmpty && not convolve -> Errors.graph "equations need each other in a circle"
        | ValueNone -> make backend alone (convolve && not fusion.IsEmpty) g

    and private alone (g: Graph) (covered: HashSet<int>) : Fusion = Fusion(g, false, covered)

    and private ofUnits backend fuse convolve (g: Graph) (fusion: Fusion) (loops: Loops) (units: Unit list) : Plan =

        let step (unit: Unit) : Step voption =
            if not (isNull unit.Convolution) then
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
                | Operation.Block block ->
                    let plans = runs block |> Array.map (Optimize.graph >> make backend fuse convolve)
                    ValueSome(Step.Block(block, plans, e.Inputs, e.Outputs))

        let steps = units |> List.map step

        if steps |> List.exists _.IsNone then
            make backend alone convolve g
        else
            let steps = steps |> List.map _.Value |> Array.ofList
            let layouts = layouts g steps

            let steps =
                if Optimize.uses CompilerPass.Pipelines then
                    Pipelines.run backend g (fun v -> not (isNull layouts.Places[v])) steps
                else
                    steps

            let dead = dead g steps

            {
                Graph = g
                Steps = steps
                Dead = dead
                Reuse = Array.mapi (fun i step -> reuse g dead[i] step) steps
                Layouts = layouts
            }

    /// The graphs of a block that run; the others are for derivatives.
    and runs (block: Block) : Graph[] =
        match block with
        | Block.Switch branches -> branches
        | Block.Scan s -> [| s.Body |]
        | Block.While w -> [| w.Condition; w.Body |]
        | Block.Checkpoint g -> [| g |]
        | Block.Custom c -> [| c.Body |]

    and private dead (g: Graph) (steps: Step[]) : int[][] =
        // Step −1 are the inputs.
        let last = Dictionary<int, int>()

        for v in g.Inputs do
            last[v] <- steps.Length

        steps
        |> Array.iteri (fun i step ->
            for v in Array.append step.Inputs step.Outputs do
                last[v] <- i)

        let kept = HashSet<int> g.Outputs
        let dead = Array.init (steps.Length + 1) (fun _ -> List<int>())

        for entry in last do
            if not (kept.Contains entry.Key) then
                dead[entry.Value].Add entry.Key

        dead |> Array.map _.ToArray()

    /// Inputs of the whole first: what a step of training updates stays where it was.
    and private reuse (g: Graph) (dead: int[]) (step: Step) : int[][] =
        let choices (inputs: int[]) (outputs: int[]) (mayReplace: int -> int -> bool) =
            let isOnce i = (inputs |> Array.filter (fun v -> v = inputs[i])).Length = 1

            let candidates =
                [| 0 .. inputs.Length - 1 |]
                |> Array.filter (fun i -> Array.contains inputs[i] dead && isOnce i)
                |> Array.sortBy (fun i -> if Array.contains inputs[i] g.Inputs then 0 else 1)

            outputs
            |> Array.mapi (fun o v -> candidates |> Array.filter (fun i -> g.Types[inputs[i]].Same g.Types[v] && mayReplace i o))

        match step with
        | Step.Loop(_, loop, inputs, outputs) when Optimize.uses CompilerPass.Reuse ->
            choices inputs outputs (fun i o -> loop.MayReplace(i, o))
        | Step.Rows(_, pipeline, inputs, outputs) when Optimize.uses CompilerPass.Reuse ->
            choices inputs outputs (fun i o -> pipeline.MayReplace(i, o))
        | Step.Loop _
        | Step.Rows _
        | Step.Call _
        | Step.Convolution _
        | Step.Block _ -> step.Outputs |> Array.map (fun _ -> [||])

    /// The plan of a checked graph for a backend, with these groups.
    let ofGroups (backend: IBackend) (fuse: Graph -> HashSet<int> -> Fusion) (g: Graph) : Plan =
        make backend fuse (Optimize.uses CompilerPass.Convolutions) g

    /// The plan of a checked graph for a backend.
    let ofGraph (backend: IBackend) (g: Graph) : Plan =
        ofGroups backend (fun g covered -> Fusion(g, Optimize.uses CompilerPass.Fusion, covered)) g

    let rec private lines (indent: string) (plan: Plan) : string seq =
        let names = Array.map (fun v -> $"v{v}") >> String.concat " "

        plan.Steps
        |> Seq.mapi (fun i step ->
            let text, inner =
                match step with
                | Step.Call(prim, inputs, output) ->
                    $"v{output} = {Graph.primName prim} {names inputs}{Layouts.describe plan.Layouts plan.Graph output}", [||]
                | Step.Block(block, plans, inputs, outputs) -> $"{names outputs} = {fst (Graph.describe block)} {names inputs}", plans
                | Step.Convolution(_, c, inputs, outputs) ->
                    let what = if c.Backward then "gradients of convolution" else "convolution"
                    let pool = if isNull c.Pool then "" else ", pooled"
                    $"{names outputs} = {what}, bias, relu{pool} {names inputs}", [||]
                | Step.Rows(_, pipeline, inputs, outputs) ->
                    let stage (s: RowStage) =
                        match s with
                        | :? RowLoop as l -> $"loop over {l.Loop.Space} of {l.Loop.Body.Length} values"
                        | _ -> $"matmul {s.Inputs[0].Shape} {s.Inputs[1].Shape}"

                    let stages = pipeline.Stages |> Seq.map stage |> String.concat ", "
                    $"{names outputs} = {pipeline.Parts} parts of {stages} {names inputs}", [||]
                | Step.Loop(_, loop, inputs, outputs) ->
                    $"{names outputs} = loop over {loop.Space} of {loop.Body.Length} values {names inputs}", [||]

            let last = if plan.Dead[i].Length = 0 then "" else $"   (last use of {names plan.Dead[i]})"
            Seq.append [ indent + text + last ] (inner |> Seq.collect (lines (indent + "    "))))
        |> Seq.concat

    /// One line a step: what it computes, from what, and what is of no use after it; the steps of a block under its line.
    let show (plan: Plan) : string = lines "" plan |> String.concat "\n"

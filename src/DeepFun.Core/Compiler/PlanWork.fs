/// What the steps of a plan compute and move.
module internal DeepFun.PlanWork

open System.Collections.Generic

/// Arithmetic operations, and bytes read and written.
[<Struct; NoComparison>]
type Work = { Operations: int64; Bytes: int64 }

let private definitions (g: Graph) : Equation[] =
    let definitions: Equation[] = Array.zeroCreate g.Types.Length

    for e in g.Equations do
        for v in e.Outputs do
            definitions[v] <- e

    definitions

/// How many different bytes a variable has: a view has no more than what it is a view of.
let private distinct (g: Graph) : int64[] =
    let bytes = g.Types |> Array.map Work.bytes

    for e in g.Equations do
        match e.Operation with
        | Operation.Prim prim ->
            let y = e.Outputs[0]
            bytes[y] <- if Work.isView prim then min bytes[y] bytes[e.Inputs[0]] else Work.memory prim g.Types[y]
        | Operation.Block _ -> ()

    bytes

/// The equations that a loop computes, in their order: those between what it reads and what it writes.
let private members (definitions: Equation[]) (inputs: int[]) (outputs: int[]) : Equation[] =
    let read = HashSet<int> inputs
    let found = List<Equation>()
    let seen = HashSet<Equation>(HashIdentity.Reference)

    let rec visit v =
        let e = definitions[v]

        if not (isNull e) && seen.Add e then
            for w in e.Inputs do
                if not (read.Contains w) then
                    visit w

            found.Add e

    Array.iter visit outputs
    found.ToArray()

/// The equations that each step computes.
let equations (plan: Plan) : Equation[][] =
    let definitions = definitions plan.Graph

    plan.Steps
    |> Array.map (fun step ->
        match step with
        | Step.Call(_, _, output) -> [| definitions[output] |]
        | Step.Block(_, _, _, outputs) -> [| definitions[outputs[0]] |]
        | Step.Convolution(_, _, inputs, outputs)
        | Step.Rows(_, _, inputs, outputs)
        | Step.Loop(_, _, inputs, outputs) -> members definitions inputs outputs)

/// The work of each step, run once.
let rec steps (plan: Plan) : Work[] =
    let g = plan.Graph
    let distinct = distinct g
    let equations = equations plan

    /// Of a concatenation that is laid out only what is not there yet.
    let moved prim (inputs: int[]) output =
        match prim, plan.Layouts.Places[output] with
        | Prim.Move(Move.Concat _), place when not (isNull place) ->
            place.Copied |> Array.sumBy (fun k -> distinct[inputs[k]] + Work.bytes g.Types[inputs[k]])
        | _ -> Work.moved prim (inputs |> Array.map (fun v -> distinct[v])) g.Types[output]

    plan.Steps
    |> Array.mapi (fun i step ->
        match step with
        | Step.Call(prim, inputs, output) ->
            { Operations = equations[i] |> Array.sumBy (Work.ofEquation g); Bytes = moved prim inputs output }
        | Step.Convolution(_, _, inputs, outputs)
        | Step.Rows(_, _, inputs, outputs)
        | Step.Loop(_, _, inputs, outputs) ->
            {
                Operations = equations[i] |> Array.sumBy (Work.ofEquation g)
                Bytes =
                    (Array.distinct inputs |> Array.sumBy (fun v -> distinct[v]))
                    + (outputs |> Array.sumBy (fun v -> Work.bytes g.Types[v]))
            }
        | Step.Block(block, plans, _, _) ->
            let each = plans |> Array.map total

            {
                Operations = each |> Array.map _.Operations |> Work.ofBlock block
                Bytes = each |> Array.map _.Bytes |> Work.ofBlock block
            })

/// The work of the whole plan.
and total (plan: Plan) : Work =
    let steps = steps plan
    { Operations = steps |> Array.sumBy _.Operations; Bytes = steps |> Array.sumBy _.Bytes }

/// A number summed over a plan and the plans of its blocks.
let rec sumOver (f: Plan -> int) (plan: Plan) : int =
    let inner (step: Step) =
        match step with
        | Step.Block(_, plans, _, _) -> plans |> Array.sumBy (sumOver f)
        | Step.Call _
        | Step.Convolution _
        | Step.Rows _
        | Step.Loop _ -> 0

    f plan + (plan.Steps |> Array.sumBy inner)

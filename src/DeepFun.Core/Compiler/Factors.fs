/// Matrices by which every step of a loop multiplies: laid out as products read them once, before the loop, where that costs less than reading them
/// otherwise in every step.
module internal DeepFun.Factors

open System.Collections.Generic

// A copy costs as much as a few products with some tens of rows spend on a right operand that is transposed: a quarter of their time with 32 rows,
// two thirds with 4.
let private leastSteps = 8

// Products of fewer rows or columns are dot products, for which a transposed right operand is the one to have.
let private leastRows = 4

/// The constants of a loop by which its body multiplies from the right.
let ofLoop (s: Scan) (body: Plan) : int[] =
    let g = body.Graph
    let right = HashSet<int>()

    for e in g.Equations do
        match e.Operation with
        | Operation.Prim(Prim.Contract Contract.MatMul) ->
            let y = g.Types[e.Outputs[0]].Shape

            if y.Rank = 2 && y[0] >= leastRows && y[1] >= leastRows then
                right.Add e.Inputs[1] |> ignore
        | Operation.Prim _
        | Operation.Block _ -> ()

    if s.Length < leastSteps then
        [||]
    else
        [| 0 .. s.Constants - 1 |] |> Array.filter (fun i -> right.Contains g.Inputs[i])

/// Bytes of the copies that a loop in this plan makes, of factors that the plan permutes.
let copies (plan: Plan) (s: Scan) (body: Plan) (inputs: int[]) : int64 =
    let isPermuted (v: int) =
        plan.Steps
        |> Array.exists (fun step ->
            match step with
            | Step.Call(Prim.Move(Move.Permute _), _, output) -> output = v
            | Step.Call _
            | Step.Block _
            | Step.Loop _
            | Step.Rows _
            | Step.Convolution _ -> false)

    ofLoop s body |> Array.sumBy (fun i -> if isPermuted inputs[i] then Work.bytes plan.Graph.Types[inputs[i]] else 0L)

namespace DeepFun

open DeepFun.Backends

/// Whether a graph that is traced at every call is worth a plan. `./build.sh bench jacobians` compares.
[<RequireQualifiedAccess>]
module internal TracedWork =

    // In elements of an elementwise loop that makes one result: what tracing an equation costs, what calling an operation costs, what compiling an
    // equation costs. A multiply-add of a matrix product is a part of one.
    let private tracing = 300.0
    let private calling = 500.0
    let private compiling = 1_500_000.0
    let private operation = 0.02

    /// Elements that a plan may leave out, and what all of it takes without a plan.
    let rec private ofGraph (g: Graph) : struct (float * float) =
        let mutable saved = 0.0
        let mutable all = 0.0

        for e in g.Equations do
            let struct (s, a) = ofEquation g e
            saved <- saved + s
            all <- all + a + calling

        struct (saved, all)

    and private ofEquation (g: Graph) (e: Equation) : struct (float * float) =
        let elements = e.Outputs |> Array.sumBy (fun v -> float g.Types[v].Shape.Size)

        match e.Operation with
        | Operation.Prim(Prim.Contract _ | Prim.Linalg _ | Prim.Sample _ | Prim.Window _ | Prim.Index _) ->
            struct (0.0, elements + operation * float (Work.ofEquation g e))
        | Operation.Prim prim -> if Work.isView prim then struct (0.0, 0.0) else struct (elements, elements)
        | Operation.Block block ->
            let runs =
                match block with
                | Block.Scan s -> float s.Length
                | Block.Switch _
                | Block.While _
                | Block.Checkpoint _
                | Block.Custom _ -> 1.0

            let mutable saved = 0.0
            let mutable all = 0.0

            for body in Plan.runs block do
                let struct (s, a) = ofGraph body
                saved <- saved + runs * (s + calling * float body.Equations.Length)
                all <- all + runs * a

            struct (saved, all)

    let rec private equations (g: Graph) : int =
        g.Equations
        |> Array.sumBy (fun e ->
            match e.Operation with
            | Operation.Prim _ -> 1
            | Operation.Block block -> 1 + Array.sumBy equations (Plan.runs block))

    /// After how many calls the time that they took is that of compiling the graph; nothing where a plan and the tracing before it take no less time
    /// than the operations one by one.
    let payoff (g: Graph) : int option =
        let struct (saved, all) = ofGraph g

        if saved < tracing * float g.Equations.Length then
            None
        else
            Some(int (min 1e6 (compiling * float (equations g) / all)))

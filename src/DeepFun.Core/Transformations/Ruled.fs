namespace DeepFun

open System

/// How many functions with rules this thread is tracing within each other.
[<AbstractClass; Sealed>]
type internal RuleDepth private () =
    [<ThreadStatic; DefaultValue>]
    static val mutable private current: int

    /// Rules that lead to other functions with rules end after a few; those that lead back to their own would end with the process.
    static member private Most = 64

    static member Within(name: string, f: unit -> 'T) : 'T =
        if RuleDepth.current = RuleDepth.Most then
            ControlErrors.ruleDepth name RuleDepth.Most

        RuleDepth.current <- RuleDepth.current + 1

        try
            f ()
        finally
            RuleDepth.current <- RuleDepth.current - 1

/// Functions with the user's derivative: from the functions that the user gave to graphs, and back.
[<RequireQualifiedAccess>]
module internal Ruled =

    let private traced
        (trace: (Tensor[] -> Tensor[]) -> TensorType[] -> struct (Graph * Tensor[]))
        (f: RuledFunction<Tensor>)
        (types: TensorType[])
        : struct (Block * Tensor[]) =
        let struct (body: Graph, _) as run = trace f.Run types
        let results = body.OutputTypes
        // A function that has been traced before: its constants stay constants.
        let constants, own = types[.. f.Constants - 1], types[f.Constants ..]

        let agree what (came: TensorType[]) =
            let text (ts: TensorType[]) = String.Join(", ", ts |> Array.map string)

            if
                came.Length < results.Length
                || not (Array.forall2 (fun (a: TensorType) b -> a.Same b) results came[.. results.Length - 1])
            then
                ControlErrors.ruleResult f.Name $"{what} must be like the function's result" (text results) (text came)

        let forwardRule (rule: Tensor[] -> Tensor[] -> struct (Tensor[] * Tensor[])) =
            let both (all: Tensor[]) =
                let struct (ys, dys) = rule all[.. types.Length - 1] all[types.Length ..]
                agree "the value that the forward rule gives" (ys |> Array.map _.Type)
                agree "the tangent that the forward rule gives" (dys |> Array.map _.Type)
                Array.append ys dys

            trace both (Array.append types own)

        let reverseRule (forward: Tensor[] -> struct (Tensor[] * Tensor[] * (Tensor[] -> Tensor[] -> Tensor[]))) =
            let back = ref Unchecked.defaultof<_>

            let half xs =
                let struct (ys, residuals, way) = forward xs
                agree "the value that the forward half gives" (ys |> Array.map _.Type)
                back.Value <- way
                Array.append ys residuals

            let struct (g: Graph, _) as first = trace half types
            let residuals = g.OutputTypes[results.Length ..]
            let last = constants.Length + residuals.Length

            let second =
                trace (fun all -> back.Value all[constants.Length .. last - 1] all[last..]) (Array.concat [ constants; residuals; results ])

            [| first; second |]

        let forward = f.Jvp |> Option.map forwardRule |> Option.toArray
        let reverse = f.Vjp |> Option.map reverseRule |> Option.defaultValue [||]
        let struct (graphs, closedOver) = Graph.share (Array.concat [ [| run |]; forward; reverse ])
        let rest = graphs[1 + forward.Length ..]

        let custom =
            {
                Name = f.Name
                Constants = closedOver.Length + constants.Length
                Body = graphs[0]
                Jvp = if forward.Length = 0 then None else Some graphs[1]
                Vjp = if rest.Length = 0 then None else Some { Forward = rest[0]; Backward = rest[1] }
            }

        struct (Block.Custom custom, closedOver)

    /// The function and its rules as graphs, and what they close over. `trace` gives graphs whose first inputs are closed-over tensors.
    let lift trace (f: RuledFunction<Tensor>) (types: TensorType[]) : struct (Block * Tensor[]) =
        RuleDepth.Within(f.Name, (fun () -> traced trace f types))

    /// The function of a block. What it closed over goes to the backward half among the residuals.
    let ofBlock (maker: Interpreter) (c: Custom) : RuledFunction<Tensor> =
        let count = c.Body.Outputs.Length

        {
            Name = c.Name
            Constants = c.Constants
            IsSought = false
            Run = Graph.run maker c.Body
            Jvp =
                c.Jvp
                |> Option.map (fun g xs dxs ->
                    let all = Graph.run maker g (Array.append xs dxs)
                    struct (all[.. count - 1], all[count..]))
            Vjp =
                c.Vjp
                |> Option.map (fun v xs ->
                    let all = Graph.run maker v.Forward xs
                    let residuals = Array.append xs[.. c.Constants - 1] all[count..]
                    struct (all[.. count - 1], residuals, (fun residuals cts -> Graph.run maker v.Backward (Array.append residuals cts))))
        }

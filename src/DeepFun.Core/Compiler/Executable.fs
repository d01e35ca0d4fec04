namespace DeepFun

open DeepFun.Backends

/// A compiled graph. Values live in numbered slots; memory that a step was the last to read goes back to the pool at once. May run on many
/// threads at the same time.
[<Sealed>]
type internal Executable(evaluator: Eval, plan: Plan) =
    let types = plan.Graph.Types

    /// A slot's value. The scope counts how many slots hold memory that was taken in this run, so that the last one to go returns it:
    /// several may be views of one block.
    let put (scope: MemoryScope) (values: Storage[]) (v: int) (s: Storage) =
        scope.Hold s
        values[v] <- s

    let drop (scope: MemoryScope) (values: Storage[]) (dead: int[]) =
        for v in dead do
            let s = values[v]

            if not (isNull s) then
                scope.Drop s
                values[v] <- null

    let run (scope: MemoryScope) (values: Storage[]) =
        for i in 0 .. plan.Steps.Length - 1 do
            match plan.Steps[i] with
            | Step.Call(prim, inputs, output) ->
                evaluator.Compute(prim, types[output].Shape, inputs |> Array.map (fun v -> values[v])) |> put scope values output
            | Step.Convolution(kernel, _, inputs, outputs)
            | Step.Loop(kernel, _, inputs, outputs) ->
                let results = kernel.Run(System.ReadOnlySpan(inputs |> Array.map (fun v -> values[v])))

                Array.iter2 (put scope values) outputs results
            | Step.Block(block, inputs, outputs) ->
                let results = Graph.apply evaluator block (inputs |> Array.map (fun v -> evaluator.Wrap values[v]))
                Array.iter2 (fun v y -> evaluator.Storage y |> put scope values v) outputs results

            drop scope values plan.Dead[i]

    /// What is done, step by step.
    member _.Plan = plan

    /// The results for these inputs, in the order of the graph's.
    member _.Run(inputs: Storage[]) : Storage[] =
        let values: Storage[] = Array.zeroCreate types.Length
        Array.iter2 (fun v x -> values[v] <- x) plan.Graph.Inputs inputs
        use scope = MemoryScope.Enter()
        run scope values

        plan.Graph.Outputs
        |> Array.map (fun v ->
            let s = values[v]
            scope.Keep s
            s)

namespace DeepFun

open System
open System.Collections.Generic

/// A primitive on variables.
[<Sealed>]
type private Computation(prim: Prim, inputs: int[]) =
    let hash = HashCode.Combine(GraphKey.hashPrim prim, inputs.Length, (if inputs.Length = 0 then -1 else inputs[0]))
    member _.Prim = prim
    member _.Inputs = inputs
    override _.GetHashCode() = hash

    override _.Equals(other: obj) =
        match other with
        | :? Computation as o -> GraphKey.sameNumbers o.Inputs inputs && GraphKey.samePrim o.Prim prim
        | _ -> false

/// Computes what is computed twice once: two equations of the same primitive on the same variables have the same result.
[<RequireQualifiedAccess>]
module internal CommonSubexpressions =

    /// The graph in which equal equations are one. Blocks stay as they are.
    let run (g: Graph) : Graph =
        let seen = Dictionary<Computation, int>()
        let same = Array.init g.Types.Length id
        let kept = List<Equation>()

        for e in g.Equations do
            let inputs = e.Inputs |> Array.map (fun v -> same[v])

            match e.Operation with
            | Operation.Prim prim ->
                let key = Computation(prim, inputs)

                match seen.TryGetValue key with
                | true, v -> same[e.Outputs[0]] <- v
                | _ ->
                    seen[key] <- e.Outputs[0]
                    kept.Add(Equation(prim, inputs, e.Outputs[0]))
            | Operation.Block _ -> kept.Add(Equation(e.Operation, inputs, e.Outputs))

        Check.debug { g with Equations = kept.ToArray(); Outputs = g.Outputs |> Array.map (fun v -> same[v]) }

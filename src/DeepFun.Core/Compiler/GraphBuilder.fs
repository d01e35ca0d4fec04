namespace DeepFun

open System.Collections.Generic
open DeepFun.Backends

/// Writes a graph that is another one with equations taken out, put in or replaced.
[<Sealed>]
type internal GraphBuilder(g: Graph) =
    let types = List<TensorType> g.Types
    let equations = List<Equation>()
    let inputs = List<int> g.Inputs

    /// A variable that nothing defines yet.
    member _.Variable(ty: TensorType) : int =
        types.Add ty
        types.Count - 1

    member _.Type(v: int) = types[v]

    member _.Add(e: Equation) = equations.Add e

    /// The result of a primitive on variables, given its type.
    member b.Apply(prim: Prim, operands: int[], ty: TensorType) : int =
        let v = b.Variable ty
        b.Add(Equation(prim, operands, v))
        v

    /// The result of a primitive on variables.
    member b.Apply(prim: Prim, operands: int[]) : int = b.Apply(prim, operands, Infer.output prim (operands |> Array.map b.Type))

    /// A new argument.
    member b.Input(ty: TensorType) : int =
        let v = b.Variable ty
        inputs.Add v
        v

    /// The graph with these results, without what they do not need.
    member _.Graph(outputs: int[]) : Graph =
        { g with
            Inputs = inputs.ToArray()
            Types = types.ToArray()
            Equations = equations.ToArray()
            Outputs = outputs
        }
        |> Graph.prune
        |> Check.debug

/// Who reads and who makes the variables of a graph.
[<Sealed>]
type internal Uses(g: Graph) =
    let makers: Equation[] = Array.zeroCreate g.Types.Length
    let readers: int[] = Array.zeroCreate g.Types.Length
    let definitions = Definitions(g.Types, makers)

    do
        for e in g.Equations do
            for v in e.Outputs do
                makers[v] <- e

            for v in e.Inputs do
                readers[v] <- readers[v] + 1

        for v in g.Outputs do
            readers[v] <- readers[v] + 1

    /// How many operands of equations, and results, the variable is.
    member _.Count(v: int) = readers[v]

    /// What makes a variable.
    member _.Produced(v: int) : Produced = if isNull makers[v] then Produced.Other else Produced.ofOperation makers[v].Operation

    /// The operands of what makes a variable; none for an argument.
    member _.Operands(v: int) : int[] = if isNull makers[v] then [||] else makers[v].Inputs

    /// The operands of this primitive, if it makes the variable.
    member _.OperandsOf(prim: Prim, v: int) : int[] voption = definitions.OperandsOf(prim, v)

    /// The equation that makes a variable; null for an argument.
    member _.Maker(v: int) : Equation = makers[v]

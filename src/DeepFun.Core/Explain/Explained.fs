namespace DeepFun

open System
open System.Collections.Generic
open System.Globalization
open System.Text.RegularExpressions
open DeepFun.FSharp

/// A function as a graph whose variables have names: what every printer of Explain starts from.
[<NoComparison; NoEquality>]
type internal Explained =
    {
        Graph: Graph
        /// The paths of the arguments' tensors, by variable; a tensor that is the whole argument has the empty path.
        Arguments: (int * string)[]
        /// What the function closes over.
        Constants: (int * Tensor)[]
        /// The paths of the results' tensors, in order.
        Results: string[]
    }

/// Gives every name once; taken are those that mean something else.
[<Sealed>]
type internal Namer(taken: string seq) =
    let used = HashSet<string> taken
    let counts = Dictionary<string, int>()

    /// The name, with underscores until it is free.
    member this.Free(name: string) : string = if used.Add name then name else this.Free(name + "_")

    /// The next of name1, name2, … that is free.
    member this.Numbered(name: string) : string =
        let next =
            1
            + (match counts.TryGetValue name with
               | true, n -> n
               | _ -> 0)

        counts[name] <- next
        if used.Add $"{name}{next}" then $"{name}{next}" else this.Numbered name

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal Explained =

    /// A small constant that is one number everywhere is that number.
    let private uniform (t: Tensor) : float voption =
        if t.Size = 0 || t.Size > 64 || not (t.IsKnown && DTypes.IsFloating t.DType) then
            ValueNone
        else
            let values = t.ToDoubles()
            if values |> Array.forall (fun v -> v.Equals values[0]) then ValueSome values[0] else ValueNone

    /// Closed-over tensors that are numbers become equations.
    let private withNumbers (arguments: int) (closedOver: Tensor[]) (g: Graph) : Graph =
        let numbers =
            [|
                for i in 0 .. closedOver.Length - 1 do
                    match uniform closedOver[i] with
                    | ValueSome c ->
                        let v = g.Inputs[arguments + i]
                        Equation(Prim.Generate(Generate.Fill(c, g.Types[v])), [||], v)
                    | ValueNone -> ()
            |]

        let known = numbers |> Array.map (fun e -> e.Outputs[0])

        Check.debug
            { g with
                Inputs = g.Inputs |> Array.filter (fun v -> not (Array.contains v known))
                Equations = Array.append numbers g.Equations
            }

    /// Traces f at x and simplifies the graph.
    let trace (strength: Strength) (f: 'a -> 'b) (x: 'a) : Explained =
        let leaves = Tree.paths x
        let root = rootOf "explain" x (leaves |> Array.map snd)
        let results = ref [||]

        let run (xs: Tensor[]) =
            let found = Tree.paths (f (Tree.rebuild x xs))
            results.Value <- found |> Array.map fst
            found |> Array.map snd

        let struct (traced, closedOver) = Trace.graph root run (leaves |> Array.map (fun (_, t) -> t.Type))
        let g = traced |> withNumbers leaves.Length closedOver |> Graph.prune |> Simplify.graph strength
        let read = HashSet<int>(Seq.append (g.Equations |> Seq.collect _.Inputs) g.Outputs)
        let arguments = Array.map2 (fun v (path, _) -> v, path) g.Inputs[.. leaves.Length - 1] leaves
        let constants = Array.zip traced.Inputs[leaves.Length ..] closedOver |> Array.filter (fun (v, _) -> read.Contains v)
        let constants = constants |> Array.filter (fun (v, _) -> Array.contains v g.Inputs)

        {
            Graph = { g with Inputs = Array.append (Array.map fst arguments) (Array.map fst constants) }
            Arguments = arguments
            Constants = constants
            Results = results.Value
        }

    /// A double as text that reads back as the same double: 2, 0.1, 1E-07, -0, nan, infinity.
    let number (v: float) : string =
        if Double.IsNaN v then "nan"
        elif Double.IsInfinity v then (if v > 0.0 then "infinity" else "-infinity")
        else v.ToString("R", CultureInfo.InvariantCulture)

    /// The number that a variable is everywhere.
    let literals (g: Graph) : float voption[] =
        let equations: Equation[] = Array.zeroCreate g.Types.Length

        for e in g.Equations do
            for v in e.Outputs do
                equations[v] <- e

        let definitions = Definitions(g.Types, equations)
        Array.init g.Types.Length definitions.Number

    /// A path as an identifier: layers/0/Weight → layers_0_Weight.
    let private identifier (path: string) =
        match Regex.Replace(path, "\\W", "_") with
        | "" -> "x"
        | name when Char.IsDigit name[0] -> "x" + name
        | name -> name

    /// Names for the variables of a graph within another one, results and inputs alike.
    let inner (namer: Namer) (g: Graph) : string[] =
        let result: string[] = Array.zeroCreate g.Types.Length
        let literals = literals g

        for v in Seq.append g.Inputs (g.Equations |> Seq.collect _.Outputs) do
            if literals[v].IsNone then
                result[v] <- namer.Numbered "v"

        result

    /// A different identifier for each variable: arguments by their paths, constants c1, c2, …, results of equations v1, v2, ….
    let names (namer: Namer) (e: Explained) : string[] =
        let result: string[] = Array.zeroCreate e.Graph.Types.Length
        let literals = literals e.Graph

        for v, path in e.Arguments do
            result[v] <- namer.Free(identifier path)

        for v, _ in e.Constants do
            result[v] <- namer.Numbered "c"

        for v in e.Graph.Equations |> Seq.collect _.Outputs do
            if literals[v].IsNone then
                result[v] <- namer.Numbered "v"

        result

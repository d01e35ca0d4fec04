namespace DeepFun

open System
open System.Collections.Generic
open System.Text.RegularExpressions
open DeepFun.Backends

/// How an equation is written.
[<RequireQualifiedAccess; Struct>]
type internal Manner =
    /// It only changes indices.
    | Indices
    /// A formula of its operands' elements.
    | Elements
    /// A name and its operands as wholes, which need symbols.
    | Wholes

/// Which variables of a function have a line and a symbol of their own in its LaTeX: arguments, constants, what is read more than once, what
/// grows long, and operands that are taken as wholes. The others stand inside the formula that reads them.
[<Sealed>]
type internal LatexNames(e: Explained) =
    let g = e.Graph
    let literals = Explained.literals g
    let named: bool[] = Array.zeroCreate g.Types.Length
    let symbols: string[] = Array.zeroCreate g.Types.Length
    let shapeOf v = g.Types[v].Shape

    /// Where each axis of a reshaped operand is found, if only axes of size 1 come and go.
    let sameOrder (from: Shape) (into: Shape) : int[] voption =
        let long (s: Shape) =
            [|
                for i in 0 .. s.Rank - 1 do
                    if s[i] <> 1 then
                        i
            |]

        let a, b = long from, long into

        if Array.map (fun i -> from[i]) a = Array.map (fun i -> into[i]) b then
            ValueSome(Array.init from.Rank (fun i -> let k = Array.IndexOf(a, i) in if k < 0 then -1 else b[k]))
        else
            ValueNone

    let mannerOf (prim: Prim) (q: Equation) : Manner =
        match prim with
        | Prim.Move op ->
            match op with
            | Move.Reshape shape -> if (sameOrder (shapeOf q.Inputs[0]) shape).IsSome then Manner.Indices else Manner.Wholes
            | Move.Permute _
            | Move.Broadcast _
            | Move.Slice _ -> Manner.Indices
            | Move.Pad p -> if p.Interior |> Array.exists (fun w -> w <> 0) then Manner.Wholes else Manner.Elements
            | Move.Concat _ -> Manner.Elements
        | Prim.Cast into when DTypes.IsFloating into && DTypes.IsFloating g.Types[q.Inputs[0]].DType -> Manner.Indices
        | Prim.Generate(Generate.Iota _) -> Manner.Indices
        | Prim.Along(Along.ArgSort _ | Along.Fourier _)
        | Prim.Window(Window.ArgMax _ | Window.SumTranspose _)
        | Prim.Linalg _ -> Manner.Wholes
        | Prim.Contract(Contract.Convolution(op, spec)) when op <> ConvolutionOp.Forward || spec.Groups > 1 -> Manner.Wholes
        | Prim.Along(Along.CumulativeSum _ | Along.CumulativeProduct _ | Along.CumulativeMax _ | Along.CumulativeMin _)
        | Prim.Window(Window.Sum _)
        | Prim.Contract _
        | Prim.Unary _
        | Prim.Binary _
        | Prim.Compare _
        | Prim.Select
        | Prim.Cast _
        | Prim.Reduce _
        | Prim.Index _
        | Prim.Generate(Generate.Fill _ | Generate.Random _)
        | Prim.Special _
        | Prim.Sample _
        | Prim.StopGradient -> Manner.Elements

    let manner (q: Equation) : Manner =
        match q.Operation with
        | Operation.Prim prim -> mannerOf prim q
        | Operation.Block _ -> Manner.Wholes

    let transparent q = manner q = Manner.Indices
    let takesWholes q = manner q = Manner.Wholes

    /// A path as a symbol: one letter as it is, words upright, what they are within as a superscript; a place in a tuple is x^{(0)}.
    let symbol (path: string) =
        let parts = path.Split '/'
        let last = Array.last parts
        let word (text: string) = let plain = Regex.Replace(text, @"\W|_", ".") in $@"\mathrm{{{plain}}}"

        if path = "" then
            "x"
        elif last |> Seq.forall Char.IsDigit then
            let within = String.Join(".", parts)
            $"x^{{({within})}}"
        else
            let name = if last.Length = 1 then last else word last
            let within = String.Join(".", parts[.. parts.Length - 2])
            if within = "" then name else $"{name}^{{({within})}}"

    /// Letters for lines of their own, then v^{(1)}, v^{(2)}, …
    let values =
        let next = Queue<string>([ "a"; "b"; "c"; "d"; "g"; "h"; "w"; "z" ])
        let more = ref 0

        fun () ->
            let mutable found = null

            while isNull found do
                let candidate =
                    if next.Count > 0 then
                        next.Dequeue()
                    else
                        more.Value <- more.Value + 1
                        $"v^{{({more.Value})}}"

                if not (Array.contains candidate symbols) then
                    found <- candidate

            found

    do
        // Where inlined text would stand more than once; results have a line anyway.
        let uses: int[] = Array.zeroCreate g.Types.Length
        let isRead: bool[] = Array.zeroCreate g.Types.Length

        for v in g.Outputs do
            uses[v] <- uses[v] + 1

        for i in g.Equations.Length - 1 .. -1 .. 0 do
            let q = g.Equations[i]

            for v in q.Inputs do
                uses[v] <- uses[v] + (if transparent q then uses[q.Outputs[0]] else 1)
                isRead[v] <- true
                named[v] <- named[v] || takesWholes q

        // How many operations a line would have.
        let cost: int[] = Array.zeroCreate g.Types.Length

        for q in g.Equations do
            let inside = q.Inputs |> Array.sumBy (fun v -> if named[v] then 0 else cost[v])

            let isBlock =
                match q.Operation with
                | Operation.Prim _ -> false
                | Operation.Block _ -> true

            for v in q.Outputs do
                let total = inside + (if transparent q || literals[v].IsSome then 0 else 1)
                let isLong = total > 10 && isRead[v]
                cost[v] <- total
                named[v] <- isBlock || (literals[v].IsNone && (named[v] || isLong || (uses[v] > 1 && not (transparent q))))

        for v, path in e.Arguments do
            symbols[v] <- symbol path
            named[v] <- true

        e.Constants
        |> Array.iteri (fun i (v, _) ->
            symbols[v] <- $"C^{{({i + 1})}}"
            named[v] <- true)

        for q in g.Equations do
            for v in q.Outputs do
                if named[v] then
                    symbols[v] <- values ()

    /// The numbers among the variables.
    member _.Literals = literals

    /// Whether a variable has a symbol.
    member _.Has(v: int) = named[v]

    member _.Symbol(v: int) = symbols[v]

    /// The symbol of a path.
    member _.OfPath(path: string) = symbol path

    member _.TakesWholes(q: Equation) = takesWholes q

    member _.SameOrder(from: Shape, into: Shape) = sameOrder from into

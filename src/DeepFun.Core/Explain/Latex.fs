namespace DeepFun

open System
open System.Collections.Generic
open DeepFun.Backends

/// A function as LaTeX mathematics in index notation: sums over named indices, fractions, roots; movements become indices. What is read
/// more than once, and what grows long, has a line of its own. Indices begin with 0.
[<Sealed>]
type internal LatexWriter(e: Explained) =
    let g = e.Graph
    let names = LatexNames e
    let equations: Equation[] = Array.zeroCreate g.Types.Length
    let letters = "ijklmnpqrstu"
    // How many index letters the present line has used.
    let mutable count = 0

    let fresh () =
        let i = count
        count <- count + 1
        if i < letters.Length then string letters[i] else $"i_{{{i - letters.Length}}}"

    let shapeOf v = g.Types[v].Shape

    /// Axes of size 1 have no index.
    let shown v (indices: string[]) = indices |> Array.indexed |> Array.filter (fun (a, _) -> (shapeOf v)[a] <> 1) |> Array.map snd

    do
        for q in g.Equations do
            for v in q.Outputs do
                equations[v] <- q

    /// Σ over fresh indices of some axes, put among the others.
    member private this.Over(symbol: string, axes: int[], v: int, indices: string[]) : Formula =
        let inner = axes |> Array.map (fun _ -> fresh ())
        let rest = Queue<string> indices

        let at =
            Array.init (shapeOf v).Rank (fun a ->
                let k = Array.IndexOf(axes, a)
                if k >= 0 then inner[k] else rest.Dequeue())

        let body: Formula = this.Element(v, at)
        if axes.Length = 0 then body else Formula.bigOperator symbol (String.Join(", ", inner)) body

    member private this.Running(symbol: string, axis: int, reverse: bool, v: int, indices: string[]) : Formula =
        let k = fresh ()
        let relation = if reverse then @"\geq" else @"\leq"
        let body: Formula = this.Element(v, indices |> Array.mapi (fun a i -> if a = axis then k else i))
        Formula.bigOperator symbol $"{k} {relation} {indices[axis]}" body

    member private this.Whole(name: string, q: Equation, indices: string[]) : Formula =
        let operands = String.Join(", ", q.Inputs |> Array.map (fun v -> (this.Named v).Text))
        Formula.subscript ($@"\operatorname{{{name}}}" + Formula.parenthesized operands) indices

    /// A name without indices: the whole tensor.
    member private _.Named(v: int) : Formula =
        match names.Literals[v] with
        | ValueSome c -> Formula.number c
        | ValueNone -> Formula.atom (names.Symbol v)

    member private this.Moved(op: Move, q: Equation, indices: string[]) : Formula =
        let x = q.Inputs[0]
        let from = shapeOf x

        match op with
        | Move.Reshape shape ->
            match names.SameOrder(from, shape) with
            | ValueSome places -> this.Element(x, places |> Array.map (fun p -> if p < 0 then "0" else indices[p]))
            | ValueNone ->
                let sizes = String.Join(@"\times ", shape)
                this.Whole($"reshape_{{{sizes}}}", q, indices)
        | Move.Permute axes ->
            let at: string[] = Array.zeroCreate axes.Length
            axes |> Array.iteri (fun i a -> at[a] <- indices[i])
            this.Element(x, at)
        | Move.Broadcast(_, axes) -> this.Element(x, axes |> Array.mapi (fun i a -> if from[i] = 1 then "0" else indices[a]))
        | Move.Slice(starts, _, steps) -> this.Element(x, indices |> Array.mapi (fun a i -> Formula.affine starts[a] steps[a] i))
        | Move.Pad _ when names.TakesWholes q -> this.Whole("pad", q, indices)
        | Move.Pad p ->
            let inside =
                [
                    for a in 0 .. from.Rank - 1 do
                        if p.Low[a] > 0 then
                            $@"{indices[a]} \geq {p.Low[a]}"

                        if p.High[a] > 0 then
                            $"{indices[a]} < {p.Low[a] + from[a]}"
                ]

            let body: Formula = this.Element(x, indices |> Array.mapi (fun a i -> Formula.shift i -p.Low[a]))

            if inside.IsEmpty then
                body
            else
                Formula.cases [ body, String.Join(", ", inside) ] (Formula.number p.Value)
        | Move.Concat axis ->
            let starts = q.Inputs |> Array.scan (fun start v -> start + (shapeOf v)[axis]) 0

            let part k : Formula =
                this.Element(q.Inputs[k], indices |> Array.mapi (fun a i -> if a = axis then Formula.shift i -starts[k] else i))

            let last = q.Inputs.Length - 1
            let before = List.init last (fun k -> part k, $"{indices[axis]} < {starts[k + 1]}")
            if last = 0 then part 0 else Formula.cases before (part last)

    /// x at positions o s + p d − low of the window's axes; p are fresh.
    member private _.Window(strides: int[], dilations: int[], low: int[], at: string[]) : string[] * string[] =
        let taps = at |> Array.map (fun _ -> fresh ())

        let places =
            Array.init at.Length (fun a ->
                Formula.shift (Formula.plus (Formula.scale strides[a] at[a]) (Formula.scale dilations[a] taps[a])) -low[a])

        taps, places

    member private this.Contracted(op: Contract, q: Equation, indices: string[]) : Formula =
        let x, y = q.Inputs[0], q.Inputs[1]

        match op with
        | Contract.MatMul ->
            let k = fresh ()
            let lead, i, j = indices[.. indices.Length - 3], indices[indices.Length - 2], indices[indices.Length - 1]
            let left: Formula = this.Element(x, Array.append lead [| i; k |])
            let right: Formula = this.Element(y, Array.append lead [| k; j |])
            Formula.bigOperator @"\sum" k (Formula.multiply left right)
        | Contract.Convolution(direction, _) when names.TakesWholes q -> this.Whole($"convolution.{direction}", q, indices)
        | Contract.Convolution(_, spec) ->
            let channel = fresh ()
            let taps, places = this.Window(spec.Strides, spec.Dilations, spec.PadLow, indices[2..])
            let input: Formula = this.Element(x, Array.append [| indices[0]; channel |] places)
            let weight: Formula = this.Element(y, Array.append [| indices[1]; channel |] taps)
            Formula.bigOperator @"\sum" (String.Join(", ", Array.append [| channel |] taps)) (Formula.multiply input weight)

    member private this.Indexed(op: Indexed, q: Equation, indices: string[]) : Formula =
        let x, places = q.Inputs[0], q.Inputs[1]

        match op with
        | Indexed.Gather batch ->
            let rank = (shapeOf places).Rank
            let place: Formula = this.Element(places, indices[.. rank - 1])
            this.Element(x, Array.concat [ indices[.. batch - 1]; [| place.Text |]; indices[rank..] ])
        | Indexed.ScatterAdd batch ->
            let updates, condition, (before: Formula) = this.Updates(batch, q, indices)

            // One index for each place and no other: the condition stands for the sum.
            let added =
                match updates with
                | "", update -> Formula.multiply (Formula.atom $@"\left[{condition}\right]") update
                | running, update -> Formula.bigOperator @"\sum" $@"{running} \,:\, {condition}" update

            if names.Literals[x] = ValueSome 0.0 then added else Formula.add before added
        | Indexed.ScatterMax batch ->
            let (running, update), condition, before = this.Updates(batch, q, indices)
            let chosen = if running = "" then condition else $@"{running} \,:\, {condition}"
            Formula.call @"\max" [ before; Formula.bigOperator @"\max" chosen update ]

    /// What a scatter writes: running indices and the update at them, the condition that the place is this one, what was there before.
    member private this.Updates(batch: int, q: Equation, indices: string[]) : (string * Formula) * string * Formula =
        let x, places = q.Inputs[0], q.Inputs[1]
        let inner = Array.init ((shapeOf places).Rank - batch) (fun _ -> fresh ())
        let all = Array.append indices[.. batch - 1] inner
        let place: Formula = this.Element(places, all)
        let update: Formula = this.Element(q.Inputs[2], Array.append all indices[batch + 1 ..])
        let before: Formula = this.Element(x, indices)
        (String.Join(", ", inner), update), $"{place.Text} = {indices[batch]}", before

    member private this.Generated(op: Generate, q: Equation, indices: string[]) : Formula =
        match op with
        | Generate.Fill(c, _) -> Formula.number c
        | Generate.Iota(axis, _) -> Formula.atom indices[axis]
        | Generate.Random(op, ty) ->
            let keys = indices[.. indices.Length - ty.Shape.Rank - 1]
            let key: Formula = this.Element(q.Inputs[0], keys)

            Formula.subscript
                ($@"\operatorname{{{(string op).ToLowerInvariant()}}}" + Formula.parenthesized key.Text)
                indices[keys.Length ..]

    /// One element of a variable in terms of the elements of what defines it. Control flow is named, not spelled out.
    member private this.Defined(v: int, indices: string[]) : Formula =
        let q = equations[v]

        match q.Operation with
        | Operation.Prim prim -> this.Primitive(prim, q, indices)
        | Operation.Block block ->
            let name = (fst (Graph.describe block)).Split(' ')[0]
            let place = if q.Outputs.Length = 1 then "" else $"_{{{Array.IndexOf(q.Outputs, v)}}}"
            this.Whole(name + place, q, indices)

    member private this.Primitive(prim: Prim, q: Equation, indices: string[]) : Formula =
        let x k : Formula = this.Element(q.Inputs[k], indices)

        match prim with
        | Prim.Unary op -> Formula.unary op (x 0)
        | Prim.Binary op -> Formula.binary op (x 0) (x 1)
        | Prim.Compare op -> Formula.compare op (x 0) (x 1)
        | Prim.Select -> Formula.cases [ x 1, (x 0).Text ] (x 2)
        | Prim.Cast into -> Formula.cast g.Types[q.Inputs[0]].DType into (x 0)
        | Prim.StopGradient -> Formula.call @"\operatorname{stop}" [ x 0 ]
        | Prim.Special op -> Formula.special op (Array.init q.Inputs.Length x)
        | Prim.Sample op ->
            let key: Formula = this.Element(q.Inputs[0], indices[.. (shapeOf q.Inputs[0]).Rank - 1])
            let name = (string op).ToLowerInvariant()
            Formula.call $@"\operatorname{{{name}}}" [ key; x 1 ]
        | Prim.Reduce op ->
            let over symbol axes = this.Over(symbol, axes, q.Inputs[0], indices)

            match op with
            | Reduce.Sum axes -> over @"\sum" axes
            | Reduce.Product axes -> over @"\prod" axes
            | Reduce.Max axes -> over @"\max" axes
            | Reduce.Min axes -> over @"\min" axes
            | Reduce.Any axes -> over @"\bigvee" axes
            | Reduce.All axes -> over @"\bigwedge" axes
            | Reduce.ArgMax axis -> over @"\operatorname{arg\,max}" [| axis |]
            | Reduce.ArgMin axis -> over @"\operatorname{arg\,min}" [| axis |]
        | Prim.Along op ->
            match op with
            | Along.CumulativeSum(axis, reverse) -> this.Running(@"\sum", axis, reverse, q.Inputs[0], indices)
            | Along.CumulativeProduct(axis, reverse) -> this.Running(@"\prod", axis, reverse, q.Inputs[0], indices)
            | Along.CumulativeMax(axis, reverse) -> this.Running(@"\max", axis, reverse, q.Inputs[0], indices)
            | Along.CumulativeMin(axis, reverse) -> this.Running(@"\min", axis, reverse, q.Inputs[0], indices)
            | Along.ArgSort _ -> this.Whole("argsort", q, indices)
            | Along.Fourier(_, false) -> this.Whole("fourier", q, indices)
            | Along.Fourier(_, true) -> this.Whole("fourier^{-1}", q, indices)
        | Prim.Move op -> this.Moved(op, q, indices)
        | Prim.Index op -> this.Indexed(op, q, indices)
        | Prim.Contract op -> this.Contracted(op, q, indices)
        | Prim.Window op ->
            match op with
            | Window.ArgMax _ -> this.Whole("argmaxPool", q, indices)
            | Window.SumTranspose _ -> this.Whole("unpool", q, indices)
            | Window.Sum spec ->
                let lead = indices.Length - spec.Rank
                let taps, places = this.Window(spec.Strides, spec.Dilations, spec.PadLow, indices[lead..])
                Formula.bigOperator @"\sum" (String.Join(", ", taps)) (this.Element(q.Inputs[0], Array.append indices[.. lead - 1] places))
        | Prim.Generate op -> this.Generated(op, q, indices)
        | Prim.Linalg op ->
            let name =
                match op with
                | Linalg.Cholesky -> "cholesky"
                | Linalg.TriangularSolve _ -> "triangularSolve"
                | Linalg.Lu -> "lu"
                | Linalg.LuSolve _ -> "solve"
                | Linalg.Determinant -> "det"
                | Linalg.Qr -> "qr"
                | Linalg.SymmetricEigen -> "eigh"
                | Linalg.Eigen -> "eig"
                | Linalg.SingularValues -> "svd"
                | Linalg.PseudoInverse _ -> "pinv"

            this.Whole(name, q, indices)

    /// One element of a variable.
    member private this.Element(v: int, indices: string[]) : Formula =
        match names.Literals[v] with
        | ValueSome c -> Formula.number c
        | ValueNone ->
            if names.Has v then
                Formula.subscript (names.Symbol v) (shown v indices)
            else
                this.Defined(v, indices)

    /// Left side = right side, at general indices.
    member private this.Line(left: string, v: int, right: string[] -> Formula) : string =
        count <- 0
        let shape = shapeOf v
        let indices = Array.init shape.Rank (fun a -> if shape[a] = 1 then "0" else fresh ())
        let formula: Formula = right indices
        $"{(Formula.subscript left (shown v indices)).Text} &= {formula.Text}"

    member this.Write() : string =
        let arguments = String.Join(", ", e.Arguments |> Array.map (fun (v, _) -> (names.Symbol v)))

        let lines =
            [
                for q in g.Equations do
                    for v in q.Outputs do
                        if names.Has v then
                            this.Line(names.Symbol v, v, (fun indices -> this.Defined(v, indices)))
                for path, v in Array.zip e.Results g.Outputs do
                    let name = if path = "" then "f" else $"f^{{{names.OfPath path}}}"
                    this.Line(name + Formula.parenthesized arguments, v, (fun indices -> this.Element(v, indices)))
            ]

        String.Join("\n", [ @"\begin{aligned}"; String.Join(" \\\\\n", lines); @"\end{aligned}" ])

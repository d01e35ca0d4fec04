namespace DeepFun

open System
open DeepFun.Backends

/// Graphs as programs: run them on any tensors, print them, check them.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal Graph =

    /// Whether control flow may follow the values of x.
    let isKnown (x: Tensor) : bool = x.Interpreter.IsKnown x

    /// Interprets a graph on whatever its inputs are: data, or tracers of any level. `maker` makes the literals.
    let rec run (maker: Interpreter) (g: Graph) (inputs: Tensor[]) : Tensor[] =
        let values: Tensor[] = Array.zeroCreate g.Types.Length

        for i in 0 .. inputs.Length - 1 do
            values[g.Inputs[i]] <- inputs[i]

        for e in g.Equations do
            let xs: Tensor[] = Array.zeroCreate e.Inputs.Length

            for i in 0 .. xs.Length - 1 do
                xs[i] <- values[e.Inputs[i]]

            match e.Operation with
            | Operation.Prim prim -> values[e.Outputs[0]] <- if xs.Length = 0 then maker.Apply(prim, xs) else Tensor.Bind(prim, xs)
            | Operation.Block block -> apply maker block xs |> Array.iteri (fun i y -> values[e.Outputs[i]] <- y)

        g.Outputs |> Array.map (fun v -> values[v])

    /// A block on whatever its operands are. Where the values that it branches on are known, only what is taken runs, at this level.
    and apply (maker: Interpreter) (block: Block) (xs: Tensor[]) : Tensor[] =
        match block with
        | Block.Switch branches when isKnown xs[0] ->
            let index = int (xs[0].ToDouble())
            run maker branches[max 0 (min index (branches.Length - 1))] xs[1..]
        | Block.While w -> loop maker w xs[.. w.Constants - 1] xs[w.Constants ..]
        | Block.Switch _
        | Block.Scan _
        | Block.Checkpoint _
        | Block.Custom _ -> if xs.Length = 0 then maker.ApplyMany(block, xs) else (Tensor.Top xs).ApplyMany(block, xs)

    and private loop (maker: Interpreter) (w: While) (constants: Tensor[]) (carries: Tensor[]) : Tensor[] =
        let inputs = Array.append constants carries
        let condition = (run maker w.Condition inputs)[0]

        if not (isKnown condition) then (Tensor.Top inputs).ApplyMany(Block.While w, inputs)
        elif condition.ToDouble() = 0.0 then carries
        else loop maker w constants (run maker w.Body inputs)

    /// Which results depend on the flagged inputs.
    let rec dependent (g: Graph) (inputs: bool[]) : bool[] =
        let flags: bool[] = Array.zeroCreate g.Types.Length
        Array.iter2 (fun v flag -> flags[v] <- flag) g.Inputs inputs

        for e in g.Equations do
            let operands = e.Inputs |> Array.map (fun v -> flags[v])

            if Array.contains true operands then
                match e.Operation with
                | Operation.Prim _ -> flags[e.Outputs[0]] <- true
                | Operation.Block block -> dependentOf block operands |> Array.iteri (fun i flag -> flags[e.Outputs[i]] <- flag)

        g.Outputs |> Array.map (fun v -> flags[v])

    and private dependentOf (block: Block) (operands: bool[]) : bool[] =
        match block with
        | Block.Switch branches ->
            let each = branches |> Array.map (fun g -> dependent g operands[1..])
            Array.init branches[0].Outputs.Length (fun i -> operands[0] || each |> Array.exists (fun flags -> flags[i]))
        | Block.Scan s -> dependent s.Body (dependentCarries s.Body s.Constants s.Carries operands)
        | Block.While w ->
            let carries = w.Body.Outputs.Length
            let inputs = dependentCarries w.Body w.Constants carries operands
            if (dependent w.Condition inputs)[0] then Array.create carries true else inputs[w.Constants ..]
        | Block.Checkpoint g -> dependent g operands
        | Block.Custom c -> dependent c.Body operands

    /// The flags of a loop's inputs, with those carries that a step makes dependent: until nothing changes.
    and dependentCarries (body: Graph) (constants: int) (carries: int) (inputs: bool[]) : bool[] =
        let results = dependent body inputs

        let more =
            inputs |> Array.mapi (fun i flag -> flag || (i >= constants && i < constants + carries && results[i - constants]))

        if more = inputs then inputs else dependentCarries body constants carries more

    /// Without the lines that no result needs.
    let prune (g: Graph) : Graph =
        let needed: bool[] = Array.zeroCreate g.Types.Length
        let kept = Collections.Generic.List<Equation>()

        for v in g.Outputs do
            needed[v] <- true

        for i in g.Equations.Length - 1 .. -1 .. 0 do
            let e = g.Equations[i]

            if e.Outputs |> Array.exists (fun v -> needed[v]) then
                kept.Add e

                for v in e.Inputs do
                    needed[v] <- true

        kept.Reverse()
        { g with Equations = kept.ToArray() }

    /// With these inputs: a variable of the graph, or a type for one that the graph does not read.
    let withInputs (inputs: struct (int * TensorType)[]) (g: Graph) : Graph =
        let added = Collections.Generic.List<TensorType>()

        let place (struct (v, ty)) =
            if v >= 0 then
                v
            else
                added.Add ty
                g.Types.Length + added.Count - 1

        { g with Inputs = Array.map place inputs; Types = Array.append g.Types (added.ToArray()) }

    /// Graphs whose first inputs are what they close over, made to close over the same tensors.
    let share (traced: struct (Graph * Tensor[])[]) : struct (Graph[] * Tensor[]) =
        let all = traced |> Array.collect (fun (struct (_, closed)) -> closed) |> Array.distinct

        let widened (struct (g: Graph, closed: Tensor[])) =
            let closedInputs =
                all |> Array.map (fun t -> let i = Array.IndexOf(closed, t) in struct ((if i < 0 then -1 else g.Inputs[i]), t.Type))

            let own = g.Inputs[closed.Length ..] |> Array.map (fun v -> struct (v, g.Types[v]))
            withInputs (Array.append closedInputs own) g

        struct (Array.map widened traced, all)

    let private comma = ", "
    let private space = " "
    let private ints (xs: int[]) = "[" + String.Join(", ", xs) + "]"

    /// What an equation does, for printing.
    let primName (prim: Prim) : string =
        match prim with
        | Prim.Unary op -> (string op).ToLowerInvariant()
        | Prim.Binary op -> (string op).ToLowerInvariant()
        | Prim.Compare op -> (string op).ToLowerInvariant()
        | Prim.Select -> "select"
        | Prim.Cast d -> "cast " + DTypes.Name d
        | Prim.Reduce op ->
            match op with
            | Reduce.Sum axes -> "sum " + ints axes
            | Reduce.Product axes -> "product " + ints axes
            | Reduce.Max axes -> "max " + ints axes
            | Reduce.Min axes -> "min " + ints axes
            | Reduce.Any axes -> "any " + ints axes
            | Reduce.All axes -> "all " + ints axes
            | Reduce.ArgMax axis -> $"argmax [{axis}]"
            | Reduce.ArgMin axis -> $"argmin [{axis}]"
        | Prim.Along op ->
            match op with
            | Along.CumulativeSum(axis, r) -> $"cumsum [{axis}] reverse={r}"
            | Along.CumulativeProduct(axis, r) -> $"cumprod [{axis}] reverse={r}"
            | Along.CumulativeMax(axis, r) -> $"cummax [{axis}] reverse={r}"
            | Along.CumulativeMin(axis, r) -> $"cummin [{axis}] reverse={r}"
            | Along.ArgSort(axis, d) -> $"argsort [{axis}] descending={d}"
            | Along.Fourier(axis, inverse) -> $"fourier [{axis}] inverse={inverse}"
        | Prim.Move op ->
            match op with
            | Move.Reshape shape -> $"reshape {shape}"
            | Move.Permute axes -> "permute " + ints axes
            | Move.Broadcast(shape, axes) -> $"broadcast {shape} {ints axes}"
            | Move.Slice(starts, shape, steps) -> $"slice {ints starts} {shape} {ints steps}"
            | Move.Pad p -> $"pad {ints p.Low} {ints p.High} {ints p.Interior} {p.Value}"
            | Move.Concat axis -> $"concat [{axis}]"
        | Prim.Index(Indexed.Gather batch) -> $"gather batch={batch}"
        | Prim.Index(Indexed.ScatterAdd batch) -> $"scatterAdd batch={batch}"
        | Prim.Index(Indexed.ScatterMax batch) -> $"scatterMax batch={batch}"
        | Prim.Contract Contract.MatMul -> "matmul"
        | Prim.Contract(Contract.Convolution(op, s)) ->
            $"convolution {op} stride={ints s.Strides} padding={ints s.PadLow}/{ints s.PadHigh} dilation={ints s.Dilations} groups={s.Groups}"
        | Prim.Linalg op ->
            match op with
            | Linalg.Cholesky -> "cholesky"
            | Linalg.TriangularSolve(lower, transpose, unit) -> $"triangularSolve lower={lower} transpose={transpose} unit={unit}"
            | Linalg.Lu -> "lu"
            | Linalg.LuSolve transpose -> $"luSolve transpose={transpose}"
            | Linalg.Determinant -> "det"
            | Linalg.Qr -> "qr"
            | Linalg.SymmetricEigen -> "eigh"
            | Linalg.Eigen -> "eig"
            | Linalg.SingularValues -> "svd"
            | Linalg.PseudoInverse tolerance -> $"pinv tolerance={tolerance}"
        | Prim.Window(Window.ArgMax s) -> $"windowArgMax {ints s.WindowSize} stride={ints s.Strides}"
        | Prim.Window(Window.Sum s) -> $"windowSum {ints s.WindowSize} stride={ints s.Strides}"
        | Prim.Window(Window.SumTranspose s) -> $"windowSumTranspose {ints s.WindowSize} stride={ints s.Strides}"
        | Prim.Generate(Generate.Fill(v, _)) -> $"fill {v}"
        | Prim.Generate(Generate.Iota(axis, _)) -> $"iota [{axis}]"
        | Prim.Generate(Generate.Random(op, _)) -> $"random {op}"
        | Prim.Special(Special.GammaP order) -> $"gammaP order={order}"
        | Prim.Special Special.GammaQ -> "gammaQ"
        | Prim.Special(Special.BetaI(first, second)) -> $"betaI orders={first},{second}"
        | Prim.Sample op -> $"sample {op}"
        | Prim.StopGradient -> "stopGradient"

    /// The words of a block's line, and its graphs with their names.
    let describe (block: Block) : string * (string * Graph)[] =
        match block with
        | Block.Switch branches -> "switch", branches |> Array.mapi (fun i g -> $"branch {i}", g)
        | Block.Scan s ->
            let reverse = if s.Reverse then " reverse" else ""
            $"scan length={s.Length} constants={s.Constants} carries={s.Carries}{reverse}", [| "body", s.Body |]
        | Block.While w -> $"while constants={w.Constants}", [| "condition", w.Condition; "body", w.Body |]
        | Block.Checkpoint g -> "checkpoint", [| "body", g |]
        | Block.Custom c ->
            let rules =
                [|
                    match c.Jvp with
                    | Some g -> "jvp", g
                    | None -> ()
                    match c.Vjp with
                    | Some v ->
                        "forward", v.Forward
                        "backward", v.Backward
                    | None -> ()
                |]

            $"custom {c.Name} constants={c.Constants}", Array.append [| "body", c.Body |] rules

    /// The words of an equation's line, and the graphs that stand below it.
    let title (operation: Operation) : string * (string * Graph)[] =
        match operation with
        | Operation.Prim prim -> primName prim, [||]
        | Operation.Block block -> describe block

    let rec private lines (indent: string) (g: Graph) : string list =
        let typed (g: Graph) v = $"v{v}: {g.Types[v]}"
        let list (f: int -> string) (separator: string) (vs: int[]) = String.Join(separator, Array.map f vs)
        let variable v = $"v{v}"

        [
            for e in g.Equations do
                let what, inner = title e.Operation
                $"{indent}{list (typed g) comma e.Outputs} = {what} {list variable space e.Inputs}".TrimEnd()

                for name, body in inner do
                    $"{indent}  {name} ({list (typed body) comma body.Inputs}) ->"
                    yield! lines (indent + "    ") body
            $"{indent}return {list variable comma g.Outputs}"
        ]

    /// One line an equation: `v3: float32[2] = mul v1 v2`; the graphs of a block stand under its line.
    let show (g: Graph) : string =
        let inputs = g.Inputs |> Array.map (fun v -> $"v{v}: {g.Types[v]}") |> String.concat ", "
        String.Join("\n", $"({inputs}) ->" :: lines "  " g)

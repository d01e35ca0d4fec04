namespace DeepFun

open System
open DeepFun.Backends

/// Graphs as programs: run them on any tensors, print them, check them.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal Graph =

    /// Interprets a graph on whatever its inputs are: data, or tracers of any level. `root` makes the constants.
    let run (root: Interpreter) (g: Graph) (inputs: Tensor[]) : Tensor[] =
        let values: Tensor[] = Array.zeroCreate g.Types.Length
        Array.iter2 (fun v x -> values[v] <- x) g.Inputs inputs

        for e in g.Equations do
            let xs = e.Inputs |> Array.map (fun v -> values[v])
            values[e.Output] <- if xs.Length = 0 then root.Apply(e.Prim, xs) else Tensor.Bind(e.Prim, xs)

        g.Outputs |> Array.map (fun v -> values[v])

    let private ints (xs: int[]) = "[" + String.Join(", ", xs) + "]"

    let private primName (prim: Prim) : string =
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
        | Prim.Window(Window.ArgMax s) -> $"windowArgMax {ints s.WindowSize} stride={ints s.Strides}"
        | Prim.Window(Window.Sum s) -> $"windowSum {ints s.WindowSize} stride={ints s.Strides}"
        | Prim.Window(Window.SumTranspose s) -> $"windowSumTranspose {ints s.WindowSize} stride={ints s.Strides}"
        | Prim.Generate(Generate.Fill(v, _)) -> $"fill {v}"
        | Prim.Generate(Generate.Iota(axis, _)) -> $"iota [{axis}]"
        | Prim.Generate(Generate.Random(op, _)) -> $"random {op}"
        | Prim.StopGradient -> "stopGradient"

    /// One line an equation: `v3: float32[2] = mul v1 v2`.
    let show (g: Graph) : string =
        let typed v = $"v{v}: {g.Types[v]}"
        let names = Array.map (fun v -> $"v{v}") >> String.concat " "
        let inputs = g.Inputs |> Array.map typed |> String.concat ", "
        let lines = g.Equations |> Array.map (fun e -> $"  {typed e.Output} = {primName e.Prim} {names e.Inputs}".TrimEnd())
        let outputs = g.Outputs |> Array.map (fun v -> $"v{v}") |> String.concat ", "
        String.Join("\n", Array.concat [ [| $"({inputs}) ->" |]; lines; [| $"  return {outputs}" |] ])

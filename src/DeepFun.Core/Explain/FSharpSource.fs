namespace DeepFun

open System
open System.Collections.Generic
open System.Globalization

/// A function as F# source that compiles and gives the same values.
[<RequireQualifiedAccess>]
module internal ExplainFSharp =

    /// Constants up to this size stand in the source; larger ones become arguments.
    let private embedded = 64

    /// Keywords, the names that lambdas bind, and the functions, types and modules that calls name: an argument of such a name gets an underscore.
    let private reserved =
        let keywords =
            "abstract and as assert base begin class const default delegate do done downcast downto elif else end exception extern false finally "
            + "fixed for fun function global if in inherit inline interface internal lazy let match member mod module mutable namespace new not "
            + "null of open or override private public rec return select sig static struct then to true try type upcast use val void when while "
            + "with yield nan infinity nanf infinityf f operand entry index update key carry slices operands"

        let functions =
            "abs signum exp expm1 log log1p log2 log10 sqrt rsqrt cbrt reciprocal square sin cos tan asin acos atan sinh cosh tanh asinh acosh "
            + "atanh sigmoid softplus erf erfc erfInv logGamma digamma polygamma relu floor ceil round truncate isNaN isInfinite logicalNot pow "
            + "maximum minimum arctan2 logicalAnd logicalOr logicalXor equal notEqual less lessOrEqual greater greaterOrEqual where cast sumOver "
            + "prodOver amaxOver aminOver anyOver allOver argmax argmin cumsum cumprod cummax cummin argsort argsortDescending flip reshape permute "
            + "broadcastTo slice sliceStep pad dilate concat stack take scatterAdd scatterMax vmap vjp snd matmul convolution maxPoolWithIndices sumPool "
            + "erfcInv gammainc gammaincc betainc cholesky triangularSolve det pinvWith jvp stopGradient onesLike scanWith whileLoop switch checkpoint "
            + "fftWith ifftWith"

        let types = "Tensor DType Tree Key Random Complex FourierNorm Array Some"
        Array.collect (fun (words: string) -> words.Split ' ') [| keywords; functions; types |]

    let private array (texts: string seq) = "[| " + String.Join("; ", texts) + " |]"

    /// A tensor with its values.
    let private constant (t: Tensor) : string =
        let invariant (v: IFormattable) = v.ToString(null, CultureInfo.InvariantCulture)
        let made (texts: string seq) = $"""Tensor.ofArray [ {String.Join("; ", t.Shape)} ] {array texts}"""

        let single (v: float32) =
            if Single.IsNaN v then
                "nanf"
            elif Single.IsInfinity v then
                (if v > 0.0f then "infinityf" else "-infinityf")
            else
                FSharpCall.float (Double.Parse(v.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)) + "f"

        match t.DType with
        | DType.Float64 -> t.ToArray<float>() |> Seq.map FSharpCall.float |> made
        | DType.Float32 -> t.ToArray<float32>() |> Seq.map single |> made
        | DType.Int64 -> t.ToArray<int64>() |> Seq.map (fun v -> invariant v + "L") |> made
        | DType.Int32 -> t.ToArray<int>() |> Seq.map invariant |> made
        | DType.Bool -> t.ToArray<bool>() |> Seq.map (fun v -> if v then "true" else "false") |> made
        // Every value of a smaller type is one of float32.
        | small -> let wide = t.ToDoubles() |> Seq.map (float32 >> single) |> made in $"cast {FSharpCall.dtype small} ({wide})"

    let private tensors (texts: string[]) = if texts.Length = 0 then "(Array.empty: Tensor[])" else array texts

    /// The texts of a graph's variables as operands: names, and numbers as constants.
    let private operands (names: string[]) (g: Graph) : int -> string =
        let literals = Explained.literals g

        fun v ->
            match literals[v] with
            | ValueSome c -> $"({FSharpCall.full g.Types[v] c})"
            | ValueNone -> names[v]

    /// The lines of a graph, one for each primitive; a block's graphs are functions before it.
    let rec private body (namer: Namer) (indent: string) (names: string[]) (g: Graph) : string list =
        let literals = Explained.literals g
        let operand = operands names g

        [
            for q in g.Equations do
                match q.Operation with
                | Operation.Prim prim ->
                    if literals[q.Outputs[0]].IsNone then
                        let numbers = q.Inputs |> Array.map (fun v -> literals[v])
                        let types = q.Inputs |> Array.map (fun v -> g.Types[v])
                        let call = FSharpCall.write prim (q.Inputs |> Array.map operand) numbers types g.Types[q.Outputs[0]]
                        $"{indent}let {names[q.Outputs[0]]} = {call}"
                | Operation.Block block ->
                    let results = namer.Numbered "results"
                    yield! blockLines namer indent results block (q.Inputs |> Array.map operand)

                    for k in 0 .. q.Outputs.Length - 1 do
                        $"{indent}let {names[q.Outputs[k]]} = {results}[{k}]"
        ]

    /// A function of arrays: each parameter's name with the inputs that it holds; other inputs are texts of the surrounding function.
    and private func
        namer
        (indent: string)
        name
        (g: Graph)
        (outer: string[])
        (parameters: (string * int)[])
        (result: string[] -> string)
        : string list =
        let names = Explained.inner namer g
        let heads = parameters |> Array.map (fun (p, _) -> $"({p}: Tensor[])") |> String.concat " "
        let inside = indent + "    "
        outer |> Array.iteri (fun i text -> names[g.Inputs[i]] <- text)

        [
            $"{indent}let {name} {heads} ="
            let mutable next = outer.Length

            for parameter, count in parameters do
                for i in 0 .. count - 1 do
                    $"{inside}let {names[g.Inputs[next]]} = {parameter}[{i}]"
                    next <- next + 1

            yield! body namer inside names g
            $"{inside}{result (g.Outputs |> Array.map (operands names g))}"
        ]

    /// Lines that bind an array of results.
    and private blockLines namer (indent: string) (results: string) (block: Block) (xs: string[]) : string list =
        match block with
        | Block.Switch branches ->
            let names = branches |> Array.map (fun _ -> namer.Numbered "branch")

            [
                for name, g in Array.zip names branches do
                    yield! func namer indent name g [||] [| "operands", g.Inputs.Length |] tensors
                $"""{indent}let {results} = switch {xs[0]} [ {String.Join("; ", names)} ] {tensors xs[1..]}"""
            ]
        | Block.Scan s ->
            let step, carries, stacks = namer.Numbered "step", namer.Numbered "carries", namer.Numbered "stacks"
            let constants, rest = xs[.. s.Constants - 1], xs[s.Constants ..]
            let slices = s.Body.Inputs.Length - s.Constants - s.Carries
            let pair (ys: string[]) = $"{tensors ys[.. s.Carries - 1]}, {tensors ys[s.Carries ..]}"
            let reverse = if s.Reverse then "true" else "false"

            [
                yield! func namer indent step s.Body constants [| "carry", s.Carries; "slices", slices |] pair
                $"{indent}let {carries}, {stacks} ="
                $"{indent}    scanWith {{ Length = Some {s.Length}; Reverse = {reverse} }} {step} {tensors rest[.. s.Carries - 1]} {tensors rest[s.Carries ..]}"
                $"{indent}let {results} = Array.append {carries} {stacks}"
            ]
        | Block.While w ->
            let condition, step = namer.Numbered "condition", namer.Numbered "step"
            let constants, carries = xs[.. w.Constants - 1], xs[w.Constants ..]

            [
                yield! func namer indent condition w.Condition constants [| "carry", carries.Length |] (fun ys -> ys[0])
                yield! func namer indent step w.Body constants [| "carry", carries.Length |] tensors
                $"{indent}let {results} = whileLoop {condition} {step} {tensors carries}"
            ]
        | Block.Checkpoint g ->
            let name = namer.Numbered "recomputed"

            [
                yield! func namer indent name g [||] [| "operands", g.Inputs.Length |] tensors
                $"{indent}let {results} = checkpoint {name} {tensors xs}"
            ]
        | Block.Custom c ->
            let name = namer.Numbered "ruled"

            [
                $"{indent}// Its derivative is a rule of its own, {c.Name}, which the values do not show."
                yield! func namer indent name c.Body [||] [| "operands", c.Body.Inputs.Length |] tensors
                $"{indent}let {results} = {name} {tensors xs}"
            ]

    let write (e: Explained) : string =
        let g = e.Graph
        let namer = Namer reserved
        let names = Explained.names namer e
        let lines = List<string>([ "open DeepFun"; "open DeepFun.FSharp"; "" ])

        let inside, outside = e.Constants |> Array.partition (fun (_, t) -> t.Size <= embedded && t.IsKnown)

        for v, t in inside do
            lines.Add $"let private {names[v]} = {constant t}"

        if inside.Length > 0 then
            lines.Add ""

        for v, t in outside do
            lines.Add $"// {names[v]} is what the function closes over: {t.Type}."

        let parameters =
            Array.append (Array.map fst e.Arguments) (Array.map fst outside)
            |> Array.map (fun v -> $"({names[v]}: Tensor)")
            |> String.concat " "

        let single = e.Results.Length = 1
        lines.Add $"""let f {parameters} : {(if single then "Tensor" else "Tensor[]")} ="""
        lines.AddRange(body namer "    " names g)
        let results = g.Outputs |> Array.map (operands names g)
        lines.Add(if single then $"    {results[0]}" else $"    {tensors results}")
        String.Join("\n", lines)

/// Finds the places of a source file that can be made wrong, and the ways to do it: by the syntax tree, never by hand.
module DeepFun.Mutation.Sites

open FSharp.Compiler.CodeAnalysis
open FSharp.Compiler.Syntax
open FSharp.Compiler.Text

/// An expression on one line and the texts that can stand in its place.
type Site =
    {
        Line: int
        /// Columns from start up to but without stop.
        Start: int
        Stop: int
        Alternatives: string list
    }

/// Operators by their compiled names: what each becomes.
let private operators =
    dict
        [
            "op_Addition", [ "-" ]
            "op_Subtraction", [ "+" ]
            "op_Multiply", [ "/" ]
            "op_Division", [ "*" ]
            "op_LessThan", [ "<=" ]
            "op_LessThanOrEqual", [ "<" ]
            "op_GreaterThan", [ ">=" ]
            "op_GreaterThanOrEqual", [ ">" ]
            "op_Equality", [ "<>" ]
            "op_Inequality", [ "=" ]
            "op_BooleanAnd", [ "||" ]
            "op_BooleanOr", [ "&&" ]
        ]

let private compares =
    set [ "op_LessThan"; "op_LessThanOrEqual"; "op_GreaterThan"; "op_GreaterThanOrEqual"; "op_Equality"; "op_Inequality" ]

/// Names of functions, cases and fields that are easily taken for each other.
let private confused =
    [
        "sin", "cos"
        "sinh", "cosh"
        "min", "max"
        "minimum", "maximum"
        "exp", "log"
        "sqrt", "rsqrt"
        "floor", "ceil"
        "zerosLike", "onesLike"
        "equal", "notEqual"
        "Reduce.Max", "Reduce.Min"
        "Reduce.Any", "Reduce.All"
        "Reduce.ArgMax", "Reduce.ArgMin"
        "Reduce.Sum", "Reduce.Product"
        "Along.CumulativeMax", "Along.CumulativeMin"
        "Along.CumulativeSum", "Along.CumulativeProduct"
        "Compare.Greater", "Compare.GreaterOrEqual"
        "Compare.Less", "Compare.LessOrEqual"
        "Compare.Equal", "Compare.NotEqual"
        "Window.Sum", "Window.SumTranspose"
        "ConvolutionOp.Forward", "ConvolutionOp.InputGradient"
        "ConvolutionOp.InputGradient", "ConvolutionOp.WeightGradient"
        "ConvolutionOp.WeightGradient", "ConvolutionOp.Forward"
        "p.Low", "p.High"
        "Unary.Digamma", "Unary.LogGamma"
    ]

/// What can be forgotten: f x becomes x.
let private forgotten =
    set [ "up"; "not"; "square"; "transpose"; "inverse"; "signum"; "stopGradient"; "rsqrt"; "sqrt"; "flip" ]

/// Functions whose last two arguments have one type and must not be exchanged.
let private ordered = set [ "bindMatMul"; "matmul"; "pow"; "conv"; "where"; "greater"; "less"; "take" ]

let private swaps name =
    confused
    |> List.collect (fun (a, b) ->
        if a = name then [ b ]
        elif b = name then [ a ]
        else [])

/// The finder of one file. Lines count from 1.
type private Finder(lines: string[]) =

    member _.Text(r: range) = lines[r.StartLine - 1].Substring(r.StartColumn, r.EndColumn - r.StartColumn)

    member _.OneLine(r: range) = r.StartLine = r.EndLine && not r.IsSynthetic

    member f.Infix(left: SynExpr, op: string, right: SynExpr) : string list =
        let l, r = f.Text left.Range, f.Text right.Range

        let text (e: SynExpr) =
            match e with
            | SynExpr.InterpolatedString _
            | SynExpr.Const(SynConst.String _, _) -> true
            | _ -> false

        if text left || text right then
            []
        else
            [
                for other in operators[op] do
                    $"{l} {other} {r}"

                // A forgotten term or factor; a number alone would have another type.
                let number (e: SynExpr) =
                    match e with
                    | SynExpr.Const _ -> true
                    | _ -> false

                if not (number left) && op <> "op_BooleanAnd" && op <> "op_BooleanOr" && not (compares.Contains op) then
                    l

                if op = "op_Addition" && not (number right) then
                    r
            ]

    /// Everything that this expression could wrongly be.
    member f.Alternatives(e: SynExpr) : string list =
        match e with
        | SynExpr.Const(SynConst.Int32 n, _) -> [ string (n + 1) ]
        | SynExpr.Const(SynConst.Double v, _) -> [ (v + 1.0).ToString "0.0###############" ]
        | SynExpr.Const(SynConst.Bool b, _) -> [ (if b then "false" else "true") ]
        | SynExpr.LongIdent(_, SynLongIdent(ids, _, _), _, _) when ids.Length > 1 ->
            let path = ids |> List.map _.idText
            let last2 = String.concat "." (List.skip (path.Length - 2) path)
            swaps last2
        | SynExpr.App(_, false, SynExpr.App(_, true, SynExpr.LongIdent(_, SynLongIdent([ op ], _, _), _, _), left, _), right, _) when
            operators.ContainsKey op.idText
            ->
            f.Infix(left, op.idText, right)
        | SynExpr.App(_, false, SynExpr.LongIdent(_, SynLongIdent([ op ], _, _), _, _), x, _) when op.idText = "op_UnaryNegation" ->
            [ f.Text x.Range ]
        | SynExpr.App(_, false, SynExpr.Ident g, x, _) when forgotten.Contains g.idText || not (swaps g.idText).IsEmpty ->
            [
                // With its argument: an operator alone has no type yet.
                for other in swaps g.idText do
                    $"{other} {f.Text x.Range}"

                if forgotten.Contains g.idText then
                    f.Text x.Range
            ]
        | SynExpr.App(_, false, SynExpr.App(_, false, g, a, _), b, _) ->
            let rec head (e: SynExpr) =
                match e with
                | SynExpr.Ident name -> name.idText
                | SynExpr.App(_, false, inner, _, _) -> head inner
                | _ -> ""

            if ordered.Contains(head g) then [ $"{f.Text g.Range} {f.Text b.Range} {f.Text a.Range}" ] else []
        | SynExpr.ArrayOrListComputed(true, SynExpr.Sequential(_, _, a, b, _, _), _) ->
            match b with
            | SynExpr.Sequential _ -> []
            | _ -> [ $"[| {f.Text b.Range}; {f.Text a.Range} |]" ]
        | _ -> []

    /// The wrong condition of an if.
    member f.Condition(e: SynExpr) : (range * string) option =
        match e with
        | SynExpr.IfThenElse(ifExpr = c) when f.OneLine c.Range -> Some(c.Range, $"not ({f.Text c.Range})")
        | _ -> None

/// Within an interpolated string quotes end the text, so nothing there is touched.
let private insideText (path: SyntaxVisitorPath) =
    path
    |> List.exists (fun node ->
        match node with
        | SyntaxNode.SynExpr(SynExpr.InterpolatedString _) -> true
        | _ -> false)

/// Every site of a file, in order; outer ones before those within.
let find (file: string) (text: string) : Site list =
    let checker = FSharpChecker.Create()
    let options = { FSharpParsingOptions.Default with SourceFiles = [| file |] }
    let parsed = checker.ParseFile(file, SourceText.ofString text, options) |> Async.RunSynchronously
    let finder = Finder(text.Split '\n')

    let visit (found: (range * string list) list) (path: SyntaxVisitorPath) (node: SyntaxNode) =
        match node with
        | SyntaxNode.SynExpr e when not (insideText path) ->
            let found =
                match finder.Condition e with
                | Some(r, t) -> (r, [ t ]) :: found
                | None -> found

            if finder.OneLine e.Range then
                match finder.Alternatives e with
                | [] -> found
                | texts -> (e.Range, texts) :: found
            else
                found
        | _ -> found

    ParsedInput.fold visit [] parsed.ParseTree
    |> List.groupBy (fun (r, _) -> r.StartLine, r.StartColumn, r.EndColumn)
    |> List.map (fun ((line, start, stop), many) ->
        {
            Line = line
            Start = start
            Stop = stop
            Alternatives = many |> List.collect snd |> List.distinct
        })
    |> List.sortBy (fun s -> s.Line, s.Start, -s.Stop)

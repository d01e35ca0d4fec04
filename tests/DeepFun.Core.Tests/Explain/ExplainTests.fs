/// What Explain prints, compared with what a textbook would; and that every primitive prints in every format.
module DeepFun.Core.Tests.Explain.ExplainTests

open System
open System.Text.RegularExpressions
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests
open DeepFun.Core.Tests.Numbers
open Xunit

let private v = f64 [ 3 ] [ 0.5; 1.0; 2.0 ]
let private m = f64 [ 2; 3 ] [ 0.5; 1.0; 2.0; 3.0; 4.0; 5.0 ]

/// The lines between begin and end.
let private formula f x : string list =
    let lines = (Explain.latex f x).Split '\n'
    Assert.Equal(@"\begin{aligned}", lines[0])
    Assert.Equal(@"\end{aligned}", lines[lines.Length - 1])
    lines[1 .. lines.Length - 2] |> Array.map (fun line -> Regex.Replace(line, @" \\\\$", "")) |> List.ofArray

let private right (f: Tensor -> Tensor) (x: Tensor) : string =
    let lines = formula f x
    let line = Assert.Single lines
    line[line.IndexOf "&= " + 3 ..]

[<Fact>]
let ``text names arguments by their places and shows numbers where they are read`` () =
    let f (x: Tensor, (w: Tensor, n: Tensor)) = sum (exp (x * 2.0)) + w, n

    let expected =
        [
            "f(x0: float64[3], x1_0: float64[], x1_1: int32[]) ->"
            "  v1: float64[3] = mul x0 2"
            "  v2: float64[3] = exp v1"
            "  v3: float64[] = sum [0] v2"
            "  v4: float64[] = add v3 x1_0"
            "  return 0 = v4, 1 = x1_1"
        ]

    Assert.Equal(String.concat "\n" expected, Explain.text f (v, (scalar 1.0, Tensor.ofArray [] [| 3 |])))

[<Fact>]
let ``the derivative of a square is twice the number`` () =
    let f (x: Tensor) = sum (square x)
    Assert.Equal(@"f\left(x\right) &= \sum_{i} x_{i}^{2}", Assert.Single(formula f v))
    Assert.Equal(@"f\left(x\right)_{i} &= 2 x_{i}", Assert.Single(formula (grad f) v))
    Assert.Equal("f(x: float64[3]) ->\n  v1: float64[3] = mul 2 x\n  return v1", Explain.text (grad f) v)

[<Fact>]
let ``formulas look as in a book`` () =
    let check (expected: string) (f: Tensor -> Tensor) x = Assert.Equal(expected, right f x)
    check @"\frac{e^{-\frac{x_{i}^{2}}{2}}}{\sqrt{2 \pi}}" (fun x -> exp (-(square x) / 2.0) / sqrt (2.0 * Math.PI)) v
    check @"\sqrt{1 - x_{i}^{2}}" (fun x -> sqrt (1.0 - x * x)) v
    check @"\left(x_{i} + 1\right) \left(x_{i} - 1\right)" (fun x -> (x + 1.0) * (x - 1.0)) v
    check @"x_{i} - \left(\frac{1}{2} - x_{i}\right)" (fun x -> x - (0.5 - x)) v
    check @"\frac{1}{2} x_{i} \left(1 + \operatorname{erf}\left(\frac{1}{\sqrt{2}} x_{i}\right)\right)" gelu v
    check @"\sin^{2} x_{i} + \cos^{2} x_{i}" (fun x -> square (sin x) + square (cos x)) v
    check @"x_{i}^{3}" (fun x -> pow x (scalar 3.0)) v
    check @"\sum_{k} x_{ik} x_{jk}" (fun x -> matmul x (transpose x)) m
    check @"x_{ji}" transpose m
    check @"\max_{j} x_{ij}" (amaxOver [ 1 ]) m
    check @"\prod_{i, j} x_{ij}" prod m
    check @"\frac{\sum_{i, j} x_{ij}}{6}" mean m
    check @"\sum_{j \leq i} x_{j}" (cumsum 0) v
    check @"x_{2 - i}" (flip [ 0 ]) v
    check @"x_{i + 1}" (slice 0 1 3) v
    check @"\begin{cases} x_{i - 1} & i \geq 1 \\ 0 & \text{otherwise} \end{cases}" (pad 0.0 [ 1, 0 ]) v

    check
        @"\begin{cases} x_{i} & x_{i} > 0 \\ 0 & \text{otherwise} \end{cases}"
        (fun x -> where (greater x (zerosLike x)) x (zerosLike x))
        v

    check @"\left[x_{i} < 1\right]" (fun x -> cast DType.Float64 (less x (scalar 1.0))) v
    check @"\log\left(1 + e^{x_{i}}\right)" softplus v
    check @"\psi^{(2)}\left(x_{i}\right)" (polygamma 2) v
    check @"-3 x_{i}" (fun x -> x * -3.0) v
    check @"\left|x_{i}\right|^{2}" (fun x -> square (abs x)) v
    check @"1 \cdot 10^{-9} x_{i}" (fun x -> 1e-9 * x) v

[<Fact>]
let ``what is read twice has a line of its own`` () =
    let lines = formula (fun (x: Tensor) -> let e = exp x in e / sum e) v
    Assert.Equal<string list>([ @"a_{i} &= e^{x_{i}}"; @"f\left(x\right)_{i} &= \frac{a_{i}}{\sum_{j} a_{j}}" ], lines)
    // A name of an argument is not given again.
    let lines = formula (fun (t: Map<string, Tensor>) -> let e = exp t["a"] in e / sum e) (Map [ "a", v ])
    Assert.Equal<string list>([ @"b_{i} &= e^{a_{i}}"; @"f\left(a\right)_{i} &= \frac{b_{i}}{\sum_{j} b_{j}}" ], lines)

[<Fact>]
let ``convolutions, gathering and scattering are sums over indices`` () =
    let x, w = f64 [ 1; 1; 4 ] [ 1.0; 2.0; 3.0; 4.0 ], f64 [ 1; 1; 2 ] [ 1.0; 2.0 ]
    let options = { ConvolutionOptions.Default with Strides = [| 2 |] }
    let lines = formula (fun (x: Tensor, w: Tensor) -> convolution options x w) (x, w)
    Assert.Equal<string list>([ @"f\left(x^{(0)}, x^{(1)}\right)_{i} &= \sum_{j, k} x^{(0)}_{2 i + k} x^{(1)}_{k}" ], lines)
    let places = Tensor.ofArray [ 2 ] [| 2; 0 |]
    Assert.Equal(@"x_{C^{(1)}_{i}}", right (take 0 places) v)
    let gradient = grad (fun x -> sum (square (take 0 places x)))
    Assert.Equal(@"\sum_{j \,:\, C^{(1)}_{j} = i} 2 x_{C^{(1)}_{j}}", right gradient v)

[<Fact>]
let ``results in a tree are told apart`` () =
    let f (x: Map<string, Tensor>) = sum (x["A"] * x["b"])
    let lines = formula (grad f) (Map [ "A", v; "b", v ])
    Assert.Equal<string list>([ @"f^{A}\left(A, b\right)_{i} &= b_{i}"; @"f^{b}\left(A, b\right)_{i} &= A_{i}" ], lines)

[<Fact>]
let ``Mermaid has a node for each operation`` () =
    let expected =
        [
            "flowchart TD"
            "  n0([\"x: float64[3]\"])"
            "  n2[\"sub (1, ·)<br/>float64[3]\"]"
            "  n0 --> n2"
            "  n3[\"sum [0]<br/>float64[]\"]"
            "  n2 --> n3"
            "  r0([\"f: float64[]\"])"
            "  n3 --> r0"
        ]

    Assert.Equal(String.concat "\n" expected, Explain.mermaid (fun (x: Tensor) -> sum (1.0 - x)) v)

/// A loop whose step branches on what is not known while it is traced.
let private looped (x: Tensor) : Tensor =
    let step (c: Tensor) (x: Tensor) = (let c = cond (greater c (onesLike c)) (fun c -> c * 0.5) (fun c -> c + x) c in c, c)
    scan step (scalar 0.0) x |> snd

[<Fact>]
let ``loops and branches print with their graphs`` () =
    let expected =
        [
            "f(x: float64[3]) ->"
            "  v1: float64[], v2: float64[3] = scan length=3 constants=0 carries=1 0 x"
            "    body (v3: float64[], v4: float64[]) ->"
            "      v5: bool[] = greater v3 1"
            "      v6: int32[] = cast int32 v5"
            "      v7: float64[] = switch v6 v4 v3"
            "        branch 0 (v8: float64[], v9: float64[]) ->"
            "          v10: float64[] = add v9 v8"
            "          return v10"
            "        branch 1 (v11: float64[], v12: float64[]) ->"
            "          v13: float64[] = mul v12 0.5"
            "          return v13"
            "      return v7, v7"
            "  return v2"
        ]

    Assert.Equal(String.concat "\n" expected, Explain.text looped v)
    Assert.Contains("scanWith { Length = Some 3; Reverse = false } step1", Explain.fsharp looped v)
    let mermaid = Explain.mermaid looped v
    Assert.Equal(3, Regex.Matches(mermaid, "(?m)^  subgraph ").Count)
    Assert.Equal(3, Regex.Matches(mermaid, "(?m)^  end$").Count)
    Assert.Contains(@"\operatorname{scan_{1}}", Explain.latex looped v)

[<Fact>]
let ``F# has constants in it, larger ones as arguments`` () =
    let small, large = f64 [ 2 ] [ 1.0; 1e-7 ], Tensor.linspace 0.0 1.0 100
    let inside = Explain.fsharp (fun (x: Tensor) -> small * x) (f64 [ 2 ] [ 1.0; 2.0 ])
    let head = "open DeepFun\nopen DeepFun.FSharp\n\n"

    Assert.Equal(
        $"{head}let private c1 = Tensor.ofArray [ 2 ] [| 1.0; 1E-07 |]\n\nlet f (x: Tensor) : Tensor =\n    let v1 = c1 * x\n    v1",
        inside
    )

    let outside = Explain.fsharp (fun (x: Tensor) -> x * large) (Tensor.zeros [ 100 ])
    let note = "// c1 is what the function closes over: float32[100]."
    Assert.Equal($"{head}{note}\nlet f (x: Tensor) (c1: Tensor) : Tensor =\n    let v1 = x * c1\n    v1", outside)

[<Fact>]
let ``what a function closes over may be a derivative without values`` () =
    let texts = ref []

    let f (w: Tensor) =
        let scaled (x: Tensor) = x * w
        texts.Value <- [ Explain.text scaled v; Explain.fsharp scaled v ]
        w * w

    // The scalar is broadcast where it belongs, outside of the trace.
    let text = "f(x: float64[3]) ->\n  c1: float64[3] = constant\n  v1: float64[3] = mul x c1\n  return v1"

    let source =
        "open DeepFun\nopen DeepFun.FSharp\n\n// c1 is what the function closes over: float64[3].\n"
        + "let f (x: Tensor) (c1: Tensor) : Tensor =\n    let v1 = x * c1\n    v1"

    for level in [ map; vmap ] do
        level (grad f) v |> ignore
        Assert.Equal<string list>([ text; source ], texts.Value)

[<Fact>]
let ``names that F# takes otherwise are changed`` () =
    let text =
        Explain.fsharp
            (fun (t: Map<string, Tensor>) -> exp t["exp"] + t["let"] + t["2nd"] + t["a-b"])
            (Map [ for k in [ "exp"; "let"; "2nd"; "a-b" ] -> k, v ])

    Assert.Contains("let f (x2nd: Tensor) (a_b: Tensor) (exp_: Tensor) (let_: Tensor) : Tensor =", text)

[<Fact>]
let ``a function that reads values cannot be shown`` () =
    throws "DF0402" (fun () -> Explain.text (fun (x: Tensor) -> if x.ToDouble() > 0.0 then x else -x) (scalar 1.0))
    throws "DF0301" (fun () -> Explain.latex (fun (x: float) -> x) 1.0)

let private byName = Laws.Products.table |> Seq.map (fun row -> row.Name, row) |> dict

/// Rows with operands.
let rows =
    Laws.Products.table |> List.filter (fun row -> row.Operands.Length > 0) |> List.map (fun row -> [| box row.Name |])

/// Braces, brackets of every kind and environments close what they open, and no two superscripts or subscripts stand together.
let private wellFormed (latex: string) =
    let depth =
        latex
        |> Seq.scan
            (fun d c ->
                if c = '{' then d + 1
                elif c = '}' then d - 1
                else d)
            0
        |> Array.ofSeq

    Assert.All(depth, fun d -> Assert.True(d >= 0))
    Assert.Equal(0, Array.last depth)
    let count (pattern: string) = Regex.Matches(latex, pattern).Count
    Assert.Equal(count @"\\left(?![a-z])", count @"\\right(?![a-z])")
    Assert.Equal(count @"\\begin\{", count @"\\end\{")
    Assert.DoesNotMatch(@"\^\{[^{}]*\}\^", latex)
    Assert.DoesNotMatch(@"_\{[^{}]*\}_", latex)

[<Theory; MemberData(nameof rows)>]
let ``every primitive prints in every format`` (name: string) =
    let row = byName[name]
    let xs = Laws.Row.inputs row 0
    let apply (xs: Tensor[]) = Laws.Row.apply row xs
    let floating = Array.exists (fun (t: Tensor) -> DTypes.IsFloating t.DType) xs && DTypes.IsFloating (apply xs).DType
    let derivative (xs: Tensor[]) = snd (vjp apply xs) (onesLike (apply xs))

    let check (f: Tensor[] -> 'b) =
        wellFormed (Explain.latex f xs)
        Assert.StartsWith("f(x0: ", Explain.text f xs)

        let mermaid = (Explain.mermaid f xs).Split '\n'

        let declared =
            mermaid |> Array.map (fun l -> Regex.Match(l, @"^  (\w+)[\[(]").Groups[1].Value) |> Array.filter (fun n -> n <> "")

        Assert.Equal(declared.Length, (Array.distinct declared).Length)

        for l in mermaid do
            let edge = Regex.Match(l, @"^  (\w+) --> (\w+)$")

            if edge.Success then
                Assert.Contains(edge.Groups[1].Value, declared)
                Assert.Contains(edge.Groups[2].Value, declared)

        // What has no public function says so.
        try
            Assert.Contains("let f (x0: Tensor)", Explain.fsharp f xs)
        with :? DeepFunException as e ->
            Assert.Equal("DF0451", e.Code)

    check apply

    if floating then
        check derivative

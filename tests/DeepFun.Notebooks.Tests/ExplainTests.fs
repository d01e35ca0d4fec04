/// The F# that Explain prints compiles and gives the same values, bit for bit: functions and their gradients, through the compiler.
module DeepFun.Notebooks.Tests.ExplainTests

open System
open System.IO
open Xunit

/// Functions of a float32 vector of 6 positive numbers below 1. Between them they use every primitive that public functions give.
let private functions =
    """
    exp; expm1; log; log1p; log2; log10; sqrt; rsqrt; cbrt; reciprocal; square; sin; cos; tan; asin; acos; atan; sinh; cosh; tanh; asinh
    (fun x -> acosh (x + 1.5)); atanh; sigmoid; softplus; erf; erfc; erfInv; logGamma; digamma; polygamma 2; relu; abs; signum; floor; ceil
    round; truncate; (fun x -> -x); softmax 0; logSoftmax 0; gelu; (fun x -> silu x * elu 0.5 (x - 0.5)); logSumExp [ 0 ]; variance; norm
    (fun x -> x + flip [ 0 ] x); (fun x -> x - 2.0 * x); (fun x -> 3.0 - x / 7.0); (fun x -> pow x (flip [ 0 ] x)); (fun x -> x % 0.3)
    (fun x -> maximum x (flip [ 0 ] x) * minimum x (x * x)); (fun x -> arctan2 x (flip [ 0 ] x)); (fun x -> where (greater x (flip [ 0 ] x)) x (x * x))
    (fun x -> where (logicalAnd (lessOrEqual x (x * 2.0)) (logicalNot (isNaN x))) (1.0 / x) x)
    (fun x -> where (logicalXor (equal x (x * x)) (logicalOr (notEqual x x) (greaterOrEqual x (x * x)))) (nan * x) (infinity * x))
    (fun x -> cast DType.Float32 (isInfinite x)); (fun x -> cast DType.Float32 (cast DType.Int32 (x * 10.0))); (fun x -> cast DType.Float64 x)
    (fun x -> prod x); (fun x -> amax x - amin x); (fun x -> prodOver [ 1 ] (reshape [ 2; 3 ] x)); (fun x -> amaxOver [ 0 ] (reshape [ 2; 3 ] x))
    (fun x -> cast DType.Float32 (argmax 0 x)); (fun x -> cast DType.Float32 (argmin 0 x)); (fun x -> cast DType.Float32 (any (less x (x * x))))
    (fun x -> cast DType.Float32 (all (less x (x * x)))); cumsum 0; cumprod 0; cummax 0; cummin 0; sort 0; sortDescending 0
    (fun x -> reshape [ 3; 2 ] x |> transpose); (fun x -> repeat 2 0 x); (fun x -> broadcastTo [ 2; 6 ] x); (fun x -> x[1..4])
    (fun x -> sliceStep 0 1 6 2 x |> flip [ 0 ]); (fun x -> pad 0.5 [ 2, -1 ] x); (fun x -> dilate [ 3 ] x); (fun x -> concat 0 [ x; x[..2]; x * 2.0 ])
    (fun x -> take 0 (Tensor.ofArray [ 4 ] [| 5; 0; 0; 2 |]) x); (fun x -> takeAlong 1 (Tensor.ofArray [ 2; 2 ] [| 2; 0; 1; 1 |]) (reshape [ 2; 3 ] x))
    (fun x -> cholesky (matmul (reshape [ 2; 3 ] x) (transpose (reshape [ 2; 3 ] x)))); (fun x -> pinv (reshape [ 2; 3 ] x))
    (fun x -> gammainc x (x + 0.5)); (fun x -> gammaincc x (x + 0.5)); (fun x -> betainc x (x + 0.5) (0.9 * x)); erfcInv
    (fun x -> scatterMax 0 (Tensor.ofArray [ 3 ] [| 1; 1; 4 |]) x[..2] x)
    (fun x -> scatterAdd 0 (Tensor.ofArray [ 3 ] [| 1; 1; 4 |]) x[..2] x); (fun x -> matmul (reshape [ 2; 3 ] x) (reshape [ 3; 2 ] x))
    (fun x -> einsum "bij,bkj->bik" [ reshape [ 1; 2; 3 ] x; reshape [ 1; 2; 3 ] (x * x) ])
    (fun x -> convolution { ConvolutionOptions.Default with Padding = [| 1 |]; Strides = [| 2 |] } (reshape [ 1; 2; 3 ] x) (reshape [ 1; 2; 3 ] x))
    (fun x -> convolutionTranspose ConvolutionOptions.Default [| 0 |] (reshape [ 1; 1; 6 ] x) (reshape [ 1; 2; 3 ] x))
    (fun x -> maxPool [| 2 |] [| 2 |] [| 0 |] (reshape [ 1; 6 ] x)); (fun x -> averagePool [| 3 |] [| 1 |] [| 1 |] (reshape [ 1; 6 ] x))
    (fun x -> stopGradient x * x); (fun x -> tril 0 (outer x x)); (fun x -> x * Random.normal [ 6 ] (Key.ofSeed 3L)); (fun x -> diagonal 0 0 1 (outer x x))
    (fun x -> let c = Tensor.linspace 0.0 1.0 6 in x * c + sum c); (fun x -> x * 1e-9 + (Tensor.full [ 6 ] -0.0)); (fun x -> cumprod 0 (flip [ 0 ] x) |> vmap exp)
    (fun x -> scan (fun (c: Tensor) (x: Tensor) -> (let d = c * 0.5 + sin x in d, d * c)) (sum x) x |> snd); (fun x -> checkpoint (fun x -> sin (exp x)) x)
    (fun x -> scanWith { Length = None; Reverse = true } (fun (a: Tensor, b: Tensor) (x: Tensor) -> (b, a * x), ()) (sum x, prod x) x |> fst |> fst)
    (fun x -> vmap (fun (x: Tensor) -> cond (greater x (Tensor.scalar 0.5)) sin (fun (x: Tensor) -> x * x * sum x) x) x)
    (fun x -> vmap (fun (x: Tensor) -> switch (cast DType.Int32 (x * 4.0)) [ sin; cos; tan; exp ] x) x)
    (fun x -> let big = x * 10.0 in map (fun (x: Tensor) -> cond (greater x (Tensor.scalar 0.5)) (fun (x: Tensor) -> sum big * x) (fun x -> x + sum big) x) x)
    (fun x -> map (fun (x: Tensor) -> whileLoop (fun (c: Tensor) -> less c (Tensor.scalar 4.0)) (fun (c: Tensor) -> c * 1.5 + sum x) x) (stopGradient x))
    (fun x -> map (customJvp exp (fun (x: Tensor) (dx: Tensor) -> exp x, dx * exp x)) x)
    (fun x -> fftConvolve ConvolutionPart.Full [ 0 ] x (flip [ 0 ] x)); (fun x -> (fft 0 (Complex.ofReal x)).Im)
    """

let private set: string[] =
    functions.Split([| ';'; '\n' |])
    |> Array.fold
        // A semicolon within brackets ends nothing.
        (fun (parts: string list, ``open``: string) piece ->
            let text = if ``open`` = "" then piece.Trim() else ``open`` + ";" + piece

            let balance =
                text
                |> Seq.sumBy (fun c ->
                    if "([{".Contains c then 1
                    elif ")]}".Contains c then -1
                    else 0)

            if balance > 0 then parts, text
            elif text = "" then parts, ""
            else text :: parts, "")
        ([], "")
    |> fst
    |> List.rev
    |> Array.ofList

let private library =
    Path.Combine(Notebook.root, "src/DeepFun.CSharp", "bin", DirectoryInfo(AppContext.BaseDirectory).Parent.Name, "net10.0")

let private started () : IKernel =
    let kernel: IKernel = new FSharpKernel(Notebook.folder)

    for name in [ "DeepFun.Backends.dll"; "DeepFun.Core.dll" ] do
        kernel.Execute($"#r \"{Path.Combine(library, name).Replace('\\', '/')}\"") |> ignore

    kernel.Execute "open System\nopen DeepFun\nopen DeepFun.FSharp" |> ignore
    kernel.Execute "let bits (t: Tensor) = t.ToDoubles() |> Array.map BitConverter.DoubleToInt64Bits" |> ignore
    kernel

let private indented (source: string) = source.Split '\n' |> Array.map (fun line -> "    " + line) |> String.concat "\n"

[<Fact>]
let ``generated functions and gradients give the same bits`` () =
    use kernel = started ()
    Assert.True(set.Length > 90, $"{set.Length} functions")
    kernel.Execute "let x: Tensor = Tensor.vector [ 0.3; 0.75; 0.1; 0.55; 0.9; 0.45 ]" |> ignore
    let list = set |> Array.map (fun f -> $"    ({f})") |> String.concat "\n"
    kernel.Execute $"let functions: (Tensor -> Tensor)[] = [|\n{list}\n    |]" |> ignore

    kernel.Execute
        "let derivative (f: Tensor -> Tensor) x = let y = f x in if DTypes.IsFloating y.DType then grad (fun x -> sum (f x * y)) x else y"
    |> ignore

    kernel.Execute "let all = Array.append functions (functions |> Array.map derivative)" |> ignore
    let sources = kernel.Execute "all |> Array.map (fun f -> Explain.fsharp f x)" :?> string[]

    sources
    |> Array.mapi (fun i source -> $"module Generated{i} =\n{indented source}")
    |> String.concat "\n\n"
    |> kernel.Execute
    |> ignore

    let calls = sources |> Array.mapi (fun i _ -> $"Generated{i}.f x") |> String.concat "; "

    let differences =
        kernel.Execute
            $"Array.zip all [| {calls} |] |> Array.indexed |> Array.filter (fun (_, (f, y)) -> bits (f x) <> bits y) |> Array.map fst"
        :?> int[]

    let named =
        differences
        |> Array.map (fun i -> $"{set[i % set.Length]} (gradient: {i >= set.Length})\n{sources[i]}")
        |> String.concat "\n"

    Assert.True((differences.Length = 0), named)

[<Fact>]
let ``records become arguments and results arrays`` () =
    use kernel = started ()

    let source =
        kernel.Execute(
            "type Line = { Slope: Tensor; Offset: Tensor }\n"
            + "let line = { Slope = Tensor.vector [ 1.5; 2.5 ]; Offset = Tensor.scalar 0.5 }\n"
            + "let loss (l: Line) = sum (square (l.Slope * 3.0 + l.Offset))\n"
            + "Explain.fsharp (grad loss) line"
        )
        :?> string

    Assert.Contains("let f (Slope: Tensor) (Offset: Tensor) : Tensor[] =", source)
    kernel.Execute source |> ignore

    let same =
        kernel.Execute "let g = grad loss line in Array.map bits (f line.Slope line.Offset) = [| bits g.Slope; bits g.Offset |]"

    Assert.Equal<obj>(true, same)

[<Fact>]
let ``fields may have the names that the source uses`` () =
    use kernel = started ()

    let fields =
        [ "Array"; "Complex"; "DType"; "FourierNorm"; "Key"; "Random"; "Some"; "Tensor"; "Tree"; "fftWith"; "ifftWith" ]

    let typed = fields |> List.map (fun name -> if name = "Key" then "Key: Key" else $"{name}: Tensor") |> String.concat "; "

    let values =
        fields
        |> List.map (fun name -> if name = "Key" then "Key = Key.ofSeed 3L" else $"{name} = Tensor.vector [ 0.5; 1.5; -2.5 ]")
        |> String.concat "; "

    // The scan names Some and Array, the noise Random, Tree and Key, the cast DType, the number Tensor.
    let source =
        kernel.Execute(
            $"let line () = {{| {values} |}}\n"
            + $"let mixed (l: {{| {typed} |}}) =\n"
            + "    let noise = Random.normal [ 3 ] l.Key * l.Random + Tensor.full [ 3 ] 0.25\n"
            + "    let last, steps = scan (fun (c: Tensor) (x: Tensor) -> c * 0.5 + x, c * x) (sum l.Some) (noise * l.Array)\n"
            + "    let back = ifft 0 (fft 0 (Complex.ofReal l.fftWith) * Complex.ofReal l.ifftWith)\n"
            + "    steps * last + back.Re * l.Complex + cast DType.Float32 (cast DType.Int32 l.DType) * l.FourierNorm + l.Tensor * l.Tree\n"
            + "Explain.fsharp mixed (line ())"
        )
        :?> string

    for name in fields do
        Assert.Contains($"({name}_: Tensor)", source)
        Assert.Matches($"\\b{name}\\b", source)

    kernel.Execute $"module Generated =\n{indented source}" |> ignore
    let places = fields |> List.mapi (fun i _ -> $"leaves[{i}]") |> String.concat " "
    let same = kernel.Execute $"let leaves = Tree.leaves (line ()) in bits (mixed (line ())) = bits (Generated.f {places})"
    Assert.Equal<obj>(true, same)

/// The exact message of every error that a bad call can raise, and the page that lists them.
module DeepFun.Core.Tests.Golden.ErrorTests

open System
open System.IO
open System.Text.RegularExpressions
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private zeros (sizes: int list) : Tensor = Tensor.zeros sizes
let private ints (values: int list) = Tensor.ofArray [ values.Length ] (Array.ofList values)
let private run (f: unit -> 'a) = fun () -> f () |> ignore
let private standard = ConvolutionOptions.Default

let private leaked () =
    let kept = ref (zeros [])

    grad
        (fun (x: Tensor) ->
            kept.Value <- x * x
            sum x)
        (zeros [ 2 ])
    |> ignore

    kept.Value + 1.0

/// A name for the bad call, and the call.
let private calls: (string * (unit -> unit)) list =
    [
        "zeros [-1; 2]", run (fun () -> zeros [ -1; 2 ])
        "zeros [70000; 70000]", run (fun () -> zeros [ 70000; 70000 ])
        "take 0 [0; 7] of [3]", run (fun () -> take 0 (ints [ 0; 7 ]) (zeros [ 3 ]))
        "amax of [0]", run (fun () -> amax (zeros [ 0 ]))
        "[2; 3] + [2]", run (fun () -> zeros [ 2; 3 ] + zeros [ 2 ])
        "sumOver [2] of [2; 3]", run (fun () -> sumOver [ 2 ] (zeros [ 2; 3 ]))
        "sort 0 of a scalar", run (fun () -> sort 0 (zeros []))
        "expandDims 4 of [2; 3]", run (fun () -> expandDims 4 (zeros [ 2; 3 ]))
        "sumOver [0; -2] of [2; 3]", run (fun () -> sumOver [ 0; -2 ] (zeros [ 2; 3 ]))
        "reshape [4] of [2; 3]", run (fun () -> reshape [ 4 ] (zeros [ 2; 3 ]))
        "reshape [4; -1] of [2; 3]", run (fun () -> reshape [ 4; -1 ] (zeros [ 2; 3 ]))
        "reshape [-1; -1] of [2; 3]", run (fun () -> reshape [ -1; -1 ] (zeros [ 2; 3 ]))
        "permute [0; 0] of [2; 3]", run (fun () -> permute [ 0; 0 ] (zeros [ 2; 3 ]))
        "broadcastTo [4; 2] of [2; 3]", run (fun () -> broadcastTo [ 4; 2 ] (zeros [ 2; 3 ]))
        "slice 0 2 1 of [3]", run (fun () -> slice 0 2 1 (zeros [ 3 ]))
        "item 0 3 of [3]", run (fun () -> item 0 3 (zeros [ 3 ]))
        "item 0 0 of [0]", run (fun () -> item 0 0 (zeros [ 0 ]))
        "[3] at 3", run (fun () -> (zeros [ 3 ])[3])
        "[3] at -4", run (fun () -> (zeros [ 3 ])[-4])
        "[3] at 1..3", run (fun () -> (zeros [ 3 ])[1..3])
        "[3] at 0, 0", run (fun () -> (zeros [ 3 ])[0, 0])
        "every 0th of [3]", run (fun () -> (zeros [ 3 ])[[| Slice.Every(0, Range.All) |]])
        "concat 1 of [2; 3] and [3; 3]", run (fun () -> concat 1 [ zeros [ 2; 3 ]; zeros [ 3; 3 ] ])
        "matmul of [2; 3] and [2; 3]", run (fun () -> matmul (zeros [ 2; 3 ]) (zeros [ 2; 3 ]))
        "convolutionTranspose of [1; 3; 4] and [2; 1; 3]",
        run (fun () -> convolutionTranspose standard [| 0 |] (zeros [ 1; 3; 4 ]) (zeros [ 2; 1; 3 ]))
        "convolution of [1; 3; 4] and [2; 2; 3]", run (fun () -> convolution standard (zeros [ 1; 3; 4 ]) (zeros [ 2; 2; 3 ]))
        "convolutionTranspose with output padding 1",
        run (fun () -> convolutionTranspose standard [| 1 |] (zeros [ 1; 2; 4 ]) (zeros [ 2; 1; 3 ]))
        "matmul of uint8", run (fun () -> let x = cast DType.UInt8 (zeros [ 1; 1 ]) in matmul x x)
        "convolution with stride 0", run (fun () -> convolution { standard with Strides = [| 0 |] } (zeros [ 1; 2; 4 ]) (zeros [ 2; 2; 3 ]))
        "maxPool [5] of [3]", run (fun () -> maxPool [| 5 |] [| 1 |] [| 0 |] (zeros [ 3 ]))
        "maxPool [2] padded by 2", run (fun () -> maxPool [| 2 |] [| 1 |] [| 2 |] (zeros [ 3 ]))
        "takeAlong 1 of [2; 3] by [3; 1]", run (fun () -> takeAlong 1 (reshape [ 3; 1 ] (ints [ 0; 0; 0 ])) (zeros [ 2; 3 ]))
        "scatterAdd 0 of [3] by [2] with [3]", run (fun () -> scatterAdd 0 (ints [ 0; 1 ]) (zeros [ 3 ]) (zeros [ 3 ]))
        "dot of [2; 2] and [2]", run (fun () -> dot (zeros [ 2; 2 ]) (zeros [ 2 ]))
        "tril of [3]", run (fun () -> tril 0 (zeros [ 3 ]))
        "split 2 of [3]", run (fun () -> split 2 0 (zeros [ 3 ]))
        "pad with one pair of [2; 3]", run (fun () -> pad 0.0 [ 1, 1 ] (zeros [ 2; 3 ]))
        "concat of nothing", run (fun () -> concat 0 [])
        "einsum \"ij,jk\" of one tensor", run (fun () -> einsum "ij,jk" [ zeros [ 2; 3 ] ])
        "einsum \"ij,jk\" of [2; 3] and [2; 3]", run (fun () -> einsum "ij,jk" [ zeros [ 2; 3 ]; zeros [ 2; 3 ] ])
        "einsum \"i->i\" of [2; 3]", run (fun () -> einsum "i->i" [ zeros [ 2; 3 ] ])
        "einsum \"i1->i\"", run (fun () -> einsum "i1->i" [ zeros [ 2; 3 ] ])
        "einsum \"ij->ik\"", run (fun () -> einsum "ij->ik" [ zeros [ 2; 3 ] ])
        "einsum \"ij->ii\"", run (fun () -> einsum "ij->ii" [ zeros [ 2; 3 ] ])
        "einsum \"ii->i\" of [2; 3]", run (fun () -> einsum "ii->i" [ zeros [ 2; 3 ] ])
        "einsum \"i->j->k\"", run (fun () -> einsum "i->j->k" [ zeros [ 2 ] ])
        "einsum \"...i...\"", run (fun () -> einsum "...i..." [ zeros [ 2 ] ])
        "einsum \"...,...\" of [2] and [3]", run (fun () -> einsum "...,..." [ zeros [ 2 ]; zeros [ 3 ] ])
        "einsum of nothing", run (fun () -> einsum "" [])
        "matrixPower of [2; 3]", run (fun () -> matrixPower 2 (zeros [ 2; 3 ]))
        "matrixPower -1", run (fun () -> matrixPower -1 (zeros [ 2; 2 ]))
        "meshgrid of [2; 3]", run (fun () -> meshgrid [ zeros [ 2; 3 ] ])
        "padReflect 3 of [3]", run (fun () -> padReflect [ 3, 0 ] (zeros [ 3 ]))
        "padCircular -1 of [3]", run (fun () -> padCircular [ 0, -1 ] (zeros [ 3 ]))
        "padReplicate with one pair of [2; 3]", run (fun () -> padReplicate [ 1, 1 ] (zeros [ 2; 3 ]))
        "padReplicate of [0]", run (fun () -> padReplicate [ 1, 1 ] (zeros [ 0 ]))
        "chunk 0", run (fun () -> chunk 0 0 (zeros [ 3 ]))
        "unfold 4 of [3]", run (fun () -> unfold 0 4 1 (zeros [ 3 ]))
        "unfold by step 0", run (fun () -> unfold 0 2 0 (zeros [ 3 ]))
        "diagEmbed of a scalar", run (fun () -> diagEmbed 0 (zeros []))
        "rot90 in one axis", run (fun () -> rot90 1 0 -2 (zeros [ 2; 2 ]))
        "quantile 1.5", run (fun () -> quantile 1.5 (zeros [ 3 ]))
        "quantile NaN", run (fun () -> quantile nan (zeros [ 3 ]))
        "median of [0]", run (fun () -> median (zeros [ 0 ]))
        "histogram of 0 bins", run (fun () -> histogram 0 0.0 1.0 (zeros [ 3 ]))
        "histogram from 1 to 1", run (fun () -> histogram 2 1.0 1.0 (zeros [ 3 ]))
        "segmentSum 3 by 5", run (fun () -> segmentSum 3 (ints [ 5 ]) (zeros [ 1 ]))
        "segmentSum -1", run (fun () -> segmentSum -1 (ints [ 0 ]) (zeros [ 1 ]))
        "segmentSum of [3] by [2]", run (fun () -> segmentSum 1 (ints [ 0; 0 ]) (zeros [ 3 ]))
        "segmentSum by a scalar", run (fun () -> segmentSum 1 (reshape [] (ints [ 0 ])) (zeros [ 1 ]))
        "a vector read as a number", run (fun () -> (zeros [ 2 ]).ToDouble())
        "three values under [2]", run (fun () -> Tensor.ofArray [ 2 ] [| 1.0; 2.0; 3.0 |])
        "tensordot [0] [0] of [2; 3] and [3; 2]", run (fun () -> tensordot [ 0 ] [ 0 ] (zeros [ 2; 3 ]) (zeros [ 3; 2 ]))
        "scatterAdd of float64 into float32", run (fun () -> scatterAdd 0 (ints [ 0 ]) (f64 [ 1 ] [ 1.0 ]) (zeros [ 3 ]))
        "not of float32", run (fun () -> logicalNot (zeros [ 2 ]))
        "where on float32", run (fun () -> where (zeros [ 2 ]) (zeros [ 2 ]) (zeros [ 2 ]))
        "take by float32", run (fun () -> take 0 (zeros [ 2 ]) (zeros [ 2 ]))
        "cumsum of bool", run (fun () -> cumsum 0 (Tensor.ofArray [ 1 ] [| true |]))
        "minus bool", run (fun () -> -(Tensor.ofArray [ 1 ] [| true |]))
        "tensor of decimals", run (fun () -> Tensor.ofArray [ 1 ] [| 1m |])
        "5 % 0 of int32", run (fun () -> ints [ 5 ] % 0.0)
        "pow of int32 to -1", run (fun () -> pow (ints [ 5 ]) (ints [ -1 ]))
        "float32 read as double", run (fun () -> (zeros [ 2 ]).ToArray<float>())
        "grad by a float", run (fun () -> grad (fun (_: float) -> zeros []) 1.0)
        "map2 of lists of 1 and 2", run (fun () -> Tree.map2 (+) [ zeros [] ] [ zeros []; zeros [] ])
        "grad by an empty list", run (fun () -> grad (fun (_: Tensor list) -> zeros []) [])
        "a value that left grad", run leaked
        "a value read under vmap", run (fun () -> vmap (fun (x: Tensor) -> if x.ToDouble() > 0.0 then x else -x) (zeros [ 2 ]))
        "grad of a vector", run (fun () -> grad (fun (x: Tensor) -> 2.0 * x) (zeros [ 2 ]))
        "grad by int32", run (fun () -> grad sum (ints [ 1 ]))
        "jvp of [2] along [3]", run (fun () -> jvp sum (zeros [ 2 ]) (zeros [ 3 ]))
        "vmap over 2 and 3", run (fun () -> vmap (fun (x: Tensor, y: Tensor) -> x + y) (zeros [ 2 ], zeros [ 3 ]))
        "vmap over a scalar", run (fun () -> vmap (fun (x: Tensor) -> x) (zeros []))
    ]

/// Codes of these families that no call of the public functions raises, and why.
let private unreachable =
    Map
        [
            "DF0104", "the public constructors count values before the backend counts bytes"
            "DF0106", "maxPool limits padding to half a window"
            "DF0120", "geometries are checked by the functions that make them"
            "DF0111", "public operations broadcast before they bind"
            "DF0201", "inference refuses the dtype before the backend"
            "DF0304", "parameters belong to the layers, whose tests raise it"
            "DF0305", "parameters belong to the layers, whose tests raise it"
            "DF0407", "a defect of a derivative rule"
            "DF0408", "a defect of a pass"
        ]

/// The literals that follow a code in a source, joined.
let private messages (source: string) : (string * string) list =
    let literal = "\\$?\"((?:[^\"\\\\]|\\\\.|\\\\\\r?\\n)*)\""

    [
        for m in Regex.Matches(source, $"\"(DF\\d{{4}})\",?\\s*({literal}(?:\\s*\\+\\s*{literal})*)", RegexOptions.Singleline) do
            let parts = Regex.Matches(m.Groups[2].Value, literal, RegexOptions.Singleline)
            let text = parts |> Seq.map _.Groups[1].Value |> String.concat ""
            m.Groups[1].Value, Regex.Replace(text, "\\\\\\r?\\n\\s*", "").Replace("\\\"", "\"")
    ]

/// `{DTypes.Name x}` → {x}: a reader sees what stands there, not how it is written.
let private readable (template: string) =
    Regex.Replace(
        template,
        "\\{([^{}]*)\\}",
        fun m ->
            let inside = m.Groups[1].Value
            let call = Regex.Match(inside, "^[\\w.]+(?:\\((\\w+)\\)| (\\w+))$")

            if call.Success then $"{{{call.Groups[1].Value}{call.Groups[2].Value}}}" else m.Value
    )

let private sources () : (string * string) list =
    [
        for folder in [ "DeepFun.Backends"; "DeepFun.Core"; "DeepFun.CSharp"; "DeepFun.Torch" ] do
            let path = Path.Combine(repository, "src", folder)

            if Directory.Exists path then
                for file in Directory.EnumerateFiles(path, "*.*", SearchOption.AllDirectories) do
                    let relative = Path.GetRelativePath(path, file).Replace('\\', '/')

                    if (file.EndsWith ".fs" || file.EndsWith ".cs") && not (relative.StartsWith "obj/" || relative.StartsWith "bin/") then
                        yield! messages (File.ReadAllText file)
    ]
    |> List.distinct
    |> List.sortWith (fun a b -> String.CompareOrdinal(fst a, fst b) |> fun c -> if c <> 0 then c else String.CompareOrdinal(snd a, snd b))

[<Fact>]
let ``every message is as recorded`` () =
    let lines =
        calls
        |> List.map (fun (name, call) ->
            let _, message = errorOf call
            $"{name}\n    {message}\n")

    golden "tests/DeepFun.Core.Tests/Golden/errors.txt" (String.concat "\n" lines)

[<Fact>]
let ``every code of the core is raised by a call, or has a reason not to be`` () =
    let raised = calls |> List.map (snd >> errorOf >> fst) |> Set.ofList

    let written =
        sources ()
        |> List.map fst
        |> List.filter (fun c -> c.StartsWith "DF01" || c.StartsWith "DF02" || c.StartsWith "DF03" || c.StartsWith "DF04")
        |> Set.ofList

    let core =
        Set.ofSeq (
            Regex.Matches(File.ReadAllText(Path.Combine(repository, "src/DeepFun.Core/Errors.fs")), "DF0[1-4]\\d\\d")
            |> Seq.map _.Value
        )

    let unread = core - written |> Set.filter (fun c -> c.Length = 6)
    Assert.Equal<Set<string>>(Set.empty, unread)
    Assert.Equal<Set<string>>(Set.empty, core - raised - Set.ofSeq unreachable.Keys)
    Assert.Equal<Set<string>>(Set.empty, Set.intersect raised (Set.ofSeq unreachable.Keys))

[<Fact>]
let ``messages are sentences that say what to do`` () =
    for name, call in calls do
        let _, message = errorOf call
        Assert.True(Regex.IsMatch(message, "[.?]$"), $"{name}: {message}")
        Assert.DoesNotContain("  ", message)
        // What is wrong, and then what to do.
        Assert.True(Regex.IsMatch(message, "[.;:] ."), $"{name}: {message}")

[<Fact>]
let ``the page of errors says what the sources say`` () =
    let entries =
        sources ()
        |> List.groupBy fst
        |> List.map (fun (code, all) ->
            let texts = all |> List.map (fun (_, t) -> $"> {readable t}") |> String.concat "\n>\n"
            $"## {code}\n\n{texts}\n")

    let head =
        "# Errors\n\nEvery error of the library has a code and says the operation, the rule, what came, and what to do. \
         Words in braces are filled in.\nThis page is generated from the sources by the tests of the core (`DEEPFUN_UPDATE_GOLDEN=1`).\n"

    golden "docs/errors.md" (String.concat "\n" (head :: entries))

/// Connectionist temporal classification against the sum over every path, and at its edges.
module DeepFun.Core.Tests.Layers.CtcTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Layers.Oracle
open Xunit

let private ints sizes (v: int list) = Tensor.ofArray sizes (Array.ofList v)

/// What a path spells: repetitions merged, blanks left out.
let private spelled blank (path: int list) =
    let merged = path |> List.fold (fun (last, kept) c -> c, (if c = last then kept else c :: kept)) (-1, []) |> snd |> List.rev
    List.filter ((<>) blank) merged

/// −log of the summed probability of all paths that spell the labels.
let private bruteForce blank (probability: int -> int -> float) time classes (labels: int list) =
    let rec paths n =
        if n = 0 then
            [ [] ]
        else
            [
                for c in 0 .. classes - 1 do
                    for rest in paths (n - 1) -> c :: rest
            ]

    paths time
    |> List.filter (fun path -> spelled blank path = labels)
    |> List.sumBy (fun path -> path |> List.mapi probability |> List.fold (*) 1.0)
    |> log
    |> (~-)

let private labelsOfAll = [ [ 1; 2 ]; [ 1; 1 ]; [ 2 ]; []; [ 2; 1; 2 ]; [ 0; 1 ] ]

[<Theory; InlineData(0); InlineData(2)>]
let ``the cost is that of all paths together`` (blank: int) =
    let classes, time = 3, 5
    let z = numbers 1 [ 6; time; classes ]
    let p = softmax -1 z |> reader
    let lengths = [ 5; 4; 3; 5; 5; 3 ]

    // With another blank the labels' numbers move on.
    let rows = labelsOfAll |> List.map (List.map (fun c -> if c = blank then (c + 1) % classes else c))

    let padded = rows |> List.collect (fun r -> r @ List.replicate (3 - r.Length) -1)
    let expected = build [ 6 ] (fun n -> bruteForce blank (fun t c -> p [ n[0]; t; c ]) lengths[n[0]] classes rows[n[0]])
    let options = { CtcOptions.Default with Blank = blank }
    let labels, times = ints [ 6; 3 ] padded, ints [ 6 ] lengths
    let labelLengths = ints [ 6 ] (rows |> List.map _.Length)
    let f z = Losses.ctcWith options z times labels labelLengths
    close 1e-10 expected (f z)
    close 1e-5 expected (f (cast DType.Float32 z))
    checkGradient (fun z -> sum (f z)) z
    close 1e-10 expected (jit f z)
    close 1e-10 (stack 0 [ f z; f (2.0 * z) ]) (vmap f (stack 0 [ z; 2.0 * z ]))

[<Fact>]
let ``as a loss, negative labels are padding`` () =
    let z = numbers 2 [ 2; 4; 3 ]
    let labels = ints [ 2; 2 ] [ 1; -1; 2; 1 ]
    let expected = Losses.ctcWith CtcOptions.Default z (ints [ 2 ] [ 4; 4 ]) labels (ints [ 2 ] [ 1; 2 ])
    close 0.0 expected ((Losses.ctc CtcOptions.Default).PerExample(z, labels))

[<Fact>]
let ``what does not fit costs infinity or nothing, and its derivative is 0`` () =
    let z = numbers 3 [ 2; 2; 3 ]
    let labels, two = ints [ 2; 2 ] [ 1; 1; 1; 2 ], ints [ 2 ] [ 2; 2 ]
    // 1, 1 needs a blank between.
    let f options z = Losses.ctcWith options z two labels two
    Assert.Equal(infinity, (f CtcOptions.Default z).ToDoubles()[0])
    Assert.True(Double.IsFinite((f CtcOptions.Default z).ToDoubles()[1]))
    let zero = { CtcOptions.Default with ZeroImpossible = true }
    Assert.Equal(0.0, (f zero z).ToDoubles()[0])

    for options in [ CtcOptions.Default; zero ] do
        let slope = grad (fun z -> sum (where (isFinite (f options z)) (f options z) (zerosLike (f options z)))) z
        Assert.Equal<float[]>(Array.zeroCreate 6, slope.ToDoubles()[..5])
        Assert.All(slope.ToDoubles(), fun v -> Assert.True(Double.IsFinite v))

[<Fact>]
let ``huge logits and long inputs stay finite`` () =
    let long = 20.0 * numbers 4 [ 1; 400; 4 ] |> cast DType.Float32
    let labels = ints [ 1; 3 ] [ 1; 2; 3 ]
    let f (z: Tensor) = sum ((Losses.ctc CtcOptions.Default).PerExample(z, labels))

    for z in [ long; 1e28 * slice 1 0 10 long ] do
        let value, slope = valueAndGrad f z
        Assert.True(Double.IsFinite(value.ToDouble()))
        Assert.All(slope.ToDoubles(), fun v -> Assert.True(Double.IsFinite v))

/// Random programs by the library and by definition.
module DeepFun.Core.Tests.OracleTests

open System
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open DeepFun.Core.Tests.Steps
open FsCheck.Xunit
open Xunit

module N = DeepFun.Core.Tests.Naive

let private same what (v: Both) =
    let shape = List.ofSeq v.Tensor.Shape
    Assert.True((shape = v.Naive.Sizes), $"{what}: shape %A{shape}, expected %A{v.Naive.Sizes}")
    closeValues what 1e-9 v.Naive.Values (v.Tensor.ToDoubles())

/// A size with many zeros and ones: they are where shapes go wrong.
let private size (r: Random) = [| 0; 1; 1; 2; 3; 4; 5 |][r.Next 7]

let private step (r: Random) (x: Both) : string * Both =
    let n = x.Naive.Sizes.Length

    match r.Next 10 with
    | 0
    | 1 -> unary r x
    | 2 -> binary r x
    | 3 -> choose r x
    | 4 -> reduction r x
    | 5 -> Movements.anywhere r x
    | 6 when n > 0 -> Movements.lines r x
    | 7 when n > 0 -> line r x
    | 8 when n > 0 -> if r.Next 2 = 0 then index r x else extremum r x
    | 9 when n > 1 -> Movements.matrices r x
    | _ -> binary r x

let private bits (values: float[]) = values |> Array.map BitConverter.DoubleToInt64Bits

[<Property(MaxTest = 400, EndSize = 1000000)>]
let ``random programs agree with their definition`` (seed: int) =
    let r = Random seed
    let mutable x = fresh r (List.init (r.Next 4) (fun _ -> size r))
    let mutable history = [ $"seed {seed}: fresh %A{x.Naive.Sizes}" ]

    for _ in 1..12 do
        let name, y =
            try
                step r x
            with e ->
                raise (Exception(String.Join("\n", List.rev history), e))

        history <- $"{name} -> %A{y.Naive.Sizes}" :: history
        same (String.Join("\n", List.rev history)) y
        let large = y.Naive.Values |> Array.exists (fun v -> not (abs v < 1e4))

        // Values stay of moderate size and arrays small, so that the comparison stays sharp and the definition fast.
        if y.Naive.Values.Length > 150 || y.Naive.Sizes.Length > 5 then
            x <- fresh r (List.init (r.Next 4) (fun _ -> size r))
            history <- $"fresh %A{x.Naive.Sizes}" :: history
        elif large then
            x <- of' y.Naive.Sizes (y.Naive.Values |> Array.map (fun v -> if Double.IsFinite v then tanh v else 0.5))
        elif bits (y.Tensor.ToDoubles()) <> bits y.Naive.Values then
            // Both go on from one value: else rounding, or the sign of a zero, meets a jump (x > 0, an angle) some steps later.
            x <- of' y.Naive.Sizes y.Naive.Values
        else
            x <- y

let private sliding (r: Random) maximalPad : N.Sliding =
    let window = r.Next(1, 4)

    {
        Window = window
        Stride = r.Next(1, 4)
        Pad = r.Next(0, 1 + maximalPad window)
        Dilation = r.Next(1, 3)
    }

let private input (r: Random) (s: N.Sliding) = max 1 (s.Dilation * (s.Window - 1) + 1 - 2 * s.Pad) + r.Next 4

[<Property(MaxTest = 150, EndSize = 1000000)>]
let ``convolutions agree with their definition`` (seed: int) =
    let r = Random seed
    let axes = List.init (r.Next(1, 4)) (fun _ -> sliding r (fun _ -> 2))
    let groups = r.Next(1, 4)
    let perGroup, outputs = r.Next(1, 3), r.Next(1, 4)
    let x = fresh r ([ r.Next 3; groups * perGroup ] @ List.map (input r) axes)
    let w = fresh r ([ groups * outputs; perGroup ] @ (axes |> List.map _.Window))
    let every f = axes |> List.map f |> Array.ofList
    let options = { Strides = every _.Stride; Padding = every _.Pad; Dilations = every _.Dilation; Groups = groups }

    same
        $"seed {seed}"
        {
            Naive = N.convolution axes groups x.Naive w.Naive
            Tensor = convolution options x.Tensor w.Tensor
        }

    // The transpose: ⟨y, conv x⟩ = ⟨convTranspose y, x⟩ when the output padding makes up the input's size.
    let y = convolution options x.Tensor w.Tensor
    let z = fresh r (List.ofSeq y.Shape)

    let full =
        List.map2
            (fun o (s: N.Sliding) -> (o - 1) * s.Stride - 2 * s.Pad + s.Dilation * (s.Window - 1) + 1)
            (List.skip 2 z.Naive.Sizes)
            axes

    let extra = List.map2 (-) (List.skip 2 x.Naive.Sizes) full |> Array.ofList
    let back = convolutionTranspose options extra z.Tensor w.Tensor
    closeValues $"seed {seed}, transposed" 1e-9 [| inner z.Tensor y |] [| inner back x.Tensor |]

[<Property(MaxTest = 150, EndSize = 1000000)>]
let ``pools agree with their definition`` (seed: int) =
    let r = Random seed
    let axes = List.init (r.Next(1, 4)) (fun _ -> { sliding r (fun window -> window / 2) with Dilation = 1 }: N.Sliding)
    let x = fresh r (List.init (r.Next 3) (fun _ -> r.Next 3) @ List.map (input r) axes)
    let every f = axes |> List.map f |> Array.ofList
    let window, strides, padding = every _.Window, every _.Stride, every _.Pad
    let elements = window |> Array.fold (*) 1 |> float
    same $"maxPool, seed {seed}" { Naive = N.pool axes List.max x.Naive; Tensor = maxPool window strides padding x.Tensor }
    same $"sumPool, seed {seed}" { Naive = N.pool axes List.sum x.Naive; Tensor = sumPool window strides padding x.Tensor }

    same
        $"averagePool, seed {seed}"
        {
            Naive = N.pool axes (fun v -> List.sum v / elements) x.Naive
            Tensor = averagePool window strides padding x.Tensor
        }

[<Property(MaxTest = 100, EndSize = 1000000)>]
let ``tensordot, outer and dot agree with their definition`` (seed: int) =
    let r = Random seed
    let a, b, c, d = r.Next 4, r.Next 4, r.Next 4, r.Next 4
    let x, y = fresh r [ a; b; c ], fresh r [ c; d; a ]

    let expected =
        N.make [ b; d ] (fun i ->
            List.sum
                [
                    for p in 0 .. a - 1 do
                        for q in 0 .. c - 1 -> N.get x.Naive [ p; i[0]; q ] * N.get y.Naive [ q; i[1]; p ]
                ])

    same $"tensordot, seed {seed}" { Naive = expected; Tensor = tensordot [ 0; -1 ] [ 2; 0 ] x.Tensor y.Tensor }
    let u, v = fresh r [ a; b ], fresh r [ a; c ]
    let products = N.make [ a; b; c ] (fun i -> N.get u.Naive [ i[0]; i[1] ] * N.get v.Naive [ i[0]; i[2] ])
    same $"outer, seed {seed}" { Naive = products; Tensor = outer u.Tensor v.Tensor }
    let p, q = fresh r [ b ], fresh r [ b ]
    let sum = Array.fold2 (fun s x y -> s + x * y) 0.0 p.Naive.Values q.Naive.Values
    same $"dot, seed {seed}" { Naive = { Sizes = []; Values = [| sum |] }; Tensor = dot p.Tensor q.Tensor }

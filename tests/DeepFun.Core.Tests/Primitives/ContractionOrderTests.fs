/// The order that einsum chooses: published costs, every order by brute force, and the greedy one beside it.
module DeepFun.Core.Tests.Primitives.ContractionOrderTests

open System
open DeepFun
open DeepFun.ContractionOrder
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

/// Sizes, output and operands as sets, of an equation with letters.
let private problem (equation: string) (size: char -> int) =
    let parts = equation.Split "->"
    let inputs = parts[0].Split ','
    let letters = inputs |> Seq.collect id |> Seq.distinct |> Array.ofSeq
    let set (term: string) = term |> Seq.fold (fun s c -> s ||| (UInt128.One <<< Array.IndexOf(letters, c))) UInt128.Zero
    letters |> Array.map (size >> float), set parts[1], inputs |> Array.map set

let private costOf choose (sizes, output, operands) = cost sizes output operands (choose sizes output operands)

[<Fact>]
let ``chains of matrices cost what the textbook says`` () =
    // Cormen, Leiserson, Rivest and Stein, Introduction to Algorithms, 15.2: 30 × 35, 35 × 15, 15 × 5, 5 × 10, 10 × 20, 20 × 25 need 15,125.
    let dims = dict (Seq.zip "abcdefg" [ 30; 35; 15; 5; 10; 20; 25 ])
    Assert.Equal(15125.0, costOf optimal (problem "ab,bc,cd,de,ef,fg->ag" (fun c -> dims[c])))

[<Fact>]
let ``the example of NumPy's page has its cost`` () =
    // numpy.einsum_path("ea,fb,abcd,gc,hd->efgh") with sizes 10: naive scaling 8 (one product of 10⁸ terms), optimized scaling 5: four products of 10⁵.
    let p = problem "ea,fb,abcd,gc,hd->efgh" (fun _ -> 10)
    Assert.Equal(4e5, costOf optimal p)
    Assert.Equal(4e5, costOf greedy p)

/// Every order.
let rec private orders (parts: Order list) : Order list =
    match parts with
    | [ one ] -> [ one ]
    | _ ->
        [
            for i in 0 .. parts.Length - 1 do
                for j in i + 1 .. parts.Length - 1 do
                    let rest = parts |> List.indexed |> List.filter (fun (k, _) -> k <> i && k <> j) |> List.map snd
                    yield! orders (Order.Product(parts[i], parts[j]) :: rest)
        ]

[<Fact>]
let ``no order is cheaper, and the greedy one is not the cheapest`` () =
    let random = Random 5
    let mutable worse = 0

    for _ in 1..60 do
        let n = random.Next(3, 6)
        let letters = "abcdefg"
        let term () = String(Array.init (random.Next(1, 4)) (fun _ -> letters[random.Next letters.Length]) |> Array.distinct)
        let inputs = List.init n (fun _ -> term ())
        let output = String(String.concat "" inputs |> Seq.distinct |> Seq.filter (fun _ -> random.Next 3 = 0) |> Array.ofSeq)
        let dims = dict [ for c in letters -> c, random.Next(1, 9) ]
        let sizes, out, operands = problem (String.concat "," inputs + "->" + output) (fun c -> dims[c])
        let least = orders (List.init n Order.Operand) |> List.map (cost sizes out operands) |> List.min
        Assert.Equal(least, costOf optimal (sizes, out, operands))

        if costOf greedy (sizes, out, operands) > least then
            worse <- worse + 1

    Assert.True(worse > 0, "the dynamic program would be of no use")

[<Fact>]
let ``many operands and many letters`` () =
    // Ten matrices: greedy. The product of rotations by 1° to 10° is one by 55°.
    let rotation (degrees: float) =
        let a = degrees * Math.PI / 180.0
        f64 [ 2; 2 ] [ cos a; -(sin a); sin a; cos a ]

    let equation = "ab,bc,cd,de,ef,fg,gh,hi,ij,jk->ak"
    close "ten" 1e-14 (rotation 55.0) (einsum equation [ for d in 1.0 .. 10.0 -> rotation d ])
    let eight = "ab,bc,cd,de,ef,fg,gh,hi->ai"
    close "eight" 1e-14 (rotation 36.0) (einsum eight [ for d in 1.0 .. 8.0 -> rotation d ])
    // From the left, the first product alone would have 10¹⁰ elements.
    let line = Tensor.fullOf DType.Float64 [ 100000 ] 1.0
    number 1e-9 1e10 (einsum "a,b,a,b->" [ line; line; line; line ])

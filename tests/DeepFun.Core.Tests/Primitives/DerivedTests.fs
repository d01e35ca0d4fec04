/// What is composed from primitives: its values by definition, element by element; its derivative by differences; its batches one by one.
module DeepFun.Core.Tests.Primitives.DerivedTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests
open DeepFun.Core.Tests.Numbers
open Xunit

let private random text = seeded text

let private near (expected: Naive.Naive) (actual: Tensor) =
    Assert.Equal<int>(expected.Sizes, actual.Shape)

    for e, a in Seq.zip expected.Values (actual.ToDoubles()) do
        Assert.Equal(e, a, 1e-12)

let private naive = Steps.naive

/// Both modes against central differences, and vmap against one at a time.
let private laws (f: Tensor -> Tensor) (x: Tensor) =
    let d, h = uniform (random "direction") x.Shape, 1e-6
    let difference: Tensor = (f (x + d * h) - f (x - d * h)) / (2.0 * h)
    let y, tangent = jvp f x d

    for e, a in Seq.zip (difference.ToDoubles()) (tangent.ToDoubles()) do
        Assert.Equal(e, a, 1e-7)

    let weights = uniform (random "weights") y.Shape
    let gradient = grad (fun (x: Tensor) -> sum (f x * weights)) x
    Assert.Equal(float (sum (tangent * weights)), float (sum (gradient * d)), 1e-9)

    let batch = [ x; d; x * 0.5 ]
    let expected = stack 0 (List.map f batch)
    vmap f (stack 0 batch) |> near (naive expected)

// Products.

/// The sum over every letter of the products, by definition.
let private einsumNaive (inputs: string list) (output: string) (xs: Naive.Naive list) : Naive.Naive =
    let sizes = dict (List.zip inputs xs |> Seq.collect (fun (s, x) -> Seq.zip s x.Sizes) |> Seq.distinct)
    let letters = inputs |> Seq.collect id |> Seq.distinct |> List.ofSeq
    let summed = letters |> List.filter (fun l -> not (output.Contains l))

    Naive.make [ for l in output -> sizes[l] ] (fun outer ->
        Naive.indices [ for l in summed -> sizes[l] ]
        |> List.sumBy (fun inner ->
            let at = dict (List.zip (List.ofSeq output @ summed) (outer @ inner))
            List.zip inputs xs |> List.fold (fun p (s, x) -> p * Naive.get x [ for l in s -> at[l] ]) 1.0))

[<Theory>]
[<InlineData("ij,jk->ik")>]
[<InlineData("ij,kj->ki")>]
[<InlineData("i,j->ij")>]
[<InlineData("i,i->")>]
[<InlineData("ii->")>]
[<InlineData("ii->i")>]
[<InlineData("iji->j")>]
[<InlineData("iii->i")>]
[<InlineData("ijk->kij")>]
[<InlineData("ijk->j")>]
[<InlineData("bij,bjk->bik")>]
[<InlineData("bij,bjk->ikb")>]
[<InlineData("ijb,bjk->bk")>]
[<InlineData("ij,ij->ij")>]
[<InlineData("ijm,kj->im")>]
[<InlineData("ij,jk,kl->il")>]
[<InlineData("ij,jk,kl,lm->im")>]
[<InlineData("ij,jk,ki->")>]
[<InlineData("i,ij,j->")>]
[<InlineData("ia,ja,ka->ijk")>]
[<InlineData("iij,jkk->ik")>]
[<InlineData("ij,->ij")>]
[<InlineData("aB,Bc->ca")>]
let ``einsum is the sum of products`` (equation: string) =
    let sizes = dict [ 'i', 2; 'j', 3; 'k', 4; 'l', 2; 'm', 3; 'b', 2; 'a', 3; 'B', 2; 'c', 5 ]
    let parts = equation.Split "->"
    let inputs = List.ofArray (parts[0].Split ',')
    let xs = inputs |> List.map (fun s -> uniform (random (equation + s)) [ for l in s -> sizes[l] ])
    einsum equation xs |> near (einsumNaive inputs parts[1] (List.map naive xs))
    laws (fun x -> einsum equation (x :: xs.Tail)) xs.Head
    let last = xs.Length - 1
    laws (fun x -> einsum equation (List.updateAt last x xs)) xs[last]

[<Fact>]
let ``einsum without an arrow, with dots and with blanks`` () =
    let a, b = uniform (random "a") [ 2; 3 ], uniform (random "b") [ 3; 4 ]
    einsum "ij,jk" [ a; b ] |> near (naive (matmul a b))
    einsum "ba" [ a ] |> near (naive (transpose a))
    einsum "iB,Bk" [ a; b ] |> near (naive (matmul a b))
    einsum " i j , j k -> k i " [ a; b ] |> near (naive (transpose (matmul a b)))
    let batch = uniform (random "batch") [ 5; 2; 3 ]
    einsum "...ij,...jk" [ batch; b ] |> near (naive (matmul batch b))

    einsum "...ij,...jk->...ki" [ expandDims 1 batch; uniform (random "c") [ 7; 3; 4 ] ]
    |> fun y -> Assert.Equal<int>([ 5; 7; 4; 2 ], y.Shape)

    einsum "...i->i..." [ batch ] |> near (naive (moveAxis -1 0 batch))
    einsum "...->..." [ a ] |> near (naive a)
    let ones = uniform (random "ones") [ 1; 3 ]
    einsum "...,..." [ ones; a ] |> near (naive (ones * a))
    einsum "...,...->" [ ones; a ] |> near (naive (sum (ones * a)))
    laws (fun x -> einsum "...,..." [ x; a ]) ones

[<Fact>]
let ``einsum of long chains goes the short way`` () =
    // From the left, the product of the first two would have 3.6 billion elements, more than a tensor can hold.
    let n = 60000
    let thin = Tensor.ones [ n; 1 ]
    let y = einsum "ia,jb,jc->iabc" [ thin; thin; thin ]
    Assert.Equal<int>([ n; 1; 1; 1 ], y.Shape)
    Assert.Equal(float n, float y[3, 0, 0, 0])

[<Fact>]
let ``einsum of integers and of nothing`` () =
    let y = einsum "ij,j->i" [ Tensor.ofArray [ 2; 2 ] [| 1; 2; 3; 4 |]; Tensor.ofArray [ 2 ] [| 10; 1 |] ]
    Assert.Equal<int>([| 12; 34 |], y.ToArray<int>())
    einsum "ij,jk->ik" [ f64 [ 2; 0 ] []; f64 [ 0; 3 ] [] ] |> near (Naive.make [ 2; 3 ] (fun _ -> 0.0))

[<Fact>]
let ``kron is every element times the whole`` () =
    let x, y = uniform (random "x") [ 2; 3 ], uniform (random "y") [ 4; 2 ]
    let a, b = naive x, naive y

    kron x y
    |> near (Naive.make [ 8; 6 ] (fun i -> Naive.get a [ i[0] / 4; i[1] / 2 ] * Naive.get b [ i[0] % 4; i[1] % 2 ]))

    let v = uniform (random "v") [ 3 ]
    kron v y |> near (Naive.make [ 4; 6 ] (fun i -> (naive v).Values[i[1] / 2] * Naive.get b [ i[0]; i[1] % 2 ]))
    laws (kron y) x
    laws (fun x -> kron x v) x

[<Fact>]
let ``matrix powers are repeated products`` () =
    let x = uniform (random "x") [ 2; 3; 3 ]
    let mutable expected = expandDims 0 (cast DType.Float64 (Tensor.eye 3)) |> broadcastTo [ 2; 3; 3 ]

    for n in 0..9 do
        matrixPower n x |> near (naive expected)
        expected <- matmul expected x

    laws (matrixPower 5) x

[<Fact>]
let ``vecdot sums products along an axis`` () =
    let x, y = uniform (random "x") [ 2; 3 ], uniform (random "y") [ 4; 1; 3 ]
    let a, b = naive x, naive y

    vecdot -1 x y
    |> near (Naive.make [ 4; 2 ] (fun i -> List.sum [ for k in 0..2 -> Naive.get a [ i[1]; k ] * Naive.get b [ i[0]; 0; k ] ]))

    laws (vecdot -1 y) x

// Rearrangements.

let private x = uniform (random "movement") [ 3; 4; 2 ]
let private a = naive x
let private along axis (place: int -> int) (i: int list) = List.updateAt axis (place i[axis]) i

[<Fact>]
let ``roll turns an axis`` () =
    for shift in [ -9; -4; -1; 0; 1; 3; 4; 10 ] do
        roll shift 1 x |> near (Naive.make [ 3; 4; 2 ] (along 1 (fun i -> (i - shift + 400) % 4) >> Naive.get a))

    Assert.Equal<int>([ 0 ], (roll 3 0 (Tensor.zeros [ 0 ])).Shape)
    laws (roll -3 1) x

[<Fact>]
let ``meshgrid gives each axis its coordinate`` () =
    let xs = [ f64 [ 2 ] [ 1.0; 2.0 ]; f64 [ 3 ] [ 3.0; 4.0; 5.0 ]; f64 [ 1 ] [ 6.0 ] ]

    for axis, y in List.indexed (meshgrid xs) do
        y |> near (Naive.make [ 2; 3; 1 ] (fun i -> (naive xs[axis]).Values[i[axis]]))

    laws (fun x -> stack 0 (meshgrid [ x; x * x ])) xs[1]
    Assert.Empty(meshgrid [])

[<Fact>]
let ``padding mirrors, repeats the edge, or goes around`` () =
    let widths = [ 2, 1; 0, 3; 1, 0 ]

    for pad, place in
        [
            padReflect,
            (fun n i ->
                if i < 0 then -i
                elif i >= n then 2 * (n - 1) - i
                else i)
            padReplicate, (fun n i -> min (n - 1) (max 0 i))
            padCircular, (fun n i -> (i + n) % n)
        ] do
        pad widths x
        |> near (Naive.make [ 6; 7; 3 ] (fun i -> Naive.get a [ place 3 (i[0] - 2); place 4 i[1]; place 2 (i[2] - 1) ]))

        laws (pad widths) x

    Assert.Equal<float>([| 5.0; 5.0; 5.0; 5.0 |], (padReplicate [ 3, 0 ] (f64 [ 1 ] [ 5.0 ])).ToDoubles())

[<Fact>]
let ``chunks are equal but for the last`` () =
    let lengths parts n = chunk parts 0 (Tensor.arange n) |> List.map _.Size
    Assert.Equal<int>([ 3; 3; 1 ], lengths 3 7)
    Assert.Equal<int>([ 2; 2; 1 ], lengths 4 5)
    Assert.Equal<int>([ 1; 1 ], lengths 5 2)
    Assert.Equal<int>([ 0 ], lengths 2 0)
    concat 1 (chunk 3 -2 x) |> near a
    laws (fun x -> concat 1 (List.rev (chunk 3 1 x))) x

[<Fact>]
let ``unfold slides windows over an axis`` () =
    for size, step, windows in [ 2, 1, 3; 2, 2, 2; 3, 1, 2; 3, 2, 1; 4, 7, 1; 1, 3, 2 ] do
        unfold 1 size step x
        |> near (Naive.make [ 3; windows; 2; size ] (fun i -> Naive.get a [ i[0]; i[1] * step + i[3]; i[2] ]))

    laws (unfold 1 2 1) x

[<Fact>]
let ``diagonals are put into matrices`` () =
    for offset in -3 .. 3 do
        let m = 2 + abs offset

        diagEmbed offset x
        |> near (Naive.make [ 3; 4; m; m ] (fun i -> if i[3] - i[2] = offset then Naive.get a [ i[0]; i[1]; min i[2] i[3] ] else 0.0))

        diagonal offset -2 -1 (diagEmbed offset x) |> near a

    diagflat 1 x |> near (Naive.make [ 25; 25 ] (fun i -> if i[1] - i[0] = 1 then a.Values[i[0]] else 0.0))
    diagEmbed 2 (f64 [ 0 ] []) |> near (Naive.make [ 2; 2 ] (fun _ -> 0.0))
    diagflat -1 (f64 [ 1 ] [ nan ]) |> near { Sizes = [ 2; 2 ]; Values = [| 0.0; 0.0; nan; 0.0 |] }
    laws (diagEmbed -1) x
    laws (diagflat 1) x

[<Fact>]
let ``expandAs takes another's shape`` () =
    expandAs x (f64 [ 4; 1 ] [ 1.0; 2.0; 3.0; 4.0 ]) |> near (Naive.make [ 3; 4; 2 ] (fun i -> float i[1] + 1.0))
    laws (expandAs x) (f64 [ 4; 1 ] [ 1.0; 2.0; 3.0; 4.0 ])

[<Fact>]
let ``rot90 turns a plane as NumPy does`` () =
    let m = Tensor.ofArray [ 2; 3 ] [| 1.0; 2.0; 3.0; 4.0; 5.0; 6.0 |]
    rot90 1 0 1 m |> near { Sizes = [ 3; 2 ]; Values = [| 3.0; 6.0; 2.0; 5.0; 1.0; 4.0 |] }
    rot90 2 0 1 m |> near { Sizes = [ 2; 3 ]; Values = [| 6.0; 5.0; 4.0; 3.0; 2.0; 1.0 |] }
    rot90 -1 0 1 m |> near { Sizes = [ 3; 2 ]; Values = [| 4.0; 1.0; 5.0; 2.0; 6.0; 3.0 |] }
    rot90 1 1 0 m |> near (naive (rot90 3 0 1 m))
    rot90 4 0 1 m |> near (naive m)
    rot90 1 -1 0 x |> near (Naive.make [ 2; 4; 3 ] (fun i -> Naive.get a [ 2 - i[2]; i[1]; i[0] ]))
    laws (rot90 3 0 2) x

// Summaries.

let private quantileNaive q (values: float list) =
    let s, p = List.sort values, q * float (values.Length - 1)
    let low = int p
    if low = values.Length - 1 then s[low] else s[low] + (p - float low) * (s[low + 1] - s[low])

[<Fact>]
let ``quantiles lie between sorted elements`` () =
    for q in [ 0.0; 0.1; 0.25; 0.5; 0.7; 1.0 ] do
        quantileOver q 1 x |> near (Naive.reduce [ 1 ] (quantileNaive q) a)
        quantile q x |> near (Naive.reduce [ 0; 1; 2 ] (quantileNaive q) a)
        laws (quantileOver q 1) x

    medianOver 0 x |> near (Naive.reduce [ 0 ] (fun v -> (List.sort v)[1]) a)
    median (Tensor.ofArray [ 4 ] [| 4; 1; 3; 2 |]) |> near { Sizes = []; Values = [| 2.5 |] }
    median (f64 [ 3 ] [ 1.0; nan; 0.0 ]) |> near { Sizes = []; Values = [| nan |] }
    median (f64 [ 4 ] [ infinity; infinity; infinity; 0.0 ]) |> near { Sizes = []; Values = [| infinity |] }
    // numpy.quantile([1, 3, 7, 20], 0.4)
    quantile 0.4 (f64 [ 4 ] [ 20.0; 1.0; 7.0; 3.0 ]) |> near { Sizes = []; Values = [| 3.8 |] }

[<Fact>]
let ``what is not zero is counted`` () =
    let y = f64 [ 2; 3 ] [ 0.0; -0.0; nan; 2.0; infinity; 0.0 ]
    Assert.Equal(DType.Int32, (countNonZero y).DType)
    Assert.Equal(3.0, float (countNonZero y))
    Assert.Equal<float>([| 1.0; 2.0 |], (countNonZeroOver [ 1 ] y).ToDoubles())
    Assert.Equal(2.0, float (countNonZero (Tensor.ofArray [ 3 ] [| true; false; true |])))

[<Fact>]
let ``running log-sum-exp loses nothing`` () =
    for axis in 0..2 do
        let sizes = a.Sizes

        logCumSumExp axis x
        |> near (Naive.make sizes (fun i -> log (List.sum [ for j in 0 .. i[axis] -> exp (Naive.get a (List.updateAt axis j i)) ])))

        laws (logCumSumExp axis) x

    // One shift for all would give -infinity in the first places, none an infinity in the last.
    logCumSumExp 0 (f64 [ 5 ] [ -2000.0; -2000.0; 0.0; 2000.0; 2000.0 ])
    |> near { Sizes = [ 5 ]; Values = [| -2000.0; -2000.0 + log 2.0; 0.0; 2000.0; 2000.0 + log 2.0 |] }

    let masked = f64 [ 3 ] [ -infinity; -infinity; 1.0 ]
    logCumSumExp 0 masked |> near { Sizes = [ 3 ]; Values = [| -infinity; -infinity; 1.0 |] }
    let d = grad (fun (x: Tensor) -> (logCumSumExp 0 x)[2]) masked
    d |> near { Sizes = [ 3 ]; Values = [| 0.0; 0.0; 1.0 |] }
    laws (logCumSumExp 0) (uniform (random "long") [ 13 ])

[<Fact>]
let ``histograms count what lies inside`` () =
    let y = f64 [ 2; 5 ] [ 0.0; 0.24; 0.25; 1.0; 1.01; -0.01; nan; infinity; 0.5; 0.99 ]
    let h = histogram 4 0.0 1.0 y
    Assert.Equal(DType.Int32, h.DType)
    Assert.Equal<float>([| 2.0; 1.0; 1.0; 2.0 |], h.ToDoubles())
    Assert.Equal<float>([| 1.0; 2.0 |], (histogram 2 1.0 5.0 (Tensor.ofArray [ 3 ] [| 1; 3; 5 |])).ToDoubles())
    let z = uniform (random "histogram") [ 1000 ]

    let expected =
        [|
            for b in 0..9 ->
                z.ToDoubles() |> Array.filter (fun v -> v >= -1.0 + 0.2 * float b && v < -0.8 + 0.2 * float b) |> Array.length |> float
        |]

    Assert.Equal<float>(expected, (histogram 10 -1.0 1.0 z).ToDoubles())
    Assert.Equal<float>((stack 0 [ for i in 0..1 -> histogram 4 0.0 1.0 y[i] ]).ToDoubles(), (vmap (histogram 4 0.0 1.0) y).ToDoubles())

[<Fact>]
let ``segments are summed`` () =
    let segments = Tensor.ofArray [ 3 ] [| 2; 0; 2 |]

    segmentSum 4 segments x
    |> near (
        Naive.make [ 4; 4; 2 ] (fun i ->
            List.sum
                [
                    for j, s in [ 0, 2; 1, 0; 2, 2 ] do
                        if s = i[0] then
                            Naive.get a [ j; i[1]; i[2] ]
                ])
    )

    laws (segmentSum 4 segments) x

/// Rows of reductions, running operations, movements, indexing and generators.
module internal DeepFun.Core.Tests.Laws.Structural

open System
open DeepFun
open DeepFun.Backends
open DeepFun.Core.Tests.Numbers
open DeepFun.Core.Tests.Laws.Row

let private reductions =
    [
        let cases =
            [
                [ 2; 3; 4 ], [ 0 ]
                [ 2; 3; 4 ], [ 1 ]
                [ 2; 3; 4 ], [ 2 ]
                [ 2; 3; 4 ], [ 0; 2 ]
                [ 2; 3 ], [ 0; 1 ]
                [ 2; 3 ], []
                [], []
                [ 2; 1; 3 ], [ 1 ]
                [ 0; 3 ], [ 1 ]
            ]

        for sizes, axes in cases do
            let a = Array.ofList axes
            make $"Sum %A{axes}" (Prim.Reduce(Reduce.Sum a)) [ smooth sizes ]
            make $"Product %A{axes}" (Prim.Reduce(Reduce.Product a)) [ operand Draw.away sizes ]
            make $"Product with zeros %A{axes}" (Prim.Reduce(Reduce.Product a)) [ operand Draw.someZeros sizes ]
            make $"Max %A{axes}" (Prim.Reduce(Reduce.Max a)) [ operand Draw.distinct sizes ]
            make $"Min %A{axes}" (Prim.Reduce(Reduce.Min a)) [ operand Draw.distinct sizes ]
            make $"Any %A{axes}" (Prim.Reduce(Reduce.Any a)) [ truth sizes ]
            make $"All %A{axes}" (Prim.Reduce(Reduce.All a)) [ truth sizes ]

        // Nothing to sum gives 0, nothing to multiply 1.
        for sizes, axes in [ [ 0; 3 ], [ 0 ]; [ 0 ], [ 0 ]; [ 2; 0; 2 ], [ 0; 1 ] ] do
            let a = Array.ofList axes
            make $"Sum of nothing %A{axes}" (Prim.Reduce(Reduce.Sum a)) [ smooth sizes ]
            make $"Product of nothing %A{axes}" (Prim.Reduce(Reduce.Product a)) [ smooth sizes ]
            make $"Any of nothing %A{axes}" (Prim.Reduce(Reduce.Any a)) [ truth sizes ]
            make $"All of nothing %A{axes}" (Prim.Reduce(Reduce.All a)) [ truth sizes ]

        for sizes, axis in [ [ 3; 4 ], 0; [ 3; 4 ], 1; [ 5 ], 0; [ 2; 1 ], 1; [ 0; 3 ], 1 ] do
            make $"ArgMax {axis}" (Prim.Reduce(Reduce.ArgMax axis)) [ operand Draw.distinct sizes ]
            make $"ArgMin {axis}" (Prim.Reduce(Reduce.ArgMin axis)) [ operand Draw.distinct sizes ]

        for op in [ Reduce.Sum [| 1 |]; Reduce.Product [| 1 |]; Reduce.Max [| 1 |]; Reduce.Min [| 1 |] ] do
            make $"%A{op}" (Prim.Reduce op) [ fixedIn DType.Int32 (Draw.integers -4 5) [ 2; 3 ] ]
            make $"%A{op}" (Prim.Reduce op) [ fixedIn DType.Int64 (Draw.integers -4 5) [ 2; 3 ] ]
    ]

let private running =
    [
        for reverse in [ false; true ] do
            for sizes, axis in [ [ 4; 3 ], 0; [ 3; 4 ], 1; [ 2; 3; 2 ], 1; [ 2; 1 ], 1; [ 0; 3 ], 1; [ 3; 0 ], 1 ] do
                let case name op draw = make $"{name} {axis} {reverse}" (Prim.Along op) [ operand draw sizes ]

                case "CumulativeSum" (Along.CumulativeSum(axis, reverse)) (Draw.within -1.2 1.2)
                case "CumulativeProduct" (Along.CumulativeProduct(axis, reverse)) Draw.away
                case "CumulativeProduct with zeros" (Along.CumulativeProduct(axis, reverse)) Draw.someZeros
                case "CumulativeMax" (Along.CumulativeMax(axis, reverse)) Draw.distinct
                case "CumulativeMin" (Along.CumulativeMin(axis, reverse)) Draw.distinct
                case "ArgSort" (Along.ArgSort(axis, reverse)) Draw.distinct

            // Smooth lengths, a prime below the largest radix, and one above it.
            for sizes, axis in
                [ [ 8; 2 ], 0; [ 3; 5; 2 ], 0; [ 3; 5; 2 ], 1; [ 7; 2 ], 0; [ 37; 2 ], 0; [ 1; 2 ], 0; [ 0; 2 ], 0; [ 2; 0; 2 ], 0 ] do
                make $"Fourier {axis} {reverse}" (Prim.Along(Along.Fourier(axis, reverse))) [ smooth sizes ]

            make $"ArgSort of ties {reverse}" (Prim.Along(Along.ArgSort(1, reverse))) [ fixedIn DType.Int32 (Draw.integers 0 3) [ 2; 9 ] ]
    ]

let private movements =
    [
        let move name op sizes = make name (Prim.Move op) [ smooth sizes ]
        let reshape (target: int list) sizes = move $"Reshape %A{target}" (Move.Reshape(shapeOf target)) sizes
        reshape [ 3; 2 ] [ 2; 3 ]
        reshape [ 6 ] [ 2; 3 ]
        reshape [ 1; 1 ] []
        reshape [] [ 1 ]
        reshape [ 3; 0 ] [ 0; 2 ]

        for axes, sizes in [ [| 1; 0 |], [ 2; 3 ]; [| 2; 0; 1 |], [ 2; 3; 4 ]; [||], []; [| 1; 0 |], [ 0; 2 ]; [| 0; 1 |], [ 2; 1 ] ] do
            move $"Permute %A{axes}" (Move.Permute axes) sizes

        for sizes, target, axes in
            [
                [ 3 ], [ 2; 3 ], [| 1 |]
                [ 2 ], [ 2; 3 ], [| 0 |]
                [ 1; 3 ], [ 2; 3 ], [| 0; 1 |]
                [ 2; 1 ], [ 2; 4; 3 ], [| 0; 2 |]
                [], [ 2; 2 ], [||]
                [ 2; 3 ], [ 2; 3 ], [| 0; 1 |]
                [ 1 ], [ 0 ], [| 0 |]
                [ 0 ], [ 2; 0 ], [| 1 |]
                [ 3 ], [ 0; 3 ], [| 1 |]
            ] do
            move $"Broadcast %A{target} %A{axes}" (Move.Broadcast(shapeOf target, axes)) sizes

        for sizes, starts, counts, steps in
            [
                [ 5 ], [| 1 |], [ 3 ], [| 1 |]
                [ 7 ], [| 1 |], [ 3 ], [| 2 |]
                [ 5 ], [| 4 |], [ 5 ], [| -1 |]
                [ 8 ], [| 6 |], [ 3 ], [| -3 |]
                [ 5 ], [| 2 |], [ 0 ], [| 1 |]
                [ 5 ], [| 2 |], [ 1 ], [| 9 |]
                [ 4; 5 ], [| 1; 4 |], [ 2; 2 ], [| 2; -2 |]
                [ 0; 3 ], [| 0; 0 |], [ 0; 2 ], [| 1; 2 |]
                [], [||], [], [||]
            ] do
            move $"Slice %A{starts} %A{counts} %A{steps}" (Move.Slice(starts, shapeOf counts, steps)) sizes

        for sizes, low, high, interior in
            [
                [ 3 ], [| 1 |], [| 2 |], [| 0 |]
                [ 3 ], [| 0 |], [| 0 |], [| 2 |]
                [ 3 ], [| -1 |], [| 2 |], [| 0 |]
                [ 4 ], [| -1 |], [| -2 |], [| 0 |]
                [ 4 ], [| -2 |], [| -1 |], [| 1 |]
                [ 3 ], [| 2 |], [| -1 |], [| 2 |]
                [ 2; 3 ], [| 1; 0 |], [| 0; -1 |], [| 1; 0 |]
                [ 0 ], [| 2 |], [| 1 |], [| 1 |]
                [ 1 ], [| 1 |], [| 1 |], [| 5 |]
                [ 2; 0 ], [| 1; 0 |], [| 0; 0 |], [| 0; 0 |]
                [], [||], [||], [||]
            ] do
            for value in [ 0.0; 1.5 ] do
                let padding = { Low = low; High = high; Interior = interior; Value = value }
                move $"Pad %A{low} %A{high} %A{interior} {value}" (Move.Pad padding) sizes

        make "Concat of one" (Prim.Move(Move.Concat 0)) [ smooth [ 2; 3 ] ]
        make "Concat" (Prim.Move(Move.Concat 0)) [ smooth [ 2; 3 ]; smooth [ 1; 3 ] ]
        make "Concat" (Prim.Move(Move.Concat 1)) [ smooth [ 2; 3 ]; smooth [ 2; 0 ]; smooth [ 2; 2 ] ]
        make "Concat partly constant" (Prim.Move(Move.Concat 1)) [ smooth [ 2; 3 ]; { smooth [ 2; 1 ] with Active = false } ]

        make
            "Concat"
            (Prim.Move(Move.Concat 0))
            [ fixedIn DType.Int64 (Draw.integers 0 9) [ 2 ]; fixedIn DType.Int64 (Draw.integers 0 9) [ 3 ] ]
    ]

let private indexing =
    [
        for batch, x, i, u in
            [
                0, [ 4; 3 ], [ 2; 2 ], [ 2; 2; 3 ]
                0, [ 5 ], [], []
                0, [ 4 ], [ 9 ], [ 9 ]
                0, [ 4; 0 ], [ 2 ], [ 2; 0 ]
                0, [ 4; 2 ], [ 0 ], [ 0; 2 ]
                1, [ 2; 4; 3 ], [ 2; 5 ], [ 2; 5; 3 ]
                1, [ 2; 4 ], [ 2; 3 ], [ 2; 3 ]
                1, [ 2; 4; 3 ], [ 2 ], [ 2; 3 ]
                2, [ 2; 3; 4 ], [ 2; 3; 2 ], [ 2; 3; 2 ]
            ] do
            for dtype in [ DType.Int32; DType.Int64 ] do
                let places = fixedIn dtype (Draw.integers 0 x[batch]) i
                make $"Gather {batch}" (Prim.Index(Indexed.Gather batch)) [ smooth x; places ]
                make $"ScatterAdd {batch}" (Prim.Index(Indexed.ScatterAdd batch)) [ smooth x; places; smooth u ]
                // Never near an element of x, which lie 0.1 apart from these.
                let between r n = Draw.distinct r n |> Array.map (fun v -> v - 0.1)

                make $"ScatterMax {batch}" (Prim.Index(Indexed.ScatterMax batch)) [ operand Draw.distinct x; places; operand between u ]

                make
                    $"ScatterMax {batch} of integers"
                    (Prim.Index(Indexed.ScatterMax batch))
                    [ fixedIn DType.Int32 (Draw.integers -4 5) x; places; fixedIn DType.Int32 (Draw.integers -4 5) u ]
    ]

let private generators =
    [
        make "Fill" (Prim.Generate(Generate.Fill(1.5, float64 [ 2; 3 ]))) []
        make "Fill nothing" (Prim.Generate(Generate.Fill(1.0, typed DType.Bool [ 0; 2 ]))) []
        make "Iota" (Prim.Generate(Generate.Iota(1, float64 [ 2; 3 ]))) []
        make "Iota of integers" (Prim.Generate(Generate.Iota(0, typed DType.Int32 [ 3; 1 ]))) []
        let keys = fixedIn DType.Int64 (Draw.integers 0 1000)

        for key in [ []; [ 2 ]; [ 0 ] ] do
            make "Random bits" (Prim.Generate(Generate.Random(RandomOp.Bits, typed DType.Int64 [ 5 ]))) [ keys key ]
            make "Random uniform" (Prim.Generate(Generate.Random(RandomOp.Uniform, float64 [ 2; 3 ]))) [ keys key ]
            make "Random uniform single" (Prim.Generate(Generate.Random(RandomOp.Uniform, typed DType.Float32 [ 5 ]))) [ keys key ]
            make "Random normal" (Prim.Generate(Generate.Random(RandomOp.Normal, float64 []))) [ keys key ]
            make "Random normal single" (Prim.Generate(Generate.Random(RandomOp.Normal, typed DType.Float32 [ 7 ]))) [ keys key ]
    ]

let private special =
    [
        let positive = Draw.within 0.4 3.0
        let inside = Draw.within 0.1 0.9

        for sizes in [ [ 2; 3 ]; []; [ 0; 2 ] ] do
            for order in 0..2 do
                make $"GammaP {order}" (Prim.Special(Special.GammaP order)) [ operand positive sizes; operand positive sizes ]

            make "GammaQ" (Prim.Special Special.GammaQ) [ operand positive sizes; operand positive sizes ]

            for first, second in [ 0, 0; 1, 0; 0, 1; 2, 1 ] do
                make
                    $"BetaI {first} {second}"
                    (Prim.Special(Special.BetaI(first, second)))
                    [ operand positive sizes; operand positive sizes; operand inside sizes ]
    ]

let private samples =
    [
        // Reparameterized implicitly: no difference of two samples has the derivative of LogGamma, which SampleTests hold against P.
        let fixedShape = fixedIn DType.Float64 (Draw.within 0.3 4.0)
        let keys = fixedIn DType.Int64 (Draw.integers 0 1000)

        for key, sizes in [ [], []; [], [ 2; 3 ]; [ 2 ], [ 2 ]; [ 2 ], [ 2; 3 ]; [ 0 ], [ 0; 3 ] ] do
            make "LogGamma sample" (Prim.Sample Sample.LogGamma) [ keys key; fixedShape sizes ]
            make "Poisson sample" (Prim.Sample Sample.Poisson) [ keys key; fixedShape sizes ]
    ]

let rows = reductions @ running @ movements @ indexing @ generators @ special @ samples

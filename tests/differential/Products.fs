/// Contractions, convolutions and pooling.
module DeepFun.Differential.Products

open DeepFun
open DeepFun.FSharp
open DeepFun.Differential.Operation

let private fresh (pool: Pool) (x: Value) (shape: int[]) = pool.New(x.DType, shape, (fun () -> pool.Number(-1.0, 1.0)))

/// A value of the pool with this many axes, or a new one.
let private ranked (pool: Pool) (rank: int) (least: int) =
    match pool.Float(fun v -> v.DType = pool.DType && v.Rank = rank && v.Size <= 64 && Array.forall (fun n -> n >= least) v.Shape) with
    | Some x when pool.Chance 0.6 -> x
    | _ -> pool.New(Array.init rank (fun i -> if i < 2 then pool.Int(1, 2) else pool.Int(max least 2, 4)))

/// Operands made for each other by a recipe.
let private recipe name source apply (draw: Pool -> (Value list * int list) option) =
    make name source apply (fun name pool -> draw pool |> Option.map (fun (operands, ints) -> step name operands ints []))

let private equations =
    [|
        "ij,jk->ik"
        "ij,kj->ik"
        "ij->ji"
        "ij->i"
        "ij,ij->"
        "i,j->ij"
        "bij,bjk->bik"
        "bij,jk->bik"
        "ij,jk,kl->il"
        "i,ij,j->"
        "ii->i"
        "ii"
        "ij,j"
        "bhi,bhj->hij"
        "...i,...i->..."
        "i...->...i"
    |]

/// The equation is part of the step's name.
let private einsums =
    make "einsum" "einsum \"{label}\" [ {operands} ]" (fun s xs -> einsum (s.Operation.Split(':')[1]) xs) (fun name pool ->
        let equation = pool.Choose equations
        // "..." is one axis here.
        let terms = ((equation.Split("->")[0]).Replace("...", ".")).Split(',')
        let letters = terms |> Seq.collect id |> Seq.distinct |> Seq.map (fun c -> c, pool.Int(1, 3)) |> dict

        let operand (term: string) =
            let shape = term |> Seq.map (fun c -> letters[c]) |> Array.ofSeq
            pool.Float(fun v -> v.DType = pool.DType && v.Shape = shape) |> Option.defaultWith (fun () -> pool.New shape)

        Some(step $"{name}:{equation}" (terms |> Array.map operand |> List.ofArray) [] []))

let private contractions =
    [
        recipe "matmul" "matmul {0} {1}" (fun _ xs -> matmul xs[0] xs[1]) (fun pool ->
            pool.Float(fun v -> v.Rank > 0 && v.Size <= 48)
            |> Option.map (fun x ->
                let k = x.Shape[x.Rank - 1]
                let lead = if x.Rank > 2 && pool.Chance 0.5 then x.Shape[.. x.Rank - 3] else [||]
                let lead = lead |> Array.map (fun n -> if pool.Chance 0.3 then 1 else n)
                let shape = if pool.Chance 0.2 then [| k |] else Array.append lead [| k; pool.Int(1, 3) |]
                let fits (v: Value) = v.DType = x.DType && v.Shape = shape
                let y = pool.Pick fits |> Option.defaultWith (fun () -> fresh pool x shape)
                [ x; y ], []))
        recipe "dot" "dot {0} {1}" (fun _ xs -> dot xs[0] xs[1]) (fun pool ->
            pool.Float(fun v -> v.Rank = 1) |> Option.map (fun x -> [ x; fresh pool x x.Shape ], []))
        recipe "outer" "outer {0} {1}" (fun _ xs -> outer xs[0] xs[1]) (fun pool ->
            pool.Float(fun v -> v.Rank = 1) |> Option.map (fun x -> [ x; fresh pool x [| pool.Int(1, 3) |] ], []))
        recipe "vecdot" "vecdot {i0} {0} {1}" (fun s xs -> vecdot s.Ints[0] xs[0] xs[1]) (fun pool ->
            pool.Float(fun v -> v.Rank > 0) |> Option.map (fun x -> [ x; fresh pool x x.Shape ], [ -(pool.Int(1, x.Rank)) ]))
        recipe
            "tensordot"
            "tensordot [ {i0} ] [ {i1} ] {0} {1}"
            (fun s xs -> tensordot [ s.Ints[0] ] [ s.Ints[1] ] xs[0] xs[1])
            (fun pool ->
                pool.Float(fun v -> v.Rank > 0 && v.Rank < 4 && v.Size <= 32)
                |> Option.map (fun x ->
                    let a = pool.Int(0, x.Rank - 1)
                    let b = pool.Int(0, 1)
                    let shape = [| pool.Int(1, 3); pool.Int(1, 3) |]
                    shape[b] <- x.Shape[a]
                    [ x; fresh pool x shape ], [ a; b ]))
        recipe "kron" "kron {0} {1}" (fun _ xs -> kron xs[0] xs[1]) (fun pool ->
            pool.Float(fun v -> v.Rank < 4 && v.Size <= 12)
            |> Option.map (fun x -> [ x; fresh pool x (Array.init (pool.Int(0, 2)) (fun _ -> pool.Int(1, 2))) ], []))
        recipe "matrixPower" "matrixPower {i0} {0}" (fun s xs -> matrixPower s.Ints[0] xs[0]) (fun pool ->
            pool.Float(fun v -> v.Rank > 1 && v.Shape[v.Rank - 1] = v.Shape[v.Rank - 2] && v.Within(-2.5, 2.5))
            |> Option.map (fun x -> [ x ], [ pool.Int(0, 4) ]))
        einsums
    ]

/// Spatial rank, stride, padding, dilation, groups and output padding, in this order.
let private options (ints: int[]) : ConvolutionOptions =
    { Strides = [| ints[1] |]; Padding = [| ints[2] |]; Dilations = [| ints[3] |]; Groups = ints[4] }

let private convolutions =
    let source =
        "{{ Strides = [| {i1} |]; Padding = [| {i2} |]; Dilations = [| {i3} |]; Groups = {i4} }}".Replace("{{", "{ ").Replace("}}", " }")

    let geometry (pool: Pool) = pool.Int(1, 2), pool.Int(0, 2), pool.Int(1, 2)

    let kernel (pool: Pool) (spatial: int[]) padding dilation =
        // Not larger than the padded input.
        spatial |> Array.map (fun n -> pool.Int(1, max 1 (min 3 ((n + 2 * padding - 1) / dilation + 1))))

    [
        recipe "convolution" ("convolution " + source + " {0} {1}") (fun s xs -> convolution (options s.Ints) xs[0] xs[1]) (fun pool ->
            let rank = pool.Int(1, 3)
            let x = ranked pool (rank + 2) 1
            let stride, padding, dilation = geometry pool
            let channels = x.Shape[1]
            let groups = if channels > 0 && pool.Chance 0.4 then channels else 1
            let weight = Array.concat [ [| groups * pool.Int(1, 2); channels / groups |]; kernel pool x.Shape[2..] padding dilation ]
            Some([ x; fresh pool x weight ], [ rank; stride; padding; dilation; groups ]))
        recipe
            "convolutionTranspose"
            ("convolutionTranspose " + source + " [| {i5} |] {0} {1}")
            (fun s xs -> convolutionTranspose (options s.Ints) [| s.Ints[5] |] xs[0] xs[1])
            (fun pool ->
                let rank = pool.Int(1, 2)
                let x = ranked pool (rank + 2) 2
                let stride, _, dilation = geometry pool
                let outputs = x.Shape[1]
                let groups = if pool.Chance 0.4 then outputs else 1
                let weight = Array.concat [ [| outputs; pool.Int(1, 2) |]; Array.init rank (fun _ -> pool.Int(1, 3)) ]
                let least = weight[2..] |> Array.map (fun k -> stride + dilation * (k - 1) + 1) |> Array.min
                let padding = min (pool.Int(0, 1)) ((least - 1) / 2)
                Some([ x; fresh pool x weight ], [ rank; stride; padding; dilation; groups; pool.Int(0, stride - 1) ]))
    ]

let private pooling =
    // Window, stride and padding are the same along each axis; the leading two axes are the batch's, as PyTorch wants.
    let pool name likes f =
        recipe
            name
            (name + " {window} [| {i2} |] [| {i3} |] {0}")
            (fun s xs -> f (Array.replicate s.Ints[0] s.Ints[1]) [| s.Ints[2] |] [| s.Ints[3] |] xs[0])
            (fun pool ->
                let rank = pool.Int(1, 3)
                let x = ranked pool (rank + 2) 2

                if likes pool x then
                    let window = pool.Int(1, min 3 (Array.min x.Shape[2..]))
                    Some([ x ], [ rank; window; pool.Int(1, 2); pool.Int(0, window / 2) ])
                else
                    None)

    [ pool "maxPool" ordered maxPool; pool "sumPool" anywhere sumPool; pool "averagePool" anywhere averagePool ]

let rows: Operation list = contractions @ convolutions @ pooling

/// Movements and indexing.
module DeepFun.Differential.Structural

open DeepFun
open DeepFun.FSharp
open DeepFun.Differential.Operation

let private ranked (_: Pool) (v: Value) = v.Rank > 0
let private few (_: Pool) (v: Value) = v.Rank > 0 && v.Rank < 4
let private matrices (_: Pool) (v: Value) = v.Rank > 1
let private always (ints: Pool -> Value -> int list) pool v = Some(ints pool v)
let private axis (pool: Pool) (v: Value) = [ pool.Axis v ]
let private sizeAt (v: Value) axis = v.Shape[(axis + v.Rank) % v.Rank]

let private views =
    [
        shaped
            "reshape"
            "reshape {i} {0}"
            anywhere
            (fun pool v ->
                let divisors n = [| 1..n |] |> Array.filter (fun d -> n % d = 0)

                if v.Size = 0 then
                    Some(pool.Shuffled v.Shape |> List.ofArray)
                else
                    let a = pool.Choose(divisors v.Size)
                    let b = pool.Choose(divisors (v.Size / a))
                    let sizes = [ [ v.Size ]; [ a; v.Size / a ]; [ a; b; v.Size / a / b ]; [ a; -1 ]; [ -1 ] ]
                    Some(pool.Choose(Array.ofList sizes)))
            (fun a x -> reshape a x)
        unary "flatten" "flatten {0}" anywhere flatten
        shaped "permute" "permute {i} {0}" anywhere (always (fun pool v -> List.ofArray (pool.Shuffled [| 0 .. v.Rank - 1 |]))) (fun a x ->
            permute a x)
        shaped "swapAxes" "swapAxes {i0} {i1} {0}" ranked (always (fun pool v -> [ pool.Axis v; pool.Axis v ])) (fun a x ->
            swapAxes a[0] a[1] x)
        shaped "moveAxis" "moveAxis {i0} {i1} {0}" ranked (always (fun pool v -> [ pool.Axis v; pool.Axis v ])) (fun a x ->
            moveAxis a[0] a[1] x)
        unary "transpose" "transpose {0}" matrices transpose
        shaped
            "broadcastTo"
            "broadcastTo {i} {0}"
            (fun _ v -> v.Rank < 4 && v.Size <= 24)
            (always (fun pool v ->
                let wide = v.Shape |> Array.map (fun n -> if n = 1 && pool.Chance 0.6 then pool.Int(2, 3) else n) |> List.ofArray
                if pool.Chance 0.6 then pool.Int(1, 3) :: wide else wide))
            (fun a x -> broadcastTo a x)
        shaped
            "expandDims"
            "expandDims {i0} {0}"
            (fun _ v -> v.Rank < 5)
            (always (fun pool v -> [ pool.Int(-v.Rank - 1, v.Rank) ]))
            (fun a x -> expandDims a[0] x)
        unary "squeeze" "squeeze {0}" anywhere squeeze
        shaped
            "squeezeAxis"
            "squeezeAxis {i0} {0}"
            (fun _ v -> Array.contains 1 v.Shape)
            (always (fun _ v -> [ Array.findIndex ((=) 1) v.Shape ]))
            (fun a x -> squeezeAxis a[0] x)
        shaped
            "sliceStep"
            "sliceStep {i0} {i1} {i2} {i3} {0}"
            ranked
            (always (fun pool v ->
                let axis = pool.Axis v
                let n = sizeAt v axis
                let start = pool.Int(0, n)
                [ axis; start; pool.Int(start, n); pool.Int(1, 3) ]))
            (fun a x -> sliceStep a[0] a[1] a[2] a[3] x)
        shaped
            "item"
            "item {i0} {i1} {0}"
            ranked
            (fun pool v ->
                let axis = pool.Axis v
                let n = sizeAt v axis
                if n = 0 then None else Some [ axis; pool.Int(-n, n - 1) ])
            (fun a x -> item a[0] a[1] x)
        overAxes "flip" "flip {i} {0}" anywhere (fun a x -> flip a x)
        shaped "roll" "roll {i0} {i1} {0}" ranked (always (fun pool v -> [ pool.Int(-5, 5); pool.Axis v ])) (fun a x -> roll a[0] a[1] x)
        shaped
            "rot90"
            "rot90 {i0} {i1} {i2} {0}"
            matrices
            (always (fun pool v -> let axes = pool.Shuffled [| 0 .. v.Rank - 1 |] in [ pool.Int(-3, 5); axes[0]; axes[1] ]))
            (fun a x -> rot90 a[0] a[1] a[2] x)
        shaped
            "diagonal"
            "diagonal {i0} {i1} {i2} {0}"
            matrices
            (always (fun pool v ->
                let axes = pool.Shuffled [| 0 .. v.Rank - 1 |]
                let rows, columns = v.Shape[axes[0]], v.Shape[axes[1]]
                [ pool.Int(-rows, columns); axes[0]; axes[1] ]))
            (fun a x -> diagonal a[0] a[1] a[2] x)
        unary "trace" "trace {0}" matrices trace
        shaped "tril" "tril {i0} {0}" matrices (always (fun pool _ -> [ pool.Int(-2, 2) ])) (fun a x -> tril a[0] x)
        shaped "triu" "triu {i0} {0}" matrices (always (fun pool _ -> [ pool.Int(-2, 2) ])) (fun a x -> triu a[0] x)
        shaped
            "unfold"
            "unfold {i0} {i1} {i2} {0}"
            few
            (fun pool v ->
                let axis = pool.Axis v
                let n = sizeAt v axis
                if n = 0 then None else Some [ axis; pool.Int(1, n); pool.Int(1, 3) ])
            (fun a x -> unfold a[0] a[1] a[2] x)
        shaped "diagEmbed" "diagEmbed {i0} {0}" few (always (fun pool _ -> [ pool.Int(-1, 1) ])) (fun a x -> diagEmbed a[0] x)
        shaped "diagflat" "diagflat {i0} {0}" (fun _ v -> v.Size <= 6) (always (fun pool _ -> [ pool.Int(-1, 1) ])) (fun a x ->
            diagflat a[0] x)
    ]

/// The n-th of several parts, as the last parameter.
let private parts =
    let part name source (sizes: Pool -> Value -> (int list * int) option) f =
        shaped
            name
            (source + "[{last}]")
            ranked
            (fun pool v ->
                sizes pool v |> Option.bind (fun (ints, count) -> if count = 0 then None else Some(ints @ [ pool.Int(0, count - 1) ])))
            f

    let last (a: int[]) = a[a.Length - 1]

    [
        part
            "split"
            "(split {i0} {i1} {0})"
            (fun pool v ->
                let axis = pool.Axis v
                let n = sizeAt v axis
                let count = pool.Choose([| 1..4 |] |> Array.filter (fun d -> n % d = 0))
                Some([ count; axis ], count))
            (fun a x -> (split a[0] a[1] x)[last a])
        part
            "chunk"
            "(chunk {i0} {i1} {0})"
            (fun pool v ->
                let axis, count = pool.Axis v, pool.Int(1, 4)
                Some([ count; axis ], (chunk count axis v.Tensor).Length))
            (fun a x -> (chunk a[0] a[1] x)[last a])
        part
            "splitSizes"
            "(splitSizes [ {i1}; {i2} ] {i0} {0})"
            (fun pool v ->
                let axis = pool.Axis v
                let first = pool.Int(0, sizeAt v axis)
                Some([ axis; first; sizeAt v axis - first ], 2))
            (fun a x -> (splitSizes [ a[1]; a[2] ] a[0] x)[last a])
        part "unstack" "(unstack {i0} {0})" (fun pool v -> let axis = pool.Axis v in Some([ axis ], sizeAt v axis)) (fun a x ->
            (unstack a[0] x)[last a])
        make "meshgrid" "(meshgrid [ {0}; {1} ])[{last}]" (fun s xs -> (meshgrid xs)[s.Ints[0]]) (fun name pool ->
            pool.Float(fun v -> v.Rank = 1)
            |> Option.map (fun x ->
                step name [ x; pool.New(x.DType, [| pool.Int(1, 4) |], (fun () -> pool.Number(-1.5, 1.5))) ] [ pool.Int(0, 1) ] []))
    ]

let private pairs (ints: int[]) = ints |> Array.chunkBySize 2 |> Array.map (fun p -> p[0], p[1])

let private padding =
    let padded name (width: Pool -> int -> int) f =
        shaped
            name
            (name + " {pairs} {0}")
            (fun _ v -> v.Rank > 0 && v.Rank < 4 && v.Size <= 32)
            (fun pool v ->
                Some
                    [
                        for n in v.Shape do
                            width pool n
                            width pool n
                    ])
            f

    [
        make "pad" "pad {f0} {pairs} {0}" (fun s xs -> pad s.Floats[0] (pairs s.Ints) xs[0]) (fun name pool ->
            pool.Float(fun v -> v.Rank > 0 && v.Rank < 4 && v.Size <= 32)
            |> Option.map (fun x ->
                let widths =
                    [
                        for n in x.Shape do
                            // Something must be left: PyTorch crops no axis to nothing.
                            let low = if n > 1 then pool.Int(-1, 2) else pool.Int(0, 2)
                            low
                            if n > 1 && n + low > 1 then pool.Int(-1, 2) else pool.Int(0, 2)
                    ]

                step name [ x ] widths [ pool.Choose [| 0.0; 1.25 |] ]))
        padded "padReflect" (fun pool n -> pool.Int(0, min 2 (max 0 (n - 1)))) (fun a x -> padReflect (pairs a) x)
        padded "padReplicate" (fun pool n -> if n = 0 then 0 else pool.Int(0, 2)) (fun a x -> padReplicate (pairs a) x)
        padded "padCircular" (fun pool n -> pool.Int(0, min 2 n)) (fun a x -> padCircular (pairs a) x)
        shaped
            "repeat"
            "repeat {i0} {i1} {0}"
            (fun _ v -> v.Rank > 0 && v.Size <= 24)
            (always (fun pool v -> [ pool.Int(1, 3); pool.Axis v ]))
            (fun a x -> repeat a[0] a[1] x)
        shaped
            "tile"
            "tile {i} {0}"
            (fun _ v -> v.Rank < 4 && v.Size <= 12)
            (always (fun pool v -> List.init (pool.Int(max 1 (v.Rank - 1), v.Rank + 1)) (fun _ -> pool.Int(1, 2))))
            (fun a x -> tile a x)
        shaped
            "dilate"
            "dilate {i} {0}"
            (fun _ v -> v.Rank > 0 && v.Size <= 16)
            (always (fun pool v -> List.init v.Rank (fun _ -> pool.Int(1, 3))))
            (fun a x -> dilate a x)
    ]

let private joined =
    let others (pool: Pool) (x: Value) (axis: int) =
        let fits (y: Value) =
            y.DType = x.DType
            && y.Rank = x.Rank
            && Seq.forall (fun i -> i = axis || x.Shape[i] = y.Shape[i]) (seq { 0 .. x.Rank - 1 })

        let fresh () =
            let shape = Array.copy x.Shape
            shape[axis] <- pool.Int(0, 2)
            pool.New(x.DType, shape, (fun () -> pool.Number(-1.5, 1.5)))

        List.init (pool.Int(1, 2)) (fun _ -> pool.Pick fits |> Option.defaultWith fresh)

    [
        make "concat" "concat {i0} [ {operands} ]" (fun s xs -> concat s.Ints[0] xs) (fun name pool ->
            pool.Float(ranked pool)
            |> Option.map (fun x -> let axis = pool.Int(0, x.Rank - 1) in step name (x :: others pool x axis) [ axis ] []))
        make "stack" "stack {i0} [ {operands} ]" (fun s xs -> stack s.Ints[0] xs) (fun name pool ->
            pool.Float(fun v -> v.Rank < 4)
            |> Option.map (fun x ->
                let same (y: Value) = y.DType = x.DType && y.Shape = x.Shape
                let more = List.init (pool.Int(1, 2)) (fun _ -> pool.Pick same |> Option.defaultValue x)
                step name (x :: more) [ pool.Int(-x.Rank - 1, x.Rank) ] []))
        make "expandAs" "expandAs {1} {0}" (fun _ xs -> expandAs xs[1] xs[0]) (fun name pool ->
            pool.Float(fun v -> v.Rank < 4 && v.Size <= 24)
            |> Option.map (fun x ->
                let target = pool.New(Array.append [| pool.Int(1, 3) |] x.Shape)
                step name [ x; target ] [] []))
    ]

let private indexed =
    let filled (v: Value) axis = sizeAt v axis > 0

    let chosen name source draw f =
        make name source f (fun name pool ->
            pool.Float(few pool)
            |> Option.bind (fun x ->
                let axis = pool.Axis x
                if filled x axis then draw name pool x axis else None))

    let replaced axis n (v: Value) =
        let shape = Array.copy v.Shape
        shape[(axis + v.Rank) % v.Rank] <- n
        shape

    [
        chosen
            "take"
            "take {i0} {1} {0}"
            (fun name pool x axis ->
                let places = pool.Indices(pool.Shape(pool.Int(0, 2)), sizeAt x axis)
                Some(step name [ x; places ] [ axis ] []))
            (fun s xs -> take s.Ints[0] xs[1] xs[0])
        chosen
            "takeAlong"
            "takeAlong {i0} {1} {0}"
            (fun name pool x axis ->
                let places = pool.Indices(replaced axis (pool.Int(1, 4)) x, sizeAt x axis)
                Some(step name [ x; places ] [ axis ] []))
            (fun s xs -> takeAlong s.Ints[0] xs[1] xs[0])
        chosen
            "scatterAdd"
            "scatterAdd {i0} {1} {2} {0}"
            (fun name pool x axis ->
                let n = pool.Int(1, 4)
                let places = pool.Indices([| n |], sizeAt x axis)
                let updates = pool.New(x.DType, replaced axis n x, (fun () -> pool.Number(-1.5, 1.5)))
                Some(step name [ x; places; updates ] [ axis ] []))
            (fun s xs -> scatterAdd s.Ints[0] xs[1] xs[2] xs[0])
        chosen
            "scatterAddAlong"
            "scatterAddAlong {i0} {1} {2} {0}"
            (fun name pool x axis ->
                let shape = replaced axis (pool.Int(1, 4)) x
                let places = pool.Indices(shape, sizeAt x axis)
                let updates = pool.New(x.DType, shape, (fun () -> pool.Number(-1.5, 1.5)))
                Some(step name [ x; places; updates ] [ axis ] []))
            (fun s xs -> scatterAddAlong s.Ints[0] xs[1] xs[2] xs[0])
        make "segmentSum" "segmentSum {i0} {1} {0}" (fun s xs -> segmentSum s.Ints[0] xs[1] xs[0]) (fun name pool ->
            pool.Float(ranked pool)
            |> Option.map (fun x ->
                let count = pool.Int(1, 4)
                step name [ x; pool.Indices([| x.Shape[0] |], count) ] [ count ] []))
        make "oneHot" "cast DType.Float64 (oneHot {i0} {0})" (fun s xs -> cast DType.Float64 (oneHot s.Ints[0] xs[0])) (fun name pool ->
            pool.Pick(fun v -> (v.DType = DType.Int32 || v.DType = DType.Int64) && v.Rank < 4 && v.Size <= 24 && v.Within(0.0, 5.0))
            |> Option.orElseWith (fun () -> Some(pool.Indices(pool.Shape(pool.Int(0, 2)), 6)))
            |> Option.map (fun x -> step name [ x ] [ 6 ] []))
    ]

let rows: Operation list = views @ parts @ padding @ joined @ indexed

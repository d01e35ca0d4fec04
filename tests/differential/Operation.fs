namespace DeepFun.Differential

open DeepFun

/// <summary>An operation that both libraries have.</summary>
[<NoComparison; NoEquality>]
type Operation =
    {
        Name: string
        /// F# over DeepFun: {0} an operand, {i0} a whole parameter, {i} all of them, {f0} a fractional one.
        Source: string
        Apply: Step -> Tensor[] -> Tensor
        /// A call on values that the operation is smooth at, if the pool has or can make them.
        Draw: Pool -> Step option
    }

/// Ways to write rows of the table of operations.
module Operation =

    let step name (operands: Value list) (ints: int seq) (floats: float seq) : Step =
        {
            Operation = name
            Operands = operands |> List.map _.Index |> Array.ofList
            Ints = Array.ofSeq ints
            Floats = Array.ofSeq floats
        }

    let make name source apply draw : Operation = { Name = name; Source = source; Apply = apply; Draw = draw name }

    /// A function of one tensor, where its numbers allow.
    let unary name source (likes: Pool -> Value -> bool) (f: Tensor -> Tensor) : Operation =
        make name source (fun _ xs -> f xs[0]) (fun name pool -> pool.Float(likes pool) |> Option.map (fun x -> step name [ x ] [] []))

    let anywhere (_: Pool) (_: Value) = true
    let within low high (_: Pool) (v: Value) = v.Within(low, high)
    let away distance (_: Pool) (v: Value) = v.Away distance

    /// Not at one of these kinks.
    let beside (kinks: float list) (pool: Pool) (v: Value) = v.All(fun x -> kinks |> List.forall (fun k -> abs (x - k) > pool.Margin))

    /// All numbers different, so that an order is certain.
    let ordered (pool: Pool) (v: Value) = v.Distinct pool.Margin

    let both a b (pool: Pool) (v: Value) = a pool v && b pool v

    /// A function of two tensors that broadcast.
    let binary name source (likes: Pool -> Value -> Value -> bool) (f: Tensor -> Tensor -> Tensor) : Operation =
        make name source (fun _ xs -> f xs[0] xs[1]) (fun name pool ->
            pool.Pair(likes pool) |> Option.map (fun (x, y) -> step name [ x; y ] [] []))

    /// A function of a tensor and one of its axes.
    let alongAxis name source (likes: Pool -> Value -> bool) (f: int -> Tensor -> Tensor) : Operation =
        make name source (fun s xs -> f s.Ints[0] xs[0]) (fun name pool ->
            pool.Float(fun v -> v.Rank > 0 && likes pool v) |> Option.map (fun x -> step name [ x ] [ pool.Axis x ] []))

    /// A function of a tensor and some of its axes.
    let overAxes name source (likes: Pool -> Value -> bool) (f: int[] -> Tensor -> Tensor) : Operation =
        make name source (fun s xs -> f s.Ints xs[0]) (fun name pool ->
            pool.Float(fun v -> v.Rank > 0 && likes pool v)
            |> Option.bind (fun x ->
                match pool.Axes x with
                | [||] -> None
                | axes -> Some(step name [ x ] axes [])))

    /// A function of a tensor with parameters that fit it.
    let shaped
        name
        source
        (likes: Pool -> Value -> bool)
        (parameters: Pool -> Value -> int list option)
        (f: int[] -> Tensor -> Tensor)
        : Operation =
        make name source (fun s xs -> f s.Ints xs[0]) (fun name pool ->
            pool.Float(likes pool) |> Option.bind (fun x -> parameters pool x |> Option.map (fun ints -> step name [ x ] ints [])))

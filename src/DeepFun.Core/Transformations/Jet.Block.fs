namespace DeepFun

open DeepFun.Backends

/// Taylor mode of operations that carry graphs: the same operation with graphs of series, so that a loop stays one operation in a trace and a
/// branch that is not known yet stays a choice.
[<RequireQualifiedAccess>]
module internal JetBlock =

    /// Series of some tensors as one row of coefficients: which are there, by operand and order, and how to put rows together again.
    type private Packing(kept: bool[][]) =

        /// The coefficients that are there, one behind the other.
        member _.Row(series: Tensor[][]) : Tensor[] =
            [|
                for i in 0 .. kept.Length - 1 do
                    for k in 0 .. kept[i].Length - 1 do
                        if kept[i][k] then
                            series[i][k]
            |]

        /// Null where nothing is.
        member _.Series(row: Tensor[]) : Tensor[][] =
            let next = ref -1

            let take () =
                next.Value <- next.Value + 1
                row[next.Value]

            kept |> Array.map (Array.map (fun there -> if there then take () else null))

    /// What moves now.
    let private sparse (series: Tensor[][]) = Packing(series |> Array.map (Array.map (isNull >> not)))

    /// Whatever may move: every coefficient of floating-point tensors.
    let private dense (order: int) (types: TensorType[]) =
        Packing(types |> Array.map (fun ty -> Array.init (order + 1) (fun k -> k = 0 || DTypes.IsFloating ty.DType)))

    /// With zeros for what does not move.
    let private filled (series: Tensor[]) : Tensor[] =
        series |> Array.map (fun c -> if isNull c then FSharp.Elementwise.zerosLike series[0] else c)

    /// The results' series. `inside` runs a function of tensors on series of this order.
    let apply
        (order: int)
        (root: Interpreter)
        (inside: (Tensor[] -> Tensor[]) -> Tensor[][] -> Tensor[][])
        (block: Block)
        (xs: Tensor[][])
        : Tensor[][] =
        let types (row: Tensor[]) = row |> Array.map _.Type

        /// A graph of tensors as one of rows of coefficients, with what that closes over.
        let lifted (g: Graph) (operands: Packing) (results: Packing) (row: TensorType[]) : struct (Graph * Tensor[]) =
            let run (maker: Interpreter) (row: Tensor[]) =
                inside (Graph.run maker g) (operands.Series row) |> Array.map filled |> results.Row

            Trace.lift root run row

        match block with
        | Block.Checkpoint g -> inside (Graph.run root g) xs
        // A rule of one's own gives first derivatives only.
        | Block.Custom c -> inside (Graph.run root c.Body) xs
        | Block.Switch branches ->
            let operands, results = sparse xs[1..], dense order branches[0].OutputTypes
            let row = operands.Row xs[1..]
            let struct (graphs, closedOver) = branches |> Array.map (fun g -> lifted g operands results (types row)) |> Graph.share
            Graph.apply root (Block.Switch graphs) (Array.concat [ [| xs[0][0] |]; closedOver; row ]) |> results.Series
        | Block.While w ->
            let constants, moving = xs[.. w.Constants - 1], dense order w.Body.OutputTypes
            let carries = moving.Row(xs[w.Constants ..] |> Array.map filled)
            let row = Array.append ((sparse constants).Row constants) carries
            let all = sparse (Array.append constants (moving.Series carries))

            let struct (graphs, closedOver) =
                Graph.share [| lifted w.Condition all (dense 0 w.Condition.OutputTypes) (types row); lifted w.Body all moving (types row) |]

            let loop =
                {
                    Condition = graphs[0]
                    Body = graphs[1]
                    Constants = closedOver.Length + row.Length - carries.Length
                }

            Graph.apply root (Block.While loop) (Array.append closedOver row) |> moving.Series
        | Block.Scan s ->
            let constants, stacks = xs[.. s.Constants - 1], xs[s.Constants + s.Carries ..]
            let outputs = s.Body.OutputTypes
            let moving, results = dense order outputs[.. s.Carries - 1], dense order outputs
            let carries = moving.Row(xs[s.Constants .. s.Constants + s.Carries - 1] |> Array.map filled)
            let fixedOnes, slices = (sparse constants).Row constants, (sparse stacks).Row stacks
            let all = sparse (Array.concat [ constants; moving.Series carries; stacks ])
            let slice (x: Tensor) = { x.Type with Shape = Shape.Adopt(x.Shape.ToArray()[1..]) }

            let struct (body, closedOver) =
                lifted s.Body all results (Array.concat [ types fixedOnes; types carries; Array.map slice slices ])

            let loop = { s with Body = body; Constants = closedOver.Length + fixedOnes.Length; Carries = carries.Length }

            Graph.apply root (Block.Scan loop) (Array.concat [ closedOver; fixedOnes; carries; slices ]) |> results.Series

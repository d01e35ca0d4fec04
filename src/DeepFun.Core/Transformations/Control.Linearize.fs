namespace DeepFun

/// What a graph computed, run on a tape of its own.
[<NoComparison; NoEquality>]
type internal Recorded =
    {
        /// The results; null where they are linear in the unknown inputs.
        Outputs: Tensor[]
        /// From the cotangents of the results, null where there is none, to those of the inputs, null where there is none.
        Back: Tensor[] -> Tensor[]
    }

/// A block split into the half that is known now and the way back through the linear half.
[<NoComparison; NoEquality>]
type internal Split =
    {
        /// The results; null where they are linear.
        Known: Tensor[]
        /// The types of the linear results.
        Types: TensorType[]
        /// From the cotangents of the linear results, null where there is none, to those of all operands.
        Back: Tensor[] -> Tensor[]
    }

/// Linearize for blocks: the known half runs and gives what the linear half needs of it (residuals); the linear half is kept as its
/// transpose, a block as well. Both are traced from the body by running it on a tape (`record`): there is no second set of rules.
module internal ControlLinearize =

    type Recorder = Interpreter -> Graph -> Tensor[] -> Recorded

    let zero (maker: Interpreter) (ty: TensorType) : Tensor = maker.Constant(0.0, ty, null)

    let orZero maker (types: TensorType[]) (values: Tensor[]) = Array.map2 (fun ty v -> if isNull v then zero maker ty else v) types values

    /// Cotangents without null.
    let complete (root: Interpreter) (types: TensorType[]) (cotangents: Tensor[]) : Tensor[] =
        let beside =
            match Array.tryFind (isNull >> not) cotangents with
            | Some ct -> ct.Interpreter
            | None -> root

        Array.map2 (fun ty ct -> if isNull ct then beside.Zero ty else ct) types cotangents

    /// The inputs of a graph under construction where they are known; null where they are linear.
    let inputs (tracer: Tracer) (types: TensorType[]) (linear: bool[]) : Tensor[] =
        Array.map2 (fun ty l -> if l then null else tracer.Input ty) types linear

    let belongs (tracer: Tracer) (x: Tensor) = obj.ReferenceEquals(x.Interpreter, tracer)

    let checkpoint (record: Recorder) (root: Interpreter) (g: Graph) (xs: Tensor[]) (linear: bool[]) : Split =
        let known = linear |> Array.map not
        let tracer = Tracer(Interpreter.NextLevel(), root)
        let r = record tracer g (inputs tracer g.InputTypes linear)
        let knownResult = Flags.present r.Outputs
        let struct (half, closedOver) = tracer.Close(Flags.pick knownResult r.Outputs)
        let operands = Flags.pick known xs
        let values = Graph.apply root (Block.Checkpoint(Graph.prune half)) (Array.append closedOver operands)
        let types = Flags.pick (r.Outputs |> Array.map isNull) g.OutputTypes
        let knownTypes, linearTypes = Flags.pick known g.InputTypes, Flags.pick linear g.InputTypes

        // The graph once more, and back through it.
        let again (maker: Interpreter) (args: Tensor[]) =
            let r = record maker g (Flags.spread known args[.. operands.Length - 1])
            let unknown = r.Outputs |> Array.map isNull
            r.Back(Flags.spread unknown args[operands.Length ..]) |> Flags.pick linear |> orZero maker linearTypes

        let back = lazy (Trace.lift root again (Array.append knownTypes types))

        let pullback cotangents =
            let struct (g, closedOver) = back.Value

            Graph.apply root (Block.Checkpoint g) (Array.concat [ closedOver; operands; complete root types cotangents ])
            |> Flags.spread linear

        { Known = Flags.spread knownResult values; Types = types; Back = pullback }

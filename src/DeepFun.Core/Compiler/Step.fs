namespace DeepFun

open DeepFun.Backends

/// One step of a compiled graph.
[<RequireQualifiedAccess; NoComparison; ReferenceEquality>]
type internal Step =
    /// A primitive by itself: one call of the backend.
    | Call of Prim * inputs: int[] * output: int
    /// An operation that carries graphs, with the plans of those that run.
    | Block of Block * plans: Plan[] * inputs: int[] * outputs: int[]
    /// A fused loop.
    | Loop of IFusedKernel * FusedLoop * inputs: int[] * outputs: int[]
    /// A fused convolution.
    | Convolution of IFusedKernel * FusedConvolution * inputs: int[] * outputs: int[]
    /// Products and loops that are computed part by part.
    | Rows of IFusedKernel * RowPipeline * inputs: int[] * outputs: int[]

    /// The variables that it reads.
    member s.Inputs =
        match s with
        | Call(_, inputs, _)
        | Block(_, _, inputs, _)
        | Convolution(_, _, inputs, _)
        | Rows(_, _, inputs, _)
        | Loop(_, _, inputs, _) -> inputs

    /// The variables that it defines.
    member s.Outputs =
        match s with
        | Call(_, _, output) -> [| output |]
        | Block(_, _, _, outputs)
        | Convolution(_, _, _, outputs)
        | Rows(_, _, _, outputs)
        | Loop(_, _, _, outputs) -> outputs

/// The steps of a graph in order, and which variables are of no use after each.
and [<NoComparison; ReferenceEquality>] internal Plan =
    {
        Graph: Graph
        Steps: Step[]
        /// After step i, the variables that no later step reads and that are not results; before the first, at the end of the array, inputs that
        /// nothing reads.
        Dead: int[][]
        /// For each result of step i the places of the operands whose memory it may take, if nothing else holds that.
        Reuse: int[][][]
        /// Where results are written that are laid out for their readers.
        Layouts: Layouts
    }

namespace DeepFun

open System.Collections.Generic
open DeepFun.Backends

/// A fused convolution: which equations it stands for, and the variables that it reads and writes. The second result of a pooling one, in an
/// order of the backend's, takes the place of the windows' positions: only its gradient reads them.
[<Sealed; AllowNullLiteral>]
type internal ConvolutionStep(kernel: IFusedKernel, convolution: FusedConvolution, inputs: int[], outputs: int[], covered: int[]) =
    member _.Kernel = kernel
    member _.Convolution = convolution
    member _.Inputs = inputs
    member _.Outputs = outputs
    /// Numbers of equations, the convolution's first.
    member _.Covered = covered

/// A convolution with what follows it.
[<NoComparison; ReferenceEquality>]
type private Followed =
    {
        Equation: Equation
        Spec: ConvolutionSpec
        Bias: int
        Active: int
        Mask: int voption
        Pool: Pooled voption
        Equations: Equation list
    }

/// The equations of pooled maxima.
and [<NoComparison; ReferenceEquality>] private Pooled =
    {
        Windows: WindowSpec
        Positions: int
        /// As rows of a gather.
        Rows: int
        Maxima: int
    }

/// Finds convolutions with bias, relu and pooled maxima, and the gradients of them, for the backend to do in one. A function is fused only
/// together with its gradient, where that is in the graph.
[<Sealed>]
type internal Convolutions(backend: IBackend, g: Graph, enabled: bool) =
    let sources = Sources g
    let number = Dictionary<Equation, int>(HashIdentity.Reference)
    let readers: List<Equation>[] = Array.init g.Types.Length (fun _ -> List<Equation>())
    let results = HashSet<int>(g.Outputs)

    do
        g.Equations
        |> Array.iteri (fun i e ->
            number[e] <- i

            for v in Array.distinct e.Inputs do
                readers[v].Add e)

    let shape v = g.Types[v].Shape

    /// All equations that read a variable; none where it is a result.
    let readersOf v : Equation list = if results.Contains v then [] else List.ofSeq readers[v]

    let isZero v =
        match sources.Of v with
        | Source.Literal value -> value = 0.0
        | Source.Variable _ -> false

    /// What an equation does, which is null for an argument of the graph.
    let prim (e: Equation) =
        if isNull e then
            ValueNone
        else
            match e.Operation with
            | Operation.Prim prim -> ValueSome prim
            | Operation.Block _ -> ValueNone

    let (|Reshape|_|) (e: Equation) =
        match prim e with
        | ValueSome(Prim.Move(Move.Reshape _)) -> Some(e.Inputs[0], e.Outputs[0])
        | ValueSome _
        | ValueNone -> None

    /// What is added to every element of a channel, if that is all that happens to it.
    let bias (add: Equation) (y: int) : int voption =
        let other = if add.Inputs[0] = y then add.Inputs[1] else add.Inputs[0]

        match sources.Of other with
        // Axes of size one beside the channels' are nothing in memory.
        | Source.Variable(b, axes) when
            (shape b).Size = (shape y)[1]
            && axes |> Array.indexed |> Array.forall (fun (i, axis) -> axis = 1 || (shape b)[i] = 1)
            && axes |> Array.exists (fun axis -> axis = 1)
            ->
            ValueSome b
        | Source.Variable _
        | Source.Literal _ -> ValueNone

    let pooled (active: int) : (Pooled * Equation list) voption =
        let windows =
            readersOf active
            |> List.tryPick (fun e ->
                match prim e with
                | ValueSome(Prim.Window(Window.ArgMax spec)) -> Some(e, spec)
                | _ -> None)

        match windows, readersOf active with
        | Some(argMax, spec), [ a; b ] ->
            let positions = argMax.Outputs[0]

            match (if obj.ReferenceEquals(a, argMax) then b else a), readersOf positions with
            | Reshape(_, values) as reshape, [ Reshape(_, rows) as toRows ] ->
                match readersOf values with
                | [ gather ] when
                    (match prim gather with
                     | ValueSome(Prim.Index(Indexed.Gather 1)) -> gather.Inputs[0] = values && gather.Inputs[1] = rows
                     | _ -> false)
                    ->
                    match readersOf gather.Outputs[0] with
                    | [ Reshape(_, maxima) as back ] when Shape.Same(shape maxima, shape positions) ->
                        ValueSome(
                            { Windows = spec; Positions = positions; Rows = rows; Maxima = maxima },
                            [ argMax; reshape; toRows; gather; back ]
                        )
                    | _ -> ValueNone
                | _ -> ValueNone
            | _ -> ValueNone
        | _ -> ValueNone

    let followed (e: Equation) (spec: ConvolutionSpec) : Followed voption =
        let y = e.Outputs[0]

        match readersOf y with
        | [ add ] when
            (match prim add with
             | ValueSome(Prim.Binary Binary.Add) -> add.Inputs[0] <> add.Inputs[1]
             | _ -> false)
            ->
            let sum = add.Outputs[0]

            let relus, others =
                readersOf sum
                |> List.partition (fun e ->
                    match prim e with
                    | ValueSome(Prim.Unary Unary.Relu) -> true
                    | _ -> false)

            let masks =
                others
                |> List.filter (fun e ->
                    match prim e with
                    | ValueSome(Prim.Compare Compare.Greater) -> e.Inputs[0] = sum && isZero e.Inputs[1]
                    | _ -> false)

            match bias add y, relus with
            | ValueSome b, [ relu ] when others.Length = masks.Length && masks.Length <= 1 ->
                let active = relu.Outputs[0]
                let pool = pooled active

                ValueSome
                    {
                        Equation = e
                        Spec = spec
                        Bias = b
                        Active = active
                        Mask =
                            (match masks with
                             | [ mask ] -> ValueSome mask.Outputs[0]
                             | _ -> ValueNone)
                        Pool = pool |> ValueOption.map fst
                        Equations =
                            e :: add :: relu :: masks
                            @ (match pool with
                               | ValueSome(_, equations) -> equations
                               | ValueNone -> [])
                    }
            | _ -> ValueNone
        | _ -> ValueNone

    let fused (f: Followed) backward inputGradient =
        FusedConvolution(
            backward,
            g.Types[f.Active].DType,
            (shape f.Equation.Inputs[0])[1],
            (shape f.Active)[1],
            f.Spec,
            true,
            true,
            (match f.Pool with
             | ValueSome pool -> pool.Windows
             | ValueNone -> null),
            inputGradient
        )

    /// The gradient of the result, from that behind relu, and the equations between; a pooled one comes out of a scatter.
    let below (f: Followed) (select: Equation) : (int * Equation list) voption =
        match f.Pool with
        | ValueNone -> ValueSome(select.Inputs[1], [])
        | ValueSome pool ->
            match sources.Definition select.Inputs[1] with
            | Reshape(scattered, spread) as back when (readersOf spread).Length = 1 && (readersOf scattered).Length = 1 ->
                let scatter = sources.Definition scattered

                match prim scatter with
                | ValueSome(Prim.Index(Indexed.ScatterAdd 1)) when
                    isZero scatter.Inputs[0]
                    && scatter.Inputs[1] = pool.Rows
                    && (readersOf pool.Rows).Length = 2
                    && (readersOf scatter.Inputs[2]).Length = 1
                    ->
                    match sources.Definition scatter.Inputs[2] with
                    | Reshape(dy, _) as toRows when Shape.Same(shape dy, shape pool.Maxima) -> ValueSome(dy, [ back; scatter; toRows ])
                    | _ -> ValueNone
                | _ -> ValueNone
            | _ -> ValueNone

    let step (convolution: FusedConvolution) inputs outputs (equations: Equation list) : ConvolutionStep voption =
        match backend.Compile convolution with
        | null -> ValueNone
        | kernel ->
            ValueSome(ConvolutionStep(kernel, convolution, inputs, outputs, equations |> List.map (fun e -> number[e]) |> Array.ofList))

    let forward (f: Followed) : ConvolutionStep voption =
        let outputs =
            match f.Pool with
            | ValueSome pool -> [| pool.Maxima; pool.Positions |]
            | ValueNone -> [| f.Active |]

        step (fused f false false) [| f.Equation.Inputs[0]; f.Equation.Inputs[1]; f.Bias |] outputs f.Equations

    let backward (f: Followed) (mask: int) : ConvolutionStep voption =
        match readersOf mask with
        | [ select ] when
            (match prim select with
             | ValueSome Prim.Select -> select.Inputs[0] = mask && isZero select.Inputs[2]
             | _ -> false)
            ->
            let d = select.Outputs[0]
            let x, w = f.Equation.Inputs[0], f.Equation.Inputs[1]
            let mutable weight, sum, input, others = ValueNone, ValueNone, ValueNone, results.Contains d

            for e in readers[d] do
                match prim e with
                | ValueSome(Prim.Contract(Contract.Convolution(ConvolutionOp.WeightGradient, spec))) when
                    weight.IsNone && spec = f.Spec && e.Inputs[0] = x && e.Inputs[1] = d
                    ->
                    weight <- ValueSome e
                | ValueSome(Prim.Contract(Contract.Convolution(ConvolutionOp.InputGradient, spec))) when
                    input.IsNone && spec = f.Spec && e.Inputs[0] = d && e.Inputs[1] = w
                    ->
                    input <- ValueSome e
                | ValueSome(Prim.Reduce(Reduce.Sum axes)) when sum.IsNone && axes = Array.append [| 0 |] [| 2 .. (shape d).Rank - 1 |] ->
                    sum <- ValueSome e
                | _ -> others <- true

            match weight, sum, below f select with
            | ValueSome weight, ValueSome sum, ValueSome(dy, equations) when not others ->
                let saved =
                    match f.Pool with
                    | ValueSome pool -> pool.Positions
                    | ValueNone -> f.Active

                let last = ValueOption.toList input
                let outputs = weight :: sum :: last |> List.map (fun e -> e.Outputs[0]) |> Array.ofList
                step (fused f true input.IsSome) [| x; w; dy; saved |] outputs (weight :: sum :: last @ select :: equations)
            | _ -> ValueNone
        | _ -> ValueNone

    /// Whether the positions of the maxima serve the function alone.
    let isAlone (f: Followed) =
        match f.Pool with
        | ValueSome pool -> (readersOf pool.Rows).Length = 1
        | ValueNone -> true

    let steps =
        [|
            for e in (if enabled then g.Equations else [||]) do
                match prim e with
                | ValueSome(Prim.Contract(Contract.Convolution(ConvolutionOp.Forward, spec))) ->
                    match followed e spec with
                    | ValueSome f ->
                        match f.Mask with
                        | ValueSome mask ->
                            match forward f, backward f mask with
                            | ValueSome there, ValueSome back ->
                                there
                                back
                            | _ -> ()
                        | ValueNone ->
                            if isAlone f then
                                match forward f with
                                | ValueSome there -> there
                                | ValueNone -> ()
                    | ValueNone -> ()
                | _ -> ()
        |]

    let owners = Dictionary<int, ConvolutionStep>()

    do
        for step in steps do
            for v in step.Outputs do
                owners[v] <- step

    /// The equations that need no place of their own.
    member val Covered = HashSet<int>(steps |> Seq.collect (fun step -> step.Covered))

    /// What gives a variable; null where an equation of its own does.
    member _.Maker(v: int) : ConvolutionStep =
        match owners.TryGetValue v with
        | true, step -> step
        | _ -> null

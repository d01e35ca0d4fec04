namespace DeepFun

/// Graphs, and the operations that carry graphs. They have many results, so they are their own union beside Prim: a transformation
/// matches once over Prim, whose cases have one result, and once over Block. Blocks are plain data: graphs, counts and flags.
/// <summary>A function over tensors in static single assignment form. Holds no tensor: what the function closes over is an input.</summary>
[<NoComparison; ReferenceEquality>]
type internal Graph =
    {
        /// The variables of the arguments, in order.
        Inputs: int[]
        /// In an order in which every variable is defined before it is read.
        Equations: Equation[]
        /// The variables of the results, in order.
        Outputs: int[]
        /// The type of every variable, by number.
        Types: TensorType[]
    }

    /// <summary>The types of the arguments.</summary>
    member g.InputTypes = g.Inputs |> Array.map (fun v -> g.Types[v])
    /// <summary>The types of the results.</summary>
    member g.OutputTypes = g.Outputs |> Array.map (fun v -> g.Types[v])

/// <summary>One line of a graph: <c>outputs = operation inputs</c>. Variables are numbers.</summary>
and [<Sealed; AllowNullLiteral>] internal Equation(operation: Operation, inputs: int[], outputs: int[]) =
    /// <summary>The line of a primitive, which has one result.</summary>
    new(prim: Prim, inputs: int[], output: int) = Equation(Operation.Prim prim, inputs, [| output |])

    /// <summary>What is done.</summary>
    member _.Operation = operation
    /// <summary>The variables that it reads.</summary>
    member _.Inputs = inputs
    /// <summary>The variables that it defines.</summary>
    member _.Outputs = outputs

/// <summary>What a line does.</summary>
and [<RequireQualifiedAccess; NoComparison; ReferenceEquality>] internal Operation =
    /// <summary>A primitive: one result.</summary>
    | Prim of Prim
    /// <summary>An operation that carries graphs: many results.</summary>
    | Block of Block

/// <summary>The operations that carry graphs.</summary>
and [<RequireQualifiedAccess; NoComparison; ReferenceEquality>] internal Block =
    /// <summary>(index, operands…) → the results of that branch on the operands. The index, an int32, is clamped to the branches.</summary>
    | Switch of branches: Graph[]
    /// <summary>(constants…, carries…, stacks…) → (carries…, stacks…).</summary>
    | Scan of Scan
    /// <summary>(constants…, carries…) → carries.</summary>
    | While of While
    /// <summary>The graph's results; reverse mode keeps its operands only and computes the rest again.</summary>
    | Checkpoint of Graph
    /// <summary>(constants…, operands…) → the results of the body, whose derivative is the user's.</summary>
    | Custom of Custom

/// <summary>A loop of known length. One step maps (constants…, carries…, slices…) to (carries…, slices…).</summary>
and [<NoComparison; ReferenceEquality>] internal Scan =
    {
        /// One step.
        Body: Graph
        /// How many steps; the size of axis 0 of every stack.
        Length: int
        /// How many of the body's inputs are the same in every step.
        Constants: int
        /// How many values go from step to step.
        Carries: int
        /// Whether the steps run from the last slice to the first.
        Reverse: bool
    }

/// <summary>A loop while a condition holds. Both graphs take (constants…, carries…).</summary>
and [<NoComparison; ReferenceEquality>] internal While =
    {
        /// Gives one bool.
        Condition: Graph
        /// Gives the carries.
        Body: Graph
        /// How many of the inputs are the same in every step.
        Constants: int
    }

/// <summary>A function with the user's derivative. All graphs take the constants (what the functions close over) first.</summary>
and [<NoComparison; ReferenceEquality>] internal Custom =
    {
        /// For messages and prints.
        Name: string
        /// How many tensors the functions close over.
        Constants: int
        /// (constants…, xs…) → ys
        Body: Graph
        /// (constants…, xs…, dxs…) → (ys…, dys…)
        Jvp: Graph option
        /// Reverse rule.
        Vjp: CustomPullback option
    }

/// <summary>The two halves of a reverse rule.</summary>
and [<NoComparison; ReferenceEquality>] internal CustomPullback =
    {
        /// (constants…, xs…) → (ys…, residuals…)
        Forward: Graph
        /// (constants…, residuals…, cotangents of ys…) → cotangents of xs
        Backward: Graph
    }

/// <summary>
/// A function with the user's derivative as it was given, while nothing has been traced: it runs at the level of its operands, where
/// values may be read. 'T is Tensor, which is declared later.
/// </summary>
[<NoComparison; NoEquality>]
type internal RuledFunction<'T> =
    {
        /// For messages and prints.
        Name: string
        /// How many operands, the first ones, take part without the rule: what a traced function closed over.
        Constants: int
        /// Whether Run looks for its results until they are good enough, so that they say nothing of smaller changes of the operands.
        IsSought: bool
        /// operands → ys
        Run: 'T[] -> 'T[]
        /// operands, dxs → ys, dys
        Jvp: ('T[] -> 'T[] -> struct ('T[] * 'T[])) option
        /// operands → ys, residuals, and the way back: residuals, cotangents of ys → cotangents of xs
        Vjp: ('T[] -> struct ('T[] * 'T[] * ('T[] -> 'T[] -> 'T[]))) option
    }

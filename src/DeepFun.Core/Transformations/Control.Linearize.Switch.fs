namespace DeepFun

open System.Collections.Generic
open DeepFun.ControlLinearize

/// The switch split: the known half gives the residuals of the branch that is taken, zeros in the places of the others; the linear half
/// is a switch between the transposed branches.
[<RequireQualifiedAccess>]
module internal SwitchLinearize =

    /// Where the transposed branch finds a residual.
    [<NoComparison; NoEquality>]
    type private BranchResidual =
        /// Operand i.
        | Operand of int
        /// A value of an outer level.
        | Outer of Tensor
        /// Computed in the branch, given by the known half in this place.
        | Slot of place: int * variable: Tensor

    /// The first place of this type that the branch has not used; a new one if there is none. So branches share their places.
    let private slotFor (slots: ResizeArray<TensorType>) (used: HashSet<int>) (ty: TensorType) : int =
        let place =
            match Seq.tryFind (fun i -> slots[i].Same ty && not (used.Contains i)) (seq { 0 .. slots.Count - 1 }) with
            | Some i -> i
            | None ->
                slots.Add ty
                slots.Count - 1

        used.Add place |> ignore
        place

    let switch (record: Recorder) (root: Interpreter) (branches: Graph[]) (xs: Tensor[]) (isLinear: bool[]) : Split =
        if isLinear[0] then
            Errors.notLinear "switch"

        let operands, linear = xs[1..], isLinear[1..]
        let types, results = branches[0].InputTypes, branches[0].OutputTypes
        let known = linear |> Array.map not

        let halves =
            branches
            |> Array.map (fun g ->
                let tracer = Tracer(Interpreter.NextLevel(), root)
                let arguments = inputs tracer types linear
                struct (tracer, arguments, record tracer g arguments))

        // A result that is linear in one branch is zero in those where it is known.
        let linearResult =
            halves |> Array.map (fun (struct (_, _, r)) -> r.Outputs |> Array.map isNull) |> Array.reduce Flags.either

        let cotangentTypes = Flags.pick linearResult results
        let slots = ResizeArray<TensorType>()

        let transposed =
            halves
            |> Array.map (fun (struct (tracer, arguments, r)) ->
                let back (maker: Interpreter) (args: Tensor[]) =
                    let cotangents = Array.map2 (fun ct y -> if isNull y then ct else null) (Flags.spread linearResult args) r.Outputs
                    r.Back cotangents |> Flags.pick linear |> orZero maker (Flags.pick linear types)

                let struct (g, needed) = Trace.lift root back cotangentTypes
                let used = HashSet<int>()

                let residual (x: Tensor) =
                    if not (belongs tracer x) then
                        Outer x
                    else
                        match System.Array.IndexOf(arguments, x) with
                        | i when i >= 0 -> Operand i
                        | _ -> Slot(slotFor slots used x.Type, x)

                struct (g, needed |> Array.map residual))

        let all = transposed |> Array.collect (fun (struct (_, residuals)) -> residuals)

        let direct =
            all
            |> Array.choose (fun r ->
                match r with
                | Operand i -> Some i
                | Outer _
                | Slot _ -> None)
            |> Array.distinct

        let outer =
            all
            |> Array.choose (fun r ->
                match r with
                | Outer x -> Some x
                | Operand _
                | Slot _ -> None)
            |> Array.distinct

        let knownResult = linearResult |> Array.map not

        let struct (knownBranches, closedOver) =
            Array.map2
                (fun (struct (tracer: Tracer, _, r)) (struct (_, residuals)) ->
                    let fill place =
                        let here =
                            residuals
                            |> Array.tryPick (fun r ->
                                match r with
                                | Slot(p, x) when p = place -> Some x
                                | _ -> None)

                        here |> Option.defaultWith (fun () -> zero tracer slots[place])

                    let struct (g, closed) = tracer.Close(Array.append (Flags.pick knownResult r.Outputs) (Array.init slots.Count fill))
                    struct (Graph.prune g, closed))
                halves
                transposed
            |> Graph.share

        let values =
            if Flags.count knownResult + slots.Count = 0 then
                [||]
            else
                Graph.apply root (Block.Switch knownBranches) (Array.concat [ [| xs[0] |]; closedOver; Flags.pick known operands ])

        let slotValues = values[values.Length - slots.Count ..]

        let backBranches =
            transposed
            |> Array.map (fun (struct (g: Graph, residuals)) ->
                let variable matches ty =
                    struct ((match Array.tryFindIndex matches residuals with
                             | Some j -> g.Inputs[j]
                             | None -> -1),
                            ty)

                let isOperand i r =
                    match r with
                    | Operand j -> i = j
                    | Outer _
                    | Slot _ -> false

                let isOuter x r =
                    match r with
                    | Outer y -> obj.ReferenceEquals(x, y)
                    | Operand _
                    | Slot _ -> false

                let isSlot place r =
                    match r with
                    | Slot(p, _) -> p = place
                    | Operand _
                    | Outer _ -> false

                g
                |> Graph.withInputs (
                    Array.concat
                        [
                            direct |> Array.map (fun i -> variable (isOperand i) types[i])
                            outer |> Array.map (fun (x: Tensor) -> variable (isOuter x) x.Type)
                            Array.init slots.Count (fun place -> variable (isSlot place) slots[place])
                            g.Inputs[residuals.Length ..] |> Array.map (fun v -> struct (v, g.Types[v]))
                        ]
                ))

        let fixedOperands = Array.concat [ [| xs[0] |]; direct |> Array.map (fun i -> operands[i]); outer; slotValues ]

        let pullback cotangents =
            Graph.apply root (Block.Switch backBranches) (Array.append fixedOperands (complete root cotangentTypes cotangents))
            |> Flags.spread linear
            |> Array.append [| null |]

        { Known = Flags.spread knownResult values; Types = cotangentTypes; Back = pullback }

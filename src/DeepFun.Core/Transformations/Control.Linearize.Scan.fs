namespace DeepFun

open DeepFun.ControlLinearize

/// The scan split: the known half gives stacks of residuals, the linear half is the transposed step, scanned the other way round.
[<RequireQualifiedAccess>]
module internal ScanLinearize =

    /// Which variables are the same in every step: computed from the first `constants` inputs and literals alone.
    let private invariant (g: Graph) (constants: int) : bool[] =
        let same: bool[] = Array.zeroCreate g.Types.Length

        for v in g.Inputs[.. constants - 1] do
            same[v] <- true

        for e in g.Equations do
            if e.Inputs |> Array.forall (fun v -> same[v]) then
                for v in e.Outputs do
                    same[v] <- true

        same

    /// Where the transposed body finds a residual.
    [<NoComparison; NoEquality>]
    type private Residual =
        /// The same in every step: a value there is already.
        | Shared of Tensor
        /// The same in every step, but computed in the body.
        | Hoisted of variable: Tensor
        /// An operand that is a stack already.
        | Sliced of Tensor
        /// Computed in each step: one more stack that the known half gives.
        | Saved of variable: Tensor

    let scan (record: Recorder) (root: Interpreter) (s: Scan) (xs: Tensor[]) (isLinear: bool[]) : Split =
        let types, results = s.Body.InputTypes, s.Body.OutputTypes
        let firstCarry, firstStack = s.Constants, s.Constants + s.Carries

        // A carry that becomes linear in one step is linear from the first, where it is zero.
        let linear = Graph.dependentCarries s.Body s.Constants s.Carries isLinear
        let tracer = Tracer(Interpreter.NextLevel(), root)
        let arguments = inputs tracer types linear
        let r = record tracer s.Body arguments

        let linearResult = r.Outputs |> Array.mapi (fun i y -> if i < s.Carries then linear[firstCarry + i] else isNull y)
        let part low high = [| low .. high - 1 |] |> Array.filter (fun i -> linear[i])
        let constants, carries, stacks = part 0 firstCarry, part firstCarry firstStack, part firstStack types.Length
        let at indices (values: 'T[]) = indices |> Array.map (fun i -> values[i])

        // Carries of the transpose: the sums for the linear constants, then the cotangents of the linear carries.
        let transposed (maker: Interpreter) (args: Tensor[]) =
            let sums, cotangents = args[.. constants.Length - 1], args[constants.Length ..]
            // A carry that is linear but zero after the step sends nothing back.
            let cotangents = Flags.spread linearResult cotangents
            let found = r.Back(Array.map2 (fun ct y -> if isNull y then ct else null) cotangents r.Outputs)
            let given indices = orZero maker (at indices types) (at indices found)
            Array.concat [ Array.map2 Jvp.plus sums (at constants found); given carries; given stacks ]

        let cotangentTypes = Flags.pick linearResult results
        let struct (back, needed) = Trace.lift root transposed (Array.append (at constants types) cotangentTypes)

        let residual (x: Tensor) =
            if not (belongs tracer x) then
                Shared x
            else
                match System.Array.IndexOf(arguments, x) with
                | i when i >= 0 && i < firstCarry -> Shared xs[i]
                | i when i >= firstStack -> Sliced xs[i]
                | _ -> Saved x

        let residuals = needed |> Array.map residual

        let knownResult = linearResult |> Array.map not

        let saved =
            residuals
            |> Array.choose (fun r ->
                match r with
                | Saved v -> Some v
                | Shared _
                | Hoisted _
                | Sliced _ -> None)

        let struct (g, closedOver) = tracer.Close(Array.append (Flags.pick knownResult r.Outputs) saved)
        let known = linear |> Array.map not
        let operands = Array.append closedOver (Flags.pick known xs)
        let fixedCount = closedOver.Length + Flags.count known[.. firstCarry - 1]

        // Residuals that are the same in every step are computed once instead of being stacked.
        let same = invariant g fixedCount

        let residuals =
            residuals
            |> Array.map (fun r ->
                match r with
                | Saved v when same[(v :?> Variable).Id] -> Hoisted v
                | other -> other)

        let variables choose = residuals |> Array.choose choose

        let hoisted =
            variables (fun r ->
                match r with
                | Hoisted v -> Some(tracer.Id v)
                | Shared _
                | Saved _
                | Sliced _ -> None)

        let saved =
            variables (fun r ->
                match r with
                | Saved v -> Some(tracer.Id v)
                | Shared _
                | Hoisted _
                | Sliced _ -> None)

        let knownOutputs = g.Outputs[.. Flags.count knownResult - 1]

        let once =
            if hoisted.Length = 0 then
                [||]
            else
                let g = Graph.prune { g with Inputs = g.Inputs[.. fixedCount - 1]; Outputs = hoisted }
                Graph.run root g operands[.. fixedCount - 1]

        let values =
            if knownOutputs.Length + saved.Length = 0 then
                [||]
            else
                let block =
                    {
                        Body = Graph.prune { g with Outputs = Array.append knownOutputs saved }
                        Length = s.Length
                        Constants = fixedCount
                        Carries = Flags.count known[firstCarry .. firstStack - 1]
                        Reverse = s.Reverse
                    }

                Graph.apply root (Block.Scan block) operands

        let mutable nextOnce = 0
        let mutable nextSaved = knownOutputs.Length
        let residualValues: Tensor[] = Array.zeroCreate residuals.Length
        let isStack: bool[] = Array.zeroCreate residuals.Length

        for i in 0 .. residuals.Length - 1 do
            match residuals[i] with
            | Shared x -> residualValues[i] <- x
            | Sliced x ->
                residualValues[i] <- x
                isStack[i] <- true
            | Hoisted _ ->
                residualValues[i] <- once[nextOnce]
                nextOnce <- nextOnce + 1
            | Saved _ ->
                residualValues[i] <- values[nextSaved]
                isStack[i] <- true
                nextSaved <- nextSaved + 1

        let isFixed = isStack |> Array.map not
        let closedInputs, ownInputs = back.Inputs[.. needed.Length - 1], back.Inputs[needed.Length ..]
        let carryCount = constants.Length + carries.Length

        let transposedScan =
            {
                Body =
                    { back with
                        Inputs =
                            Array.concat
                                [
                                    Flags.pick isFixed closedInputs
                                    ownInputs[.. carryCount - 1]
                                    Flags.pick isStack closedInputs
                                    ownInputs[carryCount..]
                                ]
                    }
                Length = s.Length
                Constants = Flags.count isFixed
                Carries = carryCount
                Reverse = not s.Reverse
            }

        let resultTypes =
            cotangentTypes |> Array.mapi (fun i ty -> if i < carries.Length then ty else InferBlock.stacked s.Length ty)

        let pullback (cotangents: Tensor[]) : Tensor[] =
            let cotangents = complete root resultTypes cotangents

            let operands =
                Array.concat
                    [
                        Flags.pick isFixed residualValues
                        at constants types |> Array.map (zero root)
                        cotangents[.. carries.Length - 1]
                        Flags.pick isStack residualValues
                        cotangents[carries.Length ..]
                    ]

            let found = Graph.apply root (Block.Scan transposedScan) operands
            let all: Tensor[] = Array.zeroCreate xs.Length
            Array.iteri (fun j i -> all[i] <- found[j]) (Array.concat [ constants; carries; stacks ])
            all

        { Known = Flags.spread knownResult values; Types = resultTypes; Back = pullback }

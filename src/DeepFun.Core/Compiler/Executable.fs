namespace DeepFun

open System
open System.Diagnostics
open System.Threading
open DeepFun.Backends

/// A compiled graph. Values live in numbered slots; memory that a step was the last to read goes back to the pool at once, or becomes the
/// memory of a result. May run on many threads at the same time; with a recorder, which is null where nobody measures, on one.
[<Sealed>]
type internal Executable(evaluator: Eval, plan: Plan, recorder: Recorder) =
    let types = plan.Graph.Types
    let backend = evaluator.Backend

    let bodies =
        plan.Steps
        |> Array.mapi (fun i step ->
            match step with
            | Step.Block(_, plans, _, _) ->
                plans |> Array.mapi (fun k p -> Executable(evaluator, p, (if isNull recorder then null else recorder.Bodies[i][k])))
            | Step.Call _
            | Step.Convolution _
            | Step.Rows _
            | Step.Loop _ -> [||])

    /// For each result the inputs whose memory the loop that makes it may take.
    let heirs =
        lazy
            (let donors (v: int) =
                plan.Steps
                |> Seq.indexed
                |> Seq.collect (fun (i, step) ->
                    match step with
                    | Step.Rows(_, _, inputs, outputs)
                    | Step.Loop(_, _, inputs, outputs) when Array.contains v outputs ->
                        plan.Reuse[i][Array.IndexOf(outputs, v)] |> Array.map (fun k -> inputs[k])
                    | Step.Loop _
                    | Step.Rows _
                    | Step.Call _
                    | Step.Convolution _
                    | Step.Block _ -> [||])

             let inputs (v: int) = donors v |> Seq.map (fun w -> Array.IndexOf(plan.Graph.Inputs, w)) |> Seq.filter (fun i -> i >= 0)
             plan.Graph.Outputs |> Array.map (inputs >> Array.ofSeq))

    /// Values that are the same everywhere and in every run: the steps that make them have been done. Null for the others.
    let constants: Storage[] =
        plan.Steps
        |> Array.map (fun step ->
            match step with
            | Step.Call(Prim.Generate(Generate.Fill(v, ty)), _, _) -> backend.Generate(GenerateOp.Fill, ty.DType, ty.Shape, v, 0)
            | Step.Call _
            | Step.Convolution _
            | Step.Rows _
            | Step.Loop _
            | Step.Block _ -> null)

    /// For each loop the places of the matrices by which every step multiplies.
    let factors =
        plan.Steps
        |> Array.map (fun step ->
            match step with
            | Step.Block(Block.Scan s, plans, _, _) -> Factors.ofLoop s plans[0]
            | Step.Block _
            | Step.Call _
            | Step.Convolution _
            | Step.Rows _
            | Step.Loop _ -> [||])

    let none: bool[] = Array.zeroCreate plan.Graph.Inputs.Length
    let mutable spare: Frame = null
    let mutable room: CallRoom = null

    /// A slot's value. The scope counts how many slots hold memory that was taken in this run, so that the last one to go returns it:
    /// several may be views of one block.
    let put (scope: MemoryScope) (frame: Frame) (v: int) (s: Storage) =
        scope.Hold s
        frame.Values[v] <- s

    let drop (scope: MemoryScope) (frame: Frame) (dead: int[]) =
        for v in dead do
            let s = frame.Values[v]

            if not (isNull s) then
                scope.Drop s
                frame.Values[v] <- null

    /// A primitive whose result is written where its readers need it.
    let laid (frame: Frame) (place: Place) (prim: Prim) (shape: Shape) (xs: Storage[]) : Storage =
        if isNull frame.Blocks[place.Block] then
            let ty = plan.Layouts.Blocks[place.Block]
            frame.Blocks[place.Block] <- backend.Reserve(ty.DType, ty.Shape)

        let target = backend.Part(frame.Blocks[place.Block], shape, place.Strides, place.Offset)
        evaluator.Compute(prim, xs, place.Copied, target)
        target

    let keep (scope: MemoryScope) (results: Storage[]) =
        for s in results do
            scope.Keep s

    let number (s: Storage) = (evaluator.Wrap s).ToDouble()

    let loop (scope: MemoryScope) (frame: Frame) (i: int) (kernel: IFusedKernel) (outputs: int[]) =
        let xs, ys, reuse = frame.Operands[i], frame.Results[i], plan.Reuse[i]

        for o in 0 .. outputs.Length - 1 do
            ys[o] <- frame.Targets[outputs[o]]
            let mutable c = 0

            while isNull ys[o] && c < reuse[o].Length do
                let k = reuse[o][c]

                if Array.IndexOf(ys, xs[k], 0, o) < 0 then
                    match scope.Overwritable xs[k] with
                    | null -> ()
                    | own ->
                        // What was taken over is read as the new storage too.
                        xs[k] <- own
                        ys[o] <- own

                c <- c + 1

        kernel.Run(Span xs, Span ys)

    /// A carry of the last step, with its holder: a copy if it is part of a stack, whose memory would otherwise live as long as the carry.
    let last (scope: MemoryScope) (stacks: Storage[]) (carry: Storage) : Storage =
        let isPart (stack: Storage) = not (isNull stack.Block) && obj.ReferenceEquals(stack.Block, carry.Block)

        if Array.exists isPart stacks then
            let own = backend.Reserve(carry.DType, carry.Shape)
            backend.Write(carry, own)
            scope.Hold own
            scope.Drop carry
            own
        else
            carry

    /// Each step's slices and results are views of the stacks, so that nothing is copied, unless a step's result is made elsewhere.
    let scan (scope: MemoryScope) (body: Executable) (factors: int[]) (s: Scan) (xs: Storage[]) (outputs: int[]) (ys: Storage[]) =
        let first = s.Constants + s.Carries
        let inputs = Array.copy xs
        let taken: bool[] = Array.zeroCreate xs.Length

        // A matrix by which every step multiplies is laid out once as products read it, not once a step.
        for j in factors do
            if not xs[j].HasHostSpan then
                inputs[j] <- backend.Reserve(xs[j].DType, xs[j].Shape)
                backend.Write(xs[j], inputs[j])
                scope.Hold inputs[j]

        let targets: Storage[] = Array.zeroCreate ys.Length
        let results: Storage[] = Array.zeroCreate ys.Length

        let stacks =
            Array.init (ys.Length - s.Carries) (fun j ->
                let ty = types[outputs[s.Carries + j]]
                let stack = backend.Reserve(ty.DType, ty.Shape)
                scope.Hold stack
                stack)

        for at in 0 .. s.Length - 1 do
            let i = if s.Reverse then s.Length - 1 - at else at

            for j in first .. xs.Length - 1 do
                inputs[j] <- backend.Item(xs[j], i)

            for j in 0 .. stacks.Length - 1 do
                let target = backend.Item(stacks[j], i)
                scope.Hold target
                targets[s.Carries + j] <- target

            body.RunIn(scope, inputs, taken, targets, results)

            for c in 0 .. s.Carries - 1 do
                inputs[s.Constants + c] <- results[c]
                taken[s.Constants + c] <- true

            for j in 0 .. stacks.Length - 1 do
                let y, target = results[s.Carries + j], targets[s.Carries + j]

                if not (obj.ReferenceEquals(y, target)) then
                    backend.Write(y, target)

                scope.Drop y
                scope.Drop target

        for j in factors do
            if not (obj.ReferenceEquals(inputs[j], xs[j])) then
                scope.Drop inputs[j]

        for c in 0 .. s.Carries - 1 do
            ys[c] <- if s.Length > 1 then last scope stacks inputs[s.Constants + c] else inputs[s.Constants + c]

            if s.Length = 0 then
                scope.Hold ys[c]

        Array.blit stacks 0 ys s.Carries stacks.Length

    let repeat (scope: MemoryScope) (condition: Executable) (body: Executable) (w: While) (xs: Storage[]) (ys: Storage[]) =
        let inputs = Array.copy xs
        let kept: bool[] = Array.zeroCreate xs.Length
        let taken = Array.copy kept
        let truth: Storage[] = Array.zeroCreate 1
        let results: Storage[] = Array.zeroCreate ys.Length

        let holds () =
            condition.RunIn(scope, inputs, kept, null, truth)
            let holds = number truth[0] <> 0.0
            scope.Drop truth[0]
            holds

        let mutable first = true

        while holds () do
            body.RunIn(scope, inputs, taken, null, results)
            Array.blit results 0 inputs w.Constants results.Length

            if first then
                first <- false
                Array.fill taken w.Constants results.Length true

        Array.blit inputs w.Constants ys 0 ys.Length

        if first then
            ys |> Array.iter scope.Hold

    /// The results of a block, each with one holder.
    let block (scope: MemoryScope) (i: int) (b: Block) (xs: Storage[]) (outputs: int[]) (ys: Storage[]) =
        let call (body: Executable) (inputs: Storage[]) = body.RunIn(scope, inputs, Array.zeroCreate inputs.Length, null, ys)

        let bodies = bodies[i]

        match b with
        | Block.Scan s -> scan scope bodies[0] factors[i] s xs outputs ys
        | Block.While w -> repeat scope bodies[0] bodies[1] w xs ys
        | Block.Switch branches -> call bodies[max 0 (min (int (number xs[0])) (branches.Length - 1))] xs[1..]
        | Block.Checkpoint _
        | Block.Custom _ -> call bodies[0] xs

    let steps (scope: MemoryScope) (frame: Frame) =
        for i in 0 .. plan.Steps.Length - 1 do
            let step = plan.Steps[i]
            let xs, ys = frame.Operands[i], frame.Results[i]
            let inputs = step.Inputs
            let start = if isNull recorder then 0L else Stopwatch.GetTimestamp()

            for k in 0 .. xs.Length - 1 do
                xs[k] <- frame.Values[inputs[k]]

            match step with
            | Step.Call(prim, _, output) ->
                let y =
                    match plan.Layouts.Places[output] with
                    | null -> if isNull constants[i] then evaluator.Compute(prim, types[output].Shape, xs) else constants[i]
                    | place -> laid frame place prim types[output].Shape xs

                put scope frame output y
            | Step.Rows(kernel, _, _, outputs)
            | Step.Loop(kernel, _, _, outputs) ->
                loop scope frame i kernel outputs

                for o in 0 .. outputs.Length - 1 do
                    put scope frame outputs[o] ys[o]
            | Step.Convolution(kernel, _, _, outputs) ->
                for o in 0 .. outputs.Length - 1 do
                    ys[o] <- frame.Targets[outputs[o]]

                kernel.Run(Span xs, Span ys)

                for o in 0 .. outputs.Length - 1 do
                    put scope frame outputs[o] ys[o]
            | Step.Block(b, _, _, outputs) ->
                block scope i b xs outputs ys

                for o in 0 .. outputs.Length - 1 do
                    frame.Values[outputs[o]] <- ys[o]

            if not (isNull recorder) then
                recorder.Record(i, start)

            drop scope frame plan.Dead[i]

    new(evaluator: Eval, plan: Plan) = Executable(evaluator, plan, null)

    /// Room for a call, which Return takes back.
    member _.Rent() : CallRoom =
        match Interlocked.Exchange(&room, null) with
        | null -> CallRoom(evaluator, plan.Graph)
        | room -> room

    member _.Return(used: CallRoom) =
        used.Clear()
        Volatile.Write(&room, used)

    /// What result i is.
    member _.OutputType(i: int) : TensorType = types[plan.Graph.Outputs[i]]

    /// Finds the results for these inputs, in the order of the graph's, inside of a run: each has a holder, which is now the caller's. Of the
    /// inputs that are taken the caller's holder is gone. Results are written to the targets, where there are some, if the step that makes them can
    /// do that.
    member _.RunIn(scope: MemoryScope, inputs: Storage[], taken: bool[], targets: Storage[], results: Storage[]) : unit =
        let frame =
            match Interlocked.Exchange(&spare, null) with
            | null -> Frame plan
            | frame -> frame

        for k in 0 .. inputs.Length - 1 do
            let v = plan.Graph.Inputs[k]

            if taken[k] then frame.Values[v] <- inputs[k] else put scope frame v inputs[k]

        let outputs = plan.Graph.Outputs

        if not (isNull targets) then
            for k in outputs.Length - 1 .. -1 .. 0 do
                if not (isNull targets[k]) then
                    frame.Targets[outputs[k]] <- targets[k]

        drop scope frame plan.Dead[plan.Steps.Length]
        steps scope frame

        for k in 0 .. outputs.Length - 1 do
            let s = frame.Values[outputs[k]]
            results[k] <- s
            // The slot's holder goes to the first result that shows it.
            if Array.IndexOf(outputs, outputs[k]) < k then
                scope.Hold s

        frame.Clear()
        Volatile.Write(&spare, frame)

    /// Finds the results for these inputs, in the order of the graph's. The memory of inputs that are given away (null: none) may become the
    /// results'; given is written.
    member this.Run(inputs: Storage[], given: bool[], results: Storage[]) : unit =
        use scope = MemoryScope.EnterRun()

        if isNull given then
            this.RunIn(scope, inputs, none, null, results)
            keep scope results
        else
            this.RunGiving(scope, inputs, given, results)

    /// Memory for results that may take the place of an input that is given away, but has no block that could be taken over, as small tensors: the
    /// next call can take theirs. Null if there are none.
    member private this.Blocks(inputs: Storage[], given: bool[]) : Storage[] =
        let mutable targets = null

        for k in 0 .. heirs.Value.Length - 1 do
            if heirs.Value[k] |> Array.exists (fun i -> given[i] && isNull inputs[i].Block) then
                if isNull targets then
                    targets <- Array.zeroCreate heirs.Value.Length

                let ty = this.OutputType k
                targets[k] <- backend.Reserve(ty.DType, ty.Shape)

        targets

    member private this.RunGiving(scope: MemoryScope, inputs: Storage[], given: bool[], results: Storage[]) : unit =
        let targets = this.Blocks(inputs, given)
        // From here on: what is given and may be taken.
        let taken = given

        for i in 0 .. inputs.Length - 1 do
            taken[i] <- given[i] && scope.Invite inputs[i]

        try
            for i in 0 .. inputs.Length - 1 do
                if taken[i] then
                    scope.Hold inputs[i]

            this.RunIn(scope, inputs, taken, targets, results)
            keep scope results

            // What was given away and is no result is of no use to anybody.
            for i in 0 .. inputs.Length - 1 do
                if taken[i] && inputs[i].Block.Holders = 0 then
                    MemoryScope.Release inputs[i].Block
        finally
            for i in 0 .. inputs.Length - 1 do
                if taken[i] then
                    MemoryScope.Dismiss inputs[i]

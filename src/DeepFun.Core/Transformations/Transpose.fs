namespace DeepFun

open System
open System.Collections.Generic
open DeepFun.Backends
open DeepFun.FSharp

/// The cotangents of one backward pass. Nothing is written on the nodes, so that a pullback may be called again, nested, on many threads.
[<Sealed>]
type internal Pass(count: int) =
    let nodes: Linear[] = Array.zeroCreate (count + 1)
    let cotangents: Tensor[] = Array.zeroCreate (count + 1)
    /// Of operations with many results, by id: the cotangents of the results that have arrived.
    let results = Dictionary<int, Tensor[]>()
    member _.Nodes = nodes
    member _.Get(node: Linear) : Tensor = cotangents[node.Id]

    member _.Give(node: Linear, ct: Tensor) =
        if not (isNull node) then
            nodes[node.Id] <- node
            cotangents[node.Id] <- Jvp.plus cotangents[node.Id] ct

    /// A result's cotangent to its operation.
    member _.Collect(operation: Linear, index: int, ct: Tensor) =
        match results.TryGetValue operation.Id with
        | true, found -> found[index] <- ct
        | _ ->
            let found = Array.zeroCreate operation.Pullback.Results
            found[index] <- ct
            results[operation.Id] <- found
            nodes[operation.Id] <- operation

    member _.Collected(operation: Linear) : Tensor[] =
        let found = results[operation.Id]
        results.Remove operation.Id |> ignore
        found

    /// A finished node's cotangent is garbage unless it belongs to an input.
    member _.Forget(node: Linear) =
        nodes[node.Id] <- null
        cotangents[node.Id] <- null

/// The linear primitives backwards: each gives its cotangent ct on to its linear operands, ⟨ct, A d⟩ = ⟨Aᵀ ct, d⟩.
[<RequireQualifiedAccess>]
module internal Transpose =

    let private bind prim xs = Tensor.Bind(prim, xs)

    /// Sums what a broadcast repeated.
    let private broadcast (shape: Shape) (axes: int[]) (from: Shape) (ct: Tensor) =
        let repeated =
            [|
                for k in 0 .. shape.Rank - 1 do
                    let i = Array.IndexOf(axes, k)

                    if i < 0 || from[i] <> shape[k] then
                        k
            |]

        reshapeTo from (sumAxes repeated ct)

    /// Puts a slice back among zeros.
    let private slice (starts: int[]) (shape: Shape) (steps: int[]) (from: Shape) (ct: Tensor) =
        let turned =
            [|
                for i in 0 .. steps.Length - 1 do
                    if steps[i] < 0 then
                        i
            |]

        let ct = if turned.Length = 0 then ct else flip turned ct
        let last i = starts[i] + (shape[i] - 1) * steps[i]
        let low = Array.init from.Rank (fun i -> if shape[i] = 0 then 0 else min starts[i] (last i))

        let width i = if shape[i] = 0 then 0 else (shape[i] - 1) * abs steps[i] + 1

        padAll
            {
                Low = low
                High = Array.init from.Rank (fun i -> from[i] - low[i] - width i)
                Interior = Array.map (fun s -> max 0 (abs s - 1)) steps
                Value = 0.0
            }
            ct

    /// The part of a padded cotangent that came from the operand; a cropped operand gets zeros back.
    let private pad (p: Padding) (from: Shape) (ct: Tensor) =
        let rank = from.Rank
        let crop = Array.map (fun w -> max 0 -w)
        let low, high = crop p.Low, crop p.High

        let restored =
            if Array.forall ((=) 0) low && Array.forall ((=) 0) high then
                ct
            else
                padAll { Low = low; High = high; Interior = Array.zeroCreate rank; Value = 0.0 } ct

        sliceAll (Array.map (max 0) p.Low) from (Array.map (fun i -> i + 1) p.Interior) restored

    let private concat axis (many: Tensor[]) (ct: Tensor) (give: int -> Tensor -> unit) =
        let mutable start = 0

        for i in 0 .. many.Length - 1 do
            let size = many[i].Shape[axis]
            give i (Movement.slice axis start (start + size) ct)
            start <- start + size

    let private convolution op spec (n: Linear) (ct: Tensor) : Tensor =
        let conv op a b = bindConvolution op spec a b

        match op, isNull n.A with
        | ConvolutionOp.Forward, false -> conv ConvolutionOp.InputGradient ct n.Known
        | ConvolutionOp.Forward, true -> conv ConvolutionOp.WeightGradient n.Known ct
        // (dy, w) → dx
        | ConvolutionOp.InputGradient, false -> conv ConvolutionOp.Forward ct n.Known
        | ConvolutionOp.InputGradient, true -> conv ConvolutionOp.WeightGradient ct n.Known
        // (x, dy) → dw
        | _, false -> conv ConvolutionOp.InputGradient n.Known ct
        | _, true -> conv ConvolutionOp.Forward n.Known ct

    /// One node: its cotangent to its operands.
    let private node (pass: Pass) (n: Linear) (ct: Tensor) : unit =
        let give m c = pass.Give(m, c)

        match n.Prim with
        | Prim.Unary Unary.Neg -> give n.A -ct
        | Prim.Binary Binary.Add ->
            give n.A ct
            give n.B ct
        | Prim.Binary Binary.Sub ->
            give n.A ct
            give n.B -ct
        | Prim.Binary Binary.Mul -> give n.A (ct * n.Known)
        | Prim.Binary Binary.Div -> give n.A (ct / n.Known)
        | Prim.Select ->
            let zeros = zerosLike ct

            if not (isNull n.A) then
                give n.A (bind Prim.Select [| n.Known; ct; zeros |])

            if not (isNull n.B) then
                give n.B (bind Prim.Select [| n.Known; zeros; ct |])
        | Prim.Cast _ -> give n.A (cast n.A.DType ct)
        | Prim.Reduce(Reduce.Sum axes) ->
            let kept = [| 0 .. n.A.Rank - 1 |] |> Array.except axes
            give n.A (broadcastAxes n.A.Shape kept ct)
        | Prim.Along(Along.CumulativeSum(axis, reverse)) -> give n.A (bindAlong (Along.CumulativeSum(axis, not reverse)) ct)
        // The matrix is symmetric, so that its transpose as a real map is its conjugate.
        | Prim.Along(Along.Fourier(axis, inverse)) -> give n.A (bindAlong (Along.Fourier(axis, not inverse)) ct)
        | Prim.Move op ->
            match op with
            | Move.Reshape _ -> give n.A (reshapeTo n.A.Shape ct)
            | Move.Permute axes -> give n.A (bindMove (Move.Permute(inverse axes)) ct)
            | Move.Broadcast(shape, axes) -> give n.A (broadcast shape axes n.A.Shape ct)
            | Move.Slice(starts, shape, steps) -> give n.A (slice starts shape steps n.A.Shape ct)
            | Move.Pad p -> give n.A (pad p n.A.Shape ct)
            | Move.Concat axis ->
                concat axis n.Many ct (fun i c ->
                    match n.Many[i] with
                    | :? Linear as m when obj.ReferenceEquals(m.Interpreter, n.Interpreter) -> give m c
                    | _ -> ())
        | Prim.Index(Indexed.Gather batch) -> give n.A (scatterAddBatch batch (Tensor.Constant(0.0, n.A.Type, ct)) n.Known ct)
        | Prim.Index(Indexed.ScatterAdd batch) ->
            give n.A ct

            if not (isNull n.B) then
                give n.B (gatherBatch batch ct n.Known)
        | Prim.Contract Contract.MatMul ->
            if isNull n.A then
                give n.B (bindMatMul (transpose n.Known) ct)
            else
                give n.A (bindMatMul ct (transpose n.Known))
        | Prim.Contract(Contract.Convolution(op, spec)) -> give (if isNull n.A then n.B else n.A) (convolution op spec n ct)
        | Prim.Window(Window.Sum spec) -> give n.A (bindWindow (Window.SumTranspose spec) ct)
        | Prim.Window(Window.SumTranspose spec) -> give n.A (bindWindow (Window.Sum spec) ct)
        | Prim.Linalg(Linalg.TriangularSolve(lower, transpose, unit)) ->
            give n.B (bind (Prim.Linalg(Linalg.TriangularSolve(lower, not transpose, unit))) [| n.Known; ct |])
        | Prim.Linalg(Linalg.LuSolve transpose) ->
            give n.A (bind (Prim.Linalg(Linalg.LuSolve(not transpose))) [| n.Many[0]; n.Many[1]; ct |])
        | Prim.Linalg _
        | Prim.Unary _
        | Prim.Binary _
        | Prim.Compare _
        | Prim.Reduce _
        | Prim.Along _
        | Prim.Index(Indexed.ScatterMax _)
        | Prim.Window _
        | Prim.Generate _
        | Prim.Special _
        | Prim.Sample _
        | Prim.StopGradient -> Errors.notLinear (string n.Prim)

    let private isOf (n: Linear) (x: Tensor) = obj.ReferenceEquals(x.Interpreter, n.Interpreter)

    /// From the results (null: not linear) and their cotangents (null: zero) to the cotangents of the inputs, on a tape of so many nodes;
    /// null where nothing arrives.
    let backward (count: int) (results: Linear[]) (cotangents: Tensor[]) (inputs: Linear[]) : Tensor[] =
        let pass = Pass count

        for i in 0 .. results.Length - 1 do
            if not (isNull cotangents[i]) then
                pass.Give(results[i], cotangents[i])

        for i in pass.Nodes.Length - 1 .. -1 .. 0 do
            let n = pass.Nodes[i]

            if not (isNull n) then
                if not (obj.ReferenceEquals(n.Prim, null)) then
                    let ct = pass.Get n
                    pass.Forget n
                    node pass n ct
                elif not (isNull n.Pullback) then
                    pass.Forget n
                    let given = n.Pullback.Back(pass.Collected n)

                    for j in 0 .. given.Length - 1 do
                        if not (isNull given[j]) && isOf n n.Many[j] then
                            pass.Give((n.Many[j] :?> Linear), given[j])
                elif not (isNull n.A) then
                    let ct = pass.Get n
                    pass.Forget n
                    pass.Collect(n.A, n.Index, ct)

        inputs |> Array.map pass.Get

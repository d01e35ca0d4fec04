/// Operations that carry graphs, on concrete values: their graphs run line by line.
module internal DeepFun.EvalBlock

open DeepFun.Backends

/// The slices one behind the other along a new first axis.
let private stack (root: Interpreter) (ty: TensorType) (slices: Tensor[]) : Tensor =
    if slices.Length = 0 then
        root.Constant(0.0, InferBlock.stacked 0 ty, null)
    else
        let row = (InferBlock.stacked 1 ty).Shape
        let rows = slices |> Array.map (fun x -> Tensor.Bind(Prim.Move(Move.Reshape row), [| x |]))
        Tensor.Bind(Prim.Move(Move.Concat 0), rows)

/// One step in a scope of its own: only what it gives back outlives it.
let private step (root: Interpreter) (body: Graph) (inputs: Tensor[]) : Tensor[] =
    use scope = MemoryScope.Enter()

    try
        let outputs = Graph.run root body inputs

        for y in outputs do
            scope.Keep(root.Storage y)

        outputs
    with _ ->
        scope.KeepAll()
        reraise ()

let private scan (step: Interpreter -> Graph -> Tensor[] -> Tensor[]) (root: Interpreter) (s: Scan) (xs: Tensor[]) : Tensor[] =
    let firstStack = s.Constants + s.Carries
    let types = s.Body.OutputTypes[s.Carries ..]
    let rows = types |> Array.map (fun _ -> Array.zeroCreate<Tensor> s.Length)
    // One array for all steps: constants, carries, slices.
    let inputs = Array.copy xs

    for at in 0 .. s.Length - 1 do
        let i = if s.Reverse then s.Length - 1 - at else at

        for j in firstStack .. xs.Length - 1 do
            inputs[j] <- xs[j][i]

        let outputs = step root s.Body inputs
        Array.blit outputs 0 inputs s.Constants s.Carries

        for j in 0 .. rows.Length - 1 do
            rows[j][i] <- outputs[s.Carries + j]

    Array.append inputs[s.Constants .. firstStack - 1] (Array.map2 (stack root) types rows)

/// A scan as a loop written out, on tensors of any level.
let unrolled (root: Interpreter) (s: Scan) (xs: Tensor[]) : Tensor[] = scan Graph.run root s xs

/// The results on concrete values; root is their evaluator.
let apply (root: Interpreter) (block: Block) (xs: Tensor[]) : Tensor[] =
    match block with
    | Block.Scan s -> scan step root s xs
    | Block.Checkpoint g -> step root g xs
    | Block.Custom c -> Graph.run root c.Body xs
    // Their conditions are known here.
    | Block.Switch _
    | Block.While _ -> Graph.apply root block xs

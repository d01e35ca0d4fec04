/// Shapes and dtypes of the results of operations that carry graphs. Wrong ones are defects: the public functions check what users pass.
module internal DeepFun.InferBlock

open DeepFun.Backends

/// The shape with one more axis in front.
let front (n: int) (shape: Shape) : Shape = Shape.Adopt(Array.append [| n |] (shape.ToArray()))

/// The type of n of these, along a new first axis.
let stacked (n: int) (ty: TensorType) : TensorType = { ty with Shape = front n ty.Shape }

/// The types of the operands.
let operands (block: Block) : TensorType[] =
    match block with
    | Block.Switch branches -> Array.append [| { Shape = Shape.Adopt [||]; DType = DType.Int32 } |] branches[0].InputTypes
    | Block.Scan s -> s.Body.InputTypes |> Array.mapi (fun i ty -> if i < s.Constants + s.Carries then ty else stacked s.Length ty)
    | Block.While w -> w.Body.InputTypes
    | Block.Checkpoint g -> g.InputTypes
    | Block.Custom c -> c.Body.InputTypes

/// The types of the results.
let outputs (block: Block) : TensorType[] =
    match block with
    | Block.Switch branches -> branches[0].OutputTypes
    | Block.Scan s -> s.Body.OutputTypes |> Array.mapi (fun i ty -> if i < s.Carries then ty else stacked s.Length ty)
    | Block.While w -> w.Body.OutputTypes
    | Block.Checkpoint g -> g.OutputTypes
    | Block.Custom c -> c.Body.OutputTypes

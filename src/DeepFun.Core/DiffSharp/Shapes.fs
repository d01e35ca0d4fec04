namespace DeepFun.DiffSharp

open DeepFun
open DeepFun.FSharp

/// <summary>Movements and indexing by DiffSharp's names.</summary>
[<AutoOpen>]
module Shapes =

    type dsharp with
        static member view(input: Tensor, shape: int seq) : Tensor = reshape shape input
        static member view(input: Tensor, shape: int) : Tensor = reshape [ shape ] input
        static member viewAs(input: Tensor, other: Tensor) : Tensor = reshape other.Shape input

        static member flatten(input: Tensor, ?startDim: int, ?endDim: int) : Tensor =
            if input.Rank = 0 then input else flattenAxes (defaultArg startDim 0) (defaultArg endDim -1) input

        static member unflatten(input: Tensor, dim: int, unflattenedShape: int seq) : Tensor = unflatten dim unflattenedShape input

        static member transpose(input: Tensor) : Tensor = transpose input
        static member transpose(input: Tensor, dim0: int, dim1: int) : Tensor = swapAxes dim0 dim1 input
        static member permute(input: Tensor, permutation: int seq) : Tensor = permute permutation input

        static member squeeze(input: Tensor, ?dim: int) : Tensor =
            match dim with
            | None -> squeeze input
            | Some dim -> squeezeAxis dim input

        static member unsqueeze(input: Tensor, dim: int) : Tensor = expandDims dim input

        /// <summary>New axes of size 1 behind, as many as the other tensor has more.</summary>
        static member unsqueezeAs(input: Tensor, other: Tensor) : Tensor =
            reshape (Seq.append input.Shape (Seq.replicate (max 0 (other.Rank - input.Rank)) 1)) input

        /// <summary>−1 keeps the size of an axis.</summary>
        static member expand(input: Tensor, shape: int seq) : Tensor =
            let lead = Seq.length shape - input.Rank
            broadcastTo (shape |> Seq.mapi (fun i n -> if n < 0 then input.Shape[i - lead] else n)) input

        static member expandAs(input: Tensor, other: Tensor) : Tensor = broadcastTo other.Shape input
        static member flip(input: Tensor, dims: int seq) : Tensor = flip dims input
        static member dilate(input: Tensor, dilations: int seq) : Tensor = dilate dilations input

        /// <summary>Every n-th element along each axis.</summary>
        static member undilate(input: Tensor, dilations: int seq) : Tensor =
            (input, Seq.indexed dilations) ||> Seq.fold (fun x (axis, step) -> sliceStep axis 0 x.Shape[axis] step x)

        static member repeat(input: Tensor, dim: int, times: int) : Tensor = repeat times dim input
        static member pad(input: Tensor, paddings: int seq) : Tensor = pad 0.0 [ for n in paddings -> n, n ] input
        static member slice(input: Tensor, index: int seq) : Tensor = (input, index) ||> Seq.fold (fun x i -> item 0 i x)

        /// <summary>The tensor with another one added at a place.</summary>
        static member addSlice(input: Tensor, location: int seq, b: Tensor) : Tensor =
            input + pad 0.0 [ for i, at in Seq.indexed location -> at, input.Shape[i] - at - b.Shape[i] ] b

        static member diagonal(input: Tensor, ?offset: int, ?dim1: int, ?dim2: int) : Tensor =
            diagonal (defaultArg offset 0) (defaultArg dim1 0) (defaultArg dim2 1) input

        static member stack(tensors: Tensor seq, ?dim: int) : Tensor = stack (defaultArg dim 0) tensors
        static member unstack(input: Tensor, ?dim: int) : Tensor[] = unstack (defaultArg dim 0) input |> Array.ofList
        static member cat(tensors: Tensor seq, ?dim: int) : Tensor = concat (defaultArg dim 0) tensors

        static member split(input: Tensor, sizes: int seq, ?dim: int) : Tensor[] = splitSizes sizes (defaultArg dim 0) input |> Array.ofList

        static member gather(input: Tensor, dim: int, indices: Tensor) : Tensor = takeAlong dim indices input

        static member scatter(input: Tensor, dim: int, indices: Tensor, destinationShape: int seq) : Tensor =
            scatterAddAlong dim indices input (Tensor.fullOf input.DType destinationShape 0.0)

namespace DeepFun.DiffSharp

open System
open DeepFun
open DeepFun.FSharp

/// <summary>DeepFun's tensor, under the name that DiffSharp's programs use.</summary>
type Tensor = DeepFun.Tensor

/// <summary>DeepFun's dtype, under the name that DiffSharp's programs use.</summary>
type Dtype = DeepFun.DType

/// <summary>
/// DiffSharp 1.0.7's names and argument order over DeepFun: each member is a line or a few, and what it does is said at the function that it calls.
/// What differs and what is left out stands in docs/diffsharp.md.
/// </summary>
[<AbstractClass; Sealed>]
type dsharp =

    // From values.

    /// <summary>A tensor of nested arrays, sequences, lists or tuples of numbers, or of tensors; plain floats give float32.</summary>
    static member tensor(value: obj, ?dtype: Dtype) : Tensor = Values.tensor value dtype

    static member isTensor(value: obj) : bool = value :? Tensor
    static member zero(?dtype: Dtype) : Tensor = Tensor.fullOf (defaultArg dtype DType.Float32) [] 0.0
    static member one(?dtype: Dtype) : Tensor = Tensor.fullOf (defaultArg dtype DType.Float32) [] 1.0
    static member empty(shape: int seq, ?dtype: Dtype) : Tensor = Tensor.fullOf (defaultArg dtype DType.Float32) shape 0.0
    static member empty(length: int, ?dtype: Dtype) : Tensor = Tensor.fullOf (defaultArg dtype DType.Float32) [ length ] 0.0
    static member zeros(shape: int seq, ?dtype: Dtype) : Tensor = Tensor.fullOf (defaultArg dtype DType.Float32) shape 0.0
    static member zeros(length: int, ?dtype: Dtype) : Tensor = Tensor.fullOf (defaultArg dtype DType.Float32) [ length ] 0.0
    static member ones(shape: int seq, ?dtype: Dtype) : Tensor = Tensor.fullOf (defaultArg dtype DType.Float32) shape 1.0
    static member ones(length: int, ?dtype: Dtype) : Tensor = Tensor.fullOf (defaultArg dtype DType.Float32) [ length ] 1.0
    static member full(shape: int seq, value: float, ?dtype: Dtype) : Tensor = Tensor.fullOf (defaultArg dtype DType.Float32) shape value
    static member full(length: int, value: float, ?dtype: Dtype) : Tensor = Tensor.fullOf (defaultArg dtype DType.Float32) [ length ] value

    static member eye(rows: int, ?cols: int, ?dtype: Dtype) : Tensor =
        equal (expandDims 1 (Tensor.arange rows)) (expandDims 0 (Tensor.arange (defaultArg cols rows)))
        |> cast (defaultArg dtype DType.Float32)

    /// <summary>startVal, startVal + step, … below endVal.</summary>
    static member arange(endVal: float, ?startVal: float, ?step: float, ?dtype: Dtype) : Tensor =
        let start, step = defaultArg startVal 0.0, defaultArg step 1.0

        Tensor.vector64 [ for i in 0 .. int (ceil ((endVal - start) / step)) - 1 -> start + float i * step ]
        |> cast (defaultArg dtype DType.Float32)

    /// <summary>startVal, startVal + step, … below endVal, int32.</summary>
    static member arange(endVal: int, ?startVal: int, ?step: int, ?dtype: Dtype) : Tensor =
        dsharp.arange (float endVal, float (defaultArg startVal 0), float (defaultArg step 1), defaultArg dtype DType.Int32)

    static member linspace(startVal: float, endVal: float, steps: int, ?dtype: Dtype) : Tensor =
        Tensor.vector64 [ for i in 0 .. steps - 1 -> startVal + float i * (endVal - startVal) / float (max 1 (steps - 1)) ]
        |> cast (defaultArg dtype DType.Float32)

    static member logspace(startVal: float, endVal: float, steps: int, ?baseVal: float, ?dtype: Dtype) : Tensor =
        pow (Tensor.scalar64 (defaultArg baseVal 10.0)) (dsharp.linspace (startVal, endVal, steps, DType.Float64))
        |> cast (defaultArg dtype DType.Float32)

    static member onehot(length: int, hot: int, ?dtype: Dtype) : Tensor =
        oneHot length (Tensor.ofArray [] [| hot |]) |> cast (defaultArg dtype DType.Float32)

    // Like another tensor: its dtype, and its shape unless one is given.

    static member zerosLike(input: Tensor, ?shape: int seq, ?dtype: Dtype) : Tensor =
        Tensor.fullOf (defaultArg dtype input.DType) (defaultArg shape input.Shape) 0.0

    static member onesLike(input: Tensor, ?shape: int seq, ?dtype: Dtype) : Tensor =
        Tensor.fullOf (defaultArg dtype input.DType) (defaultArg shape input.Shape) 1.0

    static member fullLike(input: Tensor, value: float, ?shape: int seq, ?dtype: Dtype) : Tensor =
        Tensor.fullOf (defaultArg dtype input.DType) (defaultArg shape input.Shape) value

    static member zeroLike(input: Tensor, ?dtype: Dtype) : Tensor = Tensor.fullOf (defaultArg dtype input.DType) [] 0.0
    static member oneLike(input: Tensor, ?dtype: Dtype) : Tensor = Tensor.fullOf (defaultArg dtype input.DType) [] 1.0
    static member like(input: Tensor, value: obj, ?dtype: Dtype) : Tensor = Values.tensor value (Some(defaultArg dtype input.DType))

    static member arangeLike(input: Tensor, endVal: float, ?startVal: float, ?step: float, ?dtype: Dtype) : Tensor =
        dsharp.arange (endVal, ?startVal = startVal, ?step = step, dtype = defaultArg dtype input.DType)

    static member arangeLike(input: Tensor, endVal: int, ?startVal: int, ?step: int, ?dtype: Dtype) : Tensor =
        dsharp.arange (endVal, ?startVal = startVal, ?step = step, dtype = defaultArg dtype input.DType)

    static member linspaceLike(input: Tensor, startVal: float, endVal: float, steps: int, ?dtype: Dtype) : Tensor =
        dsharp.linspace (startVal, endVal, steps, defaultArg dtype input.DType)

    static member logspaceLike(input: Tensor, startVal: float, endVal: float, steps: int, ?baseVal: float, ?dtype: Dtype) : Tensor =
        dsharp.logspace (startVal, endVal, steps, ?baseVal = baseVal, dtype = defaultArg dtype input.DType)

    static member onehotLike(input: Tensor, length: int, hot: int, ?dtype: Dtype) : Tensor =
        dsharp.onehot (length, hot, defaultArg dtype input.DType)

    static member clone(input: Tensor) : Tensor = input
    static member nelement(input: Tensor) : int = input.Size
    static member cast(input: Tensor, dtype: Dtype) : Tensor = cast dtype input
    static member move(input: Tensor, ?dtype: Dtype) : Tensor = cast (defaultArg dtype input.DType) input

    // From functions.

    static member init (count: int) (initializer: int -> 'a) : Tensor = Values.tensor (Array.init count initializer) None

    static member init2d (length1: int) (length2: int) (initializer: int -> int -> 'a) : Tensor =
        Values.tensor (Array2D.init length1 length2 initializer) None

    static member init3d (length1: int) (length2: int) (length3: int) (initializer: int -> int -> int -> 'a) : Tensor =
        Values.tensor (Array3D.init length1 length2 length3 initializer) None

    static member init4d
        (length1: int)
        (length2: int)
        (length3: int)
        (length4: int)
        (initializer: int -> int -> int -> int -> 'a)
        : Tensor =
        Values.tensor (Array4D.init length1 length2 length3 length4 initializer) None

    static member create (count: int) (value: 'a) : Tensor = Values.tensor (Array.create count value) None
    static member zeroCreate(count: int) : Tensor = dsharp.zeros count

    /// <summary>The function of each element with its index; for all elements at once, write it over tensors.</summary>
    static member mapi (mapping: int[] -> Tensor -> Tensor) (tensor: Tensor) : Tensor =
        let flat = flatten tensor

        Array.init tensor.Size (fun k -> mapping (Values.index tensor.Shape k) (item 0 k flat))
        |> stack 0
        |> reshape tensor.Shape

    static member mapi2 (mapping: int[] -> Tensor -> Tensor -> Tensor) (tensor1: Tensor) (tensor2: Tensor) : Tensor =
        tensor1 |> dsharp.mapi (fun i x -> mapping i x (Array.fold (fun t k -> item 0 k t) tensor2 i))

    static member mapi3
        (mapping: int[] -> Tensor -> Tensor -> Tensor -> Tensor)
        (tensor1: Tensor)
        (tensor2: Tensor)
        (tensor3: Tensor)
        : Tensor =
        tensor1
        |> dsharp.mapi (fun i x ->
            mapping i x (Array.fold (fun t k -> item 0 k t) tensor2 i) (Array.fold (fun t k -> item 0 k t) tensor3 i))

    static member map (mapping: Tensor -> Tensor) (tensor: Tensor) : Tensor = dsharp.mapi (fun _ x -> mapping x) tensor

    static member map2 (mapping: Tensor -> Tensor -> Tensor) (tensor1: Tensor) (tensor2: Tensor) : Tensor =
        dsharp.mapi2 (fun _ x y -> mapping x y) tensor1 tensor2

    static member map3 (mapping: Tensor -> Tensor -> Tensor -> Tensor) (tensor1: Tensor) (tensor2: Tensor) (tensor3: Tensor) : Tensor =
        dsharp.mapi3 (fun _ x y z -> mapping x y z) tensor1 tensor2 tensor3

namespace DeepFun.FSharp

open System
open System.Runtime.InteropServices
open DeepFun

/// <summary>Tensors from values. They live on the embedded CPU backend; the default dtype is float32.</summary>
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Tensor =

    let internal fromBytes (dtype: DType) (shape: Shape) (bytes: ReadOnlySpan<byte>) : Tensor =
        Eval.Cpu.Wrap(Eval.Cpu.Backend.FromHost(bytes, dtype, shape))

    let internal fromSpan<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>
        (shape: Shape)
        (values: ReadOnlySpan<'T>)
        : Tensor =
        if values.Length <> shape.Size then
            Errors.values shape.Size values.Length shape

        fromBytes (Element.dtype<'T>()) shape (MemoryMarshal.AsBytes values)

    /// <summary>Row-major values under a shape; the dtype follows the values' type (float32, float, Half, BFloat16, sbyte, int16, int, int64, byte or bool).</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0128 too many or few values.</exception>
    let ofArray (sizes: int seq) (values: 'T[]) : Tensor = fromSpan (Shape.Adopt(Array.ofSeq sizes)) (ReadOnlySpan values)

    /// <summary>Row-major values under a shape, copied from a span; the dtype follows the values' type.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0128 too many or few values; DF0204 a type that no dtype stands for.</exception>
    let ofSpan (sizes: int seq) (values: ReadOnlySpan<'T>) : Tensor = fromSpan (Shape.Adopt(Array.ofSeq sizes)) values

    /// <summary>An array of any number of axes (<c>float[,]</c>, <c>int[,,]</c>, …), copied; the dtype follows its elements' type.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0204 a type that no dtype stands for.</exception>
    let ofMultidimensional (values: Array) : Tensor =
        let dtype = Element.ofType (values.GetType().GetElementType())
        let shape = Shape.Adopt(Array.init values.Rank values.GetLength)
        let first = &MemoryMarshal.GetArrayDataReference values
        fromBytes dtype shape (MemoryMarshal.CreateReadOnlySpan<byte>(&first, shape.Size * DTypes.Size dtype))

    let private ofRows operation (rows: 'T[][]) : Tensor =
        let columns = if rows.Length = 0 then 0 else rows[0].Length

        match rows |> Array.tryFind (fun r -> r.Length <> columns) with
        | Some other -> Errors.count operation $"rows of equal length {columns}" other.Length
        | None -> ofArray [ rows.Length; columns ] (Array.concat rows)

    /// <summary>A matrix from its rows; the dtype follows the values' type.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0126 rows of unequal length; DF0204 a type that no dtype stands for.</exception>
    let ofJagged (rows: 'T[][]) : Tensor = ofRows "ofJagged" rows

    /// <summary>A tensor of System.Numerics.Tensors, copied; the dtype follows its elements' type.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0204 a type that no dtype stands for.</exception>
    let ofTensorSpan (values: Numerics.Tensors.ReadOnlyTensorSpan<'T>) : Tensor =
        let sizes: int[] = Array.zeroCreate values.Rank

        for i in 0 .. sizes.Length - 1 do
            sizes[i] <- int values.Lengths[i]

        let flat: 'T[] = Array.zeroCreate (int values.FlattenedLength)
        values.FlattenTo(Span flat)
        ofArray sizes flat

    /// <summary>
    /// Whether the values lie in main memory in row-major order, so that <c>span</c> copies nothing: true for results of operations, false
    /// for views that transpose, broadcast or step.
    /// </summary>
    let isContiguous (x: Tensor) : bool = x.Values().HasHostSpan

    let private checkElement<'T> (x: Tensor) =
        if Element.dtype<'T>() <> x.DType then
            Errors.elementType typeof<'T> x.DType

    /// <summary>The values in row-major order: where they lie if <c>isContiguous</c>, else a copy.</summary>
    /// <remarks>
    /// The tensor owns the memory. Keep it alive while the span is used (GC.KeepAlive after the last use), and use the span before the scope
    /// in which the tensor was computed ends. Values never change.
    /// </remarks>
    /// <exception cref="T:DeepFun.DeepFunException">DF0207 'T is not the dtype's type; DF0402 under vmap or trace; DF0601 its scope has ended.</exception>
    let span<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType> (x: Tensor) : ReadOnlySpan<'T> =
        checkElement<'T> x
        let storage = x.Values()

        if storage.HasHostSpan then
            MemoryMarshal.Cast<byte, 'T>(storage.HostSpan)
        else
            ReadOnlySpan(x.ToArray<'T>())

    /// <summary>Copies the values, row-major, into memory of the caller's.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0207 'T is not the dtype's type; DF0212 room for more or fewer elements; DF0402.</exception>
    let copyTo<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>
        (destination: Span<'T>)
        (x: Tensor)
        : unit =
        checkElement<'T> x

        if destination.Length <> x.Size then
            DTypeErrors.destination x.Size destination.Length

        x.Interpreter.Root.Backend.ToHost(x.Values(), MemoryMarshal.AsBytes destination)

    /// <summary>The values as an array with the tensor's axes: for two axes it is a <c>'T[,]</c>. A scalar gives an array of one element.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0207 'T is not the dtype's type; DF0402.</exception>
    let toMultidimensional<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType> (x: Tensor) : Array =
        checkElement<'T> x
        let values = Array.CreateInstance(typeof<'T>, (if x.Rank = 0 then [| 1 |] else x.Shape.ToArray()))
        let first = &MemoryMarshal.GetArrayDataReference values
        x.Interpreter.Root.Backend.ToHost(x.Values(), MemoryMarshal.CreateSpan<byte>(&first, x.Size * DTypes.Size x.DType))
        values

    /// <summary>The rows of a matrix.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0125 not two axes; DF0207 'T is not the dtype's type; DF0402.</exception>
    let toJagged<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType> (x: Tensor) : 'T[][] =
        if x.Rank <> 2 then
            Errors.rank "toJagged" "a tensor with two axes" x.Shape

        let values = x.ToArray<'T>()
        Array.init x.Shape[0] (fun i -> values[i * x.Shape[1] .. (i + 1) * x.Shape[1] - 1])

    /// Sizes as System.Numerics.Tensors counts them; there a single number has one axis.
    let private lengths (x: Tensor) : nativeint[] = if x.Rank = 0 then [| 1n |] else x.Shape.ToArray() |> Array.map nativeint

    /// <summary>
    /// The tensor as System.Numerics.Tensors reads it, without a copy if <c>isContiguous</c>; the memory is the tensor's, see <c>span</c>.
    /// A scalar gets one axis of size 1.
    /// </summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0207 'T is not the dtype's type; DF0402; DF0601.</exception>
    let tensorSpan<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>
        (x: Tensor)
        : Numerics.Tensors.ReadOnlyTensorSpan<'T> =
        Numerics.Tensors.ReadOnlyTensorSpan<'T>(span<'T> x, ReadOnlySpan(lengths x))

    /// <summary>A copy as a tensor of System.Numerics.Tensors. A scalar gets one axis of size 1.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0207 'T is not the dtype's type; DF0402.</exception>
    let toNumerics<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>
        (x: Tensor)
        : Numerics.Tensors.Tensor<'T> =
        Numerics.Tensors.Tensor.Create<'T>(x.ToArray<'T>(), ReadOnlySpan(lengths x))

    /// <summary>A float32 vector.</summary>
    let vector (values: float seq) : Tensor =
        let a = values |> Seq.map float32 |> Array.ofSeq
        fromSpan (Shape.Adopt [| a.Length |]) (ReadOnlySpan a)

    /// <summary>A float64 vector.</summary>
    let vector64 (values: float seq) : Tensor =
        let a = Array.ofSeq values
        fromSpan (Shape.Adopt [| a.Length |]) (ReadOnlySpan a)

    /// <summary>A float32 matrix, row by row.</summary>
    let matrix (rows: float seq seq) : Tensor = rows |> Seq.map (Seq.map float32 >> Array.ofSeq) |> Array.ofSeq |> ofRows "matrix"

    /// <summary>One number, float32.</summary>
    let scalar (value: float) : Tensor = fromSpan Shape.Scalar (ReadOnlySpan [| float32 value |])

    /// <summary>One number, float64.</summary>
    let scalar64 (value: float) : Tensor = fromSpan Shape.Scalar (ReadOnlySpan [| value |])

    let internal filled (dtype: DType) (shape: Shape) (value: float) : Tensor =
        Eval.Cpu.Constant(value, { Shape = shape; DType = dtype }, null)

    /// <summary>Every element the same, in this dtype.</summary>
    let fullOf (dtype: DType) (sizes: int seq) (value: float) : Tensor = filled dtype (Shape.Adopt(Array.ofSeq sizes)) value

    /// <summary>Every element the same, float32.</summary>
    let full sizes value = fullOf DType.Float32 sizes value

    /// <summary>Zeros, float32.</summary>
    let zeros sizes = full sizes 0.0

    /// <summary>Ones, float32.</summary>
    let ones sizes = full sizes 1.0

    /// <summary>0, 1, …, n − 1 as int32.</summary>
    let arange (n: int) : Tensor =
        Eval.Cpu.Apply(Prim.Generate(Generate.Iota(0, { Shape = Shape.Adopt [| n |]; DType = DType.Int32 })), [||])

    /// <summary>n numbers from start to stop, both included, float32.</summary>
    let linspace (start: float) (stop: float) (n: int) : Tensor =
        vector [ for i in 0 .. n - 1 -> if n = 1 then start else start + (stop - start) * float i / float (n - 1) ]

    let internal eyeOf (dtype: DType) (n: int) : Tensor = equal (expandDims 0 (arange n)) (expandDims 1 (arange n)) |> cast dtype

    /// <summary>The identity matrix, float32.</summary>
    let eye (n: int) = eyeOf DType.Float32 n

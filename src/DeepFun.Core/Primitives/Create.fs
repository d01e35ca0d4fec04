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

    /// <summary>Row-major values under a shape; the dtype follows the values' type (float32, float, int, int64, byte or bool).</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0128 too many or few values.</exception>
    let ofArray (sizes: int seq) (values: 'T[]) : Tensor = fromSpan (Shape.Adopt(Array.ofSeq sizes)) (ReadOnlySpan values)

    /// <summary>A float32 vector.</summary>
    let vector (values: float seq) : Tensor =
        let a = values |> Seq.map float32 |> Array.ofSeq
        fromSpan (Shape.Adopt [| a.Length |]) (ReadOnlySpan a)

    /// <summary>A float64 vector.</summary>
    let vector64 (values: float seq) : Tensor =
        let a = Array.ofSeq values
        fromSpan (Shape.Adopt [| a.Length |]) (ReadOnlySpan a)

    /// <summary>A float32 matrix, row by row.</summary>
    let matrix (rows: float seq seq) : Tensor =
        let rows = rows |> Seq.map Array.ofSeq |> Array.ofSeq
        let columns = if rows.Length = 0 then 0 else rows[0].Length

        if rows |> Array.exists (fun r -> r.Length <> columns) then
            Errors.count "matrix" $"rows of equal length {columns}" (rows |> Array.find (fun r -> r.Length <> columns)).Length

        ofArray [ rows.Length; columns ] (rows |> Array.concat |> Array.map float32)

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

namespace DeepFun.DiffSharp

open System
open System.Collections
open Microsoft.FSharp.Reflection
open DeepFun
open DeepFun.FSharp

/// Tensors from nested arrays, sequences, lists and tuples, as DiffSharp's constructor takes them, and the index of an element.
[<RequireQualifiedAccess>]
module internal Values =

    /// The index of element k of a shape, axis by axis.
    let index (shape: Shape) (k: int) : int[] =
        Array.init shape.Rank (fun axis -> k / Seq.fold (*) 1 (Seq.skip (axis + 1) shape) % shape[axis])

    /// The parts of a value that is not a number itself.
    let private parts (value: obj) : obj[] option =
        match value with
        | :? Tensor -> None
        | :? IEnumerable as items -> items |> Seq.cast<obj> |> Array.ofSeq |> Some
        | _ when FSharpType.IsTuple(value.GetType()) -> Some(FSharpValue.GetTupleFields value)
        | _ -> None

    /// Sizes and leaves in row-major order.
    let rec private read (value: obj) : int list * obj[] =
        match value with
        | :? Array as a when a.Rank > 1 -> [ for i in 0 .. a.Rank - 1 -> a.GetLength i ], a |> Seq.cast<obj> |> Array.ofSeq
        | _ ->
            match parts value with
            | None -> [], [| value |]
            | Some [||] -> [ 0 ], [||]
            | Some items ->
                let shapes, leaves = items |> Array.map read |> Array.unzip

                for shape in shapes do
                    if shape <> shapes[0] then
                        DerivativeErrors.ragged shapes[0] shape

                items.Length :: shapes[0], Array.concat leaves

    /// Plain floats become float32, the default there as here; other numbers keep their type.
    let tensor (value: obj) (dtype: DType option) : Tensor =
        let sizes, leaves = read value
        let floats () = Tensor.ofArray sizes (Array.map (fun (v: obj) -> Convert.ToDouble v) leaves)

        match (if leaves.Length = 0 then box 0.0 else leaves[0]) with
        | :? Tensor ->
            let one = leaves |> Array.map unbox<Tensor>
            let joined = if sizes.IsEmpty then one[0] else stack 0 one |> reshape (Seq.append sizes one[0].Shape)
            cast (defaultArg dtype joined.DType) joined
        | :? float -> cast (defaultArg dtype DType.Float32) (floats ())
        | :? int64 -> Tensor.ofArray sizes (Array.map (fun (v: obj) -> Convert.ToInt64 v) leaves) |> cast (defaultArg dtype DType.Int64)
        | :? bool -> Tensor.ofArray sizes (Array.map (fun (v: obj) -> Convert.ToBoolean v) leaves) |> cast (defaultArg dtype DType.Bool)
        | :? float32 -> cast (defaultArg dtype DType.Float32) (floats ())
        | :? int -> cast (defaultArg dtype DType.Int32) (floats ())
        | :? int16 -> cast (defaultArg dtype DType.Int16) (floats ())
        | :? sbyte -> cast (defaultArg dtype DType.Int8) (floats ())
        | :? byte -> cast (defaultArg dtype DType.UInt8) (floats ())
        | other -> Errors.element (other.GetType())

namespace DeepFun

open System
open System.Runtime.InteropServices
open DeepFun.Backends

/// The element types as .NET types.
module internal Element =
    /// A chain of comparisons that the just-in-time compiler decides, so that it costs nothing.
    let dtype<'T> () =
        if typeof<'T> = typeof<float32> then DType.Float32
        elif typeof<'T> = typeof<float> then DType.Float64
        elif typeof<'T> = typeof<int> then DType.Int32
        elif typeof<'T> = typeof<int64> then DType.Int64
        elif typeof<'T> = typeof<byte> then DType.UInt8
        elif typeof<'T> = typeof<bool> then DType.Bool
        elif typeof<'T> = typeof<Half> then DType.Float16
        elif typeof<'T> = typeof<BFloat16> then DType.BFloat16
        elif typeof<'T> = typeof<sbyte> then DType.Int8
        elif typeof<'T> = typeof<int16> then DType.Int16
        else Errors.element typeof<'T>

    let private types =
        [|
            typeof<float32>, DType.Float32
            typeof<float>, DType.Float64
            typeof<Half>, DType.Float16
            typeof<BFloat16>, DType.BFloat16
            typeof<sbyte>, DType.Int8
            typeof<int16>, DType.Int16
            typeof<int>, DType.Int32
            typeof<int64>, DType.Int64
            typeof<byte>, DType.UInt8
            typeof<bool>, DType.Bool
        |]

    /// As dtype, for a type that is known when the program runs.
    let ofType (what: Type) : DType =
        match types |> Array.tryFind (fun (t, _) -> t = what) with
        | Some(_, dtype) -> dtype
        | None -> Errors.element what

    let private read<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType> (bytes: byte[]) : 'T[] =
        MemoryMarshal.Cast<byte, 'T>(ReadOnlySpan bytes).ToArray()

    /// Stored values as doubles.
    let doubles (dtype: DType) (bytes: byte[]) : float[] =
        match dtype with
        | DType.Float64 -> read<float> bytes
        | DType.Float32 -> read<float32> bytes |> Array.map float
        | DType.Float16 -> read<Half> bytes |> Array.map float
        | DType.BFloat16 -> read<BFloat16> bytes |> Array.map float
        | DType.Int8 -> read<sbyte> bytes |> Array.map float
        | DType.Int16 -> read<int16> bytes |> Array.map float
        | DType.Int32 -> read<int> bytes |> Array.map float
        | DType.Int64 -> read<int64> bytes |> Array.map float
        | _ -> bytes |> Array.map float

    /// The one stored value of a storage as a double: losses are read in every step of training, and leave no arrays behind.
    let single (backend: IBackend) (x: Storage) : float =
        let mutable bits = 0L
        backend.ToHost(x, MemoryMarshal.AsBytes(Span<int64>(&bits)).Slice(0, DTypes.Size x.DType))

        match x.DType with
        | DType.Float64 -> BitConverter.Int64BitsToDouble bits
        | DType.Float32 -> float (BitConverter.Int32BitsToSingle(int bits))
        | dtype -> (doubles dtype (BitConverter.GetBytes bits))[0]

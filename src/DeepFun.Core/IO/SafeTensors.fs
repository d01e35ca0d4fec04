namespace DeepFun

open System
open System.Buffers.Binary
open System.Collections.Generic
open System.IO
open System.Text.Encodings.Web
open System.Text.Json

/// <summary>What a safetensors file holds.</summary>
[<Sealed>]
type TensorFile internal (tensors: IReadOnlyDictionary<string, Tensor>, metadata: IReadOnlyDictionary<string, string>) =
    /// <summary>The tensors by name, in the order of the file.</summary>
    member _.Tensors = tensors

    /// <summary>Text by key, <c>__metadata__</c>; empty if the file has none.</summary>
    member _.Metadata = metadata

    /// <summary>One tensor.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0304 there is none of this name.</exception>
    member _.Item
        with get (name: string): Tensor =
            match tensors.TryGetValue name with
            | true, x -> x
            | _ -> Errors.path name tensors.Keys

/// Where a tensor lies; offsets count from the end of the header.
[<Struct>]
type internal SafeTensorsEntry = { Name: string; DType: DType; Shape: Shape; Start: int64; Stop: int64 }

/// The JSON header of a safetensors file.
module internal SafeTensorsHeader =
    let metadataKey = "__metadata__"
    /// As in the reference implementation.
    let longest = 100_000_000L

    /// From the reference implementation, which puts the widest first (data stay aligned), in this order.
    let private dtypes =
        [|
            "I64", DType.Int64
            "F64", DType.Float64
            "F32", DType.Float32
            "I32", DType.Int32
            "BF16", DType.BFloat16
            "F16", DType.Float16
            "I16", DType.Int16
            "I8", DType.Int8
            "U8", DType.UInt8
            "BOOL", DType.Bool
        |]

    let private rank (dtype: DType) = dtypes |> Array.findIndex (fun (_, d) -> d = dtype)

    // Reading.

    /// The properties of an object, each name once.
    let private properties (file: string) (where: string) (element: JsonElement) : (string * JsonElement)[] =
        if element.ValueKind <> JsonValueKind.Object then
            Errors.fileHeader file where "a JSON object was expected"

        let names = HashSet<string>()

        [|
            for p in element.EnumerateObject() do
                if not (names.Add p.Name) then
                    Errors.fileDuplicate file p.Name

                p.Name, p.Value
        |]

    let private integers (file: string) (where: string) (element: JsonElement) : int64[] =
        if element.ValueKind <> JsonValueKind.Array then
            Errors.fileHeader file where "a list of integers was expected"

        [|
            for item in element.EnumerateArray() do
                match item.ValueKind with
                | JsonValueKind.Number ->
                    match item.TryGetInt64() with
                    | true, n -> n
                    | _ -> Errors.fileHeader file where $"{item.GetRawText()} is not a 64-bit integer"
                | _ -> Errors.fileHeader file where "a list of integers was expected"
        |]

    let private entry (file: string) (dataLength: int64) (name: string) (element: JsonElement) : SafeTensorsEntry =
        let where = $"tensor '{name}'"
        let fields = properties file where element |> dict

        let field key =
            match fields.TryGetValue key with
            | true, value -> value
            | _ -> Errors.fileHeader file where $"'{key}' is missing"

        let dtype =
            match (field "dtype").ValueKind with
            | JsonValueKind.String ->
                let text = (field "dtype").GetString()

                match dtypes |> Array.tryFind (fun (t, _) -> t = text) with
                | Some(_, d) -> d
                | None -> Errors.fileDType file where text
            | _ -> Errors.fileHeader file where "'dtype' must be text"

        let shape = TensorBytes.shape file where (integers file where (field "shape"))
        let length = TensorBytes.length file where dtype shape

        let start, stop =
            match integers file where (field "data_offsets") with
            | [| start; stop |] -> start, stop
            | other -> Errors.fileHeader file where $"'data_offsets' must be two integers; {other.Length} came"

        if start < 0L || stop < start || stop > dataLength then
            Errors.fileOffsets file where $"the offsets {start} to {stop} leave the {dataLength} bytes of data"

        if stop - start <> length then
            Errors.fileOffsets
                file
                where
                $"{DTypes.Name dtype}{shape} needs {length} bytes, the offsets {start} to {stop} give {stop - start}"

        { Name = name; DType = dtype; Shape = shape; Start = start; Stop = stop }

    let private metadata (file: string) (element: JsonElement) =
        let found = Dictionary<string, string>()

        for key, value in properties file metadataKey element do
            if value.ValueKind <> JsonValueKind.String then
                Errors.fileHeader file metadataKey $"the value of '{key}' must be text"

            found[key] <- value.GetString()

        found

    /// In the order of the data, which they fill without holes.
    let private ordered (file: string) (dataLength: int64) (entries: SafeTensorsEntry[]) =
        let entries = entries |> Array.sortBy (fun e -> struct (e.Start, e.Stop))
        let mutable at = 0L

        for e in entries do
            if e.Start < at then
                Errors.fileLayout file $"tensor '{e.Name}'" $"byte {e.Start} already belongs to another one"

            if e.Start > at then
                Errors.fileLayout file $"tensor '{e.Name}'" $"bytes {at} to {e.Start} belong to none"

            at <- e.Stop

        if at <> dataLength then
            Errors.fileLayout file "the end" $"bytes {at} to {dataLength} belong to none"

        entries

    let parse (file: string) (dataLength: int64) (json: byte[]) : SafeTensorsEntry[] * Dictionary<string, string> =
        if json.Length = 0 || json[0] <> '{'B then
            Errors.fileHeader file "byte 8" "JSON must begin here with '{'"

        try
            use document = JsonDocument.Parse(ReadOnlyMemory json)
            let all = properties file "the header" document.RootElement

            let entries =
                all
                |> Array.filter (fun (name, _) -> name <> metadataKey)
                |> Array.map (fun (name, element) -> entry file dataLength name element)

            let texts =
                match all |> Array.tryFind (fun (name, _) -> name = metadataKey) with
                | Some(_, element) -> metadata file element
                | None -> Dictionary()

            ordered file dataLength entries, texts
        with
        | :? JsonException as e -> Errors.fileHeader file "the JSON" e.Message
        // Text that is no UTF-8, or half a surrogate pair.
        | :? InvalidOperationException as e -> Errors.fileHeader file "the JSON" e.Message

    // Writing.

    /// The tensors in the order of the reference implementation, with their places.
    let layout (tensors: (string * Tensor)[]) : (SafeTensorsEntry * Tensor)[] =
        let sorted =
            tensors
            |> Array.sortWith (fun (n, x) (m, y) ->
                match compare (rank x.DType) (rank y.DType) with
                | 0 -> String.CompareOrdinal(n, m)
                | c -> c)

        let lengths = sorted |> Array.map (fun (_, x) -> int64 x.Size * int64 (DTypes.Size x.DType))
        let starts = Array.scan (+) 0L lengths

        sorted
        |> Array.mapi (fun i (name, x) -> { Name = name; DType = x.DType; Shape = x.Shape; Start = starts[i]; Stop = starts[i + 1] }, x)

    /// Compact JSON, filled with spaces to a multiple of 8.
    let json (metadata: (string * string) list) (entries: SafeTensorsEntry seq) : byte[] =
        use buffer = new MemoryStream()

        (use w = new Utf8JsonWriter(buffer, JsonWriterOptions(Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping))
         w.WriteStartObject()

         if not metadata.IsEmpty then
             w.WriteStartObject metadataKey

             for key, value in metadata do
                 w.WriteString(key, value)

             w.WriteEndObject()

         for e in entries do
             w.WriteStartObject e.Name
             w.WriteString("dtype", fst dtypes[rank e.DType])
             w.WriteStartArray "shape"
             e.Shape |> Seq.iter w.WriteNumberValue
             w.WriteEndArray()
             w.WriteStartArray "data_offsets"
             w.WriteNumberValue e.Start
             w.WriteNumberValue e.Stop
             w.WriteEndArray()
             w.WriteEndObject()

         w.WriteEndObject())

        while buffer.Length % 8L <> 0L do
            buffer.WriteByte ' 'B

        buffer.ToArray()

namespace DeepFun.FSharp

open System
open System.Buffers.Binary
open System.Collections.Generic
open System.IO
open DeepFun

/// <summary>Named tensors and text as safetensors files, which hold data and nothing that could run.</summary>
/// <remarks>
/// Format: the length of the header (64 bits, little-endian); the header, JSON: for each tensor dtype, shape and place, and text under
/// <c>__metadata__</c>; the values, row-major, little-endian, without gaps. The order of the tensors and the bytes are those of the
/// reference implementation: I64, F64, F32, I32, BF16, F16, I16, I8, U8, BOOL, each by name.
/// Dtypes: F32, F64, F16, BF16, I8, I16, I32, I64, U8, BOOL.
/// Errors: DF0501 no such file, DF0502 no access, DF0503 truncated, DF0505 header, DF0506 dtype, DF0507 shape, DF0508 offsets out of
/// range or of another size, DF0509 overlaps and holes, DF0510 a name twice, DF0511 a name that cannot be, DF0512 header longer than the file or 100 MB,
/// DF0513 a bool that is neither 0 nor 1.
/// A file is written beside its place, flushed to the disk and renamed over: at its path there is always a complete file, the old or the new one.
/// Source: safetensors 0.4 (huggingface), README "Format". Deviation: other dtypes are an error; bools are checked.
/// </remarks>
[<RequireQualifiedAccess>]
module SafeTensors =
    let private writeTo (file: string) (metadata: (string * string) list) (tensors: (string * Tensor)[]) (stream: Stream) =
        let json = SafeTensorsHeader.json metadata (SafeTensorsHeader.layout tensors |> Seq.map fst)

        if json.LongLength > SafeTensorsHeader.longest then
            Errors.fileHeaderLength file (uint64 json.LongLength) SafeTensorsHeader.longest "at most so many are allowed"

        let length = Array.zeroCreate 8
        BinaryPrimitives.WriteInt64LittleEndian(Span length, json.LongLength)
        stream.Write(ReadOnlySpan length)
        stream.Write(ReadOnlySpan json)

        for entry, x in SafeTensorsHeader.layout tensors do
            stream.Write(ReadOnlySpan(TensorBytes.get file $"tensor '{entry.Name}'" x))

    let private check (file: string) (metadata: (string * string) list) (tensors: (string * Tensor)[]) =
        let once (names: string seq) =
            let seen = HashSet<string>()

            for name in names do
                TensorBytes.checkName file name

                if not (seen.Add name) then
                    Errors.fileDuplicate file name

        once (Seq.map fst tensors)
        once (Seq.map fst metadata)
        metadata |> List.iter (snd >> TensorBytes.checkName file)

        if tensors |> Array.exists (fun (name, _) -> name = SafeTensorsHeader.metadataKey) then
            Errors.fileName file SafeTensorsHeader.metadataKey "the format uses it for the metadata"

    let private readFrom (file: string) (r: ByteReader) : TensorFile =
        let length = BinaryPrimitives.ReadUInt64LittleEndian(ReadOnlySpan(r.Take(8L, "the header's length")))

        if length > uint64 SafeTensorsHeader.longest then
            Errors.fileHeaderLength file length SafeTensorsHeader.longest "at most so many are allowed"

        if length > uint64 r.Left then
            Errors.fileHeaderLength file length r.Left "the file has fewer left"

        let json = r.Take(int64 length, "the header")
        let entries, metadata = SafeTensorsHeader.parse file r.Left json
        let tensors = Dictionary<string, Tensor>()

        for e in entries do
            let where = $"tensor '{e.Name}'"
            tensors[e.Name] <- TensorBytes.make file where e.DType e.Shape (r.Take(e.Stop - e.Start, where))

        TensorFile(tensors, metadata)

    /// <summary>Writes metadata and tensors to a stream.</summary>
    let write (stream: Stream) (metadata: (string * string) list) (tensors: (string * Tensor) seq) : unit =
        let tensors = Array.ofSeq tensors
        check "The stream" metadata tensors
        AtomicFile.guard "The stream" (fun () -> writeTo "The stream" metadata tensors stream)

    /// <summary>Reads a stream to its end. One that cannot seek is first read into memory, for its length to be known.</summary>
    let read (stream: Stream) : TensorFile =
        AtomicFile.guard "The stream" (fun () ->
            if stream.CanSeek then
                readFrom "The stream" (ByteReader("The stream", stream))
            else
                use memory = new MemoryStream()
                stream.CopyTo memory
                memory.Position <- 0L
                readFrom "The stream" (ByteReader("The stream", memory)))

    /// <summary>Writes metadata and tensors to a file.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0501, DF0502, DF0507, DF0510 to DF0512; DF0402 if values are not known (vmap, trace).</exception>
    let save (path: string) (metadata: (string * string) list) (tensors: (string * Tensor) seq) : unit =
        let tensors = Array.ofSeq tensors
        check path metadata tensors
        AtomicFile.write path (writeTo path metadata tensors)

    /// <summary>Reads a file.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0501 to DF0503, DF0505 to DF0510, DF0512, DF0513.</exception>
    let load (path: string) : TensorFile = AtomicFile.read path (fun stream -> readFrom path (ByteReader(path, stream)))

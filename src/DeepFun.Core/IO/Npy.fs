namespace DeepFun.FSharp

open System
open System.Buffers.Binary
open System.Globalization
open System.IO
open System.Text
open DeepFun

/// What an npy header says.
[<Struct>]
type internal NpyHeader = { DType: DType; BigEndian: bool; Fortran: bool; Shape: Shape }

/// The header of an npy file, a Python dictionary:
/// {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
module internal NpyHeader =
    /// A header of 64 axes has less than 1 kB; more is another kind of file.
    let longest = 1 <<< 16

    type private Value =
        | Text of string
        | Truth of bool
        | Sizes of int64[]

    /// A reader of that small part of Python.
    type private Parser(file: string, text: string) =
        let mutable at = 0
        let wrong reason : 'a = Errors.fileHeader file $"character {at}" reason

        member _.Skip() =
            while at < text.Length && Char.IsWhiteSpace text[at] do
                at <- at + 1

        member p.Sees(c: char) =
            p.Skip()
            at < text.Length && text[at] = c

        member p.Accept(c: char) =
            let yes = p.Sees c

            if yes then
                at <- at + 1

            yes

        member p.Expect(c: char) =
            if not (p.Accept c) then
                wrong $"'{c}' was expected"

        member p.Quoted() : string =
            p.Skip()
            let quote = if at < text.Length then text[at] else ' '

            if quote <> '\'' && quote <> '"' then
                wrong "a quoted text was expected"

            let stop = text.IndexOf(quote, at + 1)

            if stop < 0 then
                wrong "a quotation mark is missing"

            let found = text.Substring(at + 1, stop - at - 1)
            at <- stop + 1
            found

        member private p.Word() =
            p.Skip()
            let start = at

            while at < text.Length && (Char.IsAsciiLetterOrDigit text[at] || text[at] = '-') do
                at <- at + 1

            text.Substring(start, at - start)

        member private p.Sizes() =
            let sizes = Collections.Generic.List<int64>()
            p.Expect '('

            while not (p.Accept ')') do
                // Python 2 wrote long integers as 3L.
                let word = p.Word().TrimEnd('L')

                match Int64.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) with
                | true, n -> sizes.Add n
                | _ -> Errors.fileShape file "the array" $"'{word}' is not a 64-bit integer"

                if not (p.Sees ')') then
                    p.Expect ','

            sizes.ToArray()

        member p.Value() : Value =
            if p.Sees '(' then
                Sizes(p.Sizes())
            elif p.Sees '\'' || p.Sees '"' then
                Text(p.Quoted())
            elif p.Sees '[' then
                Errors.fileDType file "the array" "with fields (a structured array)"
            else
                match p.Word() with
                | "True" -> Truth true
                | "False" -> Truth false
                | word -> wrong $"'{word}' is not a value"

        /// Keys and values of the whole text.
        member p.Dictionary() =
            let found = Collections.Generic.Dictionary<string, Value>()
            p.Expect '{'

            while not (p.Accept '}') do
                let key = p.Quoted()
                p.Expect ':'

                if not (found.TryAdd(key, p.Value())) then
                    Errors.fileDuplicate file key

                if not (p.Sees '}') then
                    p.Expect ','

            p.Skip()

            if at < text.Length then
                wrong "something follows the dictionary"

            found

    let private dtypeOf (file: string) (descr: string) : struct (DType * bool) =
        let order, kind =
            match descr with
            | "" -> ' ', ""
            | d when "<>|=".Contains d[0] -> d[0], d.Substring 1
            | d -> '=', d

        let dtype =
            match kind with
            | "f4" -> DType.Float32
            | "f8" -> DType.Float64
            | "f2" -> DType.Float16
            | "i1" -> DType.Int8
            | "i2" -> DType.Int16
            | "i4" -> DType.Int32
            | "i8" -> DType.Int64
            | "u1" -> DType.UInt8
            | "b1"
            | "?" -> DType.Bool
            | _ -> Errors.fileDType file "the array" $"'{descr}'"

        struct (dtype, order = '>')

    let parse (file: string) (text: string) : NpyHeader =
        let values = Parser(file, text).Dictionary()

        let descr, fortran, sizes =
            match values.TryGetValue "descr", values.TryGetValue "fortran_order", values.TryGetValue "shape" with
            | (true, Text d), (true, Truth f), (true, Sizes s) when values.Count = 3 -> d, f, s
            | _ ->
                Errors.fileHeader
                    file
                    "the dictionary"
                    "it must have 'descr' (text), 'fortran_order' (True or False), 'shape' (a tuple) and no more"

        let struct (dtype, big) = dtypeOf file descr

        {
            DType = dtype
            BigEndian = big
            Fortran = fortran
            Shape = TensorBytes.shape file "the array" sizes
        }

    let private descr (file: string) (where: string) (dtype: DType) =
        match dtype with
        | DType.Float16 -> "<f2"
        | DType.BFloat16 -> DTypeErrors.noSuchDType file where "npy" dtype "save it in safetensors"
        | DType.Int8 -> "|i1"
        | DType.Int16 -> "<i2"
        | DType.Float32 -> "<f4"
        | DType.Float64 -> "<f8"
        | DType.Int32 -> "<i4"
        | DType.Int64 -> "<i8"
        | DType.UInt8 -> "|u1"
        | _ -> "|b1"

    /// As NumPy writes it, byte for byte: room for the first size to grow, then spaces until the data begin at a multiple of 64.
    let text (file: string) (where: string) (dtype: DType) (shape: Shape) : string =
        let sizes =
            match shape.Rank with
            | 0 -> "()"
            | 1 -> $"({shape[0]},)"
            | _ -> "(" + String.Join(", ", shape) + ")"

        let dictionary = $"{{'descr': '{descr file where dtype}', 'fortran_order': False, 'shape': {sizes}, }}"
        let growth = if shape.Rank = 0 then 0 else 21 - (string shape[0]).Length
        let length = 10 + dictionary.Length + growth + 1
        dictionary + String(' ', growth + 64 - length % 64) + "\n"

/// <summary>
/// Tensors as NumPy's npy files (numpy.save, numpy.load).
/// </summary>
/// <remarks>
/// Format: versions 1.0, 2.0 and 3.0 are read, C and Fortran order, little- and big-endian; 1.0 in C order, little-endian is
/// written, byte for byte as NumPy does (with at most 64 axes the header always fits 1.0).
/// Dtypes: f2 float16, f4 float32, f8 float64, i1 int8, i2 int16, i4 int32, i8 int64, u1 uint8, b1 bool; the format has no bfloat16 (DF0210).
/// Errors: DF0501 no such file, DF0502 no access, DF0503 truncated, DF0504 no npy file, DF0505 header, DF0506 dtype, DF0507 shape,
/// DF0508 bytes after the data, DF0510 a key twice, DF0512 header length, DF0513 a bool that is neither 0 nor 1.
/// A file is written beside its place and renamed over it, so that it is always complete.
/// Source: numpy.lib.format, "Format Version 1.0, 2.0, 3.0".
/// </remarks>
[<RequireQualifiedAccess>]
module Npy =
    let private magic = [| 0x93uy; 'N'B; 'U'B; 'M'B; 'P'B; 'Y'B |]

    let private header (r: ByteReader) : NpyHeader =
        let start = r.Take(8L, "the format's name and version")

        if not (start.AsSpan(0, 6).SequenceEqual(ReadOnlySpan magic)) then
            Errors.fileFormat r.File "npy" "it does not begin with \\x93NUMPY"

        let length, encoding =
            match start[6] with
            | 1uy -> uint32 (BinaryPrimitives.ReadUInt16LittleEndian(ReadOnlySpan(r.Take(2L, "the header's length")))), Encoding.Latin1
            | 2uy -> BinaryPrimitives.ReadUInt32LittleEndian(ReadOnlySpan(r.Take(4L, "the header's length"))), Encoding.Latin1
            | 3uy -> BinaryPrimitives.ReadUInt32LittleEndian(ReadOnlySpan(r.Take(4L, "the header's length"))), Encoding.UTF8
            | v -> Errors.fileFormat r.File "npy" $"version {v}.{start[7]} is not known"

        if length > uint32 NpyHeader.longest then
            Errors.fileHeaderLength r.File (uint64 length) (int64 NpyHeader.longest) "more is not sensible"

        NpyHeader.parse r.File (encoding.GetString(r.Take(int64 length, "the header")))

    /// Big-endian to little-endian, in place.
    let private reverse (size: int) (bytes: byte[]) =
        if size > 1 then
            for i in 0..size .. bytes.Length - 1 do
                Array.Reverse(bytes, i, size)

    let internal readFrom (r: ByteReader) : Tensor =
        let h = header r
        let length = TensorBytes.length r.File "the array" h.DType h.Shape
        let bytes = r.Take(length, "the array")
        r.End "the array"

        if h.BigEndian then
            reverse (DTypes.Size h.DType) bytes

        if h.Fortran && h.Shape.Rank > 1 then
            // The same bytes in C order are the array with its axes reversed.
            let reversed = Shape.Adopt(Array.rev (h.Shape.ToArray()))
            TensorBytes.make r.File "the array" h.DType reversed bytes |> permute [ h.Shape.Rank - 1 .. -1 .. 0 ]
        else
            TensorBytes.make r.File "the array" h.DType h.Shape bytes

    let internal writeTo (file: string) (where: string) (stream: Stream) (x: Tensor) =
        let bytes = TensorBytes.get file where x
        let text = Encoding.Latin1.GetBytes(NpyHeader.text file where x.DType x.Shape)
        stream.Write(ReadOnlySpan magic)
        stream.Write(ReadOnlySpan [| 1uy; 0uy; byte text.Length; byte (text.Length >>> 8) |])
        stream.Write(ReadOnlySpan text)
        stream.Write(ReadOnlySpan bytes)

    /// <summary>Writes a tensor to a stream.</summary>
    let write (stream: Stream) (x: Tensor) : unit = AtomicFile.guard "The stream" (fun () -> writeTo "The stream" "the array" stream x)

    /// <summary>Reads the tensor of a stream, which must end behind it.</summary>
    let read (stream: Stream) : Tensor = AtomicFile.guard "The stream" (fun () -> readFrom (ByteReader("The stream", stream)))

    /// <summary>Writes a tensor to a file.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0501, DF0502, DF0507; DF0402 if the values are not known (vmap, trace).</exception>
    let save (path: string) (x: Tensor) : unit = AtomicFile.write path (fun stream -> writeTo path "the array" stream x)

    /// <summary>Reads the tensor of a file.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0501 to DF0508, DF0510, DF0512, DF0513.</exception>
    let load (path: string) : Tensor = AtomicFile.read path (fun stream -> readFrom (ByteReader(path, stream)))

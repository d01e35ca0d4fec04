namespace DeepFun

open System
open System.IO
open DeepFun.FSharp

/// Reads a stream that nobody vouches for. No memory is taken for a length before it is known that so many bytes are there.
[<Sealed>]
type internal ByteReader(file: string, stream: Stream) =
    /// Read at once where the length of the stream is not known.
    static let chunk = 1 <<< 20

    /// Bytes that are left; −1 where the stream does not say.
    member _.Left = if stream.CanSeek then stream.Length - stream.Position else -1L

    /// What messages call the source.
    member _.File = file

    member private _.Fill(buffer: byte[], start: int, where: string, needed: int64) =
        let mutable at = start
        let mutable more = true

        while more && at < buffer.Length do
            let n = stream.Read(buffer, at, buffer.Length - at)
            at <- at + n
            more <- n > 0

        if at < buffer.Length then
            Errors.fileTruncated file where needed (int64 at)

    /// The next bytes; DF0503 if there are fewer.
    member r.Take(count: int64, where: string) : byte[] =
        let left = r.Left

        if left >= 0L && count > left then
            Errors.fileTruncated file where count left

        if left >= 0L || count <= int64 chunk then
            let bytes = Array.zeroCreate (int count)
            r.Fill(bytes, 0, where, count)
            bytes
        else
            // What an entry of an archive unpacks to is known when it has been unpacked: the buffer grows with it.
            let mutable bytes = Array.zeroCreate chunk
            r.Fill(bytes, 0, where, count)

            while int64 bytes.Length < count do
                let start = bytes.Length
                let longer = Array.zeroCreate (int (min count (2L * int64 start)))
                Buffer.BlockCopy(bytes, 0, longer, 0, start)
                bytes <- longer
                r.Fill(bytes, start, where, count)

            bytes

    /// DF0508 if anything follows.
    member r.End(where: string) =
        if stream.ReadByte() >= 0 then
            Errors.fileOffsets file where "more bytes follow than its shape needs"

/// What the formats have in common: sizes that are believed only after a look, and the bytes of tensors.
module internal TensorBytes =
    let private maximumRank = 64

    /// The shape, if it can be one.
    let shape (file: string) (where: string) (sizes: int64[]) : Shape =
        if sizes.Length > maximumRank then
            Errors.fileShape file where $"it has {sizes.Length} axes"

        let mutable size = 1L

        for s in sizes do
            if s < 0L then
                Errors.fileShape file where $"size {s} is negative"

            // Both factors are below 2³¹ here, so that the product cannot wrap.
            if s > int64 Int32.MaxValue then
                Errors.fileShape file where $"size {s} is too large"

            size <- size * s

            if size > int64 Int32.MaxValue then
                Errors.fileShape file where "it has too many elements"

        Shape.Adopt(Array.map int sizes)

    /// The length in bytes, if one array can hold it.
    let length (file: string) (where: string) (dtype: DType) (shape: Shape) : int64 =
        let bytes = int64 shape.Size * int64 (DTypes.Size dtype)

        if bytes > int64 Array.MaxLength then
            Errors.fileShape file where $"it needs {bytes} bytes"

        bytes

    /// The bytes of a tensor to be written, row-major.
    let get (file: string) (where: string) (x: Tensor) : byte[] =
        if x.Rank > maximumRank then
            Errors.fileShape file where $"it has {x.Rank} axes"

        length file where x.DType x.Shape |> ignore
        x.Bytes()

    /// The tensor of these row-major bytes. Kernels rely on bool being 0 or 1.
    let make (file: string) (where: string) (dtype: DType) (shape: Shape) (bytes: byte[]) : Tensor =
        if dtype = DType.Bool then
            let odd = ReadOnlySpan(bytes).IndexOfAnyExcept(0uy, 1uy)

            if odd >= 0 then
                Errors.fileBool file where bytes[odd] odd

        Tensor.fromBytes dtype shape (ReadOnlySpan bytes)

    let private strict = Text.UTF8Encoding(false, true)

    /// Text can be written as UTF-8 unless half of a surrogate pair is missing.
    let checkName (file: string) (name: string) =
        if isNull name then
            Errors.fileName file "null" "it is null"

        try
            strict.GetByteCount name |> ignore
        with :? Text.EncoderFallbackException ->
            Errors.fileName file name "it is not valid Unicode text"

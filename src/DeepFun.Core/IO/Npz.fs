namespace DeepFun.FSharp

open System
open System.Collections.Generic
open System.IO
open System.IO.Compression
open System.Text
open DeepFun

/// CRC-32 of what passes through: the framework stores an entry's checksum but does not compare it when reading.
[<Sealed>]
type internal ChecksumStream(inner: Stream) =
    inherit Stream()

    static let table =
        Array.init 256 (fun i ->
            let mutable c = uint32 i

            for _ in 1..8 do
                c <- if c &&& 1u = 1u then 0xEDB88320u ^^^ (c >>> 1) else c >>> 1

            c)

    let mutable state = UInt32.MaxValue

    /// The checksum of the bytes read so far.
    member _.Checksum = ~~~state

    override _.Read(buffer: byte[], offset: int, count: int) =
        let n = inner.Read(buffer, offset, count)
        let mutable c = state

        for i in offset .. offset + n - 1 do
            c <- table[int ((c ^^^ uint32 buffer[i]) &&& 0xFFu)] ^^^ (c >>> 8)

        state <- c
        n

    override _.CanRead = true
    override _.CanSeek = false
    override _.CanWrite = false
    override _.Length = raise (NotSupportedException())

    override _.Position
        with get () = raise (NotSupportedException())
        and set _ = raise (NotSupportedException())

    override _.Flush() = ()
    override _.Seek(_, _) = raise (NotSupportedException())
    override _.SetLength _ = raise (NotSupportedException())
    override _.Write(_: byte[], _: int, _: int) = raise (NotSupportedException())

/// <summary>
/// Named tensors as NumPy's npz files (numpy.savez, numpy.savez_compressed): a zip archive with an npy file for each.
/// </summary>
/// <remarks>
/// Format: stored or deflated entries <c>name.npy</c>; the order is kept. Dates are the first of zip's calendar, so that equal tensors give equal files.
/// Dtypes: as <c>Npy</c>.
/// Errors: those of <c>Npy</c>, and DF0504 no zip archive or an entry that cannot be unpacked, DF0510 a name twice, DF0511 an empty name or no
/// Unicode text, DF0514 checksum. A file is written beside its place and renamed over it, so that it is always complete.
/// Source: numpy.lib.npyio; APPNOTE.TXT 6.3.10 (zip).
/// </remarks>
[<RequireQualifiedAccess>]
module Npz =
    let private suffix = ".npy"
    let private zipEpoch = DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero)

    let private writeTo (file: string) (level: CompressionLevel) (stream: Stream) (tensors: (string * Tensor)[]) =
        let names = HashSet<string>()

        for name, _ in tensors do
            TensorBytes.checkName file name

            if name = "" then
                Errors.fileName file name "it is empty"

            if not (names.Add name) then
                Errors.fileDuplicate file name

        use archive = new ZipArchive(stream, ZipArchiveMode.Create, true, Encoding.UTF8)

        for name, x in tensors do
            let entry = archive.CreateEntry(name + suffix, level)
            entry.LastWriteTime <- zipEpoch
            use content = entry.Open()
            Npy.writeTo file $"entry '{name}'" content x

    let private readEntry (file: string) (entry: ZipArchiveEntry) : string * Tensor =
        let source = $"{file}, entry '{entry.FullName}'"

        let x =
            use content = entry.Open()
            let checkedContent = new ChecksumStream(content)
            let x = Npy.readFrom (ByteReader(source, checkedContent))

            if checkedContent.Checksum <> entry.Crc32 then
                Errors.fileChecksum file $"entry '{entry.FullName}'"

            x

        let name = entry.FullName

        (if name.EndsWith(suffix, StringComparison.Ordinal) then
             name.Substring(0, name.Length - suffix.Length)
         else
             name),
        x

    let private readFrom (file: string) (stream: Stream) : (string * Tensor) list =
        let damaged (e: exn) : 'a = Errors.fileFormat file "npz" e.Message

        try
            use archive = new ZipArchive(stream, ZipArchiveMode.Read, true, Encoding.UTF8)
            let names = HashSet<string>()

            [
                for entry in archive.Entries do
                    let name, x = readEntry file entry

                    if not (names.Add name) then
                        Errors.fileDuplicate file name

                    name, x
            ]
        with
        // What the zip reader says of damaged archives.
        | :? InvalidDataException as e -> damaged e
        | :? NotSupportedException as e -> damaged e
        | :? ArgumentException as e -> damaged e
        | :? OverflowException as e -> damaged e
        | :? EndOfStreamException as e -> damaged e

    /// <summary>Writes named tensors to a stream, stored as they are or deflated.</summary>
    let write (compress: bool) (stream: Stream) (tensors: (string * Tensor) seq) : unit =
        let level = if compress then CompressionLevel.Optimal else CompressionLevel.NoCompression
        AtomicFile.guard "The stream" (fun () -> writeTo "The stream" level stream (Array.ofSeq tensors))

    /// <summary>Reads the named tensors of a stream.</summary>
    let read (stream: Stream) : (string * Tensor) list = AtomicFile.guard "The stream" (fun () -> readFrom "The stream" stream)

    let private saveWith level (path: string) (tensors: (string * Tensor) seq) =
        let tensors = Array.ofSeq tensors
        AtomicFile.write path (fun stream -> writeTo path level stream tensors)

    /// <summary>Writes named tensors to a file, stored as they are (numpy.savez).</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0501, DF0502, DF0507, DF0510, DF0511.</exception>
    let save (path: string) (tensors: (string * Tensor) seq) : unit = saveWith CompressionLevel.NoCompression path tensors

    /// <summary>Writes named tensors to a file, deflated (numpy.savez_compressed).</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0501, DF0502, DF0507, DF0510, DF0511.</exception>
    let saveCompressed (path: string) (tensors: (string * Tensor) seq) : unit = saveWith CompressionLevel.Optimal path tensors

    /// <summary>Reads the named tensors of a file, in its order.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0501 to DF0508, DF0510, DF0512 to DF0514.</exception>
    let load (path: string) : (string * Tensor) list = AtomicFile.read path (readFrom path)

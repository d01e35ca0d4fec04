/// Files of tests/data, and comparison of tensors bit by bit.
module DeepFun.Core.Tests.IO.Fixtures

open System
open System.IO
open DeepFun
open DeepFun.FSharp
open Xunit

/// tests/data, above the folder the tests run in.
let private data =
    let rec up (folder: DirectoryInfo) =
        let here = Path.Combine(folder.FullName, "tests", "data")
        if Directory.Exists here then here else up folder.Parent

    lazy up (DirectoryInfo AppContext.BaseDirectory)

/// The path of a file of tests/data.
let fixture (folder: string) (name: string) = Path.Combine(data.Value, folder, name)

/// Same dtype, shape and bits.
let same (expected: Tensor) (actual: Tensor) =
    Assert.Equal(expected.DType, actual.DType)
    Assert.Equal<int>(expected.Shape, actual.Shape)
    Assert.Equal<byte>(expected.Bytes(), actual.Bytes())

/// What fails must fail with this code, and name the file.
let failsWith (code: string) (source: string) (action: unit -> 'a) =
    let e = Assert.Throws<DeepFunException>(fun () -> action () |> ignore)
    Assert.True((code = e.Code), $"{code} was expected, came: {e.Message}")
    Assert.Contains(source, e.Message)

/// No valid text: the first half of a surrogate pair. (The compiler replaces it in literals.)
let halfPair = String(char 0xD800, 1)

/// A folder of its own, gone afterwards.
let inFolder (f: string -> unit) =
    let folder = Directory.CreateTempSubdirectory "deepfun-io-"

    try
        f folder.FullName
    finally
        folder.Delete true

/// A tensor of one of these dtypes, random shape (0 to 4 axes of 0 to 4) and bits; every other one a view with strides.
let randomTensorOf (dtypes: DType[]) (r: Random) : Tensor =
    let sizes = Array.init (r.Next 5) (fun _ -> r.Next 5)
    let shape = Shape.Create(ReadOnlySpan sizes)
    let dtype = dtypes[r.Next dtypes.Length]
    let bytes = Array.zeroCreate<byte>(shape.Size * DTypes.Size dtype)
    r.NextBytes bytes
    let bytes = if dtype = DType.Bool then Array.map (fun b -> b &&& 1uy) bytes else bytes
    let x = Tensor.fromBytes dtype shape (ReadOnlySpan bytes)
    if r.Next 2 = 0 then x else permute [ shape.Rank - 1 .. -1 .. 0 ] x

let randomTensor (r: Random) : Tensor = randomTensorOf (Enum.GetValues<DType>()) r

let private damageOnce (r: Random) (bytes: byte[]) : byte[] =
    let at = if bytes.Length = 0 then 0 else r.Next bytes.Length

    match r.Next 6 with
    | 0 -> Array.truncate at bytes
    | 1 when bytes.Length > 0 -> Array.updateAt at (bytes[at] ^^^ (1uy <<< r.Next 8)) bytes
    | 2 when bytes.Length > 0 -> Array.updateAt at (byte (r.Next 256)) bytes
    | 3 -> Array.insertManyAt at (Array.init (r.Next 9) (fun _ -> byte (r.Next 256))) bytes
    // A huge number where a length may stand.
    | 4 -> Array.mapi (fun i b -> if i >= at && i < at + 4 then 0xFFuy else b) bytes
    // A digit more or less where a size is written as text.
    | _ ->
        bytes
        |> Array.mapi (fun i b -> if i >= at && i < at + 40 && Char.IsAsciiDigit(char b) then byte (r.Next(48, 58)) else b)

/// Damages a file at one to three places; reading it must then give a DeepFunException or tensors, soon and with little memory.
let survivesDamage (seed: int) (whole: byte[]) (read: Stream -> unit) =
    let r = Random seed
    let bytes = (whole, [ 1 .. r.Next(1, 4) ]) ||> List.fold (fun b _ -> damageOnce r b)
    let before = GC.GetAllocatedBytesForCurrentThread()
    let start = Environment.TickCount64

    try
        read (new MemoryStream(bytes))
    with :? DeepFunException as e ->
        Assert.StartsWith("DF05", e.Code)

    Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 16L * 1024L * 1024L, "much memory was taken")
    Assert.True(Environment.TickCount64 - start < 10_000L, "it took long")

/// A stream that cannot seek, as one from a network.
type OneWay(inner: Stream) =
    inherit Stream()
    override _.Read(buffer: byte[], offset: int, count: int) = inner.Read(buffer, offset, min count 7)
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

module DeepFun.Core.Tests.IO.NpyTests

open System
open System.IO
open System.Text
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.IO.Fixtures
open FsCheck.Xunit
open Xunit

let private ofInts (dtype: DType) (sizes: int list) (values: int seq) = Tensor.ofArray sizes (Array.ofSeq values) |> cast dtype

/// What tests/data/make_fixtures.py wrote with NumPy, and whether NumPy writes it as DeepFun does.
let private expected: (string * bool * Tensor) list =
    [
        for name, dtype in
            [
                "f2", DType.Float16
                "f4", DType.Float32
                "f8", DType.Float64
                "i1", DType.Int8
                "i2", DType.Int16
                "i4", DType.Int32
                "i8", DType.Int64
                "u1", DType.UInt8
            ] do
            "c_" + name, true, ofInts dtype [ 2; 3 ] [ 0..5 ]
            "fortran_" + name, false, ofInts dtype [ 2; 3; 4 ] [ 0..23 ]

            if not (name.EndsWith '1') then
                "big_" + name, false, ofInts dtype [ 2; 3 ] [ -3 .. 2 ]
        "c_b1", true, Tensor.ofArray [ 2; 3 ] [| true; false; true; false; false; true |]
        "fortran_big", false, ofInts DType.Float64 [ 2; 3 ] [ 0..5 ]
        "vector", true, Tensor.ofArray [ 3 ] [| 0.5f; -1.25f; 3.0f |]
        "scalar", true, Tensor.ofArray [] [| 2.5 |]
        "empty", true, Tensor.ofArray [ 0; 3 ] (Array.empty<float32>)
        // NumPy's nan is the quiet one without a sign.
        "special",
        true,
        Tensor.ofArray
            [ 6 ]
            [| BitConverter.UInt32BitsToSingle 0x7FC00000u; infinityf; -infinityf; -0.0f; Single.Epsilon; Single.MaxValue |]
        "half",
        true,
        Tensor.ofArray
            [ 7 ]
            ([| 0x7E00us; 0x7C00us; 0xFC00us; 0x8000us; 1us; 0x7BFFus; 0x2E66us |] |> Array.map BitConverter.UInt16BitsToHalf)
        "limits", true, Tensor.ofArray [ 3 ] [| Int64.MinValue; Int64.MaxValue; 9007199254740993L |]
        "deep", true, ofInts DType.Int32 (List.replicate 6 2 @ List.replicate 20 1) [ 0..63 ]
        "version2", false, ofInts DType.Int32 [ 2; 3 ] [ 0..5 ]
        "version3", false, ofInts DType.Int32 [ 2; 3 ] [ 0..5 ]
    ]

/// Of the dtypes that the format has.
let private randomTensor (r: Random) : Tensor = randomTensorOf (Enum.GetValues<DType>() |> Array.except [ DType.BFloat16 ]) r

let private bytesOf (x: Tensor) =
    use s = new MemoryStream()
    Npy.write s x
    s.ToArray()

[<Fact>]
let ``files of NumPy are read`` () =
    for name, _, x in expected do
        same x (Npy.load (fixture "npy" (name + ".npy")))

[<Fact>]
let ``files are written as NumPy writes them`` () =
    for name, ours, x in expected do
        if ours then
            Assert.Equal<byte>(File.ReadAllBytes(fixture "npy" (name + ".npy")), bytesOf x)

[<Fact>]
let ``other dtypes are named in an error`` () =
    for name, dtype in [ "unknown_c8", "<c8"; "unknown_v2", "|V2"; "unknown_text", "<U1"; "unknown_fields", "structured" ] do
        let path = fixture "npy" (name + ".npy")
        failsWith "DF0506" path (fun () -> Npy.load path)
        failsWith "DF0506" dtype (fun () -> Npy.load path)

[<Fact>]
let ``bfloat16 cannot be written, and the error says what can be done`` () =
    for write in [ (fun x -> Npy.write (new MemoryStream()) x); (fun x -> Npz.write false (new MemoryStream()) [ "x", x ]) ] do
        failsWith "DF0210" "safetensors" (fun () -> write (Tensor.fullOf DType.BFloat16 [ 2 ] 1.0))

/// A file with this header.
let private file (version: byte) (header: string) (data: byte[]) =
    let text = Encoding.UTF8.GetBytes header

    let length =
        if version = 1uy then
            BitConverter.GetBytes(uint16 text.Length)
        else
            BitConverter.GetBytes text.Length

    Array.concat [ [| 0x93uy |]; "NUMPY"B; [| version; 0uy |]; length; text; data ]

let private header descr order shape = $"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n"

let private readBytes (bytes: byte[]) = Npy.read (new MemoryStream(bytes))

[<Fact>]
let ``the header may be any Python dictionary with the three keys`` () =
    let data = Array.zeroCreate<byte> 24

    for text in
        [
            "{\"shape\":(2L,3L),\"descr\":\"<f4\",\"fortran_order\":False}"
            "  { 'fortran_order' : False ,\n 'shape' : ( 2 , 3 ) , 'descr' : '=f4' }   \n"
        ] do
        Assert.Equal<int>([ 2; 3 ], (readBytes (file 1uy text data)).Shape)

[<Theory>]
[<InlineData("'<f4'", "False", "(2, -3)", "DF0507")>]
[<InlineData("'<f4'", "False", "(99999999999999999999,)", "DF0507")>]
[<InlineData("'<f4'", "False", "(2147483647, 2147483647, 4)", "DF0507")>]
[<InlineData("'<f4'", "False", "(65536, 65536, 65536, 65536)", "DF0507")>]
[<InlineData("'<f8'", "False", "(2147483647,)", "DF0507")>]
[<InlineData("'<f4'", "False", "(2147483647, 0, 2147483647)", "DF0508")>]
[<InlineData("'<f4'", "False", "(1.5,)", "DF0505")>]
[<InlineData("'<f4'", "False", "(nan,)", "DF0507")>]
[<InlineData("'<f4'", "False", "(500000000,)", "DF0503")>]
[<InlineData("'<f4'", "False", "(7,)", "DF0503")>]
[<InlineData("'<f4'", "False", "(5,)", "DF0508")>]
[<InlineData("'|b1'", "False", "(24,)", "DF0513")>]
[<InlineData("'<f16'", "False", "(6,)", "DF0506")>]
[<InlineData("''", "False", "(6,)", "DF0506")>]
[<InlineData("'<f4'", "0", "(6,)", "DF0505")>]
[<InlineData("'<f4'", "False", "6", "DF0505")>]
[<InlineData("'<f4'", "False", "(6,", "DF0507")>]
[<InlineData("'<f4'", "False, 'extra': 1", "(6,)", "DF0505")>]
[<InlineData("'<f4'", "False, 'extra': True", "(6,)", "DF0505")>]
[<InlineData("'<f4'", "False, 'descr': '<i4'", "(6,)", "DF0510")>]
[<InlineData("'<f4", "False", "(6,)", "DF0505")>]
let ``a wrong header has its error`` (descr: string, order: string, shape: string, code: string) =
    failsWith code "The stream" (fun () -> readBytes (file 1uy (header descr order shape) (Array.create 24 9uy)))

[<Fact>]
let ``other wrong files have their errors`` () =
    let good = bytesOf (ofInts DType.Int32 [ 2; 3 ] [ 0..5 ])
    let fails code bytes = failsWith code "The stream" (fun () -> readBytes bytes)
    fails "DF0503" [||]
    fails "DF0503" (Array.truncate 9 good)
    fails "DF0503" (Array.truncate 60 good)
    fails "DF0503" (Array.truncate (good.Length - 1) good)
    fails "DF0508" (Array.append good [| 0uy |])
    fails "DF0504" (Array.updateAt 0 0uy good)
    fails "DF0504" (Array.updateAt 6 4uy good)
    fails "DF0512" (Array.concat [ good[..5]; [| 2uy; 0uy; 0xFFuy; 0xFFuy; 0xFFuy; 0xFFuy |]; good[10..] ])
    fails "DF0505" (file 1uy "{}" [||])
    fails "DF0505" (file 1uy (header "'<f4'" "False" "(0,)" + "more") [||])
    fails "DF0507" (file 1uy (header "'<f4'" "False" ("(" + String.replicate 65 "1, " + ")")) (Array.zeroCreate 4))
    failsWith "DF0507" "The stream" (fun () -> bytesOf (reshape (List.replicate 65 1) (Tensor.scalar 1.0)))

[<Fact>]
let ``missing and forbidden paths have their errors`` () =
    inFolder (fun folder ->
        let missing = Path.Combine(folder, "none.npy")
        failsWith "DF0501" missing (fun () -> Npy.load missing)
        let nowhere = Path.Combine(folder, "none", "x.npy")
        failsWith "DF0501" nowhere (fun () -> Npy.save nowhere (Tensor.scalar 1.0))
        failsWith "DF0502" folder (fun () -> Npy.load folder)
        failsWith "DF0502" folder (fun () -> Npy.save folder (Tensor.scalar 1.0))
        Assert.Empty(Directory.GetFileSystemEntries folder))

[<Property(MaxTest = 200)>]
let ``what was written is read`` (seed: int) =
    let x = randomTensor (Random seed)
    same x (readBytes (bytesOf x))
    use s = new OneWay(new MemoryStream(bytesOf x))
    same x (Npy.read s)

[<Fact>]
let ``a long stream of unknown length is read`` () =
    let x = cast DType.Float64 (Tensor.arange 700_000)
    use s = new OneWay(new MemoryStream(bytesOf x))
    same x (Npy.read s)

[<Property(MaxTest = 1000)>]
let ``damage gives an error or a tensor`` (seed: int) =
    let whole = bytesOf (randomTensor (Random(seed + 1)))
    survivesDamage seed whole (fun s -> Npy.read s |> ignore)
    survivesDamage seed whole (fun s -> Npy.read (new OneWay(s)) |> ignore)

let private archive: (string * Tensor) list =
    [
        "weight", ofInts DType.Float32 [ 2; 3 ] [ 0..5 ]
        "layer/bias", ofInts DType.Float64 [ 3 ] [ 0..2 ]
        "größe", ofInts DType.Int64 [] [ 7 ]
        "zeros", Tensor.fullOf DType.Int32 [ 50; 50 ] 0.0
    ]

let private sameArchive (xs: (string * Tensor) list) (ys: (string * Tensor) list) =
    Assert.Equal<string list>(List.map fst xs, List.map fst ys)
    List.iter2 (fun (_, x) (_, y) -> same x y) xs ys

[<Fact>]
let ``archives of NumPy are read`` () =
    sameArchive archive (Npz.load (fixture "npz" "stored.npz"))
    sameArchive archive (Npz.load (fixture "npz" "deflated.npz"))

let private zipped compress (tensors: (string * Tensor) list) =
    use s = new MemoryStream()
    Npz.write compress s tensors
    s.ToArray()

[<Property(MaxTest = 50)>]
let ``archives that were written are read`` (seed: int) (compress: bool) =
    let r = Random seed
    let xs = [ for i in 0 .. r.Next 5 -> $"tensor {i}", randomTensor r ]
    sameArchive xs (Npz.read (new MemoryStream(zipped compress xs)))
    Assert.Equal<byte>(zipped compress xs, zipped compress xs)

[<Property(MaxTest = 1000)>]
let ``damage of an archive gives an error or tensors`` (seed: int) (compress: bool) =
    let r = Random seed
    let xs = [ for i in 0 .. r.Next 3 -> $"tensor {i}", randomTensor r ]
    survivesDamage seed (zipped compress xs) (fun s -> Npz.read s |> ignore)

[<Fact>]
let ``an archive with one wrong byte of data is refused`` () =
    let bytes = zipped false [ "x", Tensor.fullOf DType.UInt8 [ 5 ] 77.0 ]
    let at = bytes.AsSpan().IndexOf(ReadOnlySpan(Array.create 5 77uy))
    failsWith "DF0514" "entry 'x.npy'" (fun () -> Npz.read (new MemoryStream(Array.updateAt at 78uy bytes)))

[<Fact>]
let ``names of an archive are checked`` () =
    let x = Tensor.scalar 1.0
    failsWith "DF0510" "'a'" (fun () -> zipped false [ "a", x; "a", x ])
    failsWith "DF0511" "empty" (fun () -> zipped false [ "", x ])
    failsWith "DF0511" "Unicode" (fun () -> zipped false [ halfPair, x ])
    failsWith "DF0504" "npz" (fun () -> Npz.read (new MemoryStream(bytesOf x)))

[<Fact>]
let ``an archive that unpacks to more than it says is refused`` () =
    use s = new MemoryStream()

    (use zip = new Compression.ZipArchive(s, Compression.ZipArchiveMode.Create, true)
     use entry = zip.CreateEntry("bomb.npy").Open()
     entry.Write(ReadOnlySpan(file 1uy (header "'<f4'" "False" "(3,)") (Array.zeroCreate 10_000_000))))

    s.Position <- 0L
    failsWith "DF0508" "bomb" (fun () -> Npz.read s)

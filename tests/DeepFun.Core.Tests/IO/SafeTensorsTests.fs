module DeepFun.Core.Tests.IO.SafeTensorsTests

open System
open System.Collections.Generic
open System.IO
open System.Text
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.IO.Fixtures
open FsCheck.Xunit
open Xunit

/// What tests/data/make_fixtures.py put together by hand.
let private everything: (string * Tensor) list =
    [
        "flag", Tensor.ofArray [ 3 ] [| true; false; true |]
        "a.weight", Tensor.ofArray [ 2; 3 ] [| 0.0f; 1.0f; 2.0f; 3.0f; 4.0f; 5.0f |]
        "u8", Tensor.ofArray [ 2; 2 ] [| 0uy; 1uy; 254uy; 255uy |]
        "größe", Tensor.ofArray [ 1 ] [| -0.0f |]
        "f64", Tensor.ofArray [] [| 2.5 |]
        "i32", Tensor.ofArray [ 3 ] [| -1; 0; Int32.MaxValue |]
        "empty", Tensor.ofArray [ 0; 3 ] (Array.empty<float32>)
        "i64", Tensor.ofArray [ 2 ] [| Int64.MinValue; Int64.MaxValue |]
    ]

let private metadata = [ "format", "pt"; "größe", "groß" ]

let private bytesOf metadata tensors =
    use s = new MemoryStream()
    SafeTensors.write s metadata tensors
    s.ToArray()

let private readBytes (bytes: byte[]) = SafeTensors.read (new MemoryStream(bytes))

let private sameFile (metadata: (string * string) list) (tensors: (string * Tensor) list) (file: TensorFile) =
    Assert.Equal<HashSet<string>>(HashSet(Seq.map fst tensors), HashSet file.Tensors.Keys)

    for name, x in tensors do
        same x file[name]

    Assert.Equal<(string * string) list>(List.sort metadata, [ for e in file.Metadata -> e.Key, e.Value ] |> List.sort)

[<Fact>]
let ``a file of every dtype is read`` () = SafeTensors.load (fixture "safetensors" "all.safetensors") |> sameFile metadata everything

[<Fact>]
let ``files are written as the format says, byte for byte`` () =
    Assert.Equal<byte>(File.ReadAllBytes(fixture "safetensors" "all.safetensors"), bytesOf metadata everything)
    Assert.Equal<byte>(File.ReadAllBytes(fixture "safetensors" "nothing.safetensors"), bytesOf [] [])

[<Fact>]
let ``another writer's order and padding are read`` () =
    let file = SafeTensors.load (fixture "safetensors" "foreign.safetensors")
    sameFile [] [ "first", Tensor.ofArray [ 1 ] [| 1.5f |]; "second", Tensor.ofArray [ 3 ] [| 7uy; 8uy; 9uy |] ] file
    sameFile [] [] (SafeTensors.load (fixture "safetensors" "nothing.safetensors"))

[<Fact>]
let ``floats and integers of 8 and 16 bits go both ways`` () =
    let small: (string * Tensor) list =
        [
            "i8", Tensor.ofArray [ 3 ] [| SByte.MinValue; -1y; SByte.MaxValue |]
            "half", Tensor.ofArray [ 2 ] [| Half.op_Explicit -2.0f; BitConverter.UInt16BitsToHalf 0x7E00us |]
            "i16", Tensor.ofArray [ 2 ] [| Int16.MinValue; Int16.MaxValue |]
            "brain", Tensor.ofArray [ 2 ] [| BFloat16.op_Explicit 1.5f; BFloat16.op_Explicit -infinityf |]
        ]

    SafeTensors.load (fixture "safetensors" "small.safetensors") |> sameFile [] small
    Assert.Equal<byte>(File.ReadAllBytes(fixture "safetensors" "small.safetensors"), bytesOf [] small)

[<Fact>]
let ``an unknown dtype and an unknown name are errors`` () =
    let path = fixture "safetensors" "unknown.safetensors"
    failsWith "DF0506" path (fun () -> SafeTensors.load path)
    let file = SafeTensors.load (fixture "safetensors" "all.safetensors")
    failsWith "DF0304" "'nobody'" (fun () -> file["nobody"])

/// A file with this header and so many bytes of data, all 9.
let private file (json: string) (data: int) =
    let text = Encoding.UTF8.GetBytes json
    Array.concat [ BitConverter.GetBytes(uint64 text.Length); text; Array.create data 9uy ]

[<Theory>]
[<InlineData("DF0505", """ {}""", 0)>]
[<InlineData("DF0505", """[]""", 0)>]
[<InlineData("DF0505", "", 0)>]
[<InlineData("DF0505", """{""", 0)>]
[<InlineData("DF0505", """{"a":{}}""", 0)>]
[<InlineData("DF0505", """{"a":1}""", 0)>]
[<InlineData("DF0505", """{},""", 0)>]
[<InlineData("DF0505", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},}""", 1)>]
[<InlineData("DF0505", """{"a":{"dtype":"U8","shape":[1]}}""", 1)>]
[<InlineData("DF0505", """{"a":{"dtype":"U8","data_offsets":[0,1]}}""", 1)>]
[<InlineData("DF0505", """{"a":{"shape":[1],"data_offsets":[0,1]}}""", 1)>]
[<InlineData("DF0505", """{"a":{"dtype":8,"shape":[1],"data_offsets":[0,1]}}""", 1)>]
[<InlineData("DF0505", """{"a":{"dtype":"U8","shape":1,"data_offsets":[0,1]}}""", 1)>]
[<InlineData("DF0505", """{"a":{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}}""", 1)>]
[<InlineData("DF0505", """{"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}}""", 1)>]
[<InlineData("DF0505", """{"a":{"dtype":"U8","shape":[NaN],"data_offsets":[0,1]}}""", 1)>]
[<InlineData("DF0505", """{"a":{"dtype":"U8","shape":[1e999],"data_offsets":[0,1]}}""", 1)>]
[<InlineData("DF0505", """{"a":{"dtype":"U8","shape":[99999999999999999999],"data_offsets":[0,1]}}""", 1)>]
[<InlineData("DF0505", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}""", 1)>]
[<InlineData("DF0505", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}""", 1)>]
[<InlineData("DF0505", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,Infinity]}}""", 1)>]
[<InlineData("DF0505", """{"__metadata__":{"a":1}}""", 0)>]
[<InlineData("DF0505", """{"__metadata__":[]}""", 0)>]
[<InlineData("DF0505", """{"\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1)>]
[<InlineData("DF0506", """{"a":{"dtype":"u8","shape":[1],"data_offsets":[0,1]}}""", 1)>]
[<InlineData("DF0506", """{"a":{"dtype":"U16","shape":[1],"data_offsets":[0,2]}}""", 2)>]
[<InlineData("DF0507", """{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}""", 1)>]
[<InlineData("DF0507", """{"a":{"dtype":"U8","shape":[-1,-1],"data_offsets":[0,1]}}""", 1)>]
[<InlineData("DF0507", """{"a":{"dtype":"F64","shape":[2147483647],"data_offsets":[0,1]}}""", 1)>]
[<InlineData("DF0507", """{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0)>]
[<InlineData("DF0507", """{"a":{"dtype":"U8","shape":[65536,65536,65536,65536],"data_offsets":[0,0]}}""", 0)>]
[<InlineData("DF0508", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 0)>]
[<InlineData("DF0508", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[-1,0]}}""", 1)>]
[<InlineData("DF0508", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}""", 1)>]
[<InlineData("DF0508", """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,1]}}""", 1)>]
[<InlineData("DF0508", """{"a":{"dtype":"F32","shape":[],"data_offsets":[0,5]}}""", 5)>]
[<InlineData("DF0508", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[9223372036854775806,9223372036854775807]}}""", 1)>]
[<InlineData("DF0508", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[-9223372036854775808,9223372036854775807]}}""", 1)>]
[<InlineData("DF0509", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 2)>]
[<InlineData("DF0509", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2)>]
[<InlineData("DF0509", """{}""", 1)>]
[<InlineData("DF0509", """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3)>]
[<InlineData("DF0509", """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 2)>]
[<InlineData("DF0509", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}""", 3)>]
[<InlineData("DF0510", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2)>]
[<InlineData("DF0510", """{"a":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}}""", 1)>]
[<InlineData("DF0510", """{"__metadata__":{"a":"1","a":"2"}}""", 0)>]
[<InlineData("DF0510", """{"__metadata__":{},"__metadata__":{}}""", 0)>]
[<InlineData("DF0513", """{"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}""", 1)>]
let ``a wrong header has its error`` (code: string, json: string, data: int) =
    failsWith code "The stream" (fun () -> readBytes (file json data))

[<Fact>]
let ``wrong lengths have their errors`` () =
    let whole = bytesOf metadata everything
    let fails code bytes = failsWith code "The stream" (fun () -> readBytes bytes)
    let withLength (n: uint64) = Array.append (BitConverter.GetBytes n) whole[8..]
    fails "DF0503" [||]
    fails "DF0503" whole[..6]
    fails "DF0512" whole[..7]
    fails "DF0512" whole[..100]
    fails "DF0508" (Array.truncate (whole.Length - 1) whole)
    fails "DF0509" (Array.append whole [| 0uy |])
    fails "DF0512" (withLength (uint64 whole.Length - 7UL))
    fails "DF0512" (withLength 100_000_001UL)
    fails "DF0512" (withLength UInt64.MaxValue)
    fails "DF0505" (withLength 0UL)
    // Text that is no UTF-8.
    fails "DF0505" (Array.concat [ BitConverter.GetBytes 8L; "{\""B; [| 0xFFuy |]; "\":{}}"B ])

[<Fact>]
let ``deep JSON is an error, not a stack overflow`` () =
    failsWith "DF0505" "The stream" (fun () -> readBytes (file ("""{"a":""" + String('[', 1_000_000)) 0))

[<Fact>]
let ``names are checked before anything is written`` () =
    let x = Tensor.scalar 1.0

    inFolder (fun folder ->
        let path = Path.Combine(folder, "x.safetensors")
        let fails code metadata tensors = failsWith code path (fun () -> SafeTensors.save path metadata tensors)
        fails "DF0510" [] [ "a", x; "a", x ]
        fails "DF0510" [ "k", "1"; "k", "2" ] [ "a", x ]
        fails "DF0511" [] [ "__metadata__", x ]
        fails "DF0511" [] [ halfPair, x ]
        fails "DF0511" [ "k", halfPair ] [ "a", x ]
        fails "DF0511" [] [ null, x ]
        Assert.Empty(Directory.GetFileSystemEntries folder))

[<Fact>]
let ``names may hold any text`` () =
    let names = [ "\""; "\\"; "a/b.c"; ""; "\u0000"; "😀"; "<&>'"; "dtype"; "\u2028" ]
    let tensors = names |> List.mapi (fun i n -> n, Tensor.scalar (float i))
    sameFile [ for n in names -> n, n ] tensors (readBytes (bytesOf [ for n in names -> n, n ] tensors))

[<Property(MaxTest = 200)>]
let ``what was written is read`` (seed: int) =
    let r = Random seed
    let tensors = [ for i in 0 .. r.Next 8 -> $"block{i % 3}.tensor{i}", randomTensor r ]
    let metadata = [ for i in 0 .. r.Next 3 -> $"key {i}", string (r.NextDouble()) ]
    let bytes = bytesOf metadata tensors
    sameFile metadata tensors (readBytes bytes)
    sameFile metadata tensors (SafeTensors.read (new OneWay(new MemoryStream(bytes))))

[<Property(MaxTest = 2000)>]
let ``damage gives an error or tensors`` (seed: int) =
    let r = Random(seed + 1)
    let whole = bytesOf metadata [ for i in 0 .. r.Next 4 -> $"t{i}", randomTensor r ]
    survivesDamage seed whole (fun s -> SafeTensors.read s |> ignore)

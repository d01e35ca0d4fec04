/// Random keys: the same numbers everywhere, independent splits.
module DeepFun.Core.Tests.KeyTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private data (key: Key) = (key.Data.ToArray<int64>())[0]

/// Philox4x32-10 in plain 64-bit arithmetic (Salmon et al., SC'11), written here again.
let private philox (counter: uint32[]) (key: uint32[]) : uint32[] =
    let mutable c = Array.copy counter
    let mutable k0, k1 = key[0], key[1]

    for _ in 1..10 do
        let p0, p1 = uint64 c[0] * 0xD2511F53UL, uint64 c[2] * 0xCD9E8D57UL
        c <- [| uint32 (p1 >>> 32) ^^^ c[1] ^^^ k0; uint32 p1; uint32 (p0 >>> 32) ^^^ c[3] ^^^ k1; uint32 p0 |]
        k0 <- k0 + 0x9E3779B9u
        k1 <- k1 + 0xBB67AE85u

    c

[<Fact>]
let ``the reference generator gives the published vectors`` () =
    // Random123's kat_vectors for philox4x32-10.
    Assert.Equal<uint32[]>([| 0x6627e8d5u; 0xe169c58du; 0xbc57ac4cu; 0x9b00dbd8u |], philox (Array.zeroCreate 4) [| 0u; 0u |])

    Assert.Equal<uint32[]>(
        [| 0x408f276du; 0x41c83b0eu; 0xa20bc7c6u; 0x6d5451fdu |],
        philox (Array.replicate 4 0xffffffffu) [| 0xffffffffu; 0xffffffffu |]
    )

[<Fact>]
let ``splits are the generator's words`` () =
    for seed in [ 0L; 1L; -5L; 0x123456789ABCDEF0L ] do
        let words =
            [|
                for block in 0u .. 2u do
                    yield! philox [| block; 0u; 0u; 0u |] [| uint32 seed; uint32 (uint64 seed >>> 32) |]
            |]

        let expected = Array.init 5 (fun i -> int64 (uint64 words[2 * i] ||| (uint64 words[2 * i + 1] <<< 32)))

        Assert.Equal<int64[]>(expected, Key.split 5 (Key.ofSeed seed) |> Array.map data)

[<Fact>]
let ``the same seed gives the same numbers, another seed others`` () =
    let draw seed = (Random.normal64 [ 4 ] (Key.ofSeed seed)).ToDoubles()
    Assert.Equal<float[]>(draw 7L, draw 7L)
    Assert.NotEqual<float[]>(draw 7L, draw 8L)

[<Fact>]
let ``a longer split begins with a shorter one, and keys are all different`` () =
    let keys = Key.split 1000 (Key.ofSeed 3L) |> Array.map data
    Assert.Equal(1000, (Array.distinct keys).Length)
    Assert.Equal<int64[]>(keys[..9], Key.split 10 (Key.ofSeed 3L) |> Array.map data)
    let a, b = Key.split2 (Key.ofSeed 3L)
    Assert.Equal((keys[0], keys[1]), (data a, data b))

[<Fact>]
let ``folds differ from each other, from the key and from its splits`` () =
    let key = Key.ofSeed 11L
    let numbers = Array.concat [ [| -100L .. 1000L |]; [| Int64.MaxValue; Int64.MinValue |] ]
    let folded = numbers |> Array.map (fun n -> data (Key.fold n key))
    let split = Key.split 1000 (Key.ofSeed 11L) |> Array.map data
    let everything = Array.concat [ folded; split; [| data key |] ]
    Assert.Equal(everything.Length, (Array.distinct everything).Length)
    // Order matters, repetition is possible.
    Assert.NotEqual(data (Key.fold 1L (Key.fold 2L key)), data (Key.fold 2L (Key.fold 1L key)))
    Assert.Equal(data (Key.fold 5L key), data (Key.fold 5L key))

let private moments (x: float[]) =
    let m = Array.average x
    m, x |> Array.averageBy (fun v -> (v - m) ** 2.0)

let private correlation (x: float[]) (y: float[]) =
    let (mx, vx), (my, vy) = moments x, moments y
    (Array.map2 (fun a b -> (a - mx) * (b - my)) x y |> Array.average) / sqrt (vx * vy)

[<Fact>]
let ``splits, folds and neighbouring seeds are uncorrelated`` () =
    let n = 20000
    let draw key = (Random.normal64 [ n ] key).ToDoubles()
    let keys = Key.split 3 (Key.ofSeed 1L)
    let key = Key.ofSeed 1L
    let others = [ Key.fold 0L key; Key.fold 1L key; Key.ofSeed 1L; Key.ofSeed 2L ]
    let samples = [ yield! keys; yield! others ] |> List.map draw

    for i in 0 .. samples.Length - 1 do
        for j in 0 .. i - 1 do
            // Five standard deviations of the estimate.
            Assert.True(abs (correlation samples[i] samples[j]) < 5.0 / sqrt (float n), $"{i} and {j}")

[<Fact>]
let ``distributions have their moments and ranges`` () =
    let n = 100000
    let u = (Random.uniform -2.0 4.0 [ n ] (Key.ofSeed 5L)).ToDoubles()
    Assert.True(u |> Array.forall (fun v -> v >= -2.0 && v < 4.0))
    let mean, variance = moments u
    Assert.True(abs (mean - 1.0) < 0.03 && abs (variance - 3.0) < 0.05, $"{mean} {variance}")
    let mean, variance = moments ((Random.normal [ n ] (Key.ofSeed 6L)).ToDoubles())
    Assert.True(abs mean < 0.02 && abs (variance - 1.0) < 0.03, $"{mean} {variance}")
    let p = Random.bernoulli 0.3 [ n ] (Key.ofSeed 7L)
    Assert.Equal(DType.Bool, p.DType)
    Assert.True(abs (Array.average (p.ToDoubles()) - 0.3) < 0.01)
    let order = (Random.permutation 500 (Key.ofSeed 8L)).ToArray<int>()
    Assert.Equal<int[]>([| 0..499 |], Array.sort order)
    Assert.NotEqual<int[]>([| 0..499 |], order)

[<Fact>]
let ``keys are mapped, each with its own numbers`` () =
    let keys = Key.split 4 (Key.ofSeed 9L)
    let stacked = Key(stack 0 (keys |> Array.map _.Data))
    let mapped = vmap (fun (k: Key) -> Random.normal64 [ 3 ] k) stacked |> fun (t: Tensor) -> t.ToDoubles()
    let looped = Key.split 4 (Key.ofSeed 9L) |> Array.collect (fun k -> (Random.normal64 [ 3 ] k).ToDoubles())
    Assert.Equal<float[]>(looped, mapped)

[<Fact>]
let ``a key used twice is reported in debug builds`` () =
    let key = Key.ofSeed 1L
    Random.normal [ 2 ] key |> ignore
#if DEBUG
    throws "DF0701" (fun () -> Random.normal [ 2 ] key)
    throws "DF0701" (fun () -> Key.split 2 key)
#endif
    // Folding does not use a key up.
    let fresh = Key.ofSeed 2L
    let step n = data (Key.fold n fresh)
    Assert.NotEqual(step 1L, step 2L)

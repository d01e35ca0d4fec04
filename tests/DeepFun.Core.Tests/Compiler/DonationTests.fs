/// Memory that arguments give away, and memory that operands leave to results.
[<Xunit.Collection "Alone">]
module DeepFun.Core.Tests.Compiler.DonationTests

open System
open DeepFun
open DeepFun.Backends
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private random (seed: int) sizes = uniform (Random seed) sizes

let private step (p: Tensor, m: Tensor) (g: Tensor) =
    let m = 0.9 * m + g
    (p - 0.1 * m, m), sum (p * g)

let private isGone (x: Tensor) = Assert.Equal("DF0601", Assert.Throws<DeepFunException>(fun () -> x.ToDoubles() |> ignore).Code)

[<Fact>]
let ``a state that is given away becomes the next one, in the same memory`` () =
    let donating = jitDonating step
    let mutable state = random 1 [ 1000 ], random 2 [ 1000 ]
    let mutable expected = state
    let g = random 3 [ 1000 ]
    // The expected values have memory of their own.
    expected <- fst state + 0.0, snd state + 0.0

    for _ in 1..10 do
        let before = state
        state <- fst (donating state g)
        expected <- fst (step expected g)
        isGone (fst before)
        isGone (snd before)

    closeAll "state" 1e-13 (Tree.leaves expected) (Tree.leaves state)

[<Fact>]
let ``a loop that gives its state away takes no memory`` () =
    let donating = jitDonating (fun s g -> fst (step s g))
    let mutable state = random 1 [ 100000 ], random 2 [ 100000 ]
    let g = random 3 [ 100000 ]
    state <- donating state g
    GC.Collect()
    GC.WaitForPendingFinalizers()
    let before = MemoryStatistics.Now.LiveBytes

    for _ in 1..50 do
        state <- donating state g

    Assert.Equal(before, MemoryStatistics.Now.LiveBytes)
    Assert.True((fst state).ToDoubles() |> Array.forall Double.IsFinite)

[<Fact>]
let ``what is not given away stays`` () =
    let x, y = random 1 [ 500 ], random 2 [ 500 ]
    let expected = y.ToDoubles()
    let own = x + 0.0
    let z = jitDonating (fun (a: Tensor) (b: Tensor) -> 2.0 * (a * b)) own y
    closeValues "product" 1e-15 (Array.map2 (fun a b -> 2.0 * a * b) (x.ToDoubles()) expected) (z.ToDoubles())
    Assert.Equal<float[]>(expected, y.ToDoubles())
    isGone own

[<Fact>]
let ``an argument that is needed after its place was found is not written over`` () =
    // b reads a after the loop that could have taken a's memory.
    let f (a: Tensor) (b: Tensor) =
        let first = tanh (a * 2.0)
        let second = matmul first b + matmul a b
        first, second, a

    let a, b = random 1 [ 30; 30 ], random 2 [ 30; 30 ]
    let expected = f a b
    let (x, y, z) = jitDonating f (a + 0.0) b
    closeAll "results" 1e-12 (Tree.leaves expected) (Tree.leaves (x, y, z))

[<Fact>]
let ``a view of what is given away counts as a reader`` () =
    let f (a: Tensor) (b: Tensor) =
        let turned = transpose a
        let first = a * 3.0
        matmul turned b + first

    let a, b = random 1 [ 40; 40 ], random 2 [ 40; 40 ]
    close "view" 1e-12 (f a b) (jitDonating f (a + 0.0) b)

[<Fact>]
let ``the same tensor given away twice, or used beside`` () =
    let f (a: Tensor, b: Tensor) (c: Tensor) = a * 2.0, b * 3.0 + c
    let x = random 1 [ 400 ]
    let own = x + 0.0
    let y, z = jitDonating f (own, own) own
    closeAll "twice" 1e-13 [| x * 2.0; x * 4.0 |] [| y; z |]

[<Fact>]
let ``what the function closes over is never taken`` () =
    let w = random 1 [ 400 ]
    let f = jitDonating (fun (a: Tensor) (b: Tensor) -> a * w + b)
    let y = f w (random 2 [ 400 ])
    let again = f (w + 0.0) (random 2 [ 400 ])
    close "closed over" 1e-15 y again
    Assert.Equal(400, (w.ToDoubles()).Length)

[<Fact>]
let ``an error before anything was written loses nothing`` () =
    let f (a: Tensor) (indices: Tensor) = take 0 indices (a * 2.0) + 1.0, a * 0.5
    let own = random 1 [ 300 ] + 0.0
    let expected = own.ToDoubles()
    let bad = Tensor.vector [ 1000.0 ] |> cast DType.Int32
    Assert.Throws<DeepFunException>(fun () -> jitDonating f own bad |> ignore) |> ignore
    Assert.Equal<float[]>(expected, own.ToDoubles())

[<Fact>]
let ``functions are compiled inside of a scope that ends`` () =
    let w = random 1 [ 20; 20 ]
    // The square of w is computed once, when the function is traced.
    let f = jit (fun (x: Tensor) -> matmul x (square w))
    let x = random 2 [ 20; 20 ]
    let first = Memory.scope (fun () -> sum (f x))
    let second = Memory.scope (fun () -> sum (f x))
    Assert.Equal(first.ToDouble(), second.ToDouble())

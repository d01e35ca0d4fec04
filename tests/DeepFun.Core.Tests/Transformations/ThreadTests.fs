/// Transformations on many threads: nothing is shared but a counter of levels.
module DeepFun.Core.Tests.Transformations.ThreadTests

open System.Threading
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

/// A type of its own for each test that races for its shape.
type private Fresh<'T> = { Left: Tensor; Right: Tensor list; Tag: 'T }

type private Chain<'T> = { Here: Tensor; Next: Chain<'T> option; Mark: 'T }

let private net (w: Tensor) (x: Tensor) : Tensor =
    let hidden = tanh (matmul (reshape [ 1; 3 ] x) w)
    sum (square hidden) + prod (1.5 + hidden)

/// Threads that begin together.
let private together (n: int) (work: int -> 'a) : 'a[] =
    use start = new Barrier(n)
    let results: 'a[] = Array.zeroCreate n
    let failures = System.Collections.Concurrent.ConcurrentQueue<exn>()

    let threads =
        Array.init n (fun i ->
            Thread(fun () ->
                start.SignalAndWait()

                try
                    results[i] <- work i
                with e ->
                    failures.Enqueue e))

    threads |> Array.iter _.Start()
    threads |> Array.iter _.Join()
    Assert.Empty failures
    results

[<Fact>]
let ``inner gradients on several threads inside one outer gradient are all counted`` () =
    let n = 64
    let r = seeded "race"
    let xs = Array.init n (fun _ -> uniform r [ 3 ])
    let w = uniform r [ 3; 4 ]

    // Σᵢ |∇_x net(w, xᵢ)|², the inner gradients on the pool's threads.
    let outer parallelly (w: Tensor) : Tensor =
        let one x = sum (square (grad (net w) x))
        (if parallelly then Array.Parallel.map one xs else Array.map one xs) |> Array.reduce (+)

    let expected = grad (outer false) w

    for _ in 1..30 do
        close "gradient" 1e-13 expected (grad (outer true) w)

[<Fact>]
let ``forward over reverse on several threads inside one outer jvp`` () =
    let r = seeded "forward race"
    let xs = Array.init 32 (fun _ -> uniform r [ 3 ])
    let w, d = uniform r [ 3; 4 ], uniform r [ 3; 4 ]

    let outer parallelly (w: Tensor) : Tensor =
        let one x = sum (hvp (net w) x x)
        (if parallelly then Array.Parallel.map one xs else Array.map one xs) |> Array.reduce (+)

    let expected = snd (jvp (outer false) w d)

    for _ in 1..10 do
        close "tangent" 1e-13 expected (snd (jvp (outer true) w d))

[<Fact>]
let ``400 parallel products with the Hessian`` () =
    let r = seeded "hvp"
    let w = uniform r [ 3; 4 ]
    let cases = Array.init 400 (fun _ -> uniform r [ 3 ], uniform r [ 3 ])
    let one (x, v) = hvp (net w) x v
    let expected = Array.map one cases
    Array.iter2 (close "hvp" 0.0) expected (Array.Parallel.map one cases)

[<Fact>]
let ``four threads that take gradients at once agree bit for bit`` () =
    let r = seeded "four"
    let w, x = uniform r [ 3; 4 ], uniform r [ 3 ]
    let expected = (grad (fun w -> net w x) w).ToDoubles()

    for _ in 1..20 do
        for g in together 4 (fun _ -> (grad (fun w -> net w x) w).ToDoubles()) do
            Assert.Equal<float[]>(expected, g)

[<Fact>]
let ``one pullback called on many threads`` () =
    let r = seeded "pullback"
    let w = uniform r [ 3; 4 ]
    let _, back = vjp (fun (w: Tensor) -> tanh (matmul w (transpose w))) w
    let cts = Array.init 64 (fun _ -> uniform r [ 3; 3 ])
    let expected = cts |> Array.map back
    Array.iter2 (close "pullback" 0.0) expected (cts |> Array.Parallel.map back)

[<Fact>]
let ``threads that meet a type of tree for the first time together`` () =
    // Recursive types are the hard case: their shape refers to itself while it is being built.
    let one = scalar 1.0

    let race (tag: 'T) =
        let found =
            together 8 (fun i ->
                if i % 2 = 0 then
                    (Tree.leaves { Here = one; Next = Some { Here = one; Next = None; Mark = tag }; Mark = tag }).Length
                else
                    (Tree.leaves { Left = one; Right = [ one ]; Tag = tag }).Length)

        Assert.Equal<int[]>(Array.replicate 8 2, found)

    race 1
    race 1.0
    race "text"
    race 1L
    race 'c'
    race (1, 2)
    race [ 1 ]
    race 1uy
    race 1.0f
    race (Some 1)

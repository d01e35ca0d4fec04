/// Jacobians and Hessians that compile by themselves: they give what the function gives now, and nobody notices otherwise.
module DeepFun.Core.Tests.Compiler.TracedTests

open System
open System.Threading
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

/// Every call is traced and compiled.
let private every (f: unit -> 'T) : 'T = Traced.choosing TracedChoice.Every f

/// No call is.
let private never (f: unit -> 'T) : 'T = Traced.choosing TracedChoice.None f

let private random sizes = uniform (seeded "traced") sizes
let private x5 = random [ 5 ]

let private diagonal (values: float list) : Tensor =
    let n = values.Length

    f64
        [ n; n ]
        [
            for i in 0 .. n - 1 do
                for j in 0 .. n - 1 -> if i = j then values[i] else 0.0
        ]

/// The same value and the same bits are asked for only where nothing is summed.
let private agrees (derive: unit -> 'T) =
    let expected = never derive

    for _ in 1..3 do
        closeAll "compiled by itself" 1e-12 (Tree.leaves expected) (Tree.leaves (every derive))

[<Fact>]
let ``a number that changes between calls is the one of now`` () =
    let c = ref 1.0
    let f (x: Tensor) = sum (c.Value * x * x)
    let g (x: Tensor) = c.Value * x * x
    let h = hessian f
    let j = jacobian g

    let check () =
        for k in 1..40 do
            c.Value <- float (k % 3) - 0.5
            close "hessian" 1e-14 (diagonal (List.replicate 5 (2.0 * c.Value))) (h x5)
            close "jacobian" 1e-14 (diagonal [ for v in x5.ToDoubles() -> 2.0 * c.Value * v ]) (j x5)

    check ()
    every check

[<Fact>]
let ``a tensor that changes between calls is the one of now, and not what is compiled`` () =
    let w = ref (random [ 3; 5 ])
    let j = jacobian (fun x -> matmul w.Value x)
    let r = seeded "weights"
    every (fun () -> j x5) |> ignore
    let before = TracedCache.Shared.Count

    let check () =
        for _ in 1..40 do
            w.Value <- uniform r [ 3; 5 ]
            close "jacobian" 1e-15 w.Value (j x5)

    check ()
    every check
    // Other tests add at the same time; forty graphs they would be.
    Assert.InRange(TracedCache.Shared.Count, 1, before + 20)

[<Fact>]
let ``large functions in a row are compiled, and follow what they close over`` () =
    let n = 64
    let w = ref (random [ n; n ])
    let scale = ref 1.0
    let x = random [ n ]
    let f (x: Tensor) = sum (square (tanh (matmul w.Value (scale.Value * x))))
    let r = seeded "large"

    let struct (g, _) = Trace.graph Eval.Cpu (fun xs -> [| hessian f xs[0] |]) [| x.Type |]
    let payoff = (TracedWork.payoff g).Value
    Assert.InRange(payoff, 10, 2000)

    for k in 1 .. payoff + 300 do
        if k % 50 = 0 then
            w.Value <- uniform r [ n; n ]

        if k = payoff + 150 then
            scale.Value <- 1.5

        if k % 50 < 2 then
            close "hessian" 1e-11 (never (fun () -> hessian f x)) (hessian f x)
        else
            hessian f x |> ignore

[<Fact>]
let ``literals are told apart by their bits`` () =
    let c = ref 0.0
    let j = jacobian (fun x -> x * c.Value)
    let x = f64 [ 1 ] [ 3.0 ]

    let entry v =
        c.Value <- v
        (every (fun () -> j x)).ToDoubles()[0]

    for _ in 1..3 do
        Assert.Equal(Double.PositiveInfinity, 1.0 / entry 0.0)
        Assert.Equal(Double.NegativeInfinity, 1.0 / entry -0.0)
        Assert.True(Double.IsNaN(entry nan))

    let graph v =
        let struct (g, _) = Trace.graph Eval.Cpu (fun xs -> [| xs[0] * v |]) [| x.Type |]
        g

    Assert.True(GraphKey.same (graph nan) (graph nan))
    Assert.Equal(GraphKey.hash (graph nan), GraphKey.hash (graph nan))
    Assert.False(GraphKey.same (graph 0.0) (graph -0.0))
    Assert.True(GraphKey.same (graph 2.5) (graph 2.5))
    Assert.False(GraphKey.same (graph 2.5) (graph 2.25))

let private graphOf (f: Tensor -> Tensor) (x: Tensor) : Graph =
    let struct (g, _) = Trace.graph Eval.Cpu (fun xs -> [| f xs[0] |]) [| x.Type |]
    g

[<Fact>]
let ``graphs differ in operations, static arguments, shapes, dtypes and bodies of blocks`` () =
    let loop n c (x: Tensor) = forLoop 0 n (fun _ (y: Tensor) -> y * c) x
    let branch c (x: Tensor) = cond (greater (item 0 0 x) (scalar 0.0)) (fun x -> x * c) (fun x -> x + c) x
    let repeat c (x: Tensor) = whileLoop (fun y -> less (sum y - c) (scalar 0.0)) (fun (y: Tensor) -> y + 1.0) x
    let again c = checkpoint (fun (x: Tensor) -> sin x * c)
    let x = random [ 4 ]
    let wide = random [ 6 ]
    let matrix = random [ 2; 2 ]

    let all =
        [
            graphOf sin x
            graphOf cos x
            graphOf sin wide
            graphOf sin (cast DType.Float32 x)
            graphOf (sumOver [ 0 ]) matrix
            graphOf (sumOver [ 1 ]) matrix
            graphOf (slice 0 0 2) x
            graphOf (slice 0 1 3) x
            graphOf (fun x -> x * x) x
            graphOf (fun x -> x * sin x) x
            graphOf (fun x -> sin x * x) x
            graphOf (pad 0.0 [ 1, 1 ]) x
            graphOf (loop 3 2.0) x
            graphOf (loop 4 2.0) x
            graphOf (loop 3 2.5) x
            graphOf (branch 2.0) x
            graphOf (branch 3.0) x
            graphOf (repeat 9.0) x
            graphOf (repeat 8.0) x
            graphOf (again 2.0) x
            graphOf (again 3.0) x
        ]

    for i, g in List.indexed all do
        for k, h in List.indexed all do
            Assert.True((i = k) = GraphKey.same g h, $"{i} and {k}")

    Assert.True(GraphKey.same (graphOf (loop 3 2.0) x) (graphOf (loop 3 2.0) x))
    Assert.True(GraphKey.same (graphOf (branch 2.0) x) (graphOf (branch 2.0) x))
    Assert.True(GraphKey.same (graphOf (again 2.0) x) (graphOf (again 2.0) x))
    Assert.Equal(GraphKey.hash (graphOf (branch 2.0) x), GraphKey.hash (graphOf (branch 2.0) x))

[<Fact>]
let ``what the function does happens as often as without`` () =
    let calls = ref 0

    let f (x: Tensor) =
        calls.Value <- calls.Value + 1
        sum (tanh x * x)

    let counted choice derive =
        calls.Value <- 0

        Traced.choosing choice (fun () ->
            for _ in 1..5 do
                derive () |> ignore)

        calls.Value

    let wide = random [ 200 ]

    for derive in
        [
            fun () -> jacobian f wide
            fun () -> jacobianForward f wide
            fun () -> jacobianReverse f wide
            fun () -> hessian f wide
            fun () -> let _, _, h = valueGradHessian f wide in h
            fun () -> laplacian f wide
        ] do
        let expected = counted TracedChoice.None derive
        Assert.Equal(expected, counted TracedChoice.Every derive)
        Assert.Equal(expected, counted TracedChoice.Worthwhile derive)

[<Fact>]
let ``a function that reads values runs as it is, once`` () =
    let calls = ref 0

    let f (x: Tensor) =
        let y = x * 2.0
        calls.Value <- calls.Value + 1
        if (sum y).ToDouble() > 0.0 then y * x else y + x

    let positive, negative = f64 [ 2 ] [ 1.0; 2.0 ], f64 [ 2 ] [ -1.0; -2.0 ]

    for _ in 1..5 do
        close "positive" 1e-15 (diagonal [ 4.0; 8.0 ]) (every (fun () -> jacobianReverse f positive))
        close "negative" 1e-15 (diagonal [ 3.0; 3.0 ]) (every (fun () -> jacobianReverse f negative))

    Assert.Equal(10, calls.Value)
    agrees (fun () -> jacobianForward f positive, jacobianForward f negative)

    // One of many has no value, with and without.
    let mapped (x: Tensor) = vmap (fun (v: Tensor) -> v * v.ToDouble()) x

    let message choice =
        Assert.Throws<DeepFunException>(fun () -> Traced.choosing choice (fun () -> jacobian mapped positive) |> ignore).Message

    Assert.StartsWith("DF0402", message TracedChoice.Every)
    Assert.Equal(message TracedChoice.None, message TracedChoice.Every)

    // Text of what has values shows them.
    let shown = ref ""

    let g (x: Tensor) =
        shown.Value <- string (x + 1.0)
        sum x

    let text choice =
        Traced.choosing choice (fun () -> jacobianReverse g positive |> ignore)
        shown.Value

    Assert.Equal(text TracedChoice.None, text TracedChoice.Every)

[<Fact>]
let ``loops, branches and conditions on values behave as without`` () =
    let taken = ref ""

    let branching (x: Tensor) =
        cond
            (greater (item 0 0 x) (scalar 0.0))
            (fun x ->
                taken.Value <- taken.Value + "+"
                x * x)
            (fun x ->
                taken.Value <- taken.Value + "-"
                sin x)
            x

    let looping (x: Tensor) = whileLoop (fun y -> less (sum y) (scalar 20.0)) (fun (y: Tensor) -> y * 1.5) (abs x + 0.5)
    let scanned (x: Tensor) = scan (fun c s -> tanh (c + s) * x, c) (x * 0.1) (stack 0 [ x; x * 2.0; sin x ]) |> snd
    let kept (x: Tensor) = checkpoint (fun x -> sin x * exp (-x)) x

    for f in [ looping; branching; scanned; kept ] do
        agrees (fun () -> jacobianForward f x5)

    // Reverse mode follows what is known: a loop whose length depends on values, and the branch that is taken.
    for f in [ looping; branching; scanned; kept ] do
        agrees (fun () -> jacobianReverse f x5)

    for f in [ branching; scanned; kept ] do
        agrees (fun () -> hessian (f >> square >> sum) x5)

    let marks choice =
        taken.Value <- ""
        Traced.choosing choice (fun () -> jacobianReverse branching x5 |> ignore)
        taken.Value

    Assert.Equal(marks TracedChoice.None, marks TracedChoice.Every)

[<Fact>]
let ``errors are the function's, and may be caught by it`` () =
    let failing (x: Tensor) : Tensor = if x.Size = 5 then invalidOp "five" else x
    Assert.Equal("five", Assert.Throws<InvalidOperationException>(fun () -> every (fun () -> jacobian failing x5) |> ignore).Message)

    let message f choice = Assert.Throws<DeepFunException>(fun () -> Traced.choosing choice (fun () -> jacobian f x5) |> ignore).Message

    let shapes (x: Tensor) = x + random [ 3 ]
    let indices = Tensor.ofArray [ 2 ] [| 1; 9 |]
    let outside (x: Tensor) = take 0 indices x

    for f in [ shapes; outside ] do
        Assert.Equal(message f TracedChoice.None, message f TracedChoice.Every)

    // Only an evaluated operation sees the index: the function catches the error in both cases.
    let careful (x: Tensor) =
        try
            outside x
        with :? DeepFunException ->
            x * 3.0

    agrees (fun () -> jacobian careful x5)
    let scalarFirst = Assert.Throws<DeepFunException>(fun () -> every (fun () -> hessian id x5) |> ignore)
    Assert.Equal("DF0403", scalarFirst.Code)
    let integers = Assert.Throws<DeepFunException>(fun () -> every (fun () -> jacobian id indices) |> ignore)
    Assert.Equal("DF0404", integers.Code)

[<Fact>]
let ``what outlives the function can be used`` () =
    let kept = ref null

    let f (x: Tensor) =
        if isNull kept.Value then
            kept.Value <- onesLike x + 1.0

        x * kept.Value

    for _ in 1..3 do
        close "jacobian" 1e-15 (diagonal [ 2.0; 2.0; 2.0; 2.0; 2.0 ]) (every (fun () -> jacobianReverse f x5))
        close "kept" 0.0 (f64 [ 5 ] [ 4.0; 4.0; 4.0; 4.0; 4.0 ]) (kept.Value * 2.0)
        close "gradient" 0.0 (f64 [ 5 ] [ 2.0; 2.0; 2.0; 2.0; 2.0 ]) (grad (fun x -> sum (x * kept.Value)) x5)

[<Fact>]
let ``an outer transformation sees what the function closes over`` () =
    let w = random [ 5 ]
    let inner (w: Tensor) = sum (square (jacobian (fun x -> sin (w * x)) x5))
    let second (w: Tensor) = sum (hessian (fun x -> sum (sin (w * x))) x5)

    for f in [ inner; second ] do
        agrees (fun () -> grad f w)
        agrees (fun () -> jvp f w (onesLike w))
        agrees (fun () -> vmap f (stack 0 [ w; w * 2.0 ]))
        agrees (fun () -> jit f w)
        agrees (fun () -> hessian f w)

[<Fact>]
let ``trees, integers, empty tensors, single and half precision, rules of one's own`` () =
    let tree (x: Tensor, (n: Tensor, e: Tensor)) = x * cast DType.Float64 n, sum e, stopGradient x
    let n = Tensor.ofArray [ 5 ] [| 1; 2; 3; 4; 5 |]
    let e = Tensor.fullOf DType.Float64 [ 0 ] 0.0
    agrees (fun () -> jacobianTree tree (x5, (n, e)))
    agrees (fun () -> jacobianTreeForward tree (x5, (n, e)))
    agrees (fun () -> jacobianTreeReverse tree (x5, (n, e)))
    agrees (fun () -> let y, j = valueAndJacobianTree tree (x5, (n, e)) in y, j)
    agrees (fun () -> hessianTree (fun (a: Tensor, b: Tensor) -> sum (a * a * b)) (x5, x5))
    agrees (fun () -> let y, g, h = valueGradHessianTree (fun (a: Tensor, b: Tensor) -> sum (a * a * b)) (x5, x5) in [ y; fst g ], h)
    agrees (fun () -> jacobian (fun (x: Tensor) -> concat 0 [ x; x ]) e)
    let rounding = customJvp (fun (x: Tensor) -> floor x) (fun (x: Tensor) dx -> floor x, dx * 3.0)
    agrees (fun () -> jacobian (fun x -> rounding (x * 2.0)) x5)
    agrees (fun () -> jacobianReverse (fun x -> rounding (x * 2.0)) x5)
    agrees (fun () -> laplacian (fun x -> sum (x * x * x)) x5, divergence (fun (x: Tensor) -> x * x) x5)
    agrees (fun () -> curl (fun (x: Tensor) -> stack 0 [ item 0 1 x * item 0 2 x; item 0 0 x; square (item 0 1 x) ]) (random [ 3 ]))
    let key = ref (Key.ofSeed 1L)
    let noisy (x: Tensor) = x * Random.normal [ 5 ] key.Value

    for seed in 1L .. 5L do
        key.Value <- Key.ofSeed seed
        let expected = (Random.normal [ 5 ] key.Value).ToDoubles() |> List.ofArray
        close "noise" 1e-7 (diagonal expected) (every (fun () -> jacobian noisy x5))

    for dtype in [ DType.Float32; DType.Float16; DType.BFloat16 ] do
        let x = cast dtype x5
        let j = every (fun () -> jacobian (fun x -> x * 2.0) x)
        Assert.Equal(dtype, j.DType)
        close "dtype" 0.0 (diagonal (List.replicate 5 2.0)) (cast DType.Float64 j)

[<Fact>]
let ``threads that derive at once do not disturb each other`` () =
    let failures = ref 0

    let work (k: int) () =
        let r = seeded $"thread {k}"

        for i in 1..60 do
            let w = uniform r [ 4; 5 ]
            let c = float (i % 4)
            let f (x: Tensor) = c * matmul w x
            let j = if k % 2 = 0 then every (fun () -> jacobian f x5) else jacobian f x5
            let difference = (j - c * w).ToDoubles() |> Array.map abs |> Array.max

            if difference > 1e-13 then
                Interlocked.Increment failures |> ignore

    let threads = Array.init 8 (fun k -> Thread(work k))
    threads |> Array.iter _.Start()
    threads |> Array.iter _.Join()
    Assert.Equal(0, failures.Value)

[<Fact>]
let ``a function may use many threads`` () =
    let f (x: Tensor) = Array.Parallel.init 16 (fun i -> sin (x * float i)) |> Array.reduce (+)
    agrees (fun () -> jacobian f x5)

[<Fact>]
let ``the cache forgets what was not used for the longest time, by graphs and by equations`` () =
    let chain n = graphOf (fun x -> Seq.fold (fun y _ -> sin y) x (seq { 1..n })) x5
    let cache = TracedCache(4, 100)

    for n in 1..4 do
        cache.Add(Eval.Cpu, chain n) |> ignore

    Assert.NotNull(cache.Find(Eval.Cpu, chain 1))
    cache.Add(Eval.Cpu, chain 5) |> ignore
    Assert.Equal(4, cache.Count)
    Assert.Null(cache.Find(Eval.Cpu, chain 2))
    Assert.NotNull(cache.Find(Eval.Cpu, chain 1))
    Assert.Equal(1 + 3 + 4 + 5, cache.Equations)
    cache.Add(Eval.Cpu, chain 95) |> ignore
    Assert.InRange(cache.Equations, 95, 100)
    Assert.NotNull(cache.Find(Eval.Cpu, chain 95))
    cache.Add(Eval.Cpu, chain 101) |> ignore
    Assert.Null(cache.Find(Eval.Cpu, chain 101))

[<Fact>]
let ``the first call is never traced, and calls whose graphs change are traced less and less`` () =
    let site = TracedSite()
    let entry = TracedGraph(graphOf sin x5, Eval.Cpu)

    let waits () =
        let mutable n = 0

        while not (site.Traces()) do
            n <- n + 1

        n

    Assert.Equal(1, waits ())

    let missed =
        [
            for _ in 1..4 do
                site.Missed(entry, 0)
                waits ()
        ]

    Assert.Equal<int list>([ 0; 4; 8; 16 ], missed)
    site.Hit entry
    Assert.Equal(0, waits ())
    site.Missed(entry, 7)
    Assert.Equal(7, waits ())
    Assert.Same(entry, site.Expected)

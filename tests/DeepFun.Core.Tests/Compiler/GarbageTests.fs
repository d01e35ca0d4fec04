/// What a compiled function leaves to the garbage collector, and that what it hands out is never used again.
[<Xunit.Collection "Alone">]
module DeepFun.Core.Tests.Compiler.GarbageTests

open System
open DeepFun
open DeepFun.Backends
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private random (seed: int) sizes = cast DType.Float32 (uniform (Random seed) sizes)

/// Bytes of managed objects that a call takes on this thread, once everything is warm.
let private bytesPerCall (call: unit -> unit) : int64 =
    let calls = 100

    for _ in 1..calls do
        call ()

    let before = GC.GetAllocatedBytesForCurrentThread()

    for _ in 1..calls do
        call ()

    (GC.GetAllocatedBytesForCurrentThread() - before) / int64 calls

let private perceptron = Layer.sequential [ Layers.dense 128; Layers.relu; Layers.dense 10 ]
let private labels = Tensor.ofArray [ 64 ] (Array.init 64 (fun i -> i * 7 % 10))

[<Fact>]
let ``a step of training that gives its state away takes four kilobytes of objects and no tensor memory`` () =
    let loss, optimizer = Losses.sparseCategoricalCrossEntropyFromLogits, Optimizers.adam (Schedule.constant 1e-3)
    let parameters, state = perceptron.Init (Key.ofSeed 0L) (Shape.Create [| 784 |])

    let step =
        jitDonating (fun (p: Params, m: Params) (x: Tensor, y: Tensor) ->
            let gradient = grad (fun q -> loss.Value(fst (perceptron.Apply Mode.Evaluation q state x), y)) p
            let updates, m = optimizer.Update gradient m p
            Optimizer.apply updates p, m)

    let x = random 1 [ 64; 784 ]
    let mutable current = parameters, optimizer.Init parameters
    let call () = current <- step current (x, labels)
    Assert.InRange(bytesPerCall call, 0L, 4096L)
    let live = MemoryStatistics.Now.LiveBytes
    call ()
    Assert.Equal(live, MemoryStatistics.Now.LiveBytes)

let private recipe metrics =
    {
        Model = perceptron
        Loss = Losses.sparseCategoricalCrossEntropyFromLogits
        Optimizer = Optimizers.adam (Schedule.constant 1e-3)
        Metrics = metrics
        Penalty = None
    }

[<Fact>]
let ``a compiled step that shows its state takes seven kilobytes of objects, its state's memory included`` () =
    let recipe = recipe []
    let batch = Dataset(random 1 [ 64; 784 ], labels)
    let mutable state = Training.init recipe batch.InputShape (Key.ofSeed 0L)
    Assert.InRange(bytesPerCall (fun () -> state <- fst (Training.compiledStep recipe state batch)), 0L, 7168L)

[<Theory>]
[<InlineData(false, false, 5120)>]
[<InlineData(true, false, 5632)>]
[<InlineData(false, true, 6656)>]
[<InlineData(true, true, 7168)>]
let ``a loop's steps take a few kilobytes of objects and no tensor memory`` (shuffle: bool) (isMeasured: bool) (most: int) =
    let recipe = recipe (if isMeasured then [ Metrics.accuracy ] else [])
    let examples = 4 * 250
    let data = Dataset(random 1 [ examples; 784 ], Tensor.ofArray [ examples ] (Array.init examples (fun i -> i * 7 % 10)))
    let start = Training.init recipe data.InputShape (Key.ofSeed 0L)
    let options = { FitOptions.Default with BatchSize = 4; Shuffle = shuffle }
    use events = (Loop.run options recipe start data).GetEnumerator()
    let next () = Assert.True(events.MoveNext())
    Assert.InRange(bytesPerCall next, 0L, int64 most)
    let live = MemoryStatistics.Now.LiveBytes
    next ()
    Assert.Equal(live, MemoryStatistics.Now.LiveBytes)

[<Theory>]
[<InlineData(8)>]
[<InlineData(40)>]
let ``the steps of a scan leave nothing`` (width: int) =
    let bytes (length: int) =
        let f =
            jit (fun (start: Tensor, xs: Tensor, w: Tensor) ->
                scan (fun (c: Tensor) (x: Tensor) -> let y = tanh (matmul c w + transpose x) in y, sum y) start xs)

        let start, xs, w = random 1 [ width; width ], random 2 [ length; width; width ], random 3 [ width; width ]
        bytesPerCall (fun () -> f (start, xs, w) |> ignore)

    let few, many = bytes 4, bytes 64
    Assert.True(many - few <= 256L, $"{few} bytes for 4 steps, {many} for 64")

/// Functions whose results lie in memory of different kinds: small and large, views of intermediate values, arguments, the same value twice.
let private functions: (string * (Tensor -> Tensor list)) list =
    [
        "loop", (fun x -> [ tanh (x * 2.0) ])
        "view of an intermediate value", (fun x -> [ transpose (matmul x x + 1.0) ])
        "value and its view", (fun x -> let y = exp (x * 0.1) in [ y; reshape [ -1 ] y; sum y ])
        "row of an intermediate value", (fun x -> [ slice 0 1 2 (tanh x * 3.0); sumOver [ 0 ] x ])
        "argument", (fun x -> [ x; transpose x; x * 1.5 ])
        "the same twice", (fun x -> let y = cos x in [ y; y ])
        "constants", (fun x -> [ zerosLike x; onesLike x + x * 0.0 ])
        "gathered", (fun x -> [ take 0 (Tensor.ofArray [ 3 ] [| 2; 0; 1 |]) (x + 1.0) ])
        "scan",
        (fun x -> let c, ys = scan (fun c x -> let y = tanh (c + x) in y, transpose (reshape [ 1; -1 ] y)) (sumOver [ 0 ] x) x in [ c; ys ])
        "branch", (fun x -> [ cond (greater (sum x) (scalar 4.0)) (fun x -> x * 2.0) (fun x -> transpose (x + 0.5)) x ])
    ]

[<Theory>]
[<InlineData(3)>]
[<InlineData(5)>]
[<InlineData(30)>]
let ``what a compiled function has handed out stays as it is`` (size: int) =
    for name, f in functions do
        let compiled = jit f
        let arguments = Array.init 12 (fun i -> random i [ size; size ])
        let results = arguments |> Array.map compiled
        GC.Collect()
        let again = arguments |> Array.map compiled

        for i in 0 .. arguments.Length - 1 do
            let expected = f arguments[i] |> Array.ofList
            closeAll name 1e-5 expected (Array.ofList results[i])
            closeAll name 1e-5 expected (Array.ofList again[i])

[<Fact>]
let ``small tensors that are given away report it like large ones`` () =
    let step = jitDonating (fun (p: Tensor, m: Tensor) (g: Tensor) -> let m = m * 0.9 + g in p - m * 0.1, m)
    let g = random 1 [ 5 ]
    let mutable state = random 2 [ 5 ], random 3 [ 5 ]
    let mutable expected = fst state + 0.0, snd state + 0.0
    state <- step state g

    for _ in 1..5 do
        let before = state
        let view = reshape [ 5; 1 ] (fst before)
        state <- step state g

        for gone in [ fst before; snd before; view ] do
            Assert.Equal("DF0601", Assert.Throws<DeepFunException>(fun () -> gone.ToDoubles() |> ignore).Code)

    for _ in 1..6 do
        let m = snd expected * 0.9 + g
        expected <- fst expected - m * 0.1, m

    closeAll "state" 1e-5 (Tree.leaves expected) (Tree.leaves state)

[<Fact>]
let ``a call that fails leaves nothing behind that a later one would use`` () =
    let f = jit (fun (x: Tensor, places: Tensor) -> let y = tanh (x * 2.0) in take 0 places y, transpose y)
    let x = random 1 [ 6; 6 ]
    let good, bad = Tensor.ofArray [ 2 ] [| 1; 4 |], Tensor.ofArray [ 2 ] [| 1; 400 |]
    let first = f (x, good)

    for _ in 1..3 do
        Assert.Throws<DeepFunException>(fun () -> f (x, bad) |> ignore) |> ignore

    let later = [ for i in 2..5 -> f (random i [ 6; 6 ], good) ]
    let y = tanh (x * 2.0)
    closeAll "first" 1e-6 [| take 0 good y; transpose y |] (Tree.leaves first)
    Assert.Equal(4, later.Length)

[<Fact>]
let ``many threads run one compiled function`` () =
    let f = jit (fun (x: Tensor) -> let y = tanh (x * 2.0) in matmul y x, sumOver [ 0 ] y)
    let work (seed: int) = [| for i in 0..50 -> let x = random (seed * 100 + i) [ 9; 9 ] in x, f x |]
    let results = Array.Parallel.map work [| 1..6 |]

    for x, (product, sums) in Array.concat results do
        let y = tanh (x * 2.0)
        closeAll "threads" 1e-5 [| matmul y x; sumOver [ 0 ] y |] [| product; sums |]

let private livesAfterCollection () =
    for _ in 1..2 do
        GC.Collect()
        GC.WaitForPendingFinalizers()

    MemoryStatistics.Now.LiveBytes

[<Fact>]
let ``the last carry of a loop does not keep the stack of all of them`` () =
    let last =
        jit (fun (c: Tensor, xs: Tensor) ->
            let c, ys = scan (fun c x -> let y = tanh (c + x) in y, y) c xs
            c, sum ys)

    let c, xs = random 1 [ 32; 32 ], random 2 [ 100; 32; 32 ]
    let expected = last (c, xs) |> fst
    let before = livesAfterCollection ()
    let carry, _ = last (c, xs)
    Assert.InRange(livesAfterCollection () - before, 0L, 2L * 4096L)
    closeAll "carry" 0.0 [| expected |] [| carry |]

/// What reads a transposed operand by way of a copy.
let private copying: (string * (Tensor -> Tensor)) list =
    [
        "elementwise", (fun x -> matmul (transpose x + x) x)
        "conv",
        fun x ->
            let image, kernel = reshape [ 1; 1; 64; 64 ] (transpose x), reshape [ 1; 1; 3; 3 ] (slice 0 0 3 (slice 1 0 3 x))
            reshape [ 64; 64 ] (convolution { ConvolutionOptions.Default with Padding = [| 1; 1 |] } image kernel)
        "pool",
        (fun x ->
            tile [ 2; 2 ] (squeeze (averagePool [| 2; 2 |] [| 2; 2 |] [| 0; 0 |] (permute [ 0; 1; 3; 2 ] (reshape [ 1; 1; 64; 64 ] x)))))
    ]

[<Fact>]
let ``no step of a loop keeps what its operations copied until the loop ends`` () =
    let x = random 1 [ 64; 64 ]

    for name, f in copying do
        let pooled (steps: int) =
            let run =
                jit (fun x ->
                    scanWith { ScanOptions.Default with Length = Some steps } (fun (c: Tensor) () -> 0.5 * tanh (f c) + 0.01, ()) x ()
                    |> fst)

            run x |> ignore
            livesAfterCollection () |> ignore
            MemoryStatistics.Trim()
            run x |> ignore
            MemoryStatistics.Now.CachedBytes

        // All that a run takes is in the pool once it is over.
        let few, many = pooled 4, pooled 24
        Assert.True(many <= few + 2L * 16384L, $"{name}: {few} bytes for 4 steps, {many} for 24")

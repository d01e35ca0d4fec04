/// What is compiled when, what is fused into what, and what happens at the edges.
module DeepFun.Core.Tests.Compiler.JitTests

open System
open System.Threading.Tasks
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private random sizes = uniform (Random 7) sizes
let private single sizes = cast DType.Float32 (random sizes)

let private steps (f: 'a -> 'b) (x: 'a) =
    let c = compile f
    c.Invoke x |> ignore
    Assert.Single(c.Compilations).Steps

let private agrees (f: 'a -> 'b) (x: 'a) = closeAll "compiled" 1e-5 (Tree.leaves (f x)) (Tree.leaves (jit f x))

let private layerNorm (x: Tensor, gain: Tensor, shift: Tensor) =
    let centred = x - expandDims -1 (meanOver [ -1 ] x)
    let variance = meanOver [ -1 ] (square centred)
    centred * expandDims -1 (rsqrt (variance + 1e-5)) * gain + shift

let private adam (p: Tensor, g: Tensor, m: Tensor, v: Tensor) =
    let m = 0.9 * m + 0.1 * g
    let v = 0.999 * v + 0.001 * square g
    p - 1e-3 * m / (sqrt v + 1e-8), m, v

[<Fact>]
let ``an elementwise chain is one loop`` () =
    let f (x: Tensor, b: Tensor) = tanh (x * x + b) * 0.5 + exp (-x)
    agrees f (single [ 64; 128 ], single [ 128 ])
    Assert.Equal(1, steps f (single [ 64; 128 ], single [ 128 ]))

[<Fact>]
let ``softmax is one loop`` () =
    agrees (softmax -1) (single [ 64; 10 ])
    Assert.Equal(1, steps (softmax -1) (single [ 64; 10 ]))

[<Fact>]
let ``layer normalization is one loop`` () =
    let x = single [ 32; 48 ], single [ 48 ], single [ 48 ]
    agrees layerNorm x
    Assert.Equal(1, steps layerNorm x)

[<Fact>]
let ``an optimizer's update is one loop`` () =
    let x = single [ 100; 30 ], single [ 100; 30 ], single [ 100; 30 ], abs (single [ 100; 30 ])
    agrees adam x
    Assert.Equal(1, steps adam x)

[<Fact>]
let ``the gradient of a bias is summed in the loop that computes it`` () =
    let f (x: Tensor, b: Tensor) = grad (fun b -> sum (square (tanh (x + b)))) b
    agrees f (single [ 64; 128 ], single [ 128 ])
    Assert.Equal(1, steps f (single [ 64; 128 ], single [ 128 ]))

[<Fact>]
let ``a value that is needed by a product and by the loop behind it is computed once`` () =
    let f (x: Tensor, w: Tensor) =
        let h = tanh (x * 2.0)
        h + matmul h w

    agrees f (single [ 16; 16 ], single [ 16; 16 ])
    // All of it row by row.
    Assert.Equal(1, steps f (single [ 16; 16 ], single [ 16; 16 ]))

[<Theory>]
[<InlineData(64, 1)>]
[<InlineData(70, 2)>]
[<InlineData(200, 4)>]
let ``a loop reads at most sixty-four tensors, what is more goes to the next`` (count: int, loops: int) =
    let f (xs: Tensor list) = List.reduce (+) xs
    let xs = List.init count (fun i -> float (i + 1) * single (if i % 3 = 0 then [] else [ 5 ]))
    agrees f xs
    Assert.Equal(loops, steps f xs)

[<Fact>]
let ``loops that together would read too many tensors stay apart`` () =
    let f (xs: Tensor list, ys: Tensor list) = List.reduce (+) xs * List.reduce (+) ys
    let many first = List.init 40 (fun i -> float (first + i) * single (if i % 3 = 0 then [] else [ 5 ]))
    agrees f (many 1, many 41)
    Assert.Equal(2, steps f (many 1, many 41))
    // One that both read counts once.
    let both (xs: Tensor list) = List.reduce (+) xs * List.reduce (-) xs
    agrees both (many 1)
    Assert.Equal(1, steps both (many 1))

[<Fact>]
let ``groups that would need each other stay apart`` () =
    // Small shapes, in which early and late values of a second derivative fit into one loop.
    let slopes f x = grad f x, hvp f x x
    agrees (slopes (fun (x: Tensor) -> 0.3 * sum (corrcoef x))) (random [ 1; 1 ])
    agrees (slopes (fun (x: Tensor) -> 0.3 * sum (corrcoef (matmul x (transpose x) + x)))) (random [ 2; 2 ])

    let density (a: Tensor, x: Tensor) = Distribution.logProb (sigmoid x) (Distribution.beta (exp (0.5 * a)) (exp (-0.5 * a))) |> sum
    agrees (slopes density) (random [ 4; 1 ], random [ 1; 1; 1 ])
    agrees (slopes density) (random [ 1; 1; 1; 1 ], random [ 2; 1 ])

[<Fact>]
let ``equal computations are made once`` () =
    let f (x: Tensor) = matmul x (sin x) + matmul x (sin x)
    agrees f (single [ 8; 8 ])
    // sin, and the product with the sum behind it.
    Assert.Equal(2, steps f (single [ 8; 8 ]))

[<Fact>]
let ``a function is compiled once for each structure, shape, dtype and value that is no tensor`` () =
    let c = compile (fun (x: Tensor list, n: int) -> x |> List.map (fun t -> sum t * float n) |> List.reduce (+))
    let call xs n = c.Invoke(xs, n).ToDouble()
    let x = f64 [ 2 ] [ 1.0; 2.0 ]
    Assert.Equal(6.0, call [ x ] 2)
    Assert.Equal(6.0, call [ x ] 2)
    Assert.Single c.Compilations |> ignore
    Assert.Equal(9.0, call [ x ] 3)
    Assert.Equal(18.0, call [ x; x ] 3)
    Assert.Equal(3.0, call [ f64 [ 1 ] [ 3.0 ] ] 1)
    Assert.Equal(4, c.Compilations.Length)
    Assert.Contains("structure", c.Compilations[2].Difference)

[<Fact>]
let ``from the third compilation on it is said which argument changed`` () =
    let c = compile (fun (x: Tensor, y: Tensor) -> sum x * sum y)
    let said = ResizeArray<Compilation>()
    c.Recompiled.Add said.Add

    for n in 1..4 do
        c.Invoke(random [ n ], random [ 2 ]) |> ignore

    Assert.Equal<int[]>([| 3; 4 |], said |> Seq.map _.Number |> Array.ofSeq)
    Assert.Equal("0 was float64[3] and is float64[4]", said[1].Difference)

[<Fact>]
let ``inside derivatives and vmap the function itself runs, around them all is compiled`` () =
    let f = jit (fun (x: Tensor) -> sum (x * sin x))
    let x = random [ 5 ]
    close "grad of jit" 1e-12 (grad (fun x -> sum (x * sin x)) x) (grad f x)
    close "jit of grad of jit" 1e-12 (grad f x) (jit (grad f) x)
    close "vmap of jit" 1e-12 (stack 0 [ f x; f (2.0 * x) ]) (vmap f (stack 0 [ x; 2.0 * x ]))
    close "hessian" 1e-12 (hessian (fun x -> sum (x * sin x)) x) (jit (hessian f) x)

[<Fact>]
let ``what a function closes over may belong to a derivative around it`` () =
    let g (a: Tensor) = jit (fun (x: Tensor) -> sum (a * x * x)) (f64 [ 2 ] [ 1.0; 2.0 ])
    close "grad" 1e-12 (scalar 5.0) (grad g (scalar 3.0))

[<Fact>]
let ``control flow is compiled`` () =
    let rnn (w: Tensor, xs: Tensor) =
        let step (h: Tensor) (x: Tensor) =
            let h = tanh (matmul h w + x)
            h, sum h

        let h, ys = scan step (zerosLike xs[0]) xs
        cond (greater (sum h) (scalar 0.0)) (fun h -> sum h + sum ys) (fun h -> sum ys - sum h) h

    let x = random [ 4; 4 ], random [ 6; 3; 4 ]
    agrees rnn x
    agrees (grad rnn) x

[<Fact>]
let ``nothing, scalars and empty tensors`` () =
    agrees (fun (x: Tensor) -> x) (single [ 3 ])
    agrees (fun (x: Tensor) -> x + 1.0) (single [])
    agrees (fun (x: Tensor) -> sum (x * 2.0)) (single [ 0; 3 ])
    agrees (fun (x: Tensor) -> x * 2.0, sumOver [ 0 ] x) (single [ 0; 3 ])
    agrees (fun (_: Tensor) -> f64 [ 2 ] [ 1.0; 2.0 ]) (single [ 3 ])
    agrees (fun (x: Tensor) -> transpose x + x, sumOver [ 1 ] (transpose x * 3.0)) (single [ 4; 4 ])

[<Fact>]
let ``reading a value of the argument is an error that says what to do`` () =
    let e =
        Assert.Throws<DeepFunException>(fun () -> jit (fun (x: Tensor) -> if x.ToDouble() > 0.0 then x else -x) (scalar 1.0) |> ignore)

    Assert.Equal("DF0402", e.Code)

[<Fact>]
let ``many threads may call one compiled function`` () =
    let c = compile (fun (x: Tensor, w: Tensor) -> softmax -1 (matmul (tanh x) w))
    let w = single [ 40; 30 ]

    let results =
        Array.init 32 (fun i -> single [ 20; 40 ] * float (1 + i % 3))
        |> Array.map (fun x -> Task.Run(fun () -> softmax -1 (matmul (tanh x) w), c.Invoke(x, w)))

    for r in results do
        let expected, came = r.Result
        close "softmax" 1e-6 expected came

    Assert.Single c.Compilations |> ignore

[<Fact>]
let ``a compiled training step learns what the step learns`` () =
    let data = DeepFun.Core.Tests.Training.Runs.images 48 8
    // Without a bias before batch norm, which leaves rounding alone of its gradient: Adam would make steps of that.
    let convolution =
        Layers.convolutionOf { ConvolutionLayerOptions.Of(2, 4, [| 3 |]) with Padding = WindowPadding.Same; Bias = false }

    let recipe =
        { DeepFun.Core.Tests.Training.Runs.recipe 1e-3 with
            Model =
                convolution
                --> Layers.batchNorm
                --> Layers.relu
                --> Layers.maxPool2d 2
                --> Layers.dropout 0.2
                --> Layers.flatten
                --> Layers.dense 10
        }

    let mutable plain = Training.init recipe data.InputShape (Key.ofSeed 0L)
    let mutable compiled = plain

    for start in [ 0; 16; 32; 0; 16 ] do
        let batch = data.Slice(start, start + 16)
        let next, expected = Training.step recipe plain batch
        let other, came = Training.compiledStep recipe compiled batch
        plain <- next
        compiled <- other
        Assert.Equal(expected.Loss, came.Loss, 1e-4)
        Assert.Equal<(string * float) list>(expected.Metrics, came.Metrics)

    closeAll "parameters" 1e-4 (Tree.leaves plain.Params) (Tree.leaves compiled.Params)
    closeAll "model state" 1e-4 (Tree.leaves plain.ModelState) (Tree.leaves compiled.ModelState)
    closeAll "optimizer state" 1e-4 (Tree.leaves plain.OptimizerState) (Tree.leaves compiled.OptimizerState)

[<Fact>]
let ``a training step that reads a value is not compiled, and learns what the step learns`` () =
    let data = DeepFun.Core.Tests.Training.Runs.images 16 8
    let mutable read = 0

    let penalty parameters =
        let size: Tensor = Penalties.l2 1e-4 Penalties.weights parameters
        let known = size.ToDouble()
        read <- read + 1
        if known > 1e-3 then size else 2.0 * size

    let recipe = { DeepFun.Core.Tests.Training.Runs.recipe 1e-3 with Penalty = Some penalty }
    let mutable plain = Training.init recipe data.InputShape (Key.ofSeed 0L)
    let mutable other = plain

    // The first step finds out that it cannot be compiled, the second knows.
    for step in 1..2 do
        let next, expected = Training.step recipe plain data
        let same, came = Training.compiledStep recipe other data
        plain <- next
        other <- same
        Assert.Equal(2 * step, read)
        Assert.Equal(expected.Loss, came.Loss)
        Assert.Equal<(string * float) list>(expected.Metrics, came.Metrics)
        DeepFun.Core.Tests.Training.Runs.sameState plain other

[<Fact>]
let ``switched off, the function itself runs`` () =
    let c = compile (fun (x: Tensor) -> x * 2.0)
    AppContext.SetSwitch("DeepFun.Jit.Off", true)

    try
        Assert.Equal(6.0, (c.Invoke(scalar 3.0)).ToDouble())
        Assert.Empty c.Compilations
    finally
        AppContext.SetSwitch("DeepFun.Jit.Off", false)

    Assert.Equal(6.0, (c.Invoke(scalar 3.0)).ToDouble())
    Assert.Single c.Compilations |> ignore

type private Pair = { Left: Tensor; Right: Tensor }
type private Outer = { Inner: Pair }

[<Fact>]
let ``which of two tensors is missing decides what is compiled`` () =
    let value (t: Tensor) = if isNull t then 0.0 else (sum t).ToDouble()
    let x = f64 [ 2 ] [ 1.0; 2.0 ]
    let f = jit (fun (a: Tensor, b: Tensor) -> if isNull a then 10.0 * sum b else sum a)
    Assert.Equal(30.0, value (f (null, x)))
    Assert.Equal(3.0, value (f (x, null)))
    // A record that is missing is not one whose tensors are.
    let g = jit (fun (o: Outer, t: Tensor) -> if isNull (box o.Inner) then sum t else 5.0 * sum t)
    Assert.Equal(3.0, value (g ({ Inner = Unchecked.defaultof<_> }, x)))
    Assert.Equal(15.0, value (g ({ Inner = { Left = null; Right = null } }, x)))
    let h = jit (fun (p: Params, t: Tensor) -> float p.Count * sum t)
    Assert.Equal(0.0, value (h (Params.Empty, x)))
    Assert.Equal(6.0, value (h (Params.Leaf x, x)))

[<Fact>]
let ``a listener may call the function, and one that fails loses nothing`` () =
    let c = compile (fun (x: Tensor) -> 2.0 * sum x)
    let call n = (c.Invoke(f64 [ n ] (List.replicate n 1.0))).ToDouble()
    let mutable heard = 0.0
    c.Recompiled.Add(fun compilation -> if compilation.Number = 3 then heard <- call 3 else failwith "no")
    Assert.Equal<float list>([ 2.0; 4.0; 6.0 ], List.map call [ 1; 2; 3 ])
    Assert.Equal(6.0, heard)
    Assert.Throws<Exception>(fun () -> call 4 |> ignore) |> ignore
    Assert.Equal(8.0, call 4)
    Assert.Equal(4, c.Compilations.Length)

[<Fact>]
let ``what a function keeps before it fails in tracing stays usable`` () =
    let mutable kept: Tensor = null
    let w = random [ 40; 40 ]

    let f (x: Tensor) =
        if isNull kept then
            kept <- matmul w w

        if (sum x).ToDouble() > 0.0 then kept else x

    throws "DF0402" (fun () -> Memory.scope (fun () -> jit f w))
    close "kept" 1e-12 (matmul w w) kept

[<Fact>]
let ``compiled functions call each other while they are traced, and fail there`` () =
    let inner = compile (fun (x: Tensor, k: int) -> float k * sum x)

    let outer =
        compile (fun (x: Tensor, fails: bool) ->
            // On known values it runs compiled, on the argument as it is.
            let known = inner.Invoke(f64 [ 2 ] [ 1.0; 2.0 ], 3)

            if fails then
                failwith "no"

            inner.Invoke(x, 2) + known)

    let x = f64 [ 2 ] [ 5.0; 6.0 ]
    Assert.Throws<Exception>(fun () -> outer.Invoke(x, true) |> ignore) |> ignore

    for _ in 1..3 do
        Assert.Equal(31.0, (outer.Invoke(x, false)).ToDouble())
        Assert.Throws<Exception>(fun () -> outer.Invoke(x, true) |> ignore) |> ignore
        Assert.Equal(22.0, (inner.Invoke(x, 2)).ToDouble())

    Assert.Single outer.Compilations |> ignore
    Assert.Equal(2, inner.Compilations.Length)

[<Fact>]
let ``two threads that compile functions which call each other do not wait for ever`` () =
    use both = new Threading.Barrier 2
    let known = f64 [ 2 ] [ 1.0; 2.0 ]
    let mutable calls = 0
    let mutable functions: CompiledFunction<Tensor, Tensor>[] = [||]

    // Each is traced on its own thread; when both are, each calls the other with values.
    let body (other: int) (x: Tensor) =
        if Threading.Interlocked.Increment &calls <= 2 then
            both.SignalAndWait()
            sum x + functions[other].Invoke known
        else
            sum x

    functions <- [| compile (body 1); compile (body 0) |]
    let tasks = functions |> Array.map (fun f -> Task.Run(fun () -> (f.Invoke(f64 [ 2 ] [ 3.0; 4.0 ])).ToDouble()))
    Assert.True(Task.WhenAll(tasks).Wait(TimeSpan.FromSeconds 60.0))
    // The other function as it is gives 3; as it was compiled, if that was just done, 6.
    Assert.All(tasks, (fun t -> Assert.Contains(t.Result, [ 10.0; 13.0 ])))
    Assert.Contains(10.0, tasks |> Array.map _.Result)

[<Fact>]
let ``lists of lists are told apart by where they end`` () =
    let f (xs: Tensor list list) =
        (scalar 0.0, xs) ||> List.fold (fun total inner -> 2.0 * total + float inner.Length + List.fold (+) (scalar 0.0) inner)

    let a, b = scalar 1.0, scalar 10.0
    let kinds = [ [ [ a; b ] ]; [ [ a ]; [ b ] ]; [ [ a; b ]; [] ]; [ []; [ a; b ] ]; [ [ a ]; []; [ b ] ]; []; [ [] ] ]
    let c = compile f

    for xs in kinds @ kinds do
        Assert.Equal((f xs).ToDouble(), (c.Invoke xs).ToDouble())

    Assert.Equal(kinds.Length, c.Compilations.Length)

[<Fact>]
let ``many threads call a function with arguments of many kinds`` () =
    let f = compile (fun (xs: Tensor list, k: int) -> float k * (xs |> List.map sum |> List.reduce (+)))

    let call i =
        let count, size, k = 1 + i % 3, 1 + i % 5, i % 4
        let xs = List.init count (fun j -> f64 [ size ] (List.replicate size (float (i + j))))
        let expected = float k * float size * (List.init count (fun j -> float (i + j)) |> List.sum)
        Assert.Equal(expected, (f.Invoke(xs, k)).ToDouble())

    Parallel.For(0, 3000, (fun i -> call i)) |> ignore
    Assert.Equal<int list>([ 1..60 ], f.Compilations |> Array.map _.Number |> Array.sort |> List.ofArray)

/// The pool's bytes are those of the whole process: no other test may run, and what earlier ones left is collected before.
[<Collection("Alone")>]
type Memories() =

    [<Fact>]
    member _.``steps return their memory when it was last read``() =
        let f = jit (fun (x: Tensor) -> [ 1..40 ] |> List.fold (fun (h: Tensor) _ -> tanh (matmul h x)) x)
        let x = single [ 200; 200 ]
        f x |> ignore
        GC.Collect()
        GC.WaitForPendingFinalizers()
        let before = (Memory.statistics ()).LiveBytes
        let y = f x
        let peak = (Memory.statistics ()).LiveBytes - before
        // The result alone, in a block of the pool: what lay between was returned at once, and no finalizer had a part in it.
        Assert.InRange(peak, int64 (4 * 200 * 200), int64 (2 * 4 * 200 * 200))
        GC.KeepAlive y

[<Fact>]
let ``reading a value in a compiled function names the expression, and what to use instead`` () =
    let captured = single [ 3 ]
    let f (x: Tensor, y: Tensor) = if (sum (x * y + captured)).ToDouble() > 0.0 then x else y
    let e = Assert.Throws<DeepFunException>(fun () -> jit f (single [ 3 ], single [ 3 ]) |> ignore)
    Assert.Contains("sum [0] (add (mul (argument 0: float32[3], argument 1: float32[3]), captured float32[3]))", e.Message)

    for word in [ "where"; "cond"; "switch"; "scan"; "whileLoop" ] do
        Assert.Contains(word, e.Message)

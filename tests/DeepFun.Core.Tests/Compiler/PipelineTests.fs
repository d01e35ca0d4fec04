/// Products and the loops around them, computed part by part: the same results, in one step.
module DeepFun.Core.Tests.Compiler.PipelineTests

open System
open System.Collections.Immutable
open System.Threading.Tasks
open DeepFun
open DeepFun.Backends
open DeepFun.Backends.Cpu
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private random (seed: int) sizes = uniform (Random seed) sizes
let private single seed sizes = cast DType.Float32 (random seed sizes)

let private compiled (f: 'a -> 'b) (x: 'a) =
    let c = compile f
    c.Invoke x |> ignore
    Assert.Single c.Compilations

let private agrees tolerance (f: 'a -> 'b) (x: 'a) =
    let expected = Tree.leaves (f x)
    let c = compile f
    // The second run finds the memory of the first.
    for _ in 1..2 do
        closeAll "compiled" tolerance expected (Tree.leaves (c.Invoke x))

/// One step of this many parts, and nothing else but views.
let private isOne (parts: int) (f: 'a -> 'b) (x: 'a) =
    let plan = (compiled f x).Plan
    Assert.Contains($"{parts} parts of", plan)

    for line in plan.Split '\n' do
        Assert.True(line.Contains "parts of" || line.Contains "permute" || line.Contains "reshape", plan)

let private network (w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) (x: Tensor) = softmax -1 (matmul (relu (matmul x w1 + b1)) w2 + b2)

[<Fact>]
let ``a perceptron is one step`` () =
    let p = single 1 [ 20; 12 ], single 2 [ 12 ], single 3 [ 12; 5 ], single 4 [ 5 ]
    let f (p, x) = network p x
    agrees 1e-6 f (p, single 5 [ 64; 20 ])
    isOne 64 f (p, single 5 [ 64; 20 ])

[<Fact>]
let ``its gradient is a step over the rows, and one over those of each weight`` () =
    let p = single 1 [ 20; 12 ], single 2 [ 12 ], single 3 [ 12; 5 ], single 4 [ 5 ]
    let f (p, x) = grad (fun p -> sum (square (network p x))) p
    agrees 1e-5 f (p, single 5 [ 64; 20 ])
    // Sums down the columns, the biases' gradients, are complete when all rows are.
    Assert.Contains("64 parts of matmul [64, 20] [20, 12], loop", (compiled f (p, single 5 [ 64; 20 ])).Plan)

[<Fact>]
let ``what a product is scaled and added to is done with its rows, over the memory that is given away`` () =
    let f (w: Tensor) (x: Tensor, dy: Tensor) = w - 0.1 * matmul (transpose x) dy
    let x, dy = single 1 [ 32; 300 ], single 2 [ 32; 16 ]
    let w = single 3 [ 300; 16 ]
    let expected = f w (x, dy)
    let step = jitDonating f
    let first = step (w + 0.0) (x, dy)
    close "first" 1e-6 expected first
    let before = MemoryStatistics.Now.LiveBytes
    let second = step first (x, dy)
    Assert.Equal(before, MemoryStatistics.Now.LiveBytes)
    close "second" 1e-6 (f expected (x, dy)) second
    Assert.Equal("DF0601", Assert.Throws<DeepFunException>(fun () -> first.ToDoubles() |> ignore).Code)

let private attention (q: Tensor, k: Tensor, v: Tensor) = matmul (softmax -1 (matmul q (transpose k) / 4.0)) v

[<Fact>]
let ``attention is one step over the batch`` () =
    let x = single 1 [ 3; 4; 10; 8 ], single 2 [ 3; 4; 10; 8 ], single 3 [ 3; 4; 10; 6 ]
    agrees 1e-6 attention x
    isOne 12 attention x

[<Fact>]
let ``views between the stages are seen through, where each part's own share is what they show`` () =
    let f (x: Tensor, w: Tensor, u: Tensor) =
        // Heads of a projection: slices of each row, transposed within an example.
        let y = matmul x w |> reshape [ 6; 5; 2; 8 ]
        let a = y |> slice 2 0 1 |> reshape [ 6; 5; 8 ]
        let b = y |> slice 2 1 2 |> reshape [ 6; 5; 8 ]
        tanh (matmul a (transpose b)) + u

    agrees 1e-6 f (single 1 [ 30; 7 ], single 2 [ 7; 16 ], single 3 [ 6; 5; 5 ])

[<Fact>]
let ``what reads other rows comes after`` () =
    let f (x: Tensor, w: Tensor) =
        let y = tanh (matmul x w)
        let total = sumOver [ 0 ] y
        // The sums of all rows, the rows in another order, and the whole as the right operand.
        y * total, flip [ 0 ] y + 1.0, matmul y (transpose y), cumsum 0 y

    agrees 1e-5 f (single 1 [ 40; 9 ], single 2 [ 9; 7 ])

[<Fact>]
let ``operands from outside may lie as they like`` () =
    let f (x: Tensor, w: Tensor, b: Tensor) = tanh (matmul x w + b)
    let strided (x: Tensor) = x |> transpose
    let every (x: Tensor) = x |> flip [ 1 ] |> sliceStep 0 0 (x.Shape[0]) 2
    let column = broadcastTo [ 64; 33 ] (single 6 [ 64; 1 ])
    agrees 1e-6 f (strided (single 1 [ 17; 64 ]), strided (single 2 [ 33; 17 ]), strided (single 3 [ 33; 64 ]))
    agrees 1e-6 f (every (single 1 [ 128; 17 ]), every (single 2 [ 34; 33 ]), every (single 3 [ 128; 33 ]))
    agrees 1e-6 f (single 4 [ 64; 17 ], broadcastTo [ 17; 33 ] (single 5 [ 33 ]), column)

[<Fact>]
let ``rows may be as many as one likes`` () =
    for rows in [ 4; 5; 7; 31; 64; 65; 257; 1000 ] do
        let f (x: Tensor, w: Tensor, b: Tensor, u: Tensor) = let h = relu (matmul x w + b) in matmul h u, sumOver [ 0 ] h, sumOver [ 1 ] h
        agrees 1e-5 f (single 1 [ rows; 30 ], single 2 [ 30; 50 ], single 3 [ 50 ], single 4 [ 50; 3 ])

[<Fact>]
let ``nothing is read past what is there`` () =
    // Rows of one element, and operands that are small arrays.
    let f (x: Tensor, w: Tensor, b: Tensor) = tanh (matmul x w) + b
    agrees 1e-6 f (single 1 [ 8; 1 ], single 2 [ 1; 1 ], single 3 [ 1 ])
    agrees 1e-6 f (single 1 [ 5; 3 ], single 2 [ 3; 2 ], single 3 [ 2 ])
    agrees 0.0 (fun (x: Tensor, w: Tensor) -> relu (matmul x w)) (single 1 [ 8; 0 ], single 2 [ 0; 3 ])
    agrees 0.0 (fun (x: Tensor, w: Tensor) -> relu (matmul x w)) (single 1 [ 0; 4 ], single 2 [ 4; 3 ])
    agrees 0.0 (fun (x: Tensor, w: Tensor) -> relu (matmul x w)) (single 1 [ 8; 4 ], single 2 [ 4; 0 ])

[<Fact>]
let ``truth values go from stage to stage`` () =
    let f (x: Tensor, w: Tensor, u: Tensor) =
        let h = matmul x w
        let isLarge = greater h (scalar 0.5)
        where isLarge (matmul (tanh h) u) h, isLarge

    agrees 1e-6 f (random 1 [ 48; 6 ], random 2 [ 6; 6 ], random 3 [ 6; 6 ])

[<Fact>]
let ``many threads may run one`` () =
    let p = single 1 [ 30; 20 ], single 2 [ 20 ], single 3 [ 20; 5 ], single 4 [ 5 ]
    let c = compile (fun (p, x) -> network p x)

    let runs = [| for i in 1..32 -> Task.Run(fun () -> let x = single i [ 40; 30 ] in network p x, c.Invoke(p, x)) |]

    for run in runs do
        let expected, came = run.Result
        close "network" 1e-6 expected came

/// A random program of products, elementwise operations, reductions of rows and columns, and views, of what it has so far.
let private program (seed: int) : Tensor[] * (Tensor[] -> Tensor[]) =
    let draw = Random seed
    let dtype = if draw.Next 3 = 0 then DType.Float64 else DType.Float32
    let rows, examples = draw.Next(1, 5) * draw.Next(4, 20), draw.Next(1, 4)
    let arguments = ResizeArray<Tensor>()

    let argument sizes =
        arguments.Add(cast dtype (uniform draw sizes))
        arguments.Count - 1

    // Each operation: from the values so far to one more; sizes of a row are known as it is drawn.
    let operations = ResizeArray<Tensor[] -> Tensor -> Tensor * Tensor list>()
    let first = draw.Next(1, 40)
    argument [ examples * rows; first ] |> ignore
    let mutable width = first

    for _ in 1 .. draw.Next(2, 9) do
        match draw.Next 9 with
        | 0
        | 1 ->
            let w, next = argument [ width; 1 ], draw.Next(1, 40)
            arguments[w] <- cast dtype (uniform draw [ width; next ])
            operations.Add(fun a x -> matmul x a[w], [])
            width <- next
        | 2 ->
            let w, next = argument [ 1 ], draw.Next(1, 40)
            arguments[w] <- cast dtype (uniform draw [ next; width ])
            operations.Add(fun a x -> matmul x (transpose a[w]), [])
            width <- next
        | 3 ->
            let b = argument [ width ]
            operations.Add(fun a x -> tanh (x + a[b]), [])
        | 4 -> operations.Add(fun _ x -> softmax -1 x, [ sumOver [ 0 ] x ])
        | 5 -> operations.Add(fun _ x -> x - expandDims -1 (meanOver [ 1 ] x), [ sumOver [ 1 ] x ])
        | 6 -> operations.Add(fun _ x -> relu x * 1.5, [ x * 2.0 ])
        | 7 ->
            let d = width

            operations.Add(fun _ x ->
                let y = reshape [ examples; rows; d ] x
                reshape [ examples * rows; d ] (matmul (tanh (matmul y (transpose y) / float d)) y), [])
        | _ ->
            let u = argument [ examples * rows; width ]
            operations.Add(fun a x -> where (greater x a[u]) x (x * a[u]), [ greater x a[u] ])

    let run (a: Tensor[]) =
        let mutable x = a[0]
        let results = ResizeArray<Tensor>()

        for operation in operations do
            let y, more = operation a x
            results.AddRange more
            x <- y

        results.Add x
        results.ToArray()

    arguments.ToArray(), run

[<Theory>]
[<InlineData(1)>]
[<InlineData(2)>]
[<InlineData(3)>]
[<InlineData(4)>]
let ``random programs and their gradients give the same`` (part: int) =
    let mutable found = 0

    for seed in 100 * part .. 100 * part + 39 do
        let arguments, f = program seed
        let c = compile f
        closeAll $"program {seed}" 1e-4 (f arguments) (c.Invoke arguments)

        if c.Compilations[0].Plan.Contains "parts of" then
            found <- found + 1

        let loss (xs: Tensor[]) =
            f xs
            |> Array.filter (fun y -> DTypes.IsFloating y.DType)
            |> Array.map (fun y -> cast DType.Float64 (sum (square y)))
            |> Array.reduce (+)

        closeAll $"gradient of program {seed}" 1e-3 (grad loss arguments) (jit (grad loss) arguments)

    // Programs that have nothing to join are few.
    Assert.InRange(found, 20, 40)

[<Fact>]
let ``a result may be written over an input that one loop alone reads, once`` () =
    let space = Shape.Create [| 4; 3 |]

    let loop reads =
        let body = ImmutableArray.CreateRange [ for i in 0 .. reads - 1 -> FusedInstruction.Input i ]
        let add = FusedInstruction.Binary(BinaryOp.Add, 0, reads - 1)

        FusedLoop(
            DType.Float32,
            space,
            0,
            ImmutableArray.CreateRange [ for _ in 1..reads -> FusedInput(DType.Float32, null) ],
            body.Add add,
            ImmutableArray.Create(FusedOutput(reads, FusedPlace.Element, space))
        )

    let operand value = RowOperand(value, space, null, 0)
    let stage reads (values: int list) : RowStage = RowLoop(loop reads, ImmutableArray.CreateRange(values |> List.map operand))
    // Values 0 and 1 come from outside; 2 and 3 are what the stages give.
    let pipeline (stages: RowStage list) = RowPipeline(DType.Float32, 4, 2, ImmutableArray.CreateRange stages, ImmutableArray.Create(2, 3))
    let apart = pipeline [ stage 1 [ 0 ]; stage 2 [ 2; 1 ] ]
    Assert.True(apart.MayReplace(0, 0))
    Assert.True(apart.MayReplace(1, 1))
    Assert.False(apart.MayReplace(1, 0))
    Assert.False(apart.MayReplace(0, 1))
    // Read by both stages, or twice by one.
    Assert.False((pipeline [ stage 1 [ 0 ]; stage 2 [ 2; 0 ] ]).MayReplace(0, 0))
    Assert.False((pipeline [ stage 2 [ 0; 0 ]; stage 1 [ 2 ] ]).MayReplace(0, 0))

/// What sets the threads of the whole process runs alone.
[<Collection("Alone")>]
type Threads() =
    [<Fact>]
    member _.``results do not depend on the threads``() =
        let p = single 1 [ 300; 120 ], single 2 [ 120 ], single 3 [ 120; 40 ], single 4 [ 40 ]
        let f (p, x) = valueAndGrad (fun p -> sum (square (network p x))) p
        let c = compile f
        let x = single 5 [ 256; 300 ]
        let bits () = Tree.leaves (c.Invoke(p, x)) |> Array.map _.Bytes()
        let before = WorkerPool.Threads

        try
            WorkerPool.Threads <- 1
            let alone = bits ()
            WorkerPool.Threads <- 4
            Assert.Equal<byte[][]>(alone, bits ())
        finally
            WorkerPool.Threads <- before

/// vmap with axes for the parts of trees, against loops; and derivatives stopped at one level.
module DeepFun.Core.Tests.Transformations.BatchTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private r = seeded "axes"
let private weights = uniform r [ 3 ]
let private examples = uniform r [ 4; 3 ]

let private loss (w: Tensor) (x: Tensor) : Tensor = square (tanh (sum (w * x)))

[<Fact>]
let ``gradients of examples share the parameters that are not mapped`` () =
    let perExample =
        vmapAxes (Axes.Each(Axes.Unmapped, Axes.At 0)) (Axes.At 0) (fun (w, x) -> grad (fun w -> loss w x) w) (weights, examples)

    let looped = [ for i in 0..3 -> grad (fun w -> loss w (item 0 i examples)) weights ] |> stack 0
    close "gradients" 1e-15 looped perExample
    // The same by capture; and the gradient of the sum is their sum.
    close "captured" 0.0 perExample (vmap (fun x -> grad (fun w -> loss w x) weights) examples)
    let total w = sum (vmapAxes (Axes.Each(Axes.Unmapped, Axes.At 0)) (Axes.At 0) (fun (w, x) -> loss w x) (w, examples))
    close "sum" 1e-15 (sumOver [ 0 ] perExample) (grad total weights)

[<Fact>]
let ``the mapped axis may be anywhere, in and out`` () =
    let x = uniform r [ 2; 5; 3 ]

    for axis in [ 0; 1; 2; -1; -3 ] do
        let f (t: Tensor) = outer (sumOver [ 0 ] t) (flatten t)
        let a = (axis + 3) % 3
        let looped = [ for i in 0 .. x.Shape[a] - 1 -> f (item a i x) ]

        for out in [ 0; 1; 2; -1; -2 ] do
            close $"{axis} to {out}" 1e-15 (stack out looped) (vmapAxes (Axes.At axis) (Axes.At out) f x)

type Model = { Weights: Tensor; Bias: Tensor; Scale: float }

[<Fact>]
let ``axes are given by part, by name, for lists and constants`` () =
    let many = uniform r [ 3; 4 ]
    let bias = uniform r [ 4 ]
    let model = { Weights = many; Bias = bias; Scale = 2.0 }
    let f (m: Model, x: Tensor) : Tensor = m.Scale * sum (m.Weights * x) + m.Bias
    let looped = [ for i in 0..3 -> f ({ model with Weights = item 1 i many; Bias = item 0 i bias }, weights) ] |> stack 0

    let axes: (string * Axes) list =
        [
            "each", Axes.Each(Axes.Each(Axes.At 1, Axes.At 0), Axes.Unmapped)
            "named", Axes.Each(Axes.Named(struct ("Weights", Axes.At -1), struct ("Bias", Axes.At 0)), Axes.Unmapped)
        ]

    for name, axes in axes do
        close name 1e-15 looped (vmapAxes axes (Axes.At 0) f (model, weights))

    // A name that is left out is not mapped.
    let shared =
        vmapAxes
            (Axes.Each(Axes.Named(struct ("Weights", Axes.At 1)), Axes.Unmapped))
            (Axes.At 0)
            f
            ({ model with Bias = scalar 1.0 }, weights)

    let looped = [ for i in 0..3 -> f ({ model with Weights = item 1 i many; Bias = scalar 1.0 }, weights) ] |> stack 0
    close "shared" 1e-15 looped shared
    // Parts without tensors may be left out or named.
    let g (k: float, t: Tensor, _: Tensor list) : Tensor = k * t
    let t = f64 [ 2 ] [ 1.0; 2.0 ]
    close "left out" 0.0 (3.0 * t) (vmapAxes (Axes.Each(Axes.At 0)) (Axes.At 0) g (3.0, t, []))
    close "named" 0.0 (3.0 * t) (vmapAxes (Axes.Each(Axes.Unmapped, Axes.At 0, Axes.At 5)) (Axes.At 0) g (3.0, t, []))
    // One answer for a whole subtree, and results in several places.
    let pair, one =
        vmapAxes (Axes.At 0) (Axes.Each(Axes.Each(Axes.At 1, Axes.At 0), Axes.Unmapped)) (fun x -> (x, sum x), bias) examples

    close "first" 0.0 (transpose examples) (fst pair)
    close "second" 1e-15 (sumOver [ 1 ] examples) (snd pair)
    close "the same for all" 0.0 bias one

[<Fact>]
let ``maps nest, each with its axes`` () =
    let a, b = uniform r [ 2; 3 ], uniform r [ 3; 4 ]
    // A matrix product from dot products: rows of a, then columns of b.
    let product =
        vmapAxes
            (Axes.Each(Axes.At 0, Axes.Unmapped))
            (Axes.At 0)
            (vmapAxes (Axes.Each(Axes.Unmapped, Axes.At 1)) (Axes.At 0) (fun (x, y) -> dot x y))

    close "matmul" 1e-15 (matmul a b) (product (a, b))

    let turned =
        vmapAxes
            (Axes.Each(Axes.Unmapped, Axes.At 1))
            (Axes.At 1)
            (vmapAxes (Axes.Each(Axes.At 0, Axes.Unmapped)) (Axes.At 0) (fun (x, y) -> dot x y))

    close "the other way round" 1e-15 (matmul a b) (turned (a, b))
    // Through derivatives: ∂ Σ (a b) / ∂ b has the sums of a's columns in every column.
    let _, g = grad (fun p -> sum (product p)) (a, b)
    close "gradient" 1e-15 (expandDims 1 (sumOver [ 0 ] a) |> broadcastTo [ 3; 4 ]) g

[<Fact>]
let ``perturbations and entries are not confused`` () =
    // d/dx (x · Σᵢ d/dy (x + yᵢ)) = n, with y mapped over an inner axis.
    let ys = f64 [ 1; 3 ] [ 1.0; 2.0; 3.0 ]

    let inner d (x: Tensor) : Tensor =
        x * sum (vmapAxes (Axes.At 1) (Axes.At 0) (fun (y: Tensor) -> d (fun (y: Tensor) -> sum (x + y)) y) ys)

    let forward (f: Tensor -> Tensor) x = snd (jvp f x (onesLike x))
    number 0.0 3.0 (grad (inner grad) (scalar 5.0))
    number 0.0 3.0 (grad (inner forward) (scalar 5.0))
    number 0.0 3.0 (forward (inner grad) (scalar 5.0))
    // Mapped over x outside, unmapped y inside.
    let mixed =
        vmapAxes (Axes.Each(Axes.At 0, Axes.Unmapped)) (Axes.At 0) (fun (x: Tensor, y: Tensor) ->
            grad (fun x -> x * grad (fun y -> x * y * y) y) x)

    close "4 x y" 1e-15 (f64 [ 2 ] [ 4.0 * 3.0; 8.0 * 3.0 ]) (mixed (f64 [ 2 ] [ 1.0; 2.0 ], scalar 3.0))

[<Fact>]
let ``axes that do not fit are named`` () =
    let pair = examples, weights
    let f (x: Tensor, _: Tensor) = x
    let run inAxes outAxes = fun () -> vmapAxes inAxes outAxes f pair
    throws "DF0112" (run (Axes.Each(Axes.At 2, Axes.Unmapped)) (Axes.At 0))
    throws "DF0112" (run (Axes.Each(Axes.At 0, Axes.Unmapped)) (Axes.At 2))
    throws "DF0406" (run (Axes.At 0) (Axes.At 0))
    throws "DF0434" (run (Axes.Each(Axes.At 0)) (Axes.At 0))
    throws "DF0434" (run (Axes.Each(Axes.Each(Axes.At 0), Axes.Unmapped)) (Axes.At 0))
    throws "DF0434" (run (Axes.Named(struct ("2", Axes.At 0))) (Axes.At 0))
    throws "DF0435" (run (Axes.Each(Axes.At 0, Axes.Unmapped)) Axes.Unmapped)
    throws "DF0436" (run Axes.Unmapped (Axes.At 0))
    throws "DF0125" (fun () -> vmapAxes (Axes.At 0) (Axes.At 0) id (scalar 1.0))

[<Fact>]
let ``stopGradientOf stops the derivative of its argument only`` () =
    let x, y = scalar 2.0, scalar 3.0

    let derivatives: (string * ((Tensor -> Tensor) -> Tensor -> Tensor)) list =
        [
            "reverse", grad
            "forward", (fun f x -> snd (jvp f x (onesLike x)))
            "mapped", (fun f x -> item 0 0 (vmap (grad f) (expandDims 0 x)))
        ]

    for a, outer in derivatives do
        for b, inner in derivatives do
            let what = $"{a} of {b}"
            // y · stop(x y): inner derivative x y = 6; its derivative by x is y = 3, which stopGradient would make 0.
            let f (x: Tensor) = inner (fun y -> y * stopGradientOf y (x * y)) y
            closeValues what 0.0 [| 6.0 |] ((f x).ToDoubles())
            closeValues what 0.0 [| 3.0 |] ((outer f x).ToDoubles())
            closeValues what 0.0 [| 0.0 |] ((outer (fun x -> inner (fun y -> y * stopGradient (x * y)) y) x).ToDoubles())
            // Something computed from the argument names it as well; a tree may be stopped at once.
            let g (x: Tensor) = inner (fun y -> (let u, v = stopGradientOf [ sin y ] (x * y, y) in y * u * v)) y
            closeValues what 0.0 [| 18.0 |] ((g x).ToDoubles())
            closeValues what 0.0 [| 9.0 |] ((outer g x).ToDoubles())

    // By the outer argument, in forward mode inside: f = y · stop_x(x y) is differentiated by y, x held fast outside.
    let forward (f: Tensor -> Tensor) x = snd (jvp f x (onesLike x))
    let f (x: Tensor) : Tensor = x * forward (fun y -> stopGradientOf x (x * y * y)) y
    // x · 2 x y with the inner x constant: derivative 2 x y = 12, without the stop 24.
    number 0.0 12.0 (grad f x)
    number 0.0 12.0 (forward f x)
    throws "DF0438" (fun () -> grad (fun (x: Tensor) -> grad (fun y -> stopGradientOf x (x * y * y)) y) x)
    // Nothing is stopped where the argument is not differentiated.
    number 0.0 6.0 (grad (fun y -> stopGradientOf x (y * y)) y)
    number 0.0 0.0 (grad (fun y -> stopGradientOf y (y * y)) y)

/// How often the graphs of f's block are batched; flags: which operands of the block have a batch axis.
let private traces (f: Tensor -> Tensor[]) (flags: Block -> bool[]) : int =
    let struct (g, _) = Trace.graph Eval.Cpu (fun xs -> f xs[0]) [| (f64 [ 3 ] [ 0.0; 0.0; 0.0 ]).Type |]

    let block =
        g.Equations
        |> Array.pick (fun e ->
            match e.Operation with
            | Operation.Block block -> Some block
            | Operation.Prim _ -> None)

    let flags = flags block
    let level = VmapInterpreter(Interpreter.NextLevel(), 2, Eval.Cpu)
    let operand ty flag = Eval.Cpu.Constant(0.0, (if flag then InferBlock.stacked 2 ty else ty), null)
    let count = ref 0

    let batch maker g xs batched forced =
        count.Value <- count.Value + 1
        VmapInterpreter.Run 2 maker g xs batched forced

    ControlVmap.apply batch Eval.Cpu 2 level.Repeat block (Array.map2 operand (InferBlock.operands block) flags) flags
    |> ignore

    count.Value

[<Fact>]
let ``a step that gives its batch from carry to carry is batched once`` () =
    let step (a: Tensor, b: Tensor, c: Tensor) (x: Tensor) = (x, a * 2.0, b + 1.0), c
    let zero = scalar 0.0
    let lastOnly (block: Block) = let n = (InferBlock.operands block).Length in Array.init n (fun i -> i = n - 1)
    Assert.Equal(1, traces (fun x -> scan step (zero, zero, zero) x |> fun ((a, b, c), d) -> [| a; b; c; d |]) lastOnly)
    // A loop: its step and its condition, which has no batch.
    let going (n: Tensor, _: Tensor, _: Tensor) = less n (scalar 3.0)
    let next (n: Tensor, a: Tensor, b: Tensor) = n + 1.0, b, a * b
    Assert.Equal(2, traces (fun x -> whileLoop going next (sum x, sum x, sum x) |> fun (_, a, b) -> [| a; b |]) lastOnly)

[<Fact>]
let ``a branch is batched again only where another one has a batch and it has not`` () =
    let choose (branches: (Tensor -> Tensor * Tensor) list) (x: Tensor) =
        let a, b = switch (cast DType.Int32 (sum x)) branches x in [| a; b |]

    let two, one = scalar 2.0, scalar 1.0
    let operands (block: Block) = InferBlock.operands block |> Array.mapi (fun i ty -> i > 0 && ty.Shape.Rank = 1)
    Assert.Equal(3, traces (choose [ (fun x -> sum x, one); (fun x -> prod x, two); (fun x -> amax x, one) ]) operands)
    Assert.Equal(4, traces (choose [ (fun x -> sum x, prod x); (fun x -> prod x, sum x); (fun x -> sum x, one) ]) operands)

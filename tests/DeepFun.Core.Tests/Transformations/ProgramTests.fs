/// Whole programs under nested transformations, against finite differences and loops.
module DeepFun.Core.Tests.Transformations.ProgramTests

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

/// A program: a number from its parameters and one example.
type Program = internal { Loss: Tensor[] -> Tensor -> Tensor; Parameters: Tensor[]; Example: int list }

let private weights (text: string) (sizes: int list list) =
    let r = seeded text in sizes |> List.map (fun s -> 0.7 * uniform r s: Tensor) |> Array.ofList

let private scalarProgram =
    {
        Loss = (fun p x -> sum (p[0] * sin (x * p[1]) + exp (-(p[0] * p[0])) / (1.5 + tanh x)))
        Parameters = weights "scalar" [ []; [] ]
        Example = []
    }

let private multilayer =
    {
        Loss =
            (fun p x ->
                let hidden = tanh (matmul x p[0] + p[1])
                let logits = matmul (softplus hidden) p[2] + p[3]
                logSumExp [ -1 ] logits - item 0 1 (logSoftmax -1 logits) |> sum)
        Parameters = weights "multilayer" [ [ 3; 4 ]; [ 4 ]; [ 4; 2 ]; [ 2 ] ]
        Example = [ 3 ]
    }

let private convolutional =
    {
        Loss =
            (fun p x ->
                let options = { ConvolutionOptions.Default with Padding = [| 1 |] }
                let features = sigmoid (convolution options (expandDims 0 x) p[0] + reshape [ 1; -1; 1; 1 ] p[1])
                let pooled = maxPool [| 2; 2 |] [| 2 |] [| 0 |] features + averagePool [| 2; 2 |] [| 2 |] [| 0 |] features
                matmul (flatten pooled) p[2] |> square |> sum)
        Parameters = weights "convolutional" [ [ 2; 1; 3; 3 ]; [ 2 ]; [ 8; 2 ] ]
        Example = [ 1; 4; 4 ]
    }

let private indexing =
    {
        Loss =
            (fun p x ->
                let places = Tensor.ofArray [ 4 ] [| 2; 0; 2; 1 |]
                let rows = take 0 places p[0] * x
                let sorted = sort 0 (sumOver [ 1 ] rows)
                let running = cumsum 0 sorted * cumprod 0 (1.0 + 0.1 * sorted)
                let back = scatterAdd 0 places (expandDims 1 running) p[1]

                let shifted =
                    concat 0 [ slice 0 1 3 back; pad 0.5 [ 0, 0; 1, -1 ] (slice 0 0 1 (broadcastTo [ 3; 2 ] back)) |> slice 1 0 1 ]

                where (greater shifted (zerosLike shifted)) (square shifted) (0.3 * shifted) |> sum)
        Parameters = weights "indexing" [ [ 3; 2 ]; [ 3; 1 ] ]
        Example = [ 2 ]
    }

let private attention =
    {
        Loss =
            (fun p x ->
                let q, k, v = matmul x p[0], matmul x p[1], matmul x p[2]
                let scores = softmax -1 (matmul q (transpose k) / sqrt 2.0)
                let y = matmul scores v
                let normal = (y - keepDims [ -1 ] (meanOver [ -1 ] y)) / keepDims [ -1 ] (sqrt (varianceOver 0 [ -1 ] y + 1e-2))
                prod (1.0 + 0.2 * gelu normal) + amax y)
        Parameters = weights "attention" [ [ 2; 3 ]; [ 2; 3 ]; [ 2; 3 ] ]
        Example = [ 3; 2 ]
    }

let private programs =
    [
        "scalar", scalarProgram
        "multilayer", multilayer
        "convolutional", convolutional
        "indexing", indexing
        "attention", attention
    ]

/// The programs' names.
let names = programs |> List.map (fun (name, _) -> [| box name |])

let private find name = programs |> List.find (fun (n, _) -> n = name) |> snd

let private moved h (xs: Tensor[]) (ds: Tensor[]) : Tensor[] = Array.map2 (fun (x: Tensor) (d: Tensor) -> x + h * d) xs ds

let private slope (f: Tensor[] -> Tensor) xs ds =
    let h = 1e-5
    let value h = (f (moved h xs ds)).ToDoubles()
    Array.map2 (fun a b -> (a - b) / (2.0 * h)) (value h) (value -h)

let private total (a: Tensor[]) (b: Tensor[]) = Array.fold2 (fun s x y -> s + inner x y) 0.0 a b

let private setUp name =
    let p = find name
    let r = seeded (name + "x")
    let examples = uniform r (3 :: p.Example)
    let ds = p.Parameters |> Array.map (direction r)
    let es = p.Parameters |> Array.map (direction r)
    p, examples, ds, es

[<Theory; MemberData(nameof names)>]
let ``first derivatives are slopes`` (name: string) =
    let p, examples, ds, _ = setUp name
    let loss w = p.Loss w (item 0 0 examples)
    let expected = slope loss p.Parameters ds
    closeValues "jvp" 1e-6 expected ((snd (jvp loss p.Parameters ds)).ToDoubles())
    closeValues "grad" 1e-6 expected [| total (grad loss p.Parameters) ds |]

[<Theory; MemberData(nameof names)>]
let ``pairs of modes are slopes of the gradient`` (name: string) =
    let p, examples, ds, es = setUp name
    let loss w = p.Loss w (item 0 0 examples)
    let along ds w = snd (jvp loss w ds)
    let expected = slope (along es) p.Parameters ds
    closeValues "forward over forward" 1e-5 expected ((snd (jvp (along es) p.Parameters ds)).ToDoubles())
    closeValues "forward over reverse" 1e-5 expected [| total (hvp loss p.Parameters ds) es |]
    closeValues "reverse over forward" 1e-5 expected [| total (grad (along ds) p.Parameters) es |]

    let reverse =
        grad (fun w -> Array.map2 (fun (g: Tensor) (d: Tensor) -> sum (g * d)) (grad loss w) ds |> Array.reduce (+)) p.Parameters

    closeValues "reverse over reverse" 1e-5 expected [| total reverse es |]

[<Theory; MemberData(nameof names)>]
let ``triples of modes are slopes of the Hessian`` (name: string) =
    let p, examples, ds, es = setUp name
    let loss w = p.Loss w (item 0 0 examples)
    let curvature w = snd (jvp (fun w -> snd (jvp loss w es)) w ds)
    let expected = slope curvature p.Parameters ds
    closeValues "forward, forward, forward" 1e-4 expected ((snd (jvp curvature p.Parameters ds)).ToDoubles())
    closeValues "reverse, forward, forward" 1e-4 expected [| total (grad curvature p.Parameters) ds |]
    let product w = hvp loss w ds
    closeValues "forward, forward, reverse" 1e-4 expected [| total (snd (jvp product p.Parameters ds)) es |]
    let reverse = grad (fun w -> Array.map2 (fun (g: Tensor) e -> sum (g * e)) (product w) es |> Array.reduce (+))
    closeValues "reverse, forward, reverse" 1e-4 expected [| total (reverse p.Parameters) ds |]

[<Theory; MemberData(nameof names)>]
let ``vmap inside, outside and between`` (name: string) =
    let p, examples, ds, es = setUp name
    let w = p.Parameters
    let single i = item 0 i examples
    let places = [ 0..2 ]
    let mapped (f: Tensor -> Tensor[]) = vmap f examples
    let looped (f: Tensor -> Tensor[]) = List.map (single >> f) places |> List.reduce (Array.map2 (fun a b -> concat 0 [ a; b ]))
    let rows (f: Tensor -> Tensor[]) x = f x |> Array.map (expandDims 0)

    let check what tolerance (f: Tensor -> Tensor[]) = closeAll what tolerance (looped (rows f)) (mapped f)

    check "value" 1e-12 (fun x -> [| p.Loss w x |])
    check "gradients of examples" 1e-11 (fun x -> grad (fun w -> p.Loss w x) w)
    check "gradient in the example" 1e-11 (fun x -> [| grad (p.Loss w) x |])
    check "products with the Hessian" 1e-10 (fun x -> hvp (fun w -> p.Loss w x) w ds)
    check "forward over forward" 1e-10 (fun x -> [| snd (jvp (fun w -> snd (jvp (fun w -> p.Loss w x) w ds)) w es) |])

    // The mean over the batch, mapped inside, against the mean of single gradients; and its Hessian.
    let batch w = mean (vmap (p.Loss w) examples)

    let average (f: (Tensor[] -> Tensor) -> Tensor[]) =
        List.map (fun i -> f (fun w -> p.Loss w (single i))) places
        |> List.reduce (Array.map2 (+))
        |> Array.map (fun (t: Tensor) -> t / 3.0)

    closeAll "gradient of the batch" 1e-11 (average (fun f -> grad f w)) (grad batch w)
    closeAll "curvature of the batch" 1e-10 (average (fun f -> hvp f w ds)) (hvp batch w ds)

    // A map over directions of a derivative of a map over examples.
    let directions = Array.map2 (fun d e -> stack 0 [ d; e ]) ds es
    let both = vmap (fun ds -> hvp batch w ds) directions
    let expected = Array.map2 (fun a b -> stack 0 [ a; b ]) (hvp batch w ds) (hvp batch w es)
    closeAll "mapped directions" 1e-10 expected both

[<Theory; MemberData(nameof names)>]
let ``traces of nested derivatives run to the same values`` (name: string) =
    let p, examples, ds, _ = setUp name

    let f (args: Tensor[]) =
        let w, x = args[.. args.Length - 2], args[args.Length - 1]
        let batch w = mean (vmap (p.Loss w) x)
        Array.concat [ [| batch w |]; grad batch w; hvp batch w ds ]

    let args = Array.append p.Parameters [| examples |]
    let struct (g, closedOver) = Trace.graph Eval.Cpu f (args |> Array.map _.Type)
    closeAll "graph" 1e-13 (f args) (Graph.run Eval.Cpu (Check.graph g) (Array.append args closedOver))

    // The graph is a function like any other: it can be differentiated.
    let first args = (Graph.run Eval.Cpu g (Array.append args closedOver))[0]

    closeAll
        "gradient of the graph"
        1e-12
        (Array.sub (f args) 1 p.Parameters.Length)
        (grad (fun w -> first (Array.append w [| examples |])) p.Parameters)

/// Loops that carry graphs, compiled: the same values, and what is taken out of their steps.
module DeepFun.Core.Tests.Compiler.ScanTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private agrees (f: 'a -> 'b) (x: 'a) = closeAll "compiled" 1e-11 (Tree.leaves (f x)) (Tree.leaves (jit f x))

/// The plan of the only compilation, and how many lines of it say something.
let private plan (f: 'a -> 'b) (x: 'a) : string =
    let c = compile f
    c.Invoke x |> ignore
    Assert.Single(c.Compilations).Plan

let private count (words: string) (text: string) = text.Split(words).Length - 1

/// Lines of a plan that are not inside of a block.
let private outside (text: string) = text.Split '\n' |> Array.filter (fun line -> not (line.StartsWith ' ')) |> String.concat "\n"

let private random (seed: int) sizes = uniform (Random seed) sizes
let private folded f init xs = scan (fun c x -> f c x, ()) init xs |> fst
let private nothing sizes = 0.0 * random 0 sizes

let private lstm (hidden: int) (w: Tensor) (gates: Tensor) =
    let step (c: Tensor, h: Tensor) (g: Tensor) =
        let z = g + matmul h w
        let part k = slice 1 (k * hidden) ((k + 1) * hidden) z
        let c = sigmoid (part 1) * c + sigmoid (part 0) * tanh (part 2)
        let h = sigmoid (part 3) * tanh c
        (c, h), h

    let zero = nothing [ gates.Shape[1]; hidden ]
    scan step (zero, zero) gates

let private lstmLoss (w: Tensor, gates: Tensor) =
    let (c, h), all = lstm 3 w gates
    sum (square c) + sum (h * h * h) + sum (square all)

[<Theory>]
[<InlineData(1)>]
[<InlineData(2)>]
[<InlineData(7)>]
let ``a recurrent network has the same value and derivatives compiled`` (length: int) =
    let x = random 1 [ 3; 12 ], random 2 [ length; 2; 12 ]
    agrees lstmLoss x
    agrees (grad lstmLoss) x
    agrees (fun x -> hvp lstmLoss x x) x
    agrees (vmap (grad lstmLoss)) (random 3 [ 4; 3; 12 ], random 4 [ 4; length; 2; 12 ])

[<Fact>]
let ``the length of a loop does not change what is compiled`` () =
    let steps length = plan (grad lstmLoss) (random 1 [ 3; 12 ], random 2 [ length; 2; 12 ]) |> fun p -> p.Split('\n').Length

    Assert.Equal(steps 3, steps 50)

[<Fact>]
let ``the products that every step adds to the gradient of a weight are one after the loop`` () =
    let text = plan (grad lstmLoss) (random 1 [ 3; 12 ], random 2 [ 5; 2; 12 ])
    // In a step: h w forward, and its derivative by h backward.
    Assert.Equal(3, count "= matmul" text)
    Assert.Equal(1, count "= matmul" (outside text))

[<Fact>]
let ``factors that a step computes are stacked for that product`` () =
    let f (w: Tensor, xs: Tensor) =
        let step (total: Tensor) (x: Tensor) = total + matmul (tanh x) (transpose (exp x)), x * 2.0
        let total, doubled = scan step w xs
        total, doubled

    let x = random 1 [ 4; 4 ], random 2 [ 6; 4; 5 ]
    agrees f x
    Assert.Equal(1, count "matmul" (outside (plan f x)))

[<Fact>]
let ``a carry that is read otherwise too stays in the loop`` () =
    let f (w: Tensor, xs: Tensor) =
        let step (total: Tensor) (x: Tensor) =
            let next = total + matmul x x
            next, sum total

        scan step w xs

    let x = random 1 [ 4; 4 ], random 2 [ 6; 4; 4 ]
    agrees f x
    Assert.Equal(0, count "= matmul" (outside (plan f x)))

[<Fact>]
let ``a product of what is the same in every step is not stacked`` () =
    let f (total: Tensor, xs: Tensor) = folded (fun total x -> total + matmul x (transpose (triu 0 (onesLike x)))) total xs
    let x = random 1 [ 4; 4 ], random 2 [ 6; 4; 4 ]
    agrees f x
    Assert.Equal(0, count "= matmul" (outside (plan f x)))

[<Fact>]
let ``a weight that every step transposes is permuted once, before the loop`` () =
    let f (w: Tensor, xs: Tensor) = folded (fun c x -> tanh (x + matmul c (transpose w))) (nothing [ 5; 6 ]) xs
    let x = random 1 [ 6; 6 ], random 2 [ 9; 5; 6 ]
    agrees f x
    agrees (grad (f >> sum)) x
    let text = plan f x
    Assert.Equal(1, count "= permute" text)
    Assert.Equal(1, count "= permute" (outside text))

[<Theory>]
[<InlineData(1)>]
[<InlineData(3)>]
[<InlineData(4)>]
[<InlineData(33)>]
let ``a loop's product with a transposed matrix has the bits of one alone`` (rows: int) =
    let f (w: Tensor, start: Tensor, xs: Tensor) = folded (fun c x -> matmul c (transpose w) + x) start xs
    let single seed sizes = cast DType.Float32 (0.1 * random seed sizes)

    for width in [ 3; 40; 130 ] do
        let x = single 1 [ width; width ], single 2 [ rows; width ], single 3 [ 8; rows; width ]
        Assert.Equal<float>((f x).ToDoubles(), (jit f x).ToDoubles())

[<Fact>]
let ``a value that every operation uses twice is followed a few steps only`` () =
    let f (x: Tensor) =
        let twice (y: Tensor) = 0.5 * y + 0.25 * y
        folded (fun c x -> sin (List.fold (fun y _ -> twice y) (c + x) [ 1..60 ] * c)) x (random 2 [ 3; 2 ])

    agrees (grad (f >> sum)) (random 1 [ 2 ])

[<Fact>]
let ``slices that follow from stored ones are not stored`` () =
    let f (x: Tensor) = folded (fun c _ -> tanh (c * x) * sigmoid c) x (nothing [ 9; 1 ])
    agrees (grad (f >> sum)) (random 1 [ 3 ])
    // The derivatives of tanh and of the sigmoid are polynomials in them, computed by the backward loop.
    let g = compile (grad (f >> sum))
    g.Invoke(random 1 [ 3 ]) |> ignore
    let forward = (Assert.Single g.Compilations).Plan.Split '\n' |> Array.find (fun line -> line.Contains "= scan")
    // The carry; then tanh, sigmoid and the carry before the step.
    Assert.Equal(4, count "v" (forward.Split(" = ")[0]))

[<Fact>]
let ``a loop over nothing gives its first carry`` () =
    let f (w: Tensor, xs: Tensor) = scan (fun (c: Tensor) (x: Tensor) -> c + x, c * x) w xs
    agrees f (random 1 [ 3 ], nothing [ 0; 3 ])

[<Fact>]
let ``loops that step from the last to the first, and stacks that are also carries`` () =
    let f (w: Tensor, xs: Tensor) =
        let (c, d), ys =
            scanWith { ScanOptions.Default with Reverse = true } (fun (c, d) (x: Tensor) -> (d + x, c * x), (c, d)) (w, w) xs

        c, d, ys

    agrees f (random 1 [ 3 ], random 2 [ 5; 3 ])

[<Fact>]
let ``conditions, choices, checkpoints and rules of one's own inside of what is compiled`` () =
    let repeated (x: Tensor) = whileLoop (fun (x: Tensor) -> greater (sum (abs x)) (scalar 1.0)) (fun x -> x * 0.5) x

    let chosen (x: Tensor) =
        cond (greater (sum x) (scalar 0.0)) (fun (x: Tensor) -> tanh x * 2.0) (fun x -> x - 1.0) x
        + switch (cast DType.Int32 (argmax 0 x)) [ (fun (x: Tensor) -> x); exp; square ] x

    let own = customJvp (fun (x: Tensor) -> sin x) (fun x dx -> sin x, dx * cos x * 2.0)
    let f (x: Tensor) = repeated x + chosen x + checkpoint (fun x -> exp (tanh x)) x + own x
    let loop (x: Tensor) = folded (fun c y -> f (c * 0.5) + y) x (stack 0 [ x; -x; x * 3.0 ])

    for seed in 1..4 do
        let x = random seed [ 3 ]
        agrees f x
        agrees loop x
        agrees (vmap f) (random (seed + 10) [ 5; 3 ])

    let smooth (x: Tensor) = checkpoint (fun x -> exp (tanh x)) x + own x
    agrees (grad (fun x -> sum (folded (fun c y -> smooth (c * 0.5) + y) x (stack 0 [ x; -x ])))) (random 1 [ 3 ])

[<Fact>]
let ``a sum of padded parts is a concatenation`` () =
    let f (a: Tensor, b: Tensor, c: Tensor) = pad 0.0 [ 0, 0; 4, 1 ] c + (pad 0.0 [ 0, 0; 0, 6 ] a + pad 0.0 [ 0, 0; 1, 4 ] b)
    let x = random 1 [ 2; 2 ], random 2 [ 2; 3 ], random 3 [ 2; 3 ]
    // In the first a reaches into b.
    let apart = random 1 [ 2; 2 ], random 2 [ 2; 2 ], random 3 [ 2; 3 ]
    let f' (a: Tensor, b: Tensor, c: Tensor) = pad 0.0 [ 0, 0; 4, 1 ] c + (pad 0.0 [ 0, 0; 0, 6 ] a + pad 0.0 [ 0, 0; 2, 4 ] b)
    agrees f x
    agrees f' apart
    Assert.Equal(0, count "concat" (plan f x))
    Assert.Equal(1, count "concat" (plan f' apart))

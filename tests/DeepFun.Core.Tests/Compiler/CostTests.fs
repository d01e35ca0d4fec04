/// Costs against numbers counted by hand.
module DeepFun.Core.Tests.Compiler.CostTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private random (seed: int) sizes = uniform (Random seed) sizes
let private single (sizes: int list) = Tensor.zeros sizes
let private operations f x = (Cost.estimate f x).Operations
let private peak f x = (Cost.estimate f x).PeakBytes

[<Fact>]
let ``a product is two operations for each term`` () =
    Assert.Equal(2L * 3L * 4L * 5L, operations (fun (a, b) -> matmul a b) (random 1 [ 3; 4 ], random 2 [ 4; 5 ]))
    Assert.Equal(7L * 2L * 3L * 4L * 5L, operations (fun (a, b) -> matmul a b) (random 1 [ 7; 3; 4 ], random 2 [ 7; 4; 5 ]))

[<Fact>]
let ``a product reads both factors and writes the result`` () =
    let cost = Cost.estimate (fun (a, b) -> matmul a b) (random 1 [ 3; 4 ], random 2 [ 4; 5 ])
    Assert.Equal(8L * (12L + 20L + 15L), cost.BytesMoved)
    Assert.Equal(8L * 15L, cost.ResultBytes)
    Assert.Equal(8L * 32L, cost.ArgumentBytes)
    Assert.Equal(32L, cost.Parameters)

[<Fact>]
let ``a convolution and its derivatives are as many operations each`` () =
    let convolve (x: Tensor, w: Tensor) = convolution { ConvolutionOptions.Default with Padding = [| 1 |] } x w
    let x, w = random 1 [ 2; 3; 8; 8 ], random 2 [ 4; 3; 3; 3 ]
    // Each of 2 × 4 × 8 × 8 results is a sum over 3 × 3 × 3 terms.
    let once = 2L * (2L * 4L * 64L) * 27L
    Assert.Equal(once, operations convolve (x, w))
    Assert.Equal(2L * once, operations (fun ((x, w), dy) -> (snd (vjp convolve (x, w))) dy) ((x, w), random 3 [ 2; 4; 8; 8 ]))

[<Fact>]
let ``groups divide the operations of a convolution`` () =
    let convolve (x: Tensor, w: Tensor) = convolution { ConvolutionOptions.Default with Groups = 2; Strides = [| 2 |] } x w
    // 9 → (9 − 3) / 2 + 1 = 4 places along both axes; 2 of 4 channels for each filter.
    Assert.Equal(2L * (6L * 16L) * (2L * 9L), operations convolve (random 1 [ 1; 4; 9; 9 ], random 2 [ 6; 2; 3; 3 ]))

[<Fact>]
let ``a gradient of a perceptron is its five products and what lies between`` () =
    let loss (w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) (x: Tensor) (y: Tensor) =
        sum (square (matmul (relu (matmul x w1 + b1)) w2 + b2 - y))

    let parameters = random 1 [ 5; 6 ], random 2 [ 6 ], random 3 [ 6; 3 ], random 4 [ 3 ]

    let counted =
        operations (fun (p, x, y) -> valueAndGrad (fun p -> loss p x y) p) (parameters, random 5 [ 8; 5 ], random 6 [ 8; 3 ])
    // Forward; backward the first layer needs no derivative in its input.
    let first, second = 2L * 8L * 5L * 6L, 2L * 8L * 6L * 3L
    let products = 2L * first + 3L * second
    // 48 hidden values: bias, relu, its derivative (a comparison and a choice or product), the sum of the bias. 24 outputs: bias, difference, square, sum,
    // derivative, the sum of the bias.
    let between = counted - products
    Assert.InRange(between, 4L * 48L + 5L * 24L, 6L * 48L + 8L * 24L)

[<Fact>]
let ``a scan is its length times its step`` () =
    let f (w: Tensor, xs: Tensor) = scan (fun (h: Tensor) (x: Tensor) -> let h = tanh (matmul h w + x) in h, h) (random 3 [ 1; 4 ]) xs
    // The product, the sum and tanh.
    Assert.Equal(7L * (2L * 16L + 4L + 4L), operations f (random 1 [ 4; 4 ], random 2 [ 7; 1; 4 ]))

[<Fact>]
let ``of a switch the costliest branch counts, of a while loop one step`` () =
    let x = random 1 [ 10; 10 ]
    let chosen (x: Tensor) = cond (greater (x[0][0]) (scalar 0.0)) (fun (x: Tensor) -> matmul x x) (fun x -> x + 1.0) x
    // Beside the product the comparison, and what makes it a number.
    Assert.InRange(operations chosen x, 2000L + 1L, 2000L + 3L)
    let repeated (x: Tensor) = whileLoop (fun (x: Tensor) -> greater (sum x) (scalar 1.0)) (fun x -> matmul x x) x
    let cost = Cost.estimate repeated x
    Assert.Equal(2000L + 99L + 1L, cost.Operations)
    Assert.Equal(1, cost.WhileLoops)
    Assert.Contains("one step counts", string cost)

[<Fact>]
let ``other primitives by their formulas`` () =
    Assert.Equal(6L * 6L * 6L / 3L, operations cholesky (random 1 [ 6; 6 ]))
    Assert.Equal(99L, operations sum (random 1 [ 100 ]))
    Assert.Equal(2L * 9L, operations (cumsum 1) (random 1 [ 2; 10 ]))
    Assert.Equal(0L, operations (fun (x: Tensor) -> transpose x) (random 1 [ 4; 5 ]))
    Assert.Equal(0L, operations (fun (i, x) -> take 0 i x) (Tensor.ofArray [ 2 ] [| 0; 1 |], random 1 [ 4; 5 ]))

[<Fact>]
let ``what a fused loop keeps to itself is not moved`` () =
    let cost = Cost.estimate (fun (x: Tensor) -> tanh (2.0 * x) + 1.0) (single [ 1000 ])
    Assert.Equal(8000L, cost.BytesMoved)
    Assert.Equal(3000L, cost.Operations)
    Assert.Equal(1, cost.Steps)
    Assert.Equal(4000L, cost.PeakBytes)

[<Fact>]
let ``what is not floating-point is no parameter`` () =
    let cost = Cost.estimate (fun (i, x: Tensor) -> take 0 i x) (Tensor.ofArray [ 2 ] [| 0; 1 |], random 1 [ 4; 5 ])
    Assert.Equal(20L, cost.Parameters)

[<Fact>]
let ``memory is that of what is alive at once`` () =
    let x = random 1 [ 10; 10 ]
    let product (a: Tensor) b = matmul a b
    // While the third is computed the second is alive, the first no more.
    Assert.Equal(2L * 800L, peak (fun x -> product x (product x (product x x))) x)
    // Row by row nothing lies between them.
    Assert.Equal(800L, peak (fun x -> product (product (product x x) x) x) x)
    // Here the first is alive too, up to the sum, which takes its memory: the third is added row by row, and is never whole.
    Assert.Equal(2L * 800L, peak (fun x -> let a = product x x in a + product x (product x a)) x)

[<Fact>]
let ``views and arguments take no memory`` () =
    Assert.Equal(0L, peak (fun (x: Tensor) -> reshape [ 5; 20 ] x, x[3]) (random 1 [ 10; 10 ]))
    // A view keeps what it shows.
    let f (x: Tensor) = let a = matmul x x in a[0], matmul (transpose a) x
    Assert.Equal(2L * 800L, peak f (random 1 [ 10; 10 ]))

[<Fact>]
let ``a scan holds its stacks, and the carries of two steps`` () =
    let f (xs: Tensor) = scan (fun (h: Tensor) (x: Tensor) -> let h = matmul h x in h, ()) (random 3 [ 10; 10 ]) xs |> fst
    Assert.Equal(2L * 800L, peak f (random 1 [ 5; 10; 10 ]))
    // Each step's product goes into its place of the stack, after it was made elsewhere, and stays as the carry.
    let g (xs: Tensor) = scan (fun (h: Tensor) (x: Tensor) -> let h = matmul h x in h, h) (random 3 [ 10; 10 ]) xs
    Assert.Equal(5L * 800L + 2L * 800L, peak g (random 1 [ 5; 10; 10 ]))

[<Fact>]
let ``a scan lays a transposed matrix out anew when enough steps multiply by it`` () =
    let f (turn: Tensor -> Tensor) (w: Tensor, xs: Tensor) =
        scan (fun (h: Tensor) (x: Tensor) -> let h = matmul (h + x) (turn w) in h, ()) (random 3 [ 10; 10 ]) xs |> fst

    let extra length =
        let x = random 1 [ 10; 10 ], random 2 [ length; 10; 10 ]
        peak (f transpose) x - peak (f id) x

    Assert.Equal(0L, extra 7)
    Assert.Equal(800L, extra 8)

[<Fact>]
let ``a layer of convolution in a scan writes into its place of the stack`` () =
    let f (xs: Tensor, w: Tensor, bs: Tensor) =
        map (fun (x, b) -> relu (convolution ConvolutionOptions.Default x w + reshape [ 8; 1; 1 ] b)) (xs, bs)

    let single seed sizes = cast DType.Float32 (random seed sizes)
    // Five results [2, 8, 4, 4] of four bytes an element.
    Assert.Equal(5L * 1024L, peak f (single 1 [ 5; 2; 3; 6; 6 ], single 2 [ 8; 3; 3; 3 ], single 3 [ 5; 8 ]))

[<Fact>]
let ``a summary has the operations of each layer`` () =
    let model = Layer.named [ "hidden", Layers.denseWith Activation.Relu 16; "output", Layers.dense 3 ]
    let rows = Layer.rows (shapeOf [ 4 ]) model
    // Products, biases and relu.
    Assert.Equal<int64 voption list>([ ValueSome(2L * 4L * 16L + 16L + 16L); ValueSome(2L * 16L * 3L + 3L) ], rows |> List.map _.Operations)
    Assert.EndsWith("131 parameters, 259 FLOPs an example, input [4]", Layer.summary (shapeOf [ 4 ]) model)

[<Fact>]
let ``a layer that reads values has a summary without operations`` () =
    let reading = Layer.Function("Reading", id, (fun _ x -> if x.ToDoubles().Length > 0 then x else -x))
    let text = Layer.summary (shapeOf [ 4 ]) (Layer.sequential [ Layers.dense 2; reading ])
    Assert.Contains("–", text)
    Assert.EndsWith("10 parameters, input [4]", text)

[<Fact>]
let ``a residual part is one row`` () =
    let rows = Layer.rows (shapeOf [ 4 ]) (Layer.residual (Layer.sequential [ Layers.dense 4 ]))
    let row = Assert.Single rows
    // The product, the bias and the sum.
    Assert.Equal(ValueSome(2L * 16L + 4L + 4L), row.Operations)

/// Convolutions with what follows them as one step of a plan, and its gradients as another.
module DeepFun.Core.Tests.Compiler.ConvolutionStepTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private random (seed: int) sizes = cast DType.Float32 (uniform (Random seed) sizes)

let private agrees (f: 'a -> 'b) (x: 'a) = closeAll "compiled" 2e-5 (Tree.leaves (f x)) (Tree.leaves (jit f x))

let private plan (f: 'a -> 'b) (x: 'a) : string =
    let c = compile f
    c.Invoke x |> ignore
    Assert.Single(c.Compilations).Plan

let private count (words: string) (text: string) = text.Split(words).Length - 1

/// How many convolutions, and how many of their gradients, are one step.
let private fusedIn (text: string) = count "= convolution, bias" text, count "= gradients of convolution" text

let private layer (o: ConvolutionOptions) (x: Tensor) (w: Tensor) (b: Tensor) = relu (convolution o x w + reshape [ b.Size; 1; 1 ] b)

type private Network = { First: Tensor; FirstBias: Tensor; Second: Tensor; SecondBias: Tensor; Out: Tensor }

let private network =
    {
        First = 0.3 * random 1 [ 16; 3; 3; 3 ]
        FirstBias = random 2 [ 16 ]
        Second = 0.1 * random 3 [ 32; 16; 3; 3 ]
        SecondBias = random 4 [ 32 ]
        Out = 0.1 * random 5 [ 32 * 2 * 2; 4 ]
    }

let private images = random 6 [ 5; 3; 14; 14 ]

let private apply (x: Tensor) (p: Network) =
    let h = layer ConvolutionOptions.Default x p.First p.FirstBias |> maxPool [| 2; 2 |] [| 2; 2 |] [| 0; 0 |]
    let h = layer ConvolutionOptions.Default h p.Second p.SecondBias |> maxPool [| 2; 2 |] [| 2; 2 |] [| 0; 0 |]
    matmul (reshape [ x.Shape[0]; 32 * 2 * 2 ] h) p.Out

let private loss (p: Network) = mean (square (apply images p))

[<Fact>]
let ``a layer with pooling is one step, and so are its gradients`` () =
    agrees (apply images) network
    agrees (valueAndGrad loss) network
    Assert.Equal((2, 0), fusedIn (plan (apply images) network))
    Assert.Equal((2, 2), fusedIn (plan (grad loss) network))

[<Fact>]
let ``the gradient by the images is computed where it is asked for`` () =
    let f (x: Tensor) = mean (square (apply x network))
    agrees (grad f) images
    agrees (valueAndGrad (fun (x, p) -> mean (square (apply x p)))) (images, network)

[<Fact>]
let ``without pooling, with strides, padding, dilation and windows that leave rows out`` () =
    let options =
        [
            ConvolutionOptions.Default
            { ConvolutionOptions.Default with Strides = [| 2 |] }
            { ConvolutionOptions.Default with Padding = [| 1 |] }
            { ConvolutionOptions.Default with Dilations = [| 2 |]; Padding = [| 2; 1 |] }
        ]

    for o in options do
        let f (w: Tensor, b: Tensor) = sum (square (layer o images w b))
        let pooled k s (w: Tensor, b: Tensor) = sum (square (maxPool [| k; k |] [| s; s |] [| 0; 0 |] (layer o images w b)))
        let x = network.First, network.FirstBias
        agrees (valueAndGrad f) x
        agrees (valueAndGrad (pooled 2 2)) x
        agrees (valueAndGrad (pooled 3 2)) x
        agrees (valueAndGrad (pooled 2 3)) x
        Assert.Equal((1, 1), fusedIn (plan (grad f) x))

[<Fact>]
let ``a value that something else reads stays`` () =
    let o = ConvolutionOptions.Default
    let w, b = network.First, network.FirstBias

    let sums (w: Tensor, b: Tensor) =
        let s = convolution o images w + reshape [ 16; 1; 1 ] b
        relu s, s

    let both (w: Tensor, b: Tensor) =
        let y = layer o images w b
        sum (maxPool [| 2; 2 |] [| 2; 2 |] [| 0; 0 |] y) + sum (square y)

    let places (w: Tensor, b: Tensor) = maxPoolWithIndices [| 2; 2 |] [| 2; 2 |] [| 0; 0 |] (layer o images w b)
    let bare (w: Tensor, b: Tensor) = convolution o images w, relu (convolution o images w + reshape [ 16; 1; 1 ] b)
    agrees sums (w, b)
    agrees (valueAndGrad both) (w, b)
    agrees places (w, b)
    agrees bare (w, b)
    Assert.Equal((0, 0), fusedIn (plan sums (w, b)))
    Assert.Equal((0, 0), fusedIn (plan bare (w, b)))
    // The positions are asked for: the step would have them in another order.
    Assert.Equal((1, 0), fusedIn (plan places (w, b)))

[<Fact>]
let ``in a loop whose bias stays the same`` () =
    let f (w: Tensor, b: Tensor) =
        let step (total: Tensor) (x: Tensor) = total + sum (layer ConvolutionOptions.Default x w b), ()
        scan step (0.0 * sum w) (stack 0 [ images; 0.5 * images ]) |> fst

    let x = network.First, network.FirstBias
    agrees (valueAndGrad f) x
    Assert.Equal((1, 0), fusedIn (plan f x))

[<Fact>]
let ``a choice by the sign, of what is no gradient`` () =
    // As the gradient of relu and pooling would be, but of an argument, and of an argument in another shape.
    let f (w: Tensor, b: Tensor, other: Tensor, flat: Tensor) =
        let s = convolution ConvolutionOptions.Default images w + reshape [ 16; 1; 1 ] b
        let zero = zerosLike s
        let chosen = where (greater s zero) other zero

        maxPool [| 2; 2 |] [| 2; 2 |] [| 0; 0 |] (relu s),
        sumOver [ 0; 2; 3 ] chosen,
        where (greater s zero) (reshape [ 5; 16; 12; 12 ] flat) zero

    let other = random 10 [ 5; 16; 12; 12 ]
    agrees f (network.First, network.FirstBias, other, flatten other)
    let g (w: Tensor, b: Tensor, other: Tensor) = let y, z, _ = f (w, b, other, flatten other) in y, z
    agrees g (network.First, network.FirstBias, other)

    let reshaped (w: Tensor, b: Tensor, flat: Tensor) =
        let s = convolution ConvolutionOptions.Default images w + reshape [ 16; 1; 1 ] b
        let zero = zerosLike s
        maxPool [| 2; 2 |] [| 2; 2 |] [| 0; 0 |] (relu s), where (greater s zero) (reshape [ 5; 16; 12; 12 ] flat) zero

    agrees reshaped (network.First, network.FirstBias, flatten other)

[<Fact>]
let ``derivatives of derivatives, batches and loops of such layers`` () =
    agrees (fun p -> hvp loss p p) network
    agrees (fun p -> jvp loss p p) network
    let two (t: Tensor) = stack 0 [ t; t * 0.5 ]
    agrees (vmap (grad loss)) (Tree.map two network)

    let steps (p: Network) =
        let step p _ = Tree.map2 (fun p g -> p - 0.01 * g) p (grad loss p), loss p
        scanWith { ScanOptions.Default with Length = Some 3 } step p ()

    agrees steps network

[<Fact>]
let ``a loop stacks such layers, and its gradients`` () =
    let xs, w, bs = random 10 [ 4; 5; 3; 9; 9 ], network.First, random 11 [ 4; 16 ]
    let each (w: Tensor, bs: Tensor) = map (fun (x, b) -> layer ConvolutionOptions.Default x w b) (xs, bs)
    let loss (x: Tensor) (w: Tensor, b: Tensor) = sum (square (layer ConvolutionOptions.Default x w b))
    let gradients (w: Tensor, bs: Tensor) = map (fun (x, b) -> grad (loss x) (w, b)) (xs, bs)
    agrees each (w, bs)
    agrees (valueAndGrad (fun wb -> sum (square (each wb)))) (w, bs)
    agrees gradients (w, bs)
    Assert.Equal((1, 0), fusedIn (plan each (w, bs)))
    Assert.Equal((1, 1), fusedIn (plan gradients (w, bs)))

[<Fact>]
let ``other dtypes and groups run part by part`` () =
    let double = Tree.map (cast DType.Float64) network
    let f (p: Network) = mean (square (apply (cast DType.Float64 images) p))
    agrees (valueAndGrad f) double
    Assert.Equal((0, 0), fusedIn (plan (grad f) double))
    let o = { ConvolutionOptions.Default with Groups = 2 }
    let x = random 7 [ 3; 16; 8; 8 ]
    let grouped (w: Tensor, b: Tensor) = sum (square (layer o x w b))
    let wb = random 8 [ 16; 8; 3; 3 ], random 9 [ 16 ]
    agrees (valueAndGrad grouped) wb

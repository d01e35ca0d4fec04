/// Bad calls of tensors, trees and transformations.
module internal DeepFun.Core.Tests.Golden.BadCalls

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers

let private zeros (sizes: int list) : Tensor = Tensor.zeros sizes
let private ints (values: int list) = Tensor.ofArray [ values.Length ] (Array.ofList values)
let private run (f: unit -> 'a) = fun () -> f () |> ignore
let private standard = ConvolutionOptions.Default

let private leaked () =
    let kept = ref (zeros [])

    grad
        (fun (x: Tensor) ->
            kept.Value <- x * x
            sum x)
        (zeros [ 2 ])
    |> ignore

    kept.Value + 1.0

/// A name for the bad call, and the call.
let calls: (string * (unit -> unit)) list =
    [
        "zeros [-1; 2]", run (fun () -> zeros [ -1; 2 ])
        "zeros [70000; 70000]", run (fun () -> zeros [ 70000; 70000 ])
        "take 0 [0; 7] of [3]", run (fun () -> take 0 (ints [ 0; 7 ]) (zeros [ 3 ]))
        "amax of [0]", run (fun () -> amax (zeros [ 0 ]))
        "[2; 3] + [2]", run (fun () -> zeros [ 2; 3 ] + zeros [ 2 ])
        "sumOver [2] of [2; 3]", run (fun () -> sumOver [ 2 ] (zeros [ 2; 3 ]))
        "sort 0 of a scalar", run (fun () -> sort 0 (zeros []))
        "expandDims 4 of [2; 3]", run (fun () -> expandDims 4 (zeros [ 2; 3 ]))
        "sumOver [0; -2] of [2; 3]", run (fun () -> sumOver [ 0; -2 ] (zeros [ 2; 3 ]))
        "reshape [4] of [2; 3]", run (fun () -> reshape [ 4 ] (zeros [ 2; 3 ]))
        "reshape [4; -1] of [2; 3]", run (fun () -> reshape [ 4; -1 ] (zeros [ 2; 3 ]))
        "reshape [-1; -1] of [2; 3]", run (fun () -> reshape [ -1; -1 ] (zeros [ 2; 3 ]))
        "permute [0; 0] of [2; 3]", run (fun () -> permute [ 0; 0 ] (zeros [ 2; 3 ]))
        "broadcastTo [4; 2] of [2; 3]", run (fun () -> broadcastTo [ 4; 2 ] (zeros [ 2; 3 ]))
        "slice 0 2 1 of [3]", run (fun () -> slice 0 2 1 (zeros [ 3 ]))
        "item 0 3 of [3]", run (fun () -> item 0 3 (zeros [ 3 ]))
        "item 0 0 of [0]", run (fun () -> item 0 0 (zeros [ 0 ]))
        "[3] at 3", run (fun () -> (zeros [ 3 ])[3])
        "[3] at -4", run (fun () -> (zeros [ 3 ])[-4])
        "[3] at 1..3", run (fun () -> (zeros [ 3 ])[1..3])
        "[3] at 0, 0", run (fun () -> (zeros [ 3 ])[0, 0])
        "every 0th of [3]", run (fun () -> (zeros [ 3 ])[[| Slice.Every(0, Range.All) |]])
        "concat 1 of [2; 3] and [3; 3]", run (fun () -> concat 1 [ zeros [ 2; 3 ]; zeros [ 3; 3 ] ])
        "matmul of [2; 3] and [2; 3]", run (fun () -> matmul (zeros [ 2; 3 ]) (zeros [ 2; 3 ]))
        "convolutionTranspose of [1; 3; 4] and [2; 1; 3]",
        run (fun () -> convolutionTranspose standard [| 0 |] (zeros [ 1; 3; 4 ]) (zeros [ 2; 1; 3 ]))
        "convolution of [1; 3; 4] and [2; 2; 3]", run (fun () -> convolution standard (zeros [ 1; 3; 4 ]) (zeros [ 2; 2; 3 ]))
        "convolutionTranspose with output padding 1",
        run (fun () -> convolutionTranspose standard [| 1 |] (zeros [ 1; 2; 4 ]) (zeros [ 2; 1; 3 ]))
        "matmul of bool", run (fun () -> let x = cast DType.Bool (zeros [ 1; 1 ]) in matmul x x)
        "convolution with stride 0", run (fun () -> convolution { standard with Strides = [| 0 |] } (zeros [ 1; 2; 4 ]) (zeros [ 2; 2; 3 ]))
        "maxPool [5] of [3]", run (fun () -> maxPool [| 5 |] [| 1 |] [| 0 |] (zeros [ 3 ]))
        "maxPool [2] padded by 2", run (fun () -> maxPool [| 2 |] [| 1 |] [| 2 |] (zeros [ 3 ]))
        "takeAlong 1 of [2; 3] by [3; 1]", run (fun () -> takeAlong 1 (reshape [ 3; 1 ] (ints [ 0; 0; 0 ])) (zeros [ 2; 3 ]))
        "scatterAdd 0 of [3] by [2] with [3]", run (fun () -> scatterAdd 0 (ints [ 0; 1 ]) (zeros [ 3 ]) (zeros [ 3 ]))
        "scatterAdd 1 of [2; 3] by [2] with [3; 2]", run (fun () -> scatterAdd 1 (ints [ 0; 1 ]) (zeros [ 3; 2 ]) (zeros [ 2; 3 ]))
        "scatterAddAlong 0 of [2; 3] by [1; 2]",
        run (fun () -> scatterAddAlong 0 (reshape [ 1; 2 ] (ints [ 0; 1 ])) (zeros [ 1; 2 ]) (zeros [ 2; 3 ]))
        "dot of [2; 2] and [2]", run (fun () -> dot (zeros [ 2; 2 ]) (zeros [ 2 ]))
        "tril of [3]", run (fun () -> tril 0 (zeros [ 3 ]))
        "split 2 of [3]", run (fun () -> split 2 0 (zeros [ 3 ]))
        "pad with one pair of [2; 3]", run (fun () -> pad 0.0 [ 1, 1 ] (zeros [ 2; 3 ]))
        "concat of nothing", run (fun () -> concat 0 [])
        "einsum \"ij,jk\" of one tensor", run (fun () -> einsum "ij,jk" [ zeros [ 2; 3 ] ])
        "einsum \"ij,jk\" of [2; 3] and [2; 3]", run (fun () -> einsum "ij,jk" [ zeros [ 2; 3 ]; zeros [ 2; 3 ] ])
        "einsum \"i->i\" of [2; 3]", run (fun () -> einsum "i->i" [ zeros [ 2; 3 ] ])
        "einsum \"i1->i\"", run (fun () -> einsum "i1->i" [ zeros [ 2; 3 ] ])
        "einsum \"ij->ik\"", run (fun () -> einsum "ij->ik" [ zeros [ 2; 3 ] ])
        "einsum \"ij->ii\"", run (fun () -> einsum "ij->ii" [ zeros [ 2; 3 ] ])
        "einsum \"ii->i\" of [2; 3]", run (fun () -> einsum "ii->i" [ zeros [ 2; 3 ] ])
        "einsum \"i->j->k\"", run (fun () -> einsum "i->j->k" [ zeros [ 2 ] ])
        "einsum \"...i...\"", run (fun () -> einsum "...i..." [ zeros [ 2 ] ])
        "einsum \"...,...\" of [2] and [3]", run (fun () -> einsum "...,..." [ zeros [ 2 ]; zeros [ 3 ] ])
        "einsum of nothing", run (fun () -> einsum "" [])
        "matrixPower of [2; 3]", run (fun () -> matrixPower 2 (zeros [ 2; 3 ]))
        "matrixPower -1", run (fun () -> matrixPower -1 (zeros [ 2; 2 ]))
        "meshgrid of [2; 3]", run (fun () -> meshgrid [ zeros [ 2; 3 ] ])
        "padReflect 3 of [3]", run (fun () -> padReflect [ 3, 0 ] (zeros [ 3 ]))
        "padCircular -1 of [3]", run (fun () -> padCircular [ 0, -1 ] (zeros [ 3 ]))
        "padReplicate with one pair of [2; 3]", run (fun () -> padReplicate [ 1, 1 ] (zeros [ 2; 3 ]))
        "padReplicate of [0]", run (fun () -> padReplicate [ 1, 1 ] (zeros [ 0 ]))
        "chunk 0", run (fun () -> chunk 0 0 (zeros [ 3 ]))
        "unfold 4 of [3]", run (fun () -> unfold 0 4 1 (zeros [ 3 ]))
        "unfold by step 0", run (fun () -> unfold 0 2 0 (zeros [ 3 ]))
        "diagEmbed of a scalar", run (fun () -> diagEmbed 0 (zeros []))
        "rot90 in one axis", run (fun () -> rot90 1 0 -2 (zeros [ 2; 2 ]))
        "quantile 1.5", run (fun () -> quantile 1.5 (zeros [ 3 ]))
        "quantile NaN", run (fun () -> quantile nan (zeros [ 3 ]))
        "median of [0]", run (fun () -> median (zeros [ 0 ]))
        "histogram of 0 bins", run (fun () -> histogram 0 0.0 1.0 (zeros [ 3 ]))
        "histogram from 1 to 1", run (fun () -> histogram 2 1.0 1.0 (zeros [ 3 ]))
        "segmentSum 3 by 5", run (fun () -> segmentSum 3 (ints [ 5 ]) (zeros [ 1 ]))
        "segmentSum -1", run (fun () -> segmentSum -1 (ints [ 0 ]) (zeros [ 1 ]))
        "segmentSum of [3] by [2]", run (fun () -> segmentSum 1 (ints [ 0; 0 ]) (zeros [ 3 ]))
        "segmentSum by a scalar", run (fun () -> segmentSum 1 (reshape [] (ints [ 0 ])) (zeros [ 1 ]))
        "a vector read as a number", run (fun () -> (zeros [ 2 ]).ToDouble())
        "three values under [2]", run (fun () -> Tensor.ofArray [ 2 ] [| 1.0; 2.0; 3.0 |])
        "tensordot [0] [0] of [2; 3] and [3; 2]", run (fun () -> tensordot [ 0 ] [ 0 ] (zeros [ 2; 3 ]) (zeros [ 3; 2 ]))
        "scatterAdd of float64 into float32", run (fun () -> scatterAdd 0 (ints [ 0 ]) (f64 [ 1 ] [ 1.0 ]) (zeros [ 3 ]))
        "not of float32", run (fun () -> logicalNot (zeros [ 2 ]))
        "where on float32", run (fun () -> where (zeros [ 2 ]) (zeros [ 2 ]) (zeros [ 2 ]))
        "take by float32", run (fun () -> take 0 (zeros [ 2 ]) (zeros [ 2 ]))
        "cumsum of bool", run (fun () -> cumsum 0 (Tensor.ofArray [ 1 ] [| true |]))
        "minus bool", run (fun () -> -(Tensor.ofArray [ 1 ] [| true |]))
        "tensor of decimals", run (fun () -> Tensor.ofArray [ 1 ] [| 1m |])
        "5 % 0 of int32", run (fun () -> ints [ 5 ] % 0.0)
        "pow of int32 to -1", run (fun () -> pow (ints [ 5 ]) (ints [ -1 ]))
        "float32 read as double", run (fun () -> (zeros [ 2 ]).ToArray<float>())
        "grad by a float", run (fun () -> grad (fun (_: float) -> zeros []) 1.0)
        "map2 of lists of 1 and 2", run (fun () -> Tree.map2 (+) [ zeros [] ] [ zeros []; zeros [] ])
        "grad by an empty list", run (fun () -> grad (fun (_: Tensor list) -> zeros []) [])
        "a value that left grad", run leaked
        "a value read under vmap", run (fun () -> vmap (fun (x: Tensor) -> if x.ToDouble() > 0.0 then x else -x) (zeros [ 2 ]))
        "grad of a vector", run (fun () -> grad (fun (x: Tensor) -> 2.0 * x) (zeros [ 2 ]))
        "grad by int32", run (fun () -> grad sum (ints [ 1 ]))
        "jvp of [2] along [3]", run (fun () -> jvp sum (zeros [ 2 ]) (zeros [ 3 ]))
        "vmap over 2 and 3", run (fun () -> vmap (fun (x: Tensor, y: Tensor) -> x + y) (zeros [ 2 ], zeros [ 3 ]))
        "vmap over a scalar", run (fun () -> vmap (fun (x: Tensor) -> x) (zeros []))
        "jet of order -1", run (fun () -> jet exp (zeros []) -1)
        "polygamma of a tensor's order as F#",
        run (fun () -> Explain.fsharp (fun (x: Tensor) -> Tensor.Bind2(Binary.Polygamma, x, x)) (zeros []))
    ]

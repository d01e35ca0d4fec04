/// Products of matrices whose rows repeat, compiled: the same values, and each row multiplied once.
module DeepFun.Core.Tests.Compiler.RepeatsTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private agrees (f: 'a -> 'b) (x: 'a) = closeAll "compiled" 1e-11 (Tree.leaves (f x)) (Tree.leaves (jit f x))

let private graph (f: 'a -> 'b) (x: 'a) : string =
    let c = compile f
    c.Invoke x |> ignore
    Assert.Single(c.Compilations).Graph

let private isIn (text: string) (words: string) = text.Contains(words, StringComparison.Ordinal)
let private random (seed: int) sizes = uniform (Random seed) sizes

/// u [3, 4], repeated five times in the middle, as a matrix of 15 rows.
let private middle (u: Tensor) = reshape [ 15; 4 ] (broadcastTo [ 3; 5; 4 ] (expandDims 1 u))

/// u [4], in every row.
let private same (u: Tensor) = broadcastTo [ 15; 4 ] u

[<Fact>]
let ``a product with repeated rows on the left multiplies each once`` () =
    for repeat, u in [ middle, random 1 [ 3; 4 ]; same, random 2 [ 4 ] ] do
        let f (u: Tensor, w: Tensor) = matmul (repeat u) w
        let x = u, random 3 [ 4; 6 ]
        agrees f x
        agrees (grad (fun x -> sum (square (f x)))) x
        Assert.False(isIn (graph f x) "float64[15, 6] = matmul")

[<Fact>]
let ``a product that sums over repeated rows sums the other operand's first`` () =
    for repeat, u in [ middle, random 1 [ 3; 4 ]; same, random 2 [ 4 ] ] do
        let z = random 4 [ 15; 7 ]
        let right (z: Tensor, u: Tensor) = matmul (transpose z) (repeat u)
        let straight (z: Tensor, u: Tensor) = matmul z (repeat u)
        let left (z: Tensor, u: Tensor) = matmul (transpose (repeat u)) z
        agrees right (z, u)
        agrees straight (transpose z, u)
        agrees left (z, u)
        agrees (grad (fun x -> sum (sin (right x)) + sum (sin (left x)))) (z, u)

        for f in [ right; left ] do
            Assert.True(isIn (graph f (z, u)) "sum [")

[<Fact>]
let ``a mean's gradient goes through a dense layer one row an example`` () =
    let loss (w: Tensor, x: Tensor) =
        sum (
            square (
                meanOver
                    [ 1 ]
                    (relu (matmul (reshape [ 40; 6 ] x) w)
                     |> reshape [ 5; 8; 6 ]
                     |> fun y -> matmul (reshape [ 40; 6 ] y) w |> reshape [ 5; 8; 6 ])
            )
        )

    let x = random 5 [ 6; 6 ], random 6 [ 5; 8; 6 ]
    agrees (grad loss) x
    agrees (fun x -> hvp loss x x) x
    Assert.True(isIn (graph (grad loss) x) "float64[5, 6] = matmul")

[<Fact>]
let ``a sum over repeated values is a multiple of them`` () =
    let u = random 7 [ 3; 1; 4 ]

    for axes in [ [ 0 ]; [ 1 ]; [ 2 ]; [ 0; 1 ]; [ 1; 2 ]; [ 0; 2 ]; [ 0; 1; 2 ]; [ 3 ]; [ 0; 1; 3 ]; [ 0; 1; 2; 3 ] ] do
        let f (u: Tensor) = sumOver axes (broadcastTo [ 2; 3; 5; 4 ] u)
        agrees f u
        agrees (grad (fun u -> sum (square (f u)))) u

    Assert.False(isIn (graph (fun u -> sumOver [ 0 ] (broadcastTo [ 9; 4 ] u)) (random 8 [ 4 ])) "sum")

[<Fact>]
let ``values that do not repeat, and matrices without rows, stay as they are`` () =
    let x = random 9 [ 6; 4 ], random 10 [ 4; 3 ]
    agrees (fun (a: Tensor, b: Tensor) -> matmul (reshape [ 6; 4 ] (broadcastTo [ 1; 6; 4 ] a)) b) x
    agrees (fun (a: Tensor, b: Tensor) -> matmul (broadcastTo [ 0; 4 ] (sumOver [ 0 ] a)) b) x
    // Columns that repeat are none of ours.
    agrees (fun (a: Tensor, b: Tensor) -> matmul (broadcastTo [ 6; 4 ] (slice 1 0 1 a)) b) x
    agrees (fun (a: Tensor, b: Tensor) -> matmul a (broadcastTo [ 4; 5 ] (slice 1 0 1 b))) x

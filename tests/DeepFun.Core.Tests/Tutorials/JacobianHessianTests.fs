/// Tutorial: the Jacobian and the Hessian of a small network, and products with them that never build them.
module DeepFun.Core.Tests.Tutorials.JacobianHessianTests

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private first = Random.normal64 [ 3; 5 ] (Key.ofSeed 0L)
let private second = Random.normal64 [ 5; 2 ] (Key.ofSeed 1L)
let private x = Tensor.vector64 [ 0.4; -0.7; 1.1 ]

/// Three numbers in, two out.
let private network (x: Tensor) : Tensor = matmul (tanh (matmul x first)) second

/// One number out.
let private energy (x: Tensor) : Tensor = sum (square (network x))

[<Fact>]
let ``the Jacobian is the finite differences, column by column`` () =
    let j = jacobian network x
    Assert.Equal<int[]>([| 2; 3 |], j.Shape.ToArray())

    for k in 0..2 do
        let step = Tensor.vector64 [ for i in 0..2 -> if i = k then 1e-5 else 0.0 ]
        close $"column {k}" 1e-8 ((network (x + step) - network (x - step)) / 2e-5) (item 1 k j)

    // Forward mode builds it by columns, reverse mode by rows.
    close "forward" 1e-14 j (jacobianForward network x)
    close "reverse" 1e-14 j (jacobianReverse network x)

    // J v and Jᵀ u, each for about the cost of the function.
    let v, u = Tensor.vector64 [ 1.0; 2.0; -1.0 ], Tensor.vector64 [ 0.5; -2.0 ]
    close "J v" 1e-14 (matmul j v) (snd (jvp network x v))
    close "u J" 1e-14 (matmul u j) ((snd (vjp network x)) u)

[<Fact>]
let ``the Hessian is symmetric and the finite difference of the gradient`` () =
    let h = hessian energy x
    close "symmetric" 1e-13 h (transpose h)

    for k in 0..2 do
        let step = Tensor.vector64 [ for i in 0..2 -> if i = k then 1e-5 else 0.0 ]
        close $"column {k}" 1e-7 ((grad energy (x + step) - grad energy (x - step)) / 2e-5) (item 1 k h)

    // Against values of the function only, which no derivative rule has touched.
    close "values" 1e-5 (Numeric.hessian (Some 1e-4) energy x) h
    let v = Tensor.vector64 [ 1.0; 2.0; -1.0 ]
    close "H v" 1e-13 (matmul h v) (hvp energy x v)

    // A Hessian for every row of a batch.
    let rows = Random.normal64 [ 4; 3 ] (Key.ofSeed 2L)
    close "batch" 1e-13 (stack 0 [ for i in 0..3 -> hessian energy (item 0 i rows) ]) (vmap (hessian energy) rows)

/// Jacobians and Hessians of functions from tree to tree: closed forms, both modes, and as trees themselves.
module DeepFun.Core.Tests.Transformations.JacobianTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

type Body = { Mass: Tensor; Velocity: Tensor; Name: string }

type Motion = { Energy: Tensor; Momentum: Tensor }

/// ½ m v², m v
let private motion (b: Body) : Motion = { Energy = 0.5 * b.Mass * sum (square b.Velocity); Momentum = b.Mass * b.Velocity }

let private body = { Mass = scalar 2.0; Velocity = f64 [ 2 ] [ 3.0; -1.0 ]; Name = "b" }

let private expected (what: string) (j: Jacobian<Body, Motion>) =
    let energy = j.Of(fun m -> m.Energy)
    Assert.Equal("b", energy.Name)
    close what 1e-15 (scalar 5.0) energy.Mass
    close what 1e-15 (f64 [ 2 ] [ 6.0; -2.0 ]) energy.Velocity
    close what 1e-15 (f64 [ 2 ] [ 3.0; -1.0 ]) (j.Of((fun m -> m.Momentum), (fun b -> b.Mass)))
    close what 1e-15 (f64 [ 2; 2 ] [ 2.0; 0.0; 0.0; 2.0 ]) (j.Of((fun m -> m.Momentum), (fun b -> b.Velocity)))

[<Fact>]
let ``the Jacobian of a record by a record has closed forms, by every mode`` () =
    expected "automatic" (jacobianTree motion body)
    expected "forward" (jacobianTreeForward motion body)
    expected "reverse" (jacobianTreeReverse motion body)
    expected "numeric" (Numeric.jacobianTree (Some 0.5) motion body)
    let y, j = valueAndJacobianTree motion body
    expected "valueAndJacobianTree" j
    number 0.0 10.0 y.Energy
    let rows = jacobianTree motion body |> _.Rows |> Seq.map _.Key |> List.ofSeq
    Assert.Equal<string list>([ "Energy"; "Momentum" ], rows)

[<Fact>]
let ``the matrix has a row for each number of the result and a column for each of the argument`` () =
    let m = (jacobianTree motion body).ToMatrix()
    close "matrix" 1e-15 (f64 [ 3; 3 ] [ 5.0; 6.0; -2.0; 3.0; 2.0; 0.0; -1.0; 0.0; 2.0 ]) m

[<Fact>]
let ``a Hessian is the Jacobian of a gradient`` () =
    // f = a² b + Σ c³
    let f (a: Tensor, l: Tensor list) : Tensor = a * a * l[0] + sum (l[1] ** 3.0)
    let x = scalar 3.0, [ scalar 5.0; f64 [ 2 ] [ 1.0; 2.0 ] ]
    let y, g, h = valueGradHessianTree f x
    number 1e-15 54.0 y
    number 1e-15 30.0 (fst g)
    number 1e-15 9.0 (List.head (snd g))
    close "cubes" 1e-14 (f64 [ 2 ] [ 3.0; 12.0 ]) (List.last (snd g))

    let matrix = f64 [ 4; 4 ] [ 10.0; 6.0; 0.0; 0.0; 6.0; 0.0; 0.0; 0.0; 0.0; 0.0; 6.0; 0.0; 0.0; 0.0; 0.0; 12.0 ]

    close "matrix" 1e-13 matrix (h.ToMatrix())
    close "hessianTree" 1e-13 matrix ((hessianTree f x).ToMatrix())
    close "numeric" 1e-6 matrix ((Numeric.hessianTree None f x).ToMatrix())
    close "block" 1e-15 (f64 [ 2; 2 ] [ 6.0; 0.0; 0.0; 12.0 ]) (h.Of((fun (_, l) -> l[1]), (fun (_, l) -> l[1])))
    close "block" 1e-15 (scalar 6.0) (h.Of(fst, (fun (_, l) -> l[0])))

[<Fact>]
let ``what cannot vary has zero blocks`` () =
    let count = Tensor.ofArray [ 2 ] [| 3; 4 |]
    let f (x: Tensor, n: Tensor) = x * cast DType.Float64 n, n + 1.0, stopGradient x
    let x = f64 [ 2 ] [ 1.0; 2.0 ], count

    for j in [ jacobianTreeForward f x; jacobianTreeReverse f x; Numeric.jacobianTree (Some 0.5) f x ] do
        let first, second, third = j.Of(fun (a, _, _) -> a), j.Of(fun (_, b, _) -> b), j.Of(fun (_, _, c) -> c)
        close "product" 0.0 (f64 [ 2; 2 ] [ 3.0; 0.0; 0.0; 4.0 ]) (fst first)
        close "integers" 0.0 (Tensor.fullOf DType.Int32 [ 2; 2 ] 0.0) (snd first)
        close "integer result" 0.0 (Tensor.fullOf DType.Float64 [ 2; 2 ] 0.0) (fst second)
        Assert.Equal("int32[2, 2]", string (snd second).Type)

        // Finite differences do not see what is stopped.
        if (fst third).ToDoubles()[0] <> 1.0 then
            close "stopped" 0.0 (Tensor.fullOf DType.Float64 [ 2; 2 ] 0.0) (fst third)

[<Fact>]
let ``blocks have the argument's dtype, and empty tensors empty blocks`` () =
    let x = Tensor.vector [ 1.0; 2.0 ], f64 [ 0 ] []
    let f (a: Tensor, b: Tensor) = cast DType.Float64 (a * a), sum b, concat 0 [ b; b ]

    for j in [ jacobianTreeForward f x; jacobianTreeReverse f x; jacobianTree f x; Numeric.jacobianTree (Some 0.5) f x ] do
        let types = Tree.paths j |> Array.map (fun (p, t) -> $"{p} {t.Type}") |> String.concat ", "

        Assert.Equal("0/0 float32[2, 2], 0/1 float64[2, 0], 1/0 float32[2], 1/1 float64[0], 2/0 float32[0, 2], 2/1 float64[0, 0]", types)

        Assert.Equal("[3, 2]", string (j.ToMatrix()).Shape)

    close "squares" 0.0 (Tensor.ofArray [ 2; 2 ] [| 2.0f; 0.0f; 0.0f; 4.0f |]) ((jacobianTree f x).Of((fun (a, _, _) -> a), fst))

[<Fact>]
let ``a Jacobian is a tree: it can be mapped, differentiated and traced through`` () =
    // J of x ↦ (sin x, x³) by x; its derivative along 1: −sin x, 6x on the diagonal.
    let f (x: Tensor) = sin x, x ** 3.0
    let x = f64 [ 2 ] [ 0.5; 1.5 ]
    let j, dj = jvp (jacobianTree f) x (onesLike x)
    close "J" 1e-15 (f64 [ 2; 2 ] [ cos 0.5; 0.0; 0.0; cos 1.5 ]) (j.Of fst)
    close "dJ" 1e-14 (f64 [ 2; 2 ] [ -(sin 0.5); 0.0; 0.0; -(sin 1.5) ]) (dj.Of fst)
    close "dJ" 1e-14 (f64 [ 2; 2 ] [ 3.0; 0.0; 0.0; 9.0 ]) (dj.Of snd)
    // Mapped over points: every block with the points in front.
    let points = f64 [ 3; 1 ] [ 0.1; 0.2; 0.3 ]
    let all = vmap (jacobianTree f) points
    close "mapped" 1e-15 (f64 [ 3; 1; 1 ] [ cos 0.1; cos 0.2; cos 0.3 ]) (all.Of fst)
    // A number from a Jacobian: d/dx Σ (cos x)² = −2 sin x cos x.
    let size x = sum (square ((jacobianTreeReverse f x).Of fst))
    close "grad" 1e-14 (-2.0 * sin x * cos x) (grad size x)
    Assert.Equal(2, Tree.leaves j |> Array.length)

[<Fact>]
let ``only a tensor of the result can be chosen`` () =
    let j = jacobianTree motion body
    throws "DF0437" (fun () -> j.Of(fun m -> m.Energy * 2.0))
    throws "DF0437" (fun () -> j.Of(fun _ -> body.Mass))
    throws "DF0404" (fun () -> jacobianTree (fun (x: Tensor) -> x) (Tensor.ofArray [ 1 ] [| 1 |]))

[<Fact>]
let ``a value beside a Jacobian is the function's`` () =
    let x = f64 [ 3 ] [ 1.0; 2.0; 3.0 ]
    let wide (x: Tensor) = outer x x
    let y, j = valueAndJacobian wide x
    close "value" 0.0 (wide x) y
    Assert.Equal("[3, 3, 3]", string j.Shape)
    close "columns" 0.0 (jacobianReverse wide x) j
    let y, j = valueAndJacobian (fun x -> sum (x * x)) x
    number 0.0 14.0 y
    close "row" 0.0 (2.0 * x) j

[<Fact>]
let ``loops carry tangents of all columns beside one value`` () =
    // A carry of three numbers, mixed in each of four steps.
    let mix = f64 [ 3; 3 ] [ 0.1; -0.4; 0.3; 0.5; 0.2; -0.1; -0.3; 0.6; 0.4 ]
    let step (c: Tensor) (x: Tensor) = let next = sin (matmul mix c) + x * c in next, sum (square next)
    let run (x: Tensor) = scan step x (f64 [ 4 ] [ 0.1; 0.2; 0.3; 0.4 ])
    let x = f64 [ 3 ] [ 0.5; -1.0; 0.8 ]
    let forward = jacobianTreeForward run x
    closeAll "reverse" 1e-13 (Tree.leaves forward) (Tree.leaves (jacobianTreeReverse run x))
    closeAll "numeric" 1e-8 (Tree.leaves forward) (Tree.leaves (Numeric.jacobianTree None run x))
    let value (x: Tensor) = sum (snd (run x))
    close "laplacian" 1e-12 (trace (hessian value x)) (laplacian value x)
    close "value" 0.0 (value x) (fst (valueAndLaplacian value x))

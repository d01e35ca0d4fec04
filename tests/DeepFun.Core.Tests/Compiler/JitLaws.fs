/// Compiled gives what operation by operation gives, for every primitive and its derivatives.
module DeepFun.Core.Tests.Compiler.JitLaws

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Laws
open DeepFun.Core.Tests.Numbers
open Xunit

let private byName = Products.table |> Seq.map (fun row -> row.Name, row) |> dict
let all = Products.table |> List.map (fun row -> [| box row.Name |])

let differentiable =
    Products.table |> List.filter (fun row -> (Row.active row).Length > 0) |> List.map (fun row -> [| box row.Name |])

let private tolerance (y: Tensor) = if y.DType = DType.Float32 then 1e-5 else 1e-11

/// A primitive between elementwise operations, so that there is something to fuse before and behind it.
let private surrounded (row: Row) (xs: Tensor[]) : Tensor =
    let floats (x: Tensor) = x.DType = DType.Float64 || x.DType = DType.Float32
    let y = Row.apply row (xs |> Array.map (fun x -> if floats x then x * 2.0 - x else x))
    if floats y then sum (tanh (y * 0.5 + 0.25)) + y else y

[<Theory; MemberData(nameof all)>]
let ``a compiled primitive gives what the primitive gives`` (name: string) =
    let row = byName[name]
    let xs = Row.inputs row 0
    let expected = Row.apply row xs
    close "alone" (tolerance expected) expected (jit (Row.apply row) xs)
    let expected = surrounded row xs
    close "surrounded" (tolerance expected) expected (jit (surrounded row) xs)

[<Theory; MemberData(nameof differentiable)>]
let ``compiled derivatives are the derivatives`` (name: string) =
    let row = byName[name]
    let f, xs = Row.focus row (surrounded row) (Row.inputs row 0)
    let ds = xs |> Array.map (direction (seeded name))
    let y = f xs

    if DTypes.IsFloating y.DType then
        let ct = direction (seeded (name + "ct")) y
        let forward (xs, ds) = jvp f xs ds
        let backward (xs, ct) = snd (vjp f xs) ct
        let second (xs, ct, ds) = jvp (fun xs -> backward (xs, ct)) xs ds |> snd
        close "tangent" (tolerance y) (snd (forward (xs, ds))) (snd (jit forward (xs, ds)))
        closeAll "cotangents" (10.0 * tolerance y) (backward (xs, ct)) (jit backward (xs, ct))
        closeAll "second derivatives" (100.0 * tolerance y) (second (xs, ct, ds)) (jit second (xs, ct, ds))

[<Theory; MemberData(nameof differentiable)>]
let ``Jacobians and Hessians that compile by themselves are those of the function`` (name: string) =
    let row = byName[name]
    let f, xs = Row.focus row (surrounded row) (Row.inputs row 0)
    let y = f xs

    if DTypes.IsFloating y.DType then
        let number xs = sum (sin (f xs))

        let agree what scale (derive: unit -> Tensor[]) =
            let expected = Traced.choosing TracedChoice.None derive
            // Twice, since the second call follows the graph of the first.
            for _ in 1..2 do
                closeAll what (scale * tolerance y) expected (Traced.choosing TracedChoice.Every derive)

        agree "forward" 10.0 (fun () -> Tree.leaves (jacobianTreeForward f xs))
        agree "reverse" 10.0 (fun () -> Tree.leaves (jacobianTreeReverse f xs))
        agree "hessian" 100.0 (fun () -> Tree.leaves (hessianTree number xs))

/// Plans of groups that the fusion should not have made.
module DeepFun.Core.Tests.Compiler.PlanTests

open System
open DeepFun
open DeepFun.Backends
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

/// The last sum would be computed together with the values that the product, which it needs, is made of.
let private circular (x: Tensor) =
    let y = tanh (x * 2.0)
    matmul y y + y * 3.0

let private functions: (string * (Tensor -> Tensor)) list =
    [
        "groups", circular
        "groups in the body of a loop", (fun x -> fst (scan (fun c _ -> circular (c * 0.1), sum c) x (Tensor.vector [ 1.0; 2.0; 3.0 ])))
        "groups beside others", (fun x -> exp (circular x * 0.1) + square x)
    ]

[<Fact>]
let ``groups that need each other in a circle are not computed as groups`` () =
    let x = uniform (Random 1) [ 6; 6 ]

    for name, f in functions do
        let struct (g, closedOver) = Trace.graph Eval.Cpu (fun xs -> [| f xs[0] |]) [| x.Type |]
        let g = Optimize.graph g
        let plan = Plan.ofGroups Eval.Cpu.Backend (fun g covered -> Fusion.Careless(g, covered)) g
        Assert.DoesNotContain("loop over", Plan.show plan)
        let results: Storage[] = Array.zeroCreate 1
        let inputs = Array.append [| x |] closedOver |> Array.map Eval.Cpu.Storage
        Executable(Eval.Cpu, plan).Run(inputs, null, results)
        close name 1e-12 (f x) (Eval.Cpu.Wrap results[0])
        // With care they are computed as groups, and the same.
        Assert.Contains("loop over", Plan.show (Plan.ofGraph Eval.Cpu.Backend g))

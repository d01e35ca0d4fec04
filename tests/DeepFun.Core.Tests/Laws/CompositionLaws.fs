/// Every pair and triple of {jvp, vjp, vmap, checkpoint, custom rules, scan, cond}: composed around a few functions they give what the same
/// composition gives with loops written out, selections for branches, and no rules.
module DeepFun.Core.Tests.Laws.CompositionLaws

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

/// Takes a function of a vector of three to one like it; beside it the meaning in primitives alone.
type private Layer =
    {
        Name: string
        Apply: (Tensor -> Tensor) -> Tensor -> Tensor
        Plain: (Tensor -> Tensor) -> Tensor -> Tensor
    }

let private v = f64 [ 3 ] [ 0.7; -0.4; 1.1 ]

let private tangent (f: Tensor -> Tensor) (x: Tensor) : Tensor = snd (jvp f x v)
let private cotangent (f: Tensor -> Tensor) (x: Tensor) : Tensor = snd (vjp f x) v

let private layers: Layer list =
    let each (f: Tensor -> Tensor) (x: Tensor) = f x + f (0.5 * x) + f (sin x)
    let step (f: Tensor -> Tensor) (c: Tensor) (s: Tensor) = f (c * s) * 0.5 + c
    let steps = f64 [ 2 ] [ 0.8; -0.6 ]
    let positive (x: Tensor) = greater (sum x) (scalar 0.3)

    [
        { Name = "jvp"; Apply = tangent; Plain = tangent }
        { Name = "vjp"; Apply = cotangent; Plain = cotangent }
        {
            Name = "vmap"
            Apply = fun f x -> vmap f (stack 0 [ x; 0.5 * x; sin x ]) |> sumOver [ 0 ]
            Plain = each
        }
        { Name = "checkpoint"; Apply = checkpoint; Plain = id }
        { Name = "customJvp"; Apply = (fun f -> customJvp f (fun x dx -> jvp f x dx)); Plain = id }
        {
            Name = "customVjp"
            Apply = fun f -> customVjp f (fun x -> f x, x) (fun x ct -> snd (vjp f x) ct)
            Plain = id
        }
        {
            Name = "scan"
            // The argument is closed over, too.
            Apply = fun f x -> scan (fun c (s: Tensor) -> step f c s + x * s, ()) x steps |> fst
            Plain =
                fun f x ->
                    let next c s = step f c s + x * s
                    next (next x (item 0 0 steps)) (item 0 1 steps)
        }
        {
            Name = "cond"
            Apply = fun f x -> cond (positive x) f (fun y -> f (y * 0.5) + x) x
            Plain = fun f x -> where (positive x) (f x) (f (x * 0.5) + x)
        }
    ]

let private programs: (Tensor -> Tensor) list =
    let w = f64 [ 3; 3 ] [ 0.2; -0.5; 0.3; 0.7; 0.1; -0.2; -0.6; 0.4; 0.9 ]
    [ (fun x -> tanh (matmul w x) + x * x); (fun x -> sin x * cumsum 0 x) ]

let private points = [ f64 [ 3 ] [ 0.3; 0.9; -0.2 ]; f64 [ 3 ] [ -0.5; 0.2; 0.1 ] ]

let names = layers |> List.map (fun l -> [| box l.Name |])

/// f traced into a graph that passes the checker, as a function again.
let private traced (f: Tensor -> Tensor) (x: Tensor) : Tensor =
    let struct (g, closedOver) = Trace.graph Eval.Cpu (fun xs -> [| f xs[0] |]) [| x.Type |]
    (Graph.run Eval.Cpu (Check.graph g) (Array.append [| x |] closedOver))[0]

let private check (chain: Layer list) trace =
    let compose part = chain |> List.map part |> List.reduce (>>)
    let name = chain |> List.rev |> List.map _.Name |> String.concat " of "

    for f in programs do
        for x in points do
            let expected = compose _.Plain f x
            close name 1e-11 expected (compose _.Apply f x)

            if trace then
                close $"{name}, traced" 1e-11 expected (traced (compose _.Apply f) x)

[<Theory; MemberData(nameof names)>]
let ``each alone and every pair`` (name: string) =
    let outer = layers |> List.find (fun l -> l.Name = name)
    check [ outer ] true

    for inner in layers do
        check [ inner; outer ] true

[<Theory; MemberData(nameof names)>]
let ``every triple`` (name: string) =
    let outer = layers |> List.find (fun l -> l.Name = name)

    for inner in layers do
        for middle in layers do
            check [ inner; middle; outer ] false

/// What the functions of differentiation and batching promise besides numbers: constants, extra results, leaks, what may be read.
module DeepFun.Core.Tests.Transformations.InterfaceTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private x = f64 [ 2 ] [ 3.0; 4.0 ]

[<Fact>]
let ``what does not depend on the argument has derivative zero`` () =
    let c = scalar 5.0
    let y, dy = jvp (fun (_: Tensor) -> c) x x
    number 0.0 5.0 y
    number 0.0 0.0 dy
    close "grad" 0.0 (zerosLike x) (grad (fun (_: Tensor) -> c) x)
    close "argmax" 0.0 (zerosLike x) (grad (fun x -> cast DType.Float64 (argmax 0 x)) x)
    let g, unused = grad (fun (a: Tensor, _: Tensor) -> sum a) (x, x)
    close "used" 0.0 (onesLike x) g
    close "unused" 0.0 (zerosLike x) unused

[<Fact>]
let ``the argument itself may be the result`` () =
    let y, dy = jvp id x (2.0 * x)
    close "value" 0.0 x y
    close "tangent" 0.0 (2.0 * x) dy
    close "pullback" 0.0 x (snd (vjp id x) x)
    close "vmap" 0.0 x (vmap id x)
    // The same argument twice, and a result given twice.
    let pair, back = vjp (fun (x: Tensor) -> x, x) x
    close "second" 0.0 x (snd pair)
    close "sum" 0.0 (3.0 * x) (back (x, 2.0 * x))

[<Fact>]
let ``one tensor in two places of a tree has two derivatives`` () =
    let a, b = grad (fun (a: Tensor, b: Tensor) -> sum (a * a * b)) (x, x)
    close "first" 0.0 (2.0 * x * x) a
    close "second" 0.0 (x * x) b

[<Fact>]
let ``valueAndGrad and what is given along`` () =
    let value, g = valueAndGrad (fun x -> sum (x * x)) x
    number 0.0 25.0 value
    close "gradient" 0.0 (2.0 * x) g
    let (value, (norm, count)), g = valueAndGradAux (fun x -> sum (x * x), (norm x, argmax 0 x)) x
    number 0.0 25.0 value
    number 0.0 5.0 norm
    number 0.0 1.0 count
    close "gradient" 0.0 (2.0 * x) g
    // What is given along can be differentiated by an outer transformation.
    let outer (s: Tensor) : Tensor = fst (valueAndGradAux (fun x -> sum x, s * s) x) |> snd
    number 0.0 6.0 (grad outer (scalar 3.0))

[<Fact>]
let ``one number may come in any shape of one element`` () =
    close "grad" 0.0 (2.0 * x) (grad (fun x -> keepDims [ 0 ] (sumOver [ 0 ] (x * x))) x)
    throws "DF0403" (fun () -> grad (fun (x: Tensor) -> x) x)
    throws "DF0403" (fun () -> grad (fun x -> slice 0 0 0 x) x)
    throws "DF0404" (fun () -> grad (argmax 0) x)
    throws "DF0404" (fun () -> valueAndGrad sum (cast DType.Int32 x))

[<Fact>]
let ``values that leave their transformation are refused`` () =
    let leak (transform: (Tensor -> Tensor) -> unit) =
        let kept = ref x

        transform (fun x ->
            kept.Value <- 2.0 * x
            sum x)

        throws "DF0401" (fun () -> kept.Value + 1.0)
        throws "DF0401" (fun () -> exp kept.Value)
        throws "DF0401" (fun () -> concat 0 [ x; kept.Value ])
        throws "DF0401" (fun () -> kept.Value.ToDoubles())
        throws "DF0401" (fun () -> grad (fun y -> sum (y * kept.Value)) x)
        Assert.StartsWith("tensor(float64", string kept.Value)

    leak (fun f -> grad f x |> ignore)
    leak (fun f -> jvp f x x |> ignore)
    leak (fun f -> vmap f (expandDims 0 x) |> ignore)
    leak (fun f -> Trace.graph Eval.Cpu (Array.map f) [| x.Type |] |> ignore)
    // Also when the function failed.
    leak (fun f -> Assert.Throws<InvalidOperationException>(fun () -> grad (fun x -> invalidOp (string (f x))) x |> ignore) |> ignore)

[<Fact>]
let ``values are readable under grad and jvp, not where they are many or none`` () =
    let read (x: Tensor) =
        x.ToDoubles() |> ignore
        sum x

    grad read x |> ignore
    jvp read x x |> ignore
    grad (fun x -> snd (jvp read x (onesLike x))) x |> ignore
    throws "DF0402" (fun () -> vmap read (expandDims 0 x))
    throws "DF0402" (fun () -> grad (fun x -> sum (vmap read (expandDims 0 x))) x)
    throws "DF0402" (fun () -> vmap (grad read) (expandDims 0 x))
    throws "DF0402" (fun () -> Trace.graph Eval.Cpu (Array.map read) [| x.Type |])
    throws "DF0402" (fun () -> Trace.graph Eval.Cpu (Array.map (grad read)) [| x.Type |])
    // A value of an outer level is known inside of vmap.
    vmap (fun y -> y + float (x.ToDoubles()[0])) x |> ignore

[<Fact>]
let ``a tensor prints wherever it is, with its values where there are any`` () =
    let printed (level: (Tensor -> Tensor) -> Tensor -> Tensor) : string =
        let text = ref ""

        let print (x: Tensor) =
            Assert.Equal(x.ToHtml().StartsWith "<table", (string x).StartsWith "tensor([")
            text.Value <- string x
            sum (x * x)

        level print x |> ignore
        text.Value

    let derivatives: (string * ((Tensor -> Tensor) -> Tensor -> Tensor)) list =
        [
            "differentiated", grad
            "differentiated", (fun f x -> snd (jvp f x x))
            "a Taylor series", (fun f x -> (jet f x 2)[2])
        ]

    for name, derivative in derivatives do
        Assert.Equal("tensor([3., 4.], float64, shape [2])", printed derivative)
        // Over a value that is not known the derivative has no values either.
        let hidden = $"tensor(float64, shape [2], {name})"
        Assert.Equal(hidden, printed (fun f x -> vmap (derivative f) (expandDims 0 x)))
        Assert.Equal(hidden, printed (fun f x -> map (derivative f) (expandDims 0 x)))
        Assert.Equal(hidden, printed (fun f x -> map (grad (derivative f >> sum)) (expandDims 0 x)))

[<Fact>]
let ``vmap wants one length`` () =
    throws "DF0406" (fun () -> vmap (fun (a: Tensor, b: Tensor) -> a + b) (x, f64 [ 3 ] [ 1.0; 2.0; 3.0 ]))
    throws "DF0125" (fun () -> vmap id (scalar 1.0))
    throws "DF0303" (fun () -> vmap id ([]: Tensor list))

[<Fact>]
let ``an error inside a transformed function keeps its type and leaves nothing behind`` () =
    Assert.Throws<TimeoutException>(fun () -> grad (fun _ -> raise (TimeoutException())) x |> ignore) |> ignore

    throws "DF0110" (fun () -> grad (fun x -> sum (x + f64 [ 3 ] [ 1.0; 2.0; 3.0 ])) x)
    close "afterwards" 0.0 (onesLike x) (grad sum x)

[<Fact>]
let ``broadcasting inside vmap sees the shape of one entry`` () =
    let batch, single = f64 [ 2; 3 ] [ 1.0; 2.0; 3.0; 4.0; 5.0; 6.0 ], f64 [ 3 ] [ 10.0; 20.0; 30.0 ]

    let f (row: Tensor) =
        Assert.Equal("[3]", string row.Shape)
        expandDims 1 row * single

    Assert.Equal("[2, 3, 3]", string (vmap f batch).Shape)
    // A mapped scalar with an unmapped vector.
    close "scalars" 0.0 (outer (f64 [ 2 ] [ 1.0; 4.0 ]) single) (vmap (fun s -> s * single) (f64 [ 2 ] [ 1.0; 4.0 ]))

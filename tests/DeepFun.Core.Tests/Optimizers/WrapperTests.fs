/// Optimizers made of others, averages and noise.
module DeepFun.Core.Tests.WrapperTests

open System
open System.Collections.Generic
open DeepFun
open DeepFun.FSharp
open Xunit

let private leaf values = Params.Leaf(Tensor.vector64 values)
let private node parts = Params.Node [ for name, p in parts -> KeyValuePair(name, p) ]

/// Two layers with two tensors each.
let private tree a b c d : Params =
    node [ "first", node [ "weight", leaf a; "bias", leaf b ]; "last", node [ "weight", leaf c; "bias", leaf d ] ]

let private p0 = tree [ 1.0; 2.0 ] [ 3.0 ] [ 4.0; 5.0; 6.0 ] [ 7.0 ]
let private g0 = tree [ 0.5; -1.0 ] [ 2.0 ] [ -3.0; 1.0; 0.25 ] [ -2.0 ]
let private numbers (p: Params) : float[] = p.Entries |> Seq.collect (fun e -> e.Value.ToDoubles()) |> Array.ofSeq

let private close (expected: float[]) (came: float[]) =
    Assert.Equal(expected.Length, came.Length)

    for e, c in Array.zip expected came do
        Assert.True(abs (c - e) <= 1e-6 * max 1.0 (abs e), $"{c}, expected {e}")

/// The parameters after each step, and the last state.
let private run (o: Optimizer) (gradients: Params list) : float[] list * Params =
    let step (p, state) g =
        let u, state = o.Update g state p
        let p = Optimizer.apply u p
        numbers p, (p, state)

    let found, (_, state) = List.mapFold step (p0, o.Init p0) gradients
    found, state

[<Fact>]
let ``masked changes the paths of its mask only`` () =
    let u, state = let o = Wrapper.masked _.EndsWith("weight") (Momentum.trace 0.5) in o.Update g0 (o.Init p0) p0
    close (numbers g0) (numbers u)
    Assert.Equal<string list>([ "m/first/weight"; "m/last/weight" ], [ for e in state.Entries -> e.Key ])
    let o = Wrapper.masked _.EndsWith("bias") (Transform.scale -1.0)
    close [| 0.5; -1.0; -2.0; -3.0; 1.0; 0.25; 2.0 |] (numbers (fst (o.Update g0 (o.Init p0) p0)))
    let none = Wrapper.masked (fun _ -> false) (Optimizers.adam 0.1)
    close (numbers g0) (numbers (fst (none.Update g0 (none.Init p0) p0)))

[<Fact>]
let ``a mask sees whole paths inside of an optimizer that is masked`` () =
    let o = Wrapper.masked _.StartsWith("first") (Transform.addDecayedWeights 1.0 (fun path -> path = "first/weight"))
    close [| 1.5; 1.0; 2.0; -3.0; 1.0; 0.25; -2.0 |] (numbers (fst (o.Update g0 (o.Init p0) p0)))

[<Fact>]
let ``each part of a partition has its own optimizer`` () =
    let label (path: string) = if path.StartsWith "first" then "frozen" else path.Split('/')[1]
    let parts = [ "frozen", Transform.zero; "weight", Optimizers.adam 0.1; "bias", Optimizers.momentum (0.5, 0.9) ]
    let found, state = run (Wrapper.partition label parts) [ g0; g0 ]
    // Adam's first steps on a gradient that does not change are its sign.
    close [| 1.0; 2.0; 3.0; 4.2; 4.8; 5.8; 7.0 + 0.5 * 2.0 + 0.5 * 3.8 |] found[1]

    Assert.Equal<string list>(
        [ "weight/0/count"; "weight/0/m/last/weight"; "weight/0/v/last/weight"; "bias/0/m/last/bias"; "bias/1/count" ],
        [ for e in state.Entries -> e.Key ]
    )

[<Fact>]
let ``a path without an optimizer is refused`` () =
    let o = Wrapper.partition (fun path -> path) [ "first/weight", Transform.zero ]
    let e = Assert.Throws<DeepFunException>(fun () -> o.Init p0 |> ignore)
    Assert.Equal("DF0930", e.Code)
    Assert.Contains("'first/bias'", e.Message)

[<Fact>]
let ``accumulated gradients act as their mean`` () =
    let gradients = [ for k in 1..6 -> Tree.map (fun g -> g * float k) g0 ]
    let means = [ Tree.map (fun g -> g * 2.0) g0; Tree.map (fun g -> g * 5.0) g0 ]
    let o = Optimizers.adam 0.1
    let alone, _ = run o means
    let found, _ = run (Wrapper.accumulate 3 o) gradients
    close (numbers p0) found[0]
    close (numbers p0) found[1]
    close alone[0] found[2]
    close alone[0] found[4]
    close alone[1] found[5]

[<Fact>]
let ``gradients that are not finite are left out, but not too many in a row`` () =
    let bad = Tree.map (fun g -> g / zerosLike g) g0
    let o = Optimizers.momentum (0.1, 0.9)
    let alone, _ = run o [ g0; g0 ]
    let found, state = run (Wrapper.applyIfFinite 2 o) [ g0; bad; bad; g0 ]
    close alone[0] found[1]
    close alone[0] found[2]
    close alone[1] found[3]
    Assert.Equal(0.0, state["inRow"].ToDouble())
    Assert.Equal(2.0, state["total"].ToDouble())
    let found, _ = run (Wrapper.applyIfFinite 2 o) [ bad; bad; bad ]
    close (numbers p0) found[1]
    Assert.All(found[2], (fun x -> Assert.False(Double.IsFinite x)))

[<Fact>]
let ``averages of the parameters`` () =
    let gradients = [ for k in 1..5 -> Tree.map (fun g -> g * float k) g0 ]
    let sgd = Optimizers.sgd 0.1
    let alone, _ = run sgd gradients
    let found, state = run (Optimizer.chain [ sgd; Averaging.ema 0.75 ]) gradients
    List.iter2 close alone found
    let ema = List.fold (Array.map2 (fun a p -> 0.75 * a + 0.25 * p)) (numbers p0) alone
    close ema (numbers (Averaging.parameters state))
    let _, state = run (Optimizer.chain [ sgd; Averaging.mean ]) gradients
    let mean = List.transpose (List.map List.ofArray alone) |> List.map List.average |> Array.ofList
    close mean (numbers (Averaging.parameters state))
    let e = Assert.Throws<DeepFunException>(fun () -> Averaging.parameters (sgd.Init p0) |> ignore)
    Assert.Equal("DF0931", e.Code)

[<Fact>]
let ``noise has the variance of its step, and another one for every key, step and leaf`` () =
    let p = Params.Of(struct ("a", Tensor.zeros [ 4000 ]), struct ("b", Tensor.zeros [ 4000 ] |> cast DType.Float64))
    let o = Transform.addNoise 0.25 0.5 (Key.ofSeed 1L)
    let first, state = o.Update p (o.Init p) p
    let second, _ = o.Update p state p
    let deviation (x: Tensor) = (std x).ToDouble()
    Assert.Equal(DType.Float64, first["b"].DType)

    for name in [ "a"; "b" ] do
        Assert.True(abs (deviation first[name] - 0.5) < 0.02)
        Assert.True(abs (deviation second[name] - 0.5 / 2.0 ** 0.25) < 0.02)

    let correlation (x: Tensor) (y: Tensor) = abs ((mean (x * y)).ToDouble())
    Assert.True(correlation first["a"] second["a"] < 0.02)
    Assert.True(correlation first["a"] first["b"] < 0.02)
    let other = Transform.addNoise 0.25 0.5 (Key.ofSeed 2L)
    Assert.True(correlation first["a"] (fst (other.Update p (other.Init p) p)).["a"] < 0.02)

[<Fact>]
let ``a plateau is observed wherever its part stands`` () =
    let inner = Optimizer.chain [ Plateau.scale { PlateauOptions.Default with Patience = 0 }; Optimizers.sgd 1.0 ]
    let o = Wrapper.accumulate 1 inner
    let state = o.Init p0 |> Plateau.observe (Tensor.scalar 1.0) |> Plateau.observe (Tensor.scalar 1.0)
    Assert.Equal(0.1, (Plateau.scaleOf state).ToDouble(), 9)

    let e =
        Assert.Throws<DeepFunException>(fun () -> Plateau.observe (Tensor.scalar 1.0) (Optimizers.sgd(0.1).Init p0) |> ignore)

    Assert.Equal("DF0933", e.Code)

[<Fact>]
let ``options out of range are refused`` () =
    let code (f: unit -> obj) = Assert.Throws<DeepFunException>(f >> ignore).Code

    let wrong: (unit -> obj) list =
        [
            (fun () -> Wrapper.accumulate 0 (Optimizers.sgd 0.1))
            (fun () -> Wrapper.applyIfFinite -1 (Optimizers.sgd 0.1))
            (fun () -> Averaging.lookahead 0 0.5 (Optimizers.sgd 0.1))
            (fun () -> Averaging.lookahead 5 1.5 (Optimizers.sgd 0.1))
            (fun () -> Averaging.ema 1.0)
            (fun () -> Clipping.adaptive 0.0 1e-3)
            (fun () -> Transform.addNoise -1.0 0.55 (Key.ofSeed 0L))
            (fun () -> Optimizers.adaGrad (0.1, initial = -1.0))
            (fun () -> Optimizers.adaDelta (0.1, rho = 1.0))
            (fun () -> Optimizers.amsGrad (0.1, beta2 = 1.0))
            (fun () -> Optimizers.adan (0.1, beta3 = -0.1))
            (fun () -> Optimizers.lion (0.1, beta1 = nan))
            (fun () -> Optimizers.rprop (0.1, shrink = 1.0))
            (fun () -> Optimizers.adafactor (clip = 0.0))
            (fun () -> Optimizers.prodigy (distance = 0.0))
            (fun () -> Optimizers.scheduleFreeSgd (0.1, beta = 1.0))
            (fun () -> Plateau.scale { PlateauOptions.Default with Factor = 1.0 })
            (fun () -> Minimizers.lbfgs (memory = 0))
            (fun () -> Minimizers.newton (damping = -1.0))
            (fun () -> Minimizers.gaussNewton (iterations = 0))
            (fun () -> Minimizers.sam (Optimizers.sgd 0.1, radius = -1.0))
            (fun () -> Minimizers.sophia (0.1, Key.ofSeed 0L, every = 0))
            (fun () -> Schedule.piecewiseLinear [])
            (fun () -> Schedule.piecewiseLinear [ 3, 1.0; 3, 2.0 ])
            (fun () -> Schedule.cosineRestarts 0.1 5 0 0.0)
            (fun () -> Schedule.oneCycle 0.1 10 0.05 25.0 1e4 true false)
            (fun () -> Schedule.oneCycle 0.1 10 1.0 25.0 1e4 true false)
            (fun () -> Schedule.cyclic 0.1 0.2 0 5 1.0 1.0)
        ]

    wrong |> List.iteri (fun i f -> Assert.True((code f = "DF0902"), string i))
    let muon = Matrices.scaleByMuon 0.9 true 5
    Assert.Equal("DF0125", code (fun () -> muon.Update g0 (muon.Init p0) p0 :> obj))

    let integers = Params.Of(struct ("n", Tensor.ofArray [ 1 ] [| 1 |]))
    Assert.Equal("DF0932", code (fun () -> Minimizers.lbfgs().Init integers :> obj))

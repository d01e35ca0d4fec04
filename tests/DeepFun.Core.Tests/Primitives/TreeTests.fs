/// Trees: what holds tensors gives them away and is built again.
module DeepFun.Core.Tests.Primitives.TreeTests

open System
open System.Collections.Generic
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

type private Linear = { Weight: Tensor; Bias: Tensor }

type private Model =
    {
        Name: string
        Layers: Linear list
        Scale: float
        Activation: Tensor -> Tensor
        Head: Linear option
    }

type private Shape2 =
    | Circle of radius: Tensor
    | Box of width: Tensor * height: Tensor
    | Nothing

[<Struct>]
type private Pair = { First: Tensor; Second: Tensor }

/// As C# writes a positional record.
type Positional(weight: Tensor, steps: int, bias: Tensor) =
    member _.Weight = weight
    member _.Steps = steps
    member _.Bias = bias

/// A constructor parameter that is no property: nothing to read it from.
type Opaque(secret: Tensor) =
    member _.Size = secret.Size

type private Stamped = { Value: Tensor; Made: DateTime; Id: Guid; Price: decimal; Data: int[] }

type private Branch = { Leaf: Tensor; Children: Branch list }

let private a, b, c = scalar 1.0, scalar 2.0, scalar 3.0
let private linear w b = { Weight = w; Bias = b }

let private pathsOf tree = Tree.paths tree |> Array.map fst |> List.ofArray

/// Rebuilding from the own leaves gives an equal tree, and map reaches every leaf.
let private survives (tree: 'T) =
    let leaves = Tree.leaves tree
    let again = Tree.rebuild tree leaves
    Assert.Equal(Tree.structure tree, Tree.structure again)
    Array.iter2 (fun x y -> Assert.Same(x, y)) leaves (Tree.leaves again)
    let doubled = Tree.map (fun t -> 2.0 * t) tree
    closeAll "doubled" 0.0 (leaves |> Array.map (fun t -> 2.0 * t)) (Tree.leaves doubled)
    Assert.Equal<string list>(pathsOf tree, pathsOf doubled)

[<Fact>]
let ``leaves have paths in a fixed order`` () =
    Assert.Equal<string list>([ "" ], pathsOf a)
    Assert.Equal<string list>([ "Weight"; "Bias" ], pathsOf (linear a b))
    Assert.Equal<string list>([ "0"; "1/Weight"; "1/Bias" ], pathsOf (a, linear b c))
    Assert.Equal<string list>([ "0/Weight"; "0/Bias"; "1/Weight"; "1/Bias" ], pathsOf [ linear a b; linear b c ])
    Assert.Equal<string list>([ "0"; "1" ], pathsOf [| a; b |])
    Assert.Equal<string list>([ "x"; "y" ], pathsOf (Map [ "y", a; "x", b ]))
    Assert.Equal<string list>([ "y"; "x" ], pathsOf (Dictionary(dict [ "y", a; "x", b ])))
    Assert.Equal<string list>([ "Value" ], pathsOf (Some a))
    Assert.Equal<string list>([], pathsOf (None: Tensor option))
    Assert.Equal<string list>([ "width"; "height" ], pathsOf (Box(a, b)))
    Assert.Equal<string list>([ "Weight"; "Bias" ], pathsOf (Positional(a, 3, b)))
    Assert.Equal<string list>([ "Leaf"; "Children/0/Leaf" ], pathsOf { Leaf = a; Children = [ { Leaf = b; Children = [] } ] })

[<Fact>]
let ``every kind of tree survives`` () =
    survives a
    survives (linear a b)
    survives (a, b, c)
    survives struct (a, b)
    survives [ a; b ]
    survives [| a; b; c |]
    survives (List<Tensor>([ a; b ]))
    survives (Map [ "x", a; "y", b ])
    survives (Map [ 3, [ a ]; 1, [ b; c ] ])
    survives (Dictionary(dict [ "y", a; "x", b ]))
    survives (Some a)
    survives (ValueSome a)
    survives (Some(linear a b), (None: Tensor option), [ Some c; None ])
    survives [ Circle a; Box(b, c); Nothing ]
    survives (Ok a: Result<Tensor, string>)
    survives (Error "reason": Result<Tensor, string>)
    survives { First = a; Second = b }
    survives (Positional(a, 3, b))
    survives { Leaf = a; Children = [ { Leaf = b; Children = [] }; { Leaf = c; Children = [] } ] }
    survives (Key.ofSeed 3L, a)
    survives { Name = "net"; Layers = [ linear a b ]; Scale = 0.5; Activation = tanh; Head = Some(linear b c) }
    survives ([]: Tensor list)
    survives (null: Tensor)

[<Fact>]
let ``constants are carried as they are`` () =
    let model = { Name = "net"; Layers = [ linear a b ]; Scale = 0.5; Activation = tanh; Head = None }
    let g = grad (fun m -> m.Scale * sum (m.Activation(m.Layers[0].Weight * m.Layers[0].Bias))) model
    Assert.Equal("net", g.Name)
    Assert.Equal(0.5, g.Scale)
    Assert.Same(box model.Activation, box g.Activation)
    Assert.Equal(None, g.Head)
    number 1e-15 (0.5 * 2.0 * (1.0 - tanh 2.0 ** 2.0)) g.Layers[0].Weight

    let now = DateTime(2024, 2, 3, 4, 5, 6, 7, DateTimeKind.Utc).AddTicks 1234L
    let stamped = { Value = a; Made = now; Id = Guid.NewGuid(); Price = 1.23m; Data = [| 1; 2 |] }
    let again = Tree.map (fun t -> t + 1.0) stamped
    Assert.Equal((now.Ticks, now.Kind), (again.Made.Ticks, again.Made.Kind))
    Assert.Equal(stamped.Id, again.Id)
    Assert.Equal(stamped.Price, again.Price)
    Assert.Same(stamped.Data, again.Data)
    Assert.Equal(3, (Tree.map id (Positional(a, 3, b))).Steps)

[<Fact>]
let ``gradients have the structure of the argument`` () =
    let loss (shapes: Shape2 list) : Tensor =
        shapes
        |> List.map (function
            | Circle r -> square r
            | Box(w, h) -> w * h
            | Nothing -> scalar 0.0)
        |> List.reduce (+)

    match grad loss [ Circle a; Nothing; Box(b, c) ] with
    | [ Circle r; Nothing; Box(w, h) ] ->
        number 0.0 2.0 r
        number 0.0 3.0 w
        number 0.0 2.0 h
    | other -> Assert.Fail $"%A{other}"

    let d = grad (fun (m: Map<string, Tensor>) -> m["x"] * m["x"] + m["y"]) (Map [ "x", c; "y", a ])
    number 0.0 6.0 d["x"]
    number 0.0 1.0 d["y"]
    let e = grad (fun (d: Dictionary<string, Tensor>) -> d["x"] * d["y"]) (Dictionary(dict [ "x", b; "y", c ]))
    number 0.0 3.0 e["x"]
    let p = grad (fun (p: Positional) -> p.Weight * p.Bias * float p.Steps) (Positional(b, 5, c))
    number 0.0 15.0 p.Weight
    number 0.0 10.0 p.Bias

[<Fact>]
let ``vmap maps and returns trees`` () =
    let xs = f64 [ 3 ] [ 1.0; 2.0; 3.0 ]
    let r = vmap (fun (x: Tensor, l) -> {| Sum = x + l.Weight; Both = [ x; l.Bias ]; Constant = a |}) (xs, linear xs (2.0 * xs))
    closeValues "sum" 0.0 [| 2.0; 4.0; 6.0 |] (r.Sum.ToDoubles())
    closeValues "both" 0.0 [| 2.0; 4.0; 6.0 |] (r.Both[1].ToDoubles())
    // What does not depend on the mapped values is repeated.
    closeValues "constant" 0.0 [| 1.0; 1.0; 1.0 |] (r.Constant.ToDoubles())

[<Fact>]
let ``jvp and vjp take and give trees`` () =
    let f (l: Linear) = {| Product = l.Weight * l.Bias; Label = "label" |}
    let y, dy = jvp f (linear b c) (linear a a)
    number 0.0 6.0 y.Product
    number 0.0 5.0 dy.Product
    let y, back = vjp f (linear b c)
    Assert.Equal("label", y.Label)
    let g = back {| Product = a; Label = "" |}
    number 0.0 3.0 g.Weight

[<Fact>]
let ``trees of different structure are refused`` () =
    throws "DF0302" (fun () -> Tree.map2 (+) [ a; b ] [ a ])
    // As many tensors, in other places.
    throws "DF0302" (fun () -> Tree.map2 (+) (Some a, None) (None, Some a))
    throws "DF0302" (fun () -> Tree.map2 (+) (Map [ "x", a ]) (Map [ "y", a ]))
    throws "DF0302" (fun () -> Tree.map2 (+) [ Circle a; Nothing ] [ Nothing; Circle a ])
    throws "DF0302" (fun () -> Tree.map2 (+) [ [ a; b ]; [ c ] ] [ [ a ]; [ b; c ] ])
    throws "DF0302" (fun () -> Tree.rebuild [ a; b ] [| a |])
    throws "DF0302" (fun () -> Tree.rebuild [ a; b ] [| a; b; c |])
    throws "DF0302" (fun () -> Tree.rebuild a [| a; b |])
    throws "DF0302" (fun () -> jvp (List.reduce (+)) [ a; b ] [ a ])
    throws "DF0302" (fun () -> snd (vjp (fun x -> [ x; x ]) a) [ a ])
    throws "DF0405" (fun () -> jvp id a (f64 [ 1 ] [ 1.0 ]))
    throws "DF0405" (fun () -> jvp id a (Tensor.scalar 1.0))
    throws "DF0405" (fun () -> snd (vjp id a) (f64 [ 1 ] [ 1.0 ]))

[<Fact>]
let ``what is no tree is refused by its type, an empty tree by its structure`` () =
    throws "DF0301" (fun () -> grad (fun (_: float) -> a) 1.0)
    throws "DF0301" (fun () -> grad (fun (_: Opaque) -> a) (Opaque a))
    throws "DF0303" (fun () -> grad (fun (_: Tensor list) -> a) [])
    throws "DF0303" (fun () -> vmap (fun (x: Tensor option) -> x) None)

[<Fact>]
let ``tuples of any length, struct ones too, come apart and together`` () =
    let t (i: int) = scalar (float i)

    let check (tree: 'T) (count: int) =
        let leaves = Tree.leaves tree
        Assert.Equal<float[]>(Array.init count float, leaves |> Array.map _.ToDouble())
        let doubled = Tree.map (fun x -> 2.0 * x) tree
        Assert.Equal<float[]>(Array.init count (fun i -> 2.0 * float i), Tree.leaves doubled |> Array.map _.ToDouble())

    check (t 0, t 1) 2
    check (struct (t 0, t 1, t 2)) 3
    check (t 0, (t 1, struct (t 2, t 3)), t 4) 5
    check (t 0, t 1, t 2, t 3, t 4, t 5, t 6) 7
    check (t 0, t 1, t 2, t 3, t 4, t 5, t 6, t 7) 8
    check (struct (t 0, t 1, t 2, t 3, t 4, t 5, t 6, t 7, t 8)) 9
    check (t 0, t 1, t 2, t 3, t 4, t 5, t 6, t 7, t 8, t 9, t 10, t 11, t 12, t 13, t 14, t 15) 16

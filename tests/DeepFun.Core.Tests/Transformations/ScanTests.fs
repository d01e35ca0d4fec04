/// Scans against loops written out: values, derivatives of every mode, batches, and what is kept on the way.
module DeepFun.Core.Tests.Transformations.ScanTests

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests
open DeepFun.Core.Tests.Numbers
open Xunit

/// The slices of every tensor along axis 0.
let private slices (xs: Tensor[]) : Tensor[][] =
    [|
        for i in 0 .. xs[0].Shape[0] - 1 do
            xs |> Array.map (item 0 i)
    |]

/// The same as a scan, written out.
let private unrolled reverse (step: Tensor[] -> Tensor[] -> Tensor[] * Tensor[]) (init: Tensor[]) (xs: Tensor[]) : Tensor[] * Tensor[] =
    let order = if reverse then Array.rev else id
    let mutable carry = init

    let ys =
        order (slices xs)
        |> Array.map (fun x ->
            let next, y = step carry x
            carry <- next
            y)
        |> order

    carry, Array.init ys[0].Length (fun j -> stack 0 (ys |> Array.map (fun y -> y[j])))

/// A step, written once: it is scanned and written out.
type private Program =
    {
        Name: string
        Reverse: bool
        /// Shapes of what the step closes over, of the carry, and of the stacks.
        Fixed: int list list
        Carry: int list list
        Stacks: int list list
        Step: Tensor[] -> Tensor[] -> Tensor[] -> Tensor[] * Tensor[]
    }

let private programs: Program list =
    [
        {
            Name = "a recurrent cell"
            Reverse = false
            Fixed = [ [ 3; 3 ]; [ 2; 3 ] ]
            Carry = [ [ 3 ] ]
            Stacks = [ [ 4; 2 ] ]
            Step =
                fun w c x ->
                    let h = tanh (matmul c[0] w[0] + matmul x[0] w[1])
                    [| h |], [| sum (h * h) |]
        }
        {
            Name = "a recurrent cell from the end"
            Reverse = true
            Fixed = [ [ 3; 3 ]; [ 2; 3 ] ]
            Carry = [ [ 3 ] ]
            Stacks = [ [ 4; 2 ] ]
            Step =
                fun w c x ->
                    let h = tanh (matmul c[0] (transpose w[0]) + matmul x[0] w[1])
                    [| h |], [| h; x[0] * 2.0 |]
        }
        {
            Name = "two carries, one of which becomes active through the other"
            Reverse = false
            Fixed = [ [] ]
            Carry = [ [ 2 ]; [ 2 ] ]
            Stacks = [ [ 3; 2 ] ]
            Step = fun w c x -> [| c[0] * sin x[0]; c[1] + c[0] * exp w[0] |], [| c[1] * c[1] |]
        }
        {
            Name = "a carry that is not used and one that is thrown away"
            Reverse = false
            Fixed = [ [ 2 ] ]
            Carry = [ [ 2 ]; [ 3 ]; [] ]
            Stacks = [ [ 3; 2 ] ]
            Step = fun w c x -> [| c[0] * x[0]; c[1]; sum (x[0] * w[0]) |], [| c[2] |]
        }
        {
            Name = "products of what is the same in every step"
            Reverse = false
            Fixed = [ [ 2; 2 ]; [ 2; 2 ] ]
            Carry = [ [ 2 ] ]
            Stacks = [ [ 3 ] ]
            Step = fun w c x -> [| matmul (exp (matmul w[0] w[1])) c[0] * x[0] |], [||]
        }
        {
            Name = "no carry"
            Reverse = false
            Fixed = [ [ 2 ] ]
            Carry = []
            Stacks = [ [ 3; 2 ]; [ 3 ] ]
            Step = fun w _ x -> [||], [| w[0] * x[0] * x[1]; cos x[1] |]
        }
        {
            Name = "a scan in a scan"
            Reverse = false
            Fixed = [ [ 2 ] ]
            Carry = [ [ 2 ] ]
            Stacks = [ [ 3; 4 ] ]
            Step =
                fun w c x ->
                    let c, ys = scan (fun c (x: Tensor) -> c * w[0] + sin x, c * x) c[0] x[0]
                    [| c |], [| sum ys |]
        }
        {
            Name = "values that are stopped"
            Reverse = false
            Fixed = [ [ 2 ] ]
            Carry = [ [ 2 ] ]
            Stacks = [ [ 3; 2 ] ]
            Step = fun w c x -> [| stopGradient c[0] * w[0] + x[0] |], [| stopGradient x[0] * c[0] |]
        }
    ]

let names = programs |> List.map (fun p -> [| box p.Name |])
let private named name = programs |> List.find (fun p -> p.Name = name)

/// Both forms as functions of all tensors, and values for these.
let private forms (p: Program) =
    let f, c = p.Fixed.Length, p.Carry.Length
    let split (all: Tensor[]) = all[.. f - 1], all[f .. f + c - 1], all[f + c ..]

    let scanned all =
        let w, carry, xs = split all
        let carry, ys = scanWith { ScanOptions.Default with Reverse = p.Reverse } (p.Step w) carry xs
        Array.append carry ys

    let plain all =
        let w, carry, xs = split all
        let carry, ys = unrolled p.Reverse (p.Step w) carry xs
        Array.append carry ys

    let r = seeded p.Name
    scanned, plain, (p.Fixed @ p.Carry @ p.Stacks |> List.map (uniform r) |> Array.ofList)

let private directions salt (xs: Tensor[]) = let r = seeded salt in xs |> Array.map (direction r)

[<Theory; MemberData(nameof names)>]
let ``a scan gives what the loop gives`` (name: string) =
    let scanned, plain, xs = forms (named name)
    closeAll "value" 1e-14 (plain xs) (scanned xs)

[<Theory; MemberData(nameof names)>]
let ``forward, reverse, and both derivatives of a scan are the loop's`` (name: string) =
    let scanned, plain, xs = forms (named name)
    let ds, es = directions "ds" xs, directions "es" xs
    let ct = directions "ct" (plain xs)
    let forward f ds = fun xs -> snd (jvp f xs ds)
    let reverse f = fun xs -> snd (vjp f xs) ct
    closeAll "jvp" 1e-13 (forward plain ds xs) (forward scanned ds xs)
    closeAll "vjp" 1e-13 (reverse plain xs) (reverse scanned xs)
    closeAll "jvp of jvp" 1e-13 (forward (forward plain ds) es xs) (forward (forward scanned ds) es xs)
    closeAll "jvp of vjp" 1e-13 (forward (reverse plain) ds xs) (forward (reverse scanned) ds xs)
    let back f xs = snd (vjp (reverse f) xs) ds
    closeAll "vjp of vjp" 1e-13 (back plain xs) (back scanned xs)
    let mixed f xs = snd (vjp (forward f ds) xs) ct
    closeAll "vjp of jvp" 1e-13 (mixed plain xs) (mixed scanned xs)

[<Theory; MemberData(nameof names)>]
let ``derivatives in one operand leave the others alone`` (name: string) =
    let scanned, plain, xs = forms (named name)
    let ct = directions "ct" (plain xs)

    for i in 0 .. xs.Length - 1 do
        let only f (x: Tensor) = f (Array.mapi (fun j y -> if i = j then x else y) xs)
        let d = directions $"d{i}" xs
        closeAll "jvp" 1e-13 (snd (jvp (only plain) xs[i] d[i])) (snd (jvp (only scanned) xs[i] d[i]))
        close "vjp" 1e-13 (snd (vjp (only plain) xs[i]) ct) (snd (vjp (only scanned) xs[i]) ct)

[<Theory; MemberData(nameof names)>]
let ``a batch of scans is the batch of loops`` (name: string) =
    let scanned, plain, xs = forms (named name)
    let r = seeded "batch"
    let many = xs |> Array.map (fun x -> stack 0 (List.init 3 (fun _ -> direction r x)))
    closeAll "all" 1e-13 (vmap plain many) (vmap scanned many)
    let ct = directions "ct" (plain xs)
    let reverse f xs = snd (vjp f xs) ct
    closeAll "vmap of vjp" 1e-13 (vmap (reverse plain) many) (vmap (reverse scanned) many)
    let cts = directions "cts" (vmap plain many)
    closeAll "vjp of vmap" 1e-13 (snd (vjp (vmap plain) many) cts) (snd (vjp (vmap scanned) many) cts)

    for i in 0 .. xs.Length - 1 do
        let only f (x: Tensor) = f (Array.mapi (fun j y -> if i = j then x else y) xs)
        closeAll $"only {i}" 1e-13 (vmap (only plain) many[i]) (vmap (only scanned) many[i])

[<Theory; MemberData(nameof names)>]
let ``the graph of a scan passes the checker and runs`` (name: string) =
    let scanned, plain, xs = forms (named name)

    let traced f args =
        let struct (g, closedOver) = Trace.graph Eval.Cpu f (args |> Array.map (fun (x: Tensor) -> x.Type))
        Assert.Contains("scan length=", Graph.show g)
        Graph.run Eval.Cpu (Check.graph g) (Array.append args closedOver)

    closeAll "value" 1e-14 (plain xs) (traced scanned xs)
    let ct = directions "ct" (plain xs)
    let reverse f = fun xs -> snd (vjp f xs) ct
    closeAll "vjp" 1e-13 (reverse plain xs) (traced (reverse scanned) xs)
    let ds = directions "ds" xs
    let second f xs = snd (jvp (reverse f) xs ds)
    closeAll "hvp" 1e-13 (second plain xs) (traced (second scanned) xs)
    // A graph is a function like any other.
    let struct (g, closedOver) = Trace.graph Eval.Cpu scanned (xs |> Array.map _.Type)
    let run xs = Graph.run Eval.Cpu g (Array.append xs closedOver)
    closeAll "vjp of the graph" 1e-13 (reverse plain xs) (reverse run xs)

[<Theory; MemberData(nameof names)>]
let ``the Taylor series of a scan is the loop's`` (name: string) =
    let scanned, plain, xs = forms (named name)
    let series f = taylor f xs 3
    Array.iter2 (closeAll "coefficient" 1e-13) (series plain) (series scanned)

[<Fact>]
let ``ten thousand steps are traced once`` () =
    let mutable calls = 0

    let step (c: Tensor) (x: Tensor) =
        calls <- calls + 1
        c * 0.999 + x, c

    let xs: Tensor = Tensor.ofArray [ 10000 ] (Array.init 10000 (fun i -> float (i % 7) / 7.0))
    let f x = fst (scan step (scalar 0.0) x)
    let y, g = valueAndGrad f xs
    Assert.Equal(1, calls)
    // Σ 0.999^(n−1−i) xᵢ, and the weights are the gradient.
    let weights = Array.init 10000 (fun i -> 0.999 ** float (9999 - i))
    number 1e-12 (Array.fold2 (fun s w x -> s + w * x) 0.0 weights (xs.ToDoubles())) y
    closeValues "gradient" 1e-12 weights (g.ToDoubles())

[<Fact>]
let ``no steps give the carry and empty stacks`` () =
    let xs: Tensor = f64 [ 0; 2 ] []
    let f (c: Tensor) = scan (fun (c: Tensor) (x: Tensor) -> c * 2.0, x + c) c xs
    let c = f64 [ 2 ] [ 1.0; 2.0 ]
    let carry, ys = f c
    close "carry" 0.0 c carry
    Assert.Equal("[0, 2]", string ys.Shape)
    let ct = f64 [ 2 ] [ 3.0; 4.0 ]
    close "vjp" 0.0 ct (snd (vjp (f >> fst) c) ct)
    close "jvp" 0.0 ct (snd (jvp (f >> fst) c ct))
    close "map" 0.0 xs (map exp xs)

[<Fact>]
let ``integers and truth values may be carried`` () =
    let xs = f64 [ 4 ] [ 1.0; -2.0; 3.0; 0.5 ]

    let step (count: Tensor, any: Tensor, total: Tensor) (x: Tensor) =
        let positive = greater x (scalar 0.0)
        (count + 1.0, logicalOr any (logicalNot positive), total + where positive (x * x) (scalar 0.0)), count

    let init: Tensor * Tensor * Tensor = Tensor.ofArray [] [| 0 |], Tensor.ofArray [] [| false |], scalar 0.0
    let (count, any, total), counts = scan step init xs
    number 0.0 4.0 count
    number 0.0 1.0 any
    number 1e-15 10.25 total
    closeValues "counts" 0.0 [| 0.0; 1.0; 2.0; 3.0 |] (counts.ToDoubles())

    let total x = let (_, _, t), _ = scan step init x in t
    closeValues "gradient" 1e-15 [| 2.0; 0.0; 6.0; 1.0 |] ((grad total xs).ToDoubles())

[<Fact>]
let ``a step may close over values of any level`` () =
    // d/da of d/db Σ over steps of a b x c, with the carry of the outer level: perturbations stay apart.
    let xs = f64 [ 3 ] [ 1.0; 2.0; 3.0 ]

    let f (a: Tensor) =
        let g (b: Tensor) = scan (fun (c: Tensor) x -> c + a * b * b * x * c, ()) a xs |> fst
        grad g (scalar 0.5) * a

    let plain (a: Tensor) =
        let g (b: Tensor) = Seq.fold (fun (c: Tensor) i -> c + a * b * b * item 0 i xs * c) a [ 0; 1; 2 ]
        grad g (scalar 0.5) * a

    let a = scalar 0.7
    close "value" 1e-14 (plain a) (f a)
    close "grad" 1e-13 (grad plain a) (grad f a)
    close "grad of grad" 1e-13 (grad (grad plain) a) (grad (grad f) a)
    close "jvp" 1e-13 (snd (jvp plain a a)) (snd (jvp f a a))
    let many = f64 [ 2 ] [ 0.7; -0.2 ]
    close "vmap" 1e-13 (vmap plain many) (vmap f many)

[<Fact>]
let ``what is the same in every step is not stacked`` () =
    let w = uniform (seeded "w") [ 5; 5 ]

    let f (w: Tensor) =
        scan (fun c (x: Tensor) -> tanh (matmul (w * 2.0) c) * x, ()) (f64 [ 5 ] [ 1.0; 1.0; 1.0; 1.0; 1.0 ]) (uniform (seeded "x") [ 7 ])
        |> fst
        |> sum

    let struct (g, _) = Trace.graph Eval.Cpu (fun xs -> [| grad f xs[0] |]) [| w.Type |]
    // The forward half would give [7, 5, 5] if it kept w for every step.
    let stacked = g.Types |> Array.filter (fun t -> string t.Shape = "[7, 5, 5]")
    Assert.Empty stacked

[<Fact>]
let ``a loop with fixed bounds is a fold over the numbers`` () =
    let f (x: Tensor) = forLoop 2 6 (fun i c -> c * x + cast DType.Float64 i) x
    // x⁵ + 2x³ + 3x² + 4x + 5
    let x = scalar 1.5
    number 1e-14 (1.5 ** 5.0 + 2.0 * 1.5 ** 3.0 + 3.0 * 2.25 + 6.0 + 5.0) (f x)
    number 1e-13 (5.0 * 1.5 ** 4.0 + 6.0 * 2.25 + 9.0 + 4.0) (grad f x)
    close "no step" 0.0 x (forLoop 3 3 (fun _ c -> c * 2.0) x)
    close "no step" 0.0 x (forLoop 5 3 (fun _ c -> c * 2.0) x)

[<Fact>]
let ``map is vmap, one after the other`` () =
    let xs = uniform (seeded "map") [ 4; 3 ]
    let f (x: Tensor) = sum (sin x * x), x * 2.0
    let a, b = map f xs
    let c, d = vmap f xs
    close "first" 1e-15 c a
    close "second" 0.0 d b

[<Fact>]
let ``a carry that changes is refused`` () =
    let xs = f64 [ 2 ] [ 1.0; 2.0 ]
    throws "DF0410" (fun () -> scan (fun c (x: Tensor) -> stack 0 [ c; x ], ()) (scalar 0.0) xs)
    throws "DF0410" (fun () -> scan (fun c (x: Tensor) -> cast DType.Float32 (c * x), ()) (scalar 0.0) xs)
    throws "DF0411" (fun () -> scan (fun c (x: Tensor) -> x :: c, ()) [ scalar 0.0 ] xs)
    throws "DF0414" (fun () -> scan (fun c (x: Tensor, y: Tensor) -> c + x + y, ()) (scalar 0.0) (xs, f64 [ 1 ] [ 1.0 ]))
    throws "DF0414" (fun () -> scan (fun (c: Tensor) () -> c, ()) (scalar 0.0) ())
    throws "DF0414" (fun () -> scanWith { ScanOptions.Default with Length = Some 3 } (fun c (x: Tensor) -> c + x, ()) (scalar 0.0) xs)
    throws "DF0125" (fun () -> scan (fun c (x: Tensor) -> c + x, ()) (scalar 0.0) (scalar 1.0))
    throws "DF0402" (fun () -> scan (fun c (x: Tensor) -> (if x.ToDouble() > 0.0 then c else -c), ()) (scalar 0.0) xs)

[<Fact>]
let ``a scan prints its body under its line`` () =
    let xs: Tensor = Tensor.zeros [ 4 ]
    let f (a: Tensor[]) = let c, ys = scan (fun c (x: Tensor) -> c + x, c * a[0]) a[0] xs in [| c; ys |]
    let struct (g, _) = Trace.graph Eval.Cpu f [| { Shape = shapeOf []; DType = DType.Float32 } |]

    let expected =
        [
            "(v0: float32[], v1: float32[4]) ->"
            "  v2: float32[], v3: float32[4] = scan length=4 constants=1 carries=1 v0 v0 v1"
            "    body (v3: float32[], v0: float32[], v1: float32[]) ->"
            "      v2: float32[] = add v0 v1"
            "      v4: float32[] = mul v0 v3"
            "      return v2, v4"
            "  return v2, v3"
        ]

    Assert.Equal(String.concat "\n" expected, Graph.show g)

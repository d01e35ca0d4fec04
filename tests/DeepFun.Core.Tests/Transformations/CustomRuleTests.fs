/// Functions with derivatives of one's own, checkpoints, and derivatives as linear maps.
module DeepFun.Core.Tests.Transformations.CustomRuleTests

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests
open DeepFun.Core.Tests.Numbers
open Xunit

/// sin, whose rules say that its derivative is 3 cos: to be seen to be used.
let private forwardSine = customJvp sin (fun (x: Tensor) dx -> sin x, 3.0 * cos x * dx)
let private reverseSine = customVjp sin (fun (x: Tensor) -> sin x, x) (fun x ct -> 3.0 * cos x * ct)

let private bothSine =
    customRules sin (fun (x: Tensor) dx -> sin x, 3.0 * cos x * dx) (fun x -> sin x, x) (fun x ct -> 3.0 * cos x * ct)

let private sines = [ "forward", forwardSine; "reverse", reverseSine; "both", bothSine ]
let names = sines |> List.map (fun (name, _) -> [| box name |])

[<Theory; MemberData(nameof names)>]
let ``one rule gives both modes, is differentiated itself, batched and traced`` (name: string) =
    let f = sines |> List.find (fst >> (=) name) |> snd
    let x = scalar 0.6
    let y0, y1, y2 = sin 0.6, 3.0 * cos 0.6, -3.0 * sin 0.6
    number 1e-15 y0 (f x)

    for trace in [ (fun (g: Tensor -> Tensor) -> g); (fun g -> graphOf g x) ] do
        number 1e-15 y1 (trace (forward f) x)
        number 1e-15 y1 (trace (grad f) x)
        number 1e-15 y1 (grad (trace f) x)
        number 1e-15 y1 (forward (trace f) x)
        // The rule's own lines are differentiated as they stand.
        number 1e-14 y2 (trace (grad (grad f)) x)
        number 1e-14 y2 (trace (forward (grad f)) x)
        number 1e-14 y2 (trace (grad (forward f)) x)
        number 1e-14 y2 (trace (forward (forward f)) x)

    let xs = f64 [ 3 ] [ 0.6; -0.2; 1.0 ]
    let slope = 3.0 * cos xs
    close "vmap" 1e-15 (sin xs) (vmap f xs)
    close "vmap of grad" 1e-15 slope (vmap (grad f) xs)
    close "grad of vmap" 1e-15 slope (grad (vmap f >> sum) xs)
    close "vmap of jvp" 1e-15 slope (vmap (forward f) xs)
    close "jvp of vmap" 1e-15 slope (forward (vmap f) xs)
    close "graph of vmap" 1e-15 slope (graphOf (grad (vmap f >> sum)) xs xs)
    close "map" 1e-15 slope (grad (map f >> sum) xs)
    close "scan" 1e-15 slope (grad (fun xs -> scan (fun (c: Tensor) x -> c + f x, ()) (scalar 0.0) xs |> fst) xs)
    close "second derivative in a scan" 1e-14 (-3.0 * sin xs) (grad (fun xs -> sum (map (grad f) xs)) xs)

[<Fact>]
let ``each mode uses its own rule`` () =
    let f = customRules sin (fun (x: Tensor) dx -> sin x, 3.0 * dx) (fun x -> sin x, ()) (fun () (ct: Tensor) -> 5.0 * ct)
    number 0.0 3.0 (forward f (scalar 0.1))
    number 0.0 5.0 (grad f (scalar 0.1))

[<Fact>]
let ``a Taylor series follows the forward rule`` () =
    // y′ = 3 cos x, so y″ = −3 sin x and y‴ = −3 cos x.
    let expected = [| sin 0.6; 3.0 * cos 0.6; -3.0 * sin 0.6 / 2.0; -3.0 * cos 0.6 / 6.0 |]

    for f in [ forwardSine; bothSine; (fun x -> map forwardSine (expandDims 0 x) |> sum) ] do
        closeValues "series" 1e-14 expected (taylor f (scalar 0.6) 3 |> Array.map (fun c -> c.ToDouble()))

    // Along a curve, x = 0.6 + t².
    let along (x: Tensor) = forwardSine (x * x + 0.6)
    closeValues "curve" 1e-14 [| sin 0.6; 0.0; 3.0 * cos 0.6; 0.0 |] (taylor along (scalar 0.0) 3 |> Array.map (fun c -> c.ToDouble()))
    // A reverse rule says nothing of series, nor does one whose function closes over what moves: line by line.
    closeValues "reverse" 1e-14 [| sin 0.6; cos 0.6 |] (taylor reverseSine (scalar 0.6) 1 |> Array.map (fun c -> c.ToDouble()))
    let closing (w: Tensor) = customJvp (fun x -> w * sin x) (fun (x: Tensor) dx -> w * sin x, 3.0 * w * cos x * dx) w

    closeValues
        "closing over"
        1e-14
        [| 0.6 * sin 0.6; sin 0.6 + 0.6 * cos 0.6 |]
        (taylor closing (scalar 0.6) 1 |> Array.map (fun c -> c.ToDouble()))

[<Fact>]
let ``rules take and give trees`` () =
    let f (a: Tensor, b: Tensor) = [ a * b; a + b ]
    let rule (a: Tensor, b: Tensor) (da: Tensor, db: Tensor) = f (a, b), [ da * b + a * db; 10.0 * (da + db) ]
    let g = customJvp f rule
    let ys, ds = jvp g (scalar 2.0, scalar 3.0) (scalar 1.0, scalar 0.5)
    closeAll "values" 0.0 [| scalar 6.0; scalar 5.0 |] (Array.ofList ys)
    closeAll "tangents" 0.0 [| scalar 4.0; scalar 15.0 |] (Array.ofList ds)
    let _, back = vjp g (scalar 2.0, scalar 3.0)
    let a, b = back [ scalar 1.0; scalar 1.0 ]
    number 0.0 13.0 a
    number 0.0 12.0 b
    // Only one of them is differentiated: the tangent of the other is zero, and stays linear.
    number 0.0 13.0 (grad (fun a -> List.reduce (+) (g (a, scalar 3.0))) (scalar 2.0))
    number 0.0 12.0 (grad (fun b -> List.reduce (+) (g (scalar 2.0, b))) (scalar 3.0))

    let h =
        customVjp f (fun (a, b) -> f (a, b), {| A = a; B = b |}) (fun r (cts: Tensor list) ->
            cts[0] * r.B + cts[1], cts[0] * r.A + 7.0 * cts[1])

    number 0.0 4.0 (grad (fun a -> List.reduce (+) (h (a, scalar 3.0))) (scalar 2.0))
    number 0.0 9.0 (grad (fun b -> List.reduce (+) (h (scalar 2.0, b))) (scalar 3.0))
    let _, ds = jvp h (scalar 2.0, scalar 3.0) (scalar 1.0, scalar 1.0)
    closeAll "transposed" 0.0 [| scalar 5.0; scalar 8.0 |] (Array.ofList ds)

[<Fact>]
let ``a reverse rule need not be linear, nor does its function need a derivative`` () =
    // Clips the cotangent; rounds straight through.
    let clip = customVjp id (fun (x: Tensor) -> x, ()) (fun () ct -> maximum (minimum ct (scalar 1.0)) (scalar -1.0))
    number 0.0 1.0 (grad (fun x -> 5.0 * clip x) (scalar 2.0))
    number 0.0 0.5 (grad (fun x -> 0.5 * clip x) (scalar 2.0))
    throws "DF0407" (fun () -> forward clip (scalar 2.0))
    // Bodies are differentiated forward first; a loop of the language has none.
    let looped (x: Tensor) = forLoop 0 3 (fun _ c -> 2.0 * clip c) x
    let branching (x: Tensor) = cond (greater x (zerosLike x)) clip id x
    let ways: (Tensor -> Tensor) list = [ looped; branching; checkpoint clip ]

    for way in ways do
        let code, message = errorOf (fun () -> graphOf (grad way) (scalar 0.5))
        Assert.Equal("DF0407", code)
        Assert.Contains("customVjp: the reverse rule is not linear in the cotangent", message)

    number 0.0 1.0 (grad (fun x -> List.fold (fun c _ -> 2.0 * clip c) x [ 1..3 ]) (scalar 0.5))
    let linear = customVjp id (fun (x: Tensor) -> x, ()) (fun () ct -> 0.5 * ct)
    number 0.0 1.0 (grad (forLoop 0 3 (fun _ c -> 2.0 * linear c)) (scalar 0.5))
    let straight = customVjp round (fun (x: Tensor) -> round x, ()) (fun () ct -> ct)
    number 0.0 1.0 (grad straight (scalar 2.4))
    // Values may be read in the functions and the rules, where nothing is traced.
    let reads =
        customVjp (fun (x: Tensor) -> if x.ToDouble() > 0.0 then x else -x) (fun x -> x, x) (fun x ct ->
            if x.ToDouble() > 0.0 then ct else -ct)

    number 0.0 1.0 (grad reads (scalar 2.0))
    number 0.0 -1.0 (grad reads (scalar -2.0))

[<Fact>]
let ``what a function with a rule closes over is differentiated as usual`` () =
    // f closes over w: y = w sin x, with the rule 3 w cos x in x.
    let f (w: Tensor) = customJvp (fun x -> w * sin x) (fun (x: Tensor) dx -> w * sin x, 3.0 * w * cos x * dx)
    let g (w: Tensor) = customVjp (fun x -> w * sin x) (fun (x: Tensor) -> w * sin x, (w, x)) (fun (w, x) ct -> 3.0 * w * cos x * ct)
    let w, x = scalar 0.8, scalar 0.6

    for f in [ f; g ] do
        for trace in [ (fun (h: Tensor -> Tensor) -> h); (fun h -> graphOf h w) ] do
            number 1e-15 (sin 0.6) (trace (grad (fun w -> f w x)) w)
            number 1e-15 (sin 0.6) (trace (forward (fun w -> f w x)) w)
            // Both at once, and one inside the other.
            number 1e-15 (sin 0.8 + 2.4 * cos 0.8) (trace (grad (fun w -> f w w)) w)
            number 1e-15 (sin 0.8 + 2.4 * cos 0.8) (trace (forward (fun w -> f w w)) w)
            number 1e-15 (3.0 * cos 0.6) (trace (grad (fun w -> grad (fun x -> f w x) x)) w)
            // The derivative in w goes through the lines of f, and so does what is then differentiated in x.
            number 1e-15 (cos 0.8) (trace (fun w -> grad (fun x -> grad (fun w -> f w x) x) w) w)
            number 1e-15 (cos 0.8) (trace (fun x -> grad (fun x -> forward (fun w -> f w x) w) x) w)

        let ws = f64 [ 2 ] [ 0.8; -0.5 ]
        close "vmap over what is closed over" 1e-15 (3.0 * cos 0.6 * ws) (vmap (fun w -> grad (f w) x) ws)
        close "vmap over both" 1e-15 (3.0 * ws * cos ws) (vmap (fun w -> grad (f w) w) ws)

[<Fact>]
let ``rules that do not fit are refused`` () =
    let x = scalar 0.5
    throws "DF0416" (fun () -> forward (customJvp sin (fun (x: Tensor) dx -> sin x, stack 0 [ dx; dx ])) x)
    throws "DF0416" (fun () -> grad (customVjp sin (fun (x: Tensor) -> sin x, x) (fun x ct -> cast DType.Float32 (x * ct))) x)
    throws "DF0417" (fun () -> grad (customJvp sin (fun (x: Tensor) _ -> sin x, cos x)) x)
    throws "DF0407" (fun () -> grad (customJvp sin (fun (x: Tensor) dx -> sin x, dx * dx)) x)
    throws "DF0303" (fun () -> customJvp (fun (_: Tensor list) -> scalar 0.0) (fun _ _ -> scalar 0.0, scalar 0.0) [])
    number 0.0 0.0 (grad (customJvp sin (fun (x: Tensor) _ -> sin x, zerosLike x)) x)

/// A function whose rules call it: for its value, for another value, and mapped.
let rec private forwards (x: Tensor) : Tensor = customJvp sin (fun (x: Tensor) dx -> forwards x, cos x * dx) x
let rec private backwards (x: Tensor) : Tensor = customVjp sin (fun (x: Tensor) -> backwards x, x) (fun x ct -> cos x * ct) x

let rec private onTheWay (x: Tensor) : Tensor =
    customVjp sin (fun (x: Tensor) -> sin x, x) (fun x ct -> onTheWay (x + 0.5 * System.Math.PI) * ct) x

let rec private inside (x: Tensor) : Tensor =
    customJvp sin (fun (x: Tensor) dx -> sin x, sum (vmap (fun x -> inside (x + 0.5 * System.Math.PI)) (expandDims 0 x)) * dx) x

[<Fact>]
let ``a rule that calls its own function is refused where its trace would not end`` () =
    let x = scalar 0.6

    for f in [ forwards; backwards; onTheWay ] do
        number 1e-15 (cos 0.6) (grad f x)
        number 1e-14 (-sin 0.6) (grad (grad f) x)

    for f in [ forwards; backwards; onTheWay; inside ] do
        for traced in [ (fun x -> graphOf f x x); (fun x -> graphOf (grad f) x x); vmap f; map f; jit f ] do
            throws "DF0418" (fun () -> traced (expandDims 0 x))

        // The process lives, and so does the function.
        number 1e-15 (sin 0.6) (f x)

let private deep (w: Tensor) (x: Tensor) : Tensor = List.fold (fun h _ -> tanh (h * w + sin h)) x [ 1..6 ]

[<Fact>]
let ``a checkpoint changes no derivative`` () =
    let w = f64 [ 3 ] [ 0.3; -0.4; 0.9 ]
    let x = f64 [ 3 ] [ 0.1; 0.5; -0.7 ]
    let plain (w: Tensor) x = sum (deep w (x * w))
    let f (w: Tensor) x = sum (checkpoint (deep w) (x * w))

    for a, b in [ plain w, f w; (fun w -> plain w x), (fun w -> f w x); (fun x -> plain x x), (fun x -> f x x) ] do
        close "value" 1e-14 (a x) (b x)
        close "grad" 1e-13 (grad a x) (grad b x)
        close "jvp" 1e-13 (forward a x) (forward b x)
        close "hessian" 1e-12 (hessian a x) (hessian b x)
        close "reverse twice" 1e-12 (grad (grad a >> sum) x) (grad (grad b >> sum) x)
        close "graph" 1e-13 (grad a x) (graphOf (grad b) x x)
        let many = stack 0 [ x; w; x * 2.0 ]
        close "vmap of grad" 1e-13 (vmap (grad a) many) (vmap (grad b) many)
        close "grad of vmap" 1e-13 (grad (vmap a >> sum) many) (grad (vmap b >> sum) many)

[<Fact>]
let ``a checkpoint keeps its arguments only`` () =
    /// Stacks that the forward half of a scan gives to the backward half.
    let kept (f: Tensor -> Tensor -> Tensor) =
        let loss (x: Tensor) = scan (fun c x -> f c x, ()) (scalar 0.1) x |> fst

        let struct (g, _) =
            Trace.graph Eval.Cpu (fun xs -> [| grad loss xs[0] |]) [| (f64 [ 5 ] [ 1.0; 2.0; 3.0; 4.0; 5.0 ]).Type |]

        g.Equations
        |> Array.pick (fun e ->
            match e.Operation with
            | Operation.Block(Block.Scan s) -> Some(s.Body.Outputs.Length - s.Carries)
            | _ -> None)

    let plain = kept (fun c x -> deep x c)
    let light = kept (fun c x -> checkpoint (fun (c, x) -> deep x c) (c, x))
    Assert.True(plain > 6, $"{plain} stacks")
    // The carry; x is a stack already.
    Assert.Equal(1, light)

[<Fact>]
let ``linearize is jvp with the point fixed`` () =
    let f (a: Tensor, b: Tensor) = [ sin a * b; sum (a * b) |> exp; scan (fun c x -> c * x, c) (sum b) a |> fst ]
    let r = seeded "linearize"
    let x = uniform r [ 3 ], uniform r [ 3 ]
    let y, push = linearize f x
    closeAll "value" 1e-15 (Array.ofList (f x)) (Array.ofList y)

    for _ in 1..3 do
        let d = uniform r [ 3 ], uniform r [ 3 ]
        closeAll "tangent" 1e-13 (Array.ofList (snd (jvp f x d))) (Array.ofList (push d))

    throws "DF0405" (fun () -> push (scalar 0.0, scalar 0.0))
    // Under other transformations.
    let slope (x: Tensor) = snd (linearize (fun (x: Tensor) -> sin x * x) x) (onesLike x)
    number 1e-14 (2.0 * cos 0.4 - 0.4 * sin 0.4) (grad slope (scalar 0.4))
    let xs = f64 [ 2 ] [ 0.4; 0.9 ]
    close "vmap" 1e-14 (cos xs * xs + sin xs) (vmap slope xs)

[<Fact>]
let ``linearTranspose is the adjoint`` () =
    let r = seeded "transpose"
    let m = uniform r [ 2; 3 ]
    let f (x: Tensor, y: Tensor) = matmul m x + cumsum 0 (slice 0 0 2 y), sum y
    let x = uniform r [ 3 ], uniform r [ 4 ]
    let back = linearTranspose f x
    let ct = uniform r [ 2 ], uniform r []
    let gx, gy = back ct
    let a, b = f x
    closeValues "inner product" 1e-14 [| inner a (fst ct) + inner b (snd ct) |] [| inner gx (fst x) + inner gy (snd x) |]
    throws "DF0407" (fun () -> linearTranspose (fun (x: Tensor) -> x * x) (scalar 1.0))
    throws "DF0407" (fun () -> linearTranspose (fun (x: Tensor) -> x + 1.0) (scalar 1.0))
    throws "DF0405" (fun () -> linearTranspose (fun (x: Tensor) -> x * 2.0) (scalar 1.0) (f64 [ 1 ] [ 1.0 ]))
    // Its result is a function like any other.
    number 0.0 2.0 (grad (fun ct -> linearTranspose (fun (x: Tensor) -> x * 2.0) (scalar 1.0) ct) (scalar 5.0))

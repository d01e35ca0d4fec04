/// Branches and loops of unknown length, where values are known, traced, differentiated and batched.
module DeepFun.Core.Tests.Transformations.ControlTests

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests
open DeepFun.Core.Tests.Numbers
open Xunit

let private w = f64 [ 2 ] [ 0.3; -0.7 ]

/// Functions of a vector of two, with branches; and the same with the choice made outside by where.
let private branching: (string * (Tensor -> Tensor) * (Tensor -> Tensor)) list =
    let positive (x: Tensor) = greater (sum x) (scalar 0.0)
    let select (x: Tensor) a b = where (positive x) a b

    [
        "cond",
        (fun x -> cond (positive x) (fun x -> sum (sin x * w)) (fun x -> sum (x * x * x)) x),
        (fun x -> select x (sum (sin x * w)) (sum (x * x * x)))
        "one branch is constant",
        (fun x -> cond (positive x) (fun (x: Tensor) -> sum x * 0.0 + 2.0) (fun x -> sum (exp x)) x),
        (fun x -> select x (sum x * 0.0 + 2.0) (sum (exp x)))
        "one branch gives a constant",
        (fun x -> cond (positive x) (fun (_: Tensor) -> scalar 2.0) (fun x -> sum (exp x * w)) x),
        (fun x -> select x (scalar 2.0) (sum (exp x * w)))
        "a branch closes over the argument",
        (fun x -> cond (positive x) (fun () -> sum (x * x)) (fun () -> sum (tanh x)) ()),
        (fun x -> select x (sum (x * x)) (sum (tanh x)))
        "switch",
        (fun x ->
            let index = cast DType.Int32 (floor (sum x * 2.0 + 1.0))
            switch index [ (fun (x: Tensor) -> sum (x * w)); (fun x -> sum (x * x)); (fun x -> sum (sin x * cos x)) ] x),
        (fun x ->
            let index = floor (sum x * 2.0 + 1.0)
            where (less index (scalar 0.5)) (sum (x * w)) (where (less index (scalar 1.5)) (sum (x * x)) (sum (sin x * cos x))))
        "a branch in a branch",
        (fun x ->
            cond
                (positive x)
                (fun x -> cond (greater (sum (x * x)) (scalar 1.0)) (fun x -> sum (x * x * w)) (fun x -> sum (exp (x * w))) x)
                (fun x -> sum (sin x))
                x),
        (fun x -> select x (where (greater (sum (x * x)) (scalar 1.0)) (sum (x * x * w)) (sum (exp (x * w)))) (sum (sin x)))
        "a scan in a branch in a scan",
        (fun x ->
            let step c (x: Tensor) =
                let inner (c: Tensor) = scan (fun (c: Tensor) (v: Tensor) -> c * v * x, c) c w
                cond (greater c (scalar 0.0)) (fun c -> fst (inner c) + 1.0) (fun c -> sum (snd (inner c)) - x) c, c * x

            let c, ys = scan step (scalar 0.5) x
            c + sum ys),
        (fun x ->
            let inner (c: Tensor) x = let a = c * item 0 0 w * x in a * item 0 1 w * x, c + a

            let step c x =
                let last, total = inner c x
                where (greater c (scalar 0.0)) (last + 1.0) (total - x), c * x

            let c1, y1 = step (scalar 0.5) (item 0 0 x)
            let c2, y2 = step c1 (item 0 1 x)
            c2 + y1 + y2)
    ]

let names = branching |> List.map (fun (name, _, _) -> [| box name |])

let private points = [ [ 0.4; 0.2 ]; [ -0.9; 0.3 ]; [ 0.9; 0.8 ]; [ 2.0; 1.0 ]; [ -0.2; -0.1 ] ] |> List.map (f64 [ 2 ])

[<Theory; MemberData(nameof names)>]
let ``branches give what a selection gives, in every mode`` (name: string) =
    let _, f, plain = branching |> List.find (fun (n, _, _) -> n = name)

    let check what (f: Tensor -> Tensor) x =
        close $"{what}" 1e-13 (plain x) (f x)
        close $"{what}: grad" 1e-13 (grad plain x) (grad f x)
        close $"{what}: jvp" 1e-13 (forward plain x) (forward f x)
        close $"{what}: hessian" 1e-12 (hessian plain x) (hessian f x)
        Array.iter2 (close $"{what}: Taylor" 1e-12) (taylor plain x 3) (taylor f x 3)
        close $"{what}: reverse twice" 1e-12 (grad (grad plain >> sum) x) (grad (grad f >> sum) x)

    for x in points do
        check "eager" f x
        check "traced" (graphOf f x) x
        close "traced grad" 1e-13 (grad plain x) (graphOf (grad f) x x)
        close "traced hvp" 1e-12 (hvp plain x w) (graphOf (fun x -> hvp f x w) x x)

    // Each entry takes its own branch.
    let many = stack 0 points
    close "vmap" 1e-13 (vmap plain many) (vmap f many)
    close "vmap of grad" 1e-13 (vmap (grad plain) many) (vmap (grad f) many)
    close "grad of vmap" 1e-13 (grad (vmap plain >> sum) many) (grad (vmap f >> sum) many)
    close "vmap of a graph" 1e-13 (vmap plain many) (vmap (graphOf f points[0]) many)
    close "graph of vmap of grad" 1e-13 (vmap (grad plain) many) (graphOf (vmap (grad f)) many many)

[<Fact>]
let ``where the predicate is known, the other branch does not run`` () =
    let other (_: Tensor) : Tensor = invalidOp "this branch is not taken"
    let f (x: Tensor) = cond (greater x (scalar 0.0)) (fun x -> x * x) other x
    number 0.0 9.0 (f (scalar 3.0))
    number 0.0 6.0 (grad f (scalar 3.0))
    number 0.0 2.0 (grad (grad f) (scalar 3.0))
    number 0.0 2.0 (forward (grad f) (scalar 3.0))
    // Values may be read in the branch that runs.
    let reads (x: Tensor) = cond (greater x (scalar 0.0)) (fun (x: Tensor) -> if x.ToDouble() > 2.0 then x * 5.0 else x) other x
    number 0.0 5.0 (grad reads (scalar 3.0))
    // The predicate is known though the argument has a batch.
    let many = f64 [ 2 ] [ 1.0; 2.0 ]
    closeValues "batch" 0.0 [| 1.0; 4.0 |] ((vmap (fun x -> cond (Tensor.ofArray [] [| true |]) (fun x -> x * x) other x) many).ToDoubles())

[<Fact>]
let ``in a graph the branch that is not taken does not run`` () =
    // 1 / 0 would be seen in a product with 0.
    let f (x: Tensor) = cond (greater x (scalar 0.0)) (fun x -> log x) (fun x -> x) x
    let g = graphOf f (scalar 1.0)
    number 0.0 1.0 (grad g (scalar -1.0))
    number 0.0 -1.0 (g (scalar -1.0))

[<Fact>]
let ``an index beyond the branches takes the nearest one`` () =
    let branches = [ (fun (x: Tensor) -> x * 2.0); (fun x -> x * 3.0); (fun x -> x * 4.0) ]
    let x = scalar 1.0
    let at (i: int) : Tensor = Tensor.ofArray [] [| i |]
    let indices = [ -5; 0; 1; 2; 3; 100 ]
    let expected = [| 2.0; 2.0; 3.0; 4.0; 4.0; 4.0 |]
    closeValues "known" 0.0 expected (indices |> List.map (fun i -> (switch (at i) branches x: Tensor).ToDouble()) |> Array.ofList)
    let all: Tensor = Tensor.ofArray [ 6 ] (Array.ofList indices)
    closeValues "batched" 0.0 expected ((vmap (fun i -> switch i branches x) all).ToDoubles())
    closeValues "traced" 0.0 expected ((map (fun i -> switch i branches x) all).ToDoubles())

/// Newton's iteration for the square root, until it stands.
let private root loop (x: Tensor) : Tensor =
    let going (y: Tensor, last: Tensor) = greater (abs (y - last)) (scalar 1e-12)
    let step (y: Tensor, _: Tensor) = 0.5 * (y + x / y), y
    fst (loop going step (x * 0.5 + 0.5, x * 0.0))

[<Fact>]
let ``a loop whose condition is known is differentiated in every mode`` () =
    let f = root whileLoop
    let x = scalar 2.0
    number 1e-14 (sqrt 2.0) (f x)
    number 1e-12 (0.5 / sqrt 2.0) (grad f x)
    number 1e-12 (0.5 / sqrt 2.0) (forward f x)
    number 1e-11 (-0.25 / (2.0 * sqrt 2.0)) (grad (grad f) x)

[<Fact>]
let ``a traced loop is differentiated forward, and its graph in every mode where values are known`` () =
    let f = root whileLoop
    let g = graphOf f (scalar 2.0)
    number 1e-14 (sqrt 3.0) (g (scalar 3.0))
    number 1e-12 (0.5 / sqrt 3.0) (graphOf (forward f) (scalar 2.0) (scalar 3.0))
    number 1e-11 (-0.25 / (3.0 * sqrt 3.0)) (graphOf (forward (forward f)) (scalar 2.0) (scalar 3.0))
    number 1e-12 (0.5 / sqrt 3.0) (grad g (scalar 3.0))
    // √(3 + t) = √3 (1 + t/6 − t²/72 + …)
    number 1e-12 (-sqrt 3.0 / 72.0) (graphOf (fun x -> (taylor f x 2)[2]) (scalar 2.0) (scalar 3.0))
    throws "DF0415" (fun () -> graphOf (grad f) (scalar 2.0))
    let bounded = root (whileLoopBounded 30)
    number 1e-12 (0.5 / sqrt 3.0) (graphOf (grad bounded) (scalar 2.0) (scalar 3.0))
    number 1e-11 (-0.25 / (3.0 * sqrt 3.0)) (graphOf (grad (grad bounded)) (scalar 2.0) (scalar 3.0))

[<Fact>]
let ``a batch of loops goes on while any entry does`` () =
    let xs = f64 [ 4 ] [ 2.0; 1.0; 100.0; 0.01 ]
    let f = root whileLoop
    close "values" 1e-13 (sqrt xs) (vmap f xs)
    close "tangents" 1e-11 (0.5 / sqrt xs) (vmap (forward f) xs)
    close "jvp of vmap" 1e-11 (0.5 / sqrt xs) (forward (vmap f) xs)
    close "traced" 1e-13 (sqrt xs) (graphOf (vmap f) xs xs)
    close "reverse" 1e-11 (0.5 / sqrt xs) (vmap (grad (root (whileLoopBounded 40))) xs)
    // An unequal number of steps: each entry stops by itself.
    let count (n: Tensor) = whileLoop (fun (i: Tensor, _: Tensor) -> less i n) (fun (i, c) -> i + 1.0, c * 2.0) (n * 0.0, onesLike n) |> snd
    closeValues "steps" 0.0 [| 1.0; 8.0; 2.0 |] ((vmap count (f64 [ 3 ] [ 0.0; 3.0; 1.0 ])).ToDoubles())
    // One number of steps for all.
    let same (x: Tensor) =
        whileLoop (fun (i: Tensor, _: Tensor) -> less i (scalar 3.0)) (fun (i, c) -> i + 1.0, c * x) (scalar 0.0, x) |> snd

    close "same" 1e-13 (pow xs (scalar 4.0)) (vmap same xs)

[<Fact>]
let ``a bounded loop ends at its bound`` () =
    let f maximum (x: Tensor) = whileLoopBounded maximum (fun c -> less c (scalar 100.0)) (fun (c: Tensor) -> c * 2.0) x
    number 0.0 8.0 (f 3 (scalar 1.0))
    number 0.0 128.0 (f 50 (scalar 1.0))
    number 0.0 1.0 (f 0 (scalar 1.0))
    number 0.0 8.0 (graphOf (f 3) (scalar 1.0) (scalar 1.0))
    number 0.0 128.0 (graphOf (f 50) (scalar 1.0) (scalar 1.0))
    number 0.0 1.0 (graphOf (f 0) (scalar 1.0) (scalar 1.0))

[<Fact>]
let ``loops and branches may close over values of any level`` () =
    let f (a: Tensor) =
        let inner (b: Tensor) =
            let c = whileLoop (fun (c: Tensor) -> less c (scalar 5.0)) (fun c -> c * 2.0 + a * b) (b * 1.0)
            cond (greater b (scalar 0.0)) (fun c -> c * a) (fun c -> c - a) c

        grad inner (scalar 1.0) * a

    // b = 1: c = b, 2b + ab, 4b + 3ab, … until 5; at a = 0.5: 1, 2.5, 5.5 → c = (4 + 3a) b; inner = a c; f = a² (4 + 3a).
    number 1e-14 (0.25 * 5.5) (f (scalar 0.5))
    number 1e-14 (8.0 * 0.5 + 9.0 * 0.25) (grad f (scalar 0.5))
    number 1e-14 (8.0 + 18.0 * 0.5) (grad (grad f) (scalar 0.5))

[<Fact>]
let ``branches that disagree and tests that are not one truth value are refused`` () =
    let traced f = fun () -> graphOf f (scalar 1.0) |> ignore
    let positive (x: Tensor) = greater x (scalar 0.0)
    throws "DF0412" (traced (fun x -> cond (positive x) (fun x -> stack 0 [ x; x ]) (fun x -> x) x |> sum))
    throws "DF0412" (traced (fun x -> cond (positive x) (fun x -> [ x; x ]) (fun x -> [ x ]) x |> List.head))
    throws "DF0413" (fun () -> cond (scalar 1.0) id id (scalar 1.0))
    throws "DF0413" (fun () -> cond (greater (f64 [ 2 ] [ 0.0; 1.0 ]) (scalar 0.0)) id id (scalar 1.0))
    throws "DF0413" (fun () -> switch (scalar 1.0) [ id ] (scalar 1.0))
    throws "DF0126" (fun () -> switch (Tensor.ofArray [] [| 0 |]) [] (scalar 1.0) |> fun (x: Tensor) -> x)
    throws "DF0413" (fun () -> whileLoop (fun (c: Tensor) -> c) id (scalar 1.0))
    throws "DF0410" (fun () -> whileLoop (fun c -> less (sum c) (scalar 9.0)) (fun (c: Tensor) -> stack 0 [ c; c ]) (scalar 1.0))
    throws "DF0410" (traced (fun x -> whileLoop (fun c -> less (sum c) (scalar 9.0)) (fun (c: Tensor) -> stack 0 [ c; c ]) x))

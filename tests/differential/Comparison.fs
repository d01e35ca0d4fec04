/// Compares two answers, and tells a wrong derivative from a program that magnifies rounding.
module DeepFun.Differential.Comparison

open System
open DeepFun

/// What came of a program.
type Verdict =
    | Agree
    /// They differ by no more than what a change of the leaves' last digits makes.
    | IllConditioned
    /// PyTorch has no such derivative, or refuses the call.
    | NoOracle of string
    | Disagree of string

let private single (p: Program) =
    p.Nodes
    |> Array.exists (fun n ->
        match n with
        | Leaf l -> l.DType = DType.Float32
        | Step _ -> false)

/// Values, gradients, second derivatives; relative to 1 + the greatest element of the same tensor.
let private tolerances (p: Program) = if single p then [| 1e-4; 1e-3; 1e-2 |] else [| 1e-10; 1e-9; 1e-8 |]

let private parts (a: Answer) = [| "value", a.Values; "gradient", a.Gradients; "second derivative", a.Second |]

/// Not finite on both sides alike, or close.
let private differ (scale: float) (a: float) (b: float) = not (a = b || Double.IsNaN a && Double.IsNaN b) && not (abs (a - b) <= scale)

let private greatest (xs: float[]) = xs |> Array.fold (fun m x -> if Double.IsFinite x then max m (abs x) else m) 0.0

/// The first difference, as text; none when the answers agree. The scale says what difference counts.
let private difference (scale: int -> int -> float -> float) (ours: Answer) (theirs: Answer) : string option =
    Seq.zip (parts ours) (parts theirs)
    |> Seq.indexed
    |> Seq.tryPick (fun (part, ((name, xss), (_, yss))) ->
        if xss.Length <> yss.Length then
            Some $"{xss.Length} tensors of {name}, PyTorch {yss.Length}"
        else
            Seq.zip xss yss
            |> Seq.indexed
            |> Seq.tryPick (fun (k, (xs, ys)) ->
                if xs.Length <> ys.Length then
                    Some $"{name} {k}: {xs.Length} elements, PyTorch {ys.Length}"
                else
                    let limit = scale part k (1.0 + max (greatest xs) (greatest ys))

                    Seq.zip xs ys
                    |> Seq.indexed
                    |> Seq.tryPick (fun (i, (x, y)) ->
                        if differ limit x y then Some $"{name} {k}, element {i}: DeepFun {x:R}, PyTorch {y:R}" else None)))

let private shapes (ours: Answer) (theirs: Answer) : string option =
    Seq.zip ours.Shapes theirs.Shapes
    |> Seq.tryPick (fun (a, b) -> if a = b then None else Some $"shapes: DeepFun %A{a}, PyTorch %A{b}")

/// The leaves moved by a relative amount, each element in its own direction.
let private moved (relative: float) (salt: int) (p: Program) : Program =
    let random = Random salt

    {
        Nodes =
            p.Nodes
            |> Array.map (fun n ->
                match n with
                | Leaf l when DTypes.IsFloating l.DType ->
                    Leaf
                        { l with
                            Values = l.Values |> Array.map (fun v -> v + relative * (abs v + 1e-3) * (2.0 * random.NextDouble() - 1.0))
                        }
                | Leaf _
                | Step _ -> n)
    }

/// How much each tensor of the answer changes when the leaves change in their last digits.
let private sensitivity (run: Program -> Reply) (p: Program) (ours: Answer) : (int -> int -> float) =
    let relative = if single p then 1e-6 else 1e-13

    let changes: float[][][] =
        [|
            for salt in 1..3 do
                match run (moved relative salt p) with
                | Answered other ->
                    Array.map2
                        (fun (_, xss: float[][]) (_, yss: float[][]) ->
                            Array.map2 (fun xs ys -> Array.fold2 (fun m x y -> max m (abs (x - y))) 0.0 xs ys) xss yss)
                        (parts ours)
                        (parts other)
                | Refused _ -> ()
        |]

    fun part k -> changes |> Array.fold (fun m (c: float[][]) -> max m (c[part][k])) 0.0

/// Compares DeepFun's reply, which `run` can give for other numbers too, with PyTorch's.
let judge (run: Program -> Reply) (p: Program) (ours: Reply) (theirs: Reply) : Verdict =
    match ours, theirs with
    | Refused message, Refused _ -> NoOracle message
    | Refused message, Answered _ -> Disagree $"DeepFun refuses: {message}"
    | Answered _, Refused message -> NoOracle message
    | Answered ours, Answered theirs ->
        let tolerance = tolerances p

        match shapes ours theirs |> Option.orElse (difference (fun part _ size -> tolerance[part] * size) ours theirs) with
        | None -> Agree
        | Some _ ->
            let change = sensitivity run p ours

            match
                shapes ours theirs
                |> Option.orElse (difference (fun part k size -> tolerance[part] * size + 10.0 * change part k) ours theirs)
            with
            | None -> IllConditioned
            | Some text -> Disagree text

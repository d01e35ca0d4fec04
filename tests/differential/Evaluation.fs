/// Runs programs and their derivatives in DeepFun.
module DeepFun.Differential.Evaluation

open System
open DeepFun
open DeepFun.FSharp

/// The ways to the same second derivative; programs take turns.
type Mode =
    | ForwardOverReverse
    | ReverseOverReverse
    /// Two equal examples side by side.
    | Batched
    /// Forward over forward, a batch of unit tangents.
    | ForwardOverForward
    /// Results, and forward over reverse, compiled.
    | Compiled
    /// Two equal examples side by side, compiled.
    | CompiledBatch

let modes = [| ForwardOverReverse; ReverseOverReverse; Batched; ForwardOverForward; Compiled; CompiledBatch |]

/// Element j of the weights of result k, and of the direction in leaf k. Eighths, so that both libraries have the same numbers.
let private weight k j = float ((7 * j + 3 * k) % 11 - 5) / 4.0 + 0.125
let private along k j = float ((5 * j + 2 * k) % 7 - 3) / 4.0 + 0.125

let private like (dtype: DType) (x: Tensor) (element: int -> float) : Tensor =
    Tensor.ofArray x.Shape (Array.init x.Size element) |> cast dtype

/// The program's results as a function of the values of its floating leaves; the others are constants.
let private results (p: Program) (evaluate: Step -> Tensor[] -> Tensor) (floats: Tensor[]) : Tensor[] =
    let values: Tensor[] = Array.zeroCreate p.Nodes.Length
    let mutable next = 0

    for i in 0 .. p.Nodes.Length - 1 do
        match p.Nodes[i] with
        | Leaf l when DTypes.IsFloating l.DType ->
            values[i] <- floats[next]
            next <- next + 1
        | Leaf l -> values[i] <- Values.tensor l
        | Step s -> values[i] <- evaluate s (s.Operands |> Array.map (fun j -> values[j]))

    Program.outputs p |> Array.map (fun i -> values[i])

/// Σ of weight · result over all elements of the floating results.
let private loss (f: Tensor[] -> Tensor[]) (xs: Tensor[]) : Tensor =
    f xs
    |> Array.mapi (fun k y ->
        if DTypes.IsFloating y.DType then
            sum (cast DType.Float64 y * like DType.Float64 y (weight k))
        else
            Tensor.scalar64 0.0)
    |> Array.fold (fun (a: Tensor) b -> a + b) (Tensor.scalar64 0.0)

let private twice (xs: Tensor[]) : Tensor[] = xs |> Array.map (fun x -> stack 0 [ x; x ])

/// The gradient by forward mode: one tangent for each element of each leaf.
let private forwardGradient (f: Tensor[] -> Tensor) (xs: Tensor[]) : Tensor[] =
    xs
    |> Array.mapi (fun i x ->
        let units = Tensor.eye x.Size |> cast x.DType |> reshape (Seq.append [ x.Size ] x.Shape)

        let slope (d: Tensor) = snd (jvp f xs (xs |> Array.mapi (fun j z -> if i = j then d else zerosLike z)))
        vmap slope units |> cast x.DType |> reshape x.Shape)

/// f x, compiled; as it is where f reads values.
let private compiled (f: 'a -> 'b) (x: 'a) : 'b =
    try
        jit f x
    with :? DeepFunException as e when e.Code = "DF0402" ->
        f x

let private derivatives (mode: Mode) (f: Tensor[] -> Tensor) (xs: Tensor[]) (ds: Tensor[]) : Tensor[] * Tensor[] =
    let batched xs = vmap (fun xs -> grad f xs, hvp f xs ds) (twice xs)
    let second (gs, hs) = Array.map (item 0 1) gs, Array.map (item 0 1) hs

    match mode with
    | ForwardOverReverse -> grad f xs, hvp f xs ds
    | ReverseOverReverse ->
        let slope xs =
            Array.map2 (fun g d -> sum (cast DType.Float64 (g * d))) (grad f xs) ds
            |> Array.fold (fun (a: Tensor) b -> a + b) (Tensor.scalar64 0.0)

        grad f xs, grad slope xs
    | Batched -> batched xs |> second
    | CompiledBatch -> compiled batched xs |> second
    | ForwardOverForward -> jvp (forwardGradient f) xs ds
    | Compiled -> compiled (fun (xs, ds) -> grad f xs, hvp f xs ds) (xs, ds)

/// DeepFun's answer, with another meaning of the steps where a test wants one.
let runWith (evaluate: Step -> Tensor[] -> Tensor) (mode: Mode) (p: Program) : Reply =
    try
        let leaves =
            p.Nodes
            |> Array.choose (fun n ->
                match n with
                | Leaf l when DTypes.IsFloating l.DType -> Some(Values.tensor l)
                | Leaf _
                | Step _ -> None)

        let f = results p evaluate
        let ys = if mode = Compiled || mode = CompiledBatch then compiled f leaves else f leaves

        let gradients, second =
            if leaves.Length = 0 then
                [||], [||]
            else
                derivatives mode (loss f) leaves (leaves |> Array.mapi (fun k x -> like x.DType x (along k)))

        let numbers (ts: Tensor[]) = ts |> Array.map _.ToDoubles()

        Answered
            {
                Shapes = ys |> Array.map _.Shape.ToArray()
                Values = numbers ys
                Gradients = numbers gradients
                Second = numbers second
            }
    with :? DeepFunException as e ->
        Refused e.Message

let run (mode: Mode) (p: Program) : Reply = runWith Generator.apply mode p

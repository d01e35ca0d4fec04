/// Draws programs: the n-th program of a seed is always the same.
module DeepFun.Differential.Generator

open System
open System.Collections.Generic
open DeepFun
open DeepFun.FSharp

/// Every operation that both libraries have.
let operations: Operation[] =
    List.concat
        [
            Elementwise.rows
            Reductions.rows
            Structural.rows
            Selection.rows
            Products.rows
            LinearAlgebra.rows
            Densities.rows
            Narrow.rows
            Fourier.rows
            Composite.rows
        ]
    |> Array.ofList

let private byName = operations |> Seq.map (fun op -> op.Name, op) |> dict

/// The operation of a step, whose name may carry a label behind a colon.
let find (s: Step) : Operation = byName[s.Operation.Split(':')[0]]

let apply (s: Step) (xs: Tensor[]) : Tensor = (find s).Apply s xs

/// Small enough to compare and far from overflow, so that a disagreement means something.
let private acceptable (y: Tensor) =
    y.Size <= 128
    && y.Rank <= 6
    && (not (DTypes.IsFloating y.DType) || y.ToDoubles() |> Array.forall (fun v -> abs v <= 50.0))

/// Calls that an operation drew and DeepFun refused. None is expected: each would be a wrong row or a wrong error.
let refused = Dictionary<string, string>()

let private grow (pool: Pool) (op: Operation) : bool =
    match op.Draw pool with
    | None -> false
    | Some s ->
        try
            let y = op.Apply s (pool.Tensors s.Operands)

            if acceptable y then
                pool.Add(s, y)
                true
            else
                false
        with :? DeepFunException as e ->
            lock refused (fun () -> refused[op.Name] <- e.Message)
            false

/// A program of up to so many steps.
let draw (seed: int) (index: int) (most: int) : Program =
    let random = Random(seed * 1000003 + index)
    let pool = Pool(random, (if random.NextDouble() < 0.25 then DType.Float32 else DType.Float64))

    for _ in 1 .. pool.Int(1, 2) do
        let shape = pool.Shape(pool.Choose [| 0; 1; 1; 2; 2; 2; 3; 3; 4 |])

        if shape.Length > 0 && pool.Chance 0.04 then
            shape[pool.Int(0, shape.Length - 1)] <- 0

        pool.New shape |> ignore

    let steps = pool.Int(1, most)
    let mutable made = 0

    for _ in 1 .. 8 * steps do
        if made < steps && grow pool (pool.Choose operations) then
            made <- made + 1

    Program.restrict (Program.outputs pool.Program) pool.Program

/// A short program that contains an operation, if it can be drawn.
let drawWith (op: Operation) (seed: int) (index: int) : Program option =
    let random = Random(seed * 1000003 + index)
    let pool = Pool(random, (if index % 4 = 3 then DType.Float32 else DType.Float64))
    pool.New(pool.Shape(pool.Int(1, 3))) |> ignore

    for _ in 1 .. pool.Int(0, 2) do
        grow pool (pool.Choose operations) |> ignore

    let drawn = Seq.exists (fun _ -> grow pool op) (seq { 1..20 })
    let whole = pool.Program
    if drawn then Some(Program.restrict [ whole.Nodes.Length - 1 ] whole) else None

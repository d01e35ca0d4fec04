namespace DeepFun.Core.Tests.Laws

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers

/// One operand of a primitive: its type, how to draw values away from kinks, and whether laws differentiate in it.
[<NoComparison; NoEquality>]
type internal Operand = { Type: TensorType; Draw: Random -> int -> float[]; Active: bool }

/// One line of the table: a primitive on operands. All laws run over all rows.
[<NoComparison; NoEquality>]
type internal Row =
    {
        Name: string
        Prim: Prim
        Operands: Operand[]
        /// The step of central differences.
        Step: float
        Tolerance: float
    }

/// Ways to draw values.
module internal Draw =
    let within low high (r: Random) n = Array.init n (fun _ -> low + (high - low) * r.NextDouble())

    let away (r: Random) n = Array.init n (fun _ -> (if r.Next 2 = 0 then -1.0 else 1.0) * (0.3 + 1.2 * r.NextDouble()))

    /// Not within 0.2 of an integer, nor of half of one.
    let fractional (r: Random) n =
        Array.init n (fun _ -> float (r.Next(-3, 3)) + (if r.Next 2 = 0 then 0.2 else 0.7) + 0.1 * r.NextDouble())

    /// No two closer than 0.15, none closer than 0.1 to 0.
    let distinct (r: Random) n =
        let places = Array.init n (fun i -> 0.2 * (float i - float (n / 2)) + 0.1 + 0.05 * r.NextDouble())
        r.Shuffle places
        places

    /// Two of these, of different phase, are never close.
    let phase p (r: Random) n = Array.init n (fun _ -> float (r.Next(-1, 2)) + p + 0.2 * r.NextDouble())

    let integers low high (r: Random) n = Array.init n (fun _ -> float (r.Next(low, high)))

    /// Every third is 0, the others away from it.
    let someZeros (r: Random) n = away r n |> Array.mapi (fun i v -> if i % 3 = 1 then 0.0 else v)

module internal Row =
    let typed dtype (sizes: int list) : TensorType = { Shape = shapeOf sizes; DType = dtype }

    let float64 = typed DType.Float64

    let operand draw sizes : Operand = { Type = float64 sizes; Draw = draw; Active = true }

    let smooth = operand (Draw.within -1.2 1.2)

    /// Values that are not differentiated.
    let fixedIn dtype draw sizes : Operand = { Type = typed dtype sizes; Draw = draw; Active = false }

    let truth = fixedIn DType.Bool (Draw.integers 0 2)
    let indices below = fixedIn DType.Int32 (Draw.integers 0 below)

    let make name prim (operands: Operand list) : Row =
        let shapes = String.Join(" ", operands |> List.map (fun o -> string o.Type))

        {
            Name = $"{name} {shapes}"
            Prim = prim
            Operands = Array.ofList operands
            Step = 0.005
            Tolerance = 1e-8
        }

    /// Values of the operands; other variants are other draws.
    let inputs (row: Row) (variant: int) : Tensor[] =
        let r = seeded $"{row.Name}#{variant}"
        row.Operands |> Array.map (fun o -> ofDoubles o.Type.DType o.Type.Shape (o.Draw r o.Type.Shape.Size))

    let apply (row: Row) (xs: Tensor[]) : Tensor = if xs.Length = 0 then Eval.Cpu.Apply(row.Prim, xs) else Tensor.Bind(row.Prim, xs)

    let active (row: Row) =
        [|
            for i in 0 .. row.Operands.Length - 1 do
                if row.Operands[i].Active then
                    i
        |]

    /// The primitive as a function of its active operands, the others closed over.
    let focus (row: Row) (apply: Tensor[] -> Tensor) (xs: Tensor[]) : (Tensor[] -> Tensor) * Tensor[] =
        let places = active row

        let f (actives: Tensor[]) =
            let all = Array.copy xs
            Array.iter2 (fun i x -> all[i] <- x) places actives
            apply all

        f, (places |> Array.map (fun i -> xs[i]))

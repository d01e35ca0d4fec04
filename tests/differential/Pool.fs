namespace DeepFun.Differential

open System
open DeepFun
open DeepFun.FSharp

/// Tensors from and to the numbers of programs.
module Values =

    let tensor (l: Leaf) : Tensor =
        match l.DType with
        | DType.Float64 -> Tensor.ofArray l.Shape l.Values
        | DType.Float32 -> Tensor.ofArray l.Shape (Array.map float32 l.Values)
        | DType.Int32 -> Tensor.ofArray l.Shape (Array.map int l.Values)
        | DType.Int64 -> Tensor.ofArray l.Shape (Array.map int64 l.Values)
        | DType.UInt8 -> Tensor.ofArray l.Shape (Array.map byte l.Values)
        | DType.Bool -> Tensor.ofArray l.Shape (Array.map (fun v -> v <> 0.0) l.Values)
        | other -> invalidArg (nameof l) (string other)

/// <summary>A value of the program that is being drawn, with its numbers: they say which operations are far from their kinks.</summary>
[<NoComparison; NoEquality>]
type Value =
    {
        Index: int
        Tensor: Tensor
        Numbers: float[]
    }

    member v.Shape = v.Tensor.Shape.ToArray()
    member v.Rank = v.Tensor.Rank
    member v.Size = v.Tensor.Size
    member v.DType = v.Tensor.DType
    member v.Floating = DTypes.IsFloating v.DType
    member v.All(holds: float -> bool) = Array.forall holds v.Numbers
    member v.Within(low: float, high: float) = v.All(fun x -> x >= low && x <= high)
    member v.Away(distance: float) = v.All(fun x -> abs x >= distance)

    /// No two numbers are closer than this.
    member v.Distinct(distance: float) =
        let sorted = Array.sort v.Numbers
        Seq.pairwise sorted |> Seq.forall (fun (a, b) -> b - a >= distance)

/// <summary>
/// The values drawn so far, and the choices of the drawing. An operation looks for operands that it likes, or asks for a new leaf.
/// </summary>
[<Sealed>]
type Pool(random: Random, dtype: DType) =
    let nodes = ResizeArray<Node>()
    let values = ResizeArray<Value>()

    let add (node: Node) (tensor: Tensor) =
        nodes.Add node
        values.Add { Index = values.Count; Tensor = tensor; Numbers = tensor.ToDoubles() }
        values[values.Count - 1]

    /// The program's floating dtype.
    member _.DType = dtype

    /// How far values stay from kinks and from each other where order matters. Results of both libraries differ by less.
    member _.Margin = if dtype = DType.Float64 then 1e-4 else 2e-3

    member _.Program: Program = { Nodes = nodes.ToArray() }
    member _.Random = random
    /// From low to high, both included.
    member _.Int(low, high) = random.Next(low, high + 1)
    member _.Chance(probability: float) = random.NextDouble() < probability
    member _.Choose(xs: 'a[]) = xs[random.Next xs.Length]

    member _.Shuffled(xs: 'a[]) =
        let copy = Array.copy xs
        random.Shuffle copy
        copy

    /// Three decimals: exact in the text.
    member _.Number(low: float, high: float) = Math.Round(low + (high - low) * random.NextDouble(), 3)

    member p.New(dtype: DType, shape: int[], draw: unit -> float) : Value =
        let leaf = { DType = dtype; Shape = shape; Values = Array.init (Array.fold (*) 1 shape) (fun _ -> draw ()) }
        add (Leaf leaf) (Values.tensor leaf)

    member p.New(shape: int[]) : Value = p.New(dtype, shape, (fun () -> p.Number(-1.5, 1.5)))

    member p.Indices(shape: int[], below: int) : Value =
        p.New(p.Choose [| DType.Int32; DType.Int64 |], shape, (fun () -> float (p.Int(0, below - 1))))

    member _.Add(step: Step, tensor: Tensor) : unit = add (Step step) tensor |> ignore
    member _.Tensors(indices: int[]) = indices |> Array.map (fun i -> values[i].Tensor)

    /// A value that is liked; the newest ones come first more often, so that programs grow deep.
    member p.Pick(likes: Value -> bool) : Value option =
        let attempt _ =
            let i =
                if p.Chance 0.5 then
                    values.Count - 1 - min (values.Count - 1) (random.Next 3)
                else
                    random.Next values.Count

            if likes values[i] then Some values[i] else None

        Seq.tryPick attempt (seq { 1..8 })

    member p.Float(likes: Value -> bool) : Value option = p.Pick(fun v -> v.Floating && likes v)

    /// A shape of at most so many axes; sizes of 1 are frequent, of 0 rare.
    member p.Shape(rank: int) : int[] =
        let size () = if p.Chance 0.15 then 1 else p.Int(2, 4)
        Array.init rank (fun _ -> size ())

    /// A floating value and one of the same dtype whose shape broadcasts with it.
    member p.Pair(likes: Value -> Value -> bool) : (Value * Value) option =
        let fits (a: int[]) (b: int[]) =
            let at (s: int[]) i = (let k = s.Length - 1 - i in if k < 0 then 1 else s[k])
            let sizes = Array.init (max a.Length b.Length) (fun i -> at a i, at b i)

            Array.forall (fun (m, n) -> m = n || m = 1 || n = 1) sizes
            && Array.fold (fun s (m, n) -> s * (if m = 1 then n else m)) 1 sizes <= 96

        p.Float(fun _ -> true)
        |> Option.bind (fun x ->
            let partner = p.Float(fun y -> y.DType = x.DType && fits x.Shape y.Shape && likes x y)

            match partner with
            | Some y when p.Chance 0.7 -> Some(x, y)
            | _ ->
                let shape = x.Shape[p.Int(0, x.Rank) ..] |> Array.map (fun n -> if p.Chance 0.2 then 1 else n)
                let y = p.New(x.DType, shape, (fun () -> p.Number(-1.5, 1.5)))

                if not (likes x y) then None
                elif p.Chance 0.5 then Some(x, y)
                elif likes y x then Some(y, x)
                else None)

    /// An axis of the value, sometimes counted from the end.
    member p.Axis(v: Value) : int =
        let axis = p.Int(0, v.Rank - 1)
        if p.Chance 0.3 then axis - v.Rank else axis

    /// Some of its axes, ascending.
    member p.Axes(v: Value) : int[] = [| 0 .. v.Rank - 1 |] |> Array.filter (fun _ -> p.Chance 0.5)

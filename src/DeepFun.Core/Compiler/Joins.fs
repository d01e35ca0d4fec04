namespace DeepFun

open System.Collections.Generic
open DeepFun.Backends

/// Sums of tensors that were padded with zeros to stand beside each other, which is what the derivative of slices is, become one
/// concatenation. A zero keeps its sign, which adding 0 would take from it.
[<RequireQualifiedAccess>]
module internal Joins =

    /// A part of the sum: its variable, and where it begins and ends along the axis.
    [<NoComparison>]
    type private Part = { Value: int; Axis: int; Start: int; Stop: int }

    /// A tensor padded with zeros along one axis alone.
    let private part (g: Graph) (uses: Uses) (v: int) : Part voption =
        match uses.Produced v with
        | Produced.Moved(Move.Pad p) when p.Value = 0.0 && Array.forall ((=) 0) p.Interior ->
            match [| 0 .. p.Low.Length - 1 |] |> Array.filter (fun i -> p.Low[i] <> 0 || p.High[i] <> 0) with
            | [| axis |] when p.Low[axis] >= 0 && p.High[axis] >= 0 ->
                let inner = uses.Operands(v)[0]
                ValueSome { Value = inner; Axis = axis; Start = p.Low[axis]; Stop = p.Low[axis] + g.Types[inner].Shape[axis] }
            | _ -> ValueNone
        | Produced.Moved _
        | Produced.Number _
        | Produced.Other -> ValueNone

    /// The parts that a sum adds up, if each is added once and nothing else reads what lies between.
    let rec private parts (g: Graph) (uses: Uses) (root: bool) (v: int) : Part list voption =
        match uses.OperandsOf(Prim.Binary Binary.Add, v) with
        | ValueSome xs when root || uses.Count v = 1 ->
            match parts g uses false xs[0], parts g uses false xs[1] with
            | ValueSome a, ValueSome b -> ValueSome(a @ b)
            | _ -> ValueNone
        | ValueSome _
        | ValueNone -> part g uses v |> ValueOption.map List.singleton

    /// Whether sorted parts lie on one axis and none reaches into the next.
    let private areApart (sorted: Part list) = List.pairwise sorted |> List.forall (fun (a, b) -> a.Axis = b.Axis && a.Stop <= b.Start)

    let private write (b: GraphBuilder) (ty: TensorType) (sorted: Part list) (output: int) =
        let axis = sorted[0].Axis
        let pieces = List<int>()

        let gap size =
            if size > 0 then
                let shape = ty.Shape.ToArray()
                shape[axis] <- size
                let ty = { ty with Shape = Shape.Adopt shape }
                pieces.Add(b.Apply(Prim.Generate(Generate.Fill(0.0, ty)), [||], ty))

        let mutable at = 0

        for p in sorted do
            gap (p.Start - at)
            pieces.Add p.Value
            at <- p.Stop

        gap (ty.Shape[axis] - at)
        b.Add(Equation(Prim.Move(Move.Concat axis), pieces.ToArray(), output))

    /// The graph with joins in place of such sums. Blocks stay as they are.
    let run (g: Graph) : Graph =
        let uses = Uses g
        let b = GraphBuilder g

        for e in g.Equations do
            match e.Operation with
            | Operation.Prim(Prim.Binary Binary.Add) ->
                match parts g uses true e.Outputs[0] with
                | ValueSome found when areApart (List.sortBy _.Start found) ->
                    write b g.Types[e.Outputs[0]] (List.sortBy _.Start found) e.Outputs[0]
                | _ -> b.Add e
            | Operation.Prim _
            | Operation.Block _ -> b.Add e

        b.Graph g.Outputs

namespace DeepFun

open System
open System.Collections.Generic
open System.Collections.Immutable
open DeepFun.Backends

/// A group as a loop of the backend, and the variables that it reads and writes.
[<NoComparison; ReferenceEquality>]
type internal LoopStep = { Loop: FusedLoop; Inputs: int[]; Outputs: int[] }

/// Writes groups as loops for the backend.
[<Sealed>]
type internal Loops(g: Graph, fusion: Fusion) =

    /// A member in terms of the places of its operands.
    let instruction (e: Equation) (x: int -> int) : FusedInstruction =
        match e.Operation with
        | Operation.Prim(Prim.Unary op) -> FusedInstruction.Unary(Eval.UnaryOp op, x 0)
        | Operation.Prim(Prim.Binary op) -> FusedInstruction.Binary(Eval.BinaryOp op, x 0, x 1)
        | Operation.Prim(Prim.Compare op) -> FusedInstruction.Binary(Eval.CompareOp op, x 0, x 1)
        | Operation.Prim Prim.Select -> FusedInstruction.Select(x 0, x 1, x 2)
        | Operation.Prim(Prim.Cast dtype) -> if dtype = DType.Bool then FusedInstruction.ToTruth(x 0) else FusedInstruction.FromTruth(x 0)
        | Operation.Prim(Prim.Reduce(Reduce.Sum _)) -> FusedInstruction.Reduce(ReduceOp.Sum, x 0)
        | Operation.Prim(Prim.Reduce(Reduce.Product _)) -> FusedInstruction.Reduce(ReduceOp.Product, x 0)
        | Operation.Prim(Prim.Reduce(Reduce.Max _)) -> FusedInstruction.Reduce(ReduceOp.Max, x 0)
        | Operation.Prim(Prim.Reduce(Reduce.Min _)) -> FusedInstruction.Reduce(ReduceOp.Min, x 0)
        | Operation.Prim _
        | Operation.Block _ -> Errors.graph "a loop has an operation that it cannot compute"

    let reads (group: Group) : Read[] =
        let reads: Read[] = Array.zeroCreate group.Reads.Count
        group.Reads.CopyTo reads
        reads

    /// The variables from outside that a group reads.
    member _.Inputs(group: Group) : int[] = reads group |> Array.map _.Variable |> Array.distinct

    /// The loop of a group that gives these variables.
    member _.Of(group: Group, outputs: int[]) : LoopStep =
        let reads = reads group
        let body = ImmutableArray.CreateBuilder<FusedInstruction>()
        let places = Dictionary<int, int>()
        let literals = Dictionary<int64, int>()

        let add instruction =
            body.Add instruction
            body.Count - 1

        let inputs =
            reads
            |> Array.mapi (fun i read ->
                add (FusedInstruction.Input i) |> ignore
                FusedInput(g.Types[read.Variable].DType, read.Axes))

        let read e v =
            match fusion.Seen(group, e, v) with
            | Source.Literal value ->
                let bits = BitConverter.DoubleToInt64Bits value

                match literals.TryGetValue bits with
                | true, place -> place
                | _ ->
                    let place = add (FusedInstruction.Constant value)
                    literals[bits] <- place
                    place
            | Source.Variable(w, axes) ->
                match places.TryGetValue w with
                | true, place -> place
                | _ -> reads |> Array.findIndex (fun read -> read.Equals(Read(w, axes)))

        for m in group.Members do
            let e = g.Equations[m]
            let x i = read e e.Inputs[i]

            places[e.Outputs[0]] <-
                // A sum down the columns is its operand, added up where it is written.
                if group.Extents[e.Outputs[0]] = Extent.Column then x 0 else add (instruction e x)

        let place v =
            match group.Extents[v] with
            | Extent.Element -> FusedPlace.Element
            | Extent.Row
            | Extent.Cut -> FusedPlace.Row
            | Extent.Column -> FusedPlace.Column

        {
            Loop =
                FusedLoop(
                    group.DType,
                    group.Space,
                    group.RowAxes,
                    ImmutableArray.CreateRange inputs,
                    body.ToImmutable(),
                    outputs |> Array.map (fun v -> FusedOutput(places[v], place v, g.Types[v].Shape)) |> ImmutableArray.CreateRange
                )
            Inputs = reads |> Array.map _.Variable
            Outputs = outputs
        }

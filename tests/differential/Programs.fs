namespace DeepFun.Differential

open System
open System.Globalization
open System.Text
open System.Text.Json
open DeepFun

/// <summary>A tensor that a program starts from. Its numbers have few digits, so that the text is exact.</summary>
[<NoComparison>]
type Leaf = { DType: DType; Shape: int[]; Values: float[] }

/// <summary>An operation on earlier values, with whole and fractional parameters.</summary>
type Step = { Operation: string; Operands: int[]; Ints: int[]; Floats: float[] }

/// <summary>One value of a program.</summary>
[<NoComparison>]
type Node =
    | Leaf of Leaf
    | Step of Step

/// <summary>A straight-line program: values by number, each made from earlier ones.</summary>
[<NoComparison>]
type Program = { Nodes: Node[] }

/// Programs as data: what they return, without what they do not need, as text and back.
module Program =

    let operands (node: Node) : int[] =
        match node with
        | Leaf _ -> [||]
        | Step s -> s.Operands

    let isStep (node: Node) =
        match node with
        | Leaf _ -> false
        | Step _ -> true

    /// The steps that no other step reads: what the program returns.
    let outputs (p: Program) : int[] =
        let read = p.Nodes |> Seq.collect operands |> Set.ofSeq

        [|
            for i in 0 .. p.Nodes.Length - 1 do
                if isStep p.Nodes[i] && not (read.Contains i) then
                    i
        |]

    /// Only the nodes that are wanted, and what they need, numbered anew.
    let restrict (wanted: int seq) (p: Program) : Program =
        let needed = Array.zeroCreate p.Nodes.Length

        for i in wanted do
            needed[i] <- true

        for i in p.Nodes.Length - 1 .. -1 .. 0 do
            if needed[i] then
                for j in operands p.Nodes[i] do
                    needed[j] <- true

        let number = Array.scan (fun n kept -> if kept then n + 1 else n) 0 needed

        {
            Nodes =
                [|
                    for i in 0 .. p.Nodes.Length - 1 do
                        if needed[i] then
                            match p.Nodes[i] with
                            | Leaf _ as leaf -> leaf
                            | Step s -> Step { s with Operands = s.Operands |> Array.map (fun j -> number[j]) }
                |]
        }

    let steps (p: Program) = p.Nodes |> Array.sumBy (fun n -> if isStep n then 1 else 0)

    /// PyTorch's names.
    let dtypeName (dtype: DType) =
        match dtype with
        | DType.Float32 -> "float32"
        | DType.Float64 -> "float64"
        | DType.Int32 -> "int32"
        | DType.Int64 -> "int64"
        | DType.UInt8 -> "uint8"
        | DType.Bool -> "bool"
        | other -> invalidArg (nameof dtype) (string other)

    let private dtypeOf (name: string) =
        [ DType.Float32; DType.Float64; DType.Int32; DType.Int64; DType.UInt8; DType.Bool ]
        |> List.find (fun d -> dtypeName d = name)

    /// A number, or one of the texts "NaN", "Infinity", "-Infinity", for which JSON has no number.
    let number (v: float) =
        if Double.IsFinite v then
            v.ToString("R", CultureInfo.InvariantCulture)
        else
            "\"" + v.ToString CultureInfo.InvariantCulture + "\""

    let private list (text: 'a -> string) (xs: 'a[]) = "[" + String.Join(",", Array.map text xs) + "]"

    /// [["float64",[2],[0.5,1]], ["exp",[0],[],[]], …], one line.
    let write (p: Program) : string =
        let node (n: Node) =
            match n with
            | Leaf l -> $"[\"{dtypeName l.DType}\",{list string l.Shape},{list number l.Values}]"
            | Step s -> $"[\"{s.Operation}\",{list string s.Operands},{list string s.Ints},{list number s.Floats}]"

        let text = StringBuilder "["
        text.AppendJoin(",", Array.map node p.Nodes).Append("]").ToString()

    let numberOf (e: JsonElement) =
        if e.ValueKind = JsonValueKind.String then
            Double.Parse(e.GetString(), CultureInfo.InvariantCulture)
        else
            e.GetDouble()

    let array (read: JsonElement -> 'a) (e: JsonElement) : 'a[] = [| for v in e.EnumerateArray() -> read v |]

    let read (e: JsonElement) : Program =
        let ints = array _.GetInt32()

        let node (n: JsonElement) =
            if n.GetArrayLength() = 3 then
                Leaf { DType = dtypeOf (n[0].GetString()); Shape = ints n[1]; Values = array numberOf n[2] }
            else
                Step
                    {
                        Operation = n[0].GetString()
                        Operands = ints n[1]
                        Ints = ints n[2]
                        Floats = array numberOf n[3]
                    }

        { Nodes = array node e }

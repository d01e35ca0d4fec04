/// The recorded cases: DiffSharp's operations, their arguments and what its own test suite expects of them.
module DeepFun.Core.Tests.Conformance.Cases

open System
open System.IO
open System.IO.Compression
open System.Text.Json
open DeepFun
open DeepFun.FSharp
open Xunit

/// What a case cannot be run for, in words for the table.
exception LeftOut of reason: string

/// An argument in DiffSharp's order, with the tensors that the transformation has in its place.
type Argument =
    | Tensor of Tensor
    | Tensors of Tensor list
    | Number of float
    | Numbers of int list
    | Truth of bool
    | Text of string
    | Missing

/// A tensor argument as it was recorded.
type Given = { Value: Tensor; Tangent: Tensor option; Leaf: bool }

/// A tensor that must come out, and how near.
type Expected = { DType: DType; Shape: int[]; Values: float[]; Relative: float; Absolute: float }

/// Everything that is known of one result.
type Output =
    {
        DType: DType
        Shape: int[]
        /// DiffSharp's answer, unless it is known to be wrong.
        Answer: Expected option
        /// The literal of its test.
        Expected: Expected option
        Tangent: Expected list
        Cotangent: Tensor option
    }

type Case =
    {
        Id: int
        Operation: string
        /// The member that was called: dsharp.conv2d, Tensor.conv2d, …
        Api: string
        Kind: string
        Test: string
        Given: Given[]
        /// The arguments with these tensors in place of the given ones.
        Arguments: Tensor[] -> Argument list
        Outputs: Output[]
        /// For each given tensor what its gradient must be near.
        Gradients: Expected list[]
    }

let private path =
    let rec up (folder: DirectoryInfo) =
        if isNull folder then
            None
        else
            let file = Path.Combine(folder.FullName, "shared", "conformance", "diffsharp-cases.jsonl.gz")
            if File.Exists file then Some file else up folder.Parent

    lazy up (DirectoryInfo AppContext.BaseDirectory)

/// A test that needs the recorded cases, which lie in a folder shared/conformance above the tests.
[<AttributeUsage(AttributeTargets.Method)>]
type ConformanceFactAttribute() =
    inherit
        FactAttribute(
            Skip =
                if path.Value.IsSome then
                    null
                else
                    "shared/conformance/diffsharp-cases.jsonl.gz is not in a folder above the tests"
        )

let private number (e: JsonElement) =
    match e.ValueKind with
    | JsonValueKind.Number -> e.GetDouble()
    | JsonValueKind.True -> 1.0
    | JsonValueKind.False -> 0.0
    | _ ->
        match e.GetString() with
        | "NaN" -> nan
        | "Infinity" -> infinity
        | "-Infinity" -> -infinity
        | other -> raise (FormatException $"'{other}' is no number")

let private items (e: JsonElement) = [| for x in e.EnumerateArray() -> x |]

let private field (name: string) (e: JsonElement) =
    match e.TryGetProperty name with
    | true, value when value.ValueKind <> JsonValueKind.Null -> Some value
    | _ -> None

let private dtype (e: JsonElement) =
    match e.GetProperty("dtype").GetString() with
    | "Float32" -> DType.Float32
    | "Float64" -> DType.Float64
    | "Int8" -> DType.Int8
    | "Int16" -> DType.Int16
    | "Int32" -> DType.Int32
    | "Int64" -> DType.Int64
    | "Byte" -> DType.UInt8
    | "Bool" -> DType.Bool
    | other -> raise (LeftOut $"dtype {other} is not one of DeepFun's")

let private shape (e: JsonElement) = items (e.GetProperty "shape") |> Array.map _.GetInt32()

let private tensorOf (dtype: DType) (shape: int[]) (values: JsonElement[]) : Tensor =
    match dtype with
    // Not through a double, which does not hold every int64.
    | DType.Int64 -> FSharp.Tensor.ofArray shape (values |> Array.map _.GetInt64())
    | DType.Float32 -> FSharp.Tensor.ofArray shape (values |> Array.map (number >> float32))
    | _ -> FSharp.Tensor.ofArray shape (Array.map number values) |> cast dtype

let private given (e: JsonElement) : Given =
    let dtype, shape = dtype e, shape e

    {
        Value = tensorOf dtype shape (items (e.GetProperty "v"))
        Tangent = field "tangent" e |> Option.map (items >> tensorOf dtype shape)
        Leaf = field "leaf" e |> Option.exists _.GetBoolean()
    }

/// DiffSharp's answers are as good as a tight tolerance in their precision; Float32 through a chain of sums less so.
let private answer (dtype: DType) (shape: int[]) (values: JsonElement) : Expected =
    let values = items values |> Array.map number
    let finite = values |> Array.filter Double.IsFinite |> Array.map abs
    let relative = if dtype = DType.Float64 then 1e-9 else 1e-5

    {
        DType = dtype
        Shape = shape
        Values = values
        Relative = relative
        // Where terms cancel, the error is one of the terms.
        Absolute = relative * Array.fold max 1.0 finite
    }

let private expected (e: JsonElement) : Expected =
    let dtype = dtype e
    // The literal 0.4 stands for the float32 next to it.
    let value = if dtype = DType.Float32 then number >> float32 >> float else number

    {
        DType = dtype
        Shape = shape e
        Values = items (e.GetProperty "v") |> Array.map value
        Relative = field "rtol" e |> Option.map number |> Option.defaultValue 0.0
        Absolute = field "atol" e |> Option.map number |> Option.defaultValue 0.0
    }

/// A row of logsumexp (167.3857, 168.85023, …) is 169.0582; DiffSharp, which shifts by the largest element of all rows, answers 267.9393, and
/// its test allows that (rtol 0.75).
let private wrongAnswers = [ 2074; 2087 ]

let private output (id: int) (e: JsonElement) : Output =
    let value = e.GetProperty "value"
    let dtype, shape = dtype value, shape value
    let like = answer dtype shape

    {
        DType = dtype
        Shape = shape
        Answer = if List.contains id wrongAnswers then None else Some(like (value.GetProperty "v"))
        Expected = field "expected" e |> Option.map expected
        Tangent =
            [
                yield! field "tangent" e |> Option.map like |> Option.toList
                yield! field "expected_tangent" e |> Option.map expected |> Option.toList
            ]
        Cotangent =
            match e.TryGetProperty "cotangent" with
            // Without a seed reverse mode starts from 1.
            | true, v when v.ValueKind = JsonValueKind.Null -> Some(FSharp.Tensor.fullOf dtype shape 1.0)
            | true, v -> Some(tensorOf dtype shape (items v))
            | _ -> None
    }

let private literal (e: JsonElement) : Argument =
    match e.ValueKind with
    | JsonValueKind.Null -> Missing
    | JsonValueKind.True
    | JsonValueKind.False -> Truth(e.GetBoolean())
    | JsonValueKind.Array -> Numbers [ for x in e.EnumerateArray() -> x.GetInt32() ]
    | JsonValueKind.String ->
        match e.GetString() with
        | "Infinity"
        | "-Infinity"
        | "NaN" -> Number(number e)
        | text -> Text text
    | _ -> Number(e.GetDouble())

let private parse (e: JsonElement) : Case =
    let found = Collections.Generic.List<Given>()

    let tensor (e: JsonElement) =
        found.Add(given (e.GetProperty "tensor"))
        found.Count - 1

    let arguments: (Tensor[] -> Argument) list =
        [
            for a in e.GetProperty("args").EnumerateArray() do
                match field "tensor" a, field "list" a with
                | Some _, _ -> let i = tensor a in fun xs -> Tensor xs[i]
                | None, Some list ->
                    let places = items list |> Array.map tensor |> List.ofArray in fun xs -> Tensors [ for i in places -> xs[i] ]
                | None, None -> let value = literal (a.GetProperty "lit") in fun _ -> value
        ]

    let gradient (x: Given) (e: JsonElement) =
        if e.ValueKind = JsonValueKind.Null then
            []
        else
            [
                yield! field "value" e |> Option.map (answer x.Value.DType (x.Value.Shape.ToArray())) |> Option.toList
                yield! field "expected" e |> Option.map expected |> Option.toList
            ]

    {
        Id = e.GetProperty("id").GetInt32()
        Operation = e.GetProperty("op").GetString()
        Api = e.GetProperty("api").GetString()
        Kind = e.GetProperty("kind").GetString()
        Test = e.GetProperty("test").GetString()
        Given = found.ToArray()
        Arguments = fun xs -> arguments |> List.map (fun a -> a xs)
        Outputs = items (e.GetProperty "outs") |> Array.map (output (e.GetProperty("id").GetInt32()))
        Gradients = field "grads" e |> Option.map (items >> Array.map2 gradient (found.ToArray())) |> Option.defaultValue [||]
    }

/// A statistical case, whose numbers are random (see the README beside the file).
let private random = "TestDistributionsUniformBatched"

/// Every case, or why it is left out: operation and reason.
let load () : Result<Case, string * string> list =
    use file = File.OpenRead path.Value.Value
    use text = new StreamReader(new GZipStream(file, CompressionMode.Decompress))

    [
        while not text.EndOfStream do
            use document = JsonDocument.Parse(text.ReadLine())
            let e = document.RootElement.Clone()
            let operation = e.GetProperty("op").GetString()

            if e.GetProperty("test").GetString() = random then
                Error(operation, "random numbers of DiffSharp's generator")
            else
                try
                    Ok(parse e)
                with LeftOut reason ->
                    Error(operation, reason)
    ]

/// DeepFun against the values that DiffSharp's own test suite expects.
module DeepFun.Core.Tests.Conformance.ConformanceTests

open System
open System.Text
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Conformance.Cases
open Xunit
open Xunit.Abstractions

/// How many cases pass: all but those of operations to come and of meanings that differ on purpose (the table lists them). A change may raise
/// it, never lower it.
let private reached = 3196

let private near (expected: Expected) (a: float) (e: float) =
    a = e || (Double.IsNaN a && Double.IsNaN e) || abs (a - e) <= expected.Absolute + expected.Relative * abs e

/// What is wrong with a tensor; None if it is as expected.
let private difference (what: string) (actual: Tensor) (expected: Expected) : string option =
    let show (xs: float[]) = "[" + String.Join(", ", Array.truncate 8 xs) + "]"
    let values = actual.ToDoubles()

    if actual.Shape.ToArray() <> expected.Shape then
        Some $"{what}: shape {actual.Shape}, expected {Shape.Create(ReadOnlySpan expected.Shape)}"
    elif actual.DType <> expected.DType then
        Some $"{what}: dtype {actual.DType}, expected {expected.DType}"
    elif not (Array.forall2 (near expected) values expected.Values) then
        Some $"{what}: {show values}, expected {show expected.Values} (rtol {expected.Relative}, atol {expected.Absolute})"
    else
        None

let private differences (what: string) (actual: Tensor) (expected: Expected seq) =
    expected |> Seq.choose (difference what actual) |> List.ofSeq

/// The case as a function of the tensors at some places, the others held fast.
let private asFunction (case: Case) (places: int[]) : Tensor[] -> Tensor[] =
    fun xs ->
        let all = case.Given |> Array.map _.Value
        Array.iter2 (fun i x -> all[i] <- x) places xs
        Adapter.run case (case.Arguments all) |> Array.ofList

/// What is wrong with a case.
let private check (case: Case) : string list =
    let placesWhere f =
        [|
            for i, g in Array.indexed case.Given do
                if f g then
                    i
        |]

    let at (places: int[]) = places |> Array.map (fun i -> case.Given[i].Value)

    let values (ys: Tensor[]) =
        if ys.Length <> case.Outputs.Length then
            [ $"{ys.Length} results, expected {case.Outputs.Length}" ]
        else
            [
                for y, o in Array.zip ys case.Outputs do
                    yield! differences "value" y (Option.toList o.Answer @ Option.toList o.Expected)
            ]

    match case.Kind with
    | "fwd" ->
        let places = placesWhere _.Tangent.IsSome
        let ys, dys = jvp (asFunction case places) (at places) (places |> Array.map (fun i -> case.Given[i].Tangent.Value))

        values ys
        @ [
            for dy, o in Array.zip dys case.Outputs do
                yield! differences "tangent" dy o.Tangent
        ]
    | "rev" ->
        let places = placesWhere _.Leaf
        let ys, back = vjp (asFunction case places) (at places)
        let cotangents = Array.map2 (fun y o -> o.Cotangent |> Option.defaultWith (fun () -> zerosLike y)) ys case.Outputs

        values ys
        @ [
            for i, g in Array.zip places (back cotangents) do
                yield! differences $"gradient {i}" g case.Gradients[i]
        ]
    | _ -> values (asFunction case [||] [||])

/// Passed, failed (with its text), or left out (with its reason).
type private Verdict =
    | Passed
    | Failed of string
    | LeftOutFor of string

let private judge (case: Case) : Verdict =
    let failed text = Failed $" #{case.Id} ({case.Kind}, {case.Test}): {text}"

    try
        match check case with
        | [] -> Passed
        | wrong -> failed (String.Join("; ", wrong))
    with
    | LeftOut reason -> LeftOutFor reason
    | :? DeepFunException as e -> failed e.Message

let private table (verdicts: (string * Verdict) list) : string =
    let text = StringBuilder()
    text.AppendLine("operation           passed  left out, why") |> ignore

    for operation, ofIt in verdicts |> List.groupBy fst |> List.sortBy fst do
        let passed = ofIt |> List.filter (fun (_, v) -> v = Passed) |> List.length

        let reasons =
            ofIt
            |> List.choose (function
                | _, LeftOutFor reason -> Some reason
                | _ -> None)
            |> List.countBy id
            |> List.map (fun (reason, n) -> $"{n}: {reason}")

        let reasons = String.Join("; ", reasons)
        text.AppendLine($"{operation, -18} {passed, 7}  {reasons}") |> ignore

    let count f = verdicts |> List.filter (snd >> f) |> List.length
    let left = count _.IsLeftOutFor

    text.AppendLine $"total {verdicts.Length}: passed {count _.IsPassed}, failed {count _.IsFailed}, left out {left}"
    |> ignore

    for reason, n in
        verdicts
        |> List.choose (function
            | _, LeftOutFor reason -> Some reason
            | _ -> None)
        |> List.countBy id do
        text.AppendLine $"  {n} left out: {reason}" |> ignore

    text.ToString()

type Conformance(output: ITestOutputHelper) =

    [<ConformanceFact>]
    member _.``every case that can be run gives what DiffSharp's tests expect``() =
        let verdicts =
            load ()
            |> List.map (function
                | Ok case -> case.Operation, judge case
                | Error(operation, reason) -> operation, LeftOutFor reason)

        let report = table verdicts
        output.WriteLine report

        let failures =
            [
                for operation, v in verdicts do
                    match v with
                    | Failed text -> operation + text
                    | _ -> ()
            ]

        Assert.True(failures.IsEmpty, $"{failures.Length} failures\n" + String.Join("\n", failures))
        Assert.True((verdicts |> List.filter (snd >> _.IsPassed) |> List.length) >= reached, report)

/// Programs against what PyTorch answered when the record was made: nothing but the file is needed.
module DeepFun.Differential.RecordedTests

open System
open System.IO
open System.Text.Json
open DeepFun
open DeepFun.FSharp
open Xunit

let private lines =
    File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "programs.jsonl"))
    |> Array.map (fun line -> JsonDocument.Parse(line).RootElement)

/// The first line says who answered.
let private recorded = lines[1..] |> Array.map (fun e -> Program.read (e.GetProperty "nodes"), Reply.read e)

[<Fact>]
let ``the recorded programs agree with PyTorch, in every mode`` () =
    let disagreements =
        [
            for i in 0 .. recorded.Length - 1 do
                let p, theirs = recorded[i]

                for mode in Evaluation.modes do
                    let run = Evaluation.run mode

                    match Comparison.judge run p (run p) theirs with
                    | Comparison.Disagree why -> $"program {i}, {mode}: {why}\n{Source.write p}"
                    | Comparison.NoOracle why -> $"program {i} has no answer: {why}"
                    | Comparison.Agree
                    | Comparison.IllConditioned -> ()
        ]

    Assert.True(disagreements.IsEmpty, String.Join("\n\n", disagreements |> Seq.truncate 5))

[<Fact>]
let ``the record has every operation`` () =
    let used =
        recorded
        |> Seq.collect (fun (p, _) -> p.Nodes)
        |> Seq.choose (fun n ->
            match n with
            | Step s -> Some (Generator.find s).Name
            | Leaf _ -> None)
        |> Set.ofSeq

    Assert.True(recorded.Length >= 200, $"{recorded.Length} programs")
    Assert.True(Generator.operations.Length >= 150, $"{Generator.operations.Length} operations")
    Assert.Equal<string seq>([], Generator.operations |> Array.map _.Name |> Array.filter (used.Contains >> not))

[<Fact>]
let ``a program is its text`` () =
    for i in 1..50 do
        let p = Generator.draw 7 i 20
        Assert.Equal(Program.write p, Program.write (Program.read (JsonDocument.Parse(Program.write p).RootElement)))
        Assert.Equal(Program.write p, Program.write (Generator.draw 7 i 20))

/// DeepFun with a wrong operation.
let private broken (s: Step) (xs: Tensor[]) : Tensor =
    match s.Operation with
    | "tanh" -> 1.0000001 * tanh xs[0]
    | _ -> Generator.apply s xs

[<Fact>]
let ``a wrong operation is found and shrunk to itself`` () =
    let run = Evaluation.run Evaluation.ForwardOverReverse
    let wrong = Evaluation.runWith broken Evaluation.ForwardOverReverse

    let disagrees p =
        match Comparison.judge run p (run p) (wrong p) with
        | Comparison.Disagree _ -> true
        | Comparison.Agree
        | Comparison.IllConditioned
        | Comparison.NoOracle _ -> false

    let uses (p: Program) =
        p.Nodes
        |> Array.exists (fun n ->
            match n with
            | Step s -> s.Operation = "tanh"
            | Leaf _ -> false)
        && (match p.Nodes[0] with
            | Leaf l -> l.DType = DType.Float64
            | Step _ -> false)

    let programs =
        Seq.initInfinite (fun i -> Generator.draw 11 i 20)
        |> Seq.filter uses
        |> Seq.truncate 10
        |> Seq.filter disagrees
        |> List.ofSeq

    Assert.NotEmpty programs

    for p in programs do
        let small = Shrinking.shrink disagrees p

        let names =
            small.Nodes
            |> Array.choose (fun n ->
                match n with
                | Step s -> Some s.Operation
                | Leaf _ -> None)

        Assert.True((names = [| "tanh" |]), Source.write small)

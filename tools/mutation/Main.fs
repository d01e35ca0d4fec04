/// ./build.sh mutate [N] [--seed S] [--all]: makes the rule files wrong in N ways, one at a time; how many do the laws notice?
module DeepFun.Mutation.Main

open System
open System.Diagnostics
open System.IO
open DeepFun.Mutation.Instrument
open DeepFun.Mutation.Verdicts

type private Options = { Count: int; Seed: int; All: bool }

let rec private parse (o: Options) (arguments: string list) : Options =
    match arguments with
    | [] -> o
    | "--seed" :: s :: rest -> parse { o with Seed = int s } rest
    | "--all" :: rest -> parse { o with All = true } rest
    | n :: rest -> parse { o with Count = int n } rest

/// Known to change nothing, with the reason: file, the line's text, original, replacement and reason, separated by tabs.
let private equivalents (repository: string) =
    Path.Combine(repository, "tools/mutation/equivalent.tsv")
    |> File.ReadAllLines
    |> Array.filter (fun line -> line <> "" && not (line.StartsWith '#'))
    |> Array.map (fun line -> let parts = line.Split '\t' in (parts[0], parts[1], parts[2], parts[3]), parts[4])
    |> dict

/// So many of each file in turn, drawn.
let private sample (o: Options) (mutants: Mutant list) : Mutant list =
    let random = Random o.Seed

    let shuffled =
        mutants
        |> List.groupBy (fun m -> (Path.GetFileName m.File).Split('.')[0])
        |> List.map (fun (_, ms) ->
            let copy = Array.ofList ms
            random.Shuffle copy
            copy)

    Seq.initInfinite id
    |> Seq.collect (fun i -> shuffled |> Seq.filter (fun ms -> i < ms.Length) |> Seq.map (fun ms -> ms[i]))
    |> Seq.truncate (min o.Count mutants.Length)
    |> List.ofSeq

let private show (m: Mutant) = $"{m.File}:{m.Line}: {m.Original}  ->  {m.Replacement}"

let private run (o: Options) : int =
    let repository = Directory.GetCurrentDirectory()
    let watch = Stopwatch.StartNew()
    let all, assembly = Copy.prepare repository (Path.Combine(repository, "artifacts/mutation"))
    let known = equivalents repository

    let lines =
        all
        |> List.map (fun m -> m.File)
        |> List.distinct
        |> List.map (fun file -> file, File.ReadAllLines(Path.Combine(repository, "src/DeepFun.Core", file)))
        |> dict

    // By text, for the numbers of lines move.
    let key (m: Mutant) = m.File, (lines[m.File][m.Line - 1]).Trim(), m.Original, m.Replacement
    let real, same = all |> List.partition (fun m -> not (known.ContainsKey(key m)))
    let chosen = if o.All then real else sample o real

    eprintfn
        $"{all.Length} mutants in one build, {same.Length} of them known to be equivalent; {chosen.Length} to judge, {watch.Elapsed.TotalSeconds:F0} s"

    let verdicts = judge assembly (chosen |> List.map _.Id)

    for m in chosen do
        match verdicts[m.Id] with
        | Killed law -> printfn $"killed    {show m}\n            by {law}"
        | Survived -> printfn $"SURVIVED  {show m}"
        | NotReached -> printfn $"UNREACHED {show m}"

    for family, ms in chosen |> List.groupBy (fun m -> (Path.GetFileName m.File).Split('.')[0]) do
        let killed = ms |> List.filter (fun m -> verdicts[m.Id].IsKilled)
        printfn $"{family, -12} {killed.Length, 5} of {ms.Length, 5} killed"

    let killed = chosen |> List.filter (fun m -> verdicts[m.Id].IsKilled)
    printfn $"{killed.Length} of {chosen.Length} mutants killed by the laws, seed {o.Seed}, {watch.Elapsed.TotalSeconds:F0} s"
    if killed.Length = chosen.Length then 0 else 1

[<EntryPoint>]
let main arguments =
    match List.ofArray arguments with
    | [ "--judge"; assembly; ids ] -> child assembly (ids.Split ',' |> Seq.map int |> List.ofSeq)
    | other -> run (parse { Count = 40; Seed = 1; All = false } other)

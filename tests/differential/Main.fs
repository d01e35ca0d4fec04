/// ./build.sh differential [N] [--seed S] [--steps K] [--record FILE]: draws programs, runs them in both libraries and reports.
module DeepFun.Differential.Main

open System
open System.Collections.Concurrent
open System.Collections.Generic
open System.Diagnostics
open System.IO
open System.Threading
open DeepFun.Differential.Comparison

[<NoComparison>]
type private Options = { Count: int; Seed: int; Steps: int; Record: string option }

let rec private parse (o: Options) (arguments: string list) : Options =
    match arguments with
    | [] -> o
    | "--seed" :: s :: rest -> parse { o with Seed = int s } rest
    | "--steps" :: s :: rest -> parse { o with Steps = int s } rest
    | "--record" :: file :: rest -> parse { o with Record = Some file } rest
    | n :: rest -> parse { o with Count = int n } rest

let private names (p: Program) =
    p.Nodes
    |> Array.choose (fun n ->
        match n with
        | Step s -> Some (Generator.find s).Name
        | Leaf _ -> None)

/// Counts and the most frequent keys.
let private table (counts: Dictionary<string, int>) =
    counts |> Seq.sortByDescending _.Value |> Seq.map (fun c -> $"{c.Value, 8}  {c.Key}") |> String.concat "\n"

let private count (counts: Dictionary<string, int>) key =
    counts[key] <-
        1
        + (match counts.TryGetValue key with
           | true, n -> n
           | _ -> 0)

let private report (oracle: Oracle) (mode: Evaluation.Mode) (p: Program) (why: string) =
    let run = Evaluation.run mode

    let disagrees q =
        match judge run q (run q) (oracle.Ask q) with
        | Disagree _ -> true
        | Agree
        | IllConditioned
        | NoOracle _ -> false

    let small = Shrinking.shrink disagrees p

    let why =
        match judge run small (run small) (oracle.Ask small) with
        | Disagree text -> text
        | Agree
        | IllConditioned
        | NoOracle _ -> why

    printfn $"\nDISAGREEMENT ({mode}): {why}\n--- DeepFun\n{Source.write small}\n--- PyTorch\n{oracle.Source small}\n---"

let private compareMany (oracle: Oracle) (o: Options) : int =
    let watch = Stopwatch.StartNew()
    // So few that all open questions fit into a pipe: after a crash they are asked again before an answer is read.
    use queue = new BlockingCollection<struct (int * Program * Reply)>(12)
    let mode i = Evaluation.modes[i % Evaluation.modes.Length]

    // PyTorch works on a program while DeepFun does.
    let produce () =
        for i in 0 .. o.Count - 1 do
            let p = Generator.draw o.Seed i o.Steps
            oracle.Send(Oracle.Question p)
            queue.Add(struct (i, p, Evaluation.run (mode i) p))

        queue.CompleteAdding()

    let producer = Thread(produce, 16 <<< 20)
    producer.Start()
    let operations, verdicts, unanswered = Dictionary(), Dictionary(), Dictionary()
    let disagreements = List()

    for struct (i, p, ours) in queue.GetConsumingEnumerable() do
        let theirs = Reply.read (oracle.Receive())
        Array.iter (count operations) (names p)

        match judge (Evaluation.run (mode i)) p ours theirs with
        | Agree -> count verdicts "agree"
        | IllConditioned -> count verdicts "differ within their conditioning"
        | NoOracle why ->
            if why.Contains "died" then
                printfn $"\nPyTorch's process died of\n{Program.write p}"

            count verdicts "not answered by PyTorch"
            count unanswered why
        | Disagree why ->
            count verdicts "DISAGREE"
            disagreements.Add(struct (i, p, why))

        if (i + 1) % 10000 = 0 then
            eprintfn $"{i + 1} programs, {disagreements.Count} disagreements, {watch.Elapsed.TotalSeconds:F0} s"

    for struct (i, p, why) in Seq.truncate 20 disagreements do
        report oracle (mode i) p why

    let steps = operations.Values |> Seq.sum

    printfn
        $"\n{o.Count} programs of up to {o.Steps} operations, seed {o.Seed}, PyTorch {oracle.Version}, {watch.Elapsed.TotalSeconds:F0} s"

    printfn $"{table verdicts}\n{operations.Count} of {Generator.operations.Length} operations used, {steps} times"
    let unused = Generator.operations |> Array.filter (fun op -> not (operations.ContainsKey op.Name)) |> Array.map _.Name

    if unused.Length > 0 then
        printfn $"never used: {unused}"

    if unanswered.Count > 0 then
        printfn $"PyTorch's reasons:\n{table unanswered}"

    for r in Generator.refused do
        printfn $"DeepFun refused a drawn call of {r.Key}: {r.Value}"

    if disagreements.Count = 0 then 0 else 1

/// Short programs for the tests: drawn ones, then more until every operation has come often enough.
let private record (oracle: Oracle) (o: Options) (file: string) : int =
    use writer = new StreamWriter(file)
    writer.WriteLine $"{{\"torch\":\"{oracle.Version}\",\"seed\":{o.Seed}}}"
    let used = Dictionary()

    let keep (p: Program) =
        match oracle.Ask p with
        | Answered answer ->
            let outputs = String.Join(",", Program.outputs p)
            let text = Reply.write answer
            writer.WriteLine $"{{\"nodes\":{Program.write p},\"outputs\":[{outputs}],{text[1..]}"
            Array.iter (count used) (names p)
            true
        | Refused _ -> false

    let drawn =
        Seq.initInfinite (fun i -> Generator.draw o.Seed i o.Steps) |> Seq.filter keep |> Seq.truncate o.Count |> Seq.length

    let mutable more = 0

    for op in Generator.operations do
        for i in 0..399 do
            if not (used.ContainsKey op.Name) || used[op.Name] < 2 then
                match Generator.drawWith op o.Seed i with
                | Some p when keep p -> more <- more + 1
                | Some _
                | None -> ()

    printfn $"{drawn + more} programs recorded in {file}"
    0

[<EntryPoint>]
let main arguments =
    match Oracle.Start() with
    | Error message ->
        eprintfn $"differential: {message}"
        2
    | Ok oracle ->
        use oracle = oracle
        let o = parse { Count = 1000; Seed = 1; Steps = 20; Record = None } (List.ofArray arguments)

        match o.Record with
        | Some file -> record oracle o file
        | None -> compareMany oracle o

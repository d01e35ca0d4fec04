/// Judges mutants in child processes, so that one that kills its process costs nothing but a new one.
module DeepFun.Mutation.Verdicts

open System
open System.Collections.Generic
open System.Diagnostics
open System.Reflection

type Verdict =
    | Killed of law: string
    | Survived
    /// No law reaches it.
    | NotReached

/// The child: reads nothing, writes "id<TAB>verdict" a line as it goes.
let child (assembly: string) (ids: int list) =
    let suite = Laws.Suite assembly

    for failure in suite.Calibrate() do
        printfn $"!\t{failure}"

    for k in ids do
        printfn $"?\t{k}"

        if suite.Reaching k = 0 then
            printfn $"{k}\tnot reached"
        else
            match suite.Judge(k, 120.0) with
            | Some law -> printfn $"{k}\tkilled\t{law}"
            | None -> printfn $"{k}\tsurvived"

        Console.Out.Flush()

    0

/// Verdicts by number.
let judge (assembly: string) (ids: int list) : Dictionary<int, Verdict> =
    let verdicts = Dictionary<int, Verdict>()

    let rec go () =
        let open' = ids |> List.filter (verdicts.ContainsKey >> not)

        if not open'.IsEmpty then
            let arguments = [ Assembly.GetExecutingAssembly().Location; "--judge"; assembly; String.Join(",", open') ]

            let info =
                ProcessStartInfo("dotnet", arguments, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false)

            info.Environment["DOTNET_gcServer"] <- "0"
            use p = Process.Start info
            // The trace of a process that died is long.
            p.BeginErrorReadLine()
            let mutable current = 0
            let mutable line = p.StandardOutput.ReadLine()

            while not (isNull line) do
                match line.Split '\t' with
                | [| "?"; k |] -> current <- int k
                | [| "!"; failure |] -> eprintfn $"a law fails without a mutant: {failure}"
                | [| k; "killed"; law |] -> verdicts[int k] <- Killed law
                | [| k; "survived" |] -> verdicts[int k] <- Survived
                | [| k; "not reached" |] -> verdicts[int k] <- NotReached
                | _ -> eprintfn $"{line}"

                if verdicts.Count % 50 = 0 && verdicts.ContainsKey current then
                    eprintfn $"{verdicts.Count} of {ids.Length} mutants judged"

                line <- p.StandardOutput.ReadLine()

            p.WaitForExit()

            if current = 0 then
                invalidOp "the laws could not be run"

            if not (verdicts.ContainsKey current) then
                verdicts[current] <- Killed "the process died"

            go ()

    go ()
    verdicts

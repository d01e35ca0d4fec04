/// ./build.sh differential records: how far DeepFun is from PyTorch's records, a row for each group and dtype.
module DeepFun.Core.Tests.Main

[<EntryPoint>]
let main arguments =
    match arguments with
    | [| "records" |] ->
        let failures = RecordReport.run ()
        printfn $"{RecordReport.head}"
        Records.rows () |> List.iter (printfn "%O")
        failures |> List.iter (eprintfn "DISAGREEMENT: %s")
        if failures.IsEmpty then 0 else 1
    // The processes that tests start do their work in StartupHook, before this.
    | _ -> 0

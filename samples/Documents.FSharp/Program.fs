/// Runs samples by name, says what each achieved beside what it had to, and writes a page for each.
module Documents.Program

open System.IO
open DeepFun

let private names = Samples.all |> List.map fst

let private usage =
    let listed = String.concat ", " names

    $"""Usage: NAME... [--quick] [--output FOLDER]
Names: {listed}; or all
  --quick          small data
  --output FOLDER  where the pages go; default: artifacts/samples-fs"""

type private Request = { Names: string list; Options: SampleOptions; Folder: string }

let rec private parse request arguments =
    match arguments with
    | [] -> Ok request
    | "--quick" :: rest -> parse { request with Options = { IsQuick = true } } rest
    | "--output" :: folder :: rest -> parse { request with Folder = folder } rest
    | "all" :: rest -> parse { request with Names = request.Names @ names } rest
    | name :: rest when List.contains name names -> parse { request with Names = request.Names @ [ name ] } rest
    | other :: _ -> Error $"There is no sample and no option '{other}'.\n{usage}"

let private reaches request name =
    let result = Samples.all |> List.find (fst >> (=) name) |> snd <| request.Options
    let page = Path.Combine(request.Folder, $"{name}.html")
    result.Save page
    result.Achievements |> List.iter (fun a -> printfn $"{name} {a}")
    printfn $"{name} wrote {page}"
    result.IsMet

// Whatever goes wrong in one sample, the others run.
let private succeeds request name =
    try
        reaches request name
    with error ->
        let text = if error :? DeepFunException then error.Message else string error
        eprintfn $"{name} FAILED: {text}"
        false

[<EntryPoint>]
let main arguments =
    let start = { Names = []; Options = { IsQuick = false }; Folder = "artifacts/samples-fs" }

    match parse start (List.ofArray arguments) with
    | _ when arguments |> Array.exists (fun a -> a = "--help" || a = "-h") ->
        printfn $"{usage}"
        0
    | Error message ->
        eprintfn $"{message}"
        2
    | Ok request when request.Names.IsEmpty ->
        printfn $"{usage}"
        0
    | Ok request ->
        match request.Names |> List.filter (succeeds request >> not) with
        | [] -> 0
        | failed ->
            let listed = String.concat ", " failed
            eprintfn $"Failed: {listed}"
            1

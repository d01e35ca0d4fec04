module DeepFun.Notebooks.Tests.NotebookTests

open System
open System.IO
open System.Text.Json.Nodes
open System.Text.RegularExpressions
open Xunit
open DeepFun.Notebooks.Tests

let private update = Environment.GetEnvironmentVariable "DEEPFUN_UPDATE_GOLDEN" = "1"

let files () : TheoryData<string> =
    let found = TheoryData<string>()

    for path in Array.sort (Directory.GetFiles(Notebook.folder, "*.ipynb")) do
        found.Add(Path.GetFileName path)

    found

let private word (names: string list) (node: JsonNode) =
    (List.fold (fun (inner: JsonNode) (name: string) -> inner[name]) node names).GetValue<string>()

let private kernelName = word [ "metadata"; "kernelspec"; "name" ]

let private start (notebook: JsonNode) : IKernel =
    match kernelName notebook with
    | ".net-csharp" -> new CSharpKernel(Notebook.folder)
    | ".net-fsharp" -> new FSharpKernel(Notebook.folder)
    | other -> invalidOp $"The tests have no kernel {other}."

let private show (outputs: (string * string) list) = outputs |> List.map (fun (kind, text) -> $"[{kind}]\n{text}") |> String.concat "\n"

/// Rewrites the outputs of every cell; the numbers of the cells are those of a run from the top.
let private rewrite (path: string) (notebook: JsonNode) (fresh: (JsonNode * JsonArray) list) =
    fresh
    |> List.iteri (fun i (cell, outputs) ->
        cell["execution_count"] <- JsonValue.Create(i + 1)
        cell["outputs"] <- outputs)

    File.WriteAllText(path, Notebook.text notebook)

let private execute (file: string) (kernel: IKernel) (cell: JsonNode) =
    try
        Kernel.run kernel (Notebook.source cell)
    with error ->
        let id = word [ "id" ] cell
        raise (InvalidOperationException($"{file}, cell {id} failed: {error.Message}", error))

[<Theory; MemberData(nameof files)>]
let ``Every cell gives the committed outputs`` (file: string) =
    let path = Path.Combine(Notebook.folder, file)
    let notebook = Notebook.load path
    use kernel = start notebook

    let fresh =
        [
            for cell in Notebook.cells notebook do
                if Notebook.isCode cell then
                    cell, execute file kernel cell
        ]

    if update then
        rewrite path notebook fresh
    else
        for cell, outputs in fresh do
            let committed = Notebook.outputs cell
            let now = Notebook.outputs (JsonObject [ Collections.Generic.KeyValuePair("outputs", outputs :> JsonNode) ])

            let same =
                if Notebook.varies cell then
                    List.map fst committed = List.map fst now
                else
                    Comparison.sameOutputs committed now

            let id = word [ "id" ] cell

            Assert.True(
                same,
                $"{file}, cell {id}: other outputs. Run the tests with DEEPFUN_UPDATE_GOLDEN=1 and read the difference.\n"
                + $"committed:\n{show committed}\n\nnow:\n{show now}"
            )

[<Theory; MemberData(nameof files)>]
let ``A notebook is of format 4 5, in one language, and stands as it would be written`` (file: string) =
    let path = Path.Combine(Notebook.folder, file)
    let notebook = Notebook.load path
    Assert.Equal(4, int (notebook["nbformat"]))
    Assert.Equal(5, int (notebook["nbformat_minor"]))
    let language = if kernelName notebook = ".net-csharp" then "C#" else "F#"
    Assert.Equal(language, word [ "metadata"; "kernelspec"; "language" ] notebook)
    Assert.Equal(language, word [ "metadata"; "language_info"; "name" ] notebook)
    let ids = Notebook.cells notebook |> List.map (word [ "id" ])
    Assert.Equal<string>(List.distinct ids, ids)
    Assert.All(ids, fun id -> Assert.Matches(Regex "^[a-z0-9-]{1,64}$", id))
    Assert.Equal(Notebook.text notebook, File.ReadAllText path)

/// Notebook files (nbformat 4): read, and written back so that only what changed differs.
module DeepFun.Notebooks.Tests.Notebook

open System
open System.Collections.Generic
open System.IO
open System.Text.Encodings.Web
open System.Text.Json
open System.Text.Json.Nodes

/// The repository's folder, from the folder of the test assembly.
let root =
    let rec climb (folder: string) =
        if File.Exists(Path.Combine(folder, "DeepFun.sln")) then
            folder
        else
            climb (Path.GetDirectoryName folder)

    climb AppContext.BaseDirectory

let folder = Path.Combine(root, "notebooks")

let load (path: string) : JsonNode = JsonNode.Parse(File.ReadAllText path)

/// One blank a level and readable characters, as Jupyter writes.
let text (notebook: JsonNode) =
    let options =
        JsonSerializerOptions(WriteIndented = true, IndentSize = 1, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping)

    notebook.ToJsonString options + "\n"

let cells (notebook: JsonNode) : JsonNode list = List.ofSeq (notebook["cells"].AsArray())

let isCode (cell: JsonNode) = cell["cell_type"].GetValue<string>() = "code"

/// nbformat allows a text or a list of lines that keep their ends.
let joined (node: JsonNode) : string =
    match node with
    | :? JsonArray as lines -> lines |> Seq.map _.GetValue<string>() |> String.concat ""
    | line -> line.GetValue<string>()

let lines (text: string) : JsonArray =
    let parts = text.Split '\n'

    Seq.append (parts |> Seq.take (parts.Length - 1) |> Seq.map (fun line -> line + "\n")) [ parts[parts.Length - 1] ]
    |> Seq.filter (fun line -> line <> "")
    |> Seq.map (fun line -> JsonValue.Create line :> JsonNode)
    |> Array.ofSeq
    |> JsonArray

let source (cell: JsonNode) = joined cell["source"]

/// Whether the outputs depend on the machine: the order of sums in long computations does.
let varies (cell: JsonNode) =
    match cell["metadata"]["tags"] with
    | :? JsonArray as tags -> tags |> Seq.exists (fun tag -> tag.GetValue<string>() = "varies")
    | _ -> false

let private node (members: (string * JsonNode) list) : JsonNode =
    JsonObject(members |> Seq.map (fun (name, value) -> KeyValuePair(name, value)))

let private word (text: string) : JsonNode = JsonValue.Create text

let stream (text: string) = node [ "name", word "stdout"; "output_type", word "stream"; "text", lines text ]

let display (mimeType: string) (text: string) =
    node [ "data", node [ mimeType, lines text ]; "metadata", node []; "output_type", word "display_data" ]

/// Each output as its kind and its text.
let outputs (cell: JsonNode) : (string * string) list =
    [
        for output in cell["outputs"].AsArray() do
            match output["output_type"].GetValue<string>() with
            | "stream" -> "stream", joined output["text"]
            | kind ->
                for entry in output["data"].AsObject() do
                    $"{kind} {entry.Key}", joined entry.Value
    ]

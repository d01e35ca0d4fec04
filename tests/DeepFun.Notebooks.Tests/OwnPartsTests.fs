/// The code of docs/own-parts.md runs, prints what the page says, and is as short as the page's readers are promised.
module DeepFun.Notebooks.Tests.OwnPartsTests

open System
open System.IO
open System.Text.Json.Nodes
open System.Text.RegularExpressions
open Xunit

let private page = File.ReadAllText(Path.Combine(Notebook.root, "docs", "own-parts.md"))

let private blocks (language: string) =
    [ for m in Regex.Matches(page, $"```{language}\n(.*?)```", RegexOptions.Singleline) -> m.Groups[1].Value ]

let private references =
    String.Join(
        "\n",
        [ "Backends"; "Core"; "CSharp" ]
        |> List.map (fun name -> $"#r \"../src/DeepFun.CSharp/bin/Release/net10.0/DeepFun.{name}.dll\"")
    )

/// What stands behind the lines that print.
let private expected (print: string) (code: string) =
    [
        for line in code.Split '\n' do
            if line.StartsWith(print, StringComparison.Ordinal) then
                line[line.LastIndexOf " // " + 4 ..]
    ]

let private printed (outputs: JsonArray) =
    [
        for output in outputs do
            if output["output_type"].GetValue<string>() = "stream" then
                yield! (Notebook.joined output["text"]).TrimEnd('\n').Split '\n'
    ]

/// Every block prints what it says, in a session that began with the preamble.
let private check (kernel: IKernel) (language: string) (preamble: string) (print: string) =
    Kernel.run kernel (references + "\n" + preamble) |> ignore
    let all = blocks language
    Assert.Equal(4, all.Length)

    for code in all do
        let promised = expected print code
        Assert.NotEmpty promised
        Assert.Equal<string list>(promised, printed (Kernel.run kernel code))

[<Fact>]
let ``The C# of the page prints what it says`` () =
    use kernel = new CSharpKernel(Notebook.folder)
    check kernel "csharp" "using System; using DeepFun;" "Console.WriteLine("

[<Fact>]
let ``The F# of the page prints what it says`` () =
    use kernel = new FSharpKernel(Notebook.folder)
    check kernel "fsharp" "open DeepFun\nopen DeepFun.FSharp" "printfn "

[<Theory>]
[<InlineData("csharp", 25)>]
[<InlineData("fsharp", 15)>]
let ``Each part is shorter than promised`` (language: string, limit: int) =
    for code in blocks language do
        Assert.InRange(code.TrimEnd('\n').Split('\n').Length, 1, limit - 1)

/// docs/concepts.md: its C# and F# compile, and its files exist.
module DeepFun.Notebooks.Tests.ConceptsPageTests

open System
open System.IO
open System.Text.RegularExpressions
open Xunit

let private page = File.ReadAllText(Path.Combine(Notebook.root, "docs", "concepts.md"))

/// Rows of five columns: concept, C#, F#, shown by, reached.
let private rows =
    [
        for line in page.Split '\n' do
            let cells = line.Split('|', StringSplitOptions.TrimEntries)

            if cells.Length = 7 && cells[2].StartsWith '`' then
                cells
    ]

let private expressions (column: int) =
    [
        for row in rows do
            for m in Regex.Matches(row[column], "`([^`]+)`") do
                m.Groups[1].Value
    ]

let private references =
    String.Join(
        "\n",
        [ "Backends"; "Core"; "CSharp" ]
        |> List.map (fun name -> $"#r \"../src/DeepFun.CSharp/bin/Release/net10.0/DeepFun.{name}.dll\"")
    )

/// What the page says that the names in its expressions are. Nothing is run but this.
let private csharp =
    """
using System; using DeepFun;
static class Checked { public static void Of<T>(Func<T> f) { } public static void Of(Action f) { } }
Tensor x = Tensor.Ones(2, 3), y = Tensor.Ones(2, 3);
Func<Tensor, Tensor> f = x => x.Square().Sum();
var key = Key.FromSeed(0);
var p = Params.Empty;
Layer model = Layers.Dense(1);
Loss loss = Losses.MeanSquaredError();
Optimizer optimizer = Optimizers.Sgd(0.1);
Dataset data = new Dataset(x, y);
TrainingRun run = null;
"""

let private fsharp =
    """
open DeepFun
open DeepFun.FSharp
let x, y = Tensor.ones [ 2; 3 ], Tensor.ones [ 2; 3 ]
let f (x: Tensor) : Tensor = sum (square x)
let key = Key.ofSeed 0L
let p = Params.Empty
let model, loss, optimizer = Layers.dense 1, Losses.meanSquaredError, Optimizers.sgd 0.1
let data = Dataset(x, y)
let recipe = { Model = model; Loss = loss; Optimizer = optimizer; Metrics = []; Penalty = None }
let trained = Training.init recipe data.InputShape key
"""

let private compiles (kernel: IKernel) (preamble: string) (checked': string -> string) (column: int) =
    Kernel.run kernel (references + preamble) |> ignore
    let all = expressions column
    Assert.True(all.Length >= rows.Length && rows.Length > 70, $"{rows.Length} rows, {all.Length} expressions")
    Kernel.run kernel (all |> List.map checked' |> String.concat "\n") |> ignore

[<Fact>]
let ``The C# of the page compiles`` () =
    use kernel = new CSharpKernel(Notebook.folder)
    compiles kernel csharp (fun e -> $"Checked.Of(() => {e});") 2

[<Fact>]
let ``The F# of the page compiles`` () =
    use kernel = new FSharpKernel(Notebook.folder)
    compiles kernel fsharp (fun e -> $"let _ = fun () -> ignore ({e})") 3

[<Fact>]
let ``The files of the page exist, and each row has one`` () =
    let links (text: string) = [ for m in Regex.Matches(text, @"\]\(([^)#]+)\)") -> m.Groups[1].Value ]

    let missing = links page |> List.filter (fun path -> not (File.Exists(Path.Combine(Notebook.root, "docs", path))))

    Assert.Equal<string list>([], missing)

    for row in rows do
        Assert.True((links row[4]).Length > 0, row[1])

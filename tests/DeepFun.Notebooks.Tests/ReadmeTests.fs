/// The README's code runs and gives what the README says.
module DeepFun.Notebooks.Tests.ReadmeTests

open System
open System.IO
open System.Text.Json.Nodes
open System.Text.RegularExpressions
open Xunit

// Kernels take what cells print by way of the process's console: one at a time.
[<assembly: CollectionBehavior(DisableTestParallelization = true)>]
do ()

let private readme = File.ReadAllText(Path.Combine(Notebook.root, "README.md"))

let private block (language: string) = Regex.Match(readme, $"```{language}\n(.*?)```", RegexOptions.Singleline).Groups[1].Value

/// A kernel that has loaded the library as the notebook of its language does.
let private started (notebook: string) (kernel: IKernel) =
    let cells = Notebook.load (Path.Combine(Notebook.folder, notebook)) |> Notebook.cells

    let references =
        cells
        |> List.filter Notebook.isCode
        |> List.collect (fun cell -> List.ofArray ((Notebook.source cell).Split '\n'))
        |> List.filter (fun line -> line.StartsWith "#r")

    Kernel.run kernel (String.Join("\n", references)) |> ignore
    kernel

let private printed (outputs: JsonArray) = String.Join("\n", outputs |> Seq.map (fun o -> o.ToJsonString()))

[<Fact>]
let ``The C# of the README prints its derivative and trains`` () =
    use kernel = started "first-steps-csharp.ipynb" (new CSharpKernel(Notebook.folder))
    let model = Path.Combine(Path.GetTempPath(), $"readme-{Guid.NewGuid()}.safetensors")

    try
        let code =
            block("csharp").Replace("\"digits.safetensors\"", $"@\"{model}\"").Replace("ConsoleProgress.Live", "ConsoleProgress.Silent")

        Assert.Contains("[ 6., 12., 18.]", printed (Kernel.run kernel ("using System;\n" + code)))
        Assert.True(File.Exists model)
    finally
        File.Delete model

[<Fact>]
let ``The F# of the README differentiates`` () =
    use kernel = started "first-steps-fsharp.ipynb" (new FSharpKernel(Notebook.folder))
    Kernel.run kernel (block "fsharp") |> ignore
    let gradient = kernel.Execute "gradient.ToDoubles()" :?> float[]
    // d/dx sin x eˣ = (cos x + sin x) eˣ
    let expected = [| 0.5; 1.0; 1.5 |] |> Array.map (fun x -> (cos x + sin x) * exp x)
    Array.iter2 (fun (e: float) g -> Assert.Equal(e, g, 4)) expected gradient
    Assert.Equal<int[]>([| 2; 3 |], kernel.Execute "perExample.Shape.ToArray()" :?> int[])
    // sin, cos, −sin, −cos, sin, cos, −sin
    let derivatives = kernel.Execute "derivatives |> Array.map (fun d -> d.ToDouble())" :?> float[]
    Assert.Equal(7, derivatives.Length)
    derivatives |> Array.iteri (fun k d -> Assert.Equal(sin (0.3 + float k * Math.PI / 2.0), d, 1e-6))
    let squares = [| 0.5; 1.0; 1.5 |] |> Array.map (fun x -> exp (x * x))
    let fast = kernel.Execute "(fast x).ToDoubles()" :?> float[]
    Array.iter2 (fun (e: float) (p: float) -> Assert.Equal(e / Array.sum squares, p, 1e-6)) squares fast
    Assert.Equal("0/weight", kernel.Execute "parameters.Entries[0].Key" :?> string)

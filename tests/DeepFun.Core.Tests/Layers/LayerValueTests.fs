/// Values and gradients of the rows of LayerTable against PyTorch's, which tests/differential/layer_table.py wrote.
[<Xunit.Trait("Oracle", "PyTorch")>]
module DeepFun.Core.Tests.Layers.LayerValueTests

open System
open System.IO
open System.Text.Json
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests
open DeepFun.Core.Tests.Layers.Oracle
open DeepFun.Core.Tests.Layers.LayerTable
open Xunit

let private cases =
    JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "differential", "layer_table.json"))).RootElement

let private found (name: string) : JsonElement option =
    match cases.TryGetProperty name with
    | true, e -> Some e
    | false, _ -> None

let private tensor (e: JsonElement) : Tensor =
    let array (p: string) (f: JsonElement -> 'a) = [| for v in e.GetProperty(p).EnumerateArray() -> f v |]
    Tensor.ofArray (array "shape" _.GetInt32()) (array "values" _.GetDouble())

let private named (e: JsonElement) (part: string) : Map<string, Tensor> =
    Map [ for p in e.GetProperty(part).EnumerateObject() -> p.Name, tensor p.Value ]

/// A tree's tensors replaced by those of the case, all of them.
let private filled (dtype: DType) (values: Map<string, Tensor>) (tree: Params) : Params =
    Assert.Equal<string list>(List.sort [ for e in tree.Entries -> e.Key ], List.ofSeq values.Keys)

    tree.Map(fun path t ->
        Assert.Equal<Shape>(t.Shape, values[path].Shape)
        cast dtype values[path])

let private check (layer: Layer) (mode: unit -> Mode) (name: string) (case: JsonElement) =
    let x = tensor (case.GetProperty "x")
    let p, s = layer.Init (Key.ofSeed 1L) (shapeOf (List.tail (List.ofSeq x.Shape)))

    for dtype, tolerance in [ DType.Float32, 2e-5; DType.Float64, 1e-8 ] do
        let close = closeTo (Records.layer layer.Name name) dtype
        let s = filled dtype (named case "state") s

        let (y, after), back =
            vjp (fun (p, x) -> layer.Apply (mode ()) p s x) (filled dtype (named case "parameters") p, cast dtype x)

        Assert.Equal(dtype, y.DType)
        close tolerance (tensor (case.GetProperty "y")) y
        let dp, dx = back (cast dtype (tensor (case.GetProperty "ct")), Tree.map zerosLike after)
        close tolerance (tensor (case.GetProperty "dx")) dx

        for e in named case "gradients" do
            close tolerance e.Value dp[e.Key]

        for e in named case "after" do
            close tolerance e.Value after[e.Key]

let all: TheoryData<int, string> =
    let data = TheoryData<int, string>()

    rows
    |> Array.iteri (fun i row ->
        match row.Values with
        | Torch -> data.Add(i, row.Name)
        | Tested _ -> ())

    data

[<Theory; MemberData(nameof all)>]
let ``values, gradients and states are PyTorch's`` (row: int) (_: string) =
    let row = rows[row]

    let training = row.Case + " training"

    match found row.Case, found training with
    | None, None -> Assert.Fail $"tests/differential/layer_table.py has no case \"{row.Case}\"."
    | predicting, learning ->
        predicting |> Option.iter (check row.Layer (fun () -> Mode.Evaluation) row.Case)
        learning |> Option.iter (check row.Layer (fun () -> Mode.Training(Key.ofSeed 1L)) training)

[<Fact>]
let ``every case has a row`` () =
    let names = Set.ofArray (rows |> Array.map _.Case)

    let unused =
        [
            for c in cases.EnumerateObject() do
                if not (names.Contains(c.Name.Replace(" training", ""))) then
                    c.Name
        ]

    Assert.Equal<string list>([], unused)

/// Every optimizer in a compiled step: the same numbers as operation by operation.
module DeepFun.Core.Tests.CompiledOptimizerTests

open DeepFun
open DeepFun.FSharp
open Xunit

let private start: Params =
    Params.Of(
        struct ("weight", Tensor.matrix [ [ 0.3; -0.6; 0.9 ]; [ 0.2; 0.5; -0.4 ] ]),
        struct ("bias", Tensor.vector [ 0.1; -0.2; 0.0 ]),
        struct ("scale", Tensor.scalar64 1.5)
    )

let private x = Tensor.matrix [ [ 1.0; -0.5 ]; [ 0.2; 0.8 ]; [ -0.7; 0.4 ] ]
let private target = Tensor.matrix [ [ 0.5; 0.1; -0.3 ]; [ -0.2; 0.4; 0.6 ]; [ 0.0; 0.3; 0.9 ] ]
let private loss (p: Params) : Tensor = mean (square (tanh (matmul x p["weight"] + p["bias"]) * p["scale"] - target))

let names: TheoryData<string> =
    let data = TheoryData<string>()
    Catalogue.all |> List.iter (fst >> data.Add)
    data

let private numbers (tree: Params) = tree.Entries |> Seq.collect (fun e -> Seq.map (fun x -> e.Key, x) (e.Value.ToDoubles()))

[<Theory; MemberData(nameof names)>]
let ``a compiled step gives the same numbers`` (name: string) =
    let o = Catalogue.all |> List.find (fst >> (=) name) |> snd

    let step (p: Params, state: Params) =
        let u, state = o.Update (grad loss p) state p
        Optimizer.apply u p, state

    let compiled = compile step

    ((start, o.Init start), (start, o.Init start), seq { 1..6 })
    |||> fun a b steps -> Seq.fold (fun (a, b) _ -> step a, compiled.Invoke b) (a, b) steps
    |> fun ((p, state), (p', state')) ->
        Assert.NotEqual<(string * float) seq>(numbers start, numbers p)

        for (path, x), (_, y) in Seq.append (Seq.zip (numbers p) (numbers p')) (Seq.zip (numbers state) (numbers state')) do
            Assert.True(x = y || abs (x - y) <= 2e-5 * max 1.0 (abs x), $"{name}, {path}: {x}, compiled {y}")

    // States keep their types, so that one compilation is enough.
    Assert.Single compiled.Compilations |> ignore

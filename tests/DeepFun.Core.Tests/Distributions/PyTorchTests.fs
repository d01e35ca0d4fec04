/// Densities, their gradients, moments, entropies and divergences against PyTorch's; tests/differential/distributions.py writes the fixture.
[<Xunit.Trait("Oracle", "PyTorch")>]
module DeepFun.Core.Tests.Distributions.PyTorchTests

open System
open System.IO
open System.Text.Json
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests
open DeepFun.Core.Tests.Numbers
open Xunit

let private fixture =
    lazy JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Distributions", "pytorch.json"))).RootElement

let private tensor (e: JsonElement) : Tensor =
    let number (x: JsonElement) = if x.ValueKind = JsonValueKind.String then Double.Parse(x.GetString()) else x.GetDouble()

    Tensor.ofArray
        [ for s in (e.GetProperty "sizes").EnumerateArray() -> s.GetInt32() ]
        [| for x in (e.GetProperty "values").EnumerateArray() -> number x |]

/// close to what PyTorch computed for a family.
let private closeTo (family: string) what tolerance (theirs: Tensor) (came: Tensor) =
    close what tolerance theirs came
    Records.note { Group = "distributions"; Subject = family; Name = family } came.DType (theirs.ToDoubles()) (came.ToDoubles())

let private tensors (e: JsonElement) : Tensor[] = [| for x in e.EnumerateArray() -> tensor x |]

let private family (name: string) (p: Tensor[]) : Distribution =
    match name with
    | "Normal" -> Distribution.normal p[0] p[1]
    | "Uniform" -> Distribution.uniform p[0] p[1]
    | "Bernoulli" -> Distribution.bernoulliLogits p[0]
    | "Categorical" -> Distribution.categoricalLogits p[0]
    | "Gamma" -> Distribution.gamma p[0] p[1]
    | "Beta" -> Distribution.beta p[0] p[1]
    | "Dirichlet" -> Distribution.dirichlet p[0]
    | "Exponential" -> Distribution.exponential p[0]
    | "Laplace" -> Distribution.laplace p[0] p[1]
    | "StudentT" -> Distribution.studentT p[0] p[1] p[2]
    | "Poisson" -> Distribution.poisson p[0]
    | "MultivariateNormal" -> Distribution.multivariateNormal p[0] p[1]
    | "Mixture" -> MixtureDistribution(p[0], Distribution.normal p[1] p[2])
    | _ -> invalidArg (nameof name) name

let private rows (property: string) : TheoryData<string> =
    let data = TheoryData<string>()

    for case in (fixture.Value.GetProperty property).EnumerateArray() do
        data.Add((case.GetProperty "family").GetString())

    data

let private row (property: string) (name: string) : JsonElement =
    (fixture.Value.GetProperty property).EnumerateArray() |> Seq.find (fun c -> (c.GetProperty "family").GetString() = name)

let cases: TheoryData<string> = rows "cases"

[<Theory; MemberData(nameof cases)>]
let ``densities and their gradients agree`` (name: string) =
    let close = closeTo name
    let case = row "cases" name
    let p, x = tensors (case.GetProperty "parameters"), tensor (case.GetProperty "values")
    let expected = tensor (case.GetProperty "logProb")
    close "logProb" 1e-11 expected ((family name p).LogProb x)
    let gradients = grad (fun p -> sum ((family name p).LogProb x)) p

    for i, e in Array.indexed (tensors (case.GetProperty "gradients")) do
        // The upper triangle of a factor is not read.
        let g = if name = "MultivariateNormal" && i = 1 then tril 0 e else e
        close $"gradient {i}" 1e-10 g gradients[i]

    // float32 parameters and values, computed in float64 where logarithms of Γ cancel.
    let single = (family name (p |> Array.map (cast DType.Float32))).LogProb(cast DType.Float32 x)
    Assert.Equal(DType.Float32, single.DType)
    closeValues "float32" 2e-4 (expected.ToDoubles()) (single.ToDoubles())

[<Theory; MemberData(nameof cases)>]
let ``moments, entropies and distribution functions agree`` (name: string) =
    let close = closeTo name
    let case = row "cases" name
    let d, x = family name (tensors (case.GetProperty "parameters")), tensor (case.GetProperty "values")

    let compare (property: string) (actual: unit -> Tensor) =
        let e = case.GetProperty property

        if e.ValueKind <> JsonValueKind.Null then
            close property 1e-11 (tensor e) (actual ())

    compare "mean" (fun () -> d.Mean)
    compare "variance" (fun () -> d.Variance)
    compare "entropy" (fun () -> d.Entropy())
    compare "cdf" (fun () -> d.Cdf x)
    // The shapes are PyTorch's, too.
    Assert.Equal(d.BatchShape.Rank + d.EventShape.Rank, d.Mean.Rank)
    Assert.Equal(string d.Mean.Shape, string d.Variance.Shape)

let divergences: TheoryData<string> = rows "divergences"

[<Theory; MemberData(nameof divergences)>]
let ``divergences agree`` (name: string) =
    let close = closeTo name
    let case = row "divergences" name
    let p, q = family name (tensors (case.GetProperty "p")), family name (tensors (case.GetProperty "q"))
    close "kl" 1e-12 (tensor (case.GetProperty "kl")) (Distribution.kl p q)
    Numbers.close "kl of itself" 1e-12 (scalar 0.0) (Distribution.kl p p)
    Assert.True((Distribution.kl q p).ToDouble() > 0.0)

let pairs: TheoryData<string> = rows "pairs"

[<Theory; MemberData(nameof pairs)>]
let ``divergences of different families and their gradients agree`` (name: string) =
    let case = row "pairs" name
    let left, right = (let names = name.Split ' ' in names[0], names[1])
    let p, q = tensors (case.GetProperty "p"), tensors (case.GetProperty "q")
    let kl (p, q) = Distribution.kl (family left p) (family right q)
    close "kl" 1e-12 (tensor (case.GetProperty "kl")) (kl (p, q))
    let gradients = grad kl (p, q) ||> Array.append

    for i, e in Array.indexed (tensors (case.GetProperty "gradients")) do
        // PyTorch's trigamma function has an error of 1e-10.
        close $"gradient {i}" 1e-9 e gradients[i]

    let single = Array.map (cast DType.Float32)
    Assert.Equal(DType.Float32, (kl (single p, single q)).DType)

/// Losses against PyTorch's results, which tests/differential/losses.py wrote: values over a batch and derivatives, eager, compiled, batched.
[<Xunit.Trait("Oracle", "PyTorch")>]
module DeepFun.Core.Tests.Layers.LossReferenceTests

open System
open System.IO
open System.Text.Json
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests
open DeepFun.Core.Tests.Layers.Oracle
open Xunit

let private cases =
    JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "differential", "losses.json"))).RootElement

/// A tensor of a case, float64.
let private read (case: string) (name: string) : Tensor =
    let t = cases.GetProperty(case).GetProperty name
    let array (p: string) (f: JsonElement -> 'a) = [| for v in t.GetProperty(p).EnumerateArray() -> f v |]
    Tensor.ofArray (array "shape" _.GetInt32()) (array "values" _.GetDouble())

/// A loss's name, and its value over a batch.
type private Compared = string * (Tensor -> Tensor -> Tensor)

let private value (loss: Loss) : Compared = loss.Name, (fun p t -> loss.Value(p, t))

let private integers ((name, f): Compared) : Compared = name, (fun p t -> f p (cast DType.Int64 t))

let private options = CrossEntropyOptions.Default
let private weights = Some(Tensor.vector [ 0.5; 2.0; 1.0; 3.0 ])
let private ofProbabilities = { options with FromLogits = false }
let private smooth e = { options with LabelSmoothing = e }
let private sparse o = integers (value (Losses.sparseCategoricalCrossEntropyWith o))

let private ctc case blank =
    let value z labels =
        let whole name = read case name |> cast DType.Int32
        mean (Losses.ctcWith { CtcOptions.Default with Blank = blank } z (whole "times") labels (whole "lengths"))

    integers ("ctc", value)

let private losses: (string * Compared) list =
    [
        "smooth l1", value (Losses.smoothL1 0.5)
        "log cosh", value Losses.logCosh
        "poisson from log rate", value Losses.poissonFromLogRate
        "poisson", value Losses.poisson
        "gaussian", value Losses.gaussianNegativeLogLikelihood
        "sparse smoothing", sparse (smooth 0.1)
        "sparse weights", sparse { options with ClassWeights = weights }
        "sparse smoothing weights", sparse { smooth 0.1 with ClassWeights = weights }
        "sparse sequences", sparse { smooth 0.2 with ClassWeights = weights; IgnoredLabel = Some -1 }
        "sparse probabilities", sparse ofProbabilities
        "nll", integers (value (Losses.negativeLogLikelihoodWith { options with ClassWeights = weights; IgnoredLabel = Some 3 }))
        "categorical", value (Losses.categoricalCrossEntropyWith { smooth 0.1 with ClassWeights = weights })
        "kl", value Losses.kullbackLeiblerFromLogits
        "binary positive weight", value (Losses.binaryCrossEntropyWith { options with ClassWeights = Some(Tensor.vector [ 1.0; 2.5 ]) })
        "binary smoothing", value (Losses.binaryCrossEntropyWith (smooth 0.1))
        "binary probabilities", value (Losses.binaryCrossEntropyWith ofProbabilities)
        "binary focal", value (Losses.binaryFocalFromLogits 2.0 (Some 0.25))
        "binary focal plain", value (Losses.binaryFocalFromLogits 1.5 None)
        "focal", integers (value (Losses.focalFromLogits 2.0))
        "hinge", value (Losses.hinge 1.0 false)
        "multi-class hinge", integers (value (Losses.multiClassHinge 0.7 false))
        "squared multi-class hinge", integers (value (Losses.multiClassHinge 1.0 true))
        "dice", value (Losses.diceFromLogits 1.0)
        "cosine", value Losses.cosine
        "triplet", ("triplet", (fun p t -> mean (Losses.triplet 0.5 p (item 0 0 t) (item 0 1 t))))
        "contrastive", value (Losses.contrastive 0.5)
        "ctc", ctc "ctc" 0
        "ctc last blank", ctc "ctc last blank" 4
    ]

let names = TheoryData<string>(losses |> List.map fst)

let private find name = List.find (fst >> (=) name) losses |> snd

[<Fact>]
let ``every case of the file is compared`` () =
    let written = [ for c in cases.EnumerateObject() -> c.Name ]
    Assert.Equal<string list>(List.sort written, losses |> List.map fst |> List.sort)

[<Theory; MemberData(nameof names)>]
let ``values and derivatives are PyTorch's`` (name: string) =
    let loss, f = find name

    for dtype, tolerance in [ DType.Float32, 2e-5; DType.Float64, 1e-8 ] do
        let close = closeTo (Records.loss loss name) dtype
        let p, t = cast dtype (read name "p"), read name "t"
        // The logarithm of a smooth-L1-like corner is no matter: the file's numbers are no corners.
        close tolerance (read name "value") (f p t)
        close tolerance (read name "dp") (grad (fun p -> f p t) p)

[<Theory; MemberData(nameof names)>]
let ``compiled, they are the same`` (name: string) =
    let _, f = find name
    let p, t = read name "p", read name "t"
    let value, slope = jit (fun p -> valueAndGrad (fun p -> f p t) p) p
    close 1e-9 (read name "value") value
    close 1e-8 (read name "dp") slope

[<Theory; MemberData(nameof names)>]
let ``batched, they are a loop`` (name: string) =
    let _, f = find name
    let p, t = read name "p", read name "t"
    let scales = [ 1.0; 0.5; 1.25 ]
    // Probabilities must stay between 0 and 1.
    let moved (k: float) = if name.EndsWith "probabilities" then p * (0.5 * k) else p * k
    let slope p = grad (fun p -> f p t) p
    close 1e-9 (stack 0 [ for k in scales -> f (moved k) t ]) (vmap (fun p -> f p t) (stack 0 (List.map moved scales)))
    close 1e-8 (stack 0 [ for k in scales -> slope (moved k) ]) (vmap slope (stack 0 (List.map moved scales)))

[<Theory; MemberData(nameof names)>]
let ``derivatives are those of differences`` (name: string) =
    let _, f = find name
    let t = read name "t"
    checkGradient (fun p -> f p t) (read name "p")

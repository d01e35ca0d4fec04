/// Distributions as trees, in batches, and against each other.
module DeepFun.Core.Tests.Distributions.TreeTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open DeepFun.Core.Tests.Random.Statistics
open Xunit

let private s = scalar

[<Fact>]
let ``the gradient by a distribution is a distribution of gradients`` () =
    let x = f64 [ 3 ] [ 0.3; 1.0; 2.2 ]
    let d = Distribution.gamma (s 2.5) (s 1.5)
    let g: GammaDistribution = grad (fun (d: GammaDistribution) -> sum (d.LogProb x)) d
    close "α" 1e-14 (grad (fun a -> sum ((Distribution.gamma a (s 1.5)).LogProb x)) (s 2.5)) g.Concentration
    close "β" 1e-14 (grad (fun b -> sum ((Distribution.gamma (s 2.5) b).LogProb x)) (s 1.5)) g.Rate
    // Under its general type, and inside other trees.
    let all: Distribution list = [ d; Families.normal (s 0.5) (s 1.0) ]
    let gradients = grad (List.map (fun (d: Distribution) -> sum (d.LogProb x)) >> List.reduce (+)) all
    close "in a list" 1e-14 g.Rate (gradients[0] :?> GammaDistribution).Rate
    Assert.Equal<string[]>([| "0/concentration"; "0/rate"; "1/loc"; "1/scale" |], Tree.paths all |> Array.map fst)

[<Fact>]
let ``samples are differentiated by the distribution`` () =
    let g = grad (fun (d: NormalDistribution) -> mean (d.Sample(Key.ofSeed 1L, 10))) (Distribution.normal (s 0.5) (s 2.0))
    number 1e-14 1.0 g.Loc
    let noise = Random.normalWith (s 0.0) (s 1.0) [ 10 ] (Key.ofSeed 1L)
    close "scale" 1e-14 (mean noise) g.Scale

    // Mixtures: the components that were drawn move, the weights do not.
    let weights = f64 [ 2 ] [ 1.0; 2.0 ]

    let f (d: MixtureDistribution) = sum (d.Sample(Key.ofSeed 2L, 100))
    let mixture = Distribution.mixture weights (Distribution.normal (f64 [ 2 ] [ 0.0; 5.0 ]) (f64 [ 2 ] [ 1.0; 1.0 ]))
    let g = grad f mixture
    closeValues "weights" 0.0 [| 0.0; 0.0 |] (g.Logits.ToDoubles())
    number 1e-12 100.0 (sum (g.Components :?> NormalDistribution).Loc)

[<Fact>]
let ``mapping over distributions is a loop`` () =
    let loc, scale = f64 [ 3 ] [ 0.5; -1.0; 2.0 ], f64 [ 3 ] [ 1.0; 0.3; 2.0 ]
    let x = f64 [ 2 ] [ 0.1; 0.7 ]
    let logProbs = vmap (fun (d: NormalDistribution) -> d.LogProb x) (Distribution.normal loc scale)
    close "logProb" 0.0 (stack 0 [ for i in 0..2 -> (Distribution.normal loc[i] scale[i]).LogProb x ]) logProbs
    let samples = vmap (fun (d: NormalDistribution) -> d.Sample(Key.ofSeed 3L, 4)) (Distribution.normal loc scale)
    close "samples" 0.0 (stack 0 [ for i in 0..2 -> (Distribution.normal loc[i] scale[i]).Sample(Key.ofSeed 3L, 4) ]) samples
    // A gradient for each distribution.
    let each = vmap (grad (fun (d: NormalDistribution) -> sum (d.LogProb x))) (Distribution.normal loc scale)
    let alone (i: int) = grad (fun (d: NormalDistribution) -> sum (d.LogProb x)) (Distribution.normal loc[i] scale[i])
    close "gradients" 1e-14 (stack 0 [ for i in 0..2 -> (alone i).Scale ]) each.Scale

[<Fact>]
let ``parameters broadcast to batches`` () =
    let column = Tensor.ofArray [ 3; 1 ] [| 1.0; 2.0; 3.0 |]
    let row = f64 [ 2 ] [ 1.0; 2.0 ]
    let classes = f64 [ 2; 4 ] [ 0.1; 0.2; 0.3; 0.4; 1.0; 1.0; 1.0; 1.0 ]
    let tril = f64 [ 2; 2 ] [ 1.0; 0.0; 0.5; 1.0 ]

    let all: (Distribution * string * string) list =
        [
            Families.normal column row, "[3, 2]", "[]"
            Families.uniform -column row, "[3, 2]", "[]"
            Families.gamma column row, "[3, 2]", "[]"
            Families.beta column row, "[3, 2]", "[]"
            Families.studentT (s 5.0) column row, "[3, 2]", "[]"
            Families.laplace column row, "[3, 2]", "[]"
            Families.exponential column, "[3, 1]", "[]"
            Families.poisson row, "[2]", "[]"
            Families.bernoulli (f64 [ 2 ] [ 0.3; 0.4 ]), "[2]", "[]"
            Families.categorical classes, "[2]", "[]"
            Families.dirichlet classes, "[2]", "[4]"
            Families.multivariateNormal (stack 0 [ row; row; row ]) tril, "[3]", "[2]"
            Families.mixture (f64 [ 2 ] [ 0.5; 0.5 ]) (Families.normal column row), "[3]", "[]"
            Families.mixture (f64 [ 3 ] [ 0.5; 0.5; 1.0 ]) (Families.multivariateNormal (stack 0 [ row; row; row ]) tril), "[]", "[2]"
        ]

    for d, batch, event in all do
        Assert.Equal(batch, string d.BatchShape)
        Assert.Equal(event, string d.EventShape)
        let whole = Seq.append d.BatchShape d.EventShape |> List.ofSeq
        Assert.Equal<int seq>(whole, d.Mean.Shape)
        Assert.Equal<int seq>(whole, d.Variance.Shape)
        let x = d.Sample(Key.ofSeed 4L, 5, 7)
        Assert.Equal<int seq>([ 5; 7 ] @ whole, x.Shape)
        Assert.Equal<int seq>([ 5; 7 ] @ List.ofSeq d.BatchShape, (d.LogProb x).Shape)
        Assert.Equal<int seq>(whole, (d.Sample(Key.ofSeed 4L)).Shape)
        Assert.All((d.LogProb x).ToDoubles(), (fun v -> Assert.True(Double.IsFinite v, d.Name)))

        match d with
        | :? MixtureDistribution -> throws "DF0706" (fun () -> d.Entropy())
        | _ -> Assert.Equal<int seq>(d.BatchShape, d.Entropy().Shape)

/// Pairs whose divergence has a closed form.
let private pairs: (Distribution * Distribution) list =
    let tril a b c = f64 [ 2; 2 ] [ a; 0.0; b; c ]
    let vector x y t = Families.multivariateNormal (f64 [ 2 ] [ x; y ]) t

    [
        Families.normal (s 0.5) (s 1.3), Families.normal (s 0.1) (s 2.0)
        Families.uniform (s 0.0) (s 1.0), Families.uniform (s -1.0) (s 1.5)
        Families.exponential (s 2.0), Families.exponential (s 0.7)
        Families.exponential (s 2.0), Families.gamma (s 1.6) (s 1.2)
        Families.gamma (s 1.6) (s 1.2), Families.exponential (s 2.0)
        Families.exponential (s 2.0), Families.normal (s 0.4) (s 1.2)
        Families.exponential (s 2.0), Families.laplace (s 0.4) (s 1.2)
        Families.gamma (s 1.6) (s 1.2), Families.normal (s 0.4) (s 1.2)
        Families.normal (s 0.5) (s 1.3), Families.laplace (s 0.1) (s 2.0)
        Families.laplace (s 0.5) (s 1.3), Families.normal (s 0.1) (s 2.0)
        Families.studentT (s 5.0) (s 0.5) (s 1.3), Families.normal (s 0.1) (s 2.0)
        Families.beta (s 2.5) (s 1.5), Families.gamma (s 1.6) (s 1.2)
        Families.beta (s 2.5) (s 1.5), Families.uniform (s -0.5) (s 1.2)
        Families.uniform (s 0.1) (s 0.8), Families.beta (s 2.5) (s 1.5)
        Families.uniform (s 0.1) (s 0.8), Families.gamma (s 1.6) (s 1.2)
        Families.uniform (s 0.1) (s 0.8), Families.laplace (s 0.4) (s 1.2)
        Families.bernoulli (s 0.3), Families.poisson (s 0.6)
        Families.gamma (s 2.5) (s 1.5), Families.gamma (s 1.5) (s 2.5)
        Families.beta (s 2.5) (s 1.5), Families.beta (s 1.5) (s 1.2)
        Families.laplace (s 0.5) (s 1.3), Families.laplace (s 0.1) (s 2.0)
        Families.bernoulli (s 0.3), Families.bernoulli (s 0.6)
        Families.categorical (f64 [ 3 ] [ 1.0; 0.0; 3.0 ]), Families.categorical (f64 [ 3 ] [ 1.0; 1.0; 1.0 ])
        Families.poisson (s 3.0), Families.poisson (s 5.0)
        Families.dirichlet (f64 [ 3 ] [ 2.0; 3.0; 1.5 ]), Families.dirichlet (f64 [ 3 ] [ 1.0; 1.0; 2.0 ])
        vector 0.5 1.0 (tril 1.5 0.4 0.8), vector 0.0 1.5 (tril 1.0 -0.4 1.1)
    ]

[<Fact>]
let ``divergences have the dtype in which all parameters meet`` () =
    let single (d: Distribution) = d.With(d.Leaves |> Array.map (snd >> cast DType.Float32))

    for p, q in pairs do
        let dtype p q = (Distribution.kl p q).DType
        Assert.Equal(DType.Float64, dtype (single p) q)
        Assert.Equal(DType.Float64, dtype p (single q))
        Assert.Equal(DType.Float32, dtype (single p) (single q))

[<Fact>]
let ``samples of normal vectors are the mean plus the factor times plain noise`` () =
    let loc, factor = f64 [ 2 ] [ 1.0; -2.0 ], f64 [ 2; 2 ] [ 1.5; 0.0; -0.8; 0.6 ]
    let d = Distribution.multivariateNormal loc factor
    let noise = Random.normal64 [ 5; 2 ] (Key.ofSeed 8L)
    close "one factor" 1e-15 (loc + matmul noise (transpose factor)) (d.Sample(Key.ofSeed 8L, 5))
    close "one vector" 1e-15 (loc + matmul factor (Random.normal64 [ 2 ] (Key.ofSeed 8L))) (d.Sample(Key.ofSeed 8L))
    // A factor for each distribution of a batch.
    let factors = stack 0 [ factor; 2.0 * factor; transpose factor ]
    let x = (Distribution.multivariateNormal loc factors).Sample(Key.ofSeed 9L, 5)
    let noise = Random.normal64 [ 5; 3; 2 ] (Key.ofSeed 9L)

    for i in 0..2 do
        close "its own factor" 1e-15 (loc + matmul (item 1 i noise) (transpose (tril 0 factors[i]))) (item 1 i x)

    let draw (xs: Tensor[]) = [| (Distribution.multivariateNormal xs[0] xs[1]).Sample(Key.ofSeed 8L, 5) |]
    let struct (g, _) = Trace.graph Eval.Cpu draw [| loc.Type; factor.Type |]

    let multiplies (e: Equation) =
        match e.Operation with
        | Operation.Prim(Prim.Binary Binary.Mul) -> true
        | _ -> false

    Assert.DoesNotContain(g.Equations, multiplies)

[<Fact>]
let ``divergences and entropies are what samples say`` () =
    for p, q in pairs do
        let x = p.Sample(Key.ofSeed 5L, 20000)
        meanOf $"{p.Name} against {q.Name}" ((Distribution.kl p q).ToDouble()) ((p.LogProb x - q.LogProb x).ToDoubles())
        meanOf $"entropy of {p.Name}" (p.Entropy().ToDouble()) ((-(p.LogProb x)).ToDoubles())

    // Pairs without a closed form are estimated; the estimate is the mean over the samples of its key.
    let p, q = Families.normal (s 0.0) (s 1.0), Families.laplace (s 0.0) (s 1.0)
    let x = p.Sample(Key.ofSeed 6L, 1000)
    close "estimate" 1e-14 (mean (p.LogProb x - q.LogProb x)) (Distribution.klMonteCarlo 1000 (Key.ofSeed 6L) p q)
    // ∫ φ (log φ + |x| + log 2) = log 2 − ½ log 2πe + √(2/π)
    let exact = log 2.0 - 0.5 * log (2.0 * Math.PI * Math.E) + sqrt (2.0 / Math.PI)
    number 0.02 exact (Distribution.klMonteCarlo 20000 (Key.ofSeed 7L) p q)
    number 0.03 ((p.Entropy()).ToDouble()) (Distribution.entropyMonteCarlo 20000 (Key.ofSeed 8L) p)
    // Divergences have derivatives, and are infinite where q has no support.
    number 1e-12 0.0 (grad (fun m -> Distribution.kl p (Distribution.normal m (s 1.0))) (s 0.0))
    number 0.0 infinity (Distribution.kl (Distribution.uniform (s 0.0) (s 2.0)) (Distribution.uniform (s 0.0) (s 1.0)))
    number 0.0 infinity (Distribution.kl (Distribution.bernoulli (s 0.5)) (Distribution.bernoulli (s 1.0)))

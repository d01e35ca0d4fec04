/// Log probabilities of distributions, whose parameters are made of a second tensor so that they lie in their domain.
module DeepFun.Differential.Densities

open DeepFun
open DeepFun.FSharp
open DeepFun.Differential.Operation

let private calm (_: Pool) (x: Value) (y: Value) = x.Within(-2.5, 2.5) && y.Within(-2.5, 2.5)

let private density name source (likes: Pool -> Value -> Value -> bool) (d: Tensor -> Distribution) (value: Tensor -> Tensor) =
    binary name source (fun pool x y -> calm pool x y && likes pool x y) (fun x y -> (d y).LogProb(value x))

let private anything (_: Pool) (_: Value) (_: Value) = true
let private half (y: Tensor) : Tensor = exp (0.5 * y)

/// Nowhere equal, whichever elements meet.
let private different (pool: Pool) (x: Value) (y: Value) = x.All(fun a -> y.All(fun b -> abs (a - b) > pool.Margin))

/// The rows of x, and a second tensor of its shape.
let private vectors name source (likes: Value -> bool) (f: Tensor -> Tensor -> Tensor) =
    make name source (fun _ xs -> f xs[0] xs[1]) (fun name pool ->
        pool.Float(fun v -> v.Rank > 0 && v.Rank < 4 && v.Size > 0 && v.Within(-2.5, 2.5) && likes v)
        |> Option.map (fun x -> step name [ x; pool.New(x.DType, x.Shape, (fun () -> pool.Number(-1.5, 1.5))) ] [] []))

/// Whole values beside logits or logarithms of rates.
let private counts name source most (shape: Value -> int[]) (f: Tensor -> Tensor -> Tensor) =
    make name source (fun _ xs -> f xs[0] xs[1]) (fun name pool ->
        pool.Float(fun v -> v.Rank > 0 && v.Rank < 4 && v.Size > 0 && v.Within(-2.5, 2.5))
        |> Option.map (fun x -> step name [ x; pool.Indices(shape x, most x) ] [] []))

let private last (v: Value) = v.Shape[v.Rank - 1]

let rows: Operation list =
    [
        density
            "normalLogProb"
            "Distribution.logProb {0} (Distribution.normal {1} (exp (0.5 * {1})))"
            anything
            (fun y -> Distribution.normal y (half y))
            id
        density
            "laplaceLogProb"
            "Distribution.logProb {0} (Distribution.laplace {1} (exp (0.5 * {1})))"
            different
            (fun y -> Distribution.laplace y (half y))
            id
        density
            "studentTLogProb"
            "Distribution.logProb {0} (Distribution.studentT (exp (0.5 * {1}) + 1) {1} (exp (0.5 * {1})))"
            anything
            (fun y -> Distribution.studentT (half y + 1.0) y (half y))
            id
        density
            "exponentialLogProb"
            "Distribution.logProb (exp {0}) (Distribution.exponential (exp (0.5 * {1})))"
            anything
            (fun y -> Distribution.exponential (half y))
            exp
        density
            "gammaLogProb"
            "Distribution.logProb (exp {0}) (Distribution.gamma (exp (0.5 * {1})) (exp (-0.5 * {1})))"
            anything
            (fun y -> Distribution.gamma (half y) (half -y))
            exp
        density
            "betaLogProb"
            "Distribution.logProb (sigmoid {0}) (Distribution.beta (exp (0.5 * {1})) (exp (-0.5 * {1})))"
            anything
            (fun y -> Distribution.beta (half y) (half -y))
            sigmoid
        vectors
            "dirichletLogProb"
            "Distribution.logProb (softmax -1 {0}) (Distribution.dirichlet (exp (0.5 * {1})))"
            (fun v -> last v > 1)
            (fun x y -> (Distribution.dirichlet (half y)).LogProb(softmax -1 x))
        vectors
            "multivariateNormalLogProb"
            "Distribution.logProb {0} (Distribution.multivariateNormal {1} (eye + 0.5 below))"
            (fun v -> last v <= 3)
            (fun x y ->
                let n = x.Shape[x.Rank - 1]
                let tril = Tensor.eye n + 0.5 * tril -1 (Tensor.ones [ n; n ])
                (Distribution.multivariateNormal y (cast x.DType tril)).LogProb x)
        counts "poissonLogProb" "Distribution.logProb {1} (Distribution.poisson (exp {0}))" (fun _ -> 6) _.Shape (fun x k ->
            (Distribution.poisson (exp x)).LogProb(cast x.DType k))
        counts "bernoulliLogProb" "Distribution.logProb {1} (Distribution.bernoulliLogits {0})" (fun _ -> 2) _.Shape (fun x k ->
            (Distribution.bernoulliLogits x).LogProb(cast x.DType k))
        counts
            "categoricalLogProb"
            "Distribution.logProb {1} (Distribution.categoricalLogits {0})"
            last
            (fun v -> v.Shape[.. v.Rank - 2])
            (fun x k -> (Distribution.categoricalLogits x).LogProb k)
    ]

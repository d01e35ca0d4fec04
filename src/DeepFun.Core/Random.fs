namespace DeepFun.FSharp

open DeepFun
open DeepFun.Backends

/// <summary>Random tensors from keys; float32 unless said otherwise.</summary>
[<RequireQualifiedAccess>]
module Random =

    let internal draw op (dtype: DType) (sizes: int seq) (key: Key) : Tensor =
        Key.random op dtype (Shape.Adopt(Array.ofSeq sizes)) (key.Consume())

    /// <summary>Uniform in [low, high).</summary>
    let uniform (low: float) (high: float) (sizes: int seq) (key: Key) : Tensor =
        low + (high - low) * draw RandomOp.Uniform DType.Float32 sizes key

    /// <summary>Normal with mean 0 and variance 1.</summary>
    let normal (sizes: int seq) (key: Key) : Tensor = draw RandomOp.Normal DType.Float32 sizes key

    /// <summary>Uniform in [0, 1), float64.</summary>
    let uniform64 (sizes: int seq) (key: Key) : Tensor = draw RandomOp.Uniform DType.Float64 sizes key

    /// <summary>Normal with mean 0 and variance 1, float64.</summary>
    let normal64 (sizes: int seq) (key: Key) : Tensor = draw RandomOp.Normal DType.Float64 sizes key

    /// <summary>True with this probability; bool.</summary>
    let bernoulli (probability: float) (sizes: int seq) (key: Key) : Tensor =
        let u = draw RandomOp.Uniform DType.Float32 sizes key
        less u (fullLike probability u)

    /// <summary>The numbers 0 … n − 1 in random order, int32.</summary>
    let permutation (n: int) (key: Key) : Tensor = argsort 0 (draw RandomOp.Bits DType.Int64 [ n ] key)

    // With tensors as parameters. Everything broadcasts and is computed in the dtype in which the parameters meet, at least float32.

    /// The dtype and shape of the result, and the parameters in that shape; no sizes stand for the parameters' own shape.
    let private prepare (name: string) (sizes: int seq) (parameters: Tensor list) : struct (DType * Shape * Tensor list) =
        let dtype = floatingDType parameters
        let own = parameters |> List.map _.Shape |> List.reduce (fun a b -> Tensor.Common(name, a, b))
        let given = Shape.Adopt(Array.ofSeq sizes)
        let shape = if given.Rank = 0 then own else given
        struct (dtype, shape, parameters |> List.map (fun p -> Tensor.BroadcastTo(shape, cast dtype p)))

    /// Sizes, if there are any, with the last axis of a parameter, along which the classes lie.
    let private withClasses (name: string) (parameter: string) (sizes: int seq) (x: Tensor) : int seq =
        if x.Rank = 0 then
            RandomErrors.parameterRank name parameter 1 x.Shape

        if Seq.isEmpty sizes then Seq.empty else Seq.append sizes [ x.Shape[x.Rank - 1] ]

    /// Uniform in (0, 1), neither bound included: with one bit less than a number below 1 has, so that half a step fits. At least float32.
    let private inside (dtype: DType) (shape: Shape) (key: Key) : Tensor =
        let dtype, bits = if dtype = DType.Float64 then dtype, 52 else DType.Float32, 23
        let steps = System.Math.ScaleB(1.0, bits)
        (floor (draw RandomOp.Uniform dtype shape key * steps) + 0.5) * (1.0 / steps)

    /// −log(−log u): the index of the largest logit with such a number added to each is distributed as their softmax (Gumbel 1954).
    let private gumbel (shape: Shape) (key: Key) : Tensor = -(log -(log (inside DType.Float64 shape key)))

    /// The logarithm of gamma variables, always float64: small shapes give numbers that no float has.
    let private logGammas (shape: Shape) (alpha: Tensor) (key: Key) : Tensor =
        Tensor.Bind(Prim.Sample Sample.LogGamma, [| key.Consume(); Tensor.BroadcastTo(shape, cast DType.Float64 alpha) |])

    /// <summary>Uniform in [low, high), differentiable in both bounds.</summary>
    /// <remarks>
    /// Shape: the parameters broadcast to the sizes; no sizes ([]) stand for the parameters' own shape. So for every function here.
    /// Dtype: that in which the parameters meet. Errors: DF0116 parameters that do not broadcast to the sizes.
    /// </remarks>
    let uniformBetween (low: Tensor) (high: Tensor) (sizes: int seq) (key: Key) : Tensor =
        let struct (dtype, shape, p) = prepare "Random.uniformBetween" sizes [ low; high ]
        p[0] + (p[1] - p[0]) * draw RandomOp.Uniform dtype shape key

    /// <summary>Normal with this mean and standard deviation, differentiable in both.</summary>
    let normalWith (mean: Tensor) (std: Tensor) (sizes: int seq) (key: Key) : Tensor =
        let struct (dtype, shape, p) = prepare "Random.normalWith" sizes [ mean; std ]
        p[0] + p[1] * draw RandomOp.Normal dtype shape key

    /// <summary>
    /// Standard normal given that it lies in [low, high], which may be infinite; differentiable in both bounds. By inversion in float64 on the
    /// side of the lower tail, exact as long as a bound is within 37 of 0.
    /// </summary>
    let truncatedNormal (low: Tensor) (high: Tensor) (sizes: int seq) (key: Key) : Tensor =
        let struct (dtype, shape, p) = prepare "Random.truncatedNormal" sizes [ low; high ]
        let low, high = cast DType.Float64 p[0], cast DType.Float64 p[1]
        let turned = greater (low + high) (zerosLike low)
        let probability (x: Tensor) : Tensor = 0.5 * erfc (x * -System.Math.Sqrt 0.5)
        let least = probability (where turned -high low)
        let most = probability (where turned -low high)
        let p: Tensor = least + (most - least) * inside DType.Float64 shape key
        let z: Tensor = erfcInv (2.0 * p) * System.Math.Sqrt 2.0
        let z = where turned z -z
        cast dtype (where (less z low) low (where (greater z high) high z))

    /// <summary>Exponential of this rate (mean 1 / rate), differentiable in it.</summary>
    let exponential (rate: Tensor) (sizes: int seq) (key: Key) : Tensor =
        let struct (dtype, shape, p) = prepare "Random.exponential" sizes [ rate ]
        cast dtype (-(log (inside dtype shape key)) / p[0])

    /// <summary>Laplace's distribution with this location and scale, differentiable in both.</summary>
    let laplace (loc: Tensor) (scale: Tensor) (sizes: int seq) (key: Key) : Tensor =
        let struct (dtype, shape, p) = prepare "Random.laplace" sizes [ loc; scale ]
        let v: Tensor = 2.0 * inside dtype shape key - 1.0
        cast dtype (p[0] - p[1] * signum v * log1p -(abs v))

    /// <summary>Gamma of shape α and scale 1, differentiable in α. Values below the least positive number are 0. α ≤ 0 gives NaN.</summary>
    /// <remarks>
    /// The derivative is implicit: that of the value with the same distribution function, −∂F/∂α / ∂F/∂z, not that of the method.
    /// Source: Marsaglia and Tsang 2000; Figurnov, Mohamed and Mnih 2018, arXiv:1805.08498.
    /// </remarks>
    let gamma (alpha: Tensor) (sizes: int seq) (key: Key) : Tensor =
        let struct (dtype, shape, p) = prepare "Random.gamma" sizes [ alpha ]
        cast dtype (exp (logGammas shape p[0] key))

    /// <summary>Beta of shapes a and b, differentiable in both (implicitly, as <c>gamma</c>): G(a) / (G(a) + G(b)) of two gamma variables.</summary>
    let beta (a: Tensor) (b: Tensor) (sizes: int seq) (key: Key) : Tensor =
        let struct (dtype, shape, p) = prepare "Random.beta" sizes [ a; b ]
        let one, other = Key.split2 key
        cast dtype (sigmoid (logGammas shape p[0] one - logGammas shape p[1] other))

    /// <summary>Dirichlet, differentiable in α (implicitly, as <c>gamma</c>): gamma variables over their sum.</summary>
    /// <remarks>Shape: α [B…, K] gives [sizes…, K], where B broadcasts to the sizes. Errors: DF0704 α has no axis.</remarks>
    let dirichlet (alpha: Tensor) (sizes: int seq) (key: Key) : Tensor =
        let sizes = withClasses "Random.dirichlet" "alpha" sizes alpha
        let struct (dtype, shape, p) = prepare "Random.dirichlet" sizes [ alpha ]
        cast dtype (softmax -1 (logGammas shape p[0] key))

    /// <summary>Student's t with ν degrees of freedom, differentiable in ν (implicitly, as <c>gamma</c>): normal over √(G(ν/2) / (ν/2)).</summary>
    let studentT (degrees: Tensor) (sizes: int seq) (key: Key) : Tensor =
        let struct (dtype, shape, p) = prepare "Random.studentT" sizes [ degrees ]
        let one, other = Key.split2 key
        let half: Tensor = 0.5 * cast DType.Float64 p[0]
        let spread: Tensor = exp (0.5 * (log half - logGammas shape half other))
        cast dtype (spread * draw RandomOp.Normal DType.Float64 shape one)

    /// <summary>Poisson of this rate, int64; no derivative. Exact for every rate from 0 to 1e18 (Hörmann 1993, PTRS; below 10 by arrivals).</summary>
    /// <remarks>Errors: DF0702 a rate that is negative, larger or NaN.</remarks>
    let poisson (rate: Tensor) (sizes: int seq) (key: Key) : Tensor =
        let struct (_, _, p) = prepare "Random.poisson" sizes [ rate ]
        Tensor.Bind(Prim.Sample Sample.Poisson, [| key.Consume(); p[0] |])

    /// <summary>True with these probabilities, bool; no derivative.</summary>
    let bernoulliWith (probability: Tensor) (sizes: int seq) (key: Key) : Tensor =
        let struct (dtype, shape, p) = prepare "Random.bernoulliWith" sizes [ probability ]
        less (draw RandomOp.Uniform dtype shape key) p[0]

    /// <summary>Classes 0 … K − 1, int32, with probabilities softmax(logits); no derivative. Logits of −∞ are never drawn.</summary>
    /// <remarks>Shape: logits [B…, K] give [sizes…], where B broadcasts to the sizes. Errors: DF0704 logits have no axis.</remarks>
    let categorical (logits: Tensor) (sizes: int seq) (key: Key) : Tensor =
        let sizes = withClasses "Random.categorical" "logits" sizes logits
        let struct (_, shape, p) = prepare "Random.categorical" sizes [ logits ]
        argmax -1 (cast DType.Float64 p[0] + gumbel shape key)

    /// <summary>Whole numbers low … high − 1 with equal probabilities, int32.</summary>
    /// <remarks>Errors: DF0126 no number between the bounds.</remarks>
    let integers (low: int) (high: int) (sizes: int seq) (key: Key) : Tensor =
        if high <= low then
            Errors.count "Random.integers" $"an upper bound above the lower one, {low}" high

        let u = draw RandomOp.Uniform DType.Float64 sizes key
        cast DType.Int32 (floor (u * (float high - float low)) + float low)

    /// <summary>The slices of x along an axis in random order, each order as likely.</summary>
    let shuffle (axis: int) (x: Tensor) (key: Key) : Tensor =
        take axis (permutation x.Shape[axisOf "Random.shuffle" x.Rank axis x.Shape] key) x

    /// <summary>So many slices of x along its first axis, with or without replacement, by weight or all alike.</summary>
    /// <remarks>
    /// Shape: x [n, post…], weights [n], not negative, their sum need not be 1 → [count, post…]. Without replacement each next slice is drawn from
    /// the rest in proportion to its weights (Efraimidis and Spirakis 2006); slices of weight 0 come last then. Differentiable in x.
    /// Errors: DF0703 more without replacement than there are, or any from nothing; DF0704 weights of another shape.
    /// </remarks>
    let choice (replace: bool) (weights: Tensor option) (count: int) (x: Tensor) (key: Key) : Tensor =
        if x.Rank = 0 then
            RandomErrors.parameterRank "Random.choice" "x" 1 x.Shape

        let n = x.Shape[0]

        if count < 0 || (if replace then n = 0 && count > 0 else count > n) then
            RandomErrors.choice count n replace

        match weights with
        | Some w when w.Rank <> 1 || w.Shape[0] <> n -> RandomErrors.parameterShape "Random.choice" "weights" $"[{n}]" w.Shape
        | _ -> ()

        let logits =
            match weights with
            | Some w -> log (cast DType.Float64 w)
            | None -> Tensor.Constant(0.0, { Shape = Shape.Adopt [| n |]; DType = DType.Float64 }, x)

        let chosen =
            if replace then
                categorical (Tensor.BroadcastTo(Shape.Adopt [| count; n |], logits)) [ count ] key
            else
                slice 0 0 count (argsortDescending 0 (logits + gumbel logits.Shape key))

        take 0 chosen x

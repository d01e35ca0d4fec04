namespace DeepFun.FSharp

open System
open DeepFun

/// <summary>
/// Losses. Predictions and targets are batches, [N, …]; where examples have several elements, their mean is taken. <c>FromLogits</c> means
/// predictions before sigmoid or softmax: the stable way, also for huge values.
/// </summary>
[<RequireQualifiedAccess>]
module Losses =

    /// From predictions and targets of equal shape, element by element.
    let private elementwise name (f: Tensor -> Tensor -> Tensor) : Loss =
        Loss(
            name,
            fun predictions targets ->
                PerExample.floating name predictions
                PerExample.same name predictions targets
                PerExample.mean (f predictions (cast predictions.DType targets))
        )

    /// Of the differences between predictions and targets.
    let private ofDifference name (f: Tensor -> Tensor) : Loss = elementwise name (fun p t -> f (p - t))

    let private above0 what value =
        if not (value > 0.0) then
            Errors.option what "above 0" (string value)

    /// <summary>Mean of (p − t)².</summary>
    let meanSquaredError: Loss = ofDifference "meanSquaredError" square

    /// <summary>Mean of |p − t|.</summary>
    let meanAbsoluteError: Loss = ofDifference "meanAbsoluteError" abs

    /// d² / 2 where |d| ≤ δ, elsewhere δ (|d| − δ / 2)
    let private linearOutside (delta: float) (d: Tensor) : Tensor =
        let size = abs d
        let near = minimum size (fullLike delta size)
        0.5 * square near + delta * (size - near)

    /// <summary>Quadratic near 0, linear outside: d² / 2 where |d| ≤ δ, elsewhere δ (|d| − δ / 2), d = p − t.</summary>
    /// <remarks>Source: Huber, Annals of Mathematical Statistics 35, 1964.</remarks>
    let huber (delta: float) : Loss =
        above0 "delta of huber" delta
        ofDifference "huber" (linearOutside delta)

    /// <summary>The Huber loss divided by its bound: d² / (2β) where |d| ≤ β, elsewhere |d| − β / 2, d = p − t.</summary>
    /// <remarks>Source: Girshick 2015, arXiv:1504.08083, equation 3; β is PyTorch's.</remarks>
    let smoothL1 (beta: float) : Loss =
        above0 "beta of smoothL1" beta
        ofDifference "smoothL1" (fun d -> linearOutside beta d / beta)

    /// <summary>Mean of log cosh(p − t): d² / 2 near 0, |d| − log 2 outside, smooth between.</summary>
    let logCosh: Loss = ofDifference "logCosh" (fun d -> let size = abs d in size + softplus (-2.0 * size) - log 2.0)

    /// <summary>
    /// The negative log-likelihood of counts t from logarithms z of their rates: exp z − t z. What depends on the target alone, log t!, is left out.
    /// </summary>
    /// <remarks>Source: torch.nn.PoissonNLLLoss with log_input.</remarks>
    let poissonFromLogRate: Loss = elementwise "poissonFromLogRate" (fun z t -> exp z - t * z)

    /// <summary>As <c>poissonFromLogRate</c>, from rates above 0: p − t log p.</summary>
    let poisson: Loss = elementwise "poisson" (fun p t -> p - t * PerExample.logOfProbability p)

    /// <summary>
    /// The negative log-likelihood of a normal distribution, ½ (s + (t − μ)² e⁻ˢ), from μ and s = log σ², which the model gives together.
    /// </summary>
    /// <remarks>
    /// Shape: predictions [N, …, 2], μ and s along the last axis; targets [N, …]. A variance below 10⁻⁶ counts as 10⁻⁶. The constant ½ log 2π is
    /// left out. Source: Nix and Weigend 1994; torch.nn.GaussianNLLLoss takes the variance instead of its logarithm.
    /// </remarks>
    let gaussianNegativeLogLikelihood: Loss =
        let name = "gaussianNegativeLogLikelihood"

        Loss(
            name,
            fun p targets ->
                PerExample.floating name p

                if p.Rank < 2 || p.Shape.ToArray() <> Array.append (targets.Shape.ToArray()) [| 2 |] then
                    Errors.targets name "predictions [N, …, 2], mean and log variance, and targets [N, …]" p.Shape targets.Shape

                let mean, s = item -1 0 p, item -1 1 p
                let s = maximum s (fullLike (Math.Log 1e-6) s)
                PerExample.mean (0.5 * (s + square (mean - cast p.DType targets) * exp -s))
        )

    /// <summary>A binary cross-entropy: −t log p − (1 − t) log(1 − p), from predictions and probabilities t (0 … 1, or bool) of equal shape.</summary>
    /// <remarks>
    /// Probabilities (FromLogits false) below the smallest normal number of their dtype count as that. ClassWeights are of false and true, and, as in
    /// PyTorch (pos_weight), do not divide the mean; elements whose target is IgnoredLabel do not count in it.
    /// </remarks>
    /// <exception cref="T:DeepFun.DeepFunException">DF0902 the smoothing is not at least 0 and below 1; DF0951 other than two weights.</exception>
    let binaryCrossEntropyWith (options: CrossEntropyOptions) : Loss = ClassificationLosses.binary options

    /// <summary>−t log σ(z) − (1 − t) log(1 − σ(z)), from logits z and probabilities t (0 … 1, or bool) of equal shape.</summary>
    let binaryCrossEntropyFromLogits: Loss = binaryCrossEntropyWith CrossEntropyOptions.Default

    /// <summary>A cross-entropy −Σ w t log p over the last axis, from predictions and probabilities t (for example one-hot) of equal shape [N, …, classes].</summary>
    /// <remarks>ClassWeights do not divide the mean, as in PyTorch for targets that are probabilities.</remarks>
    /// <exception cref="T:DeepFun.DeepFunException">DF0902 the smoothing is not at least 0 and below 1, or a label is ignored; DF0951 other than one weight a class.</exception>
    let categoricalCrossEntropyWith (options: CrossEntropyOptions) : Loss = ClassificationLosses.categorical options

    /// <summary>−Σ t log softmax(z) over the last axis, from logits z and probabilities t (for example one-hot) of equal shape [N, …, classes].</summary>
    let categoricalCrossEntropyFromLogits: Loss = categoricalCrossEntropyWith CrossEntropyOptions.Default

    /// <summary>A cross-entropy −w log p[label], from predictions [N, …, classes] and integer labels [N, …].</summary>
    /// <remarks>
    /// The mean is weighted, as in PyTorch: Σ w log p / Σ w over the labels that count, and 0 if none does. With smoothing ε the other classes join:
    /// (1 − ε) w[label] log p[label] + ε / classes · Σ w log p. Predictions of ignored labels may be anything, NaN too.
    /// </remarks>
    /// <exception cref="T:DeepFun.DeepFunException">
    /// DF0902 the smoothing is not at least 0 and below 1; DF0951 other than one weight a class; DF0103 a label that is no class and not ignored;
    /// DF0922 shapes; DF0923 labels that are not integers.
    /// </exception>
    let sparseCategoricalCrossEntropyWith (options: CrossEntropyOptions) : Loss = ClassificationLosses.sparse options

    /// <summary>−log softmax(z)[label], from logits z [N, …, classes] and integer labels [N, …].</summary>
    /// <remarks>Errors: DF0103 a label that is no class; DF0922 shapes; DF0923 labels that are not integers.</remarks>
    let sparseCategoricalCrossEntropyFromLogits: Loss = sparseCategoricalCrossEntropyWith CrossEntropyOptions.Default

    /// <summary>As <c>sparseCategoricalCrossEntropyWith</c>, from logarithms of probabilities, which need not sum to 1. FromLogits does not count.</summary>
    let negativeLogLikelihoodWith (options: CrossEntropyOptions) : Loss = ClassificationLosses.negativeLogLikelihood options

    /// <summary>−z[label], from logarithms z of probabilities [N, …, classes] and integer labels [N, …].</summary>
    let negativeLogLikelihood: Loss = negativeLogLikelihoodWith CrossEntropyOptions.Default

    let private divergence name (logs: Tensor -> Tensor) : Loss =
        Loss(
            name,
            fun x targets ->
                PerExample.floating name x
                PerExample.distributions name x targets
                let t = cast x.DType targets
                let q = logs x
                let excluded = logicalAnd (isInfinite q) (equal t (zerosLike t))
                PerExample.mean (sumOver [ -1 ] (xlogy t t - t * where excluded (zerosLike q) q))
        )

    /// <summary>
    /// The Kullback–Leibler divergence Σ t (log t − log softmax(z)) over the last axis, from logits z (or logarithms of probabilities) and
    /// probabilities t of equal shape [N, …, classes].
    /// </summary>
    /// <remarks>Source: torch.nn.KLDivLoss with batchmean.</remarks>
    let kullbackLeiblerFromLogits: Loss = divergence "kullbackLeiblerFromLogits" (logSoftmax -1)

    /// <summary>As <c>kullbackLeiblerFromLogits</c>, from probabilities.</summary>
    let kullbackLeibler: Loss = divergence "kullbackLeibler" PerExample.logOfProbability

    /// <summary>
    /// Binary cross-entropy that sure examples hardly count in: −α t (1 − p)ᵞ log p − (1 − α)(1 − t) pᵞ log(1 − p), p = σ(z), from logits z and
    /// targets t of equal shape. alpha None: no factors α and 1 − α.
    /// </summary>
    /// <remarks>Source: Lin et al. 2017, arXiv:1708.02002, section 3; usual values γ = 2, α = ¼.</remarks>
    /// <exception cref="T:DeepFun.DeepFunException">DF0902 gamma is below 0, or alpha not between 0 and 1.</exception>
    let binaryFocalFromLogits (gamma: float) (alpha: float option) : Loss = ClassificationLosses.binaryFocal gamma alpha

    /// <summary>The same for classes: −(1 − p)ᵞ log p, p = softmax(z)[label], from logits z [N, …, classes] and integer labels [N, …].</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0902 gamma is below 0; as sparseCategoricalCrossEntropyFromLogits.</exception>
    let focalFromLogits (gamma: float) : Loss = ClassificationLosses.focal gamma

    /// <summary>max(0, margin − s z), squared if wanted, with s = 1 where the target is above 0 (or true) and −1 elsewhere.</summary>
    let hinge (margin: float) (squared: bool) : Loss = ClassificationLosses.hinge margin squared

    /// <summary>Σ max(0, margin − z[label] + z[c]) / classes over the other classes c, squared terms if wanted, from scores z [N, …, classes] and integer labels.</summary>
    /// <remarks>Source: Weston and Watkins 1999; torch.nn.MultiMarginLoss.</remarks>
    let multiClassHinge (margin: float) (squared: bool) : Loss = ClassificationLosses.multiClassHinge margin squared

    /// <summary>1 − cos of the angle between predictions and targets along the last axis; [N, …, features] both.</summary>
    /// <remarks>A vector shorter than 10⁻⁸ is divided by that instead of its length. Source: torch.nn.CosineEmbeddingLoss.</remarks>
    let cosine: Loss = EmbeddingLosses.cosine

    /// <summary>max(0, |a − p| − |a − n| + margin) for each example: anchors, positives and negatives, [N, features] each → [N].</summary>
    /// <remarks>Where two are equal the derivative of their distance is 0. Source: torch.nn.TripletMarginLoss (with eps 0).</remarks>
    /// <exception cref="T:DeepFun.DeepFunException">DF0902 the margin is not above 0; DF0953 shapes.</exception>
    let triplet (margin: float) (anchor: Tensor) (positive: Tensor) (negative: Tensor) : Tensor =
        EmbeddingLosses.triplet margin anchor positive negative

    /// <summary>
    /// The triplet loss of each example with its farthest like and its nearest unlike in the batch, from embeddings [N, features] and integer labels [N].
    /// Examples without either do not count.
    /// </summary>
    /// <remarks>It depends on the batch as a whole. Source: Hermans, Beyer and Leibe 2017, arXiv:1703.07737, equation 5.</remarks>
    let batchHardTriplet (margin: float) : Loss = EmbeddingLosses.batchHardTriplet margin

    /// <summary>
    /// Normalized temperature-scaled cross-entropy (NT-Xent, SimCLR): how well each example's other view is told from all other vectors of the batch by
    /// cosine similarity. Predictions and targets are the two views, [N, features]; both may be differentiated.
    /// </summary>
    /// <remarks>It depends on the batch as a whole. Source: Chen et al. 2020, arXiv:2002.05709, equation 1; a usual temperature is ½.</remarks>
    /// <exception cref="T:DeepFun.DeepFunException">DF0902 the temperature is not above 0.</exception>
    let contrastive (temperature: float) : Loss = EmbeddingLosses.contrastive temperature

    let private diceOf name (smooth: float) (probability: Tensor -> Tensor) : Loss =
        if not (smooth >= 0.0) then
            Errors.option $"smooth of {name}" "at least 0" (string smooth)

        Loss(
            name,
            fun x targets ->
                PerExample.floating name x
                PerExample.same name x targets
                let p, t = probability x, cast x.DType targets
                let total (x: Tensor) = if x.Rank = 1 then x else sumOver [ 1 .. x.Rank - 1 ] x
                let size = total p + total t + smooth
                // Nothing predicted where nothing is: right.
                let nothing = equal size (zerosLike size)
                1.0 - where nothing (onesLike size) (safeDivide (2.0 * total (p * t) + smooth) size)
        )

    /// <summary>1 − (2 Σ p t + s) / (Σ p + Σ t + s) over an example's elements, p = σ(z), from logits z and targets t of equal shape.</summary>
    /// <remarks>Source: Milletari et al. 2016, arXiv:1606.04797, without squares in the denominator; s = 1 is usual.</remarks>
    let diceFromLogits (smooth: float) : Loss = diceOf "diceFromLogits" smooth sigmoid

    /// <summary>As <c>diceFromLogits</c>, from probabilities.</summary>
    let dice (smooth: float) : Loss = diceOf "dice" smooth id

    /// <summary>
    /// Connectionist temporal classification: −log of the probability of labels, summed over all ways to spread them over an input's times, with
    /// repetitions merged and blanks between.
    /// </summary>
    /// <remarks>
    /// Shape: logits [N, T, classes], input lengths [N] (0 … T), labels [N, S], label lengths [N] (0 … S) → [N]; what stands behind a length does not
    /// count. Computed forwards in log space, one scan over time. Deviation from torch.nn.CTCLoss: it takes logits, the batch is the first axis, and
    /// the mean does not divide by label lengths. Source: Graves et al. 2006, ICML, section 4.
    /// </remarks>
    /// <exception cref="T:DeepFun.DeepFunException">DF0902 the blank is no class; DF0923 lengths or labels that are not integers; DF0952 shapes.</exception>
    let ctcWith (options: CtcOptions) (logits: Tensor) (inputLengths: Tensor) (labels: Tensor) (labelLengths: Tensor) : Tensor =
        Alignment.ctc options logits inputLengths labels labelLengths

    /// <summary>As <c>ctcWith</c>, for inputs of full length; labels [N, S] end with negative numbers where they are shorter.</summary>
    let ctc (options: CtcOptions) : Loss = Alignment.loss options

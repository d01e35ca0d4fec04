namespace DeepFun

open DeepFun.FSharp

/// <summary>A mixture of K components of one family: first a component is drawn, with probabilities softmax(logits), then a value from it.</summary>
/// <remarks>
/// Shape: logits [batch…, K], components a distribution with batch [batch…, K]; the mixture has batch [batch…] and the components' event.
/// Mean Σ w m, variance Σ w (v + m²) − (Σ w m)². The entropy has no closed form (DF0706). Samples have the derivative of the component that was
/// drawn; the draw itself has none, so that it is not a derivative in the logits. <c>LogProb</c> is differentiable in everything.
/// Errors: DF0704 logits or components without an axis for K; DF0705 batches that do not fit.
/// </remarks>
[<Sealed; AllowNullLiteral>]
type MixtureDistribution(logits: Tensor, components: Distribution) =
    inherit
        Distribution(
            "Mixture",
            Array.append [| "logits", logits |] (components.Leaves |> Array.map (fun (n, p) -> "components/" + n, p)),
            (fun p -> MixtureDistribution(p[0], components.With(p[1..])) :> Distribution)
        )

    do
        if logits.Rank = 0 then
            RandomErrors.parameterRank "Mixture" "logits" 1 logits.Shape

    let event = components.EventShape.Rank

    /// The batch with K. The components' batch ends it, so that each value is drawn from a component of its own.
    let wide () =
        let shape = Tensor.Common("Mixture", logits.Shape, components.BatchShape)
        let own = components.BatchShape.ToArray()

        if own.Length = 0 then
            RandomErrors.parameterRank "Mixture" "the components' batch" 1 components.BatchShape

        if shape.ToArray()[shape.Rank - own.Length ..] <> own then
            RandomErrors.parameterShape "Mixture" "the components' batch" $"that ends {shape}" components.BatchShape

        shape

    /// Weights [batch…, K], with an axis of size 1 for each of the event's.
    let weights () : Tensor =
        let w = Tensor.BroadcastTo(wide (), softmax -1 logits)
        reshape (Seq.append w.Shape (Seq.replicate event 1)) w

    /// Σ over the components of x [batch…, K, event…]
    let total (x: Tensor) : Tensor = sumOver [ -1 - event ] (weights () * x)

    /// <summary>Logarithms of the weights, up to a constant, as they were given.</summary>
    member _.Logits = logits
    /// <summary>The components; the last axis of their batch is the one that they are mixed along.</summary>
    member _.Components = components

    /// <inheritdoc/>
    override _.BatchShape = let shape = wide () in Shape.Adopt(shape.ToArray()[.. shape.Rank - 2])
    /// <inheritdoc/>
    override _.EventShape = components.EventShape

    /// <inheritdoc/>
    override _.LogProb x = logSumExp [ -1 ] (logSoftmax -1 logits + components.LogProb(expandDims (-1 - event) x))

    /// <inheritdoc/>
    override this.Sample(key, sizes) =
        let one, other = Key.split2 key
        let shape = wide ()
        let chosen = Random.categorical (Tensor.BroadcastTo(shape, logits)) (this.Sizes sizes) one
        let lead = shape.ToArray()[.. shape.Rank - components.BatchShape.Rank - 1]
        gatherBatch chosen.Rank (components.Sample(other, Array.append sizes lead)) chosen

    /// <inheritdoc/>
    override _.Mean = total components.Mean

    /// <inheritdoc/>
    override _.Variance =
        let m = components.Mean
        total (components.Variance + square (m - expandDims (-1 - event) (total m)))

    /// <inheritdoc/>
    override _.Entropy() = RandomErrors.noClosedForm "Mixture" "the entropy" "Estimate it from samples with Distribution.entropyMonteCarlo."

    /// <inheritdoc/>
    override _.Cdf x = sumOver [ -1 ] (softmax -1 logits * components.Cdf(expandDims (-1 - event) x))

namespace DeepFun

open DeepFun.FSharp

/// <summary>One of the classes 0 … K − 1, with probabilities softmax(logits).</summary>
/// <remarks>
/// Shape: logits [batch…, K]. Values are class numbers of any integer dtype, samples int32; a number outside 0 … K − 1 is an error (DF0103).
/// Mean and variance are those of the class number; entropy −Σ p log p. Samples have no derivative.
/// Errors: DF0704 logits have no axis.
/// </remarks>
[<Sealed; AllowNullLiteral>]
type CategoricalDistribution(logits: Tensor) =
    inherit Distribution("Categorical", [| "logits", logits |], (fun p -> CategoricalDistribution p[0] :> Distribution))

    do
        if logits.Rank = 0 then
            RandomErrors.parameterRank "Categorical" "logits" 1 logits.Shape

    let classes = logits.Shape[logits.Rank - 1]

    let numbers () = cast (floatingDType [ logits ]) (indices classes logits)

    /// <summary>Logarithms of the probabilities, up to a constant, as they were given.</summary>
    member _.Logits = logits

    /// <summary>The probabilities, [batch…, K].</summary>
    member _.Probs: Tensor = softmax -1 logits

    /// Normalized.
    member internal _.LogProbs: Tensor = logSoftmax -1 logits

    /// <inheritdoc/>
    override _.BatchShape = Shape.Adopt(logits.Shape.ToArray()[.. logits.Rank - 2])

    /// <inheritdoc/>
    override this.LogProb x =
        let places = cast DType.Int32 x
        let shape = Tensor.Common("Categorical.LogProb", places.Shape, this.BatchShape)
        let places = expandDims -1 (Tensor.BroadcastTo(shape, places))
        let all = Tensor.BroadcastTo(Shape.Adopt(Array.append (shape.ToArray()) [| classes |]), this.LogProbs)
        squeezeAxis -1 (takeAlong -1 places all)

    /// <inheritdoc/>
    override this.Sample(key, sizes) = Random.categorical logits (this.Sizes sizes) key
    /// <inheritdoc/>
    override this.Mean = sumOver [ -1 ] (this.Probs * numbers ())

    /// <inheritdoc/>
    override this.Variance =
        let d: Tensor = numbers () - expandDims -1 this.Mean
        sumOver [ -1 ] (this.Probs * square d)

    /// <inheritdoc/>
    override this.Entropy() = -(sumOver [ -1 ] (Density.weigh this.Probs this.LogProbs))

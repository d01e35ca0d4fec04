namespace DeepFun

open DeepFun.FSharp

/// <summary>One trial: 1 (true) with probability p = sigmoid(logits), else 0.</summary>
/// <remarks>
/// Shape: logits [batch…]. Samples are bool; values may be bool or numbers, of which all but 0 and 1 have probability 0.
/// Mean p, variance p (1 − p), entropy −p log p − (1 − p) log(1 − p). Samples have no derivative.
/// </remarks>
[<Sealed; AllowNullLiteral>]
type BernoulliDistribution(logits: Tensor) =
    inherit Distribution("Bernoulli", [| "logits", logits |], (fun p -> BernoulliDistribution p[0] :> Distribution))

    /// <summary>log p − log(1 − p), as it was given.</summary>
    member _.Logits = logits

    /// <summary>The probabilities of 1.</summary>
    member _.Probs: Tensor = sigmoid logits

    /// <inheritdoc/>
    override this.LogProb x =
        let x = cast this.DType x
        let yes = equal x (onesLike x)
        let neither = logicalNot (logicalOr yes (equal x (zerosLike x)))
        let y = where yes -(softplus -logits) -(softplus logits)
        where neither (fullLike -infinity y) y

    /// <inheritdoc/>
    override this.Sample(key, sizes) = Random.bernoulliWith this.Probs (this.Sizes sizes) key
    /// <inheritdoc/>
    override this.Mean = this.Probs
    /// <inheritdoc/>
    override this.Variance = this.Probs * sigmoid -logits

    /// <inheritdoc/>
    override this.Entropy() =
        let p, q = this.Probs, sigmoid -logits
        -(xlogy p p) - xlogy q q

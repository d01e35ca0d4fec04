namespace DeepFun

open DeepFun.FSharp

/// <summary>The distribution of a sample: each of n observations with probability 1/n.</summary>
/// <remarks>
/// Shape: observations [n, event…] of any dtype; batch []. The probability of a value is the share of observations equal to it. Samples are
/// observations drawn with replacement, differentiable in the observations. The entropy counts equal observations in n² steps.
/// <c>Cdf</c> and <c>Icdf</c> are for observations that are numbers. Errors: DF0704 observations without an axis; DF0705 none.
/// </remarks>
[<Sealed; AllowNullLiteral>]
type EmpiricalDistribution(observations: Tensor) =
    inherit Distribution("Empirical", [| "observations", observations |], (fun p -> EmpiricalDistribution p[0] :> Distribution))

    do
        if observations.Rank = 0 then
            RandomErrors.parameterRank "Empirical" "the observations" 1 observations.Shape

        if observations.Shape[0] = 0 then
            RandomErrors.parameterShape "Empirical" "the observations" "[n, event…] with n of at least 1" observations.Shape

    let n = observations.Shape[0]
    let event = observations.Rank - 1

    /// The share of observations for which this holds, over axis −1.
    member private this.Share(holds: Tensor) : Tensor = meanOver [ -1 ] (cast this.DType holds)

    /// <summary>The observations, as they were given.</summary>
    member _.Observations = observations

    /// <inheritdoc/>
    override _.BatchShape = Shape.Scalar
    /// <inheritdoc/>
    override _.EventShape = Shape.Adopt(observations.Shape.ToArray()[1..])

    /// <inheritdoc/>
    override this.LogProb x =
        let same = equal (expandDims (-1 - event) x) observations
        log (this.Share(if event = 0 then same else allOver [ for a in 1..event -> -a ] same))

    /// <inheritdoc/>
    override _.Sample(key, sizes) = take 0 (Random.integers 0 n sizes key) observations
    /// <inheritdoc/>
    override _.Mean = meanOver [ 0 ] observations
    /// <inheritdoc/>
    override _.Variance = varianceOver 0 [ 0 ] (floats observations)
    /// <inheritdoc/>
    override this.Entropy() = -(mean (this.LogProb observations))

    /// <inheritdoc/>
    override this.Cdf x =
        if event > 0 then
            RandomErrors.noClosedForm "Empirical" "the distribution function of arrays" "Take one number of each observation first."

        this.Share(lessOrEqual observations (expandDims -1 x))

    /// <inheritdoc/>
    override _.Icdf p =
        if event > 0 then
            RandomErrors.noClosedForm "Empirical" "the quantile of arrays" "Take one number of each observation first."

        let place: Tensor = ceil (floats p * float n) - 1.0
        take 0 (cast DType.Int32 (clamp 0.0 (float (n - 1)) place)) (sort 0 observations)

namespace DeepFun.FSharp

open DeepFun

/// <summary>Updates whose length follows that of the parameters, tensor by tensor: for large batches.</summary>
[<RequireQualifiedAccess>]
module TrustRatio =

    let private length (x: Tensor) : Tensor = Leafwise.root (sum (square x))

    /// a / b where both numbers are above 0, else 1.
    let private ratio (a: Tensor) (b: Tensor) : Tensor =
        let zero = zerosLike a
        let both = logicalAnd (greater a zero) (greater b zero)
        where both (safeDivide a b) (onesLike a)

    /// <summary>LAMB's: updates as long as the parameters.</summary>
    /// <remarks>
    /// State: none.   Equation: u ← u ‖p‖ / ‖u‖ for each tensor, unchanged where one of the norms is 0.
    /// Errors: DF0302 if the trees differ.
    /// Source: You et al. 2020, arXiv:1904.00962, Algorithm 2, φ(z) = z.
    /// </remarks>
    let scale: Optimizer =
        Optimizer.stateless "trustRatio" (fun updates parameters ->
            Leafwise.map2 "trustRatio" (fun u p -> u * ratio (length p) (length u)) updates parameters)

    /// <summary>LARS's: gradients with decay, scaled to a share of the parameters' length.</summary>
    /// <remarks>
    /// State: none.   Defaults (the paper's): coefficient = 0.001; the mask says which paths decay and are scaled.
    /// Equation: u ← (g + λp) c ‖p‖ / (‖g‖ + λ‖p‖) for each tensor the mask takes, (g + λp) where a norm is 0; others unchanged.
    /// Errors: DF0302 if the trees differ; DF0902 if an option is negative.
    /// Source: You, Gitman and Ginsburg 2017, arXiv:1708.03888, equation 6 and Algorithm 1.
    /// </remarks>
    let scaleByLars (coefficient: float) (weightDecay: float) (mask: string -> bool) : Optimizer =
        Leafwise.checkRange "lars: coefficient" 0.0 infinity coefficient
        Leafwise.checkRange "lars: the decay" 0.0 infinity weightDecay

        Optimizer.stateless $"lars({coefficient})" (fun updates parameters ->
            let ps = Leafwise.leaves "lars" updates parameters
            let entries = updates.Entries

            let scaled i (p: Tensor) =
                let g = entries[i].Value

                if Leafwise.isFloating g && mask entries[i].Key then
                    let own = length p
                    let decayed = if weightDecay = 0.0 then g else g + p * weightDecay
                    let share = length g + own * weightDecay
                    decayed * ratio (own * coefficient) share
                else
                    g

            Tree.rebuild updates (Array.mapi scaled ps))

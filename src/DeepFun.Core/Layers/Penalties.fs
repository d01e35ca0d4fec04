namespace DeepFun.FSharp

open DeepFun

/// <summary>
/// Penalties on parameters, to add to a loss. They count the parameters whose path fulfils a predicate: <c>Penalties.weights</c> leaves
/// biases and normalization out.
/// </summary>
[<RequireQualifiedAccess>]
module Penalties =

    /// <summary>Whether a path's last name is <c>weight</c>.</summary>
    let weights (path: string) = path = "weight" || path.EndsWith "/weight"

    let private total (strength: float) (counts: string -> bool) (term: Tensor -> Tensor) (parameters: Params) : Tensor =
        let terms =
            [
                for e in parameters.Entries do
                    if counts e.Key then
                        sum (term e.Value)
            ]

        match terms with
        | [] -> Tensor.scalar 0.0
        | terms -> strength * List.reduce (fun (a: Tensor) b -> a + b) terms

    /// <summary>strength · Σ |w|</summary>
    let l1 (strength: float) (counts: string -> bool) (parameters: Params) : Tensor = total strength counts abs parameters

    /// <summary>strength · Σ w² (no half: the gradient is 2 · strength · w)</summary>
    let l2 (strength: float) (counts: string -> bool) (parameters: Params) : Tensor = total strength counts square parameters

    /// <summary>absolute · Σ |w| + squared · Σ w² (the elastic net)</summary>
    /// <remarks>Source: Zou and Hastie 2005, Journal of the Royal Statistical Society B 67.</remarks>
    let elastic (absolute: float) (squared: float) (counts: string -> bool) (parameters: Params) : Tensor =
        l1 absolute counts parameters + l2 squared counts parameters

namespace DeepFun.DiffSharp

open DeepFun
open DeepFun.FSharp

/// <summary>Elementwise operations, comparisons, reductions and products by DiffSharp's names.</summary>
[<AutoOpen>]
module Operations =

    let private kept keepDim dim (y: Tensor) = if defaultArg keepDim false then keepDims [ dim ] y else y
    let private correction unbiased = if defaultArg unbiased true then 1 else 0

    /// The index of the extremum in the whole tensor, axis by axis.
    let private place (choose: int -> Tensor -> Tensor) (x: Tensor) : int[] = Values.index x.Shape (int ((choose 0 (flatten x)).ToDouble()))

    type dsharp with
        static member add(a: Tensor, b: Tensor) : Tensor = a + b
        static member sub(a: Tensor, b: Tensor) : Tensor = a - b
        static member mul(a: Tensor, b: Tensor) : Tensor = a * b
        static member div(a: Tensor, b: Tensor) : Tensor = a / b
        static member pow(a: Tensor, b: Tensor) : Tensor = pow a b
        static member neg(input: Tensor) : Tensor = -input
        static member abs(input: Tensor) : Tensor = abs input
        static member sign(input: Tensor) : Tensor = signum input
        static member floor(input: Tensor) : Tensor = floor input
        static member ceil(input: Tensor) : Tensor = ceil input
        static member round(input: Tensor) : Tensor = round input
        static member exp(input: Tensor) : Tensor = exp input
        static member log(input: Tensor) : Tensor = log input
        static member log10(input: Tensor) : Tensor = log10 input
        static member safelog(input: Tensor, ?epsilon: float) : Tensor = log (maximum input (fullLike (defaultArg epsilon 1e-12) input))
        static member sqrt(input: Tensor) : Tensor = sqrt input
        static member sin(input: Tensor) : Tensor = sin input
        static member cos(input: Tensor) : Tensor = cos input
        static member tan(input: Tensor) : Tensor = tan input
        static member sinh(input: Tensor) : Tensor = sinh input
        static member cosh(input: Tensor) : Tensor = cosh input
        static member tanh(input: Tensor) : Tensor = tanh input
        static member asin(input: Tensor) : Tensor = asin input
        static member acos(input: Tensor) : Tensor = acos input
        static member atan(input: Tensor) : Tensor = atan input
        static member relu(input: Tensor) : Tensor = relu input
        static member leakyRelu(input: Tensor, ?negativeSlope: float) : Tensor = leakyRelu (defaultArg negativeSlope 0.01) input
        static member sigmoid(input: Tensor) : Tensor = sigmoid input
        static member softplus(input: Tensor) : Tensor = softplus input

        /// <summary>No bounds: unchanged. One missing bound: unbounded on that side.</summary>
        static member clamp(input: Tensor, ?low: float, ?high: float) : Tensor =
            clamp (defaultArg low -infinity) (defaultArg high infinity) input

        static member lt(a: Tensor, b: Tensor) : Tensor = less a b
        static member gt(a: Tensor, b: Tensor) : Tensor = greater a b
        static member le(a: Tensor, b: Tensor) : Tensor = lessOrEqual a b
        static member ge(a: Tensor, b: Tensor) : Tensor = greaterOrEqual a b
        static member eq(a: Tensor, b: Tensor) : Tensor = equal a b
        static member ne(a: Tensor, b: Tensor) : Tensor = notEqual a b
        static member isnan(input: Tensor) : Tensor = isNaN input
        static member isinf(input: Tensor) : Tensor = isInfinite input
        static member hasnan(input: Tensor) : bool = (any (isNaN input)).ToDouble() <> 0.0
        static member hasinf(input: Tensor) : bool = (any (isInfinite input)).ToDouble() <> 0.0

        static member sum(input: Tensor) : Tensor = sum input
        static member sum(input: Tensor, dim: int, ?keepDim: bool) : Tensor = sumOver [ dim ] input |> kept keepDim dim
        static member mean(input: Tensor) : Tensor = mean input
        static member mean(input: Tensor, dim: int, ?keepDim: bool) : Tensor = meanOver [ dim ] input |> kept keepDim dim
        static member var(input: Tensor, ?unbiased: bool) : Tensor = varianceOver (correction unbiased) [ 0 .. input.Rank - 1 ] input

        static member var(input: Tensor, dim: int, ?keepDim: bool, ?unbiased: bool) : Tensor =
            varianceOver (correction unbiased) [ dim ] input |> kept keepDim dim

        /// <summary>Where the variance is 0 the derivative is 0; DiffSharp's is NaN.</summary>
        static member std(input: Tensor, ?unbiased: bool) : Tensor = stdOver (correction unbiased) [ 0 .. input.Rank - 1 ] input

        static member std(input: Tensor, dim: int, ?keepDim: bool, ?unbiased: bool) : Tensor =
            stdOver (correction unbiased) [ dim ] input |> kept keepDim dim

        static member cov(input: Tensor, ?correction: int64, ?fweights: Tensor, ?aweights: Tensor) : Tensor =
            covWeighted (int (defaultArg correction 1L)) fweights aweights input

        static member corrcoef(input: Tensor) : Tensor = corrcoef input
        static member max(input: Tensor) : Tensor = amax input
        static member max(a: Tensor, b: Tensor) : Tensor = maximum a b
        static member max(input: Tensor, dim: int, ?keepDim: bool) : Tensor = amaxOver [ dim ] input |> kept keepDim dim
        static member min(input: Tensor) : Tensor = amin input
        static member min(a: Tensor, b: Tensor) : Tensor = minimum a b
        static member min(input: Tensor, dim: int, ?keepDim: bool) : Tensor = aminOver [ dim ] input |> kept keepDim dim

        /// <summary>The index of the maximum, axis by axis.</summary>
        static member argmax(input: Tensor) : int[] = place argmax input

        static member argmax(input: Tensor, dim: int, ?keepDim: bool) : Tensor = argmax dim input |> kept keepDim dim

        /// <summary>The index of the minimum, axis by axis.</summary>
        static member argmin(input: Tensor) : int[] = place argmin input

        static member argmin(input: Tensor, dim: int, ?keepDim: bool) : Tensor = argmin dim input |> kept keepDim dim

        /// <summary>To the interval from 0 to 1; a constant tensor gives zeros.</summary>
        static member normalize(input: Tensor) : Tensor =
            let low, high = amin input, amax input
            where (equal low high) (zerosLike input) (safeDivide (input - low) (high - low))

        static member standardize(input: Tensor) : Tensor = standardize input
        static member softmax(input: Tensor, dim: int) : Tensor = softmax dim input
        static member logsoftmax(input: Tensor, dim: int) : Tensor = logSoftmax dim input
        static member logsumexp(input: Tensor, dim: int, ?keepDim: bool) : Tensor = logSumExp [ dim ] input |> kept keepDim dim

        static member matmul(a: Tensor, b: Tensor) : Tensor = matmul a b
        static member bmm(a: Tensor, b: Tensor) : Tensor = matmul a b
        static member det(input: Tensor) : Tensor = det input
        static member inv(input: Tensor) : Tensor = inv input
        static member solve(a: Tensor, b: Tensor) : Tensor = solve a b
        static member dot(a: Tensor, b: Tensor) : Tensor = dot a b
        static member outer(a: Tensor, b: Tensor) : Tensor = outer a b
        static member trace(input: Tensor) : Tensor = trace input

        static member norm(input: Tensor, ?order: float, ?dim: int, ?keepDim: bool) : Tensor =
            match dim with
            | None -> normOver (defaultArg order 2.0) [ 0 .. input.Rank - 1 ] input
            | Some dim -> normOver (defaultArg order 2.0) [ dim ] input |> kept keepDim dim

namespace DeepFun.FSharp

open System
open DeepFun

/// <summary>What is composed from primitives and so has no derivative rule of its own.</summary>
[<AutoOpen>]
module Derived =

    /// The largest over axes, kept as size 1, as a constant: shifting by it changes no value and so no derivative.
    let private shift (axes: int seq) (x: Tensor) =
        let m = stopGradient (keepDims axes (amaxOver axes x))
        // −∞ − (−∞) would be NaN
        where (isInfinite m) (zerosLike m) m

    /// <summary>log Σ exp(x) over these axes, without overflow; they disappear. Integers give float32.</summary>
    let logSumExp (axes: int seq) (x: Tensor) : Tensor =
        let axes = axesOf "logSumExp" axes x.Shape

        floats x
        |> inSingle (fun x ->
            let m = shift axes x
            log (sumOver axes (exp (x - m))) + reshapeTo (Infer.reduce (Reduce.Sum axes) x.Type).Shape m)

    /// <summary>exp(x) / Σ exp(x) along an axis; integers give float32.</summary>
    let softmax (axis: int) (x: Tensor) : Tensor =
        floats x
        |> inSingle (fun x ->
            let e = exp (x - shift [ axis ] x)
            e / keepDims [ axis ] (sumOver [ axis ] e))

    /// <summary>log softmax along an axis, without cancellation; integers give float32.</summary>
    let logSoftmax (axis: int) (x: Tensor) : Tensor =
        floats x
        |> inSingle (fun x ->
            let z = x - shift [ axis ] x
            z - log (keepDims [ axis ] (sumOver [ axis ] (exp z))))

    /// f x where the guard is false, elsewhere a number. There f sees a harmless one in place of x, so that no derivative is 0 · ∞.
    let internal guarded (guard: Tensor) (harmless: float) (instead: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor =
        let y = f (where guard (constantLike harmless x) x)
        where guard (constantLike instead y) y

    let private elements (axes: int[]) (x: Tensor) = axes |> Array.fold (fun n a -> n * x.Shape[a]) 1

    /// √s, whose derivative at 0 is taken as 0.
    let private flatRoot (s: Tensor) : Tensor = guarded (test Compare.Equal s 0.0) 1.0 0.0 sqrt s

    /// <summary>Variance over axes, which disappear: Σ (x − mean)² / (n − correction). Correction 1 is the unbiased estimate, 0 the population's.</summary>
    let varianceOver (correction: int) (axes: int seq) (x: Tensor) : Tensor =
        let axes = axesOf "variance" axes x.Shape

        x
        |> inSingle (fun x ->
            let d = x - keepDims axes (meanOver axes x)
            // No more observations than the correction: divided by 0, as in NumPy.
            sumOver axes (square d) / float (max 0 (elements axes x - correction)))

    /// <summary>Unbiased variance of all elements.</summary>
    let variance (x: Tensor) = varianceOver 1 (allAxes x) x

    /// <summary>Standard deviation over axes: the root of <c>varianceOver</c>; where it is 0 its derivative is 0, as in PyTorch.</summary>
    let stdOver (correction: int) (axes: int seq) (x: Tensor) : Tensor = x |> inSingle (varianceOver correction axes >> flatRoot)

    /// <summary>Unbiased standard deviation of all elements; where it is 0 its derivative is 0.</summary>
    let std (x: Tensor) : Tensor = stdOver 1 (allAxes x) x

    /// <summary>√ Σ x² of all elements; where all are 0 its derivative is 0.</summary>
    let norm (x: Tensor) : Tensor = floats x |> inSingle (square >> sum >> flatRoot)

    /// |x|ᵖ for p > 0; where x = 0 its derivative is 0, for p below 1 too.
    let internal powerOfSize (p: float) (x: Tensor) : Tensor =
        if p = 2.0 then
            square x
        else
            guarded (test Compare.Equal x 0.0) 1.0 0.0 (fun x -> Tensor.Pow(abs x, p)) x

    /// s^(1/p) for p > 0 and s ≥ 0; where s = 0 its derivative is 0.
    let internal powerRoot (p: float) (s: Tensor) : Tensor =
        if p = 2.0 then
            flatRoot s
        else
            guarded (test Compare.Equal s 0.0) 1.0 0.0 (fun s -> Tensor.Pow(s, 1.0 / p)) s

    /// <summary>min(max(x, low), high); the derivative is 1 from low to high, both included, as in PyTorch.</summary>
    let clamp (low: float) (high: float) (x: Tensor) =
        // Not by maximum and minimum, which at the bounds would pass half of the derivative on.
        // A bound that integers do not reach is their last number.
        let bound v =
            if DTypes.IsInteger x.DType && Double.IsFinite v then
                Math.Clamp(v, DTypes.MinValue x.DType, DTypes.MaxValue x.DType)
            else
                v

        let low, high = Tensor.Scalar(bound low, x), Tensor.Scalar(bound high, x)
        where (less x low) low (where (greater x high) high x)

    /// <summary>x where x &gt; 0, elsewhere slope · x.</summary>
    let leakyRelu (slope: float) (x: Tensor) : Tensor = where (greater x (zerosLike x)) x (x * slope)

    /// <summary>x where x &gt; 0, elsewhere α (eˣ − 1).</summary>
    let elu (alpha: float) (x: Tensor) : Tensor =
        let positive = greater x (zerosLike x)
        // The branch not taken sees 0, so that its derivative cannot be ∞ · 0.
        where positive x (alpha * expm1 (where positive (zerosLike x) x))

    /// <summary>x · sigmoid x.</summary>
    let silu (x: Tensor) : Tensor = x * sigmoid x

    /// <summary>x Φ(x), with the exact error function.</summary>
    let gelu (x: Tensor) : Tensor = 0.5 * x * (1.0 + erf (x * (1.0 / sqrt 2.0)))

    /// <summary>gelu by the tanh formula of its paper.</summary>
    let geluTanh (x: Tensor) : Tensor = 0.5 * x * (1.0 + tanh (sqrt (2.0 / Math.PI) * (x + 0.044715 * x * square x)))

    /// <summary>Numbers 0 … n − 1 as int32, at the level of the value inside x.</summary>
    let internal indices (n: int) (x: Tensor) =
        x.Interpreter.Root.Apply(Prim.Generate(Generate.Iota(0, { Shape = Shape.Adopt [| n |]; DType = DType.Int32 })), [||])

    /// <summary>1 where the class (any int dtype) is the index along a new last axis, elsewhere 0; float32.</summary>
    let oneHot (classes: int) (labels: Tensor) =
        equal (expandDims -1 (cast DType.Int32 labels)) (indices classes labels) |> cast DType.Float32

    /// The identity below the diagonal k and on it (bool [rows, columns]), for x of shape [B…, rows, columns].
    let private lower operation k (x: Tensor) =
        if x.Rank < 2 then
            Errors.rank operation "matrices" x.Shape

        let r, c = indices x.Shape[x.Rank - 2] x, indices x.Shape[x.Rank - 1] x
        lessOrEqual (expandDims 0 c) (expandDims 1 r + float k)

    /// <summary>The lower triangle of matrices: zeros above the diagonal k.</summary>
    let tril (k: int) (x: Tensor) = where (lower "tril" k x) x (zerosLike x)

    /// <summary>The upper triangle of matrices: zeros below the diagonal k.</summary>
    let triu (k: int) (x: Tensor) = where (lower "triu" (k - 1) x) (zerosLike x) x

    /// <summary>The diagonal offset places above (positive) or below the main one, of the matrices in two axes; it becomes the last axis.</summary>
    let diagonal (offset: int) (axis1: int) (axis2: int) (x: Tensor) =
        let a, b = axisOf "diagonal" x.Rank axis1 x.Shape, axisOf "diagonal" x.Rank axis2 x.Shape
        let rest = [| 0 .. x.Rank - 1 |] |> Array.except [| a; b |]
        let m = permute (Array.append rest [| a; b |]) x
        let rows, columns = x.Shape[a], x.Shape[b]
        let first = if offset >= 0 then offset else -offset * columns
        let count = max 0 (if offset >= 0 then min rows (columns - offset) else min (rows + offset) columns)
        let lead = m.Shape.ToArray()[.. rest.Length - 1]
        let flat = reshape (Array.append lead [| rows * columns |]) m

        if count = 0 then
            slice -1 0 0 flat
        else
            sliceStep -1 first (first + (count - 1) * (columns + 1) + 1) (columns + 1) flat

    /// <summary>The sum of the main diagonal of matrices in the last two axes.</summary>
    let trace (x: Tensor) = sumOver [ -1 ] (diagonal 0 -2 -1 x)

namespace DeepFun

open DeepFun.FSharp

/// A point on the line that is searched: the step, the value there and the slope along the line.
[<NoComparison; ReferenceEquality>]
type internal LinePoint = { T: Tensor; F: Tensor; S: Tensor }

/// How far to go along a direction. All are loops of tensors, so that they run in a trace.
[<RequireQualifiedAccess>]
module internal LineSearch =

    let private choose (which: Tensor) (a: LinePoint) (b: LinePoint) : LinePoint =
        { T = where which a.T b.T; F = where which a.F b.F; S = where which a.S b.S }

    /// Where the cubic through two points with their slopes is lowest, between these limits; their middle where it has no minimum.
    /// Source: Nocedal and Wright 2006, equation 3.59.
    let private cubic (a: LinePoint) (b: LinePoint) (low: Tensor) (high: Tensor) : Tensor =
        let turned = greater a.T b.T
        let l, r = choose turned b a, choose turned a b
        let d1 = l.S + r.S - (l.F - r.F) / (l.T - r.T) * 3.0
        let square = d1 * d1 - l.S * r.S
        let real = greaterOrEqual square (zerosLike square)
        let d2 = safeSqrt square
        let lowest = r.T - (r.T - l.T) * ((r.S + d2 - d1) / (r.S - l.S + d2 * 2.0))
        let usable = logicalAnd real (isFinite lowest)
        where usable (minimum (maximum lowest low) high) ((low + high) * 0.5)

    let private MaxSteps = 25.0
    let private Decrease = 1e-4
    let private Curvature = 0.9

    /// <summary>A step that satisfies the strong Wolfe conditions: value below f₀ + 10⁻⁴ t s₀, slope at most 0.9 |s₀|.</summary>
    /// <remarks>
    /// start: the point at 0; first: the step to try first; reach: the largest element of the direction, so that a bracket too small to
    /// matter ends the search. The best point found where there is none.
    /// Source: Nocedal and Wright 2006, Algorithms 3.5 and 3.6, in the form of minFunc and PyTorch's LBFGS, step for step.
    /// </remarks>
    let strongWolfe (tolerance: float) (phi: Tensor -> Tensor * Tensor) (start: LinePoint) (first: Tensor) (reach: Tensor) : Tensor =
        let zero = zerosLike first
        let no = less zero zero
        let count = cast DType.Int32 zero
        let left k = less k (fullLike MaxSteps k)
        // Not below includes NaN: such a step is too long.
        let tooHigh (p: LinePoint) = logicalNot (lessOrEqual p.F (start.F + p.T * start.S * Decrease))
        let flat (p: LinePoint) = lessOrEqual (abs p.S) (start.S * -Curvature)

        let at t =
            let f, s = phi t
            { T = t; F = f; S = s }

        // Onward until two points have a good step between them, or one is good.
        let expand (k: Tensor, t: Tensor, before: LinePoint, _: LinePoint, _: Tensor, _: Tensor) =
            let now = at t
            let rises = logicalAnd (greater k (onesLike k)) (greaterOrEqual now.F before.F)
            let bad = logicalOr (tooHigh now) rises
            let ended = logicalAnd (logicalNot bad) (flat now)
            let closed = logicalAnd (logicalNot ended) (logicalOr bad (greaterOrEqual now.S zero))
            let onward = logicalNot (logicalOr closed ended)
            let next = cubic before now (t + (t - before.T) * 0.01) (t * 10.0)
            k + cast DType.Int32 onward, where onward next t, choose onward now before, now, closed, ended

        let expanding (k, _, _, _, closed, ended) = logicalAnd (left k) (logicalNot (logicalOr closed ended))

        let k, _, before, last, closed, ended = whileLoop expanding expand (count, first, start, start, no, no)

        // Between the two, nearer and nearer.
        let narrow (k: Tensor, low: LinePoint, high: LinePoint, hesitated: Tensor, _: Tensor) =
            let a, b = minimum low.T high.T, maximum low.T high.T
            let t = cubic low high a b
            let margin = (b - a) * 0.1
            let near = less (minimum (b - t) (t - a)) margin
            let outside = logicalOr (greaterOrEqual t b) (lessOrEqual t a)
            let pushed = logicalAnd near (logicalOr hesitated outside)
            let inner = where (less (abs (t - b)) (abs (t - a))) (b - margin) (a + margin)
            let now = at (where pushed inner t)
            let worse = logicalOr (tooHigh now) (greaterOrEqual now.F low.F)
            let ended = logicalAnd (logicalNot worse) (flat now)
            let turned = greaterOrEqual (now.S * (high.T - low.T)) zero
            let swapped = logicalAnd worse (less now.F low.F)
            let lower = choose (logicalOr (logicalNot worse) swapped) now low
            // The old low is the other end where the new point is lower and the slope there leads back.
            let other = choose (logicalOr swapped (logicalAnd (logicalNot worse) turned)) low (choose worse now high)
            k + onesLike k, lower, choose ended high other, logicalAnd near (logicalNot pushed), ended

        let narrowing (k, low: LinePoint, high: LinePoint, _, ended) =
            let wide = greaterOrEqual (abs (high.T - low.T) * reach) (fullLike tolerance reach)
            logicalAnd wide (logicalAnd (left k) (logicalNot ended))

        let other = choose closed before start
        let otherIsLower = logicalNot (greater other.F last.F)
        let low, high = choose otherIsLower other last, choose otherIsLower last other
        let _, low, _, _, _ = whileLoop narrowing narrow (k, low, high, no, ended)
        where ended last.T low.T

    /// <summary>The first of 1, ½, ¼, … whose value is below f₀ + 10⁻⁴ t s₀; 0 where there is none.</summary>
    /// <remarks>Source: Armijo 1966; Nocedal and Wright 2006, Algorithm 3.1.</remarks>
    let backtracking (phi: Tensor -> Tensor) (value: Tensor) (slope: Tensor) : Tensor =
        let one = onesLike value
        let count = cast DType.Int32 (zerosLike value)

        let body (k: Tensor, t: Tensor, _: Tensor) =
            let good = lessOrEqual (phi t) (value + t * slope * Decrease)
            k + onesLike k, where good t (t * 0.5), good

        let going (k: Tensor, _: Tensor, good: Tensor) = logicalAnd (less k (fullLike MaxSteps k)) (logicalNot good)
        let _, t, good = whileLoop going body (count, one, less one one)
        where good t (zerosLike t)

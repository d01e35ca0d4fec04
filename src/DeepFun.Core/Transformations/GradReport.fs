namespace DeepFun

open System
open System.Collections.Generic
open System.Globalization

/// <summary>One derivative that differs from its finite difference, or from its complex step.</summary>
[<Sealed; AllowNullLiteral>]
type GradMismatch
    internal (modes: string list, path: string, index: int[], derivative: float, byComplexStep: bool, difference: float, allowed: float) =
    let text (v: float) = v.ToString("G9", CultureInfo.InvariantCulture)

    /// <summary>The order of the derivative.</summary>
    member _.Order = modes.Length

    /// <summary>How it was computed: <c>forward</c>, <c>reverse</c>, <c>reverse over forward</c>, …; the last one first.</summary>
    member _.Modes = String.Join(" over ", modes)

    /// <summary>The tensor by which was differentiated, by its path; empty for a single one.</summary>
    member _.Path = path

    /// <summary>The element of that tensor.</summary>
    member _.Index: IReadOnlyList<int> = index

    /// <summary>The derivative, of the function's result if that is one number, otherwise of a sum of all results with fixed weights.</summary>
    member _.Derivative = derivative

    /// <summary>The finite difference of the same, or its complex step.</summary>
    member _.Difference = difference

    /// <summary>Whether the finite difference agrees, and only the complex step is precise enough to differ.</summary>
    member _.ByComplexStep = byComplexStep

    /// <summary>By how much they may differ.</summary>
    member _.Allowed = allowed

    /// <inheritdoc/>
    override this.ToString() =
        let place = "[" + String.Join(", ", index) + "]"
        let leaf = if path = "" then "the argument" else $"'{path}'"
        let other = if byComplexStep then "complex step" else "finite difference"
        let number = if byComplexStep then (fun (v: float) -> v.ToString("G17", CultureInfo.InvariantCulture)) else text
        $"{this.Modes} at {leaf}{place}: derivative {number derivative}, {other} {number difference} (may differ by {text allowed})"

/// <summary>What a comparison of derivatives with finite differences, and with complex steps, has found.</summary>
[<Sealed; AllowNullLiteral>]
type GradReport internal (order: int, compared: int, complexSteps: int, withoutComplexSteps: string, mismatches: GradMismatch[]) =

    /// <summary>Nothing differs.</summary>
    member _.Passed = mismatches.Length = 0

    /// <summary>The highest order that was checked.</summary>
    member _.Order = order

    /// <summary>How many derivatives were compared with finite differences.</summary>
    member _.Compared = compared

    /// <summary>How many of them were compared with complex steps as well.</summary>
    member _.ComplexSteps = complexSteps

    /// <summary>Why it is not all of them: the first reason found. Empty if it is all.</summary>
    member _.WithoutComplexSteps = withoutComplexSteps

    /// <summary>What differs, lowest order first.</summary>
    member _.Mismatches: IReadOnlyList<GradMismatch> = mismatches

    /// <inheritdoc/>
    override _.ToString() =
        if mismatches.Length = 0 then
            let also =
                if complexSteps = 0 then $" (no complex steps: {withoutComplexSteps})"
                elif complexSteps = compared then " and complex steps"
                else $", {complexSteps} of them with complex steps (the others: {withoutComplexSteps})"

            $"{compared} derivatives up to order {order} agree with finite differences{also}"
        else
            let shown = mismatches |> Array.truncate 5 |> Array.map string
            let rest = if mismatches.Length > 5 then [| $"and {mismatches.Length - 5} more" |] else [||]
            $"{mismatches.Length} of {compared} differ: " + String.Join("; ", Array.append shown rest)

/// <summary>How derivatives are compared with finite differences and complex steps.</summary>
type GradCheckOptions =
    {
        /// The highest order of the derivatives that are checked; 1 is the first.
        Order: int
        /// The step h; None: ε^(1/5) · max(1, |x|), with ε the precision of the dtype.
        Step: float option
        /// By how much a derivative may differ, relative to the largest of 1, itself, and the sizes of the results; None: by dtype, and 1e-12
        /// from complex steps.
        Tolerance: float option
        /// Whether complex steps are tried beside finite differences. They find what is wrong in the tenth digit, in float64 only.
        ComplexSteps: bool
        /// How many elements of each tensor are tried, spread evenly; all of a smaller one.
        Elements: int
    }

    /// <summary>First derivatives, the step and tolerance by dtype (1e-7 in float64, 2e-3 in float32), complex steps where they apply, at most 64 elements of a tensor.</summary>
    static member Default = { Order = 1; Step = None; Tolerance = None; ComplexSteps = true; Elements = 64 }

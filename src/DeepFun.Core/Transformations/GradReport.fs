namespace DeepFun

open System
open System.Collections.Generic
open System.Globalization

/// <summary>One derivative that differs from its finite difference.</summary>
[<Sealed; AllowNullLiteral>]
type GradMismatch internal (modes: string list, path: string, index: int[], derivative: float, difference: float, allowed: float) =
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

    /// <summary>The finite difference of the same.</summary>
    member _.Difference = difference

    /// <summary>By how much they may differ.</summary>
    member _.Allowed = allowed

    /// <inheritdoc/>
    override this.ToString() =
        let place = "[" + String.Join(", ", index) + "]"
        let leaf = if path = "" then "the argument" else $"'{path}'"
        $"{this.Modes} at {leaf}{place}: derivative {text derivative}, finite difference {text difference} (may differ by {text allowed})"

/// <summary>What a comparison of derivatives with finite differences has found.</summary>
[<Sealed; AllowNullLiteral>]
type GradReport internal (order: int, compared: int, mismatches: GradMismatch[]) =

    /// <summary>Nothing differs.</summary>
    member _.Passed = mismatches.Length = 0

    /// <summary>The highest order that was checked.</summary>
    member _.Order = order

    /// <summary>How many derivatives were compared.</summary>
    member _.Compared = compared

    /// <summary>What differs, lowest order first.</summary>
    member _.Mismatches: IReadOnlyList<GradMismatch> = mismatches

    /// <inheritdoc/>
    override _.ToString() =
        if mismatches.Length = 0 then
            $"{compared} derivatives up to order {order} agree with finite differences"
        else
            let shown = mismatches |> Array.truncate 5 |> Array.map string
            let rest = if mismatches.Length > 5 then [| $"and {mismatches.Length - 5} more" |] else [||]
            $"{mismatches.Length} of {compared} differ: " + String.Join("; ", Array.append shown rest)

/// <summary>How derivatives are compared with finite differences.</summary>
type GradCheckOptions =
    {
        /// The highest order of the derivatives that are checked; 1 is the first.
        Order: int
        /// The step h; None: ε^(1/5) · max(1, |x|), with ε the precision of the dtype.
        Step: float option
        /// By how much a derivative may differ, relative to the largest of 1, itself, and the sizes of the results; None: by dtype.
        Tolerance: float option
        /// How many elements of each tensor are tried, spread evenly; all of a smaller one.
        Elements: int
    }

    /// <summary>First derivatives, the step and tolerance by dtype (1e-7 in float64, 2e-3 in float32), at most 64 elements of a tensor.</summary>
    static member Default = { Order = 1; Step = None; Tolerance = None; Elements = 64 }

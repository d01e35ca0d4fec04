namespace DeepFun

open System
open System.Collections.Generic

/// <summary>Where in a computation a value was made.</summary>
type ComputationPass =
    /// The function itself.
    | Forward = 0
    /// The factors of its derivative, which are computed beside its values.
    | Derivative = 1
    /// The way back of reverse mode.
    | Backward = 2

/// <summary>The first operation that made a NaN or an infinity out of finite values (or a NaN out of infinities).</summary>
[<Sealed; AllowNullLiteral>]
type NonFinite
    internal (pass: ComputationPass, operation: string, isNaN: bool, number: int, operands: string[], result: string, place: string) =

    /// <summary>The function, the factors of its derivative, or the way back.</summary>
    member _.Pass = pass

    /// <summary>The operation, or the argument or captured value that already held a NaN.</summary>
    member _.Operation = operation

    /// <summary>A NaN; otherwise an infinity.</summary>
    member _.IsNaN = isNaN

    /// <summary>It was the n-th operation of its pass that depends on the argument; 0 for an argument.</summary>
    member _.Number = number

    /// <summary>Type and range of each operand.</summary>
    member _.Operands: IReadOnlyList<string> = operands

    /// <summary>Type of the result, how many of its elements are not finite, and the first of them.</summary>
    member _.Result = result

    /// <summary>The method, and where known the file and line, of the caller; empty if unknown.</summary>
    member _.Place = place

    /// <inheritdoc/>
    override _.ToString() =
        let what = if isNaN then "NaN" else "infinity"

        let where =
            match pass with
            | ComputationPass.Forward -> "the forward pass"
            | ComputationPass.Derivative -> "the factors of the derivative"
            | _ -> "the backward pass"

        let from = if operands.Length = 0 then "" else " from " + String.Join(" and ", operands)
        let at = if place = "" then "" else $" at {place}"
        $"{operation} gave {what} in {where} (operation {number}){at}: {result}{from}"

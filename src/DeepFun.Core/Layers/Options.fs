/// What several kinds of layers say and check about their options.
module internal DeepFun.LayerOptions

open System
open System.Globalization
open DeepFun.Backends

/// As it is written in names and errors, the same in every language.
let number (value: float) = value.ToString CultureInfo.InvariantCulture

/// 3x3, or 3 where all axes are equal and the kind alone tells how many there are.
let sizes (values: int[]) = String.Join("x", values)

/// One number if all are equal.
let brief (values: int[]) = if Array.forall ((=) values[0]) values then string values[0] else sizes values

/// Name(option, option): those that are not empty.
let title (kind: string) (options: string list) =
    let shown = options |> List.filter ((<>) "") |> String.concat ", "
    $"{kind}({shown})"

/// name value, or nothing where all are the default.
let unless (standard: int) (name: string) (values: int[]) = if Array.forall ((=) standard) values then "" else $"{name} {brief values}"

let activation (a: Activation) = if a.IsLinear then "" else a.Name

let atLeast (least: int) (what: string) (value: int) =
    if value < least then
        Errors.option what $"at least {least}" (string value)

/// Refuses shares that leave nothing.
let rate (what: string) (value: float) =
    if not (value >= 0.0 && value < 1.0) then
        Errors.option what "at least 0 and below 1" (number value)

/// Refuses what, added to a variance of 0, leaves it.
let epsilon (kind: string) (value: float) =
    if not (value > 0.0) then
        Errors.option $"epsilon of {kind}" "above 0" (number value)

let allAtLeast (least: int) (what: string) (values: int[]) = values |> Array.iter (atLeast least what)

/// The shape of one example of a batch.
let example (layer: string) (x: Tensor) : Shape =
    if x.Rank = 0 then
        Errors.rank layer "a batch [N, …]" x.Shape

    Shape.Adopt(x.Shape.ToArray()[1..])

/// Refuses batches of examples with fewer axes than a layer works along, which would take the batch's for one of them.
let hasAxes (layer: string) (axes: int) (x: Tensor) =
    if x.Rank <= axes then
        Errors.rank layer $"a batch [N, …] of examples with at least {axes} axes" x.Shape

/// One number an axis, from one for all or one each.
let perAxis (what: string) (axes: int) (values: int[]) : int[] =
    match values.Length with
    | 1 -> Array.replicate axes values[0]
    | n when n = axes -> values
    | n -> Errors.option what $"1 number or {axes}, one for each axis" $"{n} numbers"

/// Outputs are equal up to rounding: processors sum in different orders.
module DeepFun.Notebooks.Tests.Comparison

open System
open System.Globalization
open System.Text.RegularExpressions

let private numbers = Regex(@"-?\d+(\.\d*)?([eE][+-]?\d{1,3})?", RegexOptions.Compiled)

/// The value of one in the last place that is written: 0.01 for 3.14, 10 for 3.1E2.
let private lastPlace (text: string) =
    let parts = text.ToUpperInvariant().Split 'E'
    let exponent = if parts.Length > 1 then int parts[1] else 0
    let point = parts[0].IndexOf '.'
    let decimals = if point < 0 then 0 else parts[0].Length - point - 1
    Math.Pow(10.0, float (exponent - decimals))

let private isWhole (text: string) = text.IndexOfAny [| '.'; 'e'; 'E' |] < 0

/// Above this a unit in the last place is no rounding: 0.1 is short for 0.100000 as often as it is rounded.
let private largestUnit = 0.01

/// Whole numbers must be equal; of others the finer one may differ by a unit in its last place, or by a hundred thousandth of its value.
let private sameNumber (a: string) (b: string) =
    let value (text: string) = Double.Parse(text, CultureInfo.InvariantCulture)

    if a = b then
        true
    elif isWhole a && isWhole b then
        false
    else
        let x, y = value a, value b
        let unit = min (lastPlace a) (lastPlace b)
        // A little more than the unit, which has no exact binary form.
        let rounding = if unit > 1.001 * largestUnit then 0.0 else 1.001 * unit
        abs (x - y) <= max rounding (1e-5 * max (abs x) (abs y))

let sameText (a: string) (b: string) =
    let found (text: string) = [ for m in numbers.Matches text -> m.Value ]
    let rest (text: string) = numbers.Replace(text, "0")
    let xs, ys = found a, found b
    rest a = rest b && xs.Length = ys.Length && List.forall2 sameNumber xs ys

let sameOutputs (a: (string * string) list) (b: (string * string) list) =
    a.Length = b.Length && List.forall2 (fun (kindA, textA) (kindB, textB) -> kindA = kindB && sameText textA textB) a b

/// Amounts as people read them: 1.50 GFLOP, 3.21 MiB.
module internal DeepFun.Quantity

open System
open System.Globalization

let private scaled (step: float) (units: string[]) (value: float) : string =
    let rec go value unit = if value >= step && unit < units.Length - 1 then go (value / step) (unit + 1) else value, unit
    let value, unit = go value 0

    let digits =
        if value = Math.Floor value && unit = 0 then "F0"
        elif value < 10.0 then "F2"
        elif value < 100.0 then "F1"
        else "F0"

    $"{value.ToString(digits, CultureInfo.InvariantCulture)} {units[unit]}"

/// Operations: FLOP, kFLOP, ….
let operations (value: float) : string = scaled 1000.0 [| "FLOP"; "kFLOP"; "MFLOP"; "GFLOP"; "TFLOP"; "PFLOP" |] value

/// Bytes: B, KiB, ….
let bytes (value: float) : string = scaled 1024.0 [| "B"; "KiB"; "MiB"; "GiB"; "TiB" |] value

/// Three digits or so: 0.123, 4.56, 78.9, 1234.
let number (value: float) : string =
    let digits =
        if value < 1.0 then "F3"
        elif value < 10.0 then "F2"
        elif value < 100.0 then "F1"
        else "F0"

    value.ToString(digits, CultureInfo.InvariantCulture)

/// A share: 12.3 %.
let share (value: float) : string = (100.0 * value).ToString("F1", CultureInfo.InvariantCulture) + " %"

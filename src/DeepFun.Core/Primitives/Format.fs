/// Tensors as text, the way NumPy prints them.
module internal DeepFun.Format

open System
open System.Globalization
open System.Text

/// Tensors above this size show only the edges of each axis.
let private summarizeAbove = 1000
let private edge = 3

/// The number with the fewest digits that a dtype of 16 bits rounds to v: what was written as 0.1 reads as 0.1.
let private shortest (nearest: float -> float) (v: float) =
    let digits n = Double.Parse(v.ToString($"E{n}", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
    if Double.IsFinite v then Seq.init 6 digits |> Seq.find (fun d -> nearest d = v) else v

let private number (dtype: DType) (v: float) =
    match dtype with
    | DType.Bool -> if v <> 0.0 then "true" else "false"
    | dtype when DTypes.IsFloating dtype ->
        let v =
            match dtype with
            | DType.Float16 -> shortest (fun d -> float (Half.op_Explicit d: Half)) v
            | DType.BFloat16 -> shortest (fun d -> float (BFloat16.op_Explicit d: BFloat16)) v
            | _ -> v

        let text = v.ToString("G6", CultureInfo.InvariantCulture)
        // A float shows that it is one: 1 would be an integer.
        if text.AsSpan().IndexOfAny("0123456789") >= 0 && text.IndexOfAny [| '.'; 'E' |] < 0 then
            text + "."
        else
            text
    | _ -> v.ToString(CultureInfo.InvariantCulture)

/// The places of an axis that are shown, −1 for those left out.
let private shown edge size =
    if size <= 2 * edge + 1 then
        [| 0 .. size - 1 |]
    else
        Array.concat [ [| 0 .. edge - 1 |]; [| -1 |]; [| size - edge .. size - 1 |] ]

/// The indices of an element by its row-major number.
let place (shape: Shape) (k: int) : int[] =
    let sizes = shape.ToArray()
    sizes |> Array.mapi (fun axis n -> k / Array.fold (*) 1 sizes[axis + 1 ..] % n)

/// Row-major values under a shape, in nested brackets.
let values (dtype: DType) (shape: Shape) (value: int -> float) : string =
    let summarize = shape.Size > summarizeAbove
    let places axis = if summarize then shown edge shape[axis] else [| 0 .. shape[axis] - 1 |]

    let rec texts axis offset : string list =
        if axis = shape.Rank then
            [ number dtype (value offset) ]
        else
            [
                for i in places axis do
                    if i >= 0 then
                        yield! texts (axis + 1) (offset * shape[axis] + i)
            ]

    let width = texts 0 0 |> List.fold (fun w t -> max w t.Length) 0
    let out = StringBuilder()

    let rec write axis offset (indent: string) =
        if axis = shape.Rank then
            out.Append((number dtype (value offset)).PadLeft width) |> ignore
        else
            out.Append '[' |> ignore
            let separator = if axis = shape.Rank - 1 then ", " else ",\n" + indent + " "

            places axis
            |> Array.iteri (fun n i ->
                if n > 0 then
                    out.Append separator |> ignore

                if i < 0 then
                    out.Append "…" |> ignore
                else
                    write (axis + 1) (offset * shape[axis] + i) (indent + " "))

            out.Append ']' |> ignore

    write 0 0 ""
    out.ToString()

let private escape (text: string) = text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("\"", "&quot;")

/// Text as a block of HTML, its line ends kept.
let block (text: string) = $"<pre class=\"deepfun-tensor\">{escape text}</pre>"

/// A grid wider or higher than this shows the edges of the axis, so many places each.
let private gridEdge = 8

/// A number, a row or a matrix as a table of HTML, under a line with dtype and shape. Axes of more than 17 places show their edges.
let grid (dtype: DType) (about: string) (shape: Shape) (value: int -> float) : string =
    let rows, columns =
        match shape.Rank with
        | 0 -> 1, 1
        | 1 -> 1, shape[0]
        | _ -> shape[0], shape[1]

    let row i =
        let cell j =
            if i < 0 then "⋮"
            elif j < 0 then "…"
            else number dtype (value (i * columns + j))

        shown gridEdge columns |> Array.map (fun j -> $"<td>{cell j}</td>") |> String.concat ""

    let body = shown gridEdge rows |> Array.map (fun i -> $"<tr>{row i}</tr>") |> String.concat ""

    "<table class=\"deepfun-tensor\" style=\"font-family:monospace;text-align:right\">"
    + $"<caption style=\"caption-side:bottom;text-align:left;white-space:nowrap;opacity:0.7\">{escape about}</caption><tbody>{body}</tbody></table>"

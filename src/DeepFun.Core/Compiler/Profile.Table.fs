/// A profile as a table.
module internal DeepFun.ProfileTable

open System

let private titleWidth = 56
let private leastShare = 0.001
let private cut (text: string) = if text.Length <= titleWidth then text else text[.. titleWidth - 2] + "…"

let columns = [| "step"; "calls"; "median ms"; "total ms"; "share"; "GFLOP/s"; "GB/s"; "roofline" |]

/// A row's cells behind the title.
let figures (row: ProfileRow) : string[] =
    [|
        string row.Calls
        Quantity.number row.MedianMilliseconds
        Quantity.number row.TotalMilliseconds
        Quantity.share row.Share
        Quantity.number row.GigaflopsPerSecond
        Quantity.number row.GigabytesPerSecond
        Quantity.share row.RooflineShare
    |]

let rec private under (depth: int) (rows: ProfileRow[]) : (int * ProfileRow) list =
    [
        for row in rows |> Array.sortByDescending _.TotalMilliseconds do
            if row.Share >= leastShare then
                depth, row
                yield! under (depth + 1) row.Steps
    ]

/// The rows with their depth: the longest first, what is inside of it below. What takes next to nothing is left out.
let rows (p: Profiled) : (int * ProfileRow) list = under 0 p.Rows

let rec private count (rows: ProfileRow[]) : int = rows |> Array.sumBy (fun row -> 1 + count row.Steps)

/// How many rows are left out, and why; empty if none.
let leftOut (p: Profiled) : string =
    match count p.Rows - (rows p).Length with
    | 0 -> ""
    | n -> $"{n} more steps that take less than {Quantity.share leastShare} each"

/// What stands above the table.
let heading (p: Profiled) : string list =
    let between = max 0.0 (1.0 - (p.Rows |> Array.sumBy _.Share))

    [
        $"{Quantity.number (1e3 * p.Median)} ms a run (median of {p.Runs}), {Quantity.share between} of the time between the steps"
        $"{Quantity.operations (float p.Cost.Operations)}, {Quantity.bytes (float p.Cost.BytesMoved)} moved, \
          {Quantity.bytes (float p.Cost.PeakBytes)} at most at once beside the argument"
        $"the machine: {p.Limit.Threads} threads, {Quantity.number (p.Limit.Operations / 1e9)} GFLOP/s of multiply-adds, \
          {Quantity.number (p.Limit.MemoryBandwidth / 1e9)} GB/s of copies in memory"
    ]

/// The whole as text.
let write (p: Profiled) : string =
    let body =
        rows p |> List.map (fun (depth, row) -> Array.append [| cut (String(' ', 2 * depth) + row.Title) |] (figures row))

    let width i = columns :: body |> List.map (fun line -> line[i].Length) |> List.max
    let widths = Array.init columns.Length width

    let line (texts: string[]) =
        texts
        |> Array.mapi (fun i text -> if i = 0 then text.PadRight widths[i] else text.PadLeft widths[i])
        |> String.concat "  "

    let rule = String('─', Array.sum widths + 2 * (widths.Length - 1))
    String.Join("\n", heading p @ [ rule; line columns; rule ] @ List.map line body @ [ rule; leftOut p ]).TrimEnd()

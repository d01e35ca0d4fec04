/// A profile as a page: a flame chart of the steps, and the table. It needs nothing else, no script either, and is well-formed XML too.
module internal DeepFun.ProfilePage

open System
open System.Globalization
open System.Net
open System.Text

// Two sets of colours, as the reader prefers light or dark. The bars are pale in both and their text is dark.
let private style =
    """
:root { color-scheme: light dark; --page: #ffffff; --text: #1c2430; --soft: #5b6675; --line: #dfe3e9; }
@media (prefers-color-scheme: dark) { :root { --page: #181d23; --text: #e3e8ee; --soft: #98a4b3; --line: #2d353f; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 1.25rem; background: var(--page); color: var(--text);
  font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", sans-serif; }
h1 { margin: 0 0 0.5rem; font-size: 1.25rem; }
p { margin: 0.15rem 0; color: var(--soft); }
.flame { position: relative; margin: 1rem 0; }
.flame div { position: absolute; height: 25px; padding: 2px 0 0 4px; overflow: hidden; white-space: nowrap; font-size: 12px; color: #1c2430;
  border: 1px solid var(--page); border-radius: 3px; }
.whole { background: #c9ced6; } .product { background: #f4b183; } .loop { background: #9cc3ec; } .block { background: #d3bff0; }
.other { background: #b7dba8; }
.legend span { margin-right: 1rem; padding: 0.1rem 0.5rem; border-radius: 3px; color: #1c2430; font-size: 12px; }
.table { overflow-x: auto; }
table { margin-top: 1rem; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.25rem 0.6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
thead th { color: var(--soft); font-size: 0.85em; font-weight: 600; }
"""

/// Text for content or an attribute; a name may hold characters that XML has no way to write.
let private escape (text: string) = WebUtility.HtmlEncode(String.map (fun c -> if Char.IsControl c then ' ' else c) text)

let private percent (value: float) = (100.0 * value).ToString("0.####", CultureInfo.InvariantCulture) + "%"

let private kindClass (kind: StepKind) =
    match kind with
    | StepKind.Product -> "product"
    | StepKind.Loop -> "loop"
    | StepKind.Block -> "block"
    | StepKind.Other -> "other"

let private barHeight = 26

let rec private depth (rows: ProfileRow[]) : int =
    if rows.Length = 0 then 0 else 1 + (rows |> Array.map (fun row -> depth row.Steps) |> Array.max)

/// What appears when the pointer rests on a bar.
let private about (row: ProfileRow) =
    Array.map2 (fun (name: string) value -> $"{name} {value}") ProfileTable.columns[1..] (ProfileTable.figures row)
    |> String.concat ", "

let private bar (left: float) (width: float) (level: int) (name: string) (title: string) (text: string) =
    $"<div class=\"{name}\" style=\"left:{percent left};width:{percent width};top:{level * barHeight}px\" title=\"{escape title}\">{escape text}</div>\n"

/// The bars of rows one after another from the left; below each what is inside of it.
let rec private bars (page: StringBuilder) (left: float) (level: int) (rows: ProfileRow[]) : unit =
    let mutable at = left

    for row in rows do
        page.Append(bar at row.Share level (kindClass row.Kind) $"{row.Title}: {about row}" row.Title) |> ignore
        bars page at (level + 1) row.Steps
        at <- at + row.Share

let private flame (p: Profiled) : string =
    let page = StringBuilder()
    let whole = $"{Quantity.number (1e3 * p.Median)} ms"
    page.Append($"<div class=\"flame\" style=\"height:{(1 + depth p.Rows) * barHeight}px\">\n") |> ignore
    page.Append(bar 0.0 1.0 0 "whole" $"a run: {whole}" $"a run: {whole}") |> ignore
    bars page 0.0 1 p.Rows
    page.Append("</div>\n").ToString()

let private table (p: Profiled) : string =
    let heads = ProfileTable.columns |> Array.map (fun name -> $"<th scope=\"col\">{name}</th>") |> String.concat ""

    let line (depth: int, row: ProfileRow) =
        let cells = ProfileTable.figures row |> Array.map (fun cell -> $"<td>{cell}</td>") |> String.concat ""
        $"<tr><td style=\"padding-left:{(float depth * 1.5 + 0.6).ToString(CultureInfo.InvariantCulture)}rem\">{escape row.Title}</td>{cells}</tr>\n"

    let body = ProfileTable.rows p |> List.map line |> String.concat ""
    $"<div class=\"table\"><table><thead><tr>{heads}</tr></thead><tbody>\n{body}</tbody></table></div>\n<p>{ProfileTable.leftOut p}</p>\n"

/// The whole page.
let write (p: Profiled) : string =
    let paragraphs = ProfileTable.heading p |> List.map (fun line -> $"<p>{escape line}</p>\n") |> String.concat ""

    String.concat
        ""
        [
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\" />\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\" />\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n<meta name=\"color-scheme\" content=\"light dark\" />\n"
            $"<title>Profile</title>\n<style>{style}</style>\n</head>\n<body>\n<h1>Where the time goes</h1>\n"
            paragraphs
            flame p
            "<p class=\"legend\"><span class=\"product\">products and convolutions</span><span class=\"loop\">fused loops</span>"
            "<span class=\"block\">loops and branches</span><span class=\"other\">other operations</span></p>\n"
            table p
            "</body>\n</html>\n"
        ]

/// The page in a frame of its own, which keeps its style from the notebook around it.
let frame (p: Profiled) : string =
    $"<iframe title=\"Profile\" sandbox=\"\" style=\"width:100%%;height:40em;border:0\" srcdoc=\"{WebUtility.HtmlEncode(write p)}\"></iframe>"

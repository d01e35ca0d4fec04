/// Writes all mutants into one program: an expression becomes `if Mutant.Off 3 then right else wrong`, and a number chooses.
module DeepFun.Mutation.Instrument

open System
open System.Text
open System.Text.RegularExpressions
open DeepFun.Mutation.Sites

/// One way to be wrong.
type Mutant = { Id: int; File: string; Line: int; Original: string; Replacement: string }

/// The switch, first file of the copied project. `Stop` ends a mutant that loops.
let switch =
    """module DeepFun.Mutant
let mutable Active = 0
let mutable Stop = false
let Reached: bool[] = Array.zeroCreate 20000
let Is (k: int) : bool =
    if Stop then
        raise (System.OperationCanceledException())
    Reached[k] <- true
    Active = k
let Off (k: int) : bool = not (Is k)
"""

/// One line with its sites, outer ones first, rewritten; fresh gives numbers.
let private rewrite (line: string) (sites: Site list) (fresh: Site -> string -> int) : string =
    let rec render start stop (sites: Site list) : string =
        let text = StringBuilder()

        let rec go at (sites: Site list) =
            match sites with
            | [] -> text.Append(line, at, stop - at) |> ignore
            | s :: rest ->
                let inner, after = rest |> List.partition (fun t -> t.Start < s.Stop)
                text.Append(line, at, s.Start - at) |> ignore
                text.Append "(" |> ignore

                let numbered = s.Alternatives |> List.map (fun wrong -> fresh s wrong, wrong)
                // The right expression first: then it is the wrong one that does not fit where types differ.
                let off = String.Join(" && ", numbered |> List.map (fun (id, _) -> $"DeepFun.Mutant.Off {id}"))
                text.Append($"if {off} then (").Append(render s.Start s.Stop inner).Append(")") |> ignore
                let last = numbered.Length - 1

                numbered
                |> List.iteri (fun i (id, wrong) ->
                    let choice = if i = last then $" else (* {id} *) (" else $" elif DeepFun.Mutant.Is {id} then ("
                    text.Append(choice).Append(wrong).Append(")") |> ignore)

                text.Append ")" |> ignore
                go s.Stop after

        go start sites
        text.ToString()

    render 0 line.Length sites

/// The text with every mutant that is wanted (by line, original and replacement), and these mutants, numbered from a first on.
let apply (file: string) (text: string) (wanted: int -> string -> string -> bool) (first: int) : string * Mutant list =
    let lines = text.Split '\n'
    let mutants = ResizeArray<Mutant>()

    let fresh (line: string) (s: Site) (wrong: string) =
        let id = first + mutants.Count

        mutants.Add
            {
                Id = id
                File = file
                Line = s.Line
                Original = line.Substring(s.Start, s.Stop - s.Start)
                Replacement = wrong
            }

        id

    let chosen (s: Site) =
        let original = lines[s.Line - 1].Substring(s.Start, s.Stop - s.Start)
        { s with Alternatives = s.Alternatives |> List.filter (wanted s.Line original) }

    let byLine =
        find file text |> List.map chosen |> List.filter (fun s -> not s.Alternatives.IsEmpty) |> List.groupBy _.Line |> dict

    let rewritten =
        lines
        |> Array.mapi (fun i line ->
            match byLine.TryGetValue(i + 1) with
            | true, sites -> rewrite line sites (fresh line)
            | _ -> line)

    String.Join("\n", rewritten), List.ofSeq mutants

/// The mutant whose text a column of a rewritten line lies in; none when it lies in the original.
let at (mutants: Mutant list) (line: string) (column: int) : Mutant option =
    let places =
        [
            for m in Regex.Matches(line, @"(?:Mutant\.Is (\d+) then|else \(\* (\d+) \*\)) \(") ->
                int (m.Groups[1].Value + m.Groups[2].Value), m.Index + m.Length
        ]

    places
    |> List.tryPick (fun (id, start) ->
        mutants
        |> List.tryFind (fun m -> m.Id = id)
        |> Option.filter (fun m -> column >= start - 1 && column <= start + m.Replacement.Length))

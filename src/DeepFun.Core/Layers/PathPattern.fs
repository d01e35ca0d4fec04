/// Patterns of paths: names between slashes, in which * and ? stand for characters of one name and ** for any number of names.
module internal DeepFun.PathPattern

open System.Text.RegularExpressions

let private nameLike (pattern: string) : string -> bool =
    if pattern.Contains '*' || pattern.Contains '?' then
        let text = Regex.Escape(pattern).Replace("\\*", ".*").Replace("\\?", ".")
        let regex = Regex($"\\A{text}\\z", RegexOptions.CultureInvariant)
        regex.IsMatch
    else
        (=) pattern

/// None: any number of names. Some: one name.
let private parts (pattern: string) : (string -> bool) option list =
    [ for part in pattern.Split '/' -> if part = "**" then None else Some(nameLike part) ]

/// Whether a path has the pattern.
let matches (pattern: string) : string -> bool =
    let rec go (parts: (string -> bool) option list) (names: string list) : bool =
        match parts, names with
        | [], [] -> true
        | [], _ :: _ -> false
        | None :: rest, [] -> go rest []
        | None :: rest, _ :: more -> go rest names || go parts more
        | Some _ :: _, [] -> false
        | Some like :: rest, name :: more -> like name && go rest more

    let parts = parts pattern
    fun path -> go parts (if path = "" then [] else List.ofArray (path.Split '/'))

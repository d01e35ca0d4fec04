/// The exact message of every error that a bad call can raise, and the page that lists them.
module DeepFun.Core.Tests.Golden.ErrorTests

open System
open System.IO
open System.Text.RegularExpressions
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

/// Every bad call; each area of the library lists its own beside BadCalls.fs.
let private calls: (string * (unit -> unit)) list =
    List.concat
        [
            BadCalls.calls
            ControlBadCalls.calls
            BadCallsOfOperations.calls
            BadDerivativeCalls.calls
            BadCallsOfDTypes.calls
            RandomCalls.calls
            LinalgBadCalls.calls
            SolverBadCalls.calls
            SequenceBadCalls.calls
            OptimizerBadCalls.calls
            LossBadCalls.calls
            LayerBadCalls.calls
            ProfileBadCalls.calls
        ]

/// Codes of these families that no call of the public functions raises, and why.
let private unreachable =
    Map
        [
            "DF0104", "the public constructors count values before the backend counts bytes"
            "DF0106", "maxPool limits padding to half a window"
            "DF0120", "geometries are checked by the functions that make them"
            "DF0142", "qr and svd transpose a wide matrix before inference sees it"
            "DF0111", "public operations broadcast before they bind"
            "DF0201", "inference refuses the dtype before the backend"
            "DF0304", "parameters belong to the layers, whose tests raise it"
            "DF0305", "parameters belong to the layers, whose tests raise it"
            "DF0408", "a defect of a pass"
            "DF0441", "its text names the caller's line; the checkers' tests raise it"
        ]

/// The literals that follow a code in a source, joined.
let private messages (source: string) : (string * string) list =
    let literal = "\\$?\"((?:[^\"\\\\]|\\\\.|\\\\\\r?\\n)*)\""

    [
        for m in Regex.Matches(source, $"\"(DF\\d{{4}})\",?\\s*({literal}(?:\\s*\\+\\s*{literal})*)", RegexOptions.Singleline) do
            let parts = Regex.Matches(m.Groups[2].Value, literal, RegexOptions.Singleline)
            let text = parts |> Seq.map _.Groups[1].Value |> String.concat ""
            m.Groups[1].Value, Regex.Replace(text, "\\\\\\r?\\n\\s*", "").Replace("\\\"", "\"")
    ]

/// `{DTypes.Name x}` → {x}: a reader sees what stands there, not how it is written.
let private readable (template: string) =
    Regex.Replace(
        template,
        "\\{([^{}]*)\\}",
        fun m ->
            let inside = m.Groups[1].Value
            let call = Regex.Match(inside, "^[\\w.]+(?:\\((\\w+)\\)| (\\w+))$")

            if call.Success then $"{{{call.Groups[1].Value}{call.Groups[2].Value}}}" else m.Value
    )

let private sources () : (string * string) list =
    [
        for folder in [ "DeepFun.Backends"; "DeepFun.Core"; "DeepFun.CSharp"; "DeepFun.Torch" ] do
            let path = Path.Combine(repository, "src", folder)

            if Directory.Exists path then
                for file in Directory.EnumerateFiles(path, "*.*", SearchOption.AllDirectories) do
                    let relative = Path.GetRelativePath(path, file).Replace('\\', '/')

                    if (file.EndsWith ".fs" || file.EndsWith ".cs") && not (relative.StartsWith "obj/" || relative.StartsWith "bin/") then
                        yield! messages (File.ReadAllText file)
    ]
    |> List.distinct
    |> List.sortWith (fun a b -> String.CompareOrdinal(fst a, fst b) |> fun c -> if c <> 0 then c else String.CompareOrdinal(snd a, snd b))

[<Fact>]
let ``every message is as recorded`` () =
    let lines =
        calls
        |> List.map (fun (name, call) ->
            let _, message = errorOf call
            $"{name}\n    {message}\n")

    golden "tests/DeepFun.Core.Tests/Golden/errors.txt" (String.concat "\n" lines)

[<Fact>]
let ``every code of the core is raised by a call, or has a reason not to be`` () =
    let raised = calls |> List.map (snd >> errorOf >> fst) |> Set.ofList

    let written =
        sources ()
        |> List.map fst
        |> List.filter (fun c -> c.StartsWith "DF01" || c.StartsWith "DF02" || c.StartsWith "DF03" || c.StartsWith "DF04")
        |> Set.ofList

    let core =
        Directory.EnumerateFiles(Path.Combine(repository, "src/DeepFun.Core"), "Errors*.fs")
        |> Seq.collect (fun file -> Regex.Matches(File.ReadAllText file, "DF0[1-4]\\d\\d") |> Seq.map _.Value)
        |> Set.ofSeq

    let unread = core - written |> Set.filter (fun c -> c.Length = 6)
    Assert.Equal<Set<string>>(Set.empty, unread)
    Assert.Equal<Set<string>>(Set.empty, core - raised - Set.ofSeq unreachable.Keys)
    Assert.Equal<Set<string>>(Set.empty, Set.intersect raised (Set.ofSeq unreachable.Keys))

[<Fact>]
let ``messages are sentences that say what to do`` () =
    for name, call in calls do
        let _, message = errorOf call
        Assert.True(Regex.IsMatch(message, "[.?]$"), $"{name}: {message}")
        Assert.DoesNotContain("  ", message)
        // What is wrong, and then what to do.
        Assert.True(Regex.IsMatch(message, "[.;:] ."), $"{name}: {message}")

[<Fact>]
let ``the page of errors says what the sources say`` () =
    let entries =
        sources ()
        |> List.groupBy fst
        |> List.map (fun (code, all) ->
            let texts = all |> List.map (fun (_, t) -> $"> {readable t}") |> String.concat "\n>\n"
            $"## {code}\n\n{texts}\n")

    let head =
        "# Errors\n\nEvery error of the library has a code and says the operation, the rule, what came, and what to do. \
         Words in braces are filled in.\nThis page is generated from the sources by the tests of the core (`DEEPFUN_UPDATE_GOLDEN=1`).\n"

    golden "docs/errors.md" (String.concat "\n" (head :: entries))

/// A copy of what the laws need, with the mutants in it, built once.
module DeepFun.Mutation.Copy

open System
open System.Collections.Generic
open System.Diagnostics
open System.IO
open System.Text.RegularExpressions
open DeepFun.Mutation.Instrument

/// Files of rules, under src/DeepFun.Core. A family's rules in a file of their own (Jvp.Linalg.fs) belong to it.
let private ruleFamilies = set [ "Jvp"; "Transpose"; "Vmap"; "Infer" ]

let isRuleFile (path: string) = ruleFamilies.Contains((Path.GetFileName path).Split('.')[0])

let private copyTree (source: string) (target: string) =
    for file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories) do
        let relative = Path.GetRelativePath(source, file)
        let parts = relative.Split Path.DirectorySeparatorChar

        if not (Array.contains "bin" parts || Array.contains "obj" parts) then
            let copy = Path.Combine(target, relative)
            Directory.CreateDirectory(Path.GetDirectoryName copy) |> ignore
            File.Copy(file, copy, true)

let private testProject = "tests/DeepFun.Core.Tests"

/// Beside the laws: tests of what has no rows in them (blocks, derivatives of samples).
let private moreTests =
    set
        [
            "Random/Statistics.fs"
            "Random/ReparameterizationTests.fs"
            "Transformations/ScanTests.fs"
            "Transformations/ControlTests.fs"
            "Transformations/CustomRuleTests.fs"
            "Transformations/JetBlockTests.fs"
        ]

/// Only the laws, these tests and what both stand on, so that the build is short.
let private trimTests (root: string) =
    let project = Path.Combine(root, testProject, "DeepFun.Core.Tests.fsproj")

    let kept (line: string) =
        let m = Regex.Match(line, "<(Compile|None) Include=\"([^\"]*)\"")

        not m.Success
        || m.Groups[1].Value = "Compile"
           && (m.Groups[2].Value = "Reference/Numbers.fs"
               || m.Groups[2].Value.StartsWith "Laws/"
               || moreTests.Contains m.Groups[2].Value)

    File.WriteAllLines(project, File.ReadAllLines project |> Array.filter kept)

/// Copies the sources; nothing is mutated yet.
let make (repository: string) (root: string) =
    if Directory.Exists root then
        Directory.Delete(root, true)

    for folder in [ "src/DeepFun.Backends"; "src/DeepFun.Core"; testProject; ".paket" ] do
        copyTree (Path.Combine(repository, folder)) (Path.Combine(root, folder))

    for file in [ "Directory.Build.props"; "global.json"; "paket.dependencies"; "paket.lock"; ".config/dotnet-tools.json" ] do
        let copy = Path.Combine(root, file)
        Directory.CreateDirectory(Path.GetDirectoryName copy) |> ignore
        File.Copy(Path.Combine(repository, file), copy)

    trimTests root
    let core = Path.Combine(root, "src/DeepFun.Core")
    File.WriteAllText(Path.Combine(core, "Mutant.fs"), switch)
    let project = Path.Combine(core, "DeepFun.Core.fsproj")
    let text = File.ReadAllText project
    let first = text.IndexOf "<Compile "
    File.WriteAllText(project, text.Insert(first, "<Compile Include=\"Mutant.fs\" />\n    "))

let private build (root: string) (project: string) : string * int =
    let arguments =
        [
            "build"
            project
            "-c"
            "Release"
            "-v"
            "q"
            "--nologo"
            "-nodeReuse:false"
            "-p:PaketDisableGlobalRestore=true"
            "-p:TreatWarningsAsErrors=false"
        ]

    let info =
        ProcessStartInfo("dotnet", arguments, WorkingDirectory = root, RedirectStandardOutput = true, UseShellExecute = false)

    use p = Process.Start info
    let output = p.StandardOutput.ReadToEnd()
    p.WaitForExit()
    output, p.ExitCode

/// Writes the mutants of all rule files and builds. A mutant that does not compile is no mutant: it is left out of the next try.
let rec private attempt (repository: string) (root: string) (spoiled: HashSet<string * int * string * string>) (tries: int) : Mutant list =
    let core = Path.Combine(repository, "src/DeepFun.Core")

    let files =
        Directory.GetFiles(core, "*.fs", SearchOption.AllDirectories)
        |> Array.filter isRuleFile
        |> Array.sortWith (fun a b -> String.CompareOrdinal(a, b))

    let mutants = ResizeArray<Mutant>()

    for file in files do
        let relative = Path.GetRelativePath(core, file).Replace('\\', '/')

        let text, found =
            apply
                relative
                (File.ReadAllText file)
                (fun line original wrong ->
                    not (spoiled.Contains((relative, line, original, wrong)) || spoiled.Contains((relative, line, "", ""))))
                (mutants.Count + 1)

        File.WriteAllText(Path.Combine(root, "src/DeepFun.Core", relative), text)
        mutants.AddRange found

    let built =
        match build root "src/DeepFun.Core" with
        | _, 0 -> build root testProject
        | failed -> failed

    match built with
    | _, 0 -> List.ofSeq mutants
    | output, _ ->
        let errors =
            [
                for m in Regex.Matches(output, @"src/DeepFun\.Core/([\w./]+)\((\d+),(\d+)\): error") ->
                    m.Groups[1].Value, int m.Groups[2].Value, int m.Groups[3].Value
            ]
            |> List.distinct

        if errors.IsEmpty || tries = 0 then
            invalidOp $"the copy in {root} does not build:\n{output}"

        for file, line, column in errors do
            let text = (File.ReadAllLines(Path.Combine(root, "src/DeepFun.Core", file)))[line - 1]
            let here = mutants |> Seq.filter (fun m -> m.File = file && m.Line = line) |> List.ofSeq

            // Far from every mutant's text the whole line is left alone.
            match Instrument.at here text (column - 1) with
            | Some m -> spoiled.Add((file, line, m.Original, m.Replacement)) |> ignore
            | None -> spoiled.Add((file, line, "", "")) |> ignore

        eprintfn $"{errors.Length} mutants do not compile and are left out"
        attempt repository root spoiled (tries - 1)

/// The mutants that were built, and the test assembly that holds them.
let prepare (repository: string) (root: string) : Mutant list * string =
    make repository root
    let mutants = attempt repository root (HashSet()) 12
    mutants, Path.Combine(root, testProject, "bin/Release/net10.0/DeepFun.Core.Tests.dll")

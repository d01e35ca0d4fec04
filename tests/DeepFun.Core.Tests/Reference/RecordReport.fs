/// The comparisons with PyTorch's records, all of them, as the rows of a table: ./build.sh differential records prints it, docs/concepts.md shows it.
module DeepFun.Core.Tests.RecordReport

open System
open System.IO
open System.Reflection
open System.Text.RegularExpressions
open DeepFun.Core.Tests.Numbers
open Xunit
open Xunit.Sdk

/// The tests of the modules that compare with PyTorch: those with the trait.
let private tests () : MethodInfo list =
    [
        for t in Assembly.GetExecutingAssembly().GetTypes() do
            let isOne (a: CustomAttributeData) =
                a.AttributeType = typeof<TraitAttribute>
                && [ for x in a.ConstructorArguments -> string x.Value ] = [ "Oracle"; "PyTorch" ]

            if Seq.exists isOne (t.GetCustomAttributesData()) then
                for m in t.GetMethods(BindingFlags.Public ||| BindingFlags.Static ||| BindingFlags.DeclaredOnly) do
                    if not (isNull (m.GetCustomAttribute<FactAttribute>())) then
                        m
    ]

/// Runs them. An error for each that fails; the differences are in Records.
let internal run () : string list =
    [
        for test in tests () do
            let arguments =
                match List.ofSeq (test.GetCustomAttributes<DataAttribute>()) with
                | [] -> [ [||] ]
                | data ->
                    [
                        for d in data do
                            yield! d.GetData test
                    ]

            for given in arguments do
                try
                    test.Invoke(null, given) |> ignore
                with :? TargetInvocationException as e ->
                    $"{test.DeclaringType.Name}, {test.Name} %A{given}: {e.InnerException.Message}"
    ]

let internal head = "| group | dtype | compared | cases | largest difference | its case |\n|---|---|---|---|---|---|"

[<Fact>]
let ``the page's table is what is printed`` () =
    Assert.Empty(run ())

    let onPage =
        [
            for m in
                Regex.Matches(
                    File.ReadAllText(Path.Combine(repository, "docs", "concepts.md")),
                    @"^\| (.+ \| float\d+ \| \d+ \| \d+) \| (\S+) \|",
                    RegexOptions.Multiline
                ) do
                m.Groups[1].Value, Double.Parse m.Groups[2].Value
        ]

    let rows = Records.rows ()
    Assert.Equal<string list>([ for r in rows -> $"{r.Group} | {r.DType} | {r.Subjects} | {r.Cases}" ], List.map fst onPage)

    // Sums go in the order of the processor's vectors, so that the last digits are not the same everywhere.
    for r, (_, largest) in List.zip rows onPage do
        Assert.True(r.Largest <= 10.0 * largest, $"{r.Group}, {r.DType}: {r.Largest} at {r.Where}, {largest} on the page")

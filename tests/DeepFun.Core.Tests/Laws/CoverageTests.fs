/// No primitive without a row: a new union case fails here until the table has it.
module DeepFun.Core.Tests.Laws.CoverageTests

open System
open System.Reflection
open Microsoft.FSharp.Reflection
open DeepFun
open Xunit

let private everything = BindingFlags.Public ||| BindingFlags.NonPublic

/// The field that says which operation a case is: a sub-union, or an enumeration of the backend.
let private refinement (case: UnionCaseInfo) =
    case.GetFields()
    |> Array.tryFind (fun p ->
        p.PropertyType.IsEnum
        || (FSharpType.IsUnion(p.PropertyType, everything) && p.PropertyType.Assembly = typeof<Prim>.Assembly))

/// Every operation as text: Unary.Neg, Contract.Convolution.Forward, Select, …
let rec private all (t: Type) : string list =
    if t.IsEnum then
        List.ofArray (Enum.GetNames t)
    else
        [
            for case in FSharpType.GetUnionCases(t, everything) do
                match refinement case with
                | Some field ->
                    for inner in all field.PropertyType do
                        $"{case.Name}.{inner}"
                | None -> case.Name
        ]

let rec internal nameOf (value: obj) (t: Type) : string =
    if t.IsEnum then
        string value
    else
        let case, fields = FSharpValue.GetUnionFields(value, t, everything)

        match refinement case with
        | Some field ->
            let at = Array.IndexOf(case.GetFields() |> Array.map _.Name, field.Name)
            $"{case.Name}.{nameOf fields[at] field.PropertyType}"
        | None -> case.Name

[<Fact>]
let ``every primitive has a row`` () =
    let needed = all typeof<Prim> |> Set.ofList
    let present = Products.table |> List.map (fun row -> nameOf row.Prim typeof<Prim>) |> Set.ofList
    Assert.True(needed.Count > 80, $"the union was not enumerated: {needed.Count}")
    Assert.Equal<Set<string>>(Set.empty, needed - present)

[<Fact>]
let ``names of rows are different`` () =
    let twice = Products.table |> List.countBy _.Name |> List.filter (fun (_, n) -> n > 1)
    Assert.Equal<(string * int) list>([], twice)

[<Fact>]
let ``rows have as many operands as the primitive takes`` () =
    for row in Products.table do
        let arity = Check.arity row.Prim
        Assert.True(not arity.HasValue || arity.Value = row.Operands.Length, row.Name)

/// Third derivatives of every row: limits of second ones, and the same whichever modes are nested.
module DeepFun.Core.Tests.Laws.ThirdDerivativeLaws

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open DeepFun.Core.Tests.Laws.Limits
open Xunit

let private byName = Products.table |> Seq.map (fun row -> row.Name, row) |> dict

/// Those with an operand to differentiate in.
let differentiable =
    Products.table |> List.filter (fun row -> (Row.active row).Length > 0) |> List.map (fun row -> [| box row.Name |])

[<Theory; MemberData(nameof differentiable)>]
let ``the third derivative is the limit of differences of the second`` (name: string) =
    let row = byName[name]
    let f, xs, ds = setUp row
    let ct = cotangent row (f xs)
    let es, hs = directions row "second" xs, directions row "third" xs
    let pullback xs = snd (vjp f xs) ct
    let second xs = snd (jvp pullback xs ds)
    let thirds = snd (jvp second xs es)

    for i in 0 .. xs.Length - 1 do
        let expected = difference row.Step (fun xs -> (second xs)[i]) xs es
        closeValues $"forward over forward over reverse {i}" row.Tolerance expected (thirds[i].ToDoubles())

    let expected = [| total thirds hs |]
    let along ds f xs : Tensor = snd (jvp f xs ds)
    closeValues "forward thrice" 1e-9 expected [| inner ct (along hs (along es (along ds f)) xs) |]
    closeValues "reverse over forward over reverse" 1e-9 expected [| total (snd (vjp second xs) hs) es |]

    let twice xs = snd (vjp pullback xs) es
    closeValues "reverse over reverse over reverse" 1e-9 expected [| total (snd (vjp twice xs) ds) hs |]

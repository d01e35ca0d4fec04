/// Complex steps against the derivative rules: two ways to a derivative that share nothing, and that agree to rounding.
module DeepFun.Core.Tests.Laws.ComplexStepLaws

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open DeepFun.Core.Tests.Laws.Limits
open Xunit

/// Which primitives are not written for complex numbers, by the beginnings of their names.
let private missing =
    [
        "Binary.Polygamma"
        "Index.ScatterMax"
        "Linalg.SymmetricEigen"
        "Linalg.Eigen"
        "Linalg.SingularValues"
        "Linalg.PseudoInverse"
        "Special."
        "Sample."
        "Cast.Float32"
        "Cast.Float16"
        "Cast.BFloat16"
    ]

/// The identity on values and derivatives of zero: a complex step sees the first.
let private declared = "StopGradient"

let private named (row: Row) = CoverageTests.nameOf row.Prim typeof<Prim>

let private isMissing (row: Row) = missing |> List.exists (fun name -> (named row).StartsWith name)

let private inDouble (row: Row) =
    let places = Row.active row
    places.Length > 0 && places |> Array.forall (fun i -> row.Operands[i].Type.DType = DType.Float64)

let private byName = Products.table |> Seq.map (fun row -> row.Name, row) |> dict
let private rows = Products.table |> List.filter (fun row -> inDouble row && named row <> declared)
let private names (rows: Row list) = rows |> List.map (fun row -> [| box row.Name |])

let covered = rows |> List.filter (isMissing >> not) |> names
let others = rows |> List.filter isMissing |> names

/// At matrices of rank n − 2 and below elimination finds no pivot.
let private hasPivots (name: string) = not (name.StartsWith "Determinant of rank" || name.StartsWith "Determinant of 0")

let smoothly = covered |> List.filter (fun name -> hasPivots (string name[0]))

let private step (f: Tensor[] -> Tensor) (xs: Tensor[]) (ds: Tensor[]) : Result<float[], string> =
    ComplexStep.along (fun xs -> [| f xs |]) xs ds
    |> Result.map (fun slopes -> if isNull slopes[0] then Array.zeroCreate (f xs).Size else slopes[0].ToDoubles())

let private known (result: Result<float[], string>) : float[] =
    match result with
    | Ok values -> values
    | Error why -> raise (Xunit.Sdk.XunitException $"no complex step: {why}")

[<Theory; MemberData(nameof smoothly)>]
let ``a complex step is the derivative to rounding`` (name: string) =
    let f, xs, ds = setUp byName[name]
    let _, dy = jvp f xs ds
    closeValues "tangent" 1e-12 (dy.ToDoubles()) (known (step f xs ds))

[<Theory; MemberData(nameof smoothly)>]
let ``compositions are carried through`` (name: string) =
    let f, xs, ds = setUp byName[name]
    let g (xs: Tensor[]) : Tensor = xs |> Array.map (fun (x: Tensor) -> x * (1.0 + 0.01 * sin x)) |> f |> sin
    let _, dy = jvp g xs ds
    closeValues "tangent" 1e-11 (dy.ToDoubles()) (known (step g xs ds))

[<Theory; MemberData(nameof smoothly)>]
let ``the derivative of the derivative is one, too`` (name: string) =
    let row = byName[name]
    let f, xs, ds = setUp row
    let es = directions row "second" xs
    let tangent xs : Tensor = snd (jvp f xs es)

    match step tangent xs ds with
    | Ok second -> closeValues "second" 1e-11 ((snd (jvp tangent xs ds)).ToDoubles()) second
    // Digamma's derivative, and the adjugate of a matrix that may be singular.
    | Error why -> Assert.True(why.Contains "polygamma" || why.Contains "svd", why)

[<Theory; MemberData(nameof others)>]
let ``what is not written for complex numbers says so`` (name: string) =
    let f, xs, ds = setUp byName[name]

    match step f xs ds with
    | Ok _ -> Assert.Empty((f xs).ToDoubles())
    | Error why -> Assert.NotEmpty why

[<Theory>]
[<InlineData(-4.5)>]
[<InlineData(-0.3)>]
[<InlineData(0.02)>]
[<InlineData(3.0)>]
[<InlineData(40.0)>]
let ``ranges that the table does not reach`` (x: float) =
    let at = [| scalar x |]
    let unit = [| onesLike at[0] |]

    for f in [ erf; erfc; sigmoid; softplus; asinh; tanh; cbrt; logGamma; digamma; (fun x -> x ** 3.0); (fun x -> x ** -2.0) ] do
        let g (xs: Tensor[]) = f xs[0]
        closeValues "slope" 1e-12 ((snd (jvp g at unit)).ToDoubles()) (known (step g at unit))

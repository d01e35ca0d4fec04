/// How far DeepFun is from what PyTorch answered: the tests that compare the two note it, ./build.sh differential records prints it.
module internal DeepFun.Core.Tests.Records

open System
open System.Collections.Concurrent
open DeepFun

/// One case of a record: what is compared (a layer, a loss, an optimizer …) and the name that the file gives to the case.
type Case = { Group: string; Subject: string; Name: string }

/// A layer that is an activation and nothing else has its name, which begins small.
let layer (layer: string) name =
    let group = if Char.IsAsciiLetterLower layer[0] then "activations" else "layers"
    { Group = group; Subject = layer.Split('(')[0]; Name = name }

let loss loss name = { Group = "losses"; Subject = loss; Name = name }

/// These records name a case by its subject and its options.
let byFirstWord group (name: string) = { Group = group; Subject = name.Split(' ')[0]; Name = name }

/// Each case's largest difference so far. Tests only add to it, from any thread; the report reads it when they are done.
let private largest = ConcurrentDictionary<struct (Case * DType), float>()

/// |PyTorch's − ours| / (1 + |PyTorch's|)
let private difference (theirs: float) (ours: float) =
    if theirs = ours || Double.IsNaN theirs && Double.IsNaN ours then
        0.0
    else
        abs (theirs - ours) / (1.0 + abs theirs)

let note (case: Case) (dtype: DType) (theirs: float[]) (ours: float[]) =
    let worst = Array.fold2 (fun worst t o -> Math.Max(worst, difference t o)) 0.0 theirs ours
    largest.AddOrUpdate(struct (case, dtype), worst, (fun _ before -> Math.Max(before, worst))) |> ignore

/// A group in one dtype: how many subjects and cases, and the largest difference with its case.
type Row =
    {
        Group: string
        DType: string
        Subjects: int
        Cases: int
        Largest: float
        Where: string
    }

    override row.ToString() =
        $"""| {row.Group} | {row.DType} | {row.Subjects} | {row.Cases} | {row.Largest.ToString "0.0e-0"} | {row.Where} |"""

let rows () : Row list =
    largest.ToArray()
    |> List.ofArray
    |> List.groupBy (fun e ->
        let struct (case, dtype) = e.Key
        case.Group, DTypes.Name dtype)
    |> List.map (fun ((group, dtype), entries) ->
        let cases = [ for e in entries -> (let struct (case, _) = e.Key in case, e.Value) ]
        let where, worst = List.maxBy snd cases

        {
            Group = group
            DType = dtype
            Subjects = (cases |> List.distinctBy (fun (case, _) -> case.Subject)).Length
            Cases = cases.Length
            Largest = worst
            Where = where.Name
        })
    |> List.sortBy (fun row -> row.Group, row.DType)

/// What the samples share: how they are run, what they hand back, curves.
namespace Documents

open System
open DeepFun
open DeepFun.FSharp

/// How a sample is run: quickly on small data, as the tests do, or on all of it.
type SampleOptions =
    {
        IsQuick: bool
    }

    /// A size or a demand that depends on how the sample is run.
    member o.Pick(quick: 'T, full: 'T) : 'T = if o.IsQuick then quick else full

/// What a figure had to be.
type Demand =
    | AtLeast of float
    | AtMost of float

    override d.ToString() =
        match d with
        | AtLeast needed -> $"at least {needed:G4}"
        | AtMost needed -> $"at most {needed:G4}"

/// A figure that a sample reached, beside the one that it had to reach.
type Achievement =
    {
        What: string
        Reached: float
        Demand: Demand
    }

    // A figure that is not a number is never enough.
    member a.IsMet =
        match a.Demand with
        | AtLeast needed -> a.Reached >= needed
        | AtMost needed -> a.Reached <= needed

    override a.ToString() = let word = (if a.IsMet then "reached" else "MISSED") in $"{word}: {a.What} {a.Reached:G4} (needed: {a.Demand})"

/// What a sample hands back: its page and its figures.
type SampleResult =
    {
        Report: HtmlReport
        Achievements: Achievement list
    }

    member r.IsMet = r.Achievements |> List.forall _.IsMet

    /// Writes the page, with the achievements at its end.
    member r.Save(path: string) =
        let rows =
            [
                for a in r.Achievements ->
                    [| a.What; $"{a.Reached:G4}"; string a.Demand; (if a.IsMet then "yes" else "no") |]
                    :> Collections.Generic.IReadOnlyList<string>
            ]

        r.Report.Heading("Achieved").Table([| "figure"; "reached"; "needed"; "met" |], rows).Save path

[<RequireQualifiedAccess>]
module Sample =

    let achieved what reached demand = { What = what; Reached = reached; Demand = demand }

    /// Trains fresh parameters to the end: the last state and a report for each epoch.
    let fit (recipe: Recipe) (options: FitOptions) (data: Dataset) : TrainingState * EpochReport list =
        let start = Training.init recipe data.InputShape (Key.ofSeed 0L)
        Loop.run options recipe start data |> Loop.toEnd ignore start

    /// A metric by its name.
    let metric (name: string) (evaluation: Evaluation) : float = evaluation.Metrics |> List.find (fst >> (=) name) |> snd

[<RequireQualifiedAccess>]
module Plot =

    /// Points without a line, for Figure.Lines: a gap follows each.
    let dots (name: string) (x: float seq) (y: float seq) =
        struct (name,
                [|
                    for v in x do
                        yield! [ v; v ]
                |],
                [|
                    for v in y do
                        yield! [ v; nan ]
                |])

    /// A figure of the epochs: the loss, or another value of each evaluation, with validation where it was measured.
    let curve (title: string) (value: Evaluation -> float) (history: EpochReport list) : Figure =
        let line name select =
            let points = history |> List.choose (fun e -> select e |> Option.map (fun found -> float e.Epoch, value found))
            struct (name, points |> List.map fst |> Array.ofList, points |> List.map snd |> Array.ofList)

        let lines = [ line "training" (fun e -> Some e.Training); line "validation" _.Validation ]

        Figure.Lines(
            title,
            "epoch",
            title.ToLowerInvariant(),
            [|
                for struct (_, x, _) as line in lines do
                    if x.Length > 0 then
                        line
            |]
        )

    let loss (history: EpochReport list) : Figure = curve "Loss" _.Loss history

    /// A metric by its name.
    let metric (name: string) (history: EpochReport list) : Figure = curve name (Sample.metric name) history

/// What the samples share: how they are run, what they hand back, curves.
namespace Documents

open System
open DeepFun
open DeepFun.FSharp

/// How a sample is run: on small data, as the tests do, or on all of it.
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

/// Handwritten digits: MNIST where ./build.sh mnist has brought it, else, and on quick runs, the embedded ones of 8×8 pixels.
type DigitsData =
    {
        Name: string
        IsMnist: bool
        Train: Dataset
        Test: Dataset
    }

    static member Of(options: SampleOptions) : DigitsData =
        let embedded () =
            let struct (train, test) = Datasets.Digits()
            { Name = "UCI digits"; IsMnist = false; Train = train; Test = test }

        if options.IsQuick then
            embedded ()
        else
            try
                let struct (train, test) = Datasets.Mnist()
                { Name = "MNIST"; IsMnist = true; Train = train; Test = test }
            with :? DeepFunException as e when e.Code = "DF0540" ->
                printfn "MNIST is not here (./build.sh mnist brings it): the embedded digits instead."
                embedded ()

    /// A setting or a demand that depends on the digits.
    member d.Pick(embedded: 'T, mnist: 'T) : 'T = if d.IsMnist then mnist else embedded

[<RequireQualifiedAccess>]
module Sample =

    let achieved what reached demand = { What = what; Reached = reached; Demand = demand }

[<RequireQualifiedAccess>]
module Plot =

    /// A name as words: binaryAccuracy is Binary accuracy.
    let private words (name: string) =
        let spaced = name |> String.collect (fun c -> if Char.IsAsciiLetterUpper c then $" {Char.ToLowerInvariant c}" else string c)
        string (Char.ToUpperInvariant spaced[0]) + spaced[1..]

    /// A figure of the epochs: the loss, or another value of each evaluation, with validation where it was measured.
    let curve (title: string) (name: string) (value: Evaluation -> float) (history: EpochReport list) : Figure =
        let line name select =
            let points = history |> List.choose (fun e -> select e |> Option.map (fun found -> float e.Epoch, value found))
            struct (name, points |> List.map fst |> Array.ofList, points |> List.map snd |> Array.ofList)

        let lines = [ line "training" (fun e -> Some e.Training); line "validation" _.Validation ]

        Figure.Lines(
            title,
            "epoch",
            name,
            [|
                for struct (_, x, _) as line in lines do
                    if x.Length > 0 then
                        line
            |]
        )

    let loss (history: EpochReport list) : Figure = curve "Loss" "loss" _.Loss history

    /// A metric by its name.
    let metric (name: string) (history: EpochReport list) : Figure = curve (words name) name (fun e -> e[name]) history

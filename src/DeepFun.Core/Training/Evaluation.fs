namespace DeepFun

open System
open System.Threading
open DeepFun.FSharp

/// <summary>
/// All that changes from step to step, as one immutable value: keep it, fork it, save it; training goes on from it bit for bit.
/// </summary>
[<NoComparison; ReferenceEquality>]
type TrainingState =
    {
        /// What the model learns.
        Params: Params
        /// What the model remembers (running statistics).
        ModelState: Params
        /// What the optimizer remembers.
        OptimizerState: Params
        /// The source of every random number: shuffling by epoch, dropout by step.
        Key: Key
        /// Epochs done.
        Epoch: int
        /// Batches of the running epoch done.
        Batch: int
        /// Steps done in all.
        Step: int64
    }

/// <summary>Loss and metrics over examples.</summary>
[<Sealed; AllowNullLiteral>]
type Evaluation internal (loss: float, find: unit -> (string * float) list, examples: int) =
    // Found at the first look: a lazy value would be as large again, and most of a training's are never looked at.
    let mutable find = find
    let mutable metrics: (string * float) list = Unchecked.defaultof<_>

    /// <summary>Of numbers that are known.</summary>
    /// <param name="loss">Mean loss.</param>
    /// <param name="metrics">Name and value of each metric.</param>
    /// <param name="examples">Number of examples.</param>
    new(loss, metrics: (string * float) list, examples) = Evaluation(loss, (fun () -> metrics), examples)

    /// <summary>Mean loss, in which its weights count.</summary>
    member _.Loss = loss

    /// <summary>
    /// Name and value of each metric, in the recipe's order, computed at the first look; one of several numbers is listed as <c>name[0]</c>, <c>name[1]</c>, ….
    /// </summary>
    member _.Metrics: (string * float) list =
        let known = Volatile.Read &find

        // Two threads may both find them, the same ones. What they were found from is let go after they are there.
        if not (isNull (box known)) then
            metrics <- known ()
            Volatile.Write(&find, Unchecked.defaultof<_>)

        metrics

    /// <summary>Number of examples.</summary>
    member _.Examples = examples

    /// <summary>The value of a metric; NaN when it was not measured.</summary>
    member this.Item
        with get (metric: string): float =
            match List.tryFind (fst >> (=) metric) this.Metrics with
            | Some(_, value) -> value
            | None -> nan

    /// <summary>Whether all numbers are the same.</summary>
    override this.Equals other =
        match other with
        | :? Evaluation as e -> this.Loss.Equals e.Loss && this.Examples = e.Examples && (this.Metrics :> obj).Equals e.Metrics
        | _ -> false

    /// <summary>Of the loss and the number of examples.</summary>
    override _.GetHashCode() = HashCode.Combine(loss, examples)

    /// <summary><c>loss 0.0521, accuracy 0.9833</c></summary>
    override e.ToString() = ("loss", e.Loss) :: e.Metrics |> List.map (fun (n, v) -> $"{n} {v:F4}") |> String.concat ", "

/// What is reported of a training: the parts of the loss, by name and factor, and the metrics.
[<NoComparison; NoEquality>]
type internal Reporting = { Terms: (string * float) list; Metrics: Metric list }

/// The mean of a part of the loss, and what its examples count together.
[<Struct; NoComparison; NoEquality>]
type internal TermMean = { Mean: float; Weight: float }

/// What was measured on examples, so that it can be joined with what was measured on others.
[<NoComparison; NoEquality>]
type internal Measured =
    {
        /// Of each part of the loss.
        Means: TermMean list
        /// Number of examples.
        Examples: int
        /// The metrics' states.
        States: Params list
    }

    static member Nothing(reporting: Reporting) =
        {
            Means = reporting.Terms |> List.map (fun _ -> { Mean = 0.0; Weight = 0.0 })
            Examples = 0
            States = reporting.Metrics |> List.map _.Start
        }

    /// Over the examples of both.
    member a.With(reporting: Reporting, b: Measured) =
        let join (x: TermMean) (y: TermMean) =
            if x.Weight = 0.0 then
                y
            elif y.Weight = 0.0 then
                x
            else
                let weight = x.Weight + y.Weight in { Mean = (x.Mean * x.Weight + y.Mean * y.Weight) / weight; Weight = weight }

        {
            Means = List.map2 join a.Means b.Means
            Examples = a.Examples + b.Examples
            States = List.map3 (fun (m: Metric) x y -> m.Merge(x, y)) reporting.Metrics a.States b.States
        }

    /// What is reported of it. Results are found when they are asked for: those of a running epoch seldom are.
    member a.Report(reporting: Reporting) : Evaluation =
        let named (metric: Metric) (result: Tensor) =
            let at (i: int) =
                let sizes = result.Shape.ToArray()
                let steps = Array.scanBack (*) sizes 1
                String.Join(", ", Array.mapi (fun axis n -> i / steps[axis + 1] % n) sizes)

            match result.ToDoubles() with
            | [| value |] when result.Rank = 0 -> [ metric.Name, value ]
            | values -> values |> Array.mapi (fun i v -> $"{metric.Name}[{at i}]", v) |> List.ofArray

        let mutable loss = 0.0
        let mutable means = a.Means

        for _, factor in reporting.Terms do
            loss <- loss + factor * means.Head.Mean
            means <- means.Tail

        let find () =
            // A loss of one part is that part.
            let parts =
                if reporting.Terms.Length < 2 then
                    []
                else
                    List.map2 (fun (name, _) (m: TermMean) -> name, m.Mean) reporting.Terms a.Means

            parts @ (List.map2 (fun (m: Metric) s -> named m (m.Result s)) reporting.Metrics a.States |> List.concat)

        Evaluation(loss, find, a.Examples)

    /// As Report, found at once, so that it holds no states.
    member a.Final(reporting: Reporting) : Evaluation =
        let report = a.Report reporting
        report.Metrics |> ignore
        report

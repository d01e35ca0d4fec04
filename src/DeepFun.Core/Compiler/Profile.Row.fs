namespace DeepFun

open DeepFun.Backends.Cpu

/// What kind of work a step is: the flame chart's colours.
[<RequireQualifiedAccess; Struct>]
type internal StepKind =
    | Product
    | Loop
    | Block
    | Other

/// <summary>One step of a profiled plan: what it computes, and how its time compares with what the machine can do.</summary>
[<Sealed>]
type ProfileRow
    internal
    (
        title: string,
        kind: StepKind,
        calls: int,
        median: float,
        total: float,
        share: float,
        work: PlanWork.Work,
        limit: float,
        steps: ProfileRow[]
    ) =
    let perSecond (amount: int64) = if median > 0.0 then float amount / median / 1e9 else 0.0
    member internal _.Kind = kind
    /// Operations and bytes of one call, and the seconds that the machine would need for it at its best.
    member internal _.Work = work
    member internal _.Limit = limit
    /// <summary>The operation, or the operations of a fused loop, and the types of what comes out.</summary>
    member _.Title: string = title
    /// <summary>How often it ran, in all runs together.</summary>
    member _.Calls: int = calls
    /// <summary>Median milliseconds of a call.</summary>
    member _.MedianMilliseconds: float = 1e3 * median
    /// <summary>Milliseconds of all calls together.</summary>
    member _.TotalMilliseconds: float = 1e3 * total
    /// <summary>Its part of the whole time, 0 to 1.</summary>
    member _.Share: float = share
    /// <summary>10⁹ arithmetic operations a second, of the median call.</summary>
    member _.GigaflopsPerSecond: float = perSecond work.Operations
    /// <summary>10⁹ bytes read and written a second, of the median call.</summary>
    member _.GigabytesPerSecond: float = perSecond work.Bytes
    /// <summary>
    /// The time that the machine would need at its best, doing all arithmetic as multiply-adds or moving all bytes as a copy of as many, whichever
    /// takes longer, as a part of the median time: 1 is the roof.
    /// </summary>
    member _.RooflineShare: float = if median > 0.0 then limit / median else 0.0
    /// <summary>The steps inside of it, of a loop or a branch.</summary>
    member _.Steps: ProfileRow[] = steps

/// What a profile is made of; times in seconds.
[<NoComparison; ReferenceEquality>]
type internal Profiled =
    {
        /// The steps in the order in which they run.
        Rows: ProfileRow[]
        Runs: int
        Median: float
        Total: float
        /// The most native memory that a run held beside what was there before.
        PeakBytes: int64
        Limit: MachineLimit
        Cost: CostEstimate
    }

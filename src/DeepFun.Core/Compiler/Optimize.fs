namespace DeepFun

open System
open System.Collections.Generic

/// A part of the compiler that can be left out, to see what it is worth: DEEPFUN_WITHOUT names those, separated by commas.
[<RequireQualifiedAccess; Struct>]
type internal CompilerPass =
    | Simplify
    | CommonSubexpressions
    | Repeats
    | Joins
    | Scans
    | Residuals
    | Fusion
    | Convolutions
    | Layouts
    | Pipelines
    | Reuse

/// The passes in order. Each is checked in Debug builds and in tests.
[<RequireQualifiedAccess>]
module internal Optimize =

    let private isOffForAll = Environment.GetEnvironmentVariable "DEEPFUN_JIT" = "0"

    let private without =
        match Environment.GetEnvironmentVariable "DEEPFUN_WITHOUT" with
        | null -> HashSet<string>()
        | names -> HashSet<string>(names.Split(',', StringSplitOptions.TrimEntries), StringComparer.OrdinalIgnoreCase)

    /// Whether compiling is switched off: functions then run operation by operation.
    let isOff () : bool =
        match AppContext.TryGetSwitch "DeepFun.Jit.Off" with
        | true, off -> off
        | _ -> isOffForAll

    /// Whether a part of the compiler is used.
    let uses (pass: CompilerPass) : bool = without.Count = 0 || not (without.Contains(string pass))

    let private whereUsed (pass: CompilerPass) (run: Graph -> Graph) (g: Graph) : Graph = if uses pass then run g else g

    let private simplify (g: Graph) : Graph =
        g
        |> whereUsed CompilerPass.Simplify (Simplify.graph Strength.Exact)
        |> whereUsed CompilerPass.CommonSubexpressions CommonSubexpressions.run

    /// What repeats leaves broadcasts and reshapes behind each other.
    let private repeats (g: Graph) : Graph =
        let once = Repeats.run g
        if obj.ReferenceEquals(once, g) then g else simplify once

    /// A graph of equal meaning with less to do.
    let graph (g: Graph) : Graph =
        g
        |> simplify
        |> whereUsed CompilerPass.Repeats repeats
        |> whereUsed CompilerPass.Joins Joins.run
        |> whereUsed CompilerPass.Scans Scans.run
        |> whereUsed CompilerPass.Residuals Residuals.run

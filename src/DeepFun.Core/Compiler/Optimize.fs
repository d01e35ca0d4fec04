namespace DeepFun

open System

/// The passes in order. Each is checked in Debug builds and in tests.
[<RequireQualifiedAccess>]
module internal Optimize =

    /// Whether compiling is switched off: functions then run operation by operation.
    let isOff () : bool =
        match AppContext.TryGetSwitch "DeepFun.Jit.Off" with
        | true, off -> off
        | _ -> Environment.GetEnvironmentVariable "DEEPFUN_JIT" = "0"

    /// A graph of equal meaning with less to do.
    let graph (g: Graph) : Graph = g |> Simplify.graph Strength.Exact |> CommonSubexpressions.run |> Joins.run |> Scans.run |> Residuals.run

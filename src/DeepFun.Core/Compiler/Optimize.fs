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
    let graph (g: Graph) : Graph =
        // The last pass leaves nothing dead behind in a graph that had none: an equation that it keeps is read where it was read before, by the
        // reader itself or, where that was dropped, by the reader's equal, which has the same operands.
        g |> Simplify.graph Strength.Exact |> CommonSubexpressions.run

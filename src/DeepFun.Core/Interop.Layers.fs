namespace DeepFun.FSharp

open System
open DeepFun

/// The delegate edge of parameters by path: what the C# façade calls. One line a member; no logic.
[<AbstractClass; Sealed>]
type internal LayerInterop =
    static member MapMatching(parameters: Params, pattern: string, f: Func<string, Tensor, Tensor>) : Params =
        parameters.MapMatching(pattern, (fun path t -> f.Invoke(path, t)))

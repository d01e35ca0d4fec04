namespace DeepFun.FSharp

open System
open DeepFun

/// The delegate edge of costs and profiles: what the C# façade calls. One line a member; no logic.
[<AbstractClass; Sealed>]
type internal ProfileInterop =
    static member Cost(f: Func<'T, 'R>, x: 'T) : CostEstimate = Cost.estimate f.Invoke x
    static member Run(f: Func<'T, 'R>, x: 'T, seconds: float) : ProfileReport = Profile.runFor seconds f.Invoke x

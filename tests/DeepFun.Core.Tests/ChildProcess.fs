namespace global

open System
open DeepFun.Core.Tests

/// What this assembly does as a child process of its tests: https://github.com/dotnet/runtime/blob/main/docs/design/features/host-startup-hook.md
[<AbstractClass; Sealed>]
type internal StartupHook =
    static member Initialize() =
        let given (variable: string) (work: string -> unit) =
            match Environment.GetEnvironmentVariable variable with
            | null
            | "" -> ()
            | path -> work path

        given IO.SavingLoop.variable IO.SavingLoop.run
        given Training.TrainingProcess.variable Training.TrainingProcess.work
        given Training.SoakProcess.variable Training.SoakProcess.work

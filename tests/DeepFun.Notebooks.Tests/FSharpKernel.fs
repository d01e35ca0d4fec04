namespace DeepFun.Notebooks.Tests

open System
open System.IO
open FSharp.Compiler.Diagnostics
open FSharp.Compiler.Interactive.Shell

/// F# by the compiler's interactive session, the one inside the .NET Interactive kernel.
type FSharpKernel(folder: string) =
    let log = new StringWriter()

    let session =
        FsiEvaluationSession.Create(
            FsiEvaluationSession.GetDefaultConfiguration(),
            [| "fsi"; "--noninteractive"; "--quiet"; "--nologo"; "--gui-"; $"--lib:{folder}" |],
            TextReader.Null,
            log,
            log
        )

    let failed (diagnostics: FSharpDiagnostic[]) (error: exn) =
        let texts = diagnostics |> Array.map string |> String.concat "\n"
        InvalidOperationException($"{error.Message}\n{texts}", error)

    interface IKernel with
        member _.Execute code =
            match session.EvalInteractionNonThrowing code with
            | Choice1Of2(Some value), _ when value.ReflectionType <> typeof<unit> -> value.ReflectionValue
            | Choice1Of2 _, _ -> null
            | Choice2Of2 error, diagnostics -> raise (failed diagnostics error)

        member _.Dispose() = (session :> IDisposable).Dispose()

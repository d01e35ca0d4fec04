namespace DeepFun.Notebooks.Tests

open Microsoft.CodeAnalysis.CSharp.Scripting
open Microsoft.CodeAnalysis.Scripting

/// C# by Roslyn's scripting engine, the one inside the .NET Interactive kernel; without that kernel's own imports.
type CSharpKernel(folder: string) =
    let options = ScriptOptions.Default.WithMetadataResolver(ScriptMetadataResolver.Default.WithBaseDirectory folder)

    let mutable state: ScriptState<obj> = null

    interface IKernel with
        member _.Execute code =
            state <-
                if isNull state then
                    CSharpScript.RunAsync(code, options).GetAwaiter().GetResult()
                else
                    state.ContinueWithAsync(code, options).GetAwaiter().GetResult()

            state.ReturnValue

        member _.Dispose() = ()

namespace DeepFun.Differential

open System
open System.Collections.Concurrent
open System.Diagnostics
open System.IO
open System.Text.Json

/// <summary>
/// PyTorch in a process of its own: one line a question, one line an answer, in order. A question that kills the process (some calls do)
/// is answered by an error, and a new process goes on with those behind it.
/// </summary>
[<Sealed>]
type Oracle private () =
    let gate = obj ()
    let pending = ConcurrentQueue<string>()
    let mutable python: Process = null
    let mutable version = ""

    /// python3, or what DEEPFUN_PYTHON names.
    static let interpreter = Environment.GetEnvironmentVariable "DEEPFUN_PYTHON" |> Option.ofObj |> Option.defaultValue "python3"

    let write (question: string) =
        try
            python.StandardInput.WriteLine question
            python.StandardInput.Flush()
        with :? IOException ->
            // The process is dead: who waits for its answers notices, and asks again.
            ()

    let start () =
        let script = Path.Combine(AppContext.BaseDirectory, "programs.py")

        python <-
            Process.Start(
                ProcessStartInfo(
                    interpreter,
                    [| script |],
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                    UseShellExecute = false
                )
            )

        match python.StandardOutput.ReadLine() with
        | null -> false
        | greeting ->
            use json = JsonDocument.Parse greeting
            version <- json.RootElement.GetProperty("torch").GetString()
            true

    static member Start() : Result<Oracle, string> =
        let oracle = new Oracle()

        try
            if oracle.Begin() then
                Ok oracle
            else
                Error $"{interpreter} has no torch: install python3-torch (Debian), or set DEEPFUN_PYTHON to an interpreter that has it"
        with :? ComponentModel.Win32Exception ->
            Error $"{interpreter} cannot be started: install python3 and python3-torch, or set DEEPFUN_PYTHON"

    member private _.Begin() = start ()

    member _.Version = version

    member _.Send(question: string) =
        // Who receives must not wait for this lock: the sender may wait for the process, and the process for the receiver.
        lock gate (fun () ->
            pending.Enqueue question
            write question)

    member _.Receive() : JsonElement =
        let line = python.StandardOutput.ReadLine()

        if isNull line then
            lock gate (fun () ->
                pending.TryDequeue() |> ignore
                python.Dispose()
                start () |> ignore
                Seq.iter write pending)

            use json = JsonDocument.Parse """{"error":"PyTorch's process died"}"""
            json.RootElement.Clone()
        else
            pending.TryDequeue() |> ignore
            use json = JsonDocument.Parse line
            json.RootElement.Clone()

    /// The question about a program.
    static member Question(p: Program) =
        let outputs = String.Join(",", Program.outputs p) in $"{{\"nodes\":{Program.write p},\"outputs\":[{outputs}]}}"

    member o.Ask(p: Program) : Reply =
        o.Send(Oracle.Question p)
        Reply.read (o.Receive())

    /// The program as Python that runs by itself.
    member o.Source(p: Program) : string =
        let outputs = String.Join(",", Program.outputs p)
        o.Send $"{{\"print\":true,\"nodes\":{Program.write p},\"outputs\":[{outputs}]}}"
        o.Receive().GetProperty("source").GetString()

    interface IDisposable with
        member _.Dispose() =
            python.StandardInput.Close()
            python.WaitForExit 5000 |> ignore
            python.Dispose()

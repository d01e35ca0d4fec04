namespace DeepFun.Notebooks.Tests

open System
open System.IO
open System.Text.Json.Nodes

/// Executes the cells of one notebook, each with what the earlier ones declared.
type IKernel =
    inherit IDisposable
    /// The value of the last expression, null if there is none.
    abstract Execute: code: string -> obj

module Kernel =

    /// Tests that are built for debugging take the library that was built with them.
    let private withConfiguration (code: string) =
        let configuration = DirectoryInfo(AppContext.BaseDirectory).Parent.Name
        code.Replace("/bin/Release/", $"/bin/{configuration}/")

    let private shown (value: obj) : JsonNode =
        match value.GetType().GetMethod("ToHtml", Type.EmptyTypes) with
        | null -> Notebook.display "text/plain" (string value)
        | method -> Notebook.display "text/html" (string (method.Invoke(value, null)))

    /// The outputs of a cell: what it printed, then its value.
    let run (kernel: IKernel) (code: string) : JsonArray =
        let console = Console.Out
        use printed = new StringWriter(NewLine = "\n")
        Console.SetOut printed

        let value =
            try
                kernel.Execute(withConfiguration code)
            finally
                Console.SetOut console

        let texts = if printed.ToString() = "" then [] else [ Notebook.stream (printed.ToString()) ]
        let values = if isNull value then [] else [ shown value ]
        JsonArray(Array.ofList (texts @ values))

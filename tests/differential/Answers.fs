namespace DeepFun.Differential

open System
open System.Text.Json

/// <summary>What a library says about a program: its results, and the derivatives of their weighted sum in every floating leaf.</summary>
[<NoComparison; NoEquality>]
type Answer =
    {
        Shapes: int[][]
        Values: float[][]
        Gradients: float[][]
        /// The Hessian of the weighted sum times a fixed direction.
        Second: float[][]
    }

/// <summary>An answer, or the reason why there is none.</summary>
[<NoComparison; NoEquality>]
type Reply =
    | Answered of Answer
    | Refused of string

module Reply =

    /// {"s": …, "y": …, "g": …, "h": …} or {"error": "…"}
    let read (e: JsonElement) : Reply =
        match e.TryGetProperty "error" with
        | true, message -> Refused(message.GetString())
        | _ ->
            let lists (name: string) = e.GetProperty name |> Program.array (Program.array Program.numberOf)
            let shapes = e.GetProperty "s" |> Program.array (Program.array _.GetInt32())
            Answered { Shapes = shapes; Values = lists "y"; Gradients = lists "g"; Second = lists "h" }

    /// 12 digits, for the record.
    let write (a: Answer) : string =
        let number (v: float) = Program.number (if Double.IsFinite v then Double.Parse(v.ToString "G12") else v)

        let lists (xss: float[][]) =
            "[" + String.Join(",", xss |> Array.map (fun xs -> "[" + String.Join(",", Array.map number xs) + "]")) + "]"

        let shapes = String.Join(",", a.Shapes |> Array.map (fun s -> "[" + String.Join(",", s) + "]"))
        $"{{\"s\":[{shapes}],\"y\":{lists a.Values},\"g\":{lists a.Gradients},\"h\":{lists a.Second}}}"

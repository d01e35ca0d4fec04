namespace DeepFun

open System
open DeepFun.FSharp

/// <summary>What a border is filled with.</summary>
[<RequireQualifiedAccess>]
type Border =
    /// One value.
    | Constant of value: float
    /// The mirror image, in which the outermost elements do not come again.
    | Reflect
    /// The mirror image, in which the outermost elements come again.
    | Symmetric
    /// The outermost elements.
    | Replicate
    /// The other end, as on a ring.
    | Circular

/// Borders put around and cut off the last axes.
module internal Bordering =

    let private shown (widths: (int * int)[]) =
        String.Join(", ", widths |> Array.map (fun (low, high) -> if low = high then string low else $"{low}:{high}"))

    let private check (kind: string) (widths: (int * int)[]) =
        if widths.Length = 0 || widths |> Array.exists (fun (low, high) -> low < 0 || high < 0) then
            Errors.option $"the widths of {kind}" "at least one pair of numbers of at least 0" $"[{shown widths}]"

    let pad (border: Border) (widths: (int * int)[]) : Layer =
        let kind, most, surround =
            match border with
            | Border.Constant 0.0 -> "ZeroPad", (fun _ -> Int32.MaxValue), pad 0.0
            | Border.Constant value -> $"ConstantPad {LayerOptions.number value}", (fun _ -> Int32.MaxValue), pad value
            | Border.Reflect -> "ReflectPad", (fun n -> n - 1), padReflect
            | Border.Symmetric -> "SymmetricPad", id, padSymmetric
            | Border.Replicate -> "ReplicatePad", (fun n -> if n = 0 then 0 else Int32.MaxValue), padReplicate
            | Border.Circular -> "CircularPad", id, padCircular

        check kind widths
        let name = $"{kind}({shown widths})"

        let outputShape (s: Shape) =
            let first = s.Rank - widths.Length

            if first < 0 then
                Errors.layerInput name $"examples of at least {widths.Length} axes" s

            let sizes = s.ToArray()

            widths
            |> Array.iteri (fun i (low, high) ->
                let n = sizes[first + i]

                if low > most n || high > most n then
                    Errors.layerInput
                        name
                        $"examples whose axes are large enough for the border; axis {first + i} allows {max 0 (most n)}"
                        s

                sizes[first + i] <- low + n + high)

            Shape.Adopt sizes

        let apply (x: Tensor) =
            LayerOptions.hasAxes name widths.Length x
            let all = Array.append (Array.replicate (x.Rank - widths.Length) (0, 0)) widths
            surround (Seq.ofArray all) x

        Layer.Function(name, outputShape, (fun _ x -> apply x))

    let crop (widths: (int * int)[]) : Layer =
        check "Crop" widths
        let name = $"Crop({shown widths})"

        let outputShape (s: Shape) =
            let first = s.Rank - widths.Length
            let sizes = s.ToArray()

            if first < 0 || widths |> Array.mapi (fun i (low, high) -> sizes[first + i] - low - high) |> Array.exists (fun n -> n < 0) then
                Errors.layerInput name "examples with as many axes, at least as long as what is cut off" s

            widths |> Array.iteri (fun i (low, high) -> sizes[first + i] <- sizes[first + i] - low - high)
            Shape.Adopt sizes

        let apply (x: Tensor) =
            LayerOptions.hasAxes name widths.Length x
            let first = x.Rank - widths.Length

            (x, Array.indexed widths)
            ||> Array.fold (fun y (i, (low, high)) ->
                if low = 0 && high = 0 then y else slice (first + i) low (y.Shape[first + i] - high) y)

        Layer.Function(name, outputShape, (fun _ x -> apply x))

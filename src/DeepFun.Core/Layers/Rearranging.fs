namespace DeepFun

open System
open DeepFun.FSharp

/// Elements of an example in another order: axes exchanged, channels turned into places and back.
module internal Rearranging =

    let permute (axes: int[]) : Layer =
        let shown = String.Join(", ", axes)
        let name = $"Permute({shown})"

        if Array.sort axes <> [| 0 .. axes.Length - 1 |] then
            Errors.option "the axes of Permute" $"the numbers 0 to {axes.Length - 1} in some order" $"[{shown}]"

        let outputShape (s: Shape) =
            if s.Rank <> axes.Length then
                Errors.layerInput name $"examples of {axes.Length} axes" s

            Shape.Adopt(axes |> Array.map (fun a -> s[a]))

        Layer.Function(name, outputShape, (fun _ x -> permute (Array.append [| 0 |] (Array.map ((+) 1) axes)) x))

    let private images (name: string) (rule: string) (fits: Shape -> bool) (s: Shape) =
        if s.Rank <> 3 || not (fits s) then
            Errors.layerInput name $"examples [channels, height, width] with {rule}" s

    let pixelShuffle (factor: int) : Layer =
        let name = $"PixelShuffle({factor})"
        LayerOptions.atLeast 1 "the factor of PixelShuffle" factor

        let outputShape (s: Shape) =
            images name $"a number of channels that {factor * factor} divides" (fun s -> s[0] % (factor * factor) = 0) s
            Shape.Adopt [| s[0] / (factor * factor); s[1] * factor; s[2] * factor |]

        let apply (x: Tensor) =
            let n, c, h, w = x.Shape[0], x.Shape[1] / (factor * factor), x.Shape[2], x.Shape[3]

            reshape [ n; c; factor; factor; h; w ] x
            |> Movement.permute [ 0; 1; 4; 2; 5; 3 ]
            |> reshape [ n; c; h * factor; w * factor ]

        Layer.Function(name, outputShape, (fun _ x -> apply x))

    let pixelUnshuffle (factor: int) : Layer =
        let name = $"PixelUnshuffle({factor})"
        LayerOptions.atLeast 1 "the factor of PixelUnshuffle" factor

        let outputShape (s: Shape) =
            images name $"a height and a width that {factor} divides" (fun s -> s[1] % factor = 0 && s[2] % factor = 0) s
            Shape.Adopt [| s[0] * factor * factor; s[1] / factor; s[2] / factor |]

        let apply (x: Tensor) =
            let n, c, h, w = x.Shape[0], x.Shape[1], x.Shape[2] / factor, x.Shape[3] / factor

            reshape [ n; c; h; factor; w; factor ] x
            |> Movement.permute [ 0; 1; 3; 5; 2; 4 ]
            |> reshape [ n; c * factor * factor; h; w ]

        Layer.Function(name, outputShape, (fun _ x -> apply x))

    let channelShuffle (groups: int) : Layer =
        let name = $"ChannelShuffle({groups})"
        LayerOptions.atLeast 1 "the groups of ChannelShuffle" groups

        let outputShape (s: Shape) =
            if s.Rank < 1 || s[0] % groups <> 0 then
                Errors.layerInput name $"examples [channels, …] with a number of channels that {groups} divides" s

            s

        let apply (x: Tensor) =
            let sizes = x.Shape.ToArray()
            let each = sizes[1] / groups

            reshape (Array.concat [ [| sizes[0]; groups; each |]; sizes[2..] ]) x |> swapAxes 1 2 |> reshape sizes

        Layer.Function(name, outputShape, (fun _ x -> apply x))

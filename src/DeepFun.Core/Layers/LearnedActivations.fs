namespace DeepFun

open DeepFun.FSharp

/// Activations that learn, draw random numbers, or give another shape.
module internal LearnedActivations =

    let prelu (perChannel: bool) (initial: float) : Layer =
        let name = LayerOptions.title "PRelu" [ (if perChannel then "per channel" else "one slope") ]

        let outputShape (s: Shape) =
            if perChannel && s.Rank < 1 then
                Errors.layerInput name "examples [channels, …]" s

            s

        let init _ (s: Shape) =
            let slopes = if perChannel then (outputShape s)[0] else 1
            Params.Of(struct ("slope", Tensor.full [ slopes ] initial))

        let apply (p: Params) (x: Tensor) =
            let slope = p["slope"]

            prelu
                (if perChannel && x.Rank > 2 then
                     reshape (slope.Shape[0] :: List.replicate (x.Rank - 2) 1) slope
                 else
                     slope)
                x

        Layer.Stateless(name, outputShape, init, apply)

    let rrelu (low: float) (high: float) : Layer =
        let name = $"RRelu({LayerOptions.number low}, {LayerOptions.number high})"

        if not (low <= high) then
            Errors.option "the slopes of RRelu" "in order" $"{LayerOptions.number low} and {LayerOptions.number high}"

        let apply mode (x: Tensor) : Tensor =
            let x = floats x

            let slope: Tensor =
                match mode with
                | Mode.Training key -> cast x.DType (Random.uniform low high x.Shape key)
                | Mode.Evaluation -> constantLike ((low + high) / 2.0) x

            where (greater x (zerosLike x)) x (slope * x)

        Layer.Function(name, id, apply)

    let glu (axis: int) : Layer =
        let name = if axis = -1 then "Glu" else $"Glu(axis {axis})"

        if axis >= 0 then
            Errors.option "the axis of Glu" "below 0, counted from the end" (string axis)

        let outputShape (s: Shape) =
            if s.Rank < -axis || s[s.Rank + axis] % 2 <> 0 then
                Errors.layerInput name $"examples with an even number of elements along axis {axis}" s

            let sizes = s.ToArray()
            sizes[s.Rank + axis] <- sizes[s.Rank + axis] / 2
            Shape.Adopt sizes

        Layer.Function(name, outputShape, (fun _ x -> glu axis x))

namespace DeepFun

open System.Globalization
open DeepFun.FSharp

module internal Dropout =

    let layer (rate: float) : Layer =
        let text = rate.ToString CultureInfo.InvariantCulture

        if not (rate >= 0.0 && rate < 1.0) then
            Errors.option "the rate of Dropout" "at least 0 and below 1" text

        let keep = 1.0 - rate

        let apply mode (x: Tensor) =
            match mode with
            | Mode.Training key when rate > 0.0 ->
                let kept = Random.bernoulli keep x.Shape key
                // Scaled up while learning, so that predicting needs nothing.
                where kept (x * (1.0 / keep)) (zerosLike x)
            | Mode.Training _
            | Mode.Evaluation -> x

        Layer.Function($"Dropout({text})", id, apply)

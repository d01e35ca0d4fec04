namespace DeepFun

open DeepFun.FSharp

/// Where the places of a sequence stand, and layers that say so.
module internal Positions =

    /// The places of the T steps of [N, T, …]: after those that the state counts. Int32 [T].
    let places (state: Params) (x: Tensor) : Tensor =
        let here = indices x.Shape[1] x
        if state.Names.Count > 0 then here + state["position"] else here

    /// The place behind these.
    let next (places: Tensor) : Tensor = item 0 -1 places + 1.0

    /// x + encoding, for encodings [T, features] of places.
    let private added name (fits: Shape -> Shape) keep init (encode: Params -> Tensor -> Tensor -> Tensor) : Layer =
        let init key (s: Shape) =
            let s = fits s
            init key s[1], Params.Empty

        let apply _ (p: Params) (state: Params) (x: Tensor) =
            if x.Rank <> 3 then
                Errors.rank name "a batch of sequences [N, T, features]" x.Shape

            let places = places (if keep then state else Params.Empty) x
            let y: Tensor = x + encode p x places
            y, (if keep then Params.Of(struct ("position", next places)) else state)

        Layer(name, fits, init, apply, [])

    let private kept keep = if keep then "continued" else ""

    let sinusoidal (keep: bool) : Layer =
        let name = if keep then "SinusoidalPositions(continued)" else "SinusoidalPositions"

        let fits (s: Shape) =
            if s.Rank <> 2 || s[1] % 2 <> 0 then
                Errors.layerInput name "sequences [T, features] with an even number of features" s

            s

        let encode _ (x: Tensor) places =
            Attention.sinusoidalIn (if DTypes.IsFloating x.DType then x.DType else DType.Float32) x.Shape[2] places

        added name fits keep (fun _ _ -> Params.Empty) encode

    let learned (keep: bool) (capacity: int) : Layer =
        LayerOptions.atLeast 1 "capacity of PositionEmbedding" capacity
        let name = LayerOptions.title "PositionEmbedding" [ string capacity; kept keep ]

        let fits (s: Shape) =
            if s.Rank <> 2 || s[0] > capacity then
                Errors.layerInput name $"sequences [T, features] of at most {capacity} steps" s

            s

        let init key features =
            let shape = Shape.Adopt [| capacity; features |]
            Params.Of(struct ("weight", (Initializers.normal 0.0 0.02).Draw(key, Fans.OfDense shape, shape)))

        added name fits keep init (fun p _ places -> take 0 places p["weight"])

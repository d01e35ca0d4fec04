namespace DeepFun

open DeepFun.FSharp

/// <summary>What a bilinear layer is made of.</summary>
[<NoComparison; ReferenceEquality>]
type BilinearOptions =
    {
        /// How many of the last axis' numbers are the first vector; the others are the second.
        Left: int
        /// Size of the output's last axis.
        Units: int
        /// What follows. Default: linear.
        Activation: Activation
        /// Whether a bias is added. Default: true.
        Bias: bool
        /// First weights. Default: as in PyTorch, U(±1/√left).
        WeightInitializer: Initializer
        /// First biases. Default: as the weights.
        BiasInitializer: Initializer
    }

    /// <summary>The defaults.</summary>
    static member Of(left: int, units: int) =
        {
            Left = left
            Units = units
            Activation = Activation.Linear
            Bias = true
            WeightInitializer = Initializers.pytorch
            BiasInitializer = Initializers.pytorch
        }

module internal Bilinear =

    /// Σ xᵢ Wᵤᵢⱼ yⱼ over the last axes: [R, i], [R, j] → [R, u].
    let private form (weight: Tensor) (x: Tensor) (y: Tensor) : Tensor =
        let units, left, right = weight.Shape[0], weight.Shape[1], weight.Shape[2]
        let partly = matmul x (permute [ 1; 0; 2 ] weight |> reshape [ left; units * right ])
        sumOver [ 2 ] (reshape [ x.Shape[0]; units; right ] partly * expandDims 1 y)

    let layer (o: BilinearOptions) : Layer =
        LayerOptions.atLeast 1 "units of a bilinear layer" o.Units
        LayerOptions.atLeast 1 "the first vector's size of a bilinear layer" o.Left

        let name =
            LayerOptions.title
                "Bilinear"
                [ string o.Left; string o.Units; LayerOptions.activation o.Activation; (if o.Bias then "" else "no bias") ]

        let outputShape (s: Shape) =
            if s.Rank < 1 || s[s.Rank - 1] <= o.Left then
                Errors.layerInput name $"examples whose last axis holds both vectors, the first of size {o.Left}" s

            let sizes = s.ToArray()
            sizes[sizes.Length - 1] <- o.Units
            Shape.Adopt sizes

        let init key (s: Shape) =
            outputShape s |> ignore
            let fans = { In = o.Left; Out = o.Units }
            let weightKey, biasKey = Key.split2 key
            let weight = o.WeightInitializer.Draw(weightKey, fans, Shape.Adopt [| o.Units; o.Left; s[s.Rank - 1] - o.Left |])

            if o.Bias then
                Params.Of(struct ("weight", weight), struct ("bias", o.BiasInitializer.Draw(biasKey, fans, Shape.Adopt [| o.Units |])))
            else
                Params.Of(struct ("weight", weight))

        let apply (p: Params) (x: Tensor) =
            let sizes = x.Shape.ToArray()
            let lead = sizes[.. sizes.Length - 2]
            let rows = Array.fold (*) 1 lead
            let last = sizes[sizes.Length - 1]
            let both = reshape [ rows; last ] x
            let y = form p["weight"] (slice 1 0 o.Left both) (slice 1 o.Left last both) |> reshape (Array.append lead [| o.Units |])
            o.Activation.Apply(if o.Bias then y + p["bias"] else y)

        Layer.Stateless(name, outputShape, init, apply)

namespace DeepFun

open DeepFun.FSharp

/// <summary>What a dense layer is made of.</summary>
[<NoComparison; ReferenceEquality>]
type DenseOptions =
    {
        /// Size of the output's last axis.
        Units: int
        /// What follows the linear map. Default: linear.
        Activation: Activation
        /// Whether a bias is added. Default: true.
        Bias: bool
        /// First weights. Default: as in PyTorch, U(±1/√inputs).
        WeightInitializer: Initializer
        /// First biases. Default: as in PyTorch, U(±1/√inputs).
        BiasInitializer: Initializer
    }

    /// <summary>The defaults.</summary>
    static member Of(units: int) =
        {
            Units = units
            Activation = Activation.Linear
            Bias = true
            WeightInitializer = Initializers.pytorch
            BiasInitializer = Initializers.pytorch
        }

module internal Dense =

    let linear (weight: Tensor) (x: Tensor) : Tensor =
        if x.Rank <= 2 then
            matmul x weight
        else
            // One product of matrices instead of a batch of them with a repeated weight.
            let sizes = x.Shape.ToArray()
            let last = sizes.Length - 1
            let rows = sizes[.. last - 1]

            reshape [ Array.fold (*) 1 rows; sizes[last] ] x
            |> fun x -> matmul x weight
            |> reshape (Array.append rows [| weight.Shape[1] |])

    let layer (o: DenseOptions) : Layer =
        LayerOptions.atLeast 1 "units of a dense layer" o.Units

        let name =
            LayerOptions.title "Dense" [ string o.Units; LayerOptions.activation o.Activation; (if o.Bias then "" else "no bias") ]

        let outputShape (s: Shape) =
            if s.Rank < 1 then
                Errors.layerInput name "examples of at least one axis, the last of which is multiplied" s

            let sizes = s.ToArray()
            sizes[sizes.Length - 1] <- o.Units
            Shape.Adopt sizes

        let init key (s: Shape) =
            outputShape s |> ignore
            let shape = Shape.Adopt [| s[s.Rank - 1]; o.Units |]
            let fans = Fans.OfDense shape
            let weightKey, biasKey = Key.split2 key
            let weight = o.WeightInitializer.Draw(weightKey, fans, shape)

            if o.Bias then
                Params.Of(struct ("weight", weight), struct ("bias", o.BiasInitializer.Draw(biasKey, fans, Shape.Adopt [| o.Units |])))
            else
                Params.Of(struct ("weight", weight))

        let apply (p: Params) x =
            let y = linear p["weight"] x
            o.Activation.Apply(if o.Bias then y + p["bias"] else y)

        Layer.Stateless(name, outputShape, init, apply)

namespace DeepFun.FSharp

open DeepFun

/// <summary>Activations as layers, and products of two inputs: the module <c>Layers</c>, continued. More: <c>Layers.activation Activation.…</c>.</summary>
[<AutoOpen>]
module ActivationLayers =

    /// <summary>Activations as layers, and products of two inputs.</summary>
    [<RequireQualifiedAccess>]
    module Layers =

        /// <summary>A bilinear layer with all options: y = activation(Σ xᵢ Wᵤᵢⱼ zⱼ + b), of two vectors that stand one behind the other.</summary>
        /// <remarks>
        /// Arguments: size of the first vector, units, bias, activation, initializers.
        /// Input: […, left + right], both vectors joined along the last axis (<c>Layer.branch</c> does so). Output: […, units].
        /// Parameters: weight [units, left, right], bias [units]. State: none. Source: torch.nn.Bilinear, with two arguments there.
        /// </remarks>
        let bilinearOf (options: BilinearOptions) : Layer = Bilinear.layer options

        /// <summary>y = Σ xᵢ Wᵤᵢⱼ zⱼ + b: [left + right] → [units]. Parameters: weight [units, left, right], bias [units]. As <c>bilinearOf</c>.</summary>
        let bilinear (left: int) (units: int) : Layer = bilinearOf (BilinearOptions.Of(left, units))

        /// <summary>x where x &gt; 0, elsewhere slope · x with one slope that is learned.</summary>
        /// <remarks>
        /// Arguments: none. Input and output: any shape. Parameters: slope [1] (0.25). State: none.
        /// Source: He et al., arXiv:1502.01852; torch.nn.PReLU.
        /// </remarks>
        let prelu: Layer = LearnedActivations.prelu false 0.25

        /// <summary>x where x &gt; 0, elsewhere slope · x with a slope of each channel that is learned: [C, …] → [C, …].</summary>
        /// <remarks>Arguments: none. Input and output: as above. Parameters: slope [C] (0.25). State: none. Source: as <c>prelu</c>.</remarks>
        let preluPerChannel: Layer = LearnedActivations.prelu true 0.25

        /// <summary>x where x &gt; 0, elsewhere slope · x; while learning each element has a slope drawn from [low, high), else it is (low + high) / 2.</summary>
        /// <remarks>
        /// Arguments: low and high; PyTorch's are 1/8 and 1/3. Input and output: any shape. Parameters and state: none. Random numbers: the key of
        /// Mode.Training. Source: Xu et al., arXiv:1505.00853; torch.nn.RReLU.
        /// </remarks>
        let rrelu (low: float) (high: float) : Layer = LearnedActivations.rrelu low high

        /// <summary>The first half of an axis times the sigmoid of the second.</summary>
        /// <remarks>
        /// Arguments: axis, counted from the end (−1). Input: […, 2 n, …]. Output: […, n, …]. Parameters and state: none.
        /// Source: Dauphin et al., arXiv:1612.08083; torch.nn.GLU.
        /// </remarks>
        let gluOver (axis: int) : Layer = LearnedActivations.glu axis

        /// <summary>The first half of the last axis times the sigmoid of the second: [2 n] → [n]. As <c>gluOver</c>.</summary>
        let glu: Layer = gluOver -1

        /// <summary>exp(x) / Σ exp(x) along an axis, counted from the end: −3 are the channels of images.</summary>
        /// <remarks>Arguments: axis. Input and output: any shape with this axis. Parameters and state: none. Source: torch.nn.Softmax2d.</remarks>
        let softmaxOver (axis: int) : Layer = Layers.activation (Activation.SoftmaxOver axis)

        /// <summary>min(max(x, 0), 6)</summary>
        let relu6: Layer = Layers.activation Activation.Relu6
        /// <summary>min(max(x, −1), 1)</summary>
        let hardTanh: Layer = Layers.activation Activation.HardTanh
        /// <summary>min(max(x + 3, 0), 6) / 6</summary>
        let hardSigmoid: Layer = Layers.activation Activation.HardSigmoid
        /// <summary>x · hardSigmoid x</summary>
        let hardSwish: Layer = Layers.activation Activation.HardSwish
        /// <summary>log sigmoid x</summary>
        let logSigmoid: Layer = Layers.activation Activation.LogSigmoid
        /// <summary>x tanh(softplus x)</summary>
        let mish: Layer = Layers.activation Activation.Mish
        /// <summary>elu with the scale and the α that keep mean 0 and variance 1.</summary>
        let selu: Layer = Layers.activation Activation.Selu
        /// <summary>x where x &gt; 0, elsewhere α (exp(x/α) − 1).</summary>
        let celu (alpha: float) : Layer = Layers.activation (Activation.Celu alpha)
        /// <summary>x / (1 + |x|)</summary>
        let softsign: Layer = Layers.activation Activation.Softsign
        /// <summary>exp(−x) / Σ exp(−x) along the last axis.</summary>
        let softmin: Layer = Layers.activation Activation.Softmin
        /// <summary>x − tanh x</summary>
        let tanhshrink: Layer = Layers.activation Activation.Tanhshrink
        /// <summary>x where |x| &gt; λ, elsewhere 0.</summary>
        let hardshrink (lambda: float) : Layer = Layers.activation (Activation.Hardshrink lambda)
        /// <summary>x − λ above λ, x + λ below −λ, elsewhere 0.</summary>
        let softshrink (lambda: float) : Layer = Layers.activation (Activation.Softshrink lambda)
        /// <summary>x where x &gt; limit, elsewhere value.</summary>
        let threshold (limit: float) (value: float) : Layer = Layers.activation (Activation.Threshold(limit, value))

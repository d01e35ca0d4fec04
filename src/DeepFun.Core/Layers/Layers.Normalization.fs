namespace DeepFun.FSharp

open DeepFun

/// <summary>Normalization and regularization: the module <c>Layers</c>, continued.</summary>
[<AutoOpen>]
module NormalizationLayers =

    /// <summary>Normalization and regularization.</summary>
    [<RequireQualifiedAccess>]
    module Layers =

        // Normalizations

        /// <summary>Group normalization with all options: each group of channels of an example gets mean 0 and variance 1.</summary>
        /// <remarks>
        /// Arguments: groups, epsilon, affine. Input and output: [C, …], where groups divide C.
        /// Parameters: scale [C] (1) and bias [C] (0), if affine. State: none.
        /// Source: Wu and He, arXiv:1803.08494; torch.nn.GroupNorm.
        /// </remarks>
        let groupNormOf (options: GroupNormOptions) : Layer = GroupNormalization.groupNorm options

        /// <summary>Group normalization, epsilon 1e-5: [C, …] → [C, …]. Parameters: scale, bias [C].</summary>
        let groupNorm (groups: int) : Layer = groupNormOf (GroupNormOptions.Of groups)

        /// <summary>Instance normalization with all options: each channel of an example gets mean 0 and variance 1 over its space.</summary>
        /// <remarks>
        /// Arguments: epsilon, affine, whether running statistics are kept, momentum (the share of the new batch in them).
        /// Input and output: [C, sizes…] with 1 to 3 spatial axes (or more) and at least two values of a channel.
        /// Parameters: scale [C] (1) and bias [C] (0), if affine. State: none; or mean [C] (0) and variance [C] (1), running: learning updates them
        /// with the mean over the examples of their own (the variance unbiased), predicting uses them.
        /// Source: Ulyanov, Vedaldi and Lempitsky, arXiv:1607.08022; torch.nn.InstanceNorm2d.
        /// </remarks>
        let instanceNormOf (options: InstanceNormOptions) : Layer = GroupNormalization.instanceNorm options

        /// <summary>Instance normalization, epsilon 1e-5, nothing learned: [C, sizes…] → [C, sizes…].</summary>
        let instanceNorm: Layer = instanceNormOf InstanceNormOptions.Default

        /// <summary>Normalization by the root mean square of the trailing axes, with all options: x / √(mean x² + ε), then scale.</summary>
        /// <remarks>
        /// Arguments: number of trailing axes, epsilon, affine. Input and output: any shape with these axes.
        /// Parameters: scale (1) of the shape of these axes, if affine. State: none.
        /// Source: Zhang and Sennrich, arXiv:1910.07467; torch.nn.RMSNorm, whose epsilon is that of the dtype; here 1e-6.
        /// </remarks>
        let rmsNormOf (options: RmsNormOptions) : Layer = GroupNormalization.rmsNorm options

        /// <summary>Normalization by the root mean square of the last axis, epsilon 1e-6. Parameters: scale, as long as that axis.</summary>
        let rmsNorm: Layer = rmsNormOf RmsNormOptions.Default

        /// <summary>Each channel divided by the size of its neighbours, with all options: x / (k + α mean(x²))^β.</summary>
        /// <remarks>
        /// Arguments: size of the neighbourhood, α, β, k. Input and output: [C, …]; beyond the first and last channel are zeros.
        /// Parameters and state: none. Source: Krizhevsky, Sutskever and Hinton, NIPS 2012; torch.nn.LocalResponseNorm.
        /// </remarks>
        let localResponseNormOf (options: LocalResponseNormOptions) : Layer = GroupNormalization.localResponse options

        /// <summary>Local response normalization, α = 1e-4, β = 0.75, k = 1: [C, …] → [C, …].</summary>
        let localResponseNorm (size: int) : Layer = localResponseNormOf (LocalResponseNormOptions.Of size)

        // Weights

        /// <summary>The layer with the weights whose paths have a pattern made of a direction and a length, which are learned apart.</summary>
        /// <remarks>
        /// Arguments: pattern, as for <c>Params.Matching</c>; layer. Input and output: the layer's. Each output has a length of its own: the last
        /// axis of a matrix [in, out], else the first axis.
        /// Parameters: the layer's, where for w stand w/direction (w's first values) and w/length [outputs]; w = length · direction / |direction|.
        /// State: the layer's. Errors: DF0960 no path has the pattern; DF0902 a weight of one axis (both at Init).
        /// Source: Salimans and Kingma, arXiv:1602.07868; torch.nn.utils.parametrizations.weight_norm.
        /// </remarks>
        let weightNormOf (pattern: string) (layer: Layer) : Layer = Reparametrization.weightNorm pattern layer

        /// <summary>The layer with direction and length of all its weights (<c>"**/weight"</c>) learned apart. As <c>weightNormOf</c>.</summary>
        let weightNorm (layer: Layer) : Layer = weightNormOf "**/weight" layer

        /// <summary>The layer with the weights whose paths have a pattern divided by their largest singular value.</summary>
        /// <remarks>
        /// Arguments: iterations of the power method while learning, pattern, as for <c>Params.Matching</c>; layer. Input and output: the layer's.
        /// A weight counts as a matrix [outputs, rest]; the outputs are the last axis of a matrix [in, out], else the first axis.
        /// Parameters: the layer's. State: "layer", the layer's; "vectors", for each w w/left [outputs] and w/right [rest], the estimated singular
        /// vectors: learning improves them, predicting uses them; they have no derivative.
        /// Errors: DF0960 no path has the pattern; DF0902 iterations below 1, a weight of one axis.
        /// Source: Miyato et al., arXiv:1802.05957; torch.nn.utils.parametrizations.spectral_norm, whose outputs of a transposed convolution are
        /// the second axis.
        /// </remarks>
        let spectralNormOf (iterations: int) (pattern: string) (layer: Layer) : Layer =
            Reparametrization.spectralNorm iterations pattern layer

        /// <summary>The layer with all its weights (<c>"**/weight"</c>) divided by their largest singular value; one iteration. As <c>spectralNormOf</c>.</summary>
        let spectralNorm (layer: Layer) : Layer = spectralNormOf 1 "**/weight" layer

        // Dropout

        /// <summary>While learning, each channel of sequences is 0 with this probability, the others are scaled by 1 / (1 − rate).</summary>
        /// <remarks>
        /// Arguments: rate, in [0, 1). Input and output: [C, L]. Parameters and state: none. Random numbers: the key of Mode.Training.
        /// Source: Tompson et al., arXiv:1411.4280; torch.nn.Dropout1d.
        /// </remarks>
        let dropout1d (rate: float) : Layer = StructuredDropout.channels 1 rate

        /// <summary>While learning, each channel of images is 0 with this probability: [C, H, W] → [C, H, W]. As <c>dropout1d</c>.</summary>
        let dropout2d (rate: float) : Layer = StructuredDropout.channels 2 rate

        /// <summary>While learning, each channel of volumes is 0 with this probability: [C, D, H, W] → [C, D, H, W]. As <c>dropout1d</c>.</summary>
        let dropout3d (rate: float) : Layer = StructuredDropout.channels 3 rate

        /// <summary>While learning, elements become selu's value at −∞ with this probability; then all are scaled and shifted to keep mean 0 and variance 1.</summary>
        /// <remarks>
        /// Arguments: rate, in [0, 1). Input and output: any shape. Parameters and state: none. Random numbers: the key of Mode.Training.
        /// Source: Klambauer et al., arXiv:1706.02515; torch.nn.AlphaDropout.
        /// </remarks>
        let alphaDropout (rate: float) : Layer = StructuredDropout.alpha rate

        /// <summary>As <c>alphaDropout</c>, with whole channels: [C, sizes…] → [C, sizes…]. Source: torch.nn.FeatureAlphaDropout.</summary>
        let featureAlphaDropout (rate: float) : Layer = StructuredDropout.featureAlpha rate

        /// <summary>While learning, whole examples are 0 with this probability, the others scaled by 1 / (1 − rate): the path around is left, in a residual block.</summary>
        /// <remarks>
        /// Arguments: rate, in [0, 1). Input and output: any shape. Parameters and state: none. Random numbers: the key of Mode.Training.
        /// Source: Huang et al., arXiv:1603.09382 (stochastic depth); timm's DropPath.
        /// </remarks>
        /// <example><c>Layer.residual (block --&gt; Layers.dropPath 0.1)</c></example>
        let dropPath (rate: float) : Layer = StructuredDropout.path rate

        /// <summary>While learning, elements are multiplied by normal numbers of mean 1 and variance rate / (1 − rate).</summary>
        /// <remarks>
        /// Arguments: rate, in [0, 1). Input and output: any shape. Parameters and state: none. Random numbers: the key of Mode.Training.
        /// Source: Srivastava et al., JMLR 2014, section 10; Keras' GaussianDropout.
        /// </remarks>
        let gaussianDropout (rate: float) : Layer = StructuredDropout.gaussian rate

        /// <summary>While learning, normal numbers of mean 0 and this deviation are added.</summary>
        /// <remarks>
        /// Arguments: deviation, at least 0. Input and output: any shape. Parameters and state: none. Random numbers: the key of Mode.Training.
        /// Source: Bishop, Training with noise is equivalent to Tikhonov regularization, 1995; Keras' GaussianNoise.
        /// </remarks>
        let gaussianNoise (deviation: float) : Layer = StructuredDropout.noise deviation

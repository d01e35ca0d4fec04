/// Every layer of the library with the shape of one example: the rows over which LayerLawTests and LayerValueTests go.
module DeepFun.Core.Tests.Layers.LayerTable

open DeepFun
open DeepFun.FSharp

/// What a layer's values are compared with.
type Values =
    /// PyTorch's, in tests/differential/layer_table.json under the row's name and shape.
    | Torch
    /// Other tests say what they are, those named here.
    | Tested of where: string

/// A new layer is one row.
type Row =
    {
        Layer: Layer
        /// Of one example.
        Shape: int list
        /// What the layer says it is.
        Name: string
        Values: Values
        /// Whether its derivative while learning is that of its values. Where some of it is held constant, only PyTorch's tells.
        Differentiable: bool
    }

    /// The name of its values: layer and shape.
    member row.Case = row.Name + " [" + System.String.Join(", ", row.Shape) + "]"

let private torch layer shape name = { Layer = layer; Shape = shape; Name = name; Values = Torch; Differentiable = true }
let private tested where layer shape name = { torch layer shape name with Values = Tested where }

let private linear: Row list =
    let convolution axes filters kernel = ConvolutionLayerOptions.Of(axes, filters, kernel)
    let depthwise axes kernel = DepthwiseOptions.Of(axes, kernel)
    let transposed axes filters kernel = TransposedConvolutionOptions.Of(axes, filters, kernel)

    [
        torch (Layers.dense 3) [ 4 ] "Dense(3)"
        torch (Layers.dense 3) [ 2; 4 ] "Dense(3)"
        torch (Layers.denseWith Activation.Tanh 3) [ 4 ] "Dense(3, tanh)"
        torch (Layers.denseOf { DenseOptions.Of 3 with Activation = Activation.Relu; Bias = false }) [ 4 ] "Dense(3, relu, no bias)"
        torch (Layers.bilinear 3 2) [ 5 ] "Bilinear(3, 2)"
        torch (Layers.bilinear 3 2) [ 2; 5 ] "Bilinear(3, 2)"
        torch (Layers.conv1d 2 3) [ 3; 7 ] "Conv1D(2, 3)"
        torch (Layers.conv2d 3 2) [ 2; 4; 5 ] "Conv2D(3, 2x2)"
        torch (Layers.conv2dWith Activation.Relu 3 2) [ 2; 4; 5 ] "Conv2D(3, 2x2, relu)"
        torch (Layers.conv3d 2 2) [ 1; 3; 4; 3 ] "Conv3D(2, 2x2x2)"
        torch
            (Layers.convolutionOf { convolution 2 2 [| 3 |] with Strides = [| 2 |]; Padding = WindowPadding.Same })
            [ 2; 5; 4 ]
            "Conv2D(2, 3x3, stride 2, same)"
        torch
            (Layers.convolutionOf
                { convolution 2 4 [| 3; 2 |] with
                    Strides = [| 1; 2 |]
                    Padding = WindowPadding.Explicit [| 1 |]
                    Dilations = [| 2; 1 |]
                    Groups = 2
                    Bias = false
                })
            [ 2; 5; 4 ]
            "Conv2D(4, 3x2, stride 1x2, padding 1, dilation 2x1, groups 2, no bias)"
        torch (Layers.depthwiseConv1d 3) [ 2; 6 ] "DepthwiseConv1D(3)"
        torch (Layers.depthwiseConv2d 2) [ 2; 4; 4 ] "DepthwiseConv2D(2x2)"
        torch (Layers.depthwiseConv3d 2) [ 2; 3; 3; 3 ] "DepthwiseConv3D(2x2x2)"
        torch
            (Layers.depthwiseConvolutionOf
                { depthwise 2 [| 3; 2 |] with
                    Multiplier = 2
                    Strides = [| 2 |]
                    Padding = WindowPadding.Explicit [| 1 |]
                    Dilations = [| 2 |]
                    Bias = false
                })
            [ 2; 5; 4 ]
            "DepthwiseConv2D(3x2, multiplier 2, stride 2, padding 1, dilation 2, no bias)"
        torch (Layers.separableConv1d 3 2) [ 2; 5 ] "SeparableConv1D(3, 2)"
        torch (Layers.separableConv2d 3 2) [ 2; 4; 4 ] "SeparableConv2D(3, 2x2)"
        torch (Layers.separableConv3d 3 2) [ 2; 3; 3; 3 ] "SeparableConv3D(3, 2x2x2)"
        torch (Layers.convTranspose1d 2 3 2) [ 3; 4 ] "ConvTranspose1D(2, 3, stride 2)"
        torch (Layers.convTranspose2d 3 2 1) [ 2; 3; 3 ] "ConvTranspose2D(3, 2x2)"
        torch (Layers.convTranspose3d 2 2 2) [ 2; 2; 2; 3 ] "ConvTranspose3D(2, 2x2x2, stride 2)"
        torch
            (Layers.transposedConvolutionOf
                { transposed 2 4 [| 3; 2 |] with
                    Strides = [| 2; 3 |]
                    Padding = WindowPadding.Explicit [| 1; 0 |]
                    OutputPadding = [| 1; 2 |]
                    Dilations = [| 1; 2 |]
                    Groups = 2
                    Bias = false
                })
            [ 2; 3; 4 ]
            "ConvTranspose2D(4, 3x2, stride 2x3, padding 1x0, output padding 1x2, dilation 1x2, groups 2, no bias)"
        torch
            (Layers.transposedConvolutionOf { transposed 2 2 [| 3 |] with Strides = [| 2 |]; Padding = WindowPadding.Same })
            [ 2; 3; 2 ]
            "ConvTranspose2D(2, 3x3, stride 2, same)"
        torch
            (Layers.transposedConvolutionOf { transposed 1 2 [| 1 |] with Strides = [| 2 |]; Padding = WindowPadding.Same })
            [ 2; 3 ]
            "ConvTranspose1D(2, 1, stride 2, same)"
    ]

let private pooling: Row list =
    let options axes window = PoolingOptions.Of(axes, window)

    [
        torch (Layers.maxPool1d 2) [ 2; 5 ] "MaxPool1D(2)"
        torch (Layers.maxPool2d 2) [ 2; 4; 5 ] "MaxPool2D(2)"
        torch (Layers.maxPool3d 2) [ 1; 4; 2; 3 ] "MaxPool3D(2)"
        torch
            (Layers.maxPoolOf { options 2 [| 3; 2 |] with Strides = [| 2 |]; Padding = WindowPadding.Explicit [| 1 |] })
            [ 2; 5; 4 ]
            "MaxPool2D(3x2, stride 2, padding 1)"
        torch (Layers.averagePool1d 2) [ 2; 5 ] "AveragePool1D(2)"
        torch (Layers.averagePool2d 2) [ 2; 4; 5 ] "AveragePool2D(2)"
        torch (Layers.averagePool3d 2) [ 1; 4; 2; 3 ] "AveragePool3D(2)"
        torch
            (Layers.averagePoolOf { options 2 [| 3 |] with Strides = [| 1 |]; Padding = WindowPadding.Same })
            [ 2; 4; 5 ]
            "AveragePool2D(3, stride 1, same)"
        torch
            (Layers.maxPoolOf
                { options 2 [| 3; 2 |] with
                    Strides = [| 1; 2 |]
                    Padding = WindowPadding.Explicit [| 1 |]
                    Dilations = [| 2; 1 |]
                })
            [ 2; 6; 5 ]
            "MaxPool2D(3x2, stride 1x2, padding 1, dilation 2x1)"
        torch
            (Layers.maxPoolOf { options 1 [| 3 |] with Strides = [| 1 |]; Dilations = [| 2 |] })
            [ 2; 7 ]
            "MaxPool1D(3, stride 1, dilation 2)"
        torch
            (Layers.averagePoolOf
                { options 2 [| 3; 2 |] with
                    Strides = [| 2 |]
                    Padding = WindowPadding.Explicit [| 1 |]
                    CountPadding = false
                })
            [ 2; 5; 4 ]
            "AveragePool2D(3x2, stride 2, padding 1, padding not counted)"
        torch
            (Layers.averagePoolOf { options 1 [| 3 |] with Strides = [| 2 |]; Padding = WindowPadding.Same; CountPadding = false })
            [ 2; 6 ]
            "AveragePool1D(3, stride 2, same, padding not counted)"
        torch (Layers.maxPoolOf { options 1 [| 2 |] with Ceiling = true }) [ 2; 5 ] "MaxPool1D(2, ceiling)"
        torch
            (Layers.maxPoolOf
                { options 2 [| 3; 2 |] with
                    Strides = [| 2; 3 |]
                    Padding = WindowPadding.Explicit [| 1 |]
                    Dilations = [| 1; 2 |]
                    Ceiling = true
                })
            [ 2; 6; 5 ]
            "MaxPool2D(3x2, stride 2x3, padding 1, dilation 1x2, ceiling)"
        torch (Layers.maxPoolOf { options 3 [| 2 |] with Ceiling = true }) [ 1; 3; 2; 3 ] "MaxPool3D(2, ceiling)"
        torch
            (Layers.averagePoolOf { options 1 [| 3 |] with Strides = [| 2 |]; Ceiling = true })
            [ 2; 6 ]
            "AveragePool1D(3, stride 2, ceiling)"
        torch
            (Layers.averagePoolOf
                { options 2 [| 3; 2 |] with
                    Strides = [| 2; 3 |]
                    Padding = WindowPadding.Explicit [| 1 |]
                    Ceiling = true
                })
            [ 2; 6; 5 ]
            "AveragePool2D(3x2, stride 2x3, padding 1, ceiling)"
        torch
            (Layers.averagePoolOf
                { options 3 [| 3; 2; 2 |] with
                    Strides = [| 2 |]
                    Padding = WindowPadding.Explicit [| 1 |]
                    CountPadding = false
                    Ceiling = true
                })
            [ 1; 4; 2; 3 ]
            "AveragePool3D(3x2x2, stride 2, padding 1, ceiling, padding not counted)"
        torch Layers.globalAveragePool [ 2; 3; 4 ] "GlobalAveragePool"
        torch Layers.globalMaxPool [ 2; 5 ] "GlobalMaxPool"
        torch (Layers.adaptiveAveragePool [ 3 ]) [ 2; 7 ] "AdaptiveAveragePool1D(3)"
        torch (Layers.adaptiveAveragePool [ 3; 2 ]) [ 2; 5; 4 ] "AdaptiveAveragePool2D(3x2)"
        torch (Layers.adaptiveAveragePool [ 2; 2; 2 ]) [ 1; 3; 4; 3 ] "AdaptiveAveragePool3D(2x2x2)"
        torch (Layers.adaptiveMaxPool [ 3 ]) [ 2; 7 ] "AdaptiveMaxPool1D(3)"
        torch (Layers.adaptiveMaxPool [ 3; 2 ]) [ 2; 5; 4 ] "AdaptiveMaxPool2D(3x2)"
        torch (Layers.adaptiveMaxPool [ 2; 2; 2 ]) [ 1; 3; 4; 3 ] "AdaptiveMaxPool3D(2x2x2)"
        torch (Layers.lpPool1d 2.0 2) [ 2; 5 ] "LpPool1D(2, 2)"
        torch (Layers.lpPoolOf 2.0 { options 2 [| 3; 2 |] with Strides = [| 1 |] }) [ 1; 4; 4 ] "LpPool2D(2, 3x2, stride 1)"
        torch (Layers.lpPool3d 2.0 2) [ 1; 2; 3; 4 ] "LpPool3D(2, 2)"
        tested "StructuredLayerTests" (Layers.lpPool2d 3.0 2) [ 1; 2; 4 ] "LpPool2D(3, 2)"
    ]

let private shapes: Row list =
    [
        torch Layers.flatten [ 2; 3; 2 ] "Flatten"
        torch (Layers.reshape [ 3; -1 ]) [ 2; 6 ] "Reshape(3, -1)"
        torch (Layers.permute [ 2; 0; 1 ]) [ 2; 3; 4 ] "Permute(2, 0, 1)"
        torch (Layers.pad (Border.Constant 0.0) [ 1, 1; 2, 0 ]) [ 2; 3; 2 ] "ZeroPad(1, 2:0)"
        torch (Layers.pad (Border.Constant 1.5) [ 0, 1 ]) [ 2; 3 ] "ConstantPad 1.5(0:1)"
        torch (Layers.pad Border.Reflect [ 1, 1; 2, 1 ]) [ 2; 3; 4 ] "ReflectPad(1, 2:1)"
        torch (Layers.pad Border.Replicate [ 2, 2; 0, 1 ]) [ 1; 2; 3 ] "ReplicatePad(2, 0:1)"
        torch (Layers.pad Border.Circular [ 1, 2 ]) [ 2; 4 ] "CircularPad(1:2)"
        torch (Layers.pad Border.Symmetric [ 2, 1 ]) [ 2; 3 ] "SymmetricPad(2:1)"
        tested "StructuredLayerTests" (Layers.zeroPad2d 1) [ 1; 2; 2 ] "ZeroPad(1, 1)"
        torch (Layers.crop [ 1, 0; 1, 1 ]) [ 1; 3; 4 ] "Crop(1:0, 1)"
        torch (Layers.upsample Interpolation.Nearest [ 3 ]) [ 2; 3 ] "Upsample(3, nearest)"
        torch (Layers.upsample Interpolation.Linear [ 2 ]) [ 2; 3 ] "Upsample(2, linear)"
        torch (Layers.upsample Interpolation.Linear [ 2; 3 ]) [ 1; 3; 2 ] "Upsample(2x3, linear)"
        torch (Layers.upsample Interpolation.LinearAligned [ 2; 2 ]) [ 1; 3; 2 ] "Upsample(2x2, linear, aligned)"
        torch (Layers.upsample Interpolation.Cubic [ 2; 2 ]) [ 1; 3; 4 ] "Upsample(2x2, cubic)"
        torch (Layers.upsample Interpolation.Linear [ 2; 2; 2 ]) [ 1; 2; 2; 3 ] "Upsample(2x2x2, linear)"
        torch (Layers.resize Interpolation.Linear [ 5; 3 ]) [ 1; 3; 4 ] "Resize(5x3, linear)"
        torch (Layers.resize Interpolation.Nearest [ 2; 3 ]) [ 1; 5; 4 ] "Resize(2x3, nearest)"
        torch (Layers.pixelShuffle 2) [ 4; 2; 3 ] "PixelShuffle(2)"
        torch (Layers.pixelUnshuffle 2) [ 1; 4; 2 ] "PixelUnshuffle(2)"
        torch (Layers.channelShuffle 2) [ 4; 3 ] "ChannelShuffle(2)"
        torch Layers.identity [ 3 ] "Identity"
        tested "this row's law of gradients" (Layers.lambda "twice" id (fun x -> x + x)) [ 2; 3 ] "twice"
    ]

let private normalization: Row list =
    let norm axes affine = { LayerNormOptions.Default with Axes = axes; Affine = affine }
    let held row = { row with Differentiable = false }

    [
        torch Layers.batchNorm [ 3 ] "BatchNorm"
        torch Layers.batchNorm [ 2; 2; 3 ] "BatchNorm"
        torch (Layers.batchNormOf { BatchNormOptions.Default with Affine = false }) [ 2 ] "BatchNorm(not affine)"
        torch (Layers.batchNormOf { BatchNormOptions.Default with Affine = false }) [ 3; 2 ] "BatchNorm(not affine)"
        torch Layers.layerNorm [ 2; 4 ] "LayerNorm"
        torch (Layers.layerNormOf (norm 2 true)) [ 2; 4 ] "LayerNorm(2 axes)"
        tested "NormalizationTests" (Layers.layerNormOf (norm 1 false)) [ 4 ] "LayerNorm"
        torch (Layers.groupNorm 2) [ 4 ] "GroupNorm(2)"
        torch (Layers.groupNorm 2) [ 4; 3 ] "GroupNorm(2)"
        torch (Layers.groupNorm 2) [ 4; 2; 3 ] "GroupNorm(2)"
        torch (Layers.groupNormOf { GroupNormOptions.Of 2 with Affine = false }) [ 4; 1; 2; 2 ] "GroupNorm(2, not affine)"
        torch Layers.instanceNorm [ 2; 4 ] "InstanceNorm"
        torch Layers.instanceNorm [ 2; 2; 3 ] "InstanceNorm"
        torch (Layers.instanceNormOf { InstanceNormOptions.Default with Affine = true }) [ 2; 2; 1; 3 ] "InstanceNorm(affine)"
        torch
            (Layers.instanceNormOf { InstanceNormOptions.Default with Affine = true; RunningStatistics = true })
            [ 2; 3 ]
            "InstanceNorm(affine, running statistics)"
        torch
            (Layers.instanceNormOf { InstanceNormOptions.Default with RunningStatistics = true })
            [ 3; 2; 2 ]
            "InstanceNorm(running statistics)"
        torch Layers.rmsNorm [ 4 ] "RmsNorm"
        torch (Layers.rmsNormOf { RmsNormOptions.Default with Axes = 2 }) [ 2; 3 ] "RmsNorm(2 axes)"
        torch (Layers.rmsNormOf { RmsNormOptions.Default with Affine = false }) [ 4 ] "RmsNorm(not affine)"
        torch (Layers.localResponseNorm 3) [ 4; 2; 2 ] "LocalResponseNorm(3)"
        torch (Layers.localResponseNorm 2) [ 3; 4 ] "LocalResponseNorm(2)"
        torch (Layers.weightNorm (Layers.dense 3)) [ 4 ] "WeightNorm(Dense(3))"
        torch (Layers.weightNorm (Layers.conv2d 2 2)) [ 2; 3; 3 ] "WeightNorm(Conv2D(2, 2x2))"
        held (torch (Layers.spectralNorm (Layers.dense 3)) [ 4 ] "SpectralNorm(Dense(3))")
        held (torch (Layers.spectralNorm (Layers.conv2d 2 2)) [ 2; 3; 3 ] "SpectralNorm(Conv2D(2, 2x2))")
    ]

let private random: Row list =
    let drawn = tested "StructuredLayerTests"

    [
        tested "NormalizationTests" (Layers.dropout 0.4) [ 3; 4 ] "Dropout(0.4)"
        drawn (Layers.dropout1d 0.4) [ 3; 4 ] "Dropout1D(0.4)"
        drawn (Layers.dropout2d 0.4) [ 3; 2; 2 ] "Dropout2D(0.4)"
        drawn (Layers.dropout3d 0.4) [ 3; 2; 2; 1 ] "Dropout3D(0.4)"
        drawn (Layers.alphaDropout 0.3) [ 3; 4 ] "AlphaDropout(0.3)"
        drawn (Layers.featureAlphaDropout 0.3) [ 3; 4 ] "FeatureAlphaDropout(0.3)"
        drawn (Layers.dropPath 0.5) [ 3; 4 ] "DropPath(0.5)"
        drawn (Layers.gaussianDropout 0.3) [ 3; 4 ] "GaussianDropout(0.3)"
        drawn (Layers.gaussianNoise 0.5) [ 3; 4 ] "GaussianNoise(0.5)"
        torch (Layers.rrelu 0.1 0.3) [ 5 ] "RRelu(0.1, 0.3)"
    ]

let private activations: Row list =
    [
        for a in
            [
                Activation.Linear
                Activation.Relu
                Activation.Sigmoid
                Activation.Tanh
                Activation.Gelu
                Activation.GeluTanh
                Activation.Silu
                Activation.Softplus
                Activation.Mish
                Activation.Selu
                Activation.Relu6
                Activation.HardSigmoid
                Activation.HardTanh
                Activation.Softsign
                Activation.Tanhshrink
                Activation.Softmax
                Activation.LogSoftmax
                Activation.LeakyRelu 0.1
                Activation.Elu 0.5
                Activation.Celu 0.5
                Activation.HardSwish
                Activation.LogSigmoid
                Activation.Softmin
                Activation.Hardshrink 0.5
                Activation.Softshrink 0.5
                Activation.Threshold(0.1, 20.0)
                Activation.HardTanhBetween(-0.5, 2.0)
                Activation.SoftplusOf 2.0
            ] -> torch (Layers.activation a) [ 5 ] a.Name
    ]
    @ [
        torch (Layers.softmaxOver -3) [ 3; 2; 2 ] "softmax(axis -3)"
        torch Layers.glu [ 2; 4 ] "Glu"
        torch (Layers.gluOver -2) [ 4; 3 ] "Glu(axis -2)"
        torch Layers.prelu [ 2; 3 ] "PRelu(one slope)"
        torch Layers.preluPerChannel [ 3 ] "PRelu(per channel)"
        torch Layers.preluPerChannel [ 2; 2; 2 ] "PRelu(per channel)"
    ]

let private sequences: Row list =
    let values layer shape name = tested "SequenceDifferentialTests" layer shape name

    [
        values (Layers.rnn 3) [ 4; 2 ] "RNN(3)"
        values (Layers.lstm 2) [ 3; 2 ] "LSTM(2)"
        values (Layers.gru 2) [ 3; 2 ] "GRU(2)"
        values
            (Layers.recurrentOf
                { RecurrentOptions.Of(RecurrentKind.Lstm, 2) with
                    Layers = 2
                    Bidirectional = true
                    Sequences = false
                    Bias = false
                    Dropout = 0.25
                })
            [ 3; 2 ]
            "LSTM(2, 2 layers, bidirectional, last, no bias, dropout 0.25)"
        values (Layers.multiHeadAttention 2) [ 3; 4 ] "MultiHeadAttention(2)"
        values
            (Layers.multiHeadAttentionOf
                { AttentionOptions.Of 4 with
                    KeyValueHeads = 2
                    Causal = true
                    Rotary = true
                    Dropout = 0.25
                    Bias = false
                })
            [ 3; 8 ]
            "MultiHeadAttention(4, 2 key-value heads, causal, rotary, dropout 0.25, no bias)"
        values (Layers.transformerEncoderBlock 2 3) [ 3; 4 ] "TransformerEncoderBlock(2, 3)"
        values
            (Layers.transformerEncoderOf
                2
                { TransformerOptions.Of(2, 3) with NormFirst = false; Dropout = 0.25; Activation = Activation.Gelu })
            [ 2; 4 ]
            "Repeat(2, TransformerEncoderBlock(2, 3, gelu, dropout 0.25, norm last))"
        values Layers.sinusoidalPositions [ 3; 4 ] "SinusoidalPositions"
        values (Layers.positionEmbedding 3) [ 2; 4 ] "PositionEmbedding(3)"
        values
            (Layer.define "twice" (fun parts x -> parts.Apply("a", Layers.dense 2, x) * parts.Apply("b", Layers.dense 2, x)))
            [ 3 ]
            "twice"
    ]

let private compositions: Row list =
    [
        tested
            "their parts' rows"
            (Layers.conv2d 2 2 --> Layers.batchNorm --> Layers.relu --> Layers.flatten --> Layers.dropout 0.3 --> Layers.dense 2)
            [ 1; 3; 3 ]
            "Conv2D(2, 2x2) → BatchNorm → relu → Flatten → Dropout(0.3) → Dense(2)"
        tested
            "PathTests"
            (Layer.freeze "0/*" (Layers.dense 3 --> Layers.tanh --> Layers.dense 2))
            [ 4 ]
            "Frozen(Dense(3) → tanh → Dense(2))"
        tested
            "PathTests"
            (Layer.tie "0/weight" "2/weight" (Layers.dense 3 --> Layers.tanh --> Layers.dense 3))
            [ 3 ]
            "Tied(Dense(3) → tanh → Dense(3))"
    ]

/// All of them.
let rows: Row[] =
    List.concat [ linear; pooling; shapes; normalization; random; activations; sequences; compositions ] |> Array.ofList

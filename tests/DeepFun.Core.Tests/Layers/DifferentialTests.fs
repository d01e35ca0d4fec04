/// Layers, losses and activations against PyTorch's results, which tests/differential/layers.py wrote.
[<Xunit.Trait("Oracle", "PyTorch")>]
module DeepFun.Core.Tests.Layers.DifferentialTests

open System
open System.IO
open System.Text.Json
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests
open DeepFun.Core.Tests.Layers.Oracle
open Xunit

let private cases =
    JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "differential", "layers.json"))).RootElement

/// A tensor of a case, float64.
let private read (case: string) (name: string) : Tensor =
    let t = cases.GetProperty(case).GetProperty name
    let array (p: string) (f: JsonElement -> 'a) = [| for v in t.GetProperty(p).EnumerateArray() -> f v |]
    Tensor.ofArray (array "shape" _.GetInt32()) (array "values" _.GetDouble())

/// float32 to 1e-5, float64 to 1e-8.
let private precisions = [ DType.Float32, 1e-5; DType.Float64, 1e-8 ]

let private mapped (case: string) (dtype: DType) name = cast dtype (read case name)

/// Output and gradients of f at named values; the gradient of name is called dname.
let private check (layer: Layer) (case: string) (names: string list) (f: Tensor list -> Tensor) =
    for dtype, tolerance in precisions do
        let close = closeTo (Records.layer layer.Name case) dtype
        let get = mapped case dtype
        let y, back = vjp f (names |> List.map get)
        Assert.Equal(dtype, y.DType)
        close tolerance (read case "y") y
        List.iter2 (fun name d -> close tolerance (read case ("d" + name)) d) names (back (get "ct"))

let private affine (layer: Layer) (case: string) =
    check layer case [ "x"; "weight"; "bias" ] (function
        | [ x; w; b ] -> fst (layer.Apply Mode.Evaluation (Params.Of(struct ("weight", w), struct ("bias", b))) Params.Empty x)
        | _ -> invalidOp "three")

let private plain (layer: Layer) (case: string) =
    check layer case [ "x" ] (fun xs -> fst (layer.Apply Mode.Evaluation Params.Empty Params.Empty xs.Head))

[<Fact>]
let ``dense`` () = affine (Layers.dense 3) "dense"

[<Fact>]
let ``convolutions`` () =
    let options axes filters kernel = ConvolutionLayerOptions.Of(axes, filters, kernel)
    let explicit = WindowPadding.Explicit
    let check o case = affine (Layers.convolutionOf o) case
    check { options 1 4 [| 3 |] with Strides = [| 2 |]; Padding = explicit [| 1 |] } "conv1d"
    check (options 2 3 [| 3 |]) "conv2d"
    check { options 2 2 [| 3; 2 |] with Strides = [| 2; 1 |]; Padding = explicit [| 1; 0 |] } "conv2d stride padding"
    check { options 2 6 [| 3 |] with Padding = explicit [| 1 |]; Groups = 2 } "conv2d groups"
    check { options 2 2 [| 3 |] with Dilations = [| 2 |] } "conv2d dilation"
    check { options 2 2 [| 4; 3 |] with Padding = WindowPadding.Same } "conv2d same"
    check { options 3 2 [| 2; 3; 2 |] with Strides = [| 1; 1; 2 |]; Padding = explicit [| 0; 1; 1 |] } "conv3d"

[<Fact>]
let ``pooling`` () =
    let padded = { PoolingOptions.Of(2, [| 3 |]) with Strides = [| 2 |]; Padding = WindowPadding.Explicit [| 1 |] }
    plain (Layers.maxPool2d 2) "max pool"
    plain (Layers.maxPoolOf padded) "max pool padding"
    plain (Layers.averagePool2d 2) "average pool"
    plain (Layers.averagePoolOf padded) "average pool padding"

let private scaleAndBias scale bias = Params.Of(struct ("scale", scale), struct ("bias", bias))
let private statistics mean variance = Params.Of(struct ("mean", mean), struct ("variance", variance))

[<Theory>]
[<InlineData "batch norm">]
[<InlineData "batch norm images">]
let ``batch norm that learns, two batches`` (case: string) =
    for dtype, tolerance in precisions do
        let close = closeTo (Records.layer Layers.batchNorm.Name case) dtype
        let get = mapped case dtype
        let parameters = scaleAndBias (get "scale") (get "bias")
        let channels = (get "scale").Size
        let start = statistics (Tensor.fullOf dtype [ channels ] 0.0) (Tensor.fullOf dtype [ channels ] 1.0)
        let training = Mode.Training(Key.ofSeed 0L)
        let _, first = Layers.batchNorm.Apply training parameters start (get "first")
        let _, second = Layers.batchNorm.Apply training parameters first (get "x")
        close tolerance (read case "mean") second["mean"]
        close tolerance (read case "variance") second["variance"]

    check Layers.batchNorm case [ "x"; "scale"; "bias" ] (function
        | [ x; scale; bias ] ->
            let any = statistics (zerosLike scale) (onesLike scale)
            fst (Layers.batchNorm.Apply (Mode.Training(Key.ofSeed 0L)) (scaleAndBias scale bias) any x)
        | _ -> invalidOp "three")

[<Theory>]
[<InlineData "batch norm evaluation">]
[<InlineData "batch norm images evaluation">]
let ``batch norm that predicts`` (case: string) =
    check Layers.batchNorm case [ "x"; "scale"; "bias" ] (function
        | [ x; scale; bias ] ->
            let state = statistics (mapped case x.DType "mean") (mapped case x.DType "variance")
            fst (Layers.batchNorm.Apply Mode.Evaluation (scaleAndBias scale bias) state x)
        | _ -> invalidOp "three")

[<Fact>]
let ``layer norm`` () =
    let layer = Layers.layerNormOf { LayerNormOptions.Default with Axes = 2 }

    check layer "layer norm" [ "x"; "scale"; "bias" ] (function
        | [ x; scale; bias ] -> fst (layer.Apply Mode.Evaluation (scaleAndBias scale bias) Params.Empty x)
        | _ -> invalidOp "three")

let lossCases: TheoryData<string, Loss> =
    let data = TheoryData<string, Loss>()
    data.Add("mse", Losses.meanSquaredError)
    data.Add("mae", Losses.meanAbsoluteError)
    data.Add("huber", Losses.huber 0.7)
    data.Add("bce", Losses.binaryCrossEntropyFromLogits)
    data.Add("sparse ce", Losses.sparseCategoricalCrossEntropyFromLogits)
    data.Add("categorical ce", Losses.categoricalCrossEntropyFromLogits)
    data

[<Theory; MemberData(nameof lossCases)>]
let ``losses`` (case: string) (loss: Loss) =
    for dtype, tolerance in precisions do
        let close = closeTo (Records.loss loss.Name case) dtype
        let p = mapped case dtype "p"
        let t = if case = "sparse ce" then mapped case DType.Int64 "t" else mapped case dtype "t"
        close tolerance (read case "y") (loss.PerExample(p, t))
        close tolerance (read case "dp") (grad (fun p -> loss.Value(p, t)) p)

[<Fact>]
let ``activations`` () =
    let all =
        [
            Activation.Relu
            Activation.Sigmoid
            Activation.Tanh
            Activation.Gelu
            Activation.GeluTanh
            Activation.Silu
            Activation.Softplus
            Activation.Softmax
            Activation.LogSoftmax
            Activation.LeakyRelu 0.1
            Activation.Elu 0.5
        ]

    for a in all do
        plain (Layers.activation a) a.Name

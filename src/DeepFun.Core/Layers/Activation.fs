namespace DeepFun

open System.Globalization
open DeepFun.FSharp

/// <summary>A named function of a tensor that keeps its shape; what stands between a network's linear maps.</summary>
/// <param name="name">What it is, for summaries.</param>
/// <param name="f">The function. It must keep the shape.</param>
[<Sealed; AllowNullLiteral>]
type Activation(name: string, f: Tensor -> Tensor) =
    static let linear = Activation("linear", id)
    static let relu = Activation("relu", relu)
    static let sigmoid = Activation("sigmoid", sigmoid)
    static let tanh = Activation("tanh", tanh)
    static let gelu = Activation("gelu", gelu)
    static let geluTanh = Activation("geluTanh", geluTanh)
    static let silu = Activation("silu", silu)
    static let softplus = Activation("softplus", softplus)
    static let softmax = Activation("softmax", softmax -1)
    static let logSoftmax = Activation("logSoftmax", logSoftmax -1)

    static let mish = Activation("mish", mish)
    static let selu = Activation("selu", selu)
    static let relu6 = Activation("relu6", relu6)
    static let hardSigmoid = Activation("hardSigmoid", hardSigmoid)
    static let hardTanh = Activation("hardTanh", hardTanh)
    static let softsign = Activation("softsign", softsign)
    static let tanhshrink = Activation("tanhshrink", tanhshrink)
    static let hardSwish = Activation("hardSwish", hardSwish)
    static let logSigmoid = Activation("logSigmoid", logSigmoid)
    static let softmin = Activation("softmin", (fun x -> Derived.softmax -1 -x))

    static let number (v: float) = v.ToString CultureInfo.InvariantCulture

    /// <summary>What it is.</summary>
    member _.Name = name

    /// <summary>The function's value at x.</summary>
    member _.Apply(x: Tensor) : Tensor = f x

    /// Whether it does nothing.
    member internal this.IsLinear = obj.ReferenceEquals(this, linear)

    /// <summary>What it is.</summary>
    override _.ToString() = name

    /// <summary>x itself.</summary>
    static member Linear = linear
    /// <summary>max(x, 0)</summary>
    static member Relu = relu
    /// <summary>1 / (1 + e⁻ˣ)</summary>
    static member Sigmoid = sigmoid
    /// <summary>tanh x</summary>
    static member Tanh = tanh
    /// <summary>x Φ(x), with the exact error function. Source: Hendrycks and Gimpel, arXiv:1606.08415.</summary>
    static member Gelu = gelu
    /// <summary>gelu by the tanh formula of its paper.</summary>
    static member GeluTanh = geluTanh
    /// <summary>x · sigmoid x, also called swish.</summary>
    static member Silu = silu
    /// <summary>log(1 + eˣ)</summary>
    static member Softplus = softplus
    /// <summary>x tanh(softplus x). Source: Misra, arXiv:1908.08681.</summary>
    static member Mish = mish
    /// <summary>elu with the scale and the α that keep mean 0 and variance 1. Source: Klambauer et al., arXiv:1706.02515.</summary>
    static member Selu = selu
    /// <summary>min(max(x, 0), 6)</summary>
    static member Relu6 = relu6
    /// <summary>min(max(x + 3, 0), 6) / 6</summary>
    static member HardSigmoid = hardSigmoid
    /// <summary>min(max(x, −1), 1)</summary>
    static member HardTanh = hardTanh
    /// <summary>x / (1 + |x|)</summary>
    static member Softsign = softsign
    /// <summary>x − tanh x</summary>
    static member Tanhshrink = tanhshrink
    /// <summary>exp(x) / Σ exp(x) along the last axis.</summary>
    static member Softmax = softmax
    /// <summary>log softmax along the last axis.</summary>
    static member LogSoftmax = logSoftmax
    /// <summary>x where x &gt; 0, elsewhere slope · x.</summary>
    static member LeakyRelu(slope: float) = Activation($"leakyRelu({number slope})", leakyRelu slope)
    /// <summary>x where x &gt; 0, elsewhere α (eˣ − 1).</summary>
    static member Elu(alpha: float) = Activation($"elu({number alpha})", elu alpha)
    /// <summary>x where x &gt; 0, elsewhere α (exp(x/α) − 1).</summary>
    static member Celu(alpha: float) = Activation($"celu({number alpha})", celu alpha)
    /// <summary>x · hardSigmoid x. Source: Howard et al., arXiv:1905.02244.</summary>
    static member HardSwish = hardSwish
    /// <summary>−log(1 + e⁻ˣ)</summary>
    static member LogSigmoid = logSigmoid
    /// <summary>exp(−x) / Σ exp(−x) along the last axis.</summary>
    static member Softmin = softmin
    /// <summary>x where |x| &gt; λ, elsewhere 0.</summary>
    static member Hardshrink(lambda: float) = Activation($"hardshrink({number lambda})", hardshrink lambda)
    /// <summary>x − λ above λ, x + λ below −λ, elsewhere 0.</summary>
    static member Softshrink(lambda: float) = Activation($"softshrink({number lambda})", softshrink lambda)
    /// <summary>x where x &gt; limit, elsewhere value.</summary>
    static member Threshold(limit: float, value: float) = Activation($"threshold({number limit}, {number value})", threshold limit value)
    /// <summary>min(max(x, low), high)</summary>
    static member HardTanhBetween(low: float, high: float) = Activation($"hardTanh({number low}, {number high})", clamp low high)
    /// <summary>log(1 + exp(βx)) / β: the larger β, the closer to relu.</summary>
    static member SoftplusOf(beta: float) = Activation($"softplus({number beta})", (fun x -> Elementwise.softplus (beta * x) / beta))
    /// <summary>exp(x) / Σ exp(x) along an axis, counted from the end (−1 is the last): −3 are the channels of images.</summary>
    static member SoftmaxOver(axis: int) = Activation($"softmax(axis {axis})", Derived.softmax axis)

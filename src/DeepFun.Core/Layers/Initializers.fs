namespace DeepFun

open System
open DeepFun.FSharp

/// <summary>How many numbers each output of a layer is summed from, and how many outputs each input goes to.</summary>
[<Struct>]
type Fans =
    {
        /// Inputs of one output.
        In: int
        /// Outputs of one input.
        Out: int
    }

    /// <summary>Of a dense weight [in, out].</summary>
    static member OfDense(weight: Shape) = { In = weight[0]; Out = weight[1] }

    /// <summary>
    /// Of a convolution's weight [out, in / groups, kernel…]: channels times the kernel's size. As in PyTorch, groups do not divide the
    /// outputs.
    /// </summary>
    static member OfConvolution(weight: Shape) =
        let kernel = weight.ToArray()[2..] |> Array.fold (*) 1
        { In = weight[1] * kernel; Out = weight[0] * kernel }

/// <summary>The first values of a parameter.</summary>
/// <param name="name">What it is, for summaries.</param>
/// <param name="draw">key → fans of the layer's weight → shape → values, float32.</param>
[<Sealed; AllowNullLiteral>]
type Initializer(name: string, draw: Key -> Fans -> Shape -> Tensor) =
    /// <summary>What it is.</summary>
    member _.Name = name

    /// <summary>Values of this shape; the fans are those of the layer's weight, also for its bias.</summary>
    member _.Draw(key: Key, fans: Fans, shape: Shape) : Tensor = draw key fans shape

    /// <summary>What it is.</summary>
    override _.ToString() = name

namespace DeepFun.FSharp

open System
open DeepFun.FSharp
open DeepFun

/// <summary>
/// First values of parameters. n is the number of inputs of one output (fan in), m the number of outputs of one input (fan out).
/// Normal ones are not truncated, as in PyTorch.
/// </summary>
[<RequireQualifiedAccess>]
module Initializers =

    let private draws name (f: Key -> Fans -> Shape -> Tensor) = Initializer(name, f)

    let private normalOf (deviation: Fans -> float) key fans (shape: Shape) : Tensor = deviation fans * Random.normal shape key

    let private uniformOf (bound: Fans -> float) key fans (shape: Shape) : Tensor =
        let b = bound fans
        Random.uniform -b b shape key

    // A layer without inputs has weights without elements: any bound will do, but not one that is infinite.
    let private per (n: int) = 1.0 / float (max 1 n)

    /// <summary>Every element the same.</summary>
    let constant (value: float) = draws $"constant({value})" (fun _ _ shape -> Tensor.full shape value)

    /// <summary>Zeros.</summary>
    let zeros = draws "zeros" (fun _ _ shape -> Tensor.zeros shape)

    /// <summary>Ones.</summary>
    let ones = draws "ones" (fun _ _ shape -> Tensor.ones shape)

    /// <summary>Normal with this mean and standard deviation.</summary>
    let normal (mean: float) (deviation: float) =
        draws $"normal({mean}, {deviation})" (fun key _ shape -> mean + deviation * Random.normal shape key)

    /// <summary>Uniform in [low, high).</summary>
    let uniform (low: float) (high: float) = draws $"uniform({low}, {high})" (fun key _ shape -> Random.uniform low high shape key)

    /// <summary>U(±√(6 / (n + m))).</summary>
    /// <remarks>Source: Glorot and Bengio, AISTATS 2010.</remarks>
    let glorotUniform = draws "glorotUniform" (uniformOf (fun f -> Math.Sqrt(6.0 * per (f.In + f.Out))))

    /// <summary>Normal with variance 2 / (n + m).</summary>
    /// <remarks>Source: Glorot and Bengio, AISTATS 2010.</remarks>
    let glorotNormal = draws "glorotNormal" (normalOf (fun f -> Math.Sqrt(2.0 * per (f.In + f.Out))))

    /// <summary>U(±√(6 / n)), for relu.</summary>
    /// <remarks>Source: He et al., ICCV 2015, arXiv:1502.01852.</remarks>
    let heUniform = draws "heUniform" (uniformOf (fun f -> Math.Sqrt(6.0 * per f.In)))

    /// <summary>Normal with variance 2 / n, for relu.</summary>
    /// <remarks>Source: He et al., ICCV 2015, arXiv:1502.01852.</remarks>
    let heNormal = draws "heNormal" (normalOf (fun f -> Math.Sqrt(2.0 * per f.In)))

    /// <summary>Normal with variance 1 / n.</summary>
    /// <remarks>Source: LeCun et al., Efficient BackProp, 1998.</remarks>
    let lecunNormal = draws "lecunNormal" (normalOf (fun f -> Math.Sqrt(per f.In)))

    /// <summary>
    /// U(±1/√n) for weights and biases: what PyTorch's linear and convolution layers start with (Kaiming-uniform with a = √5). The default here.
    /// </summary>
    let pytorch = draws "pytorch" (uniformOf (fun f -> Math.Sqrt(per f.In)))

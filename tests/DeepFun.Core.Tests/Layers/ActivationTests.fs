/// Activations against their formulas; values and derivatives against PyTorch are in DifferentialTests.
module DeepFun.Core.Tests.Layers.ActivationTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Layers.Oracle
open Xunit

let private rows: (Activation * string * (float -> float)) list =
    [
        Activation.Linear, "linear", id
        Activation.Relu, "relu", max 0.0
        Activation.Sigmoid, "sigmoid", (fun x -> 1.0 / (1.0 + exp -x))
        Activation.Tanh, "tanh", Math.Tanh
        Activation.GeluTanh, "geluTanh", (fun x -> 0.5 * x * (1.0 + Math.Tanh(sqrt (2.0 / Math.PI) * (x + 0.044715 * x * x * x))))
        Activation.Silu, "silu", (fun x -> x / (1.0 + exp -x))
        Activation.Softplus, "softplus", (fun x -> log (1.0 + exp x))
        Activation.Mish, "mish", (fun x -> x * Math.Tanh(log (1.0 + exp x)))
        Activation.Relu6, "relu6", (fun x -> min (max x 0.0) 6.0)
        Activation.HardSigmoid, "hardSigmoid", (fun x -> min (max (x + 3.0) 0.0) 6.0 / 6.0)
        Activation.HardTanh, "hardTanh", (fun x -> min (max x -1.0) 1.0)
        Activation.Selu, "selu", (fun x -> 1.0507009873554805 * (if x > 0.0 then x else 1.6732632423543772 * (exp x - 1.0)))
        Activation.Softsign, "softsign", (fun x -> x / (1.0 + abs x))
        Activation.Tanhshrink, "tanhshrink", (fun x -> x - Math.Tanh x)
        Activation.Celu 0.5, "celu(0.5)", (fun x -> if x > 0.0 then x else 0.5 * (exp (x / 0.5) - 1.0))
        Activation.LeakyRelu 0.2, "leakyRelu(0.2)", (fun x -> if x > 0.0 then x else 0.2 * x)
        Activation.Elu 1.5, "elu(1.5)", (fun x -> if x > 0.0 then x else 1.5 * (exp x - 1.0))
    ]

[<Fact>]
let ``values and derivatives of elementwise activations`` () =
    let x = numbers 1 [ 5; 8 ] * 2.0

    for a, name, f in rows do
        Assert.Equal(name, a.Name)
        close 1e-12 (Tensor.ofArray [ 5; 8 ] (x.ToDoubles() |> Array.map f)) (a.Apply x)
        checkGradient (fun x -> sum (a.Apply x * numbers 2 [ 5; 8 ])) x

[<Fact>]
let ``gelu is x times the normal distribution function`` () =
    // Published values of Φ: Φ(1) = 0.8413447460685429, Φ(-2) = 0.0227501319481792.
    let y = Activation.Gelu.Apply(Tensor.vector64 [ 1.0; -2.0; 0.0 ])
    close 1e-12 (Tensor.vector64 [ 0.8413447460685429; -0.0455002638963584; 0.0 ]) y

[<Fact>]
let ``softmax and log softmax are over the last axis`` () =
    let x = numbers 3 [ 2; 3; 4 ]
    let at = reader x

    let expected = build [ 2; 3; 4 ] (fun p -> exp (at p) / List.sum [ for i in 0..3 -> exp (at [ p[0]; p[1]; i ]) ])

    close 1e-12 expected (Activation.Softmax.Apply x)
    close 1e-12 (log expected) (Activation.LogSoftmax.Apply x)

[<Fact>]
let ``layers of activations keep shape and name`` () =
    let layers =
        [
            Layers.relu, "relu"
            Layers.sigmoid, "sigmoid"
            Layers.tanh, "tanh"
            Layers.gelu, "gelu"
            Layers.silu, "silu"
            Layers.softplus, "softplus"
            Layers.softmax, "softmax"
            Layers.logSoftmax, "logSoftmax"
            Layers.leakyRelu 0.01, "leakyRelu(0.01)"
            Layers.elu 1.0, "elu(1)"
        ]

    for layer, name in layers do
        Assert.Equal(name, layer.Name)
        Assert.Equal<Shape>(shapeOf [ 3; 4 ], layer.OutputShape(shapeOf [ 3; 4 ]))

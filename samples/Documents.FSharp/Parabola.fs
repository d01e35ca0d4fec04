/// Walks down y = x² from 5, by gradient descent and with momentum.
module Documents.Parabola

open DeepFun
open DeepFun.FSharp

let private start, private rate, private steps = 5.0, 0.01, 200

let private descend (optimizer: Optimizer) : float[] =
    let gradient = grad (fun (p: Params) -> square p["x"])

    let step (parameters, memory) _ =
        let updates, memory = optimizer.Update (gradient parameters) memory parameters
        Optimizer.apply updates parameters, memory

    let first = Params.Of(struct ("x", Tensor.scalar start))

    Seq.scan step (first, optimizer.Init first) (seq { 1..steps })
    |> Seq.map (fun (p, _) -> p["x"].ToDouble())
    |> Array.ofSeq

let run (_: SampleOptions) : SampleResult =
    let plain = descend (Optimizers.sgd rate)
    let momentum = descend (Optimizers.momentum (rate, 0.9))
    let last = Array.last plain, Array.last momentum
    // The gradient is 2x: each step of gradient descent leaves 1 − 2 · rate of x.
    let exact = start * (1.0 - 2.0 * rate) ** float steps

    let step = [| 0.0 .. float steps |]
    let squares = Array.map (fun x -> x * x)
    let on name path = struct (name, path, squares path)
    let x = [| -5.0 .. 0.1..5.0 |]
    let walks = [| on "gradient descent" plain; on "momentum 0.9" momentum |]
    let parabola = [| struct ("y = x²", x, squares x) |]
    let paths = [| struct ("gradient descent", step, plain); struct ("momentum 0.9", step, momentum) |]

    {
        Report =
            HtmlReport("y = x²", $"after {steps} steps from {start}: {fst last:F4} by gradient descent, {snd last:E1} with momentum")
                .Heading("Paths")
                .Add(Figure.Lines("x at each step", "step", "x", paths))
                .Heading("On the parabola")
                .Add(Figure.Scatter("Where they walk", "x", "y", walks, parabola))
        Achievements =
            [
                Sample.achieved "distance of gradient descent from its formula" (abs (fst last - exact)) (AtMost 1e-4)
                Sample.achieved "distance from the minimum with momentum" (abs (snd last)) (AtMost 1e-3)
                Sample.achieved "how many times nearer momentum comes" (abs (fst last / snd last)) (AtLeast 50.0)
            ]
    }

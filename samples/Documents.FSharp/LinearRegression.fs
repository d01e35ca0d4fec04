/// Finds the line behind y = 2x + noise.
module Documents.LinearRegression

open DeepFun
open DeepFun.FSharp

let private leastSquares (x: float[]) (y: float[]) =
    let meanX, meanY = Array.average x, Array.average y

    (Array.map2 (fun a b -> (a - meanX) * (b - meanY)) x y |> Array.sum)
    / (x |> Array.sumBy (fun a -> (a - meanX) * (a - meanX)))

let run (options: SampleOptions) : SampleResult =
    let n = options.Pick(quick = 200, full = 2000)
    let xKey, noiseKey = Key.split2 (Key.ofSeed 1L)
    let x = Random.uniform -1.0 1.0 [ n; 1 ] xKey
    let data = Dataset(x, 2.0 * x + 0.1 * Random.normal [ n; 1 ] noiseKey)

    let recipe =
        {
            Model = Layers.dense 1
            Loss = Losses.meanSquaredError
            Optimizer = Optimizers.sgd 0.1
            Metrics = []
            Penalty = None
        }

    let trained, history =
        Loop.fit { FitOptions.Default with Epochs = options.Pick(quick = 30, full = 10) } recipe (Key.ofSeed 0L) data

    let slope, intercept = trained.Params["weight"].ToDouble(), trained.Params["bias"].ToDouble()

    let xs, ys = data.Inputs.ToDoubles(), data.Targets.ToDoubles()
    let dots = struct ("examples", xs[..199], ys[..199])
    let line = struct ("fitted line", [| -1.0; 1.0 |], [| intercept - slope; intercept + slope |])

    {
        Report =
            HtmlReport("Linear regression", $"""y = 2x + noise; found y = {slope:F3}x {intercept.ToString "+0.000;-0.000"}""")
                .Heading("Fit")
                .Add(Figure.Scatter("The fitted line", "x", "y", [| dots |], [| line |]))
                .Heading("Training")
                .Add(Plot.loss history)
        Achievements =
            [
                Sample.achieved "distance of the slope from 2" (abs (slope - 2.0)) (AtMost 0.05)
                Sample.achieved "distance of the slope from that of least squares" (abs (slope - leastSquares xs ys)) (AtMost 0.02)
                // The noise alone has a mean square of 0.01.
                Sample.achieved "mean squared error" (Training.evaluate recipe trained 256 data).Loss (AtMost 0.0125)
            ]
    }

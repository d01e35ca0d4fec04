/// The optimizers, schedules and L-BFGS against PyTorch's; tests/reference/torch_optimizers.py writes the numbers.
[<Xunit.Trait("Oracle", "PyTorch")>]
module DeepFun.Core.Tests.FamilyPyTorchTests

open System
open System.IO
open System.Text.Json
open DeepFun
open DeepFun.FSharp
open Xunit

let private fixture =
    lazy JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Optimizers", "family.json"))).RootElement

let private part (name: string) = fixture.Value.GetProperty name
let private numbers (e: JsonElement) = [| for x in e.EnumerateArray() -> x.GetDouble() |]
let private sizes = [ "scalar", []; "vector", [ 3 ]; "matrix", [ 2; 3 ]; "kernel", [ 2; 1; 2; 2 ] ]

let private tree (e: JsonElement) : Params =
    Params.Of [| for name, sizes in sizes -> struct (name, Tensor.ofArray sizes (numbers (e.GetProperty name))) |]

/// The rate in float64, so that float64 meets float64.
let private rate (value: float) : Schedule = Schedule.ofTensor (Tensor.scalar64 value)

let private decayed (decay: float) (o: Optimizer) = Optimizer.chain [ Transform.addDecayedWeights decay (fun _ -> true); o ]

let private optimizer (case: string) : Optimizer =
    match case with
    | "adaGrad" -> Optimizers.adaGrad (rate 0.05)
    | "adaGrad options" -> Optimizers.adaGrad (Schedule.inverseTime 0.1 0.02, initial = 0.2, epsilon = 1e-3) |> decayed 0.1
    | "adaDelta" -> Optimizers.adaDelta (rate 1.0)
    | "adaDelta options" -> Optimizers.adaDelta (rate 0.5, rho = 0.8, epsilon = 1e-4) |> decayed 0.05
    | "amsGrad" -> Optimizers.amsGrad (rate 0.01)
    | "amsGrad L2" -> Optimizers.amsGrad (rate 0.02, beta1 = 0.8, beta2 = 0.9, epsilon = 1e-4) |> decayed 0.1
    | "amsGrad decoupled" -> Optimizers.amsGrad (rate 0.02, beta1 = 0.8, beta2 = 0.9, weightDecay = 0.1)
    | "adaMax" -> Optimizers.adaMax (rate 0.002)
    | "adaMax options" -> Optimizers.adaMax (rate 0.02, beta1 = 0.7, beta2 = 0.95, epsilon = 1e-3) |> decayed 0.1
    | "nAdam" -> Optimizers.nAdam (rate 0.002)
    | "nAdam options" -> Optimizers.nAdam (rate 0.02, beta1 = 0.8, beta2 = 0.95, epsilon = 1e-4, momentumDecay = 0.05) |> decayed 0.1
    | "rAdam" -> Optimizers.rAdam (rate 0.01)
    | "rAdam options" -> Optimizers.rAdam (rate 0.02, beta1 = 0.8, beta2 = 0.9, epsilon = 1e-4) |> decayed 0.1
    | "rAdam short" -> Optimizers.rAdam (rate 0.02, beta1 = 0.8, beta2 = 0.5)
    | "rprop" -> Optimizers.rprop ()
    | "rprop options" -> Optimizers.rprop (0.05, shrink = 0.3, grow = 1.5, smallest = 0.01, largest = 0.2)
    | "rmsprop L2" -> Optimizers.rmsprop (rate 0.01, alpha = 0.9, momentum = 0.3, centered = true) |> decayed 0.1
    | "adam L2" -> Optimizers.adam (rate 0.01) |> decayed 0.1
    | "nesterov L2" -> Optimizers.nesterov (rate 0.01, 0.8) |> decayed 0.1
    | _ -> invalidArg (nameof case) case

let private namesOf (property: string) : TheoryData<string> =
    let data = TheoryData<string>()

    for e in (part property).EnumerateObject() do
        data.Add e.Name

    data

let cases: TheoryData<string> = namesOf "cases"

[<Theory; MemberData(nameof cases)>]
let ``100 steps agree with PyTorch's`` (case: string) =
    let gradients = (part "gradients").EnumerateArray() |> Seq.map tree |> Array.ofSeq
    let expected = (part "cases").GetProperty(case).EnumerateArray() |> Array.ofSeq
    let every = (part "every").GetInt32()
    let o = optimizer case
    Assert.Equal(100, gradients.Length)

    let step (p, state) (t, g) =
        let u, state = o.Update g state p
        let p = Optimizer.apply u p

        if t % every = 0 then
            for e in p.Entries do
                let came, theirs = e.Value.ToDoubles(), numbers (expected[t / every - 1].GetProperty e.Key)
                Records.note (Records.byFirstWord "optimizers" case) e.Value.DType theirs came

                for x, y in Array.zip came theirs do
                    let tolerance =
                        match case with
                        // Built-in schedules are float32.
                        | "adaGrad options" -> 1e-7
                        // PyTorch's product of momenta is float32.
                        | "nAdam"
                        | "nAdam options" -> 1e-8
                        | _ -> 1e-11

                    Assert.True(abs (x - y) <= tolerance * max 1.0 (abs y), $"{case}, step {t}, {e.Key}: {x}, PyTorch {y}")

        p, state

    let start = tree (part "start")
    Seq.fold step (start, o.Init start) (Seq.zip [ 1..100 ] gradients) |> ignore

let rates: TheoryData<string> = namesOf "rates"

let private schedule (name: string) : Schedule =
    match name with
    | "multiStep" -> Schedule.piecewiseConstant 0.1 [ 5, 0.3; 6, 0.3; 20, 0.3 ]
    | "polynomial" -> Schedule.polynomial 0.1 0.0 2.0 30
    | "restarts" -> Schedule.cosineRestarts 0.1 7 1 0.01
    | "restarts doubling" -> Schedule.cosineRestarts 0.1 3 2 0.01
    | "restarts tripling" -> Schedule.cosineRestarts 0.1 2 3 0.0
    | "oneCycle" -> Schedule.oneCycle 0.4 50 0.3 25.0 1e4 true false
    | "oneCycle linear" -> Schedule.oneCycle 0.4 50 0.25 10.0 100.0 false false
    | "oneCycle three" -> Schedule.oneCycle 0.4 50 0.31 25.0 1e4 true true
    | "triangular" -> Schedule.cyclic 0.1 0.5 4 7 1.0 1.0
    | "triangular2" -> Schedule.cyclic 0.1 0.5 4 4 0.5 1.0
    | "exp_range" -> Schedule.cyclic 0.1 0.5 4 7 1.0 0.95
    | "sequential" -> Schedule.join (Schedule.linear 0.025 0.1 10) [ 10, Schedule.exponentialDecay 0.1 0.9 1 ]
    | _ -> invalidArg (nameof name) name

[<Theory; MemberData(nameof rates)>]
let ``schedules agree with PyTorch's schedulers`` (name: string) =
    let expected = numbers ((part "rates").GetProperty name)
    let all = vmap (schedule name).At (Tensor.arange expected.Length)
    Records.note (Records.byFirstWord "schedules" name) all.DType expected (all.ToDoubles())

    for t, (came, e) in Seq.indexed (Seq.zip (all.ToDoubles()) expected) do
        Assert.True(abs (came - e) <= 1e-6, $"{name} at {t}: {came}, PyTorch {e}")

[<Theory; InlineData("default"); InlineData("options")>]
let ``plateaus agree with PyTorch's`` (name: string) =
    let options =
        if name = "default" then
            { PlateauOptions.Default with Patience = 3 }
        else
            { Factor = 0.5; Patience = 1; Threshold = 0.05; Cooldown = 2; Minimum = 0.1 }

    let losses = numbers ((part "plateau").GetProperty "losses")
    let expected = numbers ((part "plateau").GetProperty name)
    let o = Optimizer.chain [ Optimizers.sgd 1.0; Plateau.scale options ]
    let p = Params.Of(struct ("w", Tensor.vector64 [ 1.0 ]))

    (o.Init p, Array.zip losses expected)
    ||> Array.fold (fun state (loss, expected) ->
        let state = Plateau.observe (Tensor.scalar64 loss) state
        let u, _ = o.Update p state p
        // PyTorch leaves a rate whose change would be below 1e-8.
        Assert.True(abs (-(u["w"].ToDouble()) - expected) < 1e-7, $"{u}, PyTorch {expected}")
        Assert.Equal(-(u["w"].ToDouble()), (Plateau.scaleOf state).ToDouble(), 12)
        state)
    |> ignore

let private rosenbrock (p: Params) : Tensor =
    let a, b = p["a"], p["b"]
    100.0 * sum (square (b - square a)) + sum (square (1.0 - a))

let private bowl (p: Params) : Tensor =
    let a, b = p["a"], p["b"]
    sum (log (2.0 * cosh (a - 1.0))) + 3.0 * sum (exp (0.3 * b) - b) + 0.5 * square (sum a - sum b)

[<Theory; InlineData("rosenbrock"); InlineData("bowl"); InlineData("bowl without")>]
let ``L-BFGS takes PyTorch's steps`` (name: string) =
    let minimizer, f =
        match name with
        | "rosenbrock" -> Minimizers.lbfgs (memory = 5), rosenbrock
        | "bowl" -> Minimizers.lbfgs (memory = 3), bowl
        | _ -> Minimizers.lbfgs (rate = 0.5, lineSearch = false), bowl

    let start = Params.Of(struct ("a", Tensor.vector64 [ -1.2; 0.5 ]), struct ("b", Tensor.vector64 [ 1.0; -0.3 ]))
    let expected = (part "lbfgs").GetProperty(name).EnumerateArray() |> Seq.map numbers
    let compiled = jit (fun (p: Params, s: Params) -> minimizer.Step f s p)

    for step in [ (fun (p, s) -> minimizer.Step f s p); compiled ] do
        ((start, minimizer.Init start), Seq.indexed expected)
        ||> Seq.fold (fun (p, state) (t, expected) ->
            let p, state = step (p, state)
            let came = Array.append (p["a"].ToDoubles()) (p["b"].ToDoubles())
            Records.note { Group = "minimizers"; Subject = "L-BFGS"; Name = name } DType.Float64 expected came

            for x, y in Array.zip came expected do
                Assert.True(abs (x - y) <= 1e-6 * max 1.0 (abs y), $"{name}, step {t}: {x}, PyTorch {y}")

            p, state)
        |> ignore

/// The optimizers and schedules against PyTorch's, on recorded gradients.
[<Xunit.Trait("Oracle", "PyTorch")>]
module DeepFun.Core.Tests.OptimizerPyTorchTests

open System
open System.IO
open System.Text.Json
open DeepFun
open DeepFun.FSharp
open Xunit

let private fixture =
    lazy JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Optimizers", "pytorch.json"))).RootElement

let private numbers (e: JsonElement) = [| for x in e.EnumerateArray() -> x.GetDouble() |]

let private parameters (dtype: DType) (e: JsonElement) : Params =
    let tensor (name: string) (sizes: int list) = struct (name, Tensor.ofArray sizes (numbers (e.GetProperty name)) |> cast dtype)

    Params.Of(tensor "weight" [ 2; 2 ], tensor "bias" [ 3 ])

/// The rate as a tensor of the parameters' dtype, so that float64 meets float64.
let private rate (dtype: DType) (value: float) : Schedule = Schedule.ofTensor (Tensor.fullOf dtype [] value)

let private optimizer (dtype: DType) (case: string) : Optimizer =
    let rate = rate dtype

    match case with
    | "sgd" -> Optimizers.sgd (rate 0.01)
    | "sgd L2" -> Optimizer.chain [ Transform.addDecayedWeights 0.1 (fun _ -> true); Optimizers.sgd (rate 0.01) ]
    | "momentum" -> Optimizers.momentum (rate 0.01)
    | "nesterov" -> Optimizers.nesterov (rate 0.01)
    | "rmsprop" -> Optimizers.rmsprop (rate 0.01)
    | "rmsprop centered momentum" -> Optimizers.rmsprop (rate 0.003, alpha = 0.9, momentum = 0.5, centered = true)
    | "adam" -> Optimizers.adam (rate 0.01)
    | "adam options" -> Optimizers.adam (rate 0.02, beta1 = 0.8, beta2 = 0.95, epsilon = 1e-3)
    | "adam cosine" -> Optimizers.adam (Schedule.cosineDecay 0.01 100 0.1)
    | "adamW" -> Optimizers.adamW (rate 0.01)
    | "adamW masked" -> Optimizers.adamW (rate 0.01, weightDecay = 0.2, mask = fun path -> path = "weight")
    | _ -> invalidArg (nameof case) case

let cases: TheoryData<string> =
    let data = TheoryData<string>()

    for case in fixture.Value.GetProperty("cases").EnumerateObject() do
        data.Add case.Name

    data

/// The largest error relative to the parameter, or to 1 where it is smaller.
let private worst (dtype: DType) (case: string) : float =
    let gradients = fixture.Value.GetProperty("gradients").EnumerateArray() |> Seq.map (parameters dtype) |> Array.ofSeq
    let expected = fixture.Value.GetProperty("cases").GetProperty(case).EnumerateArray() |> Array.ofSeq
    let every = fixture.Value.GetProperty("every").GetInt32()
    let chain = optimizer dtype case
    let mutable p = parameters dtype (fixture.Value.GetProperty "start")
    let mutable state = chain.Init p
    let mutable error = 0.0
    Assert.Equal(100, gradients.Length)

    for step in 1 .. gradients.Length do
        let u, s = chain.Update gradients[step - 1] state p
        p <- Optimizer.apply u p
        state <- s

        if step % every = 0 then
            for e in p.Entries do
                Assert.Equal(dtype, e.Value.DType)
                let came, e' = e.Value.ToDoubles(), numbers (expected[step / every - 1].GetProperty e.Key)
                Records.note (Records.byFirstWord "optimizers" case) dtype e' came

                for x, y in Array.zip came e' do
                    error <- max error (abs (x - y) / max 1.0 (abs y))

    error

[<Theory; MemberData(nameof cases)>]
let ``float32 agrees with PyTorch over 100 steps`` (case: string) =
    let error = worst DType.Float32 case
    Assert.True(error < 1e-6, $"{case}: {error}")

[<Theory; MemberData(nameof cases)>]
let ``float64 agrees with PyTorch over 100 steps`` (case: string) =
    let error = worst DType.Float64 case
    // Built-in schedules are float32.
    Assert.True((error < if case = "adam cosine" then 1e-7 else 1e-11), $"{case}: {error}")

[<Theory>]
[<InlineData("step"); InlineData("exponential"); InlineData("cosine"); InlineData("linear")>]
let ``schedules agree with PyTorch's`` (name: string) =
    let schedule =
        match name with
        | "step" -> Schedule.stepDecay 0.1 0.3 7
        | "exponential" -> Schedule.exponentialDecay 0.1 0.9 1
        | "cosine" -> Schedule.cosineDecay 0.1 29 0.1
        | _ -> Schedule.linear 0.025 0.1 12

    let expected = numbers (fixture.Value.GetProperty("rates").GetProperty name)
    Assert.Equal(30, expected.Length)

    for t in 0 .. expected.Length - 1 do
        let came = schedule.ValueAt t
        Records.note (Records.byFirstWord "schedules" name) DType.Float32 [| expected[t] |] [| came |]
        Assert.True(abs (came - expected[t]) <= 1e-6 * expected[t], $"{name} at {t}: {came}, expected {expected[t]}")

/// Schedules against their closed forms.
module DeepFun.Core.Tests.ScheduleTests

open System
open DeepFun
open DeepFun.FSharp
open FsCheck.Xunit
open Xunit

let private close (expected: float) (came: float) =
    Assert.True(abs (came - expected) <= 1e-6 * max 1.0 (abs expected), $"{came}, expected {expected}")

let private follows (schedule: Schedule) (f: float -> float) (steps: int seq) =
    for t in steps do
        close (f (float t)) (schedule.ValueAt t)

let private progress steps t = min t steps / steps

[<Fact>]
let ``a constant is itself at every step`` () =
    follows (Schedule.constant 0.25) (fun _ -> 0.25) [ 0; 1; 1000000 ]
    follows (Schedule.ofTensor (Tensor.scalar 0.5)) (fun _ -> 0.5) [ 0; 7 ]

[<Fact>]
let ``decays follow their equations`` () =
    let steps = [ 0..40 ]
    follows (Schedule.exponentialDecay 2.0 0.5 10) (fun t -> 2.0 * 0.5 ** (t / 10.0)) steps
    follows (Schedule.stepDecay 2.0 0.5 10) (fun t -> 2.0 * 0.5 ** floor (t / 10.0)) steps
    follows (Schedule.linear 1.0 3.0 20) (fun t -> 1.0 + 2.0 * progress 20.0 t) steps
    follows (Schedule.polynomial 2.0 0.5 3.0 20) (fun t -> 0.5 + 1.5 * (1.0 - progress 20.0 t) ** 3.0) steps
    let cosine t = 2.0 * (0.1 + 0.9 * 0.5 * (1.0 + cos (Math.PI * progress 20.0 t)))
    follows (Schedule.cosineDecay 2.0 20 0.1) cosine steps

[<Fact>]
let ``stairs fall at exactly every multiple`` () =
    for every in [ 3; 7; 49; 1000 ] do
        let s = Schedule.stepDecay 1.0 0.5 every

        for k in 1..10 do
            close (0.5 ** float (k - 1)) (s.ValueAt(k * every - 1))
            close (0.5 ** float k) (s.ValueAt(k * every))

[<Fact>]
let ``warm-up rises to the schedule that follows`` () =
    let s = Schedule.warmupCosine 0.8 10 110 0.25

    let expected t =
        if t < 10.0 then
            0.08 * t
        else
            0.8 * (0.25 + 0.75 * 0.5 * (1.0 + cos (Math.PI * progress 100.0 (t - 10.0))))

    follows s expected [ 0..150 ]

[<Fact>]
let ``joined schedules begin at their step with their own 0`` () =
    let s = Schedule.join (Schedule.linear 1.0 0.0 10) [ 5, Schedule.constant 7.0; 8, Schedule.exponentialDecay 3.0 0.5 1 ]

    let expected t =
        if t < 5.0 then 1.0 - t / 10.0
        elif t < 8.0 then 7.0
        else 3.0 * 0.5 ** (t - 8.0)

    follows s expected [ 0..20 ]

[<Fact>]
let ``more schedules follow their equations`` () =
    follows (Schedule.inverseTime 0.5 0.1) (fun t -> 0.5 / (1.0 + 0.1 * t)) [ 0..40 ]
    follows (Schedule.inverseSqrt 0.5 8) (fun t -> 0.5 * min ((t + 1.0) / 8.0) (sqrt (8.0 / (t + 1.0)))) [ 0..40 ]
    let linear = Schedule.piecewiseLinear [ 2, 1.0; 4, 3.0; 10, 0.0 ]

    let expected t =
        if t < 2.0 then 1.0
        elif t < 4.0 then t - 1.0
        else 3.0 * (1.0 - min 1.0 ((t - 4.0) / 6.0))

    follows linear expected [ 0..20 ]
    let product = Schedule.product [ Schedule.constant 3.0; Schedule.linear 0.0 1.0 4; Schedule.stepDecay 1.0 0.5 2 ]
    follows product (fun t -> 3.0 * progress 4.0 t * 0.5 ** floor (t / 2.0)) [ 0..10 ]
    follows (Schedule.product []) (fun _ -> 1.0) [ 0; 3 ]

[<Fact>]
let ``restarts begin anew at exactly the sums of their lengths`` () =
    let s = Schedule.cosineRestarts 1.0 5 2 0.0

    for n in 0..14 do
        let at = 5 * ((1 <<< n) - 1)
        close 1.0 (s.ValueAt at)
        Assert.True(at = 0 || s.ValueAt(at - 1) < 0.1, string at)

[<Property>]
let ``decays never grow and stay between their ends`` (steps: byte) (t: byte) =
    let n = 1 + int steps

    [ Schedule.cosineDecay 1.0 n 0.1; Schedule.linear 1.0 0.1 n; Schedule.polynomial 1.0 0.1 2.0 n ]
    |> List.forall (fun s ->
        let a, b = s.ValueAt(int t), s.ValueAt(int t + 1)
        b <= a + 1e-6 && a <= 1.0 + 1e-6 && b >= 0.1 - 1e-6)

[<Fact>]
let ``steps may be integers and values are float32 without axes`` () =
    for s in [ Schedule.cosineDecay 1.0 9 0.0; Schedule.warmupCosine 1.0 3 9 0.0; Schedule.stepDecay 1.0 0.1 2 ] do
        let at = s.At(Tensor.ofArray [] [| 4 |])
        Assert.Equal(DType.Float32, at.DType)
        Assert.Equal(0, at.Rank)
        close (s.ValueAt 4) (at.ToDouble())

[<Fact>]
let ``schedules are differentiable and batch over steps`` () =
    let s = Schedule.join (Schedule.linear 0.0 1.0 4) [ 4, Schedule.exponentialDecay 1.0 0.01 1 ]
    let slope (t: float) = (grad s.At (Tensor.scalar t)).ToDouble()
    close 0.25 (slope 2.0)
    close (log 0.01 * 0.01) (slope 5.0)
    // Far outside of its turn a schedule must not turn the derivative into NaN.
    close 0.25 (slope 0.5)
    let all = vmap s.At (Tensor.vector [ 0.0 .. 6.0 ])
    Array.iteri (fun t v -> close (s.ValueAt t) v) (all.ToDoubles())

[<Fact>]
let ``a factor scales every value and gets the gradient`` () =
    let s = Schedule.cosineDecay 1.0 10 0.0
    let value (factor: Tensor) = (Schedule.times factor s).At(Tensor.scalar 3.0)
    close (2.0 * s.ValueAt 3) ((value (Tensor.scalar 2.0)).ToDouble())
    close (s.ValueAt 3) ((grad value (Tensor.scalar 2.0)).ToDouble())

[<Fact>]
let ``numbers, tensors and delegates are schedules`` () =
    close 0.5 (Schedule.op_Implicit(0.5: float).ValueAt 3)
    close 0.5 (Schedule.op_Implicit(Tensor.scalar 0.5).ValueAt 3)
    close 9.0 (Schedule("square", (fun t -> t * t)).ValueAt 3)
    Assert.Equal("square", string (Schedule("square", (fun t -> t))))

[<Fact>]
let ``wrong schedules say what is wrong`` () =
    let code (f: unit -> obj) = Assert.Throws<DeepFunException>(f >> ignore).Code
    Assert.Equal("DF0902", code (fun () -> Schedule.cosineDecay 1.0 0 0.0))
    Assert.Equal("DF0902", code (fun () -> Schedule.warmupCosine 1.0 10 10 0.0))
    let one = Schedule.constant 1.0
    Assert.Equal("DF0902", code (fun () -> Schedule.join one [ 5, one; 5, one ]))
    Assert.Equal("DF0125", code (fun () -> one.At(Tensor.zeros [ 2 ])))
    Assert.Equal("DF0125", code (fun () -> (Schedule.ofTensor (Tensor.ones [ 1 ])).At(Tensor.scalar 0.0)))

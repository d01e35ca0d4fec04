/// The checkers of derivatives and of values that are not finite: they pass what is right and name what is wrong.
module DeepFun.Core.Tests.Transformations.CheckerTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private r = seeded "checks"

type Weights = { Kernel: Tensor; Bias: Tensor; Label: string }

let private model = { Kernel = uniform r [ 2; 3 ]; Bias = uniform r [ 3 ]; Label = "m" }

let private smooth (w: Weights) : Tensor * Tensor =
    let hidden = tanh (matmul (f64 [ 2 ] [ 0.5; -1.0 ]) w.Kernel + w.Bias)
    softmax 0 hidden, sum (exp hidden)

[<Fact>]
let ``right derivatives pass to the third order, over trees`` () =
    let report = checkGrad 3 smooth model
    Assert.True(report.Passed, string report)
    Assert.Equal(3, report.Order)
    // 9 numbers by 2 modes; again for each of the 2 first, and the 4 second derivatives.
    Assert.Equal(9 * 2 * (1 + 2 + 4), report.Compared)
    Assert.Equal("126 derivatives up to order 3 agree with finite differences and complex steps", string report)
    assertGrad 2 (fun (x: Tensor, n: Tensor) -> x ** 3.0 * cast DType.Float64 n) (f64 [ 2 ] [ 1.5; -0.5 ], Tensor.ofArray [ 2 ] [| 2; 3 |])

[<Fact>]
let ``each dtype has its own tolerance`` () =
    let f (x: Tensor) : Tensor = sum (sin x * exp (0.5 * x))
    let x = Tensor.vector [ 0.3; -1.2; 2.0 ]
    let report = checkGrad 2 f x
    Assert.True(report.Passed, string report)
    // Half precisions as well, to the first order; a derivative that is lost is found in each.
    for dtype in [ DType.Float32; DType.Float16; DType.BFloat16 ] do
        let report = checkGrad 1 f (cast dtype x)
        Assert.True(report.Passed, string report)
        Assert.False((checkGrad 1 (fun x -> f x + stopGradient (sum (square x))) (cast dtype x)).Passed)

[<Fact>]
let ``a wrong derivative is named by mode, leaf and element`` () =
    // The derivative by the bias's last element is lost.
    let f (w: Weights) : Tensor =
        let b = concat 0 [ slice 0 0 2 w.Bias; stopGradient (slice 0 2 3 w.Bias) ]
        sum (square b) + sum w.Kernel

    let report = checkGrad 2 f model
    Assert.False report.Passed
    Assert.Equal(2, report.Mismatches.Count)

    for m in report.Mismatches do
        Assert.Equal("Bias", m.Path)
        Assert.Equal<int>([ 2 ], m.Index)
        Assert.Equal(1, m.Order)
        Assert.Equal(0.0, m.Derivative)
        Assert.True(abs m.Difference > m.Allowed)

    Assert.Equal<string list>([ "forward"; "reverse" ], report.Mismatches |> Seq.map _.Modes |> List.ofSeq)
    Assert.StartsWith("2 of 18 differ: forward at 'Bias'[2]: derivative 0, finite difference ", string report)
    let code, message = errorOf (fun () -> assertGrad 1 f model)
    Assert.Equal("DF0440", code)
    Assert.Contains("'Bias'[2]", message)

[<Fact>]
let ``a wrong second derivative is named by the sequence of modes`` () =
    // The value is x² and the slope 2x, as it should be; but the slope is held constant, so that the second derivative is lost.
    let line (x: Tensor) : Tensor = sum (stopGradient (2.0 * x) * x)
    let g (x: Tensor) : Tensor = stopGradient (sum (square x)) + line x - stopGradient (line x)
    Assert.True((checkGrad 1 g (f64 [ 2 ] [ 0.5; 1.5 ])).Passed)
    let report = checkGrad 2 g (f64 [ 2 ] [ 0.5; 1.5 ])
    Assert.False report.Passed
    Assert.All(report.Mismatches, (fun m -> Assert.Equal(2, m.Order)))
    let modes = report.Mismatches |> Seq.map _.Modes |> Seq.distinct |> Seq.sort |> List.ofSeq
    Assert.Equal<string list>([ "forward over forward"; "forward over reverse"; "reverse over forward"; "reverse over reverse" ], modes)

/// sin x by a rule whose slope is off by this factor.
let private skewed (factor: float) (x: Tensor) : Tensor = customJvp sin (fun (x: Tensor) dx -> sin x, factor * cos x * dx) x

[<Fact>]
let ``a complex step finds what finite differences cannot`` () =
    let x = f64 [ 2 ] [ 0.3; 1.1 ]
    let f (x: Tensor) : Tensor = sum (exp (skewed (1.0 + 1e-9) x))
    let report = checkGrad 1 f x
    Assert.Equal(4, report.ComplexSteps)
    Assert.Equal("", report.WithoutComplexSteps)
    Assert.Equal(4, report.Mismatches.Count)
    Assert.All(report.Mismatches, (fun m -> Assert.True m.ByComplexStep))
    let slope = Math.Cos 0.3 * Math.Exp(Math.Sin 0.3)
    Assert.Equal(slope, report.Mismatches[0].Difference, 1e-14)
    Assert.Contains("complex step", string report)
    Assert.True((checkGradWith { GradCheckOptions.Default with ComplexSteps = false } f x).Passed)
    Assert.True((checkGrad 2 (skewed 1.0) x).Passed)
    // A mistake that differences see is told once, by them.
    let report = checkGrad 1 (skewed 1.1) x
    Assert.Equal(4, report.Mismatches.Count)
    Assert.All(report.Mismatches, (fun m -> Assert.False m.ByComplexStep))

[<Fact>]
let ``loops, branches and checkpoints are stepped through`` () =
    let step (c: Tensor) (t: Tensor) : Tensor * Tensor = let next = sin (c * t) + c in next, exp next

    let f (x: Tensor) =
        let last, all = scan step x (f64 [ 3 ] [ 0.5; 1.5; -0.4 ])
        let grown = whileLoop (fun (c: Tensor) -> less c (scalar 3.0)) (fun c -> c * c + x) (abs last + 1.1)
        let chosen = cond (greater x (scalar 0.5)) (fun (x: Tensor) -> x * x) sin x
        checkpoint (fun (x: Tensor) -> cos x * chosen) grown, all, (jit (fun (x: Tensor) -> x * exp x)) x

    let report = checkGrad 2 f (scalar 0.6)
    Assert.True(report.Passed, string report)
    Assert.Equal(report.Compared, report.ComplexSteps)

[<Fact>]
let ``linear algebra, indices and transforms are stepped through`` () =
    let a = uniform r [ 3; 3 ] + 3.0 * cast DType.Float64 (Tensor.eye 3)

    let f (a: Tensor) : Tensor list =
        let symmetric = matmul a (transpose a)
        let sign, logarithm = slogdet a

        [
            cholesky symmetric
            inv a
            det a
            sign * logarithm
            sort -1 a
            maximum a (transpose a)
            amax a
            take 0 (Tensor.ofArray [ 2 ] [| 2; 0 |]) a
        ]

    let report = checkGrad 1 f a
    Assert.True(report.Passed, string report)
    Assert.Equal(report.Compared, report.ComplexSteps)

[<Fact>]
let ``where complex steps do not apply the report says why`` () =
    let why (f: Tensor -> Tensor) (x: Tensor) =
        let report = checkGrad 1 f x
        Assert.True(report.Passed, string report)
        Assert.Equal(0, report.ComplexSteps)
        Assert.Contains($"(no complex steps: {report.WithoutComplexSteps})", string report)
        report.WithoutComplexSteps

    let x = f64 [ 2; 2 ] [ 2.0; 0.3; 0.3; 1.0 ]
    Assert.Contains("eigh", why (eigvalsh >> square) x)
    Assert.Contains("incomplete", why (fun x -> gammainc x (square x)) x)
    Assert.Contains("float32", why sin (cast DType.Float32 x))
    // Of second derivatives of ψ those are not compared, but the first are.
    let report = checkGrad 2 digamma x
    Assert.True(report.Passed, string report)
    Assert.Equal(8, report.ComplexSteps)
    Assert.Contains("8 of them with complex steps (the others: polygamma", string report)

[<Fact>]
let ``large tensors are sampled, and options are kept`` () =
    let x = uniform r [ 10; 30 ]
    let options = { GradCheckOptions.Default with Elements = 7 }
    Assert.Equal(14, (checkGradWith options (fun x -> sum (sin x)) x).Compared)
    // A tolerance of nothing finds rounding; a huge step finds curvature.
    Assert.False((checkGradWith { options with Tolerance = Some 1e-18 } (fun x -> sum (exp (sin x))) x).Passed)
    Assert.False((checkGradWith { options with Step = Some 1.0 } (fun x -> sum (sin (3.0 * x))) x).Passed)
    throws "DF0439" (fun () -> checkGradWith { options with Step = Some 0.0 } sum x)
    throws "DF0431" (fun () -> checkGrad 0 sum x)
    throws "DF0404" (fun () -> checkGrad 1 id (Tensor.ofArray [ 1 ] [| 1 |]))
    // A kink between the points of the difference is no derivative.
    Assert.False((checkGrad 1 abs (f64 [ 1 ] [ 1e-5 ])).Passed)

let private found (f: 'a -> 'b) (x: 'a) : NonFinite =
    match checkNaN f x with
    | Some n -> n
    | None -> raise (Xunit.Sdk.XunitException "nothing was found")

[<Fact>]
let ``the first operation forward is named with its operands`` () =
    let f (x: Tensor) : Tensor = sum (exp (log (x - 1.0) * 2.0))
    let n = found f (f64 [ 3 ] [ 2.0; 0.5; 3.0 ])
    Assert.Equal(ComputationPass.Forward, n.Pass)
    Assert.Equal("log", n.Operation)
    Assert.True n.IsNaN
    Assert.Equal(2, n.Number)
    Assert.Equal<string>([ "float64[3] in [-0.5, 2]" ], n.Operands)
    Assert.Equal("float64[3], 1 of 3 not finite, the first at [1]", n.Result)
    Assert.Contains("CheckerTests", n.Place)
    Assert.StartsWith("log gave NaN in the forward pass (operation 2) at ", string n)
    let n = found (fun (x: Tensor) -> 1.0 / x) (f64 [ 2; 2 ] [ 1.0; 2.0; 3.0; 0.0 ])
    Assert.False n.IsNaN
    Assert.Equal("div", n.Operation)
    Assert.EndsWith("the first at [1, 1]", n.Result)
    Assert.Equal(2, n.Operands.Count)

[<Fact>]
let ``a derivative that is not finite is found behind a value that is`` () =
    // √0 is 0, 1/(2√0) is not.
    let n = found (fun (x: Tensor) -> sum (sqrt x)) (f64 [ 2 ] [ 4.0; 0.0 ])
    Assert.Equal(ComputationPass.Derivative, n.Pass)
    Assert.Equal("div", n.Operation)
    Assert.False n.IsNaN
    // The branch that is not taken: the value is guarded, 0 · ∞ on the way back is not.
    let guarded (x: Tensor) : Tensor = where (greater x (zerosLike x)) (sqrt (stopGradient (zerosLike x) + x)) (zerosLike x) |> sum
    Assert.Equal(ComputationPass.Derivative, (found guarded (f64 [ 1 ] [ 0.0 ])).Pass)
    // Every factor is finite; their product on the way back is not: 1e200 · 1e200.
    let n = found (fun (x: Tensor) -> sum (x * 1e-300 * 1e200 * 1e200)) (f64 [ 1 ] [ 1.0 ])
    Assert.Equal(ComputationPass.Backward, n.Pass)
    Assert.Equal("mul", n.Operation)
    Assert.False n.IsNaN

[<Fact>]
let ``finite computations pass, and infinities that come in are no finding`` () =
    let x = f64 [ 3 ] [ 0.1; 0.2; 0.3 ]
    Assert.True((checkNaN (fun x -> sum (exp x * sin x)) x).IsNone)
    let mask = f64 [ 3 ] [ 0.0; -infinity; 0.0 ]
    Assert.True((checkNaN (fun x -> softmax 0 (where (greater mask (fullLike -1.0 mask)) x mask)) x).IsNone)
    // A NaN made from it is one.
    let n = found (fun (x: Tensor) -> x + mask - mask) x
    Assert.Equal("sub", n.Operation)
    Assert.True n.IsNaN
    Assert.True((checkNaN (fun (n: Tensor) -> n + 1.0) (Tensor.ofArray [ 1 ] [| 1 |])).IsNone)

[<Fact>]
let ``a NaN from outside is named where it comes in`` () =
    let nan = f64 [ 2 ] [ 1.0; nan ]
    let n = found (fun (a: Tensor, b: Tensor) -> a + b) (onesLike nan, nan)
    Assert.Equal("the argument '1'", n.Operation)
    Assert.Equal(0, n.Number)
    let n = found (fun (x: Tensor) -> x * nan) (f64 [ 2 ] [ 1.0; 2.0 ])
    Assert.Equal("operand 2 of mul, which was captured and already held NaN,", n.Operation)

[<Fact>]
let ``gradients, maps and records are watched, inside of other derivatives too`` () =
    let loss (w: Weights) (x: Tensor) : Tensor = sum (log (matmul x w.Kernel + w.Bias))

    let bad =
        { model with
            Kernel = Tensor.zeros [ 2; 3 ] |> cast DType.Float64
            Bias = f64 [ 3 ] [ 1.0; 0.0; 1.0 ]
        }

    let x = f64 [ 2 ] [ 1.0; 2.0 ]
    Assert.Equal("log", (found (fun w -> grad (fun w -> loss w x) w) bad).Operation)
    Assert.Equal("log", (found (fun (w, xs) -> vmap (loss w) xs) (bad, stack 0 [ x; x ])).Operation)
    let inner = ref None

    grad
        (fun x ->
            inner.Value <- checkNaN (fun x -> log x) x
            sum (square x))
        (f64 [ 1 ] [ -1.0 ])
    |> ignore

    Assert.Equal("log", inner.Value.Value.Operation)

    vmap
        (fun x ->
            inner.Value <- checkNaN (fun x -> 1.0 / x) x
            x)
        (f64 [ 2 ] [ 1.0; 0.0 ])
    |> ignore

    Assert.Equal("div", inner.Value.Value.Operation)

    taylor
        (fun x ->
            inner.Value <- checkNaN (fun x -> sqrt x) x
            square x)
        (f64 [ 1 ] [ -1.0 ])
        2
    |> ignore

    Assert.Equal("sqrt", inner.Value.Value.Operation)
    throws "DF0402" (fun () -> Trace.graph Eval.Cpu (Array.map (assertFinite log)) [| x.Type |])

[<Fact>]
let ``loops are watched line by line`` () =
    // 1, 0, −1: the logarithm of the third step's state is none.
    let f (x: Tensor) = scan (fun (state: Tensor) (_: Tensor) -> state - 1.0, log state) x (f64 [ 3 ] [ 0.0; 0.0; 0.0 ])

    let n = found f (scalar 1.0)
    Assert.Equal("log", n.Operation)
    Assert.False n.IsNaN
    let report = checkGrad 2 (fun x -> snd (f x)) (scalar 5.0)
    Assert.True(report.Passed, string report)

[<Fact>]
let ``assertFinite gives the value or raises`` () =
    let x = f64 [ 2 ] [ 1.0; 4.0 ]
    close "value" 0.0 (sqrt x) (assertFinite sqrt x)
    let code, message = errorOf (fun () -> assertFinite log (-x))
    Assert.Equal("DF0441", code)
    Assert.Contains("log gave NaN in the forward pass (operation 1)", message)
    // What is watched must not be used afterwards.
    let kept = ref x

    checkNaN
        (fun (x: Tensor) ->
            kept.Value <- 2.0 * x
            x)
        x
    |> ignore

    throws "DF0401" (fun () -> kept.Value + 1.0)

[<Fact>]
let ``solutions of equations are compared with differences alone`` () =
    let f (p: Tensor) = fixedPoint (fun (p: Tensor) x -> 0.5 * cos (p * x)) p (f64 [ 2 ] [ 0.4; 0.5 ])
    let report = checkGrad 2 f (f64 [ 2 ] [ 0.7; 1.1 ])
    Assert.True(report.Passed, string report)
    Assert.Equal(0, report.ComplexSteps)
    Assert.Contains("solver", report.WithoutComplexSteps)
    let least (p: Tensor) = argMin (fun (p: Tensor) (x: Tensor) -> sum (exp (x - p) - 2.0 * x)) p (f64 [ 2 ] [ 0.4; 0.5 ])
    Assert.True((checkGrad 1 least (f64 [ 2 ] [ 0.7; 1.1 ])).Passed)

[<Fact>]
let ``what is watched for values that are not finite can be checked`` () =
    assertGrad 2 (assertFinite (fun (x: Tensor) -> exp x)) (f64 [ 2 ] [ 0.3; -0.4 ])

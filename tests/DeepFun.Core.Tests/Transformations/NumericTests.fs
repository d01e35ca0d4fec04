/// Forward, reverse and numeric derivatives of random programs agree; the numeric ones follow their step rule.
module DeepFun.Core.Tests.Transformations.NumericTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit
open FsCheck
open FsCheck.FSharp

/// A smooth program over two vectors of three numbers and one number.
type Program =
    | First
    | Second
    | Number
    | Constant of float
    | Add of Program * Program
    | Times of Program * Program
    | Over of Program * Program
    | Sine of Program
    | Tanh of Program
    | Exponential of Program
    | Root of Program
    | Turn of Program
    | Running of Program
    | Matrix of Program
    | Softmax of Program
    | Weighed of Program

let private matrix = f64 [ 3; 3 ] [ 0.5; -0.2; 0.1; 0.3; 0.4; -0.6; -0.1; 0.2; 0.7 ]

let rec private run (a: Tensor, b: Tensor, k: Tensor) (program: Program) : Tensor =
    let go = run (a, b, k)

    match program with
    | First -> a
    | Second -> b
    | Number -> broadcastTo [ 3 ] k
    | Constant c -> fullLike c a
    | Add(p, q) -> go p + go q
    | Times(p, q) -> go p * go q
    | Over(p, q) -> go p / (1.0 + square (go q))
    | Sine p -> sin (go p)
    | Tanh p -> tanh (go p)
    | Exponential p -> exp (tanh (go p))
    | Root p -> sqrt (1.0 + square (go p))
    | Turn p -> flip [ 0 ] (go p)
    | Running p -> cumsum 0 (go p)
    | Matrix p -> matmul matrix (go p)
    | Softmax p -> softmax 0 (go p)
    | Weighed p -> (let t = go p in logSumExp [ 0 ] t * t)

let private program: Gen<Program> =
    let rec sized n : Gen<Program> =
        let leaf =
            Gen.oneof [ Gen.elements [ First; Second; Number ]; Gen.map (fun i -> Constant(float i / 4.0)) (Gen.choose (-4, 4)) ]

        if n = 0 then
            leaf
        else
            let half, less = sized (n / 2), sized (n - 1)
            let two make = Gen.map2 (fun p q -> make (p, q)) half half
            let one make = Gen.map make less

            Gen.oneof
                [
                    two Add
                    two Times
                    two Over
                    Gen.oneof (List.map one [ Sine; Tanh; Exponential; Root; Turn; Running; Matrix; Softmax; Weighed ])
                ]

    Gen.sized (fun n -> sized (min n 6))

type Programs =
    static member Program() : Arbitrary<Program> = Arb.fromGen program

let private point (seed: int) : Tensor * Tensor * Tensor =
    let r = Random seed
    uniform r [ 3 ], uniform r [ 3 ], uniform r []

let private sides (what: string) tolerance (expected: 'T) (actual: 'T) = closeAll what tolerance (Tree.leaves expected) (Tree.leaves actual)

[<FsCheck.Xunit.Property(Arbitrary = [| typeof<Programs> |], MaxTest = 60)>]
let ``forward, reverse and numeric Jacobians of random programs agree`` (p: Program) (seed: int) =
    let x = point seed
    let f x = run x p, sum (run x p)
    let forward = jacobianTreeForward f x
    sides "reverse" 1e-11 forward (jacobianTreeReverse f x)
    sides "numeric" 1e-7 forward (Numeric.jacobianTree None f x)

[<FsCheck.Xunit.Property(Arbitrary = [| typeof<Programs> |], MaxTest = 40)>]
let ``second derivatives of random programs agree by every way`` (p: Program) (seed: int) =
    let x = point seed
    let v = point (seed + 1)
    let f x = sum (sin (run x p))
    let h = hessianTree f x
    let product = hvp f x v
    let flat tree = Tree.leaves tree |> Array.map flatten |> concat 0
    close "matrix times vector" 1e-10 (matmul (h.ToMatrix()) (flat v)) (flat product)
    sides "vhp" 1e-10 product (vhp f x v)
    close "symmetric" 1e-10 (transpose (h.ToMatrix())) (h.ToMatrix())
    close "laplacian" 1e-10 (trace (h.ToMatrix())) (laplacian f x)
    sides "numeric hvp" 1e-4 product (Numeric.hvp None f x v)
    sides "numeric vhp" 1e-4 product (Numeric.vhp None f x v)
    sides "jacobian of the gradient" 1e-10 h (jacobianTreeReverse (grad f) x)

[<FsCheck.Xunit.Property(Arbitrary = [| typeof<Programs> |], MaxTest = 40)>]
let ``mapped derivatives of random programs are those of each entry`` (p: Program) (seed: int) =
    let a, b, k = point seed
    let many = stack 1 [ a; 2.0 * a; -a ]
    let axes = Axes.Each(Axes.At 1, Axes.Unmapped, Axes.Unmapped)
    let f x = grad (fun x -> sum (run x p)) x
    let looped = [ for i in 0..2 -> Tree.leaves (f (item 1 i many, b, k)) ]
    let mapped = Tree.leaves (vmapAxes axes (Axes.At 0) f (many, b, k))

    for j in 0..2 do
        close $"leaf {j}" 1e-12 (looped |> List.map (Array.item j) |> stack 0) mapped[j]

[<Fact>]
let ``every numeric derivative is near its exact one`` () =
    let x = f64 [ 3 ] [ 0.3; -0.8; 1.2 ]
    let v = f64 [ 3 ] [ 1.0; 0.5; -2.0 ]
    let f (x: Tensor) : Tensor = sum (sin x) * prod x + sum (exp (0.5 * x))
    let field (x: Tensor) : Tensor = sin (flip [ 0 ] x) * x
    let first, second = 1e-8, 1e-6
    close "grad" first (grad f x) (Numeric.grad None f x)
    close "valueAndGrad" first (grad f x) (snd (Numeric.valueAndGrad None f x))
    close "jvp" first (directional f x v) (snd (Numeric.jvp None f x v))
    close "directional" first (directional field x v) (Numeric.directional None field x v)
    close "vjp" first (snd (vjp field x) v) (snd (Numeric.vjp None field x) v)
    close "jacobian" first (jacobian field x) (Numeric.jacobian None field x)
    close "hessian" second (hessian f x) (Numeric.hessian None f x)
    let g, h = Numeric.gradHessian None f x
    close "gradHessian" first (grad f x) g
    close "gradHessian" second (hessian f x) h
    close "valueAndHessian" second (hessian f x) (snd (Numeric.valueAndHessian None f x))
    close "hvp" second (hvp f x v) (Numeric.hvp None f x v)
    close "vhp" second (vhp f x v) (Numeric.vhp None f x v)
    close "valueAndHvp" second (hvp f x v) (snd (Numeric.valueAndHvp None f x v))
    close "valueAndVhp" second (hvp f x v) (snd (Numeric.valueAndVhp None f x v))
    let g, h = Numeric.gradHvp None f x v
    close "gradHvp" first (grad f x) g
    close "gradHvp" second (hvp f x v) h
    let y, g, h = Numeric.valueGradHvp None f x v
    close "valueGradHvp" 0.0 (f x) y
    close "valueGradHvp" first (grad f x) g
    close "valueGradHvp" second (hvp f x v) h
    close "laplacian" second (laplacian f x) (Numeric.laplacian None f x)
    close "laplacian of a field" second (laplacian field x) (Numeric.laplacian None field x)
    close "divergence" first (divergence field x) (Numeric.divergence None field x)
    close "curl" first (curl field x) (Numeric.curl None field x)
    let c, d = Numeric.curlDivergence None field x
    close "curlDivergence" first (curl field x) c
    close "curlDivergence" first (divergence field x) d
    let t = scalar 0.7
    close "diff" first (diff sin t) (Numeric.diff None sin t)
    close "valueAndDiff" 0.0 (sin t) (fst (Numeric.valueAndDiff None sin t))

    for n in 0..4 do
        close $"diffN {n}" (1e-9 * 50.0 ** float n) (diffN n sin t) (Numeric.diffN None n sin t)

[<Fact>]
let ``the step is the one given, or follows the rule`` () =
    // Central differences of a cubic are off by h² exactly: ((x + h)³ − (x − h)³) / 2h = 3x² + h².
    let cube (x: Tensor) : Tensor = x * x * x
    let x = scalar 2.0
    number 1e-14 12.25 (Numeric.grad (Some 0.5) cube x)
    number 1e-14 12.25 (Numeric.directional (Some 0.5) cube x (scalar 1.0))
    // The fourth derivative of x⁴ is 24 by any step; the second of x⁴ is 12 x² + 2 h², by the three-point rule, 8 h² by differences of differences.
    let fourth (x: Tensor) : Tensor = x * x * x * x
    number 1e-13 24.0 (Numeric.diffN (Some 0.5) 4 fourth x)
    number 1e-13 48.5 (Numeric.laplacian (Some 0.5) fourth x)
    number 1e-13 50.0 (Numeric.hessian (Some 0.5) fourth x)
    // h = ε^(1/3) · max(1, |x|) without one: the error of x³ is h².
    let error at = (Numeric.grad None cube (scalar at)).ToDouble() - 3.0 * at * at
    let h = Math.Pow(2.0, -52.0 / 3.0)
    Assert.InRange(error 0.0, 0.99 * h * h, 1.01 * h * h)
    Assert.InRange(abs (error 1000.0), 0.0, 3.0 * (1000.0 * h) ** 2.0)
    // float32 has a longer step, and its own dtype.
    let g = Numeric.grad None (fun (x: Tensor) -> sum (sin x)) (Tensor.vector [ 0.5; 1.5 ])
    Assert.Equal("float32[2]", string g.Type)
    closeValues "float32" 1e-4 [| cos 0.5; cos 1.5 |] (g.ToDoubles())
    // A direction of any length.
    close "long" 1e-8 (scalar (1e6 * cos 0.5)) (Numeric.directional None sin (scalar 0.5) (scalar 1e6))
    close "none" 0.0 (scalar 0.0) (Numeric.directional None sin (scalar 0.5) (scalar 0.0))
    throws "DF0439" (fun () -> Numeric.grad (Some 0.0) cube x)
    throws "DF0439" (fun () -> Numeric.directional (Some nan) cube x x)
    throws "DF0403" (fun () -> Numeric.grad None sin (f64 [ 2 ] [ 1.0; 2.0 ]))
    throws "DF0431" (fun () -> Numeric.diffN None -1 sin x)

[<Fact>]
let ``numeric derivatives are functions like any other`` () =
    // The derivative of a difference quotient is the difference quotient of the derivative.
    let slope (x: Tensor) = Numeric.grad (Some 0.5) (fun (x: Tensor) -> sum (x * x * x)) x
    close "grad" 1e-14 (scalar 12.0) (grad slope (scalar 2.0))
    close "vmap" 1e-14 (f64 [ 2 ] [ 3.25; 12.25 ]) (vmap slope (f64 [ 2 ] [ 1.0; 2.0 ]))

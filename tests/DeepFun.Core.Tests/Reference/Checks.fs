/// What holds for every function of a tensor: its derivatives are limits of differences, its batch a stack, its operand may lie anyhow in memory.
module internal DeepFun.Core.Tests.Checks

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers

/// The same values behind strides: permuted, and every second of a longer axis.
let layouts (x: Tensor) : Tensor list =
    let copy (t: Tensor) = ofDoubles t.DType t.Shape (t.ToDoubles())
    let reversed = List.rev [ 0 .. x.Rank - 1 ]
    [ permute reversed (copy (permute reversed x)); item -1 0 (stack -1 [ x; zerosLike x ]) ]

/// Real and imaginary parts.
let complex what tolerance (expected: System.Numerics.Complex seq) (actual: Complex) =
    let parts (zs: System.Numerics.Complex[]) = Array.append (zs |> Array.map _.Real) (zs |> Array.map _.Imaginary)
    closeValues what tolerance (parts (Array.ofSeq expected)) (parts (actual.ToArray()))

/// A function of complex numbers as one of pairs.
let paired (f: Complex -> Complex) (pairs: Tensor) : Tensor = Complex.toPairs (f (Complex.ofPairs pairs))

/// Values do not depend on the layout of the operand.
let anyLayout what (f: Tensor -> Tensor) (x: Tensor) =
    for other in layouts x do
        close $"{what}, another layout" 1e-13 (f x) (f other)

/// One mapped over three is a stack of three, and so are their gradients.
let batches what (f: Tensor -> Tensor) (x: Tensor) =
    let batch = [ x; x * 0.75; x * 0.5 ]
    close $"{what}, batched" 1e-12 (stack 0 (List.map f batch)) (vmap f (stack 0 batch))
    let ct = direction (seeded $"{what}, batched") (f x)
    let gradient (x: Tensor) : Tensor = grad (fun x -> sum (f x * ct)) x
    close $"{what}, gradients batched" 1e-9 (stack 0 (List.map gradient batch)) (vmap gradient (stack 0 batch))

/// First and second derivatives against central differences, the modes against each other: reverse and forward, and reverse over reverse and
/// forward over reverse. x is float64, away from kinks.
let derivatives what (f: Tensor -> Tensor) (x: Tensor) =
    let r = seeded what
    let h = 1e-5
    let d = direction r x
    let slope (g: Tensor -> Tensor) : Tensor = (g (x + h * d) - g (x - h * d)) / (2.0 * h)
    let y, dy = jvp f x d
    close $"{what}, value of jvp" 1e-13 (f x) y
    closeValues $"{what}, first derivative" 1e-7 ((slope f).ToDoubles()) (dy.ToDoubles())
    let ct = direction r y
    let gradient (x: Tensor) : Tensor = grad (fun x -> sum (f x * ct)) x
    closeValues $"{what}, both modes" 1e-10 [| inner ct dy |] [| inner (gradient x) d |]
    let _, second = jvp gradient x d
    closeValues $"{what}, second derivative" 1e-6 ((slope gradient).ToDoubles()) (second.ToDoubles())
    let e = direction r x
    let twice = grad (fun x -> sum (gradient x * e)) x
    closeValues $"{what}, reverse over reverse" 1e-8 [| inner second e |] [| inner twice d |]

let all what f x =
    derivatives what f x
    batches what f x
    anyLayout what f x

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

/// Values do not depend on the layout of the operand.
let anyLayout what (f: Tensor -> Tensor) (x: Tensor) =
    for other in layouts x do
        close $"{what}, another layout" 1e-13 (f x) (f other)

/// One mapped over three is a stack of three.
let batches what (f: Tensor -> Tensor) (x: Tensor) =
    let batch = [ x; x * 0.75; x * 0.5 ]
    close $"{what}, batched" 1e-12 (stack 0 (List.map f batch)) (vmap f (stack 0 batch))

/// First and second derivatives against central differences, both modes against each other. x is float64, away from kinks.
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
    closeValues $"{what}, both modes" 1e-9 [| inner ct dy |] [| inner (gradient x) d |]
    let _, second = jvp gradient x d
    closeValues $"{what}, second derivative" 1e-6 ((slope gradient).ToDoubles()) (second.ToDoubles())

let all what f x =
    derivatives what f x
    batches what f x
    anyLayout what f x

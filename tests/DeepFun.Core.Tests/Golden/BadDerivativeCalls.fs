/// Bad calls of derivatives, batches and their checkers.
module internal DeepFun.Core.Tests.Golden.BadDerivativeCalls

open DeepFun
open DeepFun.FSharp
open DeepFun.DiffSharp

let private zeros (sizes: int list) : Tensor = Tensor.zeros sizes
let private run (f: unit -> 'a) = fun () -> f () |> ignore
let private pair = zeros [ 2; 3 ], zeros [ 3 ]

let private mapped inAxes outAxes = run (fun () -> vmapAxes inAxes outAxes (fun (x: Tensor, _: Tensor) -> x) pair)

/// A name for the bad call, and the call.
let calls: (string * (unit -> unit)) list =
    [
        "diff by [2]", run (fun () -> diff sin (zeros [ 2 ]))
        "diffN -1", run (fun () -> diffN -1 sin (zeros []))
        "divergence of a number", run (fun () -> divergence sum (zeros [ 2 ]))
        "curl in two dimensions", run (fun () -> curl sin (zeros [ 2 ]))
        "vmap of a pair with one axis", mapped (Axes.Each(Axes.At 0)) (Axes.At 0)
        "vmap of a pair with a name", mapped (Axes.Named(struct ("Weights", Axes.At 0))) (Axes.At 0)
        "vmap with parts of a tensor", mapped (Axes.Each(Axes.At 0, Axes.Each(Axes.At 0))) (Axes.At 0)
        "vmap with a result that varies", mapped (Axes.Each(Axes.At 0, Axes.Unmapped)) Axes.Unmapped
        "vmap over nothing", mapped Axes.Unmapped (Axes.At 0)
        "rows of a computed tensor", run (fun () -> (jacobianTree sin (zeros [ 2 ])).Of(fun y -> y + 1.0))
        "rows of another tensor", run (fun () -> (jacobianTree sin (zeros [ 2 ])).Of(fun _ -> zeros [ 2 ]))
        "stopGradientOf the outer argument in reverse mode",
        run (fun () -> grad (fun x -> grad (fun y -> stopGradientOf x (x * y)) (zeros [])) (zeros []))
        "checkGrad of a derivative that is stopped", run (fun () -> assertGrad 1 (fun x -> sum (stopGradient x)) (zeros [ 1 ]))
        "dsharp.mseLoss by average", run (fun () -> dsharp.mseLoss (zeros [ 1 ], zeros [ 1 ], "average"))
        "dsharp.tensor of rows of 1 and 2", run (fun () -> dsharp.tensor [ [ 1.0 ]; [ 1.0; 2.0 ] ])
        "numeric gradient with step -1", run (fun () -> Numeric.grad (Some -1.0) sum (zeros [ 2 ]))
    ]

/// Bad calls of losses and metrics.
module internal DeepFun.Core.Tests.Golden.LossBadCalls

open DeepFun
open DeepFun.FSharp

let private run (f: unit -> 'a) = fun () -> f () |> ignore
let private z = Tensor.zeros [ 2; 3 ]
let private labels = Tensor.ofArray [ 2 ] [| 0; 1 |]
let private two = { CrossEntropyOptions.Default with ClassWeights = Some(Tensor.ones [ 2 ]) }

/// A name for the bad call, and the call.
let calls: (string * (unit -> unit)) list =
    [
        "auc of single examples", run (fun () -> Metrics.areaUnderCurve.PerExample(z, z))
        "two weights for three classes", run (fun () -> (Losses.sparseCategoricalCrossEntropyWith two).Value(z, labels))
        "ctc of a matrix", run (fun () -> Losses.ctcWith CtcOptions.Default z labels z labels)
        "triplet of other shapes", run (fun () -> Losses.triplet 1.0 z z (Tensor.zeros [ 3; 3 ]))
    ]

/// Bad calls of linear algebra.
module internal DeepFun.Core.Tests.Golden.LinalgBadCalls

open DeepFun
open DeepFun.FSharp

let private zeros (sizes: int list) : Tensor = Tensor.zeros sizes
let private run (f: unit -> 'a) = fun () -> f () |> ignore

/// A name for the bad call, and the call.
let calls: (string * (unit -> unit)) list =
    [
        "cholesky of [2; 3]", run (fun () -> cholesky (zeros [ 2; 3 ]))
        "det of [3]", run (fun () -> det (zeros [ 3 ]))
        "inv of float16", run (fun () -> inv (cast DType.Float16 (zeros [ 2; 2 ])))
        "qr of [3]", run (fun () -> qr (zeros [ 3 ]))
        "pinv of [3]", run (fun () -> pinv (zeros [ 3 ]))
        "solve of [2; 2] and [3]", run (fun () -> solve (zeros [ 2; 2 ]) (zeros [ 3 ]))
        "solve of [2; 2] and a scalar", run (fun () -> solve (zeros [ 2; 2 ]) (zeros []))
        "solve of [4; 2; 2] and [3; 2; 1]", run (fun () -> solve (zeros [ 4; 2; 2 ]) (zeros [ 3; 2; 1 ]))
        "triangularSolve of [2; 2] and [3; 1]", run (fun () -> triangularSolve true false false (zeros [ 2; 2 ]) (zeros [ 3; 1 ]))
        "lstsq of [3; 2] and [2; 1]", run (fun () -> lstsq (zeros [ 3; 2 ]) (zeros [ 2; 1 ]))
    ]

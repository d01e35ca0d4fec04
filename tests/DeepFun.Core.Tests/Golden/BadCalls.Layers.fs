/// Bad calls of layers and of parameters by path.
module internal DeepFun.Core.Tests.Golden.LayerBadCalls

open DeepFun
open DeepFun.FSharp

let private run (f: unit -> 'a) = fun () -> f () |> ignore
let private two = Params.Of(struct ("weight", Tensor.zeros [ 2; 3 ]), struct ("bias", Tensor.zeros [ 3 ]))

/// A name for the bad call, and the call.
let calls: (string * (unit -> unit)) list =
    [
        "Matching of \"head/*\" in weight and bias", run (fun () -> two.Matching "head/*")
        "Replace of bias [3] by [2]", run (fun () -> two.Replace("bias", Params.Leaf(Tensor.zeros [ 2 ])))
        "Merge with itself", run (fun () -> two.Merge two)
    ]

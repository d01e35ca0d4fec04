/// Bad calls of layers over sequences and of models over several tensors.
module internal DeepFun.Core.Tests.Golden.SequenceBadCalls

open DeepFun
open DeepFun.FSharp

let private run (f: unit -> 'a) = fun () -> f () |> ignore

let private apply (layer: Layer) (x: Tensor) =
    layer.Apply Mode.Evaluation (Params.Of(struct ("weight", Tensor.zeros [ 3; 2 ]))) Params.Empty x

/// A name for the bad call, and the call.
let calls: (string * (unit -> unit)) list =
    [
        "attention with keys of another size",
        run (fun () -> Attention.scaledDotProduct (Tensor.zeros [ 2; 3 ]) (Tensor.zeros [ 5; 4 ]) (Tensor.zeros [ 5; 4 ]))
        "attention with heads that do not share",
        run (fun () -> Attention.scaledDotProduct (Tensor.zeros [ 4; 2; 3 ]) (Tensor.zeros [ 3; 2; 3 ]) (Tensor.zeros [ 3; 2; 3 ]))
        "an embedding of floats", run (fun () -> apply (Layers.embedding 3 2) (Tensor.zeros [ 1; 2 ]))
        "parameters of a part that comes later",
        run (fun () ->
            let model = Layer.define "early" (fun parts x -> x * (parts.Parameters "later")["weight"])
            model.Init (Key.ofSeed 1L) (Shape.Create [| 4 |]))
    ]

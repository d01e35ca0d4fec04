/// Bad calls of element types and of ways in and out.
module internal DeepFun.Core.Tests.Golden.BadCallsOfDTypes

open System
open System.IO
open DeepFun
open DeepFun.FSharp

let private run (f: unit -> 'a) = fun () -> f () |> ignore

/// A name for the bad call, and the call.
let calls: (string * (unit -> unit)) list =
    [
        "a bfloat16 as npy", run (fun () -> Npy.write (new MemoryStream()) (Tensor.fullOf DType.BFloat16 [ 2 ] 1.0))
        "an int8 + 300", run (fun () -> Tensor.fullOf DType.Int8 [ 2 ] 1.0 + 300.0)
        "copyTo 3 places of [2]", run (fun () -> Tensor.copyTo (Span(Array.zeroCreate<float32> 3)) (Tensor.zeros [ 2 ]))
        "an array of uint16", run (fun () -> Tensor.ofMultidimensional (Array2D.zeroCreate<uint16> 2 2))
        "rows of 1 and 2", run (fun () -> Tensor.ofJagged [| [| 1 |]; [| 2; 3 |] |])
        "rows of a vector", run (fun () -> Tensor.toJagged<float32>(Tensor.zeros [ 2 ]))
        "a span of int16 over float16", run (fun () -> (Tensor.span<int16>(Tensor.fullOf DType.Float16 [ 2 ] 1.0)).Length)
        "labels of float16",
        run (fun () ->
            Losses.sparseCategoricalCrossEntropyFromLogits.PerExample(Tensor.zeros [ 2; 3 ], Tensor.fullOf DType.Float16 [ 2 ] 1.0))
    ]

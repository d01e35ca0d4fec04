/// Bad calls of the operations of Errors.Operations.fs and beside them.
module internal DeepFun.Core.Tests.Golden.BadCallsOfOperations

open DeepFun
open DeepFun.FSharp

let private zeros (sizes: int list) : Tensor = Tensor.zeros sizes
let private complex (sizes: int list) : Complex = Complex.ofReal (zeros sizes)
let private ints (values: int list) = Tensor.ofArray [ values.Length ] (Array.ofList values)
let private truths (values: bool list) = Tensor.ofArray [ values.Length ] (Array.ofList values)
let private run (f: unit -> 'a) = fun () -> f () |> ignore

/// A name for the bad call, and the call.
let calls: (string * (unit -> unit)) list =
    [
        "fft 2 of [2; 3]", run (fun () -> fft 2 (complex [ 2; 3 ]))
        "fftWith twice an axis", run (fun () -> fftWith FourierNorm.Backward [ 0; -2 ] (complex [ 2; 3 ]))
        "rfft of [0]", run (fun () -> rfft 0 (zeros [ 0 ]))
        "rfftWith no axis", run (fun () -> rfftWith FourierNorm.Backward [] (zeros [ 3 ]))
        "irfft to 0", run (fun () -> irfft 0 0 (complex [ 3 ]))
        "fftFreq by a spacing of 0", run (fun () -> fftFreq 4 0.0)
        "fftConvolve of [3] and [2; 3]", run (fun () -> fftConvolve ConvolutionPart.Full [ 0 ] (zeros [ 3 ]) (zeros [ 2; 3 ]))
        "fftConvolve of [0]", run (fun () -> fftConvolve ConvolutionPart.Full [ 0 ] (zeros [ 3 ]) (zeros [ 0 ]))
        "Complex.ofPairs of [3]", run (fun () -> Complex.ofPairs (zeros [ 3 ]))
        "maskSelect under vmap", run (fun () -> vmap (fun (x: Tensor) -> maskSelect (greater x (zerosLike x)) x) (zeros [ 2; 3 ]))
        "maskSelect of [3] by [2]", run (fun () -> maskSelect (truths [ true; false ]) (zeros [ 3 ]))
        "maskSelect by float32", run (fun () -> maskSelect (zeros [ 3 ]) (zeros [ 3 ]))
        "compress of [3] by [2]", run (fun () -> compress 0 (truths [ true; false ]) (zeros [ 3 ]))
        "takeAt without indices", run (fun () -> takeAt [] (zeros [ 3 ]))
        "takeAt [0], [4] of [2; 3]", run (fun () -> takeAt [ ints [ 0 ]; ints [ 4 ] ] (zeros [ 2; 3 ]))
        "takeAt by float32", run (fun () -> takeAt [ zeros [ 1 ] ] (zeros [ 3 ]))
        "scatterSet 0 of [3] by [2] with [3]", run (fun () -> scatterSet 0 (ints [ 0; 1 ]) (zeros [ 3 ]) (zeros [ 3 ]))
        "scatterMax of bool", run (fun () -> scatterMax 0 (ints [ 0 ]) (truths [ true ]) (truths [ true ]))
        "topK 4 of [3]", run (fun () -> topK 4 0 (zeros [ 3 ]))
        "searchSorted of [2; 3] for [1]", run (fun () -> searchSorted (zeros [ 2; 3 ]) (zeros [ 1 ]))
        "histogramWith one edge", run (fun () -> histogramWith (zeros [ 1 ]) None false (zeros [ 3 ]))
        "histogramWith weights [2] of [3]", run (fun () -> histogramWith (zeros [ 2 ]) (Some(zeros [ 2 ])) false (zeros [ 3 ]))
        "maxUnpool of [2] by [3]", run (fun () -> maxUnpool [| 4 |] (ints [ 0; 1; 2 ]) (zeros [ 2 ]))
        "lpPool 0", run (fun () -> lpPool 0.0 [| 2 |] [| 2 |] (zeros [ 4 ]))
        "adaptiveMaxPool [0]", run (fun () -> adaptiveMaxPool [| 0 |] (zeros [ 4 ]))
        "unfoldWindows [5] of [3]", run (fun () -> unfoldWindows [| 5 |] [| 1 |] [| 0 |] [| 1 |] (zeros [ 3 ]))
        "foldWindows [4] of [2; 2]", run (fun () -> foldWindows [| 4 |] [| 1 |] [| 0 |] [| 1 |] (zeros [ 2; 2 ]))
        "fold to 2 of [2; 2]", run (fun () -> fold 0 1 2 (zeros [ 2; 2 ]))
        "fold along the last axis of [2; 2]", run (fun () -> fold -1 1 3 (zeros [ 2; 2 ]))
        "flattenAxes 1 0", run (fun () -> flattenAxes 1 0 (zeros [ 2; 3 ]))
        "unflatten [4; -1] of [6]", run (fun () -> unflatten 0 [ 4; -1 ] (zeros [ 6 ]))
        "replaceSlice from 2 with [2] of [3]", run (fun () -> replaceSlice 0 2 (zeros [ 2 ]) (zeros [ 3 ]))
        "repeatEach [1] of [2]", run (fun () -> repeatEach [ 1 ] 0 (zeros [ 2 ]))
        "matrixNorm 2", run (fun () -> matrixNorm 2.0 (zeros [ 2; 2 ]))
        "quantileBy 2", run (fun () -> quantileBy QuantileMethod.Lower 2.0 0 (zeros [ 3 ]))
        "shiftLeft of float32", run (fun () -> shiftLeft (zeros [ 1 ]) (ints [ 1 ]))
        "bitwiseNot of float32", run (fun () -> bitwiseNot (zeros [ 1 ]))
        "glu of [3]", run (fun () -> glu 0 (zeros [ 3 ]))
    ]

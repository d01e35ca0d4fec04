/// Bad calls of the operations of Errors.Operations.fs and beside them.
module internal DeepFun.Core.Tests.Golden.BadCallsOfOperations

open DeepFun
open DeepFun.FSharp

let private zeros (sizes: int list) : Tensor = Tensor.zeros sizes
let private complex (sizes: int list) : Complex = Complex.ofReal (zeros sizes)
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
    ]

/// Bad calls of random sampling and distributions.
module internal DeepFun.Core.Tests.Golden.RandomCalls

open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers

let private key () = Key.ofSeed 1L
let private run (f: unit -> 'a) = fun () -> f () |> ignore

/// A name for the bad call, and the call.
let calls: (string * (unit -> unit)) list =
    [
        "poisson of rate -1", run (fun () -> Random.poisson (scalar -1.0) [] (key ()))
        "choice of 4 from 3", run (fun () -> Random.choice false None 4 (f64 [ 3 ] [ 1.0; 2.0; 3.0 ]) (key ()))
        "choice from nothing", run (fun () -> Random.choice true None 1 (f64 [ 0 ] []) (key ()))
        "choice by weights of [2]", run (fun () -> Random.choice true (Some(f64 [ 2 ] [ 1.0; 1.0 ])) 1 (f64 [ 1 ] [ 1.0 ]) (key ()))
        "categorical by a scalar", run (fun () -> Random.categorical (scalar 1.0) [] (key ()))
        "integers from 3 to 3", run (fun () -> Random.integers 3 3 [ 2 ] (key ()))
        "gamma of [2] in [3]", run (fun () -> Random.gamma (f64 [ 2 ] [ 1.0; 1.0 ]) [ 3 ] (key ()))
        "categorical of a scalar", run (fun () -> Distribution.categorical (scalar 1.0))
        "multivariateNormal of [2] and [3; 3]",
        run (fun () -> Distribution.multivariateNormal (f64 [ 2 ] [ 0.0; 0.0 ]) (Tensor.zeros [ 3; 3 ]))
        "entropy of a mixture",
        run (fun () -> (Distribution.mixture (Tensor.ones [ 2 ]) (Distribution.normal (Tensor.zeros [ 2 ]) (Tensor.ones [ 2 ]))).Entropy())
        "quantile of Poisson", run (fun () -> (Distribution.poisson (scalar 1.0)).Icdf(scalar 0.5))
        "kl of Normal and StudentT",
        run (fun () ->
            Distribution.kl (Distribution.normal (scalar 0.0) (scalar 1.0)) (Distribution.studentT (scalar 3.0) (scalar 0.0) (scalar 1.0)))
    ]

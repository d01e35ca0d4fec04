/// Bad calls of solvers.
module internal DeepFun.Core.Tests.Golden.SolverBadCalls

open DeepFun
open DeepFun.FSharp

let private number (v: float) : Tensor = Tensor.scalar64 v
let private decay (_: Tensor) (y: Tensor) = -y
let private run (f: unit -> Tensor) = fun () -> f () |> ignore

/// A name for the bad call, and the call.
let calls: (string * (unit -> unit)) list =
    [
        "fixedPoint that moves away", run (fun () -> fixedPoint (fun (a: Tensor) x -> a * x + 1.0) (number 2.0) (number 1.0))
        "root of what has none",
        run (fun () -> rootWith { SolverOptions.Default with MaxIterations = 5 } (fun (a: Tensor) x -> x * x + a) (number 1.0) (number 0.7))
        "root of another shape", run (fun () -> root (fun (a: Tensor) x -> stack 0 [ a; x ]) (number 1.0) (number 1.0))
        "root with a tolerance of 0",
        run (fun () -> rootWith { SolverOptions.Default with Tolerance = Some 0.0 } (fun (a: Tensor) x -> x - a) (number 1.0) (number 1.0))
        "odeint of times that descend", run (fun () -> odeint decay (number 1.0) [ 0.0; 2.0; 1.0 ])
        "odeint into a singularity", run (fun () -> odeint (fun _ (y: Tensor) -> y * y) (number 1.0) [ 0.0; 2.0 ])
        "odeint with few steps", run (fun () -> odeintWith { OdeOptions.Default with MaxSteps = 3 } decay (number 1.0) [ 0.0; 100.0 ])
        "odeint of another shape", run (fun () -> odeint (fun t y -> stack 0 [ t; y ]) (number 1.0) [ 0.0; 1.0 ])
        "odeint with a tolerance of 0",
        run (fun () -> odeintWith { OdeOptions.Default with RelativeTolerance = 0.0 } decay (number 1.0) [ 0.0; 1.0 ])
    ]

/// Bad calls of control flow and custom rules.
module DeepFun.Core.Tests.Golden.ControlBadCalls

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers

let private zeros (sizes: int list) : Tensor = Tensor.zeros sizes
let private run (f: unit -> 'a) = fun () -> f () |> ignore
let private positive (x: Tensor) = greater x (zeros [])

/// Traced, where values are not known.
let private traced (f: Tensor -> Tensor) () = map f (zeros [ 2 ]) |> ignore

let rec private ruled (x: Tensor) : Tensor = customJvp sin (fun (x: Tensor) dx -> ruled x, cos x * dx) x

let calls: (string * (unit -> unit)) list =
    [
        "scan whose carry grows", run (fun () -> scan (fun (c: Tensor) x -> stack 0 [ c; x ], ()) (zeros []) (zeros [ 2 ]))
        "scan whose second carry becomes float64",
        run (fun () ->
            scan (fun (a: Tensor, b: Tensor) (x: Tensor) -> (a + x, cast DType.Float64 b), ()) (zeros [], zeros []) (zeros [ 2 ]))
        "scan whose list of carries grows", run (fun () -> scan (fun c (x: Tensor) -> x :: c, ()) [ zeros [] ] (zeros [ 2 ]))
        "scan over [2] and [3]", run (fun () -> scan (fun c (x: Tensor, y: Tensor) -> c + x + y, ()) (zeros []) (zeros [ 2 ], zeros [ 3 ]))
        "scan over nothing", run (fun () -> scan (fun (c: Tensor) () -> c, ()) (zeros []) ())
        "map over a scalar", run (fun () -> map exp (zeros []))
        "traced cond of [2] and []", traced (fun x -> cond (positive x) (fun x -> stack 0 [ x; x ]) id x |> sum)
        "traced cond of two and one", traced (fun x -> cond (positive x) (fun x -> [ x; x ]) (fun x -> [ x ]) x |> List.head)
        "cond on float32", run (fun () -> cond (zeros []) id id (zeros []))
        "switch on [2] int32", run (fun () -> switch (Tensor.ofArray [ 2 ] [| 0; 1 |]) [ id ] (zeros []))
        "switch without branches", run (fun () -> switch (Tensor.ofArray [] [| 0 |]) ([]: (Tensor -> Tensor) list) (zeros []))
        "whileLoop on [2] bool", run (fun () -> whileLoop positive id (zeros [ 2 ]))
        "grad of a traced whileLoop", traced (grad (fun x -> whileLoop (fun (c: Tensor) -> positive (1.0 - c)) (fun c -> c + x * x) x))
        "customJvp with a tangent of [2]", run (fun () -> jvp (customJvp sin (fun x d -> sin x, stack 0 [ d; d ])) (zeros []) (zeros []))
        "grad of customJvp whose tangent is cos x", run (fun () -> grad (customJvp sin (fun (x: Tensor) _ -> sin x, cos x)) (zeros []))
        "traced customVjp whose forward gives [2]", traced (grad (customVjp sin (fun x -> stack 0 [ x; x ], x) (fun x (_: Tensor) -> x)))
        "jvp of customVjp that squares its cotangent",
        run (fun () -> jvp (customVjp sin (fun (x: Tensor) -> sin x, ()) (fun () ct -> ct * ct)) (zeros []) (zeros []))
        "traced customJvp whose rule calls it", traced ruled
    ]

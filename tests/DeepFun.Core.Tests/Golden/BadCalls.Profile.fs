/// Bad calls of costs and profiles.
module internal DeepFun.Core.Tests.Golden.ProfileBadCalls

open DeepFun
open DeepFun.FSharp

let private x = Tensor.scalar64 2.0

/// A name for the bad call, and the call.
let calls: (string * (unit -> unit)) list =
    [
        "Profile.run inside of grad",
        (fun () ->
            grad
                (fun (x: Tensor) ->
                    Profile.run square x |> ignore
                    square x)
                x
            |> ignore)
        "Profile.runFor no time", (fun () -> Profile.runFor 0.0 square x |> ignore)
    ]

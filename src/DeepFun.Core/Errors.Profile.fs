/// The error texts of profiles.
module internal DeepFun.ProfileErrors

let private fail code message : 'a = raise (DeepFunException(code, message, null))

/// Profiling inside of a transformation.
let noValues () : 'a =
    fail
        "DF0970"
        "Profile.run measures runs on values, and its argument has tensors that are being differentiated, batched or traced. \
         Call it outside of grad, jvp, vmap and jit, with the function that they make: Profile.run (grad f) x."

/// Error texts of layers over sequences and of models over several tensors. Codes: from DF0940 on.
module internal DeepFun.SequenceErrors

let private fail code message : 'a = raise (DeepFunException(code, message, null))

let attention (q: Shape) (k: Shape) (v: Shape) : 'a =
    fail
        "DF0940"
        $"attention takes queries [… , heads, L, d], keys [… , heads / g, S, d] and values [… , heads / g, S, e]; shapes {q}, {k} and {v} came. \
          Reshape them: leading axes must agree, and the heads of keys and values divide those of the queries."

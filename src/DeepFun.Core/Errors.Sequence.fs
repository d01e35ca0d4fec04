/// Error texts of layers over sequences and of models over several tensors. Codes: from DF0940 on.
module internal DeepFun.SequenceErrors

open System
open DeepFun.Backends

let private fail code message : 'a = raise (DeepFunException(code, message, null))

let attention (q: Shape) (k: Shape) (v: Shape) : 'a =
    fail
        "DF0940"
        $"attention takes queries [… , heads, L, d], keys [… , heads / g, S, d] and values [… , heads / g, S, e]; shapes {q}, {k} and {v} came. \
          Reshape them: leading axes must agree, and the heads of keys and values divide those of the queries."

let indices (layer: string) (came: DType) : 'a =
    fail "DF0941" $"{layer} takes integers, the indices of what is embedded; {DTypes.Name came} came. Cast them to int32."

let part (name: string) (known: string seq) : 'a =
    let known = if Seq.isEmpty known then "none" else String.Join(", ", known)

    fail
        "DF0942"
        $"The function of a model asks for the parameters of part '{name}', which it has not applied before; so far there are: {known}. \
          Apply the part first."

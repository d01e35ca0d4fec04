namespace DeepFun.FSharp

open DeepFun

/// <summary>
/// F#'s slices of tensors: <c>t[1..3, 0]</c>, <c>t[*, ..2]</c>, <c>t[.. -2]</c>. Both bounds are included, as F# has them, and a negative one
/// counts from the end, so that <c>t[.. -1]</c> is everything and <c>t[2..1]</c> is empty. An axis with one index disappears; axes that
/// are not named stay whole.
/// </summary>
/// <remarks>
/// Errors: DF0117 a bound outside its axis, or a first that lies more than one behind the last; DF0126 more places than axes.
/// Deviation: F#'s arrays cut bounds that lie outside, and take a negative one as outside; here outside is an error, as in <c>slice</c>.
/// </remarks>
[<AutoOpen>]
module Slicing =

    let inline private one (i: int) = Slice.op_Implicit i
    let private upTo first last = Slice.Between(first, last)

    type Tensor with

        /// <summary>t[i1..i2]</summary>
        member t.GetSlice(i1: int option, i2: int option) : Tensor = t.At(upTo i1 i2)

        /// <summary>t[i1..i2, j1..j2]</summary>
        member t.GetSlice(i1: int option, i2: int option, j1: int option, j2: int option) : Tensor = t.At(upTo i1 i2, upTo j1 j2)

        /// <summary>t[i1..i2, j]</summary>
        member t.GetSlice(i1: int option, i2: int option, j: int) : Tensor = t.At(upTo i1 i2, one j)

        /// <summary>t[i, j1..j2]</summary>
        member t.GetSlice(i: int, j1: int option, j2: int option) : Tensor = t.At(one i, upTo j1 j2)

        /// <summary>t[i1..i2, j1..j2, k1..k2]</summary>
        member t.GetSlice(i1: int option, i2: int option, j1: int option, j2: int option, k1: int option, k2: int option) : Tensor =
            t.At(upTo i1 i2, upTo j1 j2, upTo k1 k2)

        /// <summary>t[i1..i2, j1..j2, k]</summary>
        member t.GetSlice(i1: int option, i2: int option, j1: int option, j2: int option, k: int) : Tensor =
            t.At(upTo i1 i2, upTo j1 j2, one k)

        /// <summary>t[i1..i2, j, k1..k2]</summary>
        member t.GetSlice(i1: int option, i2: int option, j: int, k1: int option, k2: int option) : Tensor =
            t.At(upTo i1 i2, one j, upTo k1 k2)

        /// <summary>t[i1..i2, j, k]</summary>
        member t.GetSlice(i1: int option, i2: int option, j: int, k: int) : Tensor = t.At(upTo i1 i2, one j, one k)

        /// <summary>t[i, j1..j2, k1..k2]</summary>
        member t.GetSlice(i: int, j1: int option, j2: int option, k1: int option, k2: int option) : Tensor =
            t.At(one i, upTo j1 j2, upTo k1 k2)

        /// <summary>t[i, j1..j2, k]</summary>
        member t.GetSlice(i: int, j1: int option, j2: int option, k: int) : Tensor = t.At(one i, upTo j1 j2, one k)

        /// <summary>t[i, j, k1..k2]</summary>
        member t.GetSlice(i: int, j: int, k1: int option, k2: int option) : Tensor = t.At(one i, one j, upTo k1 k2)

        /// <summary>t[i1..i2, j1..j2, k1..k2, l1..l2]</summary>
        member t.GetSlice
            (i1: int option, i2: int option, j1: int option, j2: int option, k1: int option, k2: int option, l1: int option, l2: int option)
            : Tensor =
            t.At(upTo i1 i2, upTo j1 j2, upTo k1 k2, upTo l1 l2)

        /// <summary>t[i1..i2, j1..j2, k1..k2, l]</summary>
        member t.GetSlice(i1: int option, i2: int option, j1: int option, j2: int option, k1: int option, k2: int option, l: int) : Tensor =
            t.At(upTo i1 i2, upTo j1 j2, upTo k1 k2, one l)

        /// <summary>t[i1..i2, j1..j2, k, l1..l2]</summary>
        member t.GetSlice(i1: int option, i2: int option, j1: int option, j2: int option, k: int, l1: int option, l2: int option) : Tensor =
            t.At(upTo i1 i2, upTo j1 j2, one k, upTo l1 l2)

        /// <summary>t[i1..i2, j1..j2, k, l]</summary>
        member t.GetSlice(i1: int option, i2: int option, j1: int option, j2: int option, k: int, l: int) : Tensor =
            t.At(upTo i1 i2, upTo j1 j2, one k, one l)

        /// <summary>t[i1..i2, j, k1..k2, l1..l2]</summary>
        member t.GetSlice(i1: int option, i2: int option, j: int, k1: int option, k2: int option, l1: int option, l2: int option) : Tensor =
            t.At(upTo i1 i2, one j, upTo k1 k2, upTo l1 l2)

        /// <summary>t[i1..i2, j, k1..k2, l]</summary>
        member t.GetSlice(i1: int option, i2: int option, j: int, k1: int option, k2: int option, l: int) : Tensor =
            t.At(upTo i1 i2, one j, upTo k1 k2, one l)

        /// <summary>t[i1..i2, j, k, l1..l2]</summary>
        member t.GetSlice(i1: int option, i2: int option, j: int, k: int, l1: int option, l2: int option) : Tensor =
            t.At(upTo i1 i2, one j, one k, upTo l1 l2)

        /// <summary>t[i1..i2, j, k, l]</summary>
        member t.GetSlice(i1: int option, i2: int option, j: int, k: int, l: int) : Tensor = t.At(upTo i1 i2, one j, one k, one l)

        /// <summary>t[i, j1..j2, k1..k2, l1..l2]</summary>
        member t.GetSlice(i: int, j1: int option, j2: int option, k1: int option, k2: int option, l1: int option, l2: int option) : Tensor =
            t.At(one i, upTo j1 j2, upTo k1 k2, upTo l1 l2)

        /// <summary>t[i, j1..j2, k1..k2, l]</summary>
        member t.GetSlice(i: int, j1: int option, j2: int option, k1: int option, k2: int option, l: int) : Tensor =
            t.At(one i, upTo j1 j2, upTo k1 k2, one l)

        /// <summary>t[i, j1..j2, k, l1..l2]</summary>
        member t.GetSlice(i: int, j1: int option, j2: int option, k: int, l1: int option, l2: int option) : Tensor =
            t.At(one i, upTo j1 j2, one k, upTo l1 l2)

        /// <summary>t[i, j1..j2, k, l]</summary>
        member t.GetSlice(i: int, j1: int option, j2: int option, k: int, l: int) : Tensor = t.At(one i, upTo j1 j2, one k, one l)

        /// <summary>t[i, j, k1..k2, l1..l2]</summary>
        member t.GetSlice(i: int, j: int, k1: int option, k2: int option, l1: int option, l2: int option) : Tensor =
            t.At(one i, one j, upTo k1 k2, upTo l1 l2)

        /// <summary>t[i, j, k1..k2, l]</summary>
        member t.GetSlice(i: int, j: int, k1: int option, k2: int option, l: int) : Tensor = t.At(one i, one j, upTo k1 k2, one l)

        /// <summary>t[i, j, k, l1..l2]</summary>
        member t.GetSlice(i: int, j: int, k: int, l1: int option, l2: int option) : Tensor = t.At(one i, one j, one k, upTo l1 l2)

namespace DeepFun

open DeepFun.Backends
open DeepFun.FSharp

/// <summary>
/// A key of the counter-based random generator (Philox4x32-10; Salmon et al., SC'11). The same key gives the same numbers on every
/// machine, backend and thread count. A key is used once: split it to draw again. Debug builds report a second use (DF0701).
/// </summary>
[<Sealed; AllowNullLiteral>]
type Key internal (data: Tensor) =
#if DEBUG
    let mutable used = 0
#endif

    /// The int64 key as a tensor, so that keys can be mapped and traced.
    member internal _.Data = data

    member internal _.Consume() : Tensor =
#if DEBUG
        if System.Threading.Interlocked.Exchange(&used, 1) = 1 then
            Errors.keyReused ()
#endif
        data

    interface ITree with
        member _.Flatten(path, leaf) = leaf path data
        member _.Rebuild next = Key(next ())
        member _.Describe() = "key"

namespace DeepFun.FSharp

open DeepFun
open DeepFun.Backends

/// <summary>Making and splitting keys.</summary>
[<RequireQualifiedAccess>]
module Key =

    let internal random op (dtype: DType) (shape: Shape) (key: Tensor) : Tensor =
        Tensor.Bind(Prim.Generate(Generate.Random(op, { Shape = shape; DType = dtype })), [| key |])

    /// <summary>The key of a seed.</summary>
    let ofSeed (seed: int64) : Key = Key(Tensor.ofArray [] [| seed |])

    /// <summary>n independent keys.</summary>
    let split (n: int) (key: Key) : Key[] =
        let bits = random RandomOp.Bits DType.Int64 (Shape.Adopt [| n |]) (key.Consume())
        Array.init n (fun i -> Key(item 0 i bits))

    /// <summary>Two independent keys.</summary>
    let split2 (key: Key) : Key * Key =
        let keys = split 2 key
        keys[0], keys[1]

    /// What fold mixes into a key for a number. Neighbouring numbers land far apart (golden-ratio increments); Philox then mixes every bit. The
    /// second constant keeps small numbers away from salt 0, which would give the first key of a split.
    let internal salt (number: int64) : Tensor = Tensor.ofArray [] [| (number * 0x9E3779B97F4A7C15L) ^^^ 0x2545F4914F6CDD1DL |]

    let internal salted (salt: Tensor) (key: Key) : Key =
        Key(random RandomOp.Bits DType.Int64 Shape.Scalar (Tensor.Elementwise(Binary.Xor, key.Data, salt)))

    /// <summary>
    /// An independent key for a number, for example the step of a loop; the key itself may be folded again with other numbers.
    /// </summary>
    let fold (number: int64) (key: Key) : Key = salted (salt number) key

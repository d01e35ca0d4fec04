namespace DeepFun

open System.Threading
open DeepFun.Backends
open DeepFun.FSharp

/// The identity matrices that Jacobians begin with: the last few that are small enough are kept.
[<RequireQualifiedAccess>]
module internal IdentityMatrices =

    let private mostKept = 8
    let private mostBytes = 1 <<< 20
    // A list of a few is searched faster than a table; it is replaced as a whole, and what two threads add at once one of them adds again.
    let mutable private kept: Data list = []

    /// The matrix of a tensor's size and dtype.
    let get (x: Tensor) : Tensor =
        let n, dtype = x.Size, x.DType
        let root = x.Interpreter.Root

        let fits (t: Data) = t.Shape[0] = n && t.DType = dtype && obj.ReferenceEquals(t.Interpreter, root)

        match List.tryFind fits (Volatile.Read &kept) with
        | Some found -> found
        | None ->
            match Tensor.eyeOf dtype n with
            | :? Data as made when
                int64 n * int64 n * int64 (DTypes.Size dtype) <= int64 mostBytes && obj.ReferenceEquals(made.Interpreter, root)
                ->
                // Outlives every scope, and cannot be given away.
                MemoryScope.Detach made.Storage
                Volatile.Write(&kept, made :: List.truncate (mostKept - 1) (Volatile.Read &kept))
                made
            | made -> made

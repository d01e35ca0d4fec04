namespace DeepFun.FSharp

open System
open DeepFun
open DeepFun.Backends

/// <summary>
/// Native memory. Nobody disposes: the garbage collector returns what is no longer reachable, and a scope returns at once what its
/// function made and did not give back. Training steps and predictions own a scope.
/// </summary>
[<RequireQualifiedAccess>]
module Memory =

    let private block (x: Tensor) : MemoryBlock =
        match x with
        | :? Data as d -> d.Storage.Block
        | _ -> null

    /// A tensor that is being differentiated, batched or traced: something else may hold what was computed on the way to it.
    let private isTraced (x: Tensor) =
        match x with
        | null
        | :? Data -> false
        | _ -> true

    /// As scope; beside the result those of its blocks that were made inside, which nobody else has been given.
    let internal scopeOwning (f: unit -> 'T) : struct ('T * MemoryBlock[]) =
        use scope = MemoryScope.Enter()

        try
            let result = f ()
            let leaves = Tree.leaves result

            if Array.exists isTraced leaves then
                scope.KeepAll()
                struct (result, [||])
            else
                let made = leaves |> Array.map block |> Array.filter (fun b -> not (isNull b) && scope.Owns b)

                for leaf in leaves do
                    match leaf with
                    | :? Data as d -> scope.Keep d.Storage
                    | _ -> ()

                struct (result, made)
        with _ ->
            // What the caller learns from the error may hold tensors.
            scope.KeepAll()
            reraise ()

    /// <summary>
    /// f's result; the memory of every other tensor that f made is returned at once. A tensor that f stored elsewhere is then unusable
    /// (DF0601), unless it was kept. If the result is being differentiated, batched or traced, nothing is returned early.
    /// </summary>
    /// <remarks>
    /// The result's tensors are found if its type is a tree of tensors; what a function or a lazy sequence holds is not. A static or lazy
    /// value that is first used inside is made inside: use it before, or keep it. Until f ends nothing is returned: open a scope for each
    /// step of a long run, not one around all of them.
    /// </remarks>
    let scope (f: unit -> 'T) : 'T =
        let struct (result, _) = scopeOwning f
        result

    /// <summary>Lets a tensor outlive the scopes that it was made in: the garbage collector returns its memory.</summary>
    let rec keep (x: Tensor) : Tensor =
        match x with
        | :? Data as d -> MemoryScope.Detach d.Storage
        // What is put off is computed now: later the memory that it is computed from may be gone.
        | :? Promised as p -> (p.Interpreter :?> Deferred).Force p |> keep |> ignore
        | _ -> ()

        x

    /// Whether a tensor's memory is one of these blocks.
    let internal isIn (blocks: MemoryBlock[]) : Tensor -> bool =
        if blocks.Length = 0 then
            fun _ -> false
        else
            let own = Collections.Generic.HashSet(blocks, HashIdentity.Reference)
            fun x -> let b = block x in not (isNull b) && own.Contains b

    /// Returns those of the blocks that were made here, shown to nobody, and are not part of the current tensors; gives the others.
    let internal replaced (own: MemoryBlock[]) (current: Tensor[]) : MemoryBlock[] =
        if Array.exists isTraced current then
            // A derivative through the steps needs all that they were computed from.
            [||]
        else
            let live = Collections.Generic.HashSet(current |> Array.map block, HashIdentity.Reference)
            let still, dead = own |> Array.partition live.Contains
            dead |> Array.iter MemoryScope.Release
            still

    /// <summary>Bytes in use by tensors and bytes kept warm for the next ones.</summary>
    let statistics () : MemoryStatistics = MemoryStatistics.Now

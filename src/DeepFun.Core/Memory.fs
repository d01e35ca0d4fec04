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

    /// <summary>
    /// f's result; the memory of every other tensor that f made is returned at once. A tensor that f stored elsewhere is then unusable
    /// (DF0601), unless it was kept. If the result is being differentiated, batched or traced, nothing is returned early.
    /// </summary>
    let scope (f: unit -> 'T) : 'T =
        use scope = MemoryScope.Enter()

        try
            let result = f ()

            for leaf in Tree.leaves result do
                match leaf with
                | :? Data as d -> scope.Keep d.Storage
                | null -> ()
                | _ -> scope.KeepAll()

            result
        with _ ->
            // What the caller learns from the error may hold tensors.
            scope.KeepAll()
            reraise ()

    /// <summary>Lets a tensor outlive the scopes that it was made in: the garbage collector returns its memory.</summary>
    let keep (x: Tensor) : Tensor =
        match x with
        | :? Data as d -> MemoryScope.Detach d.Storage
        | _ -> ()

        x

    /// Returns the memory of a state that was made here, shown to nobody and replaced by another one.
    let internal replaced (old: Tensor[]) (current: Tensor[]) : unit =
        let blocks (xs: Tensor[]) =
            xs
            |> Array.choose (fun x ->
                match x with
                | :? Data as d when not (isNull d.Storage.Block) -> Some d.Storage.Block
                | _ -> None)

        let live = Collections.Generic.HashSet(blocks current, HashIdentity.Reference)

        for block in blocks old do
            if not (live.Contains block) then
                block.Release()

    /// <summary>Bytes in use by tensors and bytes kept warm for the next ones.</summary>
    let statistics () : MemoryStatistics = MemoryStatistics.Now

namespace DeepFun

open System
open System.Collections.Generic
open DeepFun.Backends

/// The memory that a loop of steps has made for its state and shown to nobody. Sets that are kept: a step shall not leave new ones behind.
[<Sealed; AllowNullLiteral>]
type internal OwnMemory() =
    let mutable own = HashSet<MemoryBlock>(HashIdentity.Reference)
    let mutable before = HashSet<MemoryBlock>(HashIdentity.Reference)

    /// A tensor's memory; null where the garbage collector has it, as that of small tensors, or where it is no concrete value.
    static member Block(x: Tensor) : MemoryBlock =
        match x with
        | :? Data as d -> d.Storage.Block
        | _ -> null

    /// Whether a tensor may be given away. A small one always: it stays, and its successor gets memory that can be taken.
    member val MayGo: Func<Tensor, bool> = Func<_, _>(fun x -> let b = OwnMemory.Block x in isNull b || own.Contains b)

    /// From now on nothing is the loop's: somebody has seen the state, or something else needs what it was computed from.
    member _.Forget() = own.Clear()

    /// After a step with these results, whose new memory the scope still owns: returns what was the loop's and is no part of them.
    member _.Follow(scope: MemoryScope, results: IReadOnlyList<Tensor>) =
        let last = own
        own <- before
        before <- last

        for i in 0 .. results.Count - 1 do
            match OwnMemory.Block results[i] with
            | null -> ()
            | block ->
                if before.Remove block || scope.Owns block then
                    own.Add block |> ignore

        for block in before do
            MemoryScope.Release block

        before.Clear()

namespace DeepFun.FSharp

open System.Collections.Generic
open DeepFun
open DeepFun.Backends

/// <summary>
/// Native memory. Nobody disposes: the garbage collector returns what is no longer reachable, and a scope returns at once what its
/// function made and did not give back. Training steps and predictions own a scope.
/// </summary>
[<RequireQualifiedAccess>]
module Memory =

    /// A tensor that is being differentiated, batched or traced: something else may hold what was computed on the way to it.
    let private isTraced (x: Tensor) =
        match x with
        | null
        | :? Data -> false
        | _ -> true

    let private anyTraced (tensors: IReadOnlyList<Tensor>) =
        let mutable any = false

        for i in 0 .. tensors.Count - 1 do
            any <- any || isTraced tensors[i]

        any

    /// As scope; of the result's memory what was made inside is the loop's from now on, and what was and is no part of it is returned. Null: no loop's.
    let internal scopeOf (own: OwnMemory) (f: unit -> 'T) : 'T =
        use scope = MemoryScope.Enter()

        try
            let result = f ()
            let seen = TreeVisitor.Rent()
            Tree.visit seen result

            if anyTraced seen.Leaves then
                scope.KeepAll()

                if not (isNull own) then
                    // A derivative through the steps needs all that they were computed from.
                    own.Forget()
            else
                if not (isNull own) then
                    own.Follow(scope, seen.Leaves)

                for i in 0 .. seen.Leaves.Count - 1 do
                    match seen.Leaves[i] with
                    | :? Data as d -> scope.Keep d.Storage
                    | _ -> ()

            seen.Return()
            result
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
    let scope (f: unit -> 'T) : 'T = scopeOf null f

    /// <summary>Lets a tensor outlive the scopes that it was made in: the garbage collector returns its memory.</summary>
    let rec keep (x: Tensor) : Tensor =
        match x with
        | :? Data as d -> MemoryScope.Detach d.Storage
        // What is put off is computed now: later the memory that it is computed from may be gone.
        | :? Promised as p -> (p.Interpreter :?> Deferred).Force p |> keep |> ignore
        | _ -> ()

        x

    /// <summary>Bytes in use by tensors and bytes kept warm for the next ones.</summary>
    let statistics () : MemoryStatistics = MemoryStatistics.Now

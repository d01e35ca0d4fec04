namespace DeepFun

open System.Collections.Generic
open DeepFun.FSharp

/// The leaves of a tree at some of its paths, as a tree with the same paths.
[<RequireQualifiedAccess>]
module internal Subtree =

    let select (wanted: string -> bool) (tree: Params) : Params =
        let rec go path (p: Params) : Params option =
            if p.IsLeaf then
                if wanted path then Some p else None
            else
                let child name = if path = "" then name else path + "/" + name

                let kept =
                    Seq.zip p.Names p.Children
                    |> Seq.choose (fun (n, c) -> go (child n) c |> Option.map (fun c -> KeyValuePair(n, c)))
                    |> List.ofSeq

                if kept.IsEmpty then None else Some(Params.Node kept)

        go "" tree |> Option.defaultValue Params.Empty

    /// The tree with other tensors at these paths: those of a selection.
    let replace (wanted: string -> bool) (selection: Params) (tree: Params) : Params =
        let rest = Queue(Tree.leaves selection)
        tree.Map(fun path t -> if wanted path then rest.Dequeue() else t)

namespace DeepFun.FSharp

open DeepFun

/// <summary>Optimizers made of others: for some of the parameters, on some of the steps.</summary>
[<RequireQualifiedAccess>]
module Wrapper =

    /// <summary>An optimizer for the paths to which the mask says yes. Other updates pass unchanged.</summary>
    /// <remarks>
    /// State: that of the optimizer for the parameters it sees, whose paths stay the same.
    /// Errors: DF0302 if the tree differs from the one given to Init.   Source: optax's masked.
    /// </remarks>
    let masked (mask: string -> bool) (inner: Optimizer) : Optimizer =
        let select = Subtree.select mask

        Optimizer(
            $"masked({inner.Name})",
            (select >> inner.Init),
            (fun updates state parameters ->
                let u, state = inner.Update (select updates) state (select parameters)
                Subtree.replace mask u updates, state)
        )

    /// <summary>An optimizer for each part of the parameters: the label of a path says which. <c>Transform.zero</c> freezes a part.</summary>
    /// <remarks>
    /// State: by label, that of each optimizer for the parameters it sees, whose paths stay the same.
    /// Errors: DF0302 if the tree differs from the one given to Init; DF0930 if a label has no optimizer.   Source: optax's partition.
    /// </remarks>
    let partition (label: string -> string) (optimizers: (string * Optimizer) list) : Optimizer =
        let has name path = label path = name

        let check (tree: Params) =
            for e in tree.Entries do
                if not (optimizers |> List.exists (fun (name, _) -> has name e.Key)) then
                    OptimizerErrors.label e.Key (label e.Key) (List.map fst optimizers)

        let init parameters =
            check parameters
            Leafwise.state [ for name, o in optimizers -> name, o.Init(Subtree.select (has name) parameters) ]

        let update updates (state: Params) parameters =
            check updates

            let one (all: Params) (name: string, o: Optimizer) =
                let select = Subtree.select (has name)
                let u, s = o.Update (select updates) (state.Part name) (select parameters)
                (name, s), Subtree.replace (has name) u all

            let states, updates = optimizers |> List.mapFold one updates
            updates, Leafwise.state states

        let text = optimizers |> List.map (fun (name, o) -> $"{name}: {o.Name}") |> String.concat "; "
        Optimizer($"partition({text})", init, update)

    /// <summary>An optimizer that runs on the mean of so many gradients; between, parameters stay as they are.</summary>
    /// <remarks>
    /// State: count [] int32; sum like the parameters, at first 0; inner.
    /// Equation: s ← s + g; when t is a multiple of n: inner update for s / n, s ← 0; else u = 0.
    /// Errors: DF0302 if the tree differs from the one given to Init; DF0902 if the number is below 1.   Source: optax's MultiSteps.
    /// </remarks>
    let accumulate (every: int) (inner: Optimizer) : Optimizer =
        if every < 1 then
            Errors.option "accumulate: the number of gradients" "at least 1" (string every)

        let init parameters =
            Leafwise.state [ "count", Leafwise.count parameters; "sum", Leafwise.zeros parameters; "inner", inner.Init parameters ]

        let update updates (state: Params) (parameters: Params) =
            let sum = state.Part "sum" |> Leafwise.map2 "accumulate" (fun g s -> s + g) updates
            let count = state["count"] + 1.0

            let act (sum: Params, state: Params, parameters: Params) =
                let u, state = inner.Update (Leafwise.map (fun s -> s / float every) sum) state parameters
                u, state, Leafwise.zeros sum

            let wait (sum: Params, state: Params, _: Params) = Leafwise.zeros sum, state, sum
            let full = equal (count % float every) (zerosLike count)
            let u, rest, sum = cond full act wait (sum, state.Part "inner", parameters)
            u, Leafwise.state [ "count", Params.Leaf count; "sum", sum; "inner", rest ]

        Optimizer($"accumulate({every}, {inner.Name})", init, update)

    /// <summary>An optimizer that leaves out gradients with a NaN or an infinity, unless too many come in a row.</summary>
    /// <remarks>
    /// State: inRow and total [] int32, the number of gradients left out since the last good one, and in all; inner.
    /// Equation: where g is finite or more than the limit came in a row: inner update; else u = 0 and the inner state stays.
    /// Errors: DF0302 if the tree differs from the one given to Init; DF0902 if the limit is negative.   Source: optax's apply_if_finite.
    /// </remarks>
    let applyIfFinite (limit: int) (inner: Optimizer) : Optimizer =
        if limit < 0 then
            Errors.option "applyIfFinite: the limit" "at least 0" (string limit)

        let init parameters =
            Leafwise.state [ "inRow", Leafwise.count parameters; "total", Leafwise.count parameters; "inner", inner.Init parameters ]

        let update (updates: Params) (state: Params) (parameters: Params) =
            let act (g: Params, state: Params, parameters: Params) = inner.Update g state parameters
            let skip (g: Params, state: Params, _: Params) = Leafwise.zeros g, state

            match Tree.leaves updates |> Array.filter Leafwise.isFloating with
            | [||] ->
                let u, rest = inner.Update updates (state.Part "inner") parameters
                u, Leafwise.state [ "inRow", state.Part "inRow"; "total", state.Part "total"; "inner", rest ]
            | leaves ->
                let finite = leaves |> Array.map (isFinite >> all) |> Array.reduce logicalAnd
                let one = onesLike state["inRow"]
                let inRow = where finite (zerosLike one) (state["inRow"] + one)
                let total = where finite state["total"] (state["total"] + one)
                let go = logicalOr finite (greater inRow (fullLike (float limit) inRow))
                let u, rest = cond go act skip (updates, state.Part "inner", parameters)
                u, Leafwise.state [ "inRow", Params.Leaf inRow; "total", Params.Leaf total; "inner", rest ]

        Optimizer($"ifFinite({inner.Name})", init, update)

namespace DeepFun

open System.Collections.Generic
open DeepFun.FSharp

/// Leaf by leaf over trees of equal structure: what all parts of optimizers share.
[<RequireQualifiedAccess>]
module internal Leafwise =

    let rec private same (a: Params) (b: Params) : bool =
        if a.IsLeaf || b.IsLeaf then
            a.IsLeaf && b.IsLeaf && Shape.Same(a.Value.Shape, b.Value.Shape)
        else
            let mutable equal =
                // Trees made from one another share their names.
                obj.ReferenceEquals(a.Names, b.Names)
                || (a.Names.Count = b.Names.Count && Seq.forall2 (fun (x: string) y -> x = y) a.Names b.Names)

            let mutable i = 0

            while equal && i < a.Children.Count do
                equal <- same a.Children[i] b.Children[i]
                i <- i + 1

            equal

    /// The first place where two trees differ.
    let private difference (expected: Params) (came: Params) =
        let text (e: KeyValuePair<string, Tensor>) = $"'{e.Key}' {e.Value.Type}"
        let a = expected.Entries |> Seq.map text |> List.ofSeq
        let b = came.Entries |> Seq.map text |> List.ofSeq
        let at i xs = List.tryItem i xs |> Option.defaultValue "nothing"

        match Seq.tryFind (fun i -> at i a <> at i b) [ 0 .. max a.Length b.Length - 1 ] with
        | Some i -> at i a, at i b
        | None -> Tree.structure expected, Tree.structure came

    /// The tensors of a tree that must be like another one: same names, same shapes. Broadcasting here would hide a mistake.
    let leaves (operation: string) (like: Params) (tree: Params) : Tensor[] =
        if not (same like tree) then
            let expected, came = difference like tree
            Errors.treeStructure operation expected came

        Tree.leaves tree

    let isFloating (x: Tensor) = DTypes.IsFloating x.DType

    /// f of every floating-point leaf; other leaves are constants, which no optimizer changes.
    let map (f: Tensor -> Tensor) (tree: Params) : Params = Tree.map (fun x -> if isFloating x then f x else x) tree

    /// f of every pair of floating-point leaves.
    let map2 (operation: string) (f: Tensor -> Tensor -> Tensor) (a: Params) (b: Params) : Params =
        let ys = leaves operation a b
        Tree.rebuild a (Array.map2 (fun x y -> if isFloating x then f x y else x) (Tree.leaves a) ys)

    /// A number in a leaf's dtype: a rate in another one must not change what the leaf is.
    let scalarFor (leaf: Tensor) (value: Tensor) : Tensor = cast leaf.DType value

    /// Named parts of a state.
    let state (parts: (string * Params) list) : Params = Params.Node(parts |> List.map (fun (n, p) -> KeyValuePair(n, p)))

    let zeros (parameters: Params) : Params = Tree.map zerosLike parameters

    /// No updates yet: int32 without axes, where the parameters live.
    let count (parameters: Params) : Params =
        let ty = { Shape = Shape.Scalar; DType = DType.Int32 }

        Params.Leaf(
            match Tree.leaves parameters with
            | [||] -> Tensor.fullOf DType.Int32 [] 0.0
            | leaves -> Tensor.Constant(0.0, ty, leaves[0])
        )

    /// A part that knows how many updates there were before: count → updates → parameters → updates.
    let counted (name: string) (f: Tensor -> Params -> Params -> Params) : Optimizer =
        Optimizer(
            name,
            (fun parameters -> state [ "count", count parameters ]),
            (fun updates before parameters ->
                let count = before["count"]
                f count updates parameters, state [ "count", Params.Leaf(count + 1.0) ])
        )

    /// A number between two others, the upper one excluded.
    let checkRange (what: string) (low: float) (high: float) (value: float) =
        if not (value >= low && value < high) then
            let rule = if System.Double.IsInfinity high then $"at least {low}" else $"at least {low} and below {high}"
            Errors.option what rule (string value)

namespace DeepFun.FSharp

open DeepFun

/// <summary>
/// Parts of optimizers that scale updates and add decay. Parts compose with <c>Optimizer.chain</c>; each takes the updates of the one
/// before, the first one the gradients. What comes out is added to the parameters, so that a chain that descends ends with a negative
/// factor: <c>scaleByLearningRate</c>.
/// </summary>
/// <remarks>
/// Shape: updates and parameters are trees of equal structure; each leaf keeps its shape and dtype. Leaves that are not floating-point
/// pass unchanged.
/// Errors: DF0302 if the trees differ.
/// </remarks>
[<RequireQualifiedAccess>]
module Transform =

    let private times (factor: Tensor) (updates: Params) : Params = updates |> Leafwise.map (fun u -> u * Leafwise.scalarFor u factor)

    /// <summary>Updates times a number.</summary>
    /// <remarks>State: none.   Equation: u ← c u.</remarks>
    let scale (factor: float) : Optimizer =
        Optimizer.stateless $"scale({factor})" (fun updates _ -> updates |> Leafwise.map (fun u -> u * factor))

    /// <summary>Updates times the value of a schedule at the number of updates before.</summary>
    /// <remarks>State: count [] int32.   Equation: u ← s(t) u, t = 0, 1, ….</remarks>
    let scaleBySchedule (schedule: Schedule) : Optimizer =
        Leafwise.counted $"scale({schedule.Name})" (fun count updates _ -> times (schedule.At count) updates)

    /// <summary>Updates times minus the learning rate: the last part of a chain that descends.</summary>
    /// <remarks>State: count [] int32.   Equation: u ← −s(t) u, t = 0, 1, ….</remarks>
    let scaleByLearningRate (rate: Schedule) : Optimizer =
        Leafwise.counted $"learningRate({rate.Name})" (fun count updates _ -> times (-(rate.At count)) updates)

    let private decay (operation: string) (mask: string -> bool) (factor: Tensor) (updates: Params) (parameters: Params) : Params =
        let ps = Leafwise.leaves operation updates parameters
        let entries = updates.Entries

        Tree.rebuild
            updates
            (ps
             |> Array.mapi (fun i p ->
                 let u = entries[i].Value

                 if Leafwise.isFloating u && mask entries[i].Key then u + p * Leafwise.scalarFor p factor else u))

    /// <summary>Adds a share of the parameters to the updates, where the mask says yes to the path.</summary>
    /// <remarks>
    /// State: none.   Equation: u ← u + λ p. Before the moments this is the gradient of λ‖p‖²/2; after them, decoupled decay.
    /// Errors: DF0902 if the decay is negative.
    /// Source: Loshchilov and Hutter 2019, arXiv:1711.05101.
    /// </remarks>
    let addDecayedWeights (weightDecay: float) (mask: string -> bool) : Optimizer =
        Leafwise.checkRange "addDecayedWeights: the decay" 0.0 infinity weightDecay

        Optimizer.stateless $"decay({weightDecay})" (fun updates parameters ->
            let leaves = Tree.leaves updates

            if weightDecay = 0.0 || leaves.Length = 0 then
                updates
            else
                let factor = Tensor.Constant(weightDecay, { leaves[0].Type with Shape = Shape.Scalar }, leaves[0])
                decay "addDecayedWeights" mask factor updates parameters)

    /// Decay that already has the learning rate in it, for chains whose moments have it too: u ← u − s(t) λ p.
    let internal decayByLearningRate (rate: Schedule) (weightDecay: float) (mask: string -> bool) : Optimizer =
        Leafwise.checkRange "The decay" 0.0 infinity weightDecay

        Leafwise.counted $"decay({weightDecay})" (fun count updates parameters ->
            if weightDecay = 0.0 then
                updates
            else
                decay "adamW" mask (rate.At count * -weightDecay) updates parameters)

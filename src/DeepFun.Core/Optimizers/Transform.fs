namespace DeepFun

open System.Collections.Generic
open DeepFun.Backends
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

    /// f of every three floating-point leaves.
    let map3 (operation: string) (f: Tensor -> Tensor -> Tensor -> Tensor) (a: Params) (b: Params) (c: Params) : Params =
        let ys, zs = leaves operation a b, leaves operation a c
        Tree.rebuild a (Tree.leaves a |> Array.mapi (fun i x -> if isFloating x then f x ys[i] zs[i] else x))

    /// √x, whose derivative at 0 is 0 instead of ∞: a weight that never had a gradient must not make a hyper-gradient NaN.
    /// Plain data need no guard, which is one pass over memory less; numbers below the bound vanish beside ε.
    let root (x: Tensor) : Tensor = if x.Interpreter.Level = 0L then sqrt x else sqrt (maximum x (fullLike 1.2e-38 x))

    /// A running mean, d of the way to x: three passes, and no pass for the factor 1 − d.
    let toward (x: Tensor) (mean: Tensor) (d: float) : Tensor = mean + (x - mean) * d

    /// The sum of f over all pairs of floating-point leaves: one float64 number.
    let total (operation: string) (f: Tensor -> Tensor -> Tensor) (a: Params) (b: Params) : Tensor =
        Array.zip (Tree.leaves a) (leaves operation a b)
        |> Array.filter (fst >> isFloating)
        |> Array.map (fun (x, y) -> cast DType.Float64 (sum (f x y)))
        |> function
            | [||] -> Tensor.scalar64 0.0
            | parts -> Array.reduce (+) parts

    /// A number in a leaf's dtype: a rate in another one must not change what the leaf is.
    let scalarFor (leaf: Tensor) (value: Tensor) : Tensor = cast leaf.DType value

    /// Named parts of a state.
    let state (parts: (string * Params) list) : Params = Params.Node(parts |> List.map (fun (n, p) -> KeyValuePair(n, p)))

    let zeros (parameters: Params) : Params = Tree.map zerosLike parameters

    /// One number, where the parameters live.
    let number (dtype: DType) (value: float) (parameters: Params) : Params =
        Params.Leaf(
            match Tree.leaves parameters with
            | [||] -> Tensor.fullOf dtype [] value
            | leaves -> Tensor.Constant(value, { Shape = Shape.Scalar; DType = dtype }, leaves[0])
        )

    /// No updates yet: int32 without axes.
    let count (parameters: Params) : Params = number DType.Int32 0.0 parameters

    /// The number of the update that comes after so many, from 1: float64, since in float32 1 − 0.999ᵗ would lose half of its digits.
    let step (count: Tensor) : Tensor = cast DType.Float64 count + 1.0

    /// A part with a count and trees like the parameters, at first 0: step → updates → trees → updates and new trees.
    let remembering (name: string) (parts: string list) (f: Tensor -> Params -> Params list -> Params * Params list) : Optimizer =
        let init parameters =
            let zeros = zeros parameters
            state (("count", count parameters) :: [ for part in parts -> part, zeros ])

        let update updates (before: Params) _ =
            let count = before["count"]
            let u, trees = f (step count) updates [ for part in parts -> before.Part part ]
            u, state (("count", Params.Leaf(count + 1.0)) :: List.zip parts trees)

        Optimizer(name, init, update)

    /// A part that knows how many updates there were before: count → updates → parameters → updates.
    let counted (name: string) (f: Tensor -> Params -> Params -> Params) : Optimizer =
        Optimizer(
            name,
            (fun parameters -> state [ "count", count parameters ]),
            (fun updates before parameters ->
                let count = before["count"]
                f count updates parameters, state [ "count", Params.Leaf(count + 1.0) ])
        )

    /// What a state holds under a name that is nobody else's, wherever in a chain of optimizers it was made; the first if there are several.
    let rec find (name: string) (state: Params) : Params option =
        match Seq.tryFindIndex ((=) name) state.Names with
        | Some i -> Some state.Children[i]
        | None -> Seq.tryPick (find name) state.Children

    /// Normal numbers of variance 1 like a leaf, in its dtype.
    let normalLike (key: Key) (leaf: Tensor) : Tensor =
        let dtype = if leaf.DType = DType.Float64 then leaf.DType else DType.Float32
        cast leaf.DType (Key.random RandomOp.Normal dtype leaf.Shape (key.Consume()))

    /// A number between two others, the upper one excluded.
    let checkRange (what: string) (low: float) (high: float) (value: float) =
        if not (value >= low && value < high) then
            let rule = if System.Double.IsInfinity high then $"at least {low}" else $"at least {low} and below {high}"
            Errors.option what rule (string value)

namespace DeepFun.FSharp

open DeepFun
open DeepFun.Backends

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

    /// <summary>Updates of zero: what is frozen, in a partition.</summary>
    /// <remarks>State: none.   Equation: u ← 0.</remarks>
    let zero: Optimizer = Optimizer.stateless "zero" (fun updates _ -> updates |> Leafwise.map zerosLike)

    /// <summary>Adds normal noise to the updates, whose variance falls with the step.</summary>
    /// <remarks>
    /// State: count [] int32; key, int64.   Defaults: gamma = 0.55 is the paper's.
    /// Equation: u ← u + √(η / (1 + t)^γ) n, n normal with variance 1, t = 0, 1, ….
    /// Errors: DF0902 if eta or gamma is negative.
    /// Source: Neelakantan et al. 2015, arXiv:1511.06807, equation 1.
    /// </remarks>
    let addNoise (eta: float) (gamma: float) (key: Key) : Optimizer =
        Leafwise.checkRange "addNoise: eta" 0.0 infinity eta
        Leafwise.checkRange "addNoise: gamma" 0.0 infinity gamma
        let bits = Params.Leaf(key.Consume())

        let update (updates: Params) (state: Params) _ =
            let count = state["count"]
            let leaves = Tree.leaves updates
            let keys = Key.split (leaves.Length + 1) (Key state["key"])
            let t = Leafwise.step count
            let deviation = sqrt (eta / pow t (fullLike gamma t))

            let noisy i (u: Tensor) =
                if Leafwise.isFloating u then
                    u + Leafwise.normalLike keys[i] u * Leafwise.scalarFor u deviation
                else
                    u

            let next = Leafwise.state [ "count", Params.Leaf(count + 1.0); "key", Params.Leaf keys[leaves.Length].Data ]
            Tree.rebuild updates (Array.mapi noisy leaves), next

        Optimizer($"noise({eta}, {gamma})", (fun parameters -> Leafwise.state [ "count", Leafwise.count parameters; "key", bits ]), update)

    /// Decay that already has the learning rate in it, for chains whose moments have it too: u ← u − s(t) λ p.
    let internal decayByLearningRate (rate: Schedule) (weightDecay: float) (mask: string -> bool) : Optimizer =
        Leafwise.checkRange "The decay" 0.0 infinity weightDecay

        Leafwise.counted $"decay({weightDecay})" (fun count updates parameters ->
            if weightDecay = 0.0 then
                updates
            else
                decay "adamW" mask (rate.At count * -weightDecay) updates parameters)

    /// Decay of the parameters after the step, for chains whose updates have the learning rate in them: p ← (p + u) / (1 + s(t) λ).
    let internal shrinkByLearningRate (rate: Schedule) (weightDecay: float) (mask: string -> bool) : Optimizer =
        Leafwise.checkRange "The decay" 0.0 infinity weightDecay

        Leafwise.counted $"shrink({weightDecay})" (fun count updates parameters ->
            let factor = rate.At count * weightDecay
            let entries = updates.Entries

            let shrunk i (p: Tensor) =
                let u = entries[i].Value

                if Leafwise.isFloating u && mask entries[i].Key then
                    let f = Leafwise.scalarFor u factor
                    (u - p * f) / (1.0 + f)
                else
                    u

            Tree.rebuild updates (Leafwise.leaves "adan" updates parameters |> Array.mapi shrunk))

namespace DeepFun.FSharp

open System
open DeepFun

/// <summary>Optimizers that see a parameter as a matrix: Adafactor and Muon.</summary>
[<RequireQualifiedAccess>]
module Matrices =

    /// Root mean square.
    let private rms (x: Tensor) : Tensor = Leafwise.root (mean (square x))

    /// <summary>
    /// Adafactor: Adam with one second moment a row and one a column in place of one a number, steps relative to the size of the parameters,
    /// and updates of limited size.
    /// </summary>
    /// <remarks>
    /// State: count [] int32; for tensors of rank 2 and above rows [..., n] and columns [..., m], means over the last axis and the last but
    /// one; for others v; where a tensor has none, one number. All at first 0.
    /// Defaults (the paper's): rate ρₜ = min(0.01, 1/√t), decay = 0.8, epsilon1 = 1e-30, epsilon2 = 1e-3, clip d = 1.
    /// Equation: β = 1 − t^−decay;  R ← βR + (1−β) mean_columns(g² + ε₁);  C ← βC + (1−β) mean_rows(g² + ε₁);  v̂ = R C / mean(R);
    /// u = g / √v̂;  u ← u / max(1, rms(u) / d);  p ← p − max(ε₂, rms(p)) ρₜ u. Not relative: p ← p − ρₜ u.
    /// Errors: DF0302 if the tree differs from the one given to Init; DF0902 if an option is out of range.
    /// Source: Shazeer and Stern 2018, arXiv:1804.04235, Algorithms 4 and 5. Deviation: means in place of sums, whose ratio is the same.
    /// </remarks>
    let adafactor (rate: Schedule) (decay: float) (epsilon1: float) (epsilon2: float) (clip: float) (relative: bool) : Optimizer =
        Leafwise.checkRange "adafactor: decay" 0.0 infinity decay
        Leafwise.checkRange "adafactor: epsilon1" 0.0 infinity epsilon1
        Leafwise.checkRange "adafactor: epsilon2" 0.0 infinity epsilon2

        if not (clip > 0.0) then
            Errors.option "adafactor: clip" "above 0" (string clip)

        let name = "adafactor"
        let isMatrix (p: Tensor) = p.Rank >= 2
        let nothing (p: Tensor) = Tensor.Constant(0.0, { p.Type with Shape = Shape.Scalar }, p)
        let only chosen (f: Tensor -> Tensor) (p: Tensor) = if chosen p then f p else nothing p

        let init parameters =
            Leafwise.state
                [
                    "count", Leafwise.count parameters
                    "rows", Tree.map (only isMatrix (zerosLike >> sumOver [ -1 ])) parameters
                    "columns", Tree.map (only isMatrix (zerosLike >> sumOver [ -2 ])) parameters
                    "v", Tree.map (only (isMatrix >> not) zerosLike) parameters
                ]

        let update (g: Params) (state: Params) (parameters: Params) =
            let ps = Leafwise.leaves name g parameters
            let count = state["count"]
            let t = Leafwise.step count
            let share = pow t (fullLike -decay t)
            let rows, columns, vs = Tree.leaves (state.Part "rows"), Tree.leaves (state.Part "columns"), Tree.leaves (state.Part "v")

            let one i (g: Tensor) =
                let toward x (mean: Tensor) = mean + (x - mean) * Leafwise.scalarFor g share

                if not (Leafwise.isFloating g) then
                    g, rows[i], columns[i], vs[i]
                else
                    let squares = square g + epsilon1

                    let u, r, c, v =
                        if isMatrix g then
                            let r, c = toward (meanOver [ -1 ] squares) rows[i], toward (meanOver [ -2 ] squares) columns[i]
                            let sizes = r / keepDims [ -1 ] (meanOver [ -1 ] r)
                            g / (Leafwise.root (keepDims [ -1 ] sizes) * Leafwise.root (keepDims [ -2 ] c)), r, c, vs[i]
                        else
                            let v = toward squares vs[i]
                            g / Leafwise.root v, rows[i], columns[i], v

                    let size = rms u / clip
                    let u = u / maximum size (onesLike size)
                    let step = Leafwise.scalarFor g -(rate.At count)

                    let step =
                        if relative then
                            let own = rms ps[i]
                            step * maximum own (fullLike epsilon2 own)
                        else
                            step

                    u * step, r, c, v

            let found = Array.mapi one (Tree.leaves g)
            let tree pick = Tree.rebuild g (Array.map pick found)

            tree (fun (u, _, _, _) -> u),
            Leafwise.state
                [
                    "count", Params.Leaf(count + 1.0)
                    "rows", tree (fun (_, r, _, _) -> r)
                    "columns", tree (fun (_, _, c, _) -> c)
                    "v", tree (fun (_, _, _, v) -> v)
                ]

        Optimizer(name, init, update)

    /// <summary>A matrix with the same singular vectors and singular values near 1, by Newton–Schulz steps, which are matrix products only.</summary>
    /// <remarks>
    /// Shape: [n, m] both.   Defaults (Muon's): 5 steps; singular values then lie about in [0.7, 1.2].
    /// Equation: X = G / (‖G‖ + 1e-7);  steps times: A = X Xᵀ, X ← a X + (b A + c A²) X, (a, b, c) = (3.4445, −4.7750, 2.0315).
    /// Errors: DF0125 if it is no matrix; DF0902 if there are fewer than 0 steps.   Source: Jordan et al. 2024, Muon. Deviation: no bfloat16.
    /// </remarks>
    let orthogonalize (steps: int) (g: Tensor) : Tensor =
        if steps < 0 then
            Errors.option "orthogonalize: the number of steps" "at least 0" (string steps)

        if g.Rank <> 2 then
            Errors.rank "orthogonalize" "takes one matrix" g.Shape

        let tall = g.Shape[0] > g.Shape[1]
        let x = if tall then transpose g else g
        let x = x / (Leafwise.root (sum (square x)) + 1e-7)

        let step (x: Tensor) =
            let a = matmul x (transpose x)
            x * 3.4445 + matmul (a * -4.7750 + matmul a a * 2.0315) x

        let y = Seq.fold (fun x _ -> step x) x (seq { 1..steps })
        if tall then transpose y else y

    /// <summary>Muon: momentum, orthogonalized. For parameters of rank 2 and above.</summary>
    /// <remarks>
    /// State: m like the parameters, at first 0.   Defaults (the authors'): momentum = 0.95, Nesterov's, 5 steps.
    /// Equation: m ← μm + g;  x = g + μm (not Nesterov's: m);  u = orthogonalize(x) √max(1, outputs / inputs).
    /// A matrix is [inputs, outputs]; a tensor of higher rank is seen as [first, all others], where the first axis are the outputs, as in
    /// convolutions.
    /// Errors: DF0302 if the tree differs from the one given to Init; DF0125 if a tensor has less than 2 axes; DF0902 if the momentum is not
    /// in [0, 1) or the steps are negative.
    /// Source: Jordan et al. 2024, Muon: An optimizer for hidden layers; its matrices are [outputs, inputs].
    /// </remarks>
    let scaleByMuon (momentum: float) (nesterov: bool) (steps: int) : Optimizer =
        let part = if nesterov then Momentum.nesterov momentum else Momentum.trace momentum

        let orthogonal (x: Tensor) =
            if x.Rank < 2 then
                Errors.rank "muon" "takes parameters with at least 2 axes" x.Shape

            let inputs, outputs = if x.Rank = 2 then x.Shape[0], x.Shape[1] else int x.Size / x.Shape[0], x.Shape[0]
            let matrix = if x.Rank = 2 then x else reshape [ x.Shape[0]; -1 ] x
            reshape x.Shape (orthogonalize steps matrix) * sqrt (Math.Max(1.0, float outputs / float inputs))

        let update g state parameters =
            let x, state = part.Update g state parameters
            Leafwise.map orthogonal x, state

        Optimizer($"muon({momentum})", part.Init, update)

    /// One optimizer for the tensors of rank 2 and above that the mask takes, another one for all else.
    let internal split (mask: string -> bool) (matrices: Optimizer) (others: Optimizer) : Optimizer =
        let parted (tree: Params) =
            let ranks = dict [ for e in tree.Entries -> e.Key, e.Value.Rank ]
            let label path = if ranks[path] >= 2 && mask path then "matrices" else "others"
            Wrapper.partition label [ "matrices", matrices; "others", others ]

        Optimizer(
            $"{matrices.Name}; else {others.Name}",
            (fun parameters -> (parted parameters).Init parameters),
            (fun updates state parameters -> (parted parameters).Update updates state parameters)
        )

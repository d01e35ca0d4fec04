/// Reductions, running operations, statistics and order.
module DeepFun.Differential.Reductions

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Differential.Operation

let private some (_: Pool) (v: Value) = v.Size > 0
let private several (_: Pool) (v: Value) = v.Size > 1
let private whole name likes f = unary name (name + " {0}") likes f
let private over name likes f = overAxes name (name + " {i} {0}") likes f
let private along name likes f = alongAxis name (name + " {i0} {0}") likes f

/// Far from a root's or a norm's singular point.
let private spread (v: Value) = let numbers = v.Numbers in numbers.Length > 1 && Array.max numbers - Array.min numbers > 0.3

let private moderate (_: Pool) (v: Value) = v.Within(-2.5, 2.5)

let private reductions =
    [
        whole "sum" anywhere sum
        over "sumOver" anywhere (fun a x -> sumOver a x)
        overAxes "sumKept" "keepDims {i} (sumOver {i} {0})" anywhere (fun a x -> keepDims a (sumOver a x))
        whole "mean" some mean
        over "meanOver" some (fun a x -> meanOver a x)
        // PyTorch divides by the factors.
        whole "prod" (both moderate (away 1e-3)) prod
        over "prodOver" (both moderate (away 1e-3)) (fun a x -> prodOver a x)
        whole "amax" (both some ordered) amax
        over "amaxOver" (both some ordered) (fun a x -> amaxOver a x)
        whole "amin" (both some ordered) amin
        over "aminOver" (both some ordered) (fun a x -> aminOver a x)
        along "argmax" (both some ordered) argmax
        along "argmin" (both some ordered) argmin
        whole "variance" several variance
        whole "std" (fun _ v -> spread v) std
        whole "norm" (fun _ v -> v.Size > 0 && v.Numbers |> Array.exists (fun x -> abs x > 0.3)) norm
        over "logSumExp" some (fun a x -> logSumExp a x)
        along "softmax" some softmax
        along "logSoftmax" some logSoftmax
        along "cumsum" anywhere cumsum
        along "cumprod" (both moderate (away 1e-3)) cumprod
        along "cummax" (both some ordered) cummax
        along "cummin" (both some ordered) cummin
        along "logCumSumExp" some logCumSumExp
        whole "median" (both some ordered) median
        along "medianOver" (both some ordered) medianOver
        unary "countNonZero" "countNonZero {0}" (beside [ 0.0 ]) countNonZero
        over "countNonZeroOver" (beside [ 0.0 ]) (fun a x -> countNonZeroOver a x)
        whole "standardize" (fun _ v -> spread v) standardize
        unary "argsort" "argsort -1 {0}" (fun pool v -> v.Rank > 0 && ordered pool v) (argsort -1)
        along "sort" ordered sort
        along "sortDescending" ordered sortDescending
        along "argsortDescending" ordered argsortDescending
    ]

let private truth =
    let ofTruth name source f (draw: Pool -> Value -> int[]) =
        make name source (fun s xs -> f s.Ints xs[0]) (fun name pool ->
            pool.Pick(fun v -> v.DType = DType.Bool) |> Option.map (fun x -> step name [ x ] (draw pool x) []))

    [
        ofTruth "any" "any {0}" (fun _ x -> any x) (fun _ _ -> [||])
        ofTruth "all" "all {0}" (fun _ x -> all x) (fun _ _ -> [||])
        ofTruth "anyOver" "anyOver {i} {0}" (fun a x -> anyOver a x) (fun pool x -> pool.Axes x)
        ofTruth "allOver" "allOver {i} {0}" (fun a x -> allOver a x) (fun pool x -> pool.Axes x)
    ]

/// Statistics with a parameter before the axes.
let private statistics =
    let corrected name f =
        make name (name + " {i0} {tail} {0}") (fun s xs -> f s.Ints[0] s.Ints[1..] xs[0]) (fun name pool ->
            pool.Float(fun v -> v.Rank > 0 && spread v)
            |> Option.bind (fun x ->
                let axes = pool.Axes x
                let count = axes |> Array.fold (fun n a -> n * x.Shape[a]) 1
                let correction = pool.Int(0, 1)

                if axes.Length = 0 || count - correction < 1 then
                    None
                else
                    Some(step name [ x ] (Seq.append [ correction ] axes) [])))

    /// The roots want every slice to vary.
    let varied (op: Operation) =
        { op with
            Draw =
                fun pool ->
                    op.Draw pool
                    |> Option.filter (fun s ->
                        let x = pool.Tensors(s.Operands)[0]
                        (varianceOver s.Ints[0] s.Ints[1..] x).ToDoubles() |> Array.forall (fun v -> v > 0.02))
        }

    [
        corrected "varianceOver" (fun c a x -> varianceOver c a x)
        varied (corrected "stdOver" (fun c a x -> stdOver c a x))
        make "normOver" "normOver {f0} {i} {0}" (fun s xs -> normOver s.Floats[0] s.Ints xs[0]) (fun name pool ->
            let p = pool.Choose [| 1.0; 2.0; 3.0; 1.5; infinity; -infinity; 0.0 |]

            let likes (v: Value) =
                let sizes = { v with Numbers = Array.map abs v.Numbers }
                v.Rank > 0 && v.Size > 0 && v.Away 0.05 && (Double.IsFinite p || ordered pool sizes)

            pool.Float likes
            |> Option.bind (fun x ->
                match pool.Axes x with
                | [||] -> None
                | axes -> Some(step name [ x ] axes [ p ])))
        make "quantile" "quantile {f0} {0}" (fun s xs -> quantile s.Floats[0] xs[0]) (fun name pool ->
            pool.Float(both some ordered pool) |> Option.map (fun x -> step name [ x ] [] [ pool.Number(0.0, 1.0) ]))
        make "quantileOver" "quantileOver {f0} {i0} {0}" (fun s xs -> quantileOver s.Floats[0] s.Ints[0] xs[0]) (fun name pool ->
            pool.Float(fun v -> v.Rank > 0 && both some ordered pool v)
            |> Option.map (fun x -> step name [ x ] [ pool.Axis x ] [ pool.Number(0.0, 1.0) ]))
        make "cov" "cov {i0} {0}" (fun s xs -> cov s.Ints[0] xs[0]) (fun name pool ->
            pool.Float(fun v -> v.Rank = 2 && v.Shape[1] > 1 && v.Shape[0] > 0 || v.Rank = 1 && v.Size > 1)
            |> Option.map (fun x -> step name [ x ] [ pool.Int(0, 1) ] []))
        // Clamped to [-1, 1], so off the diagonal it must be far from both; on it both libraries have derivative 0 but for rounding.
        make "corrcoef" "corrcoef {0}" (fun _ xs -> corrcoef xs[0]) (fun name pool ->
            pool.Float(fun v -> v.Rank = 2 && v.Shape[1] > 2 && v.Shape[0] > 0)
            |> Option.filter (fun x ->
                let n = x.Shape[0]
                let c = (corrcoef x.Tensor).ToDoubles()
                let deviations = (stdOver 1 [ 1 ] x.Tensor).ToDoubles()

                Array.forall (fun d -> d > 0.2) deviations
                && Seq.forall (fun i -> i % (n + 1) = 0 || abs c[i] < 0.95) (seq { 0 .. c.Length - 1 }))
            |> Option.map (fun x -> step name [ x ] [] []))
        make "histogram" "histogram {i0} {f0} {f1} {0}" (fun s xs -> histogram s.Ints[0] s.Floats[0] s.Floats[1] xs[0]) (fun name pool ->
            let bins, low, high = pool.Int(1, 5), -1.0, 1.5
            let edges = List.init (bins + 1) (fun i -> low + (high - low) * float i / float bins)
            pool.Float(beside edges pool) |> Option.map (fun x -> step name [ x ] [ bins ] [ low; high ]))
    ]

/// Mean losses over a batch.
let private losses =
    let paired name (likes: Pool -> Value -> Value -> bool) (target: Pool -> Value -> Value) (loss: Loss) =
        make name $"Losses.{name}.Value({{0}}, {{1}})" (fun _ xs -> loss.Value(xs[0], xs[1])) (fun name pool ->
            pool.Float(fun v -> v.Rank > 0 && v.Size > 0)
            |> Option.bind (fun x -> let t = target pool x in if likes pool x t then Some(step name [ x; t ] [] []) else None))

    let free _ _ _ = true
    let like (pool: Pool) (x: Value) = pool.New(x.DType, x.Shape, (fun () -> pool.Number(-1.5, 1.5)))
    let probabilities (pool: Pool) (x: Value) = pool.New(x.DType, x.Shape, (fun () -> pool.Number(0.05, 0.95)))
    let distances (x: Value) (t: Value) = (abs (x.Tensor - t.Tensor): Tensor).ToDoubles()

    [
        paired "meanSquaredError" free like Losses.meanSquaredError
        paired "meanAbsoluteError" (fun pool x t -> distances x t |> Array.forall (fun d -> d > pool.Margin)) like Losses.meanAbsoluteError
        { paired
              "huber"
              (fun pool x t -> distances x t |> Array.forall (fun d -> d > pool.Margin && abs (d - 0.7) > pool.Margin))
              like
              (Losses.huber 0.7) with
            Source = "(Losses.huber 0.7).Value({0}, {1})"
        }
        paired "binaryCrossEntropyFromLogits" free probabilities Losses.binaryCrossEntropyFromLogits
        paired "categoricalCrossEntropyFromLogits" (fun _ x _ -> x.Rank > 1) probabilities Losses.categoricalCrossEntropyFromLogits
        paired
            "sparseCategoricalCrossEntropyFromLogits"
            (fun _ x _ -> x.Rank > 1)
            (fun pool x -> pool.Indices(x.Shape[.. x.Rank - 2], max 1 x.Shape[x.Rank - 1]))
            Losses.sparseCategoricalCrossEntropyFromLogits
    ]

let rows: Operation list = reductions @ truth @ statistics @ losses

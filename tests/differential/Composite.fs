/// Control flow, rules of one's own and derivatives within programs: PyTorch runs a plain loop, or the formula.
module DeepFun.Differential.Composite

open DeepFun
open DeepFun.FSharp
open DeepFun.Differential.Operation

let private calm (_: Pool) (v: Value) = v.Within(-3.0, 3.0) && v.Size > 0 && v.Size <= 32
let private stacked (pool: Pool) (v: Value) = calm pool v && v.Rank > 0 && v.Rank < 4

/// A carry that begins with a leaf, over the slices of a value.
let private scanned name source (f: Tensor -> Tensor -> Tensor) =
    make name source (fun _ xs -> f xs[0] xs[1]) (fun name pool ->
        pool.Float(stacked pool)
        |> Option.map (fun x -> step name [ x; pool.New(x.DType, x.Shape[1..], (fun () -> pool.Number(-1.0, 1.0))) ] [] []))

let private advance (c: Tensor) (x: Tensor) : Tensor * Tensor = let c: Tensor = tanh (0.5 * c + x) in c, c * x

let private loops =
    [
        scanned "scan" "snd (scan (fun c x -> let c = tanh (0.5 * c + x) in c, c * x) {1} {0})" (fun xs c -> snd (scan advance c xs))
        scanned "scanCarry" "fst (scan (fun c x -> let c = tanh (0.5 * c + x) in c, c * x) {1} {0})" (fun xs c -> fst (scan advance c xs))
        scanned
            "scanReverse"
            "snd (scanWith { ScanOptions.Default with Reverse = true } (fun c x -> let c = tanh (0.5 * c + x) in c, c * x) {1} {0})"
            (fun xs c -> snd (scanWith { ScanOptions.Default with Reverse = true } advance c xs))
        unary "map" "map (fun x -> sin x * sum x) {0}" stacked (map (fun (x: Tensor) -> sin x * sum x))
        unary "forLoop" "forLoop 0 3 (fun i c -> sin c + 0.1 * cast c.DType i) {0}" calm (fun x ->
            forLoop 0 3 (fun i (c: Tensor) -> sin c + 0.1 * cast c.DType i) x)
        unary
            "whileLoopBounded"
            "whileLoopBounded 6 (fun c -> less (sum (square c)) (fullLike 9.0 (sum c))) (fun c -> 1.3 * c + 0.1) {0}"
            calm
            (whileLoopBounded 6 (fun (c: Tensor) -> less (sum (square c)) (fullLike 9.0 (sum c))) (fun c -> 1.3 * c + 0.1))
    ]

let private branches =
    let decided (pool: Pool) (v: Value) = calm pool v && abs (Array.sum v.Numbers) > 10.0 * pool.Margin

    [
        unary "cond" "cond (greater (sum {0}) (zerosLike (sum {0}))) (fun x -> sin x) (fun x -> x * x) {0}" decided (fun x ->
            let total: Tensor = sum x in cond (greater total (zerosLike total)) (fun (x: Tensor) -> sin x) (fun x -> x * x) x)
        unary
            "switch"
            "switch (cast DType.Int32 (greater (sum {0}) (zerosLike (sum {0})))) [ (fun x -> tanh x); (fun x -> cos x) ] {0}"
            decided
            (fun x ->
                let total: Tensor = sum x
                switch (cast DType.Int32 (greater total (zerosLike total))) [ (fun (x: Tensor) -> tanh x); (fun x -> cos x) ] x)
    ]

let private rules =
    [
        unary "checkpoint" "checkpoint (fun x -> tanh x * sin x) {0}" calm (checkpoint (fun (x: Tensor) -> tanh x * sin x))
        unary "customJvp" "customJvp (fun x -> sin x) (fun x dx -> sin x, cos x * dx) {0}" calm (fun x ->
            customJvp (fun (x: Tensor) -> sin x) (fun x dx -> sin x, cos x * dx) x)
        unary "customVjp" "customVjp (fun x -> sin x) (fun x -> sin x, cos x) (fun c ct -> c * ct) {0}" calm (fun x ->
            customVjp (fun (x: Tensor) -> sin x) (fun x -> sin x, cos x) (fun (c: Tensor) ct -> c * ct) x)
        unary "vmapSoftmax" "vmap (fun x -> softmax 0 x) {0}" (fun pool v -> stacked pool v && v.Rank > 1) (vmap (softmax 0))
        unary "gradWithin" "grad (fun x -> sum (x * x * sin x)) {0}" calm (grad (fun (x: Tensor) -> sum (x * x * sin x)))
        unary "jvpWithin" "snd (jvp (fun x -> exp (sin x)) {0} (cos {0}))" calm (fun x ->
            snd (jvp (fun (x: Tensor) -> exp (sin x)) x (cos x)))
    ]

let rows: Operation list = loops @ branches @ rules

/// Optimizers that PyTorch lacks against their papers' equations, written with plain arrays: 100 steps on the same gradients.
module DeepFun.Core.Tests.EquationTests

open System
open DeepFun
open DeepFun.FSharp
open Xunit

let private random = Random 11
let private draw n = Array.init n (fun _ -> Math.Round(4.0 * random.NextDouble() - 2.0, 3))

/// A matrix [2, 3], row by row, and a vector.
let private start: float[][] = [| draw 6; draw 3 |]

let private gradients: float[][][] =
    Array.init 100 (fun _ -> [| draw 6; draw 3 |> Array.mapi (fun i g -> if i = 1 then 0.0 else g) |])

let private tree (xs: float[][]) : Params =
    Params.Of(struct ("matrix", Tensor.ofArray [ 2; 3 ] xs[0]), struct ("vector", Tensor.vector64 xs[1]))

let private rate (value: float) : Schedule = Schedule.ofTensor (Tensor.scalar64 value)

let private close (name: string) (t: int) (tolerance: float) (expected: float[][]) (came: Params) =
    for e, c in Array.zip (Array.concat expected) (came.Entries |> Seq.collect (fun e -> e.Value.ToDoubles()) |> Array.ofSeq) do
        Assert.True(abs (c - e) <= tolerance * max 1.0 (abs e), $"{name}, step {t}: {c}, by hand {e}")

/// By hand: step t = 1, 2, …, gradients, parameters → parameters.
let private agreeTo tolerance name (o: Optimizer) (byHand: int -> float[][] -> float[][] -> float[][]) =
    let step (p, state, expected) (t, g) =
        let u, state = o.Update (tree g) state p
        let p, expected = Optimizer.apply u p, byHand t g expected
        close name t tolerance expected p
        p, state, expected

    let p = tree start
    Seq.fold step (p, o.Init p, start) (Seq.zip [ 1..100 ] gradients) |> ignore

let private agree name = agreeTo 1e-10 name

let private zeros () : float[][] = start |> Array.map (Array.map (fun _ -> 0.0))

/// A memory of one array a tensor, changed in place: element → old value → new value.
let private change (memory: float[][]) (f: int -> int -> float -> float) =
    for k in 0 .. memory.Length - 1 do
        for i in 0 .. memory[k].Length - 1 do
            memory[k][i] <- f k i (memory[k][i])

let private each (p: float[][]) (f: int -> int -> float -> float) : float[][] = p |> Array.mapi (fun k -> Array.mapi (f k))
let private norm (xs: float[]) = sqrt (Array.sumBy (fun x -> x * x) xs)

[<Fact>]
let ``AdaBelief`` () =
    let m, s = zeros (), zeros ()

    agree "adaBelief" (Optimizers.adaBelief (rate 0.02, beta1 = 0.8, beta2 = 0.95, epsilon = 1e-4, weightDecay = 0.1)) (fun t g p ->
        change m (fun k i m -> 0.8 * m + 0.2 * g[k][i])
        change s (fun k i s -> 0.95 * s + 0.05 * (g[k][i] - m[k][i]) ** 2.0 + 1e-4)

        each p (fun k i p ->
            let mean, belief = m[k][i] / (1.0 - 0.8 ** float t), s[k][i] / (1.0 - 0.95 ** float t)
            p - 0.02 * (mean / (sqrt belief + 1e-4) + 0.1 * p)))

[<Theory; InlineData(true); InlineData(false)>]
let ``Yogi`` (corrected: bool) =
    let m, v = zeros (), zeros ()
    change v (fun _ _ _ -> 1e-6)

    agree "yogi" (Optimizers.yogi (rate 0.02, beta1 = 0.8, beta2 = 0.95, corrected = corrected)) (fun t g p ->
        change m (fun k i m -> 0.8 * m + 0.2 * g[k][i])
        change v (fun k i v -> let g2 = g[k][i] ** 2.0 in v - 0.05 * float (sign (v - g2)) * g2)
        let c1, c2 = if corrected then 1.0 - 0.8 ** float t, 1.0 - 0.95 ** float t else 1.0, 1.0
        each p (fun k i p -> p - 0.02 * (m[k][i] / c1) / (sqrt (v[k][i] / c2) + 1e-3)))

[<Fact>]
let ``Adan`` () =
    let m, v, n, last = zeros (), zeros (), zeros (), zeros ()

    agree "adan" (Optimizers.adan (rate 0.02, beta1 = 0.9, beta2 = 0.8, beta3 = 0.95, weightDecay = 0.1)) (fun t g p ->
        let difference = each g (fun k i g -> if t = 1 then 0.0 else g - last[k][i])
        change m (fun k i m -> 0.9 * m + 0.1 * g[k][i])
        change v (fun k i v -> 0.8 * v + 0.2 * difference[k][i])
        change n (fun k i n -> 0.95 * n + 0.05 * (g[k][i] + 0.8 * difference[k][i]) ** 2.0)
        change last (fun k i _ -> g[k][i])

        each p (fun k i p ->
            let root = sqrt (n[k][i] / (1.0 - 0.95 ** float t)) + 1e-8
            let up = m[k][i] / (1.0 - 0.9 ** float t) + 0.8 * v[k][i] / (1.0 - 0.8 ** float t)
            (p - 0.02 * up / root) / (1.0 + 0.02 * 0.1)))

[<Fact>]
let ``Lion`` () =
    let m = zeros ()

    agree
        "lion"
        (Optimizers.lion (rate 0.01, beta1 = 0.7, beta2 = 0.95, weightDecay = 0.1, mask = fun path -> path = "matrix"))
        (fun _ g p ->
            let u = each g (fun k i g -> float (sign (0.7 * m[k][i] + 0.3 * g)))
            change m (fun k i m -> 0.95 * m + 0.05 * g[k][i])
            each p (fun k i p -> p - 0.01 * (u[k][i] + (if k = 0 then 0.1 * p else 0.0))))

[<Fact>]
let ``LAMB`` () =
    let m, v = zeros (), zeros ()

    agree "lamb" (Optimizers.lamb (rate 0.02, weightDecay = 0.1)) (fun t g p ->
        change m (fun k i m -> 0.9 * m + 0.1 * g[k][i])
        change v (fun k i v -> 0.999 * v + 0.001 * g[k][i] ** 2.0)

        let u =
            each p (fun k i p ->
                let root = sqrt (v[k][i] / (1.0 - 0.999 ** float t)) + 1e-6
                m[k][i] / (1.0 - 0.9 ** float t) / root + 0.1 * p)

        each p (fun k i x -> x - 0.02 * norm p[k] / norm u[k] * u[k][i]))

[<Fact>]
let ``LARS`` () =
    let m = zeros ()

    agree "lars" (Optimizers.lars (rate 0.5, momentum = 0.8, weightDecay = 0.1, coefficient = 0.02)) (fun _ g p ->
        let local = Array.init 2 (fun k -> 0.02 * norm p[k] / (norm g[k] + 0.1 * norm p[k]))
        change m (fun k i m -> 0.8 * m + 0.5 * local[k] * (g[k][i] + 0.1 * p[k][i]))
        each p (fun k i p -> p - m[k][i]))

[<Theory; InlineData(true); InlineData(false)>]
let ``Adafactor`` (relative: bool) =
    let rows, columns, v = Array.zeroCreate<float> 2, Array.zeroCreate<float> 3, Array.zeroCreate<float> 3
    let rms xs = sqrt (Array.averageBy (fun x -> x * x) xs)
    let o = Optimizers.adafactor ((if relative then null else rate 0.05), relative = relative)

    // The rate of its own is float32.
    agreeTo (if relative then 1e-6 else 1e-10) "adafactor" o (fun t g p ->
        let beta = 1.0 - float t ** -0.8
        // The paper's sums; the code has means.
        for r in 0..1 do
            rows[r] <- beta * rows[r] + (1.0 - beta) * Seq.sumBy (fun c -> g[0][3 * r + c] ** 2.0 + 1e-30) [ 0..2 ]

        for c in 0..2 do
            columns[c] <- beta * columns[c] + (1.0 - beta) * Seq.sumBy (fun r -> g[0][3 * r + c] ** 2.0 + 1e-30) [ 0..1 ]
            v[c] <- beta * v[c] + (1.0 - beta) * (g[1][c] ** 2.0 + 1e-30)

        let u =
            [|
                g[0] |> Array.mapi (fun i g -> g / sqrt (rows[i / 3] * columns[i % 3] / Array.sum rows))
                g[1] |> Array.mapi (fun i g -> g / sqrt v[i])
            |]

        each p (fun k i x ->
            let size = if relative then max 1e-3 (rms p[k]) * min 0.01 (1.0 / sqrt (float t)) else 0.05
            x - size * u[k][i] / max 1.0 (rms u[k])))

let private product (n: int) (a: float[,]) (b: float[,]) : float[,] =
    Array2D.init (Array2D.length1 a) (Array2D.length2 b) (fun i j -> Seq.sumBy (fun k -> a[i, k] * b[k, j]) [ 0 .. n - 1 ])

[<Theory; InlineData(true); InlineData(false)>]
let ``Muon`` (nesterov: bool) =
    let momentum, m, v = zeros (), zeros (), zeros ()

    let o = Optimizers.muon (rate 0.1, momentum = 0.9, nesterov = nesterov, weightDecay = 0.1, otherRate = rate 0.01)

    agree "muon" o (fun t g p ->
        change momentum (fun k i m -> 0.9 * m + g[k][i])
        let ahead = each g (fun k i g -> if nesterov then g + 0.9 * momentum[k][i] else momentum[k][i])
        // [inputs, outputs] = [2, 3] is wide as it is.
        let length = norm ahead[0] + 1e-7
        let mutable x = Array2D.init 2 3 (fun r c -> ahead[0][3 * r + c] / length)

        for _ in 1..5 do
            let a = product 3 x (Array2D.init 3 2 (fun i j -> x[j, i]))
            let b = product 2 a a |> Array2D.mapi (fun i j s -> -4.7750 * a[i, j] + 2.0315 * s)
            x <- product 2 b x |> Array2D.mapi (fun i j y -> 3.4445 * x[i, j] + y)

        change m (fun k i m -> 0.9 * m + 0.1 * g[k][i])
        change v (fun k i v -> 0.999 * v + 0.001 * g[k][i] ** 2.0)

        each p (fun k i p ->
            if k = 0 then
                p - 0.1 * (sqrt 1.5 * x[i / 3, i % 3] + 0.1 * p)
            else
                let u = m[k][i] / (1.0 - 0.9 ** float t) / (sqrt (v[k][i] / (1.0 - 0.999 ** float t)) + 1e-8)
                p - 0.01 * (u + 0.1 * p)))

[<Fact>]
let ``orthogonalized matrices have singular values near 1 and the same singular vectors`` () =
    for sizes in [ [ 3; 5 ]; [ 5; 3 ] ] do
        let g = Tensor.ofArray sizes (draw 15)
        let u, _, vt = svd g
        let x = Matrices.orthogonalize 5 g
        let inside = matmul (matmul (transpose u) x) (transpose vt)

        for i in 0..2 do
            for j in 0..2 do
                let value = inside[i, j].ToDouble()
                Assert.True((if i = j then value > 0.6 && value < 1.3 else abs value < 1e-9), $"{i}, {j}: {value}")

[<Fact>]
let ``Muon sees a kernel as outputs by all else`` () =
    let values = draw 24
    let kernel = Params.Of(struct ("w", Tensor.ofArray [ 2; 3; 2; 2 ] values))
    // Outputs by all else is the transpose of [inputs, outputs].
    let matrix = Params.Of(struct ("w", transpose (Tensor.ofArray [ 2; 12 ] values)))
    let update (p: Params) = let o = Matrices.scaleByMuon 0.9 true 5 in fst (o.Update p (o.Init p) p)
    let a, b = (update kernel)["w"], (update matrix)["w"]

    for x, y in Array.zip (a.ToDoubles()) ((transpose b |> flatten).ToDoubles()) do
        Assert.Equal(x, y, 10)

[<Fact>]
let ``schedule-free gradient descent averages its iterates`` () =
    let z = ResizeArray [ start ]

    agree "scheduleFreeSgd" (Optimizers.scheduleFreeSgd (rate 0.05, beta = 0.8)) (fun _ g _ ->
        z.Add(each z[z.Count - 1] (fun k i z -> z - 0.05 * g[k][i]))
        // A constant rate weighs all alike.
        let mean k i = Seq.averageBy (fun (z: float[][]) -> z[k][i]) (Seq.tail z)
        each z[z.Count - 1] (fun k i z -> 0.2 * z + 0.8 * mean k i))

[<Fact>]
let ``schedule-free AdamW`` () =
    let z, x, v = (start |> Array.map Array.copy), (start |> Array.map Array.copy), zeros ()
    let mutable weights = 0.0
    let rate t = 0.05 * min 1.0 (float t / 8.0)
    let schedule = Schedule.linear 0.0 0.05 8
    let o = Optimizers.scheduleFreeAdamW (schedule, weightDecay = 0.1, beta2 = 0.95)

    // The schedule is float32.
    let step (p, state, expected: float[][]) (t, g: float[][]) =
        let u, state = o.Update (tree g) state p
        let gamma = rate (t - 1)
        change v (fun k i v -> 0.95 * v + 0.05 * g[k][i] ** 2.0)

        change z (fun k i z ->
            let root = sqrt (v[k][i] / (1.0 - 0.95 ** float t)) + 1e-8
            z - gamma * (g[k][i] / root + 0.1 * expected[k][i]))

        weights <- weights + gamma * gamma
        let c = if weights = 0.0 then 0.0 else gamma * gamma / weights
        change x (fun k i x -> (1.0 - c) * x + c * z[k][i])
        let expected = each z (fun k i z -> 0.1 * z + 0.9 * x[k][i])
        let p = Optimizer.apply u p
        close "scheduleFreeAdamW" t 1e-6 expected p
        close "its average" t 1e-6 x (Averaging.parameters state)
        p, state, expected

    let p = tree start
    Seq.fold step (p, o.Init p, start) (Seq.zip [ 1..100 ] gradients) |> ignore

[<Fact>]
let ``Prodigy`` () =
    let m, v, s = zeros (), zeros (), zeros ()
    let mutable d = 0.01
    let mutable r = 0.0
    let b = sqrt 0.95

    agree "prodigy" (Optimizers.prodigy (rate 0.7, beta1 = 0.8, beta2 = 0.95, weightDecay = 0.1, distance = 0.01)) (fun _ g p ->
        let d0 = d
        change m (fun k i m -> 0.8 * m + 0.2 * d0 * g[k][i])
        change v (fun k i v -> 0.95 * v + 0.05 * d0 * d0 * g[k][i] ** 2.0)

        let inner =
            Seq.sum (
                seq {
                    for k in 0..1 do
                        for i in 0 .. g[k].Length - 1 -> g[k][i] * (start[k][i] - p[k][i])
                }
            )

        r <- b * r + (1.0 - b) * 0.7 * d0 * d0 * inner
        change s (fun k i s -> b * s + (1.0 - b) * 0.7 * d0 * d0 * g[k][i])
        d <- max d0 (r / Seq.sumBy abs (Array.concat s))
        each p (fun k i p -> p - 0.7 * d0 * (m[k][i] / (sqrt (v[k][i]) + d0 * 1e-8) + 0.1 * p)))

[<Fact>]
let ``Prodigy finds a distance`` () =
    // A valley whose bottom is far from where it begins, seen from a first guess of 1e-6.
    let o = Optimizers.prodigy ()
    let p = Params.Of(struct ("w", Tensor.vector64 [ 40.0; -30.0 ]))

    let step (p: Params, state) _ =
        let u, state = o.Update (grad (fun (p: Params) -> sum (abs (p["w"] - 1.0))) p) state p
        Optimizer.apply u p, state

    let _, state = Seq.fold step (p, o.Init p) [ 1..300 ]
    let distance = state["distance"].ToDouble()
    Assert.True(distance > 1.0 && distance < 200.0, string distance)

[<Fact>]
let ``lookahead`` () =
    let slow = start |> Array.map Array.copy

    agree "lookahead" (Averaging.lookahead 3 0.4 (Optimizers.sgd (rate 0.05))) (fun t g p ->
        let fast = each p (fun k i p -> p - 0.05 * g[k][i])

        if t % 3 = 0 then
            change slow (fun k i s -> s + 0.4 * (fast[k][i] - s))
            slow |> Array.map Array.copy
        else
            fast)

[<Fact>]
let ``adaptive clipping`` () =
    agree "clipAdaptive" (Optimizer.chain [ Clipping.adaptive 0.3 0.5; Optimizers.sgd (rate 0.05) ]) (fun _ g p ->
        let column (x: float[][]) c = norm [| x[0][c]; x[0][3 + c] |]
        let factor own size = if size > 0.3 * max own 0.5 then 0.3 * max own 0.5 / size else 1.0

        each p (fun k i x ->
            let f = if k = 0 then factor (column p (i % 3)) (column g (i % 3)) else factor (norm p[1]) (norm g[1])
            x - 0.05 * f * g[k][i]))

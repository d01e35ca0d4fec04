/// Values by the library and by definition side by side, and single steps of random programs with both.
module internal DeepFun.Core.Tests.Steps

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Naive
open DeepFun.Core.Tests.Numbers
open Xunit

/// A value by definition and by the library.
type Both = { Naive: Naive; Tensor: Tensor }

let of' (sizes: int list) (values: float[]) : Both =
    { Naive = { Sizes = sizes; Values = values }; Tensor = ofDoubles DType.Float64 sizes values }

let naive (x: Tensor) : Naive = { Sizes = List.ofSeq x.Shape; Values = x.ToDoubles() }

/// Sizes and values.
let near (tolerance: float) (what: string) (expected: Naive) (actual: Tensor) =
    Assert.Equal<int>(expected.Sizes, actual.Shape)
    closeValues what tolerance expected.Values (actual.ToDoubles())

let fresh (r: Random) (sizes: int list) : Both = of' sizes (Array.init (sizeOf sizes) (fun _ -> 4.0 * r.NextDouble() - 2.0))

/// Integers below a bound, as an int32 or int64 tensor.
let private places (r: Random) below (sizes: int list) : Naive * Tensor =
    let values = Array.init (sizeOf sizes) (fun _ -> float (r.Next below))
    let dtype = if r.Next 2 = 0 then DType.Int32 else DType.Int64
    { Sizes = sizes; Values = values }, ofDoubles dtype sizes values

let private pick (r: Random) (xs: 'a list) = xs[r.Next xs.Length]
let private float64 (x: Tensor) = cast DType.Float64 x
let private truth b = if b then 1.0 else 0.0

/// Sometimes an axis is named from its end.
let private named (r: Random) rank axis = if r.Next 2 = 0 then axis else axis - rank

let private both f g (x: Both) = { Naive = f x.Naive; Tensor = g x.Tensor }

let private both2 f g (x: Both) (y: Both) = { Naive = f x.Naive y.Naive; Tensor = g x.Tensor y.Tensor }

let private unaries: (string * (float -> float) * (Tensor -> Tensor)) list =
    [
        "neg", (fun v -> -v), (fun x -> -x)
        "abs", abs, abs
        "tanh", tanh, tanh
        "sin", sin, sin
        "cos", cos, cos
        "atan", atan, atan
        "exp", (fun v -> exp -(abs v)), (fun x -> exp -(abs x))
        "sqrt", (fun v -> sqrt (abs v)), (fun x -> sqrt (abs x))
        "log", (fun v -> log (abs v + 0.5)), (fun x -> log (abs x + 0.5))
        "square", (fun v -> v * v), square
        "sigmoid", (fun v -> 1.0 / (1.0 + exp -v)), sigmoid
        "relu", max 0.0, relu
        "floor", floor, floor
        "ceil", ceil, ceil
        "round", (fun v -> Math.Round(v, MidpointRounding.ToEven)), round
        "truncate", truncate, truncate
        "signum", (fun v -> float (sign v)), signum
        "reciprocal", (fun v -> 1.0 / (1.0 + v * v)), (fun x -> reciprocal (1.0 + x * x))
        "clamp", (fun v -> min 0.5 (max -0.5 v)), clamp -0.5 0.5
        "leakyRelu", (fun v -> if v > 0.0 then v else 0.1 * v), leakyRelu 0.1
        "elu", (fun v -> if v > 0.0 then v else exp v - 1.0), elu 1.0
        "silu", (fun v -> v / (1.0 + exp -v)), silu
        "through int32", truncate, (fun x -> x |> cast DType.Int32 |> float64)
        "through bool", (fun v -> truth (v <> 0.0)), (fun x -> x |> cast DType.Bool |> float64)
        "reversed minus", (fun v -> 1.5 - v), (fun x -> 1.5 - x)
        "divided", (fun v -> v / 4.0), (fun x -> x / 4.0)
    ]

let private remainder x y = x - y * floor (x / y)

let private binaries: (string * (float -> float -> float) * (Tensor -> Tensor -> Tensor)) list =
    [
        "+", (+), (fun x y -> x + y)
        "-", (-), (fun x y -> x - y)
        "*", (*), (fun x y -> x * y)
        "/", (fun x y -> x / (1.0 + y * y)), (fun x y -> x / (1.0 + y * y))
        "%", (fun x y -> remainder x (0.5 + y * y)), (fun x y -> x % (0.5 + y * y))
        "pow", (fun x y -> (abs x + 0.5) ** tanh y), (fun x y -> (abs x + 0.5) ** tanh y)
        "maximum", max, maximum
        "minimum", min, minimum
        "arctan2", (fun y x -> atan2 y x), arctan2
        "equal", (fun x y -> truth (x = y)), (fun x y -> float64 (equal x y))
        "notEqual", (fun x y -> truth (x <> y)), (fun x y -> float64 (notEqual x y))
        "less", (fun x y -> truth (x < y)), (fun x y -> float64 (less x y))
        "lessOrEqual", (fun x y -> truth (x <= y)), (fun x y -> float64 (lessOrEqual x y))
        "greater", (fun x y -> truth (x > y)), (fun x y -> float64 (greater x y))
        "greaterOrEqual", (fun x y -> truth (x >= y)), (fun x y -> float64 (greaterOrEqual x y))
        "and",
        (fun x y -> truth (x > 0.0 && y > 0.0)),
        (fun x y -> float64 (logicalAnd (greater x (zerosLike x)) (greater y (zerosLike y))))
        "xor",
        (fun x y -> truth ((x > 0.0) <> (y > 0.0))),
        (fun x y -> float64 (logicalXor (greater x (zerosLike x)) (greater y (zerosLike y))))
    ]

let unary (r: Random) (x: Both) =
    let name, f, g = pick r unaries
    name, both (map f) g x

/// A partner of sizes that broadcast with these: leading axes dropped or one added, some of size 1.
let private partner (r: Random) (sizes: int list) : Both =
    let some = sizes |> List.map (fun n -> if r.Next 3 = 0 then 1 else n)
    fresh r (if r.Next 5 = 0 then 2 :: some else List.skip (r.Next(some.Length + 1)) some)

let binary (r: Random) (x: Both) =
    let name, f, g = pick r binaries
    let y = partner r x.Naive.Sizes
    let x, y = if r.Next 2 = 0 then x, y else y, x
    name, both2 (map2 f) g x y

let choose (r: Random) (x: Both) =
    let y, c = partner r x.Naive.Sizes, partner r x.Naive.Sizes
    let condition = greater c.Tensor (zerosLike c.Tensor)

    "where",
    {
        Naive = where (map (fun v -> truth (v > 0.0)) c.Naive) x.Naive y.Naive
        Tensor = DeepFun.FSharp.Elementwise.where condition x.Tensor y.Tensor
    }

let private mean (xs: float list) = if xs.IsEmpty then nan else List.sum xs / float xs.Length

let private population xs = let m = mean xs in mean (xs |> List.map (fun v -> (v - m) * (v - m)))

let reduction (r: Random) (x: Both) =
    let n = rank x.Naive

    let axes =
        [
            for a in 0 .. n - 1 do
                if r.Next 2 = 0 then
                    a
        ]

    let empty = axes |> List.exists (fun a -> x.Naive.Sizes[a] = 0)

    let cases =
        [
            "sum", List.sum, sumOver
            "prod", List.fold (*) 1.0, prodOver
            "all", (List.forall (fun v -> v > 0.0) >> truth), (fun axes (t: Tensor) -> float64 (allOver axes (greater t (zerosLike t))))
            "any", (List.exists (fun v -> v > 0.0) >> truth), (fun axes (t: Tensor) -> float64 (anyOver axes (greater t (zerosLike t))))
        ]
        @ (if empty then
               []
           else
               [
                   "mean", mean, meanOver
                   "amax", List.max, amaxOver
                   "amin", List.min, aminOver
                   "variance", population, varianceOver 0
                   "logSumExp", (List.sumBy exp >> log), logSumExp
               ])

    let name, f, (g: int seq -> Tensor -> Tensor) = pick r cases
    let written = axes |> List.map (named r n)
    let written = if r.Next 2 = 0 then List.rev written else written

    if r.Next 3 = 0 then
        // Axes of size 1 are counted from the front of the result.
        name + " keep", both (reduce axes f >> keep axes) (g written >> keepDims axes) x
    else
        name, both (reduce axes f) (g written) x

let line (r: Random) (x: Both) =
    let n = rank x.Naive
    let a = r.Next n
    let written = named r n a
    let scan f (xs: float list) = if xs.IsEmpty then [] else List.scan f xs.Head xs.Tail
    let sorted d (xs: float list) = order d xs |> List.map (fun i -> xs[i])
    let whole d = order d >> List.map float

    let cases: (string * (float list -> float list) * (int -> Tensor -> Tensor)) list =
        [
            "cumsum", scan (+), cumsum
            "cumprod", scan (*), cumprod
            "cummax", scan max, cummax
            "cummin", scan min, cummin
            "sort", sorted false, sort
            "sortDescending", sorted true, sortDescending
            "argsort", whole false, (fun a x -> float64 (argsort a x))
            "argsortDescending", whole true, (fun a x -> float64 (argsortDescending a x))
        ]
        @ (if x.Naive.Sizes[a] = 0 then
               []
           else
               let logSoftmax' xs =
                   let m = List.max xs
                   let s = xs |> List.sumBy (fun v -> exp (v - m)) |> log
                   xs |> List.map (fun v -> v - m - s)

               [ "softmax", (logSoftmax' >> List.map exp), softmax; "logSoftmax", logSoftmax', logSoftmax ])

    let name, f, g = pick r cases
    name, both (along a f) (g written) x

let extremum (r: Random) (x: Both) =
    let a = r.Next(rank x.Naive)

    if x.Naive.Sizes[a] = 0 then
        "flip", both (flip [ a ]) (DeepFun.FSharp.Movement.flip [ a ]) x
    elif r.Next 2 = 0 then
        "argmax", both (reduce [ a ] (order true >> List.head >> float)) (argmax a >> float64) x
    else
        "argmin", both (reduce [ a ] (order false >> List.head >> float)) (argmin a >> float64) x

let index (r: Random) (x: Both) =
    let n = rank x.Naive
    let a = r.Next n
    let size = x.Naive.Sizes[a]
    let written = named r n a

    if size = 0 then
        unary r x
    else
        match r.Next 3 with
        | 0 ->
            let i, t = places r size (pick r [ []; [ 3 ]; [ 2; 2 ]; [ 0 ] ])
            "take", both (take a i) (DeepFun.FSharp.Indexing.take written t) x
        | 1 ->
            let i, t = places r size (setAt a (r.Next 4) x.Naive.Sizes)
            "takeAlong", both (takeAlong a i) (DeepFun.FSharp.Indexing.takeAlong written t) x
        | _ ->
            let i, t = places r size [ r.Next 5 ]
            let updates = fresh r (setAt a i.Sizes[0] x.Naive.Sizes)
            "scatterAdd", both (scatterAdd a i updates.Naive) (DeepFun.FSharp.Indexing.scatterAdd written t updates.Tensor) x

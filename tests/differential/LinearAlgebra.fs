/// Decompositions and systems, of matrices that are made well-conditioned first: near the identity, or with eigenvalues apart.
module DeepFun.Differential.LinearAlgebra

open DeepFun
open DeepFun.FSharp
open DeepFun.Differential.Operation

let private identity (x: Tensor) : Tensor = Tensor.eye x.Shape[x.Rank - 1] |> cast x.DType

/// Diagonally dominant: the identity and small elements.
let private near (x: Tensor) : Tensor = 0.2 * x + identity x

/// 1, 2, … on the diagonal, and small elements: eigenvalues and singular values that stay apart.
let private apart (x: Tensor) : Tensor =
    let n = x.Shape[x.Rank - 1]
    0.2 * x + identity x * (cast x.DType (Tensor.arange n) + 1.0)

let private symmetric (x: Tensor) : Tensor = 0.5 * (x + transpose x)

/// Square and small.
let private small (_: Pool) (v: Value) =
    v.Rank > 1
    && v.Rank < 5
    && v.Shape[v.Rank - 1] = v.Shape[v.Rank - 2]
    && v.Shape[v.Rank - 1] <= 3
    && v.Size > 0
    && v.Size <= 27
    && v.Within(-1.5, 1.5)

/// A square value of the pool, or a new one.
let private matrix (pool: Pool) =
    match pool.Float(fun v -> v.DType = pool.DType && small pool v) with
    | Some x when pool.Chance 0.7 -> x
    | _ ->
        let n = pool.Int(1, 3)
        let lead = if pool.Chance 0.3 then [| 2 |] else [||]
        pool.New(Array.append lead [| n; n |])

let private ofMatrix name source (f: Tensor -> Tensor) =
    make name source (fun _ xs -> f xs[0]) (fun name pool -> Some(step name [ matrix pool ] [] []))

/// A matrix and right-hand sides.
let private ofSystem name source (f: Tensor -> Tensor -> Tensor) =
    make name source (fun _ xs -> f xs[0] xs[1]) (fun name pool ->
        let a = matrix pool
        let sides = Array.append a.Shape[.. a.Rank - 2] [| pool.Int(1, 2) |]
        Some(step name [ a; pool.New sides ] [] []))

let private withoutLast (x: Tensor) : Tensor = let n = x.Shape[x.Rank - 1] in slice -1 0 (max 1 (n - 1)) x

let private nearSource = "(0.2 * {0} + eye)"
let private apartSource = "(0.2 * {0} + diag [ 1; 2; … ])"

let rows: Operation list =
    [
        ofMatrix "cholesky" "cholesky (matmul {0} (transpose {0}) + eye)" (fun x -> cholesky (matmul x (transpose x) + identity x))
        ofMatrix "inv" $"inv {nearSource}" (near >> inv)
        ofMatrix "det" $"det {nearSource}" (near >> det)
        ofMatrix "detAnywhere" "det {0}" det
        ofMatrix "slogdet" $"snd (slogdet {nearSource})" (near >> slogdet >> snd)
        ofMatrix "qrQ" $"fst (qr {nearSource})" (near >> qr >> fst)
        ofMatrix "qrR" $"snd (qr {nearSource})" (near >> qr >> snd)
        ofMatrix "svdvals" $"svdvals {apartSource}" (apart >> svdvals)
        ofMatrix "eigvalsh" $"eigvalsh {apartSource}" (apart >> eigvalsh)
        ofMatrix "eighSquares" $"square (snd (eigh {apartSource}))" (apart >> eigh >> snd >> square)
        ofMatrix "pinv" $"pinv of {apartSource} without its last column" (apart >> withoutLast >> pinv)
        ofMatrix "matrixExp" "matrixExp {0}" matrixExp
        ofSystem "solve" $"solve {nearSource} {{1}}" (fun a b -> solve (near a) b)
        ofSystem "lstsq" $"lstsq of {apartSource} without its last column, {{1}}" (fun a b -> lstsq (withoutLast (apart a)) b)
        ofSystem "triangularSolve" $"triangularSolve true false false {nearSource} {{1}}" (fun a b ->
            triangularSolve true false false (near a) b)
        ofSystem "triangularSolveUpper" $"triangularSolve false true false {nearSource} {{1}}" (fun a b ->
            triangularSolve false true false (near a) b)
    ]

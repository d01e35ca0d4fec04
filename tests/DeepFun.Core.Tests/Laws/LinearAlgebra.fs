/// Rows of linear algebra: matrices whose decompositions are smooth at hand, and singular ones for the determinant, which is smooth everywhere.
module internal DeepFun.Core.Tests.Laws.LinearAlgebra

open System
open DeepFun
open DeepFun.Core.Tests.Laws.Row

/// Matrices [m, n] one behind the other: a base of row and column, and noise.
let private matrices m n noise (elementAt: int -> int -> float) (r: Random) count =
    Array.init count (fun k ->
        let place = k % (m * n)
        elementAt (place / n) (place % n) + noise * (2.0 * r.NextDouble() - 1.0))

let private onDiagonal (f: int -> float) i j = if i = j then f i else 0.0

/// One element of each row is by far the largest, and not on the diagonal, so that rows are exchanged.
let private exchanged n i j = if j = (i + 1) % n then 2.0 else 0.0

let private dominant n = matrices n n 0.4 (onDiagonal (fun _ -> 2.0))

/// A rotation, whose values are complex, and different real ones.
let private rotating n =
    matrices n n 0.1 (fun i j ->
        match i, j with
        | 0, 1 -> -2.0
        | 1, 0 -> 0.8
        | _ when i = j && n > 1 -> if i < 2 then 0.5 else float i + 1.0
        | _ -> if i = j then 1.0 else 0.0)

/// A valid packed factorization without exchanges.
let private factors n =
    matrices n (n + 1) 0.0 (fun i j ->
        if j = n then float i
        elif i = j then 2.0
        else 0.3 * float (i - 2 * j) / float n)

let private linalg op name operands = make name (Prim.Linalg op) operands

let private systems =
    [
        for lower in [ true; false ] do
            for transposed in [ true; false ] do
                for unit in [ true; false ] do
                    linalg
                        (Linalg.TriangularSolve(lower, transposed, unit))
                        $"TriangularSolve lower={lower} transpose={transposed} unit={unit}"
                        [ operand (dominant 3) [ 3; 3 ]; smooth [ 3; 2 ] ]

        for lead, n, k in [ [ 2 ], 2, 1; [], 1, 1; [], 0, 2; [], 2, 0; [ 0 ], 2, 2 ] do
            linalg
                (Linalg.TriangularSolve(true, false, false))
                "TriangularSolve"
                [ operand (dominant (max 1 n)) (lead @ [ n; n ]); smooth (lead @ [ n; k ]) ]

        for transposed in [ false; true ] do
            for lead, n, k in [ [], 3, 2; [ 2 ], 2, 1; [], 0, 1 ] do
                linalg
                    (Linalg.LuSolve transposed)
                    $"LuSolve transpose={transposed}"
                    [
                        fixedIn DType.Float64 (dominant (max 1 n)) (lead @ [ n; n ])
                        fixedIn DType.Float64 (factors (max 1 n)) (lead @ [ n; n + 1 ])
                        smooth (lead @ [ n; k ])
                    ]
    ]

let private square =
    [
        for lead, n in [ [], 3; [ 2 ], 2; [], 1; [], 0; [ 0 ], 2 ] do
            let size = max 1 n
            let sizes = lead @ [ n; n ]
            linalg Linalg.Cholesky "Cholesky" [ operand (dominant size) sizes ]
            linalg Linalg.Determinant "Determinant" [ operand (matrices size size 0.5 (exchanged size)) sizes ]
            linalg Linalg.SymmetricEigen "SymmetricEigen" [ operand (matrices size size 0.2 (onDiagonal float)) sizes ]
            linalg Linalg.Eigen "Eigen" [ operand (rotating size) sizes ]

        let outer i j = float (i + 1) * float (2 - j)
        linalg Linalg.Determinant "Determinant of rank 1" [ operand (matrices 2 2 0.0 outer) [ 2; 2 ] ]
        linalg Linalg.Determinant "Determinant of rank n − 2" [ operand (matrices 3 3 0.0 outer) [ 2; 3; 3 ] ]
        linalg Linalg.Determinant "Determinant of rank n − 3" [ operand (matrices 4 4 0.0 outer) [ 4; 4 ] ]
        linalg Linalg.Determinant "Determinant of 0" [ operand (fun _ n -> Array.zeroCreate n) [ 2; 2 ] ]

        linalg
            Linalg.Determinant
            "Determinant of a nilpotent"
            [ operand (matrices 3 3 0.0 (fun i j -> if j = i + 1 then 1.0 else 0.0)) [ 3; 3 ] ]
    ]

let private rectangular =
    [
        for lead, m, n in [ [], 3, 3; [ 2 ], 3, 2; [], 4, 1; [], 2, 0; [], 0, 0; [ 0 ], 2, 2 ] do
            let sizes = lead @ [ m; n ]
            let draw noise = matrices (max 1 m) (max 1 n) noise
            linalg Linalg.Qr "Qr" [ operand (draw 0.4 (onDiagonal (fun _ -> 1.5))) sizes ]
            linalg Linalg.SingularValues "SingularValues" [ operand (draw 0.15 (onDiagonal (fun i -> 1.0 + 0.8 * float i))) sizes ]

        for lead, m, n in [ [], 3, 3; [ 2 ], 3, 2; [], 2, 3; [], 1, 1; [], 0, 2; [], 2, 0 ] do
            let sizes = lead @ [ m; n ]
            let draw noise = matrices (max 1 m) (max 1 n) noise
            linalg Linalg.Lu "Lu" [ operand (draw 0.4 (exchanged (max 1 (min m n)))) sizes ]
            linalg (Linalg.PseudoInverse 1e-6) "PseudoInverse" [ operand (draw 0.4 (onDiagonal (fun _ -> 1.5))) sizes ]
    ]

/// The rows of this family.
let rows: Row list = systems @ square @ rectangular

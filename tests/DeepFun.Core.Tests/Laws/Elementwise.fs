/// Rows of the elementwise primitives.
module internal DeepFun.Core.Tests.Laws.Elementwise

open DeepFun
open DeepFun.Core.Tests
open DeepFun.Core.Tests.Laws.Row

let private positive = Draw.within 0.3 2.0

let private domain (op: Unary) =
    match op with
    | Unary.Log
    | Unary.Log2
    | Unary.Log10
    | Unary.LogGamma
    | Unary.Digamma
    | Unary.Sqrt
    | Unary.Rsqrt -> positive
    | Unary.Log1p -> Draw.within -0.6 2.0
    | Unary.Asin
    | Unary.Acos
    | Unary.Atanh
    | Unary.ErfInv -> Draw.within -0.8 0.8
    | Unary.ErfcInv -> Draw.within 0.2 1.8
    | Unary.Acosh -> Draw.within 1.5 3.0
    | Unary.Cbrt -> Draw.away
    | Unary.Abs
    | Unary.Sign
    | Unary.Relu
    | Unary.Reciprocal -> Draw.away
    | Unary.Floor
    | Unary.Ceiling
    | Unary.Round
    | Unary.Truncate -> Draw.fractional
    | _ -> Draw.within -1.2 1.2

let private unaryCases =
    [
        Unary.Neg
        Unary.Abs
        Unary.Sign
        Unary.Exp
        Unary.Expm1
        Unary.Log
        Unary.Log1p
        Unary.Log2
        Unary.Log10
        Unary.Sqrt
        Unary.Rsqrt
        Unary.Cbrt
        Unary.Reciprocal
        Unary.Square
        Unary.Sin
        Unary.Cos
        Unary.Tan
        Unary.Asin
        Unary.Acos
        Unary.Atan
        Unary.Sinh
        Unary.Cosh
        Unary.Tanh
        Unary.Asinh
        Unary.Acosh
        Unary.Atanh
        Unary.Sigmoid
        Unary.Softplus
        Unary.Erf
        Unary.Erfc
        Unary.ErfInv
        Unary.ErfcInv
        Unary.LogGamma
        Unary.Digamma
        Unary.Relu
        Unary.Floor
        Unary.Ceiling
        Unary.Round
        Unary.Truncate
        Unary.IsNaN
        Unary.IsInfinite
    ]

let private unary =
    [
        for op in unaryCases do
            for sizes in [ [ 2; 3 ]; []; [ 0; 2 ] ] do
                make (string op) (Prim.Unary op) [ operand (domain op) sizes ]
        make "Sqrt of a long vector" (Prim.Unary Unary.Sqrt) [ operand positive [ 137 ] ]
        make "Erf of a long vector" (Prim.Unary Unary.Erf) [ operand (Draw.within -3.0 3.0) [ 137 ] ]
        for op in [ Unary.LogGamma; Unary.Digamma ] do
            let between (r: System.Random) n = Array.init n (fun _ -> float (r.Next(-4, 0)) + 0.3 + 0.4 * r.NextDouble())
            make $"{op} of negative numbers" (Prim.Unary op) [ operand between [ 5 ] ]
        make "Not" (Prim.Unary Unary.Not) [ truth [ 2; 3 ] ]
        for op in [ Unary.Neg; Unary.Abs; Unary.Sign; Unary.Square; Unary.Relu ] do
            for dtype in [ DType.Int8; DType.Int16; DType.Int32; DType.Int64 ] do
                make (string op) (Prim.Unary op) [ fixedIn dtype (Draw.integers -5 6) [ 2; 3 ] ]
    ]

let private binary =
    [
        let smooth = Draw.within -1.2 1.2

        let cases =
            [
                Binary.Add, smooth, smooth
                Binary.Sub, smooth, smooth
                Binary.Mul, smooth, smooth
                Binary.Div, smooth, Draw.away
                Binary.Pow, positive, Draw.within -1.5 2.5
                Binary.Max, Draw.phase 0.0, Draw.phase 0.5
                Binary.Min, Draw.phase 0.0, Draw.phase 0.5
                Binary.Remainder,
                (fun r n -> Array.init n (fun _ -> float (r.Next(-2, 3)) + 0.4 + 0.2 * r.NextDouble())),
                (fun r n -> Array.init n (fun _ -> (if r.Next 2 = 0 then -1.0 else 1.0) * (0.9 + 0.2 * r.NextDouble())))
                Binary.Atan2, Draw.away, Draw.away
            ]

        for op, x, y in cases do
            for sizes in [ [ 2; 3 ]; []; [ 3; 0 ] ] do
                make (string op) (Prim.Binary op) [ operand x sizes; operand y sizes ]

        make
            "Pow at base 0"
            (Prim.Binary Binary.Pow)
            [
                operand (fun _ n -> Array.zeroCreate n) [ 3 ]
                fixedIn DType.Float64 (fun _ n -> Array.init n (fun i -> float (i + 2))) [ 3 ]
            ]

        for sizes in [ [ 2; 3 ]; []; [ 3; 0 ] ] do
            make
                "Polygamma"
                (Prim.Binary Binary.Polygamma)
                [ fixedIn DType.Float64 (Draw.integers 0 4) sizes; operand (Draw.within 0.8 2.0) sizes ]

        for op in [ Binary.Add; Binary.Sub; Binary.Mul; Binary.Div; Binary.Pow; Binary.Max; Binary.Min; Binary.Remainder ] do
            for dtype in [ DType.Int8; DType.Int16; DType.Int32; DType.Int64; DType.UInt8 ] do
                make
                    (string op)
                    (Prim.Binary op)
                    [
                        fixedIn dtype (Draw.integers (if dtype = DType.UInt8 then 0 else -4) 5) [ 2; 3 ]
                        fixedIn dtype (Draw.integers 1 4) [ 2; 3 ]
                    ]

        for op in [ Binary.And; Binary.Or; Binary.Xor ] do
            make (string op) (Prim.Binary op) [ truth [ 2; 3 ]; truth [ 2; 3 ] ]

            make
                (string op)
                (Prim.Binary op)
                [ fixedIn DType.Int32 (Draw.integers 0 9) [ 4 ]; fixedIn DType.Int32 (Draw.integers 0 9) [ 4 ] ]
    ]

let private others =
    [
        for op in [ Compare.Equal; Compare.NotEqual; Compare.Less; Compare.LessOrEqual; Compare.Greater; Compare.GreaterOrEqual ] do
            make (string op) (Prim.Compare op) [ operand (Draw.phase 0.0) [ 2; 3 ]; operand (Draw.phase 0.5) [ 2; 3 ] ]

            make
                (string op)
                (Prim.Compare op)
                [ fixedIn DType.Int32 (Draw.integers 0 3) [ 7 ]; fixedIn DType.Int32 (Draw.integers 0 3) [ 7 ] ]

        for sizes in [ [ 2; 3 ]; []; [ 0 ] ] do
            make "Select" Prim.Select [ truth sizes; smooth sizes; smooth sizes ]

        for dtype in System.Enum.GetValues<DType>() do
            // Differences need a step that single precision resolves; toward integers none may cross a jump.
            { make $"Cast to {dtype}" (Prim.Cast dtype) [ operand Draw.fractional [ 2; 3 ] ] with
                Step = (if DTypes.IsFloating dtype && dtype <> DType.Float64 then 0.125 else 0.005)
                Tolerance = max 1e-8 (5.0 * Numbers.rounding dtype)
            }

            make $"Cast to {dtype}" (Prim.Cast dtype) [ fixedIn DType.UInt8 (Draw.integers 0 2) [ 3 ] ]

        make "StopGradient" Prim.StopGradient [ { smooth [ 2; 3 ] with Active = false } ]
    ]

let rows = unary @ binary @ others

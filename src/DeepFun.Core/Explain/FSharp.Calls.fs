namespace DeepFun

open System
open DeepFun.Backends

/// Primitives as calls of the public F# functions, which bind the same primitive and so give the same bits.
[<RequireQualifiedAccess>]
module internal FSharpCall =

    /// 2.0, 1E-07, nan, -1.0: a double that F# reads as a double.
    let float (v: float) : string =
        let text = Explained.number v
        if Double.IsFinite v && text.IndexOfAny [| '.'; 'E' |] < 0 then text + ".0" else text

    /// As an argument of a function.
    let private argument (v: float) = let text = float v in if text.StartsWith '-' then $"({text})" else text

    let private list (xs: int seq) = if Seq.isEmpty xs then "[]" else "[ " + String.Join("; ", xs) + " ]"
    let private array (xs: int seq) = "[| " + String.Join("; ", xs) + " |]"
    let dtype (d: DType) = $"DType.{d}"
    let full (ty: TensorType) (v: float) = $"Tensor.fullOf {dtype ty.DType} {list ty.Shape} {argument v}"

    let private unary op (x: string) =
        match op with
        | Unary.Neg -> $"-{x}"
        | Unary.Abs -> $"abs {x}"
        | Unary.Sign -> $"signum {x}"
        | Unary.Exp -> $"exp {x}"
        | Unary.Expm1 -> $"expm1 {x}"
        | Unary.Log -> $"log {x}"
        | Unary.Log1p -> $"log1p {x}"
        | Unary.Log2 -> $"log2 {x}"
        | Unary.Log10 -> $"log10 {x}"
        | Unary.Sqrt -> $"sqrt {x}"
        | Unary.Rsqrt -> $"rsqrt {x}"
        | Unary.Cbrt -> $"cbrt {x}"
        | Unary.Reciprocal -> $"reciprocal {x}"
        | Unary.Square -> $"square {x}"
        | Unary.Sin -> $"sin {x}"
        | Unary.Cos -> $"cos {x}"
        | Unary.Tan -> $"tan {x}"
        | Unary.Asin -> $"asin {x}"
        | Unary.Acos -> $"acos {x}"
        | Unary.Atan -> $"atan {x}"
        | Unary.Sinh -> $"sinh {x}"
        | Unary.Cosh -> $"cosh {x}"
        | Unary.Tanh -> $"tanh {x}"
        | Unary.Asinh -> $"asinh {x}"
        | Unary.Acosh -> $"acosh {x}"
        | Unary.Atanh -> $"atanh {x}"
        | Unary.Sigmoid -> $"sigmoid {x}"
        | Unary.Softplus -> $"softplus {x}"
        | Unary.Erf -> $"erf {x}"
        | Unary.Erfc -> $"erfc {x}"
        | Unary.ErfInv -> $"erfInv {x}"
        | Unary.ErfcInv -> $"erfcInv {x}"
        | Unary.LogGamma -> $"logGamma {x}"
        | Unary.Digamma -> $"digamma {x}"
        | Unary.Relu -> $"relu {x}"
        | Unary.Floor -> $"floor {x}"
        | Unary.Ceiling -> $"ceil {x}"
        | Unary.Round -> $"round {x}"
        | Unary.Truncate -> $"truncate {x}"
        | Unary.IsNaN -> $"isNaN {x}"
        | Unary.IsInfinite -> $"isInfinite {x}"
        | Unary.Not -> $"logicalNot {x}"

    /// Operators take a number on one side as it is.
    let private infix (symbol: string) (xs: string[]) (numbers: float voption[]) =
        match numbers[0], numbers[1] with
        | ValueNone, ValueSome c -> $"{xs[0]} {symbol} {argument c}"
        | ValueSome c, ValueNone -> $"{argument c} {symbol} {xs[1]}"
        | _ -> $"{xs[0]} {symbol} {xs[1]}"

    let private binary op (xs: string[]) (numbers: float voption[]) (ty: TensorType) =
        match op with
        | Binary.Add -> infix "+" xs numbers
        | Binary.Sub -> infix "-" xs numbers
        | Binary.Mul -> infix "*" xs numbers
        | Binary.Div when DTypes.IsFloating ty.DType -> infix "/" xs numbers
        | Binary.Div -> JetErrors.source "a quotient of integers"
        | Binary.Pow -> $"pow {xs[0]} {xs[1]}"
        | Binary.Max -> $"maximum {xs[0]} {xs[1]}"
        | Binary.Min -> $"minimum {xs[0]} {xs[1]}"
        | Binary.Remainder -> $"{xs[0]} %% {xs[1]}"
        | Binary.Atan2 -> $"arctan2 {xs[0]} {xs[1]}"
        | Binary.Polygamma ->
            match numbers[0] with
            | ValueSome n -> $"polygamma {int n} {xs[1]}"
            | ValueNone -> JetErrors.source "polygamma of an order that is not one number"
        | Binary.And -> $"logicalAnd {xs[0]} {xs[1]}"
        | Binary.Or -> $"logicalOr {xs[0]} {xs[1]}"
        | Binary.Xor -> $"logicalXor {xs[0]} {xs[1]}"

    let private compare op =
        match op with
        | Compare.Equal -> "equal"
        | Compare.NotEqual -> "notEqual"
        | Compare.Less -> "less"
        | Compare.LessOrEqual -> "lessOrEqual"
        | Compare.Greater -> "greater"
        | Compare.GreaterOrEqual -> "greaterOrEqual"

    let private reduce op (x: string) (ty: TensorType) =
        match op with
        // Small integers are counted as wider ones by the public functions.
        | Reduce.Sum axes when DTypes.Size ty.DType < 4 && not (DTypes.IsFloating ty.DType) ->
            $"cast {dtype ty.DType} (sumOver {list axes} {x})"
        | Reduce.Product axes when DTypes.Size ty.DType < 4 && not (DTypes.IsFloating ty.DType) ->
            $"cast {dtype ty.DType} (prodOver {list axes} {x})"
        | Reduce.Sum axes -> $"sumOver {list axes} {x}"
        | Reduce.Product axes -> $"prodOver {list axes} {x}"
        | Reduce.Max axes -> $"amaxOver {list axes} {x}"
        | Reduce.Min axes -> $"aminOver {list axes} {x}"
        | Reduce.Any axes -> $"anyOver {list axes} {x}"
        | Reduce.All axes -> $"allOver {list axes} {x}"
        | Reduce.ArgMax axis -> $"argmax {axis} {x}"
        | Reduce.ArgMin axis -> $"argmin {axis} {x}"

    let private along op (x: string) =
        let run name axis reverse = if reverse then $"flip [ {axis} ] ({name} {axis} (flip [ {axis} ] {x}))" else $"{name} {axis} {x}"

        match op with
        | Along.CumulativeSum(axis, reverse) -> run "cumsum" axis reverse
        | Along.CumulativeProduct(axis, reverse) -> run "cumprod" axis reverse
        | Along.CumulativeMax(axis, reverse) -> run "cummax" axis reverse
        | Along.CumulativeMin(axis, reverse) -> run "cummin" axis reverse
        | Along.ArgSort(axis, false) -> $"argsort {axis} {x}"
        | Along.ArgSort(axis, true) -> $"argsortDescending {axis} {x}"
        // With the norm that divides the other direction, so that this one is the bare sum.
        | Along.Fourier(axis, false) -> $"Complex.toPairs (fftWith FourierNorm.Backward [ {axis} ] (Complex.ofPairs {x}))"
        | Along.Fourier(axis, true) -> $"Complex.toPairs (ifftWith FourierNorm.Forward [ {axis} ] (Complex.ofPairs {x}))"

    /// The axes that step, one after the other; negative steps turn afterwards.
    let private slice (starts: int[]) (shape: Shape) (steps: int[]) (from: Shape) (x: string) =
        let turned =
            [
                for i in 0 .. steps.Length - 1 do
                    if steps[i] < 0 && shape[i] > 1 then
                        i
            ]

        let cut (text: string) i =
            let n, step = shape[i], abs steps[i]

            let first =
                if n = 0 then 0
                elif steps[i] < 0 then starts[i] + (n - 1) * steps[i]
                else starts[i]

            let stop = if n = 0 then 0 else first + (n - 1) * step + 1

            if first = 0 && n = from[i] && step = 1 then text
            elif n <= 1 || step = 1 then $"slice {i} {first} {stop} {text}"
            else $"sliceStep {i} {first} {stop} {step} {text}"

        let within (text: string) = if text.Contains ' ' then $"({text})" else text

        let nested =
            Seq.fold
                (fun text i ->
                    let wide = within text in
                    let cut = cut wide i in
                    if cut = wide then text else cut)
                x
                [ 0 .. steps.Length - 1 ]

        if turned.IsEmpty then nested else $"flip {list turned} {within nested}"

    let private pad (p: Padding) (x: string) =
        let widths = Array.map2 (fun l h -> $"{l}, {h}") p.Low p.High |> String.concat "; "

        let spread text =
            if Array.forall (fun w -> w = 0) p.Interior then
                text
            else
                $"(dilate {list (p.Interior |> Seq.map (fun w -> w + 1))} {text})"

        let surrounded (value: float) text = $"pad {argument value} [ {widths} ] {spread text}"

        if p.Value = 0.0 || Array.forall (fun w -> w = 0) p.Interior then
            surrounded p.Value x
        else
            // What stands between elements is 0; a mask that went the same way says where.
            let mask = surrounded 0.0 $"(onesLike {x})"
            $"where (notEqual ({mask}) (Tensor.scalar 0.0)) ({surrounded 0.0 x}) (cast {x}.DType (Tensor.scalar64 {argument p.Value}))"

    let private move op (xs: string[]) (from: Shape) =
        let x = xs[0]

        match op with
        | Move.Reshape shape -> $"reshape {list shape} {x}"
        | Move.Permute axes -> $"permute {list axes} {x}"
        | Move.Broadcast(shape, axes) ->
            let sizes = Array.create shape.Rank 1
            axes |> Array.iteri (fun i a -> sizes[a] <- from[i])

            if Seq.forall2 (=) sizes from && sizes.Length = from.Rank then
                $"broadcastTo {list shape} {x}"
            else
                $"broadcastTo {list shape} (reshape {list sizes} {x})"
        | Move.Slice(starts, shape, steps) -> slice starts shape steps from x
        | Move.Pad p -> pad p x
        | Move.Concat axis -> $"""concat {axis} [ {String.Join("; ", xs)} ]"""

    /// f of the entries of the leading axes.
    let private mapped (batch: int) (names: string) (types: string) (call: string) (operands: string) =
        List.fold (fun call _ -> $"vmap (fun ({types}) -> {call}) ({names})") call [ 2..batch ]
        |> fun inner -> if batch = 0 then call else $"vmap (fun ({types}) -> {inner}) ({operands})"

    let private scatter name batch (xs: string[]) =
        if batch = 0 then
            $"{name} 0 {xs[1]} {xs[2]} {xs[0]}"
        else
            let types = "entry: Tensor, index: Tensor, update: Tensor"
            mapped batch "entry, index, update" types $"{name} 0 index update entry" $"{xs[0]}, {xs[1]}, {xs[2]}"

    let private index op (xs: string[]) =
        match op with
        | Indexed.Gather 0 -> $"take 0 {xs[1]} {xs[0]}"
        | Indexed.Gather batch -> mapped batch "entry, index" "entry: Tensor, index: Tensor" "take 0 index entry" $"{xs[0]}, {xs[1]}"
        | Indexed.ScatterAdd batch -> scatter "scatterAdd" batch xs
        | Indexed.ScatterMax batch -> scatter "scatterMax" batch xs

    /// The linear map of x backwards: the pullback of a function that is linear, at zeros.
    let private transposed (call: string) (ty: TensorType) (ct: string) =
        $"snd (vjp (fun (operand: Tensor) -> {call}) ({full ty 0.0})) {ct}"

    let private contract op (xs: string[]) (ty: TensorType) =
        match op with
        | Contract.MatMul -> $"matmul {xs[0]} {xs[1]}"
        | Contract.Convolution(direction, spec) ->
            let even = spec.PadLow = spec.PadHigh
            let padding = if even then spec.PadLow else Array.zeroCreate spec.Rank

            let options =
                $"{{ Strides = {array spec.Strides}; Padding = {array padding}; Dilations = {array spec.Dilations}; Groups = {spec.Groups} }}"

            let widths = Array.map2 (fun l h -> $"{l}, {h}") spec.PadLow spec.PadHigh |> String.concat "; "
            let input x = if even then x else $"(pad 0.0 [ 0, 0; 0, 0; {widths} ] {x})"

            match direction with
            | ConvolutionOp.Forward -> $"convolution {options} {input xs[0]} {xs[1]}"
            | ConvolutionOp.InputGradient ->
                let x = input "operand"
                transposed $"convolution {options} {x} {xs[1]}" ty xs[0]
            | _ -> transposed $"convolution {options} {input xs[0]} operand" ty xs[1]

    let private window op (x: string) (ty: TensorType) =
        let geometry (s: WindowSpec) =
            if s.Dilations |> Array.exists (fun d -> d <> 1) || s.PadLow <> s.PadHigh then
                JetErrors.source "a window that is dilated, or padded on one side more than on the other"

            $"{array s.WindowSize} {array s.Strides} {array s.PadLow}"

        match op with
        | Window.ArgMax s -> $"snd (maxPoolWithIndices {geometry s} {x})"
        | Window.Sum s -> $"sumPool {geometry s} {x}"
        | Window.SumTranspose s -> transposed $"sumPool {geometry s} operand" ty x

    let private generate op (xs: string[]) (keys: int) =
        match op with
        | Generate.Fill(c, ty) -> full ty c
        | Generate.Iota(axis, ty) ->
            let sizes = List.init ty.Shape.Rank (fun i -> if i = axis then ty.Shape[i] else 1)
            $"broadcastTo {list ty.Shape} (reshape {list sizes} (cast {dtype ty.DType} (Tensor.arange {ty.Shape[axis]})))"
        | Generate.Random(op, one) ->
            let key (k: string) = $"(Tree.rebuild (Key.ofSeed 0L) [| {k} |])"
            let single = one.DType = DType.Float32

            let call (k: string) =
                match op with
                | RandomOp.Uniform when single -> $"Random.uniform 0.0 1.0 {list one.Shape} {key k}"
                | RandomOp.Uniform -> $"Random.uniform64 {list one.Shape} {key k}"
                | RandomOp.Normal when single -> $"Random.normal {list one.Shape} {key k}"
                | RandomOp.Normal -> $"Random.normal64 {list one.Shape} {key k}"
                | _ -> $"reshape {list one.Shape} (stack 0 (Tree.leaves (Key.split {one.Shape.Size} {key k})))"

            if keys = 0 then call xs[0] else mapped keys "key" "key: Tensor" (call "key") xs[0]

    let private linalg op (xs: string[]) =
        let packed what = JetErrors.source $"{what}, whose parts are packed into one tensor"
        let flag (b: bool) = if b then "true" else "false"

        match op with
        | Linalg.Cholesky -> $"cholesky {xs[0]}"
        | Linalg.TriangularSolve(lower, transposed, unit) -> $"triangularSolve {flag lower} {flag transposed} {flag unit} {xs[0]} {xs[1]}"
        | Linalg.Determinant -> $"det {xs[0]}"
        | Linalg.PseudoInverse tolerance -> $"pinvWith {argument tolerance} {xs[0]}"
        | Linalg.Lu
        | Linalg.LuSolve _ -> packed "an LU decomposition"
        | Linalg.Qr -> packed "a QR decomposition"
        | Linalg.SymmetricEigen
        | Linalg.Eigen -> packed "eigenvalues and eigenvectors"
        | Linalg.SingularValues -> packed "a singular value decomposition"

    /// The n-th derivative, by jvp, of a call in which the operand has this name.
    let private derivative (order: int) (name: string) (x: string) (call: string -> string) =
        let rec nested n (at: string) =
            if n = 0 then
                call at
            else
                $"snd (jvp (fun ({name}: Tensor) -> {nested (n - 1) name}) {at} (onesLike {at}))"

        nested order x

    let private special op (xs: string[]) =
        match op with
        | Special.GammaP order -> derivative order "operand" xs[0] (fun a -> $"gammainc {a} {xs[1]}")
        | Special.GammaQ -> $"gammaincc {xs[0]} {xs[1]}"
        | Special.BetaI(first, second) ->
            derivative first "entry" xs[0] (fun a -> derivative second "index" xs[1] (fun b -> $"betainc {a} {b} {xs[2]}"))

    let private sample op (xs: string[]) (keys: int) =
        match op with
        | Sample.LogGamma -> JetErrors.source "the logarithm of a gamma sample"
        | Sample.Poisson when keys = 0 -> $"Random.poisson {xs[1]} [] (Tree.rebuild (Key.ofSeed 0L) [| {xs[0]} |])"
        | Sample.Poisson ->
            let call = "Random.poisson entry [] (Tree.rebuild (Key.ofSeed 0L) [| key |])"
            mapped keys "key, entry" "key: Tensor, entry: Tensor" call $"{xs[0]}, {xs[1]}"

    /// The call for a primitive: texts of the operands (atoms), the numbers among them, their types and the result's.
    let write (prim: Prim) (xs: string[]) (numbers: float voption[]) (types: TensorType[]) (ty: TensorType) : string =
        match prim with
        | Prim.Unary op -> unary op xs[0]
        | Prim.Binary op -> binary op xs numbers ty
        | Prim.Compare op -> $"{compare op} {xs[0]} {xs[1]}"
        | Prim.Select -> $"where {xs[0]} {xs[1]} {xs[2]}"
        | Prim.Cast d -> $"cast {dtype d} {xs[0]}"
        | Prim.Reduce op -> reduce op xs[0] ty
        | Prim.Along op -> along op xs[0]
        | Prim.Move op -> move op xs types[0].Shape
        | Prim.Index op -> index op xs
        | Prim.Contract op -> contract op xs ty
        | Prim.Window op -> window op xs[0] ty
        | Prim.Generate op -> generate op xs (if types.Length = 0 then 0 else types[0].Shape.Rank)
        | Prim.StopGradient -> $"stopGradient {xs[0]}"
        | Prim.Linalg op -> linalg op xs
        | Prim.Special op -> special op xs
        | Prim.Sample op -> sample op xs types[0].Shape.Rank

namespace DeepFun

open System
open System.Globalization
open System.Text.RegularExpressions
open DeepFun.Backends

/// A piece of LaTeX: how tightly it binds, so that parentheses stand only where they are needed, and whether it is a number, which stands first
/// in a product.
[<Struct>]
type internal Formula = { Text: string; Level: int; IsNumber: bool }

/// LaTeX for numbers, indices and the elementwise primitives.
[<RequireQualifiedAccess>]
module internal Formula =

    /// Sums, then big operators (Σ, Π, max), products, applied functions, powers and fractions, atoms.
    let private sum, private big, private product, private applied, private power, private atomic = 0, 1, 2, 3, 4, 5

    let make level text = { Text = text; Level = level; IsNumber = false }
    let atom text = make atomic text
    let parenthesized (text: string) = $@"\left({text}\right)"

    /// With parentheses if it binds less than this.
    let private at least (m: Formula) = if m.Level >= least then m.Text else parenthesized m.Text

    /// \sum_{k} x: the body binds like a product at least.
    let bigOperator (symbol: string) (below: string) (body: Formula) = make big $"{symbol}_{{{below}}} {at big body}"

    let call (name: string) (arguments: Formula list) =
        let inside = String.Join(", ", arguments |> List.map _.Text)
        make applied (name + parenthesized inside)

    /// \sin x, \sin\left(x + 1\right)
    let private func (name: string) (x: Formula) = if x.Level >= power then make applied $"{name} {x.Text}" else call name [ x ]

    let private operator name = $@"\operatorname{{{name}}}"

    /// Numbers that come from formulas, told by their value.
    let private famous =
        [
            Math.PI, @"\pi"
            Math.Log 2.0, @"\log 2"
            Math.Log 10.0, @"\log 10"
            2.0 / Math.Sqrt Math.PI, @"\frac{2}{\sqrt{\pi}}"
            0.5 * Math.Sqrt Math.PI, @"\frac{\sqrt{\pi}}{2}"
            Math.Sqrt(2.0 / Math.PI), @"\sqrt{\frac{2}{\pi}}"
            1.0 / Math.Sqrt 2.0, @"\frac{1}{\sqrt{2}}"
            Math.Sqrt 2.0, @"\sqrt{2}"
            Math.Sqrt Math.PI, @"\sqrt{\pi}"
            Math.Sqrt(2.0 * Math.PI), @"\sqrt{2 \pi}"
            2.0 * Math.PI, @"2 \pi"
            0.5, @"\frac{1}{2}"
            1.0 / 3.0, @"\frac{1}{3}"
        ]

    /// Single precision has seven digits.
    let private near (a: float) (b: float) = abs (a - b) <= 1e-7 * abs b

    let number (v: float) : Formula =
        let positive (v: float) =
            match famous |> List.tryFind (fun (c, _) -> near v c) with
            | Some(_, text) -> text
            | None ->
                let short = v.ToString("G7", CultureInfo.InvariantCulture)

                match short.Split 'E' with
                | [| mantissa; exponent |] -> $@"{mantissa} \cdot 10^{{{int exponent}}}"
                | _ -> short

        let level (text: string) =
            if text.Contains @"\cdot" || text.StartsWith "2 " then product
            elif text.StartsWith @"\frac" then power
            elif text.StartsWith @"\log" then applied
            else atomic

        let found =
            if Double.IsNaN v then atom @"\mathrm{NaN}"
            elif Double.IsInfinity v then (if v > 0.0 then atom @"\infty" else make sum @"-\infty")
            elif v < 0.0 then make sum ("-" + positive -v)
            else let text = positive v in make (level text) text

        { found with IsNumber = true }

    let negate (x: Formula) : Formula =
        if x.Text.StartsWith '-' && x.Level = sum then
            make product x.Text[1..]
        else
            make sum ("-" + at product x)

    /// A leading minus becomes the sign of the term.
    let add (x: Formula) (y: Formula) : Formula =
        if y.Level = sum && y.Text.StartsWith '-' then
            make sum $"{x.Text} - {y.Text[1..]}"
        else
            make sum $"{x.Text} + {y.Text}"

    let subtract (x: Formula) (y: Formula) : Formula = make sum $"{x.Text} - {at big y}"

    let private digit (text: string) = text.Length > 0 && (Char.IsDigit text[0] || text[0] = '.')

    /// \sin^{2} x instead of (\sin x)^{2}
    let private trigonometric = Regex(@"^(\\(?:sin|cos|tan)h?)(?= |\\left)")

    let raise (x: Formula) (exponent: string) : Formula =
        if exponent = "2" && trigonometric.IsMatch x.Text && x.Level = applied then
            make applied (trigonometric.Replace(x.Text, "$1^{2}"))
        else
            make power $"{at atomic x}^{{{exponent}}}"

    let multiply (x: Formula) (y: Formula) : Formula =
        // Numbers first, functions last: 2 x sin y.
        let x, y =
            if (y.IsNumber && not x.IsNumber) || (x.Level = applied && y.Level > applied && not x.IsNumber) then
                y, x
            else
                x, y

        if x.IsNumber && x.Text = "-1" then
            negate y
        elif x.Level = sum && x.Text.StartsWith '-' && not (x.Text.Contains ' ') then
            // The sign goes before the product.
            let right = at product y
            make sum (if digit right then $@"{x.Text} \cdot {right}" else $"{x.Text} {right}")
        elif x.Text = y.Text then
            raise x "2"
        else
            let left = if x.Level = applied then parenthesized x.Text else at product x
            let right = at product y
            make product (if digit right then $@"{left} \cdot {right}" else $"{left} {right}")

    let fraction (x: Formula) (y: Formula) : Formula =
        if x.Level = sum && x.Text.StartsWith '-' && x.Text.IndexOf(' ') < 0 then
            make sum $@"-\frac{{{x.Text[1..]}}}{{{y.Text}}}"
        else
            make power $@"\frac{{{x.Text}}}{{{y.Text}}}"

    let private root (x: Formula) = atom $@"\sqrt{{{x.Text}}}"

    /// \begin{cases} with a last line for what remains.
    let cases (lines: (Formula * string) list) (otherwise: Formula) : Formula =
        let shown = lines |> List.map (fun (value, condition) -> $@"{value.Text} & {condition} \\ ") |> String.concat ""
        atom $@"\begin{{cases}} {shown}{otherwise.Text} & \text{{otherwise}} \end{{cases}}"

    let unary (op: Unary) (x: Formula) : Formula =
        match op with
        | Unary.Neg -> negate x
        | Unary.Abs -> atom $@"\left|{x.Text}\right|"
        | Unary.Sign -> func (operator "sgn") x
        | Unary.Exp -> make power $"e^{{{x.Text}}}"
        | Unary.Expm1 -> make sum $"e^{{{x.Text}}} - 1"
        | Unary.Log -> func @"\log" x
        | Unary.Log1p -> call @"\log" [ add (atom "1") x ]
        | Unary.Log2 -> func @"\log_{2}" x
        | Unary.Log10 -> func @"\log_{10}" x
        | Unary.Sqrt -> root x
        | Unary.Rsqrt -> fraction (atom "1") (root x)
        | Unary.Cbrt -> atom $@"\sqrt[3]{{{x.Text}}}"
        | Unary.Reciprocal -> fraction (atom "1") x
        | Unary.Square -> raise x "2"
        | Unary.Sin -> func @"\sin" x
        | Unary.Cos -> func @"\cos" x
        | Unary.Tan -> func @"\tan" x
        | Unary.Asin -> func @"\arcsin" x
        | Unary.Acos -> func @"\arccos" x
        | Unary.Atan -> func @"\arctan" x
        | Unary.Sinh -> func @"\sinh" x
        | Unary.Cosh -> func @"\cosh" x
        | Unary.Tanh -> func @"\tanh" x
        | Unary.Asinh -> func (operator "arsinh") x
        | Unary.Acosh -> func (operator "arcosh") x
        | Unary.Atanh -> func (operator "artanh") x
        | Unary.Sigmoid -> call @"\sigma" [ x ]
        | Unary.Softplus -> call @"\log" [ add (atom "1") (make power $"e^{{{x.Text}}}") ]
        | Unary.Erf -> func (operator "erf") x
        | Unary.Erfc -> func (operator "erfc") x
        | Unary.ErfInv -> func @"\operatorname{erf}^{-1}" x
        | Unary.ErfcInv -> func @"\operatorname{erfc}^{-1}" x
        | Unary.LogGamma -> let gamma = call @"\Gamma" [ x ] in make applied $@"\log \left|{gamma.Text}\right|"
        | Unary.Digamma -> call @"\psi" [ x ]
        | Unary.Relu -> call @"\max" [ atom "0"; x ]
        | Unary.Floor -> atom $@"\left\lfloor {x.Text} \right\rfloor"
        | Unary.Ceiling -> atom $@"\left\lceil {x.Text} \right\rceil"
        | Unary.Round -> func (operator "round") x
        | Unary.Truncate -> func (operator "trunc") x
        | Unary.IsNaN -> make sum $@"{at big x} = \mathrm{{NaN}}"
        | Unary.IsInfinite -> make sum $@"\left|{x.Text}\right| = \infty"
        | Unary.Not -> make product $@"\lnot {at atomic x}"

    let binary (op: Binary) (x: Formula) (y: Formula) : Formula =
        match op with
        | Binary.Add -> add x y
        | Binary.Sub -> subtract x y
        | Binary.Mul -> multiply x y
        | Binary.Div -> fraction x y
        | Binary.Pow -> raise x y.Text
        | Binary.Max -> call @"\max" [ x; y ]
        | Binary.Min -> call @"\min" [ x; y ]
        | Binary.Remainder -> make product $@"{at power x} \bmod {at power y}"
        | Binary.Atan2 -> call (operator "atan2") [ x; y ]
        | Binary.Polygamma -> call $@"\psi^{{({x.Text})}}" [ y ]
        | Binary.And -> make product $@"{at atomic x} \land {at atomic y}"
        | Binary.Or -> make product $@"{at atomic x} \lor {at atomic y}"
        | Binary.Xor -> make product $@"{at atomic x} \oplus {at atomic y}"

    /// ∂ⁿ by a variable before a function.
    let private derivative (order: int) (variable: string) (text: string) =
        match order with
        | 0 -> text
        | 1 -> $@"\partial_{{{variable}}} {text}"
        | n -> $@"\partial_{{{variable}}}^{{{n}}} {text}"

    let special (op: Special) (xs: Formula[]) : Formula =
        match op with
        | Special.GammaP order -> call (derivative order "a" "P") [ xs[0]; xs[1] ]
        | Special.GammaQ -> call "Q" [ xs[0]; xs[1] ]
        | Special.BetaI(first, second) -> call (derivative first "a" (derivative second "b" $"I_{{{xs[2].Text}}}")) [ xs[0]; xs[1] ]

    let compare (op: Compare) (x: Formula) (y: Formula) : Formula =
        let symbol =
            match op with
            | Compare.Equal -> "="
            | Compare.NotEqual -> @"\neq"
            | Compare.Less -> "<"
            | Compare.LessOrEqual -> @"\leq"
            | Compare.Greater -> ">"
            | Compare.GreaterOrEqual -> @"\geq"

        make sum $"{x.Text} {symbol} {y.Text}"

    /// To another dtype: between floats nothing shows, a truth value counts 1 or 0 (Iverson's bracket).
    let cast (from: DType) (into: DType) (x: Formula) : Formula =
        if from = DType.Bool then atom $@"\left[{x.Text}\right]"
        elif DTypes.IsFloating from && DTypes.IsFloating into then x
        elif into = DType.Bool then make sum $@"{x.Text} \neq 0"
        elif DTypes.IsFloating into then x
        else call (operator (DTypes.Name into)) [ x ]

    // Indices are texts; those that are numbers are computed.

    let private whole (i: string) =
        match Int32.TryParse i with
        | true, n -> ValueSome n
        | _ -> ValueNone

    let private isSum (i: string) = i.Contains '+' || i.Contains '-'

    /// What an index ends in: i + 2 is i and 2.
    let private offset = Regex(@"^(.+) ([+-]) (\d+)$")

    /// i + n
    let rec shift (i: string) (n: int) : string =
        match whole i, offset.Match i with
        | ValueSome v, _ -> string (v + n)
        | ValueNone, found when found.Success ->
            let before = int (found.Groups[2].Value + found.Groups[3].Value)
            shift found.Groups[1].Value (before + n)
        | ValueNone, _ when n = 0 -> i
        | ValueNone, _ when n > 0 -> $"{i} + {n}"
        | ValueNone, _ -> $"{i} - {-n}"

    /// c · i
    let scale (c: int) (i: string) : string =
        match whole i with
        | ValueSome v -> string (c * v)
        | ValueNone when c = 1 -> i
        | ValueNone when isSum i -> $"{c} ({i})"
        | ValueNone when c = -1 -> $"-{i}"
        | ValueNone -> $"{c} {i}"

    /// i + j
    let plus (i: string) (j: string) : string =
        match whole i, whole j with
        | ValueSome 0, _ -> j
        | _, ValueSome n -> shift i n
        | _ -> $"{i} + {j}"

    /// start + step · i
    let affine (start: int) (step: int) (i: string) : string =
        match whole i with
        | ValueSome v -> string (start + step * v)
        | ValueNone when step < 0 && start <> 0 -> $"{start} - {scale -step i}"
        | ValueNone -> shift (scale step i) start

    /// A name that has a superscript already cannot take a second one without parentheses.
    let private named (name: string) text = make (if name.Contains '^' then power else atomic) text

    /// x_{ij}, x_{i + 1, j}
    let subscript (name: string) (indices: string[]) : Formula =
        if indices.Length = 0 then
            named name name
        else
            let joined = String.Join((if indices |> Array.forall (fun i -> i.Length = 1) then "" else ", "), indices)
            named name $"{name}_{{{joined}}}"

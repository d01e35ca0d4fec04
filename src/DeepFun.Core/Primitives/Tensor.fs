namespace DeepFun

open System
open System.Runtime.InteropServices
open System.Threading
open DeepFun.Backends

/// <summary>
/// An immutable array of numbers with any number of axes, on which every transformation works.
/// Operators broadcast as NumPy does and promote dtypes (<see cref="T:DeepFun.DTypes"/>); a plain number takes the tensor's dtype.
/// </summary>
/// <remarks>
/// A tensor carries the interpreter that gives operations on it a meaning: concrete data are evaluated at once, tracers record or
/// differentiate. Reading a value (ToArray, ToDouble) is possible for data and under grad and jvp, not under vmap and trace (DF0402).
/// </remarks>
[<AbstractClass; AllowNullLiteral; TypeFormatterSource(typeof<DisplayFormatterSource>)>]
type Tensor internal (interpreter: Interpreter, ty: TensorType) =
    member internal _.Interpreter = interpreter
    member internal _.Type = ty

    /// <summary>Sizes of the axes.</summary>
    member _.Shape = ty.Shape

    /// <summary>Element type.</summary>
    member _.DType = ty.DType

    /// <summary>Number of axes.</summary>
    member _.Rank = ty.Shape.Rank

    /// <summary>Number of elements.</summary>
    member _.Size = ty.Shape.Size

    // Binding: the operand of the highest level says what an operation means.

    static member internal Bind1(op: Unary, x: Tensor) : Tensor =
        let i = x.Interpreter

        if i.Noticed then
            i.Notice()

        i.Unary(op, x)

    static member internal Bind2(op: Binary, x: Tensor, y: Tensor) : Tensor =
        let i = x.Interpreter
        let j = y.Interpreter

        if i.Noticed || j.Noticed then
            i.Notice()
            j.Notice()

        if i.Level >= j.Level then i.Binary(op, x, y) else j.Binary(op, x, y)

    /// The interpreter of the highest level among the operands.
    static member internal Top(xs: Tensor[]) : Interpreter =
        let mutable top = xs[0].Interpreter

        for x in xs do
            let i = x.Interpreter

            if i.Noticed then
                i.Notice()

            if i.Level > top.Level then
                top <- i

        top

    static member internal Bind(prim: Prim, xs: Tensor[]) : Tensor = (Tensor.Top xs).Apply(prim, xs)

    /// Every element v, of this type, at the level of the value inside x (so that a trace sees a literal).
    static member internal Constant(v: float, ty: TensorType, x: Tensor) : Tensor = x.Interpreter.Constant(v, ty, x)

    static member internal BroadcastTo(shape: Shape, x: Tensor) : Tensor =
        if Shape.Same(x.Shape, shape) then
            x
        else
            let lead = shape.Rank - x.Rank

            if lead < 0 then
                Errors.broadcastTo x.Shape shape

            Tensor.Bind(Prim.Move(Move.Broadcast(shape, Array.init x.Rank (fun i -> lead + i))), [| x |])

    static member internal CastTo(dtype: DType, x: Tensor) : Tensor = if x.DType = dtype then x else Tensor.Bind(Prim.Cast dtype, [| x |])

    /// The shape to which two shapes broadcast.
    static member internal Common(operation: 'Op, a: Shape, b: Shape) : Shape =
        if Shape.Same(a, b) then
            a
        else
            let rank = max a.Rank b.Rank
            let size (s: Shape) i = let k = i - (rank - s.Rank) in (if k < 0 then 1 else s[k])

            Shape.Adopt(
                Array.init rank (fun i ->
                    match size a i, size b i with
                    | m, n when m = n -> m
                    | 1, n -> n
                    | m, 1 -> m
                    | _ -> Errors.broadcast (string (box operation)) a b)
            )

    /// Both operands in one shape and dtype: primitives are strict, so that unbroadcasting is one transpose rule.
    static member internal Align(operation: 'Op, x: Tensor, y: Tensor) : struct (Tensor * Tensor) =
        let dtype = DTypes.Promote(x.DType, y.DType)
        let shape = Tensor.Common(operation, x.Shape, y.Shape)
        struct (Tensor.BroadcastTo(shape, Tensor.CastTo(dtype, x)), Tensor.BroadcastTo(shape, Tensor.CastTo(dtype, y)))

    static member internal Elementwise(op: Binary, x: Tensor, y: Tensor) : Tensor =
        if x.Type.Same y.Type then
            Tensor.Bind2(op, x, y)
        else
            let struct (x, y) = Tensor.Align(op, x, y)
            Tensor.Bind2(op, x, y)

    /// A plain number takes the tensor's dtype, unless that would lose a fraction or an infinity. Error: DF0211 an integer out of range.
    static member internal Scalar(v: float, x: Tensor) : Tensor =
        let whole = v = Math.Floor v && Double.IsFinite v
        let dtype = if DTypes.IsFloating x.DType || whole then x.DType else DType.Float32

        if DTypes.IsInteger dtype && (v > DTypes.MaxValue dtype || v < DTypes.MinValue dtype) then
            DTypeErrors.numberOutOfRange v dtype

        Tensor.Constant(v, { Shape = x.Shape; DType = dtype }, x)

    static member internal Elementwise(op: Binary, x: Tensor, v: float) : Tensor = Tensor.Elementwise(op, x, Tensor.Scalar(v, x))

    static member internal Elementwise(op: Binary, v: float, x: Tensor) : Tensor = Tensor.Elementwise(op, Tensor.Scalar(v, x), x)

    /// Functions with fractions take integers as float32.
    static member internal Floats(x: Tensor) : Tensor = if DTypes.IsFloating x.DType then x else Tensor.CastTo(DType.Float32, x)

    /// A function with fractions.
    static member internal Floating(op: Unary, x: Tensor) : Tensor = Tensor.Bind1(op, Tensor.Floats x)

    /// <summary>x + y</summary>
    static member (+)(x: Tensor, y: Tensor) : Tensor = Tensor.Elementwise(Binary.Add, x, y)
    /// <summary>x + y</summary>
    static member (+)(x: Tensor, y: float) : Tensor = Tensor.Elementwise(Binary.Add, x, y)
    /// <summary>x + y</summary>
    static member (+)(x: float, y: Tensor) : Tensor = Tensor.Elementwise(Binary.Add, x, y)
    /// <summary>x − y</summary>
    static member (-)(x: Tensor, y: Tensor) : Tensor = Tensor.Elementwise(Binary.Sub, x, y)
    /// <summary>x − y</summary>
    static member (-)(x: Tensor, y: float) : Tensor = Tensor.Elementwise(Binary.Sub, x, y)
    /// <summary>x − y</summary>
    static member (-)(x: float, y: Tensor) : Tensor = Tensor.Elementwise(Binary.Sub, x, y)
    /// <summary>x · y, element by element</summary>
    static member (*)(x: Tensor, y: Tensor) : Tensor = Tensor.Elementwise(Binary.Mul, x, y)
    /// <summary>x · y</summary>
    static member (*)(x: Tensor, y: float) : Tensor = Tensor.Elementwise(Binary.Mul, x, y)
    /// <summary>x · y</summary>
    static member (*)(x: float, y: Tensor) : Tensor = Tensor.Elementwise(Binary.Mul, x, y)

    /// True division: integers give float32, as in PyTorch.
    static member internal Quotient(x: Tensor, y: Tensor) : Tensor =
        if DTypes.IsFloating(DTypes.Promote(x.DType, y.DType)) then
            Tensor.Elementwise(Binary.Div, x, y)
        else
            Tensor.Elementwise(Binary.Div, Tensor.CastTo(DType.Float32, x), Tensor.CastTo(DType.Float32, y))

    /// <summary>x / y; integers give float32</summary>
    static member (/)(x: Tensor, y: Tensor) : Tensor = Tensor.Quotient(x, y)
    /// <summary>x / y; integers give float32</summary>
    static member (/)(x: Tensor, y: float) : Tensor = Tensor.Quotient(x, Tensor.Scalar(y, x))
    /// <summary>x / y; integers give float32</summary>
    static member (/)(x: float, y: Tensor) : Tensor = Tensor.Quotient(Tensor.Scalar(x, y), y)
    /// <summary>Remainder with the sign of the divisor, as in Python</summary>
    static member (%)(x: Tensor, y: Tensor) : Tensor = Tensor.Elementwise(Binary.Remainder, x, y)
    /// <summary>Remainder with the sign of the divisor, as in Python</summary>
    static member (%)(x: Tensor, y: float) : Tensor = Tensor.Elementwise(Binary.Remainder, x, y)
    /// <summary>−x</summary>
    static member (~-)(x: Tensor) : Tensor = Tensor.Bind1(Unary.Neg, x)
    /// <summary>xʸ</summary>
    static member Pow(x: Tensor, y: Tensor) : Tensor = Tensor.Elementwise(Binary.Pow, x, y)
    /// <summary>xʸ</summary>
    static member Pow(x: Tensor, y: float) : Tensor = Tensor.Elementwise(Binary.Pow, x, y)
    /// <summary>|x|</summary>
    static member Abs(x: Tensor) : Tensor = Tensor.Bind1(Unary.Abs, x)
    /// <summary>eˣ</summary>
    static member Exp(x: Tensor) : Tensor = Tensor.Floating(Unary.Exp, x)
    /// <summary>Natural logarithm</summary>
    static member Log(x: Tensor) : Tensor = Tensor.Floating(Unary.Log, x)
    /// <summary>Logarithm to base 10, exact at its powers</summary>
    static member Log10(x: Tensor) : Tensor = Tensor.Floating(Unary.Log10, x)
    /// <summary>√x</summary>
    static member Sqrt(x: Tensor) : Tensor = Tensor.Floating(Unary.Sqrt, x)
    /// <summary>sin x</summary>
    static member Sin(x: Tensor) : Tensor = Tensor.Floating(Unary.Sin, x)
    /// <summary>cos x</summary>
    static member Cos(x: Tensor) : Tensor = Tensor.Floating(Unary.Cos, x)
    /// <summary>tan x</summary>
    static member Tan(x: Tensor) : Tensor = Tensor.Floating(Unary.Tan, x)
    /// <summary>arcsin x</summary>
    static member Asin(x: Tensor) : Tensor = Tensor.Floating(Unary.Asin, x)
    /// <summary>arccos x</summary>
    static member Acos(x: Tensor) : Tensor = Tensor.Floating(Unary.Acos, x)
    /// <summary>arctan x</summary>
    static member Atan(x: Tensor) : Tensor = Tensor.Floating(Unary.Atan, x)
    /// <summary>sinh x</summary>
    static member Sinh(x: Tensor) : Tensor = Tensor.Floating(Unary.Sinh, x)
    /// <summary>cosh x</summary>
    static member Cosh(x: Tensor) : Tensor = Tensor.Floating(Unary.Cosh, x)
    /// <summary>tanh x</summary>
    static member Tanh(x: Tensor) : Tensor = Tensor.Floating(Unary.Tanh, x)
    /// <summary>⌊x⌋</summary>
    static member Floor(x: Tensor) : Tensor = Tensor.Floating(Unary.Floor, x)
    /// <summary>⌈x⌉</summary>
    static member Ceiling(x: Tensor) : Tensor = Tensor.Floating(Unary.Ceiling, x)
    /// <summary>Nearest integer, halves to even</summary>
    static member Round(x: Tensor) : Tensor = Tensor.Floating(Unary.Round, x)
    /// <summary>Toward zero</summary>
    static member Truncate(x: Tensor) : Tensor = Tensor.Floating(Unary.Truncate, x)

    // Places. F#'s slices are in Slicing.fs.

    member internal x.At([<ParamArray>] at: Slice[]) : Tensor =
        let struct (move, kept) = Slices.plan at ty.Shape
        let taken = Tensor.Bind(Prim.Move move, [| x |])

        if Shape.Same(kept, taken.Shape) then
            taken
        else
            Tensor.Bind(Prim.Move(Move.Reshape kept), [| taken |])

    /// <summary>
    /// Elements and ranges along the leading axes; axes that are not named stay whole. In C#, <c>t[1..^1]</c>, <c>t[^1]</c>,
    /// <c>t[0, 2..3]</c>; in F#, <c>t[1..3, 0]</c> with both bounds included. An axis with one index disappears.
    /// </summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0117 a place outside its axis; DF0126 more places than axes.</exception>
    member x.Item
        with get ([<ParamArray>] at: Slice[]): Tensor = x.At at

    /// <summary>The i-th part along the first axis, which disappears; negative from the end.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0117 outside the axis; DF0126 a scalar.</exception>
    member x.Item
        with get (i: int): Tensor = x.At(Slice.op_Implicit i)

    /// <summary>The part at two indices, whose axes disappear; negative from the end.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0117 outside an axis; DF0126 fewer axes.</exception>
    member x.Item
        with get (i: int, j: int): Tensor = x.At(Slice.op_Implicit i, Slice.op_Implicit j)

    /// <summary>The part at three indices, whose axes disappear; negative from the end.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0117 outside an axis; DF0126 fewer axes.</exception>
    member x.Item
        with get (i: int, j: int, k: int): Tensor = x.At(Slice.op_Implicit i, Slice.op_Implicit j, Slice.op_Implicit k)

    /// <summary>The part at four indices, whose axes disappear; negative from the end.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0117 outside an axis; DF0126 fewer axes.</exception>
    member x.Item
        with get (i: int, j: int, k: int, l: int): Tensor =
            x.At(Slice.op_Implicit i, Slice.op_Implicit j, Slice.op_Implicit k, Slice.op_Implicit l)

    // Reading values.

    /// The storage of a tensor whose values are known.
    member internal x.Values() : Storage =
        if interpreter.Closed then
            Errors.leaked ()

        interpreter.Storage x

    member internal x.Bytes() : byte[] =
        let bytes = Array.zeroCreate (x.Size * DTypes.Size x.DType)
        interpreter.Root.Backend.ToHost(x.Values(), Span bytes)
        bytes

    /// <summary>The values in row-major order. 'T must be the .NET type of the dtype (float32 → float, float16 → Half, bfloat16 → BFloat16, int64 → long, int8 → sbyte, …).</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0207 another type; DF0402 under vmap or trace, where values are not known.</exception>
    member x.ToArray<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>() : 'T[] =
        if Element.dtype<'T>() <> x.DType then
            Errors.elementType typeof<'T> x.DType

        MemoryMarshal.Cast<byte, 'T>(ReadOnlySpan(x.Bytes())).ToArray()

    /// <summary>The values in row-major order as doubles, whatever the dtype.</summary>
    member x.ToDoubles() : float[] = Element.doubles x.DType (x.Bytes())

    /// <summary>The one value of a tensor with one element.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0127 more or fewer elements; DF0402 under vmap or trace.</exception>
    member x.ToDouble() : float =
        if x.Size <> 1 then
            Errors.notScalar x.Shape

        Element.single interpreter.Root.Backend (x.Values())

    /// <summary>The one value of a tensor with one element.</summary>
    static member op_Explicit(x: Tensor) : float = x.ToDouble()
    /// <summary>The one value of a tensor with one element.</summary>
    static member op_Explicit(x: Tensor) : float32 = float32 (x.ToDouble())
    /// <summary>The one value of a tensor with one element, toward zero.</summary>
    static member op_Explicit(x: Tensor) : int = int (x.ToDouble())

    /// <summary>The one value of a tensor with one element, toward zero.</summary>
    static member op_Explicit(x: Tensor) : int64 =
        if x.DType = DType.Int64 && x.Size = 1 then x.ToArray<int64>()[0] else int64 (x.ToDouble())

    /// <summary>Whether the one value of a tensor with one element is not 0.</summary>
    static member op_Explicit(x: Tensor) : bool = x.ToDouble() <> 0.0

    /// Whether the values can be read.
    member internal x.IsKnown: bool = not interpreter.Closed && interpreter.IsKnown x

    /// The values; in words, why there are none.
    member private x.Shown() : Result<float[], string> =
        try
            if x.IsKnown then Ok(x.ToDoubles()) else Error interpreter.Name
        // Debuggers and messages show tensors whose scope has ended, too.
        with :? DeepFunException as e when e.Code = "DF0601" ->
            Error "released"

    member private x.Text(shown: Result<float[], string>) : string =
        match shown with
        | Ok values ->
            // Rows stand below each other, behind the word.
            let text = (Format.values x.DType x.Shape (fun i -> values[i])).Replace("\n", "\n       ")
            $"tensor({text}, {DTypes.Name x.DType}, shape {x.Shape})"
        | Error why -> $"tensor({DTypes.Name x.DType}, shape {x.Shape}, {why})"

    /// <summary>The values in nested brackets, with dtype and shape.</summary>
    override x.ToString() = x.Text(x.Shown())

    /// <summary>The values for a notebook or a page: a table up to two axes, text for more and for what has no values. Long axes show their edges.</summary>
    member x.ToHtml() : string =
        match x.Shown() with
        | Ok values when x.Rank <= 2 -> Format.grid x.DType $"{DTypes.Name x.DType}, shape {x.Shape}" x.Shape (fun i -> values[i])
        | shown -> Format.block (x.Text shown)

    interface IDisplayed with
        member x.Html() = x.ToHtml()

/// A meaning for primitives. Levels order nested transformations: an inner one has the higher level.
and [<AbstractClass; AllowNullLiteral>] internal Interpreter(level: int64, root: Interpreter) =
    static let mutable counter = 0L
    let mutable closed = false
    let mutable watchers = 0
    let mutable noticed = false // either: an operation tests one field

    [<ThreadStatic; DefaultValue>]
    static val mutable private touched: bool

    /// Taken when a transformation is called, never earlier: nesting is then free of perturbation confusion, on any thread.
    static member NextLevel() = Interlocked.Increment &counter

    member _.Level = level

    /// The evaluator underneath, which makes constants.
    member i.Root: Interpreter = if isNull root then i else root

    /// Set when the transformed function has returned: whatever it computed must not be used any more.
    member _.Closed
        with get () = closed
        and set v =
            closed <- v
            noticed <- noticed || v

    /// Whether the use of a tensor of this level is to be told to Notice.
    member _.Noticed = noticed

    member _.Notice() =
        if closed then
            Errors.leaked ()

        if watchers > 0 then
            Interpreter.touched <- true

    /// Runs f; and whether it used a tensor of this level, on this thread.
    member i.Watch(f: unit -> 'T) : struct ('T * bool) =
        let before = Interpreter.touched
        Interpreter.touched <- false
        Interlocked.Increment &watchers |> ignore
        noticed <- true

        try
            let result = f ()
            struct (result, Interpreter.touched)
        finally
            // noticed stays: to take it back would race with another thread that begins to watch.
            Interlocked.Decrement &watchers |> ignore
            Interpreter.touched <- before

    /// For messages.
    abstract Name: string
    abstract Backend: IBackend
    default i.Backend = i.Root.Backend
    abstract Storage: Tensor -> Storage
    abstract Constant: float * TensorType * like: Tensor -> Tensor
    default i.Constant(v, ty, _) = i.Root.Constant(v, ty, null)
    /// A tangent or cotangent that is zero, beside others of this interpreter.
    abstract Zero: TensorType -> Tensor
    default i.Zero ty = i.Root.Constant(0.0, ty, null)
    abstract Unary: Unary * Tensor -> Tensor
    abstract Binary: Binary * Tensor * Tensor -> Tensor
    abstract Apply: Prim * Tensor[] -> Tensor
    abstract ApplyMany: Block * Tensor[] -> Tensor[]
    abstract Call: RuledFunction<Tensor> * Tensor[] -> Tensor[]
    /// Whether the values of a tensor of this interpreter can be read: control flow may then follow them.
    abstract IsKnown: Tensor -> bool

/// Tensors from and to doubles, random values, comparisons and derivatives of functions of one number, for every test.
module internal DeepFun.Core.Tests.Numbers

open System
open DeepFun
open DeepFun.FSharp
open Xunit

/// Values in any dtype; booleans are true where not 0.
let ofDoubles (dtype: DType) (sizes: int seq) (values: float[]) : Tensor =
    match dtype with
    | DType.Float64 -> Tensor.ofArray sizes values
    | DType.Float32 -> Tensor.ofArray sizes (Array.map float32 values)
    | DType.Float16 -> Tensor.ofArray sizes (Array.map (fun (v: float) -> Half.op_Explicit v) values)
    | DType.BFloat16 -> Tensor.ofArray sizes (Array.map (fun (v: float) -> BFloat16.op_Explicit v) values)
    | DType.Int8 -> Tensor.ofArray sizes (Array.map sbyte values)
    | DType.Int16 -> Tensor.ofArray sizes (Array.map int16 values)
    | DType.Int32 -> Tensor.ofArray sizes (Array.map int values)
    | DType.Int64 -> Tensor.ofArray sizes (Array.map int64 values)
    | DType.UInt8 -> Tensor.ofArray sizes (Array.map byte values)
    | _ -> Tensor.ofArray sizes (Array.map (fun v -> v <> 0.0) values)

let f64 (sizes: int list) (values: float list) : Tensor = Tensor.ofArray sizes (Array.ofList values)

let scalar v = f64 [] [ v ]
let vector (values: float list) : Tensor = f64 [ values.Length ] values

/// Twice the distance of neighbouring numbers at 1: what rounding in a dtype is good for.
let rounding (dtype: DType) =
    match dtype with
    | DType.Float32 -> Math.ScaleB(1.0, -22)
    | DType.Float16 -> Math.ScaleB(1.0, -9)
    | DType.BFloat16 -> Math.ScaleB(1.0, -6)
    | _ -> Math.ScaleB(1.0, -51)

let shapeOf (sizes: int seq) : Shape = Shape.Create(ReadOnlySpan(Array.ofSeq sizes))

let sizeOf (sizes: int seq) = Seq.fold (*) 1 sizes

/// Seeded by a text, so that every law sees the same values of a row, on every run.
let seeded (text: string) = Random(text |> Seq.fold (fun h c -> h * 31 + int c) 17)

/// Uniform in [-1, 1), float64.
let uniform (random: Random) (sizes: int seq) : Tensor =
    ofDoubles DType.Float64 sizes (Array.init (sizeOf sizes) (fun _ -> 2.0 * random.NextDouble() - 1.0))

/// Like a given type: floats uniform in [-1, 1), others zero.
let direction (random: Random) (x: Tensor) : Tensor =
    if DTypes.IsFloating x.DType then
        ofDoubles x.DType x.Shape (Array.init x.Size (fun _ -> 2.0 * random.NextDouble() - 1.0))
    else
        ofDoubles x.DType x.Shape (Array.zeroCreate x.Size)

/// An infinity equals itself alone: its distance from any number is within tolerance of its size.
let sameNumber tolerance (e: float) (a: float) =
    Double.IsNaN e && Double.IsNaN a
    || e = a
    || Double.IsFinite e && Double.IsFinite a && abs (e - a) <= tolerance * (1.0 + max (abs e) (abs a))

/// Equal up to tolerance · (1 + |value|); NaN equals NaN.
let closeValues what tolerance (expected: float[]) (actual: float[]) =
    Assert.True(expected.Length = actual.Length, $"{what}: {expected.Length} values expected, {actual.Length} came")

    for i in 0 .. expected.Length - 1 do
        if not (sameNumber tolerance expected[i] actual[i]) then
            Assert.Fail $"{what}: element {i} is {actual[i]:R}, expected {expected[i]:R}\nexpected %A{expected}\nactual   %A{actual}"

/// Shape, dtype and values.
let close what tolerance (expected: Tensor) (actual: Tensor) =
    if string expected.Type <> string actual.Type then
        Assert.Fail $"{what}: expected {expected.Type}, came {actual.Type}"

    closeValues what tolerance (expected.ToDoubles()) (actual.ToDoubles())

let closeAll what tolerance (expected: Tensor[]) (actual: Tensor[]) =
    Assert.True(expected.Length = actual.Length, $"{what}: {expected.Length} tensors expected, {actual.Length} came")
    Array.iteri2 (fun i e a -> close $"{what} [{i}]" tolerance e a) expected actual

/// Values only, for functions of one number.
let number tolerance (expected: float) (actual: Tensor) = closeValues "number" tolerance [| expected |] (actual.ToDoubles())

/// The derivatives of a function that acts on each element alone, at these numbers.
let slopes (f: Tensor -> Tensor) (at: float list) : float[] = (grad (fun x -> sum (f x)) (vector at)).ToDoubles()

/// By forward mode, in the direction of ones: for a function that acts on each element alone, its derivatives.
let forward (f: Tensor -> Tensor) (x: Tensor) : Tensor = snd (jvp f x (onesLike x))

/// Of tensors without axes.
let values (xs: Tensor[]) : float[] = xs |> Array.map _.ToDouble()

/// The value and the derivatives 1 to order at a number, by Taylor mode.
let derivatives (f: Tensor -> Tensor) (x: float) (order: int) : float[] = jet f (scalar x) order |> values

/// The same by nested forward mode, which knows nothing of series.
let nested (f: Tensor -> Tensor) (x: Tensor) (order: int) : Tensor[] =
    List.scan (fun g _ -> forward g) f [ 1..order ] |> List.map (fun g -> g x) |> Array.ofList

/// f traced into a graph that the checker takes, as a function again.
let graphOf (f: Tensor -> Tensor) (x: Tensor) : Tensor -> Tensor =
    let struct (g, closedOver) = Trace.graph Eval.Cpu (fun xs -> [| f xs[0] |]) [| x.Type |]
    let g = Check.graph g
    Assert.NotEmpty(Graph.show g)
    fun x -> (Graph.run Eval.Cpu g (Array.append [| x |] closedOver))[0]

/// Σ a b over all elements, in float64.
let inner (a: Tensor) (b: Tensor) : float = Array.fold2 (fun s x y -> s + x * y) 0.0 (a.ToDoubles()) (b.ToDoubles())

/// The code and message of the error that an action raises.
let errorOf (action: unit -> 'a) : string * string =
    let e = Assert.Throws<DeepFunException>(fun () -> action () |> ignore)
    e.Code, e.Message

let throws (code: string) (action: unit -> 'a) = Assert.Equal(code, fst (errorOf action))

/// The root of the repository, for golden files.
let repository: string =
    let rec up (folder: string) =
        if IO.File.Exists(IO.Path.Combine(folder, "DeepFun.sln")) then
            folder
        else
            up (IO.Path.GetDirectoryName folder)

    up AppContext.BaseDirectory

/// With this switch the golden files are written instead of compared.
let updateGolden = Environment.GetEnvironmentVariable "DEEPFUN_UPDATE_GOLDEN" = "1"

/// Compares a text with a file of the repository, or writes the file.
let golden (path: string) (text: string) =
    let file = IO.Path.Combine(repository, path)

    if updateGolden then
        IO.File.WriteAllText(file, text)
    else
        let expected = if IO.File.Exists file then IO.File.ReadAllText file else ""

        Assert.True(
            (expected = text),
            $"{path} is out of date; run the tests with DEEPFUN_UPDATE_GOLDEN=1 and read the difference.\n{text}"
        )

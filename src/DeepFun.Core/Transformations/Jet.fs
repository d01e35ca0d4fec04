namespace DeepFun

open DeepFun.FSharp

/// Taylor mode: the meaning of a primitive on truncated power series. A transformation of cost polynomial in the order, where nested
/// forward mode doubles with each. Linear primitives act on every coefficient, bilinear ones convolve, smooth functions follow
/// Jet.Elementwise.fs, and what chooses (extrema, selections, sorting) chooses by the values.
[<RequireQualifiedAccess>]
module internal Jet =

    /// Products of neighbours by doubling: after the step of width w each place holds the product of its last 2w elements.
    let private runningProduct (axis: int) (reverse: bool) (size: int) (x: Series) : Series =
        let shifted w (s: Series) =
            let at v (t: Tensor) = Array.init t.Rank (fun i -> if i = axis then v else 0)
            let low, high = if reverse then -w, w else w, -w

            Series(fun _ k ->
                let t = s[k]

                if isNull t then
                    null
                else
                    // The neutral element outside: 1 + 0 t + 0 t² + …
                    let one = if k = 0 then 1.0 else 0.0
                    padAll { Low = at low t; High = at high t; Interior = at 0 t; Value = one } t)

        let rec widen w (p: Series) = if w >= size then p else widen (2 * w) (Series.Times p (shifted w p))
        widen 1 x

    /// The last of the running products along the axes, joined to one.
    let private product (axes: int[]) (x: Tensor[]) : Series =
        let shape = x[0].Shape
        let kept = [| 0 .. shape.Rank - 1 |] |> Array.except axes
        let sizes = Array.map (fun a -> shape[a])
        let count = Array.fold (*) 1 (sizes axes)
        let flat (t: Tensor) = permute (Array.append kept axes) t |> reshape (Array.append (sizes kept) [| count |])

        if count = 0 then
            Series(fun _ _ -> null)
        else
            Series.OfArray x |> Series.Map flat |> runningProduct kept.Length false count |> Series.Map(item -1 (count - 1))

    /// The series of the result; y is its value. Operands that do not move have null coefficients. along: see JetLinalg.
    let rule along (prim: Prim) (xs: Tensor[][]) (y: Tensor) : Series =
        let nested f (xs: Tensor[][]) : Tensor[] = along (xs[0].Length - 1) f xs
        let values = xs |> Array.map Array.head
        let bilinear () = Series.Convolve (fun a b -> Tensor.Bind(prim, [| a; b |])) (Series.OfArray xs[0]) (Series.OfArray xs[1])

        /// Linear, at least near the values: coefficients go the way of tangents.
        let linear () =
            Series(fun _ k ->
                let ds = xs |> Array.map (fun x -> x[k])
                if k = 0 || Array.forall isNull ds then null else Jvp.all prim values y ds)

        match prim with
        | Prim.Unary op -> JetElementwise.unary op (Series.OfArray xs[0]) y
        | Prim.Binary op -> JetElementwise.binary op xs[0] xs[1] y
        | Prim.Contract(Contract.MatMul | Contract.Convolution _) -> bilinear ()
        | Prim.Reduce(Reduce.Product axes) -> product axes xs[0]
        | Prim.Along(Along.CumulativeProduct(axis, reverse)) -> runningProduct axis reverse y.Shape[axis] (Series.OfArray xs[0])
        | Prim.Linalg op -> JetLinalg.rule along op xs y
        | Prim.Compare _
        | Prim.Select
        | Prim.Cast _
        | Prim.Reduce(Reduce.Sum _ | Reduce.Max _ | Reduce.Min _ | Reduce.Any _ | Reduce.All _ | Reduce.ArgMax _ | Reduce.ArgMin _)
        | Prim.Along(Along.CumulativeSum _ | Along.CumulativeMax _ | Along.CumulativeMin _ | Along.ArgSort _ | Along.Fourier _)
        | Prim.Move _
        | Prim.Index _
        | Prim.Window _
        | Prim.Generate _
        | Prim.StopGradient -> linear ()
        | Prim.Special op -> JetSpecial.special nested op xs y
        | Prim.Sample op -> JetSpecial.sample nested op xs y

/// A value and its Taylor coefficients, the value first; null coefficients are zero.
[<Sealed; AllowNullLiteral>]
type internal JetTensor(interpreter: Interpreter, coefficients: Tensor[]) =
    inherit Tensor(interpreter, coefficients[0].Type)
    member _.Coefficients = coefficients

/// Taylor mode: primitives on values that are series up to tᵒʳᵈᵉʳ.
[<Sealed>]
type internal JetInterpreter(level: int64, order: int, root: Interpreter) =
    inherit Interpreter(level, root)

    let value (coefficients: Tensor[]) = coefficients[0]

    /// The coefficients of any tensor: one of other levels does not move.
    member this.Split(x: Tensor) : Tensor[] =
        match x with
        | :? JetTensor as v when obj.ReferenceEquals(v.Interpreter, this) -> v.Coefficients
        | _ -> Array.init (order + 1) (fun k -> if k = 0 then x else null)

    member this.Make(coefficients: Tensor[]) : Tensor =
        let moves = coefficients[1..] |> Array.exists (isNull >> not)

        if moves && DTypes.IsFloating coefficients[0].DType then
            JetTensor(this, coefficients)
        else
            coefficients[0]

    /// The coefficients, up to an order, of a function's results on series.
    static member private Within (root: Interpreter) (order: int) (f: Tensor[] -> Tensor[]) (xs: Tensor[][]) : Tensor[][] =
        let level = JetInterpreter(Interpreter.NextLevel(), order, root)

        try
            f (xs |> Array.map level.Make) |> Array.map level.Split
        finally
            level.Closed <- true

    override _.Name = "a Taylor series"

    override this.Storage x =
        let v = value (this.Split x)
        v.Interpreter.Storage v

    override this.Constant(v, ty, like) =
        let inside = value (this.Split like)
        inside.Interpreter.Constant(v, ty, inside)

    override this.Unary(op, x) = this.Apply(Prim.Unary op, [| x |])
    override this.Binary(op, x, y) = this.Apply(Prim.Binary op, [| x; y |])

    override this.Apply(prim, args) =
        let xs = args |> Array.map this.Split
        let values = xs |> Array.map value
        let y = Tensor.Bind(prim, values)

        if DTypes.IsFloating y.DType then
            let along order f xs = (JetInterpreter.Within root order (fun xs -> [| f xs |]) xs)[0]
            let series = Jet.rule along prim xs y
            this.Make(Array.init (order + 1) (fun k -> if k = 0 then y else series[k]))
        else
            y

    override this.IsKnown x = Graph.isKnown (value (this.Split x))

    /// Runs a function at a level of its own on values and streams of coefficients, the first of which belongs to t.
    static member private Through (root: Interpreter) (f: Tensor[] -> Tensor[]) (xs: Tensor[]) (streams: Tensor[][]) =
        let series = xs |> Array.mapi (fun i x -> Array.append [| x |] (streams |> Array.map (Array.item i)))
        let ys = JetInterpreter.Within root streams.Length f series
        struct (ys |> Array.map Array.head, Array.init streams.Length (fun k -> ys |> Array.map (Array.item (k + 1))))

    member private this.Streams(series: Tensor[][]) : Tensor[][] = Array.init order (fun k -> series |> Array.map (Array.item (k + 1)))

    member private this.Join (ys: Tensor[]) (streams: Tensor[][]) : Tensor[] =
        ys |> Array.mapi (fun i y -> this.Make(Array.append [| y |] (streams |> Array.map (Array.item i))))

    override this.ApplyMany(block, xs) =
        match block with
        | Block.Custom c -> this.Call(Ruled.ofBlock root c, xs)
        | Block.Scan _
        | Block.Switch _
        | Block.While _
        | Block.Checkpoint _ ->
            let series = xs |> Array.map this.Split
            let dual (maker: Interpreter) g = JetInterpreter.Through maker.Root (Graph.run maker g)
            let struct (ys, streams) = ControlForward.apply dual root block (series |> Array.map value) (this.Streams series)
            this.Join ys streams

    /// With a forward rule, y′ = rule x x′ to one order less, integrated. With a reverse rule alone, or where the rule's functions use
    /// what moves beside their operands, line by line.
    override this.Call(f, xs) =
        let series = xs |> Array.map this.Split
        let values = series |> Array.map value

        match f.Jvp with
        | Some rule when f.Constants = 0 ->
            let lower = Array.init (order - 1) (fun k -> series |> Array.map (Array.item (k + 1)))
            let times k (c: Tensor) : Tensor = if isNull c then null else c * float k

            let direction (s: Tensor[]) =
                Array.init order (fun k -> if k = 0 && isNull s[1] then Tensor.Constant(0.0, s[0].Type, s[0]) else times (k + 1) s[k + 1])

            let directions = series |> Array.map direction

            let along () =
                let streams = Array.init (order - 1) (fun k -> Array.append lower[k] (directions |> Array.map (Array.item (k + 1))))
                let n = values.Length

                let derivative (both: Tensor[]) =
                    let struct (_, dys) = rule both[.. n - 1] both[n..]
                    dys

                JetInterpreter.Through root derivative (Array.append values (directions |> Array.map value)) streams

            let struct (struct (first, higher), touched) = this.Watch along

            if touched then
                f.Run xs
            else
                let ys = (Tensor.Top values).Call(f, values)
                let divided k (c: Tensor) : Tensor = if isNull c then null else c / float k
                this.Join ys (Array.append [| first |] (higher |> Array.mapi (fun k -> Array.map (divided (k + 2)))))
        | Some _
        | None -> f.Run xs

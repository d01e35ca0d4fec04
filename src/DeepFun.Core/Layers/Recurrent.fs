namespace DeepFun

open DeepFun.FSharp

/// <summary>What a recurrent layer computes at each step from the projected input a = x W + b, its last output h and its weight U.</summary>
[<RequireQualifiedAccess; NoComparison; NoEquality>]
type RecurrentKind =
    /// h ← f(a + h U). Source: Elman, Cognitive Science 14, 1990.
    | Simple of activation: Activation
    /// i, f, g, o = a + h U;  c ← σ(f) c + σ(i) tanh(g);  h ← σ(o) tanh(c). Source: Hochreiter and Schmidhuber 1997; Gers et al. 2000.
    | Lstm
    /// r, z, n = a and r′, z′, n′ = h U;  n ← tanh(n + σ(r + r′) (n′ + bₙ));  h ← (1 − σ(z + z′)) n + σ(z + z′) h. Source: Cho et al. 2014, arXiv:1406.1078.
    | Gru

/// <summary>What a recurrent layer is made of.</summary>
[<NoComparison; ReferenceEquality>]
type RecurrentOptions =
    {
        /// The equation of a step.
        Kind: RecurrentKind
        /// Size of the output of one direction.
        Units: int
        /// Layers on top of each other. Default: 1.
        Layers: int
        /// Whether each layer also reads from the end; both outputs are joined. Default: false.
        Bidirectional: bool
        /// Whether every step's output is given, or only the last state of the last layer. Default: true.
        Sequences: bool
        /// Whether biases are added. Default: true.
        Bias: bool
        /// Dropout's rate between layers, while learning. Default: 0.
        Dropout: float
        /// Whether the last state of a batch is kept in the layer's state and begins the next batch. Default: false.
        Stateful: bool
        /// First weights of the input. Default: as in PyTorch, U(±1/√units).
        InputInitializer: Initializer
        /// First weights of the last output. Default: as in PyTorch, U(±1/√units).
        StateInitializer: Initializer
        /// First biases. Default: as in PyTorch, U(±1/√units).
        BiasInitializer: Initializer
    }

    /// <summary>The defaults.</summary>
    static member Of(kind: RecurrentKind, units: int) =
        let bound = 1.0 / sqrt (float (max 1 units))
        let initializer = Initializers.uniform -bound bound

        {
            Kind = kind
            Units = units
            Layers = 1
            Bidirectional = false
            Sequences = true
            Bias = true
            Dropout = 0.0
            Stateful = false
            InputInitializer = initializer
            StateInitializer = initializer
            BiasInitializer = initializer
        }

/// Recurrent layers: the inputs of all steps are projected by one product of matrices, and a scan goes through the rest.
module internal Recurrent =

    let private kindName (kind: RecurrentKind) =
        match kind with
        | RecurrentKind.Simple _ -> "RNN"
        | RecurrentKind.Lstm -> "LSTM"
        | RecurrentKind.Gru -> "GRU"

    let private gates (kind: RecurrentKind) =
        match kind with
        | RecurrentKind.Simple _ -> 1
        | RecurrentKind.Lstm -> 4
        | RecurrentKind.Gru -> 3

    /// What is carried from step to step; the first is the output.
    let private carried (kind: RecurrentKind) =
        match kind with
        | RecurrentKind.Simple _
        | RecurrentKind.Gru -> [ "hidden" ]
        | RecurrentKind.Lstm -> [ "hidden"; "cell" ]

    let directions (o: RecurrentOptions) = if o.Bidirectional then [ "forward"; "backward" ] else [ "forward" ]

    let name (o: RecurrentOptions) =
        LayerOptions.title
            (kindName o.Kind)
            [
                string o.Units
                (match o.Kind with
                 | RecurrentKind.Simple f when f.Name <> "tanh" -> f.Name
                 | RecurrentKind.Simple _
                 | RecurrentKind.Lstm
                 | RecurrentKind.Gru -> "")
                (if o.Layers = 1 then "" else $"{o.Layers} layers")
                (if o.Bidirectional then "bidirectional" else "")
                (if o.Sequences then "" else "last")
                (if o.Bias then "" else "no bias")
                (if o.Dropout = 0.0 then "" else $"dropout {LayerOptions.number o.Dropout}")
                (if o.Stateful then "stateful" else "")
            ]

    let check (o: RecurrentOptions) =
        let kind = kindName o.Kind
        LayerOptions.atLeast 1 $"units of {kind}" o.Units
        LayerOptions.atLeast 1 $"layers of {kind}" o.Layers
        LayerOptions.rate $"dropout of {kind}" o.Dropout

    let init (o: RecurrentOptions) (key: Key) (features: int) : Params =
        let ways = directions o
        let width = gates o.Kind * o.Units
        let keys = Key.split o.Layers key

        let direction key inputs =
            let keys = Key.split 4 key
            let draw (initializer: Initializer) i inputs sizes = initializer.Draw(keys[i], { In = inputs; Out = width }, Shape.Adopt sizes)
            let weight i initializer inputs = struct ("weight", draw initializer i inputs [| inputs; width |])
            let bias i inputs size = struct ("bias", draw o.BiasInitializer i inputs [| size |])
            let input, state = weight 0 o.InputInitializer inputs, weight 1 o.StateInitializer o.Units

            let stateBias =
                match o.Kind with
                | RecurrentKind.Gru -> o.Bias
                | RecurrentKind.Simple _
                | RecurrentKind.Lstm -> false

            Params.Named
                [
                    "input", (if o.Bias then Params.Of(input, bias 2 inputs width) else Params.Of input)
                    "state", (if stateBias then Params.Of(state, bias 3 o.Units o.Units) else Params.Of state)
                ]

        Params.Named
            [
                for layer in 0 .. o.Layers - 1 do
                    let inputs = if layer = 0 then features else o.Units * ways.Length
                    let keys = Key.split ways.Length keys[layer]
                    string layer, Params.Named(ways |> List.mapi (fun i way -> way, direction keys[i] inputs))
            ]

    /// One step from the projected input [N, gates · units] and what is carried.
    let private step (o: RecurrentOptions) (p: Params) (projected: Tensor) (carry: Tensor[]) : Tensor[] =
        let h = carry[0]
        let recurrent = matmul h p["state/weight"]
        let gate (x: Tensor) i = slice -1 (i * o.Units) ((i + 1) * o.Units) x

        match o.Kind with
        | RecurrentKind.Simple f -> [| f.Apply(projected + recurrent) |]
        | RecurrentKind.Lstm ->
            let z = projected + recurrent
            let c: Tensor = sigmoid (gate z 1) * carry[1] + sigmoid (gate z 0) * tanh (gate z 2)
            [| sigmoid (gate z 3) * tanh c; c |]
        | RecurrentKind.Gru ->
            let r = sigmoid (gate projected 0 + gate recurrent 0)
            let z = sigmoid (gate projected 1 + gate recurrent 1)
            let candidate = if o.Bias then gate recurrent 2 + p["state/bias"] else gate recurrent 2
            let n: Tensor = tanh (gate projected 2 + r * candidate)
            [| n + z * (h - n) |]

    /// One direction of one layer over [T, N, features]: the outputs [T, N, units] and what is carried after the last step.
    let private direction (o: RecurrentOptions) reverse (p: Params) (start: Params) (mask: Tensor) (x: Tensor) : Tensor * Tensor[] =
        let projected = Dense.linear p["input/weight"] x
        let projected = if o.Bias then projected + p["input/bias"] else projected
        let dtype = DTypes.Promote(projected.DType, p["state/weight"].DType)
        let projected = cast dtype projected

        let start =
            carried o.Kind
            |> List.map (fun name ->
                if start.Names.Count = 0 then
                    Tensor.Constant(0.0, { Shape = Shape.Adopt [| x.Shape[1]; o.Units |]; DType = dtype }, projected)
                else
                    cast dtype start[name])
            |> Array.ofList

        let options = { ScanOptions.Default with Reverse = reverse }

        let last, outputs =
            if isNull mask then
                scanWith
                    options
                    (fun carry projected ->
                        let next = step o p projected carry
                        next, next[0])
                    start
                    projected
            else
                // A step in the padding changes nothing and gives zeros, so that backwards the first step is a sequence's own last one.
                scanWith
                    options
                    (fun carry (projected, mask) ->
                        let next = step o p projected carry
                        Array.map2 (where mask) next carry, where mask next[0] (zerosLike next[0]))
                    start
                    (projected, mask)

        outputs, last

    /// All layers over [N, T, features]: outputs [N, T, units · directions] or, without sequences, [N, units · directions], and the last state.
    /// An empty start is zeros; null lengths are all T.
    let run (o: RecurrentOptions) (mode: Mode) (p: Params) (start: Params) (lengths: Tensor) (x: Tensor) : Tensor * Params =
        if x.Rank <> 3 then
            Errors.rank (name o) "a batch of sequences [N, T, features]" x.Shape

        let ways = directions o

        let mask =
            if isNull lengths then
                null
            else
                Attention.lengthMask x.Shape[1] lengths |> transpose |> expandDims -1

        let between (layer: int) (y: Tensor) =
            if layer = 0 || o.Dropout = 0.0 then
                y
            else
                StructuredDropout.drop o.Dropout (mode.Fold(int64 layer)) y

        let layer x (index: int) =
            let x = between index x

            let made =
                ways
                |> List.map (fun way ->
                    let path = $"{index}/{way}"
                    let start = if start.Names.Count = 0 then start else start.Part path
                    direction o (way = "backward") (p.Part path) start mask x)

            let states =
                (ways, made)
                ||> List.map2 (fun way (_, last) ->
                    way, Params.Named(List.map2 (fun name value -> name, Params.Leaf value) (carried o.Kind) (List.ofArray last)))

            let join axis tensors =
                (match tensors with
                 | [ one ] -> one
                 | several -> concat axis several)

            let y = join -1 (List.map fst made)
            (string index, Params.Named states, join -1 (made |> List.map (fun (_, last) -> last[0]))), y

        let states, y = (swapAxes 0 1 x, [ 0 .. o.Layers - 1 ]) ||> List.mapFold layer
        let state = Params.Named(states |> List.map (fun (name, state, _) -> name, state))

        if o.Sequences then
            swapAxes 0 1 y, state
        else
            let _, _, last = List.last states
            last, state

    let layer (o: RecurrentOptions) : Layer =
        check o
        let name = name o

        let outputShape (s: Shape) =
            if s.Rank <> 2 then
                Errors.layerInput name "sequences [T, features]" s

            let width = o.Units * (directions o).Length
            Shape.Adopt(if o.Sequences then [| s[0]; width |] else [| width |])

        let init key (s: Shape) =
            outputShape s |> ignore
            init o key s[1], Params.Empty

        let apply mode p state x =
            let y, last = run o mode p (if o.Stateful then state else Params.Empty) null x
            y, (if o.Stateful then last else state)

        Layer(name, outputShape, init, apply, [])

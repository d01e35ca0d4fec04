namespace DeepFun

open System.Collections.Generic
open DeepFun.FSharp

/// <summary>
/// A model over trees: several tensors in, several out (tuples, records, arrays of them). What <c>Layer</c> is for one tensor. Tensors have the batch axis in
/// front.
/// </summary>
/// <param name="name">What it is.</param>
/// <param name="init">Fresh parameters and state for inputs like these: only their shapes and dtypes matter.</param>
/// <param name="apply">mode → parameters → state → inputs → outputs and new state.</param>
[<Sealed; AllowNullLiteral>]
type Network<'Input, 'Output>
    (name: string, init: Key -> 'Input -> Params * Params, apply: Mode -> Params -> Params -> 'Input -> 'Output * Params) =
    /// <summary>What it is.</summary>
    member _.Name = name
    /// <summary>Fresh parameters and state for inputs like these: only their shapes and dtypes matter.</summary>
    member _.Init = init
    /// <summary>mode → parameters → state → inputs → outputs and new state.</summary>
    member _.Apply = apply

/// <summary>
/// The parts of a model that is written as a function (<c>Network.define</c>, <c>Layer.define</c>): each call applies a part by name, with the parameters of
/// that name. A name that is used twice shares its parameters.
/// </summary>
[<Sealed; AllowNullLiteral>]
type Parts internal (mode: Mode, making: Key, parameters: Params, state: Params) =
    // Mutable within one run of one function; what comes out is parameters and state.
    let made = List<KeyValuePair<string, Lazy<Params * Params>>>()
    let states = Dictionary<string, Params>()
    let mutable uses = 0L

    let at (path: string) (f: unit -> 'a) : 'a =
        try
            f ()
        with :? DeepFunException as e ->
            Errors.inLayer path e

    /// A key for each use of random numbers.
    let next () =
        uses <- uses + 1L
        mode.Fold uses

    /// What a name stands for: what there is, or while parameters are made, what is made at its first use.
    let find (name: string) (init: Key -> Params * Params) : Lazy<Params * Params> =
        match made |> Seq.tryFind (fun e -> e.Key = name) with
        | Some known -> known.Value
        | None ->
            let entry =
                if isNull making then
                    lazy (parameters.Part name, state.Part name)
                else
                    let key = Key.fold (int64 made.Count) making
                    lazy (at name (fun () -> init key))

            made.Add(KeyValuePair(name, entry))
            entry

    let stateOf name (entry: Lazy<Params * Params>) =
        match states.TryGetValue name with
        | true, s -> s
        | false, _ -> snd entry.Value

    /// <summary>Whether the model learns; while parameters are made, Evaluation.</summary>
    member _.Mode = mode

    /// <summary>A layer's output for x, under a name.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0304 a part that was not there when the parameters were made.</exception>
    member _.Apply(name: string, layer: Layer, x: Tensor) : Tensor =
        let example () = LayerOptions.example layer.Name x
        let entry = find name (fun key -> layer.Init key (example ()))

        at name (fun () ->
            if isNull making then
                let y, s = layer.Apply (next ()) (fst entry.Value) (stateOf name entry) x
                states[name] <- s
                y
            else
                // The shape is all that the rest of the function needs, and known without running anything.
                let shape = Array.append [| x.Shape[0] |] ((layer.OutputShape(example ())).ToArray())
                let dtype = if DTypes.IsFloating x.DType then x.DType else DType.Float32
                Tensor.Constant(0.0, { Shape = Shape.Adopt shape; DType = dtype }, x))

    /// <summary>A network's outputs for inputs, under a name.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0304 a part that was not there when the parameters were made.</exception>
    member _.Apply(name: string, network: Network<'Input, 'Output>, inputs: 'Input) : 'Output =
        let entry = find name (fun key -> network.Init key inputs)

        at name (fun () ->
            let y, s = network.Apply (next ()) (fst entry.Value) (stateOf name entry) inputs
            states[name] <- s
            y)

    /// <summary>A parameter of the function's own, under a name.</summary>
    member _.Parameter(name: string, shape: Shape, initializer: Initializer) : Tensor =
        let fans = if shape.Rank < 2 then { In = shape.Size; Out = shape.Size } else Fans.OfDense shape
        let entry = find name (fun key -> Params.Leaf(initializer.Draw(key, fans, shape)), Params.Empty)
        (fst entry.Value).Value

    /// <summary>The parameters of a part that has been applied: to use a weight once more (an embedding's as the output's).</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0942 no such part was applied before.</exception>
    member _.Parameters(name: string) : Params =
        match made |> Seq.tryFind (fun e -> e.Key = name) with
        | Some known -> fst known.Value.Value
        | None -> SequenceErrors.part name (made |> Seq.map _.Key)

    /// Parameters and state of all parts, made.
    member internal _.Made: Params * Params =
        let node (f: Params * Params -> Params) = Params.Node(made |> Seq.map (fun e -> KeyValuePair(e.Key, f e.Value.Value)))
        node fst, node snd

    /// The state after a run; parts that were not used keep theirs.
    member internal _.State: Params =
        let after (name: string) (before: Params) =
            match states.TryGetValue name with
            | true, s -> s
            | false, _ -> before

        Params.Node(Seq.map2 (fun name before -> KeyValuePair(name, after name before)) state.Names state.Children)

namespace DeepFun.FSharp

open System
open System.Collections.Generic
open DeepFun

/// <summary>Models over trees of tensors.</summary>
[<RequireQualifiedAccess>]
module Network =

    /// Runs a function on inputs of which only types are known; gives the types of the outputs by path.
    let private abstractly (f: 'Input -> 'Output) (sample: 'Input) : (string * TensorType)[] =
        let leaves = Tree.leaves sample
        let root: Interpreter = if leaves.Length = 0 then Eval.Cpu else leaves[0].Interpreter.Root
        let found = ref [||]

        let run (_: Interpreter) args =
            let y = f (Tree.rebuild sample args)
            found.Value <- Tree.paths y |> Array.map (fun (path, t) -> path, t.Type)
            [||]

        Trace.lift root run (leaves |> Array.map _.Type) |> ignore
        found.Value

    /// Parameters and state that a function's parts need for inputs like the sample, and the shapes of its outputs.
    let internal make (f: Parts -> 'Input -> 'Output) (key: Key) (sample: 'Input) : struct (Parts * (string * TensorType)[]) =
        let parts = Parts(Mode.Evaluation, key, Params.Empty, Params.Empty)
        let outputs = abstractly (f parts) sample
        struct (parts, outputs)

    /// <summary>A model from a function: it applies layers and networks by name, and they get their parameters at the first use.</summary>
    /// <remarks>
    /// Arguments: name; the function, of parts and inputs. Input, output: any trees of tensors with the batch axis in front.
    /// Parameters, state: a node of each name. A name used again shares its parameters (shared weights).
    /// Making parameters runs the function on shapes only. Errors: DF0304 a part that was not there then; those of the parts, with their path.
    /// </remarks>
    /// <example><code>
    /// let model = Network.define "two heads" (fun parts x -&gt;
    ///     let trunk = parts.Apply("trunk", Layers.denseWith Activation.Relu 64, x)
    ///     parts.Apply("price", Layers.dense 1, trunk), parts.Apply("kind", Layers.dense 3, trunk))
    /// </code></example>
    let define (name: string) (f: Parts -> 'Input -> 'Output) : Network<'Input, 'Output> =
        let init key sample =
            let struct (parts, _) = make f key sample
            parts.Made

        let apply mode parameters state inputs =
            let parts = Parts(mode, null, parameters, state)
            let y = f parts inputs
            y, parts.State

        Network(name, init, apply)

    /// <summary>A layer as a network.</summary>
    let ofLayer (layer: Layer) : Network<Tensor, Tensor> =
        Network(layer.Name, (fun key (x: Tensor) -> layer.Init key (LayerOptions.example layer.Name x)), layer.Apply)

    /// <summary>A function without parameters as a network.</summary>
    let lift (name: string) (f: 'Input -> 'Output) : Network<'Input, 'Output> =
        Network(name, (fun _ _ -> Params.Empty, Params.Empty), (fun _ _ state x -> f x, state))

    /// <summary>Paths and shapes of the outputs for inputs like these, batch axis included; neither parameters nor outputs are computed.</summary>
    let outputShapes (sample: 'Input) (network: Network<'Input, 'Output>) : (string * Shape) list =
        let run (key, x) =
            let p, s = network.Init key x
            fst (network.Apply Mode.Evaluation p s x)

        abstractly run (Key.ofSeed 0L, sample) |> Array.map (fun (path, t) -> path, t.Shape) |> List.ofArray

/// <summary>Layers that are written as functions of their parts: the module <c>Layer</c>, continued.</summary>
[<AutoOpen>]
module DefinedLayers =

    /// <summary>Composing layers.</summary>
    [<RequireQualifiedAccess>]
    module Layer =

        /// <summary>A layer from a function that applies other layers by name; a name used again shares its parameters.</summary>
        /// <remarks>
        /// Arguments: name; the function, of parts and the batch. Input: any. Output: what the function gives, [N, …]; its shape is found by running it on
        /// shapes. Parameters, state: a node of each name. Errors: those of the parts, with their path.
        /// </remarks>
        let define (name: string) (f: Parts -> Tensor -> Tensor) : Layer =
            let run key (s: Shape) =
                let sample = Tensor.zeros (Array.append [| 1 |] (s.ToArray()))
                Network.make f key sample

            let outputShape s =
                let struct (_, outputs) = run (Key.ofSeed 0L) s
                let _, t = outputs[0]
                Shape.Adopt(t.Shape.ToArray()[1..])

            let init key s =
                let struct (parts, _) = run key s
                parts.Made

            let network = Network.define name f
            Layer(name, outputShape, init, network.Apply, [])

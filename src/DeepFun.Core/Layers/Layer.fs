namespace DeepFun

open System
open System.Collections.Generic
open DeepFun.FSharp

/// <summary>Whether a model learns. Layers that behave otherwise then (dropout, batch norm) look here.</summary>
[<RequireQualifiedAccess; NoComparison; NoEquality>]
type Mode =
    /// Learning; the key is for this application's random numbers.
    | Training of key: Key
    /// Predicting: deterministic.
    | Evaluation

/// <summary>One line of a model's summary.</summary>
[<NoComparison>]
type LayerRow =
    {
        /// The layer's place: names joined by slashes.
        Path: string
        /// What it is, with its options: <c>Dense(128, relu)</c>.
        Name: string
        /// Shape of one example's output, without the batch axis.
        OutputShape: Shape
        /// Numbers that it learns.
        Parameters: int64
    }

/// <summary>
/// A layer: pure functions over parameters and state, which are arguments. Shapes are those of one example; inputs and outputs have the
/// batch axis in front.
/// </summary>
/// <param name="name">What it is, with its options.</param>
/// <param name="outputShape">Shape of an output, from the input's; refuses inputs that do not fit (DF09…).</param>
/// <param name="init">Fresh parameters and state for inputs of a shape.</param>
/// <param name="apply">mode → parameters → state → input → output and new state.</param>
/// <param name="children">Named parts, for summaries.</param>
/// <param name="sequence">Whether the parts are a sequence without names of their own.</param>
[<Sealed; AllowNullLiteral>]
type Layer
    internal
    (
        name: string,
        outputShape: Shape -> Shape,
        init: Key -> Shape -> Params * Params,
        apply: Mode -> Params -> Params -> Tensor -> Tensor * Params,
        children: (string * Layer) list,
        sequence: bool
    ) =
    /// <summary>A layer from its functions.</summary>
    new(name, outputShape, init, apply, children) = Layer(name, outputShape, init, apply, children, false)

    /// Whether it is parts one after another with no names of their own, which longer chains may take in.
    member internal _.IsSequence = sequence

    /// <summary>What it is, with its options.</summary>
    member _.Name = name
    /// <summary>Shape of one example's output.</summary>
    member _.OutputShape = outputShape
    /// <summary>Fresh parameters and state.</summary>
    member _.Init = init
    /// <summary>mode → parameters → state → input → output and new state.</summary>
    member _.Apply = apply
    /// <summary>Named parts.</summary>
    member _.Children = children

    /// Without parameters and state.
    static member internal Function(name, outputShape, f: Mode -> Tensor -> Tensor) =
        Layer(name, outputShape, (fun _ _ -> Params.Empty, Params.Empty), (fun mode _ state x -> f mode x, state), [])

    /// With parameters, without state.
    static member internal Stateless(name, outputShape, init: Key -> Shape -> Params, f: Params -> Tensor -> Tensor) =
        Layer(name, outputShape, (fun key shape -> init key shape, Params.Empty), (fun _ parameters state x -> f parameters x, state), [])

namespace DeepFun.FSharp

open System
open System.Collections.Generic
open DeepFun

/// <summary>Composing layers.</summary>
[<RequireQualifiedAccess>]
module Layer =

    /// An error inside a part names the part's path.
    let private at (path: string) (f: unit -> 'a) : 'a =
        try
            f ()
        with :? DeepFunException as e ->
            Errors.inLayer path e

    let private node (names: string list) (parts: Params list) = Params.Node(List.map2 (fun n p -> KeyValuePair(n, p)) names parts)

    let private keyFor i mode =
        match mode with
        | Mode.Training key -> Mode.Training(Key.fold (int64 i) key)
        | Mode.Evaluation -> mode

    let private chain (sequence: bool) (parts: (string * Layer) list) : Layer =
        let names, layers = List.unzip parts

        let outputShape (shape: Shape) = (shape, parts) ||> List.fold (fun s (n, l) -> at n (fun () -> l.OutputShape s))

        let init key shape =
            let keys = Key.split (max 1 layers.Length) key

            let made, _ =
                (shape, List.indexed parts) ||> List.mapFold (fun s (i, (n, l)) -> at n (fun () -> l.Init keys[i] s, l.OutputShape s))

            node names (List.map fst made), node names (List.map snd made)

        let apply mode (parameters: Params) (state: Params) x =
            let states, y =
                (x, List.indexed parts)
                ||> List.mapFold (fun x (i, (n, l)) ->
                    at n (fun () ->
                        let y, s = l.Apply (keyFor i mode) parameters.Children[i] state.Children[i] x
                        s, y))

            y, node names states

        let title = String.Join(" → ", layers |> List.map _.Name)
        Layer(title, outputShape, init, apply, parts, sequence)

    /// <summary>Named layers one after another; parameters and state are nodes of those names.</summary>
    let named (parts: (string * Layer) list) : Layer = chain false parts

    /// <summary>Layers one after another, named 0, 1, ….</summary>
    let sequential (layers: Layer list) : Layer = chain true (layers |> List.mapi (fun i l -> string i, l))

    /// <summary>x + f x; f must keep the shape.</summary>
    let residual (f: Layer) : Layer =
        let outputShape (s: Shape) =
            let out = at "residual" (fun () -> f.OutputShape s)
            if out <> s then Errors.layerInput "Residual" $"a part that keeps the shape {s}" out else s

        Layer(
            $"Residual({f.Name})",
            outputShape,
            f.Init,
            (fun mode p s x ->
                let y, s = f.Apply mode p s x
                x + y, s),
            [ "residual", f ]
        )

    /// <summary>Several layers on one input; join puts their outputs together and says the shape of the result.</summary>
    let private branches title (join: Tensor list -> Tensor) (joined: Shape list -> Shape) (layers: Layer list) : Layer =
        let names = layers |> List.mapi (fun i _ -> string i)

        let init key shape =
            let keys = Key.split (max 1 layers.Length) key
            let made = layers |> List.mapi (fun i l -> at names[i] (fun () -> l.Init keys[i] shape))
            node names (List.map fst made), node names (List.map snd made)

        let apply mode (p: Params) (s: Params) x =
            let out = layers |> List.mapi (fun i l -> at names[i] (fun () -> l.Apply (keyFor i mode) p.Children[i] s.Children[i] x))

            join (List.map fst out), node names (List.map snd out)

        let outputShape shape = joined (layers |> List.mapi (fun i l -> at names[i] (fun () -> l.OutputShape shape)))
        Layer(title, outputShape, init, apply, List.zip names layers)

    /// <summary>Several layers on one input, their outputs joined along the last axis.</summary>
    let branch (layers: Layer list) : Layer =
        let joined (shapes: Shape list) =
            let last = shapes |> List.sumBy (fun s -> s[s.Rank - 1])
            let first = shapes[0].ToArray()
            Shape.Adopt(Array.append first[.. first.Length - 2] [| last |])

        branches $"Branch({layers.Length})" (concat -1) joined layers

    /// <summary>Several layers on one input, their outputs added.</summary>
    let sum (layers: Layer list) : Layer = branches $"Sum({layers.Length})" (List.reduce (fun (a: Tensor) b -> a + b)) List.head layers

    /// <summary>The rows of a summary for inputs of a shape (one example): path, name, output shape and number of parameters of each part.</summary>
    let rows (inputShape: Shape) (layer: Layer) : LayerRow list =
        let rec go path (shape: Shape) (p: Params) (l: Layer) : LayerRow list =
            let inSequence = l.Children <> [] && p.Children.Count = l.Children.Length

            if inSequence then
                ((shape, []), List.indexed l.Children)
                ||> List.fold (fun (s, rows) (i, (n, child)) ->
                    let here = if path = "" then n else path + "/" + n
                    child.OutputShape s, rows @ go here s p.Children[i] child)
                |> snd
            else
                [ { Path = path; Name = l.Name; OutputShape = l.OutputShape shape; Parameters = p.Count } ]

        layer.OutputShape inputShape |> ignore
        let parameters, _ = layer.Init (Key.ofSeed 0L) inputShape
        go "" inputShape parameters layer

    /// <summary>The model as a table: layer, output shape, parameters.</summary>
    let summary (inputShape: Shape) (layer: Layer) : string =
        let rows = rows inputShape layer
        let cells = rows |> List.map (fun r -> r.Path, r.Name, string r.OutputShape, r.Parameters.ToString "N0")
        let width f title = cells |> List.fold (fun w c -> max w (String.length (f c))) (String.length title)
        let a = width (fun (p, _, _, _) -> p) "layer"
        let b = width (fun (_, n, _, _) -> n) "kind"
        let c = width (fun (_, _, s, _) -> s) "output"
        let d = width (fun (_, _, _, k) -> k) "parameters"

        let line (p: string, n: string, s: string, k: string) = $"{p.PadRight a}  {n.PadRight b}  {s.PadRight c}  {k.PadLeft d}"

        let total = rows |> List.sumBy _.Parameters
        let rule = String('─', a + b + c + d + 6)

        String.Join(
            "\n",
            [ line ("layer", "kind", "output", "parameters"); rule ]
            @ List.map line cells
            @ [ rule; $"{total:N0} parameters, input {inputShape}" ]
        )

/// <summary>Composition of layers by operator.</summary>
[<AutoOpen>]
module LayerOperators =

    /// <summary>First f, then g; longer chains are one sequence.</summary>
    let (-->) (f: Layer) (g: Layer) : Layer =
        let parts (l: Layer) = if l.IsSequence then List.map snd l.Children else [ l ]

        Layer.sequential (parts f @ parts g)

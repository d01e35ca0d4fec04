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

    /// The mode of one of several parts, each of which has random numbers of its own.
    member internal mode.Fold(part: int64) =
        match mode with
        | Mode.Training key -> Mode.Training(Key.fold part key)
        | Mode.Evaluation -> mode

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
        /// Arithmetic operations (FLOPs) of one example in evaluation mode; nothing where the layer reads values and so cannot be traced.
        Operations: int64 voption
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
open DeepFun
open DeepFun.Backends

/// <summary>Composing layers.</summary>
[<RequireQualifiedAccess>]
module Layer =

    /// An error inside a part names the part's path.
    let private at (path: string) (f: unit -> 'a) : 'a =
        try
            f ()
        with :? DeepFunException as e ->
            Errors.inLayer path e

    let private node (names: string list) (parts: Params list) = Params.Named(List.zip names parts)

    let private chain (sequence: bool) (parts: (string * Layer) list) : Layer =
        let names, layers = List.unzip parts

        let outputShape (shape: Shape) = (shape, parts) ||> List.fold (fun s (n, l) -> at n (fun () -> l.OutputShape s))

        let init key shape =
            let keys = Key.split (max 1 layers.Length) key

            let made, _ =
                (shape, List.indexed parts) ||> List.mapFold (fun s (i, (n, l)) -> at n (fun () -> l.Init keys[i] s, l.OutputShape s))

            node names (List.map fst made), node names (List.map snd made)

        let apply (mode: Mode) (parameters: Params) (state: Params) x =
            let states, y =
                (x, List.indexed parts)
                ||> List.mapFold (fun x (i, (n, l)) ->
                    at n (fun () ->
                        let y, s = l.Apply (mode.Fold(int64 i)) parameters.Children[i] state.Children[i] x
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

        let apply (mode: Mode) (p: Params) (s: Params) x =
            let out =
                layers |> List.mapi (fun i l -> at names[i] (fun () -> l.Apply (mode.Fold(int64 i)) p.Children[i] s.Children[i] x))

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

    /// The operations of a layer on one example, and the dtype of what comes out.
    let private forward (l: Layer) (p: Params) (s: Params) (shape: Shape) (dtype: DType) : struct (int64 * DType) voption =
        let own, state = Tree.leaves p, Tree.leaves s
        let input = { Shape = InferBlock.front 1 shape; DType = dtype }
        let types = Array.concat [ own |> Array.map _.Type; state |> Array.map _.Type; [| input |] ]

        let apply (xs: Tensor[]) =
            let p = Tree.rebuild p xs[.. own.Length - 1]
            let s = Tree.rebuild s xs[own.Length .. own.Length + state.Length - 1]
            [| fst (l.Apply Mode.Evaluation p s xs[xs.Length - 1]) |]

        try
            let struct (g, _) = Trace.graph Eval.Cpu apply types
            ValueSome(struct (Work.ofGraph (Optimize.graph g), g.OutputTypes[0].DType))
        with :? DeepFunException ->
            ValueNone

    /// <summary>
    /// The rows of a summary for inputs of a shape (one example): path, name, output shape, number of parameters and operations of each part.
    /// </summary>
    let rows (inputShape: Shape) (layer: Layer) : LayerRow list =
        let rec go path (shape: Shape) (dtype: DType) (p: Params) (s: Params) (l: Layer) : LayerRow list * DType =
            // A residual layer has a part too, but no name for it in its parameters.
            let isNode (p: Params) = p.Names.Count = l.Children.Length && Seq.forall2 (fun (name, _) n -> name = n) l.Children p.Names
            let inSequence = l.Children.Length > 0 && isNode p && isNode s

            if inSequence then
                let rows, (_, dtype) =
                    ((shape, dtype), List.indexed l.Children)
                    ||> List.mapFold (fun (shape, dtype) (i, (n, child)) ->
                        let here = if path = "" then n else path + "/" + n
                        let rows, dtype = go here shape dtype p.Children[i] s.Children[i] child
                        rows, (child.OutputShape shape, dtype))

                List.concat rows, dtype
            else
                // A layer that looks its inputs up takes whole numbers.
                let found =
                    match forward l p s shape dtype with
                    | ValueNone when dtype <> DType.Int32 -> forward l p s shape DType.Int32
                    | found -> found

                let row operations =
                    [
                        {
                            Path = path
                            Name = l.Name
                            OutputShape = l.OutputShape shape
                            Parameters = p.Count
                            Operations = operations
                        }
                    ]

                match found with
                | ValueSome(struct (operations, dtype)) -> row (ValueSome operations), dtype
                | ValueNone -> row ValueNone, DType.Float32

        layer.OutputShape inputShape |> ignore
        let parameters, state = layer.Init (Key.ofSeed 0L) inputShape
        go "" inputShape DType.Float32 parameters state layer |> fst

    /// <summary>The model as a table: layer, output shape, parameters, and arithmetic operations (FLOPs) of one example in evaluation mode.</summary>
    let summary (inputShape: Shape) (layer: Layer) : string =
        let rows = rows inputShape layer
        let number (n: int64) = n.ToString "N0"

        let operations (n: int64 voption) =
            match n with
            | ValueSome n -> number n
            | ValueNone -> "–"

        let cells =
            [| "layer"; "kind"; "output"; "parameters"; "FLOPs" |]
            :: [ for r in rows -> [| r.Path; r.Name; string r.OutputShape; number r.Parameters; operations r.Operations |] ]

        let widths = Array.init 5 (fun i -> cells |> List.map (fun line -> line[i].Length) |> List.max)

        let line (texts: string[]) =
            texts
            |> Array.mapi (fun i text -> if i < 3 then text.PadRight widths[i] else text.PadLeft widths[i])
            |> String.concat "  "

        let parameters = rows |> List.sumBy _.Parameters
        // A sum with parts missing would be read as the whole.
        let total =
            if rows |> List.exists _.Operations.IsNone then
                ""
            else
                $", {number (rows |> List.sumBy _.Operations.Value)} FLOPs an example"

        let rule = String('─', Array.sum widths + 8)

        String.Join(
            "\n",
            [ line cells.Head; rule ]
            @ List.map line cells.Tail
            @ [ rule; $"{number parameters} parameters{total}, input {inputShape}" ]
        )

/// <summary>Composition of layers by operator.</summary>
[<AutoOpen>]
module LayerOperators =

    /// <summary>First f, then g; longer chains are one sequence.</summary>
    let (-->) (f: Layer) (g: Layer) : Layer =
        let parts (l: Layer) = if l.IsSequence then List.map snd l.Children else [ l ]

        Layer.sequential (parts f @ parts g)

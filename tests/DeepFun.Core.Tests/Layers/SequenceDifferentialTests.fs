/// Layers over sequences against PyTorch's results, which tests/differential/sequences.py wrote.
[<Xunit.Trait("Oracle", "PyTorch")>]
module DeepFun.Core.Tests.Layers.SequenceDifferentialTests

open System
open System.Collections.Generic
open System.IO
open System.Text.Json
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests
open DeepFun.Core.Tests.Layers.Oracle
open Xunit

let private cases =
    JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "differential", "sequences.json"))).RootElement

let private has (case: string) (name: string) = fst (cases.GetProperty(case).TryGetProperty name)

/// A tensor of a case, float64.
let private read (case: string) (name: string) : Tensor =
    let t = cases.GetProperty(case).GetProperty name
    let array (p: string) (f: JsonElement -> 'a) = [| for v in t.GetProperty(p).EnumerateArray() -> f v |]
    Tensor.ofArray (array "shape" _.GetInt32()) (array "values" _.GetDouble())

/// Tensors by path as a tree.
let rec private tree (entries: (string list * Tensor) list) : Params =
    match entries with
    | [ [], t ] -> Params.Leaf t
    | entries ->
        entries
        |> List.groupBy (fun (path, _) -> path.Head)
        |> List.map (fun (name, inside) -> KeyValuePair(name, tree (inside |> List.map (fun (path, t) -> path.Tail, t))))
        |> Params.Node

/// The tensors whose names begin with this, as a tree.
let private parts (prefix: string) (case: string) : Params =
    tree
        [
            for e in cases.GetProperty(case).EnumerateObject() do
                if e.Name.StartsWith prefix then
                    List.ofArray (e.Name.Substring(prefix.Length).Split '/'), read case e.Name
        ]

/// float32 to 1e-5, float64 to 1e-9.
let private precisions = [ DType.Float32, 1e-5; DType.Float64, 1e-9 ]

let private record = Records.byFirstWord "layers over sequences"

/// Output and gradients (parameters, and what is named) of f, as it is and compiled.
let private check (case: string) (names: string list) (f: Params -> Tensor list -> Tensor) =
    for dtype, tolerance in precisions do
        let theirs = closeTo (record case) dtype
        let get name = cast dtype (read case name)
        let p = parts "p:" case |> Tree.map (cast dtype)
        let y, back = vjp (fun (p, xs) -> f p xs) (p, names |> List.map get)
        Assert.Equal(dtype, y.DType)
        theirs tolerance (read case "y") y
        let dp, dxs = back (get "ct")
        List.iter2 (fun name d -> theirs tolerance (read case ("d" + name)) d) names dxs
        let expected = (parts "d:" case).Entries |> Seq.map (fun e -> e.Key, e.Value) |> Map

        for e in dp.Entries do
            theirs tolerance expected[e.Key] e.Value

        close tolerance y ((compile (fun (p, xs) -> f p xs)).Invoke(p, names |> List.map get))

let private one (layer: Layer) (case: string) = check case [ "x" ] (fun p xs -> fst (layer.Apply Mode.Evaluation p Params.Empty xs.Head))

let private recurrent kind units layers bidirectional =
    { RecurrentOptions.Of(kind, units) with Layers = layers; Bidirectional = bidirectional }

/// A state tree from PyTorch's [layers · directions, N, units], or nothing.
let private stateOf (o: RecurrentOptions) (read: string -> Tensor option) : Params =
    let ways = Recurrent.directions o

    match read "hidden" with
    | None -> Params.Empty
    | Some hidden ->
        Params.Named
            [
                for layer in 0 .. o.Layers - 1 do
                    string layer,
                    Params.Named
                        [
                            for i, way in List.indexed ways do
                                let at (t: Tensor) = item 0 (layer * ways.Length + i) t

                                way,
                                Params.Of
                                    [|
                                        struct ("hidden", at hidden)
                                        match read "cell" with
                                        | Some cell -> struct ("cell", at cell)
                                        | None -> ()
                                    |]
                        ]
            ]

let private plain =
    [
        "rnn", recurrent (RecurrentKind.Simple Activation.Tanh) 3 1 false
        "rnn relu", recurrent (RecurrentKind.Simple Activation.Relu) 3 1 false
        "lstm", recurrent RecurrentKind.Lstm 3 1 false
        "lstm state", recurrent RecurrentKind.Lstm 3 1 false
        "lstm deep", recurrent RecurrentKind.Lstm 2 2 true
        "lstm lengths", recurrent RecurrentKind.Lstm 2 1 true
        "gru", recurrent RecurrentKind.Gru 3 1 false
        "gru deep", recurrent RecurrentKind.Gru 2 2 true
    ]

[<Fact>]
let ``recurrent layers`` () =
    for case, o in plain do
        let maybe (names: string -> string) dtype name = if has case (names name) then Some(cast dtype (read case (names name))) else None
        let lengths = if has case "lengths" then cast DType.Int32 (read case "lengths") else null

        let run p (x: Tensor) = Recurrent.run o Mode.Evaluation p (stateOf o (maybe id x.DType)) lengths x
        check case [ "x" ] (fun p xs -> fst (run p xs.Head))

        // The last state is PyTorch's.
        let last (name: string) = "last" + name[..0].ToUpperInvariant() + name[1..]
        let _, state = run (parts "p:" case) (read case "x")
        let expected = stateOf o (maybe last DType.Float64)
        Assert.Equal<string seq>(expected.Entries |> Seq.map _.Key, state.Entries |> Seq.map _.Key)

        Seq.iter2
            (fun (e: KeyValuePair<string, Tensor>) (c: KeyValuePair<string, Tensor>) ->
                closeTo (record case) DType.Float64 1e-9 e.Value c.Value)
            expected.Entries
            state.Entries

[<Fact>]
let ``the layer is the function`` () =
    one (Layers.lstm 3) "lstm"
    one (Layers.gru 3) "gru"
    one (Layers.rnn 3) "rnn"

/// True where a key may be seen, for all heads and queries.
let private seen case = read case "seen" |> fun s -> greater s (zerosLike s) |> expandDims 1 |> expandDims 1

[<Fact>]
let ``attention`` () =
    let o = AttentionOptions.Of 2
    one (Layers.multiHeadAttention 2) "attention"
    one (Layers.multiHeadAttentionOf { o with Causal = true }) "attention causal"

    check "attention seen" [ "x" ] (fun p xs ->
        fst (MultiHeadAttention.apply o Mode.Evaluation p Params.Empty (seen "attention seen") xs[0] xs[0]))

    check "attention memory" [ "x"; "memory" ] (fun p xs ->
        fst (MultiHeadAttention.apply o Mode.Evaluation p Params.Empty (seen "attention memory") xs[0] xs[1]))

[<Fact>]
let ``encoder blocks`` () =
    let o = TransformerOptions.Of(2, 3)
    one (Layers.transformerEncoderBlock 2 3) "encoder"
    one (Layers.transformerEncoderBlockOf { o with NormFirst = false; Activation = Activation.Gelu }) "encoder norm last"

    check "encoder seen" [ "x" ] (fun p xs -> fst (Transformer.applyEncoder o Mode.Evaluation p Params.Empty (seen "encoder seen") xs.Head))

[<Fact>]
let ``scaled dot products`` () =
    let run (scores: AttentionScores) case =
        check case [ "q"; "k"; "v" ] (fun _ xs -> Attention.scaledDotProductOf scores xs[0] xs[1] xs[2])

    let mask = read "sdpa grouped" "mask"
    run AttentionScores.Default "sdpa"
    run { AttentionScores.Default with Causal = true } "sdpa causal"
    run { AttentionScores.Default with Mask = greater mask (zerosLike mask) } "sdpa grouped"

[<Fact>]
let ``decoder blocks`` () =
    let run (o: TransformerOptions) case =
        let network = Network.transformerDecoderBlockOf o
        let seen = read case "seen" |> fun s -> greater s (zerosLike s)

        check case [ "x"; "memory" ] (fun p xs ->
            fst (network.Apply Mode.Evaluation p Params.Empty { DecoderInput.Of(xs[0], xs[1]) with MemoryMask = seen }))

    let o = TransformerOptions.Of(2, 3)
    run o "decoder"
    run { o with NormFirst = false } "decoder norm last"

[<Fact>]
let ``embedding bags`` () =
    for case, reduction in [ "sum", BagReduction.Sum; "mean", BagReduction.Mean; "max", BagReduction.Max ] do
        let case = "embedding bag " + case
        let x = read case "x" |> cast DType.Int64
        let layer = Layers.embeddingBagOf reduction (EmbeddingOptions.Of(5, 3))
        check case [] (fun p _ -> fst (layer.Apply Mode.Evaluation p Params.Empty x))

namespace DeepFun.FSharp

open System
open System.Collections.Generic
open DeepFun

/// The delegate edge of sequences and networks: what the C# façade calls. One line a member; no logic.
[<AbstractClass; Sealed>]
type internal SequenceInterop =
    static member Define(name: string, f: Func<Parts, 'I, 'O>) : Network<'I, 'O> = Network.define name (fun parts x -> f.Invoke(parts, x))
    static member DefineLayer(name: string, f: Func<Parts, Tensor, Tensor>) : Layer = Layer.define name (fun parts x -> f.Invoke(parts, x))
    static member Repeat(n: int, block: Layer) : Layer = Layer.repeat n block

    static member Custom(name: string, init: Func<Key, 'I, struct (Params * Params)>, apply: Func<Params, 'I, 'O>) : Network<'I, 'O> =
        Network(name, (fun key x -> let struct (p, s) = init.Invoke(key, x) in p, s), (fun _ p s x -> apply.Invoke(p, x), s))

    static member Init(network: Network<'I, 'O>, key: Key, sample: 'I) : struct (Params * Params) =
        let p, s = network.Init key sample in struct (p, s)

    static member Apply(network: Network<'I, 'O>, parameters, state, x: 'I) : struct ('O * Params) =
        let y, s = network.Apply Mode.Evaluation parameters state x in struct (y, s)

    static member ApplyTraining(network: Network<'I, 'O>, key, parameters, state, x: 'I) : struct ('O * Params) =
        let y, s = network.Apply (Mode.Training key) parameters state x in struct (y, s)

    static member Continue(layer: Layer, parameters, state, x) : struct (Tensor * Params) =
        let y, s = layer.Apply Mode.Evaluation parameters state x in struct (y, s)

    static member OutputShapes(network: Network<'I, 'O>, sample: 'I) : IReadOnlyList<KeyValuePair<string, Shape>> =
        Network.outputShapes sample network |> List.map KeyValuePair |> Array.ofList :> _

    static member Embedding(count, features, padding: Nullable<int>, initializer: Initializer) : EmbeddingOptions =
        let standard = EmbeddingOptions.Of(count, features)

        { standard with
            Padding = Option.ofNullable padding
            WeightInitializer = if isNull initializer then standard.WeightInitializer else initializer
        }

    static member Scores(causal: bool, mask: Tensor, scale: Nullable<float>) : AttentionScores =
        { Causal = causal; Mask = mask; Scale = Option.ofNullable scale }

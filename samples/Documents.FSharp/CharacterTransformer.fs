/// A transformer of two layers learns a poem character by character, and goes on from its beginning with a key–value cache.
module Documents.CharacterTransformer

open System
open DeepFun
open DeepFun.FSharp

// William Blake, The Tyger (1794), first and second stanza.
let private stanzas =
    [
        "Tyger Tyger, burning bright,\nIn the forests of the night;\nWhat immortal hand or eye,\nCould frame thy fearful symmetry?"
        "In what distant deeps or skies,\nBurnt the fire of thine eyes?\nOn what wings dare he aspire?\nWhat the hand, dare seize the fire?"
    ]

let private build characters cache =
    let attention = { AttentionOptions.Of 4 with Causal = true; Rotary = true; Cache = cache }

    Layers.embedding characters 64
    --> Layers.transformerEncoderOf 2 { TransformerOptions.Of(4, 128) with Attention = attention }
    --> Layers.layerNorm
    --> Layers.dense characters

let run (options: SampleOptions) : SampleResult =
    let text = options.Pick(quick = stanzas.Head, full = String.concat "\n\n" stanzas)
    let window, prompt = text.Length / 2, text[..11]
    let characters = text |> Seq.distinct |> Seq.sort |> Array.ofSeq
    let numbers = text |> Seq.map (fun c -> Array.IndexOf(characters, c)) |> Array.ofSeq

    // Every piece of the text, and the same piece one character later.
    let pieces shift = Tensor.ofJagged (Array.init (text.Length - window) (fun i -> numbers[i + shift .. i + shift + window - 1]))

    let recipe =
        {
            Model = build characters.Length 0
            Loss = Losses.sparseCategoricalCrossEntropyFromLogits
            Optimizer = Optimizers.adam 3e-3
            Metrics = [ Metrics.accuracy ]
            Penalty = None
        }

    let fit = { FitOptions.Default with Epochs = options.Pick(quick = 15, full = 40); BatchSize = 16 }
    let trained, history = Loop.fit fit recipe (Key.ofSeed 0L) (Dataset(pieces 0, pieces 1))

    // The same parameters, in a model that remembers what it has read: the prompt at once, then one character a step.
    let writer = build characters.Length window
    let next = jit (fun (parameters: Params, state: Params, x: Tensor) -> writer.Apply Mode.Evaluation parameters state x)

    let write (state, input) _ =
        let logits, state = next (trained.Params, state, input)
        let best = logits |> item 1 -1 |> argmax -1 |> reshape [ 1; 1 ]
        characters[int best], (state, best)

    let start = Tensor.ofArray [ 1; prompt.Length ] numbers[.. prompt.Length - 1]
    let written, _ = List.mapFold write (trained.ModelState, start) [ prompt.Length .. window - 1 ]
    let right = Seq.map2 (=) written text[prompt.Length ..] |> Seq.filter id |> Seq.length
    let share = float right / float written.Length

    {
        Report =
            HtmlReport("A transformer that writes", $"two layers, {trained.Params.Count:N0} parameters, {text.Length} characters")
                .Heading("Training")
                .Add(Plot.loss history)
                .Add(Plot.metric "accuracy" history)
                .Heading($"Written after “{prompt}”")
                .Preformatted(prompt + String.Concat written)
        Achievements =
            [
                Sample.achieved "perplexity of the next character" (exp (List.last history).Training.Loss) (AtMost(options.Pick(1.5, 1.2)))
                Sample.achieved "characters written as in the poem" share (AtLeast 0.9)
            ]
    }

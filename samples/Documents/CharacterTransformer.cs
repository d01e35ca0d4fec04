using System;
using System.Linq;
using System.Text;
using DeepFun;

namespace Documents;

/// <summary>A transformer of two layers learns a poem character by character, and goes on from its beginning with a key–value cache.</summary>
internal static class CharacterTransformer
{
    // William Blake, The Tyger (1794), first and second stanza.
    private const string Poem = """
        Tyger Tyger, burning bright,
        In the forests of the night;
        What immortal hand or eye,
        Could frame thy fearful symmetry?

        In what distant deeps or skies,
        Burnt the fire of thine eyes?
        On what wings dare he aspire?
        What the hand, dare seize the fire?
        """;

    public static SampleResult Run(SampleOptions options)
    {
        var text = options.Pick(quick: Poem.Split("\n\n")[0], full: Poem);
        var (window, prompt) = (text.Length / 2, text[..12]);
        char[] characters = [.. text.Distinct().Order()];
        int[] numbers = [.. text.Select(c => Array.IndexOf(characters, c))];

        // Every piece of the text, and the same piece one character later.
        var count = text.Length - window;
        Tensor Pieces(int shift) => Tensor.From([.. Enumerable.Range(shift, count).Select(i => numbers[i..(i + window)])]);

        Layer Build(int cache = 0) =>
            Model.Sequential(
                Layers.Embedding(characters.Length, 64),
                Layers.TransformerEncoder(heads: 4, feedForward: 128, layers: 2, causal: true, rotary: true, cache: cache),
                Layers.LayerNorm(),
                Layers.Dense(characters.Length)
            );
        var run = Trainer
            .For(Build(), Losses.SparseCategoricalCrossEntropy(), Optimizers.Adam(3e-3), Metrics.Accuracy)
            .Fit(new Dataset(Pieces(0), Pieces(1)), epochs: options.Pick(quick: 15, full: 40), batchSize: 16);

        // The same parameters, in a model that remembers what it has read: the prompt at once, then one character a step.
        var writer = Build(cache: window);
        var (_, state) = writer.Initialize(Key.FromSeed(0), window);
        var next = Compile.Jit((Params parameters, Params state, Tensor x) => writer.Continue(parameters, state, x));
        var written = new StringBuilder(prompt);
        var input = Tensor.From(numbers[..prompt.Length], 1, prompt.Length);
        while (written.Length < window)
        {
            (var logits, state) = next(run.Model.Parameters, state, input);
            input = logits.Item(-1, axis: 1).ArgMax().Reshape(1, 1);
            written.Append(characters[(int)input.ToDouble()]);
        }

        var right = Enumerable.Range(prompt.Length, window - prompt.Length).Count(i => written[i] == text[i]);
        return new SampleResult(
            new HtmlReport("A transformer that writes", $"two layers, {run.Model.Parameters.Count:N0} parameters, {text.Length} characters")
                .Heading("Training")
                .Add(run.Plot())
                .Add(run.Plot("accuracy"))
                .Heading($"Written after “{prompt}”")
                .Preformatted(written.ToString()),
            Achievement.AtMost("perplexity of the next character", Math.Exp(run.History[^1].Training.Loss), options.Pick(1.5, 1.2)),
            Achievement.AtLeast("characters written as in the poem", right / (double)(window - prompt.Length), 0.9)
        );
    }
}

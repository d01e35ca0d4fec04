using System;
using System.Collections;
using System.Collections.Generic;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>What is trained, and how: a model, what it should minimize, how its parameters move, what is reported.</summary>
public sealed class Trainer
{
    private readonly Recipe recipe;

    private Trainer(Recipe recipe) => this.recipe = recipe;

    /// <summary>A trainer.</summary>
    /// <param name="model">The layers.</param>
    /// <param name="loss">What is minimized.</param>
    /// <param name="optimizer">How parameters follow gradients.</param>
    /// <param name="metrics">What is reported beside the loss.</param>
    /// <example><code>
    /// var (x, y) = (Tensor.Linspace(-1, 1, 64).Reshape(64, 1), Tensor.Linspace(-2, 4, 64).Reshape(64, 1)); // y = 3 x + 1
    /// var run = Trainer.For(Layers.Dense(1), Losses.MeanSquaredError(), Optimizers.Sgd(0.5)).Fit(new Dataset(x, y), epochs: 50);
    /// Console.WriteLine($"{run.Model.Predict(Tensor.Vector(0.5).Reshape(1, 1)).ToDouble():F3}"); // 2.500
    /// </code></example>
    public static Trainer For(Layer model, Loss loss, Optimizer optimizer, params Metric[] metrics) =>
        new(Interop.Recipe(model, loss, optimizer, metrics, null!));

    /// <summary>A trainer of a model of several inputs or outputs (<see cref="Network"/>).</summary>
    /// <param name="network">The model.</param>
    /// <param name="loss">What is minimized: a sum of losses on parts, each made by <see cref="Losses.On"/>.</param>
    /// <param name="optimizer">How parameters follow gradients.</param>
    /// <param name="metrics">What is reported beside the loss, each made by <see cref="Metrics.On"/>.</param>
    /// <example><code>
    /// var network = Network.Define("two heads", (Parts parts, Tensor x) =>
    ///     (Sum: parts.Apply("sum", Layers.Dense(1), x), Sign: parts.Apply("sign", Layers.Dense(2), x)));
    /// var x = Tensor.Normal(Key.FromSeed(0), 256, 3);
    /// var sum = x.Sum([1], keepDims: true);
    /// var examples = Examples.Of(x, (Sum: sum, Sign: sum.Squeeze(1).Greater(Tensor.Scalar(0)).Cast(DType.Int32)));
    /// var loss = Losses.On("sum", Losses.MeanSquaredError(), ((Tensor Sum, Tensor Sign) y) => y.Sum, ((Tensor Sum, Tensor Sign) t) => t.Sum)
    ///     + 0.5 * Losses.On("sign", Losses.SparseCategoricalCrossEntropy(), ((Tensor Sum, Tensor Sign) y) => y.Sign, ((Tensor Sum, Tensor Sign) t) => t.Sign);
    /// var run = Trainer.For(network, loss, Optimizers.Adam(0.05)).Fit(examples, epochs: 20);
    /// Console.WriteLine(run.Evaluate(examples)["sum"] &lt; 0.01); // True
    /// Console.WriteLine(run.Predict(x).Sign.Shape); // [256, 2]
    /// </code></example>
    public static NetworkTrainer<TInput, TOutput, TTarget> For<TInput, TOutput, TTarget>(
        Network<TInput, TOutput> network,
        NetworkLoss<TOutput, TTarget> loss,
        Optimizer optimizer,
        params NetworkMetric<TOutput, TTarget>[] metrics
    ) => new(TrainingInterop.Recipe(network, loss, optimizer, metrics, null!));

    /// <summary>The same trainer with a penalty on the parameters added to the loss, for example <see cref="Penalties.L2"/>.</summary>
    /// <param name="penalty">From the parameters to one number.</param>
    public Trainer WithPenalty(Func<Params, Tensor> penalty) =>
        new(Interop.Recipe(recipe.Model, recipe.Loss, recipe.Optimizer, recipe.Metrics, penalty));

    /// <summary>Trains fresh parameters.</summary>
    /// <param name="data">The examples to learn.</param>
    /// <param name="epochs">Times that every example is seen.</param>
    /// <param name="batchSize">Examples a step; the last batch may be smaller.</param>
    /// <param name="validation">Evaluated after every epoch.</param>
    /// <param name="progress">Shows what happens; default: nothing is shown.</param>
    /// <param name="seed">Of initialization, order and dropout: equal seeds give equal bits.</param>
    /// <param name="shuffle">A new random order every epoch.</param>
    /// <param name="patience">Stops after so many epochs without a lower validation loss; 0: never.</param>
    /// <param name="checkpoint">
    /// A file that keeps the whole state, written after every epoch; if it is there, training goes on from it, bit for bit.
    /// </param>
    /// <param name="compile">Whether steps are compiled (<see cref="Compile"/>): then layers, loss and metrics must be pure, since they run once for each shape of batches. Turn it off to debug them.</param>
    /// <exception cref="DeepFunException">
    /// DF0901 the data do not fit the model, with the layer's path; DF0902 an option is out of range; DF0515 or DF0516 the checkpoint is
    /// none, or one of another model or optimizer.
    /// </exception>
    /// <example><code>
    /// var (train, test) = Datasets.Digits();
    /// var model = Model.Sequential(Layers.Flatten(), Layers.Dense(64, Activation.Relu), Layers.Dense(10));
    /// var run = Trainer.For(model, Losses.SparseCategoricalCrossEntropy(), Optimizers.Adam(1e-2), Metrics.Accuracy)
    ///     .Fit(train, epochs: 3, validation: test);
    /// Console.WriteLine(run.History.Count); // 3
    /// Console.WriteLine(run.Evaluate(test)["accuracy"] > 0.9); // True
    /// </code></example>
    public TrainingRun Fit(
        Dataset data,
        int epochs = 1,
        int batchSize = 32,
        Dataset? validation = null,
        TrainingProgress? progress = null,
        long seed = 0,
        bool shuffle = true,
        int patience = 0,
        string? checkpoint = null,
        bool compile = true
    )
    {
        var start = FSharp.Training.init(recipe, data.InputShape, FSharp.Key.ofSeed(seed));
        if (checkpoint is not null)
            start = Checkpoint.resume(checkpoint, start);
        return FitFrom(start, data, epochs, batchSize, validation, progress, shuffle, patience, checkpoint, compile);
    }

    internal TrainingRun FitFrom(
        TrainingState start,
        Dataset data,
        int epochs,
        int batchSize,
        Dataset? validation,
        TrainingProgress? progress,
        bool shuffle,
        int patience,
        string? checkpoint,
        bool compile
    )
    {
        var options = Interop.Options(epochs, batchSize, shuffle, validation!, compile);
        var log = new TrainingLog(start);
        var events = Interop.Run(options, recipe, start, data, patience, checkpoint!);
        (progress ?? ConsoleProgress.Silent).Follow(log.Read(events));
        return new TrainingRun(this, recipe, options, log.State, data.InputShape, log.Epochs);
    }
}

/// <summary>Turns the loop's events into news, and remembers the last state and the epochs.</summary>
internal sealed class TrainingLog(TrainingState start)
{
    private readonly List<EpochNews> epochs = [];

    public TrainingState State { get; private set; } = start;

    public IReadOnlyList<EpochNews> Epochs => epochs;

    public IEnumerable<TrainingNews> Read(IEnumerable<TrainingEvent> events)
    {
        foreach (var e in events)
        {
            switch (e)
            {
                case TrainingEvent.StepDone { Item: var s }:
                    yield return new StepNews(
                        s.Epoch + 1,
                        s.Epochs,
                        s.Batch,
                        s.Batches,
                        ToResult(s.Values),
                        ToResult(s.Running),
                        s.ExamplesPerSecond
                    );
                    break;
                case TrainingEvent.EpochDone { Item: var r }:
                    State = r.State;
                    var validation = r.Validation is null ? null : ToResult(r.Validation.Value);
                    var news = new EpochNews(r.Epoch, r.Epochs, ToResult(r.Training), validation, r.Seconds);
                    epochs.Add(news);
                    yield return news;
                    break;
                case TrainingEvent.Stopped stopped:
                    State = stopped.state;
                    yield return new StoppedNews(stopped.reason);
                    break;
                case TrainingEvent.Snapshot snapshot:
                    State = snapshot.state;
                    break;
                case TrainingEvent.Checkpointed checkpointed:
                    State = checkpointed.state;
                    break;
            }
        }
    }

    internal static EvaluationResult ToResult(Evaluation e) => new(e.Loss, new MetricValues(e), e.Examples);
}

/// <summary>An evaluation's metrics, computed when somebody looks at them: those of a running epoch seldom are.</summary>
internal sealed class MetricValues(Evaluation evaluation) : IReadOnlyList<KeyValuePair<string, double>>
{
    private List<KeyValuePair<string, double>>? values;

    public KeyValuePair<string, double> this[int index] => Values[index];

    public int Count => Values.Count;

    // Two threads may both find them, the same ones.
    private List<KeyValuePair<string, double>> Values => values ??= Find();

    public IEnumerator<KeyValuePair<string, double>> GetEnumerator() => Values.GetEnumerator();

    private List<KeyValuePair<string, double>> Find()
    {
        var found = new List<KeyValuePair<string, double>>();
        foreach (var (name, value) in evaluation.Metrics)
            found.Add(new(name, value));
        return found;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

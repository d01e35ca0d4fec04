using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepFun;

/// <summary>What training gave: the model, its history, and the state to go on from.</summary>
public sealed class TrainingRun
{
    private readonly Trainer trainer;
    private readonly Recipe recipe;
    private readonly FitOptions options;
    private readonly TrainingState state;

    internal TrainingRun(
        Trainer trainer,
        Recipe recipe,
        FitOptions options,
        TrainingState state,
        Shape inputShape,
        IReadOnlyList<EpochNews> history
    )
    {
        this.trainer = trainer;
        this.recipe = recipe;
        this.options = options;
        this.state = state;
        History = history;
        Model = new FittedModel(recipe.Model, state.Params, state.ModelState, inputShape);
    }

    /// <summary>The model with what it learned.</summary>
    public FittedModel Model { get; }

    /// <summary>The epochs of this run.</summary>
    public IReadOnlyList<EpochNews> History { get; }

    /// <summary>Mean loss and metrics over a dataset.</summary>
    /// <param name="data">The examples.</param>
    /// <param name="batchSize">Examples computed at a time; the result does not depend on it but for rounding.</param>
    public EvaluationResult Evaluate(Dataset data, int batchSize = 256) =>
        TrainingLog.ToResult(FSharp.Training.evaluate(recipe, state, batchSize, data));

    /// <summary>The loss, or a metric, over the epochs of this run as a figure; with validation where it was measured.</summary>
    /// <param name="metric">The metric's name; default: the loss.</param>
    public Figure Plot(string? metric = null)
    {
        var name = metric ?? "loss";
        var validated = History.Where(e => e.Validation is not null).ToArray();
        var training = Curve("training", History, e => e.Training);
        var title = char.ToUpperInvariant(name[0]) + name[1..];
        return validated.Length == 0
            ? Figure.Lines(title, "epoch", name, training)
            : Figure.Lines(title, "epoch", name, training, Curve("validation", validated, e => e.Validation!));

        (string, double[], double[]) Curve(string label, IReadOnlyList<EpochNews> epochs, Func<EpochNews, EvaluationResult> part) =>
            (label, [.. epochs.Select(e => (double)e.Epoch)], [.. epochs.Select(e => metric is null ? part(e).Loss : part(e)[metric])]);
    }

    /// <summary>
    /// Trains on from where this run ended: the same bits as if <see cref="Trainer.Fit"/> had been asked for all epochs at once, when data,
    /// batch size and order are the same. Epochs are counted on; schedules and the optimizer's memory go on.
    /// </summary>
    /// <param name="data">The examples to learn.</param>
    /// <param name="epochs">Further times that every example is seen.</param>
    /// <param name="batchSize">Examples a step; default: as before.</param>
    /// <param name="validation">Evaluated after every epoch.</param>
    /// <param name="progress">Shows what happens.</param>
    /// <param name="shuffle">A new random order every epoch; default: as before.</param>
    /// <param name="patience">Stops after so many epochs without a lower validation loss; 0: never.</param>
    /// <example><code>
    /// var (train, test) = Datasets.Digits();
    /// var trainer = Trainer.For(Model.Sequential(Layers.Flatten(), Layers.Dense(10)), Losses.SparseCategoricalCrossEntropy(), Optimizers.Adam(0.01));
    /// var half = trainer.Fit(train, epochs: 1, batchSize: 128);
    /// var whole = half.Continue(train, epochs: 1);
    /// Console.WriteLine(whole.History[0].Epoch); // 2
    /// Console.WriteLine(whole.Evaluate(test).Loss == trainer.Fit(train, epochs: 2, batchSize: 128).Evaluate(test).Loss); // True
    /// </code></example>
    public TrainingRun Continue(
        Dataset data,
        int epochs = 1,
        int? batchSize = null,
        Dataset? validation = null,
        TrainingProgress? progress = null,
        bool? shuffle = null,
        int patience = 0
    ) =>
        trainer.FitFrom(
            state,
            data,
            state.Epoch + epochs,
            batchSize ?? options.BatchSize,
            validation,
            progress,
            shuffle ?? options.Shuffle,
            patience,
            checkpoint: null,
            options.Compile
        );
}

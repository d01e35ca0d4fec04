using System.Collections.Generic;

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

    /// <summary>
    /// The model with the averaged parameters that the optimizer keeps: <see cref="Optimizers.WithMovingAverage"/>, <see cref="Optimizers.WithMean"/>,
    /// schedule-free ones.
    /// </summary>
    /// <remarks>What the model remembers beside (running statistics) is that of the last parameters.</remarks>
    /// <exception cref="DeepFunException">DF0931 the optimizer keeps no average.</exception>
    /// <example><code>
    /// var (train, test) = Datasets.Digits();
    /// var model = Model.Sequential(Layers.Flatten(), Layers.Dense(10));
    /// var run = Trainer.For(model, Losses.SparseCategoricalCrossEntropy(), Optimizers.Sgd(0.5).WithMovingAverage(0.99), Metrics.Accuracy)
    ///     .Fit(train, epochs: 5);
    /// Console.WriteLine(run.Evaluate(test, averaged: true)["accuracy"] > 0.9); // True
    /// Console.WriteLine(run.AveragedModel.Predict(test.Inputs).Shape); // [359, 10]
    /// </code></example>
    public FittedModel AveragedModel => new(recipe.Model, FSharp.Training.averaged(state).Params, state.ModelState, Model.InputShape);

    /// <summary>Mean loss and metrics over a dataset.</summary>
    /// <param name="data">The examples.</param>
    /// <param name="batchSize">Examples computed at a time; the result does not depend on it but for rounding.</param>
    /// <param name="averaged">Whether with the averaged parameters, those of <see cref="AveragedModel"/>.</param>
    /// <exception cref="DeepFunException">DF0931 averaged, and the optimizer keeps no average.</exception>
    public EvaluationResult Evaluate(Dataset data, int batchSize = 256, bool averaged = false) =>
        TrainingLog.ToResult(FSharp.Training.evaluate(recipe, averaged ? FSharp.Training.averaged(state) : state, batchSize, data));

    /// <summary>The loss, or a metric, over the epochs of this run as a figure; with validation where it was measured.</summary>
    /// <param name="metric">The metric's name; default: the loss.</param>
    /// <param name="title">The figure's title; default: the name as words.</param>
    public Figure Plot(string? metric = null, string? title = null) => TrainingCurves.Draw(History, metric, title);

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

using System.Collections.Generic;

namespace DeepFun;

/// <summary>What training gave: the model, its history, and the state to go on from.</summary>
public sealed class TrainingRun
{
    private readonly Trainer trainer;
    private readonly Recipe recipe;
    private readonly TrainingState state;

    internal TrainingRun(Trainer trainer, Recipe recipe, TrainingState state, Shape inputShape, IReadOnlyList<EpochNews> history)
    {
        this.trainer = trainer;
        this.recipe = recipe;
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

    /// <summary>Trains on from where this run ended; epochs are counted on.</summary>
    /// <param name="data">The examples to learn.</param>
    /// <param name="epochs">Further times that every example is seen.</param>
    /// <param name="batchSize">Examples a step.</param>
    /// <param name="validation">Evaluated after every epoch.</param>
    /// <param name="progress">Shows what happens.</param>
    public TrainingRun Continue(
        Dataset data,
        int epochs = 1,
        int batchSize = 32,
        Dataset? validation = null,
        TrainingProgress? progress = null
    ) => trainer.FitFrom(state, data, state.Epoch + epochs, batchSize, validation, progress, shuffle: true, patience: 0);
}

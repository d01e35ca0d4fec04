using System;
using System.Collections.Generic;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Examples of any trees.</summary>
public static class Examples
{
    /// <summary>Inputs and targets whose tensors all have the examples along axis 0.</summary>
    /// <param name="inputs">A tensor, or a tuple, record or list of tensors, [N, …].</param>
    /// <param name="targets">The same, of another structure.</param>
    /// <exception cref="DeepFunException">DF0910 the first axes differ.</exception>
    public static Examples<TInput, TTarget> Of<TInput, TTarget>(TInput inputs, TTarget targets) => new(inputs, targets);
}

/// <summary>What is trained of a model over trees, and how; made by <see cref="Trainer"/>.</summary>
public sealed class NetworkTrainer<TInput, TOutput, TTarget>
{
    private readonly NetworkRecipe<TInput, TOutput, TTarget> recipe;

    internal NetworkTrainer(NetworkRecipe<TInput, TOutput, TTarget> recipe) => this.recipe = recipe;

    /// <summary>The same trainer with a penalty on the parameters added to the loss, for example <see cref="Penalties.L2"/>.</summary>
    /// <param name="penalty">From the parameters to one number.</param>
    public NetworkTrainer<TInput, TOutput, TTarget> WithPenalty(Func<Params, Tensor> penalty) =>
        new(TrainingInterop.Recipe(recipe.Network, recipe.Loss, recipe.Optimizer, recipe.Metrics, penalty));

    /// <summary>Trains fresh parameters.</summary>
    /// <param name="data">The examples to learn.</param>
    /// <param name="epochs">Times that every example is seen.</param>
    /// <param name="batchSize">Examples a step; the last batch may be smaller.</param>
    /// <param name="validation">Evaluated after every epoch.</param>
    /// <param name="progress">Shows what happens; default: nothing is shown.</param>
    /// <param name="seed">Of initialization, order and dropout: equal seeds give equal bits.</param>
    /// <param name="shuffle">A new random order every epoch.</param>
    /// <param name="patience">Stops after so many epochs without a lower validation loss; 0: never.</param>
    /// <param name="checkpoint">A file that keeps the whole state, written after every epoch; if it is there, training goes on from it, bit for bit.</param>
    /// <param name="compile">Whether steps are compiled, as <see cref="Trainer.Fit"/> says.</param>
    /// <exception cref="DeepFunException">
    /// DF0902 an option is out of range, or losses or metrics have the same name; DF0911 no examples; DF0515 or DF0516 the checkpoint is none, or one of
    /// another model or optimizer.
    /// </exception>
    public NetworkRun<TInput, TOutput, TTarget> Fit(
        Examples<TInput, TTarget> data,
        int epochs = 1,
        int batchSize = 32,
        Examples<TInput, TTarget>? validation = null,
        TrainingProgress? progress = null,
        long seed = 0,
        bool shuffle = true,
        int patience = 0,
        string? checkpoint = null,
        bool compile = true
    )
    {
        var start = NetworkTraining.init(recipe, data.Inputs, FSharp.Key.ofSeed(seed));
        if (checkpoint is not null)
            start = Checkpoint.resume(checkpoint, start);
        return FitFrom(start, data, epochs, batchSize, validation, progress, shuffle, patience, checkpoint, compile);
    }

    internal NetworkRun<TInput, TOutput, TTarget> FitFrom(
        TrainingState start,
        Examples<TInput, TTarget> data,
        int epochs,
        int batchSize,
        Examples<TInput, TTarget>? validation,
        TrainingProgress? progress,
        bool shuffle,
        int patience,
        string? checkpoint,
        bool compile
    )
    {
        var options = Interop.Options(epochs, batchSize, shuffle, null!, compile);
        var log = new TrainingLog(start);
        var events = TrainingInterop.Run(options, recipe, validation!, start, data, patience, checkpoint!);
        (progress ?? ConsoleProgress.Silent).Follow(log.Read(events));
        return new(this, recipe, options, log.State, log.Epochs);
    }
}

/// <summary>What training a model over trees gave: its parameters, its history, and the state to go on from.</summary>
public sealed class NetworkRun<TInput, TOutput, TTarget>
{
    private readonly NetworkTrainer<TInput, TOutput, TTarget> trainer;
    private readonly NetworkRecipe<TInput, TOutput, TTarget> recipe;
    private readonly FitOptions options;
    private readonly TrainingState state;

    internal NetworkRun(
        NetworkTrainer<TInput, TOutput, TTarget> trainer,
        NetworkRecipe<TInput, TOutput, TTarget> recipe,
        FitOptions options,
        TrainingState state,
        IReadOnlyList<EpochNews> history
    )
    {
        this.trainer = trainer;
        this.recipe = recipe;
        this.options = options;
        this.state = state;
        History = history;
    }

    /// <summary>What the model learned.</summary>
    public Params Parameters => state.Params;

    /// <summary>What the model remembers beside, for example running means.</summary>
    public Params State => state.ModelState;

    /// <summary>The epochs of this run.</summary>
    public IReadOnlyList<EpochNews> History { get; }

    /// <summary>The outputs for inputs, in evaluation mode.</summary>
    /// <param name="inputs">The inputs, the examples along axis 0 of every tensor.</param>
    /// <param name="batchSize">Examples computed at a time.</param>
    /// <param name="averaged">Whether with the averaged parameters that the optimizer keeps.</param>
    /// <exception cref="DeepFunException">DF0931 averaged, and the optimizer keeps no average.</exception>
    public TOutput Predict(TInput inputs, int batchSize = 256, bool averaged = false) =>
        NetworkTraining.predict(recipe.Network, Chosen(averaged).Params, state.ModelState, batchSize, inputs);

    /// <summary>Mean loss, its parts and metrics over examples.</summary>
    /// <param name="data">The examples.</param>
    /// <param name="batchSize">Examples computed at a time; the result does not depend on it but for rounding.</param>
    /// <param name="averaged">Whether with the averaged parameters that the optimizer keeps.</param>
    /// <exception cref="DeepFunException">DF0931 averaged, and the optimizer keeps no average.</exception>
    public EvaluationResult Evaluate(Examples<TInput, TTarget> data, int batchSize = 256, bool averaged = false) =>
        TrainingLog.ToResult(NetworkTraining.evaluate(recipe, Chosen(averaged), batchSize, data));

    /// <summary>The loss, one of its parts, or a metric, over the epochs of this run as a figure; with validation where it was measured.</summary>
    /// <param name="metric">The name of the part or of the metric; default: the loss.</param>
    /// <param name="title">The figure's title; default: the name as words.</param>
    public Figure Plot(string? metric = null, string? title = null) => TrainingCurves.Draw(History, metric, title);

    /// <summary>
    /// Trains on from where this run ended: the same bits as if <see cref="NetworkTrainer{TInput, TOutput, TTarget}.Fit"/> had been asked for all
    /// epochs at once, when data, batch size and order are the same. Epochs are counted on; schedules and the optimizer's memory go on.
    /// </summary>
    /// <param name="data">The examples to learn.</param>
    /// <param name="epochs">Further times that every example is seen.</param>
    /// <param name="batchSize">Examples a step; default: as before.</param>
    /// <param name="validation">Evaluated after every epoch.</param>
    /// <param name="progress">Shows what happens; default: nothing is shown.</param>
    /// <param name="shuffle">A new random order every epoch; default: as before.</param>
    /// <param name="patience">Stops after so many epochs without a lower validation loss; 0: never.</param>
    /// <exception cref="DeepFunException">DF0902 an option is out of range; DF0911 no examples.</exception>
    public NetworkRun<TInput, TOutput, TTarget> Continue(
        Examples<TInput, TTarget> data,
        int epochs = 1,
        int? batchSize = null,
        Examples<TInput, TTarget>? validation = null,
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

    /// <summary>
    /// Writes parameters and state as a safetensors file, for <see cref="Network.Load"/>. A file that stood there is replaced only when the new one is
    /// complete.
    /// </summary>
    /// <param name="path">The file, by custom with the extension <c>.safetensors</c>; its folder is created.</param>
    /// <param name="averaged">Whether with the averaged parameters that the optimizer keeps.</param>
    /// <exception cref="DeepFunException">DF0502 or DF0543 the file or its folder cannot be written; DF0931 averaged, and the optimizer keeps no average.</exception>
    public void Save(string path, bool averaged = false) =>
        ModelFile.Write(path, [new(ModelFile.NetworkEntry, recipe.Network.Name)], Chosen(averaged).Params, state.ModelState);

    private TrainingState Chosen(bool averaged) => averaged ? FSharp.Training.averaged(state) : state;
}

using System;
using System.IO;
using System.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests.Training;

/// <summary>Models of several inputs and outputs are trained in one call; averaged parameters are evaluated in one call.</summary>
public class NetworkTrainerTests
{
    private sealed record Place(Tensor Position, Tensor Time);

    private sealed record Answer(Tensor Distance, Tensor Side);

    private static readonly Network<Place, Answer> Model = Network.Define(
        "two heads",
        (Parts parts, Place x) =>
        {
            var trunk = parts.Apply("trunk", Layers.Dense(8, Activation.Tanh), Tensor.Concat([x.Position, x.Time], axis: 1));
            return new Answer(parts.Apply("distance", Layers.Dense(1), trunk), parts.Apply("side", Layers.Dense(2), trunk));
        }
    );

    private static readonly NetworkLoss<Answer, Answer> Loss =
        10 * Losses.On("distance", Losses.MeanSquaredError(), (Answer y) => y.Distance, (Answer t) => t.Distance)
        + Losses.On("side", Losses.SparseCategoricalCrossEntropy(), (Answer y) => y.Side, (Answer t) => t.Side);

    private static readonly Examples<Place, Answer> Data = Make(200, seed: 1);

    private static Examples<Place, Answer> Make(int n, long seed)
    {
        var keys = Key.FromSeed(seed).Split(2);
        var (position, time) = (keys[0].Uniform(-1, 1, n, 2), keys[1].Uniform(0, 1, n, 1));
        var distance = position.Sum([1], keepDims: true) + time;
        var side = distance.Squeeze(1).Greater(Tensor.Scalar(0.5)).Cast(DType.Int32);
        return DeepFun.Examples.Of(new Place(position, time), new Answer(distance, side));
    }

    private static NetworkTrainer<Place, Answer, Answer> Training(Optimizer optimizer) =>
        Trainer.For(Model, Loss, optimizer, Metrics.On(Metrics.Accuracy, (Answer y) => y.Side, (Answer t) => t.Side));

    [Fact]
    public void A_network_of_two_inputs_and_two_outputs_is_trained_in_one_call()
    {
        var run = Training(Optimizers.Adam(0.02)).Fit(Data, epochs: 30, validation: Data);
        var result = run.Evaluate(Data);
        Assert.Equal(["distance", "side", "accuracy"], result.Metrics.Select(m => m.Key));
        Assert.InRange(result["accuracy"], 0.9, 1);
        Assert.Equal(10 * result["distance"] + result["side"], result.Loss, 12);
        Assert.Equal(result.Loss, run.History[^1].Validation!.Loss, 6);

        // The same by hand.
        var y = Model.Forward(run.Parameters, run.State, Data.Inputs);
        Assert.Equal(Losses.MeanSquaredError().Value(y.Distance, Data.Targets.Distance).ToDouble(), result["distance"], 6);
        var accuracy = y.Side.ArgMax().EqualTo(Data.Targets.Side).Cast(DType.Float64).Mean().ToDouble();
        Assert.Equal(accuracy, result["accuracy"], 6);
        var inBatches = run.Predict(Data.Inputs, batchSize: 33);
        Assert.True((inBatches.Distance - y.Distance).Abs().Max().ToDouble() < 1e-5);
        Assert.Equal([200, 2], inBatches.Side.Shape);
    }

    [Fact]
    public void A_run_goes_on_from_its_checkpoint_bit_for_bit_and_shows_its_curves()
    {
        using var folder = new TemporaryFolder();
        var trainer = Training(Optimizers.Sgd(0.01)).WithPenalty(Penalties.L2(0.01));
        var file = folder.File("run.safetensors");
        trainer.Fit(Data, epochs: 2, checkpoint: file);
        var resumed = trainer.Fit(Data, epochs: 4, checkpoint: file);
        var whole = trainer.Fit(Data, epochs: 4);
        Assert.Equal(whole.Evaluate(Data).Loss, resumed.Evaluate(Data).Loss);
        Assert.Equal("Distance", whole.Plot("distance").Title);
        Assert.Equal("Loss", whole.Plot().Title);
        Assert.Equal("Both", whole.Plot(title: "Both").Title);
    }

    [Fact]
    public void A_run_goes_on_from_where_it_ended_bit_for_bit()
    {
        var trainer = Training(Optimizers.Adam(0.01));
        var half = trainer.Fit(Data, epochs: 2, batchSize: 64);
        var before = half.Evaluate(Data).Loss;
        var whole = half.Continue(Data, epochs: 2, validation: Data);
        Assert.Equal([3, 4], whole.History.Select(e => e.Epoch));
        var expected = trainer.Fit(Data, epochs: 4, batchSize: 64);
        foreach (var (path, tensor) in expected.Parameters.Entries)
            Assert.Equal(tensor.ToDoubles(), whole.Parameters[path].ToDoubles());
        Assert.Equal(whole.Evaluate(Data).Loss, whole.History[^1].Validation!.Loss);
        // What the run before holds stays.
        Assert.Equal(before, half.Evaluate(Data).Loss);
    }

    [Fact]
    public void A_run_is_saved_and_its_network_loaded()
    {
        using var folder = new TemporaryFolder();
        var run = Training(Optimizers.Sgd(0.05).WithMean()).Fit(Data, epochs: 2);
        foreach (var averaged in new[] { false, true })
        {
            var file = folder.File($"new/{averaged}.safetensors");
            run.Save(file, averaged);
            var (parameters, state) = Model.Load(file, Data.Inputs);
            var expected = run.Predict(Data.Inputs, averaged: averaged);
            var came = Model.Forward(parameters, state, Data.Inputs);
            Assert.True((expected.Distance - came.Distance).Abs().Max().ToDouble() < 1e-6);
            Assert.True((expected.Side - came.Side).Abs().Max().ToDouble() < 1e-6);
        }
        var other = Network.Define("other", (Parts parts, Place x) => parts.Apply("distance", Layers.Dense(1), x.Position));
        var ours = folder.File("new/False.safetensors");
        Assert.Equal("DF0551", Assert.Throws<DeepFunException>(() => other.Load(ours, Data.Inputs)).Code);
        var model = folder.File("model.safetensors");
        var (x, y) = (Data.Inputs.Position, Data.Targets.Distance);
        var line = Layers.Dense(1);
        Trainer.For(line, Losses.MeanSquaredError(), Optimizers.Sgd(0.1)).Fit(new Dataset(x, y)).Model.Save(model);
        var error = Assert.Throws<DeepFunException>(() => Model.Load(model, Data.Inputs));
        Assert.Equal("DF0550", error.Code);
        Assert.Contains("NetworkRun.Save", error.Message);
        Assert.Equal("DF0550", Assert.Throws<DeepFunException>(() => FittedModel.Load(line, ours)).Code);
        var plain = Training(Optimizers.Sgd(0.05)).Fit(Data);
        Assert.Equal("DF0931", Assert.Throws<DeepFunException>(() => plain.Save(ours, averaged: true)).Code);
    }

    [Fact]
    public void The_same_metric_of_two_parts_has_two_names()
    {
        static NetworkMetric<Answer, Answer> Error(Metric metric) => Metrics.On(metric, (Answer y) => y.Distance, (Answer t) => t.Distance);
        var twice = Trainer.For(Model, Loss, Optimizers.Sgd(0.1), Error(Metrics.MeanAbsoluteError), Error(Metrics.MeanAbsoluteError));
        Assert.Equal("DF0902", Assert.Throws<DeepFunException>(() => twice.Fit(Data)).Code);
        var run = Trainer
            .For(Model, Loss, Optimizers.Sgd(0.01), Error(Metrics.MeanAbsoluteError), Error(Metrics.MeanAbsoluteError.Named("again")))
            .Fit(Data);
        var result = run.Evaluate(Data);
        Assert.Equal(result["meanAbsoluteError"], result["again"]);
        Assert.Equal("DF0902", Assert.Throws<DeepFunException>(() => run.Evaluate(Data, batchSize: 0)).Code);
    }

    [Fact]
    public void Averaged_parameters_are_evaluated_and_predict_in_one_call()
    {
        var run = Training(Optimizers.Sgd(0.05).WithMean()).Fit(Data, epochs: 1, batchSize: 200);
        // The mean after one step is the parameters after it.
        Assert.Equal(run.Evaluate(Data).Loss, run.Evaluate(Data, averaged: true).Loss, 6);
        var longer = Training(Optimizers.Sgd(0.05).WithMean()).Fit(Data, epochs: 5);
        Assert.NotEqual(longer.Evaluate(Data).Loss, longer.Evaluate(Data, averaged: true).Loss);
        var distance = longer.Predict(Data.Inputs, averaged: true).Distance;
        var squares = Losses.MeanSquaredError().Value(distance, Data.Targets.Distance).ToDouble();
        Assert.Equal(squares, longer.Evaluate(Data, averaged: true)["distance"], 6);
        var plain = Training(Optimizers.Sgd(0.05)).Fit(Data);
        Assert.Equal("DF0931", Assert.Throws<DeepFunException>(() => plain.Evaluate(Data, averaged: true)).Code);
    }

    [Fact]
    public void A_run_of_a_layer_evaluates_its_averaged_parameters_too()
    {
        var (x, y) = (Tensor.Linspace(-1, 1, 64).Reshape(64, 1), Tensor.Linspace(-2, 4, 64).Reshape(64, 1));
        var data = new Dataset(x, y);
        var run = Trainer.For(Layers.Dense(1), Losses.MeanSquaredError(), Optimizers.Sgd(0.1).WithMovingAverage(0.9)).Fit(data, epochs: 3);
        var averaged = run.AveragedModel;
        var expected = Losses.MeanSquaredError().Value(averaged.Predict(x), y).ToDouble();
        Assert.Equal(expected, run.Evaluate(data, averaged: true).Loss, 6);
        Assert.NotEqual(run.Evaluate(data).Loss, run.Evaluate(data, averaged: true).Loss);
        var plain = Trainer.For(Layers.Dense(1), Losses.MeanSquaredError(), Optimizers.Sgd(0.1)).Fit(data);
        Assert.Equal("DF0931", Assert.Throws<DeepFunException>(() => plain.AveragedModel).Code);
    }

    [Fact]
    public void A_figures_title_is_the_metrics_name_as_words_or_ones_own()
    {
        var data = new Dataset(Tensor.Ones(4, 1), Tensor.Ones(4, 1));
        var run = Trainer.For(Layers.Dense(1), Losses.BinaryCrossEntropy(), Optimizers.Sgd(0.1), Metrics.BinaryAccuracy).Fit(data);
        Assert.Equal("Binary accuracy", run.Plot("binaryAccuracy").Title);
        Assert.Equal("How many were right", run.Plot("binaryAccuracy", title: "How many were right").Title);
    }
}

using System;
using System.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>The doors to losses with options, to embeddings and sequences, and to metrics with states, with values worked out by hand.</summary>
public class MoreLossTests
{
    private static readonly double Ln2 = Math.Log(2);

    private static Tensor V(params double[] values) => Tensor.Vector(values);

    private static void Is(Loss loss, Tensor predictions, Tensor targets, double expected) =>
        Close.Assert(expected, loss.Value(predictions, targets), 1e-5);

    [Fact]
    public void Losses_of_numbers()
    {
        Is(Losses.SmoothL1(beta: 2), V(1, 4), V(0, 0), (0.25 + 3) / 2);
        Is(Losses.LogCosh(), V(1), V(0), Math.Log(Math.Cosh(1)));
        Is(Losses.Poisson(), V(Ln2), V(3), 2 - (3 * Ln2));
        Is(Losses.Poisson(fromLog: false), V(2), V(3), 2 - (3 * Ln2));
        Is(Losses.GaussianNegativeLogLikelihood(), V(3, Math.Log(4)).Reshape(1, 2), V(1), 0.5 * (Math.Log(4) + 1));
        Is(Losses.Cosine(), V(1, 1).Reshape(1, 2), V(1, 0).Reshape(1, 2), 1 - (1 / Math.Sqrt(2)));
    }

    [Fact]
    public void Cross_entropies_with_options()
    {
        // Softmax: (1/4, 3/4) and (1/2, 1/2).
        var z = V(0, Math.Log(3), 1, 1).Reshape(2, 2);
        var labels = Tensor.From([0, 1]);
        Is(Losses.SparseCategoricalCrossEntropy(classWeights: [1, 3]), z, labels, ((2 * Ln2) + (3 * Ln2)) / 4);
        Is(Losses.SparseCategoricalCrossEntropy(ignoredLabel: 1), z, labels, 2 * Ln2);
        Is(Losses.SparseCategoricalCrossEntropy(labelSmoothing: 0.5), z, labels, ((1.5 * Ln2) + (-0.25 * Math.Log(0.75)) + Ln2) / 2);
        Is(Losses.SparseCategoricalCrossEntropy(fromLogits: false), z.Softmax(), labels, 1.5 * Ln2);
        Is(Losses.NegativeLogLikelihood(), z.LogSoftmax(), labels, 1.5 * Ln2);
        Is(Losses.CategoricalCrossEntropy(classWeights: [1, 3]), z, labels.OneHot(2), ((2 * Ln2) + (3 * Ln2)) / 2);
        Is(Losses.CategoricalCrossEntropy(fromLogits: false), z.Softmax(), labels.OneHot(2), 1.5 * Ln2);
        Is(Losses.BinaryCrossEntropy(classWeights: [1, 3]), V(0, 0), V(1, 0), (3 + 1) * Ln2 / 2);
        Is(Losses.BinaryCrossEntropy(ignoredLabel: -1), V(0, 9), V(1, -1), Ln2);
        Is(Losses.BinaryCrossEntropy(fromLogits: false, labelSmoothing: 0.2), V(0.5), V(1), Ln2);
        Is(Losses.KullbackLeibler(), z, z.Softmax(), 0);
        Is(Losses.KullbackLeibler(fromLogits: false), V(0.5, 0.5).Reshape(1, 2), V(1, 0).Reshape(1, 2), Ln2);
        Close.Fails("DF0902", () => Losses.SparseCategoricalCrossEntropy(labelSmoothing: 2));
        Close.Fails("DF0951", () => Losses.SparseCategoricalCrossEntropy(classWeights: [1]).Value(z, labels));
    }

    [Fact]
    public void Focal_hinge_and_dice()
    {
        Is(Losses.BinaryFocal(), V(0), V(1), 0.25 * 0.25 * Ln2);
        Is(Losses.BinaryFocal(gamma: 1, alpha: null), V(0), V(0), 0.5 * Ln2);
        Is(Losses.Focal(), V(1, 1).Reshape(1, 2), Tensor.From([1]), 0.25 * Ln2);
        Is(Losses.Hinge(margin: 2, squared: true), V(1), V(1), 1);
        Is(Losses.MultiClassHinge(), V(1, 2, 0).Reshape(1, 3), Tensor.From([0]), 2 / 3.0);
        Is(Losses.Dice(smooth: 0, fromLogits: false), V(1, 1, 0).Reshape(1, 3), V(1, 0, 0).Reshape(1, 3), 1 / 3.0);
        Is(Losses.Dice(), V(0, 0).Reshape(1, 2), V(1, 0).Reshape(1, 2), 1 - (2 / 3.0));
    }

    [Fact]
    public void Embeddings_and_sequences()
    {
        var (a, p, n) = (V(0, 0).Reshape(1, 2), V(3, 4).Reshape(1, 2), V(0, 4).Reshape(1, 2));
        Close.Assert(Losses.Triplet(a, p, n, margin: 0.5), [1], [1.5]);
        Close.Fails("DF0953", () => Losses.Triplet(a, p, V(1)));
        Is(
            Losses.BatchHardTriplet(margin: 0.5),
            Tensor.From(
                new float[,]
                {
                    { 0 },
                    { 3 },
                    { 2 },
                }
            ),
            Tensor.From([0, 0, 1]),
            (1.5 + 2.5) / 2
        );
        // The other view is alike, the other example opposite.
        var views = Tensor.From(
            new float[,]
            {
                { 1 },
                { -1 },
            }
        );
        Is(Losses.Contrastive(temperature: 1), views, views, Math.Log(1 + (2 * Math.Exp(-2))));

        var zeros = Tensor.Zeros(1, 2, 2);
        var one = Tensor.From(
            new[,]
            {
                { 1 },
            }
        );
        Close.Assert(Losses.Ctc(zeros, Tensor.From([2]), one, Tensor.From([1])), [1], [-Math.Log(0.75)]);
        Is(Losses.Ctc(), zeros, one, -Math.Log(0.75));
        var two = Tensor.From(
            new[,]
            {
                { 1, 1 },
            }
        );
        Close.Assert(Losses.Ctc(zeros, Tensor.From([2]), two, Tensor.From([2]), zeroImpossible: true), [1], [0]);
        Close.Fails("DF0952", () => Losses.Ctc(zeros, Tensor.From([2]), one, one));
    }

    [Fact]
    public void A_weighted_loss_of_ones_own()
    {
        var loss = Losses.Custom("weighted", (p, t) => t * p, (_, t) => t);
        Is(loss, V(1, 5), V(1, 3), 16 / 4.0);
    }

    [Fact]
    public void The_elastic_penalty_counts_weights()
    {
        var parameters = Params.Of(("weight", V(1, -2)), ("bias", V(9)));
        Close.Assert(0.3 + 1, Penalties.Elastic(0.1, 0.2)(parameters));
        Close.Assert(9, Penalties.Elastic(1, 0, path => path == "bias")(parameters));
    }

    [Fact]
    public void Metrics_of_classes()
    {
        var (read, labels) = (Tensor.From([0, 1, 1, 1]), Tensor.From([0, 0, 1, 1]));
        Close.Assert(Metrics.Confusion(2).Value(read, labels), [2, 2], [1, 1, 0, 2]);
        Close.Assert(Metrics.Precision(2, Averaging.PerClass).Value(read, labels), [2], [1, 2 / 3.0]);
        Close.Assert(0.75, Metrics.Recall(2).Value(read, labels));
        Close.Assert(0.75, Metrics.F1(2, Averaging.Micro).Value(read, labels));
        Close.Assert(0.8, Metrics.F1(2, Averaging.PerClass).Value(read, labels)[1]);
        Close.Assert(((1 / 2.0) + (2 / 3.0)) / 2, Metrics.IntersectionOverUnion(2).Value(read, labels));
        Close.Assert(1, Metrics.Precision(2, Averaging.Micro, ignoredLabel: 0).Value(read, labels));
        Close.Assert(0.5, Metrics.BinaryPrecision.Value(V(1, 1, -1), V(1, 0, 1)));
        Close.Assert(0.5, Metrics.BinaryRecall.Value(V(1, 1, -1), V(1, 0, 1)));
        Close.Assert(0.5, Metrics.BinaryF1.Value(V(1, 1, -1), V(1, 0, 1)));
        Close.Fails("DF0902", () => Metrics.F1(0));
    }

    [Fact]
    public void Metrics_with_states()
    {
        Close.Assert(0.75, Metrics.AreaUnderCurve.Value(V(0.1, 0.4, 0.35, 0.8), V(0, 0, 1, 1)));
        Close.Assert(0.5, Metrics.RSquared.Value(V(1, 2, 4), V(1, 2, 3)));
        var z = V(0, Math.Log(3), 0, Math.Log(3)).Reshape(2, 2);
        Close.Assert(0.25, Metrics.ExpectedCalibrationError(10).Value(z, Tensor.From([0, 1])));
        Close.Assert(Math.Sqrt(4 * 4 / 3.0), Metrics.Perplexity().Value(z, Tensor.From([0, 1])));
        Close.Assert(0.5 * Math.Log(4 * 4 / 3.0), Metrics.Of(Losses.SparseCategoricalCrossEntropy()).Value(z, Tensor.From([0, 1])));
        var sentence = Tensor.From(
            new[,]
            {
                { 1, 2, 3, 4 },
            }
        );
        Close.Assert(1, Metrics.Bleu().Value(sentence, sentence));
        Close.Assert(
            0.75,
            Metrics
                .Bleu(order: 1)
                .Value(
                    Tensor.From(
                        new[,]
                        {
                            { 1, 2, 3, 9 },
                        }
                    ),
                    sentence
                )
        );
        Close.Fails("DF0950", () => Metrics.RSquared.PerExample(V(1), V(1)));
    }

    [Fact]
    public void A_metric_of_ones_own_with_a_state()
    {
        var largest = Metrics.Custom(
            "largest",
            start: () => Params.Of(("error", Tensor.Zeros())),
            measure: (p, t) => Params.Of(("error", (p - t).Abs().Max())),
            result: s => s["error"],
            merge: (a, b) => Params.Of(("error", a["error"].Maximum(b["error"])))
        );
        var summed = Metrics.Custom(
            "sum",
            start: () => Params.Of(("sum", Tensor.Zeros())),
            measure: (p, _) => Params.Of(("sum", p.Sum())),
            result: s => s["sum"]
        );
        var state = largest.Update(largest.Start, V(1, 7), V(0, 0));
        Close.Assert(7, largest.Result(largest.Update(state, V(3), V(0))));
        Close.Assert(8, summed.Result(summed.Merge(summed.Measure(V(1, 4), V(0)), summed.Measure(V(3), V(0)))));
    }

    [Fact]
    public void A_trainer_reports_exact_metrics()
    {
        var x = Tensor.Normal(Key.FromSeed(1), 90, 2);
        var t = x.Sum(1).Greater(Tensor.Scalar(0.2)).Reshape(90, 1);
        var data = new Dataset(x, t);
        var run = Trainer
            .For(
                Layers.Dense(1),
                Losses.BinaryCrossEntropy(),
                Optimizers.Sgd(0.5),
                Metrics.BinaryF1,
                Metrics.AreaUnderCurve,
                Metrics.RSquared
            )
            .Fit(data, epochs: 2, batchSize: 16, validation: data, compile: true);
        var z = run.Model.Predict(x);
        var validation = run.History[^1].Validation!;
        foreach (var metric in new[] { Metrics.BinaryF1, Metrics.AreaUnderCurve })
        {
            Close.Assert(metric.Value(z, t).ToDouble(), validation[metric.Name]);
            Close.Assert(metric.Value(z, t).ToDouble(), run.Evaluate(data, batchSize: 7)[metric.Name]);
        }

        Assert.Equal(["f1", "auc", "r2"], run.History[0].Training.Metrics.Select(m => m.Key));
    }
}

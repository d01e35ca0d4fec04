using System;
using System.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>Losses, metrics and penalties, with values worked out by hand.</summary>
public class LossAndMetricTests
{
    private static readonly double Ln2 = Math.Log(2);

    private static Tensor V(params double[] values) => Tensor.Vector(values);

    // Softmax: (1/4, 3/4) and (1/2, 1/2).
    private static Tensor Logits() =>
        Tensor.From(
            new[,]
            {
                { 0f, (float)Math.Log(3) },
                { 1, 1 },
            }
        );

    private static void Is(Loss loss, Tensor predictions, Tensor targets, params double[] perExample)
    {
        Close.Assert(loss.PerExample(predictions, targets), [perExample.Length], perExample);
        Close.Assert(perExample.Average(), loss.Value(predictions, targets));
    }

    private static void Is(Metric metric, Tensor predictions, Tensor targets, params double[] perExample)
    {
        Close.Assert(metric.PerExample(predictions, targets), [perExample.Length], perExample);
        Close.Assert(perExample.Average(), metric.Value(predictions, targets));
    }

    [Fact]
    public void Losses_of_differences()
    {
        Is(Losses.MeanSquaredError(), V(1, 2), V(1, 5), 0, 9);
        Is(Losses.MeanSquaredError(), V(1, 2).Reshape(1, 2), V(1, 5).Reshape(1, 2), 4.5);
        Is(Losses.MeanAbsoluteError(), V(1, 2), V(1, 5), 0, 3);
        Is(Losses.Huber(), V(0.5, 3), V(0, 0), 0.125, 2.5);
        Is(Losses.Huber(2), V(0.5, 3), V(0, 0), 0.125, 4);
        Close.Fails("DF0902", () => Losses.Huber(0));
    }

    [Fact]
    public void Cross_entropies_of_logits()
    {
        Is(Losses.BinaryCrossEntropy(), V(0, Math.Log(3)), V(1, 0), Ln2, 2 * Ln2);
        Is(Losses.BinaryCrossEntropy(), V(1000, -1000), V(1, 1), 0, 1000);
        Is(
            Losses.CategoricalCrossEntropy(),
            Logits(),
            Tensor.From(
                new float[,]
                {
                    { 0, 1 },
                    { 0.5f, 0.5f },
                }
            ),
            -Math.Log(0.75),
            Ln2
        );
        Is(Losses.SparseCategoricalCrossEntropy(), Logits(), Tensor.From([0, 1]), 2 * Ln2, Ln2);
    }

    [Fact]
    public void A_loss_of_ones_own_is_differentiated()
    {
        var loss = Losses.Custom("quartic", (p, t) => (p - t).Pow(4));
        Is(loss, V(2, 3), V(1, 1), 1, 16);
        var slope = Differentiate.Grad((Tensor p) => loss.Value(p, V(1, 1)))(V(2, 3));
        Close.Assert(slope, [2], [4 / 2.0, 32 / 2.0]);
        Assert.Equal("quartic", loss.Name);
    }

    [Fact]
    public void Wrong_targets_are_refused()
    {
        Close.Fails("DF0922", () => Losses.MeanSquaredError().Value(V(1, 2), V(1)));
        Close.Fails("DF0922", () => Losses.SparseCategoricalCrossEntropy().Value(Logits(), Tensor.From([0, 1, 1])));
        Close.Fails("DF0923", () => Losses.SparseCategoricalCrossEntropy().Value(Logits(), V(0, 1)));
        Close.Fails("DF0103", () => Losses.SparseCategoricalCrossEntropy().Value(Logits(), Tensor.From([0, 2])));
    }

    [Fact]
    public void Metrics_count_for_each_example()
    {
        var scores = Tensor.From(
            new float[,]
            {
                { 5, 1, 0 },
                { 2, 3, 1 },
                { 4, 0, 3 },
            }
        );
        Is(Metrics.Accuracy, scores, Tensor.From([0, 1, 2]), 1, 1, 0);
        Is(Metrics.Accuracy, scores, Tensor.From([0, 0, 2]).OneHot(3), 1, 0, 0);
        Is(Metrics.TopK(2), scores, Tensor.From([2, 0, 2]), 0, 1, 1);
        Is(Metrics.BinaryAccuracy, V(2, -1, 3), V(1, 0, 0), 1, 1, 0);
        Is(Metrics.BinaryAccuracyFromProbabilities, V(0.9, 0.2, 0.6, 0.4), V(1, 0, 0, 1), 1, 1, 0, 0);
        Is(Metrics.MeanSquaredError, V(1, 2), V(1, 5), 0, 9);
        Is(Metrics.MeanAbsoluteError, V(1, 2), V(1, 5), 0, 3);
        Is(Metrics.Custom("bias", (p, t) => p - t), V(1, 2), V(1, 5), 0, -3);
        Close.Fails("DF0902", () => Metrics.TopK(0));
    }

    [Fact]
    public void The_confusion_matrix_has_labels_in_rows_and_readings_in_columns()
    {
        var scores = Tensor.From([0, 0, 1, 1, 1]).OneHot(3);
        Assert.Equal(
            new[,]
            {
                { 2, 1, 0 },
                { 0, 1, 0 },
                { 0, 1, 0 },
            },
            Metrics.ConfusionMatrix(3, scores, Tensor.From([0, 0, 0, 1, 2]))
        );
        Close.Fails("DF0902", () => Metrics.ConfusionMatrix(3, scores, Tensor.From([0, 0, 0, 1, 3])));
        Close.Fails("DF0922", () => Metrics.ConfusionMatrix(2, scores, Tensor.From([0, 0, 0, 1, 1])));
    }

    [Fact]
    public void A_classification_report_counts_recall_precision_and_mistakes()
    {
        // a: 2 of 3 found, always right. b: found, 1 of 3 readings right. c: never read.
        var report = new ClassificationReport(Tensor.From([0, 0, 1, 1, 1]).OneHot(3), Tensor.From([0, 0, 0, 1, 2]), ["a", "b", "c"]);
        Assert.Equal([new("a", 3, 2, 2), new("b", 1, 1, 3), new ClassScore("c", 1, 0, 0)], report.Classes);
        Close.Assert(2 / 3.0, report.Classes[0].Recall);
        Close.Assert(1, report.Classes[0].Precision);
        Close.Assert(0.8, report.Classes[0].F1);
        Close.Assert(1 / 3.0, report.Classes[1].Precision);
        Assert.Equal(double.NaN, report.Classes[2].Precision);
        Close.Assert(0.6, report.Accuracy);
        Assert.Equal([new(2, 0, 1), new Misreading(4, 2, 1)], report.Mistakes);
        Assert.Equal(["c", "1", "0", "0.0%", "–", "0.0%"], report.Rows[2]);
        Assert.Contains("<svg", report.ConfusionFigure().Svg, StringComparison.Ordinal);
        Close.Fails("DF0902", () => new ClassificationReport(Tensor.Zeros(1, 2), Tensor.From([0]), ["one"]).ToString());
        Close.Fails("DF0125", () => new ClassificationReport(Tensor.Zeros(1), Tensor.From([0])).ToString());
    }

    [Fact]
    public void Penalties_count_weights_or_what_they_are_told()
    {
        var parameters = Params.Of(("weight", V(1, -2)), ("bias", V(9)));
        Close.Assert(0.3, Penalties.L1(0.1)(parameters));
        Close.Assert(0.5, Penalties.L2(0.1)(parameters));
        Close.Assert(0.9, Penalties.L1(0.1, path => path == "bias")(parameters));
        Close.Assert(0, Penalties.L2(1, path => false)(parameters));
        var slope = Differentiate.Grad(Penalties.L2(0.1))(parameters);
        Close.Assert(slope["weight"], [2], [0.2, -0.4]);
        Close.Assert(slope["bias"], [1], [0]);
    }
}

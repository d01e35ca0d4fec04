using System;
using System.Collections.Generic;

namespace Documents;

/// <summary>The samples by name, in the order in which the documents introduce them.</summary>
internal static class Samples
{
    public static IReadOnlyDictionary<string, Func<SampleOptions, SampleResult>> All { get; } =
        new Dictionary<string, Func<SampleOptions, SampleResult>>
        {
            // Regression and classification
            ["linear-regression"] = LinearRegression.Run,
            ["logistic-regression"] = LogisticRegression.Run,
            ["softmax-regression"] = SoftmaxRegression.Run,
            ["multilayer-perceptron"] = MultilayerPerceptron.Run,
            ["binary-classifier"] = BinaryClassifier.Run,
            ["parabola"] = Parabola.Run,
            // Networks and training loops
            ["convolutional-network"] = ConvolutionalNetwork.Run,
            ["sequence-classifier"] = SequenceClassifier.Run,
            ["training-loop"] = TrainingLoop.Run,
            ["multi-task"] = MultiTask.Run,
            ["character-transformer"] = CharacterTransformer.Run,
            ["over-fitting"] = OverFitting.Run,
        };
}

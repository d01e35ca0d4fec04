/// The samples by name, in the order in which the documents introduce them.
module Documents.Samples

let all: (string * (SampleOptions -> SampleResult)) list =
    [
        // Regression and classification
        "linear-regression", LinearRegression.run
        "logistic-regression", LogisticRegression.run
        "softmax-regression", SoftmaxRegression.run
        "multilayer-perceptron", MultilayerPerceptron.run
        "binary-classifier", BinaryClassifier.run
        "parabola", Parabola.run
        // Networks and training loops
        "convolutional-network", ConvolutionalNetwork.run
        "sequence-classifier", SequenceClassifier.run
        "training-loop", TrainingLoop.run
        "multi-task", MultiTask.run
        "character-transformer", CharacterTransformer.run
        "over-fitting", OverFitting.run
    ]

/// Error texts of losses and metrics.
module internal DeepFun.LossErrors

open DeepFun.Backends

let private fail code message : 'a = raise (DeepFunException(code, message, null))

let perExample (metric: string) : 'a =
    fail
        "DF0950"
        $"The metric {metric} is no mean of numbers of single examples, so there is none for each example. \
          Use Value for a batch, or Measure, Merge and Result for several."

let classWeights (loss: string) (classes: int) (came: Shape) : 'a =
    fail "DF0951" $"{loss}: ClassWeights must have one number for each class, [{classes}]; a tensor of shape {came} came."

let sequences (logits: Shape) (inputLengths: Shape) (labels: Shape) (labelLengths: Shape) : 'a =
    fail
        "DF0952"
        $"ctc takes logits [N, T, classes], input lengths [N], labels [N, S] and label lengths [N]; {logits}, {inputLengths}, {labels} and \
          {labelLengths} came. Reshape them; the first axis of all is the batch."

let embeddings (loss: string) (rule: string) (came: Shape seq) : 'a =
    let shapes = System.String.Join(", ", came)
    fail "DF0953" $"{loss} takes {rule}; shapes {shapes} came. Reshape them; the first axis is the batch."

/// Every error text of the core: a code, the operation, the rule broken, what came, what to do.
/// Codes: DF01 shapes and values, DF02 dtypes, DF03 trees, DF04 transformations, DF05 files, DF07 random, DF09 training.
module internal DeepFun.Errors

open System

let private fail code message : 'a = raise (DeepFunException(code, message, null))

let private shapes (xs: Shape seq) = String.Join(" and ", xs |> Seq.map string)

let private list (xs: int seq) = "[" + String.Join(", ", xs) + "]"

let broadcast (operation: string) (x: Shape) (y: Shape) : 'a =
    fail
        "DF0110"
        $"{operation}: shapes {x} and {y} do not broadcast. Aligned from the last axis, two sizes must be equal or one of them 1. \
          Reshape or transpose one operand."

let sameShape (operation: string) (xs: Shape seq) : 'a =
    fail "DF0111" $"{operation}: the operands must have equal shapes; {shapes xs} came. Broadcast one of them first."

let sameDType (operation: string) (x: DType) (y: DType) : 'a =
    fail "DF0202" $"{operation}: the operands must have equal dtypes; {DTypes.Name x} and {DTypes.Name y} came. Cast one of them first."

/// Values of a .NET type that no dtype stands for.
let element (what: Type) : 'a =
    fail
        "DF0204"
        $"A tensor cannot hold values of type {what.Name}. Convert them to float, double, Half, BFloat16, sbyte, short, int, long, byte or bool first."

/// Values read as another .NET type.
let elementType (what: Type) (x: DType) : 'a =
    fail "DF0207" $"The elements are {DTypes.Name x}; they were read as {what.Name}. Cast the tensor first, or read them as ToDoubles does."

let dtype (operation: string) (rule: string) (x: DType) : 'a =
    fail "DF0203" $"{operation} takes {rule}; {DTypes.Name x} came. Cast the tensor first."

let axis (operation: string) (axis: int) (rank: int) (shape: Shape) : 'a =
    let valid =
        if rank = 0 then
            "a scalar has no axes"
        else
            $"use {-rank} to {rank - 1}, negative ones count from the end"

    fail "DF0112" $"{operation}: axis {axis} does not exist for shape {shape}; {valid}."

let axesOrder (operation: string) (axes: int seq) : 'a =
    fail "DF0113" $"{operation}: the axes {list axes} must be different from each other. Name each axis once."

let reshape (x: Shape) (target: Shape) : 'a =
    fail
        "DF0114"
        $"reshape: shape {x} has {x.Size} elements, {target} has {target.Size}; they must be equal. At most one size may be -1, which is then computed."

let reshapeComputed (x: Shape) (target: int seq) : 'a =
    fail
        "DF0114"
        $"reshape: shape {x} with {x.Size} elements does not fit {list target}. At most one size may be -1; it is computed, so that the product \
          of the others must divide the number of elements."

let permutation (axes: int seq) (shape: Shape) : 'a =
    fail "DF0115" $"permute: {list axes} is not a permutation of the axes of {shape}. Name each of the {shape.Rank} axes once."

let broadcastTo (x: Shape) (target: Shape) : 'a =
    fail
        "DF0116"
        $"broadcast: shape {x} does not broadcast to {target}. Aligned from the last axis, each size must be equal to the target's or 1. Reshape the tensor first."

let slice (start: int) (count: int) (step: int) (axis: int) (shape: Shape) : 'a =
    fail
        "DF0117"
        $"slice: {count} elements from {start} by step {step} leave axis {axis} of shape {shape}. Keep every index between 0 and its size - 1, and the step different from 0."

let range (start: int) (stop: int) (axis: int) (shape: Shape) : 'a =
    fail
        "DF0117"
        $"slice: {start} to {stop} is not a range of axis {axis} of shape {shape}. Start must not exceed stop, and both must be between 0 \
          and {shape[axis]}; negative ones count from the end."

let item (index: int) (axis: int) (shape: Shape) : 'a =
    let n = shape[axis]
    let valid = if n = 0 then "the axis is empty" else $"use {-n} to {n - 1}, negative ones count from the end"
    fail "DF0117" $"item: index {index} does not exist along axis {axis} of shape {shape}; {valid}."

let concat (axis: int) (xs: Shape seq) : 'a =
    fail "DF0118" $"concat: {shapes xs} must be equal except along axis {axis}. Reshape or slice the odd one."

let matmul (x: Shape) (y: Shape) : 'a =
    fail
        "DF0119"
        $"matmul: {x} times {y}: the last axis of the left operand must be as long as the last but one of the right, \
          and the leading axes must broadcast. Did you mean to transpose one operand?"

let convolution (what: string) (expected: Shape) (came: Shape) : 'a =
    fail "DF0120" $"convolution: the {what} must have shape {expected}; {came} came. Check channels, groups and kernel size."

let convolutionChannels (x: Shape) (w: Shape) (groups: int) : 'a =
    fail
        "DF0121"
        $"convolution: input {x} ([batch, channels, sizes]) and weight {w} ([outputs, channels / groups, kernel]) do not fit with groups = {groups}. \
          The input's channels must be groups times the weight's second axis, and the outputs a multiple of groups."

let convolutionTransposeChannels (x: Shape) (w: Shape) (groups: int) : 'a =
    fail
        "DF0121"
        $"convolutionTranspose: input {x} ([batch, outputs, sizes]) and weight {w} ([outputs, channels / groups, kernel]) do not fit with groups = {groups}. \
          Both must have the same number of outputs, a multiple of groups."

let window (operation: string) (reason: string) (x: Shape) : 'a =
    fail "DF0122" $"{operation}: {reason}; the input has shape {x}. Change window, stride or padding."

let gather (x: Shape) (indices: Shape) (batch: int) : 'a =
    fail
        "DF0123"
        $"gather: input {x} and indices {indices} must agree in the axes before the indexed one ({batch} of them). Check the axis."

let scatter (operation: string) (x: Shape) (indices: Shape) (updates: Shape) : 'a =
    fail
        "DF0124"
        $"{operation}: updates {updates} do not fit input {x} at indices {indices}. They must have the shape that take (gather) gives there."

let rank (operation: string) (rule: string) (x: Shape) : 'a =
    fail "DF0125" $"{operation} takes {rule}; shape {x} came. Reshape the tensor first."

let count (operation: string) (rule: string) (came: int) : 'a =
    fail "DF0126" $"{operation} takes {rule}; {came} came. Change that argument."

let number (operation: string) (rule: string) (came: float) : 'a =
    fail "DF0126" $"{operation} takes {rule}; {came} came. Change that argument."

let einsum (equation: string) (reason: string) : 'a =
    fail
        "DF0130"
        $"einsum \"{equation}\": {reason}. Name every axis of every operand by one letter, as in \"ij,jk->ik\"; axes of one letter are equally long."

let tensordot (x: Shape) (y: Shape) : 'a =
    fail
        "DF0129"
        $"tensordot: the named axes of {x} and {y} must be as many on both sides and pairwise equally long. Name the axes that meet, in order."

let notScalar (shape: Shape) : 'a =
    fail "DF0127" $"A tensor of shape {shape} was read as one number. Reduce it (sum, mean) or index it first."

let values (needed: int) (came: int) (shape: Shape) : 'a =
    fail "DF0128" $"Shape {shape} needs {needed} values; {came} came. Pass one value for each element."

let emptyReduction (operation: string) (shape: Shape) : 'a =
    fail
        "DF0105"
        $"{operation}: the maximum or minimum of no elements is not defined; shape {shape} came. Check that the axis is not empty."

let treeLeaf (operation: string) (what: Type) : 'a =
    fail
        "DF0301"
        $"{operation}: {what.Name} is not a tree of tensors. Use tensors, or tuples, records, lists, arrays, maps or Params of them; other fields are constants."

let treeStructure (operation: string) (expected: string) (came: string) : 'a =
    fail "DF0302" $"{operation}: the trees differ: expected {expected}, came {came}. Both must have the same fields and lengths."

let treeEmpty (operation: string) (came: string) : 'a =
    fail "DF0303" $"{operation}: the argument {came} holds no tensor. Pass the values to transform as arguments, not as captured variables."

let path (path: string) (known: string seq) : 'a =
    let names = String.Join(", ", known)
    fail "DF0304" $"There is no parameter '{path}'; there are {names}."

let leaked () : 'a =
    fail
        "DF0401"
        "A value computed inside a transformed function (grad, jvp, vmap, trace) was used after the function had returned. Return it as a result instead of storing it."

let abstractValue (reason: string) : 'a =
    fail
        "DF0402"
        $"The value of a tensor was read where only its shape and dtype are known ({reason}). Use where (or select) instead of if, cond or switch for a branch, scan, forLoop or whileLoop for a loop, and keep the computation in tensors."

let gradScalar (operation: string) (shape: Shape) : 'a =
    fail "DF0403" $"{operation}: the function must give one number; shape {shape} came. Reduce it (sum, mean), or use vjp or jacobian."

let gradDType (operation: string) (dtype: DType) : 'a =
    fail
        "DF0404"
        $"{operation}: only floating-point tensors have derivatives; {DTypes.Name dtype} came. Cast it to float32 or float64 first."

let tangentType (operation: string) (expected: string) (came: string) : 'a =
    fail
        "DF0405"
        $"{operation}: a tangent or cotangent must have shape and dtype of its value; expected {expected}, came {came}. Reshape or cast it first."

let batchSize (sizes: int seq) : 'a =
    fail
        "DF0406"
        $"vmap: the mapped axis must be equally long in every argument; {list sizes} came. Slice the longer ones, or capture what is not mapped."

let notLinear (operation: string) : 'a =
    fail
        "DF0407"
        $"{operation} was applied to a tangent, but it is not linear. A derivative rule is wrong: this is a defect of the library or of a custom rule."

let graph (reason: string) : 'a = fail "DF0408" $"A graph is not well formed: {reason}. This is a defect of the pass that made it."

let keyReused () : 'a =
    fail "DF0701" "A random key was used twice, which would give equal numbers. Split it first: let a, b = Key.split2 key."

let parameterNames (names: string seq) : 'a =
    let came = String.Join(", ", names)
    fail "DF0305" $"The names of parameters in one node must differ and hold no slash; {came} came."

let inLayer (path: string) (e: DeepFunException) : 'a =
    let text = e.Message.Substring(e.Code.Length + 2)
    // Outer layers put their part of the path in front.
    let text = if text.StartsWith "layer " then $"layer {path}/{text.Substring 6}" else $"layer {path}: {text}"
    raise (DeepFunException(e.Code, text, e))

let layerInput (layer: string) (rule: string) (came: Shape) : 'a =
    fail "DF0901" $"{layer} takes {rule}; one example of shape {came} came. Shapes here have no batch axis."

let option (what: string) (rule: string) (came: string) : 'a = fail "DF0902" $"{what} must be {rule}; {came} came."

let examples (inputs: Shape) (targets: Shape) : 'a =
    fail "DF0910" $"Dataset: inputs {inputs} and targets {targets} must have the same number of examples along axis 0."

let noExamples () : 'a = fail "DF0911" "Training needs at least one example; the dataset is empty. Check how it was read or split."

let statePosition (batch: int) (batches: int) : 'a =
    fail
        "DF0912"
        $"The state to go on from stands at batch {batch} of its epoch, but the data have {batches}. Use the data and the batch size that it was \
          trained with, or begin the epoch again: {{ state with Batch = 0 }}."

let batchStatistics (layer: string) (came: Shape) : 'a =
    fail
        "DF0921"
        $"{layer} needs at least 2 values of each channel to normalize by; a batch of shape {came} came. \
          Use larger batches (the last of an epoch, too), or running statistics, in Mode.Evaluation."

let targets (operation: string) (rule: string) (predictions: Shape) (targets: Shape) : 'a =
    fail
        "DF0922"
        $"{operation} takes {rule}; predictions of shape {predictions} and targets of shape {targets} came. Reshape one of them; \
          the first axis of both is the batch."

let targetDType (operation: string) (what: string) (rule: string) (came: DType) : 'a =
    fail "DF0923" $"{operation}: {what} must be {rule}; {DTypes.Name came} came. Cast them first."

// Files. The first argument is the path, or what the caller called the stream; "where" is the tensor, entry or field.

let fileMissing (file: string) (inner: exn) : 'a =
    raise (DeepFunException("DF0501", $"{file} does not exist. Check the path, and that the folder is there.", inner))

let fileAccess (file: string) (inner: exn) : 'a =
    raise (
        DeepFunException(
            "DF0502",
            $"{file} cannot be read or written: {inner.Message} Check the permissions, the free space and that it is a file.",
            inner
        )
    )

let fileTruncated (file: string) (where: string) (needed: int64) (left: int64) : 'a =
    fail "DF0503" $"{file} ends too early: {where} needs {needed} bytes, {left} are left. It was cut off; copy or make it again."

let fileFormat (file: string) (format: string) (reason: string) : 'a =
    fail "DF0504" $"{file} is not a {format} file that can be read: {reason}. Check that it is the right file and that it is whole."

let fileHeader (file: string) (where: string) (reason: string) : 'a =
    fail
        "DF0505"
        $"{file}: the header is wrong at {where}: {reason}. The file is damaged, or another program wrote it badly; make it again."

let fileDType (file: string) (where: string) (dtype: string) : 'a =
    fail
        "DF0506"
        $"{file}: {where} has dtype {dtype}; DeepFun reads float16, bfloat16, float32, float64, int8 to int64, uint8 and bool. \
          Convert it to one of them where the file is made."

let fileShape (file: string) (where: string) (reason: string) : 'a =
    fail
        "DF0507"
        $"{file}: the shape of {where} cannot be: {reason}. Sizes are 0 or more, on at most 64 axes, and a tensor has at most 2147483647 elements and 2 GB."

let fileOffsets (file: string) (where: string) (reason: string) : 'a =
    fail "DF0508" $"{file}: the bytes of {where} do not fit: {reason}. The file is damaged; copy or make it again."

let fileLayout (file: string) (where: string) (reason: string) : 'a =
    fail
        "DF0509"
        $"{file}: the tensors must lie one behind the other and fill the file, but at {where} {reason}. The file is damaged, or another program wrote it badly."

let fileDuplicate (file: string) (name: string) : 'a =
    fail "DF0510" $"{file}: the name '{name}' comes twice. Give each tensor and each metadata key its own name."

let fileName (file: string) (name: string) (rule: string) : 'a =
    fail "DF0511" $"{file}: '{name}' cannot be a name here: {rule}. Choose another one."

let fileHeaderLength (file: string) (length: uint64) (limit: int64) (reason: string) : 'a =
    fail "DF0512" $"{file}: the header would have {length} bytes, but {reason} ({limit}). It is another kind of file, or damaged."

let fileBool (file: string) (where: string) (value: byte) (index: int) : 'a =
    fail "DF0513" $"{file}: {where} is bool, but byte {index} is {value}, not 0 or 1. The file is damaged; copy or make it again."

let fileChecksum (file: string) (where: string) : 'a =
    fail "DF0514" $"{file}: the checksum of {where} is wrong. The file is damaged; copy or make it again."

let checkpointFormat (file: string) (reason: string) : 'a =
    fail "DF0515" $"{file} holds no training state: {reason}. Load a file that Checkpoint.save has written."

let checkpointTensor (file: string) (name: string) (expected: string) (came: string) : 'a =
    fail
        "DF0516"
        $"{file} is the state of another training: for '{name}' {expected} was expected, the file has {came}. \
          Use the model and the optimizer that the file was written with."

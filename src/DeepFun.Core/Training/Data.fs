namespace DeepFun

open System
open DeepFun.FSharp

/// <summary>Examples: inputs and targets with the examples along axis 0.</summary>
/// <param name="inputs">[N, …]</param>
/// <param name="targets">[N] labels or [N, …] values</param>
/// <exception cref="T:DeepFun.DeepFunException">DF0910 the first axes differ.</exception>
[<Sealed; AllowNullLiteral>]
type Dataset(inputs: Tensor, targets: Tensor) =
    do
        if inputs.Rank = 0 || targets.Rank = 0 || inputs.Shape[0] <> targets.Shape[0] then
            Errors.examples inputs.Shape targets.Shape

    /// <summary>[N, …]</summary>
    member _.Inputs = inputs
    /// <summary>[N] labels or [N, …] values</summary>
    member _.Targets = targets
    /// <summary>Number of examples.</summary>
    member _.Count = inputs.Shape[0]
    /// <summary>Shape of one input.</summary>
    member _.InputShape = Shape.Create(inputs.Shape.AsSpan().Slice 1)

    /// <summary>Examples from start up to but without stop.</summary>
    member _.Slice(start: int, stop: int) = Dataset(Movement.slice 0 start stop inputs, Movement.slice 0 start stop targets)

    /// <summary>The examples at these places (int32 or int64 [n]).</summary>
    member _.Take(places: Tensor) = Dataset(take 0 places inputs, take 0 places targets)

    /// <summary>The first examples, and the rest: parts of a random order. fraction is the first part's share.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0902 the fraction is not between 0 and 1.</exception>
    member this.Split(fraction: float, key: Key) : struct (Dataset * Dataset) =
        if not (fraction >= 0.0 && fraction <= 1.0) then
            Errors.option "Split: fraction" "between 0 and 1" (string fraction)

        let order = Random.permutation this.Count key
        let n = int (Math.Round(fraction * float this.Count))
        struct (this.Take(Movement.slice 0 0 n order), this.Take(Movement.slice 0 n this.Count order))

namespace DeepFun.FSharp

open DeepFun

/// <summary>Datasets as batches.</summary>
[<RequireQualifiedAccess>]
module Dataset =

    /// <summary>Number of batches; the last may be smaller.</summary>
    let batches (size: int) (data: Dataset) : int = (data.Count + size - 1) / size

    /// <summary>Batch number i in the dataset's own order.</summary>
    let batch (size: int) (data: Dataset) (i: int) : Dataset = data.Slice(i * size, min data.Count ((i + 1) * size))

    /// <summary>Batch number i in a given order of the examples (int32 [N]).</summary>
    let shuffledBatch (size: int) (order: Tensor) (data: Dataset) (i: int) : Dataset =
        data.Take(Movement.slice 0 (i * size) (min data.Count ((i + 1) * size)) order)

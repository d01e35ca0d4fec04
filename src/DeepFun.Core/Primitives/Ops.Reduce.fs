namespace DeepFun.FSharp

open DeepFun

/// <summary>
/// Reductions. <c>sum x</c> reduces every axis, <c>sumOver axes x</c> these ones, which disappear; <c>keepDims axes</c> brings them back as size 1.
/// Sums are pairwise, so that the error grows with the logarithm of the length.
/// </summary>
[<AutoOpen>]
module Reduction =

    let internal bindReduce op (x: Tensor) = Tensor.Bind(Prim.Reduce op, [| x |])
    let internal allAxes (x: Tensor) = [| 0 .. x.Rank - 1 |]

    /// Bool counts as int32, small integers too, so that counting does not wrap at once.
    let private countable (x: Tensor) =
        match x.DType with
        | DType.Bool
        | DType.UInt8
        | DType.Int8
        | DType.Int16 -> cast DType.Int32 x
        | _ -> x

    let internal sumAxes (axes: int[]) (x: Tensor) = if axes.Length = 0 then x else bindReduce (Reduce.Sum axes) x

    /// <summary>Axes that a reduction removed, again, with size 1. Axes as given to the reduction; x is its result.</summary>
    let keepDims (axes: int seq) (x: Tensor) =
        let rank = x.Rank + Seq.length axes
        let sizes = System.Collections.Generic.List<int>(x.Shape)

        let sorted = Array.ofSeq axes |> Array.map (fun a -> axisOf "keepDims" rank a x.Shape)
        System.Array.Sort sorted

        for a in sorted do
            sizes.Insert(a, 1)

        reshape sizes x

    /// <summary>The sum of all elements; bool and integers of 8 and 16 bits give int32.</summary>
    let sum (x: Tensor) = let x = countable x in bindReduce (Reduce.Sum(allAxes x)) x

    /// <summary>The sum over these axes; bool and integers of 8 and 16 bits give int32.</summary>
    let sumOver (axes: int seq) (x: Tensor) = let x = countable x in bindReduce (Reduce.Sum(axesOf "sum" axes x.Shape)) x

    let internal floats (x: Tensor) = Tensor.Floats x

    /// The dtype in which tensors meet as operands of a function with fractions; nothing is computed.
    let internal floatingDType (xs: Tensor seq) : DType =
        xs
        |> Seq.map (fun x -> if DTypes.IsFloating x.DType then x.DType else DType.Float32)
        |> Seq.reduce (fun a b -> DTypes.Promote(a, b))

    /// What sums over elements and goes on with the sum is computed in float32 where x has 16 bits, and rounded once: the sum of what
    /// float16 holds may be more than it holds.
    let internal inSingle (f: Tensor -> Tensor) (x: Tensor) : Tensor =
        if DTypes.IsReducedPrecision x.DType then cast x.DType (f (cast DType.Float32 x)) else f x

    let private meanAxes (axes: int[]) (x: Tensor) =
        let count = axes |> Array.fold (fun n a -> n * x.Shape[a]) 1
        floats x |> inSingle (fun x -> (bindReduce (Reduce.Sum axes) x: Tensor) / float count)

    /// <summary>The mean of all elements; integers give float32. No elements: NaN.</summary>
    let mean (x: Tensor) = meanAxes (allAxes x) x

    /// <summary>The mean over these axes; integers give float32.</summary>
    let meanOver (axes: int seq) (x: Tensor) = meanAxes (axesOf "mean" axes x.Shape) x

    /// <summary>The product of all elements.</summary>
    let prod (x: Tensor) = let x = countable x in bindReduce (Reduce.Product(allAxes x)) x

    /// <summary>The product over these axes.</summary>
    let prodOver (axes: int seq) (x: Tensor) = let x = countable x in bindReduce (Reduce.Product(axesOf "prod" axes x.Shape)) x

    /// <summary>The largest element; NaN wins. Ties share the derivative equally.</summary>
    let amax (x: Tensor) = bindReduce (Reduce.Max(allAxes x)) x

    /// <summary>The largest element over these axes; NaN wins. Ties share the derivative equally.</summary>
    let amaxOver (axes: int seq) (x: Tensor) = bindReduce (Reduce.Max(axesOf "amax" axes x.Shape)) x

    /// <summary>The smallest element; NaN wins. Ties share the derivative equally.</summary>
    let amin (x: Tensor) = bindReduce (Reduce.Min(allAxes x)) x

    /// <summary>The smallest element over these axes; NaN wins. Ties share the derivative equally.</summary>
    let aminOver (axes: int seq) (x: Tensor) = bindReduce (Reduce.Min(axesOf "amin" axes x.Shape)) x

    /// <summary>Whether any element is true (bool).</summary>
    let any (x: Tensor) = bindReduce (Reduce.Any(allAxes x)) x

    /// <summary>Whether any element is true (bool), over these axes.</summary>
    let anyOver (axes: int seq) (x: Tensor) = bindReduce (Reduce.Any(axesOf "any" axes x.Shape)) x

    /// <summary>Whether all elements are true (bool).</summary>
    let all (x: Tensor) = bindReduce (Reduce.All(allAxes x)) x

    /// <summary>Whether all elements are true (bool), over these axes.</summary>
    let allOver (axes: int seq) (x: Tensor) = bindReduce (Reduce.All(axesOf "all" axes x.Shape)) x

    /// <summary>The index (int32) of the first largest element along an axis, which disappears; NaN wins.</summary>
    let argmax (axis: int) (x: Tensor) = bindReduce (Reduce.ArgMax(axisOf "argmax" x.Rank axis x.Shape)) x

    /// <summary>The index (int32) of the first smallest element along an axis, which disappears; NaN wins.</summary>
    let argmin (axis: int) (x: Tensor) = bindReduce (Reduce.ArgMin(axisOf "argmin" x.Rank axis x.Shape)) x

    let internal bindAlong op (x: Tensor) = Tensor.Bind(Prim.Along op, [| x |])

    /// <summary>Running sums along an axis.</summary>
    let cumsum (axis: int) (x: Tensor) = bindAlong (Along.CumulativeSum(axisOf "cumsum" x.Rank axis x.Shape, false)) x

    /// <summary>Running products along an axis.</summary>
    let cumprod (axis: int) (x: Tensor) = bindAlong (Along.CumulativeProduct(axisOf "cumprod" x.Rank axis x.Shape, false)) x

    /// <summary>Running maxima along an axis.</summary>
    let cummax (axis: int) (x: Tensor) = bindAlong (Along.CumulativeMax(axisOf "cummax" x.Rank axis x.Shape, false)) x

    /// <summary>Running minima along an axis.</summary>
    let cummin (axis: int) (x: Tensor) = bindAlong (Along.CumulativeMin(axisOf "cummin" x.Rank axis x.Shape, false)) x

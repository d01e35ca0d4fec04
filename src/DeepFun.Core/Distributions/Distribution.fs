namespace DeepFun

open System
open System.Collections.Generic
open DeepFun.FSharp

/// <summary>
/// A probability distribution, or a batch of them: its parameters are tensors that broadcast. A distribution is a tree of its parameters, so that
/// <c>grad</c> differentiates by them and <c>vmap</c> maps over them.
/// </summary>
/// <remarks>
/// Shape: a value has the shape [sizes…, batch…, event…]; <c>LogProb</c> takes values that broadcast to it and sums the event away.
/// Dtype: that in which the parameters meet, at least float32. Parameters outside their range give NaN.
/// </remarks>
[<AbstractClass; AllowNullLiteral>]
type Distribution internal (name: string, parameters: (string * Tensor)[], rebuild: Tensor[] -> Distribution) =
    /// The dtype of values with fractions.
    member internal _.DType = floatingDType (parameters |> Array.map snd)

    /// A parameter in the batch's shape and dtype.
    member internal this.Full(parameter: Tensor) : Tensor = Tensor.BroadcastTo(this.BatchShape, cast this.DType parameter)

    /// The same family with other parameters, in order.
    member internal _.With(parameters: Tensor[]) : Distribution = rebuild parameters

    /// The parameters in order.
    member internal _.Leaves = parameters

    /// The shape of a draw, without the event's.
    member internal this.Sizes(sizes: int[]) : int[] = Array.append sizes (this.BatchShape.ToArray())

    /// <summary>The family: Normal, Gamma, …</summary>
    member _.Name = name

    /// <summary>The parameters with their names.</summary>
    member _.Parameters: IReadOnlyList<KeyValuePair<string, Tensor>> = parameters |> Array.map KeyValuePair :> _

    /// <summary>The shape of the batch: that to which the parameters broadcast.</summary>
    abstract BatchShape: Shape

    default _.BatchShape = parameters |> Array.map (fun (_, p) -> p.Shape) |> Array.reduce (fun a b -> Tensor.Common(name, a, b))

    /// <summary>The shape of one value: [] for numbers, [n] for vectors.</summary>
    abstract EventShape: Shape
    default _.EventShape = Shape.Scalar

    /// <summary>The logarithm of the density, or of the probability, at a value; −∞ outside the support.</summary>
    abstract LogProb: value: Tensor -> Tensor

    /// <summary>Independent values, [sizes…, batch…, event…]; one for each distribution of the batch if there are no sizes.</summary>
    abstract Sample: key: Key * [<ParamArray>] sizes: int[] -> Tensor

    /// <summary>The mean, [batch…, event…].</summary>
    abstract Mean: Tensor

    /// <summary>The variance of each number of a value, [batch…, event…].</summary>
    abstract Variance: Tensor

    /// <summary>The entropy in nats, [batch…]; differential where there is a density.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0706 the family has no closed form of it.</exception>
    abstract Entropy: unit -> Tensor

    /// <summary>The probability of values up to this one.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0706 the family has no closed form of it.</exception>
    abstract Cdf: value: Tensor -> Tensor

    default _.Cdf _ = RandomErrors.noClosedForm name "the distribution function" "Count samples instead."

    /// <summary>The quantile: the value with this distribution function.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0706 the family has no closed form of it.</exception>
    abstract Icdf: probability: Tensor -> Tensor

    default _.Icdf _ = RandomErrors.noClosedForm name "the quantile" "Use the quantile of samples instead."

    /// <summary>The density, or the probability, of a value.</summary>
    member this.Prob(value: Tensor) : Tensor = exp (this.LogProb value)

    /// <summary>The standard deviation, [batch…, event…].</summary>
    member this.Std: Tensor = sqrt this.Variance

    /// <summary>The family and the shapes: <c>Normal(batch [3], event [])</c></summary>
    override this.ToString() = $"{name}(batch {this.BatchShape}, event {this.EventShape})"

    interface ITree with
        member _.Flatten(path, leaf) =
            for part, p in parameters do
                leaf (if path = "" then part else path + "/" + part) p

        member _.Rebuild next = rebuild (parameters |> Array.map (fun _ -> next ()))
        member _.Describe() = name + "(" + String.Join(", ", parameters |> Array.map fst) + ")"

/// What densities are made of.
module internal Density =

    let halfLogTwoPi = 0.5 * log (2.0 * Math.PI)

    /// f x in the support, elsewhere −∞; there f sees a number of the support. NaN is not outside.
    let within (outside: Tensor) (safe: float) (x: Tensor) (f: Tensor -> Tensor) : Tensor = guarded outside safe -infinity f x

    /// p x, but 0 where p is 0, whatever x is.
    let weigh (p: Tensor) (x: Tensor) : Tensor = guarded (equal p (zerosLike p)) 0.0 0.0 (fun x -> p * x) x

    /// f in double precision, because logarithms of Γ cancel; the result in the operands' dtype.
    let wide1 (x: Tensor) (f: Tensor -> Tensor) : Tensor = cast (floatingDType [ x ]) (f (cast DType.Float64 x))

    let wide2 (x: Tensor) (y: Tensor) (f: Tensor -> Tensor -> Tensor) : Tensor =
        cast (floatingDType [ x; y ]) (f (cast DType.Float64 x) (cast DType.Float64 y))

    let wide3 (x: Tensor) (y: Tensor) (z: Tensor) (f: Tensor -> Tensor -> Tensor -> Tensor) : Tensor =
        cast (floatingDType [ x; y; z ]) (f (cast DType.Float64 x) (cast DType.Float64 y) (cast DType.Float64 z))

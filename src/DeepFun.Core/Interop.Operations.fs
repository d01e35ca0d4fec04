namespace DeepFun.FSharp

open System
open DeepFun

/// The delegate edge of the operations, as Interop is of the transformations. One line a member; no logic.
[<AbstractClass; Sealed>]
type internal InteropOperations =
    static member ComplexMap(f: Func<Tensor, Tensor>, z: Complex) : Complex = Complex.map f.Invoke z
    static member ComplexStack(axis: int, zs: Complex seq) : Complex = Complex.mapMany (stack axis) zs
    static member ComplexConcat(axis: int, zs: Complex seq) : Complex = Complex.mapMany (concat axis) zs

    static member Cov(correction: int, frequencies: Tensor, weights: Tensor, x: Tensor) : Tensor =
        covWeighted correction (Option.ofObj frequencies) (Option.ofObj weights) x

    static member Histogram(edges: Tensor, weights: Tensor, density: bool, x: Tensor) : Tensor =
        histogramWith edges (Option.ofObj weights) density x

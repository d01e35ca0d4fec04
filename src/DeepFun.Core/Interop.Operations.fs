namespace DeepFun.FSharp

open System
open DeepFun

/// The delegate edge of the operations, as Interop is of the transformations. One line a member; no logic.
[<AbstractClass; Sealed>]
type internal InteropOperations =
    static member ComplexMap(f: Func<Tensor, Tensor>, z: Complex) : Complex = Complex.map f.Invoke z

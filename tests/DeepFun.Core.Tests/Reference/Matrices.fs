/// Matrices in float64 for the tests of linear algebra.
module internal DeepFun.Core.Tests.Matrices

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers

/// Uniform in [-1, 1), seeded by a text.
let random (sizes: int list) (text: string) : Tensor = uniform (seeded text) sizes

let ( *@ ) (x: Tensor) (y: Tensor) : Tensor = matmul x y
let eye n : Tensor = Packed.identityLike (Tensor.fullOf DType.Float64 [ n; n ] 0.0)

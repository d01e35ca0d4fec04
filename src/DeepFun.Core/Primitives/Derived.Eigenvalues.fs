namespace DeepFun.FSharp

open DeepFun

/// <summary>Eigenvalues and eigenvectors of real matrices without symmetry, which are complex.</summary>
[<AutoOpen>]
module Eigenvalues =

    let private decompose operation (x: Tensor) =
        let x = Packed.square operation x
        Packed.columns x, Packed.bind Linalg.Eigen [| x |]

    let private values (y: Tensor) : Complex = { Re = item -2 0 y; Im = item -2 1 y }

    /// <summary>The eigenvalues of a real matrix, by real and then by imaginary part.</summary>
    /// <remarks>
    /// Shape: [B…, n, n] → [B…, n]. Differentiable where the values are different. Equal values: as in eigh if the matrix has n independent
    /// eigenvectors; if not, single ones move like a square root, and derivatives are huge, infinite or NaN. Computed in float64.
    /// Source: numpy.linalg.eigvals, torch.linalg.eigvals; derivative: Giles 2008 (3.1). Deviation: the order, which there is none.
    /// </remarks>
    let eigvals (x: Tensor) : Complex = values (snd (decompose "eigvals" x))

    /// <summary>The eigenvalues, as eigvals gives them, and eigenvectors of length 1, one a column, whose largest component is real and positive.</summary>
    /// <remarks>
    /// Shape: [B…, n, n] → [B…, n] and [B…, n, n]. Derivatives as in eigvals; vectors of equal values have none, and what such a pair would
    /// contribute is taken as 0. Source: numpy.linalg.eig, torch.linalg.eig. Deviation: the order and the phase of the vectors.
    /// </remarks>
    let eig (x: Tensor) : Complex * Complex =
        let n, y = decompose "eig" x
        let re, im = slice -2 2 (2 + n) y, slice -2 (2 + n) (2 + 2 * n) y
        // The largest component is 1, so that no square overflows.
        let length: Tensor = sqrt (keepDims [ -2 ] (sumOver [ -2 ] (square re + square im)))
        values y, { Re = re / length; Im = im / length }

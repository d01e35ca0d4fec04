namespace DeepFun

open DeepFun.Backends

/// The closed set of primitives. Every transformation gives each case a meaning in an exhaustive match,
/// so that a new case makes the compiler list every file that owes a line.
/// Whatever can be composed from these is a derived function (Derived.fs).
/// <summary>Shape and dtype of a value: all that is known before running.</summary>
[<Struct; CustomEquality; NoComparison>]
type internal TensorType =
    {
        /// Sizes of the axes.
        Shape: Shape
        /// Element type.
        DType: DType
    }

    /// <summary>Typed, because a struct compared through Object is boxed.</summary>
    member inline t.Same(u: TensorType) = t.DType = u.DType && Shape.Same(t.Shape, u.Shape)

    /// <inheritdoc/>
    override t.Equals o =
        match o with
        | :? TensorType as u -> t.Same u
        | _ -> false

    /// <inheritdoc/>
    override t.GetHashCode() = 31 * t.Shape.GetHashCode() + int t.DType

    /// <summary><c>float32[2, 3]</c></summary>
    override t.ToString() = DTypes.Name t.DType + string t.Shape

/// <summary>Elementwise, one operand. IsNaN, IsInfinite and Not give bool.</summary>
[<RequireQualifiedAccess; Struct>]
type internal Unary =
    | Neg
    | Abs
    | Sign
    | Exp
    | Expm1
    | Log
    | Log1p
    | Log2
    | Log10
    | Sqrt
    | Rsqrt
    | Cbrt
    | Reciprocal
    | Square
    | Sin
    | Cos
    | Tan
    | Asin
    | Acos
    | Atan
    | Sinh
    | Cosh
    | Tanh
    | Asinh
    | Acosh
    | Atanh
    | Sigmoid
    | Softplus
    | Erf
    | Erfc
    | ErfInv
    | ErfcInv
    | LogGamma
    | Digamma
    | Relu
    | Floor
    | Ceiling
    | Round
    | Truncate
    | IsNaN
    | IsInfinite
    | Not

/// <summary>Elementwise, two operands of equal shape and dtype. And, Or and Xor are bitwise on integers.</summary>
[<RequireQualifiedAccess; Struct>]
type internal Binary =
    | Add
    | Sub
    | Mul
    | Div
    | Pow
    | Max
    | Min
    | Remainder
    | Atan2
    /// (n, x) → the n-th derivative of digamma at x; closed under differentiation, which trigamma alone is not.
    | Polygamma
    | And
    | Or
    | Xor

/// <summary>Elementwise, two operands of equal shape and dtype; gives bool.</summary>
[<RequireQualifiedAccess; Struct>]
type internal Compare =
    | Equal
    | NotEqual
    | Less
    | LessOrEqual
    | Greater
    | GreaterOrEqual

/// <summary>Reductions; the axes (ascending) disappear. ArgMax and ArgMin give int32.</summary>
[<RequireQualifiedAccess>]
type internal Reduce =
    | Sum of axes: int[]
    | Product of axes: int[]
    | Max of axes: int[]
    | Min of axes: int[]
    | Any of axes: int[]
    | All of axes: int[]
    | ArgMax of axis: int
    | ArgMin of axis: int

/// <summary>Along one axis, shape unchanged; <c>reverse</c> from the end, for ArgSort descending.</summary>
[<RequireQualifiedAccess>]
type internal Along =
    | CumulativeSum of axis: int * reverse: bool
    | CumulativeProduct of axis: int * reverse: bool
    | CumulativeMax of axis: int * reverse: bool
    | CumulativeMin of axis: int * reverse: bool
    | ArgSort of axis: int * descending: bool
    /// The discrete Fourier transform along an axis but the last, which holds (real, imaginary): Σ exp(∓2πi jk/n) z[j], not divided by n.
    | Fourier of axis: int * inverse: bool

/// <summary>What surrounds a padded tensor.</summary>
type internal Padding =
    {
        /// Elements before each axis; negative crops.
        Low: int[]
        /// Elements after each axis; negative crops.
        High: int[]
        /// Elements between neighbours.
        Interior: int[]
        /// The element put in.
        Value: float
    }

/// <summary>Movements: no arithmetic.</summary>
[<RequireQualifiedAccess>]
type internal Move =
    | Reshape of Shape
    /// Axis i of the result is axis axes[i] of the operand.
    | Permute of axes: int[]
    /// Axis i of the operand is axis axes[i] of the result (ascending); size 1 and new axes repeat.
    | Broadcast of shape: Shape * axes: int[]
    /// Axis i has shape[i] elements from starts[i] by steps[i].
    | Slice of starts: int[] * shape: Shape * steps: int[]
    | Pad of Padding
    | Concat of axis: int

/// <summary>Indexing with an int tensor: x [B…, n, post…] and indices [B…, I…], where B are the first <c>batch</c> axes.</summary>
[<RequireQualifiedAccess>]
type internal Indexed =
    /// (x, indices) → [B…, I…, post…]
    | Gather of batch: int
    /// (x, indices, updates) → x with updates[b, i, p] added at x[b, indices[b, i], p]
    | ScatterAdd of batch: int
    /// (x, indices, updates) → the largest of x[b, indices[b, i], p] and its updates[b, i, p]; NaN wins
    | ScatterMax of batch: int

/// <summary>Products that sum over an index.</summary>
[<RequireQualifiedAccess>]
type internal Contract =
    /// [B…, m, k] × [B…, k, n]
    | MatMul
    /// Bilinear; (x, w) → y, (dy, w) → dx or (x, dy) → dw.
    | Convolution of ConvolutionOp * ConvolutionSpec

/// <summary>
/// Linear algebra on the matrices in the last two axes; leading axes are batch. A result of several parts is packed into one matrix, of which
/// Derived.Linalg.fs cuts them. NaN where a matrix is not finite or has no such decomposition.
/// </summary>
[<RequireQualifiedAccess>]
type internal Linalg =
    /// a [n, n] → lower L with L Lᵀ = (a + aᵀ) / 2
    | Cholesky
    /// (a [n, n], b [n, k]) → x with op(a) x = b; of a one triangle is read, and its diagonal unless that is 1. Linear in b.
    | TriangularSolve of lower: bool * transpose: bool * unit: bool
    /// a [m, n] → [m, n + 1]: L below the diagonal, U from there, and a column of row numbers p: a[p] = L U
    | Lu
    /// (a [n, n], lu, b [n, k]) → x with op(a) x = b, where lu holds the factors of a: a hint that has no derivative. Linear in b.
    | LuSolve of transpose: bool
    /// a [n, n] → []
    | Determinant
    /// a [m, n], m ≥ n → [m + n, n]: Q over Rᵀ, the diagonal of R not negative
    | Qr
    /// a [n, n] → [1 + n, n]: eigenvalues of (a + aᵀ) / 2, ascending, over the eigenvectors as columns
    | SymmetricEigen
    /// a [n, n] → [2 + 2n, n]: eigenvalues, by real and imaginary part, over the eigenvectors, whose largest component is 1
    | Eigen
    /// a [m, n], m ≥ n → [m + 1 + n, n]: U over the singular values, descending, over V
    | SingularValues
    /// a [m, n] → [n, m]; singular values up to tolerance times the largest count as 0
    | PseudoInverse of tolerance: float

/// <summary>Windows over the trailing axes.</summary>
[<RequireQualifiedAccess>]
type internal Window =
    /// Int32 flat index of each window's maximum.
    | ArgMax of WindowSpec
    | Sum of WindowSpec
    | SumTranspose of WindowSpec

/// <summary>Values from nothing, or from a random key (int64) alone.</summary>
[<RequireQualifiedAccess>]
type internal Generate =
    | Fill of float * TensorType
    /// Each element is its index along the axis.
    | Iota of axis: int * TensorType
    /// key [K…] → [K…, shape…]
    | Random of RandomOp * TensorType

/// <summary>
/// Elementwise, several operands of equal shape and floating dtype: functions whose derivatives in a parameter are members of the same family.
/// </summary>
[<RequireQualifiedAccess>]
type internal Special =
    /// (a, x) → ∂ⁿ/∂aⁿ P(a, x), P the regularized lower incomplete gamma function
    | GammaP of order: int
    /// (a, x) → 1 − P(a, x), without cancellation
    | GammaQ
    /// (a, b, x) → ∂ᵐ/∂aᵐ ∂ⁿ/∂bⁿ Iₓ(a, b), I the regularized incomplete beta function
    | BetaI of first: int * second: int

/// <summary>Random values with a parameter each: (key [K…], parameter [K…, shape…]) → [K…, shape…].</summary>
[<RequireQualifiedAccess; Struct>]
type internal Sample =
    /// α → the logarithm of a gamma variable of shape α and scale 1
    | LogGamma
    /// λ → a Poisson variable of rate λ, int64
    | Poisson

/// <summary>A primitive operation. See the sub-unions for operands and results.</summary>
[<RequireQualifiedAccess; NoComparison>]
type internal Prim =
    | Unary of Unary
    | Binary of Binary
    | Compare of Compare
    /// (condition, x, y) of equal shapes → where condition x, elsewhere y
    | Select
    | Cast of DType
    | Reduce of Reduce
    | Along of Along
    | Move of Move
    | Index of Indexed
    | Contract of Contract
    | Linalg of Linalg
    | Window of Window
    | Generate of Generate
    | Special of Special
    | Sample of Sample
    /// The identity whose derivative is zero.
    | StopGradient

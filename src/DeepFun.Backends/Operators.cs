namespace DeepFun.Backends;

#pragma warning disable CS1591 // the names are the documentation; equations stand in Core/Primitives/Prim.fs

/// <summary>Elementwise functions of one tensor. IsNaN, IsInfinite and Not give Bool; the others keep the dtype.</summary>
public enum UnaryOp
{
    Negate,
    Abs,
    Sign,
    Exp,
    Expm1,
    Log,
    Log1p,
    Log2,
    Log10,
    Sqrt,
    Rsqrt,
    Cbrt,
    Reciprocal,
    Square,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Tanh,
    Asinh,
    Acosh,
    Atanh,
    Sigmoid,
    Softplus,
    Erf,
    Erfc,
    ErfInv,
    ErfcInv,
    LogGamma, // of |Γ|
    Digamma,
    Relu,
    Floor,
    Ceiling,
    Round, // half to even
    Truncate,
    IsNaN,
    IsInfinite,
    Not,
}

/// <summary>Elementwise functions of two tensors of equal shape and dtype. From Equal on they give Bool.</summary>
public enum BinaryOp
{
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Maximum,
    Minimum,
    Remainder, // sign of the divisor, as in Python
    Atan2,
    Polygamma, // (order, x)
    And,
    Or,
    Xor,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// <summary>Reductions over axes, which disappear. Any and All take and give Bool; ArgMax and ArgMin take one axis and give Int32 (first of ties, NaN wins).</summary>
public enum ReduceOp
{
    Sum,
    Product,
    Max,
    Min,
    Any,
    All,
    ArgMax,
    ArgMin,
}

/// <summary>
/// Operations along one axis that keep the shape. ArgSort gives Int32, is stable and puts NaN last. Fourier takes Float32 or Float64 whose
/// last axis is (real, imaginary); it is the unnormalized discrete transform along another axis, and reversed the inverse one, also unnormalized.
/// </summary>
public enum AxisOp
{
    CumulativeSum,
    CumulativeProduct,
    CumulativeMax,
    CumulativeMin,
    ArgSort,
    Fourier,
}

/// <summary>Movements that need no copy where the backend has strides.</summary>
public enum ViewOp
{
    /// <summary>Same elements in row-major order; <c>first</c> and <c>second</c> are unused.</summary>
    Reshape,

    /// <summary>Axis i of the result is axis <c>first[i]</c> of the input.</summary>
    Permute,

    /// <summary>Axis i of the input becomes axis <c>first[i]</c> of the result (ascending); size 1 and new axes repeat.</summary>
    Broadcast,

    /// <summary>Axis i starts at <c>first[i]</c> and steps by <c>second[i]</c>, which may be negative.</summary>
    Slice,
}

/// <summary>Tensors made from nothing.</summary>
public enum GenerateOp
{
    /// <summary>Every element is <c>value</c>.</summary>
    Fill,

    /// <summary>Every element is its index along <c>axis</c>.</summary>
    Iota,
}

/// <summary>How updates meet what stands at their index; duplicates combine, for Set the last one wins.</summary>
public enum ScatterOp
{
    Add,
    Max,
    Min,
    Set,
}

/// <summary>The three bilinear maps of one convolution; each is the transpose of another in one operand.</summary>
public enum ConvolutionOp
{
    /// <summary>(x, w) → y</summary>
    Forward,

    /// <summary>(dy, w) → dx</summary>
    InputGradient,

    /// <summary>(x, dy) → dw</summary>
    WeightGradient,
}

/// <summary>Windows over the trailing spatial axes.</summary>
public enum PoolOp
{
    /// <summary>x → Int32 flat index, within the spatial axes, of each window's maximum (first of ties, NaN wins, padding never).</summary>
    ArgMax,

    /// <summary>x → sum of each window; padding counts 0.</summary>
    Sum,

    /// <summary>The transpose of Sum: each window's value is added to every place that it covers.</summary>
    SumTranspose,
}

/// <summary>What a counter-based generator gives for a key (Philox4x32-10).</summary>
public enum RandomOp
{
    /// <summary>Uniform bits; Int32 or Int64.</summary>
    Bits,

    /// <summary>Uniform in [0, 1); Float32 (24 bits), Float64 (53 bits), or the leading bits of Float32: Float16 (11), BFloat16 (8).</summary>
    Uniform,

    /// <summary>Standard normal (Box–Muller); Float32 or Float64, or Float32 rounded.</summary>
    Normal,
}

/// <summary>Elementwise functions of several tensors whose derivatives in a parameter are members of the same family.</summary>
public enum SpecialOp
{
    /// <summary>(a, x) → the derivative of the first order in a of P(a, x), the regularized lower incomplete gamma function.</summary>
    GammaP,

    /// <summary>(a, x) → Q(a, x) = 1 − P(a, x)</summary>
    GammaQ,

    /// <summary>(a, b, x) → the derivative of the first order in a and the second in b of Iₓ(a, b), the regularized incomplete beta function.</summary>
    BetaI,
}

/// <summary>Random values whose distribution has a parameter, one for each value.</summary>
public enum SampleOp
{
    /// <summary>α → the logarithm of a gamma variable of shape α and scale 1; its dtype (float) is α's. α ≤ 0 gives NaN.</summary>
    LogGamma,

    /// <summary>λ → a Poisson variable of rate λ; Int64.</summary>
    Poisson,
}

/// <summary>
/// Dense linear algebra on the matrices in the last two axes; all leading axes are batch. A decomposition of several parts is packed into one
/// matrix. A matrix that holds NaN or an infinity gives NaN; so does a decomposition that does not exist or does not converge.
/// </summary>
public enum LinalgOp
{
    /// <summary>A [n, n] → lower L with L Lᵀ = (A + Aᵀ) / 2; zeros above; NaN if that is not positive definite.</summary>
    Cholesky,

    /// <summary>A [n, n], B [n, k] → X with op(A) X = B; reads one triangle of A. See <see cref="LinalgFlags"/>.</summary>
    TriangularSolve,

    /// <summary>
    /// A [m, n] → [m, n + 1]: L (unit diagonal left out) below and U on and above the diagonal, and a last column of row numbers p, with
    /// A[p] = L U. Partial pivoting; a column without pivot is passed over.
    /// </summary>
    Lu,

    /// <summary>A [n, n], Lu(A) [n, n + 1], B [n, k] → X with op(A) X = B; A itself is not read.</summary>
    LuSolve,

    /// <summary>A [n, n] → []: the determinant.</summary>
    Determinant,

    /// <summary>A [m, n], m ≥ n → [m + n, n]: Q [m, n] over Rᵀ [n, n]; the diagonal of R is not negative.</summary>
    Qr,

    /// <summary>A [n, n] → [1 + n, n]: the eigenvalues of (A + Aᵀ) / 2, ascending, over its eigenvectors, one a column.</summary>
    SymmetricEigen,

    /// <summary>
    /// A [n, n] → [2 + 2n, n]: real and imaginary parts of the eigenvalues, by real and then imaginary part, over real and imaginary parts of
    /// the eigenvectors, one a column, whose largest component is 1.
    /// </summary>
    Eigen,

    /// <summary>A [m, n], m ≥ n → [m + 1 + n, n]: U [m, n] over the singular values, descending, over V [n, n].</summary>
    SingularValues,

    /// <summary>A [m, n] → [n, m]: the pseudo-inverse; singular values up to tolerance times the largest count as 0.</summary>
    PseudoInverse,
}

/// <summary>How a system is meant.</summary>
[System.Flags]
public enum LinalgFlags
{
    /// <summary>op(A) = A, whose upper triangle is read if it is triangular.</summary>
    None = 0,

    /// <summary>The lower triangle of A is read.</summary>
    Lower = 1,

    /// <summary>op(A) = Aᵀ; the triangle is still that of A.</summary>
    Transpose = 2,

    /// <summary>The diagonal is not read but taken as 1.</summary>
    UnitDiagonal = 4,
}

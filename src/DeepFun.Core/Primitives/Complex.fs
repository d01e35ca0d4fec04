namespace DeepFun

open DeepFun.FSharp

/// <summary>
/// Complex numbers as a pair of real tensors of one shape and dtype. A tree by itself: derivatives, batches and compilation go through its two
/// leaves, and a gradient of a real function is (∂f/∂Re, ∂f/∂Im) = 2 ∂f/∂z̄, the direction of steepest ascent.
/// </summary>
/// <remarks>
/// Operators broadcast and promote as those of tensors; a tensor or a plain number beside a complex one is real. F#'s <c>exp log sqrt sin cos
/// sinh cosh tanh **</c> work, with the principal branches: arguments in (−π, π], the cut of log, sqrt and ** along the negative real axis.
/// </remarks>
[<NoComparison; ReferenceEquality>]
type Complex =
    {
        /// <summary>The real part.</summary>
        Re: Tensor
        /// <summary>The imaginary part.</summary>
        Im: Tensor
    }

    /// <summary>Sizes of the axes.</summary>
    member z.Shape = Tensor.Common("complex", z.Re.Shape, z.Im.Shape)

    /// <summary>float32 or float64: that of the parts.</summary>
    member z.DType = z.Re.DType

    /// <summary>Number of axes.</summary>
    member z.Rank = z.Shape.Rank

    /// <summary>Both parts.</summary>
    override z.ToString() = $"{z.Re} + i {z.Im}"

    /// Integers become float32; one shape and dtype.
    static member internal Of(re: Tensor, im: Tensor) : Complex =
        let struct (re, im) = Tensor.Align("complex", floats re, floats im)
        { Re = re; Im = im }

    /// |z| without overflow; at 0 its derivatives are 0.
    static member internal Modulus(z: Complex) : Tensor = hypot z.Re z.Im

    static member internal Argument(z: Complex) : Tensor = arctan2 z.Im z.Re

    /// <summary>z + w</summary>
    static member (+)(z: Complex, w: Complex) : Complex = { Re = z.Re + w.Re; Im = z.Im + w.Im }
    /// <summary>z + x</summary>
    static member (+)(z: Complex, x: Tensor) : Complex = Complex.Of(z.Re + x, z.Im)
    /// <summary>x + z</summary>
    static member (+)(x: Tensor, z: Complex) : Complex = z + x
    /// <summary>z + x</summary>
    static member (+)(z: Complex, x: float) : Complex = { z with Re = z.Re + x }
    /// <summary>x + z</summary>
    static member (+)(x: float, z: Complex) : Complex = z + x
    /// <summary>−z</summary>
    static member (~-)(z: Complex) : Complex = { Re = -z.Re; Im = -z.Im }
    /// <summary>z − w</summary>
    static member (-)(z: Complex, w: Complex) : Complex = { Re = z.Re - w.Re; Im = z.Im - w.Im }
    /// <summary>z − x</summary>
    static member (-)(z: Complex, x: Tensor) : Complex = Complex.Of(z.Re - x, z.Im)
    /// <summary>x − z</summary>
    static member (-)(x: Tensor, z: Complex) : Complex = Complex.Of(x - z.Re, -z.Im)
    /// <summary>z − x</summary>
    static member (-)(z: Complex, x: float) : Complex = { z with Re = z.Re - x }
    /// <summary>x − z</summary>
    static member (-)(x: float, z: Complex) : Complex = { Re = x - z.Re; Im = -z.Im }

    /// <summary>z w, element by element</summary>
    static member (*)(z: Complex, w: Complex) : Complex = { Re = z.Re * w.Re - z.Im * w.Im; Im = z.Re * w.Im + z.Im * w.Re }

    /// <summary>z x</summary>
    static member (*)(z: Complex, x: Tensor) : Complex = { Re = z.Re * x; Im = z.Im * x }
    /// <summary>x z</summary>
    static member (*)(x: Tensor, z: Complex) : Complex = z * x
    /// <summary>z x</summary>
    static member (*)(z: Complex, x: float) : Complex = { Re = z.Re * x; Im = z.Im * x }
    /// <summary>x z</summary>
    static member (*)(x: float, z: Complex) : Complex = z * x

    /// <summary>z / w, without overflow of |w|²; NaN where w = 0.</summary>
    static member (/)(z: Complex, w: Complex) : Complex =
        // The value does not depend on the scale, so its derivative is left out.
        let scale = stopGradient (maximum (abs w.Re) (abs w.Im))
        let c, d = w.Re / scale, w.Im / scale
        let norm: Tensor = w.Re * c + w.Im * d

        { Re = (z.Re * c + z.Im * d) / norm; Im = (z.Im * c - z.Re * d) / norm }

    /// <summary>z / x</summary>
    static member (/)(z: Complex, x: Tensor) : Complex = { Re = z.Re / x; Im = z.Im / x }
    /// <summary>x / z</summary>
    static member (/)(x: Tensor, z: Complex) : Complex = Complex.Of(x, zerosLike x) / z
    /// <summary>z / x</summary>
    static member (/)(z: Complex, x: float) : Complex = { Re = z.Re / x; Im = z.Im / x }
    /// <summary>x / z</summary>
    static member (/)(x: float, z: Complex) : Complex = fullLike x z.Re / z

    /// <summary>e^z</summary>
    static member Exp(z: Complex) : Complex =
        let r = exp z.Re
        { Re = r * cos z.Im; Im = r * sin z.Im }

    /// <summary>log |z| + i arg z; −∞ at 0.</summary>
    static member Log(z: Complex) : Complex = { Re = log (Complex.Modulus z); Im = Complex.Argument z }

    /// <summary>The root with real part ≥ 0. At 0, where it has no derivative, the derivatives are 0.</summary>
    static member Sqrt(z: Complex) : Complex =
        let larger = safeSqrt (0.5 * (Complex.Modulus z + abs z.Re))
        let smaller = safeDivide (0.5 * z.Im) larger
        let right = test Compare.GreaterOrEqual z.Re 0.0
        let up = test Compare.GreaterOrEqual z.Im 0.0

        {
            Re = where right larger (where up smaller -smaller)
            Im = where right smaller (where up larger -larger)
        }

    /// <summary>z^w = exp(w log z); at z = 0 it is 1 where w = 0 and 0 elsewhere, with derivatives 0.</summary>
    static member Pow(z: Complex, w: Complex) : Complex =
        let isZero (u: Complex) = logicalAnd (test Compare.Equal u.Re 0.0) (test Compare.Equal u.Im 0.0)
        let nothing = isZero z
        // The logarithm sees 1 at 0, so that no derivative is 0 · ∞.
        let safe = { z with Re = where nothing (onesLike z.Re) z.Re }
        let power = exp (w * log safe)
        let one = cast z.DType (isZero w)
        { Re = where nothing one power.Re; Im = where nothing (zerosLike one) power.Im }

    /// <summary>z^x of a real exponent; as z^w.</summary>
    static member Pow(z: Complex, x: float) : Complex = Complex.Pow(z, { Re = fullLike x z.Re; Im = zerosLike z.Re })

    /// <summary>sin z</summary>
    static member Sin(z: Complex) : Complex = { Re = sin z.Re * cosh z.Im; Im = cos z.Re * sinh z.Im }
    /// <summary>cos z</summary>
    static member Cos(z: Complex) : Complex = { Re = cos z.Re * cosh z.Im; Im = -(sin z.Re * sinh z.Im) }
    /// <summary>sinh z</summary>
    static member Sinh(z: Complex) : Complex = { Re = sinh z.Re * cos z.Im; Im = cosh z.Re * sin z.Im }
    /// <summary>cosh z</summary>
    static member Cosh(z: Complex) : Complex = { Re = cosh z.Re * cos z.Im; Im = sinh z.Re * sin z.Im }

    /// <summary>tanh z, without overflow for large real parts.</summary>
    static member Tanh(z: Complex) : Complex =
        let t, u = tanh z.Re, tan z.Im
        let norm: Tensor = 1.0 + square (t * u)
        { Re = t * (1.0 + square u) / norm; Im = u * (1.0 - square t) / norm }

    /// <summary>The values in row-major order.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0402 under vmap or trace.</exception>
    member z.ToArray() : System.Numerics.Complex[] =
        let full (t: Tensor) = (Tensor.BroadcastTo(z.Shape, t)).ToDoubles()
        Array.map2 (fun re im -> System.Numerics.Complex(re, im)) (full z.Re) (full z.Im)

namespace DeepFun.FSharp

open DeepFun

/// <summary>Complex numbers. What moves elements works on both parts: <c>Complex.map (reshape [ 2; 3 ]) z</c>.</summary>
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Complex =

    /// <summary>re + i im; the parts broadcast, integers become float32.</summary>
    let create (re: Tensor) (im: Tensor) : Complex = Complex.Of(re, im)

    /// <summary>x + 0i</summary>
    let ofReal (x: Tensor) : Complex = Complex.Of(x, zerosLike x)

    /// <summary>r e^(iθ)</summary>
    let polar (r: Tensor) (angle: Tensor) : Complex = Complex.Of(r * cos angle, r * sin angle)

    /// <summary>e^(iθ)</summary>
    let cis (angle: Tensor) : Complex = Complex.Of(cos angle, sin angle)

    /// <summary>|z| without overflow; at 0 its derivatives are 0.</summary>
    let abs (z: Complex) : Tensor = Complex.Modulus z

    /// <summary>|z|² = Re² + Im².</summary>
    let squaredAbs (z: Complex) : Tensor = square z.Re + square z.Im

    /// <summary>The argument of z, in (−π, π]; 0 at 0, where it has no derivative and NaN stands for it.</summary>
    let angle (z: Complex) : Tensor = Complex.Argument z

    /// <summary>Re − i Im</summary>
    let conj (z: Complex) : Complex = { z with Im = -z.Im }

    /// <summary>f of both parts, for functions that are linear over the real numbers: movements, sums, means, take.</summary>
    let map (f: Tensor -> Tensor) (z: Complex) : Complex = { Re = f z.Re; Im = f z.Im }

    /// <summary>f of the real parts and of the imaginary parts of several: <c>Complex.mapMany (stack 0) [ z; w ]</c>.</summary>
    let mapMany (f: Tensor seq -> Tensor) (zs: Complex seq) : Complex =
        let zs = List.ofSeq zs
        { Re = f (zs |> List.map _.Re); Im = f (zs |> List.map _.Im) }

    /// <summary>Where the condition (bool) is true z, elsewhere w; all three broadcast.</summary>
    let where (condition: Tensor) (z: Complex) (w: Complex) : Complex =
        { Re = Elementwise.where condition z.Re w.Re; Im = Elementwise.where condition z.Im w.Im }

    /// Products of the parts under any bilinear product.
    let private bilinear (product: Tensor -> Tensor -> Tensor) (z: Complex) (w: Complex) : Complex =
        { Re = product z.Re w.Re - product z.Im w.Im; Im = product z.Re w.Im + product z.Im w.Re }

    /// <summary>Matrix product by four real ones; shapes as those of <c>matmul</c>.</summary>
    /// <remarks>Four, not the three of Gauss, whose sums cancel. Errors: DF0119 shapes that do not fit.</remarks>
    let matmul (z: Complex) (w: Complex) : Complex = bilinear Contraction.matmul z w

    /// <summary>The conjugate transpose of matrices in the last two axes; of a vector the conjugate.</summary>
    let adjoint (z: Complex) : Complex = conj (map Movement.transpose z)

    /// <summary>Σ z̄ᵢ wᵢ of two vectors of equal length: the inner product, conjugate in the first.</summary>
    let dot (z: Complex) (w: Complex) : Complex = bilinear Contraction.dot (conj z) w

    /// <summary>zᵢ wⱼ of two vectors, also in batches; nothing is conjugated.</summary>
    let outer (z: Complex) (w: Complex) : Complex = bilinear Contraction.outer z w

    /// <summary>One tensor with a new last axis (real, imaginary), as PyTorch's view_as_real.</summary>
    let toPairs (z: Complex) : Tensor =
        let struct (re, im) = Tensor.Align("complex", z.Re, z.Im)
        stack -1 [ re; im ]

    /// <summary>From a tensor whose last axis is (real, imaginary), which disappears.</summary>
    /// <remarks>Errors: DF0125 a last axis of another size.</remarks>
    let ofPairs (x: Tensor) : Complex =
        if x.Rank < 1 || x.Shape[x.Rank - 1] <> 2 then
            Errors.rank "Complex.ofPairs" "a last axis of size 2, (real, imaginary)" x.Shape

        { Re = item -1 0 x; Im = item -1 1 x }

    /// <summary>Row-major values under a shape, float64.</summary>
    /// <remarks>Errors: DF0128 too many or few values.</remarks>
    let ofArray (sizes: int seq) (values: System.Numerics.Complex[]) : Complex =
        {
            Re = Tensor.ofArray sizes (values |> Array.map _.Real)
            Im = Tensor.ofArray sizes (values |> Array.map _.Imaginary)
        }

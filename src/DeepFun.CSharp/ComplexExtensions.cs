using System;
using System.Collections.Generic;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Functions of complex numbers as methods; the operators + − * / take complex tensors, real ones and numbers.</summary>
public static class ComplexExtensions
{
    extension(Complex)
    {
        /// <summary>re + i im; the parts broadcast, integers become float32.</summary>
        /// <example><code>
        /// var z = Complex.Create(Tensor.Vector(3), Tensor.Vector(4));
        /// Console.WriteLine(z.Abs()); // tensor([5.], float32, shape [1])
        /// Console.WriteLine((z * z).Im); // tensor([24.], float32, shape [1])
        /// Console.WriteLine(Differentiate.Grad((Complex w) => w.SquaredAbs().Sum())(z).Im); // tensor([8.], float32, shape [1])
        /// </code></example>
        public static Complex Create(Tensor re, Tensor im) => ComplexModule.create(re, im);

        /// <summary>x + 0i</summary>
        public static Complex FromReal(Tensor x) => ComplexModule.ofReal(x);

        /// <summary>r e^(iθ)</summary>
        public static Complex Polar(Tensor r, Tensor angle) => ComplexModule.polar(r, angle);

        /// <summary>e^(iθ)</summary>
        public static Complex Cis(Tensor angle) => ComplexModule.cis(angle);

        /// <summary>From a tensor whose last axis is (real, imaginary), which disappears.</summary>
        /// <exception cref="DeepFunException">DF0125 a last axis of another size.</exception>
        public static Complex FromPairs(Tensor pairs) => ComplexModule.ofPairs(pairs);

        /// <summary>Complex tensors of equal shape along a new axis.</summary>
        public static Complex Stack(IEnumerable<Complex> tensors, int axis = 0) => InteropOperations.ComplexStack(axis, tensors);

        /// <summary>Complex tensors along an axis that they have.</summary>
        public static Complex Concat(IEnumerable<Complex> tensors, int axis = 0) => InteropOperations.ComplexConcat(axis, tensors);

        /// <summary>Row-major values under a shape; without sizes, a vector. float64.</summary>
        /// <exception cref="DeepFunException">DF0128 the shape needs more or fewer values.</exception>
        public static Complex From(System.Numerics.Complex[] values, params int[] sizes) =>
            ComplexModule.ofArray(sizes.Length == 0 ? [values.Length] : sizes, values);
    }

    /// <summary>|z| without overflow; at 0 its derivatives are 0.</summary>
    public static Tensor Abs(this Complex z) => ComplexModule.abs(z);

    /// <summary>|z|²</summary>
    public static Tensor SquaredAbs(this Complex z) => ComplexModule.squaredAbs(z);

    /// <summary>The argument of z, in (−π, π].</summary>
    public static Tensor Angle(this Complex z) => ComplexModule.angle(z);

    /// <summary>Re − i Im</summary>
    public static Complex Conj(this Complex z) => ComplexModule.conj(z);

    /// <summary>f of both parts, for what is linear over the real numbers: movements, sums, means.</summary>
    public static Complex Map(this Complex z, Func<Tensor, Tensor> f) => InteropOperations.ComplexMap(f, z);

    /// <summary>Where the condition (bool) is true z, elsewhere w; all broadcast.</summary>
    public static Complex Where(this Tensor condition, Complex z, Complex w) => ComplexModule.where(condition, z, w);

    /// <summary>Matrix product; leading axes broadcast.</summary>
    public static Complex MatMul(this Complex z, Complex w) => ComplexModule.matmul(z, w);

    /// <summary>The conjugate transpose of matrices in the last two axes.</summary>
    public static Complex Adjoint(this Complex z) => ComplexModule.adjoint(z);

    /// <summary>Σ z̄ᵢ wᵢ of two vectors, conjugate in the first.</summary>
    public static Complex Dot(this Complex z, Complex w) => ComplexModule.dot(z, w);

    /// <summary>zᵢ wⱼ of two vectors; nothing is conjugated.</summary>
    public static Complex Outer(this Complex z, Complex w) => ComplexModule.outer(z, w);

    /// <summary>One tensor with a new last axis (real, imaginary).</summary>
    public static Tensor ToPairs(this Complex z) => ComplexModule.toPairs(z);

    /// <summary>e^z</summary>
    public static Complex Exp(this Complex z) => Complex.Exp(z);

    /// <summary>log |z| + i arg z</summary>
    public static Complex Log(this Complex z) => Complex.Log(z);

    /// <summary>The root with real part ≥ 0.</summary>
    public static Complex Sqrt(this Complex z) => Complex.Sqrt(z);

    /// <summary>z^x</summary>
    public static Complex Pow(this Complex z, double x) => Complex.Pow(z, x);

    /// <summary>z^w = exp(w log z)</summary>
    public static Complex Pow(this Complex z, Complex w) => Complex.Pow(z, w);

    /// <summary>sin z</summary>
    public static Complex Sin(this Complex z) => Complex.Sin(z);

    /// <summary>cos z</summary>
    public static Complex Cos(this Complex z) => Complex.Cos(z);

    /// <summary>sinh z</summary>
    public static Complex Sinh(this Complex z) => Complex.Sinh(z);

    /// <summary>cosh z</summary>
    public static Complex Cosh(this Complex z) => Complex.Cosh(z);

    /// <summary>tanh z</summary>
    public static Complex Tanh(this Complex z) => Complex.Tanh(z);
}

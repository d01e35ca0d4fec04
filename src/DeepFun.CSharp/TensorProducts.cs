using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Products that sum over axes, as methods.</summary>
public static class TensorProducts
{
    extension(Tensor)
    {
        /// <summary>
        /// Sums of products by Einstein's convention: axes with the same letter run together, a letter that the result lacks is summed over.
        /// </summary>
        /// <exception cref="DeepFunException">DF0130 an equation that is not one or does not fit the shapes.</exception>
        /// <example><code>
        /// var a = Tensor.From([1f, 2f, 3f, 4f], 2, 2);
        /// Console.WriteLine(Tensor.Einsum("ij,jk->ik", a, a));
        /// // tensor([[ 7., 10.],
        /// //         [15., 22.]], float32, shape [2, 2])
        /// Console.WriteLine(Tensor.Einsum("ii->", a)); // tensor(5., float32, shape [])
        /// </code></example>
        public static Tensor Einsum(string equation, params Tensor[] operands) => Products.einsum(equation, operands);
    }

    /// <summary>Kronecker's product: every element of x times the whole of y.</summary>
    public static Tensor Kron(this Tensor x, Tensor y) => Products.kron(x, y);

    /// <summary>The n-th power of square matrices in the last two axes, n ≥ 0.</summary>
    public static Tensor MatrixPower(this Tensor x, int n) => Products.matrixPower(n, x);

    /// <summary>Dot products of vectors along an axis, which disappears; the other axes broadcast.</summary>
    public static Tensor VecDot(this Tensor x, Tensor y, int axis = -1) => Products.vecdot(axis, x, y);
}

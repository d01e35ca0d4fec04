using System;
using System.Collections.Generic;
using System.Linq;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Tensors from values: <c>Tensor.Zeros(2, 3)</c>, <c>Tensor.From(array, 2, 3)</c>. Default dtype: float32.</summary>
public static class TensorCreation
{
    extension(Tensor)
    {
        /// <summary>Row-major values under a shape; without sizes, a vector. T: float, double, Half, BFloat16, sbyte, short, int, long, byte or bool.</summary>
        /// <exception cref="DeepFunException">DF0128 the shape needs more or fewer values.</exception>
        /// <example><code>
        /// Console.WriteLine(Tensor.From([1f, 2f, 3f, 4f, 5f, 6f], 2, 3));
        /// // tensor([[1., 2., 3.],
        /// //         [4., 5., 6.]], float32, shape [2, 3])
        /// Console.WriteLine(Tensor.From([7, 8])); // tensor([7, 8], int32, shape [2])
        /// Console.WriteLine(Tensor.Linspace(0, 1, 3)); // tensor([ 0., 0.5,  1.], float32, shape [3])
        /// Console.WriteLine(Tensor.Normal(Key.FromSeed(0), 2, 3).Shape); // [2, 3]
        /// </code></example>
        public static Tensor From<T>(T[] values, params int[] sizes)
            where T : unmanaged => TensorModule.ofArray(sizes.Length == 0 ? [values.Length] : sizes, values);

        /// <summary>The values of a matrix, row by row. T: float, double, Half, BFloat16, sbyte, short, int, long, byte or bool.</summary>
        public static Tensor From<T>(T[,] values)
            where T : unmanaged => TensorModule.ofArray([values.GetLength(0), values.GetLength(1)], values.Cast<T>().ToArray());

        /// <summary>A float32 vector.</summary>
        public static Tensor Vector(params double[] values) => TensorModule.vector(values);

        /// <summary>One number, float32.</summary>
        public static Tensor Scalar(double value) => TensorModule.scalar(value);

        /// <summary>Every element the same.</summary>
        public static Tensor Full(double value, int[] sizes, DType dtype = DType.Float32) => TensorModule.fullOf(dtype, sizes, value);

        /// <summary>Zeros, float32.</summary>
        public static Tensor Zeros(params int[] sizes) => TensorModule.zeros(sizes);

        /// <summary>Ones, float32.</summary>
        public static Tensor Ones(params int[] sizes) => TensorModule.ones(sizes);

        /// <summary>0, 1, …, n − 1 as int32.</summary>
        public static Tensor Arange(int n) => TensorModule.arange(n);

        /// <summary>n numbers from start to stop, both included, float32.</summary>
        public static Tensor Linspace(double start, double stop, int n) => TensorModule.linspace(start, stop, n);

        /// <summary>The identity matrix, float32.</summary>
        public static Tensor Eye(int n) => TensorModule.eye(n);

        /// <summary>Standard normal numbers, float32. The same key gives the same numbers everywhere.</summary>
        public static Tensor Normal(Key key, params int[] sizes) => FSharp.Random.normal(sizes, key);

        /// <summary>Uniform numbers in [0, 1), float32. The same key gives the same numbers everywhere.</summary>
        public static Tensor Uniform(Key key, params int[] sizes) => FSharp.Random.uniform(0, 1, sizes, key);

        /// <summary>Tensors of equal shape along a new axis.</summary>
        public static Tensor Stack(IEnumerable<Tensor> tensors, int axis = 0) => Movement.stack(axis, tensors);

        /// <summary>Tensors along an axis that they have.</summary>
        public static Tensor Concat(IEnumerable<Tensor> tensors, int axis = 0) => Movement.concat(axis, tensors);
    }

    extension(Key)
    {
        /// <summary>The key of a seed.</summary>
        public static Key FromSeed(long seed) => FSharp.Key.ofSeed(seed);
    }

    /// <summary>n independent keys; the key itself must not be used again.</summary>
    public static Key[] Split(this Key key, int n = 2) => Interop.SplitKey(n, key);

    /// <summary>An independent key for a number, for example the step of a loop.</summary>
    public static Key Fold(this Key key, long number) => FSharp.Key.fold(number, key);
}

using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using DeepFun.Backends.Cpu;
using Xunit;

namespace DeepFun.Backends.Tests;

/// <summary>A tensor for oracles: values in row-major order, addressed by multi-index. As slow and plain as can be.</summary>
internal sealed record Dense(int[] Dims, double[] Values)
{
    public static Dense Build(int[] dims, Func<int[], double> value) => new(dims, Indices(dims).Select(value).ToArray());

    public double this[params int[] index]
    {
        get => Values[Flat(index)];
        set => Values[Flat(index)] = value;
    }

    /// <summary>Every multi-index, the last axis fastest.</summary>
    public static IEnumerable<int[]> Indices(int[] dims)
    {
        IEnumerable<int[]> all =
        [
            [],
        ];
        foreach (var size in dims)
            all = all.SelectMany(index => Enumerable.Range(0, size).Select(i => (int[])[.. index, i]));
        return all;
    }

    /// <summary>The same after a stay in a type: integers wrap, floats round.</summary>
    public Dense Held(DType dtype) => this with { Values = HostTensors.Decode(HostTensors.Bytes(Values, dtype), dtype) };

    public Dense Copy() => new(Dims, [.. Values]);

    private int Flat(int[] index) => index.Zip(Dims).Aggregate(0, (flat, pair) => flat * pair.Second + pair.First);
}

/// <summary>Ways between the oracle's tensors and the backend's.</summary>
internal static class HostTensors
{
    public static readonly DType[] DTypes = Enum.GetValues<DType>();

    public static readonly CpuBackend Backend = CpuBackend.Instance;

    /// <summary>Small whole numbers that every type holds; truth values for Bool.</summary>
    public static Dense Whole(System.Random random, DType dtype, params int[] dims) =>
        Dense.Build(dims, _ => dtype == DType.Bool ? random.Next(2) : random.Next(100));

    public static CpuStorage Store(Dense x, DType dtype) => (CpuStorage)Backend.FromHost(Bytes(x.Values, dtype), dtype, x.Dims);

    public static byte[] Bytes(double[] values, DType dtype) =>
        dtype switch
        {
            DType.Float32 => MemoryMarshal.AsBytes<float>(values.Select(v => (float)v).ToArray()).ToArray(),
            DType.Float64 => MemoryMarshal.AsBytes<double>(values).ToArray(),
            DType.Float16 => MemoryMarshal.AsBytes<Half>(values.Select(v => (Half)v).ToArray()).ToArray(),
            DType.BFloat16 => MemoryMarshal.AsBytes<BFloat16>(values.Select(v => (BFloat16)v).ToArray()).ToArray(),
            DType.Int8 => values.Select(v => unchecked((byte)(sbyte)(long)v)).ToArray(),
            DType.Int16 => MemoryMarshal.AsBytes<short>(values.Select(v => unchecked((short)(long)v)).ToArray()).ToArray(),
            DType.Int32 => MemoryMarshal.AsBytes<int>(values.Select(v => (int)v).ToArray()).ToArray(),
            DType.Int64 => MemoryMarshal.AsBytes<long>(values.Select(v => (long)v).ToArray()).ToArray(),
            DType.UInt8 => values.Select(v => unchecked((byte)(long)v)).ToArray(),
            _ => values.Select(v => (byte)(v == 0 ? 0 : 1)).ToArray(),
        };

    public static double[] Read(Storage x)
    {
        var bytes = new byte[x.Shape.Size * DeepFun.DTypes.Size(x.DType)];
        Backend.ToHost(x, bytes);
        return Decode(bytes, x.DType);
    }

    public static double[] Decode(byte[] bytes, DType dtype) =>
        dtype switch
        {
            DType.Float32 => MemoryMarshal.Cast<byte, float>(bytes).ToArray().Select(v => (double)v).ToArray(),
            DType.Float64 => MemoryMarshal.Cast<byte, double>(bytes).ToArray(),
            DType.Float16 => MemoryMarshal.Cast<byte, Half>(bytes).ToArray().Select(v => (double)v).ToArray(),
            DType.BFloat16 => MemoryMarshal.Cast<byte, BFloat16>(bytes).ToArray().Select(v => (double)v).ToArray(),
            DType.Int8 => bytes.Select(v => (double)unchecked((sbyte)v)).ToArray(),
            DType.Int16 => MemoryMarshal.Cast<byte, short>(bytes).ToArray().Select(v => (double)v).ToArray(),
            DType.Int32 => MemoryMarshal.Cast<byte, int>(bytes).ToArray().Select(v => (double)v).ToArray(),
            DType.Int64 => MemoryMarshal.Cast<byte, long>(bytes).ToArray().Select(v => (double)v).ToArray(),
            _ => bytes.Select(v => (double)v).ToArray(),
        };

    public static T[] ReadAs<T>(Storage x)
        where T : unmanaged
    {
        var bytes = new byte[x.Shape.Size * DeepFun.DTypes.Size(x.DType)];
        Backend.ToHost(x, bytes);
        return MemoryMarshal.Cast<byte, T>(bytes).ToArray();
    }

    /// <summary>Shape, values, and the promise that row-major strides are null.</summary>
    public static void AssertSame(Dense expected, Storage actual)
    {
        Assert.Equal(expected.Dims, actual.Shape.ToArray());
        Assert.Equal(expected.Values, Read(actual));
        var own = (CpuStorage)actual;
        if (own.Strides is not { } strides)
            return;
        var rowMajor = CpuStorage.RowMajor(expected.Dims);
        Assert.True(expected.Values.Length > 1, "one element is always contiguous");
        Assert.Contains(Enumerable.Range(0, strides.Length), i => expected.Dims[i] > 1 && strides[i] != rowMajor[i]);
        // The copy that kernels work on must agree with the view.
        var copy = CpuBackend.Contiguous(own);
        Assert.True(copy.IsContiguous);
        Assert.Equal(expected.Values, Read(copy));
    }

    public static void AssertError(string code, string[] words, Action action)
    {
        var error = Assert.Throws<DeepFunException>(action);
        Assert.Equal(code, error.Code);
        foreach (var word in words)
            Assert.Contains(word, error.Message, StringComparison.Ordinal);
    }
}

/// <summary>Kernels that say where their results go are asked here for new ones.</summary>
internal static class FusedKernels
{
    public static Storage[] Run(this IFusedKernel kernel, params Storage[] inputs)
    {
        var results = new Storage?[kernel.Results];
        Storage[] operands = [.. inputs];
        kernel.Run(operands, results);
        return results!;
    }
}

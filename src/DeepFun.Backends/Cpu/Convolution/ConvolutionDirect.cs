using System.Numerics;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// A convolution as its definition says it, for integers, which wrap: every place of the output meets every tap that falls on the
/// input, output[j] += input[i] · weight[k], and the two other maps add to input[i] or weight[k] instead. On one thread: integer
/// convolutions are rare.
/// </summary>
internal static unsafe class ConvolutionDirect
{
    /// <summary>One of the three maps; its result is zero before.</summary>
    public static void Run<T>(ConvolutionOp op, in ConvolutionShape s, T* input, T* weight, T* output)
        where T : unmanaged, INumberBase<T>
    {
        for (var image = 0; image < s.Batch; image++)
        for (var group = 0; group < s.Groups; group++)
        for (var o = 0; o < s.OutChannels; o++)
        for (var c = 0; c < s.InChannels; c++)
        {
            var block = (nint)image * s.Groups + group;
            var x = input + (block * s.InChannels + c) * s.InPlane;
            var y = output + (block * s.OutChannels + o) * s.OutPlane;
            var w = weight + (((nint)group * s.OutChannels + o) * s.InChannels + c) * s.Taps;
            Plane(op, in s, x, w, y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Plane<T>(ConvolutionOp op, in ConvolutionShape s, T* x, T* w, T* y)
        where T : unmanaged, INumberBase<T>
    {
        for (var od = 0; od < s.OutDepth; od++)
        for (var oh = 0; oh < s.OutHeight; oh++)
        for (var ow = 0; ow < s.OutWidth; ow++, y++)
        {
            var tap = w;
            for (var kd = 0; kd < s.KernelDepth; kd++)
            for (var kh = 0; kh < s.KernelHeight; kh++)
            for (var kw = 0; kw < s.KernelWidth; kw++, tap++)
            {
                var d = (long)od * s.StrideDepth - s.PadDepth + (long)kd * s.DilationDepth;
                var h = (long)oh * s.StrideHeight - s.PadHeight + (long)kh * s.DilationHeight;
                var v = (long)ow * s.StrideWidth - s.PadWidth + (long)kw * s.DilationWidth;
                if (d < 0 || d >= s.InDepth || h < 0 || h >= s.InHeight || v < 0 || v >= s.InWidth)
                    continue;
                var place = x + (d * s.InHeight + h) * s.InWidth + v;
                if (op == ConvolutionOp.Forward)
                    *y += *place * *tap;
                else if (op == ConvolutionOp.InputGradient)
                    *place += *y * *tap;
                else
                    *tap += *place * *y;
            }
        }
    }
}

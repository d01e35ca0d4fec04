using System;
using System.Numerics;

namespace DeepFun.Backends.Cpu;

/// <summary>The three maps of a convolution as their definition says, tap by tap; padding contributes nothing.</summary>
internal static unsafe class ConvolutionDirect
{
    private enum Target
    {
        Output,
        Input,
        Weight,
    }

    public static void Forward<T>(in ConvolutionShape s, T* x, T* w, T* y)
        where T : unmanaged, INumberBase<T> => Run(s, x, w, y, Target.Output);

    public static void InputGradient<T>(in ConvolutionShape s, T* dy, T* w, T* dx)
        where T : unmanaged, INumberBase<T> => Run(s, dx, w, dy, Target.Input);

    public static void WeightGradient<T>(in ConvolutionShape s, T* x, T* dy, T* dw)
        where T : unmanaged, INumberBase<T> => Run(s, x, dw, dy, Target.Weight);

    // The maps share one set of triples (input place, weight place, output place); they differ in which of the three is summed into.
    private static void Run<T>(in ConvolutionShape s, T* x, T* w, T* y, Target target)
        where T : unmanaged, INumberBase<T>
    {
        var xs = (long)s.Batch * s.Groups * s.InChannels * s.InPlane;
        var ws = (long)s.Groups * s.OutChannels * s.InChannels * s.Taps;
        var ys = (long)s.Batch * s.Groups * s.OutChannels * s.OutPlane;
        var (cleared, length) = target switch
        {
            Target.Output => ((nint)y, ys),
            Target.Input => ((nint)x, xs),
            _ => ((nint)w, ws),
        };
        new Span<T>((T*)cleared, (int)length).Clear();

        for (var n = 0; n < s.Batch; n++)
        for (var g = 0; g < s.Groups; g++)
        for (var o = 0; o < s.OutChannels; o++)
        for (var c = 0; c < s.InChannels; c++)
        {
            var xp = x + ((long)(n * s.Groups + g) * s.InChannels + c) * s.InPlane;
            var wp = w + ((long)(g * s.OutChannels + o) * s.InChannels + c) * s.Taps;
            var yp = y + ((long)(n * s.Groups + g) * s.OutChannels + o) * s.OutPlane;
            Plane(s, xp, wp, yp, target);
        }
    }

    private static void Plane<T>(in ConvolutionShape s, T* x, T* w, T* y, Target target)
        where T : unmanaged, INumberBase<T>
    {
        for (var kd = 0; kd < s.KernelDepth; kd++)
        for (var kh = 0; kh < s.KernelHeight; kh++)
        for (var kw = 0; kw < s.KernelWidth; kw++, w++)
        for (var od = 0; od < s.OutDepth; od++)
        {
            var id = od * s.StrideDepth + kd * s.DilationDepth - s.PadDepth;
            if ((uint)id >= (uint)s.InDepth)
                continue;
            for (var oh = 0; oh < s.OutHeight; oh++)
            {
                var ih = oh * s.StrideHeight + kh * s.DilationHeight - s.PadHeight;
                if ((uint)ih >= (uint)s.InHeight)
                    continue;
                var xr = x + ((long)id * s.InHeight + ih) * s.InWidth;
                var yr = y + ((long)od * s.OutHeight + oh) * s.OutWidth;
                for (var ow = 0; ow < s.OutWidth; ow++)
                {
                    var iw = ow * s.StrideWidth + kw * s.DilationWidth - s.PadWidth;
                    if ((uint)iw >= (uint)s.InWidth)
                        continue;
                    if (target == Target.Output)
                        yr[ow] += xr[iw] * *w;
                    else if (target == Target.Input)
                        xr[iw] += yr[ow] * *w;
                    else
                        *w += xr[iw] * yr[ow];
                }
            }
        }
    }
}

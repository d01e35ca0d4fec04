using System.Numerics;

namespace DeepFun.Backends.Cpu.Window;

/// <summary>The loops of pooling.</summary>
internal static unsafe class WindowKernels
{
    public static void Run<T>(PoolOp op, byte* from, byte* to, WindowGeometry geometry)
        where T : unmanaged, INumber<T>
    {
        if (op == PoolOp.SumTranspose)
            new System.Span<T>(to, (int)(geometry.Planes * geometry.InputSize)).Clear();
        for (long plane = 0; plane < geometry.Planes; plane++)
        {
            var wide = plane * geometry.InputSize;
            var narrow = plane * geometry.OutputSize;
            switch (op)
            {
                case PoolOp.ArgMax:
                    ArgMax((T*)from + wide, (int*)to + narrow, geometry);
                    break;
                case PoolOp.Sum:
                    Sum((T*)from + wide, (T*)to + narrow, geometry, false);
                    break;
                default:
                    Sum((T*)to + wide, (T*)from + narrow, geometry, true);
                    break;
            }
        }
    }

    private static void ArgMax<T>(T* x, int* y, WindowGeometry g)
        where T : unmanaged, INumber<T>
    {
        for (var od = 0; od < g.Depth.Output; od++)
        for (var oh = 0; oh < g.Height.Output; oh++)
        for (var ow = 0; ow < g.Width.Output; ow++)
        {
            var best = -1;
            for (var kd = g.Depth.FirstTap(od); kd < g.Depth.EndTap(od); kd++)
            for (var kh = g.Height.FirstTap(oh); kh < g.Height.EndTap(oh); kh++)
            for (var kw = g.Width.FirstTap(ow); kw < g.Width.EndTap(ow); kw++)
            {
                var at = Place(g, od, oh, ow, kd, kh, kw);
                if (best < 0 || (!(x[at] <= x[best]) && !T.IsNaN(x[best])))
                    best = (int)at;
            }
            *y++ = best;
        }
    }

    private static void Sum<T>(T* wide, T* narrow, WindowGeometry g, bool transpose)
        where T : unmanaged, INumber<T>
    {
        for (var od = 0; od < g.Depth.Output; od++)
        for (var oh = 0; oh < g.Height.Output; oh++)
        for (var ow = 0; ow < g.Width.Output; ow++)
        {
            var sum = T.Zero;
            for (var kd = g.Depth.FirstTap(od); kd < g.Depth.EndTap(od); kd++)
            for (var kh = g.Height.FirstTap(oh); kh < g.Height.EndTap(oh); kh++)
            for (var kw = g.Width.FirstTap(ow); kw < g.Width.EndTap(ow); kw++)
            {
                var at = Place(g, od, oh, ow, kd, kh, kw);
                if (transpose)
                    wide[at] += *narrow;
                else
                    sum += wide[at];
            }
            if (!transpose)
                *narrow = sum;
            narrow++;
        }
    }

    private static long Place(WindowGeometry g, int od, int oh, int ow, int kd, int kh, int kw) =>
        ((g.Depth.Start(od) + (long)kd * g.Depth.Dilation) * g.Height.Input + g.Height.Start(oh) + (long)kh * g.Height.Dilation)
            * g.Width.Input
        + g.Width.Start(ow)
        + (long)kw * g.Width.Dilation;
}

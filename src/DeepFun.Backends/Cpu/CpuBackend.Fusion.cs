using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

public sealed partial class CpuBackend
{
    /// <inheritdoc/>
    public IFusedKernel? Compile(FusedLoop loop)
    {
        // Where code cannot be emitted, as in programs compiled ahead of time, operations run one by one.
        if (!RuntimeFeature.IsDynamicCodeCompiled)
            return null;
        // The core makes no such loop; a wider one would need a wider set of the inputs that repeat.
        if (loop.Inputs.Length > FusedLoop.MostInputs)
            return null;
        return loop.DType switch
        {
            DType.Float32 => new FusedKernel<float>(loop),
            DType.Float64 => new FusedKernel<double>(loop),
            _ => null,
        };
    }

    /// <inheritdoc/>
    public IFusedKernel? Compile(FusedConvolution convolution) =>
        FusedConvolutionKernel.TryCreate(convolution, ConvolutionTiles<float>.Best);

    /// <inheritdoc/>
    public IFusedKernel? Compile(RowPipeline pipeline)
    {
        if (!RuntimeFeature.IsDynamicCodeCompiled)
            return null;
        return pipeline.DType switch
        {
            DType.Float32 => new RowKernel<float>(pipeline),
            DType.Float64 => new RowKernel<double>(pipeline),
            _ => null,
        };
    }
}

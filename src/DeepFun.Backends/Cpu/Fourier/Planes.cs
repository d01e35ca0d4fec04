namespace DeepFun.Backends.Cpu.Fourier;

/// <summary>
/// Columns of complex numbers, real and imaginary parts apart, so that no register is shuffled: element k of column c lies at
/// k · columns + c. Each pass goes from the first pair of planes to the second, which then become the first.
/// </summary>
internal unsafe struct Planes<T>
    where T : unmanaged
{
    public T* Re;
    public T* Im;
    public T* OtherRe;
    public T* OtherIm;

    /// <summary>After a pass: its result becomes its successor's operand.</summary>
    public void Turn()
    {
        var re = Re;
        var im = Im;
        Re = OtherRe;
        Im = OtherIm;
        OtherRe = re;
        OtherIm = im;
    }

    /// <summary>i times the conjugate: between two of them a forward transform is the inverse one.</summary>
    public void Exchange()
    {
        var re = Re;
        var other = OtherRe;
        Re = Im;
        Im = re;
        OtherRe = OtherIm;
        OtherIm = other;
    }
}

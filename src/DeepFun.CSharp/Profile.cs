using System;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Where the time of a function goes.</summary>
public static class Profile
{
    /// <summary>
    /// Compiles f, runs it at x, and gives the time of each step of its plan beside what this machine can do, which is measured in the same call: for
    /// arithmetic multiply-adds on registers, for memory copies of as many bytes. The argument is not used up.
    /// </summary>
    /// <param name="f">A function of any tree of tensors.</param>
    /// <param name="x">An argument.</param>
    /// <param name="seconds">How long it is measured, after half as long to warm up.</param>
    /// <exception cref="DeepFunException">
    /// DF0402 f reads a value that depends on its argument; DF0902 the seconds are not positive; DF0970 the argument has no values.
    /// </exception>
    /// <example><code>
    /// var profile = Profile.Run((Tensor x) => (x * 2).Tanh().Sum(), Tensor.Ones(1000), seconds: 0.01);
    /// Console.WriteLine(profile.Rows[0].Title); // loop mul tanh sum → float32[]
    /// </code></example>
    public static ProfileReport Run<T, TResult>(Func<T, TResult> f, T x, double seconds = 0.5) => ProfileInterop.Run(f, x, seconds);
}

using System;

namespace DeepFun;

/// <summary>An error that DeepFun reports: what was asked, which rule it broke, what came, what to do.</summary>
/// <param name="code">The stable code, <c>DF0101</c> and so on; <c>docs/errors.md</c> lists them.</param>
/// <param name="message">The sentence for people, without the code.</param>
/// <param name="inner">The cause underneath, when there is one.</param>
public class DeepFunException(string code, string message, Exception? inner = null) : Exception($"{code}: {message}", inner)
{
    /// <summary>The stable code, <c>DF0101</c> and so on.</summary>
    public string Code { get; } = code;
}

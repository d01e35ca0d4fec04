using System;

namespace DeepFun;

/// <summary>
/// Names the formatters of a type. .NET Interactive looks for an attribute of this name on a type that it does not know, whatever assembly
/// the attribute is from, and then by reflection for the members of <see cref="DisplayFormatterSource"/> and <see cref="DisplayFormatter"/>:
/// so its kernels show our types although nothing here depends on them.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = true)]
internal sealed class TypeFormatterSourceAttribute(Type formatterSourceType) : Attribute
{
    /// <summary>Has a constructor without parameters and a method CreateTypeFormatters.</summary>
    public Type FormatterSourceType { get; } = formatterSourceType;

    /// <summary>The forms that a notebook asks for.</summary>
    public string[] PreferredMimeTypes { get; } = [DisplayFormatter.Html];
}

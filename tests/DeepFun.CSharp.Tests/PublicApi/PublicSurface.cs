using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace DeepFun.CSharp.Tests.PublicApi;

/// <summary>Every member that users of an assembly can name, one line each.</summary>
internal static class PublicSurface
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly IReadOnlyDictionary<Type, string> Keywords = new Dictionary<Type, string>
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(int)] = "int",
        [typeof(long)] = "long",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
    };

    public static IEnumerable<Type> Types(Assembly assembly) =>
        assembly.GetExportedTypes().Where(type => !IsCompilers(type)).OrderBy(type => type.FullName, StringComparer.Ordinal);

    public static IEnumerable<string> Lines(Assembly assembly) =>
        Types(assembly)
            .SelectMany(type => Members(type).Select(member => $"{Name(type)}.{member}").Prepend(Header(type)))
            .Distinct()
            .Order(StringComparer.Ordinal);

    /// <summary>Every type that a public signature mentions, with the signature.</summary>
    public static IEnumerable<(string Where, Type Type)> Mentions(Assembly assembly)
    {
        foreach (var type in Types(assembly))
        {
            foreach (var mentioned in type.GetInterfaces().Append(type.BaseType!).Where(t => t is not null))
                yield return (Header(type), mentioned);
            foreach (var argument in type.GetGenericArguments().SelectMany(a => a.GetGenericParameterConstraints()))
                yield return (Header(type), argument);
            foreach (var member in type.GetMembers(Declared).Where(IsVisible))
            foreach (var mentioned in Signature(member))
                yield return ($"{Name(type)}.{member}", mentioned);
        }
    }

    /// <summary>A type and all that it is made of.</summary>
    public static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType)
            return Parts(type.GetElementType()!);
        return type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Prepend(type.GetGenericTypeDefinition()) : [type];
    }

    private static IEnumerable<Type> Signature(MemberInfo member) =>
        member switch
        {
            MethodInfo method =>
            [
                method.ReturnType,
                .. method.GetParameters().Select(p => p.ParameterType),
                .. method.GetGenericArguments().SelectMany(a => a.GetGenericParameterConstraints()),
            ],
            ConstructorInfo constructor => constructor.GetParameters().Select(p => p.ParameterType),
            PropertyInfo property => [property.PropertyType],
            FieldInfo field => [field.FieldType],
            EventInfo handler => [handler.EventHandlerType!],
            _ => [],
        };

    private static bool IsCompilers(MemberInfo member) =>
        member.Name.Contains('<') || member.DeclaringType is { } outer && IsCompilers(outer);

    private static bool IsVisible(MemberInfo member) =>
        !IsCompilers(member)
        && member switch
        {
            MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
            FieldInfo field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly,
            PropertyInfo property => property.GetAccessors(nonPublic: true).Any(IsVisible),
            EventInfo handler => handler.AddMethod is { } add && IsVisible(add),
            _ => false,
        };

    private static string Header(Type type)
    {
        var kind =
            type.IsEnum ? "enum"
            : type.IsInterface ? "interface"
            : type.IsValueType ? "struct"
            : type is { IsAbstract: true, IsSealed: true } ? "static class"
            : type.IsAbstract ? "abstract class"
            : type.IsSealed ? "sealed class"
            : "class";
        var bases = new List<string>();
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) && parent != typeof(Enum))
            bases.Add(Name(parent));
        if (!type.IsEnum)
            bases.AddRange(type.GetInterfaces().Select(Name).Order(StringComparer.Ordinal));
        return $"{Name(type)}: {kind}{(bases.Count > 0 ? " of " + string.Join(", ", bases) : "")}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
            return Enum.GetNames(type).Select(name => $"{name} = {Convert.ToInt64(Enum.Parse(type, name))}");
        return type.GetMembers(Declared).Where(IsVisible).Where(member => !IsAccessor(member)).Select(Line);
    }

    // What records bring along is no choice of ours, and properties and events speak for their accessors.
    private static bool IsAccessor(MemberInfo member) =>
        member.Name == "EqualityContract"
        || member is MethodInfo method
            && (
                method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal)
                || method.GetCustomAttribute<CompilerGeneratedAttribute>() is not null
            );

    private static string Line(MemberInfo member) =>
        member switch
        {
            ConstructorInfo constructor => $"new({Parameters(constructor)})",
            MethodInfo method =>
                $"{Modifier(method)}{method.Name}{Generics(method)}({Parameters(method)}): {Name(method.ReturnType)}{Nullable(new NullabilityInfoContext().Create(method.ReturnParameter))}",
            PropertyInfo property =>
                $"{Modifier(property.GetAccessors(true)[0])}{property.Name}: {Name(property.PropertyType)}{Nullable(new NullabilityInfoContext().Create(property))} {{ {string.Join(' ', property.GetAccessors(true).Where(IsVisible).Select(Accessor).Order())} }}",
            FieldInfo field => $"{(field.IsStatic ? "static " : "")}{field.Name}: {Name(field.FieldType)}",
            _ => member.ToString()!,
        };

    private static string Accessor(MethodInfo accessor) =>
        accessor.Name.StartsWith("get_", StringComparison.Ordinal) ? "get;"
        : accessor.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init;"
        : "set;";

    private static string Modifier(MethodInfo method) =>
        (method.IsFamily ? "protected " : "")
        + (
            method.IsDefined(typeof(ExtensionAttribute)) ? "extension "
            : method.IsStatic ? "static "
            : ""
        )
        + (method.IsAbstract && !method.DeclaringType!.IsInterface ? "abstract " : "");

    private static string Generics(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(a => a.Name))}>" : "";

    private static string Parameters(MethodBase method) =>
        string.Join(
            ", ",
            method
                .GetParameters()
                .Select(p =>
                    (p.IsDefined(typeof(ParamArrayAttribute)) || p.IsDefined(typeof(ParamCollectionAttribute)) ? "params " : "")
                    + $"{Name(p.ParameterType)}{Nullable(new NullabilityInfoContext().Create(p))} {p.Name}"
                    + (p.HasDefaultValue ? $" = {Default(p.DefaultValue)}" : "")
                )
        );

    private static string Nullable(NullabilityInfo info) =>
        !info.Type.IsValueType && !info.Type.IsGenericParameter && info.ReadState == NullabilityState.Nullable ? "?" : "";

    private static string Default(object? value) =>
        value switch
        {
            null => "null",
            string text => $"\"{text}\"",
            bool flag => flag ? "true" : "false",
            IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
            _ => value.ToString()!,
        };

    private static string Name(Type type)
    {
        if (type.IsByRef)
            return "ref " + Name(type.GetElementType()!);
        if (type.IsArray)
            return $"{Name(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (type.IsPointer)
            return Name(type.GetElementType()!) + "*";
        if (System.Nullable.GetUnderlyingType(type) is { } underlying)
            return Name(underlying) + "?";
        if (type.IsGenericParameter)
            return type.Name;
        if (Keywords.TryGetValue(type, out var keyword))
            return keyword;
        var outer = type.IsNested ? Name(type.DeclaringType!) + "." : "";
        var space =
            type.IsNested || type.Namespace is null || type.Namespace.StartsWith("System", StringComparison.Ordinal)
                ? ""
                : type.Namespace + ".";
        var plain = type.Name.Split('`')[0];
        return outer + space + plain + (type.IsGenericType ? $"<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : "");
    }
}

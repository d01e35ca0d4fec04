namespace DeepFun.Backends;

/// <summary>Groups of element types, as error texts name them.</summary>
internal static class DTypeNames
{
    public const string Floats = "floating dtypes (float16, bfloat16, float32, float64)";
    public const string WideFloats = "float32 and float64";
    public const string Numbers = "floating and integer dtypes";
    public const string Discrete = "bool and integer dtypes";
    public const string Truth = "bool";
}

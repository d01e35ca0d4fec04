using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Checks of a model file against the layers that it should belong to.</summary>
internal static class ModelFile
{
    public static Shape ParseShape(string path, string text)
    {
        var sizes = new List<int>();
        foreach (var part in text.Split(',', System.StringSplitOptions.RemoveEmptyEntries))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var size))
                DataErrors.OtherModel(path, $"its input shape reads '{text}'");
            sizes.Add(size);
        }
        return Shape.Of([.. sizes]);
    }

    /// <summary>Parameters and state as the layers would have them for the file's inputs.</summary>
    public static (Params Parameters, Params State) Initialize(string path, Layer layer, Shape inputShape)
    {
        try
        {
            Interop.OutputShape(layer, inputShape);
            return Interop.Init(layer, FSharp.Key.ofSeed(0), inputShape);
        }
        catch (DeepFunException e)
        {
            DataErrors.OtherModel(path, $"it takes inputs of shape {inputShape}, the layers do not ({e.Message})");
            throw;
        }
    }

    public static void CheckNames(string path, TensorFile file, IEnumerable<string> expected)
    {
        var wanted = expected.ToHashSet();
        var missing = wanted.Where(name => !file.Tensors.ContainsKey(name)).ToArray();
        var extra = file.Tensors.Keys.Where(name => !wanted.Contains(name)).ToArray();
        if (missing.Length > 0)
            DataErrors.OtherModel(path, $"it lacks {string.Join(", ", missing.Take(5))}");
        if (extra.Length > 0)
            DataErrors.OtherModel(path, $"it holds {string.Join(", ", extra.Take(5))}, which the layers do not have");
    }

    public static Tensor Tensor(string path, TensorFile file, string name, Tensor template)
    {
        var tensor = file.Tensors[name];
        if (tensor.Shape != template.Shape || tensor.DType != template.DType)
            DataErrors.OtherModel(
                path,
                $"{name} is {DTypes.Name(tensor.DType)}{tensor.Shape}, the layers need {DTypes.Name(template.DType)}{template.Shape}"
            );
        return tensor;
    }
}

using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Files of parameters and state, and their checks against the layers that they should belong to.</summary>
internal static class ModelFile
{
    public const string NetworkEntry = "deepfun.network";

    /// <summary>Writes parameters and state under their paths; the folder is created.</summary>
    public static void Write(string path, IEnumerable<KeyValuePair<string, string>> metadata, Params parameters, Params state)
    {
        DataErrors.Writing(path, () => Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!));
        Interop.SaveTensors(path, metadata, Named(parameters, state));
    }

    /// <summary>Parameters and state of a file, where they have the structure, the shapes and the dtypes of these.</summary>
    public static (Params Parameters, Params State) Read(string path, TensorFile file, (Params Parameters, Params State) like)
    {
        CheckNames(path, file, Named(like.Parameters, like.State).Select(e => e.Key));
        return (Fill(path, file, "params", like.Parameters), Fill(path, file, "state", like.State));
    }

    private static IEnumerable<KeyValuePair<string, Tensor>> Named(Params parameters, Params state) =>
        [
            .. parameters.Entries.Select(e => KeyValuePair.Create($"params/{e.Key}", e.Value)),
            .. state.Entries.Select(e => KeyValuePair.Create($"state/{e.Key}", e.Value)),
        ];

    private static Params Fill(string path, TensorFile file, string prefix, Params template)
    {
        var read = template.Entries.Select(e => Tensor(path, file, $"{prefix}/{e.Key}", e.Value)).ToArray();
        return Interop.Rebuild(template, read);
    }

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

    private static void CheckNames(string path, TensorFile file, IEnumerable<string> expected)
    {
        var wanted = expected.ToHashSet();
        var missing = wanted.Where(name => !file.Tensors.ContainsKey(name)).ToArray();
        var extra = file.Tensors.Keys.Where(name => !wanted.Contains(name)).ToArray();
        if (missing.Length > 0)
            DataErrors.OtherModel(path, $"it lacks {string.Join(", ", missing.Take(5))}");
        if (extra.Length > 0)
            DataErrors.OtherModel(path, $"it holds {string.Join(", ", extra.Take(5))}, which the layers do not have");
    }

    private static Tensor Tensor(string path, TensorFile file, string name, Tensor template)
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

using System;
using System.Diagnostics.CodeAnalysis;
using System.IO;

namespace DeepFun;

/// <summary>The error texts of data and model files; codes DF0540 to DF0559.</summary>
internal static class DataErrors
{
    [DoesNotReturn]
    public static void Missing(string path) =>
        throw new DeepFunException(
            "DF0540",
            $"There is no data file '{path}'. Bring the MNIST files with ./build.sh mnist, or name their folder with --data-dir."
        );

    [DoesNotReturn]
    public static void BadIdx(string path, string reason) =>
        throw new DeepFunException("DF0541", $"The data file '{path}' {reason}. Delete it and bring it again with ./build.sh mnist.");

    [DoesNotReturn]
    public static void NoModel(string path, string entry, string writer) =>
        throw new DeepFunException("DF0550", $"The file '{path}' was not written by {writer}: its metadata lack '{entry}'.");

    [DoesNotReturn]
    public static void OtherModel(string path, string reason) =>
        throw new DeepFunException(
            "DF0551",
            $"The file '{path}' belongs to another model: {reason}. Build the layers that were saved, or train anew."
        );

    public static byte[] ReadAll(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DeepFunException("DF0542", $"The data file '{path}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Gives what the file system throws while something is written our code and text.</summary>
    public static void Writing(string path, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new DeepFunException(
                "DF0543",
                $"'{path}' cannot be written: {e.Message} Check the path, the permissions and the free space.",
                e
            );
        }
    }
}

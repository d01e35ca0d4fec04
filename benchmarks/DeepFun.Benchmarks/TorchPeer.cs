using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;

namespace DeepFun.Benchmarks;

/// <summary>PyTorch in a Python process that measures on request, so that both sides take turns.</summary>
internal sealed class TorchPeer : IDisposable
{
    private readonly Process process;

    private TorchPeer(Process process, string description)
    {
        this.process = process;
        Description = description;
    }

    /// <summary>Name and version.</summary>
    public string Description { get; }

    /// <summary>The peer, or null when the system's Python has no PyTorch.</summary>
    public static TorchPeer? Start(string script, string options = "")
    {
        const string python = "/usr/bin/python3";
        var path = Path.Combine("benchmarks", "peers", script);
        if (!File.Exists(python) || !File.Exists(path))
            return null;
        var process = Process.Start(
            new ProcessStartInfo(python, $"{path} {options}") { RedirectStandardInput = true, RedirectStandardOutput = true }
        )!;
        var hello = process.StandardOutput.ReadLine();
        return hello is null or "none" ? null : new TorchPeer(process, hello);
    }

    /// <summary>The figure that the request line asks for: seconds, or an accuracy.</summary>
    public double Measure(string request)
    {
        process.StandardInput.WriteLine(request);
        process.StandardInput.Flush();
        return double.Parse(process.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }
}

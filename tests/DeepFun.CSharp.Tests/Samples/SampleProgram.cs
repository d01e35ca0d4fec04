using System;
using System.Diagnostics;
using System.Threading.Tasks;

namespace DeepFun.CSharp.Tests.Samples;

/// <summary>A sample, run as its users run it: as a process.</summary>
internal sealed record SampleProgram(int ExitCode, string Output, string Errors)
{
    public static Task<SampleProgram> RunAsync(string name, params string[] arguments) => RunInAsync(null, name, arguments);

    /// <summary>With a cache folder of its own: without MNIST, for example.</summary>
    public static async Task<SampleProgram> RunInAsync(string? cache, string name, params string[] arguments)
    {
        var program = Repository.PathOf("samples", name, "bin", Repository.Configuration, "net10.0", $"{name}.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (cache is not null)
            start.Environment["XDG_CACHE_HOME"] = cache;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        // All samples of a program need half a minute; on a machine that does much else besides, several.
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(8));
        return new(process.ExitCode, await output, await errors);
    }
}

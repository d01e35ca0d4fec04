using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using DeepFun;
using Documents;

// Runs samples by name, says what each achieved beside what it had to, and writes a page for each.
var usage = $"""
    Usage: NAME... [--quick] [--output FOLDER]
    Names: {string.Join(", ", Samples.All.Keys)}; or all
      --quick          small data
      --output FOLDER  where the pages go; default: artifacts/samples
    """;
var (names, quick, folder) = (new List<string>(), false, "artifacts/samples");
for (var i = 0; i < args.Length; i++)
    switch (args[i])
    {
        case "--help" or "-h":
            Console.WriteLine(usage);
            return 0;
        case "--quick":
            quick = true;
            break;
        case "--output" when i + 1 < args.Length:
            folder = args[++i];
            break;
        case "all":
            names.AddRange(Samples.All.Keys);
            break;
        case var name when Samples.All.ContainsKey(name):
            names.Add(name);
            break;
        default:
            Console.Error.WriteLine($"There is no sample and no option '{args[i]}'.\n{usage}");
            return 2;
    }
if (names.Count == 0)
{
    Console.WriteLine(usage);
    return 0;
}
var failed = names.Where(name => !Run(name)).ToArray();
if (failed.Length == 0)
    return 0;
Console.Error.WriteLine($"Failed: {string.Join(", ", failed)}");
return 1;

// Whatever goes wrong in one sample, the others run.
bool Run(string name)
{
    try
    {
        return Reaches(name);
    }
    catch (Exception error)
    {
        Console.Error.WriteLine($"{name} FAILED: {(error is DeepFunException ? error.Message : error)}");
        return false;
    }
}

bool Reaches(string name)
{
    var result = Samples.All[name](new(quick));
    var page = Path.Combine(folder, $"{name}.html");
    result.Save(page);
    foreach (var achievement in result.Achievements)
        Console.WriteLine($"{name} {achievement}");
    Console.WriteLine($"{name} wrote {page}");
    return result.IsMet;
}

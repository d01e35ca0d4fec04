using System;
using System.Collections.Generic;
using System.Linq;
using DeepFun;

namespace Documents;

/// <summary>How a sample is run.</summary>
/// <param name="Quick">On small data, as the tests do; otherwise on all of it.</param>
internal sealed record SampleOptions(bool Quick)
{
    /// <summary>A size or a demand that depends on how the sample is run.</summary>
    public T Pick<T>(T quick, T full) => Quick ? quick : full;
}

/// <summary>A figure that a sample reached, beside the one that it had to reach.</summary>
internal sealed record Achievement(string What, double Reached, double Needed, bool IsUpperLimit)
{
    public static Achievement AtLeast(string what, double reached, double needed) => new(what, reached, needed, false);

    public static Achievement AtMost(string what, double reached, double needed) => new(what, reached, needed, true);

    // A figure that is not a number is never enough.
    public bool IsMet => IsUpperLimit ? Reached <= Needed : Reached >= Needed;

    public string Demand => $"at {(IsUpperLimit ? "most" : "least")} {Needed:G4}";

    public override string ToString() => $"{(IsMet ? "reached" : "MISSED")}: {What} {Reached:G4} (needed: {Demand})";
}

/// <summary>What a sample hands back: its page and its figures.</summary>
internal sealed record SampleResult(HtmlReport Report, params Achievement[] Achievements)
{
    public bool IsMet => Achievements.All(a => a.IsMet);

    /// <summary>Writes the page, with the achievements at its end.</summary>
    public void Save(string path) =>
        Report
            .Heading("Achieved")
            .Table(
                ["figure", "reached", "needed", "met"],
                Achievements.Select(a => (IReadOnlyList<string>)[a.What, $"{a.Reached:G4}", a.Demand, a.IsMet ? "yes" : "no"])
            )
            .Save(path);
}

/// <summary>Handwritten digits: MNIST where ./build.sh mnist has brought it, else, and on quick runs, the embedded ones of 8×8 pixels.</summary>
internal sealed record DigitsData(string Name, bool IsMnist, Dataset Train, Dataset Test)
{
    public static DigitsData Of(SampleOptions options)
    {
        if (!options.Quick)
            try
            {
                var (train, test) = Datasets.Mnist();
                return new("MNIST", true, train, test);
            }
            catch (DeepFunException e) when (e.Code == "DF0540")
            {
                Console.WriteLine("MNIST is not here (./build.sh mnist brings it): the embedded digits instead.");
            }
        var (few, held) = Datasets.Digits();
        return new("UCI digits", false, few, held);
    }

    /// <summary>A setting or a demand that depends on the digits.</summary>
    public T Pick<T>(T embedded, T mnist) => IsMnist ? mnist : embedded;
}

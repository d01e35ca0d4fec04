using System;
using System.Collections.Generic;
using System.IO;
using Spectre.Console;

namespace DeepFun;

/// <summary>Progress of a training on the console, or nowhere.</summary>
public static class ConsoleProgress
{
    /// <summary>
    /// A bar with loss, metrics, speed and remaining time, and a lasting line an epoch. Where the output is no terminal (a file, a pipe, a
    /// notebook) plain lines: one an epoch, and one for each quarter of an epoch that takes long.
    /// </summary>
    public static TrainingProgress Live { get; } = new StandardOutputProgress();

    /// <summary>Shows nothing.</summary>
    public static TrainingProgress Silent { get; } = new SilentProgress();

    /// <summary>Plain lines to a writer: one an epoch, and one for each quarter of an epoch that takes long.</summary>
    public static TrainingProgress To(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        return new PlainProgress(writer, TimeProvider.System);
    }

    /// <summary>Live on a console that can move its cursor, plain lines on another.</summary>
    internal static TrainingProgress To(IAnsiConsole console, TimeProvider? time = null) =>
        console.Profile.Capabilities.Ansi
            ? new LiveProgress(console, time ?? TimeProvider.System)
            : new PlainProgress(console.Profile.Out.Writer, time ?? TimeProvider.System);

    private sealed class SilentProgress : TrainingProgress
    {
        public override void Follow(IEnumerable<TrainingNews> news)
        {
            ArgumentNullException.ThrowIfNull(news);
            foreach (var _ in news) { }
        }
    }

    /// <summary>Looks at the standard output when a training starts, because a program or a notebook may have replaced it.</summary>
    private sealed class StandardOutputProgress : TrainingProgress
    {
        public override void Follow(IEnumerable<TrainingNews> news)
        {
            var console = AnsiConsole.Create(new AnsiConsoleSettings());
            if (Console.IsOutputRedirected || !console.Profile.Out.IsTerminal || !console.Profile.Capabilities.Ansi)
            {
                To(Console.Out).Follow(news);
                return;
            }

            // An interrupted program ends without unwinding: the cursor that the bar hides is brought back here.
            ConsoleCancelEventHandler showCursor = (_, _) => console.Cursor.Show(true);
            Console.CancelKeyPress += showCursor;
            try
            {
                new LiveProgress(console, TimeProvider.System).Follow(news);
            }
            finally
            {
                Console.CancelKeyPress -= showCursor;
            }
        }
    }
}

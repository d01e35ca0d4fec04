using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Spectre.Console;
using Xunit;

namespace DeepFun.CSharp.Tests;

public class ConsoleProgressTests
{
    public static TheoryData<string> Kinds() => ["silent", "plain", "live"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void News_are_enumerated_once_to_the_end_and_on_the_callers_thread(string kind)
    {
        var (starts, ends, steps) = (0, 0, 0);
        var caller = Environment.CurrentManagedThreadId;
        IEnumerable<TrainingNews> Training()
        {
            starts++;
            foreach (var item in News(3, 50))
            {
                Assert.Equal(caller, Environment.CurrentManagedThreadId);
                steps += item is StepNews ? 1 : 0;
                yield return item;
            }

            ends++;
        }

        Progress(kind, new StringWriter()).Follow(Training());
        Assert.Equal((1, 1, 150), (starts, ends, steps));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_exception_passes_through_and_the_news_are_disposed(string kind)
    {
        var disposed = false;
        var error = new InvalidOperationException("the loss is not a number");
        IEnumerable<TrainingNews> Training()
        {
            try
            {
                foreach (var item in News(1, 5))
                    yield return item;
                throw error;
            }
            finally
            {
                disposed = true;
            }
        }

        var output = new StringWriter();
        Assert.Same(error, Assert.Throws<InvalidOperationException>(() => Progress(kind, output).Follow(Training())));
        Assert.True(disposed);
        if (kind != "live")
            return;
        var screen = new Screen(output.ToString());
        Assert.False(screen.CursorHidden);
        Assert.DoesNotContain(screen.Lines, line => line.Contains("batch", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void No_news_show_nothing(string kind)
    {
        var output = new StringWriter();
        Progress(kind, output).Follow([]);
        Assert.All(new Screen(output.ToString()).Lines, line => Assert.Equal("", line.Trim()));
    }

    [Fact]
    public void A_file_gets_one_line_an_epoch()
    {
        var writer = new StringWriter { NewLine = "\n" };
        ConsoleProgress.To(writer).Follow(News(epochs: 2, batches: 100, validated: true));
        Assert.Equal(
            "epoch 1/2    2.5 s  loss 0.5000  accuracy 0.9000  | validation loss 0.5000  accuracy 0.9000\n"
                + "epoch 2/2    2.5 s  loss 0.2500  accuracy 0.9000  | validation loss 0.2500  accuracy 0.9000\n",
            writer.ToString()
        );
    }

    [Fact]
    public void A_slow_epoch_gets_a_line_for_each_quarter()
    {
        var clock = new Clock();
        var output = new StringWriter();
        ConsoleProgress.To(Console(output, AnsiSupport.No), clock).Follow(News(1, 8, beforeStep: () => clock.Advance(6)));
        Assert.Equal(
            [
                "epoch 1/1  batch 2/8  loss 0.5000  accuracy 0.9000  1,000 examples/s",
                "epoch 1/1  batch 4/8  loss 0.5000  accuracy 0.9000  1,000 examples/s",
                "epoch 1/1  batch 6/8  loss 0.5000  accuracy 0.9000  1,000 examples/s",
                "epoch 1/1    2.5 s  loss 0.5000  accuracy 0.9000",
            ],
            output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd('\r'))
        );
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("live")]
    public void The_reason_of_an_early_end_is_told_on_one_line(string kind)
    {
        var output = new StringWriter();
        Progress(kind, output).Follow([new StoppedNews("no better\nfor 3 \u001b[2Jepochs")]);
        Assert.Contains(
            "stopped: no better for 3  [2Jepochs",
            new Screen(output.ToString()).Lines.Select(line => line.TrimEnd()).ToArray()
        );
    }

    [Fact]
    public void A_terminal_keeps_the_epochs_and_loses_the_bar()
    {
        var output = new StringWriter();
        Progress("live", output).Follow(News(2, 20, validated: true));
        var screen = new Screen(output.ToString());
        Assert.Equal(
            [
                "epoch 1/2    2.5 s  loss 0.5000  accuracy 0.9000  | validation loss 0.5000  accuracy 0.9000",
                "epoch 2/2    2.5 s  loss 0.2500  accuracy 0.9000  | validation loss 0.2500  accuracy 0.9000",
            ],
            screen.Lines.Select(line => line.TrimEnd()).Where(line => line.Length > 0)
        );
        Assert.False(screen.CursorHidden);
    }

    [Fact]
    public void The_bar_shows_where_the_training_is()
    {
        var clock = new Clock();
        var output = new StringWriter();
        var shown = "";
        IEnumerable<TrainingNews> Training()
        {
            foreach (var item in News(2, 4, beforeStep: () => clock.Advance(1)))
            {
                yield return item;
                if (item is StepNews { Epoch: 2, Batch: 2 })
                    shown = new Screen(output.ToString()).Lines[^1].TrimEnd();
            }
        }

        ConsoleProgress.To(Console(output, AnsiSupport.Yes), clock).Follow(Training());
        // Six of eight steps took six seconds, so two are left. The bar is half of 32.
        Assert.Equal(
            $"epoch 2/2 {new string('#', 16)}{new string('-', 16)} batch 2/4  loss 0.2500  accuracy 0.9000  1,000 examples/s  ETA 2.0 s",
            shown.Replace('━', '#').Replace('─', '-')
        );
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(300)]
    public void The_bar_fits_every_width(int width)
    {
        var output = new StringWriter();
        var widest = 0;
        IEnumerable<TrainingNews> Training()
        {
            foreach (var item in News(1, 3))
            {
                yield return item;
                var lines = new Screen(output.ToString()).Lines;
                if (item is StepNews)
                    widest = Math.Max(widest, lines.Max(line => line.TrimEnd().Length));
            }
        }

        ConsoleProgress.To(Console(output, AnsiSupport.Yes, width)).Follow(Training());
        Assert.InRange(widest, 1, Math.Max(1, width - 1));
    }

    [Fact]
    public void Drawing_is_rare()
    {
        var clock = new Clock();
        var output = new StringWriter();
        // 10,000 steps within one second: at most ten drawings, the first and the last.
        ConsoleProgress.To(Console(output, AnsiSupport.Yes), clock).Follow(News(1, 10_000, beforeStep: () => clock.Advance(0.0001)));
        Assert.InRange(output.ToString().Split("examples/s").Length - 1, 5, 16);
    }

    [Theory]
    [InlineData(0.04, "0.0 s")]
    [InlineData(59.94, "59.9 s")]
    [InlineData(59.96, "1:00")]
    [InlineData(65, "1:05")]
    [InlineData(7384, "2:03:04")]
    [InlineData(double.NaN, "–")]
    [InlineData(double.PositiveInfinity, "–")]
    public void Durations_are_short(double seconds, string expected) => Assert.Equal(expected, ProgressText.Duration(seconds));

    [Theory]
    [InlineData(0, "0.0000")]
    [InlineData(0.05214, "0.0521")]
    [InlineData(3.2e-7, "3.200e-7")]
    [InlineData(-123456, "-1.235e5")]
    [InlineData(double.NaN, "NaN")]
    public void Small_losses_keep_their_digits(double value, string expected) => Assert.Equal(expected, FigureText.Steady(value));

    [Fact]
    public void A_resumed_training_is_not_taken_for_a_fast_one()
    {
        var clock = new Clock();
        var remaining = new RemainingTime(clock);
        var values = new EvaluationResult(1, [], 1);
        // Epochs 1 to 8 were done before; two steps of ten took 10 s each.
        StepNews Step(int batch) => new(9, 10, batch, 10, values, values, 1);
        clock.Advance(10);
        remaining.Note(Step(1));
        clock.Advance(10);
        remaining.Note(Step(2));
        Assert.Equal(180, remaining.Seconds(Step(2)), 1e-6);
    }

    private static TrainingProgress Progress(string kind, StringWriter output) =>
        kind switch
        {
            "silent" => ConsoleProgress.Silent,
            "plain" => ConsoleProgress.To(output),
            _ => ConsoleProgress.To(Console(output, AnsiSupport.Yes)),
        };

    private static IAnsiConsole Console(StringWriter output, AnsiSupport ansi, int width = 120)
    {
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = ansi,
                ColorSystem = ColorSystemSupport.NoColors,
                Interactive = InteractionSupport.No,
                Out = new AnsiConsoleOutput(output),
            }
        );
        console.Profile.Width = width;
        return console;
    }

    /// <summary>A training whose loss halves each epoch.</summary>
    private static IEnumerable<TrainingNews> News(int epochs, int batches, bool validated = false, Action? beforeStep = null)
    {
        for (var epoch = 1; epoch <= epochs; epoch++)
        {
            var values = new EvaluationResult(Math.Pow(0.5, epoch), [new("accuracy", 0.9)], 32);
            for (var batch = 1; batch <= batches; batch++)
            {
                beforeStep?.Invoke();
                yield return new StepNews(epoch, epochs, batch, batches, values, values, 1000);
            }

            yield return new EpochNews(epoch, epochs, values, validated ? values : null, 2.5);
        }
    }

    private sealed class Clock : TimeProvider
    {
        private long now;

        public override long TimestampFrequency => 10_000_000;

        public override long GetTimestamp() => Interlocked.Read(ref now);

        public void Advance(double seconds) => now += (long)(seconds * TimestampFrequency);
    }
}

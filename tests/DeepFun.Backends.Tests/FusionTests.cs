using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using DeepFun.Backends;
using DeepFun.Backends.Cpu;
using Xunit;
using static DeepFun.Backends.Tests.HostTensors;

namespace DeepFun.Backends.Tests;

/// <summary>Fused loops against a walk over the elements in double precision that knows neither registers nor rows.</summary>
public class FusionTests
{
    private static readonly int[][] Spaces =
    [
        [],
        [1],
        [7],
        [3, 5],
        [1, 40],
        [33, 1],
        [4, 17],
        [2, 3, 19],
        [64, 10],
        [5, 1, 33],
        [70_000],
        [300, 301],
        [2, 50_000],
        [0, 4],
        [4, 0],
        [3, 2, 2, 18],
    ];

    /// <summary>Seeds, spaces and dtypes.</summary>
    public static IEnumerable<object[]> Cases() =>
        from space in Enumerable.Range(0, Spaces.Length)
        from seed in Enumerable.Range(0, 5)
        select new object[] { space, seed, seed % 3 == 0 ? DType.Float64 : DType.Float32 };

    [Theory, MemberData(nameof(Cases))]
    public void A_random_loop_gives_what_a_plain_walk_gives(int space, int seed, DType dtype)
    {
        var random = new Random(1000 * space + seed);
        var (loop, inputs) = Draw(random, Spaces[space], dtype);
        var kernel = Backend.Compile(loop);
        Assert.NotNull(kernel);
        var results = kernel.Run(inputs.Select(x => x.Storage).ToArray());
        var expected = FusedReference.Run(loop, inputs.Select(x => x.Values).ToArray());
        for (var o = 0; o < results.Length; o++)
        {
            Assert.Equal(loop.Outputs[o].Shape, results[o].Shape);
            var actual = Read(results[o]);
            Assert.Equal(expected[o].Length, actual.Length);
            var scale = 1 + expected[o].Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
            var tolerance = (dtype == DType.Float64 ? 1e-12 : 2e-5) * scale;
            for (var i = 0; i < actual.Length; i++)
                Assert.True(
                    expected[o][i].Equals(actual[i]) || Math.Abs(expected[o][i] - actual[i]) <= tolerance,
                    $"output {o}, element {i}: {actual[i]} instead of {expected[o][i]}"
                );
        }
    }

    /// <summary>Loops that differ only in what equality of numbers does not see must not share their code.</summary>
    [Fact]
    public void Zeros_of_different_sign_are_different_constants()
    {
        foreach (var zero in new[] { 0.0, -0.0, 0.0 })
        {
            var loop = new FusedLoop(
                DType.Float64,
                [3],
                0,
                [new FusedInput(DType.Float64, null)],
                [FusedInstruction.Input(0), FusedInstruction.Constant(zero), FusedInstruction.Binary(BinaryOp.Multiply, 0, 1)],
                [new FusedOutput(2, FusedPlace.Element, [3])]
            );
            var actual = Read(Backend.Compile(loop)!.Run(Store(Dense.Build([3], i => i[0] + 1), DType.Float64))[0]);
            Assert.All(actual, value => Assert.Equal(double.IsNegative(zero), double.IsNegative(value)));
        }
    }

    /// <summary>Results go where they are told to, be that the memory of an input.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void Results_may_be_written_over_inputs(int space, int seed, DType dtype)
    {
        var random = new Random(7000 * space + seed);
        var (loop, inputs) = Draw(random, Spaces[space], dtype);
        var kernel = Backend.Compile(loop)!;
        var storages = inputs.Select(x => (Storage)CpuBackend.Contiguous(x.Storage)).ToArray();
        var expected = kernel.Run(storages).Select(Read).ToArray();
        var results = new Storage?[expected.Length];
        for (var o = 0; o < results.Length; o++)
        {
            var input = Array.FindIndex(storages, s => !results.Contains(s) && s.Shape == loop.Outputs[o].Shape);
            results[o] =
                input >= 0 && loop.MayReplace(input, o)
                    ? storages[input]
                    : CpuBackend.Instance.Reserve(loop.IsTruth(loop.Outputs[o].Value) ? DType.Bool : dtype, loop.Outputs[o].Shape);
        }
        var targets = results.ToArray();
        kernel.Run(storages, results);
        for (var o = 0; o < results.Length; o++)
        {
            Assert.Same(targets[o], results[o]);
            Assert.Equal(expected[o], Read(results[o]!));
        }
    }

    [Fact]
    public void Results_do_not_depend_on_threads()
    {
        var (loop, inputs) = Draw(new Random(5), [300, 301], DType.Float32);
        var storages = inputs.Select(x => x.Storage).ToArray();
        var kernel = Backend.Compile(loop)!;
        var threads = WorkerPool.Threads;
        var many = kernel.Run(storages).Select(Read).ToArray();
        try
        {
            WorkerPool.Threads = 1;
            var one = kernel.Run(storages).Select(Read).ToArray();
            Assert.Equal(many, one);
        }
        finally
        {
            WorkerPool.Threads = threads;
        }
    }

    [Fact]
    public void Not_a_number_spreads_as_in_the_operations_one_by_one()
    {
        var x = Store(new Dense([2, 3], [1, double.NaN, 2, 4, 5, double.PositiveInfinity]), DType.Float32);
        var loop = new FusedLoop(
            DType.Float32,
            Shape.Of(2, 3),
            1,
            [new FusedInput(DType.Float32, null)],
            [
                FusedInstruction.Input(0),
                FusedInstruction.Reduce(ReduceOp.Max, 0),
                FusedInstruction.Binary(BinaryOp.Subtract, 0, 1),
                FusedInstruction.Unary(UnaryOp.IsNaN, 2),
            ],
            [new FusedOutput(1, FusedPlace.Row, Shape.Of(2)), new FusedOutput(3, FusedPlace.Element, Shape.Of(2, 3))]
        );
        var results = Backend.Compile(loop)!.Run(x);
        Assert.Equal([double.NaN, double.PositiveInfinity], Read(results[0]));
        Assert.Equal([1, 1, 1, 0, 0, 1], Read(results[1]));
        Assert.Equal(DType.Bool, results[1].DType);
    }

    /// <summary>As many inputs as a loop may read, small and large; every third is one number for all elements.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(3000)]
    public void Each_of_many_inputs_repeats_or_not_by_itself(int count)
    {
        var (loop, inputs) = SumOf(64, count);
        var expected = Enumerable.Range(0, count).Select(i => Enumerable.Range(0, 64).Sum(input => input % 3 == 0 ? input : input + i));
        var kernel = Backend.Compile(loop);
        Assert.NotNull(kernel);
        Assert.Equal(expected.Select(v => (double)v), Read(kernel.Run(inputs)[0]));
    }

    /// <summary>Its operations then run one by one.</summary>
    [Theory]
    [InlineData(65)]
    [InlineData(70)]
    public void A_loop_that_reads_more_inputs_than_it_may_is_refused(int inputs) => Assert.Null(Backend.Compile(SumOf(inputs, 5).Loop));

    private static (FusedLoop Loop, Storage[] Inputs) SumOf(int inputs, int count)
    {
        var numbers = Enumerable.Range(0, inputs).ToArray();
        var loop = new FusedLoop(
            DType.Float32,
            Shape.Of(count),
            0,
            [.. numbers.Select(input => new FusedInput(DType.Float32, input % 3 == 0 ? [] : [0]))],
            [
                .. numbers.Select(FusedInstruction.Input),
                .. numbers[1..].Select(input => FusedInstruction.Binary(BinaryOp.Add, input == 1 ? 0 : inputs + input - 2, input)),
            ],
            [new FusedOutput(2 * inputs - 2, FusedPlace.Element, Shape.Of(count))]
        );
        var storages = numbers.Select(input =>
            (Storage)Store(Dense.Build(input % 3 == 0 ? [] : [count], at => input + at.Sum()), DType.Float32)
        );
        return (loop, [.. storages]);
    }

    /// <summary>A value a row need not be a reduction; then the row, however long, is not cut.</summary>
    [Fact]
    public void A_constant_and_an_input_for_a_row_are_not_added_up()
    {
        var loop = new FusedLoop(
            DType.Float64,
            Shape.Of(70_000),
            1,
            [new FusedInput(DType.Float64, null), new FusedInput(DType.Float64, [])],
            [
                FusedInstruction.Input(0),
                FusedInstruction.Input(1),
                FusedInstruction.Constant(0.75),
                FusedInstruction.Reduce(ReduceOp.Sum, 0),
            ],
            [
                new FusedOutput(2, FusedPlace.Row, Shape.Scalar),
                new FusedOutput(1, FusedPlace.Row, Shape.Scalar),
                new FusedOutput(3, FusedPlace.Row, Shape.Scalar),
            ]
        );
        var x = Store(Dense.Build([70_000], at => at[0] % 5), DType.Float64);
        var results = Backend.Compile(loop)!.Run(x, Store(new Dense([], [3]), DType.Float64));
        Assert.Equal([0.75, 3, 140_000], results.SelectMany(Read));
    }

    private readonly record struct Operand(Storage Storage, double[] Values);

    // A body of random instructions over inputs that are whole, repeat, or are turned; reductions and columns where there are rows.
    private static (FusedLoop Loop, List<Operand> Inputs) Draw(Random random, int[] space, DType dtype)
    {
        var rowAxes = space.Length == 0 ? 0 : random.Next(1, Math.Min(2, space.Length) + 1);
        var inputs = new List<Operand>();
        var descriptions = new List<FusedInput>();
        var body = new List<FusedInstruction>();
        for (var i = 0; i < 3; i++)
        {
            var truth = i == 2;
            var axes = Enumerable.Range(0, space.Length).Where(_ => i == 0 || random.Next(3) > 0).ToArray();
            var sizes = axes.Select(a => random.Next(4) == 0 ? 1 : space[a]).ToArray();
            var values = Enumerable
                .Range(0, sizes.Aggregate(1, (a, b) => a * b))
                .Select(_ => truth ? random.Next(2) : (double)(float)(random.NextDouble() * 2 - 1))
                .ToArray();
            inputs.Add(
                new Operand(Turned(random, sizes, truth ? DType.Bool : dtype, values), FusedReference.Spread(values, sizes, axes, space))
            );
            descriptions.Add(new FusedInput(truth ? DType.Bool : dtype, axes));
            body.Add(FusedInstruction.Input(i));
        }
        body.Add(FusedInstruction.Constant(0.75));
        List<int> numbers = [0, 1, 3];
        List<int> truths = [2];
        var rows = new List<int>();
        int Pick(List<int> from) => from[random.Next(from.Count)];
        for (var step = 0; step < 9; step++)
        {
            var next = body.Count;
            switch (random.Next(rowAxes > 0 ? 8 : 7))
            {
                case 0:
                    body.Add(FusedInstruction.Unary(UnaryOp.Tanh, Pick(numbers)));
                    break;
                case 1:
                    body.Add(FusedInstruction.Binary(BinaryOp.Multiply, Pick(numbers), Pick(numbers)));
                    break;
                case 2:
                    body.Add(FusedInstruction.Binary(BinaryOp.Subtract, Pick(numbers), Pick(numbers)));
                    break;
                case 3:
                    body.Add(FusedInstruction.Select(Pick(truths), Pick(numbers), Pick(numbers)));
                    break;
                case 4:
                    body.Add(FusedInstruction.Binary(BinaryOp.Maximum, Pick(numbers), Pick(numbers)));
                    break;
                case 5:
                    body.Add(FusedInstruction.FromTruth(Pick(truths)));
                    break;
                case 6:
                    body.Add(
                        FusedInstruction.Binary(random.Next(2) == 0 ? BinaryOp.Greater : BinaryOp.LessOrEqual, Pick(numbers), Pick(numbers))
                    );
                    truths.Add(next);
                    continue;
                default:
                    // The mean, so that values stay of one size.
                    body.Add(FusedInstruction.Reduce(random.Next(2) == 0 ? ReduceOp.Max : ReduceOp.Sum, Pick(numbers)));
                    body.Add(FusedInstruction.Constant(1.0 / (1 + space[^rowAxes..].Aggregate(1, (a, b) => a * b))));
                    body.Add(FusedInstruction.Binary(BinaryOp.Multiply, next, next + 1));
                    rows.Add(next);
                    next += 2;
                    break;
            }
            numbers.Add(next);
        }
        var whole = Shape.Create(space);
        var outputs = new List<FusedOutput>
        {
            new(body.Count - 1, FusedPlace.Element, whole),
            new(Pick(truths), FusedPlace.Element, whole),
        };
        if (rows.Count > 0)
            outputs.Add(new FusedOutput(Pick(rows), FusedPlace.Row, Shape.Create(space[..^rowAxes])));
        if (rowAxes > 0)
            outputs.Add(new FusedOutput(Pick(numbers), FusedPlace.Column, Shape.Create(space[^rowAxes..])));
        return (new FusedLoop(dtype, Shape.Create(space), rowAxes, [.. descriptions], [.. body], [.. outputs]), inputs);
    }

    // In row-major order, or as a view with its axes turned around, or with every second element left out.
    private static Storage Turned(Random random, int[] sizes, DType dtype, double[] values)
    {
        if (sizes.Length < 2 || random.Next(3) > 0)
            return Store(new Dense(sizes, values), dtype);
        var reversed = Enumerable.Range(0, sizes.Length).Reverse().ToArray();
        var turned = Backend.View(
            ViewOp.Permute,
            Store(new Dense(sizes, values), dtype),
            Shape.Create([.. reversed.Select(a => sizes[a])]),
            reversed,
            []
        );
        var copy = CpuBackend.Contiguous(turned);
        return Backend.View(ViewOp.Permute, copy, Shape.Create(sizes), reversed, []);
    }
}

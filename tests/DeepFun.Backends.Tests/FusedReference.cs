using System;
using System.Linq;

namespace DeepFun.Backends.Tests;

/// <summary>A fused loop as its definition says: every value for every element, in double precision, in the order of the body.</summary>
internal static class FusedReference
{
    /// <summary>An operand repeated over the space.</summary>
    public static double[] Spread(double[] values, int[] sizes, int[] axes, int[] space)
    {
        var total = space.Aggregate(1, (a, b) => a * b);
        return [.. Enumerable.Range(0, total).Select(Element)];

        double Element(int index)
        {
            var place = 0;
            for (var i = 0; i < sizes.Length; i++)
            {
                var inner = space[(axes[i] + 1)..].Aggregate(1, (a, b) => a * b);
                place = place * sizes[i] + (sizes[i] == 1 ? 0 : index / inner % space[axes[i]]);
            }
            return values[place];
        }
    }

    /// <summary>The results.</summary>
    public static double[][] Run(FusedLoop loop, double[][] inputs)
    {
        var count = loop.Space.TakeLast(loop.RowAxes).Aggregate(1, (a, b) => a * b);
        var rows = loop.Space.Take(loop.Space.Rank - loop.RowAxes).Aggregate(1, (a, b) => a * b);
        var values = new double[loop.Body.Length][];
        for (var v = 0; v < values.Length; v++)
        {
            var x = loop.Body[v];
            var reduced = x.Code == FusedCode.Reduce ? ByRow((ReduceOp)x.Operation, values[x.A]) : [];
            values[v] = [.. Enumerable.Range(0, rows * count).Select(i => Value(x, i))];

            double Value(FusedInstruction x, int i) =>
                x.Code switch
                {
                    FusedCode.Input => inputs[x.A][i],
                    FusedCode.Constant => x.Value,
                    FusedCode.Unary => (UnaryOp)x.Operation == UnaryOp.Tanh
                        ? Math.Tanh(values[x.A][i])
                        : throw new InvalidOperationException(),
                    FusedCode.Binary => Binary((BinaryOp)x.Operation, values[x.A][i], values[x.B][i]),
                    FusedCode.Select => values[x.A][i] != 0 ? values[x.B][i] : values[x.C][i],
                    FusedCode.FromTruth => values[x.A][i],
                    FusedCode.Reduce => reduced[i / count],
                    _ => throw new InvalidOperationException(),
                };
        }
        return [.. loop.Outputs.Select(Output)];

        double[] ByRow(ReduceOp op, double[] all) =>
            [.. Enumerable.Range(0, rows).Select(r => Reduce(op, all.AsSpan(r * count, count).ToArray()))];

        double[] Output(FusedOutput output)
        {
            var all = values[output.Value];
            return output.Place switch
            {
                FusedPlace.Element => all,
                // An empty row has a reduction too, though no element.
                FusedPlace.Row => count > 0
                    ? [.. Enumerable.Range(0, rows).Select(r => all[r * count])]
                    : [.. Enumerable.Repeat(Reduce((ReduceOp)loop.Body[output.Value].Operation, []), rows)],
                _ => [.. Enumerable.Range(0, count).Select(j => Enumerable.Range(0, rows).Sum(r => all[r * count + j]))],
            };
        }
    }

    private static double Reduce(ReduceOp op, double[] row) =>
        op switch
        {
            ReduceOp.Sum => row.Sum(),
            ReduceOp.Max => row.Aggregate(double.NegativeInfinity, Math.Max),
            _ => throw new InvalidOperationException(),
        };

    private static double Binary(BinaryOp op, double x, double y) =>
        op switch
        {
            BinaryOp.Multiply => x * y,
            BinaryOp.Subtract => x - y,
            BinaryOp.Maximum => Math.Max(x, y),
            BinaryOp.Greater => x > y ? 1 : 0,
            BinaryOp.LessOrEqual => x <= y ? 1 : 0,
            _ => throw new InvalidOperationException(),
        };
}

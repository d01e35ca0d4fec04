using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>Explain from C#: a function and its derivative in four formats.</summary>
public class ExplainTests
{
    public sealed record Line(Tensor Slope, Tensor Offset);

    private static Tensor Loss(Line line) => (line.Slope * 2 + line.Offset).Square();

    private static readonly Line At = new(Tensor.Scalar(1), Tensor.Scalar(3));

    [Fact]
    public void Text_names_the_properties_of_a_record() =>
        Assert.Equal(
            string.Join(
                '\n',
                "f(Slope: float32[], Offset: float32[]) ->",
                "  v1: float32[] = mul Slope 2",
                "  v2: float32[] = add v1 Offset",
                "  v3: float32[] = square v2",
                "  return v3"
            ),
            Explain.Text<Line, Tensor>(Loss, At)
        );

    [Fact]
    public void Latex_is_mathematics()
    {
        var lines = Explain.Latex<Line, Tensor>(Loss, At).Split('\n');
        Assert.Equal(@"f\left(\mathrm{Slope}, \mathrm{Offset}\right) &= \left(2 \mathrm{Slope} + \mathrm{Offset}\right)^{2}", lines[1]);
    }

    [Fact]
    public void Derivatives_are_functions_too()
    {
        var gradient = Differentiate.Grad((Tensor x) => x.Sin().Sum());
        Assert.Contains(@"f\left(x\right)_{i} &= \cos x_{i}", Explain.Latex(gradient, Tensor.Vector(1, 2)));
        Assert.StartsWith("flowchart TD\n", Explain.Mermaid(gradient, Tensor.Vector(1, 2)));
        Assert.EndsWith("    let v1 = cos x\n    v1", Explain.FSharp(gradient, Tensor.Vector(1, 2)));
    }
}

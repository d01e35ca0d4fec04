module DeepFun.Notebooks.Tests.ComparisonTests

open Xunit
open DeepFun.Notebooks.Tests

[<Theory>]
[<InlineData("loss 0.1234", "loss 0.1235", true)>]
[<InlineData("loss 0.1234", "loss 0.1236", false)>]
[<InlineData("[1., 2.5]", "[1., 2.5]", true)>]
[<InlineData("[1., 2.5]", "[1., 2.7]", false)>]
[<InlineData("[1., 2.5]", "[1., 2.5, 3.]", false)>]
[<InlineData("33.", "34.", false)>]
[<InlineData("0.1", "0.2", false)>]
[<InlineData("L1E99999999999", "L1E99999999998", false)>]
[<InlineData("3 read as 8", "3 read as 9", false)>]
[<InlineData("epoch 1", "epoch 2", false)>]
[<InlineData("L12,40.01", "L12.01,40", true)>]
[<InlineData("L12,40.1", "L12.02,40.1", false)>]
[<InlineData("1.5E-07", "1.6E-07", true)>]
[<InlineData("1.5E-07", "1.5E-06", false)>]
[<InlineData("-0.5", "0.5", false)>]
[<InlineData("123456.", "123457.", true)>]
[<InlineData("<td>1.</td>", "<th>1.</th>", false)>]
[<InlineData("", "text", false)>]
let ``Texts are equal up to the last place of their numbers`` (a: string, b: string, expected: bool) =
    Assert.Equal(expected, Comparison.sameText a b)
    Assert.Equal(expected, Comparison.sameText b a)

[<Fact>]
let ``Outputs are equal when their kinds, number and order are`` () =
    let stream, html = ("stream", "1"), ("display_data text/html", "1")
    Assert.True(Comparison.sameOutputs [ stream; html ] [ stream; html ])
    Assert.False(Comparison.sameOutputs [ stream; html ] [ html; stream ])
    Assert.False(Comparison.sameOutputs [ stream ] [ stream; html ])
    Assert.False(Comparison.sameOutputs [ stream ] [ html ])

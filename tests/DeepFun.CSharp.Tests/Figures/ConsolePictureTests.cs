using Xunit;

namespace DeepFun.CSharp.Tests.Figures;

public class ConsolePictureTests
{
    [Fact]
    public void A_pixel_is_two_characters_of_its_shade()
    {
        var picture = ConsolePicture.Draw(
            new[,]
            {
                { 0, 0.3, 0.5 },
                { 0.7, 1, double.NaN },
            }
        );
        Assert.Equal("  ░░▒▒\n▓▓██??", picture);
    }

    [Fact]
    public void The_range_and_the_background_may_be_chosen()
    {
        Assert.Equal(
            "  ▒▒██",
            ConsolePicture.Draw(
                new double[,]
                {
                    { -5, 5, 50 },
                },
                (0, 10)
            )
        );
        Assert.Equal(
            "██▒▒  ",
            ConsolePicture.Draw(
                new double[,]
                {
                    { 0, 5, 10 },
                },
                darkOnLight: true
            )
        );
    }

    [Fact]
    public void Pictures_stand_side_by_side_with_captions_below()
    {
        var pictures = ConsolePicture.Draw([
            (
                "one",
                new double[,]
                {
                    { 0, 1 },
                    { 1, 0 },
                }
            ),
            (
                "a long one",
                new double[,]
                {
                    { 1, 0, 1 },
                }
            ),
        ]);
        Assert.Equal("  ██  ██  ██\n██          \none   a lon…", pictures);
    }

    [Fact]
    public void A_narrow_console_gets_several_bands()
    {
        var pixel = new double[,]
        {
            { 0, 1 },
        };
        Assert.Equal("  ██    ██\n\n  ██", ConsolePicture.Draw([("", pixel), ("", pixel), ("", pixel)], width: 10));
        Assert.Equal("  ██\n\n  ██", ConsolePicture.Draw([("", pixel), ("", pixel)], width: 1));
    }

    [Fact]
    public void Captions_cannot_steer_the_terminal() =>
        Assert.DoesNotContain('\u001b', ConsolePicture.Draw([("\u001b[2J", new double[1, 8])]));

    [Fact]
    public void Nothing_draws_nothing()
    {
        Assert.Equal("", ConsolePicture.Draw([]));
        Assert.Equal("", ConsolePicture.Draw(new double[0, 3]));
        FigureTests.AssertCode("DF1006", () => ConsolePicture.Draw([], width: 0));
        FigureTests.AssertCode("DF1005", () => ConsolePicture.Draw(new double[1, 1], (2, 1)));
    }
}

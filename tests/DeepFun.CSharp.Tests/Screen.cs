using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;

namespace DeepFun.CSharp.Tests;

/// <summary>What a terminal shows after a stream of characters: the few control sequences that progress lines use.</summary>
internal sealed class Screen
{
    private readonly List<StringBuilder> lines = [new()];
    private int row;
    private int column;

    public Screen(string stream)
    {
        foreach (Match match in Regex.Matches(stream, "\u001b\\[(?<number>[?0-9;]*)(?<letter>[A-Za-z])|.", RegexOptions.Singleline))
            if (match.Groups["letter"].Success)
                Control(match.Groups["letter"].Value[0], match.Groups["number"].Value);
            else
                Write(match.Value[0]);
    }

    public bool CursorHidden { get; private set; }

    public string[] Lines => [.. lines.Select(line => line.ToString())];

    private void Control(char letter, string number)
    {
        switch (letter)
        {
            case 'm':
                break;
            case 'h' or 'l' when number == "?25":
                CursorHidden = letter == 'l';
                break;
            case 'A':
                row -= number.Length == 0 ? 1 : int.Parse(number, CultureInfo.InvariantCulture);
                break;
            case 'K' when number == "2":
                lines[row].Clear();
                break;
            default:
                throw new NotSupportedException($"ESC [{number}{letter}");
        }
    }

    private void Write(char character)
    {
        switch (character)
        {
            case '\r':
                column = 0;
                return;
            case '\n':
                // Terminals put the cursor to the line's beginning, too, as programs expect of them.
                (row, column) = (row + 1, 0);
                if (row == lines.Count)
                    lines.Add(new StringBuilder());
                return;
        }

        var line = lines[row];
        if (line.Length <= column)
            line.Append(' ', column + 1 - line.Length);
        line[column++] = character;
    }
}

namespace DeepFun;

/// <summary>The style of reports: the system's own fonts, two sets of colours, one column.</summary>
internal static class HtmlStyle
{
    /// <summary>The style sheet. It has neither ampersands nor less-than signs, so that the page is well-formed XML too.</summary>
    public const string Sheet = """

        :root {
          color-scheme: light dark;
          --page: #f6f7f9; --card: #ffffff; --text: #1c2430; --soft: #5b6675; --line: #dfe3e9; --accent: #1f63c7; --code: #f1f3f6;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #101418; --card: #181d23; --text: #e3e8ee; --soft: #98a4b3; --line: #2d353f; --accent: #7db0f5; --code: #12161b;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0; background: var(--page); color: var(--text);
          font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", sans-serif;
        }
        main {
          max-width: 60rem; margin: 2.5rem auto; padding: 2.5rem 3rem 3rem; background: var(--card);
          border: 1px solid var(--line); border-radius: 12px;
        }
        header { margin-bottom: 1.75rem; padding-bottom: 1.25rem; border-bottom: 1px solid var(--line); }
        h1 { margin: 0; font-size: 2rem; line-height: 1.2; letter-spacing: -0.015em; overflow-wrap: anywhere; }
        h2 { margin: 2.75rem 0 0.75rem; font-size: 1.35rem; line-height: 1.3; letter-spacing: -0.01em; }
        h3 { margin: 2rem 0 0.5rem; font-size: 1.1rem; }
        h4 { margin: 1.5rem 0 0.5rem; font-size: 1rem; color: var(--soft); }
        p { margin: 0.75rem 0; max-width: 46rem; overflow-wrap: anywhere; }
        a { color: var(--accent); }
        .subtitle { margin: 0.4rem 0 0; color: var(--soft); }
        nav ul { display: flex; flex-wrap: wrap; gap: 0.35rem 1.5rem; margin: 0; padding: 0; list-style: none; font-size: 0.95rem; }
        nav a { text-decoration: none; }
        nav a:hover { text-decoration: underline; }
        figure { margin: 1.25rem 0; padding: 0.75rem; border: 1px solid var(--line); border-radius: 8px; }
        figure svg { display: block; margin: 0 auto; }
        figcaption, caption { color: var(--soft); font-size: 0.875rem; text-align: left; }
        figcaption { margin: 0.5rem 0.25rem 0; }
        caption { padding-bottom: 0.5rem; }
        .table { margin: 1.25rem 0; overflow-x: auto; }
        table { border-collapse: collapse; font-size: 0.925rem; font-variant-numeric: tabular-nums; }
        th, td { padding: 0.45rem 1.1rem 0.45rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
        th + th, td + td { padding-left: 0.6rem; }
        thead th { border-bottom: 2px solid var(--line); color: var(--soft); font-size: 0.825rem; font-weight: 600; white-space: nowrap; }
        tbody tr:last-child td { border-bottom: none; }
        .number { text-align: right; white-space: nowrap; }
        dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(10.5rem, 1fr)); gap: 0.75rem; margin: 1.25rem 0; }
        dl div { padding: 0.7rem 0.9rem; border: 1px solid var(--line); border-radius: 8px; }
        dt { color: var(--soft); font-size: 0.825rem; line-height: 1.4; }
        dd { margin: 0.1rem 0 0; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
        pre {
          margin: 1.25rem 0; padding: 0.9rem 1.1rem; overflow-x: auto; background: var(--code); border: 1px solid var(--line);
          border-radius: 8px; font: 0.85rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
        }
        @media (max-width: 46rem) {
          main { margin: 0; padding: 1.5rem 1.1rem 2rem; border: none; border-radius: 0; }
          h1 { font-size: 1.6rem; }
        }
        @media print {
          body { background: none; }
          main { max-width: none; margin: 0; padding: 0; border: none; }
          figure, table, dl, pre { break-inside: avoid; }
          h2, h3 { break-after: avoid; }
        }

        """;
}

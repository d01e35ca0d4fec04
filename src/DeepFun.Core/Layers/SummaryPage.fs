namespace DeepFun.FSharp

open System
open System.Net
open DeepFun

/// <summary>The module <c>Layer</c>, continued: a model's summary as HTML.</summary>
[<AutoOpen>]
module LayerPages =

    /// <summary>Summaries as HTML.</summary>
    [<RequireQualifiedAccess>]
    module Layer =

        let private cell (style: string) (text: string) = $"<td style=\"padding:2px 12px;{style}\">{WebUtility.HtmlEncode text}</td>"

        let private heading (style: string) (text: string) =
            $"<th style=\"padding:2px 12px;border-bottom:1px solid currentColor;{style}\">{text}</th>"

        let private left, private right = "text-align:left", "text-align:right"

        /// A bar as wide as the layer's share of all parameters.
        let private bar (total: int64) (count: int64) =
            let share = if total = 0L then 0.0 else 100.0 * float count / float total
            let width = share.ToString("0.#", Globalization.CultureInfo.InvariantCulture)

            $"<td style=\"padding:2px 12px;min-width:100px\"><div title=\"{width} %%\" \
              style=\"height:8px;border-radius:2px;background:#4477aa;width:{width}%%\"></div></td>"

        /// <summary>The model as a table of HTML for inputs of a shape (one example): layer, kind, output shape, parameters and their share as a bar.</summary>
        /// <remarks>
        /// A part of a page with its own style, without scripts and outside references: for a report, a notebook or a file. Names are escaped.
        /// Errors: DF0901 a layer does not fit, with its path.
        /// </remarks>
        let summaryHtml (inputShape: Shape) (layer: Layer) : string =
            let rows = Layer.rows inputShape layer
            let total = rows |> List.sumBy _.Parameters
            let count (n: int64) = n.ToString("N0", Globalization.CultureInfo.InvariantCulture)

            let line (r: LayerRow) =
                "<tr>"
                + cell left r.Path
                + cell left r.Name
                + cell left (string r.OutputShape)
                + cell right (count r.Parameters)
                + bar total r.Parameters
                + "</tr>"

            let headings =
                heading left "layer" + heading left "kind" + heading left "output" + heading right "parameters" + heading left "share"

            String.Join(
                "\n",
                [
                    "<table style=\"border-collapse:collapse;font-family:sans-serif\">"
                    $"<caption style=\"caption-side:bottom;text-align:left;padding:4px 12px\">{count total} parameters, input \
                      {WebUtility.HtmlEncode(string inputShape)}</caption>"
                    $"<thead><tr>{headings}</tr></thead>"
                    "<tbody>"
                ]
                @ List.map line rows
                @ [ "</tbody>"; "</table>" ]
            )

namespace DeepFun.FSharp

open DeepFun

/// <summary>
/// Any function, and the function of its derivative (<c>grad f</c>, <c>fun x → jvp f x dx</c>, …), as text, mathematics, a diagram or a program. The
/// function is traced at x, whose structure, shapes and dtypes count and whose values do not; a function that reads values cannot be shown
/// (DF0402).
/// </summary>
[<RequireQualifiedAccess>]
module Explain =

    /// <summary>
    /// A line for each operation with the type of its result, simplified by algebra that keeps every bit. Numbers stand where they are read;
    /// arguments have the names of their places in x.
    /// </summary>
    let text (f: 'a -> 'b) (x: 'a) : string = Explained.trace Strength.Exact f x |> ExplainText.write

    /// <summary>
    /// LaTeX mathematics in index notation, an <c>aligned</c> environment (amsmath), for a math block: sums, products and extrema over
    /// named indices, fractions, roots, cases. Simplified as one would on paper (x + 0 = x, 0 x = 0). Movements show as indices, which begin
    /// with 0; what lies outside a tensor counts 0; a truth value in brackets counts 1 or 0.
    /// </summary>
    let latex (f: 'a -> 'b) (x: 'a) : string = LatexWriter(Explained.trace Strength.Algebraic f x).Write()

    /// <summary>A Mermaid flowchart: an arrow for each operand.</summary>
    let mermaid (f: 'a -> 'b) (x: 'a) : string = Explained.trace Strength.Exact f x |> ExplainMermaid.write

    /// <summary>
    /// F# source with a function <c>f</c> of the tensors in x, in order, that gives the same values, bit for bit. It gives a tensor, or an
    /// array of those in the result. Tensors that the function closes over stand in the source up to 64 elements; larger ones are further
    /// arguments.
    /// </summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0451 an operation that no public function gives.</exception>
    let fsharp (f: 'a -> 'b) (x: 'a) : string = Explained.trace Strength.Exact f x |> ExplainFSharp.write

namespace DeepFun.FSharp

open System
open DeepFun

/// The delegate edge of Taylor mode. One line a member; no logic.
[<AbstractClass; Sealed>]
type internal TaylorInterop =
    static member Jet(f: Func<'T, 'R>, x: 'T, order: int) : 'R[] = jet f.Invoke x order
    static member JetAlong(f: Func<'T, 'R>, x: 'T, dx: 'T, order: int) : 'R[] = jetAlong f.Invoke x dx order

    static member JetSeries(f: Func<'T, 'R>, x: 'T, series: 'T seq) : struct ('R * 'R[]) =
        let y, ys = jetSeries f.Invoke x series in struct (y, ys)

    static member Taylor(f: Func<'T, 'R>, x: 'T, order: int) : 'R[] = taylor f.Invoke x order

/// The delegate edge of Explain. One line a member; no logic.
[<AbstractClass; Sealed>]
type internal ExplainInterop =
    static member Text(f: Func<'T, 'R>, x: 'T) : string = Explain.text f.Invoke x
    static member Latex(f: Func<'T, 'R>, x: 'T) : string = Explain.latex f.Invoke x
    static member Mermaid(f: Func<'T, 'R>, x: 'T) : string = Explain.mermaid f.Invoke x
    static member FSharp(f: Func<'T, 'R>, x: 'T) : string = Explain.fsharp f.Invoke x

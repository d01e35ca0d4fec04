namespace DeepFun.FSharp

open System
open DeepFun

/// The delegate edge of the checkers: what the C# façade calls. One line a member; no logic.
[<AbstractClass; Sealed>]
type internal CheckInterop =
    static member CheckGrad
        (f: Func<'T, 'R>, x: 'T, order: int, step: Nullable<float>, tolerance: Nullable<float>, elements: int, complexSteps: bool)
        : GradReport =
        let options =
            {
                Order = order
                Step = Option.ofNullable step
                Tolerance = Option.ofNullable tolerance
                Elements = elements
                ComplexSteps = complexSteps
            }

        checkGradWith options f.Invoke x

    static member AssertGrad
        (f: Func<'T, 'R>, x: 'T, order: int, step: Nullable<float>, tolerance: Nullable<float>, elements: int, complexSteps: bool)
        : unit =
        assertReport (CheckInterop.CheckGrad(f, x, order, step, tolerance, elements, complexSteps))

    static member CheckNaN(f: Func<'T, 'R>, x: 'T) : NonFinite = Option.toObj (checkNaN f.Invoke x)
    static member AssertFinite(f: Func<'T, 'R>, x: 'T) : 'R = assertFinite f.Invoke x

namespace DeepFun.FSharp

open System
open DeepFun

/// The delegate edge of solvers: what the C# façade calls. One line a member; no logic.
[<AbstractClass; Sealed>]
type internal SolverInterop =
    static member Options(tolerance: Nullable<float>, iterations: int) : SolverOptions =
        { Tolerance = Option.ofNullable tolerance; MaxIterations = iterations }

    static member FixedPoint(f: Func<'P, Tensor, Tensor>, p: 'P, x0: Tensor, o: SolverOptions) : Tensor =
        fixedPointWith o (fun p x -> f.Invoke(p, x)) p x0

    static member Root(f: Func<'P, Tensor, Tensor>, p: 'P, x0: Tensor, o: SolverOptions) : Tensor =
        rootWith o (fun p x -> f.Invoke(p, x)) p x0

    static member ArgMin(f: Func<'P, Tensor, Tensor>, p: 'P, x0: Tensor, o: SolverOptions) : Tensor =
        argMinWith o (fun p x -> f.Invoke(p, x)) p x0

    static member OdeOptions(relative: float, absolute: float, first: Nullable<float>, steps: int) : OdeOptions =
        {
            RelativeTolerance = relative
            AbsoluteTolerance = absolute
            FirstStep = Option.ofNullable first
            MaxSteps = steps
        }

    static member Integrate(f: Func<Tensor, 'Y, 'Y>, y0: 'Y, times: float seq, o: OdeOptions) : 'Y =
        odeintWith o (fun t y -> f.Invoke(t, y)) y0 times

    static member IntegrateAdjoint(f: Func<'P, Tensor, 'Y, 'Y>, p: 'P, y0: 'Y, times: float seq, o: OdeOptions) : 'Y =
        odeintAdjointWith o (fun p t y -> f.Invoke(p, t, y)) p y0 times

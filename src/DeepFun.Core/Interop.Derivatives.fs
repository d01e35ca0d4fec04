namespace DeepFun.FSharp

open System
open System.Collections.Generic
open DeepFun

/// The delegate edge of derivatives and batching: what the C# façade calls. One line a member; no logic.
[<AbstractClass; Sealed>]
type internal DerivativeInterop =
    static member VmapAxes(f: Func<'T, 'R>, inAxes: Axes, outAxes: Axes, xs: 'T) : 'R =
        let given (axes: Axes) = if isNull axes then Axes.At 0 else axes in vmapAxes (given inAxes) (given outAxes) f.Invoke xs

    static member StopGradientOf(argument: 'T, value: 'R) : 'R = stopGradientOf argument value
    static member Directional(f: Func<'T, 'R>, x: 'T, v: 'T) : 'R = directional f.Invoke x v
    static member Diff(f: Func<Tensor, 'R>, x: Tensor) : 'R = diff f.Invoke x
    static member ValueAndDiff(f: Func<Tensor, 'R>, x: Tensor) : struct ('R * 'R) = let y, d = valueAndDiff f.Invoke x in struct (y, d)
    static member Diffs(n: int, f: Func<Tensor, 'R>, x: Tensor) : IReadOnlyList<'R> = diffs n f.Invoke x |> Array.ofList :> _
    static member DiffN(n: int, f: Func<Tensor, 'R>, x: Tensor) : 'R = diffN n f.Invoke x
    static member Vhp(f: Func<'T, Tensor>, x: 'T, v: 'T) : 'T = vhp f.Invoke x v

    static member ValueAndHvp(f: Func<'T, Tensor>, x: 'T, v: 'T) : struct (Tensor * 'T) =
        let y, h = valueAndHvp f.Invoke x v in struct (y, h)

    static member ValueAndVhp(f: Func<'T, Tensor>, x: 'T, v: 'T) : struct (Tensor * 'T) =
        let y, h = valueAndVhp f.Invoke x v in struct (y, h)

    static member GradHvp(f: Func<'T, Tensor>, x: 'T, v: 'T) : struct ('T * 'T) = let g, h = gradHvp f.Invoke x v in struct (g, h)

    static member ValueGradHvp(f: Func<'T, Tensor>, x: 'T, v: 'T) : struct (Tensor * 'T * 'T) =
        let y, g, h = valueGradHvp f.Invoke x v in struct (y, g, h)

    static member Jacobian(f: Func<Tensor, Tensor>, mode: JacobianMode, x: Tensor) : Tensor = jacobianBy mode (DelegateFunction.Of f) x

    static member ValueAndJacobian(f: Func<Tensor, Tensor>, x: Tensor) : struct (Tensor * Tensor) =
        let y, j = valueAndJacobian (DelegateFunction.Of f) x in struct (y, j)

    static member JacobianTree(f: Func<'T, 'R>, mode: JacobianMode, x: 'T) : Jacobian<'T, 'R> =
        jacobianTreeBy mode (DelegateFunction.Of f) x

    static member ValueAndJacobianTree(f: Func<'T, 'R>, x: 'T) : struct ('R * Jacobian<'T, 'R>) =
        let y, j = valueAndJacobianTree (DelegateFunction.Of f) x in struct (y, j)

    static member ValueGradHessian(f: Func<Tensor, Tensor>, x: Tensor) : struct (Tensor * Tensor * Tensor) =
        let y, g, h = valueGradHessian (DelegateFunction.Of f) x in struct (y, g, h)

    static member HessianTree(f: Func<'T, Tensor>, x: 'T) : Jacobian<'T, 'T> = hessianTree (DelegateFunction.Of f) x

    static member ValueGradHessianTree(f: Func<'T, Tensor>, x: 'T) : struct (Tensor * 'T * Jacobian<'T, 'T>) =
        let y, g, h = valueGradHessianTree (DelegateFunction.Of f) x in struct (y, g, h)

    static member Laplacian(f: Func<'T, 'R>, x: 'T) : 'R = laplacian f.Invoke x
    static member ValueAndLaplacian(f: Func<'T, 'R>, x: 'T) : struct ('R * 'R) = let y, l = valueAndLaplacian f.Invoke x in struct (y, l)
    static member Divergence(f: Func<'T, 'T>, x: 'T) : Tensor = divergence f.Invoke x

    static member ValueAndDivergence(f: Func<'T, 'T>, x: 'T) : struct ('T * Tensor) =
        let y, d = valueAndDivergence f.Invoke x in struct (y, d)

    static member Curl(f: Func<'T, 'T>, x: 'T) : 'T = curl f.Invoke x
    static member ValueAndCurl(f: Func<'T, 'T>, x: 'T) : struct ('T * 'T) = let y, c = valueAndCurl f.Invoke x in struct (y, c)

    static member CurlDivergence(f: Func<'T, 'T>, x: 'T) : struct ('T * Tensor) =
        let c, d = curlDivergence (DelegateFunction.Of f) x in struct (c, d)

/// The delegate edge of the derivatives by finite differences.
[<AbstractClass; Sealed>]
type internal NumericInterop =
    static member Grad(f: Func<'T, Tensor>, step: Nullable<float>, x: 'T) : 'T = Numeric.grad (Option.ofNullable step) f.Invoke x

    static member ValueAndGrad(f: Func<'T, Tensor>, step: Nullable<float>, x: 'T) : struct (Tensor * 'T) =
        let y, g = Numeric.valueAndGrad (Option.ofNullable step) f.Invoke x in struct (y, g)

    static member Jvp(f: Func<'T, 'R>, x: 'T, dx: 'T, step: Nullable<float>) : struct ('R * 'R) =
        let y, d = Numeric.jvp (Option.ofNullable step) f.Invoke x dx in struct (y, d)

    static member Vjp(f: Func<'T, 'R>, x: 'T, step: Nullable<float>) : struct ('R * Func<'R, 'T>) =
        let y, back = Numeric.vjp (Option.ofNullable step) f.Invoke x in struct (y, Func<'R, 'T> back)

    static member Directional(f: Func<'T, 'R>, x: 'T, v: 'T, step: Nullable<float>) : 'R =
        Numeric.directional (Option.ofNullable step) f.Invoke x v

    static member Jacobian(f: Func<Tensor, Tensor>, step: Nullable<float>, x: Tensor) : Tensor =
        Numeric.jacobian (Option.ofNullable step) f.Invoke x

    static member JacobianTree(f: Func<'T, 'R>, step: Nullable<float>, x: 'T) : Jacobian<'T, 'R> =
        Numeric.jacobianTree (Option.ofNullable step) f.Invoke x

    static member ValueGradHessian(f: Func<Tensor, Tensor>, step: Nullable<float>, x: Tensor) : struct (Tensor * Tensor * Tensor) =
        let y, g, h = Numeric.valueGradHessian (Option.ofNullable step) f.Invoke x in struct (y, g, h)

    static member Hessian(f: Func<Tensor, Tensor>, step: Nullable<float>, x: Tensor) : Tensor =
        Numeric.hessian (Option.ofNullable step) f.Invoke x

    static member HessianTree(f: Func<'T, Tensor>, step: Nullable<float>, x: 'T) : Jacobian<'T, 'T> =
        Numeric.hessianTree (Option.ofNullable step) f.Invoke x

    static member Hvp(f: Func<'T, Tensor>, x: 'T, v: 'T, step: Nullable<float>) : 'T = Numeric.hvp (Option.ofNullable step) f.Invoke x v
    static member Vhp(f: Func<'T, Tensor>, x: 'T, v: 'T, step: Nullable<float>) : 'T = Numeric.vhp (Option.ofNullable step) f.Invoke x v

    static member ValueGradHvp(f: Func<'T, Tensor>, x: 'T, v: 'T, step: Nullable<float>) : struct (Tensor * 'T * 'T) =
        let y, g, h = Numeric.valueGradHvp (Option.ofNullable step) f.Invoke x v in struct (y, g, h)

    static member DiffN(n: int, f: Func<Tensor, 'R>, step: Nullable<float>, x: Tensor) : 'R =
        Numeric.diffN (Option.ofNullable step) n f.Invoke x

    static member Laplacian(f: Func<'T, 'R>, step: Nullable<float>, x: 'T) : 'R = Numeric.laplacian (Option.ofNullable step) f.Invoke x

    static member Divergence(f: Func<'T, 'T>, step: Nullable<float>, x: 'T) : Tensor =
        Numeric.divergence (Option.ofNullable step) f.Invoke x

    static member Curl(f: Func<'T, 'T>, step: Nullable<float>, x: 'T) : 'T = Numeric.curl (Option.ofNullable step) f.Invoke x

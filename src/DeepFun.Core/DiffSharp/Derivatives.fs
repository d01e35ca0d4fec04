namespace DeepFun.DiffSharp

open DeepFun
open DeepFun.FSharp

/// <summary>
/// The derivatives by DiffSharp's names: the value comes along where the name begins with f, and <c>v</c> at its end is a product with a
/// vector. Arguments may have any shape, not only vectors.
/// </summary>
[<AutoOpen>]
module Derivatives =

    type dsharp with
        static member fdiff (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor = valueAndDiff f x
        static member diff (f: Tensor -> Tensor) (x: Tensor) : Tensor = diff f x
        static member ffdiffn (n: int) (f: Tensor -> Tensor) (x: Tensor) : Tensor[] = diffs n f x |> Array.ofList
        static member fdiffn (n: int) (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor = valueAndDiffN n f x
        static member diffn (n: int) (f: Tensor -> Tensor) (x: Tensor) : Tensor = diffN n f x
        static member fdiff2 (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor = valueAndDiffN 2 f x
        static member diff2 (f: Tensor -> Tensor) (x: Tensor) : Tensor = diffN 2 f x

        static member fgrad (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor = valueAndGrad f x
        static member grad (f: Tensor -> Tensor) (x: Tensor) : Tensor = grad f x
        static member fgradv (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor * Tensor = valueAndDirectional f x v
        static member gradv (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor = directional f x v

        static member fhessian (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor = valueAndHessian f x
        static member hessian (f: Tensor -> Tensor) (x: Tensor) : Tensor = hessian f x
        static member fhessianv (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor * Tensor = valueAndHvp f x v
        static member hessianv (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor = hvp f x v
        static member fgradhessian (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor * Tensor = valueGradHessian f x
        static member gradhessian (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor = gradHessian f x

        /// <summary>The value, the gradient times v, a number, and the Hessian times v.</summary>
        static member fgradhessianv (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor * Tensor * Tensor =
            let (y, _), (d, h) = jvp (valueAndGrad f) x v in y, d, h

        /// <summary>The gradient times v, a number, and the Hessian times v.</summary>
        static member gradhessianv (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor * Tensor =
            let _, d, h = dsharp.fgradhessianv f x v in d, h

        static member fjacobian (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor = valueAndJacobian f x
        static member jacobian (f: Tensor -> Tensor) (x: Tensor) : Tensor = jacobian f x
        static member fjacobianv (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor * Tensor = jvp f x v
        static member jacobianv (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor = directional f x v

        static member fjacobianTv (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor * Tensor = let y, back = vjp f x in y, back v

        static member jacobianTv (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor = snd (dsharp.fjacobianTv f x v)
        static member evalForwardDiff (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor * Tensor = jvp f x v
        static member evalReverseDiff (f: Tensor -> Tensor) (x: Tensor) : Tensor * (Tensor -> Tensor) = vjp f x
        static member noDiff(tensor: Tensor) : Tensor = stopGradient tensor

        static member flaplacian (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor = valueAndLaplacian f x
        static member laplacian (f: Tensor -> Tensor) (x: Tensor) : Tensor = laplacian f x
        static member fcurl (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor = valueAndCurl f x
        static member curl (f: Tensor -> Tensor) (x: Tensor) : Tensor = curl f x
        static member fdivergence (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor = valueAndDivergence f x
        static member divergence (f: Tensor -> Tensor) (x: Tensor) : Tensor = divergence f x
        static member fcurldivergence (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor * Tensor = valueCurlDivergence f x
        static member curldivergence (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor = curlDivergence f x

        // Short names.

        static member g (f: Tensor -> Tensor) (x: Tensor) : Tensor = grad f x
        static member fg (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor = valueAndGrad f x
        static member gvp (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor = directional f x v
        static member fgvp (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor * Tensor = valueAndDirectional f x v
        static member h (f: Tensor -> Tensor) (x: Tensor) : Tensor = hessian f x
        static member fh (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor = valueAndHessian f x
        static member hvp (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor = hvp f x v
        static member fhvp (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor * Tensor = valueAndHvp f x v
        static member gh (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor = gradHessian f x
        static member fgh (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor * Tensor = valueGradHessian f x
        static member ghvp (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor * Tensor = dsharp.gradhessianv f x v
        static member fghvp (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor * Tensor * Tensor = dsharp.fgradhessianv f x v
        static member j (f: Tensor -> Tensor) (x: Tensor) : Tensor = jacobian f x
        static member fj (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor = valueAndJacobian f x
        static member jvp (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor = directional f x v
        static member fjvp (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor * Tensor = jvp f x v
        static member vjp (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor = dsharp.jacobianTv f x v
        static member fvjp (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor * Tensor = dsharp.fjacobianTv f x v

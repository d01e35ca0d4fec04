namespace DeepFun.DiffSharp

open DeepFun
open DeepFun.FSharp

/// <summary>
/// The derivatives by central differences with a step epsilon, by DiffSharp's names. There Jacobians and Hessians are one-sided
/// differences; here all are central, and so closer.
/// </summary>
[<AutoOpen>]
module Numerical =

    type dsharp with
        static member numfdiff (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor =
            Numeric.valueAndDiff (Some epsilon) f x

        static member numdiff (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor = Numeric.diff (Some epsilon) f x

        static member numfdiff2 (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor =
            Numeric.valueAndLaplacian (Some epsilon) f x

        static member numdiff2 (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor = Numeric.laplacian (Some epsilon) f x

        static member numfgrad (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor =
            Numeric.valueAndGrad (Some epsilon) f x

        static member numgrad (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor = Numeric.grad (Some epsilon) f x

        static member numfgradv (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor * Tensor =
            Numeric.valueAndDirectional (Some epsilon) f x v

        static member numgradv (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor =
            Numeric.directional (Some epsilon) f x v

        static member numfjacobian (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor =
            Numeric.valueAndJacobian (Some epsilon) f x

        static member numjacobian (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor = Numeric.jacobian (Some epsilon) f x

        static member numfjacobianv (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor * Tensor =
            Numeric.valueAndDirectional (Some epsilon) f x v

        static member numjacobianv (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor =
            Numeric.directional (Some epsilon) f x v

        static member numfgradhessian (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor * Tensor =
            Numeric.valueGradHessian (Some epsilon) f x

        static member numgradhessian (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor =
            Numeric.gradHessian (Some epsilon) f x

        static member numfhessian (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor =
            Numeric.valueAndHessian (Some epsilon) f x

        static member numhessian (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor = Numeric.hessian (Some epsilon) f x

        static member numfhessianv (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor * Tensor =
            Numeric.valueAndHvp (Some epsilon) f x v

        static member numhessianv (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor = Numeric.hvp (Some epsilon) f x v

        static member numflaplacian (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor =
            Numeric.valueAndLaplacian (Some epsilon) f x

        static member numlaplacian (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor = Numeric.laplacian (Some epsilon) f x

        static member numfcurl (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor =
            Numeric.valueAndCurl (Some epsilon) f x

        static member numcurl (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor = Numeric.curl (Some epsilon) f x

        static member numfdivergence (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor =
            Numeric.valueAndDivergence (Some epsilon) f x

        static member numdivergence (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor = Numeric.divergence (Some epsilon) f x

        static member numfcurldivergence (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor * Tensor =
            Numeric.valueCurlDivergence (Some epsilon) f x

        static member numcurldivergence (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor =
            Numeric.curlDivergence (Some epsilon) f x

        // Short names.

        static member numg (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor = Numeric.grad (Some epsilon) f x
        static member numfg (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor = Numeric.valueAndGrad (Some epsilon) f x

        static member numgvp (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor =
            Numeric.directional (Some epsilon) f x v

        static member numfgvp (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor * Tensor =
            Numeric.valueAndDirectional (Some epsilon) f x v

        static member numh (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor = Numeric.hessian (Some epsilon) f x

        static member numfh (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor =
            Numeric.valueAndHessian (Some epsilon) f x

        static member numhvp (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor = Numeric.hvp (Some epsilon) f x v

        static member numfhvp (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor * Tensor =
            Numeric.valueAndHvp (Some epsilon) f x v

        static member numgh (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor = Numeric.gradHessian (Some epsilon) f x

        static member numfgh (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor * Tensor =
            Numeric.valueGradHessian (Some epsilon) f x

        static member numj (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor = Numeric.jacobian (Some epsilon) f x

        static member numfj (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor =
            Numeric.valueAndJacobian (Some epsilon) f x

        static member numjvp (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor =
            Numeric.directional (Some epsilon) f x v

        static member numfjvp (epsilon: float) (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor * Tensor =
            Numeric.valueAndDirectional (Some epsilon) f x v

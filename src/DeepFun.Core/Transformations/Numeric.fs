namespace DeepFun.FSharp

open DeepFun

/// <summary>
/// Every derivative once more, by central differences: to check, to teach, and for functions that call something else. The names are those of
/// the exact derivatives; the first argument is the step h, or None.
/// </summary>
/// <remarks>
/// Without a step, the n-th derivative by a number x takes h = ε^(1/(n + 2)) · max(1, |x|), where ε is the precision of x's dtype: about
/// 6e-6 (first) and 1e-4 (second) in float64, 5e-3 and 2e-2 in float32. The error is then about ε^(2/(n + 2)), relative. Along a direction v the step is
/// ε^(1/(n + 2)) · max(1, ‖x‖∞) / ‖v‖∞. Second derivatives are differences of differences. f is called twice for each number of x.
/// Errors: DF0439 a step that is not greater than 0, and those of the exact derivatives. Complex steps are not used: f need not take complex numbers.
/// </remarks>
[<RequireQualifiedAccess>]
module Numeric =

    let private single (y: Tensor, blocks: Tensor[][]) = y, blocks[0][0]

    let private gradient order step (f: 'a -> Tensor) (x: 'a) : Tensor * 'a =
        checkFloating "grad" x
        let y, blocks = FiniteDifference.blocks order step f x
        checkScalar "grad" y
        y, Tree.rebuild x (Array.map2 (fun (t: Tensor) g -> reshapeTo t.Shape g) (Tree.leaves x) blocks[0])

    /// <summary>f x, a number, and its gradient.</summary>
    let valueAndGrad (step: float option) (f: 'a -> Tensor) (x: 'a) : Tensor * 'a = gradient 1 step f x

    /// <summary>The gradient of f, which gives one number.</summary>
    let grad (step: float option) (f: 'a -> Tensor) (x: 'a) : 'a = snd (gradient 1 step f x)

    /// <summary>The derivative of f along v.</summary>
    let directional (step: float option) (f: 'a -> 'b) (x: 'a) (v: 'a) : 'b = FiniteDifference.along 1 step f x v

    /// <summary>f x and its derivative along v.</summary>
    let valueAndDirectional (step: float option) (f: 'a -> 'b) (x: 'a) (v: 'a) : 'b * 'b = f x, directional step f x v

    /// <summary>f x and its derivative along dx.</summary>
    let jvp (step: float option) (f: 'a -> 'b) (x: 'a) (dx: 'a) : 'b * 'b = valueAndDirectional step f x dx

    /// <summary>f x and the pullback from a cotangent ct to Jᵀ ct.</summary>
    let vjp (step: float option) (f: 'a -> 'b) (x: 'a) : 'b * ('b -> 'a) =
        let along (ct: 'b) (x: 'a) =
            let ys, cts = Tree.pairs "vjp" (f x) ct
            Array.map2 (fun (y: Tensor) ct -> sum (y * ct)) ys cts |> Array.reduce (+)

        f x, (fun ct -> grad step (along ct) x)

    /// <summary>f x and its Jacobian, [shape of f x…, shape of x…].</summary>
    let valueAndJacobian (step: float option) (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor =
        checkFloating "jacobian" x
        FiniteDifference.blocks 1 step f x |> single

    /// <summary>The Jacobian, [shape of f x…, shape of x…].</summary>
    let jacobian (step: float option) (f: Tensor -> Tensor) (x: Tensor) : Tensor = snd (valueAndJacobian step f x)

    /// <summary>f x and its Jacobian, for a function from tree to tree.</summary>
    let valueAndJacobianTree (step: float option) (f: 'a -> 'b) (x: 'a) : 'b * Jacobian<'a, 'b> =
        checkFloating "jacobian" x
        let y, blocks = FiniteDifference.blocks 1 step f x
        y, Jacobian.Make(x, y, blocks)

    /// <summary>The Jacobian of a function from tree to tree.</summary>
    let jacobianTree (step: float option) (f: 'a -> 'b) (x: 'a) : Jacobian<'a, 'b> = snd (valueAndJacobianTree step f x)

    /// <summary>f x, a number, its gradient and its matrix of second derivatives.</summary>
    let valueGradHessian (step: float option) (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor * Tensor =
        let y, g = valueAndGrad step f x
        y, g, FiniteDifference.blocks 2 step (gradient 2 step f >> snd) x |> single |> snd

    /// <summary>The gradient of f, which gives one number, and its matrix of second derivatives.</summary>
    let gradHessian (step: float option) (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor =
        let _, g, h = valueGradHessian step f x in g, h

    /// <summary>f x, a number, and its matrix of second derivatives.</summary>
    let valueAndHessian (step: float option) (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor =
        let y, _, h = valueGradHessian step f x in y, h

    /// <summary>The matrix of second derivatives, [shape of x…, shape of x…].</summary>
    let hessian (step: float option) (f: Tensor -> Tensor) (x: Tensor) : Tensor = let _, _, h = valueGradHessian step f x in h

    /// <summary>f x, a number, its gradient and its second derivatives, for a function of a tree.</summary>
    let valueGradHessianTree (step: float option) (f: 'a -> Tensor) (x: 'a) : Tensor * 'a * Jacobian<'a, 'a> =
        let y, g = valueAndGrad step f x
        let _, blocks = FiniteDifference.blocks 2 step (gradient 2 step f >> snd) x
        y, g, Jacobian.Make(x, g, blocks)

    /// <summary>The second derivatives of a function of a tree.</summary>
    let hessianTree (step: float option) (f: 'a -> Tensor) (x: 'a) : Jacobian<'a, 'a> = let _, _, h = valueGradHessianTree step f x in h

    /// <summary>Hessian times vector: the change of the gradient along v.</summary>
    let hvp (step: float option) (f: 'a -> Tensor) (x: 'a) (v: 'a) : 'a = FiniteDifference.along 2 step (gradient 2 step f >> snd) x v

    /// <summary>Vector times Hessian: the gradient of the change along v.</summary>
    let vhp (step: float option) (f: 'a -> Tensor) (x: 'a) (v: 'a) : 'a =
        gradient 2 step (fun x -> FiniteDifference.along 2 step f x v) x |> snd

    /// <summary>f x, a number, and its Hessian times v.</summary>
    let valueAndHvp (step: float option) (f: 'a -> Tensor) (x: 'a) (v: 'a) : Tensor * 'a = f x, hvp step f x v

    /// <summary>f x, a number, and v times its Hessian.</summary>
    let valueAndVhp (step: float option) (f: 'a -> Tensor) (x: 'a) (v: 'a) : Tensor * 'a = f x, vhp step f x v

    /// <summary>The gradient of f, which gives one number, and its Hessian times v.</summary>
    let gradHvp (step: float option) (f: 'a -> Tensor) (x: 'a) (v: 'a) : 'a * 'a = grad step f x, hvp step f x v

    /// <summary>f x, a number, its gradient and its Hessian times v.</summary>
    let valueGradHvp (step: float option) (f: 'a -> Tensor) (x: 'a) (v: 'a) : Tensor * 'a * 'a =
        let y, g = valueAndGrad step f x in y, g, hvp step f x v

    /// <summary>The n-th derivative of f by x, one number.</summary>
    let diffN (step: float option) (n: int) (f: Tensor -> 'b) (x: Tensor) : 'b =
        if n < 0 then
            DerivativeErrors.order "diffN" n

        oneNumber "diffN" x
        FiniteDifference.nth n step f x

    /// <summary>f x and its n-th derivative by x, one number.</summary>
    let valueAndDiffN (step: float option) (n: int) (f: Tensor -> 'b) (x: Tensor) : 'b * 'b = f x, diffN step n f x

    /// <summary>The derivative of f by x, one number.</summary>
    let diff (step: float option) (f: Tensor -> 'b) (x: Tensor) : 'b = diffN step 1 f x

    /// <summary>f x and its derivative by x, one number.</summary>
    let valueAndDiff (step: float option) (f: Tensor -> 'b) (x: Tensor) : 'b * 'b = valueAndDiffN step 1 f x

    /// <summary>f x and the sum of its second derivatives along every coordinate of x.</summary>
    let valueAndLaplacian (step: float option) (f: 'a -> 'b) (x: 'a) : 'b * 'b =
        checkFloating "laplacian" x
        FiniteDifference.second step f x

    /// <summary>The Laplacian Σᵢ ∂²f/∂xᵢ².</summary>
    let laplacian (step: float option) (f: 'a -> 'b) (x: 'a) : 'b = snd (valueAndLaplacian step f x)

    /// <summary>f x and the divergence of the vector field f.</summary>
    let valueAndDivergence (step: float option) (f: 'a -> 'a) (x: 'a) : 'a * Tensor =
        checkFloating "divergence" x
        let y, blocks = FiniteDifference.blocks 1 step f x
        checkField "divergence" x y
        y, trace (Jacobian.Make(x, y, blocks).ToMatrix())

    /// <summary>The divergence Σᵢ ∂fᵢ/∂xᵢ of a vector field.</summary>
    let divergence (step: float option) (f: 'a -> 'a) (x: 'a) : Tensor = snd (valueAndDivergence step f x)

    /// <summary>f x, the curl and the divergence of a vector field in three dimensions.</summary>
    let valueCurlDivergence (step: float option) (f: 'a -> 'a) (x: 'a) : 'a * 'a * Tensor =
        checkFloating "curl" x
        curlBy (fun _ f x -> FiniteDifference.blocks 1 step f x) "curl" f x

    /// <summary>The curl and the divergence of a vector field in three dimensions.</summary>
    let curlDivergence (step: float option) (f: 'a -> 'a) (x: 'a) : 'a * Tensor = let _, c, d = valueCurlDivergence step f x in c, d

    /// <summary>f x and the curl of a vector field in three dimensions.</summary>
    let valueAndCurl (step: float option) (f: 'a -> 'a) (x: 'a) : 'a * 'a = let y, c, _ = valueCurlDivergence step f x in y, c

    /// <summary>The curl of a vector field in three dimensions.</summary>
    let curl (step: float option) (f: 'a -> 'a) (x: 'a) : 'a = snd (valueAndCurl step f x)

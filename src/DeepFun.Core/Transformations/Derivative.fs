namespace DeepFun.FSharp

open DeepFun

/// <summary>
/// Directional and higher derivatives, and the operators of vector calculus. Each has a twin that gives the value along (valueAnd…),
/// and one by finite differences in <c>Numeric</c>.
/// </summary>
[<AutoOpen>]
module Derivatives =

    let internal oneNumber operation (x: Tensor) =
        if x.Size <> 1 then
            DerivativeErrors.oneNumber operation x.Shape

        if not (DTypes.IsFloating x.DType) then
            Errors.gradDType operation x.DType

    // Along one direction.

    /// <summary>f x and its derivative in the direction v, J v.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0302 or DF0405 if v has not the structure, shapes and dtypes of x.</exception>
    let valueAndDirectional (f: 'a -> 'b) (x: 'a) (v: 'a) : 'b * 'b = jvp f x v

    /// <summary>The derivative of f at x in the direction v, J v, of f x's structure; v is not normalized.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0302 or DF0405 if v has not the structure, shapes and dtypes of x.</exception>
    let directional (f: 'a -> 'b) (x: 'a) (v: 'a) : 'b = snd (jvp f x v)

    // By one number, to any order.

    /// <summary>f x and its derivative by x, one number; f may give any tree.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0430 x is not one number; DF0404 x is not floating-point.</exception>
    let valueAndDiff (f: Tensor -> 'b) (x: Tensor) : 'b * 'b =
        oneNumber "diff" x
        jvp f x (onesLike x)

    /// <summary>The derivative of f by x, one number; it has the structure and shapes of f x.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0430 x is not one number; DF0404 x is not floating-point.</exception>
    let diff (f: Tensor -> 'b) (x: Tensor) : 'b = snd (valueAndDiff f x)

    /// <summary>f x and its derivatives by x up to order n: [f x; f′ x; …; f⁽ⁿ⁾ x].</summary>
    /// <remarks>Taylor mode: the cost grows with a power of the order, mostly its square (see <c>taylor</c>), not by doubling.</remarks>
    /// <exception cref="T:DeepFun.DeepFunException">DF0430 x is not one number; DF0431 n is negative; DF0404 x is not floating-point.</exception>
    let diffs (n: int) (f: Tensor -> 'b) (x: Tensor) : 'b list =
        if n < 0 then
            DerivativeErrors.order "diffN" n

        oneNumber "diffN" x

        jet f x n |> List.ofArray

    /// <summary>f x and its n-th derivative by x, one number.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0430 x is not one number; DF0431 n is negative; DF0404 x is not floating-point.</exception>
    let valueAndDiffN (n: int) (f: Tensor -> 'b) (x: Tensor) : 'b * 'b = let all = diffs n f x in List.head all, List.last all

    /// <summary>The n-th derivative of f by x, one number; it has the structure and shapes of f x. Order 0 is f itself.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0430 x is not one number; DF0431 n is negative; DF0404 x is not floating-point.</exception>
    let diffN (n: int) (f: Tensor -> 'b) (x: Tensor) : 'b = snd (valueAndDiffN n f x)

    // Products with the Hessian; no matrix is formed.

    /// <summary>f x, a number, its gradient and its Hessian times v, in one pass of forward over reverse mode.</summary>
    let valueGradHvp (f: 'a -> Tensor) (x: 'a) (v: 'a) : Tensor * 'a * 'a =
        let (y, g), (_, h) = jvp (valueAndGrad f) x v
        y, g, h

    /// <summary>The gradient of f, which gives one number, and its Hessian times v, in one pass.</summary>
    let gradHvp (f: 'a -> Tensor) (x: 'a) (v: 'a) : 'a * 'a = jvp (grad f) x v

    /// <summary>f x, a number, and its Hessian times v.</summary>
    let valueAndHvp (f: 'a -> Tensor) (x: 'a) (v: 'a) : Tensor * 'a = let y, _, h = valueGradHvp f x v in y, h

    /// <summary>Hessian times vector, ∇²f(x) v, by forward over reverse: about twice the cost of the gradient, no matrix is formed.</summary>
    let hvp (f: 'a -> Tensor) (x: 'a) (v: 'a) : 'a = snd (gradHvp f x v)

    /// <summary>f x, a number, and v times its Hessian.</summary>
    let valueAndVhp (f: 'a -> Tensor) (x: 'a) (v: 'a) : Tensor * 'a =
        // The number rides along as one more result, whose cotangent is zero.
        let (y, _), back = vjp (valueAndGrad f) x
        y, back (zerosLike y, v)

    /// <summary>Vector times Hessian, vᵀ ∇²f(x), by reverse over reverse: equal to hvp where the second derivatives are symmetric; hvp is cheaper.</summary>
    let vhp (f: 'a -> Tensor) (x: 'a) (v: 'a) : 'a = let _, back = vjp (grad f) x in back v

    // Vector calculus.

    /// Σ over the tensors of x of columns[j][i] summed over its entries; zero where there are none.
    let private total (y: Tensor[]) (columns: Tensor[][]) : Tensor[] =
        let sumUp i (y: Tensor) =
            columns
            |> Array.filter (fun column -> column.Length > 0)
            |> Array.map (fun column -> sumOver [ 0 ] column[i])
            |> Array.fold (fun s t -> Jvp.plus s t) null
            |> fun s -> if isNull s then zerosLike y else cast y.DType s

        Array.mapi sumUp y

    let private laplacianPasses (f: 'a -> 'b) (x: 'a) : 'b * Tensor[] =
        checkFloating "laplacian" x

        let once ds x = pushed "laplacian" f x ds

        let twice (ds: Tensor[]) =
            // Forward over forward: one number for each direction and result, where forward over reverse has a row of the Hessian.
            let (y, dys), second = pushed "laplacian" (once ds) x ds
            y, Array.skip (second.Length - dys.Length) second

        let value, columns = alongBasis x twice
        let y = value |> Option.defaultWith (fun () -> f x)
        y, total (Tree.leaves y) columns

    /// <summary>f x and the sum of its second derivatives along every coordinate of x.</summary>
    let valueAndLaplacian (f: 'a -> 'b) (x: 'a) : 'b * 'b =
        let y, sums = compiledTree "laplacian" f (laplacianPasses f) x
        y, Tree.rebuild y sums

    /// <summary>
    /// The Laplacian ∇²f(x) = Σᵢ ∂²f/∂xᵢ², of the structure of f x, over all numbers of the tree x. Batched forward over forward mode: the
    /// Hessian is not formed.
    /// </summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0404 nothing in x is floating-point.</exception>
    let laplacian (f: 'a -> 'b) (x: 'a) : 'b = snd (valueAndLaplacian f x)

    let internal checkField operation (x: 'a) (y: 'a) =
        let types (tree: 'a) = Tree.leaves tree |> Array.map (fun t -> string t.Shape) |> String.concat ", "

        if Tree.structure x <> Tree.structure y then
            DerivativeErrors.field operation (Tree.structure x) (Tree.structure y)

        if types x <> types y then
            DerivativeErrors.field operation (types x) (types y)

    let private divergencePasses (f: 'a -> 'a) (x: 'a) : 'a * Tensor[] =
        checkFloating "divergence" x

        let along (ds: Tensor[]) =
            let y, dys = pushed "divergence" f x ds
            checkField "divergence" x y
            let j = ds |> Array.findIndex (isNull >> not)
            y, [| sum (ds[j] * dys[j]) |]

        let value, columns = alongBasis x along

        match value with
        | Some y -> y, [| columns |> Array.collect (Array.map sum) |> Array.reduce (+) |]
        | None -> Errors.gradDType "divergence" (Array.head (Tree.leaves x)).DType

    /// <summary>f x and the divergence of the vector field f.</summary>
    let valueAndDivergence (f: 'a -> 'a) (x: 'a) : 'a * Tensor =
        let y, sums = compiledTree "divergence" f (divergencePasses f) x
        y, sums[0]

    /// <summary>The divergence Σᵢ ∂fᵢ/∂xᵢ of a vector field f, which gives a tree like x: one number.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0432 f gives something else than it takes; DF0404 nothing in x is floating-point.</exception>
    let divergence (f: 'a -> 'a) (x: 'a) : Tensor = snd (valueAndDivergence f x)

    let private squareMatrix operation (f: 'a -> 'a) (x: 'a) (blocks: string -> ('a -> 'a) -> 'a -> 'a * Tensor[][]) : 'a * Tensor =
        let size = Tree.leaves x |> Array.sumBy _.Size

        if size <> 3 then
            DerivativeErrors.curl size

        let y, blocks = blocks operation f x
        checkField operation x y
        y, Jacobian.Make(x, y, blocks).ToMatrix()

    /// The curl, as the tree x, of a matrix of first derivatives.
    let internal curlOf (x: 'a) (j: Tensor) : 'a =
        let at a b : Tensor = item 0 b (item 0 a j)
        let curl = stack 0 [ at 2 1 - at 1 2; at 0 2 - at 2 0; at 1 0 - at 0 1 ]
        let leaves = Tree.leaves x
        let parts = splitSizes (leaves |> Array.map _.Size) 0 curl
        Tree.rebuild x (Array.map2 (fun (t: Tensor) part -> reshapeTo t.Shape part |> cast t.DType) leaves (Array.ofList parts))

    let internal curlBy blocks operation (f: 'a -> 'a) (x: 'a) : 'a * 'a * Tensor =
        let y, j = squareMatrix operation f x blocks
        y, curlOf x j, trace j

    let private forward operation (f: 'a -> 'a) x =
        checkFloating operation x
        curlBy forwardBlocks operation f x

    /// <summary>f x, the curl and the divergence of a vector field in three dimensions, from one Jacobian.</summary>
    let valueCurlDivergence (f: 'a -> 'a) (x: 'a) : 'a * 'a * Tensor = forward "curl" f x

    /// <summary>The curl and the divergence of a vector field in three dimensions, from one Jacobian.</summary>
    let curlDivergence (f: 'a -> 'a) (x: 'a) : 'a * Tensor = let _, c, d = valueCurlDivergence f x in c, d

    /// <summary>f x and the curl of the vector field f in three dimensions.</summary>
    let valueAndCurl (f: 'a -> 'a) (x: 'a) : 'a * 'a = let y, c, _ = valueCurlDivergence f x in y, c

    /// <summary>
    /// The curl ∇ × f at x of a vector field in three dimensions, [∂f₂/∂x₁ − ∂f₁/∂x₂, ∂f₀/∂x₂ − ∂f₂/∂x₀, ∂f₁/∂x₀ − ∂f₀/∂x₁], of x's
    /// structure: a vector of three numbers, or any tree that holds three.
    /// </summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0432 f gives something else than it takes; DF0433 x does not hold three numbers.</exception>
    let curl (f: 'a -> 'a) (x: 'a) : 'a = snd (valueAndCurl f x)

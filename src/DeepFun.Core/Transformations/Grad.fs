namespace DeepFun.FSharp

open System
open DeepFun

/// <summary>
/// Derivatives and batches of functions over trees: tensors, tuples, records, lists, arrays, maps, <c>Params</c>, nested.
/// All nest in any order. Integer leaves are constants, whose derivative is zero.
/// </summary>
[<AutoOpen>]
module Differentiation =

    let internal rootOf operation (x: 'a) (leaves: Tensor[]) : Interpreter =
        if leaves.Length = 0 then
            if (TreeShape.get typeof<'a>).HasLeaves then
                Errors.treeEmpty operation (Tree.structure x)
            else
                Errors.treeLeaf operation typeof<'a>

        leaves[0].Interpreter.Root

    let private typed operation (x: Tensor) (d: Tensor) =
        if not (x.Type.Same d.Type) then
            Errors.tangentType operation (string x.Type) (string d.Type)

    let internal pair operation (values: 'T) (tangents: 'T) =
        let xs, ds = Tree.pairs operation values tangents
        Array.iter2 (typed operation) xs ds
        xs, ds

    /// <summary>Value and directional derivative: f x and J dx, by forward mode at about twice the cost of f.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0302 or DF0405 if dx has not the structure, shapes and dtypes of x.</exception>
    let jvp (f: 'a -> 'b) (x: 'a) (dx: 'a) : 'b * 'b =
        let xs, ds = pair "jvp" x dx
        let level = JvpInterpreter(Interpreter.NextLevel(), rootOf "jvp" x xs)

        let out =
            try
                f (Tree.rebuild x (Array.map2 (fun x d -> level.Make(x, d)) xs ds))
            finally
                level.Closed <- true

        let split (t: Tensor) =
            let mutable d = null
            let y = level.Split(t, &d)
            y, (if isNull d then zerosLike y else d)

        let ys, dys = Tree.leaves out |> Array.map split |> Array.unzip
        Tree.rebuild out ys, Tree.rebuild out dys

    /// The linearized function: results, which of them depend on the inputs, and the way back for their cotangents.
    let internal linearized operation (f: 'a -> 'b) (x: 'a) : 'b * (Tensor[] -> 'a) =
        let xs = Tree.leaves x
        let root = rootOf operation x xs
        let level = JvpInterpreter(Interpreter.NextLevel(), root)
        let tape = Tape(Interpreter.NextLevel(), root)
        let inputs = xs |> Array.map (fun x -> tape.Input x.Type)

        let out =
            try
                f (Tree.rebuild x (Array.map2 (fun x (d: Linear) -> level.Make(x, d)) xs inputs))
            finally
                level.Closed <- true
                tape.Closed <- true

        let split (t: Tensor) =
            let mutable d = null
            let y = level.Split(t, &d)
            y, tape.Find d

        let ys, nodes = Tree.leaves out |> Array.map split |> Array.unzip

        let back (cts: Tensor[]) : 'a =
            let seeds =
                [|
                    for i in 0 .. cts.Length - 1 do
                        if not (isNull nodes[i]) then
                            struct (nodes[i], cts[i])
                |]

            let found = if seeds.Length = 0 then Array.zeroCreate inputs.Length else Transpose.backward tape seeds inputs
            Tree.rebuild x (Array.map2 (fun x g -> if isNull g then zerosLike x else g) xs found)

        Tree.rebuild out ys, back

    /// <summary>Value and pullback: f x, and the function from a cotangent ct of the result to Jᵀ ct. The pullback may be called many times.</summary>
    let vjp (f: 'a -> 'b) (x: 'a) : 'b * ('b -> 'a) =
        let y, back = linearized "vjp" f x
        y, (fun ct -> pair "vjp" y ct |> snd |> back)

    let private checkScalar operation (y: Tensor) =
        if y.Size <> 1 then
            Errors.gradScalar operation y.Shape

        if not (DTypes.IsFloating y.DType) then
            Errors.gradDType operation y.DType

    let private checkFloating operation (x: 'a) =
        let leaves = Tree.leaves x

        if leaves.Length > 0 && not (leaves |> Array.exists (fun t -> DTypes.IsFloating t.DType)) then
            Errors.gradDType operation leaves[0].DType

    /// <summary>The gradient of f at x beside a value that f gives along: ((f x, aux), ∇f x). f gives one number and anything else.</summary>
    let valueAndGradAux (f: 'a -> Tensor * 'c) (x: 'a) : (Tensor * 'c) * 'a =
        checkFloating "grad" x
        let (y, aux), back = linearized "grad" f x
        checkScalar "grad" y
        // The cotangents of what is given along are zero.
        let rest = Tree.leaves aux |> Array.map zerosLike
        (y, aux), back (Array.append [| onesLike y |] rest)

    /// <summary>f x, a number, and its gradient, of x's structure.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0403 f gives more than one number; DF0404 nothing in x is floating-point.</exception>
    let valueAndGrad (f: 'a -> Tensor) (x: 'a) : Tensor * 'a =
        checkFloating "grad" x
        let y, back = linearized "grad" f x
        checkScalar "grad" y
        y, back [| onesLike y |]

    /// <summary>The gradient of f, which gives one number, at x; it has x's structure. Reverse mode: a few times the cost of f.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0403 f gives more than one number; DF0404 nothing in x is floating-point.</exception>
    let grad (f: 'a -> Tensor) (x: 'a) : 'a = snd (valueAndGrad f x)

    /// <summary>f for each entry of axis 0 of every leaf of xs, at once; results have the entries along axis 0.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0406 the leaves differ in axis 0.</exception>
    let vmap (f: 'a -> 'b) (xs: 'a) : 'b =
        let leaves = Tree.leaves xs
        let root = rootOf "vmap" xs leaves

        for t in leaves do
            if t.Rank = 0 then
                Errors.rank "vmap" "tensors with a first axis to map over" t.Shape

        let sizes = leaves |> Array.map (fun t -> t.Shape[0]) |> Array.distinct

        if sizes.Length > 1 then
            Errors.batchSize sizes

        let level = VmapInterpreter(Interpreter.NextLevel(), sizes[0], root)

        let out =
            try
                f (Tree.rebuild xs (leaves |> Array.map level.Make))
            finally
                level.Closed <- true

        Tree.map level.Full out

    /// The unit tangents of a tensor's type, stacked: [n, shape…].
    let private basis (x: Tensor) = Tensor.eyeOf x.DType x.Size |> reshape (Seq.append [ x.Size ] x.Shape)

    /// <summary>The Jacobian by forward mode, one pass for all columns: [shape of f x…, shape of x…]. Cheaper when x is smaller than f x.</summary>
    let jacobianForward (f: Tensor -> Tensor) (x: Tensor) : Tensor =
        // [n, out…] → [out…, n] → [out…, x…]
        let columns = vmap (fun d -> snd (jvp f x d)) (basis x)
        moveAxis 0 -1 columns |> reshape (Seq.append (Seq.tail columns.Shape) x.Shape)

    /// <summary>The Jacobian by reverse mode, one pass for all rows: [shape of f x…, shape of x…]. Cheaper when f x is smaller than x.</summary>
    let jacobianReverse (f: Tensor -> Tensor) (x: Tensor) : Tensor =
        let y, back = vjp f x
        vmap back (basis y) |> reshape (Seq.append y.Shape x.Shape)

    /// <summary>The Jacobian, [shape of f x…, shape of x…], by the mode that needs fewer passes.</summary>
    let jacobian (f: Tensor -> Tensor) (x: Tensor) : Tensor =
        let y, back = vjp f x

        if y.Size <= x.Size then
            vmap back (basis y) |> reshape (Seq.append y.Shape x.Shape)
        else
            jacobianForward f x

    /// <summary>Hessian times vector, ∇²f(x) v, by forward over reverse: about twice the cost of the gradient, no matrix is formed.</summary>
    let hvp (f: 'a -> Tensor) (x: 'a) (v: 'a) : 'a = snd (jvp (grad f) x v)

    /// <summary>The matrix of second derivatives, [shape of x…, shape of x…], by batched forward over reverse.</summary>
    let hessian (f: Tensor -> Tensor) (x: Tensor) : Tensor = jacobianForward (grad f) x

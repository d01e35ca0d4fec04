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

    /// f's result at x and the tangents of its leaves, for tangents ds of x's leaves, of which null is zero.
    let internal pushed operation (f: 'a -> 'b) (x: 'a) (ds: Tensor[]) : 'b * Tensor[] =
        let xs = Tree.leaves x
        let level = JvpInterpreter(Interpreter.NextLevel(), rootOf operation x xs)

        let out =
            try
                f (Tree.rebuild x (Array.map2 (fun x d -> level.Make(x, d)) xs ds))
            finally
                level.Closed <- true

        let struct (ys, dys) = level.SplitAll(Tree.leaves out)
        Tree.rebuild out ys, Array.map2 (fun y d -> if isNull d then zerosLike y else d) ys dys

    /// <summary>Value and directional derivative: f x and J dx, by forward mode at about twice the cost of f.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0302 or DF0405 if dx has not the structure, shapes and dtypes of x.</exception>
    let jvp (f: 'a -> 'b) (x: 'a) (dx: 'a) : 'b * 'b =
        let _, ds = pair "jvp" x dx
        let y, dys = pushed "jvp" f x ds
        y, Tree.rebuild y dys

    /// The linearized function: its result, and the way back for the cotangents of its leaves, of which null is zero.
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

        let struct (ys, dys) = level.SplitAll(Tree.leaves out)
        let nodes = dys |> Array.map tape.Find

        let back (cts: Tensor[]) : 'a =
            let found = Transpose.backward tape.Count nodes cts inputs
            Tree.rebuild x (Array.map2 (fun x g -> if isNull g then zerosLike x else g) xs found)

        Tree.rebuild out ys, back

    /// <summary>Value and pullback: f x, and the function from a cotangent ct of the result to Jᵀ ct. The pullback may be called many times.</summary>
    let vjp (f: 'a -> 'b) (x: 'a) : 'b * ('b -> 'a) =
        let y, back = linearized "vjp" f x
        y, (fun ct -> pair "vjp" y ct |> snd |> back)

    let internal checkScalar operation (y: Tensor) =
        if y.Size <> 1 then
            Errors.gradScalar operation y.Shape

        if not (DTypes.IsFloating y.DType) then
            Errors.gradDType operation y.DType

    let internal checkFloating operation (x: 'a) =
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

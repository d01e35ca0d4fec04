namespace DeepFun

open System
open System.Collections.Generic
open DeepFun.FSharp

/// <summary>How a Jacobian is computed; the results are the same.</summary>
type JacobianMode =
    /// The mode that needs fewer passes.
    | Automatic = 0
    /// All columns in one pass a tensor of the argument.
    | Forward = 1
    /// All rows in one pass a tensor of the result.
    | Reverse = 2

/// <summary>
/// The derivative of one tree by another: for every tensor of the result a tree like the argument, whose tensors have the shape
/// [shape of the result's tensor…, shape of the argument's tensor…] and the argument's dtypes. A tree itself: it can be differentiated and mapped.
/// </summary>
/// <remarks>
/// <c>j.Of(fun y -> y.Energy)</c> is the tree of derivatives of one result, <c>j.Of((fun y -> y.Energy), (fun x -> x.Mass))</c> one block,
/// <c>j.ToMatrix()</c> all of it as a matrix. A Hessian is the Jacobian of a gradient.
/// </remarks>
[<Sealed; AllowNullLiteral>]
type Jacobian<'In, 'Out> internal (places: 'Out, paths: string[], rows: 'In[]) =

    /// The derivative whose rows are blocks[i][j] by the j-th tensor of x, for the i-th tensor of y.
    static member internal Make(x: 'In, y: 'Out, blocks: Tensor[][]) : Jacobian<'In, 'Out> =
        let paths, leaves = Array.unzip (Tree.paths y)
        // Variables stand for the results while a selector runs: the i-th one is chosen by its number, computations have higher ones.
        let tracer = Tracer(Interpreter.NextLevel(), Eval.Cpu)
        let places = leaves |> Array.map (fun t -> tracer.Input t.Type)
        Jacobian(Tree.rebuild y places, paths, blocks |> Array.map (Tree.rebuild x))

    /// <summary>The derivatives of one tensor of the result, which the function chooses: a tree like the argument.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0437 the function gives something else than a tensor of the result.</exception>
    member _.Of(result: Func<'Out, Tensor>) : 'In =
        match result.Invoke places with
        | :? Variable as v when v.Id < rows.Length -> rows[v.Id]
        | :? Variable -> DerivativeErrors.selection "a computed tensor"
        | _ -> DerivativeErrors.selection "another tensor"

    /// <summary>The block of one tensor of the result by one tensor of the argument.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0437 the first function gives something else than a tensor of the result.</exception>
    member this.Of(result: Func<'Out, Tensor>, by: Func<'In, Tensor>) : Tensor = by.Invoke(this.Of result)

    /// <summary>The derivatives of each tensor of the result, by its path.</summary>
    member _.Rows: IReadOnlyList<KeyValuePair<string, 'In>> = Array.map2 (fun path row -> KeyValuePair(path, row)) paths rows :> _

    /// <summary>All derivatives as one matrix: a row for each number of the result, a column for each number of the argument, in the order of the trees.</summary>
    member _.ToMatrix() : Tensor =
        let strip (y: Tensor) (row: 'In) =
            let columns (block: Tensor) = Seq.skip y.Rank block.Shape |> Seq.fold (*) 1
            Tree.leaves row |> Array.map (fun block -> reshape [ y.Size; columns block ] block) |> concat 1

        Array.map2 strip (Tree.leaves places) rows |> concat 0

    interface ITree with
        member _.Flatten(path, leaf) =
            let under name = if path = "" then name else path + "/" + name

            let at (name: string) row =
                for p, t in Tree.paths row do
                    leaf (under (String.Join("/", [ name; p ] |> List.filter (fun s -> s <> "")))) t

            Array.iter2 at paths rows

        member _.Rebuild next =
            Jacobian(places, paths, rows |> Array.map (fun row -> Tree.rebuild row (Tree.leaves row |> Array.map (fun _ -> next ()))))

        member _.Describe() =
            "Jacobian(" + String.Join(", ", Array.map2 (fun path row -> path + ": " + Tree.structure row) paths rows) + ")"

namespace DeepFun.FSharp

open DeepFun

/// <summary>
/// All derivatives of a function at once. Every pass is batched, none is looped. What is called again, and is not small, compiles by itself: f runs at
/// every call, and the plan of the operations that it makes is used, so that f may close over what changes.
/// </summary>
[<AutoOpen>]
module Jacobians =

    let internal isFloating (t: Tensor) = DTypes.IsFloating t.DType

    let internal sizes (t: Tensor) = t.Shape.ToArray()

    /// The unit tangents of a tensor's type, stacked: [n, shape…].
    let private basis (x: Tensor) = IdentityMatrices.get x |> reshape (Array.append [| x.Size |] (sizes x))

    /// d as the only tangent (cotangent) among n; the others are zero.
    let private only n i (d: Tensor) : Tensor[] = Array.init n (fun k -> if k = i then d else null)

    /// The zero block of result y by argument x.
    let internal zeroBlock (y: Tensor) (x: Tensor) =
        let shape = Shape.Adopt(Array.append (sizes y) (sizes x))
        Tensor.Constant(0.0, { Shape = shape; DType = x.DType }, x)

    /// g for all unit tangents of each floating tensor of x, the other tangents being zero: what it gives that depends on no tangent, and
    /// what it gives for each, the entries in front. g gets x's tangents.
    let internal alongBasis (x: 'a) (g: Tensor[] -> 'b * Tensor[]) : 'b option * Tensor[][] =
        let xs = Tree.leaves x

        let along j (t: Tensor) =
            let entries = basis t
            let level, (y, dys) = mapped entries [| entries |] [| Some 0 |] (fun d -> g (only xs.Length j d))

            let one (t: Tensor) =
                match level.Find t with
                | null -> t
                // A loop may carry it beside the tangents; its entries are equal.
                | many -> item 0 0 many

            (if t.Size = 0 then None else Some(Tree.map one y)), Array.map level.Full dys

        let found = xs |> Array.mapi (fun j t -> if isFloating t then along j t else None, [||])
        Array.tryPick fst found, Array.map snd found

    /// f x and blocks[i][j], the derivative of its i-th tensor by the j-th of x, one pass a tensor of x.
    let private forwardPasses operation (f: 'a -> 'b) (x: 'a) : 'b * Tensor[][] =
        checkFloating operation x
        let xs = Tree.leaves x

        let value, columns = alongBasis x (pushed operation f x)
        let y = value |> Option.defaultWith (fun () -> f x)

        let block i (t: Tensor) j =
            if columns[j].Length = 0 || not (isFloating t) then
                zeroBlock t xs[j]
            else
                // [n, out…] → [out…, n] → [out…, in…]
                columns[j][i] |> moveAxis 0 -1 |> reshape (Array.append (sizes t) (sizes xs[j])) |> cast xs[j].DType

        y, Tree.leaves y |> Array.mapi (fun i t -> Array.init xs.Length (block i t))

    let private rows (x: 'a) (y: 'b) (back: Tensor[] -> 'a) : Tensor[][] =
        let xs, ys = Tree.leaves x, Tree.leaves y

        let row i (t: Tensor) =
            if isFloating t then
                let found = vmap (fun ct -> Tree.leaves (back (only ys.Length i ct))) (basis t)
                Array.map2 (fun (x: Tensor) g -> reshape (Array.append (sizes t) (sizes x)) g) xs found
            else
                xs |> Array.map (zeroBlock t)

        Array.mapi row ys

    let private reversePasses operation (f: 'a -> 'b) (x: 'a) : 'b * Tensor[][] =
        checkFloating operation x
        let y, back = linearized operation f x
        y, rows x y back

    let private count (tree: 'T) = Tree.leaves tree |> Array.sumBy (fun t -> if isFloating t then t.Size else 0)

    let private fewestPasses operation (f: 'a -> 'b) (x: 'a) : 'b * Tensor[][] =
        checkFloating operation x
        let y, back = linearized operation f x

        if count y <= count x then y, rows x y back else forwardPasses operation f x

    /// What passes give at x, a result and tensors, compiled by itself. f is the user's function.
    let internal compiledTree operation (f: 'f) (passes: 'a -> 'b * Tensor[]) (x: 'a) : 'b * Tensor[] =
        let flat x =
            let y, made = passes x
            struct (y, Array.append made (Tree.leaves y))

        let struct (y, all) = Traced.run operation (box f) flat x
        let n = all.Length - Tree.count y
        Tree.rebuild y all[n..], all[.. n - 1]

    /// As compiledTree; of a result that is not wanted only structure and types are real.
    let private compiled operation (f: 'f) wantsValue (passes: 'a -> 'b * Tensor[][]) (x: 'a) : 'b * Tensor[][] =
        let flat x =
            let y, blocks = passes x
            let made = Array.concat blocks
            let columns = if blocks.Length = 0 then 0 else blocks[0].Length
            struct (struct (y, columns), (if wantsValue then Array.append made (Tree.leaves y) else made))

        let struct (struct (y, columns), all) = Traced.run operation (box f) flat x
        let n = if wantsValue then all.Length - Tree.count y else all.Length
        (if wantsValue then Tree.rebuild y all[n..] else y), (if columns = 0 then [||] else Array.chunkBySize columns all[.. n - 1])

    /// f x and blocks[i][j], the derivative of its i-th tensor by the j-th of x, one pass a tensor of x.
    let internal forwardBlocks operation (f: 'a -> 'b) (x: 'a) : 'b * Tensor[][] = compiled operation f true (forwardPasses operation f) x

    let private blocksBy (mode: JacobianMode) wantsValue (f: 'a -> 'b) (x: 'a) : 'b * Tensor[][] =
        match mode with
        | JacobianMode.Forward -> compiled "jacobian, forward" f wantsValue (forwardPasses "jacobian" f) x
        | JacobianMode.Reverse -> compiled "jacobian, reverse" f wantsValue (reversePasses "jacobian" f) x
        | _ -> compiled "jacobian" f wantsValue (fewestPasses "jacobian" f) x

    let private single (y: 'b, blocks: Tensor[][]) : 'b * Tensor = y, blocks[0][0]

    /// <summary>The Jacobian by forward mode, one pass for all columns: [shape of f x…, shape of x…]. Cheaper when x is smaller than f x.</summary>
    let jacobianForward (f: Tensor -> Tensor) (x: Tensor) : Tensor = blocksBy JacobianMode.Forward false f x |> single |> snd

    /// <summary>The Jacobian by reverse mode, one pass for all rows: [shape of f x…, shape of x…]. Cheaper when f x is smaller than x.</summary>
    let jacobianReverse (f: Tensor -> Tensor) (x: Tensor) : Tensor = blocksBy JacobianMode.Reverse false f x |> single |> snd

    /// <summary>f x and its Jacobian, [shape of f x…, shape of x…], by the mode that needs fewer passes.</summary>
    let valueAndJacobian (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor = blocksBy JacobianMode.Automatic true f x |> single

    /// <summary>The Jacobian, [shape of f x…, shape of x…] in x's dtype, by the mode that needs fewer passes.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0404 x is not floating-point.</exception>
    let jacobian (f: Tensor -> Tensor) (x: Tensor) : Tensor = blocksBy JacobianMode.Automatic false f x |> single |> snd

    let private tree (x: 'a) (y: 'b, blocks) = y, Jacobian.Make(x, y, blocks)

    /// <summary>The Jacobian of a function from tree to tree by forward mode: a pass, for all columns, for each tensor of x.</summary>
    let jacobianTreeForward (f: 'a -> 'b) (x: 'a) : Jacobian<'a, 'b> = blocksBy JacobianMode.Forward false f x |> tree x |> snd

    /// <summary>The Jacobian of a function from tree to tree by reverse mode: a pass, for all rows, for each tensor of f x.</summary>
    let jacobianTreeReverse (f: 'a -> 'b) (x: 'a) : Jacobian<'a, 'b> = blocksBy JacobianMode.Reverse false f x |> tree x |> snd

    /// <summary>f x and its Jacobian, for a function from tree to tree.</summary>
    let valueAndJacobianTree (f: 'a -> 'b) (x: 'a) : 'b * Jacobian<'a, 'b> = blocksBy JacobianMode.Automatic true f x |> tree x

    /// <summary>The Jacobian of a function from tree to tree, by the mode that needs fewer passes.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0404 nothing in x is floating-point.</exception>
    let jacobianTree (f: 'a -> 'b) (x: 'a) : Jacobian<'a, 'b> = blocksBy JacobianMode.Automatic false f x |> tree x |> snd

    let internal jacobianBy (mode: JacobianMode) : (Tensor -> Tensor) -> Tensor -> Tensor =
        if mode = JacobianMode.Forward then jacobianForward
        elif mode = JacobianMode.Reverse then jacobianReverse
        else jacobian

    let internal jacobianTreeBy (mode: JacobianMode) (f: 'a -> 'b) (x: 'a) : Jacobian<'a, 'b> =
        if mode = JacobianMode.Forward then jacobianTreeForward f x
        elif mode = JacobianMode.Reverse then jacobianTreeReverse f x
        else jacobianTree f x

    // Second derivatives: the gradient's columns, forward over reverse.

    /// <summary>f x, a number, its gradient and its matrix of second derivatives, [shape of x…, shape of x…].</summary>
    let valueGradHessian (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor * Tensor =
        let (y, g), blocks = compiled "valueGradHessian" f true (forwardPasses "hessian" (valueAndGrad f)) x
        y, g, blocks[1][0]

    /// <summary>The gradient of f, which gives one number, and its matrix of second derivatives.</summary>
    let gradHessian (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor = let _, g, h = valueGradHessian f x in g, h

    /// <summary>f x, a number, and its matrix of second derivatives.</summary>
    let valueAndHessian (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor = let y, _, h = valueGradHessian f x in y, h

    /// <summary>The matrix of second derivatives, [shape of x…, shape of x…], by batched forward over reverse.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0403 f gives more than one number; DF0404 x is not floating-point.</exception>
    let hessian (f: Tensor -> Tensor) (x: Tensor) : Tensor =
        compiled "hessian" f false (forwardPasses "hessian" (grad f)) x |> single |> snd

    /// <summary>f x, a number, its gradient and its second derivatives, for a function of a tree.</summary>
    let valueGradHessianTree (f: 'a -> Tensor) (x: 'a) : Tensor * 'a * Jacobian<'a, 'a> =
        let (y, g), blocks = compiled "valueGradHessian" f true (forwardPasses "hessian" (valueAndGrad f)) x
        y, g, Jacobian.Make(x, g, Array.tail blocks)

    /// <summary>The second derivatives of a function of a tree: the Jacobian of its gradient.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0403 f gives more than one number; DF0404 nothing in x is floating-point.</exception>
    let hessianTree (f: 'a -> Tensor) (x: 'a) : Jacobian<'a, 'a> = let _, _, h = valueGradHessianTree f x in h

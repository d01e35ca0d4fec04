namespace DeepFun.FSharp

open System
open DeepFun
open DeepFun.Backends

/// <summary>How a scan runs.</summary>
[<NoComparison>]
type ScanOptions =
    {
        /// <summary>How many steps; None: the size of axis 0 of what is scanned.</summary>
        Length: int option
        /// <summary>Whether the steps run from the last slice to the first; results stand where their slices stood.</summary>
        Reverse: bool
    }

    /// <summary>As many steps as slices, from the first on.</summary>
    static member Default = { Length = None; Reverse = false }

/// <summary>
/// Control flow as operations that can be differentiated, batched and traced. The functions take and give trees; what they close over
/// may be differentiated as well. A step of a loop is traced once, however often it runs, so values cannot be read in it (DF0402).
/// </summary>
[<AutoOpen>]
module Control =

    let private rootOf (xs: Tensor[]) : Interpreter = if xs.Length = 0 then Eval.Cpu else xs[0].Interpreter.Root

    let private text (types: TensorType[]) = String.Join(", ", types |> Array.map string)

    /// The leaves of a carry after a step, which must be like those before.
    let private next operation (before: 'c) (after: 'c) : Tensor[] =
        let xs, ys = Tree.leaves before, Tree.leaves after

        if xs.Length <> ys.Length || not (Array.forall2 (fun (x: Tensor) (y: Tensor) -> x.Type.Same y.Type) xs ys) then
            let xs, ys = Tree.paths before, Tree.paths after

            if Array.map fst xs <> Array.map fst ys then
                ControlErrors.carryStructure operation (Tree.structure before) (Tree.structure after)

            let (path, x), (_, y) = Array.zip xs ys |> Array.find (fun ((_, x: Tensor), (_, y: Tensor)) -> not (x.Type.Same y.Type))

            ControlErrors.carryType operation path (string x.Type) (string y.Type)

        ys

    let private lengthOf operation (named: int option) (stacks: Tensor[]) : int =
        for x in stacks do
            if x.Rank = 0 then
                Errors.rank operation "tensors with a first axis to go through" x.Shape

        let sizes = Array.append (Option.toArray named) (stacks |> Array.map (fun x -> x.Shape[0])) |> Array.distinct

        if sizes.Length <> 1 || sizes[0] < 0 then
            ControlErrors.scanLength operation (if sizes.Length = 0 then "nothing to go through" else String.Join(", ", sizes))

        sizes[0]

    let private scanNamed operation (options: ScanOptions) (step: 'c -> 'x -> 'c * 'y) (init: 'c) (xs: 'x) : 'c * 'y =
        let carries, stacks = Tree.leaves init, Tree.leaves xs
        let length = lengthOf operation options.Length stacks
        let slice (x: Tensor) = { x.Type with Shape = Shape.Adopt(x.Shape.ToArray()[1..]) }
        let given = ref Unchecked.defaultof<'y>

        let body (_: Interpreter) (args: Tensor[]) =
            let carry, y = step (Tree.rebuild init args[.. carries.Length - 1]) (Tree.rebuild xs args[carries.Length ..])
            given.Value <- y
            Array.append (next operation init carry) (Tree.leaves y)

        let root = rootOf (Array.append carries stacks)
        let struct (g, closedOver) = Trace.lift root body (Array.append (carries |> Array.map _.Type) (stacks |> Array.map slice))

        let block =
            {
                Body = g
                Length = length
                Constants = closedOver.Length
                Carries = carries.Length
                Reverse = options.Reverse
            }

        let ys = Graph.apply root (Block.Scan block) (Array.concat [ closedOver; carries; stacks ])
        Tree.rebuild init ys[.. carries.Length - 1], Tree.rebuild given.Value ys[carries.Length ..]

    /// <summary>As <see cref="M:DeepFun.FSharp.Control.scan"/>, with the number of steps named or from the last slice to the first.</summary>
    let scanWith (options: ScanOptions) (step: 'c -> 'x -> 'c * 'y) (init: 'c) (xs: 'x) : 'c * 'y = scanNamed "scan" options step init xs

    /// <summary>
    /// A fold that also gives what each step gives: cᵢ₊₁, yᵢ = step cᵢ xᵢ over the slices xᵢ along axis 0 of every leaf of xs. Gives the last
    /// carry, and the yᵢ stacked along a new axis 0.
    /// </summary>
    /// <remarks>
    /// Shape: the carry keeps its structure, shapes and dtypes; a leaf of xs is [n, s…] and its slice [s…]; a leaf of y is [t…], stacked [n, t…].
    /// The step is traced once. Forward mode carries tangents along; reverse mode keeps what it needs of each step, [n, …], except
    /// what is the same in all. <c>checkpoint</c> around the step trades that memory for time.
    /// </remarks>
    /// <exception cref="T:DeepFun.DeepFunException">DF0410 or DF0411 the carry changes; DF0414 the leaves of xs differ in axis 0.</exception>
    let scan (step: 'c -> 'x -> 'c * 'y) (init: 'c) (xs: 'x) : 'c * 'y = scanNamed "scan" ScanOptions.Default step init xs

    /// <summary>f of each slice along axis 0 of every leaf of xs, one after the other, stacked along axis 0. As <c>vmap</c>, with less memory and no speed-up.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0414 the leaves of xs differ in axis 0.</exception>
    let map (f: 'x -> 'y) (xs: 'x) : 'y = scanNamed "map" ScanOptions.Default (fun () x -> (), f x) () xs |> snd

    /// <summary>
    /// body i c for i = lower, …, upper − 1, from c = init; i is an int32 scalar. The bounds are numbers, so the loop is a scan and reverse
    /// mode works. No step if upper is not above lower.
    /// </summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0410 or DF0411 the carry changes.</exception>
    let forLoop (lower: int) (upper: int) (body: Tensor -> 'c -> 'c) (init: 'c) : 'c =
        let ty = { Shape = Shape.Adopt [| max 0 (upper - lower) |]; DType = DType.Int32 }
        let indices = (rootOf (Tree.leaves init)).Apply(Prim.Generate(Generate.Iota(0, ty)), [||]) + float lower
        scanNamed "forLoop" ScanOptions.Default (fun c i -> body i c, ()) init indices |> fst

    let private check operation rule (dtype: DType -> bool) (x: Tensor) =
        if x.Rank <> 0 || not (dtype x.DType) then
            ControlErrors.predicate operation rule (string x.Type)

    let private isBool = (=) DType.Bool

    /// One of the branches by an index whose value is not known.
    let private choose operation (index: Tensor) (branches: ('a -> 'b)[]) (x: 'a) : 'b =
        let operands = Tree.leaves x
        let root = index.Interpreter.Root
        let given = ref (ValueNone: 'b voption)

        let traced =
            branches
            |> Array.mapi (fun i f ->
                let run (_: Interpreter) args =
                    let y = f (Tree.rebuild x args)
                    let types (t: 'b) = Tree.paths t |> Array.map (fun (path, leaf) -> path, leaf.Type)

                    match given.Value with
                    | ValueNone -> given.Value <- ValueSome y
                    | ValueSome first ->
                        if Array.map fst (types first) <> Array.map fst (types y) then
                            ControlErrors.branchType operation i (Tree.structure first) (Tree.structure y)

                        if not (Array.forall2 (fun (_, a: TensorType) (_, b) -> a.Same b) (types first) (types y)) then
                            ControlErrors.branchType operation i (text (Array.map snd (types first))) (text (Array.map snd (types y)))

                    Tree.leaves y

                Trace.lift root run (operands |> Array.map _.Type))

        let struct (graphs, closedOver) = Graph.share traced

        let ys =
            Graph.apply root (Block.Switch graphs) (Array.concat [ [| Tensor.CastTo(DType.Int32, index) |]; closedOver; operands ])

        Tree.rebuild given.Value.Value ys

    /// <summary>thenBranch x where the predicate, a bool scalar, holds, elseBranch x where not.</summary>
    /// <remarks>
    /// Where the predicate's value is known (also under <c>grad</c> and <c>jvp</c>), only the branch that is taken runs, as an if. In a trace both are
    /// traced and one runs; where each entry of a <c>vmap</c> has its own predicate, both run and their results are selected.
    /// </remarks>
    /// <exception cref="T:DeepFun.DeepFunException">DF0412 the branches give different structures, shapes or dtypes; DF0413 the predicate is not one bool.</exception>
    let cond (predicate: Tensor) (thenBranch: 'a -> 'b) (elseBranch: 'a -> 'b) (x: 'a) : 'b =
        check "cond" "one bool as its predicate" isBool predicate

        if not (Graph.isKnown predicate) then choose "cond" predicate [| elseBranch; thenBranch |] x
        elif predicate.ToDouble() <> 0.0 then thenBranch x
        else elseBranch x

    /// <summary>The branch of this number on x; an index below 0 takes the first branch, one above the last takes the last. Otherwise as <c>cond</c>.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0412 the branches give different structures, shapes or dtypes; DF0413 the index is not one integer; DF0126 no branch.</exception>
    let switch (index: Tensor) (branches: ('a -> 'b) seq) (x: 'a) : 'b =
        let branches = Array.ofSeq branches
        check "switch" "one integer as its index" (fun d -> not (DTypes.IsFloating d) && d <> DType.Bool) index

        if branches.Length = 0 then
            Errors.count "switch" "at least 1 branch" 0

        if Graph.isKnown index then
            branches[max 0 (min (branches.Length - 1) (int (index.ToDouble())))] x
        else
            choose "switch" index branches x

    /// Runs while the condition is known and holds, at most so many steps; gives the carry, the steps left, and whether it has ended.
    let private running operation (limit: int64) (condition: 'c -> Tensor) (body: 'c -> 'c) (init: 'c) : struct ('c * int64 * bool) =
        let mutable c = init
        let mutable left = limit
        let mutable ended = left <= 0L
        let mutable known = true

        while known && not ended do
            let test = condition c
            check operation "a condition that gives one bool" isBool test

            if not (Graph.isKnown test) then
                known <- false
            elif test.ToDouble() = 0.0 then
                ended <- true
            else
                let after = body c
                next operation c after |> ignore
                c <- after
                left <- left - 1L
                ended <- left <= 0L

        struct (c, left, ended)

    /// <summary>body (body (… init)) while the condition, which gives a bool scalar, holds.</summary>
    /// <remarks>
    /// Where the condition's value is known, the steps run one by one, and derivatives of every mode and order go through them. In a trace
    /// the loop is one operation: forward mode works, reverse mode needs <c>whileLoopBounded</c>. Under <c>vmap</c> the loop goes on while
    /// any entry does, and a finished entry keeps what it has.
    /// </remarks>
    /// <exception cref="T:DeepFun.DeepFunException">DF0410 or DF0411 the carry changes; DF0413 the condition does not give one bool; DF0415 reverse mode through a traced loop.</exception>
    let whileLoop (condition: 'c -> Tensor) (body: 'c -> 'c) (init: 'c) : 'c =
        let struct (c, _, ended) = running "whileLoop" Int64.MaxValue condition body init

        if ended then
            c
        else
            let leaves = Tree.leaves c
            let root = rootOf leaves
            let types = leaves |> Array.map _.Type
            let test (_: Interpreter) args = [| condition (Tree.rebuild c args) |]
            let step (_: Interpreter) args = next "whileLoop" c (body (Tree.rebuild c args))
            let struct (graphs, closedOver) = Graph.share [| Trace.lift root test types; Trace.lift root step types |]

            let block = { Condition = graphs[0]; Body = graphs[1]; Constants = closedOver.Length }

            Tree.rebuild c (Graph.apply root (Block.While block) (Array.append closedOver leaves))

    /// <summary>
    /// As <c>whileLoop</c>, but it ends after so many steps at the latest. In a trace it is a scan of that length whose steps do nothing once the
    /// condition has failed, so that reverse mode works, with memory for all of them.
    /// </summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0410 or DF0411 the carry changes; DF0413 the condition does not give one bool.</exception>
    let whileLoopBounded (maximum: int) (condition: 'c -> Tensor) (body: 'c -> 'c) (init: 'c) : 'c =
        let struct (c, left, ended) = running "whileLoopBounded" (int64 maximum) condition body init

        if ended then
            c
        else
            let step c () = cond (condition c) body id c, ()
            scanNamed "whileLoopBounded" { ScanOptions.Default with Length = Some(int left) } step c () |> fst

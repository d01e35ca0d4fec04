namespace DeepFun

open System
open System.Collections.Concurrent
open System.Threading
open DeepFun.Backends
open DeepFun.FSharp

/// <summary>One compilation of a function: what it was compiled for, and what the compiler made of it.</summary>
[<Sealed>]
type Compilation internal (number: int, difference: string, plan: Plan) =
    /// <summary>1 for the first.</summary>
    member _.Number = number
    /// <summary>In what the call differed from the one before that was compiled; empty for the first.</summary>
    member _.Difference = difference
    /// <summary>The optimized graph, one line an equation.</summary>
    member _.Graph = Graph.show plan.Graph
    /// <summary>How many calls of the backend one call of the function takes.</summary>
    member _.Steps = plan.Steps.Length
    /// <summary>The steps in order, one a line.</summary>
    member _.Plan = Plan.show plan

/// What is kept of a compilation.
[<NoComparison; ReferenceEquality>]
type internal Compiled<'b> = { Executable: Executable; ClosedOver: Storage[]; Template: 'b }

/// <summary>
/// A function that is traced, optimized and compiled once for each structure, shapes, dtypes and values that are no tensors of its
/// argument, and then runs as a plan. May be called on many threads.
/// </summary>
/// <remarks>
/// What the function closes over is taken when it is compiled. Values cannot be read in it (DF0402): use <c>cond</c>, <c>where</c> or <c>scan</c>.
/// Under grad, vmap, jvp or another trace the function itself runs, so that a jit around those compiles all of it.
/// </remarks>
[<Sealed>]
type CompiledFunction<'a, 'b> internal (f: 'a -> 'b, orAsItIs: bool) =
    static let manyCompilations = 3
    let made = ConcurrentDictionary<CallKey, Lazy<Compiled<'b> voption>>()
    let compilations = ConcurrentQueue<Compilation>()
    let warned = Event<EventHandler<Compilation>, Compilation>()
    let mutable last: CallKey = Unchecked.defaultof<_>

    static let isData (x: Tensor) =
        match x with
        | :? Data -> true
        | _ -> false

    let make (key: CallKey) (x: 'a) : Compiled<'b> voption =
        let template = ref Unchecked.defaultof<'b>

        let body args =
            let y = f (Tree.rebuild x args)
            template.Value <- y
            Tree.leaves y

        let struct (g, closedOver) = Trace.graph key.Root body key.Types

        if not (Array.forall isData closedOver) then
            ValueNone
        else
            let evaluator = key.Root :?> Eval
            let plan = Optimize.graph g |> Plan.ofGraph evaluator.Backend
            let before = Interlocked.Exchange(&last, key)
            let paths = Tree.paths x |> Array.map (fun (path, _) -> if path = "" then "the argument" else path)
            let difference = if isNull (box before) then "" else before.Difference(paths, key)
            let compilation = Compilation(compilations.Count + 1, difference, plan)
            compilations.Enqueue compilation

            if compilation.Number >= manyCompilations then
                warned.Trigger(null, compilation)

            ValueSome
                {
                    Executable = Executable(evaluator, plan)
                    ClosedOver = closedOver |> Array.map evaluator.Storage
                    Template = template.Value
                }

    let compile (key: CallKey) (x: 'a) : Compiled<'b> voption =
        try
            make key x
        with :? DeepFunException as e when orAsItIs && e.Code = "DF0402" ->
            ValueNone

    /// <summary>Every compilation so far, in order.</summary>
    member _.Compilations: Compilation[] = compilations.ToArray()

    /// <summary>Raised at the third compilation and every one after it: an argument changes its shape from call to call.</summary>
    [<CLIEvent>]
    member _.Recompiled = warned.Publish

    /// <summary>f x.</summary>
    member _.Invoke(x: 'a) : 'b =
        let leaves = Tree.leaves x

        if Optimize.isOff () || not (Array.forall isData leaves) then
            f x
        else
            let root: Interpreter = if leaves.Length = 0 then Eval.Cpu else leaves[0].Interpreter.Root
            let key = CallKey.Of(x, leaves, root)
            let entry = made.GetOrAdd(key, (fun k -> Lazy<Compiled<'b> voption>(fun () -> compile k x)))

            match entry.Value with
            | ValueNone -> f x
            | ValueSome c ->
                let evaluator = root :?> Eval
                let inputs = Array.append (leaves |> Array.map evaluator.Storage) c.ClosedOver
                let outputs = c.Executable.Run inputs
                Tree.rebuild c.Template (outputs |> Array.map evaluator.Wrap)

namespace DeepFun.FSharp

open DeepFun

/// <summary>Compiling functions.</summary>
[<AutoOpen>]
module Jit =

    /// <summary>f, compiled; with its compilations to look at.</summary>
    let compile (f: 'a -> 'b) : CompiledFunction<'a, 'b> = CompiledFunction<'a, 'b>(f, false)

    /// As compile; where f reads values it runs as it is, instead of an error.
    let internal compileIfPossible (f: 'a -> 'b) : CompiledFunction<'a, 'b> = CompiledFunction<'a, 'b>(f, true)

    /// <summary>
    /// f, traced, optimized and compiled at the first call with arguments of a structure, shapes and dtypes: the same results as f, up to the
    /// order of sums. Keep the function that comes back: it holds what was compiled.
    /// </summary>
    /// <remarks>
    /// Works around grad, vmap, jvp, scan and cond (the whole is compiled) and inside of them (f runs as it is). The bodies of scan, cond and
    /// while are simplified, but run operation by operation: nothing in them is fused. Off where the switch <c>DeepFun.Jit.Off</c>
    /// (AppContext) or the environment variable DEEPFUN_JIT=0 is set.
    /// </remarks>
    /// <exception cref="T:DeepFun.DeepFunException">DF0402 f reads a value of a tensor that depends on its argument.</exception>
    let jit (f: 'a -> 'b) : 'a -> 'b = (compile f).Invoke

namespace DeepFun

open System
open System.Collections.Concurrent
open System.Collections.Generic
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
type internal Compiled<'b> =
    {
        Executable: Executable
        ClosedOver: Storage[]
        /// The memory of what is closed over.
        Blocks: HashSet<MemoryBlock>
        Template: 'b
        /// What is told of it.
        Compilation: Compilation
    }

/// When a function is compiled, and when it runs as it is.
[<NoComparison; ReferenceEquality>]
type internal CompilePolicy =
    {
        /// Whether a function that reads values runs as it is, instead of an error.
        OrAsItIs: bool
        /// The call with arguments of the same shapes from which on it is compiled.
        FromCall: int
    }

    static member Strict = { OrAsItIs = false; FromCall = 1 }

[<AbstractClass; Sealed>]
type internal Donation private () =
    /// Any tensor's memory may go.
    static member val All: Func<Tensor, bool> = Func<_, _>(fun _ -> true)

/// How many functions this thread is compiling within each other.
[<AbstractClass; Sealed>]
type internal Compiling private () =
    [<ThreadStatic; DefaultValue>]
    static val mutable private depth: int

    /// Does this while no other thread is behind the gate. A thread that compiles does not wait for another, which may be waiting for it: nothing
    /// where it would have to.
    static member Alone(gate: obj, work: unit -> 'T) : 'T voption =
        let entered =
            if Compiling.depth = 0 then
                Monitor.Enter gate
                true
            else
                Monitor.TryEnter gate

        if not entered then
            ValueNone
        else
            Compiling.depth <- Compiling.depth + 1

            try
                ValueSome(work ())
            finally
                Compiling.depth <- Compiling.depth - 1
                Monitor.Exit gate

/// What is known of calls with arguments of the same structure, shapes and dtypes. Holds no argument: most are never seen again.
[<Sealed; AllowNullLiteral>]
type internal CallEntry<'b>(key: CallKey) =
    let mutable made = ValueNone
    let mutable isMade = false
    let mutable calls = 0

    member _.Key = key
    member _.IsMade = Volatile.Read &isMade
    member _.Made = made
    /// How many leaves the part of the argument has that is given away; -1 while nobody has counted.
    member val Donated = -1 with get, set

    /// The function compiled now, if nobody has and this call is late enough; nothing where it is not, where it cannot be compiled, or where another
    /// thread is just doing that while this one compiles something else. It is told when it has been kept and other threads may go on: the listener
    /// may call the function, or fail.
    member e.From(call: int, compile: unit -> Compiled<'b> voption, tell: Compilation -> unit) : Compiled<'b> voption =
        if Interlocked.Increment &calls < call then
            ValueNone
        else
            let makeOnce () =
                let isNew = not isMade

                if isNew then
                    made <- compile ()
                    Volatile.Write(&isMade, true)

                isNew

            match Compiling.Alone(e, makeOnce) with
            | ValueNone -> ValueNone
            | ValueSome isNew ->
                match made with
                | ValueSome c when isNew -> tell c.Compilation
                | ValueSome _
                | ValueNone -> ()

                made

/// <summary>
/// A function that is traced, optimized and compiled once for each structure, shapes, dtypes and values that are no tensors of its
/// argument, and then runs as a plan. May be called on many threads. Past 256 kinds of argument further ones run operation by operation.
/// </summary>
/// <remarks>
/// What the function closes over is taken when it is compiled. Values cannot be read in it (DF0402): use <c>cond</c>, <c>where</c> or <c>scan</c>.
/// Under grad, vmap, jvp or another trace the function itself runs, so that a jit around those compiles all of it.
/// </remarks>
[<Sealed>]
type CompiledFunction<'a, 'b> internal (f: 'a -> 'b, policy: CompilePolicy) =
    static let manyCompilations = 3
    // A function whose arguments never have the shapes of a call before must not keep them all.
    static let mostEntries = 256
    let made = ConcurrentDictionary<CallKey, CallEntry<'b>>()
    let compilations = ConcurrentQueue<Compilation>()
    let warned = Event<EventHandler<Compilation>, Compilation>()
    let mutable count = 0
    let mutable last: CallKey = Unchecked.defaultof<_>
    let mutable recent: CallEntry<'b> = null

    static let isData (x: Tensor) =
        match x with
        | :? Data -> true
        | _ -> false

    static let areData (seen: TreeVisitor) =
        let mutable all = true

        for i in 0 .. seen.Leaves.Count - 1 do
            all <- all && isData seen.Leaves[i]

        all

    let make (key: CallKey) (x: 'a) : Compiled<'b> voption =
        let template = ref Unchecked.defaultof<'b>

        let body args =
            let y = f (Tree.rebuild x args)
            template.Value <- y
            Tree.leaves y

        use scope = MemoryScope.Enter()

        let struct (g, closedOver) =
            try
                Trace.graph key.Root body key.Types
            with _ ->
                // f may have kept what it made before it failed.
                scope.KeepAll()
                reraise ()

        // What is computed in tracing, once, outlives the scope of the first call.
        for t in closedOver do
            match t with
            | :? Data as d when not (isNull d.Storage.Block) && scope.Owns d.Storage.Block -> MemoryScope.Detach d.Storage
            | _ -> ()

        scope.KeepAll()

        if not (Array.forall isData closedOver) then
            ValueNone
        else
            let evaluator = key.Root :?> Eval
            let plan = Optimize.graph g |> Plan.ofGraph evaluator.Backend
            key.Structure <- Tree.structure x
            let before = Interlocked.Exchange(&last, key)

            let difference =
                if isNull (box before) then
                    ""
                else
                    let paths = Tree.paths x |> Array.map (fun (path, _) -> if path = "" then "the argument" else path)
                    before.Difference(paths, key)

            let compilation = Compilation(Interlocked.Increment &count, difference, plan)
            compilations.Enqueue compilation
            let storages = closedOver |> Array.map evaluator.Storage

            ValueSome
                {
                    Executable = Executable(evaluator, plan)
                    ClosedOver = storages
                    Blocks = HashSet<MemoryBlock>(storages |> Array.map _.Block |> Array.filter (isNull >> not), HashIdentity.Reference)
                    Template = template.Value
                    Compilation = compilation
                }

    /// What is known of calls like this one; null where there are too many kinds of them. The last one found is tried first.
    let find (seen: TreeVisitor) (root: Interpreter) : CallEntry<'b> =
        let entry = Volatile.Read &recent

        if not (isNull entry) && entry.Key.Describes(seen, root) then
            entry
        else
            let key = CallKey(seen.MarkArray, seen.LeafArray |> Array.map _.Type, root)

            let entry =
                match made.TryGetValue key with
                | true, entry -> entry
                | _ when made.Count >= mostEntries -> null
                | _ -> made.GetOrAdd(key, CallEntry<'b>)

            Volatile.Write(&recent, entry)
            entry

    let tell (compilation: Compilation) =
        if compilation.Number >= manyCompilations then
            warned.Trigger(null, compilation)

    let compile (key: CallKey) (x: 'a) : Compiled<'b> voption =
        try
            make key x
        with :? DeepFunException as e when policy.OrAsItIs && e.Code = "DF0402" ->
            ValueNone

    /// <summary>Every compilation so far, in order.</summary>
    member _.Compilations: Compilation[] = compilations.ToArray()

    /// <summary>Raised at the third compilation and every one after it: an argument changes its shape from call to call.</summary>
    [<CLIEvent>]
    member _.Recompiled = warned.Publish

    /// f x; of the first part of x, which is the same one in every call, the memory of those tensors that may go may become the results'. Null: of
    /// none.
    member internal _.InvokeDonating(x: 'a, part: 'g, may: Func<Tensor, bool>) : 'b =
        let seen = TreeVisitor.Rent()
        Tree.visit seen x

        if Optimize.isOff () || not (areData seen) then
            seen.Return()
            f x
        else
            let root: Interpreter = if seen.Leaves.Count = 0 then Eval.Cpu else seen.Leaves[0].Interpreter.Root
            let entry = find seen root

            match
                (if isNull entry then ValueNone
                 elif entry.IsMade then entry.Made
                 else entry.From(policy.FromCall, (fun () -> compile entry.Key x), tell))
            with
            | ValueNone ->
                seen.Return()
                f x
            | ValueSome c ->
                let evaluator = root :?> Eval
                let leaves = seen.Leaves

                if not (isNull may) then
                    Deferred.ForceAll()

                let room = c.Executable.Rent()
                let inputs = room.Inputs
                let given = if isNull may then null else room.Given

                if not (isNull given || entry.Donated >= 0) then
                    entry.Donated <- Tree.count part

                for i in 0 .. leaves.Count - 1 do
                    let s = evaluator.Storage leaves[i]
                    inputs[i] <- s

                    if not (isNull given) then
                        // What the function closes over is needed by the next call too.
                        given[i] <- i < entry.Donated && may.Invoke leaves[i] && (isNull s.Block || not (c.Blocks.Contains s.Block))

                Array.blit c.ClosedOver 0 inputs leaves.Count c.ClosedOver.Length
                seen.Return()
                c.Executable.Run(inputs, given, room.Outputs)
                let y = Tree.build c.Template room.Outputs.Length room.Wrap
                c.Executable.Return room
                y

    /// <summary>f x.</summary>
    member this.Invoke(x: 'a) : 'b = this.InvokeDonating(x, (), null)

namespace DeepFun.FSharp

open System
open DeepFun

/// <summary>Compiling functions.</summary>
[<AutoOpen>]
module Jit =

    /// <summary>f, compiled; with its compilations to look at.</summary>
    let compile (f: 'a -> 'b) : CompiledFunction<'a, 'b> = CompiledFunction<'a, 'b>(f, CompilePolicy.Strict)

    /// As compile; where f reads values it runs as it is, instead of an error.
    let internal compileIfPossible (f: 'a -> 'b) : CompiledFunction<'a, 'b> = CompiledFunction<'a, 'b>(f, { OrAsItIs = true; FromCall = 1 })

    /// As compileIfPossible, from the second call with the same shapes on: what is called once is not worth compiling.
    let internal compileRepeated (f: 'a -> 'b) : CompiledFunction<'a, 'b> = CompiledFunction<'a, 'b>(f, { OrAsItIs = true; FromCall = 2 })

    /// <summary>
    /// f, traced, optimized and compiled at the first call with arguments of a structure, shapes and dtypes: the same results as f, up to the
    /// order of sums. Keep the function that comes back: it holds what was compiled.
    /// </summary>
    /// <remarks>
    /// Works around grad, vmap, jvp, scan and cond (the whole is compiled) and inside of them (f runs as it is). The bodies of scan, cond and
    /// while become plans of their own. Off where the switch <c>DeepFun.Jit.Off</c> (AppContext) or the environment variable DEEPFUN_JIT=0 is set.
    /// </remarks>
    /// <exception cref="T:DeepFun.DeepFunException">DF0402 f reads a value of a tensor that depends on its argument.</exception>
    let jit (f: 'a -> 'b) : 'a -> 'b = (compile f).Invoke

    /// <summary>
    /// As jit, for a function of a state and an input, whose state is used up: the memory of its tensors may become that of the results, so that a
    /// loop that steps from state to state takes no new memory. Copy what is still needed.
    /// </summary>
    /// <remarks>A tensor of a state that was given away, and every view of it, reports DF0601.</remarks>
    let jitDonating (f: 's -> 'a -> 'b) : 's -> 'a -> 'b =
        let compiled = compile (fun (state: 's, x: 'a) -> f state x)

        fun state x -> compiled.InvokeDonating((state, x), state, Donation.All)

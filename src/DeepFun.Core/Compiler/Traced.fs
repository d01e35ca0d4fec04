namespace DeepFun

open System
open System.Collections.Concurrent
open System.Runtime.CompilerServices
open System.Threading
open DeepFun.FSharp

/// A function that stands for another one.
type internal ICode =
    abstract Code: obj

/// A function that stands for a delegate, whose code is the delegate's: closures around delegates are all of one type.
[<Sealed>]
type internal DelegateFunction<'a, 'b> private (f: Func<'a, 'b>) =
    inherit FSharpFunc<'a, 'b>()
    override _.Invoke x = f.Invoke x

    /// The delegate as a function.
    static member Of(f: Func<'a, 'b>) : 'a -> 'b = unbox (box (DelegateFunction<'a, 'b> f))

    interface ICode with
        member _.Code = f.Method

/// Which calls are traced and compiled.
[<RequireQualifiedAccess>]
type internal TracedChoice =
    /// Those that are worth it.
    | Worthwhile = 0
    /// All of them, from the first on.
    | Every = 1
    /// None.
    | None = 2

/// What is known of the calls of one piece of code with arguments of the same types. It says when to trace, and what to expect: never what a result is.
/// Threads may overwrite each other's numbers.
[<Sealed; AllowNullLiteral>]
type internal TracedSite() =
    static let mostWaited = 1024
    let mutable misses = 0
    // What is called once is not traced.
    let mutable wait = 1
    let expected = WeakReference<TracedGraph>(null)

    /// Whether this call is to be traced.
    member _.Traces() : bool =
        if wait > 0 then
            wait <- wait - 1
            false
        else
            true

    /// The graph of the last traced call, null if there is none, or it was forgotten.
    member _.Expected: TracedGraph =
        match expected.TryGetTarget() with
        | true, entry -> entry
        | _ -> null

    /// The call had a graph that was known.
    member _.Hit(entry: TracedGraph) =
        misses <- 0
        expected.SetTarget entry

    /// The call had a graph that is new: the next one is traced after so many calls, and after more each time that this happens.
    member _.Missed(entry: TracedGraph, calls: int) =
        misses <- min (misses + 1) 10
        wait <- min mostWaited (max calls (if misses > 1 then 1 <<< misses else 0))
        expected.SetTarget entry

    /// Tracing does not help here.
    member _.Rest() = wait <- mostWaited

/// <summary>
/// Computations that are compiled by themselves. A traced call puts its operations off and looks its graph up: so the result is that of the functions,
/// and of the values that they close over, as they are now. Which calls are traced follows from work, not from time, so that runs repeat.
/// </summary>
[<RequireQualifiedAccess>]
module internal Traced =

    let private mostSites = 1024
    let private sites = ConcurrentDictionary<int, TracedSite>()

    // Two pieces of code with one key only guess badly.
    let private site (operation: string) (code: obj) (xs: Tensor[]) : TracedSite =
        let code =
            match code with
            | :? ICode as f -> f.Code.GetHashCode()
            | f -> RuntimeHelpers.GetHashCode(f.GetType())

        let mutable key = HashCode()
        key.Add code
        key.Add(operation.GetHashCode())

        for x in xs do
            key.Add(x.Type.GetHashCode())

        let key = key.ToHashCode()

        match sites.TryGetValue key with
        | true, site -> site
        | _ ->
            if sites.Count >= mostSites then
                sites.Clear()

            sites.GetOrAdd(key, (fun _ -> TracedSite()))

    let private choiceForAll =
        if Environment.GetEnvironmentVariable "DEEPFUN_JIT" = "every" then
            TracedChoice.Every
        else
            TracedChoice.Worthwhile

    let private choiceHere = new ThreadLocal<TracedChoice>(fun () -> choiceForAll)

    /// f (), while this thread chooses so.
    let choosing (choice: TracedChoice) (f: unit -> 'T) : 'T =
        let before = choiceHere.Value
        choiceHere.Value <- choice

        try
            f ()
        finally
            choiceHere.Value <- before

    /// The root that all of them are data of, or null.
    let private rootOf (xs: Tensor[]) : Eval =
        let root = if xs.Length = 0 then null else xs[0].Interpreter
        let isData (x: Tensor) = x :? Data && obj.ReferenceEquals(x.Interpreter, root)

        match root with
        | :? Eval as eval when Array.forall isData xs -> eval
        | _ -> Unchecked.defaultof<Eval>

    /// Equation by equation; a value goes after its last reader.
    let private interpret (root: Eval) (g: Graph) (inputs: Tensor[]) : Tensor[] =
        let last: int[] = Array.zeroCreate g.Types.Length
        g.Equations |> Array.iteri (fun i e -> e.Inputs |> Array.iter (fun v -> last[v] <- i))
        g.Outputs |> Array.iter (fun v -> last[v] <- g.Equations.Length)
        let values: Tensor[] = Array.zeroCreate g.Types.Length
        Array.iter2 (fun v x -> values[v] <- x) g.Inputs inputs

        let step i (e: Equation) =
            let xs = e.Inputs |> Array.map (fun v -> values[v])

            match e.Operation with
            | Operation.Prim prim -> values[e.Outputs[0]] <- root.Apply(prim, xs)
            | Operation.Block block -> Graph.apply root block xs |> Array.iteri (fun k y -> values[e.Outputs[k]] <- y)

            for v in Seq.append e.Inputs e.Outputs do
                if last[v] <= i then
                    values[v] <- null

        g.Equations |> Array.iteri step
        g.Outputs |> Array.map (fun v -> values[v])

    let private find (root: Eval) (expected: TracedGraph) (g: Graph) : TracedGraph =
        if not (isNull expected) && obj.ReferenceEquals(g, expected.Graph) then
            TracedCache.Shared.Touch expected
            expected
        else
            TracedCache.Shared.Find(root, g)

    let private compiled (entry: TracedGraph) (inputs: Tensor[]) : Tensor[] =
        entry.Compile()
        entry.Run inputs

    let private execute (site: TracedSite) (root: Eval) (known: TracedGraph) (g: Graph) (inputs: Tensor[]) : Tensor[] =
        if isNull known then
            let entry = TracedCache.Shared.Add(root, g)
            let payoff = TracedWork.payoff g
            site.Missed(entry, defaultArg payoff 0)

            if payoff.IsNone then
                site.Rest()

            interpret root g inputs
        elif known.IsCompiled || (TracedWork.payoff known.Graph).IsSome then
            site.Hit known
            compiled known inputs
        else
            site.Hit known
            site.Rest()
            interpret root g inputs

    /// The results of a call whose operations were put off; nothing where one of them fails. It would have failed in the function, which might have
    /// caught the error.
    let private attempt (site: TracedSite) (root: Eval) isEvery (compute: 'a -> struct ('s * Tensor[])) (x: 'a) (leaves: Tensor[]) =
        let expected = site.Expected
        let level = Deferred(Interpreter.NextLevel(), root, (if isNull expected then Unchecked.defaultof<_> else expected.Graph))

        let traced =
            try
                level.Running(fun () -> ValueSome(compute (Tree.rebuild x (leaves |> Array.map level.Input))))
            with _ when level.Fails() ->
                ValueNone

        match traced with
        | ValueNone -> ValueNone
        | ValueSome(struct (made, results)) ->
            match level.Finish results with
            | DeferredResult.Values values ->
                site.Rest()
                ValueSome(struct (made, values))
            | DeferredResult.Graph(g, inputs) ->
                try
                    let known = find root expected g

                    let values =
                        if isEvery then
                            let entry = if isNull known then TracedCache.Shared.Add(root, g) else known
                            site.Hit entry
                            compiled entry inputs
                        else
                            execute site root known g inputs

                    ValueSome(struct (made, level.Fill(results, values)))
                with _ ->
                    ValueNone

    /// compute x: something that tells how to build the result, and the tensors in it. operation and code name the computation.
    let run (operation: string) (code: obj) (compute: 'a -> struct ('s * Tensor[])) (x: 'a) : struct ('s * Tensor[]) =
        let leaves = Tree.leaves x
        let choice = if Optimize.isOff () then TracedChoice.None else choiceHere.Value
        let root = if choice = TracedChoice.None then Unchecked.defaultof<Eval> else rootOf leaves

        if isNull (box root) then
            compute x
        else
            let site = site operation code leaves
            let isEvery = (choice = TracedChoice.Every)

            if not (site.Traces() || isEvery) then
                compute x
            else
                match attempt site root isEvery compute x leaves with
                | ValueSome found -> found
                | ValueNone ->
                    site.Rest()
                    compute x

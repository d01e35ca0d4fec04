/// Runs the laws of a test assembly in this process, one case at a time, with a mutant switched on.
module DeepFun.Mutation.Laws

open System
open System.Collections.Generic
open System.Diagnostics
open System.IO
open System.Reflection
open System.Runtime.Loader
open System.Threading

/// A fact, or one row of a theory.
type Case = { Name: string; Run: unit -> unit; mutable Milliseconds: float; mutable Reached: int[] }

let private load (assembly: string) : Assembly =
    let resolver = AssemblyDependencyResolver assembly

    AssemblyLoadContext.Default.add_Resolving (fun context name ->
        match resolver.ResolveAssemblyToPath name with
        | null -> null
        | path -> context.LoadFromAssemblyPath path)

    AssemblyLoadContext.Default.LoadFromAssemblyPath(Path.GetFullPath assembly)

let private statics = BindingFlags.Static ||| BindingFlags.Public ||| BindingFlags.NonPublic

let private attribute (name: string) (m: MemberInfo) = m.GetCustomAttributesData() |> Seq.tryFind (fun a -> a.AttributeType.Name = name)

/// The cases, by xunit's attributes: the assembly holds only the laws and the tests beside them.
let private casesOf (assembly: Assembly) : Case list =
    [
        for t in assembly.GetTypes() do
            for m in t.GetMethods statics do
                let case (arguments: obj[]) =
                    let text = String.Join(", ", arguments)
                    let run () = m.Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null) |> ignore
                    { Name = $"{t.Name}.{m.Name}({text})"; Run = run; Milliseconds = 0.0; Reached = [||] }

                match attribute "FactAttribute" m, attribute "TheoryAttribute" m, attribute "MemberDataAttribute" m with
                | Some _, _, _ -> case [||]
                | None, Some _, Some data ->
                    let source = t.GetProperty(string data.ConstructorArguments[0].Value, statics)

                    for row in source.GetValue null :?> seq<obj[]> do
                        case row
                | _ -> ()
    ]

type Suite(assembly: string) =
    let tests = load assembly
    let core = tests.GetReferencedAssemblies() |> Seq.find (fun n -> n.Name = "DeepFun.Core") |> Assembly.Load
    let switch = core.GetType "DeepFun.Mutant"
    let active, stop = switch.GetProperty "Active", switch.GetProperty "Stop"
    let reached = switch.GetProperty("Reached").GetValue null :?> bool[]
    let mutable cases: Case list = casesOf tests

    /// Runs every case without a mutant: which sites does it reach? Cases that fail so are of no use.
    member _.Calibrate() : string list =
        let failed = List<string>()

        for case in cases do
            Array.Clear reached
            let watch = Stopwatch.StartNew()

            try
                case.Run()
                case.Milliseconds <- watch.Elapsed.TotalMilliseconds

                case.Reached <-
                    [|
                        for k in 1 .. reached.Length - 1 do
                            if reached[k] then
                                k
                    |]
            with e ->
                failed.Add $"{case.Name}: {e.GetType().Name} {e.Message}"

        cases <- cases |> List.filter (fun c -> c.Reached.Length > 0) |> List.sortBy _.Milliseconds
        List.ofSeq failed

    /// The first law that a mutant breaks; none when it survives. A mutant that takes too long is stopped, which counts as broken.
    member _.Judge(k: int, seconds: float) : string option =
        active.SetValue(null, k)
        let mutable verdict = None

        let run () =
            verdict <-
                cases
                |> Seq.filter (fun c -> Array.BinarySearch(c.Reached, k) >= 0)
                |> Seq.tryPick (fun c ->
                    try
                        c.Run()
                        None
                    with e ->
                        Some $"{c.Name} [{e.GetType().Name}]")

        let thread = Thread(run, 16 <<< 20)
        thread.Start()

        if not (thread.Join(TimeSpan.FromSeconds seconds)) then
            stop.SetValue(null, true)
            thread.Join(TimeSpan.FromSeconds 20.0) |> ignore
            stop.SetValue(null, false)
            verdict <- Some "stopped: it runs too long"

        active.SetValue(null, 0)
        verdict

    /// How many cases reach a mutant.
    member _.Reaching(k: int) = cases |> List.sumBy (fun c -> if Array.BinarySearch(c.Reached, k) >= 0 then 1 else 0)

namespace DeepFun

open System

/// What an Axes value says about the tensors below a place of a tree.
type internal AxesRule =
    | Axis of int
    | NoAxis
    | Parts of Axes[]
    | NamedParts of (string * Axes)[]

/// <summary>
/// Which axis of each tensor <c>vmap</c> maps over: one answer for a whole tree, or one for each of its parts, and so on down.
/// A part that is not mapped is the same for every entry, such as parameters shared by all examples.
/// </summary>
/// <remarks>
/// F#: <c>Axes.Each(Axes.Unmapped, Axes.At 0)</c> for a pair of parameters and examples. C#: <c>Axes.Each(Axes.Unmapped, 0)</c>; a whole number is
/// an axis. Negative axes count from the end of the tensor with its mapped axis.
/// </remarks>
and [<Sealed; AllowNullLiteral>] Axes internal (rule: AxesRule) =
    static let unmapped = Axes NoAxis

    member internal _.Rule = rule

    /// <summary>This axis of every tensor.</summary>
    static member At(axis: int) : Axes = Axes(Axis axis)

    /// <summary>No axis: the same for every entry.</summary>
    static member Unmapped: Axes = unmapped

    /// <summary>One answer for each part: elements of a tuple, fields of a record, items of a list. Parts that hold no tensor may be left out.</summary>
    static member Each([<ParamArray>] parts: Axes[]) : Axes = Axes(Parts parts)

    /// <summary>Answers by the names of fields, parameters or keys; what is not named is not mapped.</summary>
    static member Named([<ParamArray>] parts: struct (string * Axes)[]) : Axes =
        Axes(NamedParts(parts |> Array.map (fun struct (name, axes) -> name, axes)))

    /// <summary>This axis of every tensor.</summary>
    static member op_Implicit(axis: int) : Axes = Axes.At axis

    /// The axis of each path of a tree's tensors. `what` is for messages: inAxes or outAxes.
    member internal this.Resolve(what: string, paths: string[]) : int option[] =
        let found: int option[] = Array.create paths.Length None

        let head (path: string) =
            match path.IndexOf '/' with
            | -1 -> path, ""
            | i -> path.Substring(0, i), path.Substring(i + 1)

        let rec walk (axes: Axes) (at: string) (rest: (int * string)[]) =
            let parts () =
                if rest |> Array.exists (fun (_, path) -> path = "") then
                    DerivativeErrors.axesLeaf what at

                rest |> Array.groupBy (fun (_, path) -> fst (head path))

            let into (axes: Axes) (name: string, group: (int * string)[]) =
                walk axes (if at = "" then name else at + "/" + name) (group |> Array.map (fun (i, path) -> i, snd (head path)))

            match axes.Rule with
            | Axis axis -> rest |> Array.iter (fun (i, _) -> found[i] <- Some axis)
            | NoAxis -> ()
            | Parts given ->
                let parts = parts ()

                let index (name: string) =
                    match Int32.TryParse name with
                    | true, i when i < given.Length -> Some i
                    | _ -> None

                if parts.Length = given.Length then
                    Array.iter2 into given parts
                elif parts |> Array.forall (fun (name, _) -> (index name).IsSome) then
                    // A part without tensors is missing here, but has its answer there.
                    for name, group in parts do
                        into given[(index name).Value] (name, group)
                else
                    DerivativeErrors.axesParts what given.Length (Array.map fst parts)
            | NamedParts given ->
                let parts = parts ()

                for name, axes in given do
                    match parts |> Array.tryFind (fun (part, _) -> part = name) with
                    | Some part -> into axes part
                    | None -> DerivativeErrors.axesName what name (Array.map fst parts)

        walk this "" (Array.indexed paths)
        found

namespace DeepFun.FSharp

open DeepFun

/// <summary>Functions of one entry applied to many at once, over trees; nests with everything else.</summary>
[<AutoOpen>]
module Batching =

    /// The function's result for leaves of which some have a batch axis in front, and the level it ran at.
    let internal mapped (xs: 'a) (leaves: Tensor[]) (axes: int option[]) (f: 'a -> 'b) : VmapInterpreter * 'b =
        let root = rootOf "vmap" xs leaves

        let front (axis: int option) (t: Tensor) =
            match axis with
            | None -> null
            | Some _ when t.Rank = 0 -> Errors.rank "vmap" "tensors with a first axis to map over" t.Shape
            | Some a ->
                match axisOf "vmap" t.Rank a t.Shape with
                | 0 -> t
                | a -> moveAxis a 0 t

        let fronts = Array.map2 front axes leaves
        let sizes = fronts |> Array.filter (isNull >> not) |> Array.map (fun t -> t.Shape[0]) |> Array.distinct

        match sizes with
        | [||] -> DerivativeErrors.nothingMapped ()
        | [| size |] ->
            let level = VmapInterpreter(Interpreter.NextLevel(), size, root)

            try
                let arguments = Array.map2 (fun (value: Tensor) t -> if isNull value then t else level.Make value) fronts leaves
                level, f (Tree.rebuild xs arguments)
            finally
                level.Closed <- true
        | _ -> Errors.batchSize sizes

    /// <summary>f for each entry of axis 0 of every leaf of xs, at once; results have the entries along axis 0.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0406 the leaves differ in axis 0.</exception>
    let vmap (f: 'a -> 'b) (xs: 'a) : 'b =
        let leaves = Tree.leaves xs
        let level, out = mapped xs leaves (leaves |> Array.map (fun _ -> Some 0)) f
        Tree.map level.Full out

    /// <summary>
    /// f for each entry of the mapped axes of xs, at once. inAxes says for every part of xs which axis holds the entries; parts that are not mapped
    /// are the same for all. outAxes says where the results have them; a result that depends on no entry may come without.
    /// </summary>
    /// <remarks>
    /// Gradients of examples with shared parameters:
    /// <c>vmapAxes (Axes.Each(Axes.Unmapped, Axes.At 0)) (Axes.At 0) (fun (w, x) -> grad (fun w -> loss w x) w) (w, xs)</c>
    /// </remarks>
    /// <exception cref="T:DeepFun.DeepFunException">
    /// DF0112 a tensor without that axis; DF0406 mapped axes of different lengths; DF0434 axes that do not fit the tree; DF0435 a result without an
    /// axis that depends on the entries; DF0436 nothing is mapped.
    /// </exception>
    let vmapAxes (inAxes: Axes) (outAxes: Axes) (f: 'a -> 'b) (xs: 'a) : 'b =
        let paths, leaves = Array.unzip (Tree.paths xs)
        let level, out = mapped xs leaves (inAxes.Resolve("inAxes", paths)) f
        let paths, results = Array.unzip (Tree.paths out)

        let place (axis: int option) (path: string) (t: Tensor) =
            match axis with
            | Some a ->
                let full = level.Full t
                moveAxis 0 (axisOf "vmap" full.Rank a full.Shape) full
            | None when isNull (level.Find t) -> t
            | None -> DerivativeErrors.resultMapped path t.Shape

        Tree.rebuild out (Array.map3 place (outAxes.Resolve("outAxes", paths)) paths results)

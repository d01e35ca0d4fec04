namespace DeepFun

open System
open System.Collections
open System.Collections.Concurrent
open System.Collections.Generic
open System.Reflection
open Microsoft.FSharp.Reflection

/// How the values of one type give their tensors away and are built again.
/// Fields that hold no tensor (numbers, text, functions) are constants, carried from the template.
[<AbstractClass>]
type internal TreeShape() =
    /// Whether a value of this type can hold tensors at all.
    abstract HasLeaves: bool
    abstract Flatten: value: obj * path: string * leaf: (string -> Tensor -> unit) -> unit
    abstract Rebuild: template: obj * next: (unit -> Tensor) -> obj
    /// The structure without its values, for messages and comparison.
    abstract Describe: value: obj -> string
    abstract Visit: value: obj * visitor: TreeVisitor -> unit

[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal TreeShape =
    let private cache = ConcurrentDictionary<Type, TreeShape>()
    let private join path name = if path = "" then name else path + "/" + name

    let private constant =
        { new TreeShape() with
            member _.HasLeaves = false
            member _.Flatten(_, _, _) = ()
            member _.Rebuild(template, _) = template
            member _.Describe v = if isNull v then "null" else v.GetType().Name
            member _.Visit(v, visitor) = visitor.Mark v
        }

    let private leaf =
        { new TreeShape() with
            member _.HasLeaves = true

            member _.Flatten(v, path, f) =
                match v with
                | null -> ()
                | v -> f path (v :?> Tensor)

            member _.Rebuild(template, next) = if isNull template then null else box (next ())
            member _.Describe v = if isNull v then "null" else "tensor"
            member _.Visit(v, visitor) = visitor.Leaf(v :?> Tensor)
        }

    let private named =
        { new TreeShape() with
            member _.HasLeaves = true
            member _.Flatten(v, path, f) = (v :?> ITree).Flatten(path, f)
            member _.Rebuild(template, next) = (template :?> ITree).Rebuild next
            member _.Describe v = (v :?> ITree).Describe()

            member _.Visit(v, visitor) =
                match v with
                | null -> visitor.Mark null
                | :? IVisitedTree as tree -> tree.Visit visitor
                | _ ->
                    let tree = v :?> ITree
                    visitor.Mark(tree.Describe())
                    tree.Flatten("", (fun _ t -> visitor.Leaf t))
        }

    /// A fixed number of fields, read and made by these functions.
    let private product (name: string) (fields: (string * TreeShape)[]) (read: obj -> obj[]) (make: obj[] -> obj) =
        let hasLeaves = fields |> Array.exists (fun (_, s) -> s.HasLeaves)
        // A missing value is not one whose fields are missing.
        let missing = obj ()

        { new TreeShape() with
            member _.HasLeaves = hasLeaves

            member _.Flatten(v, path, f) =
                if hasLeaves && not (isNull v) then
                    Array.iter2 (fun (n, s: TreeShape) x -> s.Flatten(x, join path n, f)) fields (read v)

            member _.Rebuild(template, next) =
                // A constant is carried, not built again: a DateTime is more than its constructor's parameters.
                if not hasLeaves || isNull template then
                    template
                else
                    let values = read template

                    for i in 0 .. values.Length - 1 do
                        values[i] <- (snd fields[i]).Rebuild(values[i], next)

                    make values

            member _.Describe v =
                if isNull v then
                    "null"
                elif not hasLeaves then
                    name
                else
                    let parts = Array.map2 (fun (n, s: TreeShape) x -> n + ": " + s.Describe x) fields (read v)
                    name + "(" + String.Join(", ", parts) + ")"

            member _.Visit(v, visitor) =
                if not hasLeaves then
                    visitor.Mark v
                elif isNull v then
                    visitor.Mark missing
                else
                    let values = read v

                    for i in 0 .. values.Length - 1 do
                        (snd fields[i]).Visit(values[i], visitor)
        }

    let private numbered (v: obj) = v :?> IEnumerable |> Seq.cast<obj> |> Seq.mapi (fun i x -> string i, x) |> Array.ofSeq

    /// Any number of items of one type, which holds tensors: an array of a million numbers is one constant. Their names are their places if
    /// `named` is null; then they are gone through as they are, for a compiled function does so in every call.
    let private items (item: TreeShape) (named: Func<obj, (string * obj)[]>) (make: obj -> obj[] -> obj) =
        let read v = if isNull named then numbered v else named.Invoke v

        { new TreeShape() with
            member _.HasLeaves = true

            member _.Flatten(v, path, f) =
                if not (isNull v) then
                    for n, x in read v do
                        item.Flatten(x, join path n, f)

            member _.Rebuild(template, next) =
                if isNull template then
                    null
                else
                    let values =
                        if isNull named then
                            [| for x in (template :?> IEnumerable) -> x |]
                        else
                            Array.map snd (read template)

                    for i in 0 .. values.Length - 1 do
                        values[i] <- item.Rebuild(values[i], next)

                    make template values

            member _.Describe v =
                if isNull v then
                    "null"
                else
                    "[" + String.Join("; ", read v |> Array.map (fun (n, x) -> n + ": " + item.Describe x)) + "]"

            member _.Visit(v, visitor) =
                if isNull v then
                    visitor.Mark null
                elif isNull named then
                    for x in v :?> IEnumerable do
                        visitor.Next()
                        item.Visit(x, visitor)

                    visitor.End()
                else
                    let values = read v
                    visitor.Count values.Length

                    for n, x in values do
                        visitor.Mark n
                        item.Visit(x, visitor)
        }

    let private generic (t: Type) (definition: Type) = t.IsGenericType && t.GetGenericTypeDefinition() = definition

    let private everything = BindingFlags.Public ||| BindingFlags.NonPublic ||| BindingFlags.Instance

    /// Types that are being built, by the one thread that may build.
    let private building = HashSet<Type>()

    /// The cache holds finished shapes only: a thread that met an unfinished one would call itself until the other was done.
    let rec get (t: Type) : TreeShape =
        match cache.TryGetValue t with
        | true, s -> s
        | _ ->
            lock building (fun () ->
                match cache.TryGetValue t with
                | true, s -> s
                | _ when building.Add t ->
                    let made = build t
                    building.Remove t |> ignore
                    cache[t] <- made
                    made
                | _ -> recursive t)

    /// A type inside itself: looked up when a value is there, after the outer one has been built.
    and private recursive t =
        { new TreeShape() with
            member _.HasLeaves = true

            member _.Flatten(v, path, f) =
                if not (isNull v) then
                    (get t).Flatten(v, path, f)

            member _.Rebuild(template, next) = if isNull template then null else (get t).Rebuild(template, next)
            member _.Describe v = if isNull v then "null" else (get t).Describe v

            member _.Visit(v, visitor) = if isNull v then visitor.Mark null else (get t).Visit(v, visitor)
        }

    and private build (t: Type) : TreeShape =
        if typeof<Tensor>.IsAssignableFrom t then
            leaf
        elif typeof<ITree>.IsAssignableFrom t then
            named
        elif t.IsPrimitive || t.IsEnum || t = typeof<string> || typeof<Delegate>.IsAssignableFrom t || FSharpType.IsFunction t then
            constant
        elif t.IsArray then
            let element = t.GetElementType()
            let item = get element

            if not item.HasLeaves then
                constant
            else
                items item null (fun _ xs ->
                    let a = Array.CreateInstance(element, xs.Length)
                    xs |> Array.iteri (fun i x -> a.SetValue(x, i))
                    a)
        elif generic t typedefof<Map<_, _>> || generic t typedefof<Dictionary<_, _>> then
            dictionary t
        elif generic t typedefof<list<_>> || generic t typedefof<List<_>> then
            sequence t
        elif FSharpType.IsTuple t then
            let elements = FSharpType.GetTupleElements t |> Array.mapi (fun i e -> string i, get e)
            product "" elements Tuples.read (Tuples.build t)
        elif FSharpType.IsRecord(t, everything) then
            let fields = FSharpType.GetRecordFields(t, everything) |> Array.map (fun p -> p.Name, get p.PropertyType)

            product
                t.Name
                fields
                (FSharpValue.PreComputeRecordReader(t, everything))
                (FSharpValue.PreComputeRecordConstructor(t, everything))
        elif FSharpType.IsUnion(t, everything) then
            union t
        else
            positional t

    and private sequence t =
        let element = t.GetGenericArguments()[0]

        let ofArray =
            typeof<TreeBuild>.GetMethod((if generic t typedefof<list<_>> then "List" else "Mutable"), everything ||| BindingFlags.Static)

        let make = ofArray.MakeGenericMethod(element).CreateDelegate<Func<obj[], obj>>()
        let item = get element

        if not item.HasLeaves then constant else items item null (fun _ xs -> make.Invoke xs)

    and private dictionary t =
        let arguments = t.GetGenericArguments()
        let name = if generic t typedefof<Map<_, _>> then "Map" else "Dictionary"
        let read = typeof<TreeBuild>.GetMethod("Read" + name, everything ||| BindingFlags.Static).MakeGenericMethod arguments
        let make = typeof<TreeBuild>.GetMethod(name, everything ||| BindingFlags.Static).MakeGenericMethod arguments

        let item = get arguments[1]

        if not item.HasLeaves then
            constant
        else
            let named = Func<obj, _>(fun v -> read.Invoke(null, [| v |]) :?> (string * obj)[])
            items item named (fun template xs -> make.Invoke(null, [| template; xs |]))

    and private union t =
        let cases =
            FSharpType.GetUnionCases(t, everything)
            |> Array.map (fun c ->
                product
                    c.Name
                    (c.GetFields() |> Array.map (fun p -> p.Name, get p.PropertyType))
                    (FSharpValue.PreComputeUnionReader(c, everything))
                    (FSharpValue.PreComputeUnionConstructor(c, everything)))

        let tag = FSharpValue.PreComputeUnionTagReader(t, everything)

        { new TreeShape() with
            member _.HasLeaves = cases |> Array.exists _.HasLeaves
            // None is null
            member _.Flatten(v, path, f) = cases[tag v].Flatten(v, path, f)
            member _.Rebuild(template, next) = if isNull template then null else cases[tag template].Rebuild(template, next)
            member _.Describe v = cases[tag v].Describe v

            member _.Visit(v, visitor) =
                visitor.Count(tag v)
                cases[tag v].Visit(v, visitor)
        }

    /// A C# record, or any class with one public constructor whose parameters are properties.
    and private positional t =
        let byName (p: ParameterInfo) = t.GetProperty(p.Name, BindingFlags.Public ||| BindingFlags.Instance ||| BindingFlags.IgnoreCase)

        let constructors =
            t.GetConstructors()
            |> Array.filter (fun c -> c.GetParameters().Length > 0 && c.GetParameters() |> Array.forall (byName >> isNull >> not))

        match constructors |> Array.sortByDescending (fun c -> c.GetParameters().Length) |> Array.tryHead with
        | Some c ->
            let properties = c.GetParameters() |> Array.map byName
            let fields = properties |> Array.map (fun p -> p.Name, get p.PropertyType)
            product t.Name fields (fun v -> properties |> Array.map (fun p -> p.GetValue v)) c.Invoke
        | None -> constant

namespace DeepFun.FSharp

open System.Collections.Generic
open DeepFun

/// <summary>Trees: any value that holds tensors. Records, tuples, unions, lists, arrays, maps, C# records and <c>Params</c>, nested.</summary>
[<RequireQualifiedAccess>]
module Tree =

    /// <summary>The tensors with their paths, in a fixed order.</summary>
    let paths (tree: 'T) : (string * Tensor)[] =
        let found = List<string * Tensor>()
        (TreeShape.get typeof<'T>).Flatten(box tree, "", (fun path t -> found.Add((path, t))))
        found.ToArray()

    /// <summary>The tensors, in a fixed order.</summary>
    let leaves (tree: 'T) : Tensor[] =
        match box tree with
        | :? Tensor as t -> [| t |]
        | value ->
            let visitor = TreeVisitor.Rent()
            (TreeShape.get typeof<'T>).Visit(value, visitor)
            let leaves = visitor.LeafArray
            visitor.Return()
            leaves

    /// <summary>The structure as text; equal texts are equal structures.</summary>
    let structure (tree: 'T) : string = (TreeShape.get typeof<'T>).Describe(box tree)

    /// Shows a visitor the tensors and the marks of a tree.
    let internal visit (visitor: TreeVisitor) (tree: 'T) : unit =
        match box tree with
        | :? Tensor as t -> visitor.Leaf t
        | value -> (TreeShape.get typeof<'T>).Visit(value, visitor)

    /// How many tensors there are.
    let internal count (tree: 'T) : int = (leaves tree).Length

    /// As rebuild, from tensors that are made when their place is reached.
    let internal build (template: 'T) (count: int) (make: int -> Tensor) : 'T =
        match box template with
        | :? Tensor when count = 1 && typeof<'T> = typeof<Tensor> -> unbox<'T>(box (make 0))
        | value ->
            let i = ref 0

            let next () =
                if i.Value >= count then
                    Errors.treeStructure "rebuild" (structure template) $"{count} tensors"

                i.Value <- i.Value + 1
                make (i.Value - 1)

            let made = (TreeShape.get typeof<'T>).Rebuild(value, next)

            if i.Value <> count then
                Errors.treeStructure "rebuild" (structure template) $"{count} tensors"

            unbox<'T> made

    /// <summary>A tree like the template, with these tensors instead.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0302 fewer or more tensors than the template has.</exception>
    let rebuild (template: 'T) (tensors: Tensor[]) : 'T = build template tensors.Length (Array.get tensors)

    /// The tensors of two trees, whose paths must be equal. They are where the marks are, and need not be made up then.
    let internal pairs (operation: string) (a: 'T) (b: 'T) : Tensor[] * Tensor[] =
        let seen = TreeVisitor.Rent()
        visit seen a
        let marks, n = seen.Marks.Count, seen.Leaves.Count
        visit seen b
        let isTwice, both = seen.IsTwice(marks, n), seen.LeafArray
        seen.Return()

        if isTwice then
            Array.sub both 0 n, Array.sub both n n
        else
            let x, y = paths a, paths b

            if x.Length <> y.Length || not (Array.forall2 (fun (p: string, _) (q, _) -> p = q) x y) then
                Errors.treeStructure operation (structure a) (structure b)

            Array.map snd x, Array.map snd y

    /// <summary>The same tree with f of each tensor.</summary>
    let map (f: Tensor -> Tensor) (tree: 'T) : 'T =
        match box tree with
        | :? Tensor as t when typeof<'T> = typeof<Tensor> -> unbox<'T>(box (f t))
        | _ -> rebuild tree (leaves tree |> Array.map f)

    /// <summary>The same tree with f of each pair of tensors of two trees of equal structure.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0302 the structures differ.</exception>
    let map2 (f: Tensor -> Tensor -> Tensor) (a: 'T) (b: 'T) : 'T =
        let x, y = pairs "map2" a b
        rebuild a (Array.map2 f x y)

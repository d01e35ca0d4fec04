/// Laws that hold for every layer: all laws over all rows of LayerTable.
module DeepFun.Core.Tests.Layers.LayerLawTests

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Layers.Oracle
open DeepFun.Core.Tests.Layers.LayerTable
open Xunit

let all: TheoryData<int, string> =
    let data = TheoryData<int, string>()
    rows |> Array.iteri (fun i row -> data.Add(i, row.Name))
    data

/// The modes; a training key is made anew each time, since a key is used once.
let private modes = [ (fun () -> Mode.Training(Key.ofSeed 5L)); (fun () -> Mode.Evaluation) ]

/// Parameters and state in float64, away from their special first values (ones and zeros).
let private made (layer: Layer) (shape: int list) : Params * Params =
    let p, s = layer.Init (Key.ofSeed 11L) (shapeOf shape)
    let moved seed = Tree.map (fun (t: Tensor) -> cast DType.Float64 t + 0.3 * abs (numbers (seed + t.Size) (List.ofSeq t.Shape)))
    moved 1 p, moved 2 s

/// A number from outputs, so that parameters and input have gradients.
let private weighted (layer: Layer) (mode: unit -> Mode) (s: Params) (p: Params, x: Tensor) : Tensor =
    let (y: Tensor), _ = layer.Apply (mode ()) p s x
    sum (y * numbers 7 (List.ofSeq y.Shape))

[<Theory; MemberData(nameof all)>]
let ``names show the options`` (row: int) (name: string) = Assert.Equal(name, rows[row].Layer.Name)

[<Theory; MemberData(nameof all)>]
let ``the output has the announced shape, and dtype float32`` (row: int) (_: string) =
    let layer, shape = rows[row].Layer, rows[row].Shape
    let p, s = layer.Init (Key.ofSeed 1L) (shapeOf shape)
    let announced = layer.OutputShape(shapeOf shape).ToArray()

    for mode in modes do
        for n in [ 2; 5 ] do
            let y, _ = layer.Apply (mode ()) p s (cast DType.Float32 (numbers 3 (n :: shape)))
            Assert.Equal<int[]>(Array.append [| n |] announced, sizes y)
            Assert.Equal(DType.Float32, y.DType)

[<Theory; MemberData(nameof all)>]
let ``float64 parameters give float64, and agree with float32`` (row: int) (_: string) =
    let layer, shape = rows[row].Layer, rows[row].Shape
    let p, s = made layer shape
    let x = numbers 4 (3 :: shape)
    let single t = Tree.map (cast DType.Float32) t

    for mode in modes do
        let y, state = layer.Apply (mode ()) p s x
        let z, _ = layer.Apply (mode ()) (single p) (single s) (single x)
        Assert.Equal(DType.Float64, y.DType)
        Assert.All(Tree.leaves state, (fun t -> Assert.Equal(DType.Float64, t.DType)))
        close 1e-4 y z

[<Theory; MemberData(nameof all)>]
let ``gradients in parameters and input agree with central differences`` (row: int) (_: string) =
    let layer, shape = rows[row].Layer, rows[row].Shape
    let p, s = made layer shape
    let x = numbers 6 (3 :: shape)

    for mode in (if rows[row].Differentiable then modes else [ (fun () -> Mode.Evaluation) ]) do
        checkGradient (weighted layer mode s) (p, x)

[<Theory; MemberData(nameof all)>]
let ``compiled values and gradients are the eager ones`` (row: int) (_: string) =
    let layer, shape = rows[row].Layer, rows[row].Shape
    let p, s = made layer shape
    let x = numbers 13 (3 :: shape)
    let predict (p, s, x) = fst (layer.Apply Mode.Evaluation p s x)
    close 1e-12 (predict (p, s, x)) (jit predict (p, s, x))

    // The key is an argument, so that random numbers are traced.
    let learn (key: Key, p, s, x) =
        let g = grad (weighted layer (fun () -> Mode.Training key) s) (p, x)
        let _, after = layer.Apply (Mode.Training(Key.fold 1L key)) p s x
        g, after

    let (g: Params * Tensor), after = learn (Key.ofSeed 3L, p, s, x)
    let (h: Params * Tensor), compiledAfter = jit learn (Key.ofSeed 3L, p, s, x)
    Array.iter2 (close 1e-10) (Tree.leaves g) (Tree.leaves h)
    Array.iter2 (close 1e-12) (Tree.leaves after) (Tree.leaves compiledAfter)

[<Theory; MemberData(nameof all)>]
let ``learning keeps names, shapes and dtypes of the state`` (row: int) (_: string) =
    let layer, shape = rows[row].Layer, rows[row].Shape
    let p, s = layer.Init (Key.ofSeed 1L) (shapeOf shape)
    let described (p: Params) = [ for e in p.Entries -> e.Key, string e.Value.Type ]

    for dtype in [ DType.Float32; DType.Float64 ] do
        let _, after = layer.Apply (Mode.Training(Key.ofSeed 2L)) p s (cast dtype (numbers 3 (3 :: shape)))
        Assert.Equal<(string * string) list>(described s, described after)

[<Theory; MemberData(nameof all)>]
let ``vmap over batches is a loop over batches`` (row: int) (_: string) =
    let layer, shape = rows[row].Layer, rows[row].Shape
    let p, s = made layer shape
    let batches = numbers 8 (4 :: 3 :: shape)

    for mode in modes do
        let apply x = layer.Apply (mode ()) p s x
        let (y: Tensor), (_: Params) = vmap (fun x -> fst (apply x), snd (apply x)) batches
        close 1e-12 (stack 0 (List.init 4 (fun i -> fst (apply (item 0 i batches))))) y

[<Theory; MemberData(nameof all)>]
let ``vmap over parameters is a loop over models`` (row: int) (_: string) =
    let layer, shape = rows[row].Layer, rows[row].Shape
    let p, s = made layer shape
    let x = numbers 9 (3 :: shape)
    let models = p |> Tree.map (fun (t: Tensor) -> stack 0 [ t; t * 0.5; t + 1.0 ])

    if p.Count > 0L then
        for mode in modes do
            let apply p = fst (layer.Apply (mode ()) p s x)
            let model i = models |> Tree.map (item 0 i)
            close 1e-12 (stack 0 (List.init 3 (fun i -> apply (model i)))) (vmap apply models)

[<Theory; MemberData(nameof all)>]
let ``examples do not see each other when predicting`` (row: int) (_: string) =
    let layer, shape = rows[row].Layer, rows[row].Shape
    let p, s = made layer shape
    let x = numbers 10 (3 :: shape)
    let apply x = fst (layer.Apply Mode.Evaluation p s x)
    close 1e-12 (slice 0 1 2 (apply x)) (apply (slice 0 1 2 x))

[<Theory; MemberData(nameof all)>]
let ``predicting changes no state, and equal keys give equal results`` (row: int) (_: string) =
    let layer, shape = rows[row].Layer, rows[row].Shape
    let p, s = made layer shape
    let x = numbers 12 (3 :: shape)
    let _, state = layer.Apply Mode.Evaluation p s x
    Array.iter2 (close 0.0) (Tree.leaves s) (Tree.leaves state)
    let training () = fst (layer.Apply (Mode.Training(Key.ofSeed 2L)) p s x)
    close 0.0 (training ()) (training ())

[<Fact>]
let ``an empty batch gives an empty batch`` () =
    for row in rows do
        let layer, shape = row.Layer, row.Shape
        let p, s = layer.Init (Key.ofSeed 1L) (shapeOf shape)
        let y, _ = layer.Apply Mode.Evaluation p s (Tensor.zeros (0 :: shape))
        Assert.Equal(0, y.Shape[0])

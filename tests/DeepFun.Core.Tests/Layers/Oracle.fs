/// Naive computations in plain loops, and finite differences: what the layers are compared with.
module DeepFun.Core.Tests.Layers.Oracle

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests
open Xunit

/// Normal numbers, float64, from a generator that is not the library's.
let numbers (seed: int) (sizes: int list) : Tensor =
    let random = Random seed

    let normal () = Math.Sqrt(-2.0 * Math.Log(1.0 - random.NextDouble())) * Math.Cos(2.0 * Math.PI * random.NextDouble())

    Tensor.ofArray sizes (Array.init (List.fold (*) 1 sizes) (fun _ -> normal ()))

let double (t: 'T) : 'T = Tree.map (cast DType.Float64) t

let sizes (t: Tensor) = t.Shape.ToArray()

let shapeOf (sizes: int list) : Shape =
    let sizes: int[] = Array.ofList sizes
    Shape.Create sizes

/// Equal shapes, and values that differ by no more than the tolerance, relative to the larger of 1 and the expected value.
let close (tolerance: float) (expected: Tensor) (came: Tensor) =
    Assert.Equal<int[]>(sizes expected, sizes came)
    let e, c = expected.ToDoubles(), came.ToDoubles()

    for i in 0 .. e.Length - 1 do
        if not (abs (e[i] - c[i]) <= tolerance * max 1.0 (abs e[i])) then
            Assert.Fail $"element {i} of {came.Shape}: expected {e[i]}, came {c[i]}"

/// close to what PyTorch computed for a case, computed here from numbers of this dtype.
let internal closeTo (case: Records.Case) (dtype: DType) (tolerance: float) (theirs: Tensor) (came: Tensor) =
    close tolerance theirs came
    Records.note case dtype (theirs.ToDoubles()) (came.ToDoubles())

/// f's partial derivatives by central differences, leaf by leaf.
let differences (f: 'T -> Tensor) (at: 'T) : Tensor[] =
    let leaves = Tree.leaves at
    let step = 1e-6

    leaves
    |> Array.mapi (fun l leaf ->
        let values = leaf.ToDoubles()

        let valueAt i v =
            let moved = Array.copy values
            moved[i] <- v
            let leaves = Array.copy leaves
            leaves[l] <- Tensor.ofArray leaf.Shape moved
            (f (Tree.rebuild at leaves)).ToDouble()

        values
        |> Array.mapi (fun i v -> (valueAt i (v + step) - valueAt i (v - step)) / (2.0 * step))
        |> Tensor.ofArray leaf.Shape)

/// The gradient by the library against central differences.
let checkGradient (f: 'T -> Tensor) (at: 'T) = Array.iter2 (close 1e-6) (differences f at) (Tree.leaves (grad f at))

/// Row-major places of a shape.
let places (shape: int list) : int list list =
    (shape, [ [] ])
    ||> List.foldBack (fun n rest ->
        [
            for i in 0 .. n - 1 do
                for r in rest -> i :: r
        ])

let offset (shape: int[]) (place: int list) = (0, List.indexed place) ||> List.fold (fun o (axis, i) -> o * shape[axis] + i)

/// A reader of single elements.
let reader (t: Tensor) : int list -> float =
    let values, shape = t.ToDoubles(), sizes t
    fun place -> values[offset shape place]

/// A float64 tensor from a function of places.
let build (shape: int list) (f: int list -> float) : Tensor = Tensor.ofArray shape (places shape |> List.map f |> Array.ofList)

/// The input places under one window, None in the padding.
let window (size: int list) (strides: int list) (low: int list) (dilations: int list) (input: int list) (out: int list) =
    places size
    |> List.map (fun k ->
        let at = List.init k.Length (fun a -> out[a] * strides[a] - low[a] + k[a] * dilations[a])
        k, (if List.forall2 (fun i n -> i >= 0 && i < n) at input then Some at else None))

/// Cross-correlation by its definition, without bias.
let convolve (strides: int list) (low: int list) (outSizes: int list) (dilations: int list) (groups: int) (x: Tensor) (w: Tensor) =
    let xAt, wAt = reader x, reader w
    let n, filters, perGroup = x.Shape[0], w.Shape[0], w.Shape[1]
    let input, kernel = List.ofArray(sizes x)[2..], List.ofArray(sizes w)[2..]

    build (n :: filters :: outSizes) (fun place ->
        let example, filter, out = place[0], place[1], place[2..]
        let first = filter / (filters / groups) * perGroup

        List.sum
            [
                for c in 0 .. perGroup - 1 do
                    for k, at in window kernel strides low dilations input out do
                        match at with
                        | Some at -> xAt (example :: first + c :: at) * wAt (filter :: c :: k)
                        | None -> 0.0
            ])

/// A reduction of each window's values (padding left out), by its definition.
let pool
    (reduce: float list -> float)
    (size: int list)
    (strides: int list)
    (low: int list)
    (outSizes: int list)
    (dilations: int list)
    (x: Tensor)
    =
    let xAt = reader x
    let input = List.ofArray(sizes x)[2..]

    build (x.Shape[0] :: x.Shape[1] :: outSizes) (fun place ->
        window size strides low dilations input place[2..]
        |> List.choose (fun (_, at) -> at |> Option.map (fun at -> xAt (place[0] :: place[1] :: at)))
        |> reduce)

/// The error of this code, with this text.
let refuses (code: string) (text: string) (f: unit -> 'a) =
    let e = Assert.Throws<DeepFunException>(fun () -> f () |> ignore)
    Assert.Equal(code, e.Code)
    Assert.Contains(text, e.Message)

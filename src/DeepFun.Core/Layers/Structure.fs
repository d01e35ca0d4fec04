namespace DeepFun

open System
open DeepFun.FSharp

/// Layers without numbers of their own: other shapes, and functions.
module internal Structure =

    let private batchThen (x: Tensor) (sizes: int[]) = reshape (Array.append [| x.Shape[0] |] sizes) x

    let flatten: Layer =
        Layer.Function(
            "Flatten",
            (fun s -> Shape.Adopt [| s.Size |]),
            (fun _ x -> batchThen x [| x.Shape.ToArray()[1..] |> Array.fold (*) 1 |])
        )

    let reshape (sizes: int[]) : Layer =
        let text = String.Join(", ", sizes)
        let name = $"Reshape({text})"
        let free = sizes |> Array.filter ((=) -1) |> Array.length

        if free > 1 || sizes |> Array.exists (fun s -> s < -1) then
            Errors.option "the sizes of Reshape" "0 or more, at most one of them -1" $"[{text}]"

        let known = sizes |> Array.fold (fun p s -> if s < 0 then p else p * s) 1

        let outputShape (s: Shape) =
            let fits = if free = 1 then known > 0 && s.Size % known = 0 else known = s.Size

            if not fits then
                Errors.layerInput name "examples with as many elements" s

            Shape.Adopt(sizes |> Array.map (fun n -> if n < 0 then s.Size / known else n))

        Layer.Function(name, outputShape, (fun _ x -> batchThen x ((outputShape (LayerOptions.example name x)).ToArray())))

    let activation (a: Activation) : Layer = Layer.Function(a.Name, id, (fun _ x -> a.Apply x))

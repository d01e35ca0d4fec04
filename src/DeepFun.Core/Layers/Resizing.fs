namespace DeepFun

open System
open DeepFun.FSharp

/// <summary>How values between the places of an axis are found.</summary>
[<RequireQualifiedAccess>]
type Interpolation =
    /// The value of the place below.
    | Nearest
    /// A line between two neighbours; places are the middles of cells.
    | Linear
    /// A line between two neighbours; the first and last places of both axes fall together.
    | LinearAligned
    /// A cubic through four neighbours (a = −0.75); places are the middles of cells.
    | Cubic

/// The last axes made longer or shorter.
module internal Resizing =

    let private check (kind: string) (values: int[]) =
        if values.Length < 1 || values.Length > 3 then
            Errors.option $"the number of axes of {kind}" "1, 2 or 3" (string values.Length)

        LayerOptions.allAtLeast 1 $"the numbers of {kind}" values

    /// Keys' kernel, at distances up to 1 and from 1 to 2.
    let private near (d: float) = (1.25 * d - 2.25) * d * d + 1.0
    let private far (d: float) = -0.75 * (((d - 5.0) * d + 8.0) * d - 4.0)

    /// Weights of n places for each of m: row-major [m, n].
    let private table (kind: Interpolation) (n: int) (m: int) : float[] =
        let weights: float[] = Array.zeroCreate (m * n)
        let add i place weight = (let at = i * n + max 0 (min (n - 1) place) in weights[at] <- weights[at] + weight)
        let middle i = (float i + 0.5) * float n / float m - 0.5

        let line i (place: float) =
            let low = int (floor place)
            add i low (1.0 - (place - float low))
            add i (low + 1) (place - float low)

        for i in 0 .. m - 1 do
            match kind with
            | Interpolation.Nearest -> add i (int (int64 i * int64 n / int64 m)) 1.0
            | Interpolation.Linear -> line i (max 0.0 (middle i))
            | Interpolation.LinearAligned -> line i (if m = 1 then 0.0 else float i * float (n - 1) / float (m - 1))
            | Interpolation.Cubic ->
                let place = middle i
                let low = int (floor place)
                let t = place - float low
                add i (low - 1) (far (t + 1.0))
                add i low (near t)
                add i (low + 1) (near (1.0 - t))
                add i (low + 2) (far (2.0 - t))

        weights

    let private along (kind: Interpolation) (axis: int) (m: int) (x: Tensor) : Tensor =
        let n = x.Shape[axis]

        match kind with
        | Interpolation.Nearest -> take axis (Tensor.ofArray [ m ] [| for i in 0 .. m - 1 -> int (int64 i * int64 n / int64 m) |]) x
        | Interpolation.Linear
        | Interpolation.LinearAligned
        | Interpolation.Cubic ->
            let weights = Tensor.ofArray [ m; n ] (table kind n m) |> cast x.DType
            tensordot [ 1 ] [ axis ] weights x |> moveAxis 0 axis

    let private apply (kind: Interpolation) (sizes: int[] -> int[]) (axes: int) (x: Tensor) : Tensor =
        let first = x.Rank - axes
        let targets = sizes (x.Shape.ToArray()[first..])

        let resized (x: Tensor) =
            (x, Array.indexed targets)
            ||> Array.fold (fun y (i, m) -> if y.Shape[first + i] = m then y else along kind (first + i) m y)

        match kind with
        | Interpolation.Nearest -> resized x
        | Interpolation.Linear
        | Interpolation.LinearAligned
        | Interpolation.Cubic -> floats x |> inSingle resized

    let private layer (name: string) (kind: Interpolation) (axes: int) (sizes: int[] -> int[]) : Layer =
        let outputShape (s: Shape) =
            let all = s.ToArray()

            if s.Rank < axes || all[s.Rank - axes ..] |> Array.contains 0 then
                Errors.layerInput name $"examples with elements along at least {axes} axes" s

            Shape.Adopt(Array.append all[.. s.Rank - axes - 1] (sizes all[s.Rank - axes ..]))

        Layer.Function(
            name,
            outputShape,
            (fun _ x ->
                LayerOptions.hasAxes name axes x
                apply kind sizes axes x)
        )

    let private title (kind: Interpolation) =
        match kind with
        | Interpolation.Nearest -> "nearest"
        | Interpolation.Linear -> "linear"
        | Interpolation.LinearAligned -> "linear, aligned"
        | Interpolation.Cubic -> "cubic"

    let upsample (kind: Interpolation) (factors: int[]) : Layer =
        check "Upsample" factors
        layer $"Upsample({LayerOptions.sizes factors}, {title kind})" kind factors.Length (Array.map2 (*) factors)

    let resize (kind: Interpolation) (sizes: int[]) : Layer =
        check "Resize" sizes
        layer $"Resize({LayerOptions.sizes sizes}, {title kind})" kind sizes.Length (fun _ -> sizes)

/// What derivatives are the limits of, and the directions in which laws differentiate.
module internal DeepFun.Core.Tests.Laws.Limits

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers

let directions (row: Row) (salt: string) (xs: Tensor[]) =
    let r = seeded (row.Name + salt)
    xs |> Array.map (direction r)

/// A cotangent; only floating-point results have one that is not 0.
let cotangent (row: Row) (y: Tensor) = direction (seeded (row.Name + "ct")) y

/// The row's function of its active operands, their values, and directions.
let setUp (row: Row) =
    let f, xs = Row.focus row (Row.apply row) (Row.inputs row 0)
    f, xs, directions row "dx" xs

let private moved (h: float) (xs: Tensor[]) (ds: Tensor[]) : Tensor[] = Array.map2 (fun (x: Tensor) (d: Tensor) -> x + h * d) xs ds

/// The slope of f along ds by central differences of order 8: Σₖ cₖ (f(x + k h d) − f(x − k h d)) / h. Their error is h⁸ f⁽⁹⁾ / 630, so that
/// h = 0.005 leaves nothing but rounding, where plain differences stop at 1e-10 times the third derivative.
let difference h (f: Tensor[] -> Tensor) xs ds : float[] =
    let values step = (f (moved step xs ds)).ToDoubles()

    [ 1.0, 4.0 / 5.0; 2.0, -1.0 / 5.0; 3.0, 4.0 / 105.0; 4.0, -1.0 / 280.0 ]
    |> List.map (fun (k, c) -> Array.map2 (fun a b -> c * (a - b) / h) (values (k * h)) (values (-k * h)))
    |> List.reduce (Array.map2 (+))

/// Σ over operands of ⟨a, b⟩.
let total (a: Tensor[]) (b: Tensor[]) = Array.fold2 (fun s x y -> s + inner x y) 0.0 a b

/// Where a tensor's elements lie in memory changes nothing: every row, and its derivatives, on transposed, strided, turned and repeated operands.
module DeepFun.Core.Tests.Laws.ViewLaws

open DeepFun
open DeepFun.Backends
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open DeepFun.Core.Tests.Laws.Limits
open Xunit

let private byName = Products.table |> Seq.map (fun row -> row.Name, row) |> dict

/// Rows with operands.
let mapped = Products.table |> List.filter (fun row -> row.Operands.Length > 0) |> List.map (fun row -> [| box row.Name |])

/// The same values in row-major order.
let private copy (x: Tensor) : Tensor = ofDoubles x.DType x.Shape (x.ToDoubles())

let private transposed (x: Tensor) : Tensor =
    let order = [ x.Rank - 1 .. -1 .. 0 ]
    permute order (copy (permute order x))

let private turned (x: Tensor) : Tensor = flip [ 0 .. x.Rank - 1 ] (copy (flip [ 0 .. x.Rank - 1 ] x))

/// Every second element of something twice as long, beginning with the second.
let private strided (x: Tensor) : Tensor =
    let doubled axis (x: Tensor) = stack (axis + 1) [ x; x ] |> reshape (x.Shape |> Seq.mapi (fun i n -> if i = axis then 2 * n else n))
    let wide = copy (Seq.fold (fun x axis -> doubled axis x) x [ 0 .. x.Rank - 1 ])

    Seq.fold (fun (y: Tensor) axis -> if x.Shape[axis] = 0 then y else sliceStep axis 1 (2 * x.Shape[axis]) 2 y) wide [ 0 .. x.Rank - 1 ]

/// Other values: the first slice, repeated without memory.
let private repeated (x: Tensor) : Tensor = if x.Size = 0 || x.Rank = 0 then x else broadcastTo x.Shape (copy (slice 0 0 1 x))

let private layouts = [ "transposed", transposed; "turned", turned; "strided", strided; "repeated", repeated ]

[<Fact>]
let ``the layouts are what they say`` () =
    let x = uniform (seeded "layouts") [ 3; 4 ]

    for name, layout in layouts do
        let y = layout x
        Assert.False(((y :?> Data).Storage :?> Cpu.CpuStorage).IsContiguous, name)
        close name 0.0 (if name = "repeated" then broadcastTo [ 3; 4 ] (slice 0 0 1 x) else x) y

[<Theory; MemberData(nameof mapped)>]
let ``results do not depend on the layout`` (name: string) =
    let row = byName[name]

    for layoutName, layout in layouts do
        let views = Row.inputs row 0 |> Array.map layout
        let copies = views |> Array.map copy
        close layoutName 1e-13 (Row.apply row copies) (Row.apply row views)

        if (Row.active row).Length > 0 then
            let f, xs = Row.focus row (Row.apply row) copies
            let g, vs = Row.focus row (Row.apply row) views
            let ds = directions row "dx" xs |> Array.map layout
            close $"{layoutName}, jvp" 1e-12 (snd (jvp f xs (ds |> Array.map copy))) (snd (jvp g vs ds))
            let ct = cotangent row (f xs)
            let viewed = layout ct
            closeAll $"{layoutName}, vjp" 1e-12 (snd (vjp f xs) (copy viewed)) (snd (vjp g vs) viewed)

/// Rows of matrix products, convolutions and windows, and the whole table.
module internal DeepFun.Core.Tests.Laws.Products

open DeepFun
open DeepFun.Backends
open DeepFun.Core.Tests.Laws.Row

let private matmul =
    [
        for x, y in
            [
                [ 2; 3 ], [ 3; 4 ]
                [ 1; 1 ], [ 1; 1 ]
                [ 2; 2; 3 ], [ 2; 3; 2 ]
                [ 2; 1; 2; 3 ], [ 2; 1; 3; 2 ]
                [ 0; 3 ], [ 3; 2 ]
                [ 2; 0 ], [ 0; 3 ]
                [ 2; 3 ], [ 3; 0 ]
                [ 0; 2; 3 ], [ 0; 3; 2 ]
            ] do
            make "MatMul" (Prim.Contract Contract.MatMul) [ smooth x; smooth y ]

        let whole = fixedIn DType.Int32 (Draw.integers -4 5)
        make "MatMul" (Prim.Contract Contract.MatMul) [ whole [ 2; 3 ]; whole [ 3; 2 ] ]
    ]

/// The three maps of one geometry: n samples, c input channels, o output channels.
let private convolution name n c o (spec: ConvolutionSpec) =
    let x = [ n; c ] @ List.ofArray spec.InputSize
    let w = [ o; c / spec.Groups ] @ List.ofArray spec.KernelSize
    let y = [ n; o ] @ List.ofArray (spec.OutputSize())
    let prim op = Prim.Contract(Contract.Convolution(op, spec))

    [
        make $"{name} forward" (prim ConvolutionOp.Forward) [ smooth x; smooth w ]
        make $"{name} input gradient" (prim ConvolutionOp.InputGradient) [ smooth y; smooth w ]
        make $"{name} weight gradient" (prim ConvolutionOp.WeightGradient) [ smooth x; smooth y ]
    ]

let private convolutions =
    let spec (input: int list) kernel strides low high dilations groups =
        ConvolutionSpec(
            Array.ofList input,
            Array.ofList kernel,
            Array.ofList strides,
            Array.ofList low,
            Array.ofList high,
            Array.ofList dilations,
            groups
        )

    List.concat
        [
            convolution "line" 2 2 3 (spec [ 5 ] [ 3 ] [ 1 ] [ 0 ] [ 0 ] [ 1 ] 1)
            // The last place of the input is reached by no window.
            convolution "line strided" 1 1 2 (spec [ 6 ] [ 2 ] [ 3 ] [ 0 ] [ 0 ] [ 1 ] 1)
            convolution "plane padded" 2 2 3 (spec [ 4; 3 ] [ 3; 2 ] [ 2; 1 ] [ 1; 0 ] [ 1; 1 ] [ 1; 1 ] 1)
            convolution "plane dilated" 1 2 2 (spec [ 5; 5 ] [ 2; 2 ] [ 1; 2 ] [ 1; 0 ] [ 0; 1 ] [ 2; 3 ] 1)
            convolution "plane in groups" 2 4 6 (spec [ 3; 3 ] [ 2; 2 ] [ 1; 1 ] [ 0; 0 ] [ 0; 0 ] [ 1; 1 ] 2)
            convolution "plane by channel" 1 3 3 (spec [ 4; 4 ] [ 3; 3 ] [ 1; 1 ] [ 1; 1 ] [ 1; 1 ] [ 1; 1 ] 3)
            convolution "pointwise" 2 3 2 (spec [ 2; 2 ] [ 1; 1 ] [ 1; 1 ] [ 0; 0 ] [ 0; 0 ] [ 1; 1 ] 1)
            convolution "pointwise strided" 1 2 2 (spec [ 4; 3 ] [ 1; 1 ] [ 2; 2 ] [ 0; 0 ] [ 0; 0 ] [ 1; 1 ] 1)
            convolution "space" 1 2 2 (spec [ 3; 2; 3 ] [ 2; 1; 2 ] [ 1; 1; 2 ] [ 0; 0; 1 ] [ 0; 0; 0 ] [ 1; 1; 1 ] 1)
            convolution "no samples" 0 2 2 (spec [ 3 ] [ 2 ] [ 1 ] [ 0 ] [ 0 ] [ 1 ] 1)
        ]

let private windows =
    [
        for name, lead, input, size, strides, low, high, dilations in
            [
                "line", [ 2 ], [ 6 ], [ 2 ], [ 2 ], [ 0 ], [ 0 ], [ 1 ]
                "line overlapping", [], [ 7 ], [ 3 ], [ 1 ], [ 1 ], [ 1 ], [ 1 ]
                "line dilated", [ 1 ], [ 8 ], [ 2 ], [ 2 ], [ 0 ], [ 0 ], [ 3 ]
                "plane", [ 2; 1 ], [ 5; 4 ], [ 3; 2 ], [ 2; 1 ], [ 1; 0 ], [ 0; 1 ], [ 1; 1 ]
                "space", [ 2 ], [ 2; 3; 4 ], [ 1; 2; 2 ], [ 1; 1; 2 ], [ 0; 0; 0 ], [ 0; 0; 0 ], [ 1; 1; 1 ]
                "no samples", [ 0 ], [ 4 ], [ 2 ], [ 2 ], [ 0 ], [ 0 ], [ 1 ]
            ] do
            let arrays = [ input; size; strides; low; high; dilations ] |> List.map Array.ofList
            let spec = WindowSpec(arrays[0], arrays[1], arrays[2], arrays[3], arrays[4], arrays[5])
            let output = List.ofArray (spec.OutputSize())
            make $"Window ArgMax {name}" (Prim.Window(Window.ArgMax spec)) [ operand Draw.distinct (lead @ input) ]
            make $"Window Sum {name}" (Prim.Window(Window.Sum spec)) [ smooth (lead @ input) ]
            make $"Window SumTranspose {name}" (Prim.Window(Window.SumTranspose spec)) [ smooth (lead @ output) ]

            for dtype in [ DType.Int32; DType.UInt8 ] do
                let whole = fixedIn dtype (Draw.integers 0 9)
                make $"Window ArgMax {name}" (Prim.Window(Window.ArgMax spec)) [ whole (lead @ input) ]
                make $"Window Sum {name}" (Prim.Window(Window.Sum spec)) [ whole (lead @ input) ]
                make $"Window SumTranspose {name}" (Prim.Window(Window.SumTranspose spec)) [ whole (lead @ output) ]
    ]

/// The table: every primitive, every family of shapes that it can meet.
let table: Row list =
    Elementwise.rows @ Structural.rows @ matmul @ convolutions @ windows @ RandomRows.rows @ LinearAlgebra.rows

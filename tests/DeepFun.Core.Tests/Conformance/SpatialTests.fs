/// DiffSharp's convolutions and poolings in all their spellings: as a function of dsharp, a tensor's method and the form without its first
/// operand; with one number for all axes or one for each.
module DeepFun.Core.Tests.Conformance.SpatialTests

open DeepFun
open DeepFun.FSharp
open DeepFun.DiffSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private random (sizes: int list) = uniform (seeded $"%A{sizes}") sizes

/// The same result three times.
let private alike what (expected: Tensor) (method: Tensor) (composed: Tensor) =
    close (what + " of a tensor") 0.0 expected method
    close (what + " without its first operand") 0.0 expected composed

let private alikeWithIndices what (values: Tensor, places: Tensor) (values2: Tensor, places2: Tensor) =
    close what 0.0 values values2
    close (what + "'s indices") 0.0 places places2

[<Fact>]
let ``convolutions are alike in every spelling`` () =
    let x, b = random [ 2; 3; 9 ], random [ 4; 3; 2 ]
    alike "conv1d" (dsharp.conv1d (x, b)) (x.conv1d b) (x --> dsharp.conv1d b)

    alike
        "conv1d with options"
        (convolution { ConvolutionOptions.Default with Strides = [| 2 |]; Padding = [| 1 |]; Dilations = [| 3 |] } x b)
        (x.conv1d (b, stride = 2, padding = 1, dilation = 3))
        (x --> dsharp.conv1d (b, stride = 2, padding = 1, dilation = 3))

    let x, b = random [ 2; 3; 7; 8 ], random [ 4; 3; 2; 3 ]
    alike "conv2d" (dsharp.conv2d (x, b)) (x.conv2d b) (x --> dsharp.conv2d b)

    alike
        "conv2d with options"
        (dsharp.conv2d (x, b, stride = 2, padding = 1, dilation = 2))
        (x.conv2d (b, stride = 2, padding = 1, dilation = 2))
        (x --> dsharp.conv2d (b, strides = [ 2; 2 ], paddings = [ 1; 1 ], dilations = [ 2; 2 ]))

    alike
        "conv2d with an option for each axis"
        (dsharp.conv2d (x, b, strides = [ 1; 2 ], paddings = [ 2; 0 ], dilations = [ 3; 1 ]))
        (x.conv2d (b, strides = [ 1; 2 ], paddings = [ 2; 0 ], dilations = [ 3; 1 ]))
        (x --> dsharp.conv2d (b, strides = [ 1; 2 ], paddings = [ 2; 0 ], dilations = [ 3; 1 ]))

    let x, b = random [ 1; 2; 5; 6; 7 ], random [ 3; 2; 2; 1; 3 ]
    alike "conv3d" (dsharp.conv3d (x, b)) (x.conv3d b) (x --> dsharp.conv3d b)

    alike
        "conv3d with an option for each axis"
        (dsharp.conv3d (x, b, strides = [ 1; 2; 3 ], paddings = [ 2; 0; 1 ], dilations = [ 3; 1; 2 ]))
        (x.conv3d (b, strides = [ 1; 2; 3 ], paddings = [ 2; 0; 1 ], dilations = [ 3; 1; 2 ]))
        (x --> dsharp.conv3d (b, strides = [ 1; 2; 3 ], paddings = [ 2; 0; 1 ], dilations = [ 3; 1; 2 ]))

    // A list wins over a single number.
    close "both" 0.0 (dsharp.conv3d (x, b, stride = 2)) (x --> dsharp.conv3d (b, stride = 1, strides = [ 2; 2; 2 ]))

[<Fact>]
let ``transposed convolutions are alike in every spelling`` () =
    let x, b = random [ 2; 3; 5 ], random [ 3; 4; 3 ]
    alike "convTranspose1d" (dsharp.convTranspose1d (x, b)) (x.convTranspose1d b) (x --> dsharp.convTranspose1d b)

    alike
        "convTranspose1d with options"
        (convolutionTranspose { ConvolutionOptions.Default with Strides = [| 3 |]; Padding = [| 1 |]; Dilations = [| 2 |] } [| 1 |] x b)
        (x.convTranspose1d (b, stride = 3, padding = 1, dilation = 2, outputPadding = 1))
        (x --> dsharp.convTranspose1d (b, stride = 3, padding = 1, dilation = 2, outputPadding = 1))

    let x, b = random [ 2; 3; 4; 5 ], random [ 3; 2; 2; 3 ]
    alike "convTranspose2d" (dsharp.convTranspose2d (x, b)) (x.convTranspose2d b) (x --> dsharp.convTranspose2d b)

    alike
        "convTranspose2d with options"
        (dsharp.convTranspose2d (x, b, stride = 2, padding = 1, dilation = 2, outputPadding = 1))
        (x.convTranspose2d (b, stride = 2, padding = 1, dilation = 2, outputPadding = 1))
        (x
         --> dsharp.convTranspose2d (b, strides = [ 2; 2 ], paddings = [ 1; 1 ], dilations = [ 2; 2 ], outputPaddings = [ 1; 1 ]))

    alike
        "convTranspose2d with an option for each axis"
        (dsharp.convTranspose2d (x, b, strides = [ 2; 3 ], paddings = [ 0; 1 ], dilations = [ 2; 1 ], outputPaddings = [ 1; 2 ]))
        (x.convTranspose2d (b, strides = [ 2; 3 ], paddings = [ 0; 1 ], dilations = [ 2; 1 ], outputPaddings = [ 1; 2 ]))
        (x
         --> dsharp.convTranspose2d (b, strides = [ 2; 3 ], paddings = [ 0; 1 ], dilations = [ 2; 1 ], outputPaddings = [ 1; 2 ]))

    let x, b = random [ 1; 2; 3; 2; 3 ], random [ 2; 2; 2; 1; 2 ]
    alike "convTranspose3d" (dsharp.convTranspose3d (x, b)) (x.convTranspose3d b) (x --> dsharp.convTranspose3d b)

    alike
        "convTranspose3d with an option for each axis"
        (dsharp.convTranspose3d (x, b, strides = [ 2; 3; 1 ], paddings = [ 0; 1; 1 ], dilations = [ 2; 1; 2 ], outputPaddings = [ 1; 2; 0 ]))
        (x.convTranspose3d (b, strides = [ 2; 3; 1 ], paddings = [ 0; 1; 1 ], dilations = [ 2; 1; 2 ], outputPaddings = [ 1; 2; 0 ]))
        (x
         --> dsharp.convTranspose3d (
             b,
             strides = [ 2; 3; 1 ],
             paddings = [ 0; 1; 1 ],
             dilations = [ 2; 1; 2 ],
             outputPaddings = [ 1; 2; 0 ]
         ))

[<Fact>]
let ``poolings are alike in every spelling`` () =
    let x = random [ 2; 3; 8 ]
    // The window is the stride, too, unless one is given.
    alike "maxpool1d" (maxPool [| 3 |] [| 3 |] [| 0 |] x) (x.maxpool1d 3) (x --> dsharp.maxpool1d 3)
    let options = maxPool [| 3 |] [| 2 |] [| 1 |] x
    alike "maxpool1d with options" options (x.maxpool1d (3, 2, 1)) (x --> dsharp.maxpool1d (3, 2, 1))
    alike "avgpool1d" (averagePool [| 3 |] [| 3 |] [| 0 |] x) (x.avgpool1d 3) (x --> dsharp.avgpool1d 3)
    let options = averagePool [| 3 |] [| 2 |] [| 1 |] x
    alike "avgpool1d with options" options (x.avgpool1d (3, 2, 1)) (x --> dsharp.avgpool1d (3, 2, 1))
    let x = random [ 2; 3; 7; 8 ]
    alike "maxpool2d" (dsharp.maxpool2d (x, 2)) (x.maxpool2d 2) (x --> dsharp.maxpool2d 2)
    let expected = dsharp.maxpool2d (x, kernelSizes = [ 3; 2 ], strides = [ 1; 2 ], paddings = [ 1; 0 ])

    alike
        "maxpool2d with an option for each axis"
        expected
        (x.maxpool2d (kernelSizes = [ 3; 2 ], strides = [ 1; 2 ], paddings = [ 1; 0 ]))
        (x --> dsharp.maxpool2d (kernelSizes = [ 3; 2 ], strides = [ 1; 2 ], paddings = [ 1; 0 ]))

    alike "avgpool2d" (dsharp.avgpool2d (x, 3, 2, 1)) (x.avgpool2d (3, 2, 1)) (x --> dsharp.avgpool2d (3, 2, 1))
    let expected = dsharp.avgpool2d (x, kernelSizes = [ 3; 2 ], strides = [ 1; 2 ], paddings = [ 1; 0 ])

    alike
        "avgpool2d with an option for each axis"
        expected
        (x.avgpool2d (kernelSizes = [ 3; 2 ], strides = [ 1; 2 ], paddings = [ 1; 0 ]))
        (x --> dsharp.avgpool2d (kernelSizes = [ 3; 2 ], strides = [ 1; 2 ], paddings = [ 1; 0 ]))

    let x = random [ 1; 2; 5; 6; 7 ]
    alike "maxpool3d" (dsharp.maxpool3d (x, 2)) (x.maxpool3d 2) (x --> dsharp.maxpool3d 2)
    let expected = dsharp.maxpool3d (x, kernelSizes = [ 2; 3; 4 ], strides = [ 1; 2; 3 ], paddings = [ 1; 0; 2 ])

    alike
        "maxpool3d with an option for each axis"
        expected
        (x.maxpool3d (kernelSizes = [ 2; 3; 4 ], strides = [ 1; 2; 3 ], paddings = [ 1; 0; 2 ]))
        (x --> dsharp.maxpool3d (kernelSizes = [ 2; 3; 4 ], strides = [ 1; 2; 3 ], paddings = [ 1; 0; 2 ]))

    alike "avgpool3d" (dsharp.avgpool3d (x, 3, 2, 1)) (x.avgpool3d (3, 2, 1)) (x --> dsharp.avgpool3d (3, 2, 1))
    let expected = dsharp.avgpool3d (x, kernelSizes = [ 2; 3; 4 ], strides = [ 1; 2; 3 ], paddings = [ 1; 0; 2 ])

    alike
        "avgpool3d with an option for each axis"
        expected
        (x.avgpool3d (kernelSizes = [ 2; 3; 4 ], strides = [ 1; 2; 3 ], paddings = [ 1; 0; 2 ]))
        (x --> dsharp.avgpool3d (kernelSizes = [ 2; 3; 4 ], strides = [ 1; 2; 3 ], paddings = [ 1; 0; 2 ]))

[<Fact>]
let ``maxima go back where they came from in every spelling`` () =
    let x = random [ 2; 3; 9 ]
    alikeWithIndices "maxpool1di" (maxPoolWithIndices [| 3 |] [| 3 |] [| 0 |] x) (x.maxpool1di 3)
    let y, places = dsharp.maxpool1di (x, 3, 2, 1)
    alikeWithIndices "maxpool1di with options" (y, places) (x.maxpool1di (3, 2, 1))
    let back = maxUnpool [| 9 |] places y
    alike "maxunpool1d" back (y.maxunpool1d (places, 3, 2, 1)) (y --> dsharp.maxunpool1d (places, 3, 2, 1))
    let wide = maxUnpool [| 10 |] places y

    alike
        "maxunpool1d to a shape"
        wide
        (y.maxunpool1d (places, 3, outputSize = [ 2; 3; 10 ]))
        (y --> dsharp.maxunpool1d (places, 3, outputSize = [ 2; 3; 10 ]))

    let x = random [ 2; 3; 6; 8 ]
    alikeWithIndices "maxpool2di" (dsharp.maxpool2di (x, 2)) (x.maxpool2di 2)
    let y, places = dsharp.maxpool2di (x, kernelSizes = [ 3; 2 ], strides = [ 1; 2 ], paddings = [ 1; 0 ])
    alikeWithIndices "maxpool2di with options" (y, places) (x.maxpool2di (kernelSizes = [ 3; 2 ], strides = [ 1; 2 ], paddings = [ 1; 0 ]))

    alike
        "maxunpool2d"
        (maxUnpool [| 6; 8 |] places y)
        (y.maxunpool2d (places, kernelSizes = [ 3; 2 ], strides = [ 1; 2 ], paddings = [ 1; 0 ]))
        (y --> dsharp.maxunpool2d (places, kernelSizes = [ 3; 2 ], strides = [ 1; 2 ], paddings = [ 1; 0 ]))

    alike
        "maxunpool2d to a shape"
        (dsharp.maxunpool2d (y, places, 2, outputSize = [ 2; 3; 6; 9 ]))
        (y.maxunpool2d (places, 2, outputSize = [ 2; 3; 6; 9 ]))
        (y --> dsharp.maxunpool2d (places, 2, outputSize = [ 2; 3; 6; 9 ]))

    let x = random [ 1; 2; 4; 6; 6 ]
    alikeWithIndices "maxpool3di" (dsharp.maxpool3di (x, 2)) (x.maxpool3di 2)
    let y, places = dsharp.maxpool3di (x, kernelSizes = [ 2; 3; 2 ], strides = [ 2; 1; 2 ], paddings = [ 0; 1; 0 ])

    alikeWithIndices
        "maxpool3di with options"
        (y, places)
        (x.maxpool3di (kernelSizes = [ 2; 3; 2 ], strides = [ 2; 1; 2 ], paddings = [ 0; 1; 0 ]))

    alike
        "maxunpool3d"
        (maxUnpool [| 4; 6; 6 |] places y)
        (y.maxunpool3d (places, kernelSizes = [ 2; 3; 2 ], strides = [ 2; 1; 2 ], paddings = [ 0; 1; 0 ]))
        (y --> dsharp.maxunpool3d (places, kernelSizes = [ 2; 3; 2 ], strides = [ 2; 1; 2 ], paddings = [ 0; 1; 0 ]))

    alike
        "maxunpool3d to a shape"
        (dsharp.maxunpool3d (y, places, 2, outputSize = [ 1; 2; 5; 6; 6 ]))
        (y.maxunpool3d (places, 2, outputSize = [ 1; 2; 5; 6; 6 ]))
        (y --> dsharp.maxunpool3d (places, 2, outputSize = [ 1; 2; 5; 6; 6 ]))

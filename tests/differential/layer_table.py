"""Writes layer_table.json: what PyTorch computes for the rows of tests/DeepFun.Core.Tests/Layers/LayerTable*.fs.

Run by hand (python3 tests/differential/layer_table.py) where PyTorch is installed; the file is committed, so that the tests need no Python.
A case is named after its row: the layer's name and the shape of one example, and "training" where the layer learns. Everything is computed in
float64 from inputs of few digits. Parameters are in DeepFun's layout: a dense weight is [in, out]. `ct` is the cotangent of the gradients.
"""

import json
import pathlib
import re

import torch
import torch.nn.functional as F

torch.manual_seed(20261126)
torch.set_default_dtype(torch.float64)
cases = {}


def draw(*shape, scale=1.0):
    """Normal numbers of two decimals: exact in the file, and seldom equal."""
    return torch.round(torch.randn(*shape) * scale * 100) / 100


def tensor(t):
    t = t.detach()
    return {"shape": list(t.shape), "values": [float(f"{v:.10g}") for v in t.flatten().tolist()]}


def tensors(ts):
    return {path: tensor(t) for path, t in ts.items()}


def case(name, f, shapes=None, state=None, batch=2, training=False):
    """f x parameters gives y, or y and the state after. Parameters by shape, state by value."""
    sizes = [int(n) for n in re.search(r"\[([\d, ]*)\]$", name).group(1).split(", ")]
    x = draw(batch, *sizes).requires_grad_(True)
    parameters = {path: draw(*shape).requires_grad_(True) for path, shape in (shapes or {}).items()}
    y = f(x, parameters)
    y, after = y if isinstance(y, tuple) else (y, {})
    ct = draw(*y.shape)
    y.backward(ct)
    cases[name + (" training" if training else "")] = {
        "x": tensor(x), "y": tensor(y), "ct": tensor(ct), "dx": tensor(x.grad), "parameters": tensors(parameters),
        "gradients": tensors({path: p.grad for path, p in parameters.items()}), "state": tensors(state or {}), "after": tensors(after),
    }


def linear(activation=lambda y: y):
    return lambda x, p: activation(F.linear(x, p["weight"].t(), p.get("bias")))


def dense():
    case("Dense(3) [4]", linear(), {"weight": (4, 3), "bias": (3,)})
    case("Dense(3) [2, 4]", linear(), {"weight": (4, 3), "bias": (3,)})
    case("Dense(3, tanh) [4]", linear(torch.tanh), {"weight": (4, 3), "bias": (3,)})
    case("Dense(3, relu, no bias) [4]", linear(F.relu), {"weight": (4, 3)})
    for shape in ["[5]", "[2, 5]"]:
        case(
            f"Bilinear(3, 2) {shape}", lambda x, p: F.bilinear(x[..., :3].contiguous(), x[..., 3:].contiguous(), p["weight"], p["bias"]),
            {"weight": (2, 3, 2), "bias": (2,)},
        )


def convolution(name, f, weight, bias=True, outputs=None, **options):
    shapes = {"weight": weight, "bias": (outputs or weight[0],)} if bias else {"weight": weight}
    case(name, lambda x, p: f(x, p["weight"], p.get("bias"), **options), shapes)


def convolutions():
    c1, c2, c3 = F.conv1d, F.conv2d, F.conv3d
    convolution("Conv1D(2, 3) [3, 7]", c1, (2, 3, 3))
    convolution("Conv2D(3, 2x2) [2, 4, 5]", c2, (3, 2, 2, 2))
    convolution("Conv2D(3, 2x2, relu) [2, 4, 5]", lambda *a: F.relu(c2(*a)), (3, 2, 2, 2))
    convolution("Conv3D(2, 2x2x2) [1, 3, 4, 3]", c3, (2, 1, 2, 2, 2))
    convolution(
        "Conv2D(2, 3x3, stride 2, same) [2, 5, 4]", lambda x, w, b: c2(F.pad(x, (0, 1, 1, 1)), w, b, stride=2), (2, 2, 3, 3),
    )
    convolution(
        "Conv2D(4, 3x2, stride 1x2, padding 1, dilation 2x1, groups 2, no bias) [2, 5, 4]", c2, (4, 1, 3, 2), bias=False,
        stride=(1, 2), padding=1, dilation=(2, 1), groups=2,
    )
    convolution("DepthwiseConv1D(3) [2, 6]", c1, (2, 1, 3), groups=2)
    convolution("DepthwiseConv2D(2x2) [2, 4, 4]", c2, (2, 1, 2, 2), groups=2)
    convolution("DepthwiseConv3D(2x2x2) [2, 3, 3, 3]", c3, (2, 1, 2, 2, 2), groups=2)
    convolution(
        "DepthwiseConv2D(3x2, multiplier 2, stride 2, padding 1, dilation 2, no bias) [2, 5, 4]", c2, (4, 1, 3, 2), bias=False,
        groups=2, stride=2, padding=1, dilation=2,
    )
    for n, f, name in [(1, c1, "SeparableConv1D(3, 2) [2, 5]"), (2, c2, "SeparableConv2D(3, 2x2) [2, 4, 4]"), (3, c3, "SeparableConv3D(3, 2x2x2) [2, 3, 3, 3]")]:
        case(
            name, lambda x, p: f(f(x, p["depthwise/weight"], groups=2), p["pointwise/weight"], p["pointwise/bias"]),
            {"depthwise/weight": (2, 1) + (2,) * n, "pointwise/weight": (3, 2) + (1,) * n, "pointwise/bias": (3,)},
        )
    t1, t2, t3 = F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d
    convolution("ConvTranspose1D(2, 3, stride 2) [3, 4]", t1, (3, 2, 3), outputs=2, stride=2)
    convolution("ConvTranspose2D(3, 2x2, stride 1) [2, 3, 3]".replace(", stride 1", ""), t2, (2, 3, 2, 2), outputs=3)
    convolution("ConvTranspose3D(2, 2x2x2, stride 2) [2, 2, 2, 3]", t3, (2, 2, 2, 2, 2), outputs=2, stride=2)
    convolution(
        "ConvTranspose2D(4, 3x2, stride 2x3, padding 1x0, output padding 1x2, dilation 1x2, groups 2, no bias) [2, 3, 4]", t2, (2, 2, 3, 2),
        bias=False, stride=(2, 3), padding=(1, 0), output_padding=(1, 2), dilation=(1, 2), groups=2,
    )
    convolution(
        "ConvTranspose2D(2, 3x3, stride 2, same) [2, 3, 2]", lambda x, w, b: t2(x, w, b, stride=2)[..., :6, :4], (2, 2, 3, 3), outputs=2,
    )
    # Where the kernel is shorter than the stride, the output padding is what it does not reach.
    convolution(
        "ConvTranspose1D(2, 1, stride 2, same) [2, 3]", lambda x, w, b: t1(x, w, b, stride=2, output_padding=1), (2, 2, 1), outputs=2,
    )


def poolings():
    plain = lambda name, f: case(name, lambda x, p: f(x))
    plain("MaxPool1D(2) [2, 5]", lambda x: F.max_pool1d(x, 2))
    plain("MaxPool2D(2) [2, 4, 5]", lambda x: F.max_pool2d(x, 2))
    plain("MaxPool3D(2) [1, 4, 2, 3]", lambda x: F.max_pool3d(x, 2))
    plain("MaxPool2D(3x2, stride 2, padding 1) [2, 5, 4]", lambda x: F.max_pool2d(x, (3, 2), 2, 1))
    plain("AveragePool1D(2) [2, 5]", lambda x: F.avg_pool1d(x, 2))
    plain("AveragePool2D(2) [2, 4, 5]", lambda x: F.avg_pool2d(x, 2))
    plain("AveragePool3D(2) [1, 4, 2, 3]", lambda x: F.avg_pool3d(x, 2))
    plain("AveragePool2D(3, stride 1, same) [2, 4, 5]", lambda x: F.avg_pool2d(x, 3, 1, 1))
    plain("GlobalAveragePool [2, 3, 4]", lambda x: x.mean((2, 3)))
    plain("GlobalMaxPool [2, 5]", lambda x: x.amax(2))
    plain("AdaptiveAveragePool1D(3) [2, 7]", lambda x: F.adaptive_avg_pool1d(x, 3))
    plain("AdaptiveAveragePool2D(3x2) [2, 5, 4]", lambda x: F.adaptive_avg_pool2d(x, (3, 2)))
    plain("AdaptiveAveragePool3D(2x2x2) [1, 3, 4, 3]", lambda x: F.adaptive_avg_pool3d(x, 2))
    plain("AdaptiveMaxPool1D(3) [2, 7]", lambda x: F.adaptive_max_pool1d(x, 3))
    plain("AdaptiveMaxPool2D(3x2) [2, 5, 4]", lambda x: F.adaptive_max_pool2d(x, (3, 2)))
    plain("AdaptiveMaxPool3D(2x2x2) [1, 3, 4, 3]", lambda x: F.adaptive_max_pool3d(x, 2))
    plain("LpPool1D(2, 2) [2, 5]", lambda x: F.lp_pool1d(x, 2, 2))
    plain("LpPool2D(2, 3x2, stride 1) [1, 4, 4]", lambda x: F.lp_pool2d(x, 2, (3, 2), 1))
    plain("LpPool3D(2, 2) [1, 2, 3, 4]", lambda x: (8 * F.avg_pool3d(x**2, 2)).sqrt())


def shapes():
    plain = lambda name, f: case(name, lambda x, p: f(x))
    plain("Flatten [2, 3, 2]", lambda x: x.flatten(1))
    plain("Reshape(3, -1) [2, 6]", lambda x: x.reshape(-1, 3, 4))
    plain("Permute(2, 0, 1) [2, 3, 4]", lambda x: x.permute(0, 3, 1, 2))
    plain("ZeroPad(1, 2:0) [2, 3, 2]", lambda x: F.pad(x, (2, 0, 1, 1)))
    plain("ConstantPad 1.5(0:1) [2, 3]", lambda x: F.pad(x, (0, 1), value=1.5))
    plain("ReflectPad(1, 2:1) [2, 3, 4]", lambda x: F.pad(x, (2, 1, 1, 1), mode="reflect"))
    plain("ReplicatePad(2, 0:1) [1, 2, 3]", lambda x: F.pad(x, (0, 1, 2, 2), mode="replicate"))
    plain("CircularPad(1:2) [2, 4]", lambda x: F.pad(x, (1, 2), mode="circular"))
    plain("SymmetricPad(2:1) [2, 3]", lambda x: x[..., [1, 0, 0, 1, 2, 2]])
    plain("Crop(1:0, 1) [1, 3, 4]", lambda x: x[..., 1:, 1:3])
    up = lambda **o: lambda x: F.interpolate(x, **o)
    plain("Upsample(3, nearest) [2, 3]", up(scale_factor=3, mode="nearest"))
    plain("Upsample(2, linear) [2, 3]", up(scale_factor=2, mode="linear"))
    plain("Upsample(2x3, linear) [1, 3, 2]", up(scale_factor=(2, 3), mode="bilinear"))
    plain("Upsample(2x2, linear, aligned) [1, 3, 2]", up(scale_factor=2, mode="bilinear", align_corners=True))
    plain("Upsample(2x2, cubic) [1, 3, 4]", up(scale_factor=2, mode="bicubic"))
    plain("Upsample(2x2x2, linear) [1, 2, 2, 3]", up(scale_factor=2, mode="trilinear"))
    plain("Resize(5x3, linear) [1, 3, 4]", up(size=(5, 3), mode="bilinear"))
    plain("Resize(2x3, nearest) [1, 5, 4]", up(size=(2, 3), mode="nearest"))
    plain("PixelShuffle(2) [4, 2, 3]", lambda x: F.pixel_shuffle(x, 2))
    plain("PixelUnshuffle(2) [1, 4, 2]", lambda x: F.pixel_unshuffle(x, 2))
    plain("ChannelShuffle(2) [4, 3]", lambda x: x.reshape(-1, 2, 2, 3).transpose(1, 2).reshape(-1, 4, 3))
    plain("Identity [3]", lambda x: x * 1)


def rms_norm(x, axes, scale):
    """torch.nn.functional.rms_norm by its formula, which PyTorch before 2.4 lacks."""
    y = x * torch.rsqrt(x.pow(2).mean(tuple(range(-axes, 0)), keepdim=True) + 1e-6)
    return y if scale is None else y * scale


def normalizations():
    both = {"scale": (4,), "bias": (4,)}
    group = lambda x, p: F.group_norm(x, 2, p.get("scale"), p.get("bias"))
    case("GroupNorm(2) [4]", group, both)
    case("GroupNorm(2) [4, 3]", group, both)
    case("GroupNorm(2) [4, 2, 3]", group, both)
    case("GroupNorm(2, not affine) [4, 1, 2, 2]", group)
    case("InstanceNorm [2, 4]", lambda x, p: F.instance_norm(x))
    case("InstanceNorm [2, 2, 3]", lambda x, p: F.instance_norm(x))
    case("InstanceNorm(affine) [2, 2, 1, 3]", lambda x, p: F.instance_norm(x, weight=p["scale"], bias=p["bias"]), {"scale": (2,), "bias": (2,)})
    case("RmsNorm [4]", lambda x, p: rms_norm(x, 1, p["scale"]), {"scale": (4,)})
    case("RmsNorm(2 axes) [2, 3]", lambda x, p: rms_norm(x, 2, p["scale"]), {"scale": (2, 3)})
    case("RmsNorm(not affine) [4]", lambda x, p: rms_norm(x, 1, None))
    case("LocalResponseNorm(3) [4, 2, 2]", lambda x, p: F.local_response_norm(x, 3))
    case("LocalResponseNorm(2) [3, 4]", lambda x, p: F.local_response_norm(x, 2))
    case("LayerNorm [2, 4]", lambda x, p: F.layer_norm(x, (4,), p["scale"], p["bias"]), both)
    case("LayerNorm(2 axes) [2, 4]", lambda x, p: F.layer_norm(x, (2, 4), p["scale"], p["bias"]), {"scale": (2, 4), "bias": (2, 4)})
    for name, n in [("BatchNorm [3]", 3), ("BatchNorm [2, 2, 3]", 2)]:
        state = {"mean": draw(n), "variance": 1 + draw(n).abs()}
        affine = {"scale": (n,), "bias": (n,)}
        case(name, lambda x, p: F.batch_norm(x, state["mean"], state["variance"], p["scale"], p["bias"]), affine, state)
        mean, variance = state["mean"].clone(), state["variance"].clone()

        def learn(x, p):
            return F.batch_norm(x, mean, variance, p["scale"], p["bias"], training=True), {"mean": mean, "variance": variance}

        case(name, learn, affine, state, batch=3, training=True)


def weights():
    norm = torch._weight_norm
    case(
        "WeightNorm(Dense(3)) [4]", lambda x, p: F.linear(x, norm(p["weight/direction"].t(), p["weight/length"][:, None], 0), p["bias"]),
        {"weight/direction": (4, 3), "weight/length": (3,), "bias": (3,)},
    )
    case(
        "WeightNorm(Conv2D(2, 2x2)) [2, 3, 3]",
        lambda x, p: F.conv2d(x, norm(p["weight/direction"], p["weight/length"][:, None, None, None], 0), p["bias"]),
        {"weight/direction": (2, 2, 2, 2), "weight/length": (2,), "bias": (2,)},
    )
    for name, module, weight, turned in [
        ("SpectralNorm(Dense(3)) [4]", torch.nn.Linear(4, 3), (4, 3), lambda w: w.t()),
        ("SpectralNorm(Conv2D(2, 2x2)) [2, 3, 3]", torch.nn.Conv2d(2, 2, 2), (2, 2, 2, 2), lambda w: w),
    ]:
        outputs = module.bias.shape[0]
        module = torch.nn.utils.parametrizations.spectral_norm(module)
        part = module.parametrizations.weight[0]
        vectors = lambda: {"vectors/weight/left": part._u.clone(), "vectors/weight/right": part._v.clone()}
        for training in [True, False]:
            before = vectors()
            module.train(training)

            def run(x, p):
                w = turned(p["weight"])
                # The parametrization alone, so that derivatives are those of p.
                scaled = part(w)
                y = F.linear(x, scaled, p["bias"]) if w.dim() == 2 else F.conv2d(x, scaled, p["bias"])
                return y, vectors()

            case(name, run, {"weight": weight, "bias": (outputs,)}, before, training=training)


def activations():
    functions = {
        "linear": lambda x: x * 1, "relu": F.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "gelu": F.gelu, "geluTanh": lambda x: F.gelu(x, approximate="tanh"),
        "silu": F.silu, "softplus": F.softplus, "mish": F.mish, "selu": F.selu, "relu6": F.relu6, "hardSigmoid": F.hardsigmoid,
        "hardTanh": F.hardtanh, "softsign": F.softsign, "tanhshrink": F.tanhshrink, "softmax": lambda x: F.softmax(x, -1),
        "logSoftmax": lambda x: F.log_softmax(x, -1), "leakyRelu(0.1)": lambda x: F.leaky_relu(x, 0.1), "elu(0.5)": lambda x: F.elu(x, 0.5),
        "celu(0.5)": lambda x: F.celu(x, 0.5), "hardSwish": F.hardswish, "logSigmoid": F.logsigmoid, "softmin": lambda x: F.softmin(x, -1),
        "hardshrink(0.5)": F.hardshrink, "softshrink(0.5)": F.softshrink, "threshold(0.1, 20)": lambda x: F.threshold(x, 0.1, 20.0),
        "hardTanh(-0.5, 2)": lambda x: F.hardtanh(x, -0.5, 2.0), "softplus(2)": lambda x: F.softplus(x, beta=2),
    }
    for name, f in functions.items():
        case(f"{name} [5]", lambda x, p: f(x))
    case("softmax(axis -3) [3, 2, 2]", lambda x, p: torch.nn.Softmax2d()(x))
    case("Glu [2, 4]", lambda x, p: F.glu(x, -1))
    case("Glu(axis -2) [4, 3]", lambda x, p: F.glu(x, -2))
    case("PRelu(one slope) [2, 3]", lambda x, p: F.prelu(x, p["slope"]), {"slope": (1,)})
    case("PRelu(per channel) [3]", lambda x, p: F.prelu(x, p["slope"]), {"slope": (3,)})
    case("PRelu(per channel) [2, 2, 2]", lambda x, p: F.prelu(x, p["slope"]), {"slope": (2,)})
    case("RRelu(0.1, 0.3) [5]", lambda x, p: F.rrelu(x, 0.1, 0.3))


def more_poolings():
    case(
        "MaxPool2D(3x2, stride 1x2, padding 1, dilation 2x1) [2, 6, 5]",
        lambda x, p: F.max_pool2d(x, (3, 2), (1, 2), 1, (2, 1)),
    )
    case("MaxPool1D(3, stride 1, dilation 2) [2, 7]", lambda x, p: F.max_pool1d(x, 3, 1, dilation=2))
    case(
        "AveragePool2D(3x2, stride 2, padding 1, padding not counted) [2, 5, 4]",
        lambda x, p: F.avg_pool2d(x, (3, 2), 2, 1, count_include_pad=False),
    )
    # Same: six inputs with stride 2 are padded by one behind, which ceil_mode does without counting it.
    case("AveragePool1D(3, stride 2, same, padding not counted) [2, 6]", lambda x, p: F.avg_pool1d(x, 3, 2, ceil_mode=True, count_include_pad=False))


def more_normalizations():
    for name, n in [("BatchNorm(not affine) [3, 2]", 3), ("BatchNorm(not affine) [2]", 2)]:
        state = {"mean": draw(n), "variance": 1 + draw(n).abs()}
        case(name, lambda x, p: F.batch_norm(x, state["mean"], state["variance"]), {}, state)
        mean, variance = state["mean"].clone(), state["variance"].clone()
        case(name, lambda x, p: (F.batch_norm(x, mean, variance, training=True), {"mean": mean, "variance": variance}), {}, state, batch=3, training=True)
    for name, affine in [("InstanceNorm(affine, running statistics) [2, 3]", {"scale": (2,), "bias": (2,)}), ("InstanceNorm(running statistics) [3, 2, 2]", {})]:
        n = int(re.search(r"\[(\d)", name).group(1))
        state = {"mean": draw(n), "variance": 1 + draw(n).abs()}
        case(
            name,
            lambda x, p: F.instance_norm(x, state["mean"], state["variance"], p.get("scale"), p.get("bias"), use_input_stats=False),
            affine, state,
        )
        running = {k: v.clone() for k, v in state.items()}

        def learn(x, p):
            y = F.instance_norm(x, running["mean"], running["variance"], p.get("scale"), p.get("bias"), use_input_stats=True, momentum=0.1)
            return y, running

        case(name, learn, affine, state, batch=3, training=True)


def ceilings():
    """Pooling whose number of windows is rounded up. The last parts, so that the draws of the ones before stay."""
    plain = lambda name, f: case(name, lambda x, p: f(x))
    plain("MaxPool1D(2, ceiling) [2, 5]", lambda x: F.max_pool1d(x, 2, ceil_mode=True))
    plain(
        "MaxPool2D(3x2, stride 2x3, padding 1, dilation 1x2, ceiling) [2, 6, 5]",
        lambda x: F.max_pool2d(x, (3, 2), (2, 3), 1, (1, 2), ceil_mode=True),
    )
    plain("MaxPool3D(2, ceiling) [1, 3, 2, 3]", lambda x: F.max_pool3d(x, 2, ceil_mode=True))
    plain("AveragePool1D(3, stride 2, ceiling) [2, 6]", lambda x: F.avg_pool1d(x, 3, 2, ceil_mode=True))
    plain("AveragePool2D(3x2, stride 2x3, padding 1, ceiling) [2, 6, 5]", lambda x: F.avg_pool2d(x, (3, 2), (2, 3), 1, ceil_mode=True))
    plain(
        "AveragePool3D(3x2x2, stride 2, padding 1, ceiling, padding not counted) [1, 4, 2, 3]",
        lambda x: F.avg_pool3d(x, (3, 2, 2), 2, 1, ceil_mode=True, count_include_pad=False),
    )


for part in [dense, convolutions, poolings, shapes, normalizations, weights, activations, more_poolings, more_normalizations, ceilings]:
    part()

path = pathlib.Path(__file__).with_name("layer_table.json")
lines = [f"{json.dumps(name)}:{json.dumps(c, separators=(',', ':'))}" for name, c in cases.items()]
path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
print(f"{len(cases)} cases, {path.stat().st_size} bytes")

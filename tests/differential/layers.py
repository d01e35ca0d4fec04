"""Writes layers.json: what PyTorch computes for DeepFun's layers and losses.

Run by hand (python3 tests/differential/layers.py) where PyTorch is installed; the file is committed, so that the tests need no Python.
Everything is computed in float64 from inputs of few digits. Weights and gradients are in DeepFun's layout: a dense weight is [in, out].
Each case has tensors by name; `ct` is the cotangent that the gradients `d…` belong to.
"""

import json
import pathlib

import torch
import torch.nn.functional as F

torch.manual_seed(20240611)
torch.set_default_dtype(torch.float64)
cases = {}


def draw(*shape, scale=1.0):
    """Normal numbers of three decimals: exact in the file."""
    return torch.round(torch.randn(*shape) * scale * 1000) / 1000


def tensor(t):
    t = t.detach()
    values = t.flatten().tolist()
    if t.dtype.is_floating_point:
        values = [float(f"{v:.12g}") for v in values]
    return {"shape": list(t.shape), "values": values}


def case(name, **tensors):
    cases[name] = {key: tensor(t) for key, t in tensors.items()}


def leaf(t):
    return t.clone().requires_grad_(True)


def dense():
    x, w, b, ct = leaf(draw(4, 5)), leaf(draw(5, 3)), leaf(draw(3)), draw(4, 3)
    y = F.linear(x, w.t(), b)
    y.backward(ct)
    case("dense", x=x, weight=w, bias=b, ct=ct, y=y, dx=x.grad, dweight=w.grad, dbias=b.grad)


def convolution(name, f, xs, ws, **options):
    x, w, b = leaf(draw(*xs)), leaf(draw(*ws, scale=0.3)), leaf(draw(ws[0]))
    y = f(x, w, b, **options)
    ct = draw(*y.shape)
    y.backward(ct)
    case(name, x=x, weight=w, bias=b, ct=ct, y=y, dx=x.grad, dweight=w.grad, dbias=b.grad)


def convolutions():
    convolution("conv1d", F.conv1d, (2, 3, 7), (4, 3, 3), stride=2, padding=1)
    convolution("conv2d", F.conv2d, (2, 2, 5, 6), (3, 2, 3, 3))
    convolution("conv2d stride padding", F.conv2d, (2, 2, 6, 5), (2, 2, 3, 2), stride=(2, 1), padding=(1, 0))
    convolution("conv2d groups", F.conv2d, (1, 4, 5, 5), (6, 2, 3, 3), padding=1, groups=2)
    convolution("conv2d dilation", F.conv2d, (1, 2, 7, 7), (2, 2, 3, 3), dilation=2)
    convolution("conv2d same", F.conv2d, (1, 2, 5, 4), (2, 2, 4, 3), padding="same")
    convolution("conv3d", F.conv3d, (1, 2, 4, 3, 5), (2, 2, 2, 3, 2), stride=(1, 1, 2), padding=(0, 1, 1))


def pooling(name, f, xs):
    x = leaf(draw(*xs))
    y = f(x)
    ct = draw(*y.shape)
    y.backward(ct)
    case(name, x=x, ct=ct, y=y, dx=x.grad)


def poolings():
    pooling("max pool", lambda x: F.max_pool2d(x, 2), (2, 2, 5, 4))
    pooling("max pool padding", lambda x: F.max_pool2d(x, 3, stride=2, padding=1), (2, 2, 5, 6))
    pooling("average pool", lambda x: F.avg_pool2d(x, 2), (2, 2, 4, 5))
    pooling("average pool padding", lambda x: F.avg_pool2d(x, 3, stride=2, padding=1), (2, 2, 5, 6))


def batch_norm(name, shape):
    norm = torch.nn.BatchNorm1d(shape[1]) if len(shape) < 4 else torch.nn.BatchNorm2d(shape[1])
    scale, bias = draw(shape[1]), draw(shape[1])
    with torch.no_grad():
        norm.weight.copy_(scale)
        norm.bias.copy_(bias)
    first, x, ct = draw(*shape), leaf(draw(*shape) * 2 + 1), draw(*shape)
    norm(first)
    y = norm(x)
    norm.zero_grad()
    y.backward(ct)
    case(
        name, first=first, x=x, scale=scale, bias=bias, ct=ct, y=y, dx=x.grad, dscale=norm.weight.grad, dbias=norm.bias.grad,
        mean=norm.running_mean, variance=norm.running_var,
    )
    norm.eval()
    norm.zero_grad()
    z = leaf(draw(*shape))
    y = norm(z)
    y.backward(ct)
    case(
        name + " evaluation", x=z, scale=scale, bias=bias, ct=ct, mean=norm.running_mean, variance=norm.running_var, y=y,
        dx=z.grad, dscale=norm.weight.grad, dbias=norm.bias.grad,
    )


def layer_norm():
    x, scale, bias, ct = leaf(draw(3, 2, 4)), leaf(draw(2, 4)), leaf(draw(2, 4)), draw(3, 2, 4)
    y = F.layer_norm(x, (2, 4), scale, bias)
    y.backward(ct)
    case("layer norm", x=x, scale=scale, bias=bias, ct=ct, y=y, dx=x.grad, dscale=scale.grad, dbias=bias.grad)


def loss(name, p, t, f):
    """f gives the loss of each element (or example); the gradient is that of the mean."""
    p = leaf(p)
    each = f(p, t)
    each.mean().backward()
    case(name, p=p, t=t, y=each.reshape(p.shape[0], -1).mean(1), dp=p.grad)


def losses():
    loss("mse", draw(4, 3), draw(4, 3), lambda p, t: F.mse_loss(p, t, reduction="none"))
    loss("mae", draw(4, 3), draw(4, 3), lambda p, t: F.l1_loss(p, t, reduction="none"))
    loss("huber", draw(4, 3) * 2, draw(4, 3), lambda p, t: F.huber_loss(p, t, reduction="none", delta=0.7))
    loss(
        "bce", torch.cat([draw(4, 3) * 3, torch.tensor([[900.0, -900.0, 40.0]])]), torch.round(torch.rand(5, 3) * 10) / 10,
        lambda p, t: F.binary_cross_entropy_with_logits(p, t, reduction="none"),
    )
    loss("sparse ce", draw(5, 4) * 3, torch.tensor([0, 3, 1, 1, 2]), lambda p, t: F.cross_entropy(p, t, reduction="none"))
    loss(
        "categorical ce", draw(5, 4) * 3, torch.round(torch.softmax(draw(5, 4), 1) * 1000) / 1000,
        lambda p, t: F.cross_entropy(p, t, reduction="none"),
    )


def activations():
    functions = {
        "relu": F.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "gelu": F.gelu, "silu": F.silu, "softplus": F.softplus,
        "leakyRelu(0.1)": lambda x: F.leaky_relu(x, 0.1), "elu(0.5)": lambda x: F.elu(x, 0.5),
        "geluTanh": lambda x: F.gelu(x, approximate="tanh"),
        "softmax": lambda x: F.softmax(x, -1), "logSoftmax": lambda x: F.log_softmax(x, -1),
    }
    for name, f in functions.items():
        x, ct = leaf(draw(3, 4) * 2), draw(3, 4)
        y = f(x)
        y.backward(ct)
        case(name, x=x, ct=ct, y=y, dx=x.grad)


dense()
convolutions()
poolings()
batch_norm("batch norm", (6, 3))
batch_norm("batch norm images", (3, 2, 2, 3))
layer_norm()
losses()
activations()

target = pathlib.Path(__file__).with_name("layers.json")
lines = [f"  {json.dumps(name)}: {json.dumps(tensors)}" for name, tensors in cases.items()]
target.write_text("{\n" + ",\n".join(lines) + "\n}\n")

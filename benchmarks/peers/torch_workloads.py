#!/usr/bin/env python3
"""The workloads as PyTorch users write them, timed on request: a line `NAME SECONDS` in, the median of single calls in milliseconds out.

`name/variant` is another way that a user could choose for the same. Data and models are random: no value of them changes the time.

Needs: python3-torch (Debian).
"""

import argparse
import os
import statistics
import sys
import time

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--threads", type=int, default=2, help="threads of one operation")
options = parser.parse_args()
# Read when PyTorch is loaded. OpenBLAS has threads of its own, which fight with PyTorch's: one each is the best setting for training steps.
os.environ["OMP_NUM_THREADS"] = str(options.threads)

try:
    import torch
    import torch.nn.functional as F
    from torch import nn
except ImportError:
    print("none", flush=True)
    sys.exit()

torch.set_num_threads(options.threads)


def perceptron():
    return nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))


def convolutional():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3), nn.ReLU(), nn.Flatten(),
        nn.Linear(576, 64), nn.ReLU(), nn.Linear(64, 10),
    )


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.LSTM(32, 128, batch_first=True), nn.Linear(128, 10)

    def forward(self, x):
        return self.out(self.rnn(x)[0][:, -1])


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = nn.TransformerEncoderLayer(128, 4, 512, dropout=0.0, batch_first=True, norm_first=True)
        self.out = nn.Linear(128, 10)

    def forward(self, x):
        return self.out(self.block(x).mean(1))


def batch(*shape):
    return torch.randn(*shape), torch.randint(0, 10, (shape[0],))


def trainer(model, x, y, **adam):
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, **adam)

    def step():
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(model(x), y).backward()
        optimizer.step()

    return step


def training(model, *shape):
    def make(variant):
        x, y = batch(*shape)
        if variant == "jit_trace":
            return trainer(torch.jit.trace(model(), x), x, y)
        if variant == "channels_last":
            layout = torch.channels_last
            return trainer(model().to(memory_format=layout), x.to(memory_format=layout), y)
        return trainer(model(), x, y, **({"foreach": True} if variant == "adam_foreach" else {}))

    return make


def hvp(variant):
    x, y = batch(64, 784)
    model = perceptron()
    parameters = list(model.parameters())
    direction = [torch.randn_like(p) for p in parameters]
    if variant == "functorch_jvp_grad":
        import functorch

        f, fp = functorch.make_functional(model)

        def loss(p):  # forward mode has no rule for nll_loss_backward in this version
            z = f(p, x)
            return (z.logsumexp(1) - z.gather(1, y[:, None])[:, 0]).mean()

        return lambda: functorch.jvp(functorch.grad(loss), (fp,), (tuple(direction),))

    def reverse_over_reverse():
        gradient = torch.autograd.grad(F.cross_entropy(model(x), y), parameters, create_graph=True)
        return torch.autograd.grad(gradient, parameters, direction)

    return reverse_over_reverse


def hessian(variant):
    import functorch

    a, x = torch.randn(100, 100), torch.randn(100)
    f = lambda x: (x.sin() * (-x * x).exp()).sum() + (x * (a @ x)).sum()
    of = torch.autograd.functional.hessian
    return {
        "vectorize": lambda: of(f, x, vectorize=True),
        "vectorize_fwd": lambda: of(f, x, vectorize=True, outer_jacobian_strategy="forward-mode"),
        "functorch": lambda: functorch.hessian(f)(x),
    }[variant]


def per_example_grads(variant):
    import functorch

    x, y = batch(64, 784)
    f, fp = functorch.make_functional(perceptron())
    of_each = functorch.vmap(functorch.grad(lambda p, a, b: F.cross_entropy(f(p, a[None]), b[None])), (None, 0, 0))
    return lambda: of_each(fp, x, y)


def jacobian(variant):
    import functorch

    f = nn.Sequential(nn.Linear(128, 128), nn.Tanh(), nn.Linear(128, 128), nn.Tanh()).requires_grad_(False)
    x = torch.randn(128)
    return {
        "vectorize": lambda: torch.autograd.functional.jacobian(f, x, vectorize=True),
        "functorch_jacrev": lambda: functorch.jacrev(f)(x),
        "functorch_jacfwd": lambda: functorch.jacfwd(f)(x),
    }[variant]


def inference(call):
    def run():
        with torch.inference_mode():
            call()

    return run


def prediction(model, *shape):
    def make(variant):
        x, _ = batch(*shape)
        net = model().eval()
        if variant == "jit_frozen":
            net = torch.jit.freeze(torch.jit.trace(net, x))
        return inference(lambda: net(x))

    return make


def elementwise_chain(variant):
    x = torch.randn(1_000_000)
    chain = lambda x: torch.tanh(1.5 * x + 0.5) * torch.sigmoid(x) + x
    call = torch.jit.trace(chain, x) if variant == "jit_trace" else chain
    return inference(lambda: call(x))


def gelu(variant):
    x = torch.randn(1_000_000)
    return inference(lambda: F.gelu(x))


def product(n):
    def make(variant):
        a, b, c = torch.randn(n, n), torch.randn(n, n), torch.empty(n, n)
        return lambda: torch.mm(a, b, out=c)

    return make


CALLS = 1000


def small_ops(variant):
    a, b = torch.randn(10), torch.randn(10)

    def add():
        for _ in range(CALLS):
            a + b

    def inplace():
        for _ in range(CALLS):
            a.add_(b, alpha=1e-9)

    return inplace if variant == "inplace" else add


def small_ops_grad_backward(variant):
    w, b = torch.randn(10, requires_grad=True), torch.randn(10)

    def run():
        y = w
        for _ in range(CALLS):
            y = y + b
        y.sum().backward()
        w.grad = None

    return run


WORKLOADS = {
    "mlp_step": training(perceptron, 64, 784),
    "cnn_step": training(convolutional, 64, 1, 28, 28),
    "lstm_step": training(Recurrent, 32, 64, 32),
    "attention_step": training(Encoder, 16, 64, 128),
    "hvp": hvp,
    "hessian": hessian,
    "per_example_grads": per_example_grads,
    "jacobian": jacobian,
    "predict_mlp": prediction(perceptron, 1, 784),
    "predict_cnn": prediction(convolutional, 1, 1, 28, 28),
    "elementwise_chain": elementwise_chain,
    "gelu": gelu,
    **{f"gemm_{n}": product(n) for n in (256, 512, 1024, 2048)},
    "small_ops": small_ops,
    "small_ops_grad_backward": small_ops_grad_backward,
}
INNER = {"small_ops": CALLS, "small_ops_grad_backward": CALLS}


def median_milliseconds(call, seconds):
    times = []
    end = time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3


def main():
    calls = {}
    print(f"PyTorch {torch.__version__}", flush=True)
    for line in sys.stdin:
        request, seconds = line.split()
        name, _, variant = request.partition("/")
        if request not in calls:
            calls[request] = WORKLOADS[name](variant)
            for _ in range(5):  # functorch and the tracing compiler specialise in the first calls
                calls[request]()
        print(median_milliseconds(calls[request], float(seconds)) / INNER.get(name, 1), flush=True)


if __name__ == "__main__":
    main()

"""Writes what PyTorch's optimizers do with recorded gradients: the fixture of tests/DeepFun.Core.Tests/Optimizers/PyTorchTests.fs.

Run: python3 tests/differential/optimizers.py > tests/DeepFun.Core.Tests/Optimizers/pytorch.json
Everything is computed in float64; gradients and first parameters are float32 numbers, so that both precisions start alike.
"""

import json
import math

import torch

STEPS = 100
EVERY = 10
generator = torch.Generator().manual_seed(20240607)
SHAPES = {"weight": (2, 2), "bias": (3,)}


def numbers(tensor):
    return [float(f"{x:.17g}") for x in tensor.flatten().tolist()]


def random(shape):
    # Three decimals keep the file small; float32 rounds them once, here.
    values = torch.randn(shape, generator=generator, dtype=torch.float64)
    return (values * 1000).round().div(1000).float().double()


def recorded():
    start = {name: (random(shape) + 2.0).float().double() for name, shape in SHAPES.items()}
    gradients = []
    for step in range(STEPS):
        g = {name: random(shape) * (1.0 if step % 7 else 4.0) for name, shape in SHAPES.items()}
        g["weight"][0, 0] += 1.0  # a steady slope
        g["bias"][1] = 0.0  # a weight that never learns
        g["bias"][2] *= 0.0009765625  # small gradients, where epsilon shows
        if step < 20:
            g["weight"][1, 1] = 0.0  # one that learns late
        gradients.append({name: t.float().double() for name, t in g.items()})
    return start, gradients


CASES = {
    "sgd": lambda w, b: torch.optim.SGD([w, b], lr=0.01),
    "sgd L2": lambda w, b: torch.optim.SGD([w, b], lr=0.01, weight_decay=0.1),
    "momentum": lambda w, b: torch.optim.SGD([w, b], lr=0.01, momentum=0.9),
    "nesterov": lambda w, b: torch.optim.SGD([w, b], lr=0.01, momentum=0.9, nesterov=True),
    "rmsprop": lambda w, b: torch.optim.RMSprop([w, b], lr=0.01),
    "rmsprop centered momentum": lambda w, b: torch.optim.RMSprop([w, b], lr=0.003, alpha=0.9, momentum=0.5, centered=True),
    "adam": lambda w, b: torch.optim.Adam([w, b], lr=0.01),
    "adam options": lambda w, b: torch.optim.Adam([w, b], lr=0.02, betas=(0.8, 0.95), eps=1e-3),
    "adam cosine": lambda w, b: torch.optim.Adam([w, b], lr=0.01),
    "adamW": lambda w, b: torch.optim.AdamW([w, b], lr=0.01),
    "adamW masked": lambda w, b: torch.optim.AdamW(
        [{"params": [w], "weight_decay": 0.2}, {"params": [b], "weight_decay": 0.0}], lr=0.01
    ),
}


def schedule(optimizer, name):
    if name == "adam cosine":
        return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=STEPS, eta_min=0.001)
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)


def run(name, start, gradients):
    parameters = {n: t.clone().requires_grad_() for n, t in start.items()}
    optimizer = CASES[name](parameters["weight"], parameters["bias"])
    scheduler = schedule(optimizer, name)
    found = []
    for step, gradient in enumerate(gradients):
        for n, p in parameters.items():
            p.grad = gradient[n].clone()
        optimizer.step()
        scheduler.step()
        if (step + 1) % EVERY == 0:
            found.append({n: numbers(p.detach()) for n, p in parameters.items()})
    return found


def rates():
    """What PyTorch's schedulers give at the steps 0 … 29."""
    makers = {
        "step": lambda o: torch.optim.lr_scheduler.StepLR(o, step_size=7, gamma=0.3),
        "exponential": lambda o: torch.optim.lr_scheduler.ExponentialLR(o, gamma=0.9),
        "cosine": lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, T_max=29, eta_min=0.01),
        "linear": lambda o: torch.optim.lr_scheduler.LinearLR(o, start_factor=0.25, end_factor=1.0, total_iters=12),
    }
    out = {}
    for name, make in makers.items():
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
        scheduler = make(optimizer)
        out[name] = []
        for _ in range(30):
            out[name].append(scheduler.get_last_lr()[0])
            optimizer.step()
            scheduler.step()
    return out


start, gradients = recorded()
fixture = {
    "source": f"PyTorch {torch.__version__}, float64, tests/differential/optimizers.py",
    "every": EVERY,
    "start": {n: numbers(t) for n, t in start.items()},
    "gradients": [{n: numbers(t) for n, t in g.items()} for g in gradients],
    "cases": {name: run(name, start, gradients) for name in CASES},
    "rates": rates(),
}
assert all(math.isfinite(x) for c in fixture["cases"].values() for s in c for v in s.values() for x in v)
print(json.dumps(fixture).replace("}, {", "},\n{"))

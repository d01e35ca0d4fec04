"""Writes what PyTorch's optimizers and schedulers do: the fixture of tests/DeepFun.Core.Tests/Optimizers/FamilyTests.fs.

Run: python3 tests/reference/torch_optimizers.py > tests/DeepFun.Core.Tests/Optimizers/family.json
Everything is float64. The tests do not need Python.
"""

import inspect
import json
import math

import torch
import torch.optim.nadam as nadam

STEPS = 100
EVERY = 25
SHAPES = {"scalar": (), "vector": (3,), "matrix": (2, 3), "kernel": (2, 1, 2, 2)}
generator = torch.Generator().manual_seed(20261126)

# PyTorch 1.13 multiplies the product of NAdam's momenta up to the next step by the present one twice; later versions do not.
source = inspect.getsource(nadam._single_tensor_nadam)
if "mu_product * mu * mu_next" in source:
    exec(source.replace("mu_product * mu * mu_next", "mu_product * mu_next"), nadam.__dict__)


def numbers(tensor):
    return [float(f"{x:.15g}") for x in tensor.flatten().tolist()]


def random(shape):
    # Three decimals keep the file small.
    return (torch.randn(shape, generator=generator, dtype=torch.float64) * 1000).round().div(1000)


def recorded():
    start = {name: random(shape) for name, shape in SHAPES.items()}
    gradients = []
    for step in range(STEPS):
        g = {name: random(shape) * (1.0 if step % 7 else 4.0) for name, shape in SHAPES.items()}
        g["matrix"][0, 0] += 1.0  # a steady slope
        g["vector"][1] = 0.0  # a weight that never learns
        g["vector"][2] *= 0.0009765625  # small gradients, where epsilon shows
        if step < 20:
            g["matrix"][1, 1] = 0.0  # one that learns late
        gradients.append(g)
    return start, gradients


O = torch.optim
CASES = {
    "adaGrad": lambda p: O.Adagrad(p, lr=0.05),
    "adaGrad options": lambda p: O.Adagrad(p, lr=0.1, lr_decay=0.02, weight_decay=0.1, initial_accumulator_value=0.2, eps=1e-3),
    "adaDelta": lambda p: O.Adadelta(p),
    "adaDelta options": lambda p: O.Adadelta(p, lr=0.5, rho=0.8, eps=1e-4, weight_decay=0.05),
    "amsGrad": lambda p: O.Adam(p, lr=0.01, amsgrad=True),
    "amsGrad L2": lambda p: O.Adam(p, lr=0.02, betas=(0.8, 0.9), eps=1e-4, weight_decay=0.1, amsgrad=True),
    "amsGrad decoupled": lambda p: O.AdamW(p, lr=0.02, betas=(0.8, 0.9), weight_decay=0.1, amsgrad=True),
    "adaMax": lambda p: O.Adamax(p),
    "adaMax options": lambda p: O.Adamax(p, lr=0.02, betas=(0.7, 0.95), eps=1e-3, weight_decay=0.1),
    "nAdam": lambda p: O.NAdam(p),
    "nAdam options": lambda p: O.NAdam(p, lr=0.02, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.1, momentum_decay=0.05),
    "rAdam": lambda p: O.RAdam(p, lr=0.01),
    "rAdam options": lambda p: O.RAdam(p, lr=0.02, betas=(0.8, 0.9), eps=1e-4, weight_decay=0.1),
    "rAdam short": lambda p: O.RAdam(p, lr=0.02, betas=(0.8, 0.5)),
    "rprop": lambda p: O.Rprop(p),
    "rprop options": lambda p: O.Rprop(p, lr=0.05, etas=(0.3, 1.5), step_sizes=(0.01, 0.2)),
    "rmsprop L2": lambda p: O.RMSprop(p, lr=0.01, alpha=0.9, weight_decay=0.1, momentum=0.3, centered=True),
    "adam L2": lambda p: O.Adam(p, lr=0.01, weight_decay=0.1),
    "nesterov L2": lambda p: O.SGD(p, lr=0.01, momentum=0.8, weight_decay=0.1, nesterov=True),
}


def run(name, start, gradients):
    parameters = {n: t.clone().requires_grad_() for n, t in start.items()}
    optimizer = CASES[name](list(parameters.values()))
    found = []
    for step, gradient in enumerate(gradients):
        for n, p in parameters.items():
            p.grad = gradient[n].clone()
        optimizer.step()
        if (step + 1) % EVERY == 0:
            found.append({n: numbers(p.detach()) for n, p in parameters.items()})
    return found


def rosenbrock(a, b):
    return 100 * ((b - a**2) ** 2).sum() + ((1 - a) ** 2).sum()


def bowl(a, b):
    return (2 * torch.cosh(a - 1)).log().sum() + 3 * (torch.exp(0.3 * b) - b).sum() + 0.5 * (a.sum() - b.sum()) ** 2


def lbfgs(f, steps, **options):
    a = torch.tensor([-1.2, 0.5], dtype=torch.float64, requires_grad=True)
    b = torch.tensor([1.0, -0.3], dtype=torch.float64, requires_grad=True)
    optimizer = O.LBFGS([a, b], max_iter=1, max_eval=100, tolerance_grad=0, **options)

    def closure():
        optimizer.zero_grad()
        loss = f(a, b)
        loss.backward()
        return loss

    found = []
    for _ in range(steps):
        optimizer.step(closure)
        found.append(numbers(torch.cat([a, b]).detach()))
    return found


def rates():
    S = O.lr_scheduler
    makers = {
        "multiStep": lambda o: S.MultiStepLR(o, [5, 6, 20], gamma=0.3),
        "polynomial": lambda o: S.PolynomialLR(o, total_iters=30, power=2.0),
        "restarts": lambda o: S.CosineAnnealingWarmRestarts(o, 7, 1, eta_min=0.01),
        "restarts doubling": lambda o: S.CosineAnnealingWarmRestarts(o, 3, 2, eta_min=0.01),
        "restarts tripling": lambda o: S.CosineAnnealingWarmRestarts(o, 2, 3),
        "oneCycle": lambda o: S.OneCycleLR(o, 0.4, total_steps=50, cycle_momentum=False),
        "oneCycle linear": lambda o: S.OneCycleLR(
            o, 0.4, total_steps=50, pct_start=0.25, anneal_strategy="linear", div_factor=10, final_div_factor=100, cycle_momentum=False
        ),
        "oneCycle three": lambda o: S.OneCycleLR(o, 0.4, total_steps=50, pct_start=0.31, cycle_momentum=False, three_phase=True),
        "triangular": lambda o: S.CyclicLR(o, 0.1, 0.5, 4, 7, cycle_momentum=False),
        "triangular2": lambda o: S.CyclicLR(o, 0.1, 0.5, 4, mode="triangular2", cycle_momentum=False),
        "exp_range": lambda o: S.CyclicLR(o, 0.1, 0.5, 4, 7, mode="exp_range", gamma=0.95, cycle_momentum=False),
        "sequential": lambda o: S.SequentialLR(
            o, [S.LinearLR(o, 0.25, 1.0, 10), S.ExponentialLR(o, 0.9)], milestones=[10]
        ),
    }
    out = {}
    for name, make in makers.items():
        optimizer = O.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
        scheduler = make(optimizer)
        out[name] = []
        for step in range(50):
            out[name].append(scheduler.get_last_lr()[0])
            optimizer.step()
            if step < 49:
                scheduler.step()
    return out


def plateau():
    """Losses, and the rates after each, from 1."""
    losses = [float(f"{2 * math.exp(-0.2 * min(t, 12)) + 0.02 * (t * 7 % 5):.4f}") for t in range(60)]
    out = {"losses": losses}
    for name, options in {"default": dict(patience=3), "options": dict(factor=0.5, patience=1, threshold=0.05, cooldown=2, min_lr=0.1)}.items():
        optimizer = O.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
        scheduler = O.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
        out[name] = []
        for loss in losses:
            scheduler.step(loss)
            out[name].append(optimizer.param_groups[0]["lr"])
    return out


start, gradients = recorded()
fixture = {
    "source": f"PyTorch {torch.__version__}, float64, tests/reference/torch_optimizers.py",
    "every": EVERY,
    "start": {n: numbers(t) for n, t in start.items()},
    "gradients": [{n: numbers(t) for n, t in g.items()} for g in gradients],
    "cases": {name: run(name, start, gradients) for name in CASES},
    "lbfgs": {
        "rosenbrock": lbfgs(rosenbrock, 30, lr=1, history_size=5, line_search_fn="strong_wolfe"),
        "bowl": lbfgs(bowl, 12, lr=1, history_size=3, line_search_fn="strong_wolfe"),
        "bowl without": lbfgs(bowl, 12, lr=0.5, history_size=10),
    },
    "rates": rates(),
    "plateau": plateau(),
}
assert all(math.isfinite(x) for c in fixture["cases"].values() for s in c for v in s.values() for x in v)
print(json.dumps(fixture).replace("}, {", "},\n{").replace("], \"", "],\n\""))

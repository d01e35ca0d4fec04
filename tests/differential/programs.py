"""Answers questions about programs with PyTorch: a JSON line in, a JSON line out.

Question: {"nodes": […], "outputs": […]}; a node is [dtype, shape, values] or [operation, operands, whole parameters, fractional ones].
Answer: {"s": shapes of results, "y": results, "g": gradients, "h": second derivatives}, each a list of flat lists, or {"error": reason}.
The gradients are those of Σ weight · result in every floating leaf; the second derivatives are its Hessian times a fixed direction.
With "print" the answer is {"source": Python that computes the results}.
"""

import json
import math
import sys

try:
    import torch
except ImportError:
    sys.exit(1)

import operations

torch.set_num_threads(1)
WEIGHTS, DIRECTIONS = {}, {}


def weight(k, n):
    if (k, n) not in WEIGHTS:
        WEIGHTS[k, n] = torch.tensor([((7 * j + 3 * k) % 11 - 5) / 4 + 0.125 for j in range(n)], dtype=torch.float64)
    return WEIGHTS[k, n]


def direction(k, n):
    if (k, n) not in DIRECTIONS:
        DIRECTIONS[k, n] = torch.tensor([((5 * j + 2 * k) % 7 - 3) / 4 + 0.125 for j in range(n)], dtype=torch.float64)
    return DIRECTIONS[k, n]


def numbers(t):
    t = t.detach().reshape(-1).double()
    # Some derivatives are zeros without memory.
    values = [0.0] * t.numel() if t._is_zerotensor() else t.tolist()
    return [v if math.isfinite(v) else ("NaN" if v != v else "Infinity" if v > 0 else "-Infinity") for v in values]


def leaf(dtype, shape, values):
    return torch.tensor([float(v) for v in values], dtype=torch.float64).to(getattr(torch, dtype)).reshape(shape)


def gradients(y, xs, create_graph):
    if not y.requires_grad:
        return [torch.zeros_like(x) for x in xs]
    found = torch.autograd.grad(y, xs, create_graph=create_graph, allow_unused=True)
    return [torch.zeros_like(x) if g is None else g for g, x in zip(found, xs)]


def answer(question, trace):
    """The trace collects the operations that were reached, to name the one that failed."""
    values, leaves = [], []
    for node in question["nodes"]:
        if len(node) == 3:
            t = leaf(*node)
            if t.dtype.is_floating_point:
                t.requires_grad_(True)
                leaves.append(t)
            values.append(t)
        else:
            operation, operands, ints, floats = node
            trace.append(operation)
            values.append(operations.function(operation)([values[k] for k in operands], ints, [float(f) for f in floats]))
    results = [values[k] for k in question["outputs"]]
    total = torch.zeros((), dtype=torch.float64)
    for k, y in enumerate(results):
        if y.dtype.is_floating_point:
            total = total + (y.double().reshape(-1) * weight(k, y.numel())).sum()
    first = gradients(total, leaves, True)
    slope = torch.zeros((), dtype=torch.float64)
    for k, (g, x) in enumerate(zip(first, leaves)):
        slope = slope + (g * direction(k, x.numel()).to(x.dtype).reshape(x.shape)).double().sum()
    second = gradients(slope, leaves, False)
    shapes = [list(y.shape) for y in results]
    return {"s": shapes, "y": [numbers(y) for y in results], "g": [numbers(g) for g in first], "h": [numbers(h) for h in second]}


def printed(question):
    lines = ["import torch, torch.nn.functional as F", "from operations import *"]
    for n, node in enumerate(question["nodes"]):
        if len(node) == 3:
            dtype, shape, values = node
            values = ", ".join(operations.number(v) for v in values)
            lines.append(f"t{n} = torch.tensor([{values}], dtype=torch.{dtype}).reshape({shape})")
        else:
            lines.append(f"t{n} = {operations.source(node, [f't{k}' for k in node[1]])}")
    lines.append("print(" + ", ".join(f"t{k}" for k in question["outputs"]) + ")")
    return {"source": "\n".join(lines)}


def main():
    print(json.dumps({"torch": torch.__version__}), flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        if "print" in question:
            reply = printed(question)
        else:
            trace = []
            try:
                reply = answer(question, trace)
            except (RuntimeError, IndexError, ValueError, TypeError, ZeroDivisionError) as e:
                reply = {"error": f"{type(e).__name__} after {trace[-1]}: {str(e).splitlines()[0]}"}
        print(json.dumps(reply), flush=True)


main()

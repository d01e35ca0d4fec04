"""Writes what PyTorch's distributions say: the fixture of tests/DeepFun.Core.Tests/Distributions/PyTorchTests.fs.

Run: python3 tests/differential/distributions.py > tests/DeepFun.Core.Tests/Distributions/pytorch.json
Everything is computed in float64. A case has the parameters in the order of DeepFun's constructors, the values, their log probabilities,
the gradient of the sum of these in each parameter, and mean, variance, entropy and distribution function where PyTorch has them.
"""

import json

import torch
from torch import distributions as d

torch.set_default_dtype(torch.float64)
torch.distributions.Distribution.set_default_validate_args(False)


def mixture(logits, loc, scale):
    return d.MixtureSameFamily(d.Categorical(logits=logits), d.Normal(loc, scale))


CASES = [
    ("Normal", d.Normal, [[0.5, -2.0], [1.3, 0.4]], [[0.1, -2.5], [7.0, 3.0]]),
    ("Uniform", d.Uniform, [[-1.0, 0.0], [2.0, 0.5]], [[0.1, 0.25], [1.9, 0.4]]),
    ("Bernoulli", lambda x: d.Bernoulli(logits=x), [[0.3, -2.0, 8.0]], [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]),
    ("Categorical", lambda x: d.Categorical(logits=x), [[[0.3, -2.0, 8.0], [1.0, 1.0, 0.0]]], [[0, 2], [1, 1], [2, 0]]),
    ("Gamma", d.Gamma, [[2.5, 0.4, 300.0], [1.5, 2.0, 3.0]], [[0.3, 0.01, 90.0], [4.0, 1.0, 105.0]]),
    ("Beta", d.Beta, [[2.0, 0.5, 400.0], [3.0, 0.7, 250.0]], [[0.3, 0.01, 0.6], [0.9, 0.5, 0.65]]),
    ("Dirichlet", d.Dirichlet, [[[2.0, 0.5, 1.0], [30.0, 4.0, 20.0]]], [[[0.2, 0.3, 0.5], [0.5, 0.1, 0.4]]]),
    ("Exponential", d.Exponential, [[0.3, 4.0]], [[0.0, 0.1], [2.0, 3.0]]),
    ("Laplace", d.Laplace, [[0.5, -1.0], [1.2, 0.3]], [[0.1, -1.5], [3.0, 0.0]]),
    ("StudentT", d.StudentT, [[3.0, 30.0], [0.5, -1.0], [1.2, 0.3]], [[0.1, -1.5], [30.0, 0.0]]),
    ("Poisson", d.Poisson, [[0.3, 4.0, 250.0]], [[0.0, 3.0, 240.0], [2.0, 9.0, 300.0]]),
    (
        "MultivariateNormal",
        lambda loc, tril: d.MultivariateNormal(loc, scale_tril=tril),
        [[0.5, -1.0, 2.0], [[1.5, 0.0, 0.0], [0.3, 0.6, 0.0], [-0.7, 0.2, 1.1]]],
        [[0.0, 0.0, 0.0], [1.0, -1.5, 2.5]],
    ),
    ("Mixture", mixture, [[0.3, -1.0, 0.0], [0.0, 3.0, -2.0], [1.0, 0.5, 0.2]], [0.1, 3.2, -2.1, 9.0]),
]

DIVERGENCES = [
    ("Normal", d.Normal, [0.5, 1.3], [0.1, 0.7]),
    ("Uniform", d.Uniform, [0.5, 1.3], [0.1, 2.0]),
    ("Bernoulli", lambda x: d.Bernoulli(logits=x), [0.4], [-1.5]),
    ("Categorical", lambda x: d.Categorical(logits=x), [[0.3, -2.0, 1.0]], [[1.0, 1.0, 0.0]]),
    ("Gamma", d.Gamma, [2.5, 1.3], [0.6, 3.0]),
    ("Beta", d.Beta, [2.5, 1.3], [0.6, 3.0]),
    ("Dirichlet", d.Dirichlet, [[2.0, 0.5, 1.0]], [[3.0, 4.0, 0.2]]),
    ("Exponential", d.Exponential, [2.5], [0.6]),
    ("Laplace", d.Laplace, [0.5, 1.3], [0.1, 0.7]),
    ("Poisson", d.Poisson, [2.5], [0.6]),
    (
        "MultivariateNormal",
        lambda loc, tril: d.MultivariateNormal(loc, scale_tril=tril),
        [[0.5, -1.0], [[1.5, 0.0], [0.3, 0.6]]],
        [[0.0, 1.0], [[0.8, 0.0], [-0.4, 1.1]]],
    ),
]

# Pairs of different families of which PyTorch knows the divergence, and it is finite.
PAIRS = [
    ("Bernoulli", [0.4], "Poisson", [2.5]),
    ("Beta", [2.5, 1.3], "Exponential", [0.6]),
    ("Beta", [2.5, 1.3], "Gamma", [0.6, 3.0]),
    ("Beta", [2.5, 1.3], "Normal", [0.6, 3.0]),
    ("Beta", [2.5, 1.3], "Uniform", [-0.5, 2.0]),
    ("Exponential", [2.5], "Gamma", [0.6, 3.0]),
    ("Exponential", [2.5], "Normal", [0.6, 3.0]),
    ("Gamma", [2.5, 1.3], "Exponential", [0.6]),
    ("Gamma", [2.5, 1.3], "Normal", [0.6, 3.0]),
    ("Laplace", [0.5, 1.3], "Normal", [0.6, 3.0]),
    ("Normal", [0.5, 1.3], "Laplace", [0.1, 0.7]),
    ("Uniform", [0.2, 0.7], "Beta", [2.5, 1.3]),
    ("Uniform", [0.2, 0.7], "Exponential", [0.6]),
    ("Uniform", [0.2, 0.7], "Gamma", [2.6, 3.0]),
    ("Uniform", [0.2, 1.7], "Normal", [0.6, 3.0]),
]
FAMILIES = {name: family for name, family, *_ in CASES}


def numbers(tensor):
    return [x if abs(x) != float("inf") else str(x) for x in tensor.flatten().tolist()]


def packed(tensor):
    return {"sizes": list(tensor.shape), "values": numbers(tensor)}


def optional(f):
    try:
        return packed(f().detach())
    except (NotImplementedError, AttributeError):
        return None


def case(name, family, parameters, values):
    parameters = [torch.tensor(p, requires_grad=True) for p in parameters]
    values = torch.tensor(values)
    distribution = family(*parameters)
    log_prob = distribution.log_prob(values)
    gradients = torch.autograd.grad(log_prob.sum(), parameters)
    return {
        "family": name,
        "parameters": [packed(p.detach()) for p in parameters],
        "values": packed(values.double()),
        "logProb": packed(log_prob.detach()),
        "gradients": [packed(g) for g in gradients],
        "mean": None if name == "Categorical" else optional(lambda: distribution.mean),
        "variance": None if name == "Categorical" else optional(lambda: distribution.variance),
        "entropy": optional(distribution.entropy),
        "cdf": optional(lambda: distribution.cdf(values)),
    }


def divergence(name, family, left, right):
    left, right = ([torch.tensor(x) for x in side] for side in (left, right))
    value = d.kl_divergence(family(*left), family(*right))
    return {"family": name, "p": [packed(x) for x in left], "q": [packed(x) for x in right], "kl": packed(value)}


def pair(left, p, right, q):
    p, q = ([torch.tensor(x, requires_grad=True) for x in side] for side in (p, q))
    value = d.kl_divergence(FAMILIES[left](*p), FAMILIES[right](*q))
    gradients = torch.autograd.grad(value, p + q, allow_unused=True)
    gradients = [torch.zeros_like(x) if g is None else g for g, x in zip(gradients, p + q)]
    return {
        "family": f"{left} {right}",
        "p": [packed(x.detach()) for x in p],
        "q": [packed(x.detach()) for x in q],
        "kl": packed(value.detach()),
        "gradients": [packed(g) for g in gradients],
    }


def lines(rows):
    return ",\n".join(json.dumps(row) for row in rows)


cases, divergences = lines(case(*c) for c in CASES), lines(divergence(*c) for c in DIVERGENCES)
pairs = lines(pair(*c) for c in PAIRS)
print(f'{{"cases": [\n{cases}\n], "divergences": [\n{divergences}\n], "pairs": [\n{pairs}\n]}}')

"""Writes losses.json: what PyTorch computes for DeepFun's losses: the value over a batch and its derivative.

Run by hand (python3 tests/differential/losses.py) where PyTorch is installed; the file is committed, so that the tests need no Python.
Everything is computed in float64 from inputs of few digits. What PyTorch has no function for is written out by its paper's equation.
"""

import json
import pathlib

import torch
import torch.nn.functional as F

torch.manual_seed(20261126)
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


def case(name, p, t, f, **others):
    """f gives the loss of the batch."""
    p = p.clone().requires_grad_(True)
    value = f(p, t)
    value.backward()
    tensors = dict(p=p, t=t, value=value, dp=p.grad, **others)
    cases[name] = {key: tensor(t) for key, t in tensors.items()}


def differences():
    case("smooth l1", draw(4, 3) * 2, draw(4, 3), lambda p, t: F.smooth_l1_loss(p, t, beta=0.5))
    case("log cosh", draw(4, 3) * 2, draw(4, 3), lambda p, t: torch.log(torch.cosh(p - t)).mean())
    counts = torch.tensor([[0.0, 1, 4], [2, 0, 7], [3, 3, 0], [1, 5, 2]])
    case("poisson from log rate", draw(4, 3), counts, lambda p, t: F.poisson_nll_loss(p, t))
    case("poisson", draw(4, 3).exp(), counts, lambda p, t: F.poisson_nll_loss(p, t, log_input=False, eps=0))
    case("gaussian", draw(4, 3, 2), draw(4, 3), lambda p, t: F.gaussian_nll_loss(p[..., 0], t, p[..., 1].exp()))


def classes():
    weights = torch.tensor([0.5, 2.0, 1.0, 3.0])
    labels = torch.tensor([0, 3, 1, 1, 2])
    padded = torch.tensor([[0, 3, -1], [1, -1, -1]])
    z = draw(5, 4) * 3
    case("sparse smoothing", z, labels, lambda p, t: F.cross_entropy(p, t, label_smoothing=0.1))
    case("sparse weights", z, labels, lambda p, t: F.cross_entropy(p, t, weight=weights))
    case("sparse smoothing weights", z, labels, lambda p, t: F.cross_entropy(p, t, weight=weights, label_smoothing=0.1))

    def sequence(p, t):
        return F.cross_entropy(p.transpose(1, 2), t, weight=weights, ignore_index=-1, label_smoothing=0.2)

    case("sparse sequences", draw(2, 3, 4), padded, sequence)
    case("sparse probabilities", torch.softmax(z, -1), labels, lambda p, t: F.nll_loss(p.log(), t))
    case("nll", F.log_softmax(z, -1), labels, lambda p, t: F.nll_loss(p, t, weight=weights, ignore_index=3))
    soft = torch.round(torch.softmax(draw(5, 4), 1) * 1000) / 1000
    case("categorical", z, soft, lambda p, t: F.cross_entropy(p, t, weight=weights, label_smoothing=0.1))
    case("kl", z, soft, lambda p, t: F.kl_div(F.log_softmax(p, -1), t, reduction="batchmean"))
    bits = torch.tensor([[0.0, 1, 1], [1, 0, 0], [0, 0, 1], [1, 1, 0]])
    case(
        "binary positive weight", draw(4, 3) * 3, bits,
        lambda p, t: F.binary_cross_entropy_with_logits(p, t, pos_weight=torch.tensor([2.5])),
    )
    case("binary smoothing", draw(4, 3), bits, lambda p, t: F.binary_cross_entropy_with_logits(p, t * 0.9 + 0.05))
    case("binary probabilities", torch.sigmoid(draw(4, 3)), bits, lambda p, t: F.binary_cross_entropy(p, t))

    def binary_focal(z, t, gamma=2, alpha=0.25):
        p = torch.sigmoid(z)
        pt = p * t + (1 - p) * (1 - t)
        at = alpha * t + (1 - alpha) * (1 - t)
        return (at * (1 - pt) ** gamma * F.binary_cross_entropy_with_logits(z, t, reduction="none")).mean()

    case("binary focal", draw(4, 3) * 2, bits, binary_focal)
    case("binary focal plain", draw(4, 3) * 2, bits, lambda z, t: 2 * binary_focal(z, t, gamma=1.5, alpha=0.5))

    def focal(z, t):
        logs = F.log_softmax(z, -1).gather(1, t[:, None])[:, 0]
        return (-((1 - logs.exp()) ** 2) * logs).mean()

    case("focal", z, labels, focal)
    case("hinge", draw(4, 3), bits, lambda p, t: torch.clamp(1 - (2 * t - 1) * p, min=0).mean())
    case("multi-class hinge", z, labels, lambda p, t: F.multi_margin_loss(p, t, margin=0.7))
    case("squared multi-class hinge", z, labels, lambda p, t: F.multi_margin_loss(p, t, p=2))

    def dice(z, t):
        p = torch.sigmoid(z)
        return (1 - (2 * (p * t).sum(1) + 1) / (p.sum(1) + t.sum(1) + 1)).mean()

    case("dice", draw(4, 3), bits, dice)


def embeddings():
    ones = torch.ones(5)
    case("cosine", draw(5, 4), draw(5, 4), lambda p, t: F.cosine_embedding_loss(p, t, ones))
    # t holds positives and negatives.
    case("triplet", draw(5, 4), draw(2, 5, 4), lambda p, t: F.triplet_margin_loss(p, t[0], t[1], margin=0.5, eps=0))

    def contrastive(a, b):
        z = F.normalize(torch.cat([a, b]), dim=1)
        similar = z @ z.T / 0.5
        similar = similar.masked_fill(torch.eye(len(z), dtype=torch.bool), -torch.inf)
        n = len(a)
        return F.cross_entropy(similar, torch.cat([torch.arange(n, 2 * n), torch.arange(n)]))

    case("contrastive", draw(5, 4), draw(5, 4), contrastive)


def alignments():
    times, lengths = torch.tensor([7, 5, 7, 3]), torch.tensor([3, 2, 0, 3])
    labels = torch.tensor([[1, 1, 2], [3, 2, 1], [1, 2, 3], [1, 2, 3]])

    def ctc(blank):
        def f(p, t):
            logs = F.log_softmax(p, -1).transpose(0, 1)
            return F.ctc_loss(logs, t, times, lengths, blank=blank, reduction="none").mean()

        return f

    z = draw(4, 7, 5, scale=2.0)
    case("ctc", z, labels, ctc(0), times=times, lengths=lengths)
    case("ctc last blank", z, labels, ctc(4), times=times, lengths=lengths)


differences()
classes()
embeddings()
alignments()

target = pathlib.Path(__file__).with_name("losses.json")
lines = [f"  {json.dumps(name)}: {json.dumps(tensors)}" for name, tensors in cases.items()]
target.write_text("{\n" + ",\n".join(lines) + "\n}\n")

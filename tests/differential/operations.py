"""What PyTorch's meaning of each operation is: source text, from which both the function and the printed program are made.

{0}, {1}, … are operands, {i} all whole parameters, {i0} one of them, {f0} a fractional one, {operands} the list of operands,
{label} what stands behind the colon in a step's name. Nothing here knows how DeepFun computes.
"""

import math
import re

import numpy
import torch
import torch.distributions as D
import torch.nn.functional as F

D.Distribution.set_default_validate_args(False)


def pairs(i):
    return list(zip(i[::2], i[1::2]))


def pad(x, widths, value):
    """Blocks of the value around a slice: F.pad has no derivative where an axis loses everything."""
    for axis, (low, high) in enumerate(pairs(widths)):
        x = x.narrow(axis, max(0, -low), x.shape[axis] - max(0, -low) - max(0, -high))
        blocks = [x.new_full(x.shape[:axis] + (max(0, n),) + x.shape[axis + 1 :], value) for n in (low, high)]
        x = torch.cat([blocks[0], x, blocks[1]], dim=axis)
    return x


def pad_by_index(x, widths, mode):
    """Along each axis the places that NumPy's padding of 0 … n − 1 gives."""
    for axis, width in enumerate(pairs(widths)):
        if width != (0, 0):
            places = numpy.pad(numpy.arange(x.shape[axis]), width, mode=mode)
            x = x.index_select(axis, torch.from_numpy(places))
    return x


def dilate(x, steps):
    shape = [max(0, (n - 1) * s + 1) if n > 0 else 0 for n, s in zip(x.shape, steps)]
    y = torch.zeros(shape, dtype=x.dtype)
    if x.numel() == 0:
        return y + x.sum()
    y[tuple(slice(None, None, s) for s in steps)] = x
    return y


def prod_over(x, axes):
    for axis in reversed(axes):
        x = x.prod(axis)
    return x


def any_over(f, x, axes):
    for axis in reversed(axes):
        x = f(x, axis)
    return x


def take(x, axis, places):
    axis %= x.dim()
    taken = x.index_select(axis, places.long().flatten())
    return taken.reshape(x.shape[:axis] + places.shape + x.shape[axis + 1 :])


def segment_sum(x, places, count):
    return torch.zeros((count,) + x.shape[1:], dtype=x.dtype).index_add(0, places.long(), x)


def order(x, axis, descending):
    return torch.sort(x, dim=axis, descending=descending, stable=True)


def convolution(x, w, i):
    f = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}[i[0]]
    return f(x, w, stride=i[1], padding=i[2], dilation=i[3], groups=i[4])


def convolution_transpose(x, w, i):
    f = {1: F.conv_transpose1d, 2: F.conv_transpose2d}[i[0]]
    return f(x, w, stride=i[1], padding=i[2], dilation=i[3], groups=i[4], output_padding=i[5])


def pool(kind, x, i):
    f = {
        ("max", 1): F.max_pool1d,
        ("max", 2): F.max_pool2d,
        ("max", 3): F.max_pool3d,
        ("average", 1): F.avg_pool1d,
        ("average", 2): F.avg_pool2d,
        ("average", 3): F.avg_pool3d,
    }[kind, i[0]]
    return f(x, i[1], stride=i[2], padding=i[3])


def per_example_cross_entropy(z, t):
    return -(t * F.log_softmax(z, dim=-1)).sum(-1).mean()


def sparse_cross_entropy(z, labels):
    return F.cross_entropy(z.reshape(-1, z.shape[-1]), labels.long().reshape(-1))


def trigamma(x):
    """torch.polygamma(1, x) is right to 1e-9 only; the Hurwitz zeta function is right to the last digits."""
    return torch.special.zeta(torch.tensor(2.0, dtype=x.dtype), x)


def polygamma(n, x):
    """(−1)ⁿ⁺¹ n! ζ(n + 1, x)."""
    factor = (-1.0) ** (n + 1) * math.factorial(n)
    return factor * torch.special.zeta(torch.tensor(n + 1.0, dtype=x.dtype), x)


class Digamma(torch.autograd.Function):
    """torch.digamma with the accurate trigamma as its derivative."""

    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return torch.digamma(x)

    @staticmethod
    def backward(context, ct):
        return ct * trigamma(context.saved_tensors[0])


log_gamma = torch.lgamma


class LogGamma(torch.autograd.Function):
    """torch.lgamma, differentiated through Digamma."""

    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return log_gamma(x)

    @staticmethod
    def backward(context, ct):
        return ct * Digamma.apply(context.saved_tensors[0])


# The distributions look it up here.
torch.lgamma = LogGamma.apply


def near(x):
    return 0.2 * x + torch.eye(x.shape[-1], dtype=x.dtype)


def apart(x):
    n = x.shape[-1]
    return 0.2 * x + torch.diag(torch.arange(1, n + 1, dtype=x.dtype))


def without_last(x):
    return x[..., : max(1, x.shape[-1] - 1)]


def symmetric(x):
    """torch.linalg.eigh reads one triangle only."""
    return (x + x.mT) / 2


def qr(x):
    """With a diagonal of R that is not negative, as DeepFun has it."""
    q, r = torch.linalg.qr(x)
    sign = torch.sign(torch.diagonal(r, 0, -2, -1)).detach()
    return q * sign.unsqueeze(-2), r * sign.unsqueeze(-1)


def lower_ones(x):
    n = x.shape[-1]
    return torch.eye(n, dtype=x.dtype) + 0.5 * torch.ones(n, n, dtype=x.dtype).tril(-1)


def cut(x, dtype):
    """As an integer that wraps around."""
    return (40 * x).detach().to(torch.int64).to(dtype)


def square(x, matrix):
    """PyTorch makes a number of the matrix of one variable; DeepFun's has a row for each row of x."""
    return matrix.reshape([x.shape[0]] * 2 if x.dim() == 2 else [])


def scan(xs, carry, reverse):
    results = []
    for x in reversed(list(xs)) if reverse else xs:
        carry = torch.tanh(0.5 * carry + x)
        results.append(carry * x)
    return carry, torch.stack(results[::-1] if reverse else results)


def while_bounded(x):
    for _ in range(6):
        if (x * x).sum() < 9:
            x = 1.3 * x + 0.1
    return x


def log_cumulative_sum_exp(x, axis):
    """torch.logcumsumexp gives NaN as its second derivative."""
    greatest = x.detach().amax() if x.numel() > 0 else 0
    return torch.log(torch.cumsum(torch.exp(x - greatest), dim=axis)) + greatest


def sign_preserving_cube_root(x):
    return torch.sign(x) * torch.abs(x) ** (1 / 3)


UNARY = {
    "neg": "-{0}",
    "square": "torch.square({0})",
    "cbrt": "sign_preserving_cube_root({0})",
    "signum": "torch.sign({0})",
    "erfInv": "torch.erfinv({0})",
    "logGamma": "LogGamma.apply({0})",
    "ceiling": "torch.ceil({0})",
    "truncate": "torch.trunc({0})",
    "isNaN": "torch.isnan({0})",
    "isInfinite": "torch.isinf({0})",
    "isFinite": "torch.isfinite({0})",
    "softplus": "F.softplus({0}, threshold=1e9)",
    "gelu": "{0} * (1 + torch.erf({0} / math.sqrt(2))) / 2",
    "geluTanh": "F.gelu({0}, approximate='tanh')",
    "hardSigmoid": "F.relu6({0} + 3) / 6",
    "hardTanh": "F.hardtanh({0})",
    "stopGradient": "{0}.detach()",
    "zerosLike": "torch.zeros_like({0})",
    "onesLike": "torch.ones_like({0})",
    "nanToNum": "torch.nan_to_num({0}, nan=0.5)",
    "heaviside": "torch.heaviside({0}.detach(), torch.full((), 0.5, dtype={0}.dtype))",
    "safeLog": "torch.where({0} > 0, torch.log(torch.where({0} > 0, {0}, torch.ones_like({0}))), torch.zeros_like({0}))",
    "safeSqrt": "torch.where({0} > 0, torch.sqrt(torch.where({0} > 0, {0}, torch.ones_like({0}))), torch.zeros_like({0}))",
    "digamma": "Digamma.apply({0})",
    "polygamma": "polygamma({i0}, {0})",
    "toDouble": "{0}.double()",
    "toSingle": "{0}.float()",
    "truthAsNumber": "{0}.double()",
}
for name in (
    "abs exp expm1 log log1p log2 log10 sqrt rsqrt reciprocal sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh "
    "sigmoid erf erfc relu floor round deg2rad rad2deg"
).split():
    UNARY[name] = f"torch.{name}({{0}})"
for name in "mish silu tanhshrink softsign selu relu6".split():
    UNARY[name] = f"F.{name}({{0}})"

NUMBERS = {
    "addNumber": "{0} + {f0}",
    "numberMinus": "{f0} - {0}",
    "timesNumber": "{f0} * {0}",
    "overNumber": "{0} / {f0}",
    "numberOver": "{f0} / {0}",
    "remainderNumber": "torch.remainder({0}, {f0})",
    "powNumber": "torch.pow({0}, {f0})",
    "powWhole": "torch.pow({0}, {f0})",
    "leakyRelu": "F.leaky_relu({0}, {f0})",
    "elu": "F.elu({0}, {f0})",
    "celu": "F.celu({0}, {f0})",
    "clamp": "torch.clamp({0}, {f0}, {f1})",
    "fullLike": "torch.full_like({0}, {f0})",
}

BINARY = {
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": "{0} * {1}",
    "div": "{0} / {1}",
    "pow": "torch.pow({0}, {1})",
    "maximum": "torch.maximum({0}, {1})",
    "minimum": "torch.minimum({0}, {1})",
    "remainder": "torch.remainder({0}, {1})",
    "arctan2": "torch.atan2({0}, {1})",
    "hypot": "torch.hypot({0}, {1})",
    "logAddExp": "torch.logaddexp({0}, {1})",
    "xlogy": "torch.xlogy({0}, {1})",
    "safeDivide": "torch.where({1} == 0, torch.zeros_like({1}), {0} / torch.where({1} == 0, torch.ones_like({1}), {1}))",
    "equal": "torch.eq({0}, {1})",
    "notEqual": "torch.ne({0}, {1})",
    "less": "torch.lt({0}, {1})",
    "lessOrEqual": "torch.le({0}, {1})",
    "greater": "torch.gt({0}, {1})",
    "greaterOrEqual": "torch.ge({0}, {1})",
    "logicalAnd": "torch.logical_and({0}, {1})",
    "logicalOr": "torch.logical_or({0}, {1})",
    "logicalXor": "torch.logical_xor({0}, {1})",
    "logicalNot": "torch.logical_not({0})",
    "where": "torch.where({0}, {1}, {2})",
    "lerp": "torch.lerp(*torch.broadcast_tensors({0}, {1}, {2}))",
}

REDUCTIONS = {
    "sum": "torch.sum({0})",
    "sumOver": "torch.sum({0}, dim={i})",
    "sumKept": "torch.sum({0}, dim={i}, keepdim=True)",
    "mean": "torch.mean({0})",
    "meanOver": "torch.mean({0}, dim={i})",
    "prod": "torch.prod({0})",
    "prodOver": "prod_over({0}, {i})",
    "amax": "torch.amax({0})",
    "amaxOver": "torch.amax({0}, dim={i})",
    "amin": "torch.amin({0})",
    "aminOver": "torch.amin({0}, dim={i})",
    "argmax": "torch.argmax({0}, dim={i0})",
    "argmin": "torch.argmin({0}, dim={i0})",
    "variance": "torch.var({0})",
    "varianceOver": "torch.var({0}, dim={i}[1:], correction={i0})",
    "std": "torch.std({0})",
    "stdOver": "torch.std({0}, dim={i}[1:], correction={i0})",
    "norm": "torch.norm({0})",
    "normOver": "torch.linalg.vector_norm({0}, {f0}, dim={i})",
    "logSumExp": "torch.logsumexp({0}, dim={i})",
    "softmax": "torch.softmax({0}, dim={i0})",
    "logSoftmax": "torch.log_softmax({0}, dim={i0})",
    "cumsum": "torch.cumsum({0}, dim={i0})",
    "cumprod": "torch.cumprod({0}, dim={i0})",
    "cummax": "torch.cummax({0}, dim={i0}).values",
    "cummin": "torch.cummin({0}, dim={i0}).values",
    "logCumSumExp": "log_cumulative_sum_exp({0}, {i0})",
    "median": "torch.quantile({0}, 0.5)",
    "medianOver": "torch.quantile({0}, 0.5, dim={i0})",
    "quantile": "torch.quantile({0}, {f0})",
    "quantileOver": "torch.quantile({0}, {f0}, dim={i0})",
    "countNonZero": "torch.count_nonzero({0})",
    "countNonZeroOver": "torch.count_nonzero({0}, dim={i})",
    "standardize": "({0} - torch.mean({0})) / torch.std({0})",
    "sort": "order({0}, {i0}, False).values",
    "sortDescending": "order({0}, {i0}, True).values",
    "argsort": "order({0}, -1, False).indices",
    "argsortDescending": "order({0}, {i0}, True).indices",
    "any": "torch.any({0})",
    "all": "torch.all({0})",
    "anyOver": "any_over(torch.any, {0}, {i})",
    "allOver": "any_over(torch.all, {0}, {i})",
    "cov": "square({0}, torch.cov({0}, correction={i0}))",
    "corrcoef": "square({0}, torch.corrcoef({0}))",
    "histogram": "torch.histc({0}.detach(), bins={i0}, min={f0}, max={f1}).long()",
    "meanSquaredError": "F.mse_loss({0}, {1})",
    "meanAbsoluteError": "F.l1_loss({0}, {1})",
    "huber": "F.huber_loss({0}, {1}, delta=0.7)",
    "binaryCrossEntropyFromLogits": "F.binary_cross_entropy_with_logits({0}, {1})",
    "categoricalCrossEntropyFromLogits": "per_example_cross_entropy({0}, {1})",
    "sparseCategoricalCrossEntropyFromLogits": "sparse_cross_entropy({0}, {1})",
}

MOVEMENTS = {
    "reshape": "torch.reshape({0}, {i})",
    "flatten": "torch.reshape({0}, [-1])",
    "permute": "torch.permute({0}, {i})",
    "swapAxes": "torch.swapaxes({0}, {i0}, {i1})",
    "moveAxis": "torch.movedim({0}, {i0}, {i1})",
    "transpose": "{0}.mT",
    "broadcastTo": "torch.broadcast_to({0}, {i})",
    "expandDims": "torch.unsqueeze({0}, {i0})",
    "squeeze": "torch.squeeze({0})",
    "squeezeAxis": "torch.squeeze({0}, {i0})",
    "sliceStep": "torch.movedim(torch.movedim({0}, {i0}, 0)[{i1}:{i2}:{i3}], 0, {i0})",
    "item": "torch.select({0}, {i0}, {i1})",
    "flip": "torch.flip({0}, {i})",
    "roll": "torch.roll({0}, {i0}, {i1})",
    "rot90": "torch.rot90({0}, {i0}, [{i1}, {i2}])",
    "diagonal": "torch.diagonal({0}, {i0}, {i1}, {i2})",
    "trace": "torch.diagonal({0}, 0, -2, -1).sum(-1)",
    "tril": "torch.tril({0}, {i0})",
    "triu": "torch.triu({0}, {i0})",
    "unfold": "{0}.unfold({i0}, {i1}, {i2})",
    "diagEmbed": "torch.diag_embed({0}, {i0})",
    "diagflat": "torch.diagflat({0}, {i0})",
    "split": "torch.tensor_split({0}, {i0}, dim={i1})[{i2}]",
    "chunk": "torch.chunk({0}, {i0}, dim={i1})[{i2}]",
    "splitSizes": "torch.split({0}, [{i1}, {i2}], dim={i0})[{i3}]",
    "unstack": "torch.unbind({0}, {i0})[{i1}]",
    "meshgrid": "torch.meshgrid({0}, {1}, indexing='ij')[{i0}]",
    "pad": "pad({0}, {i}, {f0})",
    "padReflect": "pad_by_index({0}, {i}, 'reflect')",
    "padReplicate": "pad_by_index({0}, {i}, 'edge')",
    "padCircular": "pad_by_index({0}, {i}, 'wrap')",
    "repeat": "torch.repeat_interleave({0}, {i0}, dim={i1})",
    "tile": "torch.tile({0}, {i})",
    "dilate": "dilate({0}, {i})",
    "concat": "torch.cat([{operands}], dim={i0})",
    "stack": "torch.stack([{operands}], dim={i0})",
    "expandAs": "{0}.expand_as({1})",
    "take": "take({0}, {i0}, {1})",
    "takeAlong": "torch.gather({0}, {i0}, {1}.long())",
    "scatterAdd": "torch.index_add({0}, {i0}, {1}.long(), {2})",
    "scatterAddAlong": "torch.scatter_add({0}, {i0}, {1}.long(), {2})",
    "segmentSum": "segment_sum({0}, {1}, {i0})",
    "scatterSetAlong": "torch.scatter({0}, {i0}, {1}.long(), {2})",
    "scatterMaxAlong": "torch.scatter_reduce({0}, {i0}, {1}.long(), {2}, 'amax')",
    "scatterMinAlong": "torch.scatter_reduce({0}, {i0}, {1}.long(), {2}, 'amin')",
    "topK": "torch.topk({0}, {i0}, dim={i1}).values",
    "bottomK": "torch.topk({0}, {i0}, dim={i1}, largest=False).values",
    "searchSorted": "torch.searchsorted(torch.sort({0}).values, {1}).int()",
    "searchSortedRight": "torch.searchsorted(torch.sort({0}).values, {1}, right=True).int()",
    "binCount": "torch.bincount({0}.reshape(-1).long(), minlength=6).int()",
    "oneHot": "F.one_hot({0}.long(), {i0}).double()",
}

PRODUCTS = {
    "matmul": "torch.matmul({0}, {1})",
    "dot": "torch.dot({0}, {1})",
    "outer": "torch.outer({0}, {1})",
    "vecdot": "torch.linalg.vecdot({0}, {1}, dim={i0})",
    "tensordot": "torch.tensordot({0}, {1}, dims=([{i0}], [{i1}]))",
    "kron": "torch.kron({0}.contiguous(), {1}.contiguous())",
    "matrixPower": "torch.linalg.matrix_power({0}, {i0})",
    "einsum": "torch.einsum('{label}', {operands})",
    "convolution": "convolution({0}, {1}, {i})",
    "convolutionTranspose": "convolution_transpose({0}, {1}, {i})",
    "maxPool": "pool('max', {0}, {i})",
    "sumPool": "pool('average', {0}, {i}) * {i1} ** {i0}",
    "averagePool": "pool('average', {0}, {i})",
}

Z = "torch.complex({0}, {1})"
FOURIER = {
    "fftReal": f"torch.fft.fft({Z}, dim={{i0}}).real",
    "fftImaginary": f"torch.fft.fft({Z}, dim={{i0}}).imag",
    "ifftReal": f"torch.fft.ifft({Z}, dim={{i0}}).real",
    "fftnImaginary": f"torch.fft.fftn({Z}).imag",
    "irfft": f"torch.fft.irfft({Z}, n={{i1}}, dim={{i0}})",
    "rfftReal": "torch.fft.rfft({0}, dim={i0}).real",
    "rfftImaginary": "torch.fft.rfft({0}, dim={i0}).imag",
    "fftShift": "torch.fft.fftshift({0}, dim={i})",
    "ifftShift": "torch.fft.ifftshift({0}, dim={i})",
    "complexAbs": f"torch.abs({Z})",
    "complexAngle": f"torch.angle({Z})",
    "complexExp": f"torch.exp({Z}).imag",
    "complexLog": f"torch.log({Z}).real",
    "complexSqrt": f"torch.sqrt({Z}).imag",
    "complexSin": f"torch.sin({Z}).real",
    "complexSquare": f"({Z} * {Z}).real",
    "complexReciprocal": f"(1 / {Z}).imag",
}

COMPOSITE = {
    "scan": "scan({0}, {1}, False)[1]",
    "scanCarry": "scan({0}, {1}, False)[0]",
    "scanReverse": "scan({0}, {1}, True)[1]",
    "map": "torch.stack([torch.sin(x) * x.sum() for x in {0}])",
    "forLoop": "torch.sin(torch.sin(torch.sin({0})) + 0.1) + 0.2",
    "whileLoopBounded": "while_bounded({0})",
    "cond": "torch.sin({0}) if {0}.sum() > 0 else {0} * {0}",
    "switch": "torch.cos({0}) if {0}.sum() > 0 else torch.tanh({0})",
    "checkpoint": "torch.tanh({0}) * torch.sin({0})",
    "customJvp": "torch.sin({0})",
    "customVjp": "torch.sin({0})",
    "vmapSoftmax": "torch.softmax({0}, dim=1)",
    "gradWithin": "2 * {0} * torch.sin({0}) + {0} ** 2 * torch.cos({0})",
    "jvpWithin": "torch.exp(torch.sin({0})) * torch.cos({0}) ** 2",
}

LINEAR_ALGEBRA = {
    "cholesky": "torch.linalg.cholesky({0} @ {0}.mT + torch.eye({0}.shape[-1], dtype={0}.dtype))",
    "inv": "torch.linalg.inv(near({0}))",
    "det": "torch.linalg.det(near({0}))",
    "detAnywhere": "torch.linalg.det({0})",
    "slogdet": "torch.linalg.slogdet(near({0})).logabsdet",
    "qrQ": "qr(near({0}))[0]",
    "qrR": "qr(near({0}))[1]",
    "svdvals": "torch.linalg.svdvals(apart({0}))",
    "eigvalsh": "torch.linalg.eigvalsh(symmetric(apart({0})))",
    "eighSquares": "torch.linalg.eigh(symmetric(apart({0}))).eigenvectors.square()",
    "pinv": "torch.linalg.pinv(without_last(apart({0})))",
    "matrixExp": "torch.linalg.matrix_exp({0})",
    "solve": "torch.linalg.solve(near({0}), {1})",
    "lstsq": "torch.linalg.lstsq(without_last(apart({0})), {1}).solution",
    "triangularSolve": "torch.linalg.solve_triangular(near({0}).tril(), {1}, upper=False)",
    "triangularSolveUpper": "torch.linalg.solve_triangular(near({0}).triu().mT, {1}, upper=False)",
}

H = "torch.exp(0.5 * {1})"
DENSITIES = {
    "normalLogProb": f"D.Normal({{1}}, {H}).log_prob({{0}})",
    "laplaceLogProb": f"D.Laplace({{1}}, {H}).log_prob({{0}})",
    "studentTLogProb": f"D.StudentT({H} + 1, {{1}}, {H}).log_prob({{0}})",
    "exponentialLogProb": f"D.Exponential({H}).log_prob(torch.exp({{0}}))",
    "gammaLogProb": f"D.Gamma({H}, torch.exp(-0.5 * {{1}})).log_prob(torch.exp({{0}}))",
    "betaLogProb": f"D.Beta({H}, torch.exp(-0.5 * {{1}})).log_prob(torch.sigmoid({{0}}))",
    "dirichletLogProb": f"D.Dirichlet({H}).log_prob(torch.softmax({{0}}, -1))",
    "multivariateNormalLogProb": "D.MultivariateNormal({1}, scale_tril=lower_ones({1})).log_prob({0})",
    "poissonLogProb": "D.Poisson(torch.exp({0})).log_prob({1}.to({0}.dtype))",
    "bernoulliLogProb": "D.Bernoulli(logits={0}).log_prob({1}.to({0}.dtype))",
    "categoricalLogProb": "D.Categorical(logits={0}).log_prob({1})",
}

NARROW = {
    f"{name}{label}": template.replace("DTYPE", f"torch.{dtype}")
    for label, dtype in (("Int8", "int8"), ("Int16", "int16"))
    for name, template in {
        "wrappingSum": "(cut({0}, DTYPE) + cut({1}, DTYPE)).int()",
        "wrappingDifference": "(cut({0}, DTYPE) - cut({1}, DTYPE)).int()",
        "wrappingProduct": "(cut({0}, DTYPE) * cut({1}, DTYPE)).int()",
        "greatest": "torch.maximum(cut({0}, DTYPE), cut({1}, DTYPE)).int()",
        "lessNarrow": "torch.lt(cut({0}, DTYPE), cut({1}, DTYPE)).int()",
        "sortNarrow": "torch.sort(cut({0}, DTYPE), dim={i0}).values.int()",
    }.items()
}
for label, dtype in (("Float16", "half"), ("BFloat16", "bfloat16")):
    NARROW[f"rounded{label}"] = f"{{0}}.detach().float().{dtype}().to({{0}}.dtype)"
    NARROW[f"sum{label}"] = f"({{0}}.detach().float().{dtype}() + {{1}}.detach().float().{dtype}()).to({{0}}.dtype)"

TEMPLATES = {**UNARY, **NUMBERS, **BINARY, **REDUCTIONS, **MOVEMENTS, **PRODUCTS, **FOURIER, **COMPOSITE, **LINEAR_ALGEBRA, **DENSITIES, **NARROW}
COMPILED = {}


def number(v):
    """As Python source; what is not finite comes as text."""
    v = float(v)
    return repr(v) if v == v and abs(v) != float("inf") else f"float('{v}')"


def source(step, names):
    """One step as an expression over the named operands."""
    operation, operands, ints, floats = step
    name, _, label = operation.partition(":")

    def hole(match):
        key = match.group(1)
        if key == "i":
            return repr(ints)
        if key == "operands":
            return ", ".join(names)
        if key == "label":
            return label
        if key[0] == "i":
            return repr(ints[int(key[1:])])
        if key[0] == "f":
            return number(floats[int(key[1:])])
        return names[int(key)]

    return re.sub(r"\{(\w+)\}", hole, TEMPLATES[name])


def function(operation):
    """A function of operands a, whole parameters i and fractional ones f, made from the template once."""
    if operation not in COMPILED:
        name, _, label = operation.partition(":")

        def hole(match):
            key = match.group(1)
            if key == "i":
                return "i"
            if key == "operands":
                return "*a"
            if key == "label":
                return label
            return f"{key[0]}[{key[1:]}]" if key[0] in "if" else f"a[{key}]"

        COMPILED[operation] = eval("lambda a, i, f: " + re.sub(r"\{(\w+)\}", hole, TEMPLATES[name]))
    return COMPILED[operation]

"""Writes sequences.json: what PyTorch computes for DeepFun's layers over sequences.

Run by hand (python3 tests/differential/sequences.py) where PyTorch is installed; the file is committed, so that the tests need no Python.
Everything is computed in float64 from inputs of three decimals. Parameters `p:path` and their gradients `d:path` are in DeepFun's layout: weights are
[in, out], and a recurrent layer's two biases are one (but for GRU's candidate). `dx` is the gradient in x; `ct` the cotangent of y.
"""

import json
import pathlib

import torch
import torch.nn.functional as F

torch.manual_seed(20251126)
torch.set_default_dtype(torch.float64)
cases = {}


def draw(*shape, scale=1.0):
    """Normal numbers of three decimals: exact in the file."""
    return torch.round(torch.randn(*shape) * scale * 1000) / 1000


def tensor(t):
    t = t.detach()
    values = t.to(torch.int64).flatten().tolist() if t.dtype == torch.bool else t.flatten().tolist()
    if t.dtype.is_floating_point:
        values = [float(f"{v:.12g}") for v in values]
    return {"shape": list(t.shape), "values": values}


def case(name, parameters, **tensors):
    all_tensors = {key: value for key, value in tensors.items() if value is not None}
    for path, (value, gradient) in parameters.items():
        all_tensors["p:" + path], all_tensors["d:" + path] = value, gradient
    cases[name] = {key: tensor(t) for key, t in all_tensors.items()}


def leaf(t):
    return t.clone().requires_grad_(True)


def randomize(module, scale=0.6):
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(draw(*p.shape, scale=scale))


def linear(path, layer):
    return {path + "/weight": (layer.weight.t(), layer.weight.grad.t()), path + "/bias": (layer.bias, layer.bias.grad)}


def norm(path, layer):
    return {path + "/scale": (layer.weight, layer.weight.grad), path + "/bias": (layer.bias, layer.bias.grad)}


def recurrent_parameters(module):
    found = {}
    candidate = module.hidden_size
    for layer in range(module.num_layers):
        for way in ["forward", "backward"] if module.bidirectional else ["forward"]:
            suffix = f"_l{layer}" + ("_reverse" if way == "backward" else "")
            get = lambda name: getattr(module, name + suffix)
            path = f"{layer}/{way}"
            found[path + "/input/weight"] = get("weight_ih").t(), get("weight_ih").grad.t()
            input_bias, state_bias = get("bias_ih"), get("bias_hh")
            if isinstance(module, torch.nn.GRU):
                joined = torch.cat([(input_bias + state_bias)[:-candidate], input_bias[-candidate:]])
            else:
                joined = input_bias + state_bias
            found[path + "/input/bias"] = joined, input_bias.grad
            found[path + "/state/weight"] = get("weight_hh").t(), get("weight_hh").grad.t()
            if isinstance(module, torch.nn.GRU):
                found[path + "/state/bias"] = state_bias[-candidate:], state_bias.grad[-candidate:]
    return found


def recurrent(name, module, given_state=False, lengths=None):
    randomize(module)
    ways = module.num_layers * (2 if module.bidirectional else 1)
    x = leaf(draw(3, 4, module.input_size))
    hidden, cell = draw(ways, 3, module.hidden_size), draw(ways, 3, module.hidden_size)
    start = ((hidden, cell) if isinstance(module, torch.nn.LSTM) else hidden) if given_state else None
    if lengths is None:
        y, last = module(x, start)
    else:
        packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        y, last = module(packed, start)
        y, _ = torch.nn.utils.rnn.pad_packed_sequence(y, batch_first=True, total_length=4)
    ct = draw(*y.shape)
    y.backward(ct)
    last_hidden, last_cell = last if isinstance(last, tuple) else (last, None)
    case(
        name, recurrent_parameters(module), x=x, ct=ct, y=y, dx=x.grad, lengths=lengths,
        hidden=hidden if given_state else None, cell=cell if given_state and last_cell is not None else None,
        lastHidden=last_hidden, lastCell=last_cell,
    )


def attention_parameters(prefix, module):
    weights, biases = module.in_proj_weight.chunk(3), module.in_proj_bias.chunk(3)
    weight_grads, bias_grads = module.in_proj_weight.grad.chunk(3), module.in_proj_bias.grad.chunk(3)
    found = {}
    for i, part in enumerate(["query", "key", "value"]):
        found[f"{prefix}{part}/weight"] = weights[i].t(), weight_grads[i].t()
        found[f"{prefix}{part}/bias"] = biases[i], bias_grads[i]
    found |= linear(prefix + "output", module.out_proj)
    return found


def attention(name, seen=None, causal=False, memory=False):
    module = torch.nn.MultiheadAttention(4, 2, batch_first=True)
    randomize(module)
    x = leaf(draw(2, 3, 4))
    m = leaf(draw(2, 5, 4)) if memory else x
    hidden = None if seen is None else ~seen
    later = torch.triu(torch.ones(3, 3, dtype=torch.bool), 1) if causal else None
    y, _ = module(x, m, m, key_padding_mask=hidden, attn_mask=later)
    ct = draw(*y.shape)
    y.backward(ct)
    extra = {"memory": m, "dmemory": m.grad} if memory else {}
    case(name, attention_parameters("", module), x=x, ct=ct, y=y, dx=x.grad, seen=seen, **extra)


def block_parameters(module, decoder=False):
    found = norm("attentionNorm", module.norm1) | attention_parameters("attention/", module.self_attn)
    if decoder:
        found |= norm("memoryNorm", module.norm2) | attention_parameters("memoryAttention/", module.multihead_attn)
    return (
        found | norm("feedForwardNorm", module.norm3 if decoder else module.norm2)
        | linear("feedForward/hidden", module.linear1) | linear("feedForward/output", module.linear2)
    )


def encoder(name, seen=None, **options):
    module = torch.nn.TransformerEncoderLayer(4, 2, 3, dropout=0.0, batch_first=True, **options)
    randomize(module)
    x = leaf(draw(2, 3, 4))
    y = module(x, src_key_padding_mask=None if seen is None else ~seen)
    ct = draw(*y.shape)
    y.backward(ct)
    case(name, block_parameters(module), x=x, ct=ct, y=y, dx=x.grad, seen=seen)


def decoder(name, **options):
    module = torch.nn.TransformerDecoderLayer(4, 2, 3, dropout=0.0, batch_first=True, **options)
    randomize(module)
    x, memory = leaf(draw(2, 3, 4)), leaf(draw(2, 5, 4))
    seen = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0]], dtype=torch.bool)
    later = torch.triu(torch.ones(3, 3, dtype=torch.bool), 1)
    y = module(x, memory, tgt_mask=later, memory_key_padding_mask=~seen)
    ct = draw(*y.shape)
    y.backward(ct)
    case(name, block_parameters(module, True), x=x, memory=memory, ct=ct, y=y, dx=x.grad, dmemory=memory.grad, seen=seen)


def scaled_dot_product(name, heads, shared, mask=None):
    """The definition, since not every PyTorch has the function."""
    q, k, v = leaf(draw(2, heads, 3, 4)), leaf(draw(2, shared, 3, 4)), leaf(draw(2, shared, 3, 2))
    each = lambda x: x.repeat_interleave(heads // shared, 1)
    scores = q @ each(k).transpose(-1, -2) / 2
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
    y = torch.softmax(scores, -1) @ each(v)
    ct = draw(*y.shape)
    y.backward(ct)
    case(name, {}, q=q, k=k, v=v, ct=ct, y=y, dq=q.grad, dk=k.grad, dv=v.grad, mask=mask)


def embedding_bags():
    for mode in ["sum", "mean", "max"]:
        weight = leaf(draw(5, 3))
        x = torch.tensor([[0, 4, 4], [2, 1, 3]])
        y = F.embedding_bag(x, weight, mode=mode)
        ct = draw(*y.shape)
        y.backward(ct)
        case("embedding bag " + mode, {"weight": (weight, weight.grad)}, x=x, ct=ct, y=y)


recurrent("rnn", torch.nn.RNN(2, 3, batch_first=True))
recurrent("rnn relu", torch.nn.RNN(2, 3, nonlinearity="relu", batch_first=True))
recurrent("lstm", torch.nn.LSTM(2, 3, batch_first=True))
recurrent("lstm state", torch.nn.LSTM(2, 3, batch_first=True), given_state=True)
recurrent("lstm deep", torch.nn.LSTM(2, 2, num_layers=2, bidirectional=True, batch_first=True), given_state=True)
recurrent("lstm lengths", torch.nn.LSTM(2, 2, bidirectional=True, batch_first=True), lengths=torch.tensor([2, 4, 1]))
recurrent("gru", torch.nn.GRU(2, 3, batch_first=True))
recurrent("gru deep", torch.nn.GRU(2, 2, num_layers=2, bidirectional=True, batch_first=True), given_state=True, lengths=torch.tensor([4, 1, 3]))
padded = torch.tensor([[1, 1, 1], [1, 1, 0]], dtype=torch.bool)
attention("attention")
attention("attention causal", causal=True)
attention("attention seen", seen=padded)
attention("attention memory", seen=torch.tensor([[1, 1, 1, 1, 1], [1, 0, 0, 0, 0]], dtype=torch.bool), memory=True)
encoder("encoder", norm_first=True)
encoder("encoder norm last", norm_first=False, activation="gelu")
encoder("encoder seen", seen=padded, norm_first=True)
decoder("decoder", norm_first=True)
decoder("decoder norm last", norm_first=False)
scaled_dot_product("sdpa", 2, 2)
scaled_dot_product("sdpa causal", 2, 2, torch.ones(3, 3).tril().bool())
scaled_dot_product("sdpa grouped", 4, 2, torch.tensor([[1, 0, 1], [0, 1, 0], [1, 1, 1]], dtype=torch.bool))
embedding_bags()

target = pathlib.Path(__file__).with_name("sequences.json")
lines = [f"  {json.dumps(name)}: {json.dumps(tensors)}" for name, tensors in cases.items()]
target.write_text("{\n" + ",\n".join(lines) + "\n}\n")

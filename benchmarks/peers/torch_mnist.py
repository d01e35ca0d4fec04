#!/usr/bin/env python3
"""PyTorch's time and accuracy on the MNIST networks of the samples: the peer that they are held against.

`--workload cnn --batch 64 --epochs 3 --cosine` is the sample convolutional-network, `--workload lstm --batch 64 --epochs 3
--clip 1` the sample sequence-classifier, the defaults are `demo --data mnist`.

Prints one JSON line for each workload and thread count. An epoch's time covers what a user waits for: shuffling, slicing
batches, forward, backward, update. It leaves out reading the files and the evaluation, as the sample's figure does.
Eager PyTorch, float32, on the CPU. Figures compare only when both sides ran in turn on one quiet machine.

Needs: python3-torch, python3-numpy (Debian), and MNIST (tools/fetch-mnist.sh).
"""

import argparse
import json
import os
import pathlib
import sys
import time

import numpy
import torch
from torch import nn

BATCH_SIZE = 128
LEARNING_RATE = 1e-3


def read_idx(path):
    """Reads an idx file of unsigned bytes: two zero bytes, the type (8), the rank, the sizes (big endian), the values."""
    content = path.read_bytes()
    if len(content) < 4 or content[:3] != b"\x00\x00\x08":
        sys.exit(f"{path}: not an idx file of unsigned bytes")
    rank = content[3]
    sizes = tuple(numpy.frombuffer(content, ">i4", rank, 4))
    values = numpy.frombuffer(content, numpy.uint8, -1, 4 + 4 * rank)
    if values.size != numpy.prod(sizes, dtype=numpy.int64):
        sys.exit(f"{path}: {values.size} values, but the header says {'x'.join(map(str, sizes))}: the file is truncated")
    return torch.from_numpy(values.reshape(sizes).copy())


def read_split(folder, name):
    images = read_idx(folder / f"{name}-images-idx3-ubyte").float().div_(255).unsqueeze_(1)
    labels = read_idx(folder / f"{name}-labels-idx1-ubyte").long()
    return images, labels


def perceptron():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))


def convolutional():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3), nn.ReLU(), nn.Flatten(),
        nn.Linear(576, 64), nn.ReLU(), nn.Linear(64, 10),
    )


class Recurrent(nn.Module):
    """Reads a digit as a sequence, one row of pixels a step."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(28, 128, batch_first=True)
        self.head = nn.Linear(128, 10)

    def forward(self, images):
        return self.head(self.lstm(images.flatten(1, 2))[0][:, -1])


WORKLOADS = {"mlp": perceptron, "cnn": convolutional, "lstm": Recurrent}


def train_epoch(model, optimizer, loss, images, labels, size=BATCH_SIZE, schedule=None, clip=None):
    model.train()
    order = torch.randperm(len(images))
    for start in range(0, len(images), size):
        batch = order[start : start + size]
        optimizer.zero_grad(set_to_none=True)
        loss(model(images[batch]), labels[batch]).backward()
        if clip:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        if schedule:
            schedule.step()


def accuracy(model, images, labels):
    model.eval()
    with torch.no_grad():
        hits = sum((model(x).argmax(1) == y).sum().item() for x, y in zip(images.split(1000), labels.split(1000)))
    return hits / len(labels)


def measure(workload, options, train, test):
    torch.manual_seed(options.seed)
    model = WORKLOADS[workload]()
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    steps = options.epochs * -(-len(train[0]) // options.batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps) if options.cosine else None
    loss = nn.CrossEntropyLoss()
    # Warms the allocator and the thread pool with a few batches of a copy that is thrown away.
    warm = WORKLOADS[workload]()
    train_epoch(warm, torch.optim.Adam(warm.parameters(), lr=LEARNING_RATE), loss, train[0][:1280], train[1][:1280])
    seconds = []
    for _ in range(options.epochs):
        started = time.perf_counter()
        train_epoch(model, optimizer, loss, *train, options.batch, schedule, options.clip)
        seconds.append(time.perf_counter() - started)
    return {
        "workload": workload,
        "epoch_s": round(min(seconds), 3),
        "test_accuracy": accuracy(model, *test),
        "threads": torch.get_num_threads(),
        "epochs": options.epochs,
        "batch": options.batch,
        "seed": options.seed,
        "torch": torch.__version__,
    }


def serve(train, test):
    """On request, a line in and a line out: a workload's name trains it for one more epoch and gives the epoch's seconds; `accuracy` and its
    name give the test accuracy so far."""
    runs = {}
    print(f"PyTorch {torch.__version__}", flush=True)
    for line in sys.stdin:
        *question, name = line.split()
        if question:
            print(accuracy(runs[name][0], *test), flush=True)
            continue
        if name not in runs:
            model = WORKLOADS[name]()
            runs[name] = model, torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
            train_epoch(*runs[name], nn.CrossEntropyLoss(), train[0][:1280], train[1][:1280])
        started = time.perf_counter()
        train_epoch(*runs[name], nn.CrossEntropyLoss(), *train)
        print(time.perf_counter() - started, flush=True)


def main():
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of one operation")
    parser.add_argument("--epochs", type=int, default=1, help="epochs to train; epoch_s is the fastest")
    parser.add_argument("--data-dir", type=pathlib.Path, default=cache / "deepfun" / "mnist", help="folder of the four idx files")
    parser.add_argument("--workload", choices=sorted(WORKLOADS), action="append", help="may be repeated; default: all")
    parser.add_argument("--serve", action="store_true", help="measure on request, in turns with another program")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=int, default=BATCH_SIZE, help="examples a step")
    parser.add_argument("--cosine", action="store_true", help="let the rate fall to 0 along half a cosine")
    parser.add_argument("--clip", type=float, help="greatest norm of all gradients together")
    options = parser.parse_args()
    if not (options.data_dir / "train-images-idx3-ubyte").is_file():
        sys.exit(f"MNIST is not in {options.data_dir}: run tools/fetch-mnist.sh, or name its folder with --data-dir")
    torch.set_num_threads(options.threads)
    train, test = (read_split(options.data_dir, name) for name in ("train", "t10k"))
    if options.serve:
        return serve(train, test)
    for workload in options.workload or WORKLOADS:
        print(json.dumps(measure(workload, options, train, test)), flush=True)


if __name__ == "__main__":
    main()
